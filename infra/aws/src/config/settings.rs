//! The deployment's settings: environment variables, each named in one place and parsed at the edge.
//!
//! An empty variable counts as missing, because a template can leave a variable empty but cannot omit it.

use std::fmt;
use std::sync::Arc;

use shared::credentials::token::{SignIn, TokenSettings};
use shared::identifiers::email_address::EmailAddress;
use shared::message::{Domain, Organisation, Sender};
use shared::policy::Policy;
use shared::unavailable::Unavailable;
use url::Url;

use crate::config::http_client::Roots;

/// The name of the table.
pub const TABLE: &str = "REKEY_TABLE";
/// The secret with the keys for digests of user names, source networks and destinations.
pub const NAME_KEYS: &str = "REKEY_NAME_KEYS";
/// The secret with the keys for digests of claimed phone numbers.
pub const PHONE_KEYS: &str = "REKEY_PHONE_KEYS";
/// The secret with the keys that codes and tokens are derived from.
pub const CODE_KEYS: &str = "REKEY_CODE_KEYS";
/// The secret with the keys for digests of idempotency keys and request bodies.
pub const IDEMPOTENCY_KEYS: &str = "REKEY_IDEMPOTENCY_KEYS";
/// The secret with the peppers of password hashes.
pub const PEPPER_KEYS: &str = "REKEY_PEPPER_KEYS";
/// The exact `iss` of accepted tokens.
pub const ISSUER: &str = "REKEY_ISSUER";
/// The `aud` of accepted tokens.
pub const AUDIENCE: &str = "REKEY_AUDIENCE";
/// The address at which the issuer publishes its keys.
pub const JWKS_URL: &str = "REKEY_JWKS_URL";
/// The claim that holds the userPrincipalName; `preferred_username` by default.
pub const USER_NAME_CLAIM: &str = "REKEY_USER_NAME_CLAIM";
/// The organisation's name as messages print it; `Rekey` by default.
pub const ORGANISATION: &str = "REKEY_ORGANISATION";
/// The host name that codes are bound to.
pub const DOMAIN: &str = "REKEY_DOMAIN";
/// The sender ID that text messages show in countries that allow one; none by default.
pub const SMS_SENDER_ID: &str = "REKEY_SMS_SENDER_ID";
/// The number that text messages come from; by default AWS picks one of the account's.
pub const SMS_ORIGINATION: &str = "REKEY_SMS_ORIGINATION";
/// The number, pool or sender ID of End User Messaging that text messages come from, by its ARN; without it they go
/// through SNS.
pub const TEXT_ORIGINATION: &str = "REKEY_TEXT_ORIGINATION";
/// The number, pool or ARN that calls come from; without it there are none.
pub const VOICE_ORIGINATION: &str = "REKEY_VOICE_ORIGINATION";
/// The configuration set of End User Messaging, which reports what becomes of texts and calls; none by default.
pub const PHONE_CONFIGURATION_SET: &str = "REKEY_PHONE_CONFIGURATION_SET";
/// The address that emails come from.
pub const MAIL_FROM: &str = "REKEY_MAIL_FROM";
/// The SES configuration set; none by default.
pub const MAIL_CONFIGURATION_SET: &str = "REKEY_MAIL_CONFIGURATION_SET";
/// The event bus; the account's default bus unless set.
pub const EVENT_BUS: &str = "REKEY_EVENT_BUS";
/// A change of the default policy, in JSON: both hold until the organisation writes its own policy. None by default.
pub const FIRST_POLICY: &str = "REKEY_FIRST_POLICY";
/// The API's public address.
pub const PUBLIC_URL: &str = "REKEY_PUBLIC_URL";

/// The pages' client at the issuer; without it they sign nobody in.
pub const SIGN_IN_CLIENT_ID: &str = "REKEY_SIGN_IN_CLIENT_ID";
/// The scopes that the pages ask for, separated by spaces; `openid profile` by default.
pub const SIGN_IN_SCOPES: &str = "REKEY_SIGN_IN_SCOPES";
/// Origins of the issuer's endpoints besides its own, separated by spaces; none by default.
pub const SIGN_IN_ORIGINS: &str = "REKEY_SIGN_IN_ORIGINS";
/// The colour of the pages, `#` and six hexadecimal digits.
pub const PAGE_COLOUR: &str = "REKEY_PAGE_COLOUR";
/// The logo on the pages, a `data:` URL of an SVG or PNG image in base64; none by default.
pub const PAGE_LOGO: &str = "REKEY_PAGE_LOGO";

