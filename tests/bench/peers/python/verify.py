"""What verify-code does before the code is compared, the usual way in Python: the guess is counted first, and refused if
there is no such reset."""

import json
import re
import time

from shared import TABLE, dynamo, policy, read_keys, serve

read_keys(["CODE", "PEPPER", "IDEMPOTENCY"])


def handle(event):
    if not re.fullmatch("[0-9]{6,8}", json.loads(event["body"])["code"]):
        return {"statusCode": 400, "body": "{}"}
    policy()
    reset_id = event["rawPath"].split("/")[3]
    try:
        dynamo.update_item(
            TableName=TABLE,
            Key={"pk": {"S": f"RESET#{reset_id}"}, "sk": {"S": "RESET"}},
            UpdateExpression="SET #g = if_not_exists(#g, :z) + :o",
            ConditionExpression="attribute_exists(pk) AND expires_at > :now AND #g < :m",
            ExpressionAttributeNames={"#g": "guesses"},
            ExpressionAttributeValues={
                ":z": {"N": "0"},
                ":o": {"N": "1"},
                ":m": {"N": "3"},
                ":now": {"N": str(int(time.time() * 1000))},
            },
            ReturnValues="ALL_NEW",
        )
    except dynamo.exceptions.ConditionalCheckFailedException:
        pass
    body = json.dumps({"error": "invalid_code"})
    return {"statusCode": 422, "headers": {"content-type": "application/json"}, "body": body}


serve(handle)
