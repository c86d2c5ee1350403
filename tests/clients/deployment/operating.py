"""What an operator sees: the log's lines of requests and messages, what the template counts of them, and doctor."""

import json
import os
import re
import subprocess

import boto3
from checks import check, equal, holds
from deploying import SENDER
from resets import BEN, BENS_MAIL
from stack import NAME, TEMPLATE

# What the steps before this one must have caused: a metric, and the dimensions of some of its lines.
CAUSED = [
    ("Ordered", {}), ("Proved", {}), ("Completed", {}), ("Blocked", {}),
    ("Sent", {"kind": "reset", "channel": "sms"}), ("Sent", {"kind": "reset", "channel": "call"}),
    ("Sent", {"kind": "reset", "channel": "email"}), ("Sent", {"kind": "notice", "channel": "email"}),
    ("Failed", {"channel": "sms", "outcome": "refused"}), ("Failed", {"channel": "email", "outcome": "tryAgain"}),
    ("SpendMicroUsd", {"channel": "sms", "country": "US"}), ("SpendMicroUsd", {"channel": "call", "country": "US"}),
    ("NotSent", {"reason": "unknownName"}), ("NotSent", {"reason": "phoneProof"}),
    ("NotSent", {"reason": "conversion"}), ("RangeBlocked", {}),
]


def filters():
    """The metric filters of the template: metric, log, pattern, value and dimensions."""
    resource = r"^  \w+:\n    Type: AWS::Logs::MetricFilter\n(?:    .*\n)+"
    for block in re.findall(resource, TEMPLATE.read_text(), re.MULTILINE):
        def field(name, within=block):
            return re.search(rf"{name}: '?\"?(.*?)\"?'?$", within, re.MULTILINE)[1]

        dimensions = re.findall(r"\{ Key: (\w+), Value: \$\.\w+ \}", block)
        log = field("LogGroupName").split()[-1]
        yield field("MetricName"), log, field("FilterPattern"), field("MetricValue"), dimensions


def matches(pattern, line):
    """Whether a line of JSON matches a filter pattern: comparisons with && between them."""
    for comparison in pattern.strip("{ }").split(" && "):
        name, operator, wanted = re.fullmatch(r"\$\.(\w+) (=|!=|>) (.+)", comparison.strip()).groups()
        if name not in line:
            return False
        value = line[name]
        if operator == ">":
            right = isinstance(value, (int, float)) and value > float(wanted)
        else:
            like = ".*".join(re.escape(part) for part in wanted.strip('"').split("*"))
            right = (re.fullmatch(like, str(value)) is not None) == (operator == "=")
        if not right:
            return False
    return True


def read(service, log):
    lines = (line[line.index("{"):] for line in service.stack.log(log) if "{" in line)
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def access(service):
    """The access log as API Gateway would write it, which the emulator does not: from the functions' own lines."""
    lines = []
    for log in service.stack.of_type("AWS::Logs::LogGroup"):
        for line in read(service, log):
            if line.get("message") == "request":
                route = line["route"]
                lines += [{"route": route, "status": str(line["status"])}]
    return lines


@check("operating: what the template counts is in the log, by kind, channel, country and reason")
def counted(service):
    counts = {}
    for metric, log, pattern, value, dimensions in filters():
        for line in access(service) if log == "AccessLog" else read(service, log):
            if matches(pattern, line) and all(one in line for one in dimensions):
                key = metric, tuple((one, line[one]) for one in dimensions)
                counts[key] = counts.get(key, 0) + (line[value[2:]] if value.startswith("$.") else 1)
    for metric, dimensions in CAUSED:
        fits = [key for key in counts if key[0] == metric and dimensions.items() <= dict(key[1]).items()]
        counted = fits and all(counts[key] > 0 for key in fits)
        holds(counted, f"no line is counted as {metric} {dimensions}: {sorted(counts)}")
    costs = [count for (metric, of), count in counts.items() if metric == "SpendMicroUsd" and ("channel", "sms") in of]
    equal(sum(costs) % 20_000, 0, "what texts cost, in whole prices of two cents")


@check("operating: a refusal is found in the log by the requestId that its caller quotes")
def quoted(service):
    refused = service.send("POST", "/v1/resets", {"userName": BEN}).expect(400, "malformed").json()
    lines = [line for line in read(service, "BeginResetLog") if line.get("request_id") == refused["requestId"]]
    equal([(line["route"], line["status"]) for line in lines], [("ANY /v1/resets", 400)], "lines of the request")


@check("operating: an audit record's reset is found in every log by its correlation, and no log names a person")
def correlated(service):
    reader = service.application("AuditLog.Read.All")
    service.begin(BEN, "email", BENS_MAIL)
    where = f"targetResources/any(t:t/userPrincipalName eq '{BEN}')"
    found = service.send("GET", f"/graph/v1.0/auditLogs/directoryAudits?$top=20&$filter={where}", token=reader)
    audits = found.expect(200).json()["value"]
    progress = "Self-service password reset flow activity progress"
    correlation = next(one["correlationId"] for one in audits if one["activityDisplayName"] == progress)
    begun = [line for line in read(service, "BeginResetLog") if line.get("correlation") == correlation]
    sent = [line for line in read(service, "DeliverCodeLog") if correlation in line.get("order", "")]
    holds(begun and sent, f"the log has {len(begun)} and {len(sent)} lines of {correlation}")
    for log in service.stack.of_type("AWS::Logs::LogGroup"):
        told = [line for line in service.stack.log(log) if BEN in line or BENS_MAIL in line]
        equal(told, [], f"lines of {log} with a name or an address")


@check("operating: doctor says what is set up and what is left to do")
def doctor(service):
    ran = subprocess.run(
        [service.stack.tools / "rekeyctl", "doctor", "--stack", NAME, "--output", "json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ,
    )
    found = {one["check"]: one for one in map(json.loads, ran.stdout.splitlines())}
    holds(found, ran.stderr)
    states = {name: one["state"] for name, one in found.items()}
    # The emulator's simulation of a role's permissions ignores partitions; roles.py asks its evaluator itself.
    for name in ("the stack is deployed", "deliver-code reads the table's stream"):
        equal((name, found[name]["detail"] if states[name] != "done" else "done"), (name, "done"), "doctor")
    # Nobody has subscribed by then, so the command fails and says so.
    equal((states["alarms reach somebody"], ran.returncode), ("open", 1), "doctor")
    holds(f"{sum(state != 'done' for state in states.values())} of {len(states)} checks" in ran.stderr, ran.stderr)
    holds(SENDER not in ran.stdout, "doctor prints more than it needs")


@check("operating: doctor sets off an alarm, and says what it cannot order")
def sent(service):
    ran = subprocess.run(
        [service.stack.tools / "rekeyctl", "doctor", "--stack", NAME, "--send", BEN, "--output", "json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ,
    )
    found = {one["check"]: one for one in map(json.loads, ran.stdout.splitlines())}
    equal(found["an alarm is set off"]["state"], "done", found["an alarm is set off"]["detail"])
    alarm = boto3.client("cloudwatch").describe_alarms(AlarmNames=[service.stack.id("RequestsFail")])["MetricAlarms"]
    equal([one["StateValue"] for one in alarm], ["ALARM"], "the alarm")
    # The emulator serves the API over http, under a name that this command does not send a request to.
    equal(found["an email is ordered"]["state"], "unknown", found["an email is ordered"]["detail"])
