//! Calls through End User Messaging.

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::operation::send_voice_message::{SendVoiceMessageError, SendVoiceMessageOutput};
use aws_sdk_pinpointsmsvoicev2::types::{VoiceId, VoiceMessageBodyTextType};
use shared::identifiers::phone::Phone;
use shared::message::{Language, voice_ssml};
use shared::ports::messenger::Outgoing;

use super::outcome::{ACCOUNT, Fault, ORDER, Outcome, dispatch};
use super::phone::{TIME_TO_LIVE_SECONDS, conflicting, invalid, price};
use crate::config::settings::MessengerSettings;

pub(super) async fn send(client: &Client, settings: &MessengerSettings, message: &Outgoing, phone: &Phone) -> Outcome {
    let Some(origination) = &settings.voice_origination else {
        tracing::error!(provider = "voice", order = message.order, "the deployment cannot send: no number calls");
        return Fault::Deployment.into();
    };
    let request = client
        .send_voice_message()
        .destination_phone_number(phone.e164())
        .origination_identity(origination)
        .message_body(voice_ssml(&message.rendered.text))
        .message_body_text_type(VoiceMessageBodyTextType::Ssml)
        .voice_id(voice(message.language))
        .max_price_per_minute(price(message.max_price))
        .time_to_live(TIME_TO_LIVE_SECONDS)
        .set_configuration_set_name(settings.phone_configuration_set.clone())
        .context(ORDER, &message.order)
        .context(ACCOUNT, message.account.as_str());
    dispatch("voice", &message.order, request.send().await, SendVoiceMessageOutput::message_id, fault_of)
}

/// A voice that speaks the language natively.
pub(super) fn voice(language: Language) -> VoiceId {
    match language {
        Language::English => VoiceId::Joanna,
        Language::German => VoiceId::Vicki,
        Language::French => VoiceId::Lea,
        Language::Spanish => VoiceId::Lucia,
    }
}

/// Reads the provider's own error; `None` if its type says too little.
pub(super) fn fault_of(error: &SendVoiceMessageError) -> Option<Fault> {
    use SendVoiceMessageError as E;
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
