mod events;

use aws_sdk_pinpointsmsvoicev2::types::VoiceId;
use serde_json::{Value, json};
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::message::{Language, Organisation, Rendered};
use shared::money::Money;
use shared::random::AccountId;

use super::stub::{Reply, Stub, config};
use super::*;
use crate::config::http_client::Roots;

/// Time limits for a provider that responds, on the slowest machine, and for one that only takes the request.
const ANSWERED: Duration = Duration::from_secs(20);
const UNANSWERED: Duration = Duration::from_secs(2);
const TEXT: &str = "Contoso: 1234 5678 (KT) <&>";
const SNS_TAKEN: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";

fn settings() -> MessengerSettings {
    MessengerSettings {
        organisation: Organisation::parse("Contoso").unwrap(),
        sms_sender_id: Some("Contoso".to_owned()),
        sms_origination: Some("+15550001111".to_owned()),
        text_origination: None,
        voice_origination: Some("pool-1".to_owned()),
        phone_configuration_set: Some("rekey-phones".to_owned()),
        mail_from: EmailAddress::parse("reset@contoso.example").unwrap(),
        mail_configuration_set: Some("rekey".to_owned()),
        event_bus: Some("bus".to_owned()),
        roots: Roots::System,
    }
}

/// As [`settings`], but texts go through End User Messaging.
fn reporting() -> MessengerSettings {
    MessengerSettings { text_origination: Some("arn:aws:sms-voice:eu-central-1:1:pool/p".to_owned()), ..settings() }
}

fn outgoing(channel: Channel) -> Outgoing {
    let email = channel == Channel::Email;
    Outgoing {
        destination: if email {
            Destination::Email(EmailAddress::parse("Adele@Fabrikam.example").unwrap())
        } else {
            Destination::Phone(Phone::parse("+1 4255550100x77").unwrap())
        },
        channel,
        language: Language::German,
        rendered: Rendered {
            subject: email.then(|| "Ihr Code (KT)".to_owned()),
            text: TEXT.to_owned(),
            html: email.then(|| "<p>1234 5678</p>".to_owned()),
        },
        reference: "KT".to_owned(),
        order: "reset.AbC-_9.1".to_owned(),
        account: AccountId::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap(),
        max_price: Money::parse("0.00645").unwrap(),
    }
}

async fn sent(stub: &Stub, channel: Channel) -> Dispatch {
    sent_within(stub, settings(), channel, ANSWERED).await
}

async fn sent_within(stub: &Stub, settings: MessengerSettings, channel: Channel, answer: Duration) -> Dispatch {
    let messenger = AwsMessenger::with_answer_timeout(&stub.config(), settings, answer);
    let before = stub.requests().len();
    let dispatch = messenger.send(&outgoing(channel)).await;
    assert_eq!(stub.requests().len(), before + 1, "a message is handed over once, whatever is answered");
    dispatch
}

/// What happens to a message if the provider gives this reply.
async fn outcome(channel: Channel, reply: Reply) -> Dispatch {
    outcome_with(settings(), channel, reply).await
}

async fn outcome_with(settings: MessengerSettings, channel: Channel, reply: Reply) -> Dispatch {
    let answer = if matches!(reply, Reply::Silence) { UNANSWERED } else { ANSWERED };
    sent_within(&Stub::start(reply).await, settings, channel, answer).await
}

fn sns_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::xml(
        status,
        &format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        ),
    )
}

fn json_error(status: u16, code: &str, message: &str, reason: Option<&str>) -> Reply {
    let mut body = json!({"__type": code, "Message": message, "message": message});
    if let Some(reason) = reason {
        body["Reason"] = json!(reason);
    }
    Reply::json(status, &body.to_string())
}

