//! Text messages through End User Messaging, which reports what becomes of them.

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::operation::send_text_message::{SendTextMessageError, SendTextMessageOutput};
use aws_sdk_pinpointsmsvoicev2::types::MessageType;
use shared::identifiers::phone::Phone;
use shared::ports::messenger::Outgoing;

use super::outcome::{ACCOUNT, Fault, ORDER, Outcome, dispatch};
use super::phone::{TIME_TO_LIVE_SECONDS, conflicting, invalid, price};
use crate::config::settings::MessengerSettings;

pub(super) async fn send(
    client: &Client,
    (settings, origination): (&MessengerSettings, &str),
    message: &Outgoing,
    phone: &Phone,
) -> Outcome {
    // A notice is of use when the phone is switched on again; a code is not.
    let is_code = !message.reference.is_empty();
    let request = client
        .send_text_message()
        .destination_phone_number(phone.e164())
        .origination_identity(origination)
        .message_body(&message.rendered.text)
        .message_type(MessageType::Transactional)
        .max_price(price(message.max_price))
        .set_time_to_live(is_code.then_some(TIME_TO_LIVE_SECONDS))
        .set_configuration_set_name(settings.phone_configuration_set.clone())
        .context(ORDER, &message.order)
        .context(ACCOUNT, message.account.as_str());
    dispatch("text", &message.order, request.send().await, SendTextMessageOutput::message_id, fault_of)
}

/// Reads the provider's own error; `None` if its type says too little.
pub(super) fn fault_of(error: &SendTextMessageError) -> Option<Fault> {
    use SendTextMessageError as E;
    match error {
        E::ConflictException(conflict) => Some(conflicting(conflict)),
        E::ValidationException(error) => Some(invalid(error)),
        E::ThrottlingException(_) | E::InternalServerException(_) => Some(Fault::Busy),
        // The account's daily or monthly quota is spent. It will be renewed, and the destination is not at fault.
        E::ServiceQuotaExceededException(_) => Some(Fault::Busy),
        E::AccessDeniedException(_) | E::ResourceNotFoundException(_) => Some(Fault::Deployment),
        _ => None,
    }
}
