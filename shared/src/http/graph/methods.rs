//! Microsoft Graph's authentication methods, as both administrator functions write them.

use ::http::Method;
use serde::Serialize;

use crate::account::{Account, PhoneType, RegisteredMethod};
#[cfg(feature = "describe")]
use crate::http::describe::Typed;

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

/// What Microsoft Graph says of a resource beside its own properties.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct Annotations {
    /// Where it is from, unless it stands in a list.
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String"))]
    context: Option<String>,
    /// What it is, among methods of all types.
    #[serde(rename = "@odata.type", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String"))]
    kind: Option<String>,
}

/// A registered phone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct PhoneMethod {
    #[serde(flatten)]
    annotations: Annotations,
    #[cfg_attr(feature = "describe", schemars(extend("format" = "uuid")))]
    id: &'static str,
    /// As `+CountryCode Number`, or masked.
    phone_number: String,
    #[cfg_attr(feature = "describe", schemars(with = "PhoneType"))]
    phone_type: &'static str,
    /// Nobody signs in by SMS here.
    #[cfg_attr(feature = "describe", schemars(extend("const" = "notSupported")))]
    sms_sign_in_state: &'static str,
}

/// The registered mail address.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct EmailMethod {
    #[serde(flatten)]
    annotations: Annotations,
    #[cfg_attr(feature = "describe", schemars(extend("format" = "uuid")))]
    id: &'static str,
    /// The address, or masked.
    email_address: String,
}

/// That there is a password, and nothing of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct PasswordMethod {
    #[serde(flatten)]
    annotations: Annotations,
    #[cfg_attr(feature = "describe", schemars(extend("format" = "uuid")))]
    id: &'static str,
    /// Always `null`.
    password: Option<&'static str>,
    /// Always `null`.
    created_date_time: Option<&'static str>,
}

/// A registered method, or the password; `@odata.type` says which.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(extend("discriminator" = {
    "propertyName": "@odata.type",
    "mapping": {
        "#microsoft.graph.phoneAuthenticationMethod": "#/components/schemas/TypedPhoneMethod",
        "#microsoft.graph.emailAuthenticationMethod": "#/components/schemas/TypedEmailMethod",
        "#microsoft.graph.passwordAuthenticationMethod": "#/components/schemas/TypedPasswordMethod",
    },
})))]
pub enum AuthenticationMethod {
    /// A phone.
    Phone(#[cfg_attr(feature = "describe", schemars(with = "Typed<PhoneMethod>"))] PhoneMethod),
    /// The mail address.
    Email(#[cfg_attr(feature = "describe", schemars(with = "Typed<EmailMethod>"))] EmailMethod),
    /// The password.
    Password(#[cfg_attr(feature = "describe", schemars(with = "Typed<PasswordMethod>"))] PasswordMethod),
}

impl AuthenticationMethod {
    /// Its well-known id.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Phone(PhoneMethod { id, .. })
            | Self::Email(EmailMethod { id, .. })
            | Self::Password(PasswordMethod { id, .. }) => id,
        }
    }

    /// The method with the `@odata.context` that it has by itself.
    #[must_use]
    pub fn alone(mut self, context: String) -> Self {
        self.annotations().1.context = Some(context);
        self
    }

    /// The method with its type, as it stands among others.
    fn typed(mut self) -> Self {
        let (kind, annotations) = self.annotations();
        annotations.kind = Some(format!("#microsoft.graph.{kind}AuthenticationMethod"));
        self
    }

    const fn annotations(&mut self) -> (&'static str, &mut Annotations) {
        match self {
            Self::Phone(phone) => ("phone", &mut phone.annotations),
            Self::Email(email) => ("email", &mut email.annotations),
            Self::Password(password) => ("password", &mut password.annotations),
        }
    }
}

/// The resource of a registered phone; masked for whoever may not write it.
#[must_use]
pub fn phone(account: &Account, kind: PhoneType, whole: bool) -> Option<AuthenticationMethod> {
    let phone = &account.registered_phone(kind)?.value;
    Some(AuthenticationMethod::Phone(PhoneMethod {
        annotations: Annotations::default(),
        id: id(RegisteredMethod::Phone(kind)),
        phone_number: if whole { phone.written() } else { phone.masked() },
        phone_type: phone_type(kind),
        sms_sign_in_state: "notSupported",
    }))
}

/// The resource of the registered mail address; masked for whoever may not write it.
#[must_use]
pub fn email(account: &Account, whole: bool) -> Option<AuthenticationMethod> {
    let address = &account.registered.email.as_ref()?.value;
    Some(AuthenticationMethod::Email(EmailMethod {
        annotations: Annotations::default(),
        id: id(RegisteredMethod::Email),
        email_address: if whole { address.as_str().to_owned() } else { address.masked() },
    }))
}

/// Every method of a user, each with its type: phones, the mail address, and that there is a password. Security
/// questions are never among them.
#[must_use]
pub fn all(account: &Account, whole: bool) -> Vec<AuthenticationMethod> {
    let phones = PhoneType::ALL.into_iter().filter_map(|kind| phone(account, kind, whole));
    let password = account.password.as_ref().map(|_| password());
    phones.chain(email(account, whole)).chain(password).map(AuthenticationMethod::typed).collect()
}

/// The one of [`all`] that has an id.
#[must_use]
pub fn one(account: &Account, text: &str, whole: bool) -> Option<AuthenticationMethod> {
    all(account, whole).into_iter().find(|method| is(text, method.id()))
}

/// The `@odata.context` of a collection or one of its members below a user's `authentication`.
#[must_use]
pub fn context(public_url: &str, account: &Account, what: &str) -> String {
    format!("{public_url}/graph/v1.0/$metadata#users('{}')/authentication/{what}", account.id.as_str())
}

/// The password's resource: that there is one, and nothing of it.
fn password() -> AuthenticationMethod {
    let annotations = Annotations::default();
    AuthenticationMethod::Password(PasswordMethod {
        annotations,
        id: PASSWORD,
        password: None,
        created_date_time: None,
    })
}

/// Ids are GUIDs, whose letters are the same in both cases.
fn is(text: &str, id: &str) -> bool {
    text.eq_ignore_ascii_case(id)
}
