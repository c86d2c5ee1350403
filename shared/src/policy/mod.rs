//! The organisation's policy: one document, validated as a whole.

pub mod method;
mod patch;
mod rules;
pub mod spending;

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
    /// The largest count.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 1_000_000)))]
    pub count: u32,
    /// The length of the window, in seconds.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 86400)))]
    pub seconds: u64,
}

/// The prices of one message to a country, and the most that messages to it may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The price of one SMS.
    pub sms: Money,
    /// The price of one call.
    pub call: Money,
    /// The most that codes to the country may cost in one UTC day, notices not counted: at least `sms` and at least `call`. Without it,
    /// only the other limits of the money apply. In the entry `*`, each of the other countries has this much by itself.
    #[serde(rename = "dailyCapUsd", default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "Money"))]
    pub daily_cap_usd: Option<Money>,
}

impl Price {
    /// The price of the dearer message of the two.
    const fn dearest(&self) -> Money {
        if self.sms.micros() > self.call.micros() { self.sms } else { self.call }
    }
}

/// The numbers of questions to register and to ask, and the organisation's own questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuestionPolicy {
    /// How many questions a person registers, 3 to 5.
    #[cfg_attr(feature = "describe", schemars(range(min = 3, max = 5)))]
    pub required_to_register: u8,
    /// How many questions a reset asks, 3 to 5; not more than `requiredToRegister`.
    #[cfg_attr(feature = "describe", schemars(range(min = 3, max = 5)))]
    pub required_to_reset: u8,
    /// The organisation's own questions: at most 20, with different ids.
    #[cfg_attr(feature = "describe", schemars(length(max = 20)))]
    pub custom: Vec<CustomQuestion>,
}

/// A question that the organisation adds to the predefined ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomQuestion {
    /// The id of the question.
    #[cfg_attr(feature = "describe", schemars(with = "crate::http::describe::QuestionId"))]
    pub question_id: String,
    /// The text of the question, 3 to 200 characters.
    #[cfg_attr(feature = "describe", schemars(length(min = 3, max = 200)))]
    pub text: String,
}

/// Rules for new passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordPolicy {
    /// The smallest number of code points in a password that a person chooses, 8 to 64.
    #[cfg_attr(feature = "describe", schemars(range(min = 8, max = 64)))]
    pub min_length: u32,
    /// Terms that a password must not contain in any case or disguise: at most 1000 terms of 4 to 16 characters.
    #[cfg_attr(feature = "describe", schemars(length(max = 1000), inner(length(min = 4, max = 16))))]
    pub banned_terms: Vec<String>,
}

/// Text without control characters.
#[cfg(feature = "describe")]
const NO_CONTROLS: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$";

/// Most guesses at an account in 30 days that a policy may allow.
pub(crate) const MAX_GUESSES: u32 = 100;
/// The rule for [`MAX_GUESSES`].
const MAX_GUESSES_RULE: &str = "must be at most 100";

/// All settings of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// The methods that the policy offers; at least one of them delivers a code.
    #[cfg_attr(feature = "describe", schemars(with = "Vec<Method>", length(min = 1), extend("uniqueItems" = true)))]
    pub methods: Vec<String>,
    /// How many gates every user must pass, 1 or 2; not more than the number of methods.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 2)))]
    pub methods_required: u8,
    /// Whether a message to a phone is sent only if the person has typed the phone number on file.
    pub phone_proof: bool,
    /// Whether a reset may use values that were never registered.
    pub accept_directory_contacts: bool,
    /// Whether a person's own mailbox may receive codes, although it lies behind the password that is lost.
    pub allow_own_mailbox: bool,
    /// How many hours a value waits if an administrator puts it in the place of a usable one, 0 to 72; at least 24 for
    /// privileged users.
    #[cfg_attr(feature = "describe", schemars(range(max = 72)))]
    pub replaced_contact_delay_hours: u8,
    /// The number of digits of a code, 6 to 10.
    #[cfg_attr(feature = "describe", schemars(range(min = 6, max = 10)))]
    pub code_digits: u8,
    /// How many seconds a code is valid, 60 to 600.
    #[cfg_attr(feature = "describe", schemars(range(min = 60, max = 600)))]
    pub code_lifetime_seconds: u64,
    /// How many seconds a reset is valid, 300 to 3600.
    #[cfg_attr(feature = "describe", schemars(range(min = 300, max = 3600)))]
    pub reset_lifetime_seconds: u64,
    /// The number of guesses at one code, 1 to 10.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 10)))]
    pub tries_per_code: u32,
    /// The number of guesses at an account in any 24 hours; not more than `guessesPer30Days`.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = MAX_GUESSES)))]
    pub guesses_per_day: u32,
    /// The number of guesses at an account in any 30 days.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = MAX_GUESSES)))]
    #[serde(rename = "guessesPer30Days")]
    pub guesses_per_30_days: u32,
    /// The limits of messages with codes, for each account and channel and for each destination; never more than 1,000
    /// a day. The longest window with a count of one determines when a code may be ordered again.
    #[cfg_attr(feature = "describe", schemars(length(min = 1, max = 8)))]
    pub sends: Vec<Limit>,
    /// The limit of resets that one source network may begin.
    pub begins_per_source: Limit,
    /// The limit of resets that one source network may begin with one name.
    pub begins_per_source_and_name: Limit,
    /// The countries, by numbering plan, whose numbers may receive messages.
    #[cfg_attr(feature = "describe", schemars(inner(regex(pattern = "^[A-Z]{2}$")), extend("uniqueItems" = true)))]
    pub allowed_countries: Vec<String>,
    /// The most that messages may cost in one UTC day.
    pub daily_spend_cap_usd: Money,
    /// The prices of messages by country; `*` stands for all other countries.
    #[cfg_attr(feature = "describe", schemars(extend("required" = ["*"], "propertyNames" = {"pattern": "^(?:\\*|[A-Z]{2})$"})))]
    pub prices: BTreeMap<String, Price>,
    /// Whether users are notified of every reset of their password.
    pub notify_user_on_reset: bool,
    /// Whether administrators are notified of a privileged user's reset.
    pub notify_admins_on_admin_reset: bool,
    /// After how many days a person is asked to confirm the registered contacts, up to 730; 0 means never.
    #[cfg_attr(feature = "describe", schemars(range(max = 730)))]
    pub reconfirm_after_days: u32,
    /// How many minutes after a sign-in a person may change their own contacts.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 1440)))]
    pub fresh_sign_in_minutes: u32,
    /// The settings of security questions.
    pub security_questions: QuestionPolicy,
    /// The rules for new passwords.
    pub password: PasswordPolicy,
    /// For how many days audit records are stored.
    #[cfg_attr(feature = "describe", schemars(range(min = 1, max = 3650)))]
    pub audit_retention_days: u32,
    /// How to reach the help desk; printed in emails.
    #[cfg_attr(feature = "describe", schemars(length(max = 200), regex(pattern = NO_CONTROLS)))]
    pub helpdesk: String,
    /// The language for people whose own language is unknown: one that messages are written in.
    #[cfg_attr(feature = "describe", schemars(regex(pattern = Language::TAG_PATTERN)))]
    pub default_language: String,
    /// Whether the code goes once to the account's verified email address if the provider definitely refuses a message
    /// to a phone.
    pub failover: bool,
}

