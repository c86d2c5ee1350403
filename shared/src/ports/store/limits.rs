//! What is counted so that nobody may guess, send or spend without end.

use std::future::Future;

use crate::account::Owner;
use crate::limits::guesses::{Budget, GuessLog, GuessLogState};
use crate::limits::lockout::Lockout;
use crate::limits::messages::SendLog;
use crate::money::Money;
use crate::records::audit::AuditRecord;
use crate::time::{Date, Moment};
use crate::unavailable::Stored;

/// What is counted so that nobody may guess, send or spend without end.
pub trait Limits: Send + Sync {
    /// Charges a guess to a ring: the ring as it is now, or `None` where it is full or voids `began_at`.
    fn spend_attempt(
        &self,
        guess_log: &GuessLog,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> impl Future<Output = Stored<Option<GuessLogState>>> + Send;
    /// Keeps in the audit that a ring's last guess was charged in vain; of an idle ring, which is nobody's, it only
    /// makes a write of the same kind.
    fn note_blocked(&self, guess_log: &GuessLog, record: &AuditRecord) -> impl Future<Output = Stored<()>> + Send;
    /// Forgets the oldest guesses beyond `keep`.
    fn trim_attempts(&self, guess_log: &GuessLog, keep: usize) -> impl Future<Output = Stored<()>> + Send;
    /// Reads a ring.
    fn guess_log(&self, guess_log: &GuessLog) -> impl Future<Output = Stored<GuessLogState>> + Send;
    /// Reads the messages counted under a key.
    fn sends(&self, key: &str) -> impl Future<Output = Stored<SendLog>> + Send;
    /// Replaces counted messages that are still as they were read; `false` where they changed meanwhile.
    fn put_sends(&self, key: &str, sends: &SendLog) -> impl Future<Output = Stored<bool>> + Send;
    /// Reserves money of a day under a key; `false` where `amount` would exceed `cap`.
    fn spend(&self, day: Date, key: &str, amount: Money, cap: Money) -> impl Future<Output = Stored<bool>> + Send;
    /// Gives reserved money back.
    fn refund(&self, day: Date, key: &str, amount: Money) -> impl Future<Output = Stored<()>> + Send;
    /// Reads the sign-in row of an owner.
    fn lockout(&self, owner: &Owner) -> impl Future<Output = Stored<Lockout>> + Send;
    /// Replaces a sign-in row that is still as it was read; `false` where it changed meanwhile.
    fn put_lockout(&self, owner: &Owner, state: &Lockout) -> impl Future<Output = Stored<bool>> + Send;
}
