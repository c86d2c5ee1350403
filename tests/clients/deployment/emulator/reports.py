"""What the providers report of messages to AWS' simulators: SES' mailboxes, and numbers of End User Messaging."""

import time
from datetime import datetime, timezone

from decisions import record
from gaps import gap
from keys import json_of
from ministack.core.responses import get_account_id, get_region
from ministack.services import ses_v2, sns
from ministack.services.cloudformation import provisioners

# The topic and the kinds of events of each configuration set of End User Messaging.
PHONE_SETS = {}
MAILBOXES = "simulator.amazonses.com"
DELIVERED, FAILED = "+14254147755", "+14254147167"
PHONE_KINDS = {
    "SendTextMessage": {DELIVERED: "TEXT_DELIVERED", FAILED: "TEXT_BLOCKED"},
    "SendVoiceMessage": {DELIVERED: "VOICE_COMPLETED", FAILED: "VOICE_NO_ANSWER"},
}


def publish(topic, service, source, event):
    """Publishes a report, if the topic's policy lets this service do so for this configuration set."""
    allowed = sns.topic_policy_allows(topic, service, source, get_account_id())
    record(service, "sns:Publish", topic, (), allowed)
    if allowed:
        sns.publish_internal(topic, event)


def of_mailbox(address, at):
    """The event of SES for a mailbox of its simulator, and its kind in a configuration set."""
    recipients = [{"emailAddress": address}]
    match address.partition("@")[0].partition("+")[0]:
        case "success":
            return "DELIVERY", {"eventType": "Delivery", "delivery": {"timestamp": at, "recipients": [address]}}
        case "bounce":
            bounce = {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": at}
            return "BOUNCE", {"eventType": "Bounce", "bounce": {**bounce, "bouncedRecipients": recipients}}
        case "complaint":
            complaint = {"timestamp": at, "complainedRecipients": recipients}
            return "COMPLAINT", {"eventType": "Complaint", "complaint": complaint}
    return None, None


@gap
def mail_reports():
    """ministack sends emails without any event."""
    plain = ses_v2.handle_request

    async def handle(method, path, headers, body, query):
        reply = await plain(method, path, headers, body, query)
        if method == "POST" and path.rstrip("/").endswith("/outbound-emails") and reply[0] == 200:
            report_mail(json_of(body))
        return reply

    ses_v2.handle_request = handle


def report_mail(message):
    name = message.get("ConfigurationSetName", "")
    destinations = (ses_v2._config_sets.get(name) or {}).get("EventDestinations") or {}
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for address in message["Destination"]["ToAddresses"]:
        if not address.endswith(f"@{MAILBOXES}"):
            continue
        kind, event = of_mailbox(address, at)
        tags = {tag["Name"]: [tag["Value"]] for tag in message.get("EmailTags", [])}
        event["mail"] = {"timestamp": at, "destination": [address], "messageId": "m", "tags": tags}
        source = f"arn:aws:ses:{get_region()}:{get_account_id()}:configuration-set/{name}"
        for one in destinations.values():
            if one["Enabled"] and kind in one["MatchingEventTypes"]:
                publish(one["SnsDestination"]["TopicArn"], "ses.amazonaws.com", source, event)


def report_phone(operation, message):
    """Reports a text or a call to a number of the simulator."""
    number, name = message["DestinationPhoneNumber"], message.get("ConfigurationSetName", "")
    kind = PHONE_KINDS[operation].get(number)
    event = {
        "eventType": kind, "eventVersion": "1.0", "eventTimestamp": int(time.time() * 1000), "isFinal": True,
        "destinationPhoneNumber": number, "messageId": "m", "context": message.get("Context", {}),
    }
    source = f"arn:aws:sms-voice:{get_region()}:{get_account_id()}:configuration-set/{name}"
    for one in PHONE_SETS.get(name, []):
        if one["Enabled"] and kind in one["MatchingEventTypes"]:
            publish(one["SnsDestination"]["TopicArn"], "sms-voice.amazonaws.com", source, event)


@gap
def phone_sets():
    """ministack's CloudFormation knows no configuration set of End User Messaging."""

    def create(logical_id, properties, stack):
        PHONE_SETS[properties["ConfigurationSetName"]] = properties["EventDestinations"]
        return properties["ConfigurationSetName"], {}

    def update(name, before, after, stack, logical_id=None):
        return create(logical_id, after, stack)

    def delete(name, properties):
        PHONE_SETS.pop(name, None)

    provisioners._RESOURCE_HANDLERS["AWS::SMSVOICE::ConfigurationSet"] = {
        "create": create, "update": update, "delete": delete,
    }
