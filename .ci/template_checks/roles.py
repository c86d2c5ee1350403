"""Roles: each allows what `infra/access.json` lists for its function, its own log and secrets, and nothing else."""

import json

from . import sources
from .document import at, each, name, names

ASSUMED = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
# A page is the same for everybody, so the function that serves the pages has no use for any permission.
PAGES = "pages"
COMPARED = {"Sid", "Effect", "Action", "Resource", "NotResource", "Condition"}


def check(template):
    template.same("functions", template.binaries.values(), sources.access(), "access.json")
    granted = set()
    for function, properties in template.functions.items():
        check_role(template, function, name(properties.get("Role")))
        check_secrets(template, function, properties)
        entry = sources.access().get(template.binaries[function], {"table": []})
        granted |= {prefix for one in entry["table"] for prefix in one["prefixes"]}
    # Compared with the template above.
    nothing = not any((sources.access().get(PAGES) or {}).values())
    template.expect(nothing, f"access.json: {PAGES} may do more than write its log")
    template.same("partitions", granted, sources.documented())
    known = {pattern.split("#")[0] for pattern in sources.documented()} <= sources.partitions()
    template.expect(known, "the table's module documents a partition that it does not name")


def check_role(template, function, role):
    properties = at(template.resources, role, "Properties") or {}
    # A managed policy, even the narrowest, opens every log.
    own = set(properties) == {"AssumeRolePolicyDocument", "Policies"}
    template.expect(own, f"{function}: its role has something beside its own policy")
    assumed = at(properties, "AssumeRolePolicyDocument", "Statement")
    template.expect(assumed == [ASSUMED], f"{role} can be assumed by others than Lambda")
    documents = [at(policy, "PolicyDocument", "Statement") or [] for policy in properties.get("Policies", [])]
    statements = [statement for document in documents for statement in document]
    actions = [one for statement in statements for one in allowed(template, role, statement)]
    for permission in actions:
        template.expect("*" not in permission.split(" ")[0], f"{role}: {permission} is a wildcard")
    template.expect(len(actions) == len(set(actions)), f"{role} allows the same twice")
    template.same(f"permissions of {function}", actions, wanted(template, function), "access.json")


def check_secrets(template, function, properties):
    """The secrets that a function is told of are those that it may read."""
    variables = at(properties, "Environment", "Variables") or {}
    secrets = {one for one in names(list(variables.values())) if one.endswith("Secret")}
    binary = template.binaries[function]
    template.same(f"secrets of {binary}", secrets, at(sources.access(), binary, "secrets") or [], "access.json")


def written(value):
    """A resource or a condition of the template, in the notation of access.json."""
    if isinstance(value, list):
        return [written(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(function, of)] = value.items()
        if function == "Ref":
            return str(of)
        if function == "Fn::GetAtt":
            return ".".join(each(of))
        if function == "Fn::Sub":
            return each(of)[0]
        if function == "Fn::If":
            return written(of[1])
    return {key: written(one) for key, one in value.items()}


def line(action, on):
    """One permission as one line of text, so that sets of permissions can be compared."""
    return f"{action} {json.dumps(on, sort_keys=True)}"


def allowed(template, role, statement):
    """The permissions that a statement of the template grants: each an action and its resources."""
    template.expect(statement.get("Effect") == "Allow", f"{role}: {statement.get('Sid')} allows nothing")
    template.expect(set(statement) <= COMPARED, f"{role}: {statement.get('Sid')} contains a part that is not compared")
    on = {"on": written(statement.get("Resource")), "not_on": written(statement.get("NotResource"))}
    on |= {"where": written(statement.get("Condition"))}
    return [line(action, on) for action in each(statement.get("Action", []))]


def wanted(template, function):
    """The permissions of a function: those that access.json lists, its log, and reading its secrets."""

    def on(resource, except_for=None, where=None):
        return {"on": resource, "not_on": except_for, "where": where}

    log = f"{template.log_groups[function]}.Arn"
    permissions = [line(action, on(log)) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
    entry = sources.access().get(template.binaries[function], {"table": [], "other": [], "secrets": []})
    if entry["secrets"]:
        permissions.append(line("secretsmanager:GetSecretValue", on(entry["secrets"])))
        # Gives nothing without the permission above.
        permissions.append(line("secretsmanager:BatchGetSecretValue", on("*")))
    for one in entry["table"]:
        # `ForAllValues` also holds if a request names no partition at all; `Null` refuses such a request.
        where = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": one["prefixes"]}}
        where |= {"Null": {"dynamodb:LeadingKeys": "false"}}
        permissions.append(line(one["action"], on("Table.Arn", where=where)))
        known = set(one["prefixes"]) <= sources.documented()
        template.expect(known, f"{function}: the table's module does not document a partition of {one['action']}")
        template.expect(one["action"] != "dynamodb:Scan", f"{function}: a scan cannot be limited to partitions")
    for one in entry["other"]:
        permissions.append(line(one["action"], on(one.get("on"), one.get("not_on"), one.get("where"))))
    return permissions
