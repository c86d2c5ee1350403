//! Send limits: exact rolling windows over the messages counted for an account or a destination.

use serde::{Deserialize, Serialize};

use crate::message::Channel;
use crate::policy::Limit;
use crate::time::{DAY, HOUR, Moment};

/// A counted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMessage {
    /// Name of the order that it was sent for. Counting the same order twice changes nothing.
    pub order: String,
    /// When it was ordered.
    pub at: Moment,
    /// How it travels.
    pub channel: Channel,
    /// Keyed digest of the destination.
    pub destination: String,
    /// Keyed digest of the source network that ordered it; empty for a notice.
    pub source: String,
    /// Whether it exceeded the longer limits, which a network that is new to the account may do once a day.
    pub extra: bool,
    /// Whether it was refunded: its provider definitely did not send it, and no limit counts it.
    pub refunded: bool,
}

/// The messages counted for one account, or for one destination.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendLog {
    /// Counted messages, including refunded ones, newest first.
    pub counted: Vec<SentMessage>,
    /// The row's version; a write succeeds only if it is still the one that was read.
    pub version: u64,
}

/// Whose limits apply to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An account's limits: each channel is counted by itself.
    Account,
    /// A destination's limits: all channels are counted together.
    Destination,
}

/// Most messages in 24 hours beyond the longer limits, per account and per destination.
const MAX_EXTRA: usize = 10;
/// Most messages refunded in 24 hours, per account and per destination: as many as the default policy allows in a day.
/// A provider's outage must not cost anybody their resets, and endless refusals must not keep a provider busy.
pub const MAX_REFUNDED: usize = 10;
/// Most messages in one row: each takes about 300 bytes of an item of at most 400 KB. Whatever the policy allows, no
/// more are admitted within the longest window.
const MAX_STORED: usize = 1000;
/// As how many further messages a bounced email counts. At the default of ten a day, an account causes four bounces a day
/// at most: providers stop an organisation whose emails keep bouncing.
const BOUNCE_COUNTS_AS: usize = 2;
/// Length from which a window counts as long, in seconds. A network that is new to the account may exceed long windows.
const LONG_WINDOW: u64 = HOUR;

impl SendLog {
    /// Whether no other message was sent for this message's source network in the last 24 hours.
    #[must_use]
    pub fn source_is_new(&self, send: &SentMessage) -> bool {
        !self.sent_within(DAY, send.at).any(|other| other.source == send.source && other.order != send.order)
    }

    /// Counts one more message if the limits allow it; returns `None` if they do not.
    ///
    /// An order that is already counted is admitted without counting again. A refunded order is counted anew.
    #[must_use]
    pub fn admit(&self, scope: Scope, send: &SentMessage, limits: &[Limit], source_is_new: bool) -> Option<Self> {
        if self.of_order(&send.order).is_some_and(|counted| !counted.refunded) {
            return Some(self.clone());
        }
        if limits.is_empty() {
            // Without limits nothing is counted: the row would only fill up.
            return Some(self.clone());
        }
        let now = send.at;
        let reached = |limit: &&Limit| self.of(scope, send.channel, limit.seconds, now) >= limit.count as usize;
        let (long, short): (Vec<&Limit>, Vec<&Limit>) = limits.iter().partition(|limit| limit.seconds >= LONG_WINDOW);
        if short.iter().any(reached) {
            return None;
        }
        let extra = long.iter().any(reached);
        let extras = self.sent_within(DAY, now).filter(|counted| counted.extra).count();
        if extra && (!source_is_new || extras >= MAX_EXTRA) {
            return None;
        }
        let longest = limits.iter().map(|limit| limit.seconds).max().unwrap_or(DAY).max(DAY);
        Some(self.with(SentMessage { extra, ..send.clone() }, longest)).filter(|log| log.counted.len() <= MAX_STORED)
    }

    /// The log with one more message. The order's former entry and messages older than `seconds` are dropped.
    pub(super) fn with(&self, message: SentMessage, seconds: u64) -> Self {
        let others = self.within(seconds, message.at).filter(|other| other.order != message.order).cloned();
        let others: Vec<SentMessage> = others.collect();
        Self { counted: std::iter::once(message).chain(others).collect(), version: self.version }
    }

