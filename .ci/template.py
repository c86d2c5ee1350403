"""Compares infra/template.yaml with the code that it deploys.

It compares settings with `infra/aws/src/config/settings.rs`, permissions with `infra/access.json` (which
`tests/promises/permissions.rs` compares with the requests that the functions really make), partitions with
`infra/aws/src/table`, functions with the folders of `functions/`, routes and cross-origin headers with `infra/local/src`,
alarms with the texts of the logs and with the runbook, and `infra/restore` with the partitions. It also checks the
protections that must never be switched off.
"""

import json
import re
import runpy
import sys
from collections import defaultdict
from fnmatch import fnmatchcase
from pathlib import Path

from cfnlint.decode.cfn_yaml import load

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "infra" / "aws" / "src"
TABLE = "\n".join(path.read_text() for path in sorted((SOURCES / "table").glob("*.rs")))

wrong = []


def expect(holds, message):
    if not holds:
        wrong.append(message)


def same(what, template, code, place="the code"):
    """Checks both directions: the template names nothing that the code lacks, and the code nothing that the template lacks."""
    for name in sorted(set(template) - set(code)):
        wrong.append(f"{what}: {name} stands in the template, not in {place}")
    for name in sorted(set(code) - set(template)):
        wrong.append(f"{what}: {name} stands in {place}, not in the template")


template = load(str(ROOT / "infra" / "template.yaml"))
resources = template["Resources"]


def of_type(kind):
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


functions = of_type("AWS::Serverless::Function")
binary = {name: resources[name]["Metadata"]["BuildProperties"]["Binary"] for name in functions}

# 1. Functions: there is one for each folder.
same("functions", binary.values(), [path.parent.name for path in ROOT.glob("functions/*/Cargo.toml")])
for name in functions:
    expect(resources[name]["Metadata"]["BuildMethod"] == "rust-cargolambda", f"{name} is not built by cargo-lambda")

# 2. Settings: each function gets the settings that its main.rs reads, through `settings.rs`, `secrets.rs` and `compose.rs`,
#    and no others.
settings = dict(re.findall(r'pub const (\w+): &str = "(REKEY_\w+)"', (SOURCES / "config/settings.rs").read_text()))


def accessors(file):
    """The settings that each function of a file reads, and the functions of the settings that it calls."""
    text = (SOURCES / file).read_text().split("#[cfg(test)]")[0]
    reads, calls = defaultdict(set), defaultdict(set)
    # A method and a free function may share a name. The name then stands for both.
    for name, body in re.findall(r"\bfn (\w+)(.*?)(?=\bfn \w|\Z)", text, re.DOTALL):
        reads[name] |= set(re.findall(r"\b[A-Z_]+\b", body)) & set(settings)
        calls[name] |= set(re.findall(r"(?:self|settings)\.(\w+)\(", body))
    return reads, calls


reads, calls = accessors("config/settings.rs")
for name, called in calls.items():
    for other in called & set(reads):
        reads[name] |= reads[other]
secrets, _ = accessors("config/secrets.rs")
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

# 3. Permissions: each role allows what access.json lists for its function, and its own log, and nothing else.
partitions = re.findall(r"^(?:pub\(super\) )?const \w+: &str = \"([A-Z]+)\";", TABLE, re.MULTILINE)
rows = re.findall(r"^//! \| `([A-Z]+)(#\w+)?` / ", TABLE, re.MULTILINE)
documented = {name + ("#*" if parameter else "") for name, parameter in rows}
access = json.loads((ROOT / "infra" / "access.json").read_text())
same("functions", binary.values(), access, "access.json")


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
            return of if isinstance(of, str) else ".".join(of)
        if function == "Fn::Sub":
            return of if isinstance(of, str) else of[0]
        if function == "Fn::If":
            return written(of[1])
    return {key: written(one) for key, one in value.items()}


def each(value):
    return value if isinstance(value, list) else [value]


def told(action, on):
    """One permission as one line of text, so that sets of permissions can be compared."""
    return f"{action} {json.dumps(on, sort_keys=True)}"


def allowed(role, statement):
    """The permissions that a statement of the template grants: each an action and its resources."""
    expect(statement["Effect"] == "Allow", f"{role}: {statement['Sid']} allows nothing")
    known = {"Sid", "Effect", "Action", "Resource", "NotResource", "Condition"}
    expect(set(statement) <= known, f"{role}: {statement['Sid']} holds what nobody compares")
    on = {"on": written(statement.get("Resource")), "not_on": written(statement.get("NotResource"))}
    on |= {"where": written(statement.get("Condition"))}
    return [told(action, on) for action in each(statement["Action"])]


