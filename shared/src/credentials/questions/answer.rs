//! Answers to security questions: reading them, hashing them at registration, and comparing them all at once at a
//! reset.

use core::fmt;

use zeroize::Zeroizing;

use super::{MAX_QUESTIONS, StoredAnswer};
use crate::credentials::password::{self, HashingFailed, Password, PasswordHash, Pepper, Peppers, SALT_BYTES};
use crate::identifiers::folding::{fold, length};
use crate::identifiers::{is_invisible, is_variation_selector};

/// Fewest characters of an answer, as typed and as folded. This limit and the next are Microsoft Entra's.
pub const MIN_ANSWER_LENGTH: usize = 3;
/// Fewest characters of an answer that is written in Han characters, Hangul or kana alone: two of them are a word, such
/// as 京都.
const MIN_DENSE_ANSWER_LENGTH: usize = 2;
/// Han characters, Hangul and kana: their blocks in Unicode, as they are after folding.
const DENSE: [std::ops::RangeInclusive<char>; 8] = [
    '\u{1100}'..='\u{11ff}',
    '\u{3005}'..='\u{3007}',
    '\u{3041}'..='\u{318f}',
    '\u{31f0}'..='\u{31ff}',
    '\u{3400}'..='\u{4dbf}',
    '\u{4e00}'..='\u{9fff}',
    '\u{ac00}'..='\u{d7a3}',
    '\u{20000}'..='\u{3ffff}',
];
/// Most characters of an answer.
pub const MAX_ANSWER_LENGTH: usize = 40;
/// Most characters of an answer's folded form. A compatibility character becomes up to eighteen characters, and the
/// result, with its question's name, must fit in what can be hashed like a password.
const MAX_FOLDED_LENGTH: usize = 160;
/// Most characters of an answer at a reset: room for stray white space, and a bound for the work.
pub const MAX_GIVEN_LENGTH: usize = 200;

/// An answer in its folded form.
///
/// It cannot be printed, serialized or copied, and its memory is wiped when it is dropped.
///
/// ```compile_fail,E0277
/// println!("{:?}", shared::credentials::questions::Answer::parse("purple quilts").ok());
/// ```
/// ```compile_fail,E0277
/// fn copied<T: Clone>(_: T) {}
/// copied(shared::credentials::questions::Answer::parse("purple quilts").ok());
/// ```
pub struct Answer(Zeroizing<String>);

/// Why a text cannot be registered as an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerError {
    /// It has fewer than [`MIN_ANSWER_LENGTH`] characters, or fewer once it is folded.
    TooShort,
    /// It has more than [`MAX_ANSWER_LENGTH`] characters.
    TooLong,
    /// It has a character that nobody sees, and so nobody can type again: a control, a format character, or one that
    /// changes the direction of writing.
    Invisible,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(f, "an answer has at least {MIN_ANSWER_LENGTH} characters"),
            Self::TooLong => write!(f, "an answer has at most {MAX_ANSWER_LENGTH} characters"),
            Self::Invisible => f.write_str("an answer has no invisible characters"),
        }
    }
}

impl core::error::Error for AnswerError {}

impl Answer {
    /// Validates an answer for registration.
    ///
    /// # Errors
    /// [`AnswerError`]: the first rule that the answer breaks.
    pub fn parse(text: &str) -> Result<Self, AnswerError> {
        // White space of any kind counts as a space. What selects the look of an emoji counts as nothing.
        let is_allowed = |character: char| character.is_whitespace() || is_variation_selector(character);
        if text.chars().any(|character| is_invisible(character) && !is_allowed(character)) {
            return Err(AnswerError::Invisible);
        }
        let typed = length(text);
        if typed > MAX_ANSWER_LENGTH {
            return Err(AnswerError::TooLong);
        }
        let folded = fold(text);
        let count = folded.chars().count();
        let is_dense = folded.chars().all(|character| DENSE.iter().any(|block| block.contains(&character)));
        let least = if is_dense { MIN_DENSE_ANSWER_LENGTH } else { MIN_ANSWER_LENGTH };
        if typed < least || count < least {
            Err(AnswerError::TooShort)
        } else if count > MAX_FOLDED_LENGTH {
            Err(AnswerError::TooLong)
        } else {
            Ok(Self(folded))
        }
    }

    /// Whether both answers are the same once folded.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// The folded text, for comparisons with texts that are not secret.
    pub(crate) fn folded(&self) -> &str {
        &self.0
    }

