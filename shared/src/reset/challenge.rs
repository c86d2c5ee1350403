//! A challenge: the code by which a person proves to possess a contact of their own.

use serde::{Deserialize, Serialize};

use crate::account::{ContactType, Destination};
use crate::message::Channel;
use crate::policy::Limit;
use crate::random::{AccountId, ChallengeId, Reference, Seed};
use crate::time::{DAY, HOUR, Moment};

/// Challenges of one person: three an hour and five a day, so that a stolen session cannot run up a bill.
pub const CHALLENGE_LIMITS: [Limit; 2] = [Limit { count: 3, seconds: HOUR }, Limit { count: 5, seconds: DAY }];
/// Different destinations, besides those that are on file for them, that one person may be challenged at in a day.
pub const MAX_NEW_DESTINATIONS_PER_DAY: usize = 2;
/// Challenges of one person that may be given back in 24 hours because no code was sent. Two, so that a typing error and
/// a provider's bad moment cost nothing, and a stolen session learns of few destinations whether they are refused.
pub const MAX_GIVEN_BACK_PER_DAY: usize = 2;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenged {
    /// When.
    pub at: Moment,
    /// The keyed digest of its destination.
    pub destination: String,
    /// Whether it was given back: no code was sent, and no limit counts it.
    pub given_back: bool,
}

/// The challenges counted for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeCount {
    /// Counted challenges, those given back among them, newest first.
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
        let within = |seconds: u64| self.within(seconds, now).filter(|one| !one.given_back);
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
        let kept = self.within(DAY, now).cloned().collect::<Vec<_>>();
        Ok(Self { counted: std::iter::once(challenged).chain(kept).collect(), version: self.version })
    }

    /// Gives the challenge of a moment and a destination back, of which no code was sent; `None` if it is not counted,
    /// or if as many of the day were given back as may be: then it counts like any other.
    #[must_use]
    pub fn give_back(&self, at: Moment, destination: &str) -> Option<Self> {
        let is_meant = |one: &Challenged| one.at == at && one.destination == destination && !one.given_back;
        let found = self.counted.iter().position(is_meant)?;
        if self.within(DAY, at).filter(|one| one.given_back).count() >= MAX_GIVEN_BACK_PER_DAY {
            return None;
        }
        let mut counted = self.counted.clone();
        counted[found].given_back = true;
        Some(Self { counted, version: self.version })
    }

    fn within(&self, seconds: u64, now: Moment) -> impl Iterator<Item = &Challenged> {
        self.counted.iter().filter(move |one| one.at.plus(seconds) > now)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(seconds: u64, destination: &str) -> Challenged {
        let at = Moment::from_seconds(1_000_000 + seconds);
        Challenged { at, destination: destination.to_owned(), given_back: false }
    }

    /// Counts a challenge, and gives it back where that may be.
    fn unsent(count: &ChallengeCount, seconds: u64, destination: &str) -> (ChallengeCount, bool) {
        let challenged = at(seconds, destination);
        let count = count.admit(challenged.clone(), &[]).unwrap();
        let back = count.give_back(challenged.at, destination);
        (back.clone().unwrap_or(count), back.is_some())
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

    #[test]
    fn two_a_day_are_given_back_and_the_others_count() {
        let (count, first) = unsent(&ChallengeCount::default(), 0, "a");
        let (count, second) = unsent(&count, 1, "b");
        assert!(first && second);
        let (count, third) = unsent(&count, 2, "c");
        let (count, fourth) = unsent(&count, 3, "d");
        assert!(!third && !fourth);
        assert_eq!(count.admit(at(4, "a"), &[]), Err(Moment::from_seconds(1_000_002 + DAY)), "c and d are new ones");
        let count = count.admit(at(4, "c"), &[]).unwrap();
        assert_eq!(count.admit(at(5, "c"), &[]), Err(Moment::from_seconds(1_000_002 + HOUR)), "and three of an hour");
        assert_eq!(count.counted.len(), 5, "what was given back is remembered");
        // A day after the first one, one more may be.
        let (count, back) = unsent(&count, DAY, "c");
        assert!(back);
        assert!(!unsent(&count, DAY, "d").1);
    }

    #[test]
    fn a_challenge_is_given_back_once() {
        let (count, back) = unsent(&ChallengeCount::default(), 0, "a");
        assert!(back);
        assert_eq!(count.give_back(at(0, "a").at, "a"), None);
        assert_eq!(count.give_back(at(1, "a").at, "a"), None, "another moment");
        assert_eq!(count.give_back(at(0, "a").at, "b"), None, "another destination");
    }
}
