"""What takes minutes: a table that is broken for longer than a job is tried, and an update that fails."""

import boto3
from checks import check, equal, eventually, holds
from resets import BEN, BENS_MAIL
from service import NEW


def broken_table():
    return {"service": "dynamodb", "role": "DeliverCodeRole", "code": "InternalServerError", "status": 500}


@check("failing: a job that meets a broken table for a minute goes to the queue of failures, which names no person", slow=True)
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
    # No role and no topic: CloudFormation finds out while it updates.
    status, said = service.stack.deploy(LogRetentionDays="14", ReserveConcurrency="yes", MailFrom="no-reply@")
    holds(status != 0, f"infra/deploy took an address that is none: {said[-500:]}")
    equal(service.stack.outputs(), before, "the outputs")
    holds(service.signs_in(BEN, NEW), "the password is refused")
