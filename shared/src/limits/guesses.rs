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

impl Budget {
    /// The most guesses that both windows allow in `days` days, however an attacker spreads them.
    ///
    /// The number of long windows is rounded up: 365 days are twelve windows of 30 days and five days of a thirteenth.
    /// An attacker can spend a window's guesses in its first days, so at the defaults those five days hold 50 more, and
    /// the year 650. Each part holds at most what each window allows. Guessing as soon as allowed reaches that number.
    #[must_use]
    pub fn most_in(self, days: u64) -> u32 {
        let most = |days: u64| u64::from(self.per_30_days).min(days.saturating_mul(u64::from(self.per_day)));
        let (windows, rest) = (days / LONG_WINDOW_DAYS, days % LONG_WINDOW_DAYS);
        let guesses = windows.saturating_mul(most(LONG_WINDOW_DAYS)).saturating_add(most(rest));
        u32::try_from(guesses).unwrap_or(u32::MAX)
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
    use crate::policy::MAX_GUESSES;
    use crate::time::HOUR;

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

    #[test]
    fn what_began_at_the_revocation_or_before_is_revoked() {
        let revoked = Moment::from_seconds(100);
        let guess_log = GuessLogState { revoked_before: Some(revoked), ..GuessLogState::default() };
        for (began_at, expected) in [(99, true), (100, true), (101, false)] {
            assert_eq!(guess_log.revokes(Moment::from_seconds(began_at)), expected, "{began_at}");
        }
        assert!(!GuessLogState::default().revokes(revoked), "nothing was revoked");
    }

    #[test]
    fn five_resets_are_completed_in_a_day_and_the_sixth_a_day_after_the_first() {
        let now = Moment::from_seconds(100 * DAY);
        let guess_log = |ages: &[u64]| GuessLogState {
            completions: ages.iter().map(|age| now.minus(*age)).collect(),
            ..GuessLogState::default()
        };
        assert!(guess_log(&[]).may_complete(now));
        assert!(guess_log(&[0, 0, 0, 0]).may_complete(now));
        assert!(!guess_log(&[0, 0, 0, 0, 0]).may_complete(now));
        assert!(!guess_log(&[0, 0, 0, 0, DAY - 1]).may_complete(now));
        assert!(guess_log(&[0, 0, 0, 0, DAY]).may_complete(now));
        assert!(!guess_log(&[0, 0, 0, 0, 1, DAY]).may_complete(now), "the fifth newest decides");
    }

    /// How many guesses a guess log takes in so many days, if at most `burst` guesses are tried every `hours` hours.
    fn accepted(budget: Budget, days: u64, hours: u64, burst: u32) -> u32 {
        let start = Moment::from_seconds(100 * DAY);
        let mut guess_log = GuessLogState::default();
        let mut accepted = 0;
        for hour in (0..days * 24).step_by(usize::try_from(hours).unwrap()) {
            let now = start.plus(hour * HOUR);
            for _ in 0..burst {
                if guess_log.has_room(budget, now) {
                    guess_log.attempts.insert(0, now);
                    accepted += 1;
                }
            }
        }
        accepted
    }

    #[test]
    fn a_year_of_guessing_as_soon_as_allowed_is_as_computed() {
        let default = Budget { per_day: 10, per_30_days: 50 };
        assert_eq!(accepted(default, 365, 1, MAX_GUESSES), 650);
        for per_30_days in [1, 2, 7, 29, 30, 31, 50, 99, MAX_GUESSES] {
            for per_day in (1..=per_30_days).filter(|per_day| *per_day < 13 || per_day % 10 == 0) {
                let budget = Budget { per_day, per_30_days };
                for days in [1, 30, 35, 365] {
                    let computed = budget.most_in(days);
                    assert_eq!(accepted(budget, days, 12, MAX_GUESSES), computed, "{budget:?} in {days} days");
                }
                // Nobody gets more by guessing more slowly.
                for (hours, burst) in [(1, 1), (5, 1), (17, 3), (25, MAX_GUESSES), (31, 2)] {
                    assert!(accepted(budget, 365, hours, burst) <= budget.most_in(365), "{budget:?} {hours} {burst}");
                }
            }
        }
    }
}
