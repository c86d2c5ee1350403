"""Delivery: the stream and the schedule that invoke the worker, its failed jobs, and the sender of its emails."""

import json
import re

from . import sources
from .document import at, branches, name, names

# The sort keys of delivery jobs.
JOBS = ["RESET", "CHALLENGE", {"prefix": "ORDER#"}, {"prefix": "NOTICE#"}]
# A table that is paid by request starts with four partitions, and its stream with a shard for each.
SHARDS = 4
# The worker handles the jobs of a batch at once, and one failure splits the batch. Lambda's default is 100.
LARGEST_BATCH = 10
# A notice that could not be sent waits for the next sweep. Each sweep asks only some people to confirm their methods.
SWEEP = "rate(5 minutes)"
SWEEP_SECONDS = 300
MAIL_REPORTS = ["BOUNCE", "COMPLAINT", "DELIVERY"]
PUBLISHERS = ["ses.amazonaws.com", "sms-voice.amazonaws.com"]


def check(template):
    mapping, properties = template.only("AWS::Lambda::EventSourceMapping")
    check_filter(template, mapping, properties)
    check_tries(template, mapping, properties)
    check_failures(template, mapping, properties)
    check_worker(template, mapping, properties)
    check_sweep(template)
    check_reports(template)
    check_emails(template)


def check_filter(template, mapping, properties):
    """The stream delivers new jobs, all of them, and nothing else."""
    partitions = {"RESET", "CHALLENGE", "ORDER", "NOTICE"}
    template.expect(partitions <= sources.partitions(), "the table's module has other names for jobs")
    invoked = name(properties.get("FunctionName"))
    template.expect(invoked == template.worker, f"{mapping} invokes {invoked}")
    source = properties.get("EventSourceArn")
    streamed = at(source, "Fn::GetAtt") == ["Table", "StreamArn"] or at(source, "Fn::GetAtt") == "Table.StreamArn"
    template.expect(streamed, f"{mapping} does not read the stream of the table")
    template.expect(properties.get("Enabled", True) is True, f"{mapping} does not read the stream at all")
    announced = {"eventName": ["INSERT"], "dynamodb": {"Keys": {sources.key_names()["SORT"]: {"S": JOBS}}}}
    patterns = [json.loads(one["Pattern"]) for one in at(properties, "FilterCriteria", "Filters") or []]
    template.expect(patterns == [announced], f"{mapping} takes other records than new jobs")
    # Lambda may take minutes to begin. LATEST skips the jobs of those minutes, and nobody notices. TRIM_HORIZON skips
    # nothing, and the limit of a record's age drops what is too old.
    start = properties.get("StartingPosition")
    template.expect(start == "TRIM_HORIZON", f"{mapping} skips the jobs that are created before it begins")


def check_tries(template, mapping, properties):
    """A failed job is tried again alone, and given up after a minute."""
    # Without the list of failed records, one failure repeats the messages of the whole batch.
    listed = properties.get("FunctionResponseTypes") == ["ReportBatchItemFailures"]
    template.expect(listed, f"{mapping} does not hear which records failed")
    template.expect(properties.get("BisectBatchOnFunctionError") is True, f"{mapping} tries whole batches again")
    tried = sources.number("infra/local/src/stand_ins/worker.rs", "RETRY_SECONDS")
    age = properties.get("MaximumRecordAgeInSeconds")
    template.expect(age == tried, f"{mapping} gives a job up after {age} s, worker.rs after {tried} s")
    counted = "MaximumRetryAttempts" in properties
    template.expect(not counted, f"{mapping} limits the number of tries. The age of the record must limit them")
    batch = properties.get("BatchSize", 100)
    template.expect(batch <= LARGEST_BATCH, f"{mapping} hands over {batch} jobs at once, {LARGEST_BATCH} at most")
    # People wait for their codes.
    waits = properties.get("MaximumBatchingWindowInSeconds", 0)
    template.expect(waits == 0, f"{mapping} holds codes back for up to {waits} s")


def check_failures(template, mapping, properties):
    queue = name(at(properties, "DestinationConfig", "OnFailure", "Destination"))
    # Jobs that are given up would leave no trace, and their alarm would stay silent.
    kept = queue in template.of_type("AWS::SQS::Queue")
    template.expect(kept, f"{mapping} stores failed jobs nowhere")


def check_worker(template, mapping, properties):
    """The worker has time for what it begins, and enough runs for every shard."""
    worker = template.worker
    timeout = template.number_of_function(worker, "Timeout")
    # Another worker takes a job when its lease ends. Two would send its message twice.
    lease = sources.number("shared/src/use_cases/deliver_code/mod.rs", "LEASE_SECONDS")
    template.expect(timeout <= lease, f"{worker} may run for {timeout} s, but leases a job for {lease} s")
    # A worker that ends while a provider responds cannot tell whether the message was sent.
    sweep = sources.number("functions/deliver-code/src/lib.rs", "SWEEP_SECONDS")
    answer = sources.number("infra/aws/src/messenger/mod.rs", "ANSWER_TIMEOUT")
    least = sweep + answer
    template.expect(timeout >= least, f"{worker} ends after {timeout} s, its last message may take {least} s")
    runs = properties.get("ParallelizationFactor", 1) * SHARDS
    shares = branches(at(template.functions, worker, "ReservedConcurrentExecutions"))
    # Whatever exceeds the share is throttled, and codes arrive late. The sweep needs a run too.
    enough = all(runs < share for share in shares if isinstance(share, int))
    template.expect(enough, f"{mapping} invokes {worker} {runs} times at once, which leaves no run for the sweep")