def wanted(name, function):
    """The permissions of a function: those that access.json lists, its log, and reading its secrets."""
    on = lambda resource, except_for=None, where=None: {"on": resource, "not_on": except_for, "where": where}
    log = function["LoggingConfig"]["LogGroup"]["Ref"] + ".Arn"
    permissions = [told(action, on(log)) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
    entry = access[name]
    permissions.append(told("secretsmanager:GetSecretValue", on(entry["secrets"])))
    # Gives nothing without the permission above.
    permissions.append(told("secretsmanager:BatchGetSecretValue", on("*")))
    for one in entry["table"]:
        # `ForAllValues` also holds if a request names no partition at all; `Null` refuses such a request.
        where = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": one["prefixes"]}}
        where |= {"Null": {"dynamodb:LeadingKeys": "false"}}
        permissions.append(told(one["action"], on("Table.Arn", where=where)))
        expect(set(one["prefixes"]) <= documented, f"{name}: {one['action']} is for a partition that the table's module does not document")
        expect(one["action"] != "dynamodb:Scan", f"{name}: a scan cannot be limited to partitions")
    for one in entry["other"]:
        permissions.append(told(one["action"], on(one.get("on"), one.get("not_on"), one.get("where"))))
    return permissions


ASSUMED = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
granted = set()
for name, function in functions.items():
    role = function["Role"]["Fn::GetAtt"]
    role = role[0] if isinstance(role, list) else role.split(".")[0]
    of_role = resources[role]["Properties"]
    expect(set(of_role) == {"AssumeRolePolicyDocument", "Policies"}, f"{role} has more than a policy of its own")
    expect(of_role["AssumeRolePolicyDocument"]["Statement"] == [ASSUMED], f"{role} is not for Lambda alone")
    statements = [s for policy in of_role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    actions = [permission for statement in statements for permission in allowed(role, statement)]
    for permission in actions:
        expect("*" not in permission.split(" ")[0], f"{role}: {permission} is a wildcard")
    expect(len(actions) == len(set(actions)), f"{role} allows the same twice")
    same(f"permissions of {binary[name]}", actions, wanted(binary[name], function), "access.json")
    granted |= {prefix for one in access[binary[name]]["table"] for prefix in one["prefixes"]}
    secret = {v["Ref"] for v in function["Environment"]["Variables"].values() if v.get("Ref", "").endswith("Secret")}
    same(f"secrets of {binary[name]}", secret, access[binary[name]]["secrets"], "access.json")
same("partitions", granted, documented)
expect({k.split("#")[0] for k in documented} <= set(partitions), "the table's module documents a partition that it does not name")

# 4. Routes are those of the local gateway, in the payload format that the functions read. A route leads to each function
#    except the one that the stream calls. Cross-origin headers are those of the local gateway.
integrations = of_type("AWS::ApiGatewayV2::Integration")
for name, integration in integrations.items():
    expect(integration["IntegrationType"] == "AWS_PROXY", f"{name} does not invoke a function")
    expect(integration["PayloadFormatVersion"] == "2.0", f"{name} sends events that no function reads")
cors = dict(re.findall(r"^pub const (\w+): \S+ = \"?([^\";]*)\"?;", (ROOT / "infra/local/src/gateway/cors.rs").read_text(), re.MULTILINE))
answered = {
    "AllowOrigins": {"Ref": "AllowedOrigins"},
    "AllowMethods": cors["METHODS"].split(","),
    "AllowHeaders": cors["HEADERS"].split(","),
    "ExposeHeaders": cors["EXPOSED_HEADERS"].split(","),
    "MaxAge": int(cors["MAX_AGE_SECONDS"]),
}
for name, api in of_type("AWS::ApiGatewayV2::Api").items():
    configured = api["CorsConfiguration"]["Fn::If"]
    expect(configured == ["HasOrigins", answered, {"Ref": "AWS::NoValue"}], f"{name} answers other origins than cors.rs does")
reached = set()
routes = []
for route in of_type("AWS::ApiGatewayV2::Route").values():
    integration = re.search(r"integrations/\$\{(\w+)\}", route["Target"]["Fn::Sub"]).group(1)
    function = integrations[integration]["IntegrationUri"]["Fn::GetAtt"]
    function = function[0] if isinstance(function, list) else function.split(".")[0]
    reached.add(function)
    routes.append(f"{route['RouteKey']} -> {function}")
    expect(route.get("AuthorizationType", "NONE") == "NONE", f"{route['RouteKey']}: the functions verify tokens")
local = (ROOT / "infra" / "local" / "src" / "gateway" / "routes.rs").read_text()
local = re.findall(r'^    route\((\w+), "([^"]+)", Function::(\w+)\),$', local, re.MULTILINE)
# A function that reads nothing responds to every other path. The local gateway responds to these by itself.
local = [*local, ("$default", "", "AdminGetContact")]
same("routes", routes, [f"{method} {path}".strip() + f" -> {function}" for method, path, function in local])
same("functions behind a route", reached, [name for name in functions if binary[name] != "deliver-code"])
permitted = {p["FunctionName"]["Ref"] for p in of_type("AWS::Lambda::Permission").values()}
same("functions that may be invoked", permitted, functions)

# 5. Protections that must never be switched off.
table = resources["Table"]
expect(table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", "the table goes with the stack")
table = table["Properties"]
expect(table["DeletionProtectionEnabled"] is True, "the table can be deleted by hand")
code = TABLE
named = dict(re.findall(r'pub const (PARTITION|SORT|TTL): &str = "(\w+)"', code))
keys = [key["AttributeName"] for key in table["KeySchema"]]
expect(keys == [named["PARTITION"], named["SORT"]], "the table's keys are not those of the table's module")
expect(table["TimeToLiveSpecification"] == {"AttributeName": named["TTL"], "Enabled": True}, "rows are not deleted by ttl")
expect(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], "the table cannot be recovered")
expect(table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}, "the table is not encrypted by KMS")
expect(table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY", "the stream holds more than keys")
for name, queue in of_type("AWS::SQS::Queue").items():
    expect(queue.get("SqsManagedSseEnabled"), f"{name} is not encrypted")

# 6. The stream: it delivers new jobs and nothing else, gives them up after a minute, and runs no longer than their lease.
def number(file, constant):
    """A numeric constant of the code."""
    return int(re.search(rf"const {constant}: u64 = (\d+);", (ROOT / file).read_text()).group(1))


ORDERS = ["RESET", "CHALLENGE", {"prefix": "ORDER#"}, {"prefix": "NOTICE#"}]
expect({"RESET", "CHALLENGE", "ORDER", "NOTICE"} <= set(partitions), "the table's module names orders otherwise")
announced = {"eventName": ["INSERT"], "dynamodb": {"Keys": {named["SORT"]: {"S": ORDERS}}}}
lease = number("shared/src/use_cases/deliver_code/mod.rs", "LEASE_SECONDS")
[(name, mapping)] = of_type("AWS::Lambda::EventSourceMapping").items()
deliver = mapping["FunctionName"]["Ref"]
expect(binary[deliver] == "deliver-code", f"{name} invokes {deliver}")
patterns = [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]]
expect(patterns == [announced], f"{name} takes other records than new orders")
expect(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], f"{name} does not hear which records failed")
expect(mapping["BisectBatchOnFunctionError"] is True, f"{name} tries whole batches again")
tried = number("infra/local/src/stand_ins/worker.rs", "RETRY_SECONDS")
expect(mapping["MaximumRecordAgeInSeconds"] == tried, f"{name} gives up at another time than worker.rs does")
expect("MaximumRetryAttempts" not in mapping, f"{name} counts tries: a record's age bounds them")
expect(functions[deliver]["Timeout"] <= lease, f"{deliver} may run for longer than it holds an order ({lease} s)")

