//! Charge first, compare after.
//!
//! A guess can be compared only with an [`Attempt`], and only a committed charge yields one.

use crate::credentials::password::{HashingFailed, Peppers};
use crate::credentials::questions::{Compared, GivenAnswers};
use crate::limits::guesses::{Budget, GuessLog};
use crate::ports::store::Limits;
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Entries that a ring must keep: the policy's upper bound on guesses in 30 days.
const MAX_STORED: usize = 100;
/// Entries above which a ring is trimmed, so that trimming is rare.
const TRIM_ABOVE: usize = 120;

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
/// ```compile_fail,E0451
/// // There is no way to an attempt but a charge.
/// let attempt = shared::use_cases::attempt::Attempt { is_last: false };
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
    store: &impl Limits,
    guess_log: &GuessLog,
    began_at: Moment,
    budget: Budget,
    now: Moment,
) -> Result<Option<Attempt>, Unavailable> {
    let Some(spent) = store.spend_attempt(guess_log, began_at, budget, now).await? else {
        return Ok(None);
    };
    if spent.attempts.len() > TRIM_ABOVE {
        // A ring grows only past the longer window's count; trimming is housekeeping, never a verdict.
        store.trim_attempts(guess_log, MAX_STORED).await?;
    }
    Ok(Some(Attempt { is_last: !spent.has_room(budget, now) }))
}
