//! The rules for contacts that administrators and directories set.

use crate::identifiers::phone::{Phone, PhoneError};

/// Maximum length of a phone with its extension, in characters, as Graph documents it.
const MAX_PHONE_TEXT: usize = 64;
/// Most alternate mail addresses, as Graph documents it.
pub const MAX_OTHER_MAILS: usize = 250;

/// Parses a phone that an administrator or a directory sets.
///
/// # Errors
/// The rule that the text breaks; the message never quotes the text.
pub fn read_phone(text: &str) -> Result<Phone, &'static str> {
    if text.chars().count() > MAX_PHONE_TEXT {
        return Err("must have at most 64 characters");
    }
    Phone::parse(text).map_err(|error| match error {
        PhoneError::Grammar => "must be +CountryCode PhoneNumber, with an optional extension xNNNN",
        PhoneError::CountryCode => "has an unknown country code",
        PhoneError::Length => "has a length that is not possible in its country",
        PhoneError::Ambiguous => "can be read in two ways",
        PhoneError::Type(_) => "is a kind of number that cannot receive codes",
    })
}
