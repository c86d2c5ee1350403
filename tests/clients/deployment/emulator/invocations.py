"""What Lambda does for a function: reading its stream, storing its failures and logs, and who may invoke it."""

import json

from decisions import record, role_may
from gaps import gap
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

READING = ["dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"]


def config_of(function):
    return function.get("config") or function


@gap
def stream_reading():
    """Lambda reads a stream with the function's role. ministack reads it without asking."""
    plain = lambda_svc._iter_all_esms

    def readable():
        for account, region, mapping in plain():
            stream, function = mapping.get("EventSourceArn", ""), mapping["FunctionArn"]
            found = lambda_svc._get_func_record_for_ref_in_scope(function, account_id=account, region=region)[0]
            if found and ":dynamodb:" in stream:
                role = config_of(found)["Role"]
                decisions = [role_may(role, action, stream) for action in READING]
                if not all([*decisions, role_may(role, "dynamodb:ListStreams", "*")]):
                    continue
            yield account, region, mapping

    lambda_svc._iter_all_esms = readable


@gap
def failure_queue():
    """Lambda writes to a mapping's queue of failures with the function's role. ministack writes without asking."""
    plain = lambda_svc._send_ddb_stream_failure_record

    def send(mapping, function, *rest):
        queue = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if queue and role_may(config_of(function)["Role"], "sqs:SendMessage", queue):
            plain(mapping, function, *rest)

    lambda_svc._send_ddb_stream_failure_record = send


@gap
def log_writing():
    """Lambda writes a function's log with the function's role. ministack writes it without asking."""
    plain = lambda_svc._emit_lambda_logs

    def emit(function, request_id, *rest, **named):
        config = config_of(function)
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        stream = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:{request_id}"
        if all([role_may(config["Role"], f"logs:{name}", stream) for name in ("CreateLogStream", "PutLogEvents")]):
            plain(function, request_id, *rest, **named)

    lambda_svc._emit_lambda_logs = emit


def caller(event):
    """The service that invokes a function with this event, and the ARN that it gives as its source."""
    context = event.get("requestContext") or {}
    if "apiId" in context:
        place = f"{context['apiId']}/{context['stage']}/{context['http']['method']}{context['http']['path']}"
        return "apigateway.amazonaws.com", f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{place}"
    if event.get("source") == "aws.events":
        return "events.amazonaws.com", event["resources"][0]
    first = (event.get("Records") or [{}])[0]
    if first.get("EventSource") == "aws:sns":
        return "sns.amazonaws.com", first["Sns"]["TopicArn"]
    return None, None


@gap
def invoking():
    """A function's own policy says which service may invoke it. ministack invokes it without asking."""
    plain = lambda_svc._execute_function_with_config_scope

    def execute(function, event):
        service, source = caller(event)
        if service:
            arn = config_of(function)["FunctionArn"]
            context = iam_evaluator.EvalContext(
                principal_arn=service, principal_type="Service", principal_account="", region=get_region(),
                action="lambda:InvokeFunction", resource_arn=arn, service_context={"aws:sourcearn": source},
            )
            decision = iam_evaluator.evaluate_resource_policy(function["policy"], context, service=service).decision
            record(service, "lambda:InvokeFunction", arn, (), decision == "Allow")
            if decision != "Allow":
                return {"error": True, "body": {"errorType": "AccessDenied", "errorMessage": service}}
        return plain(function, event)

    lambda_svc._execute_function_with_config_scope = execute


def reports_items(function):
    """Whether a mapping of this function reads which records of a batch failed."""
    mappings = [mapping for mapping in lambda_svc._esms._data.values()
                if mapping["FunctionName"] == config_of(function)["FunctionName"]]
    return any("ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or []) for mapping in mappings)


@gap
def partial_batches():
    """ministack takes a batch of a DynamoDB stream for done, whichever records the function names as failed.

    Here the whole batch comes again. That is more than AWS sends again, and a function has to stand it.
    """
    plain = lambda_svc._execute_function

    def execute(function, event):
        result = plain(function, event)
        records = event.get("Records") if isinstance(event, dict) else None
        body = result.get("body")
        failed = body.get("batchItemFailures") if isinstance(body, dict) else None
        if records and records[0].get("eventSource") == "aws:dynamodb" and failed and reports_items(function):
            body = {"errorType": "BatchItemFailures", "errorMessage": json.dumps(failed)}
            return {**result, "error": True, "body": body}
        return result

    lambda_svc._execute_function = execute


@gap
def new_starts():
    """Lambda starts a function anew after any change of its configuration. ministack does not if only texts change."""
    plain = lambda_svc._update_config

    def update(name, changed):
        updated = plain(name, changed)
        lambda_svc.invalidate_worker(name, qualifier="$LATEST")
        return updated

    lambda_svc._update_config = update
