//! The organisation's policy: one document, validated as a whole.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::{Channel, Language};
use crate::method::{CodeMethod, Method};
use crate::money::Money;
use crate::password::PasswordRules;
use crate::phone::Country;
use crate::time::{DAY, HOUR};

/// A count within a window of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// In how many seconds.
    pub seconds: u64,
}

/// What one message costs, per channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// One SMS.
    pub sms: Money,
    /// One call.
    pub call: Money,
}

/// How many questions are registered and asked, and the organisation's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuestionPolicy {
    /// Questions that a person registers, 3 to 5.
    pub required_to_register: u8,
    /// Questions asked at a reset, 3 to 5, at most as many as are registered.
    pub required_to_reset: u8,
    /// The organisation's own questions, at most 20.
    pub custom: Vec<CustomQuestion>,
}

/// A question that the organisation adds to the predefined ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomQuestion {
    /// Its identifier.
    pub question_id: String,
    /// Its text, 3 to 200 characters.
    pub text: String,
}

/// Rules for new passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Fewest code points, 8 to 64.
    pub min_length: u32,
    /// Terms that a password must not contain, at most 1000 of 4 to 16 characters.
    pub banned_terms: Vec<String>,
}

/// Everything an organisation decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// The methods offered.
    pub methods: Vec<String>,
    /// Gates that everybody passes, 1 or 2.
    pub methods_required: u8,
    /// Whether the claimed phone number must match before anything is sent.
    pub phone_proof: bool,
    /// Whether values that were never registered may be used for a reset.
    pub accept_directory_contacts: bool,
    /// Hours that an administrator's replacement of a usable value waits, 0 to 72.
    pub replaced_contact_delay_hours: u8,
    /// Digits of a code, 6 to 10.
    pub code_digits: u8,
    /// Seconds a code lives, 60 to 600.
    pub code_lifetime_seconds: u64,
    /// Seconds a reset lives, 300 to 3600.
    pub reset_lifetime_seconds: u64,
    /// Guesses at one code, 1 to 10.
    pub tries_per_code: u32,
    /// Guesses at an account in any 24 hours.
    pub guesses_per_day: u32,
    /// Guesses at an account in any 30 days, at most 100.
    #[serde(rename = "guessesPer30Days")]
    pub guesses_per_30_days: u32,
    /// Messages with codes, per account and channel, and per destination.
    pub sends: Vec<Limit>,
    /// Resets begun from one source network.
    pub begins_per_source: Limit,
    /// Resets begun from one source network for one name.
    pub begins_per_source_and_name: Limit,
    /// Countries that may be sent to, by numbering plan.
    pub allowed_countries: Vec<String>,
    /// The most that messages may cost in one UTC day.
    pub daily_spend_cap_usd: Money,
    /// What a message costs by country; `*` is every other one.
    pub prices: BTreeMap<String, Price>,
    /// Whether the owner is told of every reset.
    pub notify_user_on_reset: bool,
    /// Whether administrators are told of a privileged user's reset.
    pub notify_admins_on_admin_reset: bool,
    /// Days until registered contacts are to be confirmed, 0 (never) to 730.
    pub reconfirm_after_days: u32,
    /// Minutes that a sign-in stays fresh enough to change one's own contacts.
    pub fresh_sign_in_minutes: u32,
    /// Security questions.
    pub security_questions: QuestionPolicy,
    /// Passwords.
    pub password: PasswordPolicy,
    /// Days that audit records are kept.
    pub audit_retention_days: u32,
    /// How the help desk is reached, printed in emails.
    pub helpdesk: String,
    /// The language of people whose own is unknown.
    pub default_language: String,
    /// Whether a refused phone message goes once by the verified email address.
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

/// Why a policy is refused: the member and its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The member, as the document names it.
    pub member: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.rule)
    }
}

impl std::error::Error for PolicyError {}

/// Longest help-desk text, in characters: it is printed in every email.
const MAX_HELPDESK: usize = 200;
/// Most seconds of any window of a limit.
const MAX_WINDOW: u64 = DAY;
/// Most begins that any limit may allow.
const MAX_BEGINS: u32 = 1_000_000;
/// Most guesses in 30 days that any policy may allow.
const MAX_GUESSES: u32 = 100;
/// Most sends that one limit may allow: a row keeps that many entries.
const MAX_SENDS: u32 = 100;

