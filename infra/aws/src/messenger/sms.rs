//! Text messages through SNS.

use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_sdk_sns::types::MessageAttributeValue;
use shared::identifiers::phone::Phone;
use shared::ports::messenger::Outgoing;

use super::outcome::{BLOCKED, Fault, INVALID, OPTED_OUT, Outcome, dispatch};
use crate::config::settings::MessengerSettings;

/// The message type: every message is worth the price of the network's most reliable route.
const SMS_TYPE: (&str, &str) = ("AWS.SNS.SMS.SMSType", "Transactional");
/// The most that the message may cost, in US dollars; SNS drops a message that would cost more.
const MAX_PRICE: &str = "AWS.SNS.SMS.MaxPrice";
/// The sender ID that the recipient sees.
const SENDER_ID: &str = "AWS.SNS.SMS.SenderID";
/// The number that the message comes from.
const ORIGINATION_NUMBER: &str = "AWS.MM.SMS.OriginationNumber";

pub(super) async fn send(client: &Client, settings: &MessengerSettings, message: &Outgoing, phone: &Phone) -> Outcome {
    let mut request =
        client.publish().phone_number(phone.e164()).message(&message.rendered.text).set_message_attributes(
            attribute("String", SMS_TYPE.1).map(|value| [(SMS_TYPE.0.to_owned(), value)].into()),
        );
    if let Some(price) = attribute("Number", &message.max_price.to_string()) {
        request = request.message_attributes(MAX_PRICE, price);
    }
    for (name, value) in [(SENDER_ID, &settings.sms_sender_id), (ORIGINATION_NUMBER, &settings.sms_origination)] {
        if let Some(value) = value.as_deref().and_then(|value| attribute("String", value)) {
            request = request.message_attributes(name, value);
        }
    }
    dispatch("sns", &message.order, request.send().await, PublishOutput::message_id, fault_of)
}

fn attribute(data_type: &str, value: &str) -> Option<MessageAttributeValue> {
    MessageAttributeValue::builder().data_type(data_type).string_value(value).build().ok()
}

/// Reads SNS's own error; `None` if its type says too little.
pub(super) fn fault_of(error: &PublishError) -> Option<Fault> {
    let text = error.message().unwrap_or_default().to_ascii_lowercase();
    match error {
        _ if error.code().is_some_and(|code| code.starts_with("OptedOut")) || text.contains("opted out") => {
            Some(Fault::Refused(OPTED_OUT))
        }
        PublishError::InvalidParameterException(_)
        | PublishError::InvalidParameterValueException(_)
        | PublishError::ValidationException(_) => Some(Fault::Refused(INVALID)),
        PublishError::EndpointDisabledException(_) => Some(Fault::Refused(BLOCKED)),
        PublishError::InternalErrorException(_) | PublishError::KmsThrottlingException(_) => Some(Fault::Busy),
        PublishError::AuthorizationErrorException(_)
        | PublishError::InvalidSecurityException(_)
        | PublishError::KmsAccessDeniedException(_)
        | PublishError::KmsDisabledException(_)
        | PublishError::KmsInvalidStateException(_)
        | PublishError::KmsNotFoundException(_)
        | PublishError::KmsOptInRequired(_)
        | PublishError::NotFoundException(_)
        | PublishError::PlatformApplicationDisabledException(_) => Some(Fault::Deployment),
        _ => None,
    }
}
