"""Deleting the stack, and what it leaves: what nobody could restore."""

import boto3
from checks import check, equal, holds
from stack import NAME


@check("deleting: the table and the keys stay, and the rest is gone")
def deleted(service):
    table, keys = service.stack.id("Table"), [service.stack.id(n) for n in service.stack.of_type("AWS::SecretsManager::Secret")]
    items = service.table.scan(Limit=1)["Count"]
    client = boto3.client("cloudformation")
    client.delete_stack(StackName=NAME)
    client.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    described = boto3.client("dynamodb").describe_table(TableName=table)["Table"]
    equal((described["TableStatus"], items), ("ACTIVE", 1), "the table")
    for key in keys:
        holds(boto3.client("secretsmanager").get_secret_value(SecretId=key)["SecretString"], f"{key} is empty")
    equal(boto3.client("lambda").list_functions()["Functions"], [], "functions")
    equal(boto3.client("logs").describe_log_groups()["logGroups"], [], "logs")
