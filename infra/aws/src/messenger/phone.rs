//! What texts and calls through End User Messaging have in common.

use aws_sdk_pinpointsmsvoicev2::types::error::{ConflictException, ValidationException};
use aws_sdk_pinpointsmsvoicev2::types::{ConflictExceptionReason, ValidationExceptionReason};
use shared::money::Money;

use super::outcome::{BLOCKED, Fault, INVALID, NOT_VERIFIED, OPTED_OUT};

/// How long the provider may hold a code back, in seconds. A job goes out with at least half of its code's life left
/// (two and a half of the usual five minutes), and the recipient needs part of that.
pub(super) const TIME_TO_LIVE_SECONDS: i32 = 120;
/// The largest price that the provider accepts, in millionths of a US dollar: two digits before the point.
const LARGEST_PRICE: Money = Money::from_micros(99_999_990);

/// The amount in the provider's form: five decimals, rounded down so that it never exceeds the reservation.
pub(super) fn price(most: Money) -> String {
    let micros = most.min(LARGEST_PRICE).micros();
    format!("{}.{:05}", micros / 1_000_000, micros % 1_000_000 / 10)
}

/// Reads an error about the state of a destination or of the deployment.
pub(super) fn conflicting(error: &ConflictException) -> Fault {
    use ConflictExceptionReason as R;
    match error.reason() {
        Some(R::DestinationPhoneNumberOptedOut) => Fault::Refused(OPTED_OUT),
        Some(R::DestinationPhoneNumberNotVerified) => Fault::Refused(NOT_VERIFIED),
        Some(
            R::DestinationCountryBlockedByProtectConfiguration
            | R::DestinationPhoneNumberBlockedByProtectNumberOverride,
        ) => Fault::Refused(BLOCKED),
        // Every other conflict is between resources of the deployment.
        _ => Fault::Deployment,
    }
}

/// Reads an error about the content of a request.
pub(super) fn invalid(error: &ValidationException) -> Fault {
    use ValidationExceptionReason as R;
    match error.reason() {
        Some(R::DestinationCountryBlocked | R::CountryNotEnabled | R::InternationalSendingNotSupported) => {
            Fault::Refused(BLOCKED)
        }
        Some(
            R::ChannelNotEnabled
            | R::InvalidArn
            | R::InvalidIdentityForDestinationCountry
            | R::PriceOverThreshold
            | R::ResourceNotAccessible
            | R::SenderIdNotRegistered
            | R::SenderIdNotSupported
            | R::SenderIdRequiresRegistration
            | R::VoiceCapabilityNotAvailable,
        ) => Fault::Deployment,
        _ => Fault::Refused(INVALID),
    }
}
