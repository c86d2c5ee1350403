//! The limits of one person's registration challenges.

use super::messages::{SendLog, SentMessage};
use crate::policy::Limit;
use crate::time::{DAY, HOUR, Moment};

/// Challenges of one person: three an hour and five a day, so that a stolen session cannot run up a bill.
pub const CHALLENGE_LIMITS: [Limit; 2] = [Limit { count: 3, seconds: HOUR }, Limit { count: 5, seconds: DAY }];
/// Most destinations that are not on file at which one person may be challenged in a day.
pub const MAX_NEW_DESTINATIONS_PER_DAY: usize = 4;
/// Challenges of one person that may be refunded in 24 hours because no code was sent. There are two, so that a typing
/// error and a provider's outage cost nothing. A stolen session still learns for only a few destinations whether they
/// are refused.
pub const MAX_REFUNDED_PER_DAY: usize = 2;

impl SendLog {
    /// Counts one more challenge of a person. Destinations on file, given by their keyed digests, are not new.
    pub fn admit_challenge(&self, challenge: &SentMessage, on_file: &[String]) -> Result<Self, Moment> {
        let now = challenge.at;
        for limit in CHALLENGE_LIMITS {
            if let Some(oldest) = self.sent_within(limit.seconds, now).nth(limit.count as usize - 1) {
                return Err(oldest.at.plus(limit.seconds));
            }
        }
        // The last challenge of each new destination, newest first.
        let mut new: Vec<&SentMessage> = Vec::new();
        for one in self.sent_within(DAY, now).filter(|one| !on_file.contains(&one.destination)) {
            if new.iter().all(|known| known.destination != one.destination) {
                new.push(one);
            }
        }
        let known =
            on_file.iter().chain(new.iter().map(|one| &one.destination)).any(|one| *one == challenge.destination);
        match new.get(MAX_NEW_DESTINATIONS_PER_DAY - 1) {
            Some(last) if !known => Err(last.at.plus(DAY)),
            _ => Ok(self.with(challenge.clone(), DAY)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Channel;

    fn at(seconds: u64, destination: &str) -> SentMessage {
        SentMessage {
            order: format!("challenge.{seconds}.{destination}"),
            at: Moment::from_seconds(1_000_000 + seconds),
            channel: Channel::Sms,
            destination: destination.to_owned(),
            source: String::new(),
            extra: false,
            refunded: false,
        }
    }

    /// Counts a challenge and refunds it if that is allowed.
    fn unsent(count: &SendLog, seconds: u64, destination: &str) -> (SendLog, bool) {
        let challenged = at(seconds, destination);
        let count = count.admit_challenge(&challenged, &[]).unwrap();
        let back = count.give_back(&challenged.order, MAX_REFUNDED_PER_DAY);
        (back.clone().unwrap_or(count), back.is_some())
    }

    #[test]
    fn three_an_hour_and_five_a_day() {
        let mut count = SendLog::default();
        for seconds in [0, 1, 2] {
            count = count.admit_challenge(&at(seconds, "a"), &[]).unwrap();
        }
        assert_eq!(count.admit_challenge(&at(3, "a"), &[]), Err(Moment::from_seconds(1_000_000 + HOUR)));
        count = count.admit_challenge(&at(HOUR, "b"), &[]).unwrap();
        count = count.admit_challenge(&at(HOUR + 1, "b"), &[]).unwrap();
        assert_eq!(count.admit_challenge(&at(DAY - 1, "a"), &[]), Err(Moment::from_seconds(1_000_000 + DAY)));
    }

    #[test]
    fn two_mistyped_values_leave_room_for_the_right_one() {
        let mut count = SendLog::default();
        for (seconds, destination) in [(0, "typo"), (1, "another typo"), (2, "right")] {
            count = count.admit_challenge(&at(seconds, destination), &[]).unwrap();
        }
    }

    #[test]
    fn a_value_on_file_is_not_a_new_destination() {
        let on_file = ["own".to_owned()];
        let mut count = SendLog::default();
        for (seconds, destination) in [(0, "a"), (1, "b"), (2, "c"), (HOUR, "d")] {
            count = count.admit_challenge(&at(seconds, destination), &on_file).unwrap();
        }
        let refused = count.admit_challenge(&at(HOUR + 1, "e"), &on_file);
        assert_eq!(refused, Err(Moment::from_seconds(1_000_000 + DAY)), "until the first new one is a day old");
        count = count.admit_challenge(&at(HOUR + 1, "own"), &on_file).unwrap();
        let day = count.admit_challenge(&at(2 * HOUR, "own"), &on_file);
        assert_eq!(day, Err(Moment::from_seconds(1_000_000 + DAY)), "five a day, wherever to");
    }

    #[test]
    fn a_new_destination_counts_until_its_last_challenge_is_a_day_old() {
        let mut count = SendLog::default();
        for (seconds, destination) in [(0, "a"), (HOUR, "b"), (HOUR + 1, "c"), (2 * HOUR, "d"), (2 * HOUR + 1, "a")] {
            count = count.admit_challenge(&at(seconds, destination), &[]).unwrap();
        }
        let from = Moment::from_seconds(1_000_000 + DAY + HOUR);
        assert_eq!(count.admit_challenge(&at(DAY, "e"), &[]), Err(from), "the first one was repeated since");
        assert!(count.admit_challenge(&at(DAY + HOUR, "e"), &[]).is_ok());
    }

    #[test]
    fn two_a_day_are_refunded_and_the_others_count() {
        let (count, first) = unsent(&SendLog::default(), 0, "a");
        let (count, second) = unsent(&count, 1, "b");
        assert!(first && second);
        let (count, third) = unsent(&count, 2, "c");
        let (count, fourth) = unsent(&count, 3, "d");
        assert!(!third && !fourth);
        let count = count.admit_challenge(&at(4, "c"), &[]).unwrap();
        assert_eq!(
            count.admit_challenge(&at(5, "c"), &[]),
            Err(Moment::from_seconds(1_000_002 + HOUR)),
            "and three of an hour"
        );
        assert_eq!(count.counted.len(), 5, "what was given back is remembered");
        // A day after the first refund, one more is allowed.
        let (count, back) = unsent(&count, DAY, "c");
        assert!(back);
        assert!(!unsent(&count, DAY, "d").1);
    }
}
