//! Microsoft Graph's authentication methods, which both administrator functions write.

use ::http::Method;
use serde::Serialize;

use crate::account::{Account, Slot};
#[cfg(feature = "describe")]
use crate::http::describe::Typed;

/// The well-known id of the password, the same for every user.
pub const PASSWORD: &str = "28c10230-6103-485e-b985-444c60001490";

/// The registered phones, in the order of the list.
pub const PHONES: [Slot; 3] = [Slot::AuthenticationPhone, Slot::AlternatePhone, Slot::AuthenticationOfficePhone];

/// The type of a registered phone.
#[cfg(feature = "describe")]
#[derive(Debug)]
pub struct PhoneType;

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

    /// The HTTP methods that the path supports in either function.
    #[must_use]
    pub const fn allowed(self) -> &'static [Method] {
        match self {
            Self::Methods | Self::OneMethod(_) => &[Method::GET],
            Self::Phones | Self::Emails => &[Method::GET, Method::POST],
            Self::OnePhone(_) | Self::OneEmail(_) => &[Method::GET, Method::PATCH, Method::DELETE],
        }
    }
}

/// The well-known id of a registered method, the same for every user; `None` for values of the profile.
#[must_use]
pub const fn id(slot: Slot) -> Option<&'static str> {
    match slot {
        Slot::AuthenticationPhone => Some("3179e48a-750b-4051-897c-87b9720928f7"),
        Slot::AlternatePhone => Some("b6332ec1-7057-4abe-9331-3d72feddfe41"),
        Slot::AuthenticationOfficePhone => Some("e37fc753-ff3b-4958-9484-eaa9425c82bc"),
        Slot::AuthenticationEmail => Some("3ddfcfc8-9383-446f-83cc-3ab9be4be18f"),
        Slot::MobilePhone | Slot::BusinessPhones | Slot::OtherMails => None,
    }
}

/// The `phoneType` of a registered phone.
#[must_use]
pub const fn phone_type(slot: Slot) -> Option<&'static str> {
    match slot {
        Slot::AuthenticationPhone => Some("mobile"),
        Slot::AlternatePhone => Some("alternateMobile"),
        Slot::AuthenticationOfficePhone => Some("office"),
        Slot::AuthenticationEmail | Slot::MobilePhone | Slot::BusinessPhones | Slot::OtherMails => None,
    }
}

/// The registered phone of a well-known id.
#[must_use]
pub fn phone_of_id(text: &str) -> Option<Slot> {
    PHONES.into_iter().find(|slot| id(*slot).is_some_and(|id| is(text, id)))
}

/// Whether an id is the email method's.
#[must_use]
pub fn is_email(text: &str) -> bool {
    id(Slot::AuthenticationEmail).is_some_and(|id| is(text, id))
}

/// Whether an id is the password's.
#[must_use]
pub fn is_password(text: &str) -> bool {
    is(text, PASSWORD)
}

/// The registered phone of a `phoneType`.
#[must_use]
pub fn phone_type_of(text: &str) -> Option<Slot> {
    PHONES.into_iter().find(|slot| phone_type(*slot).is_some_and(|kind| is(text, kind)))
}

/// Microsoft Graph's annotations of a resource.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct Annotations {
    /// The URL that says what the resource is; absent in a list.
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String"))]
    context: Option<String>,
    /// The type of the method, in a list of methods of all types.
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
    /// Written `+CountryCode Number`, or masked.
    phone_number: String,
    #[cfg_attr(feature = "describe", schemars(with = "PhoneType"))]
    phone_type: &'static str,
    /// Always `notSupported`: nobody signs in by SMS here.
    #[cfg_attr(feature = "describe", schemars(extend("const" = "notSupported")))]
    sms_sign_in_state: &'static str,
}

/// The registered email address.
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

/// The password method: it says only that there is a password.
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

/// A registered method or the password; `@odata.type` says which.
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
    /// The email address.
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

    /// The method with its `@odata.context`, as a response of its own.
    #[must_use]
    pub fn alone(mut self, context: String) -> Self {
        self.annotations().1.context = Some(context);
        self
    }

    /// The method with its type, for a list of methods of several types.
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

/// The resource of a registered method; masked for a caller who may not write it.
#[must_use]
pub fn resource(account: &Account, slot: Slot, whole: bool) -> Option<AuthenticationMethod> {
    let value = &account.contacts.get(slot)?.value;
    let value = if whole { value.written() } else { value.masked() };
    let (annotations, id) = (Annotations::default(), id(slot)?);
    Some(match phone_type(slot) {
        Some(phone_type) => AuthenticationMethod::Phone(PhoneMethod {
            annotations,
            id,
            phone_number: value,
            phone_type,
            sms_sign_in_state: "notSupported",
        }),
        None => AuthenticationMethod::Email(EmailMethod { annotations, id, email_address: value }),
    })
}

/// All methods of a user, each with its type: phones, the email address and the password. Security questions are never
/// among them.
#[must_use]
pub fn all(account: &Account, whole: bool) -> Vec<AuthenticationMethod> {
    let slots = PHONES.into_iter().chain([Slot::AuthenticationEmail]);
    let registered = slots.filter_map(|slot| resource(account, slot, whole));
    let password = account.password.as_ref().map(|_| password());
    registered.chain(password).map(AuthenticationMethod::typed).collect()
}

/// The method among [`all`] with this id.
#[must_use]
pub fn one(account: &Account, text: &str, whole: bool) -> Option<AuthenticationMethod> {
    all(account, whole).into_iter().find(|method| is(text, method.id()))
}

/// The `@odata.context` of a collection or one of its members below a user's `authentication`.
#[must_use]
pub fn context(public_url: &str, account: &Account, what: &str) -> String {
    format!("{public_url}/graph/v1.0/$metadata#users('{}')/authentication/{what}", account.id.as_str())
}

/// The resource of the password, which says only that there is one.
fn password() -> AuthenticationMethod {
    let annotations = Annotations::default();
    AuthenticationMethod::Password(PasswordMethod {
        annotations,
        id: PASSWORD,
        password: None,
        created_date_time: None,
    })
}

/// Compares ids, which are GUIDs, and values of enumerations. Both ignore case.
fn is(text: &str, id: &str) -> bool {
    text.eq_ignore_ascii_case(id)
}
