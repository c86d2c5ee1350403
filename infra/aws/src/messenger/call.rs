//! Calls through End User Messaging voice.

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::operation::send_voice_message::{SendVoiceMessageError, SendVoiceMessageOutput};
use aws_sdk_pinpointsmsvoicev2::types::{
    ConflictExceptionReason, ValidationExceptionReason, VoiceId, VoiceMessageBodyTextType,
};
use shared::identifiers::phone::Phone;
use shared::message::{Language, voice_ssml};
use shared::money::Money;
use shared::ports::messenger::Outgoing;

use super::outcome::{BLOCKED, Fault, INVALID, NOT_VERIFIED, OPTED_OUT, Outcome, dispatch};
use crate::config::settings::MessengerSettings;

/// How long the provider may hold a call back, in seconds. A job goes out with at least half of its code's life left
/// (two and a half of the usual five minutes), and the listener needs part of that.
const TIME_TO_LIVE_SECONDS: i32 = 120;
/// The largest price that the provider accepts, in millionths of a US dollar: two digits before the point.
const LARGEST_PRICE: Money = Money::from_micros(99_999_990);

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
        .context("order", &message.order);
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

/// The amount in the provider's form: five decimals, rounded down so that it never exceeds the reservation.
pub(super) fn price(most: Money) -> String {
    let micros = most.min(LARGEST_PRICE).micros();
    format!("{}.{:05}", micros / 1_000_000, micros % 1_000_000 / 10)
}

/// Reads the provider's own error; `None` if its type says too little.
pub(super) fn fault_of(error: &SendVoiceMessageError) -> Option<Fault> {
    use SendVoiceMessageError as E;
    match error {
        E::ConflictException(conflict) => Some(conflict.reason().map_or(Fault::Deployment, conflicting)),
        E::ValidationException(invalid) => Some(invalid.reason().map_or(Fault::Refused(INVALID), invalid_for)),
        E::ThrottlingException(_) | E::InternalServerException(_) => Some(Fault::Busy),
        // The account's daily or monthly quota is spent. It will be renewed, and the destination is not at fault.
        E::ServiceQuotaExceededException(_) => Some(Fault::Busy),
        E::AccessDeniedException(_) | E::ResourceNotFoundException(_) => Some(Fault::Deployment),
        _ => None,
    }
}

fn conflicting(reason: &ConflictExceptionReason) -> Fault {
    use ConflictExceptionReason as R;
    match reason {
        R::DestinationPhoneNumberOptedOut => Fault::Refused(OPTED_OUT),
        R::DestinationPhoneNumberNotVerified => Fault::Refused(NOT_VERIFIED),
        R::DestinationCountryBlockedByProtectConfiguration
        | R::DestinationPhoneNumberBlockedByProtectNumberOverride => Fault::Refused(BLOCKED),
        // Every other conflict is between resources of the deployment.
        _ => Fault::Deployment,
    }
}

fn invalid_for(reason: &ValidationExceptionReason) -> Fault {
    use ValidationExceptionReason as R;
    match reason {
        R::DestinationCountryBlocked | R::CountryNotEnabled | R::InternationalSendingNotSupported => {
            Fault::Refused(BLOCKED)
        }
        R::ChannelNotEnabled
        | R::InvalidArn
        | R::InvalidIdentityForDestinationCountry
        | R::PriceOverThreshold
        | R::ResourceNotAccessible
        | R::SenderIdNotRegistered
        | R::SenderIdNotSupported
        | R::SenderIdRequiresRegistration
        | R::VoiceCapabilityNotAvailable => Fault::Deployment,
        _ => Fault::Refused(INVALID),
    }
}
