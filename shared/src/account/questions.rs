//! Which security questions may be registered, and which answers are accepted.

use crate::account::{Account, ProfileField};
use crate::credentials::questions::{Answer, AnswerError, AskedQuestion, CATALOGUE, MAX_QUESTIONS, predefined};
use crate::identifiers::folding::fold;
use crate::message::Language;
use crate::policy::method::Method;
use crate::policy::{CustomQuestion, Policy};

/// Why questions and answers are refused, in the order in which the reasons are returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuestionsReason {
    /// The policy does not offer security questions.
    NotOffered,
    /// Privileged accounts never use them.
    NotForAdministrators,
    /// There are fewer than the policy requires.
    TooFew,
    /// There are more than [`MAX_QUESTIONS`].
    TooMany,
    /// A question is neither predefined nor the policy's own.
    UnknownQuestion,
    /// A question occurs twice.
    RepeatedQuestion,
    /// An answer is shorter than the minimum length.
    TooShort,
    /// An answer is longer than the maximum length.
    TooLong,
    /// An answer has a character that nobody sees.
    InvisibleCharacter,
    /// Two answers are the same.
    RepeatedAnswer,
    /// An answer is its question's text.
    RepeatsQuestion,
    /// An answer is the person's user name, its local part, or a part of their name.
    RepeatsName,
}

impl From<AnswerError> for QuestionsReason {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::TooShort => Self::TooShort,
            AnswerError::TooLong => Self::TooLong,
            AnswerError::Invisible => Self::InvisibleCharacter,
        }
    }
}

impl QuestionsReason {
    /// All reasons, in order.
    pub const ALL: [Self; 12] = [
        Self::NotOffered,
        Self::NotForAdministrators,
        Self::TooFew,
        Self::TooMany,
        Self::UnknownQuestion,
        Self::RepeatedQuestion,
        Self::TooShort,
        Self::TooLong,
        Self::InvisibleCharacter,
        Self::RepeatedAnswer,
        Self::RepeatsQuestion,
        Self::RepeatsName,
    ];

    /// The reason's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotOffered => "not-offered",
            Self::NotForAdministrators => "not-for-administrators",
            Self::TooFew => "too-few",
            Self::TooMany => "too-many",
            Self::UnknownQuestion => "unknown-question",
            Self::RepeatedQuestion => "repeated-question",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::InvisibleCharacter => "invisible-character",
            Self::RepeatedAnswer => "repeated-answer",
            Self::RepeatsQuestion => "repeats-question",
            Self::RepeatsName => "repeats-name",
        }
    }
}

/// A question with the answer that its owner chose.
pub struct Chosen {
    /// The question's id.
    pub question: String,
    /// The text, if the question is one of the policy's own; `None` for a predefined question.
    pub text: Option<String>,
    /// The owner's answer.
    pub answer: Answer,
}

/// The questions that may be registered: the predefined ones in the given language, then the policy's own, which have
/// one text for all languages.
#[must_use]
pub fn offered(policy: &Policy, language: Language) -> Vec<AskedQuestion> {
    let predefined = CATALOGUE
        .iter()
        .map(|question| AskedQuestion { id: question.id.to_owned(), text: question.text(language).to_owned() });
    let own = &policy.security_questions.custom;
    let own = own.iter().map(|own| AskedQuestion { id: own.question_id.clone(), text: own.text.clone() });
    predefined.chain(own).collect()
}

