"""Alarms: each watches a metric that exists, goes off in time, tells somebody, and has an entry in the runbook."""

import re

from . import sources
from .counts import OWN, counted, shown
from .document import at, name, names

# An alarm's metric of AWS: statistic, namespace and name, then the dimension with the resource that it names.
WATCHED = {
    "OrdersLate": "Maximum of AWS/Lambda IteratorAge, FunctionName DeliverCode",
    "OrdersUnread": "Sum of AWS/Lambda InvokedEventCount, EventSourceMappingUUID Orders",
    "OrdersGivenUp": "Maximum of AWS/SQS ApproximateNumberOfMessagesVisible, QueueName Failures",
    "FailuresLost": "Sum of AWS/Lambda DestinationDeliveryFailures, FunctionName DeliverCode"
    " and Sum of AWS/Lambda DestinationDeliveryFailures, FunctionName RecordDelivery",
    "DeliveryFails": "Sum of AWS/Lambda Errors, FunctionName DeliverCode",
    "DeliveryThrottled": "Sum of AWS/Lambda Throttles, FunctionName DeliverCode",
    "RequestsFail": "Sum of AWS/ApiGateway 5xx, ApiId Api",
    # SNS counts the text messages of the whole region.
    "SmsSpend": "Maximum of AWS/SNS SMSMonthToDateSpentUSD",
}
# An alarm's count of lines in logs.
COUNTED = {
    "OrdersUnread": "Ordered",
    "DeliveryErrors": "DeliveryErrors",
    "ProviderBusy": "ProviderBusy",
    "NotSetUp": "NotSetUp",
    "SpendCapReached": "SpendCap",
    "RangeBlocked": "RangeBlocked",
    "FunctionErrors": "FunctionErrors",
}
# Either of its two metrics is above zero.
LOST = "FILL(orders, 0) + FILL(reports, 0)"
# In five minutes somebody requests a code, and no job is taken.
UNREAD = "IF(FILL(ordered, 0) > 0 AND FILL(taken, 0) == 0, 1, 0)"
# An alarm that looks back further goes off when the trouble is over.
LONGEST_SECONDS = 3600
# With more, trouble that comes and goes sets no alarm off.
MOST_DATAPOINTS = 2


def check(template):
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    headings = re.findall(r"^### `(\w+)`$", sources.read("infra/docs/runbook.md"), re.MULTILINE)
    template.same("alarms", alarms, headings, "the headings of infra/docs/runbook.md")
    for alarm in sorted({*WATCHED, *COUNTED} - set(alarms)):
        template.expect(False, f"the alarm {alarm} is missing")
    watched = [metric for properties in alarms.values() for metric, _ in metrics(properties)]
    of_logs = [metric.get("MetricName") for metric in watched if own(metric)]
    read = {*of_logs, *shown(template)}
    template.same("counts of logs", counted(template), read, "an alarm or the dashboard")
    for alarm, properties in alarms.items():
        check_metric(template, alarm, properties)
        check_condition(template, alarm, properties)
        check_actions(template, alarm, properties)
    check_lateness(template, alarms)
    check_unread(template, alarms)
    template.expect(LOST in returned(alarms, "FailuresLost"), "FailuresLost does not count both kinds of failures")


def metrics(alarm):
    """The metrics of an alarm, each with its statistic."""
    parts = [at(one, "MetricStat") for one in alarm.get("Metrics", [])]
    several = [(part["Metric"], part.get("Stat")) for part in parts if part]
    return several or [(alarm, alarm.get("Statistic"))]


def own(metric):
    return metric.get("Namespace") == OWN


def check_metric(template, alarm, properties):
    """It watches the metric that its name stands for. A misspelled metric, or another resource's, has no data."""
    watched = [described(metric, statistic) for metric, statistic in metrics(properties) if not own(metric)]
    if alarm in WATCHED:
        right = " and ".join(watched) == WATCHED[alarm]
        template.expect(right, f"{alarm} watches {watched}, not {WATCHED[alarm]}")
    of_logs = [described(metric, statistic) for metric, statistic in metrics(properties) if own(metric)]
    if alarm in COUNTED:
        right = of_logs == [f"Sum of {COUNTED[alarm]}"]
        template.expect(right, f"{alarm} watches {of_logs}, not the sum of {COUNTED[alarm]}")


