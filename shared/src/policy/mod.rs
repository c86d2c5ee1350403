//! The organisation's policy: one document, validated as a whole.

pub mod method;
mod patch;
mod rules;

use std::collections::BTreeMap;

#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::credentials::password::{PasswordRules, PasswordRulesError};
use crate::identifiers::phone::Country;
use crate::message::{Channel, Language};
use crate::money::Money;
use crate::policy::method::{CodeMethod, Method};
use crate::time::{DAY, HOUR};

pub use rules::PolicyError;

/// A count within a window of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 1_000_000)))]
    pub count: u32,
    /// In how many seconds.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 86400)))]
    pub seconds: u64,
}

/// What one message costs, per channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// One SMS.
    pub sms: Money,
    /// One call.
    pub call: Money,
}

/// How many questions are registered and asked, and the organisation's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuestionPolicy {
    /// Questions that a person registers, 3 to 5.
    #[cfg_attr(feature = "describe", schemars(range(min = 3, max = 5)))]
    pub required_to_register: u8,
    /// Questions asked at a reset, 3 to 5, at most as many as are registered.
    #[cfg_attr(feature = "describe", schemars(range(min = 3, max = 5)))]
    pub required_to_reset: u8,
    /// The organisation's own questions, at most 20, each id once.
    #[cfg_attr(feature = "describe", schemars(length(max = 20)))]
    pub custom: Vec<CustomQuestion>,
}

/// A question that the organisation adds to the predefined ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomQuestion {
    /// Its identifier.
    #[cfg_attr(feature = "describe", schemars(with = "crate::http::describe::QuestionId"))]
    pub question_id: String,
    /// Its text, 3 to 200 characters.
    #[cfg_attr(feature = "describe", schemars(length(min = 3, max = 200)))]
    pub text: String,
}

/// Rules for new passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Fewest code points of a password that a person chooses, 8 to 64.
    #[cfg_attr(feature = "describe", schemars(range(min = 8, max = 64)))]
    pub min_length: u32,
    /// Terms that a password must not contain, however they are cased or disguised: at most 1000 of 4 to 16 characters.
    #[cfg_attr(feature = "describe", schemars(length(max = 1000), inner(length(min = 4, max = 16))))]
    pub banned_terms: Vec<String>,
}

/// Text without control characters.
#[cfg(feature = "describe")]
const NO_CONTROLS: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$";

/// Everything an organisation decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// The methods offered; one of them at least delivers a code.
    #[cfg_attr(feature = "describe", schemars(with = "Vec<Method>", length(min = 1), extend("uniqueItems" = true)))]
    pub methods: Vec<String>,
    /// Gates that everybody passes, 1 or 2; no more than there are methods.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 2)))]
    pub methods_required: u8,
    /// Whether the claimed phone number must be the one on file before anything is sent.
    pub phone_proof: bool,
    /// Whether values that were never registered may be used for a reset.
    pub accept_directory_contacts: bool,
    /// Hours that an administrator's replacement of a usable value waits, 0 to 72; 24 at least for privileged users.
    #[cfg_attr(feature = "describe", schemars(range(max = 72)))]
    pub replaced_contact_delay_hours: u8,
    /// Digits of a code, 6 to 10.
    #[cfg_attr(feature = "describe", schemars(range(min = 6, max = 10)))]
    pub code_digits: u8,
    /// Seconds a code lives, 60 to 600.
    #[cfg_attr(feature = "describe", schemars(range(min = 60, max = 600)))]
    pub code_lifetime_seconds: u64,
    /// Seconds a reset lives, 300 to 3600.
    #[cfg_attr(feature = "describe", schemars(range(min = 300, max = 3600)))]
    pub reset_lifetime_seconds: u64,
    /// Guesses at one code, 1 to 10.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 10)))]
    pub tries_per_code: u32,
    /// Guesses at an account in any 24 hours; no more than `guessesPer30Days`.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 100)))]
    pub guesses_per_day: u32,
    /// Guesses at an account in any 30 days, at most 100.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 100)))]
    #[serde(rename = "guessesPer30Days")]
    pub guesses_per_30_days: u32,
    /// Messages with codes, per account and channel and per destination; never more than 1,000 a day of each.
    /// The longest window with a count of one says when a code may be ordered again.
    #[cfg_attr(feature = "describe", schemars(length(min = 1, max = 8)))]
    pub sends: Vec<Limit>,
    /// Resets begun from one source network.
    pub begins_per_source: Limit,
    /// Resets begun from one source network with one name.
    pub begins_per_source_and_name: Limit,
    /// Countries that may be sent to, by numbering plan.
    #[cfg_attr(feature = "describe", schemars(inner(regex(pattern = "^[A-Z]{2}$")), extend("uniqueItems" = true)))]
    pub allowed_countries: Vec<String>,
    /// The most that messages may cost in one UTC day.
    pub daily_spend_cap_usd: Money,
    /// What a message costs by country; `*` is every other one.
    #[cfg_attr(feature = "describe", schemars(extend("required" = ["*"], "propertyNames" = {"pattern": "^(?:\\*|[A-Z]{2})$"})))]
    pub prices: BTreeMap<String, Price>,
    /// Whether the owner is told of every reset.
    pub notify_user_on_reset: bool,
    /// Whether administrators are told of a privileged user's reset.
    pub notify_admins_on_admin_reset: bool,
    /// Days until registered contacts are to be confirmed, 0 (never) to 730.
    #[cfg_attr(feature = "describe", schemars(range(max = 730)))]
    pub reconfirm_after_days: u32,
    /// Minutes that a sign-in stays fresh enough to change one's own contacts.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 1440)))]
    pub fresh_sign_in_minutes: u32,
    /// Security questions; at least as many are registered as are asked.
    pub security_questions: QuestionPolicy,
    /// Passwords.
    pub password: PasswordPolicy,
    /// Days that audit records are kept.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 3650)))]
    pub audit_retention_days: u32,
    /// How the help desk is reached, printed in emails.
    #[cfg_attr(feature = "describe", schemars(length(max = 200), regex(pattern = NO_CONTROLS)))]
    pub helpdesk: String,
    /// The language of people whose own is unknown: English, German, French or Spanish.
    #[cfg_attr(
        feature = "describe",
        schemars(regex(pattern = "^(?:[eE][nN]|[dD][eE]|[fF][rR]|[eE][sS])(?:[-_].*)?$"))
    )]
    pub default_language: String,
    /// Whether a phone message that the provider definitely refused goes once by the account's verified email.
    pub failover: bool,
}

