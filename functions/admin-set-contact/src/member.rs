//! Members of a Graph body. Each refusal names the member and its rule, and no value.

use serde_json::Value;
use shared::account::read_phone;
use shared::http::{Problem, is_word};
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;

/// The whole body, as the parent of a property.
pub(crate) const BODY: &str = "the body";

/// The refusal of a member that breaks a rule.
pub(crate) fn malformed(path: &str, rule: &str) -> Problem {
    Problem::malformed(format!("{path} {rule}"))
}

/// The refusal of a property that cannot be set here. `parent` names the object that it stands in.
pub(crate) fn unknown(parent: &str, name: &str) -> Problem {
    match is_word(name) {
        true if parent == BODY => malformed(name, "is not a known property"),
        true => malformed(&format!("{parent}.{name}"), "is not a known property"),
        false => malformed(parent, "has a property that is not known"),
    }
}

pub(crate) fn text<'a>(path: &str, value: &'a Value) -> Result<&'a str, Problem> {
    value.as_str().ok_or_else(|| malformed(path, "must be a string"))
}

pub(crate) fn boolean(path: &str, value: &Value) -> Result<bool, Problem> {
    value.as_bool().ok_or_else(|| malformed(path, "must be true or false"))
}

pub(crate) fn phone(path: &str, value: &Value) -> Result<Phone, Problem> {
    read_phone(text(path, value)?).map_err(|rule| malformed(path, rule))
}

pub(crate) fn email_address(path: &str, value: &Value) -> Result<EmailAddress, Problem> {
    EmailAddress::parse(text(path, value)?).map_err(|_| malformed(path, "is not a valid email address"))
}