def described(metric, statistic):
    """A metric in words, as `WATCHED` has it. An own metric has no namespace there."""
    namespace = "" if own(metric) else f"{metric.get('Namespace')} "
    dimensions = [f", {one['Name']} {name(one['Value'])}" for one in metric.get("Dimensions", [])]
    return f"{statistic} of {namespace}{metric.get('MetricName')}{''.join(dimensions)}"


def check_condition(template, alarm, properties):
    threshold = properties.get("Threshold")
    # Every counted thing is a fault. The lateness and the money have limits of their own.
    above = properties.get("ComparisonOperator") == "GreaterThanThreshold"
    template.expect(above, f"{alarm} does not go off if its value is too high")
    zero = threshold == 0 or alarm in ("OrdersLate", "SmsSpend")
    template.expect(zero, f"{alarm} goes off above {threshold} only, not at the first fault")
    # Most faults are counted only when they happen. Without data, an alarm must not stay on.
    silent = properties.get("TreatMissingData") == "notBreaching"
    template.expect(silent, f"{alarm} treats missing data as a fault, or stays on without data")
    periods = properties.get("EvaluationPeriods", 1)
    seconds = [at(one, "MetricStat", "Period") for one in properties.get("Metrics", [])]
    longest = max(one or 0 for one in [properties.get("Period"), *seconds]) * periods
    template.expect(longest <= LONGEST_SECONDS, f"{alarm} looks back {longest} s, {LONGEST_SECONDS} s at most")
    needed = properties.get("DatapointsToAlarm", periods)
    template.expect(needed <= MOST_DATAPOINTS, f"{alarm} goes off only after {needed} periods of trouble")


def check_actions(template, alarm, properties):
    topics = names(properties.get("AlarmActions") or [])
    known = template.of_type("AWS::SNS::Topic")
    template.expect(topics and topics <= set(known), f"{alarm} tells nobody")
    template.expect(properties.get("ActionsEnabled", True) is True, f"{alarm} tells nobody while its actions are off")
    for topic in topics & set(known):
        # CloudWatch may not use this key, so it cannot publish to the topic.
        template.expect(known[topic].get("KmsMasterKeyId") != "alias/aws/sns", f"{alarm} cannot publish to {topic}")


def check_lateness(template, alarms):
    """A job is given up after a minute, so the alarm must go off before, and look at no more than that."""
    tried = sources.number("infra/local/src/stand_ins/worker.rs", "RETRY_SECONDS")
    late = alarms.get("OrdersLate", {})
    threshold = late.get("Threshold", 0)
    template.expect(threshold < tried * 1000, f"OrdersLate goes off above {threshold} ms, when jobs are given up")
    looks = late.get("Period", 0) * late.get("EvaluationPeriods", 1)
    template.expect(looks <= tried, f"OrdersLate goes off after {looks} s, when jobs are given up")


def check_unread(template, alarms):
    """The alarm compares what is requested with what the worker takes."""
    for mapping, properties in template.of_type("AWS::Lambda::EventSourceMapping").items():
        # Lambda counts the events of a mapping only if the mapping asks for it.
        counts = "EventCount" in (at(properties, "MetricsConfig", "Metrics") or [])
        template.expect(counts, f"{mapping} does not count its events, so OrdersUnread has no data")
    unread = returned(alarms, "OrdersUnread") == [UNREAD]
    template.expect(unread, "OrdersUnread does not compare what is ordered with what is taken")


def returned(alarms, alarm):
    """The expressions whose values set an alarm off."""
    parts = at(alarms, alarm, "Metrics") or []
    return [one.get("Expression") for one in parts if one.get("ReturnData", True)]