impl Default for Policy {
    fn default() -> Self {
        let price = |sms, call| Price { sms: Money::from_micros(sms), call: Money::from_micros(call) };
        Self {
            methods: CodeMethod::ALL.map(|method| method.as_str().to_owned()).to_vec(),
            methods_required: 1,
            phone_proof: true,
            accept_directory_contacts: true,
            replaced_contact_delay_hours: 0,
            code_digits: 8,
            code_lifetime_seconds: 300,
            reset_lifetime_seconds: 900,
            tries_per_code: 5,
            guesses_per_day: 10,
            guesses_per_30_days: 50,
            sends: vec![
                Limit { count: 1, seconds: 30 },
                Limit { count: 5, seconds: HOUR },
                Limit { count: 10, seconds: DAY },
            ],
            begins_per_source: Limit { count: 300, seconds: 600 },
            begins_per_source_and_name: Limit { count: 20, seconds: 600 },
            allowed_countries: ["US", "CA", "GB"].map(str::to_owned).to_vec(),
            daily_spend_cap_usd: Money::from_micros(25_000_000),
            prices: BTreeMap::from([
                ("US".to_owned(), price(6_450, 13_000)),
                ("*".to_owned(), price(100_000, 100_000)),
            ]),
            notify_user_on_reset: true,
            notify_admins_on_admin_reset: true,
            reconfirm_after_days: 180,
            fresh_sign_in_minutes: 10,
            security_questions: QuestionPolicy { required_to_register: 5, required_to_reset: 3, custom: Vec::new() },
            password: PasswordPolicy { min_length: 15, banned_terms: Vec::new() },
            audit_retention_days: 30,
            helpdesk: String::new(),
            default_language: "en".to_owned(),
            failover: false,
        }
    }
}

impl Policy {
    /// Whether the policy offers a method.
    #[must_use]
    pub fn offers(&self, method: Method) -> bool {
        self.methods.iter().any(|name| name == method.as_str())
    }

    /// Whether the policy offers a method to somebody: security questions never to who is privileged.
    #[must_use]
    pub fn offers_to(&self, is_admin: bool, method: Method) -> bool {
        self.offers(method) && !(is_admin && method == Method::SecurityQuestions)
    }

    /// Whether messages may go to a country.
    #[must_use]
    pub fn allows(&self, country: Option<Country>) -> bool {
        country.is_some_and(|country| self.allowed_countries.iter().any(|allowed| allowed == country.as_str()))
    }

    /// What one message costs; email costs nothing.
    #[must_use]
    pub fn price(&self, country: Option<Country>, channel: Channel) -> Money {
        let own = country.and_then(|country| self.prices.get(country.as_str()));
        match (own.or_else(|| self.prices.get("*")), channel) {
            (Some(price), Channel::Sms) => price.sms,
            (Some(price), Channel::Call) => price.call,
            (_, Channel::Email) => Money::ZERO,
            // Validation demands `*`; without a price nothing is affordable.
            (None, Channel::Sms | Channel::Call) => Money::MAX,
        }
    }

    /// How many gates an account must pass.
    #[must_use]
    pub fn gates(&self, is_admin: bool) -> u8 {
        if is_admin { 2 } else { self.methods_required }
    }

    /// Seconds until a code may be ordered again: the longest window in which only one message may be sent.
    #[must_use]
    pub fn resend_seconds(&self) -> u64 {
        const OTHERWISE: u64 = 30;
        self.sends.iter().filter(|limit| limit.count == 1).map(|limit| limit.seconds).max().unwrap_or(OTHERWISE)
    }

    /// The rules that a new password must meet.
    ///
    /// # Errors
    /// [`PasswordRulesError`] for a policy that was not validated: no password may be judged by weaker rules instead.
    pub fn password_rules(&self) -> Result<PasswordRules, PasswordRulesError> {
        PasswordRules::new(self.password.min_length, self.password.banned_terms.clone())
    }

    /// The language for somebody with this preference.
    #[must_use]
    pub fn language(&self, preferred: Option<&str>) -> Language {
        preferred
            .and_then(Language::from_tag)
            .or_else(|| Language::from_tag(&self.default_language))
            .unwrap_or(Language::English)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_a_password_are_the_policys_or_none_at_all() {
        let rules = |min_length, terms: &[&str]| {
            let banned_terms = terms.iter().map(|&term| term.to_owned()).collect();
            Policy { password: PasswordPolicy { min_length, banned_terms }, ..Policy::default() }.password_rules()
        };
        let own = rules(20, &["fabrikam"]).unwrap();
        assert_eq!((own.min_length(), own.banned_terms()), (20, &["fabrikam".to_owned()][..]));
        assert_eq!(rules(7, &["fabrikam"]), Err(PasswordRulesError::MinLength));
        assert_eq!(rules(20, &["fabrikam", "e\u{301}e\u{301}"]), Err(PasswordRulesError::BannedTermLength));
    }
}