/// Every `REKEY_` variable that is read.
pub const ALL: [&str; 27] = [
    TABLE,
    NAME_KEYS,
    PHONE_KEYS,
    CODE_KEYS,
    IDEMPOTENCY_KEYS,
    PEPPER_KEYS,
    ISSUER,
    AUDIENCE,
    JWKS_URL,
    USER_NAME_CLAIM,
    ORGANISATION,
    DOMAIN,
    SMS_SENDER_ID,
    SMS_ORIGINATION,
    TEXT_ORIGINATION,
    VOICE_ORIGINATION,
    PHONE_CONFIGURATION_SET,
    MAIL_FROM,
    MAIL_CONFIGURATION_SET,
    EVENT_BUS,
    FIRST_POLICY,
    PUBLIC_URL,
    SIGN_IN_CLIENT_ID,
    SIGN_IN_SCOPES,
    SIGN_IN_ORIGINS,
    PAGE_COLOUR,
    PAGE_LOGO,
];

/// The region that the function runs in. Lambda sets both.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
/// A file or a folder with the roots to trust, if the deployment brings its own.
const OWN_ROOTS: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
/// The log directives, in the form that [`crate::lambda::logging::start`] takes.
pub const LOG: &str = "RUST_LOG";
/// Claims with a meaning of their own. If the setting named one of them, no token would seem to hold a user's name, and
/// a user's token would pass for an application's.
const RESERVED_CLAIMS: [&str; 10] = ["sub", "iss", "aud", "exp", "nbf", "iat", "auth_time", "roles", "scp", "scope"];
/// The claim that names the user unless [`USER_NAME_CLAIM`] is set (OpenID Connect Core, section 5.1).
const DEFAULT_USER_NAME_CLAIM: &str = "preferred_username";
/// The scopes that the pages ask for unless [`SIGN_IN_SCOPES`] is set (OpenID Connect Core, sections 3.1.2.1 and 5.4).
const DEFAULT_SCOPES: &str = "openid profile";

/// Why a setting cannot be used. It never holds the setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingError {
    /// The variable is missing or empty.
    Missing(&'static str),
    /// The variable, and the rule that its value breaks.
    Invalid(&'static str, &'static str),
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(variable) => write!(f, "the environment variable {variable} is missing"),
            Self::Invalid(variable, rule) => write!(f, "the environment variable {variable} {rule}"),
        }
    }
}

impl std::error::Error for SettingError {}

impl From<SettingError> for Unavailable {
    fn from(error: SettingError) -> Self {
        Self::new("read the deployment's settings", error)
    }
}

/// A setting's value, or why it cannot be used.
pub type Set<T> = Result<T, SettingError>;

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The settings of the deployment.
#[derive(Clone)]
pub struct Settings {
    lookup: Arc<Lookup>,
}