#[tokio::test]
async fn a_text_message_is_published_with_its_limits() {
    let stub = Stub::start(Reply::xml(200, SNS_TAKEN)).await;
    assert_eq!(sent(&stub, Channel::Sms).await, Dispatch::Sent);
    let form = stub.requests()[0].form();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(field("Action"), Some("Publish"));
    assert_eq!(field("PhoneNumber"), Some("+14255550100"), "an extension is never dialled");
    assert_eq!(field("Message"), Some(TEXT));
    let mut attributes: Vec<_> = (1..=4)
        .map(|n| {
            let of = |part: &str| field(&format!("MessageAttributes.entry.{n}.{part}")).unwrap();
            (of("Name"), of("Value.DataType"), of("Value.StringValue"))
        })
        .collect();
    attributes.sort_unstable();
    assert_eq!(
        attributes,
        [
            ("AWS.MM.SMS.OriginationNumber", "String", "+15550001111"),
            ("AWS.SNS.SMS.MaxPrice", "Number", "0.00645"),
            ("AWS.SNS.SMS.SMSType", "String", "Transactional"),
            ("AWS.SNS.SMS.SenderID", "String", "Contoso"),
        ]
    );
}

#[tokio::test]
async fn the_responses_of_sns_are_distinguished() {
    for (status, code, message, expected) in [
        (
            400,
            "InvalidParameter",
            "Invalid parameter: PhoneNumber Reason: +1 is not valid",
            Dispatch::Refused("invalid"),
        ),
        (400, "InvalidParameter", "Phone number is opted out", Dispatch::Refused("optedOut")),
        (400, "OptedOut", "x", Dispatch::Refused("optedOut")),
        (400, "ParameterValueInvalid", "x", Dispatch::Refused("invalid")),
        (400, "EndpointDisabled", "x", Dispatch::Refused("blocked")),
        (400, "Throttling", "Rate exceeded", Dispatch::TryAgain),
        (429, "Throttled", "x", Dispatch::TryAgain),
        (403, "AuthorizationError", "x", Dispatch::NotSetUp),
        (403, "ExpiredToken", "x", Dispatch::TryAgain),
        (500, "InternalError", "x", Dispatch::TryAgain),
        (503, "ServiceUnavailable", "x", Dispatch::TryAgain),
    ] {
        assert_eq!(outcome(Channel::Sms, sns_error(status, code, message)).await, expected, "{code} {message}");
    }
    assert_eq!(outcome(Channel::Sms, Reply::xml(502, "<html/>")).await, Dispatch::Unknown);
    assert_eq!(outcome(Channel::Sms, Reply::xml(200, "<html")).await, Dispatch::Unknown);
}

