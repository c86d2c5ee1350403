"""Condition keys of DynamoDB."""

import json
import re

from decisions import ItemAction
from gaps import gap
from ministack.core import iam_actions

# The attribute that holds an item's partition.
PARTITION = "pk"


def json_of(body):
    """The members of a JSON body; none if it is anything else."""
    try:
        members = json.loads(body or b"{}")
    except (ValueError, UnicodeDecodeError):
        return {}
    return members if isinstance(members, dict) else {}


def keyed(item):
    """The partition of an item or a key, in a list that may be empty."""
    value = (item or {}).get(PARTITION)
    return list(value.values()) if isinstance(value, dict) else []


def queried(request):
    """The partition of a query's key condition."""
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    equations = re.findall(r"(#?\w+)\s*=\s*(:\w+)", request.get("KeyConditionExpression") or "")
    return [text for name, value in equations if names.get(name, name) == PARTITION for text in values[value].values()]


def partitions(request):
    """Every partition that a request, or one item of a transaction, names."""
    found = keyed(request.get("Key")) + keyed(request.get("Item")) + queried(request)
    for of_table in (request.get("RequestItems") or {}).values():
        if isinstance(of_table, dict):
            found += [text for key in of_table.get("Keys", []) for text in keyed(key)]
            continue
        for write in of_table:
            found += keyed((write.get("PutRequest") or {}).get("Item"))
            found += keyed((write.get("DeleteRequest") or {}).get("Key"))
    return found


@gap
def leading_keys():
    """ministack does not know `dynamodb:LeadingKeys`, so it denies every request to a policy that demands the key."""
    plain = iam_actions.dynamodb_service_context

    def context(body):
        found = partitions(json_of(body))
        return {**plain(body), **({"dynamodb:LeadingKeys": found} if found else {})}

    iam_actions.dynamodb_service_context = context


@gap
def leading_keys_of_transactions():
    """ministack checks each item of a transaction, but not with that item's own partition."""
    plain = iam_actions.dynamodb_transaction_checks

    def checks(action, body, region, account):
        found = plain(action, body, region, account)
        items = json_of(body).get("TransactItems") or [] if found else []
        for at, item in enumerate(items):
            [operation] = item.values()
            name, table = found[at]
            found[at] = (ItemAction(name), table)
            found[at][0].partitions = partitions(operation)
        return found

    iam_actions.dynamodb_transaction_checks = checks
