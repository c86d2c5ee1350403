//! The rules for contacts that administrators and directories set.

use std::borrow::Cow;

use crate::identifiers::phone::{Country, Phone, PhoneError};

/// Maximum length of a phone with its extension, in characters, as Graph documents it.
const MAX_PHONE_TEXT: usize = 64;
/// Why a number is refused that is another one with a plus sign before it.
const LACKS_PLUS: &str =
    "may lack its +, because it is a number of another country with it; write + and the country code";
const TOO_LONG: &str = "must have at most 64 characters";
/// Most alternate mail addresses, as Graph documents it.
pub const MAX_OTHER_MAILS: usize = 250;

/// Parses a phone that an administrator sets.
///
/// # Errors
/// The rule that the text breaks; the message never quotes the text.
pub fn read_phone(text: &str) -> Result<Phone, &'static str> {
    if text.chars().count() > MAX_PHONE_TEXT {
        return Err(TOO_LONG);
    }
    Phone::parse(text).map_err(rule)
}

/// Parses a phone that a directory's export has. Without `+`, it is a number of `country`, if one is given.
///
/// # Errors
/// The part of the text that is wrong and what would be right, or the rule that the number breaks; never the text.
pub fn phone_on_file(text: &str, country: Option<Country>) -> Result<Phone, Cow<'static, str>> {
    if text.chars().count() > MAX_PHONE_TEXT {
        return Err(TOO_LONG.into());
    }
    let international = Phone::international(text, country);
    let phone = Phone::parse(&international).map_err(|error| match error {
        PhoneError::Grammar => Phone::spelling_fault(&international),
        error => rule(error).into(),
    })?;
    // A spreadsheet drops the plus sign of +49…, and the rest is a national number of somebody else.
    let lacks_plus = international != text && Phone::parse(&format!("+{text}")).is_ok_and(|other| other != phone);
    if lacks_plus { Err(LACKS_PLUS.into()) } else { Ok(phone) }
}

fn rule(error: PhoneError) -> &'static str {
    match error {
        PhoneError::Grammar => "must be +CountryCode PhoneNumber, with an optional extension xNNNN",
        PhoneError::CountryCode => "has an unknown country code",
        PhoneError::Length => "has a length that is not possible in its country",
        PhoneError::Ambiguous => "can be read in two ways",
        PhoneError::Type(_) => "is a kind of number that cannot receive codes",
    }
}
