//! The bounds and combinations that a policy must keep to.

use std::fmt;

use serde_json::{Map, Value};
use unicode_general_category::{GeneralCategory, get_general_category};

use super::{CustomQuestion, Limit, PasswordPolicy, Policy, QuestionPolicy};
use crate::credentials::password::{MAX_BANNED_TERM_LENGTH, MIN_BANNED_TERM_LENGTH, PasswordRules, PasswordRulesError};
use crate::credentials::questions::{
    CATALOGUE, MAX_QUESTION_LENGTH, MAX_QUESTIONS, MIN_QUESTION_LENGTH, MIN_QUESTIONS, fold, is_question_id, predefined,
};
use crate::identifiers::phone::Country;
use crate::message::Language;
use crate::policy::method::{CodeMethod, Method};
use crate::time::DAY;

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
/// Most begins or messages that any limit may allow.
const MAX_COUNT: u32 = 1_000_000;
/// What the count and the window of any limit are.
const COUNTS: &str = "counts must be 1 to 1000000, windows 1 second to a day";
/// Most guesses in 30 days that any policy may allow.
const MAX_GUESSES: u32 = 100;
/// Most questions of the organisation's own.
const MAX_CUSTOM: usize = 20;

impl Policy {
    /// Checks every bound and combination.
    ///
    /// # Errors
    /// The first [`PolicyError`] in the order of the document.
    pub fn validated(self) -> Result<Self, PolicyError> {
        self.judge_methods()?;
        self.judge_codes()?;
        self.judge_limits()?;
        self.judge_money()?;
        judge_questions(&self.security_questions)?;
        self.judge_people()?;
        Ok(self)
    }

    /// Checks that every country that a patch names has a numbering plan.
    ///
    /// Only what is written now is held against the plans: those of a later release may lack a country that a policy on
    /// record names, and that policy must stay readable, and its other members writable.
    ///
    /// # Errors
    /// [`PolicyError`] by the member that names another.
    pub(super) fn naming_countries_in(self, patch: &Map<String, Value>) -> Result<Self, PolicyError> {
        const RULE: &str = "names a country that has no phone numbers";
        let planned = |country: &String| Country::parse(country).is_ok_and(Country::has_numbers);
        let named = |member| patch.contains_key(member);
        let allowed = self.allowed_countries.iter().all(planned);
        rule(allowed || !named("allowedCountries"), "allowedCountries", RULE)?;
        let priced = self.prices.keys().filter(|country| *country != "*").all(planned);
        rule(priced || !named("prices"), "prices", RULE)?;
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
        // By SMS or call, the mobile phone is one destination, and two gates differ in theirs.
        let mobile = |method: &Method| matches!(method, Method::Code(CodeMethod::MobileSms | CodeMethod::MobileCall));
        let others = methods.iter().filter(|method| !mobile(method)).count();
        let ways = others + usize::from(methods.iter().any(mobile));
        rule(
            usize::from(self.methods_required) <= ways,
            "methodsRequired",
            "needs as many methods as gates, and the mobile phone by SMS or call is one",
        )?;
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
        let sends = self.sends.iter().all(|limit| limit_within(*limit));
        rule(!self.sends.is_empty() && self.sends.len() <= 8, "sends", "must hold 1 to 8 limits")?;
        rule(sends, "sends", COUNTS)?;
        rule(limit_within(self.begins_per_source), "beginsPerSource", COUNTS)?;
        rule(limit_within(self.begins_per_source_and_name), "beginsPerSourceAndName", COUNTS)
    }

    fn judge_money(&self) -> Result<(), PolicyError> {
        let countries = self.allowed_countries.iter().all(|country| Country::parse(country).is_ok());
        rule(countries, "allowedCountries", "must be two-letter country codes")?;
        let distinct = |(at, country): (usize, &String)| !self.allowed_countries[..at].contains(country);
        rule(self.allowed_countries.iter().enumerate().all(distinct), "allowedCountries", "a country stands twice")?;
        // Without a country no phone is reached: what is left is email, and questions behind it.
        let mailed = usize::from(self.offers(Method::Code(CodeMethod::Email)));
        let left = mailed * (1 + usize::from(self.offers(Method::SecurityQuestions)));
        let reached = !self.allowed_countries.is_empty() || left >= usize::from(self.methods_required);
        rule(reached, "allowedCountries", "must hold a country where the gates cannot be passed without a phone")?;
        let priced = self.prices.keys().all(|country| country == "*" || Country::parse(country).is_ok());
        rule(priced, "prices", "must be keyed by two-letter country codes or *")?;
        rule(self.prices.contains_key("*"), "prices", "needs a price for every other country under *")
    }