def check_sweep(template):
    """The schedule invokes the worker, and no failure delays the next sweep."""
    rule, properties = template.only("AWS::Events::Rule")
    rate = properties.get("ScheduleExpression")
    template.expect(rate == SWEEP, f"{rule} sweeps at {rate}, not at {SWEEP}")
    template.expect(properties.get("State", "ENABLED") == "ENABLED", f"{rule} never sweeps")
    targets = properties.get("Targets", [])
    template.expect(names(targets) == {template.worker}, f"{rule} does not invoke {template.worker} alone")
    for target in targets:
        # The worker recognises the schedule by the event. Any other input looks like a batch without jobs.
        template.expect(set(target) == {"Id", "Arn"}, f"{rule} sends an event that the worker does not recognise")
    asynchronous, invoke = invoked_later(template, template.worker)
    # A rule invokes the function without a version.
    template.expect(invoke.get("Qualifier") == "$LATEST", f"{asynchronous} is for versions that nobody invokes")
    # Late sweeps would run beside newer ones, in the runs that codes need.
    template.expect(invoke.get("MaximumRetryAttempts") == 0, f"{asynchronous} repeats failed sweeps")
    age = invoke.get("MaximumEventAgeInSeconds", 6 * 3600)
    template.expect(age < SWEEP_SECONDS, f"{asynchronous} begins a sweep up to {age} s late")


def invoked_later(template, function):
    """How Lambda repeats an invocation of a function that nobody waits for."""
    found = template.of_type("AWS::Lambda::EventInvokeConfig").items()
    found = [(key, one) for key, one in found if name(one.get("FunctionName")) == function]
    template.expect(len(found) == 1, f"{len(found)} configurations say how {function} is invoked again, not one")
    return next(iter(found), ("no configuration", {}))


def check_reports(template):
    """Providers report on one topic, which invokes the recorder, and no report is lost."""
    recorder = next((one for one, binary in template.binaries.items() if binary == "record-delivery"), None)
    subscriptions = template.of_type("AWS::SNS::Subscription").values()
    topics = {name(one.get("TopicArn")) for one in subscriptions if name(one.get("Endpoint")) == recorder}
    template.expect(len(topics) == 1, f"{recorder} hears of {len(topics)} topics, not of one")
    senders = template.of_type("AWS::SES::ConfigurationSet")
    mails = template.of_type("AWS::SES::ConfigurationSetEventDestination").values()
    published = [at(one, "EventDestination") or {} for one in mails if name(one.get("ConfigurationSetName")) in senders]
    reported = [(one, at(one, "SnsDestination", "TopicARN"), MAIL_REPORTS) for one in published]
    template.expect(len(published) == len(senders), "nobody hears what becomes of emails")
    phones = template.of_type("AWS::SMSVOICE::ConfigurationSet").values()
    template.expect(phones, "nobody hears what becomes of texts and calls")
    for one in [event for phone in phones for event in phone.get("EventDestinations", [])]:
        reported.append((one, at(one, "SnsDestination", "TopicArn"), phone_reports()))
    for destination, topic, kinds in reported:
        template.expect(destination.get("Enabled") is True, "a provider's reports are switched off")
        template.expect({name(topic)} == topics, "a provider reports where nobody listens")
        # A kind that is not read would only cost money, one that is missing is never recorded.
        template.same("kinds of reports", destination.get("MatchingEventTypes", []), kinds, "lambda/report.rs")
    check_publishers(template, topics)
    asynchronous, invoke = invoked_later(template, recorder)
    template.expect(invoke.get("Qualifier") == "$LATEST", f"{asynchronous} is for versions that nobody invokes")
    template.expect(invoke.get("MaximumRetryAttempts") == 2, f"{asynchronous} gives a report up too early")
    queue = name(at(invoke, "DestinationConfig", "OnFailure", "Destination"))
    template.expect(queue in template.of_type("AWS::SQS::Queue"), f"{asynchronous} stores failed reports nowhere")


def phone_reports():
    """The kinds of reports about texts and calls that the code reads."""
    return set(re.findall(r'"((?:TEXT|VOICE)_[A-Z_]+[A-Z])"', sources.read("infra/aws/src/lambda/report.rs")))


def check_publishers(template, topics):
    """Only the two providers may publish on the topic, for this account. Anybody else could stop the use of a contact."""
    policies = template.of_type("AWS::SNS::TopicPolicy").values()
    statements = [s for one in policies if names(one.get("Topics")) == topics
                  for s in at(one, "PolicyDocument", "Statement") or []]
    publishers = [at(one, "Principal", "Service") for one in statements]
    template.same("publishers of reports", publishers, PUBLISHERS, "the check")
    for one in statements:
        template.expect(one.get("Action") == "sns:Publish", f"{one.get('Sid')} permits {one.get('Action')}")
        account = at(one, "Condition", "StringEquals", "aws:SourceAccount")
        template.expect(account == {"Ref": "AWS::AccountId"}, f"{one.get('Sid')} is not for this account alone")


def check_emails(template):
    for sender, properties in template.of_type("AWS::SES::ConfigurationSet").items():
        # SES sends without encryption otherwise, if the other server offers none. Emails contain codes.
        policy = at(properties, "DeliveryOptions", "TlsPolicy")
        template.expect(policy == "REQUIRE", f"{sender} sends codes unencrypted if a server offers no TLS")
