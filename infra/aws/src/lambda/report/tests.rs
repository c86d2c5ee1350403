//! Reports as AWS documents them.

use aws_sdk_pinpointsmsvoicev2::types::EventType;
use serde_json::json;

use super::*;
use crate::messenger::tagged;

const ACCOUNT_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const ORDERS: [&str; 4] = ["reset.AbC-_9_.12", "reset._b-.1", "challenge.a_b-c", "notice.x_y.1.a-b_c"];

fn event(messages: &[Value]) -> Value {
    let record = |message: &Value| {
        let text = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
        json!({"EventSource": "aws:sns", "Sns": {"Type": "Notification", "MessageId": "m", "Message": text}})
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<_>>()})
}

fn email(kind: &str, part: &str, content: &Value) -> Value {
    json!({
        "eventType": kind,
        part: content,
        "mail": {
            "timestamp": "2017-08-05T00:40:02.012Z",
            "messageId": "EXAMPLE",
            "destination": ["Adele@fabrikam.example"],
            "tags": {
                "ses:configuration-set": ["rekey"],
                "order": [tagged(ORDERS[0])],
                "account": [tagged(ACCOUNT_ID)],
            },
        },
    })
}

fn bounce(kind: &str, subtype: &str) -> Value {
    let recipients = json!([{"emailAddress": "Adele@fabrikam.example", "action": "failed", "status": "5.1.1"}]);
    let at = "2017-08-05T00:41:02.669Z";
    let content =
        json!({"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": recipients, "timestamp": at});
    email("Bounce", "bounce", &content)
}

fn phone(kind: &str) -> Value {
    json!({
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": 1_501_893_662_669_u64,
        "isFinal": true,
        "destinationPhoneNumber": "+14255550156",
        "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
        "messageStatus": "SUCCESSFUL",
        "context": {"order": ORDERS[0], "account": ACCOUNT_ID},
        "totalMessagePrice": 0.09582,
    })
}

fn report(destination: Destination, fate: Fate) -> Report {
    Report {
        order: ORDERS[0].to_owned(),
        account: AccountId::parse(ACCOUNT_ID).unwrap(),
        destination,
        fate,
        at: Moment::from_millis(1_501_893_662_669),
    }
}

#[test]
fn each_kind_of_report_about_an_email_has_its_fate() {
    let address = || Destination::Email(EmailAddress::parse("adele@fabrikam.example").unwrap());
    let at = "2017-08-05T00:41:02.669Z";
    let complained = json!({"complainedRecipients": [{"emailAddress": "adele@fabrikam.example"}], "timestamp": at});
    let delivered = json!({"recipients": ["adele@fabrikam.example"], "timestamp": at, "smtpResponse": "250 ok"});
    for (message, fate) in [
        (bounce("Permanent", "General"), Fate::Undeliverable(Undeliverable::Bounced)),
        (bounce("Permanent", "OnAccountSuppressionList"), Fate::Undeliverable(Undeliverable::Bounced)),
        (bounce("Transient", "MailboxFull"), Fate::Failed(Failure::SoftBounce)),
        (bounce("Undetermined", "Undetermined"), Fate::Failed(Failure::SoftBounce)),
        (email("Complaint", "complaint", &complained), Fate::Undeliverable(Undeliverable::Complained)),
        (email("Delivery", "delivery", &delivered), Fate::Delivered),
    ] {
        assert_eq!(reports(&event(&[message])), [report(address(), fate)]);
    }
    for kind in ["Send", "DeliveryDelay", "Open", "Reject"] {
        assert_eq!(reports(&event(&[email(kind, "other", &json!({}))])), []);
    }
}

#[test]
fn each_kind_of_report_about_a_phone_has_its_fate() {
    let number = || Destination::Phone(Phone::parse("+1 4255550156").unwrap());
    for (kind, fate) in [
        ("TEXT_DELIVERED", Fate::Delivered),
        ("TEXT_SUCCESSFUL", Fate::Delivered),
        ("VOICE_COMPLETED", Fate::Delivered),
        ("TEXT_INVALID", Fate::Undeliverable(Undeliverable::Bounced)),
        ("TEXT_CARRIER_BLOCKED", Fate::Failed(Failure::Blocked)),
        ("TEXT_UNREACHABLE", Fate::Failed(Failure::Unreachable)),
        ("VOICE_NO_ANSWER", Fate::Failed(Failure::NotAnswered)),
        ("VOICE_FAILED", Fate::Failed(Failure::Unknown)),
    ] {
        assert_eq!(reports(&event(&[phone(kind)])), [report(number(), fate)], "{kind}");
    }
    for kind in ["TEXT_QUEUED", "TEXT_PENDING", "TEXT_UNKNOWN", "VOICE_RINGING"] {
        assert_eq!(reports(&event(&[phone(kind)])), [], "{kind}");
    }
}

/// CloudFormation refuses a configuration set with a kind that AWS does not have.
#[test]
fn every_kind_that_is_read_is_one_of_aws() {
    let is_kind = |text: &&str| text.starts_with("TEXT_") || text.starts_with("VOICE_");
    let kinds: Vec<&str> =
        include_str!("../report.rs").split('"').filter(is_kind).filter(|text| text.len() > 6).collect();
    assert!(kinds.len() > 15, "{kinds:?}");
    for kind in kinds {
        assert!(EventType::try_parse(kind).is_ok(), "{kind}");
    }
}

#[test]
fn an_order_survives_the_tag() {
    for order in ORDERS {
        assert_eq!(tagged(&untagged(&tagged(order))), tagged(order));
        if !order.starts_with("notice.") {
            assert_eq!(untagged(&tagged(order)), order);
        }
    }
}

#[test]
fn what_is_no_report_is_skipped_and_the_others_are_read() {
    let good = phone("TEXT_DELIVERED");
    let without = |path: &str| {
        let mut message = phone("TEXT_DELIVERED");
        *message.pointer_mut(path).unwrap() = Value::Null;
        message
    };
    let mut untagged = bounce("Permanent", "General");
    untagged["mail"]["tags"] = json!({});
    let mut nobody = bounce("Permanent", "General");
    nobody["bounce"]["bouncedRecipients"] = json!([{"emailAddress": "no address"}]);
    let messages = [
        json!("Successfully validated SNS topic for Amazon SES event publishing."),
        without("/context/order"),
        without("/context/account"),
        without("/destinationPhoneNumber"),
        without("/eventTimestamp"),
        untagged,
        nobody,
        json!({}),
        json!([]),
        good,
    ];
    assert_eq!(reports(&event(&messages)).len(), 1);
    for event in [json!({}), json!({"Records": [{}, null]}), Value::Null] {
        assert_eq!(reports(&event), []);
    }
}
