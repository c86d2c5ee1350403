//! The conversion floor: codes to a range of phone numbers stop if too few of them are used.
//!
//! In SMS pumping, an attacker has codes sent to numbers that earn him money, and nobody uses those codes. Such numbers
//! lie in ranges, so codes are counted by range: the numbers of one country that differ only in their last four digits.
//! Whether a code was used is looked up when a further one is to go to the same range.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::random::{ChallengeId, Randomness, ResetId, below};
use crate::time::{DAY, HOUR, Moment};

/// Length of the rolling window in which codes count, in seconds: a day, as for the other limits of messages.
pub const WINDOW_SECONDS: u64 = DAY;
/// Distinct destinations in the window from which the floor holds. With fewer, a few people who give up would decide, or
/// the people of one office whose codes are still on their way. What twenty destinations may get in a day is what a new
/// range can cost at most.
pub const MIN_DESTINATIONS: usize = 20;
/// Percentage of the destinations whose codes must have been used. People use most of their codes; of pumped codes
/// nobody uses any. So a low floor suffices, and an honest range stays well above it even on a bad day.
pub const FLOOR_PERCENT: usize = 10;
/// How long a range is blocked, in seconds: longer than a burst of an attack pays, and short enough to wait for.
pub const BLOCK_SECONDS: u64 = HOUR;
/// After the hour, one in so many codes goes out until the floor is reached again: enough for an honest range to
/// recover by itself, and a twentieth of the cost if it is still the attacker.
pub const ONE_IN: u8 = 20;
/// Most codes in one log: each takes about 150 bytes of an item of at most 400 KB, and one row to look up. In a busy
/// range, the newest ones decide: one of each destination, so that many codes to few destinations hide no others.
pub const MAX_CODES: usize = 200;

/// The job that a code was sent for. It leads to the row that says whether the code was used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CodeJob {
    /// The n-th order of a code in a reset.
    Reset(ResetId, u32),
    /// The code of a challenge.
    Challenge(ChallengeId),
}

/// A code that was sent to a phone, by SMS or call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SentCode {
    /// Keyed digest of the destination.
    pub destination: String,
    /// The job that it was sent for.
    pub job: CodeJob,
    /// When it was sent.
    pub at: Moment,
    /// Whether it is known to have been used.
    pub used: bool,
}

/// The codes sent to one range.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionLog {
    /// The codes of the window, newest first.
    pub codes: Vec<SentCode>,
    /// Until when nothing is sent to the range. It stays after that moment until the floor is reached again.
    pub blocked_until: Option<Moment>,
    /// The row's version; a write succeeds only if it is still the one that was read.
    pub version: u64,
}

/// One more code that is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct NextCode<'a> {
    /// Keyed digest of the destination.
    pub destination: &'a str,
    /// Whether its owner proved the destination before.
    pub is_verified: bool,
    /// Whether it was drawn as the one in [`ONE_IN`] that goes out after a block.
    pub is_drawn: bool,
}

/// What the floor decides about one more code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may be sent.
    Admit,
    /// It may not: the range is blocked, or the draw was lost.
    Refuse,
    /// It may not: from now on the range is blocked.
    Block,
}

/// Draws whether a code is the one in [`ONE_IN`] that goes to a range after its block.
pub fn is_drawn(random: &dyn Randomness) -> bool {
    below(random, ONE_IN) == 0
}

impl ConversionLog {
    /// The codes whose use must be looked up before [`ConversionLog::decide`]: none if they cannot change its result.
    #[must_use]
    pub fn to_look_up(&self, next: NextCode<'_>, now: Moment) -> Vec<SentCode> {
        let blocked = self.blocked_until.is_some_and(|until| now < until);
        let unknown = |code: &&SentCode| !code.used && (!blocked || code.destination == next.destination);
        if (blocked || self.is_below_floor(now)) && !self.passes(next, now) {
            self.within(now).filter(unknown).cloned().collect()
        } else {
            Vec::new()
        }
    }

