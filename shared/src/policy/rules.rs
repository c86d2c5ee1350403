//! The rules for each member of a policy: its type, its bounds, and the combinations that are refused.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use super::{CustomQuestion, Limit, MAX_GUESSES, MAX_GUESSES_RULE, PasswordPolicy, Policy, Price, QuestionPolicy};
use crate::credentials::password::{MAX_BANNED_TERM_LENGTH, MIN_BANNED_TERM_LENGTH, PasswordRules, PasswordRulesError};
use crate::credentials::questions::{
    CATALOGUE, MAX_QUESTION_LENGTH, MAX_QUESTIONS, MIN_QUESTION_LENGTH, MIN_QUESTIONS, is_question_id, predefined,
};
use crate::identifiers::folding::fold;
use crate::identifiers::is_invisible;
use crate::identifiers::phone::Country;
use crate::message::Language;
use crate::policy::method::{CodeMethod, Method};
use crate::policy::spending::Share;
use crate::time::DAY;

/// Why a policy is refused: the member and its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The member's name in the document.
    pub member: &'static str,
    /// The rule that it breaks.
    pub rule: Cow<'static, str>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.rule)
    }
}

impl std::error::Error for PolicyError {}

const YES_OR_NO: &str = "must be true or false";
const PRICES: &str = "must be an object of countries, each an object of the amounts sms and call in text, and of dailyCapUsd if \
                      there is a cap";
pub(super) const LIMIT: &str = "must be an object of the whole numbers count and seconds";

/// Every member in the order of the document, with the rule that is returned for a value of another type. Bounds are
/// checked once the type is right. The rule of a whole number names its bounds here as well, because a number that does
/// not fit the type, such as 256 for a byte, counts as a wrong type.
pub(super) const MEMBERS: &[(&str, &str)] = &[
    ("methods", "must be a list of names of methods"),
    ("methodsRequired", "must be 1 or 2"),
    ("phoneProof", YES_OR_NO),
    ("acceptDirectoryContacts", YES_OR_NO),
    ("allowOwnMailbox", YES_OR_NO),
    ("replacedContactDelayHours", "must be a whole number, 0 to 72"),
    ("codeDigits", "must be a whole number, 6 to 10"),
    ("codeLifetimeSeconds", "must be a whole number, 60 to 600"),
    ("resetLifetimeSeconds", "must be a whole number, 300 to 3600"),
    ("triesPerCode", "must be a whole number, 1 to 10"),
    ("guessesPerDay", "must be a whole number, at most guessesPer30Days"),
    ("guessesPer30Days", "must be a whole number"),
    ("sends", "must be a list of objects of the whole numbers count and seconds"),
    ("beginsPerSource", LIMIT),
    ("beginsPerSourceAndName", LIMIT),
    ("allowedCountries", "must be a list of two-letter country codes"),
    ("dailySpendCapUsd", "must be an amount in text, such as \"25.00\", with at most six decimals"),
    ("prices", PRICES),
    ("notifyUserOnReset", YES_OR_NO),
    ("notifyAdminsOnAdminReset", YES_OR_NO),
    ("reconfirmAfterDays", "must be a whole number, 0 to 730"),
    ("freshSignInMinutes", "must be a whole number, 1 to 1440"),
    (
        "securityQuestions",
        "must be an object of the whole numbers requiredToRegister and requiredToReset, 3 to 5, and the list custom of \
         objects with questionId and text",
    ),
    ("password", "must be an object of the whole number minLength, 8 to 64, and the list of texts bannedTerms"),
    ("auditRetentionDays", "must be a whole number, 1 to 3650"),
    ("helpdesk", "must be text"),
    ("defaultLanguage", Language::TAG_RULE),
    ("failover", YES_OR_NO),
];

/// Longest help-desk text, in characters: every notice by email prints it.
const MAX_HELPDESK: usize = 200;
/// Longest window of any limit, in seconds.
const MAX_WINDOW: u64 = DAY;
/// Most begins or messages that any limit may allow.
const MAX_COUNT: u32 = 1_000_000;
/// The rule for the count and the window of any limit.
const COUNTS: &str = "counts must be 1 to 1000000, windows 1 second to a day";
/// Most questions of the organisation's own.
const MAX_CUSTOM: usize = 20;

impl Policy {
    /// Checks every bound and combination.
    ///
    /// # Errors
    /// The [`PolicyError`] of the first rule that is broken. The rules are checked roughly in the order of the
    /// document.
    pub fn validated(self) -> Result<Self, PolicyError> {
        self.validate_methods()?;
        self.validate_codes()?;
        self.validate_limits()?;
        self.validate_money()?;
        validate_questions(&self.security_questions)?;
        self.validate_people()?;
        Ok(self)
    }

