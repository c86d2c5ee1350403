//! What people register by themselves: challenges to prove a contact, and security questions.

use std::future::Future;

use crate::credentials::questions::{Draw, QuestionSet};
use crate::limits::messages::SendLog;
use crate::ports::idempotency::Answered;
use crate::random::{AccountId, ChallengeId};
use crate::reset::challenge::Challenge;
use crate::time::Moment;
use crate::unavailable::Stored;

/// What people register by themselves: challenges to prove a contact, and security questions.
pub trait Registrations: Send + Sync {
    /// Keeps a new challenge, which is the order to deliver its code, if the person's log is still as it was read.
    fn begin_challenge(
        &self,
        challenge: &Challenge,
        log: &SendLog,
        answered: Option<Answered<'_>>,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads a challenge.
    fn challenge(&self, id: &ChallengeId) -> impl Future<Output = Stored<Option<Challenge>>> + Send;
    /// Charges a guess to a challenge of an account; `None` where it is unknown, another's, over, used or out of tries.
    fn charge_challenge(
        &self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> impl Future<Output = Stored<Option<Challenge>>> + Send;
    /// Reads an account's security questions.
    fn questions(&self, account: &AccountId) -> impl Future<Output = Stored<Option<QuestionSet>>> + Send;
    /// Keeps which questions were drawn, where the set is still the one that was read; `false` where it changed.
    fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> impl Future<Output = Stored<bool>> + Send;
}
