"""The permissions that the functions really used, compared with those that they have."""

import json
import re

from checks import check, equal
from stack import ROOT

ACCESS = json.loads((ROOT / "infra" / "access.json").read_text())
# Listed permissions that nothing here can use: function, action, partition, and why.
NOT_REACHED = {
    ("record-delivery", "sqs:SendMessage", ""): "ministack drops what a topic could not hand over",
}
# Those that only the slow checks use: nothing is given up within a minute.
SLOW = {("deliver-code", "sqs:SendMessage", "")}


def function_of(role):
    """The function that a role of the stack belongs to; None for a service of AWS."""
    found = re.fullmatch(r"rekey-(\w+)Role-\w+", role)
    return found and re.sub("(?<!^)(?=[A-Z])", "-", found[1]).lower()


def listed():
    """Every permission of access.json, and those that each function has for its log and its keys."""
    found = set()
    for function, access in ACCESS.items():
        found |= {(function, row["action"], partition) for row in access["table"] for partition in row["prefixes"]}
        found |= {(function, row["action"], "") for row in access["other"]}
        own = ["logs:CreateLogStream", "logs:PutLogEvents"]
        if access["secrets"]:
            own += ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"]
        found |= {(function, action, "") for action in own}
    return found


def used(service):
    decisions = service.inspect("/_test/decisions")["used"]
    return {(function_of(one["who"]), one["action"], one["partition"]) for one in decisions if function_of(one["who"])}


@check("permissions: nothing was denied")
def denied(service):
    equal(service.inspect("/_test/decisions")["denied"], [], "decisions")


@check("permissions: no log tells of a denial")
def logs(service):
    for name in service.stack.of_type("AWS::Logs::LogGroup"):
        lines = [line for line in service.stack.log(name) if "AccessDenied" in line or "not authorized" in line]
        equal(lines, [], name)


@check("permissions: the functions used nothing that is not listed")
def unlisted(service):
    equal(sorted(used(service) - listed()), [], "permissions")


@check("permissions: the functions used everything that is listed")
def unused(service):
    not_reached = set(NOT_REACHED) | (set() if service.slow else SLOW)
    equal(sorted(listed() - used(service) - not_reached), [], "permissions")
    equal(sorted(used(service) & set(NOT_REACHED)), [], "permissions that are said not to be reached")
    equal(sorted(set(NOT_REACHED) - listed()), [], "permissions that are not listed any more")