impl Default for Policy {
    fn default() -> Self {
        let price = |sms, call| {
            let (sms, call) = (Money::from_micros(sms), Money::from_micros(call));
            Price { sms, call, daily_cap_usd: None }
        };
        Self {
            methods: CodeMethod::ALL.map(|method| method.as_str().to_owned()).to_vec(),
            methods_required: 1,
            phone_proof: true,
            accept_directory_contacts: true,
            allow_own_mailbox: false,
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
                ("CA".to_owned(), price(20_000, 30_000)),
                ("GB".to_owned(), price(50_000, 50_000)),
                ("US".to_owned(), price(20_000, 30_000)),
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

    /// Whether the policy offers a method to this person. Privileged users are never offered security questions.
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
        match (self.price_entry(country), channel) {
            (Some(price), Channel::Sms) => price.sms,
            (Some(price), Channel::Call) => price.call,
            (_, Channel::Email) => Money::ZERO,
            // Validation requires `*`. Without a price, no message is affordable.
            (None, Channel::Sms | Channel::Call) => Money::MAX,
        }
    }

    /// The most that codes to a country may cost in one UTC day, if the policy limits it. Notices have their own share.
    #[must_use]
    pub fn cap_per_country(&self, country: Country) -> Option<Money> {
        self.price_entry(Some(country))?.daily_cap_usd
    }

    fn price_entry(&self, country: Option<Country>) -> Option<&Price> {
        let own = country.and_then(|country| self.prices.get(country.as_str()));
        own.or_else(|| self.prices.get("*"))
    }

    /// The price of the dearest single message to a country that the policy allows, by SMS or call. A code of a
    /// registration or a notice may travel either way, whatever methods a reset offers.
    #[must_use]
    pub fn dearest_message(&self) -> Money {
        let countries = self.allowed_countries.iter().filter_map(|country| Country::parse(country).ok());
        let prices = countries
            .flat_map(|country| [Channel::Sms, Channel::Call].map(|channel| self.price(Some(country), channel)));
        prices.max().unwrap_or(Money::ZERO)
    }

    /// How many gates an account must pass.
    #[must_use]
    pub fn gates(&self, is_admin: bool) -> u8 {
        if is_admin { 2 } else { self.methods_required }
    }

    /// Seconds until a code may be requested again: the longest window in which only one message may be sent, or 30
    /// seconds if no limit has a count of one.
    #[must_use]
    pub fn resend_seconds(&self) -> u64 {
        const OTHERWISE: u64 = 30;
        self.sends.iter().filter(|limit| limit.count == 1).map(|limit| limit.seconds).max().unwrap_or(OTHERWISE)
    }

    /// How old a sign-in may be for a change of one's own registration, in seconds.
    #[must_use]
    pub fn fresh_sign_in_seconds(&self) -> u64 {
        u64::from(self.fresh_sign_in_minutes) * 60
    }

    /// The rules that a new password must meet.
    ///
    /// # Errors
    /// [`PasswordRulesError`] if the policy was never validated. Passwords are not validated by weaker rules instead.
    pub fn password_rules(&self) -> Result<PasswordRules, PasswordRulesError> {
        PasswordRules::new(self.password.min_length, self.password.banned_terms.clone())
    }

    /// The language for a person with this preference. Falls back to the policy's default language, then to English.
    #[must_use]
    pub fn language(&self, preferred: Option<&str>) -> Language {
        preferred
            .and_then(Language::from_tag)
            .or_else(|| Language::from_tag(&self.default_language))
            .unwrap_or(Language::English)
    }
}

#[cfg(test)]
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