impl Policy {
    /// Applies a document's members to this policy; a member left out keeps its value.
    ///
    /// The objects `securityQuestions`, `password` and the two `begins…` are merged member by member;
    /// every list, and `prices`, is replaced whole.
    ///
    /// # Errors
    /// [`PolicyError`] for an unknown member, a wrong type, a value out of bounds or a bad combination.
    pub fn patched(&self, patch: &Value) -> Result<Self, PolicyError> {
        const SHAPE: PolicyError = PolicyError { member: "policy", rule: "a member is unknown or of the wrong type" };
        let patch = patch.as_object().ok_or(SHAPE)?;
        let mut document = serde_json::to_value(self).map_err(|_| SHAPE)?;
        let members = document.as_object_mut().ok_or(SHAPE)?;
        for (name, value) in patch {
            let member = members.get_mut(name).ok_or(SHAPE)?;
            match (member, value) {
                (Value::Object(kept), Value::Object(new)) if name != "prices" => kept.extend(new.clone()),
                (member, value) => *member = value.clone(),
            }
        }
        let policy: Self = serde_json::from_value(document).map_err(|_| SHAPE)?;
        policy.validated()
    }

    /// Checks every bound and combination.
    ///
    /// # Errors
    /// The first [`PolicyError`] in the order of the document.
    pub fn validated(self) -> Result<Self, PolicyError> {
        self.judge_methods()?;
        self.judge_codes()?;
        self.judge_limits()?;
        self.judge_money()?;
        self.judge_people()?;
        Ok(self)
    }

    fn judge_methods(&self) -> Result<(), PolicyError> {
        let methods: Option<Vec<Method>> = self.methods.iter().map(|name| Method::parse(name)).collect();
        let methods = methods.ok_or(PolicyError { member: "methods", rule: "a name is unknown" })?;
        let distinct = methods.iter().enumerate().all(|(at, method)| !methods[..at].contains(method));
        rule(distinct, "methods", "a name stands twice")?;
        let codes = methods.iter().filter(|method| matches!(method, Method::Code(_))).count();
        rule(codes > 0, "methods", "at least one must deliver a code: questions are never the only method")?;
        rule((1..=2).contains(&self.methods_required), "methodsRequired", "must be 1 or 2")?;
        rule(usize::from(self.methods_required) <= methods.len(), "methodsRequired", "needs as many methods as gates")?;
        rule(self.replaced_contact_delay_hours <= 72, "replacedContactDelayHours", "must be 0 to 72")
    }

    fn judge_codes(&self) -> Result<(), PolicyError> {
        rule((6..=10).contains(&self.code_digits), "codeDigits", "must be 6 to 10")?;
        rule((60..=600).contains(&self.code_lifetime_seconds), "codeLifetimeSeconds", "must be 60 to 600")?;
        rule((300..=3600).contains(&self.reset_lifetime_seconds), "resetLifetimeSeconds", "must be 300 to 3600")?;
        rule((1..=10).contains(&self.tries_per_code), "triesPerCode", "must be 1 to 10")?;
        rule(self.guesses_per_day >= 1, "guessesPerDay", "must be at least 1")?;
        rule(self.guesses_per_day <= self.guesses_per_30_days, "guessesPerDay", "must be at most guessesPer30Days")?;
        rule(self.guesses_per_30_days <= MAX_GUESSES, "guessesPer30Days", "must be at most 100")
    }

    fn judge_limits(&self) -> Result<(), PolicyError> {
        let sends = self.sends.iter().all(|limit| limit_within(*limit, MAX_SENDS));
        rule(!self.sends.is_empty() && self.sends.len() <= 8, "sends", "must hold 1 to 8 limits")?;
        rule(sends, "sends", "counts must be 1 to 100, windows 1 second to a day")?;
        let begins = "counts must be 1 to 1000000, windows 1 second to a day";
        rule(limit_within(self.begins_per_source, MAX_BEGINS), "beginsPerSource", begins)?;
        rule(limit_within(self.begins_per_source_and_name, MAX_BEGINS), "beginsPerSourceAndName", begins)
    }

    fn judge_money(&self) -> Result<(), PolicyError> {
        let countries = self.allowed_countries.iter().all(|country| Country::parse(country).is_ok());
        rule(countries, "allowedCountries", "must be two-letter country codes")?;
        let priced = self.prices.keys().all(|country| country == "*" || Country::parse(country).is_ok());
        rule(priced, "prices", "must be keyed by two-letter country codes or *")?;
        rule(self.prices.contains_key("*"), "prices", "needs a price for every other country under *")
    }

