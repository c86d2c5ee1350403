//! The guess budget.
//!
//! One conditional write enforces two exact rolling windows. A row stores the times of charged guesses, newest first,
//! and the condition checks the entry that must be old enough.

use crate::account::Owner;
use crate::policy::Policy;
use crate::time::{DAY, Moment};

/// Length of the longer window, in days.
pub const LONG_WINDOW_DAYS: u64 = 30;

/// How many guesses fit in the two windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// In any 24 hours.
    pub per_day: u32,
    /// In any 30 days.
    pub per_30_days: u32,
}

impl From<&Policy> for Budget {
    fn from(policy: &Policy) -> Self {
        Self { per_day: policy.guesses_per_day, per_30_days: policy.guesses_per_30_days }
    }
}

/// A row that counts guesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuessLog {
    /// Guesses at codes that were sent for an account's resets.
    Account(Owner),
    /// Guesses at resets of a name, given by its digest, for which no code was sent. They use up nobody's budget.
    Decoy(String),
    /// Guesses at codes of the account's own registration, which a stranger cannot order.
    Registration(Owner),
}

/// The stored state of a guess log: charged guesses, completed resets and the last revocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuessLogState {
    /// When guesses were charged, newest first.
    pub attempts: Vec<Moment>,
    /// Resets, jobs, codes and tokens that began at or before this moment are revoked.
    pub revoked_before: Option<Moment>,
    /// When resets were completed, newest first.
    pub completions: Vec<Moment>,
}

impl GuessLogState {
    /// Whether one more guess fits now.
    #[must_use]
    pub fn has_room(&self, budget: Budget, now: Moment) -> bool {
        let free = |count: u32, seconds: u64| {
            let at = (count as usize).checked_sub(1);
            at.is_some_and(|at| self.attempts.get(at).is_none_or(|attempt| attempt.plus(seconds) <= now))
        };
        free(budget.per_day, DAY) && free(budget.per_30_days, LONG_WINDOW_DAYS * DAY)
    }

    /// Whether something that began at `began_at` is revoked.
    #[must_use]
    pub fn revokes(&self, began_at: Moment) -> bool {
        self.revoked_before.is_some_and(|revoked| began_at <= revoked)
    }

    /// Whether the account may complete one more reset now.
    #[must_use]
    pub fn may_complete(&self, now: Moment) -> bool {
        let oldest = self.completions.get(crate::reset::MAX_COMPLETIONS_PER_DAY - 1);
        oldest.is_none_or(|completion| completion.plus(DAY) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_windows_roll_exactly() {
        let now = Moment::from_seconds(100 * DAY);
        let budget = Budget { per_day: 2, per_30_days: 3 };
        let guess_log = |ages: &[u64]| GuessLogState {
            attempts: ages.iter().map(|age| now.minus(*age)).collect(),
            ..GuessLogState::default()
        };
        assert!(guess_log(&[]).has_room(budget, now));
        assert!(guess_log(&[1]).has_room(budget, now));
        assert!(!guess_log(&[1, DAY - 1]).has_room(budget, now));
        assert!(guess_log(&[1, DAY]).has_room(budget, now));
        assert!(!guess_log(&[1, DAY, 30 * DAY - 1]).has_room(budget, now));
        assert!(guess_log(&[1, DAY, 30 * DAY]).has_room(budget, now));
        assert!(!guess_log(&[]).has_room(Budget { per_day: 0, per_30_days: 0 }, now));
    }
}