    /// Checks that every country that a patch names has a numbering plan.
    ///
    /// Only values of this patch are checked. A later release may lack the plan of a country that a stored policy
    /// names. That policy must stay readable, and its other members writable.
    ///
    /// # Errors
    /// [`PolicyError`] for the member that names a country without a plan.
    pub(super) fn naming_countries_in(self, patch: &Map<String, Value>) -> Result<Self, PolicyError> {
        const RULE: &str = "must name countries that have phone numbers";
        let planned = |country: &String| Country::parse(country).is_ok_and(Country::has_numbers);
        let named = |member| patch.contains_key(member);
        let allowed = self.allowed_countries.iter().all(planned);
        rule(allowed || !named("allowedCountries"), "allowedCountries", RULE)?;
        let priced = self.prices.keys().filter(|country| *country != "*").all(planned);
        rule(priced || !named("prices"), "prices", RULE)?;
        Ok(self)
    }

    /// Checks that the daily budget of a patch pays for the dearest message that the policy allows.
    ///
    /// Only a patch is checked: a stored policy must stay readable.
    ///
    /// # Errors
    /// [`PolicyError`] with the budget that it would take.
    pub(super) fn affording_a_message(self, patch: &Map<String, Value>) -> Result<Self, PolicyError> {
        let decides = ["methods", "allowedCountries", "dailySpendCapUsd", "prices"];
        let needed = Share::Resets.budget_for(self.dearest_message());
        if self.daily_spend_cap_usd < needed && decides.iter().any(|member| patch.contains_key(*member)) {
            let rule = format!("must be at least {needed}, of which resets may spend enough for the dearest message");
            return Err(PolicyError { member: "dailySpendCapUsd", rule: rule.into() });
        }
        Ok(self)
    }

    fn validate_methods(&self) -> Result<(), PolicyError> {
        let methods: Option<Vec<Method>> = self.methods.iter().map(|name| Method::parse(name)).collect();
        let methods =
            methods.ok_or(PolicyError { member: "methods", rule: Cow::Borrowed("must name known methods only") })?;
        let distinct = methods.iter().enumerate().all(|(at, method)| !methods[..at].contains(method));
        rule(distinct, "methods", "must name each method once")?;
        let codes = methods.iter().filter(|method| matches!(method, Method::Code(_))).count();
        rule(codes > 0, "methods", "must include a method that delivers a code; questions are never the only method")?;
        rule((1..=2).contains(&self.methods_required), "methodsRequired", "must be 1 or 2")?;
        // The mobile phone is one destination, by SMS or by call, and two gates need two destinations.
        let mobile = |method: &Method| match method {
            Method::Code(CodeMethod::MobileSms | CodeMethod::MobileCall) => true,
            Method::Code(CodeMethod::OfficeCall | CodeMethod::Email) | Method::SecurityQuestions => false,
        };
        let others = methods.iter().filter(|method| !mobile(method)).count();
        let ways = others + usize::from(methods.iter().any(mobile));
        rule(
            usize::from(self.methods_required) <= ways,
            "methodsRequired",
            "must be at most the number of offered methods; the mobile phone by SMS and by call counts once",
        )?;
        rule(self.replaced_contact_delay_hours <= 72, "replacedContactDelayHours", "must be 0 to 72")
    }

    fn validate_codes(&self) -> Result<(), PolicyError> {
        rule((6..=10).contains(&self.code_digits), "codeDigits", "must be 6 to 10")?;
        rule((60..=600).contains(&self.code_lifetime_seconds), "codeLifetimeSeconds", "must be 60 to 600")?;
        rule((300..=3600).contains(&self.reset_lifetime_seconds), "resetLifetimeSeconds", "must be 300 to 3600")?;
        rule((1..=10).contains(&self.tries_per_code), "triesPerCode", "must be 1 to 10")?;
        rule(self.guesses_per_day >= 1, "guessesPerDay", "must be at least 1")?;
        rule(self.guesses_per_day <= self.guesses_per_30_days, "guessesPerDay", "must be at most guessesPer30Days")?;
        rule(self.guesses_per_30_days <= MAX_GUESSES, "guessesPer30Days", MAX_GUESSES_RULE)
    }

    fn validate_limits(&self) -> Result<(), PolicyError> {
        let sends = self.sends.iter().all(|limit| limit_within(*limit));
        rule(!self.sends.is_empty() && self.sends.len() <= 8, "sends", "must hold 1 to 8 limits")?;
        rule(sends, "sends", COUNTS)?;
        rule(limit_within(self.begins_per_source), "beginsPerSource", COUNTS)?;
        rule(limit_within(self.begins_per_source_and_name), "beginsPerSourceAndName", COUNTS)
    }

