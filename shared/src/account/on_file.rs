//! The rules for contacts that administrators and directories write down.

use crate::identifiers::phone::{Phone, PhoneError};

/// Most characters of a phone with its extension, as Graph documents it.
const MAX_PHONE_TEXT: usize = 64;
/// Most alternate mail addresses, as Graph documents it.
pub const MAX_OTHER_MAILS: usize = 250;

/// Reads a phone that an administrator or a directory writes down.
///
/// # Errors
/// The rule that the text breaks, which never shows the text.
pub fn read_phone(text: &str) -> Result<Phone, &'static str> {
    if text.chars().count() > MAX_PHONE_TEXT {
        return Err("a phone has at most 64 characters");
    }
    Phone::parse(text).map_err(|error| match error {
        PhoneError::Grammar => "a phone is +CountryCode PhoneNumber, with an optional extension xNNNN",
        PhoneError::CountryCode => "the phone's country code is unknown",
        PhoneError::Length => "the phone's length is not possible in its country",
        PhoneError::Ambiguous => "the phone can be read in two ways",
        PhoneError::Type(_) => "numbers of this kind cannot be sent to",
    })
}