    /// Counts a bounced email of an account as more messages, so that an account whose emails bounce soon gets no more of
    /// them that day. Returns `None` if the order's bounce is counted already.
    #[must_use]
    pub fn with_bounce(&self, order: &str, destination: &str, at: Moment) -> Option<Self> {
        let name = |number: usize| format!("bounce.{number}.{order}");
        if self.of_order(&name(1)).is_some() {
            return None;
        }
        let entry = |number| SentMessage {
            order: name(number),
            at,
            channel: Channel::Email,
            destination: destination.to_owned(),
            source: String::new(),
            extra: false,
            refunded: false,
        };
        let more = (1..=BOUNCE_COUNTS_AS).map(entry);
        let counted: Vec<SentMessage> = more.chain(self.counted.iter().cloned()).take(MAX_STORED).collect();
        Some(Self { counted, version: self.version })
    }

    /// The entry of an order, refunded or not.
    #[must_use]
    pub fn of_order(&self, order: &str) -> Option<&SentMessage> {
        self.counted.iter().find(|send| send.order == order)
    }

    /// Refunds an order's message, which was definitely not sent. Returns `None` if it is not counted, or if `most`
    /// messages of 24 hours are refunded already; it then stays counted like any other.
    #[must_use]
    pub fn give_back(&self, order: &str, most: usize) -> Option<Self> {
        let found = self.counted.iter().position(|send| send.order == order && !send.refunded)?;
        let at = self.counted[found].at;
        if self.within(DAY, at).filter(|send| send.refunded).count() >= most {
            return None;
        }
        let mut counted = self.counted.clone();
        counted[found].refunded = true;
        Some(Self { counted, version: self.version })
    }

    /// Forgets an order's message that no provider was asked to send; returns `None` if it was not counted.
    #[must_use]
    pub fn without(&self, order: &str) -> Option<Self> {
        let counted: Vec<SentMessage> = self.counted.iter().filter(|send| send.order != order).cloned().collect();
        (counted.len() < self.counted.len()).then_some(Self { counted, version: self.version })
    }

    fn within(&self, seconds: u64, now: Moment) -> impl Iterator<Item = &SentMessage> {
        self.counted.iter().filter(move |send| send.at.plus(seconds) > now)
    }

    pub(super) fn sent_within(&self, seconds: u64, now: Moment) -> impl Iterator<Item = &SentMessage> {
        self.within(seconds, now).filter(|send| !send.refunded)
    }

