//! Security questions: only ever a second gate, never for administrators, and known to nobody but their owner.
//!
//! The set is stored in an item of its own that no administrator's function may read. Answers are folded, tied to their
//! question, and hashed like passwords. Once a day the questions to ask are drawn.

mod answer;
mod catalogue;

pub use answer::{
    Answer, AnswerError, ExpectedAnswer, GivenAnswers, MAX_ANSWER_LENGTH, MAX_GIVEN_LENGTH, MIN_ANSWER_LENGTH,
    NotAnswers,
};
pub use catalogue::{CATALOGUE, Question, predefined};

use serde::{Deserialize, Serialize};

use crate::credentials::password::PasswordHash;
use crate::message::Language;
use crate::random::{Randomness, below};
use crate::time::{DAY, Moment};

/// Seconds for which the drawn questions stay the same: a repeated reset must not help somebody who knows only some
/// answers.
pub const DRAW_SECONDS: u64 = DAY;
/// Fewest questions that a policy may require to be registered or asked.
pub const MIN_QUESTIONS: usize = 3;
/// Most questions that a person registers, and so the most that are asked.
pub const MAX_QUESTIONS: usize = 5;
/// Fewest characters of a question's text.
pub const MIN_QUESTION_LENGTH: usize = 3;
/// Most characters of a question's text.
pub const MAX_QUESTION_LENGTH: usize = 200;
/// Most characters of a question's name.
const MAX_ID_LENGTH: usize = 64;

/// Whether a text can name a question: 1 to 64 letters, digits, hyphens and underscores, all ASCII.
#[must_use]
pub fn is_question_id(text: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A security question as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedQuestion {
    /// Its name.
    pub id: String,
    /// Its text, in the owner's language.
    pub text: String,
}

/// One answer as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnswer {
    /// The question's name.
    pub question: String,
    /// The text of one of the policy's own questions, as it was when the answer was given; `None` for a predefined one.
    pub text: Option<String>,
    /// The verifier of the folded answer.
    pub hash: PasswordHash,
}

/// The questions that are asked at present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Their names.
    pub questions: Vec<String>,
    /// When they were drawn.
    pub at: Moment,
}

/// A person's questions and answers.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionSet {
    /// The answers, in the order in which they were registered.
    pub answers: Vec<StoredAnswer>,
    /// The last draw of questions.
    pub draw: Option<Draw>,
    /// Counts the item's writes. Storing a draw requires the version that was read; writing a whole set ignores it.
    pub version: u64,
}

/// The result of deciding which questions to ask a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrawOutcome {
    /// Too few are registered.
    TooFew,
    /// The previous draw still stands.
    Standing(Draw),
    /// These were drawn just now and have to be stored.
    New(Draw),
}

impl StoredAnswer {
    /// The question's text; `None` for a predefined question that no longer exists.
    #[must_use]
    pub fn text(&self, language: Language) -> Option<&str> {
        predefined(&self.question).map(|question| question.text(language)).or(self.text.as_deref())
    }
}

impl QuestionSet {
    /// The answer stored for a question.
    #[must_use]
    pub fn answer(&self, question: &str) -> Option<&StoredAnswer> {
        self.answers.iter().find(|stored| stored.question == question)
    }

    /// Decides which `count` questions are asked now.
    ///
    /// A draw of the last 24 hours stands while it has `count` questions and all of them are still registered.
    /// Otherwise others are drawn at random.
    pub fn draw(&self, count: usize, now: Moment, random: &dyn Randomness) -> DrawOutcome {
        let mut left: Vec<&str> = self
            .answers
            .iter()
            .filter(|stored| stored.text(Language::English).is_some())
            .map(|stored| &*stored.question)
            .collect();
        if left.len() < count {
            return DrawOutcome::TooFew;
        }
        let stands = |draw: &&Draw| {
            now < draw.at.plus(DRAW_SECONDS)
                && draw.questions.len() == count
                && draw.questions.iter().all(|question| left.contains(&question.as_str()))
        };
        if let Some(draw) = self.draw.as_ref().filter(stands) {
            return DrawOutcome::Standing(draw.clone());
        }
        let questions = (0..count)
            .filter_map(|_| {
                let most = u8::try_from(left.len()).ok()?;
                Some(left.swap_remove(usize::from(below(random, most))).to_owned())
            })
            .collect();
        DrawOutcome::New(Draw { questions, at: now })
    }

