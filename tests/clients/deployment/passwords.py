"""Passwords that are checked, and changed by those who know them."""

import boto3
import json

from checks import check, equal, eventually, holds
from service import NEW, OLD, USERS

OLGA = "olga@contoso.example"


@check("passwords: one is checked, and an unknown name is refused like a wrong password")
def checked(service):
    service.create(OLGA, displayName="Olga Novak", otherMails=["olga@example.org"])
    equal([service.signs_in(OLGA, OLD), service.signs_in(OLGA, NEW)], [True, False], "the right one and a wrong one")
    body = {"userName": "nobody@contoso.example", "password": OLD}
    token = service.application("Credentials.Check")
    service.send("POST", "/v1/credentials/verifications", body, token).expect(422, "credentials-rejected")
    service.send("POST", "/v1/credentials/verifications", body).expect(401)


@check("passwords: one is changed by its owner, and a later revocation stays")
def changed(service):
    body = {"userName": OLGA, "currentPassword": OLD, "newPassword": NEW}
    service.send("POST", "/v1/password", body).expect(204)
    with service.revoked_ahead(service.id(OLGA)):
        body = {"userName": OLGA, "currentPassword": NEW, "newPassword": OLD}
        service.send("POST", "/v1/password", body).expect(204)
    body = {"userName": OLGA, "currentPassword": NEW, "newPassword": "seven quiet umbrellas dry"}
    service.send("POST", "/v1/password", body).expect(422, "credentials-rejected")


@check("passwords: whoever subscribes to the event bus hears that sessions must end")
def sessions(service):
    events, queues = boto3.client("events"), boto3.client("sqs")
    bus = service.stack.outputs()["EventBusName"]
    queue = queues.create_queue(QueueName="sessions")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["rekey"], "detail-type": ["SessionsRevoked"]})
    events.put_rule(Name="sessions", EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule="sessions", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    service.send("POST", f"{USERS}/{OLGA}/revokeSignInSessions", token=service.administrator).expect(200)
    received = eventually(lambda: queues.receive_message(QueueUrl=queue).get("Messages"), "no event came")
    detail = json.loads(received[0]["Body"])["detail"]
    equal(detail["userName"], OLGA, "whose sessions end")
    holds(detail["signInSessionsValidFromDateTime"], detail)