    fn of(&self, scope: Scope, channel: Channel, seconds: u64, now: Moment) -> usize {
        self.sent_within(seconds, now)
            .filter(|send| match scope {
                Scope::Account => send.channel == channel,
                Scope::Destination => true,
            })
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_seconds(1_000_000);

    fn limits() -> Vec<Limit> {
        crate::policy::Policy::default().sends
    }

    fn send(order: u32, at: Moment, source: &str) -> SentMessage {
        let (order, source) = (order.to_string(), source.to_owned());
        let destination = "d".to_owned();
        SentMessage { order, at, channel: Channel::Sms, destination, source, extra: false, refunded: false }
    }

    fn admit(sends: &SendLog, order: u32, at: Moment, source: &str) -> Option<SendLog> {
        let send = send(order, at, source);
        sends.admit(Scope::Account, &send, &limits(), sends.source_is_new(&send))
    }

    #[test]
    fn what_nothing_limits_is_not_counted() {
        let sends = SendLog::default();
        assert_eq!(sends.admit(Scope::Destination, &send(1, START, "a"), &[], true), Some(sends));
    }

    #[test]
    fn a_row_keeps_a_thousand_whatever_the_policy_allows() {
        let limits = [Limit { count: 1_000_000, seconds: 1 }];
        let mut sends = SendLog::default();
        for order in 0..1000 {
            sends = sends.admit(Scope::Account, &send(order, START, "a"), &limits, false).unwrap();
        }
        assert_eq!(sends.admit(Scope::Account, &send(1000, START.plus(DAY - 1), "b"), &limits, true), None);
        let next = sends.admit(Scope::Account, &send(1000, START.plus(DAY), "b"), &limits, true);
        assert_eq!(next.map(|sends| sends.counted.len()), Some(1));
    }

    #[test]
    fn windows_are_rolling_and_exact() {
        let mut sends = admit(&SendLog::default(), 0, START, "a").unwrap();
        assert!(admit(&sends, 1, START.plus(29), "a").is_none());
        for order in 1..5 {
            sends = admit(&sends, order, START.plus(u64::from(order) * 30), "a").unwrap();
        }
        assert!(admit(&sends, 5, START.plus(HOUR - 1), "a").is_none());
        assert!(admit(&sends, 5, START.plus(HOUR), "a").is_some());
    }

    #[test]
    fn the_same_order_is_counted_once_and_can_be_forgotten_once() {
        let sends = admit(&SendLog::default(), 7, START, "a").unwrap();
        assert_eq!(admit(&sends, 7, START.plus(1), "a").unwrap(), sends);
        let back = sends.without("7").unwrap();
        assert!(back.counted.is_empty());
        assert!(back.without("7").is_none());
    }

    #[test]
    fn a_refunded_message_does_not_count() {
        let sends = admit(&SendLog::default(), 7, START, "a").unwrap();
        assert!(admit(&sends, 8, START.plus(1), "b").is_none(), "half a minute holds");
        let sends = sends.give_back("7", MAX_REFUNDED).unwrap();
        assert_eq!(sends.give_back("7", MAX_REFUNDED), None, "once");
        assert!(sends.source_is_new(&send(8, START.plus(1), "a")));
        let sends = admit(&sends, 8, START.plus(1), "a").unwrap();
        let orders = |sends: &SendLog| sends.counted.iter().map(|send| (send.order.clone(), send.refunded)).collect();
        let stored: Vec<(String, bool)> = orders(&sends);
        assert_eq!(stored, [("8".to_owned(), false), ("7".to_owned(), true)]);
        // The order's next attempt counts anew, under the limits at that time, and has only one entry in the row.
        assert!(admit(&sends, 7, START.plus(2), "a").is_none());
        let sends = admit(&sends, 7, START.plus(31), "a").unwrap();
        let stored: Vec<(String, bool)> = orders(&sends);
        assert_eq!(stored, [("7".to_owned(), false), ("8".to_owned(), false)]);
        assert!(admit(&sends, 9, START.plus(32), "a").is_none());
    }

    #[test]
    fn ten_a_day_are_refunded_and_the_eleventh_counts() {
        let mut sends = SendLog::default();
        for order in 0..10 {
            sends = admit(&sends, order, START.plus(u64::from(order)), "a")
                .unwrap()
                .give_back(&order.to_string(), MAX_REFUNDED)
                .unwrap();
        }
        // Refunding the same order again does not use up another refund.
        sends = admit(&sends, 9, START.plus(9), "a").unwrap().give_back("9", MAX_REFUNDED).unwrap();
        sends = admit(&sends, 10, START.plus(10), "a").unwrap();
        assert_eq!(sends.give_back("10", MAX_REFUNDED), None);
        assert!(admit(&sends, 11, START.plus(39), "a").is_none());
        // A day after the first refund, one more is allowed.
        sends = admit(&sends, 11, START.plus(DAY), "a").unwrap();
        sends = sends.give_back("11", MAX_REFUNDED).unwrap();
        sends = admit(&sends, 12, START.plus(DAY), "a").unwrap();
        assert_eq!(sends.give_back("12", MAX_REFUNDED), None);
    }

    #[test]
    fn an_orders_own_entry_makes_no_source_known() {
        let mine = send(1, START, "a");
        let sends = SendLog::default().admit(Scope::Account, &mine, &limits(), true).unwrap();
        assert!(sends.source_is_new(&mine));
        assert!(!sends.source_is_new(&send(2, START, "a")));
    }

    #[test]
    fn a_new_network_keeps_one_send_a_day_and_there_are_ten_of_those() {
        let mut sends = SendLog::default();
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