    fn judge_people(&self) -> Result<(), PolicyError> {
        rule(self.reconfirm_after_days <= 730, "reconfirmAfterDays", "must be 0 to 730")?;
        rule((1..=1440).contains(&self.fresh_sign_in_minutes), "freshSignInMinutes", "must be 1 to 1440")?;
        judge_password(&self.password)?;
        rule((1..=3650).contains(&self.audit_retention_days), "auditRetentionDays", "must be 1 to 3650")?;
        let helpdesk = self.helpdesk.chars().count() <= MAX_HELPDESK && !self.helpdesk.chars().any(rearranges);
        rule(helpdesk, "helpdesk", "at most 200 characters without control characters, line breaks or invisible ones")?;
        rule(Language::from_tag(&self.default_language).is_some(), "defaultLanguage", "must be en, de, fr or es")
    }
}

fn judge_password(password: &PasswordPolicy) -> Result<(), PolicyError> {
    const TERMS: &str = "at most 1000 bannedTerms of 4 to 16 characters, as written and in normalization form KC";
    // The very rules that passwords are judged by, so that no policy is kept whose rules cannot be made.
    PasswordRules::new(password.min_length, password.banned_terms.clone()).map_err(|error| {
        let rule = match error {
            PasswordRulesError::MinLength => "minLength must be 8 to 64",
            PasswordRulesError::TooManyBannedTerms | PasswordRulesError::BannedTermLength => TERMS,
        };
        PolicyError { member: "password", rule }
    })?;
    let written = MIN_BANNED_TERM_LENGTH..=MAX_BANNED_TERM_LENGTH;
    rule(password.banned_terms.iter().all(|term| written.contains(&term.chars().count())), "password", TERMS)
}

fn judge_questions(questions: &QuestionPolicy) -> Result<(), PolicyError> {
    let rule = |holds, text| rule(holds, "securityQuestions", text);
    let bounds = MIN_QUESTIONS..=MAX_QUESTIONS;
    let (register, reset) = (usize::from(questions.required_to_register), usize::from(questions.required_to_reset));
    rule(bounds.contains(&register) && bounds.contains(&reset), "3 to 5 are registered and 3 to 5 asked")?;
    rule(register >= reset, "at least as many must be registered as are asked")?;
    rule(register <= CATALOGUE.len() + questions.custom.len(), "there must be as many questions as are registered")?;
    rule(questions.custom.len() <= MAX_CUSTOM, "at most 20 questions of your own")?;
    for (at, question) in questions.custom.iter().enumerate() {
        let (id, others) = (&question.question_id, &questions.custom[..at]);
        rule(is_question_id(id), "a questionId is 1 to 64 letters, digits, hyphens and low lines")?;
        rule(predefined(id).is_none(), "a questionId is that of a predefined question")?;
        rule(others.iter().all(|other| other.question_id != *id), "a questionId stands twice")?;
        judge_text(&question.text, others)?;
    }
    Ok(())
}

fn judge_text(text: &str, others: &[CustomQuestion]) -> Result<(), PolicyError> {
    let rule = |holds, text| rule(holds, "securityQuestions", text);
    let folded = fold(text);
    let bounds = MIN_QUESTION_LENGTH..=MAX_QUESTION_LENGTH;
    let length = bounds.contains(&text.chars().count()) && folded.chars().count() >= MIN_QUESTION_LENGTH;
    rule(length, "a question's text has 3 to 200 characters")?;
    rule(!text.chars().any(rearranges), "a question's text has no control characters and no invisible ones")?;
    let distinct = others.iter().all(|other| *fold(&other.text) != *folded);
    rule(distinct, "two texts are the same but for case, accents or white space")
}

fn rule(holds: bool, member: &'static str, rule: &'static str) -> Result<(), PolicyError> {
    if holds { Ok(()) } else { Err(PolicyError { member, rule }) }
}

