//! Microsoft Graph's authentication methods, as both administrator functions write them.

use ::http::Method;
use serde_json::{Map, Value, json};

use crate::account::{Account, PhoneType, RegisteredMethod};

/// The well-known id of the password, the same for every user.
const PASSWORD: &str = "28c10230-6103-485e-b985-444c60001490";

/// A path below a user's `authentication`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodPath<'a> {
    /// `methods`.
    Methods,
    /// `methods/{id}`.
    OneMethod(&'a str),
    /// `phoneMethods`.
    Phones,
    /// `phoneMethods/{id}`.
    OnePhone(&'a str),
    /// `emailMethods`.
    Emails,
    /// `emailMethods/{id}`.
    OneEmail(&'a str),
}

impl<'a> MethodPath<'a> {
    /// Reads the segments after `authentication`.
    #[must_use]
    pub fn read(segments: &[&'a str]) -> Option<Self> {
        match segments {
            ["methods"] => Some(Self::Methods),
            ["methods", id] => Some(Self::OneMethod(id)),
            ["phoneMethods"] => Some(Self::Phones),
            ["phoneMethods", id] => Some(Self::OnePhone(id)),
            ["emailMethods"] => Some(Self::Emails),
            ["emailMethods", id] => Some(Self::OneEmail(id)),
            _ => None,
        }
    }

    /// The methods that the path knows, of both functions.
    #[must_use]
    pub const fn allowed(self) -> &'static [Method] {
        match self {
            Self::Methods | Self::OneMethod(_) => &[Method::GET],
            Self::Phones | Self::Emails => &[Method::GET, Method::POST],
            Self::OnePhone(_) | Self::OneEmail(_) => &[Method::GET, Method::PATCH, Method::DELETE],
        }
    }
}

/// A method's well-known id, the same for every user.
#[must_use]
pub const fn id(method: RegisteredMethod) -> &'static str {
    match method {
        RegisteredMethod::Phone(PhoneType::Mobile) => "3179e48a-750b-4051-897c-87b9720928f7",
        RegisteredMethod::Phone(PhoneType::AlternateMobile) => "b6332ec1-7057-4abe-9331-3d72feddfe41",
        RegisteredMethod::Phone(PhoneType::Office) => "e37fc753-ff3b-4958-9484-eaa9425c82bc",
        RegisteredMethod::Email => "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
    }
}

/// The phone of a well-known id.
#[must_use]
pub fn phone_of_id(text: &str) -> Option<PhoneType> {
    PhoneType::ALL.into_iter().find(|kind| is(text, id(RegisteredMethod::Phone(*kind))))
}

/// Whether an id is the email method's.
#[must_use]
pub fn is_email(text: &str) -> bool {
    is(text, id(RegisteredMethod::Email))
}

/// A `phoneType`.
#[must_use]
pub const fn phone_type(kind: PhoneType) -> &'static str {
    match kind {
        PhoneType::Mobile => "mobile",
        PhoneType::AlternateMobile => "alternateMobile",
        PhoneType::Office => "office",
    }
}

/// Reads a `phoneType`.
#[must_use]
pub fn phone_type_of(text: &str) -> Option<PhoneType> {
    PhoneType::ALL.into_iter().find(|kind| phone_type(*kind) == text)
}

/// The resource of a registered phone; masked for whoever may not write it.
#[must_use]
pub fn phone(account: &Account, kind: PhoneType, whole: bool) -> Option<Map<String, Value>> {
    let phone = &account.registered_phone(kind)?.value;
    Some(members([
        ("id", json!(id(RegisteredMethod::Phone(kind)))),
        ("phoneNumber", json!(if whole { phone.written() } else { phone.masked() })),
        ("phoneType", json!(phone_type(kind))),
        // Nobody signs in by SMS here.
        ("smsSignInState", json!("notSupported")),
    ]))
}

/// The resource of the registered mail address; masked for whoever may not write it.
#[must_use]
pub fn email(account: &Account, whole: bool) -> Option<Map<String, Value>> {
    let address = &account.registered.email.as_ref()?.value;
    let shown = if whole { address.as_str().to_owned() } else { address.masked() };
    Some(members([("id", json!(id(RegisteredMethod::Email))), ("emailAddress", json!(shown))]))
}

/// Every method of a user, each with its type: phones, the mail address, and that there is a password. Security
/// questions are never among them.
#[must_use]
pub fn all(account: &Account, whole: bool) -> Vec<Map<String, Value>> {
    let typed = |kind: &str, mut resource: Map<String, Value>| {
        resource.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{kind}AuthenticationMethod")));
        resource
    };
    let phones = PhoneType::ALL.into_iter().filter_map(|kind| phone(account, kind, whole));
    let phones = phones.map(|resource| typed("phone", resource));
    let email = email(account, whole).map(|resource| typed("email", resource));
    let password = account.password.as_ref().map(|_| typed("password", password()));
    phones.chain(email).chain(password).collect()
}

/// The one of [`all`] that has an id.
#[must_use]
pub fn one(account: &Account, text: &str, whole: bool) -> Option<Map<String, Value>> {
    let is_it =
        |resource: &Map<String, Value>| resource.get("id").and_then(Value::as_str).is_some_and(|id| is(text, id));
    all(account, whole).into_iter().find(is_it)
}

/// The `@odata.context` of a collection or one of its members below a user's `authentication`.
#[must_use]
pub fn context(public_url: &str, account: &Account, what: &str) -> Value {
    json!(format!("{public_url}/graph/v1.0/$metadata#users('{}')/authentication/{what}", account.id.as_str()))
}

/// The password's resource: that there is one, and nothing of it.
fn password() -> Map<String, Value> {
    members([("id", json!(PASSWORD)), ("password", Value::Null), ("createdDateTime", Value::Null)])
}

/// Ids are GUIDs, whose letters are the same in both cases.
fn is(text: &str, id: &str) -> bool {
    text.eq_ignore_ascii_case(id)
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
