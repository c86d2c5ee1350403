//! Charge first, compare after.
//!
//! A guess can be compared only with an [`Attempt`], and only a committed charge yields one.

use crate::credentials::password::{HashingFailed, Peppers};
use crate::credentials::questions::{ExpectedAnswer, GivenAnswers};
use crate::limits::guesses::{Budget, GuessLog};
use crate::policy::MAX_GUESSES;
use crate::ports::store::Limits;
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Entries that a guess log must keep: as many as the policy may allow in 30 days.
const MAX_STORED: usize = MAX_GUESSES as usize;
/// Number of entries above which a guess log is trimmed. The gap to [`MAX_STORED`] keeps trimming rare.
const TRIM_ABOVE: usize = 120;

/// A guess that was charged and may be compared once.
#[must_use = "a charged guess is to be compared"]
pub struct Attempt {
    is_last: bool,
}

impl Attempt {
    /// Whether the budget has no room for another guess after this one.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Compares a guess with a code in constant time, and uses up the attempt.
    #[must_use]
    pub fn compare(self, guess: &str, code: &str) -> bool {
        crate::reset::code::same(guess, code)
    }

    /// Compares a whole set of answers with the stored ones, and uses up the attempt. A set is one guess, however many
    /// answers it contains.
    ///
    /// # Errors
    /// [`HashingFailed`] if hashing runs out of memory. Then nothing is known about the answers.
    pub fn compare_answers(
        self,
        given: &GivenAnswers,
        asked: &[ExpectedAnswer<'_>],
        peppers: &Peppers,
    ) -> Result<bool, HashingFailed> {
        given.are_right(asked, peppers)
    }
}

/// Charges one guess to a guess log. Returns `None` if the budget is spent, or if the reset or challenge that began at
/// `began_at` has been revoked.
///
/// ```compile_fail,E0451
/// // Only a charge creates an attempt.
/// let attempt = shared::use_cases::attempt::Attempt { is_last: false };
/// ```
/// ```compile_fail,E0624
/// // Only an attempt compares answers.
/// fn compare(given: &shared::credentials::questions::GivenAnswers, peppers: &shared::credentials::password::Peppers) {
///     given.are_right(&[], peppers).ok();
/// }
/// ```
///
/// # Errors
/// [`Unavailable`] if the charge may not have been written. Then nothing may be compared.
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
        // Entries beyond this count are older than the longer window. Trimming is housekeeping and decides nothing.
        store.trim_attempts(guess_log, MAX_STORED).await?;
    }
    Ok(Some(Attempt { is_last: !spent.has_room(budget, now) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::START;
    use crate::testing::{MemoryStore, block_on};

    #[test]
    fn the_budget_is_spent_by_its_last_guess_and_no_further_one_is_charged() {
        let (store, guess_log) = (MemoryStore::new(), GuessLog::Decoy("name".to_owned()));
        let budget = Budget { per_day: 2, per_30_days: 9 };
        let charged = |seconds| block_on(charge(&store, &guess_log, START, budget, START.plus(seconds))).unwrap();
        assert!(!charged(0).unwrap().is_last());
        let last = charged(1).unwrap();
        assert!(last.is_last() && last.compare("12345678", "12345678"));
        assert!(charged(2).is_none());
        assert!(!charged(86_400).unwrap().compare("12345678", "12345679"), "a day after the first");
    }

    #[test]
    fn a_guess_log_is_trimmed_to_a_hundred_guesses_above_a_hundred_and_twenty() {
        let (store, guess_log) = (MemoryStore::new(), GuessLog::Decoy("name".to_owned()));
        let budget = Budget { per_day: 1000, per_30_days: 1000 };
        for (guesses, stored) in (1..=120).map(|number| (number, number)).chain([(121, 100), (122, 101)]) {
            assert!(block_on(charge(&store, &guess_log, START, budget, START)).unwrap().is_some());
            assert_eq!(block_on(store.guess_log(&guess_log)).unwrap().attempts.len(), stored, "after {guesses}");
        }
    }
}
