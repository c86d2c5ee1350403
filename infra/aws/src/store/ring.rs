//! Rings of guesses: their row, and what other verbs do to them in transactions.

use serde::Deserialize;
use shared::account::Owner;
use shared::limits::guesses::{LONG_WINDOW_DAYS, Ring, RingState};
use shared::time::{DAY, Moment};

use super::write::Write;
use crate::table::{Key, deleted_after};

/// Entries forgotten by one write: more than a ring ever has beyond what it keeps, in an expression far
/// below the 4 KB that one may have.
pub(super) const MOST_TRIMMED: usize = 50;
/// The item's kind.
pub(super) const KIND: &str = "ring";
/// A void moment that leaves what began at `:began` alive.
pub(super) const ALIVE: &str = "attribute_not_exists(#void_before) OR #void_before < :began";

#[derive(Deserialize)]
pub(super) struct RingRow {
    #[serde(default)]
    attempts: Vec<Moment>,
    pub(super) void_before: Option<Moment>,
    completion_1: Option<Moment>,
    completion_2: Option<Moment>,
    completion_3: Option<Moment>,
    completion_4: Option<Moment>,
    completion_5: Option<Moment>,
}

impl From<RingRow> for RingState {
    fn from(row: RingRow) -> Self {
        let completions = [row.completion_1, row.completion_2, row.completion_3, row.completion_4, row.completion_5];
        Self {
            attempts: row.attempts,
            void_before: row.void_before,
            // Zero stands where there was nothing to move down.
            completions: completions.into_iter().flatten().filter(|at| at.millis() > 0).collect(),
        }
    }
}

/// Changes a ring, which the table keeps while its youngest entry may count.
pub(super) fn touched(ring: &Ring, sets: &str, now: Moment) -> Write {
    Write::update(Key::ring(ring), format!("{sets}, #kind = :kind, #ttl = :ttl"))
        .text(":kind", KIND)
        .number(":ttl", deleted_after(now.plus(LONG_WINDOW_DAYS * DAY)))
}

/// Voids everything of an owner that began up to a moment, where a later moment does not already.
pub(super) fn voided(owner: &Owner, before: Moment) -> Write {
    touched(&Ring::Account(owner.clone()), "#void_before = :void", before)
        .when("attribute_not_exists(#void_before) OR #void_before <= :void")
        .moment(":void", before)
}

/// Demands that everything of an owner that began up to a moment is void already.
pub(super) fn void_already(owner: &Owner, before: Moment) -> Write {
    Write::check(Key::ring(&Ring::Account(owner.clone()))).when("#void_before > :void").moment(":void", before)
}

/// Forgets the guesses of a ring.
pub(super) fn cleared(ring: &Ring, now: Moment) -> Write {
    touched(ring, "#attempts = :none", now).moments(":none", &[])
}

/// The entry that must be old enough for one more guess to fit; none where none ever fits.
pub(super) fn oldest(count: u32) -> Option<String> {
    Some(format!("#attempts[{}]", count.checked_sub(1)?))
}
