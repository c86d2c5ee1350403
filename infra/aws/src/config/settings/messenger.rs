//! The settings of the messenger.

use shared::identifiers::email_address::EmailAddress;
use shared::message::Organisation;

use crate::config::http_client::Roots;

/// Lengths of a sender ID that networks show, in characters (SNS, sender IDs).
const SENDER_ID_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=11;

/// Whether this can be the sender ID of a text message.
pub(super) fn is_sender_id(id: &str) -> bool {
    SENDER_ID_CHARACTERS.contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && id.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The messenger's settings: the senders of each channel, and the event bus.
#[derive(Debug, Clone)]
pub struct MessengerSettings {
    /// The sender's name in emails.
    pub organisation: Organisation,
    /// The sender ID that text messages show in countries that allow one.
    pub sms_sender_id: Option<String>,
    /// The number that text messages through SNS come from.
    pub sms_origination: Option<String>,
    /// The ARN of what text messages through End User Messaging come from. Without it they go through SNS.
    pub text_origination: Option<String>,
    /// The number, pool or ARN that calls come from. Without it there are no calls.
    pub voice_origination: Option<String>,
    /// The configuration set of End User Messaging, which reports what becomes of texts and calls.
    pub phone_configuration_set: Option<String>,
    /// The address that emails come from.
    pub mail_from: EmailAddress,
    /// The SES configuration set, if any.
    pub mail_configuration_set: Option<String>,
    /// The event bus; `None` for the account's default bus.
    pub event_bus: Option<String>,
    /// The roots to trust at the providers' endpoints, all of AWS.
    pub roots: Roots,
}
