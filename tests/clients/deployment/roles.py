"""Every role, asked what it may do: each action on each partition, and everything else that any role may do.

The roles are read from the stack. ministack's evaluator of policies decides, without a request.
"""

import re
from fnmatch import fnmatchcase
from itertools import product

import boto3
from checks import check, equal
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document
from permissions import ACCESS

DYNAMODB = [f"dynamodb:{name}" for name in """
    GetItem BatchGetItem Query Scan PutItem UpdateItem DeleteItem BatchWriteItem ConditionCheckItem PartiQLSelect
    PartiQLInsert PartiQLUpdate PartiQLDelete DescribeTable UpdateTable DeleteTable UpdateTimeToLive CreateBackup
    ExportTableToPointInTime
""".split()]
# What no role may do.
NOBODYS = """
    iam:PassRole sts:AssumeRole kms:Decrypt s3:GetObject lambda:InvokeFunction lambda:UpdateFunctionCode
    logs:GetLogEvents logs:FilterLogEvents logs:DeleteLogStream secretsmanager:PutSecretValue
    secretsmanager:DeleteSecret secretsmanager:ListSecrets ses:SendRawEmail ses:SendBulkEmail
    sns:SetSMSAttributes sqs:ReceiveMessage sqs:DeleteMessage events:PutRule
    sqs:PurgeQueue dynamodb:ListTables
""".split()


def each(value):
    return value if isinstance(value, list) else [value]


