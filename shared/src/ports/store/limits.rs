//! Counters that keep anybody from guessing, sending or spending without end.

use std::future::Future;

use crate::account::Owner;
use crate::limits::conversion::{ConversionLog, SentCode};
use crate::limits::guesses::{Budget, GuessLog, GuessLogState};
use crate::limits::lockout::Lockout;
use crate::limits::messages::SendLog;
use crate::limits::source::SourceLimit;
use crate::money::Money;
use crate::records::audit::AuditRecord;
use crate::time::{Date, Moment};
use crate::unavailable::Stored;

/// Counters that keep anybody from guessing, sending or spending without end.
pub trait Limits: Send + Sync {
    /// Charges a guess to a guess log. Returns its new state, or `None` if the budget is spent or `began_at` is
    /// revoked.
    fn spend_attempt(
        &self,
        guess_log: &GuessLog,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> impl Future<Output = Stored<Option<GuessLogState>>> + Send;
    /// Records in the audit log that the last guess of a guess log's budget failed. For a decoy, which belongs to
    /// nobody, it only makes a write of the same kind.
    fn note_blocked(&self, guess_log: &GuessLog, record: &AuditRecord) -> impl Future<Output = Stored<()>> + Send;
    /// Forgets the oldest guesses beyond the newest `keep`.
    fn trim_attempts(&self, guess_log: &GuessLog, keep: usize) -> impl Future<Output = Stored<()>> + Send;
    /// Reads a guess log.
    fn guess_log(&self, guess_log: &GuessLog) -> impl Future<Output = Stored<GuessLogState>> + Send;
    /// Reads the messages counted under each of the keys and, if there is a range of phone numbers, the codes that were
    /// sent to it, at once.
    fn message_logs(
        &self,
        keys: &[&str],
        range: Option<&str>,
    ) -> impl Future<Output = Stored<(Vec<SendLog>, ConversionLog)>> + Send;
    /// Reads the messages counted under a key.
    fn sends(&self, key: &str) -> impl Future<Output = Stored<SendLog>> + Send;
    /// Replaces counted messages that are still as they were read. Returns `false` if they changed meanwhile.
    fn put_sends(&self, key: &str, sends: &SendLog) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads the codes that were sent to a range of phone numbers.
    fn conversion_log(&self, range: &str) -> impl Future<Output = Stored<ConversionLog>> + Send;
    /// Replaces a range's codes that are still as they were read. Returns `false` if they changed meanwhile.
    fn put_conversion_log(
        &self,
        range: &str,
        log: &ConversionLog,
        now: Moment,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Of these codes, those that were used: they passed a gate of their reset, or proved their challenge. A code whose
    /// reset or challenge is gone was not used.
    fn used_codes(&self, codes: &[SentCode]) -> impl Future<Output = Stored<Vec<SentCode>>> + Send;
    /// Reserves money of a day under a key. Returns `false` if the sum would exceed `cap`.
    fn spend(&self, day: Date, key: &str, amount: Money, cap: Money) -> impl Future<Output = Stored<bool>> + Send;
    /// Refunds reserved money. The sum never falls below zero.
    fn refund(&self, day: Date, key: &str, amount: Money) -> impl Future<Output = Stored<()>> + Send;
    /// Counts a request of a source network under each of these limits. If one is reached, nothing is counted, and the
    /// result is when the last of these windows ends.
    fn count_source(
        &self,
        limits: &[SourceLimit],
        now: Moment,
    ) -> impl Future<Output = Stored<Result<(), Moment>>> + Send;
    /// Reads an owner's sign-in lock.
    fn lockout(&self, owner: &Owner) -> impl Future<Output = Stored<Lockout>> + Send;
    /// Replaces a sign-in lock that is still as it was read. Returns `false` if it changed meanwhile.
    fn put_lockout(&self, owner: &Owner, state: &Lockout) -> impl Future<Output = Stored<bool>> + Send;
}
