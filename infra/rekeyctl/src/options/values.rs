//! Values of arguments, checked before anything is sent.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::account::{MAX_OTHER_MAILS, ProfileField};
use shared::identifiers::phone::Country;
use shared::identifiers::user_name::UserName;
use shared::random::AccountId;

/// The kind of a property's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    OneOfAList,
    List,
    Flag,
}

/// A property of a user, by its name in Graph, with the value that it gets: `NAME=VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assignment {
    pub(crate) property: &'static str,
    pub(crate) value: Value,
}

impl FromStr for Assignment {
    type Err = String;

    /// Reads `NAME=VALUE`. Nothing behind the equals sign clears the property.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE, or NAME= to clear")?;
        let known = properties().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((property, kind)) = known else {
            let names: Vec<&str> = properties().map(|(name, _)| name).collect();
            let is_password = name.to_ascii_lowercase().contains("password");
            let hint = if is_password {
                "a password is never an argument: see --from, and the command password; "
            } else {
                ""
            };
            return Err(format!("{hint}the property must be one of {}", names.join(", ")));
        };
        let value = if property == USER_NAME { value.trim() } else { value };
        let value = match (kind, value) {
            (Kind::Flag, "true") => json!(true),
            (Kind::Flag, "false") => json!(false),
            (Kind::Flag, _) => return Err(format!("{property} takes true or false")),
            (Kind::List | Kind::OneOfAList, "") => json!([]),
            (Kind::OneOfAList, one) => json!([one]),
            (Kind::List, several) => json!(several.split(',').map(str::trim).collect::<Vec<_>>()),
            (Kind::Text, "") => Value::Null,
            (Kind::Text, text) => json!(text),
        };
        if value.as_array().is_some_and(|values| values.len() > MAX_OTHER_MAILS) {
            return Err(format!("{property} takes at most {MAX_OTHER_MAILS} values"));
        }
        Ok(Self { property, value })
    }
}

/// Reads `NAME=VALUE`, and does not repeat a value that it refuses: somebody may have typed a password.
#[derive(Clone)]
pub(super) struct AssignmentParser;

impl TypedValueParser for AssignmentParser {
    type Value = Assignment;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Assignment, clap::Error> {
        let read = value.to_str().ok_or("must be UTF-8".to_owned()).and_then(str::parse);
        read.map_err(|rule| {
            clap::Error::raw(ErrorKind::ValueValidation, format!("NAME=VALUE: {rule}\n")).with_cmd(command)
        })
    }
}

/// The property that names a user.
const USER_NAME: &str = "userPrincipalName";

/// The properties that can be set, by their names in Graph.
fn properties() -> impl Iterator<Item = (&'static str, Kind)> {
    let first = [("mobilePhone", Kind::Text), ("businessPhones", Kind::OneOfAList), ("otherMails", Kind::List)];
    let texts = ProfileField::ALL.iter().map(|field| (field.as_str(), Kind::Text));
    let flags = ["accountEnabled", "isAdmin", "onPremisesSyncEnabled"].map(|flag| (flag, Kind::Flag));
    first.into_iter().chain([(USER_NAME, Kind::Text)]).chain(texts).chain(flags)
}

/// A country with a numbering plan, such as `US`.
pub(crate) fn country(text: &str) -> Result<Country, String> {
    let country = Country::parse(&text.to_ascii_uppercase()).map_err(|error| error.to_string())?;
    if country.has_numbers() { Ok(country) } else { Err("has no numbering plan".to_owned()) }
}

/// A userPrincipalName or an id, without the white space around it that comes with pasted names. One id in sixty-four
/// begins with a hyphen. Anything else that begins with a hyphen is an unknown option, which must not be sent to the
/// service as a user.
pub(crate) fn user(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    // The route of a user without a name would be that of all users.
    if text.is_empty() {
        return Err("must not be empty");
    }
    if text.starts_with('-') && AccountId::parse(text).is_none() && UserName::parse(text).is_err() {
        return Err("neither an option nor a user");
    }
    Ok(text.to_owned())
}

