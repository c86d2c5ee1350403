"""What both functions share: Lambda's loop, the keys from Secrets Manager, and the policy, read once a minute."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import time

import boto3

TABLE = os.environ["REKEY_TABLE"]
dynamo = boto3.client("dynamodb")
read_at = 0.0


def read_keys(names):
    ids = [os.environ[f"REKEY_{name}_KEYS"] for name in names]
    read = boto3.client("secretsmanager").batch_get_secret_value(SecretIdList=ids)["SecretValues"]
    text = {key: one["SecretString"] for one in read for key in (one["ARN"], one["Name"])}
    return [base64.b64decode(json.loads(text[id])["versions"]["1"]) for id in ids]


def digest(key, text):
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), hashlib.sha256))[:22].decode()


def policy():
    global read_at
    if time.monotonic() - read_at < 60 and read_at:
        return
    dynamo.get_item(TableName=TABLE, Key={"pk": {"S": "POLICY"}, "sk": {"S": "POLICY"}}, ConsistentRead=True)
    read_at = time.monotonic()


def serve(handler):
    """The smallest loop over Lambda's Runtime API. awslambdaric's start takes longer."""
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    path = "/2018-06-01/runtime/invocation"
    while True:
        connection.request("GET", f"{path}/next")
        event = connection.getresponse()
        response = json.dumps(handler(json.loads(event.read())))
        connection.request("POST", f"{path}/{event.headers['Lambda-Runtime-Aws-Request-Id']}/response", response)
        connection.getresponse().read()
