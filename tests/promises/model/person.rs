//! A person in the model: contacts, counted guesses and counted messages.

use super::operation::Method;

/// Guesses in 24 hours.
pub(super) const GUESSES_A_DAY: usize = 3;
/// Guesses in 30 days.
pub(super) const GUESSES_A_MONTH: usize = 5;
/// Messages in an hour.
pub(super) const SENDS_AN_HOUR: usize = 3;
/// Messages in 24 hours.
pub(super) const SENDS_A_DAY: usize = 4;
/// Milliseconds between two messages, and until a code may be ordered again.
pub(super) const PAUSE: u64 = 30 * SECOND;
const EXTRA_MESSAGES: usize = 10;
const COMPLETIONS_A_DAY: usize = 5;
pub(super) const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;
pub(super) const DAY: u64 = 24 * HOUR;

/// A message that the model counted.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) job: (usize, u32),
    pub(super) at: u64,
    pub(super) method: Method,
    pub(super) to: String,
    pub(super) network: u8,
    pub(super) extra: bool,
    pub(super) refunded: bool,
}

/// An emailed long code: the code with whose digits it was sent, its gate, and whether it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LongCode {
    pub(super) code: u32,
    pub(super) gate: u8,
    pub(super) at: u64,
    pub(super) used: bool,
}

/// A person, as the administrator and the limits see them.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) phone: Option<&'static str>,
    pub(super) mail: &'static str,
    pub(super) enabled: bool,
    /// When each guess was evaluated.
    pub(super) guesses: Vec<u64>,
    pub(super) completions: Vec<u64>,
    /// Everything from before is dead.
    pub(super) revoked: Option<u64>,
    pub(super) sent: Vec<Sent>,
    pub(super) long_codes: Vec<LongCode>,
    pub(super) has_new_password: bool,
}

fn within(times: &[u64], length: u64, now: u64) -> usize {
    times.iter().filter(|at| **at + length > now).count()
}

impl Person {
    pub(super) fn new(number: &'static str, mail: &'static str) -> Self {
        Self {
            phone: Some(number),
            mail,
            enabled: true,
            guesses: Vec::new(),
            completions: Vec::new(),
            revoked: None,
            sent: Vec::new(),
            long_codes: Vec::new(),
            has_new_password: false,
        }
    }

    pub(super) fn kills(&self, began: u64) -> bool {
        self.revoked.is_some_and(|revoked| began <= revoked)
    }

    /// How many guesses count in 30 days.
    pub(super) fn counted_guesses(&self, now: u64) -> usize {
        within(&self.guesses, 30 * DAY, now)
    }

    pub(super) fn has_guesses_left(&self, now: u64) -> bool {
        within(&self.guesses, DAY, now) < GUESSES_A_DAY && self.counted_guesses(now) < GUESSES_A_MONTH
    }

    pub(super) fn may_complete(&self, now: u64) -> bool {
        within(&self.completions, DAY, now) < COMPLETIONS_A_DAY
    }

    /// The channels of the messages of the last 24 hours that count, in a fixed order.
    pub(super) fn counted_messages(&self, now: u64) -> Vec<&'static str> {
        let of_today = self.sent.iter().filter(|sent| !sent.refunded && sent.at + DAY > now);
        let mut channels: Vec<_> = of_today.map(|sent| sent.method.channel()).collect();
        channels.sort_unstable();
        channels
    }

    /// Counts a message if the limits of the account and of its destination allow it.
    pub(super) fn count(&mut self, message: Sent) -> bool {
        let now = message.at;
        let counted = |of: &dyn Fn(&Sent) -> bool, length: u64| {
            self.sent.iter().filter(|sent| !sent.refunded && sent.at + length > now && of(sent)).count()
        };
        let by_channel = |sent: &Sent| sent.method.channel() == message.method.channel();
        let to_destination = |sent: &Sent| sent.to == message.to;
        let scopes: [&dyn Fn(&Sent) -> bool; 2] = [&by_channel, &to_destination];
        if scopes.iter().any(|of| counted(of, PAUSE) >= 1) {
            return false;
        }
        let full = scopes.iter().any(|of| counted(of, HOUR) >= SENDS_AN_HOUR || counted(of, DAY) >= SENDS_A_DAY);
        let known = counted(&|sent| sent.network == message.network, DAY) > 0;
        let extras = counted(&|sent| sent.extra, DAY);
        if full && (known || extras >= EXTRA_MESSAGES) {
            return false;
        }
        self.sent.push(Sent { extra: full, ..message });
        true
    }
}