    /// Hashes the answer for one question. The hash fits no other question.
    ///
    /// # Errors
    /// [`HashingFailed`] if there is no memory for it.
    pub fn hash(&self, question: &str, pepper: &Pepper, salt: [u8; SALT_BYTES]) -> Result<PasswordHash, HashingFailed> {
        password::hash(&self.bound_to(question).ok_or(HashingFailed)?, pepper, salt)
    }

    /// The answer with its question's name in front, so that its hash fits no other question.
    fn bound_to(&self, question: &str) -> Option<Password> {
        // No question's name contains the separator.
        let mut bound_to = Zeroizing::new(String::with_capacity(question.len() + 1 + self.0.len()));
        bound_to.push_str(question);
        bound_to.push('\0');
        bound_to.push_str(&self.0);
        Password::parse(&bound_to).ok()
    }
}

/// The answers of an attempt at a reset. All that is known of them is that they can be read.
pub struct GivenAnswers(Vec<(String, Answer)>);

/// The list is empty, has too many answers, or one of them is far too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnswers;

/// A question that is asked, with the answer stored for it.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedAnswer<'a> {
    /// The question's name.
    pub question: &'a str,
    /// The stored answer; `None` if there is nothing to compare with, which takes the same time.
    pub stored: Option<&'a StoredAnswer>,
}

impl GivenAnswers {
    /// Reads pairs of a question's name and an answer.
    ///
    /// # Errors
    /// [`NotAnswers`] for an empty list, for more than [`MAX_QUESTIONS`] answers, or for one longer than
    /// [`MAX_GIVEN_LENGTH`] characters.
    pub fn parse<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, NotAnswers> {
        let mut read = Vec::new();
        for (question, text) in given {
            if read.len() == MAX_QUESTIONS || text.chars().count() > MAX_GIVEN_LENGTH {
                return Err(NotAnswers);
            }
            read.push((question.to_owned(), Answer(fold(text))));
        }
        if read.is_empty() { Err(NotAnswers) } else { Ok(Self(read)) }
    }