class Roles:
    """The roles of a stack, and what their policies decide."""

    def __init__(self, stack):
        self.stack, self.resources = stack, stack.resources()
        self.table = boto3.client("dynamodb").describe_table(TableName=self.id("Table"))["Table"]
        _, _, _, self.region, self.account, _ = self.table["TableArn"].split(":", 5)
        self.policies = {function: self.read(self.role(function)) for function in ACCESS}
        self.asked = 0
        self.known = self.names()
        self.known["MailDomain"] = self.known["MailFrom"].partition("@")[2]

    def id(self, name):
        return self.resources[name]["PhysicalResourceId"]

    def role(self, function):
        return self.id("".join(word.title() for word in function.split("-")) + "Role")

    def read(self, role):
        iam = boto3.client("iam")
        equal(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"], [], f"managed policies of {role}")
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
        return [parse_policy_document(document) for document in documents]

    def may(self, function, action, resource, **context):
        """Whether a function's role may do this, in a request with these condition keys."""
        self.asked += 1
        request = EvalContext(
            principal_arn=f"arn:aws:iam::{self.account}:role/{function}", principal_type="AssumedRole",
            principal_account=self.account, action=action, resource_arn=resource, region=self.region,
            service_context={name.replace("_", ":").lower(): value for name, value in context.items()},
        )
        return evaluate(request, self.policies[function]).decision == "Allow"

    def names(self):
        """The names that access.json uses for resources and parameters, and what they stand for."""
        return {
            **{one["ParameterKey"]: one["ParameterValue"] for one in self.stack.describe()["Parameters"]},
            "Table.StreamArn": self.table["LatestStreamArn"],
            "EventBus.Arn": boto3.client("events").describe_event_bus(Name=self.id("EventBus"))["Arn"],
            "Failures.Arn": f"arn:aws:sqs:{self.region}:{self.account}:{self.id('Failures').rpartition('/')[2]}",
            "MailConfigurationSet": self.id("MailConfigurationSet"),
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
        }

    def on(self, name):
        """The ARN that access.json names: an attribute of a resource, a parameter, or a text with both."""
        return self.known.get(name) or re.sub(r"\$\{([\w:.]+)\}", lambda found: self.known[found[1]], name)


def partitions():
    """One partition of each kind that any function may reach, and some that none may."""
    kinds = {prefix for access in ACCESS.values() for row in access["table"] for prefix in row["prefixes"]}
    near = {"RESETx", "RESE", "POLICYx", "POLICY#a", "reset#a", "", "*", "other"}
    return sorted({kind.replace("*", "a") for kind in kinds} | near)


def equal_decisions(wrong):
    equal(wrong, [], "decisions that differ from access.json")


@check("roles: each role may do on each partition of the table what is listed, and nothing else")
def on_the_table(service):
    roles, wrong = Roles(service.stack), []
    table = roles.table["TableArn"]
    for function, action, partition in product(ACCESS, DYNAMODB, partitions()):
        [listed, *_] = [row["prefixes"] for row in ACCESS[function]["table"] if row["action"] == action] or [[]]
        wanted = any(fnmatchcase(partition, prefix) for prefix in listed)
        if roles.may(function, action, table, dynamodb_LeadingKeys=[partition]) != wanted:
            wrong.append((function, action, partition))
    equal_decisions(wrong)
    print(f"        {roles.asked} questions")


@check("roles: a request without a partition, with one too many, or to another table is refused")
def beside_the_table(service):
    roles, wrong = Roles(service.stack), []
    table = roles.table["TableArn"]
    elsewhere = [table.replace(roles.region, "us-east-1"), table.replace(roles.account, "1" * 12)]
    others = [f"{table}2", f"{table}/index/a", *elsewhere]
    for function, access in ACCESS.items():
        listed = {row["action"]: row["prefixes"][0].replace("*", "a") for row in access["table"]}
        for action in DYNAMODB:
            wrong += [(function, action, "no partition")] * roles.may(function, action, table)
            partition = listed.get(action, "POLICY")
            two = [partition, "other"]
            wrong += [(function, action, two)] * roles.may(function, action, table, dynamodb_LeadingKeys=two)
            for other in others:
                may = roles.may(function, action, other, dynamodb_LeadingKeys=[partition])
                wrong += [(function, action, other)] * may
    equal_decisions(wrong)


@check("roles: everything else is allowed to the roles for which it is listed, under its conditions alone")
def others(service):
    roles, wrong = Roles(service.stack), []
    rows = [row for access in ACCESS.values() for row in access["other"]]
    for function, row in product(ACCESS, rows):
        wanted = row in ACCESS[function]["other"]
        conditions = {key: roles.on(value) for of in row.get("where", {}).values() for key, value in of.items()}
        context = {key.replace(":", "_"): value for key, value in conditions.items()}
        for resource in [roles.on(name) for name in each(row.get("on", "*"))]:
            if roles.may(function, row["action"], resource, **context) != wanted:
                wrong.append((function, row["action"], resource))
            for other in {key: "other" for key in context}, {}:
                if context and roles.may(function, row["action"], resource, **other):
                    wrong.append((function, row["action"], resource, other))
            if resource != "*" and roles.may(function, row["action"], f"{resource}2", **context):
                wrong.append((function, row["action"], f"{resource}2"))
        if "not_on" in row and roles.may(function, row["action"], roles.on(row["not_on"]).replace("*", "a")):
            wrong.append((function, row["action"], row["not_on"]))
    for function, action in product(ACCESS, NOBODYS):
        wrong += [(function, action)] * roles.may(function, action, "*", ses_FromAddress=roles.on("MailFrom"))
    equal_decisions(wrong)


@check("roles: each role reads its own keys and writes its own log, and no other")
def keys_and_logs(service):
    roles, wrong = Roles(service.stack), []
    secrets = [name for name, one in roles.resources.items() if one["ResourceType"] == "AWS::SecretsManager::Secret"]
    groups = {function: roles.id(roles_log(function)) for function in ACCESS}
    for function, access in ACCESS.items():
        for secret in secrets:
            may = roles.may(function, "secretsmanager:GetSecretValue", roles.id(secret))
            wrong += [(function, secret)] * (may != (secret in access["secrets"]))
        for of, action in product(groups, ("logs:CreateLogStream", "logs:PutLogEvents")):
            log = f"arn:aws:logs:{roles.region}:{roles.account}:log-group:{groups[of]}:log-stream:a"
            wrong += [(function, action, of)] * (roles.may(function, action, log) != (of == function))
    equal_decisions(wrong)


def roles_log(function):
    return "".join(word.title() for word in function.split("-")) + "Log"