impl Settings {
    /// The settings from the process's environment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn from_environment() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// The settings that `lookup` returns, by the variable's name.
    #[must_use]
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { lookup: Arc::new(lookup) }
    }

    /// An optional setting; `None` if it is missing or empty.
    #[must_use]
    pub fn optional(&self, variable: &str) -> Option<String> {
        (self.lookup)(variable).filter(|value| !value.is_empty())
    }

    /// A required setting.
    ///
    /// # Errors
    /// [`SettingError::Missing`] if it is missing or empty.
    pub fn required(&self, variable: &'static str) -> Set<String> {
        self.optional(variable).ok_or(SettingError::Missing(variable))
    }

    /// The log directives, if any are set.
    #[must_use]
    pub fn log(&self) -> Option<String> {
        self.optional(LOG)
    }

    /// The table's name.
    ///
    /// # Errors
    /// [`SettingError`] if it is missing.
    pub fn table(&self) -> Set<String> {
        self.required(TABLE)
    }

    /// The policy that holds until the organisation writes one.
    ///
    /// # Errors
    /// [`SettingError`] if the setting is not a change that the default policy allows.
    pub fn first_policy(&self) -> Set<Policy> {
        const RULE: &str = "is not a change of the default policy";
        self.optional(FIRST_POLICY).map_or(Ok(Policy::default()), |text| {
            let patched = serde_json::from_str(&text).ok().and_then(|patch| Policy::default().patched(&patch).ok());
            patched.ok_or(SettingError::Invalid(FIRST_POLICY, RULE))
        })
    }

    /// The region that the function runs in.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        REGION.into_iter().find_map(|name| self.optional(name))
    }

    /// The roots to trust at AWS's endpoints.
    #[must_use]
    pub fn roots(&self) -> Roots {
        let brings_own = OWN_ROOTS.into_iter().any(|name| self.optional(name).is_some());
        Roots::of_aws(self.region().as_deref(), brings_own)
    }

    /// The tokens that are accepted: their issuer, their audience and the claim that names the user.
    ///
    /// # Errors
    /// [`SettingError`] if a setting is missing, or if the claim that names the user has a meaning of its own.
    pub fn tokens(&self) -> Set<TokenSettings> {
        let user_name_claim = self.optional(USER_NAME_CLAIM).unwrap_or_else(|| DEFAULT_USER_NAME_CLAIM.to_owned());
        if RESERVED_CLAIMS.contains(&user_name_claim.as_str()) {
            return Err(SettingError::Invalid(USER_NAME_CLAIM, "names a claim that means something else"));
        }
        Ok(TokenSettings { issuer: self.required(ISSUER)?, audience: self.required(AUDIENCE)?, user_name_claim })
    }

    /// The address of the issuer's keys. It must be HTTPS, because anyone who can replace the keys can impersonate
    /// anybody.
    ///
    /// # Errors
    /// [`SettingError`] if it is missing or not HTTPS.
    pub fn jwks_url(&self) -> Set<String> {
        self.https(JWKS_URL)
    }

    /// The API's public address, without a trailing slash.
    ///
    /// # Errors
    /// [`SettingError`] if it is missing or not HTTPS.
    pub fn public_url(&self) -> Set<String> {
        Ok(self.https(PUBLIC_URL)?.trim_end_matches('/').to_owned())
    }

    /// Where people sign in to the pages; `None` if the pages are no client of the issuer.
    ///
    /// # Errors
    /// [`SettingError`] if the pages are a client and the issuer is not an https address, or if the scopes lack `openid`.
    pub fn sign_in(&self) -> Set<Option<SignIn>> {
        let Some(client_id) = self.optional(SIGN_IN_CLIENT_ID) else { return Ok(None) };
        let scopes = self.optional(SIGN_IN_SCOPES).unwrap_or_else(|| DEFAULT_SCOPES.to_owned());
        let scopes: Vec<_> = scopes.split_ascii_whitespace().map(str::to_owned).collect();
        if !scopes.iter().any(|scope| scope == "openid") {
            return Err(SettingError::Invalid(SIGN_IN_SCOPES, "does not contain openid"));
        }
        Ok(Some(SignIn { issuer: self.https(ISSUER)?, client_id, scopes }))
    }

    /// The origins that people sign in at: the issuer's own first. None if the pages are no client of the issuer.
    ///
    /// # Errors
    /// [`SettingError`] if the pages are a client and one of them is not an https address.
    pub fn sign_in_origins(&self) -> Set<Vec<String>> {
        const RULE: &str = "is not a list of https origins";
        if self.optional(SIGN_IN_CLIENT_ID).is_none() {
            return Ok(Vec::new());
        }
        let own = origin(&self.https(ISSUER)?).ok_or(SettingError::Invalid(ISSUER, "is not an https address"));
        let others = self.optional(SIGN_IN_ORIGINS).unwrap_or_default();
        let others = others.split_ascii_whitespace().map(|other| {
            let is_bare = |origin: &String| origin == other && origin.starts_with("https://");
            origin(other).filter(is_bare).ok_or(SettingError::Invalid(SIGN_IN_ORIGINS, RULE))
        });
        std::iter::once(own).chain(others).collect()
    }

    /// The colour of the pages as `parse` reads it, if one is set.
    ///
    /// # Errors
    /// [`SettingError`] if it cannot be read.
    pub fn page_colour<T, E>(&self, parse: impl Fn(&str) -> Result<T, E>) -> Set<Option<T>> {
        const RULE: &str = "is not # and six hexadecimal digits";
        self.optional(PAGE_COLOUR).map(|text| parsed(PAGE_COLOUR, &text, RULE, parse)).transpose()
    }

    /// The logo on the pages as `parse` reads it, if one is set.
    ///
    /// # Errors
    /// [`SettingError`] if it cannot be read.
    pub fn page_logo<T, E>(&self, parse: impl Fn(&str) -> Result<T, E>) -> Set<Option<T>> {
        const RULE: &str = "is not a data: URL in base64 of an SVG or PNG image, of at most 3000 characters";
        self.optional(PAGE_LOGO).map(|text| parsed(PAGE_LOGO, &text, RULE, parse)).transpose()
    }

    fn https(&self, variable: &'static str) -> Set<String> {
        let url = self.required(variable)?;
        let parsed = url.parse::<http::Uri>().ok();
        let https = parsed
            .is_some_and(|uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty()));
        if https { Ok(url) } else { Err(SettingError::Invalid(variable, "is not an https address")) }
    }

    /// The sender of messages: the organisation and the domain.
    ///
    /// # Errors
    /// [`SettingError`] if the domain is missing, or if either of the two is invalid.
    pub fn sender(&self) -> Set<Sender> {
        Ok(Sender::new(
            self.organisation()?,
            parsed(DOMAIN, &self.required(DOMAIN)?, "is not a host name of lower-case letters", Domain::parse)?,
        ))
    }

    /// The organisation's name.
    ///
    /// # Errors
    /// [`SettingError`] if it is not one that a text message can hold.
    pub fn organisation(&self) -> Set<Organisation> {
        const RULE: &str = "is not 1 to 20 characters of the GSM alphabet without address punctuation";
        match self.optional(ORGANISATION) {
            None => Ok(Organisation::default()),
            Some(name) => parsed(ORGANISATION, &name, RULE, Organisation::parse),
        }
    }

    /// The messenger's settings.
    ///
    /// # Errors
    /// [`SettingError`] if a required setting is missing or a setting is invalid.
    pub fn messenger(&self) -> Set<MessengerSettings> {
        let sms_sender_id = match self.optional(SMS_SENDER_ID) {
            Some(id) if !is_sender_id(&id) => {
                return Err(SettingError::Invalid(
                    SMS_SENDER_ID,
                    "is not 3 to 11 letters and digits, at least one a letter",
                ));
            }
            id => id,
        };
        Ok(MessengerSettings {
            organisation: self.organisation()?,
            sms_sender_id,
            sms_origination: self.optional(SMS_ORIGINATION),
            text_origination: self.optional(TEXT_ORIGINATION),
            voice_origination: self.optional(VOICE_ORIGINATION),
            phone_configuration_set: self.optional(PHONE_CONFIGURATION_SET),
            mail_from: parsed(MAIL_FROM, &self.required(MAIL_FROM)?, "is not a mail address", EmailAddress::parse)?,
            mail_configuration_set: self.optional(MAIL_CONFIGURATION_SET),
            event_bus: self.optional(EVENT_BUS),
            roots: self.roots(),
        })
    }
}

fn parsed<T, E>(
    variable: &'static str,
    value: &str,
    rule: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Set<T> {
    parse(value).map_err(|_| SettingError::Invalid(variable, rule))
}

/// The origin of an address, as browsers write it. A host may hold signs that would end a part of a security policy;
/// then there is none.
fn origin(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin().ascii_serialization();
    origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:.-[]".contains(&byte)).then_some(origin)
}

mod messenger;
#[cfg(test)]
mod tests;

pub use messenger::MessengerSettings;
use messenger::is_sender_id;
