"""Counts: the metric filters count lines that the code really logs, in the log that they are in."""

import re
from collections import defaultdict
from fnmatch import fnmatchcase

from . import sources
from .api import access_log_format
from .document import at, name

OWN = {"Fn::Sub": "Rekey/${AWS::StackName}"}
ERROR = '{ $.level = "ERROR" }'
# Requests for codes: no other response is 202. By the route, because a path contains an id.
ORDERED = '{ $.route = "ANY /v1/*" && $.status = "202" }'
# What the dashboard shows: the log, the lines, the dimensions and what each line counts. A metric filter leaves a line
# out that lacks a dimension, so emails, which have no country, are counted by channel.
MESSAGE = '$.message = "message"'
SHOWN = {
    "Sent": ("deliver-code", f'{{ {MESSAGE} && $.outcome = "sent" }}', ["kind", "channel"], "1"),
    "Failed": ("deliver-code", f'{{ {MESSAGE} && $.outcome != "sent" }}', ["channel", "outcome"], "1"),
    "SpendMicroUsd": (
        "deliver-code",
        f'{{ {MESSAGE} && $.outcome = "sent" && $.price_micros > 0 }}',
        ["channel", "country"],
        "$.price_micros",
    ),
    "Reported": ("record-delivery", '{ $.message = "a message was reported" }', ["outcome"], "1"),
    "NotSent": ("deliver-code", '{ $.message = "nothing was sent" }', ["reason"], "1"),
    "Blocked": ("verify-code", '{ $.message = "the guesses at an account are spent" }', [], "1"),
    "Proved": (None, '{ $.route = "ANY /v1/resets/{resetId}/verifications" && $.status = "200" }', [], "1"),
    "Completed": (None, '{ $.route = "ANY /v1/resets/{resetId}/password" && $.status = "204" }', [], "1"),
}
# A star stands for every reason that begins so: each part of the money has its own.
REASONS = {"ProviderBusy": "providerBusy", "NotSetUp": "notSetUp", "SpendCap": "spendCap*"}


def check(template):
    for counter, properties in template.of_type("AWS::Logs::MetricFilter").items():
        for count in properties.get("MetricTransformations", []):
            template.expect(count.get("MetricNamespace") == OWN, f"{counter} counts where no alarm looks")
            _, _, dimensions, value = SHOWN.get(count.get("MetricName"), (None, None, [], "1"))
            template.expect(count.get("MetricValue") == value, f"{counter} does not count {value} for each line")
            found = [(one.get("Key"), one.get("Value")) for one in count.get("Dimensions", [])]
            wanted = [(one, f"$.{one}") for one in dimensions]
            template.expect(found == wanted, f"{counter} does not count by {dimensions}, as the dashboard reads it")
    counts = counted(template)
    for metric, wanted in (expected(template) | expected_of_worker(template) | expected_on_dashboard(template)).items():
        template.same(f"lines of {metric}", counts.get(metric, []), wanted, "what is logged")


def expected_on_dashboard(template):
    """Messages, money and steps of resets. Each text and each field is one that the code logs."""
    code = sources.read_all("shared/src/use_cases/deliver_code") + sources.read_all("shared/src/use_cases/verify_code")
    code += sources.read("shared/src/use_cases/record_delivery.rs")
    groups = {template.binaries[function]: group for function, group in template.log_groups.items()}
    groups[None] = "AccessLog"
    found = {}
    for metric, (function, pattern, dimensions, value) in SHOWN.items():
        found[metric] = [lines(pattern, groups.get(function))]
        for text in re.findall(r'\$\.message = "([^"]+)"', pattern):
            template.expect(f'"{text}"' in code, f"no function logs {text!r}")
        for field in {*dimensions, *re.findall(r"^\$\.(\w+)$", value)}:
            template.expect(re.search(rf"\b{field} = ", code), f"the worker logs no {field}")
    return found


def shown(template):
    """The own metrics that a dashboard reads."""
    bodies = template.of_type("AWS::CloudWatch::Dashboard").values()
    text = "\n".join(str(one.get("DashboardBody")) for one in bodies)
    return set(re.findall(r'MetricName=\\*"(\w+)', text)) | set(re.findall(r'"Rekey/\$\{AWS::StackName\}", "(\w+)"', text))


def lines(pattern, log):
    return f"{pattern} in {log}"


def counted(template):
    """The lines that the metric filters count, by metric."""
    found = defaultdict(list)
    for properties in template.of_type("AWS::Logs::MetricFilter").values():
        counter = lines(properties.get("FilterPattern"), name(properties.get("LogGroupName")))
        for count in properties.get("MetricTransformations", []):
            found[count.get("MetricName")].append(counter)
    return found


def expected(template):
    """Errors of all functions but the worker, and requests for codes."""
    groups = template.log_groups
    behind = [group for function, group in groups.items() if function != template.worker]
    stages = template.of_type("AWS::ApiGatewayV2::Stage").values()
    access_logs = [name(at(stage, "AccessLogSettings", "DestinationArn")) for stage in stages]
    fields = access_log_format(template)
    logged = fields.get("route") == "$context.routeKey" and fields.get("status") == "$context.status"
    template.expect(logged, "requests for codes are counted by a field that is not logged")
    return {
        "FunctionErrors": [lines(ERROR, group) for group in behind],
        "Ordered": [lines(ORDERED, group) for group in access_logs],
    }


def expected_of_worker(template):
    """Errors of the worker, reasons for which it sends nothing, and its warnings."""
    group = template.log_groups.get(template.worker)
    reasons = re.findall(r'Self::\w+(?:\([\w:]+\))? => "(\w+)"', sources.read("shared/src/reset/delivery.rs"))
    for reason in REASONS.values():
        logged = any(fnmatchcase(one, reason) for one in reasons)
        template.expect(logged, f"the worker never logs the reason {reason}")
    code = sources.read_all("shared/src/use_cases/deliver_code")
    warnings = re.findall(r'tracing::warn!\("([^"{]+)"\);', code)
    found = {metric: [lines(f'{{ $.reason = "{reason}" }}', group)] for metric, reason in REASONS.items()}
    found["DeliveryErrors"] = [lines(ERROR, group)]
    found["RangeBlocked"] = [lines(f'{{ $.message = "{text}" }}', group) for text in warnings]
    return found
