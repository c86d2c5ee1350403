"""Deleting the stack, and what it leaves: what nobody could restore."""

import re

import boto3
from checks import check, equal, holds
from stack import NAME, TEMPLATE


@check("deleting: the table and the keys stay, and the rest is gone")
def deleted(service):
    table = service.table
    keys = [service.stack.id(name) for name in service.stack.of_type("AWS::SecretsManager::Secret")]
    everything, stack = set(service.stack.resources()), service.stack.describe()["StackId"]
    client = boto3.client("cloudformation")
    client.delete_stack(StackName=NAME)
    client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack)
    events = [(one["LogicalResourceId"], one["ResourceStatus"]) for page in pages for one in page["StackEvents"]]
    left = {name for name, status in events if status == "DELETE_SKIPPED"}
    retained = re.findall(r"^  (\w+):\n    Type: .*\n    DeletionPolicy: Retain$", TEMPLATE.read_text(), re.MULTILINE)
    equal(sorted(left), sorted(retained), "what is left")
    gone = {name for name, status in events if status == "DELETE_COMPLETE"}
    equal(everything - left - gone, set(), "what is not deleted")
    holds(table.scan(Limit=1)["Items"], "the table is empty")
    for key in keys:
        holds(boto3.client("secretsmanager").get_secret_value(SecretId=key)["SecretString"], f"{key} is empty")
    equal(boto3.client("lambda").list_functions()["Functions"], [], "functions")
    equal(boto3.client("logs").describe_log_groups()["logGroups"], [], "logs")
    print(f"        left: {', '.join(sorted(left))}")