# A table that is paid by request starts with four partitions, and its stream with a shard for each. The sweep needs a run too.
reserved = functions[deliver]["ReservedConcurrentExecutions"]["Fn::If"][1]
expect(mapping["ParallelizationFactor"] * 4 < reserved, f"{name} may invoke {deliver} more often at once than is reserved for it")

# 7. The access log, and separate limits for the routes that anybody may call.
ANYBODYS = ("ANY /v1/settings", "ANY /v1/resets", "ANY /v1/password")
anybodys = {k: r["RouteKey"] for k, r in of_type("AWS::ApiGatewayV2::Route").items() if r["RouteKey"].startswith(ANYBODYS)}
for name, stage in of_type("AWS::ApiGatewayV2::Stage").items():
    same(f"limits of {name}", stage["RouteSettings"], anybodys.values(), "the routes that anybody may call")
    for route, limits in stage["RouteSettings"].items():
        given = {"DetailedMetricsEnabled", "ThrottlingRateLimit", "ThrottlingBurstLimit"}
        expect(set(limits) == given, f"{route}: what its limits leave out is not the default's")
        expect(all(isinstance(limit, int) for limit in limits.values()), f"{route}: its limits are no numbers")
    expect(set(anybodys) <= set(resources[name]["DependsOn"]), f"{name} may be made before a route that it limits")
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    telling = [value for value in logged if re.search("path|identity|authorizer|protocol", value, re.IGNORECASE)]
    expect("$context.routeKey" in logged and not telling, f"{name} logs more of a request than its route")