/// Validates pairs of question id and answer that are to be registered for an account.
///
/// # Errors
/// Every [`QuestionsReason`] that applies, in order; the list is never empty. No reason says which answer it is about.
pub fn validate(
    given: &[(&str, &str)],
    policy: &Policy,
    account: &Account,
) -> Result<Vec<Chosen>, Vec<QuestionsReason>> {
    let mut reasons = refused_as_a_whole(given.len(), policy, account);
    let names = names(account);
    let mut chosen: Vec<Chosen> = Vec::new();
    // Only as many as can be stored are validated, so that a longer list costs nothing.
    for (at, (id, text)) in given.iter().take(MAX_QUESTIONS).enumerate() {
        if given[..at].iter().any(|(other, _)| other == id) {
            reasons.push(QuestionsReason::RepeatedQuestion);
        }
        let asked = OfferedQuestion::find(id, policy);
        if asked.is_none() {
            reasons.push(QuestionsReason::UnknownQuestion);
        }
        let answer = match Answer::parse(text) {
            Ok(answer) => answer,
            Err(error) => {
                reasons.push(error.into());
                continue;
            }
        };
        if chosen.iter().any(|other| other.answer.is_same(&answer)) {
            reasons.push(QuestionsReason::RepeatedAnswer);
        }
        if asked.as_ref().is_some_and(|asked| asked.is_repeated_by(&answer)) {
            reasons.push(QuestionsReason::RepeatsQuestion);
        }
        if names.iter().any(|name| *fold(name) == *answer.folded()) {
            reasons.push(QuestionsReason::RepeatsName);
        }
        let text = asked.and_then(|asked| asked.own_text());
        chosen.push(Chosen { question: (*id).to_owned(), text, answer });
    }
    reasons.sort_unstable();
    reasons.dedup();
    if reasons.is_empty() { Ok(chosen) } else { Err(reasons) }
}

fn refused_as_a_whole(count: usize, policy: &Policy, account: &Account) -> Vec<QuestionsReason> {
    let findings = [
        (QuestionsReason::NotOffered, !policy.offers(Method::SecurityQuestions)),
        (QuestionsReason::NotForAdministrators, account.is_admin),
        (QuestionsReason::TooFew, count < usize::from(policy.security_questions.required_to_register)),
        (QuestionsReason::TooMany, count > MAX_QUESTIONS),
    ];
    findings.into_iter().filter_map(|(reason, found)| found.then_some(reason)).collect()
}

/// The names that anybody who knows the person could type.
fn names(account: &Account) -> Vec<&str> {
    let names = [ProfileField::DisplayName, ProfileField::GivenName, ProfileField::Surname];
    let values = names.iter().filter_map(|field| account.profile.get(field)).map(String::as_str);
    let user_name = [account.user_name.canonical(), account.user_name.local_part()];
    user_name.into_iter().chain(values).collect()
}

