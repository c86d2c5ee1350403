//! The schemas of what is a text on the wire: identifiers, and enums by their names there.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::account::{ContactType, Source, Unusable, questions};
use crate::credentials::password;
use crate::http::graph::methods::{PHONES, PhoneType, phone_type};
use crate::identifiers::email_address::EmailAddress;
use crate::identifiers::phone::Phone;
use crate::identifiers::user_name::UserName;
use crate::money::Money;
use crate::policy::method::{CodeMethod, Method};

/// The id of a resource: a reset, a user, a record.
#[derive(Debug)]
pub struct Id;

/// A token that opens a gate or sets a password.
#[derive(Debug)]
pub struct Token;

/// The reference that ties a message to the page that requested it.
#[derive(Debug)]
pub struct ReferenceText;

/// The id of a security question.
#[derive(Debug)]
pub struct QuestionId;

/// A code as a person types it.
#[derive(Debug)]
pub struct CodeText;

/// A moment.
#[derive(Debug)]
pub struct Time;

/// The way a code reaches a phone.
#[derive(Debug)]
pub struct Delivery;

/// A rule that a password or an answer breaks.
#[derive(Debug)]
pub struct BrokenRule;

/// Gives each type the schema beside it, as a component of that name.
macro_rules! schemas {
    ($($type:ty: $name:literal $schema:tt)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

schemas! {
    Id: "Id" {
        "type": "string", "pattern": "^[A-Za-z0-9_-]{22}$", "minLength": 22, "maxLength": 22,
        "description": "128 random bits in URL-safe base64, opaque to clients.",
    }
    Token: "Token" {
        "type": "string", "pattern": "^[A-Za-z0-9_-]{43}$", "minLength": 43, "maxLength": 43,
        "description": "256 bits in URL-safe base64, opaque to clients. It is valid for one reset only.",
    }
    ReferenceText: "Reference" {
        "type": "string", "pattern": "^[A-Z]{2}$",
        "description": "Two letters that the message contains as well, so that a person can match the message with the \
            page. They are not a secret.",
    }
    QuestionId: "QuestionId" {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
    CodeText: "Code" {
        "type": "string", "pattern": "^[ -]*(?:(?:[0-9][ -]*){6,10}|(?:[0-9A-TV-Za-tv-z][ -]*){26})$",
        "minLength": 6, "maxLength": 64,
        "description": "Six to ten digits, or the long code of an email: 26 characters of Crockford's base32. Spaces \
            and hyphens are ignored, and so is the case; `o` is read as 0, `i` and `l` as 1.",
    }
    UserName: "UserName" {
        "type": "string", "format": "user-name",
        "description": "A userPrincipalName: 1 to 64 characters, `@`, and a domain of at most 48 characters in its \
            ASCII form. Case and Unicode composition do not matter; accents and scripts do. Characters that \
            normalisation or a change of case would turn into ASCII (`ß`, `ı`, `ſ`, full-width letters) are refused \
            because they are ambiguous.",
    }
    Phone: "Phone" {
        "type": "string", "format": "phone-number",
        "description": "`+CountryCode Number` in ASCII digits; spaces, hyphens, dots and round brackets may separate \
            them. An extension may follow an `x`; it is stored and never dialled. The country code must exist, the \
            length must be possible, and the number must be of a kind that can receive codes: premium, shared-cost, \
            toll-free, pager, personal and universal numbers are refused. A number that the numbering plan does not \
            assign is accepted. It counts as one of the country code's main country, unless its leading digits belong \
            to another country.",
    }
    EmailAddress: "EmailAddress" {
        "type": "string", "format": "mail-address",
        "description": "`local@domain` of at most 254 characters, without quotes, comments or lists; the part before \
            the `@` has at most 64. Case does not distinguish addresses.",
    }
    Money: "Money" {
        "type": "string", "pattern": "^[0-9]{1,9}(?:\\.[0-9]{1,6})?$", "description": "US dollars, as a decimal.",
    }
    CodeMethod: "CodeMethod" {
        "type": "string", "enum": CodeMethod::ALL.map(CodeMethod::as_str),
        "description": "A method that delivers a code; a policy may offer fewer.",
    }
    Method: "Method" {
        "type": "string", "enum": methods(),
        "description": "A method that a policy can offer. Security questions can open only a second gate.",
    }
    BrokenRule: "BrokenRule" {"type": "string", "enum": broken_rules()}
    Delivery: "Delivery" {"type": "string", "enum": ["sms", "call"]}
    ContactType: "ContactType" {"type": "string", "enum": ContactType::ALL.map(ContactType::as_str)}
    PhoneType: "PhoneType" {"type": "string", "enum": PHONES.map(phone_type)}
    Source: "Source" {
        "type": "string", "enum": sources(),
        "description": "Who stored the value.",
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

/// Every method that a policy can offer.
fn methods() -> Vec<&'static str> {
    let codes = CodeMethod::ALL.map(CodeMethod::as_str);
    codes.into_iter().chain([Method::SecurityQuestions.as_str()]).collect()
}

/// The reasons why a contact is unusable, and `null`.
#[must_use]
pub fn reasons() -> Vec<Option<&'static str>> {
    Unusable::ALL.into_iter().map(|reason| Some(reason.as_str())).chain([None]).collect()
}

/// The rules that passwords and answers can break, by their wire names.
fn broken_rules() -> BTreeSet<&'static str> {
    let passwords = password::Reason::ALL.into_iter().map(password::Reason::as_str);
    passwords.chain(questions::QuestionsReason::ALL.map(questions::QuestionsReason::as_str)).collect()
}

/// The possible sources of a value.
fn sources() -> [&'static str; 3] {
    [Source::Directory, Source::Administrator, Source::User].map(Source::as_str)
}

/// The schema of a resource of which `$select` may leave out every property.
pub fn as_selected(schema: &mut schemars::Schema) {
    schema.remove("required");
}