    fn validate_money(&self) -> Result<(), PolicyError> {
        let countries = self.allowed_countries.iter().all(|country| Country::parse(country).is_ok());
        rule(countries, "allowedCountries", "must be two-letter country codes")?;
        let distinct = |(at, country): (usize, &String)| !self.allowed_countries[..at].contains(country);
        rule(
            self.allowed_countries.iter().enumerate().all(distinct),
            "allowedCountries",
            "must name each country once",
        )?;
        // Without an allowed country no phone can be reached. Only email is left, with questions as the second gate.
        let mailed = usize::from(self.offers(Method::Code(CodeMethod::Email)));
        let left = mailed * (1 + usize::from(self.offers(Method::SecurityQuestions)));
        let reached = !self.allowed_countries.is_empty() || left >= usize::from(self.methods_required);
        rule(reached, "allowedCountries", "must name a country if the gates cannot be passed without a phone")?;
        let priced = self.prices.keys().all(|country| country == "*" || Country::parse(country).is_ok());
        rule(priced, "prices", "must be keyed by two-letter country codes or *")?;
        rule(self.prices.contains_key("*"), "prices", "must include *, the price for every other country")?;
        let affords_one = |price: &Price| price.daily_cap_usd.is_none_or(|cap| cap >= price.dearest());
        rule(
            self.prices.values().all(affords_one),
            "prices",
            "each dailyCapUsd must be at least the price of one message of its entry, by SMS and by call",
        )
    }

    fn validate_people(&self) -> Result<(), PolicyError> {
        rule(self.reconfirm_after_days <= 730, "reconfirmAfterDays", "must be 0 to 730")?;
        rule((1..=1440).contains(&self.fresh_sign_in_minutes), "freshSignInMinutes", "must be 1 to 1440")?;
        validate_password(&self.password)?;
        rule((1..=3650).contains(&self.audit_retention_days), "auditRetentionDays", "must be 1 to 3650")?;
        let helpdesk = self.helpdesk.chars().count() <= MAX_HELPDESK && !self.helpdesk.chars().any(is_invisible);
        rule(
            helpdesk,
            "helpdesk",
            "must be at most 200 characters, without control characters, line breaks or invisible characters",
        )?;
        rule(Language::from_tag(&self.default_language).is_some(), "defaultLanguage", Language::TAG_RULE)
    }
}

fn validate_password(password: &PasswordPolicy) -> Result<(), PolicyError> {
    const TERMS: &str = "at most 1000 bannedTerms of 4 to 16 characters, as written and in normalization form KC";
    // Builds the rules that validate passwords, so that no policy is stored whose rules cannot be built.
    PasswordRules::new(password.min_length, password.banned_terms.clone()).map_err(|error| {
        let rule = match error {
            PasswordRulesError::MinLength => "minLength must be 8 to 64",
            PasswordRulesError::TooManyBannedTerms | PasswordRulesError::BannedTermLength => TERMS,
        };
        PolicyError { member: "password", rule: Cow::Borrowed(rule) }
    })?;
    let written = MIN_BANNED_TERM_LENGTH..=MAX_BANNED_TERM_LENGTH;
    rule(password.banned_terms.iter().all(|term| written.contains(&term.chars().count())), "password", TERMS)
}

fn validate_questions(questions: &QuestionPolicy) -> Result<(), PolicyError> {
    let rule = |holds, text| rule(holds, "securityQuestions", text);
    let bounds = MIN_QUESTIONS..=MAX_QUESTIONS;
    let (register, reset) = (usize::from(questions.required_to_register), usize::from(questions.required_to_reset));
    rule(bounds.contains(&register) && bounds.contains(&reset), "must require 3 to 5 to register and 3 to 5 to reset")?;
    rule(register >= reset, "must require at least as many to register as to reset")?;
    rule(
        register <= CATALOGUE.len() + questions.custom.len(),
        "must not require more to register than there are questions",
    )?;
    rule(questions.custom.len() <= MAX_CUSTOM, "must include at most 20 custom questions")?;
    for (at, question) in questions.custom.iter().enumerate() {
        let (id, others) = (&question.question_id, &questions.custom[..at]);
        rule(is_question_id(id), "each custom questionId must be 1 to 64 letters, digits, hyphens and underscores")?;
        rule(predefined(id).is_none(), "a custom questionId must not be that of a predefined question")?;
        rule(others.iter().all(|other| other.question_id != *id), "each custom questionId must occur once")?;
        validate_text(&question.text, others)?;
    }
    Ok(())
}

fn validate_text(text: &str, others: &[CustomQuestion]) -> Result<(), PolicyError> {
    let rule = |holds, text| rule(holds, "securityQuestions", text);
    let folded = fold(text);
    let bounds = MIN_QUESTION_LENGTH..=MAX_QUESTION_LENGTH;
    let length = bounds.contains(&text.chars().count()) && folded.chars().count() >= MIN_QUESTION_LENGTH;
    rule(length, "each custom text must be 3 to 200 characters")?;
    rule(
        !text.chars().any(is_invisible),
        "each custom text must be without control characters and invisible characters",
    )?;
    let distinct = others.iter().all(|other| *fold(&other.text) != *folded);
    rule(distinct, "custom texts must differ in more than case, accents or white space")
}

fn rule(holds: bool, member: &'static str, rule: &'static str) -> Result<(), PolicyError> {
    if holds { Ok(()) } else { Err(PolicyError { member, rule: Cow::Borrowed(rule) }) }
}

fn limit_within(limit: Limit) -> bool {
    (1..=MAX_COUNT).contains(&limit.count) && (1..=MAX_WINDOW).contains(&limit.seconds)
}

#[cfg(test)]
mod tests;