/// A question that may be registered.
enum OfferedQuestion<'a> {
    Predefined(&'static crate::credentials::questions::Question),
    Own(&'a CustomQuestion),
}

impl<'a> OfferedQuestion<'a> {
    fn find(id: &str, policy: &'a Policy) -> Option<Self> {
        let own = || policy.security_questions.custom.iter().find(|own| own.question_id == id);
        predefined(id).map(Self::Predefined).or_else(|| own().map(Self::Own))
    }

    fn own_text(&self) -> Option<String> {
        match self {
            Self::Predefined(_) => None,
            Self::Own(own) => Some(own.text.clone()),
        }
    }

    /// Whether an answer is the question's text in any language, whatever punctuation surrounds either.
    fn is_repeated_by(&self, answer: &Answer) -> bool {
        let answer = bare(answer.folded());
        let repeats = |text: &str| bare(&fold(text)) == answer;
        match self {
            Self::Predefined(question) => Language::ALL.into_iter().any(|language| repeats(question.text(language))),
            Self::Own(own) => repeats(&own.text),
        }
    }
}

/// Trims everything but letters and digits from both ends of a text.
fn bare(text: &str) -> &str {
    text.trim_matches(|character: char| !character.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::Samples;

    const GOOD: [(&str, &str); 5] = [
        ("first-concert", "Motörhead"),
        ("first-film", "The Third Man"),
        ("learned-to-swim", "Loch Lomond"),
        ("ship", "Andrea Doria"),
        ("first-boss", "Quigley"),
    ];

    fn policy() -> Policy {
        let mut policy = Policy { methods: vec!["email".into(), "securityQuestions".into()], ..Policy::default() };
        let own = CustomQuestion { question_id: "ship".into(), text: "Wie hieß Ihr Schiff?".into() };
        policy.security_questions.custom.push(own);
        policy.validated().unwrap()
    }

    fn account() -> Account {
        let mut account = Samples::default().full_account("adele.v@contoso.example");
        account.is_admin = false;
        account
    }

    fn reasons(given: &[(&str, &str)]) -> Vec<&'static str> {
        let refused = validate(given, &policy(), &account()).err().unwrap_or_default();
        refused.into_iter().map(QuestionsReason::as_str).collect()
    }

    fn with(at: usize, question: &'static str, answer: &'static str) -> Vec<(&'static str, &'static str)> {
        let mut given = GOOD.to_vec();
        given[at] = (question, answer);
        given
    }

    #[test]
    fn a_good_set_is_taken_with_the_texts_of_the_policys_own_questions() {
        let chosen = validate(&GOOD, &policy(), &account()).ok().unwrap();
        let values: Vec<(&str, Option<&str>, &str)> =
            chosen.iter().map(|one| (one.question.as_str(), one.text.as_deref(), one.answer.folded())).collect();
        assert_eq!(
            values,
            [
                ("first-concert", None, "motorhead"),
                ("first-film", None, "the third man"),
                ("learned-to-swim", None, "loch lomond"),
                ("ship", Some("Wie hieß Ihr Schiff?"), "andrea doria"),
                ("first-boss", None, "quigley"),
            ]
        );
    }

    #[test]
    fn each_rule_has_a_reason_of_its_own() {
        let none = [""; 0];
        assert_eq!(reasons(&GOOD), none);
        assert_eq!(reasons(&GOOD[..4]), ["too-few"]);
        let six = [&GOOD[..], &[("first-dish", "pancakes")]].concat();
        assert_eq!(reasons(&six), ["too-many"]);
        assert_eq!(reasons(&with(4, "first-bos", "Quigley")), ["unknown-question"]);
        assert_eq!(reasons(&with(4, "first-film", "Quigley")), ["repeated-question"]);
        assert_eq!(reasons(&with(4, "first-boss", "Qu")), ["too-short"]);
        assert_eq!(reasons(&with(4, "first-boss", "Quigley, Quigley, Quigley, Quigley & Sons")), ["too-long"]);
        assert_eq!(reasons(&with(4, "first-boss", "ＬＯＣＨ  lömond")), ["repeated-answer"]);
    }

    #[test]
    fn an_answer_is_not_its_question() {
        for text in [
            "Where did you learn to swim?",
            "where did you learn to SWIM",
            "Wo haben Sie schwimmen gelernt?",
            "Où avez-vous appris à nager ?",
            "ou avez-vous appris a nager",
            "Dónde aprendió a nadar",
            "¿Dónde aprendió a nadar?",
        ] {
            assert_eq!(reasons(&with(2, "learned-to-swim", text)), ["repeats-question"], "{text}");
        }
        assert_eq!(reasons(&with(3, "ship", "WIE HIESS IHR SCHIFF")), ["repeats-question"]);
        // It is accepted as the answer to another question.
        assert_eq!(reasons(&with(4, "first-boss", "Where did you learn to swim?")), [""; 0]);
    }

    #[test]
    fn an_answer_is_not_the_persons_name() {
        for text in
            ["adele.v@contoso.example", "ADELE.V", "Ａｄｅｌｅ", "vance", "VANCÉ", "adele \"ada\"  VANCE\u{1f511}"]
        {
            assert_eq!(reasons(&with(4, "first-boss", text)), ["repeats-name"], "{text}");
        }
        assert_eq!(reasons(&with(4, "first-boss", "Adele's")), [""; 0]);
    }

    #[test]
    fn all_reasons_are_returned_in_order_and_once() {
        let mut account = account();
        account.is_admin = true;
        let given = [("x", "ab"), ("x", "ab")];
        let refused = validate(&given, &Policy::default(), &account).err().unwrap();
        let values: Vec<&str> = refused.into_iter().map(QuestionsReason::as_str).collect();
        let expected =
            ["not-offered", "not-for-administrators", "too-few", "unknown-question", "repeated-question", "too-short"];
        assert_eq!(values, expected);
        assert!(QuestionsReason::ALL.is_sorted());
    }

    #[test]
    fn the_predefined_questions_come_first_in_the_persons_language() {
        let all = offered(&policy(), Language::German);
        assert_eq!(all.len(), 36);
        assert_eq!(all[0].text, "Wer spielte auf Ihrem ersten Konzert?");
        assert_eq!((all[35].id.as_str(), all[35].text.as_str()), ("ship", "Wie hieß Ihr Schiff?"));
    }
}
