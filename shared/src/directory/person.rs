//! What an export says about one person, in raw values.

use std::fmt;

use zeroize::Zeroizing;

pub(super) const USER_PRINCIPAL_NAME: &str = "userPrincipalName";
/// The primary mail address.
pub(super) const MAIL: &str = "mail";
pub(super) const OBJECT_CLASS: &str = "objectClass";
pub(super) const DISPLAY_NAME: &str = "displayName";
pub(super) const COMMON_NAME: &str = "cn";
/// The mobile phone.
pub(super) const MOBILE: &str = "mobile";
/// The office phone.
pub(super) const OFFICE: &str = "telephoneNumber";
/// The alternate mail addresses.
pub(super) const OTHER_MAILBOX: &str = "otherMailbox";
pub(super) const GIVEN_NAME: &str = "givenName";
pub(super) const SURNAME: &str = "sn";
pub(super) const PREFERRED_LANGUAGE: &str = "preferredLanguage";
pub(super) const USER_PASSWORD: &str = "userPassword";

/// One value of the export, as it was written.
///
/// Its `Debug` shows the attribute and the line but not the text, because most values are contacts.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// The raw text, never empty. Only the spaces after an LDIF colon are trimmed.
    pub text: String,
    /// The physical line on which the value begins, counted from 1.
    pub line: u64,
    /// The attribute that the value was read from, in its usual spelling.
    pub attribute: &'static str,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("attribute", &self.attribute).field("line", &self.line).finish_non_exhaustive()
    }
}

/// A password in clear text, which is never printed.
///
/// It has no `Debug`, `Display` or `Clone`, and clears its memory. [`SecretValue::expose`] is the only way to the text.
pub struct SecretValue {
    pub(super) text: Zeroizing<String>,
    pub(super) line: u64,
}

impl SecretValue {
    /// The clear text, for hashing.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The physical line on which the value begins, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The attribute that the password was read from.
    pub fn attribute(&self) -> &'static str {
        USER_PASSWORD
    }
}

/// One person of the export, with raw values.
///
/// A value without attribute options comes before one with them (`cn` before `cn;lang-fr`); otherwise the order of the
/// file counts. Another attribute stands in only if the entry lacks the first one altogether, never if a value could
/// not be read.
pub struct Person {
    /// The physical line on which the entry or row begins, counted from 1.
    pub line: u64,
    /// The account's name: `userPrincipalName`, else `mail`.
    pub user_name: Value,
    /// `displayName`, else `cn`.
    pub display_name: Option<Value>,
    /// `mobile`; further values are rejected.
    pub mobile: Option<Value>,
    /// `telephoneNumber`; further values are rejected.
    pub office: Option<Value>,
    /// All of `otherMailbox`, else all of `mail`.
    pub other_mails: Vec<Value>,
    /// The first `mail`.
    pub mail: Option<Value>,
    /// The first `givenName`.
    pub given_name: Option<Value>,
    /// The first `sn`.
    pub surname: Option<Value>,
    /// The first `preferredLanguage`.
    pub preferred_language: Option<Value>,
    /// `userPassword`, if it is clear text; hashes and further values are rejected.
    pub password: Option<SecretValue>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("line", &self.line).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value() {
        let value = Value { text: "+1 4255550100".to_owned(), line: 7, attribute: MOBILE };
        assert_eq!(format!("{value:?}"), "Value { attribute: \"mobile\", line: 7, .. }");
    }
}
