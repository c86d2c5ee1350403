//! The deployment's settings: environment variables, each named in one place and parsed at the edge.
//!
//! An empty variable counts as missing, because a template can leave a variable empty but cannot omit it.

use std::fmt;
use std::sync::Arc;

use shared::credentials::token::TokenSettings;
use shared::identifiers::email_address::EmailAddress;
use shared::message::{Domain, Organisation, Sender};
use shared::policy::Policy;
use shared::unavailable::Unavailable;

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

/// Every `REKEY_` variable that is read.
pub const ALL: [&str; 22] = [
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
/// Lengths of a sender ID that networks show, in characters (SNS, sender IDs).
const SENDER_ID_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=11;

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

    fn organisation(&self) -> Set<Organisation> {
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

fn is_sender_id(id: &str) -> bool {
    SENDER_ID_CHARACTERS.contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && id.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The messenger's settings: the senders of each channel, and the event bus.
#[derive(Debug, Clone)]
pub struct MessengerSettings {
    /// The sender's name in emails.
    pub organisation: Organisation,
    /// The sender ID that text messages show in countries that allow one.
    pub sms_sender_id: Option<String>,
    /// The number that text messages through SNS come from.
    pub sms_origination: Option<String>,
    /// The ARN of what text messages through End User Messaging come from. Without it they go through SNS.
    pub text_origination: Option<String>,
    /// The number, pool or ARN that calls come from. Without it there are no calls.
    pub voice_origination: Option<String>,
    /// The configuration set of End User Messaging, which reports what becomes of texts and calls.
    pub phone_configuration_set: Option<String>,
    /// The address that emails come from.
    pub mail_from: EmailAddress,
    /// The SES configuration set, if any.
    pub mail_configuration_set: Option<String>,
    /// The event bus; `None` for the account's default bus.
    pub event_bus: Option<String>,
    /// The roots to trust at the providers' endpoints, all of AWS.
    pub roots: Roots,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn settings(pairs: &'static [(&'static str, &'static str)]) -> Settings {
        Settings::from_lookup(move |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_missing_setting_is_named() {
        let error = settings(&[(TABLE, "")]).table().unwrap_err();
        assert_eq!(error.to_string(), "the environment variable REKEY_TABLE is missing");
        assert_eq!(settings(&[(TABLE, "rekey")]).table().unwrap(), "rekey");
        assert_eq!(settings(&[(ISSUER, "i")]).tokens().unwrap_err(), SettingError::Missing(AUDIENCE));
    }

    #[test]
    fn the_user_name_claim_has_a_default() {
        let tokens = settings(&[(ISSUER, "i"), (AUDIENCE, "a")]).tokens().unwrap();
        assert_eq!((tokens.issuer.as_str(), tokens.audience.as_str()), ("i", "a"));
        assert_eq!(tokens.user_name_claim, "preferred_username");
        let tokens = settings(&[(ISSUER, "i"), (AUDIENCE, "a"), (USER_NAME_CLAIM, "upn")]).tokens().unwrap();
        assert_eq!(tokens.user_name_claim, "upn");
        for reserved in RESERVED_CLAIMS {
            let value = move |name: &str| Some(if name == USER_NAME_CLAIM { reserved } else { "x" }.to_owned());
            let tokens = Settings::from_lookup(value).tokens();
            assert!(matches!(tokens, Err(SettingError::Invalid(USER_NAME_CLAIM, _))), "{reserved}");
        }
    }

    #[test]
    fn keys_come_over_https_only() {
        const RULE: SettingError = SettingError::Invalid(JWKS_URL, "is not an https address");
        assert_eq!(settings(&[(JWKS_URL, "http://id.example/jwks")]).jwks_url().unwrap_err(), RULE);
        assert_eq!(settings(&[(JWKS_URL, "id.example")]).jwks_url().unwrap_err(), RULE);
        assert_eq!(settings(&[(JWKS_URL, "https://id.example/jwks")]).jwks_url().unwrap(), "https://id.example/jwks");
        assert_eq!(settings(&[(PUBLIC_URL, "https://a.example/")]).public_url().unwrap(), "https://a.example");
    }

    #[test]
    fn messages_have_a_sender() {
        let sender = settings(&[(DOMAIN, "reset.example")]).sender().unwrap();
        assert_eq!((sender.organisation().as_str(), sender.domain().as_str()), ("Rekey", "reset.example"));
        assert!(matches!(settings(&[(DOMAIN, "A B")]).sender(), Err(SettingError::Invalid(DOMAIN, _))));
        let named = settings(&[(DOMAIN, "reset.example"), (ORGANISATION, "A\r\nB")]).sender();
        assert!(matches!(named, Err(SettingError::Invalid(ORGANISATION, _))));
    }

    #[test]
    fn a_sender_of_text_messages_has_its_form() {
        for (id, good) in [
            ("Contoso", true),
            ("Con1", true),
            ("123", false),
            ("ab", false),
            ("Contoso Corp", false),
            ("abcdefghijkl", false),
        ] {
            assert_eq!(is_sender_id(id), good, "{id}");
        }
        let messenger = settings(&[(MAIL_FROM, "a@b.example"), (SMS_SENDER_ID, "1")]).messenger();
        assert!(matches!(messenger, Err(SettingError::Invalid(SMS_SENDER_ID, _))));
        assert!(matches!(settings(&[]).messenger(), Err(SettingError::Missing(MAIL_FROM))));
    }

    #[test]
    fn the_first_policy_changes_the_default_one() {
        assert_eq!(settings(&[]).first_policy().unwrap(), Policy::default());
        let first = settings(&[(FIRST_POLICY, r#"{"allowedCountries":["FR"]}"#)]).first_policy().unwrap();
        assert_eq!(first, Policy { allowed_countries: vec!["FR".to_owned()], ..Policy::default() });
        for text in ["x", "[]", r#"{"allowedCountries":["XX"]}"#, r#"{"nonsense":1}"#] {
            let settings = Settings::from_lookup(move |name| (name == FIRST_POLICY).then(|| text.to_owned()));
            assert!(matches!(settings.first_policy(), Err(SettingError::Invalid(FIRST_POLICY, _))), "{text}");
        }
    }

    #[test]
    fn a_deployment_may_have_no_calls() {
        let without = settings(&[(MAIL_FROM, "a@b.example")]).messenger().unwrap();
        assert_eq!(without.voice_origination, None);
        let with = settings(&[(MAIL_FROM, "a@b.example"), (VOICE_ORIGINATION, "+1")]).messenger().unwrap();
        assert_eq!(with.voice_origination.as_deref(), Some("+1"));
    }

    #[test]
    fn every_variable_is_listed_once() {
        assert_eq!(ALL.iter().collect::<BTreeSet<_>>().len(), ALL.len());
        assert!(ALL.iter().all(|name| name.starts_with("REKEY_")));
    }
}
