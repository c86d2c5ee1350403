//! A challenge: the code by which a person proves to possess a contact of their own.

use crate::account::{ContactType, Destination};
use crate::message::Channel;
use crate::policy::Limit;
use crate::random::{AccountId, ChallengeId, Reference, Seed};
use crate::time::{DAY, HOUR, Moment};

/// Challenges of one person: three an hour and five a day, so that a stolen session cannot run up a bill.
pub const CHALLENGE_LIMITS: [Limit; 2] = [Limit { count: 3, seconds: HOUR }, Limit { count: 5, seconds: DAY }];
/// Different destinations, besides those that are on file for them, that one person may be challenged at in a day.
pub const MAX_NEW_DESTINATIONS_PER_DAY: usize = 2;

/// One challenge.
#[derive(Debug, Clone, PartialEq)]
pub struct Challenge {
    /// Its name.
    pub id: ChallengeId,
    /// Whose it is.
    pub account: AccountId,
    /// What the value will be registered as.
    pub kind: ContactType,
    /// The value to prove.
    pub value: Destination,
    /// How the code travels.
    pub channel: Channel,
    /// From which the code is derived.
    pub seed: Seed,
    /// The version of the key.
    pub code_key: u32,
    /// Digits of the code.
    pub digits: u8,
    /// Printed in the message and on the page.
    pub reference: Reference,
    /// When it was made.
    pub made_at: Moment,
    /// When it dies.
    pub expires_at: Moment,
    /// Guesses charged to it.
    pub tries: u32,
    /// The keyed digest of the source network that asked.
    pub source: String,
    /// Whether it was proved.
    pub used: bool,
}

/// A challenge that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenged {
    /// When.
    pub at: Moment,
    /// The keyed digest of its destination.
    pub destination: String,
}

/// The challenges counted for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChallengeCount {
    /// Counted challenges, newest first.
    pub counted: Vec<Challenged>,
    /// The row's version; a write demands the one that was read.
    pub version: u64,
}

impl ChallengeCount {
    /// Counts one more challenge; what is on file, by its keyed digests, is no new destination.
    ///
    /// # Errors
    /// The moment from which it would be allowed.
    pub fn admit(&self, challenged: Challenged, on_file: &[String]) -> Result<Self, Moment> {
        let now = challenged.at;
        let within = |seconds: u64| self.counted.iter().filter(move |one| one.at.plus(seconds) > now);
        for limit in CHALLENGE_LIMITS {
            if let Some(oldest) = within(limit.seconds).nth(limit.count as usize - 1) {
                return Err(oldest.at.plus(limit.seconds));
            }
        }
        // The last challenge of each new destination, newest first.
        let mut new: Vec<&Challenged> = Vec::new();
        for one in within(DAY).filter(|one| !on_file.contains(&one.destination)) {
            if new.iter().all(|known| known.destination != one.destination) {
                new.push(one);
            }
        }
        let known =
            on_file.iter().chain(new.iter().map(|one| &one.destination)).any(|one| *one == challenged.destination);
        if let Some(last) = new.get(MAX_NEW_DESTINATIONS_PER_DAY - 1).filter(|_| !known) {
            return Err(last.at.plus(DAY));
        }
        let kept = within(DAY).cloned().collect::<Vec<_>>();
        Ok(Self { counted: std::iter::once(challenged).chain(kept).collect(), version: self.version })
    }

    /// Gives one challenge back, of which no code was sent; `None` if it is not counted.
    #[must_use]
    pub fn without(&self, challenged: &Challenged) -> Option<Self> {
        let at = self.counted.iter().position(|counted| counted == challenged)?;
        let mut counted = self.counted.clone();
        counted.remove(at);
        Some(Self { counted, version: self.version })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(seconds: u64, destination: &str) -> Challenged {
        Challenged { at: Moment::from_seconds(1_000_000 + seconds), destination: destination.to_owned() }
    }

    #[test]
    fn three_an_hour_five_a_day_two_destinations() {
        let mut count = ChallengeCount::default();
        for seconds in [0, 1, 2] {
            count = count.admit(at(seconds, "a"), &[]).unwrap();
        }
        assert_eq!(count.admit(at(3, "a"), &[]), Err(Moment::from_seconds(1_000_000 + HOUR)));
        count = count.admit(at(HOUR, "b"), &[]).unwrap();
        assert!(count.admit(at(HOUR + 1, "c"), &[]).is_err());
        count = count.admit(at(HOUR + 1, "b"), &[]).unwrap();
        assert_eq!(count.admit(at(DAY - 1, "a"), &[]), Err(Moment::from_seconds(1_000_000 + DAY)));
    }

    #[test]
    fn what_is_on_file_is_no_new_destination() {
        let on_file = ["own".to_owned(), "other".to_owned()];
        let mut count = ChallengeCount::default();
        for (seconds, destination) in [(0, "own"), (1, "other"), (HOUR, "a"), (HOUR + 1, "b")] {
            count = count.admit(at(seconds, destination), &on_file).unwrap();
        }
        let refused = count.admit(at(HOUR + 2, "c"), &on_file);
        assert_eq!(refused, Err(Moment::from_seconds(1_000_000 + HOUR + DAY)), "until the first new one is a day old");
        count = count.admit(at(HOUR + 2, "own"), &on_file).unwrap();
        let hour = count.admit(at(HOUR + 3, "own"), &on_file);
        assert_eq!(hour, Err(Moment::from_seconds(1_000_000 + 2 * HOUR)), "three an hour, wherever to");
        let day = count.admit(at(2 * HOUR + 3, "other"), &on_file);
        assert_eq!(day, Err(Moment::from_seconds(1_000_000 + DAY)), "and five a day");
    }

    #[test]
    fn a_new_destination_counts_until_its_last_challenge_is_a_day_old() {
        let mut count = ChallengeCount::default();
        for (seconds, destination) in [(0, "a"), (HOUR, "b"), (2 * HOUR, "a")] {
            count = count.admit(at(seconds, destination), &[]).unwrap();
        }
        let from = Moment::from_seconds(1_000_000 + DAY + HOUR);
        assert_eq!(count.admit(at(3 * HOUR, "c"), &[]), Err(from));
        assert_eq!(count.admit(at(DAY, "c"), &[]), Err(from), "the first one was repeated since");
        assert!(count.admit(at(DAY + HOUR, "c"), &[]).is_ok());
    }
}
