//! Security questions, in an item of their own.

use serde::{Deserialize, Serialize};
use shared::credentials::questions::{Draw, QuestionSet, StoredAnswer};
use shared::ports::store::{QuestionsChange, Stored};
use shared::random::AccountId;

use super::account_row::PasswordRow;
use super::row::{BadRow, value};
use super::write::Write;
use crate::table::Key;

/// The item's kind.
const KIND: &str = "questions";

#[derive(Deserialize)]
pub(super) struct QuestionsRow {
    answers: Vec<AnswerRow>,
    draw: Option<Draw>,
    version: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AnswerRow {
    question: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    verifier: PasswordRow,
}

impl From<&StoredAnswer> for AnswerRow {
    fn from(answer: &StoredAnswer) -> Self {
        let verifier = PasswordRow::from(&answer.hash);
        Self { question: answer.question.clone(), text: answer.text.clone(), verifier }
    }
}

impl TryFrom<AnswerRow> for StoredAnswer {
    type Error = BadRow;

    fn try_from(row: AnswerRow) -> Result<Self, BadRow> {
        Ok(Self { question: row.question, text: row.text, hash: row.verifier.try_into()? })
    }
}

impl TryFrom<QuestionsRow> for QuestionSet {
    type Error = BadRow;

    fn try_from(row: QuestionsRow) -> Result<Self, BadRow> {
        let answers = row.answers.into_iter().map(StoredAnswer::try_from).collect::<Result<_, _>>()?;
        Ok(Self { answers, draw: row.draw, version: row.version })
    }
}

/// The write for a change of an account's questions, as part of a transaction; `None` if they stay.
pub(super) fn changed(account: &AccountId, change: QuestionsChange<'_>) -> Stored<Option<Write>> {
    Ok(match change {
        QuestionsChange::Unchanged => None,
        QuestionsChange::Set(set) => Some(replaced(account, set)?),
        QuestionsChange::Removed => Some(removed(account)),
    })
}

/// Removes an account's questions, as part of a transaction.
pub(super) fn removed(account: &AccountId) -> Write {
    Write::delete(Key::questions(account))
}

/// An update, not a put: the count of writes goes on, so that no draw from the former set fits this one.
fn replaced(account: &AccountId, set: &QuestionSet) -> Stored<Write> {
    let answers: Vec<AnswerRow> = set.answers.iter().map(AnswerRow::from).collect();
    let sets = "#kind = :kind, #answers = :answers";
    let write = match &set.draw {
        Some(draw) => {
            Write::update(Key::questions(account), format!("{sets}, #draw = :draw")).value(":draw", value(draw)?)
        }
        None => Write::update(Key::questions(account), sets).removing("#draw"),
    };
    Ok(write.text(":kind", KIND).value(":answers", value(&answers)?))
}