/// Whether a character is not shown itself but changes how the text around it is.
fn rearranges(character: char) -> bool {
    matches!(
        get_general_category(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

fn limit_within(limit: Limit) -> bool {
    (1..=MAX_COUNT).contains(&limit.count) && (1..=MAX_WINDOW).contains(&limit.seconds)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::money::Money;

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
            (json!({"methods": ["mobileSms", "mobileCall"], "methodsRequired": 2}), "methodsRequired"),
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
            (json!({"phoneProof": "yes"}), "phoneProof"),
        ];
        for (patch, member) in cases {
            assert_eq!(Policy::default().patched(&patch).unwrap_err().member, member, "{patch}");
        }
    }

    fn refusal(patch: &Value) -> Option<(&'static str, &'static str)> {
        Policy::default().patched(patch).err().map(|error| (error.member, error.rule))
    }

    #[test]
    fn a_banned_term_that_no_rules_can_be_made_of_is_refused() {
        let terms = |terms: &[&str]| refusal(&json!({"password": {"bannedTerms": terms}}));
        let rule = "at most 1000 bannedTerms of 4 to 16 characters, as written and in normalization form KC";
        let long = "x".repeat(17);
        // Two characters once composed; twenty once taken apart; one and nineteen as written.
        for term in ["e\u{301}e\u{301}", "㍿㍿㍿㍿㍿", "㍿", "abc", &long, &"e\u{301}".repeat(9)] {
            assert_eq!(terms(&["fabrikam", term]), Some(("password", rule)), "{term}");
        }
        assert_eq!(terms(&["fabrikam", "éééé", "e\u{301}e\u{301}e\u{301}e\u{301}", &"x".repeat(16)]), None);
        assert_eq!(terms(&vec!["term"; 1001]), Some(("password", rule)));
        assert_eq!(terms(&vec!["term"; 1000]), None);
        for length in [7, 65] {
            let patch = json!({"password": {"minLength": length}});
            assert_eq!(refusal(&patch), Some(("password", "minLength must be 8 to 64")));
        }
    }

    #[test]
    fn the_help_desks_text_holds_nothing_that_rearranges_it() {
        let rule = "at most 200 characters without control characters, line breaks or invisible ones";
        for hidden in ['\n', '\u{85}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{2029}', '\u{feff}']
        {
            let patch = json!({"helpdesk": format!("Room 4{hidden}12")});
            assert_eq!(refusal(&patch), Some(("helpdesk", rule)), "{hidden:?}");
        }
        assert_eq!(refusal(&json!({"helpdesk": "Zimmer 4.12, größer als „3“, \u{a0}+1 425 555 0199 ☎ مكتب"})), None);
        assert_eq!(refusal(&json!({"helpdesk": "ö".repeat(200)})), None);
        assert_eq!(refusal(&json!({"helpdesk": "ö".repeat(201)})), Some(("helpdesk", rule)));
    }

    #[test]
    fn countries_stand_once_and_are_needed_where_only_phones_deliver() {
        let twice = json!({"allowedCountries": ["US", "CA", "US"]});
        assert_eq!(refusal(&twice), Some(("allowedCountries", "a country stands twice")));
        let without = |methods: &[&str]| refusal(&json!({"methods": methods, "allowedCountries": []}));
        let rule = "must hold a country where the gates cannot be passed without a phone";
        for methods in [&["mobileSms", "mobileCall", "officeCall"][..], &["mobileSms", "securityQuestions"]] {
            assert_eq!(without(methods), Some(("allowedCountries", rule)), "{methods:?}");
        }
        assert_eq!(without(&["mobileSms", "email"]), None);
        assert_eq!(without(&["email"]), None);
        assert_eq!(refusal(&json!({"methods": ["mobileSms"], "allowedCountries": ["US"]})), None);
        let two =
            |methods: &[&str]| refusal(&json!({"methods": methods, "methodsRequired": 2, "allowedCountries": []}));
        assert_eq!(two(&["mobileSms", "email"]), Some(("allowedCountries", rule)));
        assert_eq!(two(&["mobileSms", "securityQuestions"]), Some(("allowedCountries", rule)));
        assert_eq!(two(&["mobileSms", "email", "securityQuestions"]), None);
    }

    #[test]
    fn a_country_without_numbers_is_refused_when_it_is_written_and_stays_readable() {
        let rule = "names a country that has no phone numbers";
        let prices = json!({"prices": {"*": {"sms": "0.1", "call": "0.1"}, "ZZ": {"sms": "0.1", "call": "0.1"}}});
        assert_eq!(refusal(&json!({"allowedCountries": ["US", "ZZ"]})), Some(("allowedCountries", rule)));
        assert_eq!(refusal(&prices), Some(("prices", rule)));
        assert_eq!(refusal(&json!({"allowedCountries": ["AC", "GG", "PR", "XK", "ZW"]})), None);
        let kept = Policy { allowed_countries: vec!["ZZ".to_owned()], ..Policy::default() };
        let kept = kept.validated().unwrap();
        assert!(kept.patched(&json!({"failover": true})).is_ok());
        assert_eq!(kept.patched(&json!({"allowedCountries": ["ZZ"]})).unwrap_err().rule, rule);
    }

    #[test]
    fn questions_of_ones_own_keep_to_the_bounds() {
        let custom = |questions: &[(&str, &str)]| {
            let questions: Vec<Value> =
                questions.iter().map(|(id, text)| json!({"questionId": id, "text": text})).collect();
            let patch = json!({"securityQuestions": {"custom": questions}});
            Policy::default().patched(&patch).err().map(|error| (error.member, error.rule))
        };
        let refused = |rule: &'static str| Some(("securityQuestions", rule));
        let (long, longer) = ("ö".repeat(200), "ö".repeat(201));
        assert_eq!(custom(&[("ship", "Ship?"), ("Your_Ship-2", &long), ("s", "abc")]), None);
        assert_eq!(custom(&[(&"i".repeat(64), "Which ship?")]), None);
        let id = refused("a questionId is 1 to 64 letters, digits, hyphens and low lines");
        for text in ["", "two words", "größe", "a#b", &"i".repeat(65)] {
            assert_eq!(custom(&[(text, "Which ship?")]), id, "{text}");
        }
        let length = refused("a question's text has 3 to 200 characters");
        for text in ["", "ab", "    ", "a\u{301}b", longer.as_str()] {
            assert_eq!(custom(&[("ship", text)]), length, "{text}");
        }
        let control = refused("a question's text has no control characters and no invisible ones");
        for text in ["Which\nship?", "Which ship?\0", "Which\u{85}ship?", "Which \u{202e}ship?", "Which\u{200b} ship?"]
        {
            assert_eq!(custom(&[("ship", text)]), control, "{text:?}");
        }
        let taken = refused("a questionId is that of a predefined question");
        assert_eq!(custom(&[("first-concert", "Which ship?")]), taken);
        assert_eq!(custom(&[("ship", "Which?"), ("ship", "What?")]), refused("a questionId stands twice"));
        let same = refused("two texts are the same but for case, accents or white space");
        assert_eq!(custom(&[("one", "Wélches Schiff?"), ("two", " WELCHES  schiff?")]), same);
        let many: Vec<(String, String)> = (0..21).map(|at| (format!("q{at}"), format!("Question {at}?"))).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
        assert_eq!(custom(&many[..20]), None);
        assert_eq!(custom(&many), refused("at most 20 questions of your own"));
    }

    #[test]
    fn three_to_five_are_registered_and_no_more_are_asked() {
        let counts = |register: u8, reset: u8| {
            let patch = json!({"securityQuestions": {"requiredToRegister": register, "requiredToReset": reset}});
            Policy::default().patched(&patch).err().map(|error| (error.member, error.rule))
        };
        let refused = |rule: &'static str| Some(("securityQuestions", rule));
        for register in 0..=6 {
            for reset in 0..=6 {
                let bounds = (3..=5).contains(&register) && (3..=5).contains(&reset);
                let expected = match (bounds, register >= reset) {
                    (false, _) => refused("3 to 5 are registered and 3 to 5 asked"),
                    (true, false) => refused("at least as many must be registered as are asked"),
                    (true, true) => None,
                };
                assert_eq!(counts(register, reset), expected, "{register} and {reset}");
            }
        }
    }
}
