"""What begin-reset does, the usual way in Python: parse the phone, key the names, one transaction of three writes."""

import json
import secrets
import time

import phonenumbers

from shared import TABLE, digest, dynamo, policy, read_keys, serve

names, phones, *_ = read_keys(["NAME", "PHONE", "CODE", "IDEMPOTENCY"])


def limit(key, now):
    return {
        "Update": {
            "TableName": TABLE,
            "Key": {"pk": {"S": f"LIMIT#{key}"}, "sk": {"S": f"600#{now - now % 600_000}"}},
            "UpdateExpression": "SET #c = if_not_exists(#c, :z) + :o",
            "ConditionExpression": "attribute_not_exists(#c) OR #c < :m",
            "ExpressionAttributeNames": {"#c": "count"},
            "ExpressionAttributeValues": {":z": {"N": "0"}, ":o": {"N": "1"}, ":m": {"N": "50"}},
        }
    }


def handle(event):
    body = json.loads(event["body"])
    phone = phonenumbers.parse(body["phoneNumber"])
    if not phonenumbers.is_valid_number(phone):
        return {"statusCode": 400, "body": "{}"}
    policy()
    number = phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164)
    now, reset_id = int(time.time() * 1000), secrets.token_urlsafe(16)
    source = event["requestContext"]["http"]["sourceIp"]
    reset = {
        "pk": {"S": f"RESET#{reset_id}"},
        "sk": {"S": "RESET"},
        "name": {"S": digest(names, body["userName"].lower())},
        "phone": {"S": digest(phones, number)},
        "seed": {"S": secrets.token_urlsafe(32)},
        "expires_at": {"N": str(now + 900_000)},
    }
    dynamo.transact_write_items(
        ClientRequestToken=secrets.token_hex(16),
        TransactItems=[
            {"Put": {"TableName": TABLE, "ConditionExpression": "attribute_not_exists(pk)", "Item": reset}},
            limit(digest(names, source), now),
            limit(digest(names, source + body["userName"]), now),
        ],
    )
    response = {"resetId": reset_id, "method": body["method"]}
    return {"statusCode": 202, "headers": {"content-type": "application/json"}, "body": json.dumps(response)}


serve(handle)