    /// Whether exactly the asked questions are answered, each one correctly. Every answer is verified regardless of the
    /// others, and a missing answer takes as long as a given one.
    ///
    /// Call this only after charging a guess: an `Attempt` compares once and is then used up.
    pub(crate) fn are_right(&self, asked: &[ExpectedAnswer<'_>], peppers: &Peppers) -> Result<bool, HashingFailed> {
        let mut right = !asked.is_empty() && self.0.len() == asked.len();
        for compared in asked {
            let given = self.0.iter().find(|(question, _)| question == compared.question);
            right &= is_right(given.map(|(_, answer)| answer), *compared, peppers)?;
        }
        Ok(right)
    }
}

fn is_right(given: Option<&Answer>, asked: ExpectedAnswer<'_>, peppers: &Peppers) -> Result<bool, HashingFailed> {
    let bound_to = given.and_then(|answer| answer.bound_to(asked.question));
    let verdict = match (&bound_to, asked.stored) {
        (Some(bound_to), Some(stored)) => password::verify(bound_to, &stored.hash, peppers)?,
        (Some(bound_to), None) => password::dummy_verify(bound_to, peppers)?,
        (None, _) => {
            let nothing = Password::parse("").map_err(|_| HashingFailed)?;
            password::dummy_verify(&nothing, peppers)?
        }
    };
    Ok(verdict.matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peppers() -> Peppers {
        let key: Vec<u8> = (0..32).collect();
        Peppers::new(Pepper::parse(1, &key).unwrap(), Vec::new()).unwrap()
    }

    fn stored(question: &str, answer: &str) -> StoredAnswer {
        let answer = Answer::parse(answer).ok().unwrap();
        let hash = answer.hash(question, peppers().current(), [7; SALT_BYTES]).unwrap();
        StoredAnswer { question: question.to_owned(), text: None, hash }
    }

    fn are_right(given: &[(&str, &str)], stored: &[StoredAnswer]) -> bool {
        let asked: Vec<ExpectedAnswer<'_>> =
            stored.iter().map(|stored| ExpectedAnswer { question: &stored.question, stored: Some(stored) }).collect();
        GivenAnswers::parse(given.iter().copied()).unwrap().are_right(&asked, &peppers()).unwrap()
    }

    #[test]
    fn lengths_are_bounded_as_typed_and_as_folded() {
        let refused = |text: &str| Answer::parse(text).err();
        for text in ["", "   ", "ab", "a\u{301}b\u{301}", "  ab\u{2003}"] {
            assert_eq!(refused(text), Some(AnswerError::TooShort), "{text:?}");
        }
        assert_eq!(refused("\u{b4}ab"), Some(AnswerError::TooShort), "the accent by itself folds to nothing");
        assert_eq!(refused("abc"), None);
        for text in ["京都", "とり", "カナ", "ﾄﾘ", "서울", "서 울"] {
            assert_eq!(refused(text), None, "{text}");
        }
        for text in ["京", "京a", "ab", "か"] {
            assert_eq!(refused(text), Some(AnswerError::TooShort), "{text}");
        }
        for text in ["purple\u{200b}quilts", "purple\u{202e}quilts", "purple\0quilts", "\u{feff}quilts"] {
            assert_eq!(refused(text), Some(AnswerError::Invisible), "{text:?}");
        }
        for text in
            ["\u{3164}\u{3164}", "\u{115f}\u{1160}", "\u{ffa0}\u{ffa0}", "\u{2800}\u{2800}\u{2800}", "京\u{3164}"]
        {
            assert_eq!(refused(text), Some(AnswerError::Invisible), "{text:?}");
        }
        assert_eq!(refused("ab\u{fe0f}"), Some(AnswerError::TooShort));
        assert_eq!(Answer::parse("Lis\u{fe0f}bon").unwrap().0, Answer::parse("Lisbon").unwrap().0);
        assert_eq!(refused("\u{2764}\u{fe0f} tea"), None, "an emoji as a phone writes it");
        assert_eq!(refused("purple\tquilts\n"), None);
        assert_eq!(refused(&"é".repeat(40)), None);
        assert_eq!(refused(&"e\u{301}".repeat(40)), None);
        assert_eq!(refused(&"e".repeat(41)), Some(AnswerError::TooLong));
        assert_eq!(refused(&format!("  {} \n", "e".repeat(40))), None);
        assert_eq!(refused(&"\u{fdfa}".repeat(8)), None);
        assert_eq!(refused(&"\u{fdfa}".repeat(9)), Some(AnswerError::TooLong), "162 characters once folded");
    }

    #[test]
    fn the_longest_answer_to_the_longest_name_can_be_hashed() {
        let answer = Answer::parse(&"\u{fdfa}".repeat(8)).ok().unwrap();
        assert!(answer.hash(&"q".repeat(64), peppers().current(), [1; SALT_BYTES]).is_ok());
    }

    #[test]
    fn all_must_be_right_and_exactly_those_asked() {
        let stored = [stored("one", "Motörhead"), stored("two", "Straße 7"), stored("three", "Ａｂｃ")];
        let right = [("one", "MOTORHEAD"), ("two", " strasse  7 "), ("three", "abc")];
        assert!(are_right(&right, &stored));
        let mut turned = right;
        turned.reverse();
        assert!(are_right(&turned, &stored), "the order does not count");
        for at in 0..3 {
            let mut wrong = right;
            wrong[at].1 = "wrong";
            assert!(!are_right(&wrong, &stored), "{at}");
            let mut unknown = right;
            unknown[at].0 = "four";
            assert!(!are_right(&unknown, &stored), "{at}");
        }
        assert!(!are_right(&right[..2], &stored), "one is missing");
        assert!(!are_right(&[right[0], right[1], right[1]], &stored), "one answer is given twice");
        assert!(!are_right(&[right[0], right[1], right[2], right[2]], &stored), "one too many");
        assert!(!are_right(&right, &stored[..2]), "one was not asked");
    }

    #[test]
    fn a_verifier_fits_its_own_question_only() {
        let mut swapped = [stored("one", "walrus"), stored("two", "carpenter")];
        let (one, two) = (swapped[0].question.clone(), swapped[1].question.clone());
        swapped[0].question = two;
        swapped[1].question = one;
        assert!(!are_right(&[("one", "carpenter"), ("two", "walrus")], &swapped));
        assert!(!are_right(&[("one", "walrus"), ("two", "carpenter")], &swapped));
    }

    #[test]
    fn nothing_to_compare_with_is_never_right() {
        let given = GivenAnswers::parse([("one", "walrus")]).unwrap();
        let nothing = ExpectedAnswer { question: "one", stored: None };
        assert!(!given.are_right(&[nothing], &peppers()).unwrap());
        assert!(!given.are_right(&[], &peppers()).unwrap());
    }

    #[test]
    fn what_can_be_no_answers_is_not_read() {
        let many = |count: usize| GivenAnswers::parse(vec![("one", "walrus"); count]).err();
        assert_eq!((many(0), many(1), many(5), many(6)), (Some(NotAnswers), None, None, Some(NotAnswers)));
        let long = |length: usize| GivenAnswers::parse([("one", "ö".repeat(length).as_str())]).err();
        assert_eq!((long(200), long(201)), (None, Some(NotAnswers)));
    }
}