    /// A draw's questions with their texts, as their owner sees them.
    #[must_use]
    pub fn asked(&self, draw: &Draw, language: Language) -> Vec<AskedQuestion> {
        let text = |id: &String| self.answer(id).and_then(|stored| stored.text(language)).map(str::to_owned);
        draw.questions.iter().filter_map(|id| Some(AskedQuestion { id: id.clone(), text: text(id)? })).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::CountingRandom;
    use crate::testing::samples::{START, password_hash};

    fn set(ids: &[&str]) -> QuestionSet {
        let stored = |id: &&str| {
            let text = (predefined(id).is_none()).then(|| format!("What about {id}?"));
            StoredAnswer { question: (*id).to_owned(), text, hash: password_hash(1) }
        };
        QuestionSet { answers: ids.iter().map(stored).collect(), draw: None, version: 1 }
    }

    const FIVE: [&str; 5] = ["first-concert", "first-film", "learned-to-swim", "ship", "first-boss"];

    fn new(drawn: DrawOutcome) -> Draw {
        let DrawOutcome::New(draw) = drawn else { panic!("{drawn:?}") };
        draw
    }

    #[test]
    fn a_draw_stands_for_a_day_while_it_fits() {
        let random = CountingRandom::default();
        let mut set = set(&FIVE);
        let draw = new(set.draw(3, START, &random));
        assert_eq!((draw.questions.len(), draw.at), (3, START));
        set.draw = Some(draw.clone());
        let last = START.plus(DRAW_SECONDS - 1);
        assert_eq!(set.draw(3, last, &random), DrawOutcome::Standing(draw.clone()));
        assert!(matches!(set.draw(3, last.plus(1), &random), DrawOutcome::New(_)), "a day is over");
        assert!(matches!(set.draw(4, last, &random), DrawOutcome::New(_)), "more are asked now");
        set.answers.retain(|stored| stored.question != draw.questions[0]);
        assert!(matches!(set.draw(3, last, &random), DrawOutcome::New(_)), "one is no longer registered");
        assert_eq!(set.draw(5, last, &random), DrawOutcome::TooFew);
    }

    #[test]
    fn every_subset_is_drawn_as_often() {
        let set = set(&FIVE);
        for count in [3_usize, 4, 5] {
            let random = CountingRandom::default();
            let mut seen: BTreeMap<Vec<String>, u32> = BTreeMap::new();
            let rounds = 10_000_u32;
            for _ in 0..rounds {
                let mut questions = new(set.draw(count, START, &random)).questions;
                questions.sort();
                questions.dedup();
                assert_eq!(questions.len(), count, "no question is asked twice");
                *seen.entry(questions).or_default() += 1;
            }
            let subsets = [10, 5, 1][count - 3];
            assert_eq!(seen.len(), subsets);
            let expected = f64::from(rounds) / subsets as f64;
            let chi: f64 = seen.values().map(|times| (f64::from(*times) - expected).powi(2) / expected).sum();
            // At most nine degrees of freedom, for which 33.7 is the 0.9999 quantile. The draws are deterministic.
            assert!(chi < 33.7, "chi squared {chi}");
        }
    }

    #[test]
    fn questions_are_asked_in_the_owners_language_and_the_policys_own_as_they_were_answered() {
        let set = set(&FIVE);
        let draw = Draw { questions: vec!["ship".to_owned(), "first-film".to_owned()], at: START };
        let asked = set.asked(&draw, Language::Spanish);
        let texts: Vec<(&str, &str)> = asked.iter().map(|one| (one.id.as_str(), one.text.as_str())).collect();
        assert_eq!(
            texts,
            [("ship", "What about ship?"), ("first-film", "¿Qué película vio la primera vez que fue al cine?")]
        );
    }

    #[test]
    fn a_predefined_question_that_there_no_longer_is_is_not_drawn() {
        let mut set = set(&FIVE);
        set.answers[0].question = "first-of-an-older-version".to_owned();
        for _ in 0..20 {
            let draw = new(set.draw(4, START, &CountingRandom::default()));
            assert!(!draw.questions.contains(&set.answers[0].question));
        }
        assert_eq!(set.draw(5, START, &CountingRandom::default()), DrawOutcome::TooFew);
    }
}
