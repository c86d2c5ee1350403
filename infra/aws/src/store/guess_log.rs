//! Guess logs: their row, and what other verbs do to them in transactions.

use serde::Deserialize;
use shared::account::Owner;
use shared::limits::guesses::{GuessLog, GuessLogState, LONG_WINDOW_DAYS};
use shared::time::{DAY, Moment};

use super::write::Write;
use crate::table::{Key, deleted_after};

/// Most entries that one write removes: more than a guess log ever has beyond its limit, in an expression far below the
/// maximum of 4 KB.
pub(super) const MOST_TRIMMED: usize = 50;
/// The item's kind.
pub(super) const KIND: &str = "ring";
/// `revoked_before` does not revoke what began at `:began`.
pub(super) const ALIVE: &str = "attribute_not_exists(#revoked_before) OR #revoked_before < :began";

#[derive(Deserialize)]
pub(super) struct GuessLogRow {
    #[serde(default)]
    attempts: Vec<Moment>,
    pub(super) revoked_before: Option<Moment>,
    completion_1: Option<Moment>,
    completion_2: Option<Moment>,
    completion_3: Option<Moment>,
    completion_4: Option<Moment>,
    completion_5: Option<Moment>,
}

impl From<GuessLogRow> for GuessLogState {
    fn from(row: GuessLogRow) -> Self {
        let completions = [row.completion_1, row.completion_2, row.completion_3, row.completion_4, row.completion_5];
        Self {
            attempts: row.attempts,
            revoked_before: row.revoked_before,
            // A zero was written if there was no completion to move down.
            completions: completions.into_iter().flatten().filter(|at| at.millis() > 0).collect(),
        }
    }
}

/// Changes a guess log, which the table keeps for as long as its youngest entry may count.
pub(super) fn touched(guess_log: &GuessLog, sets: &str, now: Moment) -> Write {
    Write::update(Key::guess_log(guess_log), format!("{sets}, #kind = :kind, #ttl = :ttl"))
        .text(":kind", KIND)
        .number(":ttl", deleted_after(now.plus(LONG_WINDOW_DAYS * DAY)))
}

/// Revokes everything of an owner that began up to `before`; refused if `revoked_before` is already later.
pub(super) fn revoked(owner: &Owner, before: Moment) -> Write {
    touched(&GuessLog::Account(owner.clone()), "#revoked_before = :revoked", before)
        .when("attribute_not_exists(#revoked_before) OR #revoked_before <= :revoked")
        .moment(":revoked", before)
}

/// Demands that `revoked_before` is already later than `before`.
pub(super) fn revoked_already(owner: &Owner, before: Moment) -> Write {
    Write::check(Key::guess_log(&GuessLog::Account(owner.clone())))
        .when("#revoked_before > :revoked")
        .moment(":revoked", before)
}

/// Removes the guesses from a guess log.
pub(super) fn cleared(guess_log: &GuessLog, now: Moment) -> Write {
    touched(guess_log, "#attempts = :none", now).moments(":none", &[])
}

/// The entry that must be old enough for one more guess to fit; `None` if no guess ever fits.
pub(super) fn oldest(count: u32) -> Option<String> {
    Some(format!("#attempts[{}]", count.checked_sub(1)?))
}
