//! The guess budget: charge first, compare after.
//!
//! A guess can be compared only with an [`Attempt`], and only a committed charge yields one. Two rolling
//! windows are exact in one conditional write: a row keeps the times of charged guesses, newest first, and
//! the condition looks at the entry that would have to be old enough.

use crate::account::Owner;
use crate::credentials::password::{HashingFailed, Peppers};
use crate::credentials::questions::{Compared, GivenAnswers};
use crate::policy::Policy;
use crate::ports::store::Store;
use crate::time::{DAY, Moment};
use crate::unavailable::Unavailable;

/// Days of the longer window.
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

/// Which guesses a row counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ring {
    /// Guesses at codes that were sent for an account's resets.
    Account(Owner),
    /// Guesses at resets of that name for which nothing was sent: nobody's budget.
    Idle(String),
    /// Guesses at codes of the account's own registration, which a stranger cannot ask for.
    Registration(Owner),
}

/// An owner's charged guesses and what voids its resets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RingState {
    /// When guesses were charged, newest first.
    pub attempts: Vec<Moment>,
    /// Resets, orders, codes and tokens begun at or before this moment are dead.
    pub void_before: Option<Moment>,
    /// When resets were completed, newest first.
    pub completions: Vec<Moment>,
}

impl RingState {
    /// Whether one more guess fits now.
    #[must_use]
    pub fn has_room(&self, budget: Budget, now: Moment) -> bool {
        let free = |count: u32, seconds: u64| {
            let at = (count as usize).checked_sub(1);
            at.is_some_and(|at| self.attempts.get(at).is_none_or(|attempt| attempt.plus(seconds) <= now))
        };
        free(budget.per_day, DAY) && free(budget.per_30_days, LONG_WINDOW_DAYS * DAY)
    }

    /// Whether something that began at `began_at` is void.
    #[must_use]
    pub fn voids(&self, began_at: Moment) -> bool {
        self.void_before.is_some_and(|void| began_at <= void)
    }

    /// Whether the account may complete one more reset now.
    #[must_use]
    pub fn may_complete(&self, now: Moment) -> bool {
        let oldest = self.completions.get(crate::reset::MAX_COMPLETIONS_PER_DAY - 1);
        oldest.is_none_or(|completion| completion.plus(DAY) <= now)
    }
}

/// A guess that was charged and may be compared once.
#[must_use = "a charged guess is to be compared"]
pub struct Attempt {
    is_last: bool,
}

impl Attempt {
    /// Whether no further guess fits after this one.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Compares the guess, in constant time, and uses the attempt up.
    #[must_use]
    pub fn compare(self, guess: &str, code: &str) -> bool {
        crate::reset::code::same(guess, code)
    }

    /// Compares a whole set of answers with those kept, and uses the attempt up: a set is one guess, however many it
    /// answers.
    ///
    /// # Errors
    /// [`HashingFailed`] if there is no memory for it; nothing is known of the answers then.
    pub fn compare_answers(
        self,
        given: &GivenAnswers,
        asked: &[Compared<'_>],
        peppers: &Peppers,
    ) -> Result<bool, HashingFailed> {
        given.are_right(asked, peppers)
    }
}

/// Charges one guess to a ring; `None` where the budget is spent or what is guessed at is void.
///
/// ```compile_fail
/// // There is no way to an attempt but a charge.
/// let attempt = shared::limits::guesses::Attempt { is_last: false };
/// ```
/// ```compile_fail,E0624
/// // There is no way to compare answers but with one.
/// fn compare(given: &shared::credentials::questions::GivenAnswers, peppers: &shared::credentials::password::Peppers) {
///     given.are_right(&[], peppers).ok();
/// }
/// ```
///
/// # Errors
/// [`Unavailable`] where the charge may not have been written: nothing may be compared then.
pub async fn charge(
    store: &impl Store,
    ring: &Ring,
    began_at: Moment,
    budget: Budget,
    now: Moment,
) -> Result<Option<Attempt>, Unavailable> {
    let Some(spent) = store.spend_attempt(ring, began_at, budget, now).await? else {
        return Ok(None);
    };
    if spent.attempts.len() > TRIM_ABOVE {
        // A ring grows only past the longer window's count; trimming is housekeeping, never a verdict.
        store.trim_attempts(ring, MAX_KEPT).await?;
    }
    Ok(Some(Attempt { is_last: !spent.has_room(budget, now) }))
}

/// Entries that a ring must keep: the policy's upper bound on guesses in 30 days.
const MAX_KEPT: usize = 100;
/// Entries above which a ring is trimmed, so that trimming is rare.
const TRIM_ABOVE: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_windows_roll_exactly() {
        let now = Moment::from_seconds(100 * DAY);
        let budget = Budget { per_day: 2, per_30_days: 3 };
        let ring = |ages: &[u64]| RingState {
            attempts: ages.iter().map(|age| now.minus(*age)).collect(),
            ..RingState::default()
        };
        assert!(ring(&[]).has_room(budget, now));
        assert!(ring(&[1]).has_room(budget, now));
        assert!(!ring(&[1, DAY - 1]).has_room(budget, now));
        assert!(ring(&[1, DAY]).has_room(budget, now));
        assert!(!ring(&[1, DAY, 30 * DAY - 1]).has_room(budget, now));
        assert!(ring(&[1, DAY, 30 * DAY]).has_room(budget, now));
        assert!(!ring(&[]).has_room(Budget { per_day: 0, per_30_days: 0 }, now));
    }
}
