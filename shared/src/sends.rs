//! Send limits: exact rolling windows over the messages with codes that an owner or a destination got.

use crate::message::Channel;
use crate::policy::Limit;
use crate::time::{DAY, HOUR, Moment};

/// One message that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// The order it was made for: counting an order twice changes nothing.
    pub order: String,
    /// When.
    pub at: Moment,
    /// How it travelled.
    pub channel: Channel,
    /// The keyed digest of the source network that asked.
    pub source: String,
    /// Whether it went beyond the longer limits, as a network new to the account may once a day.
    pub extra: bool,
}

/// The messages counted for one account, or for one destination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sends {
    /// Counted messages, the newest first.
    pub counted: Vec<Send>,
    /// The row's version; a write demands the one that was read.
    pub version: u64,
}

/// Whose limits a row keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An account's: each channel has its own limits.
    Account,
    /// A destination's: all channels together.
    Destination,
}

/// Most messages in 24 hours beyond the longer limits, per account and per destination.
const MAX_EXTRA: usize = 10;
/// Windows at least this long may be exceeded by a network that is new to the account, in seconds.
const LONG_WINDOW: u64 = HOUR;

impl Sends {
    /// Whether nothing was sent for this source network in the last 24 hours.
    #[must_use]
    pub fn source_is_new(&self, source: &str, now: Moment) -> bool {
        !self.within(DAY, now).any(|send| send.source == source)
    }

    /// Counts one more message, if the limits allow it; `None` if they do not.
    ///
    /// An order already counted is admitted without counting again.
    #[must_use]
    pub fn admit(&self, scope: Scope, send: &Send, limits: &[Limit], source_is_new: bool) -> Option<Self> {
        if self.counted.iter().any(|counted| counted.order == send.order) {
            return Some(self.clone());
        }
        let now = send.at;
        let reached = |limit: &&Limit| self.of(scope, send.channel, limit.seconds, now) >= limit.count as usize;
        let (long, short): (Vec<&Limit>, Vec<&Limit>) = limits.iter().partition(|limit| limit.seconds >= LONG_WINDOW);
        if short.iter().any(reached) {
            return None;
        }
        let extra = long.iter().any(reached);
        let extras = self.within(DAY, now).filter(|counted| counted.extra).count();
        if extra && (!source_is_new || extras >= MAX_EXTRA) {
            return None;
        }
        let longest = limits.iter().map(|limit| limit.seconds).max().unwrap_or(DAY).max(DAY);
        let mut counted = vec![Send { extra, ..send.clone() }];
        counted.extend(self.within(longest, now).cloned());
        Some(Self { counted, version: self.version })
    }

    /// Gives an order's message back; `None` if it was not counted.
    #[must_use]
    pub fn without(&self, order: &str) -> Option<Self> {
        let counted: Vec<Send> = self.counted.iter().filter(|send| send.order != order).cloned().collect();
        (counted.len() < self.counted.len()).then_some(Self { counted, version: self.version })
    }

    fn within(&self, seconds: u64, now: Moment) -> impl Iterator<Item = &Send> {
        self.counted.iter().filter(move |send| send.at.plus(seconds) > now)
    }

    fn of(&self, scope: Scope, channel: Channel, seconds: u64, now: Moment) -> usize {
        self.within(seconds, now)
            .filter(|send| match scope {
                Scope::Account => send.channel == channel,
                Scope::Destination => true,
            })
            .count()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_seconds(1_000_000);

    fn limits() -> Vec<Limit> {
        crate::policy::Policy::default().sends
    }

    fn send(order: u32, at: Moment, source: &str) -> Send {
        Send { order: order.to_string(), at, channel: Channel::Sms, source: source.to_owned(), extra: false }
    }

    fn admit(sends: &Sends, order: u32, at: Moment, source: &str) -> Option<Sends> {
        let new = sends.source_is_new(source, at);
        sends.admit(Scope::Account, &send(order, at, source), &limits(), new)
    }

    #[test]
    fn windows_are_rolling_and_exact() {
        let mut sends = admit(&Sends::default(), 0, START, "a").unwrap();
        assert!(admit(&sends, 1, START.plus(29), "a").is_none());
        for order in 1..5 {
            sends = admit(&sends, order, START.plus(u64::from(order) * 30), "a").unwrap();
        }
        assert!(admit(&sends, 5, START.plus(HOUR - 1), "a").is_none());
        assert!(admit(&sends, 5, START.plus(HOUR), "a").is_some());
    }

    #[test]
    fn the_same_order_is_counted_once_and_can_be_given_back_once() {
        let sends = admit(&Sends::default(), 7, START, "a").unwrap();
        assert_eq!(admit(&sends, 7, START.plus(1), "a").unwrap(), sends);
        let back = sends.without("7").unwrap();
        assert!(back.counted.is_empty());
        assert!(back.without("7").is_none());
    }

    #[test]
    fn a_new_network_keeps_one_send_a_day_and_there_are_ten_of_those() {
        let mut sends = Sends::default();
        let mut at = START;
        for order in 0..5 {
            sends = admit(&sends, order, at, "flood").unwrap();
            at = at.plus(30);
        }
        assert!(admit(&sends, 5, at, "flood").is_none());
        for order in 10..20 {
            let source = format!("new {order}");
            sends = admit(&sends, order, at, &source).unwrap();
            at = at.plus(30);
            assert!(admit(&sends, order + 100, at, &source).is_none(), "one a day each");
        }
        assert!(admit(&sends, 30, at, "eleventh").is_none());
        assert_eq!(sends.counted.iter().filter(|send| send.extra).count(), 10);
    }
}
