"""What takes minutes: a table that is broken for longer than a job is tried, and deployments that fail."""

import boto3
from checks import check, equal, eventually, holds
from resets import BEN, BENS_MAIL
from service import NEW
from stack import NAME
from updating import FABRIKAM

# The id of a hosted zone that does not exist, so that a DNS record cannot be made.
NO_ZONE = "Z0NOWHERE"


def broken_table():
    return {"service": "dynamodb", "role": "DeliverCodeRole", "code": "InternalServerError", "status": 500}


@check("failing: a job that meets a broken table for a minute goes to the queue, which names no person", slow=True)
def given_up(service):
    queue = service.stack.id("Failures")
    client = boto3.client("sqs")
    with service.broken(broken_table()):
        service.send("POST", "/v1/resets", {"userName": BEN, "method": "email"}).expect(202)
        found = eventually(
            lambda: client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"),
            "nothing came to the queue of failures", 150,
        )
    holds(all(BEN not in one["Body"] and BENS_MAIL not in one["Body"] for one in found), "the queue names a person")


@check("failing: after that, codes arrive again", slow=True)
def again(service):
    service.begin(BEN, "email", BENS_MAIL)


@check("failing: an update that fails is rolled back, and everything goes on", slow=True)
def rolled_back(service):
    before = service.stack.outputs()
    status, said = service.stack.deploy(OrganisationName="Nobody", LogRetentionDays="30", HostedZone=NO_ZONE)
    holds(status != 0 and "ApiAddress" in said, f"infra/deploy, which says {said[-2000:]}")
    equal(service.stack.describe()["StackStatus"], "UPDATE_ROLLBACK_COMPLETE", "the stack")
    equal(service.stack.outputs(), before, "the outputs")
    groups = boto3.client("logs").describe_log_groups()["logGroups"]
    equal({group["retentionInDays"] for group in groups}, {14}, "days that logs are kept")
    equal(service.send("GET", "/v1/settings").expect(200).json()["organisationName"], FABRIKAM, "organisationName")
    holds(service.signs_in(BEN, NEW), "the password is refused")


@check("failing: a first deployment that fails leaves neither stack nor table in the way of the next", slow=True)
def first_failed(service):
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    with service.broken({"resource": "Orders", "message": "the stream is not there yet"}):
        status, said = service.stack.deploy(
            name="second", OrganisationName="Second", Issuer=service.issuer, MailFrom="no-reply@second.example"
        )
    for part in ("Orders", "the stream is not there yet", "Deleting the empty table", "Deleting the stack second"):
        holds(status != 0 and part in said, f"infra/deploy, which does not say {part}: {said[-2000:]}")
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    equal([one["StackName"] for one in stacks], [NAME], "stacks")
    equal(boto3.client("dynamodb").list_tables()["TableNames"], tables, "tables")
    secrets = [one["Name"] for one in boto3.client("secretsmanager").list_secrets()["SecretList"]]
    equal([name for name in secrets if name.startswith("second-")], [], "keys")
