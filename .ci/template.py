"""Holds infra/template.yaml against the code that it deploys.

Settings against `infra/aws/src/settings.rs`, partitions against `infra/aws/src/table.rs`, functions against
the folders of `functions/`, routes against `infra/local/src/routes.rs`, and what must never be switched off.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

from cfnlint.decode.cfn_yaml import load

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "infra" / "aws" / "src"

wrong = []


def expect(holds, message):
    if not holds:
        wrong.append(message)


def same(what, template, code):
    """Both directions: nothing in the template that the code does not know, and the other way round."""
    for name in sorted(set(template) - set(code)):
        wrong.append(f"{what}: {name} stands in the template, not in the code")
    for name in sorted(set(code) - set(template)):
        wrong.append(f"{what}: {name} stands in the code, not in the template")


template = load(str(ROOT / "infra" / "template.yaml"))
resources = template["Resources"]


def of_type(kind):
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


functions = of_type("AWS::Serverless::Function")
binary = {name: resources[name]["Metadata"]["BuildProperties"]["Binary"] for name in functions}

# 1. Functions: one for each folder.
same("functions", binary.values(), [path.parent.name for path in ROOT.glob("functions/*/Cargo.toml")])
for name in functions:
    expect(resources[name]["Metadata"]["BuildMethod"] == "rust-cargolambda", f"{name} is not built by cargo-lambda")

# 2. Settings: each function is given those that its main.rs asks for, by the accessors of `settings.rs`, `secrets.rs`
#    and `compose.rs`, and no others.
settings = dict(re.findall(r'pub const (\w+): &str = "(REKEY_\w+)"', (SOURCES / "settings.rs").read_text()))


def accessors(file):
    """Which settings each function of a file reads, itself or by another function of it."""
    text = (SOURCES / file).read_text().split("#[cfg(test)]")[0]
    reads, calls = defaultdict(set), defaultdict(set)
    # A method and a free function may share a name: then it stands for both.
    for name, body in re.findall(r"\bfn (\w+)(.*?)(?=\bfn \w|\Z)", text, re.DOTALL):
        reads[name] |= set(re.findall(r"\b[A-Z_]+\b", body)) & set(settings)
        calls[name] |= set(re.findall(r"(?:self|settings)\.(\w+)\(", body))
    return reads, calls


reads, calls = accessors("settings.rs")
for name, called in calls.items():
    for other in called & set(reads):
        reads[name] |= reads[other]
secrets, _ = accessors("secrets.rs")
_, composing = accessors("compose.rs")
everything = template["Globals"]["Function"]["Environment"]["Variables"]
for name, function in functions.items():
    main = (ROOT / "functions" / binary[name] / "src" / "main.rs").read_text()
    asked = set(re.findall(r"settings\.(\w+)\(", main))
    for called in re.findall(r"(\w+)\((?:&config, )?settings\)", main):
        asked |= composing.get(called, set())
    wanted = {setting for accessor in asked for setting in reads.get(accessor, set())}
    for accessor in re.findall(r"secrets\.(\w+)\(", main):
        wanted |= secrets[accessor]
    same(f"settings of {binary[name]}", {*everything, *function["Environment"]["Variables"]}, {settings[one] for one in wanted})

# 3. Permissions: partitions that exist, by actions that name one, on secrets that the function is told of.
partitions = re.findall(r"^const \w+: &str = \"([A-Z]+)\";", (SOURCES / "table.rs").read_text(), re.MULTILINE)
rows = re.findall(r"^//! \| `([A-Z]+)(#\w+)?` / ", (SOURCES / "table.rs").read_text(), re.MULTILINE)
documented = {name + ("#*" if parameter else "") for name, parameter in rows}
granted = set()
for name, function in functions.items():
    role = function["Role"]["Fn::GetAtt"]
    role = role[0] if isinstance(role, list) else role.split(".")[0]
    statements = [s for policy in resources[role]["Properties"]["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    expect("ManagedPolicyArns" not in resources[role]["Properties"], f"{role} has managed policies")
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        for action in actions:
            expect("*" not in action, f"{role}: {action} is a wildcard")
            if action.startswith("dynamodb:") and statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}:
                keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
                expect(keys, f"{role}: {action} is not limited to partitions")
                expect(action != "dynamodb:Scan", f"{role}: a scan cannot be limited to partitions")
                granted |= set(keys or [])
        if "secretsmanager:GetSecretValue" in actions:
            readable = {secret["Ref"] for secret in statement["Resource"]}
            told = {v["Ref"] for v in function["Environment"]["Variables"].values() if v.get("Ref", "").endswith("Secret")}
            expect(readable == told, f"{role}: may read {sorted(readable)}, and is told of {sorted(told)}")
same("partitions", granted, documented)
expect({k.split("#")[0] for k in documented} <= set(partitions), "table.rs documents a partition that it does not name")

# 4. Routes: those of the local gateway, and each function but the one that the stream calls is reached.
integrations = of_type("AWS::ApiGatewayV2::Integration")
reached = set()
routes = []
for route in of_type("AWS::ApiGatewayV2::Route").values():
    integration = re.search(r"integrations/\$\{(\w+)\}", route["Target"]["Fn::Sub"]).group(1)
    function = integrations[integration]["IntegrationUri"]["Fn::GetAtt"]
    function = function[0] if isinstance(function, list) else function.split(".")[0]
    reached.add(function)
    routes.append(f"{route['RouteKey']} -> {function}")
    expect(route.get("AuthorizationType", "NONE") == "NONE", f"{route['RouteKey']}: the functions verify tokens")
local = (ROOT / "infra" / "local" / "src" / "routes.rs").read_text()
local = re.findall(r'^    route\((\w+), "([^"]+)", Function::(\w+)\),$', local, re.MULTILINE)
same("routes", routes, [f"{method} {path} -> {function}" for method, path, function in local])
same("functions behind a route", reached, [name for name in functions if binary[name] != "deliver-code"])
permitted = {p["FunctionName"]["Ref"] for p in of_type("AWS::Lambda::Permission").values()}
same("functions that may be invoked", permitted, functions)

# 5. What must never be switched off.
table = resources["Table"]
expect(table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", "the table goes with the stack")
table = table["Properties"]
code = (SOURCES / "table.rs").read_text()
named = dict(re.findall(r'pub const (PARTITION|SORT|TTL): &str = "(\w+)"', code))
keys = [key["AttributeName"] for key in table["KeySchema"]]
expect(keys == [named["PARTITION"], named["SORT"]], "the table's keys are not those of table.rs")
expect(table["TimeToLiveSpecification"] == {"AttributeName": named["TTL"], "Enabled": True}, "rows are not deleted by ttl")
expect(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], "the table cannot be recovered")
expect(table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}, "the table is not encrypted by KMS")
expect(table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY", "the stream holds more than keys")
for name, queue in of_type("AWS::SQS::Queue").items():
    expect(queue.get("SqsManagedSseEnabled"), f"{name} is not encrypted")
for name, mapping in of_type("AWS::Lambda::EventSourceMapping").items():
    pattern = json.loads(mapping["FilterCriteria"]["Filters"][0]["Pattern"])
    expect(pattern["eventName"] == ["INSERT"], f"{name} takes more than new orders")
for name, stage in of_type("AWS::ApiGatewayV2::Stage").items():
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    telling = [value for value in logged if re.search("path|identity|authorizer|protocol", value, re.IGNORECASE)]
    expect("$context.routeKey" in logged and not telling, f"{name} logs more of a request than its route")

for line in wrong:
    print(line)
print(f"{len(functions)} functions, {len(routes)} routes, {len(settings)} settings, {len(documented)} partitions, {len(wrong)} objections")
sys.exit(1 if wrong else 0)