    fn judge_people(&self) -> Result<(), PolicyError> {
        let questions = &self.security_questions;
        let bounds = 3..=5;
        rule(
            bounds.contains(&questions.required_to_register) && bounds.contains(&questions.required_to_reset),
            "securityQuestions",
            "3 to 5 are registered and 3 to 5 asked",
        )?;
        rule(
            questions.required_to_register >= questions.required_to_reset,
            "securityQuestions",
            "at least as many must be registered as are asked",
        )?;
        let custom = questions.custom.len() <= 20
            && questions.custom.iter().enumerate().all(|(at, question)| {
                (3..=200).contains(&question.text.chars().count())
                    && (1..=64).contains(&question.question_id.len())
                    && questions.custom[..at].iter().all(|other| other.question_id != question.question_id)
            });
        rule(custom, "securityQuestions", "at most 20 custom questions of 3 to 200 characters, each id once")?;
        rule(self.reconfirm_after_days <= 730, "reconfirmAfterDays", "must be 0 to 730")?;
        rule((1..=1440).contains(&self.fresh_sign_in_minutes), "freshSignInMinutes", "must be 1 to 1440")?;
        rule((8..=64).contains(&self.password.min_length), "password", "minLength must be 8 to 64")?;
        let terms = self.password.banned_terms.len() <= 1000
            && self.password.banned_terms.iter().all(|term| (4..=16).contains(&term.chars().count()));
        rule(terms, "password", "at most 1000 bannedTerms of 4 to 16 characters")?;
        rule((1..=3650).contains(&self.audit_retention_days), "auditRetentionDays", "must be 1 to 3650")?;
        let helpdesk = self.helpdesk.chars().count() <= MAX_HELPDESK && !self.helpdesk.chars().any(char::is_control);
        rule(helpdesk, "helpdesk", "at most 200 characters without control characters")?;
        rule(Language::from_tag(&self.default_language).is_some(), "defaultLanguage", "must be en, de, fr or es")
    }

    /// Whether the policy offers a method.
    #[must_use]
    pub fn offers(&self, method: Method) -> bool {
        self.methods.iter().any(|name| name == method.as_str())
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
    #[must_use]
    pub fn password_rules(&self) -> PasswordRules {
        // Validation holds the policy to the same bounds; rules that cannot be met fall back to the default.
        PasswordRules::new(self.password.min_length, self.password.banned_terms.clone()).unwrap_or_default()
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

fn rule(holds: bool, member: &'static str, rule: &'static str) -> Result<(), PolicyError> {
    if holds { Ok(()) } else { Err(PolicyError { member, rule }) }
}

fn limit_within(limit: Limit, most: u32) -> bool {
    (1..=most).contains(&limit.count) && (1..=MAX_WINDOW).contains(&limit.seconds)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_defaults_are_valid_and_a_patch_keeps_the_rest() {
        let policy = Policy::default().validated().unwrap();
        let patched = policy
            .patched(&json!({"phoneProof": false, "password": {"minLength": 8}, "dailySpendCapUsd": "1.50"}))
            .unwrap();
        assert!(!patched.phone_proof);
        assert_eq!(patched.password.min_length, 8);
        assert_eq!(patched.daily_spend_cap_usd, Money::from_micros(1_500_000));
        assert_eq!(patched.sends, policy.sends);
    }

    #[test]
    fn every_bad_member_is_named() {
        let cases = [
            (json!({"methods": ["securityQuestions"]}), "methods"),
            (json!({"methods": ["email", "email"]}), "methods"),
            (json!({"methods": ["email"], "methodsRequired": 2}), "methodsRequired"),
            (json!({"methodsRequired": 3}), "methodsRequired"),
            (json!({"codeDigits": 5}), "codeDigits"),
            (json!({"guessesPerDay": 60}), "guessesPerDay"),
            (json!({"guessesPerDay": 101, "guessesPer30Days": 101}), "guessesPer30Days"),
            (json!({"sends": []}), "sends"),
            (json!({"beginsPerSource": {"count": 0}}), "beginsPerSource"),
            (json!({"allowedCountries": ["usa"]}), "allowedCountries"),
            (json!({"prices": {}}), "prices"),
            (json!({"securityQuestions": {"requiredToRegister": 3, "requiredToReset": 4}}), "securityQuestions"),
            (json!({"password": {"minLength": 7}}), "password"),
            (json!({"helpdesk": "a\r\nBcc: b"}), "helpdesk"),
            (json!({"defaultLanguage": "xx"}), "defaultLanguage"),
            (json!({"unknown": 1}), "policy"),
            (json!({"phoneProof": "yes"}), "policy"),
        ];
        for (patch, member) in cases {
            assert_eq!(Policy::default().patched(&patch).unwrap_err().member, member, "{patch}");
        }
    }
}