#[tokio::test]
async fn a_call_is_ordered_in_the_language_and_with_its_limits() {
    let stub = Stub::start(Reply::json(200, r#"{"MessageId":"m"}"#)).await;
    assert_eq!(sent(&stub, Channel::Call).await, Dispatch::Sent);
    let request = stub.requests()[0].clone();
    assert!(request.head.contains("x-amz-target: pinpointsmsvoicev2.sendvoicemessage"));
    let expected = json!({
        "DestinationPhoneNumber": "+14255550100",
        "OriginationIdentity": "pool-1",
        "MessageBody": "<speak>Contoso: 1234 5678 (KT) &lt;&amp;&gt;</speak>",
        "MessageBodyTextType": "SSML",
        "VoiceId": "VICKI",
        "MaxPricePerMinute": "0.00645",
        "TimeToLive": 120,
        "ConfigurationSetName": "rekey-phones",
        "Context": {"order": "reset.AbC-_9.1", "account": "AAAAAAAAAAAAAAAAAAAAAA"},
    });
    assert_eq!(request.json(), expected);
    let voices = Language::ALL.map(call::voice);
    assert_eq!(voices, [VoiceId::Joanna, VoiceId::Vicki, VoiceId::Lea, VoiceId::Lucia]);
}

#[tokio::test]
async fn a_text_message_is_sent_where_it_is_reported_if_the_deployment_says_so() {
    let stub = Stub::start(Reply::json(200, r#"{"MessageId":"m"}"#)).await;
    assert_eq!(sent_within(&stub, reporting(), Channel::Sms, ANSWERED).await, Dispatch::Sent);
    let request = stub.requests()[0].clone();
    assert!(request.head.contains("x-amz-target: pinpointsmsvoicev2.sendtextmessage"));
    let expected = json!({
        "DestinationPhoneNumber": "+14255550100",
        "OriginationIdentity": "arn:aws:sms-voice:eu-central-1:1:pool/p",
        "MessageBody": TEXT,
        "MessageType": "TRANSACTIONAL",
        "MaxPrice": "0.00645",
        "TimeToLive": 120,
        "ConfigurationSetName": "rekey-phones",
        "Context": {"order": "reset.AbC-_9.1", "account": "AAAAAAAAAAAAAAAAAAAAAA"},
    });
    assert_eq!(request.json(), expected);
    // A notice waits for a phone that is switched off.
    let messenger = AwsMessenger::with_answer_timeout(&stub.config(), reporting(), ANSWERED);
    messenger.send(&Outgoing { reference: String::new(), ..outgoing(Channel::Sms) }).await;
    assert_eq!(stub.requests()[1].json()["TimeToLive"], Value::Null);
}

#[test]
fn a_price_never_exceeds_the_reservation() {
    for (amount, price) in [("0.013", "0.01300"), ("0.000019", "0.00001"), ("12", "12.00000"), ("250.5", "99.99999")] {
        assert_eq!(phone::price(Money::parse(amount).unwrap()), price);
    }
}

#[tokio::test]
async fn the_responses_of_end_user_messaging_are_distinguished() {
    for (status, code, reason, expected) in [
        (400, "ConflictException", Some("DESTINATION_PHONE_NUMBER_OPTED_OUT"), Dispatch::Refused("optedOut")),
        (400, "ConflictException", Some("DESTINATION_PHONE_NUMBER_NOT_VERIFIED"), Dispatch::Refused("notVerified")),
        (
            400,
            "ConflictException",
            Some("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
            Dispatch::Refused("blocked"),
        ),
        (
            400,
            "ConflictException",
            Some("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
            Dispatch::Refused("blocked"),
        ),
        (400, "ConflictException", Some("NO_ORIGINATION_IDENTITIES_FOUND"), Dispatch::NotSetUp),
        (400, "ConflictException", Some("SOMETHING_NEW"), Dispatch::NotSetUp),
        (400, "ValidationException", Some("INVALID_PARAMETER"), Dispatch::Refused("invalid")),
        (400, "ValidationException", Some("COUNTRY_NOT_ENABLED"), Dispatch::Refused("blocked")),
        (400, "ValidationException", Some("PRICE_OVER_THRESHOLD"), Dispatch::NotSetUp),
        (400, "ValidationException", None, Dispatch::Refused("invalid")),
        (400, "ThrottlingException", None, Dispatch::TryAgain),
        (400, "ServiceQuotaExceededException", Some("DAILY_DESTINATION_CALL_LIMIT"), Dispatch::TryAgain),
        (400, "AccessDeniedException", Some("ACCOUNT_DISABLED"), Dispatch::NotSetUp),
        (400, "ResourceNotFoundException", None, Dispatch::NotSetUp),
        (500, "InternalServerException", None, Dispatch::TryAgain),
    ] {
        for channel in [Channel::Call, Channel::Sms] {
            let reply = json_error(status, code, "x", reason);
            assert_eq!(outcome_with(reporting(), channel, reply).await, expected, "{channel:?} {code} {reason:?}");
        }
    }
    for channel in [Channel::Call, Channel::Sms] {
        assert_eq!(outcome_with(reporting(), channel, Reply::json(502, "{}")).await, Dispatch::Unknown);
    }
}

#[tokio::test]
async fn an_email_has_both_parts_and_its_sender() {
    let stub = Stub::start(Reply::json(200, r#"{"MessageId":"m"}"#)).await;
    assert_eq!(sent(&stub, Channel::Email).await, Dispatch::Sent);
    let request = stub.requests()[0].clone();
    assert_eq!(request.path, "/v2/email/outbound-emails");
    let part = |text: &str| json!({"Data": text, "Charset": "UTF-8"});
    let expected = json!({
        "FromEmailAddress": "\"Contoso\" <reset@contoso.example>",
        "Destination": {"ToAddresses": [EmailAddress::parse("Adele@Fabrikam.example").unwrap().as_str()]},
        "Content": {"Simple": {
            "Subject": part("Ihr Code (KT)"),
            "Body": {"Text": part(TEXT), "Html": part("<p>1234 5678</p>")},
        }},
        "EmailTags": [
            {"Name": "order", "Value": "reset_AbC-_9_1"},
            {"Name": "account", "Value": "AAAAAAAAAAAAAAAAAAAAAA"},
        ],
        "ConfigurationSetName": "rekey",
    });
    assert_eq!(request.json(), expected);
    let named = email::from(&Organisation::parse("Käse Öl").unwrap(), &settings().mail_from);
    assert_eq!(named, "=?UTF-8?B?S8Okc2Ugw5Zs?= <reset@contoso.example>");
}

#[tokio::test]
async fn the_responses_of_ses_are_distinguished() {
    const UNVERIFIED: &str = "Email address is not verified. The following identities failed the check in region X:";
    let recipient = format!("{UNVERIFIED} adele@fabrikam.example");
    let sender = format!("{UNVERIFIED} Reset@Contoso.example, adele@fabrikam.example");
    for (status, code, message, expected) in [
        (400, "ThrottlingException", "Maximum sending rate exceeded.", Dispatch::TryAgain),
        (454, "MessageRejected", "Maximum sending rate exceeded.", Dispatch::TryAgain),
        (400, "BadRequestException", "Daily message quota exceeded", Dispatch::TryAgain),
        (429, "TooManyRequestsException", "x", Dispatch::TryAgain),
        (400, "LimitExceededException", "x", Dispatch::TryAgain),
        (400, "MessageRejected", "Address is on the suppression list", Dispatch::Refused("suppressed")),
        (400, "MessageRejected", "x", Dispatch::Refused("rejected")),
        (400, "MessageRejected", &recipient, Dispatch::Refused("notVerified")),
        (400, "MessageRejected", &sender, Dispatch::NotSetUp),
        (400, "BadRequestException", "Missing final '@domain'", Dispatch::Refused("invalid")),
        (400, "AccountSuspendedException", "x", Dispatch::NotSetUp),
        (400, "SendingPausedException", "x", Dispatch::NotSetUp),
        (400, "MailFromDomainNotVerifiedException", "x", Dispatch::NotSetUp),
        (404, "NotFoundException", "x", Dispatch::NotSetUp),
        (500, "InternalFailure", "x", Dispatch::TryAgain),
    ] {
        let reply = json_error(status, code, message, None);
        assert_eq!(outcome(Channel::Email, reply).await, expected, "{code} {message}");
    }
    assert_eq!(outcome(Channel::Email, Reply::json(504, "{}")).await, Dispatch::Unknown);
}

#[tokio::test]
async fn a_lost_answer_is_doubt_and_a_connection_never_made_is_not() {
    for channel in [Channel::Sms, Channel::Call, Channel::Email] {
        assert_eq!(outcome(channel, Reply::Cut).await, Dispatch::Unknown, "{channel:?}");
        assert_eq!(outcome(channel, Reply::Silence).await, Dispatch::Unknown, "{channel:?}");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let messenger = AwsMessenger::new(&config(&nobody), settings());
        assert_eq!(messenger.send(&outgoing(channel)).await, Dispatch::TryAgain, "{channel:?}");
    }
}

/// How often a message is offered to a provider that always gives this reply, and what happens to it. The pauses are as
/// many as the worker's.
async fn offers(channel: Channel, reply: Reply) -> (usize, Dispatch) {
    let stub = Stub::start(reply).await;
    let messenger = AwsMessenger::with_answer_timeout(&stub.config(), settings(), ANSWER_TIMEOUT);
    let messenger = AwsMessenger { pauses: &[Duration::ZERO; PAUSES.len()], ..messenger };
    let dispatch = messenger.send(&outgoing(channel)).await;
    (stub.requests().len(), dispatch)
}

#[tokio::test]
async fn without_a_number_that_calls_there_are_no_calls() {
    let stub = Stub::start(Reply::json(200, r#"{"MessageId":"m"}"#)).await;
    let without = MessengerSettings { voice_origination: None, ..settings() };
    let messenger = AwsMessenger::with_answer_timeout(&stub.config(), without, ANSWERED);
    assert_eq!(messenger.send(&outgoing(Channel::Call)).await, Dispatch::NotSetUp);
    assert_eq!(stub.requests().len(), 0);
}

#[tokio::test]
async fn only_a_busy_provider_is_asked_again() {
    for (channel, busy) in [
        (Channel::Sms, sns_error(400, "Throttling", "Rate exceeded")),
        (Channel::Call, json_error(400, "ThrottlingException", "x", None)),
        (Channel::Email, json_error(429, "TooManyRequestsException", "x", None)),
    ] {
        assert_eq!(offers(channel, busy).await, (4, Dispatch::TryAgain), "{channel:?}");
    }
    for (reply, dispatch) in [
        (Reply::xml(200, SNS_TAKEN), Dispatch::Sent),
        (sns_error(403, "AuthorizationError", "x"), Dispatch::NotSetUp),
        (sns_error(400, "OptedOut", "x"), Dispatch::Refused("optedOut")),
        (Reply::Cut, Dispatch::Unknown),
    ] {
        assert_eq!(offers(Channel::Sms, reply).await, (1, dispatch));
    }
}

#[test]
fn a_pause_is_shortened_by_half_at_most() {
    for pause in PAUSES {
        let shortened = shortened(pause);
        assert!(pause / 2 <= shortened && shortened <= pause, "{shortened:?}");
    }
}

#[tokio::test]
async fn no_log_shows_a_code_or_a_contact_at_any_level() {
    let (lines, subscriber) = crate::lambda::logging::tests::captured(Some("trace"));
    let guard = tracing::subscriber::set_default(subscriber);
    let echo = format!("+14255550100 Adele@Fabrikam.example {TEXT}");
    let echoed = json_error(400, "ValidationException", &echo, None);
    for (settings, channel, error) in [
        (settings(), Channel::Sms, sns_error(400, "InvalidParameter", &echo.replace(['&', '<'], ""))),
        (reporting(), Channel::Sms, echoed.clone()),
        (settings(), Channel::Call, echoed.clone()),
        (settings(), Channel::Email, echoed),
    ] {
        for reply in [error, Reply::json(502, &echo), Reply::json(200, &echo), Reply::Cut] {
            outcome_with(settings.clone(), channel, reply).await;
        }
    }
    drop(guard);
    let text = lines.text().to_lowercase();
    assert_eq!(
        text.matches("a message was not accepted").count() + text.matches("the deployment cannot send").count(),
        16,
        "{text}"
    );
    for secret in ["1234", "4255550100", "fabrikam", "speak", "secret"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_channel_takes_only_its_own_kind_of_destination() {
    let stub = Stub::start(Reply::Cut).await;
    let messenger = AwsMessenger::new(&stub.config(), settings());
    let message = Outgoing { channel: Channel::Email, ..outgoing(Channel::Sms) };
    assert_eq!(messenger.send(&message).await, Dispatch::Refused("invalid"));
    let message = Outgoing { channel: Channel::Call, ..outgoing(Channel::Email) };
    assert_eq!(messenger.send(&message).await, Dispatch::Refused("invalid"));
    assert_eq!(stub.requests().len(), 0);
}