/// Refuses a token on the command line without repeating it.
#[derive(Clone)]
pub(super) struct NoToken;

impl TypedValueParser for NoToken {
    type Value = Infallible;

    fn parse_ref(&self, command: &clap::Command, _: Option<&clap::Arg>, _: &OsStr) -> Result<Infallible, clap::Error> {
        let message = "there is no --token: set REKEY_TOKEN, or name a file with --token-file\n";
        Err(clap::Error::raw(ErrorKind::UnknownArgument, message).with_cmd(command))
    }
}

/// A moment in RFC 3339. It is sent as typed, so nothing is accepted that only resembles one.
pub(crate) fn moment(text: &str) -> Result<String, &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte));
    if is_plain && text.parse::<Timestamp>().is_ok() {
        return Ok(text.to_owned());
    }
    Err("must be a time in RFC 3339, such as 2026-11-21T00:00:00Z")
}

/// A name of a property in Graph, or of a column.
pub(crate) fn column(text: &str) -> Result<String, &'static str> {
    let is_name = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { Ok(text.to_owned()) } else { Err("must be names of properties, separated by commas") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(text: &str) -> Option<(&'static str, Value)> {
        text.parse().ok().map(|Assignment { property, value }| (property, value))
    }

    #[test]
    fn a_value_has_the_shape_of_its_property() {
        for (text, property, value) in [
            ("mobilePhone=+1 4255550100", "mobilePhone", json!("+1 4255550100")),
            ("MOBILEPHONE=", "mobilePhone", Value::Null),
            ("businessPhones=+1 4255550111", "businessPhones", json!(["+1 4255550111"])),
            ("businessPhones=", "businessPhones", json!([])),
            ("otherMails=a@x.example, b@x.example", "otherMails", json!(["a@x.example", "b@x.example"])),
            ("otherMails=", "otherMails", json!([])),
            ("accountEnabled=false", "accountEnabled", json!(false)),
            ("displayName=Vance = Adele", "displayName", json!("Vance = Adele")),
            ("userPrincipalName=a@b.example", "userPrincipalName", json!("a@b.example")),
            ("userPrincipalName= a@b.example ", "userPrincipalName", json!("a@b.example")),
            ("displayName= a ", "displayName", json!(" a ")),
        ] {
            assert_eq!(assigned(text), Some((property, value)), "{text}");
        }
        for text in ["", "mobilePhone", "=x", "passwordProfile=x", "id=x", "isAdmin=", "isAdmin=yes", "isAdmin=True"] {
            assert_eq!(assigned(text), None, "{text}");
        }
        assert_eq!(assigned(&format!("otherMails=a@b.example{}", ",a@b.example".repeat(250))), None);
    }

    #[test]
    fn a_user_is_named_without_white_space_around() {
        assert_eq!(user(" c2@b.example\u{a0}\n").as_deref(), Ok("c2@b.example"));
        for text in ["", "  ", " -x"] {
            assert!(user(text).is_err(), "{text}");
        }
    }

    #[test]
    fn columns_are_plain_names() {
        assert_eq!(column("officeLocation").as_deref(), Ok("officeLocation"));
        for text in ["", "a b", "a/b", "1a", "$select", "a&b"] {
            assert!(column(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_have_one_form() {
        for good in ["2026-11-21T00:00:00Z", "2026-11-21T22:04:30.123Z", "2026-11-21T22:04:30+01:30"] {
            assert_eq!(moment(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "2026-11-21",
            "2026-11-21 00:00:00Z",
            "2026-11-21T00:00:00",
            "2026-11-21T00:00:00.Z",
            "2026-11-21T00:00:00.0123456789Z",
            "2026-11-21T00:00:00+1",
            "2026-11-21T00:00:00Z or true",
            "2026-11-21T00:00:00'Z",
        ] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