    /// The log with the codes marked that turned out to be used.
    #[must_use]
    pub fn with_used(mut self, used: &[SentCode]) -> Self {
        let is_same = |one: &SentCode, code: &SentCode| one.destination == code.destination && one.job == code.job;
        for code in &mut self.codes {
            code.used |= used.iter().any(|one| is_same(one, code));
        }
        self
    }

    /// Decides about one more code.
    #[must_use]
    pub fn decide(&self, next: NextCode<'_>, now: Moment) -> Decision {
        if self.passes(next, now) {
            return Decision::Admit;
        }
        match self.blocked_until {
            Some(until) if now < until => Decision::Refuse,
            _ if !self.is_below_floor(now) => Decision::Admit,
            Some(_) if next.is_drawn => Decision::Admit,
            Some(_) => Decision::Refuse,
            None => Decision::Block,
        }
    }

    /// The log with one more code. A code of the same job to the same destination is replaced, codes older than the window
    /// are dropped, and a block that is over ends if the floor is reached again.
    #[must_use]
    pub fn with(&self, code: SentCode) -> Self {
        let now = code.at;
        let is_other = |other: &&SentCode| other.destination != code.destination || other.job != code.job;
        let others: Vec<SentCode> = self.within(now).filter(is_other).cloned().collect();
        let blocked_until = self.blocked_until.filter(|until| now < *until || self.is_below_floor(now));
        let mut codes: Vec<SentCode> = std::iter::once(code).chain(others).collect();
        if codes.len() > MAX_CODES {
            codes = newest_of_each_destination(codes);
            codes.truncate(MAX_CODES);
        }
        Self { codes, blocked_until, version: self.version }
    }

    /// The log without a code that was definitely not sent; `None` if it is not in it.
    #[must_use]
    pub fn without(&self, sent: &SentCode) -> Option<Self> {
        let is_other = |code: &&SentCode| code.destination != sent.destination || code.job != sent.job;
        let codes: Vec<SentCode> = self.codes.iter().filter(is_other).cloned().collect();
        (codes.len() < self.codes.len()).then_some(Self { codes, ..self.clone() })
    }

    /// The log of a range that is blocked from now on.
    #[must_use]
    pub fn blocked(&self, now: Moment) -> Self {
        Self { blocked_until: Some(now.plus(BLOCK_SECONDS)), ..self.clone() }
    }

    /// When the log says nothing any more, `now` at the earliest: its youngest code has left the window and no block is
    /// left.
    #[must_use]
    pub fn ends(&self, now: Moment) -> Moment {
        let youngest = self.codes.iter().map(|code| code.at).max().map(|at| at.plus(WINDOW_SECONDS));
        youngest.max(self.blocked_until).unwrap_or(now).max(now)
    }

    /// Whether no floor holds for the destination: its owner proved it, or used a code of the window.
    fn passes(&self, next: NextCode<'_>, now: Moment) -> bool {
        next.is_verified || self.within(now).any(|code| code.used && code.destination == next.destination)
    }

    fn is_below_floor(&self, now: Moment) -> bool {
        let destinations: HashSet<&str> = self.within(now).map(|code| code.destination.as_str()).collect();
        let used = self.within(now).filter(|code| code.used).map(|code| code.destination.as_str());
        let used: HashSet<&str> = used.collect();
        destinations.len() >= MIN_DESTINATIONS && used.len() * 100 < destinations.len() * FLOOR_PERCENT
    }

    fn within(&self, now: Moment) -> impl Iterator<Item = &SentCode> {
        self.codes.iter().filter(move |code| code.at.plus(WINDOW_SECONDS) > now)
    }
}

/// The newest code of each destination, newest first. It counts as used if an older one was.
fn newest_of_each_destination(codes: Vec<SentCode>) -> Vec<SentCode> {
    let mut newest: Vec<SentCode> = Vec::new();
    for code in codes {
        match newest.iter_mut().find(|newer| newer.destination == code.destination) {
            Some(newer) => newer.used |= code.used,
            None => newest.push(code),
        }
    }
    newest
}

#[cfg(test)]
mod tests;