# 8. Alarms: each is listed here, has an entry in the runbook, notifies somebody, and counts texts that the code really logs.
ALARMS = """
    OrdersLate OrdersUnread OrdersGivenUp FailuresLost DeliveryFails DeliveryThrottled DeliveryErrors ProviderBusy
    SpendCapReached RangeBlocked SmsSpend RequestsFail FunctionErrors
""".split()
OWN = {"Fn::Sub": "Rekey/${AWS::StackName}"}
TOLD = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
alarms = of_type("AWS::CloudWatch::Alarm")
same("alarms", alarms, ALARMS, "this check")
runbook = (ROOT / "infra" / "docs" / "runbook.md").read_text()
same("alarms", alarms, re.findall(r"^### `(\w+)`$", runbook, re.MULTILINE), "the headings of infra/docs/runbook.md")
counts = defaultdict(list)
for name, counter in of_type("AWS::Logs::MetricFilter").items():
    [count] = counter["MetricTransformations"]
    expect(count["MetricNamespace"] == OWN, f"{name} counts where no alarm looks")
    counts[count["MetricName"]].append((counter["LogGroupName"]["Ref"], counter["FilterPattern"]))
watched = set()
for name, alarm in alarms.items():
    expect(alarm["AlarmActions"] == TOLD, f"{name} tells nobody")
    metrics = [alarm, *(one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one)]
    watched |= {metric["MetricName"] for metric in metrics if metric.get("Namespace") == OWN}
same("counts of logs", counts, watched, "an alarm")
logs = {name: function["LoggingConfig"]["LogGroup"]["Ref"] for name, function in functions.items()}
others = [log for name, log in logs.items() if name != deliver]
ERROR = '{ $.level = "ERROR" }'
same("errors of deliver-code", counts["DeliveryErrors"], [(logs[deliver], ERROR)], "what is logged")
same("errors of the other functions", counts["FunctionErrors"], [(log, ERROR) for log in others], "what is logged")
reasons = re.findall(r'Self::\w+(?:\([\w:]+\))? => "(\w+)"', (ROOT / "shared/src/reset/delivery.rs").read_text())
# A star stands for every reason that begins so: of the money, each part has its own.
for count, reason in ("ProviderBusy", "providerBusy"), ("SpendCap", "spendCap*"):
    same(f"reasons of {count}", counts[count], [(logs[deliver], f'{{ $.reason = "{reason}" }}')], "what is logged")
    expect(any(fnmatchcase(logged, reason) for logged in reasons), f"{reason} is no reason that deliver-code logs")
worker = "\n".join(path.read_text() for path in (ROOT / "shared/src/use_cases/deliver_code").glob("*.rs"))
warned = [f'{{ $.message = "{text}" }}' for text in re.findall(r'tracing::warn!\("([^"{]+)"\);', worker)]
same("warnings of RangeBlocked", counts["RangeBlocked"], [(logs[deliver], text) for text in warned], "what is logged")
[(log, pattern)] = counts["Ordered"]
expect(log == "AccessLog", "orders are counted elsewhere than in the access log")
for stage in of_type("AWS::ApiGatewayV2::Stage").values():
    fields = json.loads(stage["AccessLogSettings"]["Format"])
    expect(set(re.findall(r"\$\.(\w+)", pattern)) <= set(fields), "orders are counted by a field that is not logged")

# 9. Restoring: the script knows every partition, and triggers no message again.
restore = runpy.run_path(str(ROOT / "infra" / "restore"), run_name="restore")
kinds = [*restore["RESTORED"], *restore["ADDED"], *restore["LEFT"]]
expect(len(kinds) == len(set(kinds)), "infra/restore does two things with one partition")
same("partitions that infra/restore knows", kinds, {name.split("#")[0] for name in documented}, "the table's module")
expect({"RESET", "CHALLENGE", "NOTICE"} <= set(restore["LEFT"]), "infra/restore would order messages again")

for line in wrong:
    print(line)
print(f"{len(functions)} functions, {len(routes)} routes, {len(settings)} settings, {len(documented)} partitions, {len(wrong)} objections")
sys.exit(1 if wrong else 0)
