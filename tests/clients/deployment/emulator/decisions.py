"""Records every decision about a role: what was allowed and how often, and what was denied."""

import re
from collections import Counter

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import sts

# How often each (role, action, partition) was allowed. The partition is empty for what is not an item of a table.
USED = Counter()
# Each denial: who, action, resource, partitions.
DENIED = []


class ItemAction(str):
    """The action of one item of a transaction, with the partition of that item alone."""

    partitions = ()


def record(who, action, resource, partitions, is_allowed):
    """Records one decision. `RESET#abc` counts as `RESET#*`."""
    if not is_allowed:
        DENIED.append({"who": who, "action": action, "resource": resource, "partitions": list(partitions)})
        return
    for partition in partitions or [""]:
        USED[who, action, re.sub("#.*", "#*", partition)] += 1


def role_of(access_key):
    """The name of the role whose session this key belongs to, or None."""
    session = sts._sessions.get(access_key or "") or {}
    found = re.search(":assumed-role/([^/]+)/", session.get("Arn", ""))
    return found and found.group(1)


def role_may(role_arn, action, resource):
    """Decides what AWS itself does with a role, such as reading a stream for a function."""
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=get_account_id(),
        action=action,
        resource_arn=resource,
        region=get_region(),
    )
    role = role_arn.rsplit("/", 1)[-1]
    policies = iam_evaluator._gather_role_policies(role, get_account_id())
    is_allowed = iam_evaluator.evaluate(context, policies).decision == "Allow"
    record(role, action, resource, (), is_allowed)
    return is_allowed


plain_enforce = iam_evaluator.enforce


def enforce(access_key, action, service, region, resource_arn="*", service_context=None):
    """ministack's own decision, recorded. The partitions of a transaction's item replace those of its request."""
    context = dict(service_context or {})
    if isinstance(action, ItemAction):
        context["dynamodb:LeadingKeys"] = list(action.partitions)
    denied = plain_enforce(
        access_key, str(action), service, region, resource_arn=resource_arn, service_context=context
    )
    role = role_of(access_key)
    if role:
        record(role, str(action), resource_arn, context.get("dynamodb:LeadingKeys") or (), denied is None)
    return denied


iam_evaluator.enforce = enforce
