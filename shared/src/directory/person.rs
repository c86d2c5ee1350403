//! What an export says about one person, in raw values.

use std::fmt;

use zeroize::Zeroizing;

use crate::account::ProfileField;

/// One value of the export, as it was written.
///
/// Its `Debug` shows the attribute and the line but not the text, because most values are contacts.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// The text, never empty, without white space around it.
    pub text: String,
    /// The physical line on which the value begins, counted from 1.
    pub line: u64,
    /// The attribute or column that the value was read from, in its usual spelling.
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
    pub(super) attribute: &'static str,
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
        self.attribute
    }
}

/// One person of the export, with raw values.
///
/// `None` means that the file does not speak of something, `Some` with nothing in it that the file has an empty value
/// there. A value without attribute options comes before one with them (`cn` before `cn;lang-fr`); otherwise the order
/// of the file counts. Another attribute stands in only if the entry lacks the first one altogether, never if a value
/// could not be read.
pub struct Person {
    /// The physical line on which the entry or row begins, counted from 1.
    pub line: u64,
    /// The account's name.
    pub user_name: Value,
    /// The mobile phone; further numbers are refused.
    pub mobile: Option<Option<Value>>,
    /// The office phone; further numbers are refused.
    pub office: Option<Option<Value>>,
    /// The alternate mail addresses.
    pub other_mails: Option<Vec<Value>>,
    /// The descriptive values.
    pub profile: Vec<(ProfileField, Option<Value>)>,
    /// Whether the account is switched off.
    pub is_off: Option<bool>,
    /// Whether a directory owns the person.
    pub is_synchronized: Option<bool>,
    /// The password, if it is clear text; hashes are noted, and further values refused.
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
        let value = Value { text: "+1 4255550100".to_owned(), line: 7, attribute: "mobile" };
        assert_eq!(format!("{value:?}"), "Value { attribute: \"mobile\", line: 7, .. }");
    }
}
