"""Permissions of the message senders, and End User Messaging."""

import json

from gaps import gap
from keys import json_of
from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import get_account_id
from ministack.services import ses, ses_v2
from reports import report_phone

# Every call, and every text through End User Messaging, that was ordered.
CALLS = []
OPERATIONS = ("SendVoiceMessage", "SendTextMessage")


def mail_resources(message, address, region):
    """The resources that SES judges an email on: the identity that sends it, and its configuration set."""
    domain = address.partition("@")[2]
    arn = f"arn:aws:ses:{region}:{get_account_id()}:"
    verified = {*ses._identities.keys(), *ses_v2._identities.keys()}
    # If the address and its domain are both verified, the address decides.
    resources = [f"{arn}identity/{address if address in verified else domain}"]
    if message.get("ConfigurationSetName"):
        resources.append(f"{arn}configuration-set/{message['ConfigurationSetName']}")
    return resources


@gap
def mail():
    """ministack judges `ses:SendEmail` on `*` and without `ses:FromAddress`, so it denies every narrow policy."""
    plain = app._enforce_ses_v2

    def enforce(method, path, headers, body, query, request_id):
        if method != "POST" or not path.rstrip("/").endswith("/v2/email/outbound-emails"):
            return plain(method, path, headers, body, query, request_id)
        message = json_of(body)
        address = message.get("FromEmailAddress", "").rpartition("<")[2].rstrip(">")
        for resource in mail_resources(message, address, app.extract_region(headers, query)):
            denied = app._enforce_data_plane(
                "sesv2", "ses:SendEmail", headers, query, request_id, resource_arn=resource,
                service_context={"ses:FromAddress": address}, named_resource=resource,
            )
            if denied:
                return denied
        return None

    app._enforce_ses_v2 = enforce


@gap
def calls():
    """ministack has no End User Messaging (`pinpoint-sms-voice-v2`), whose actions IAM calls `sms-voice`."""
    plain = iam_actions.extract_resource_arn

    async def order(method, path, headers, body, query):
        named = {name.lower(): value for name, value in headers.items()}
        operation = named.get("x-amz-target", "").rpartition(".")[2]
        if operation not in OPERATIONS:
            return 400, {"Content-Type": "application/x-amz-json-1.0"}, b'{"__type":"ValidationException"}'
        CALLS.append(json_of(body))
        report_phone(operation, json_of(body))
        reply = json.dumps({"MessageId": f"call-{len(CALLS)}"}).encode()
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, reply

    def resource(service, method, path, headers, body, query, region, account):
        if service == "sms-voice":
            return json_of(body).get("OriginationIdentity") or "*"
        return plain(service, method, path, headers, body, query, region, account)

    app.SERVICE_HANDLERS["sms-voice"] = order
    router.SERVICE_PATTERNS["sms-voice"] = {"target_prefixes": ["PinpointSMSVoiceV2"]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE["sms-voice"] = "sms-voice"
    iam_actions.extract_resource_arn = resource
