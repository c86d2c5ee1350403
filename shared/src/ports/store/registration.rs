//! Self-registration: challenges to prove a contact, and security questions.

use std::future::Future;

use crate::credentials::questions::{Draw, QuestionSet};
use crate::limits::messages::SendLog;
use crate::ports::idempotency::KeyedResponse;
use crate::random::{AccountId, ChallengeId};
use crate::reset::challenge::Challenge;
use crate::time::Moment;
use crate::unavailable::Stored;

/// Self-registration: challenges to prove a contact, and security questions.
pub trait Registrations: Send + Sync {
    /// Stores a new challenge if the person's log is still as it was read. The challenge's row is also the job to
    /// deliver its code.
    fn begin_challenge(
        &self,
        challenge: &Challenge,
        log: &SendLog,
        answered: Option<KeyedResponse<'_>>,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads a challenge.
    fn challenge(&self, id: &ChallengeId) -> impl Future<Output = Stored<Option<Challenge>>> + Send;
    /// Charges a guess to a challenge of an account. Returns `None` if the challenge is unknown, belongs to another
    /// account, is over or used, or has no tries left.
    fn charge_challenge(
        &self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> impl Future<Output = Stored<Option<Challenge>>> + Send;
    /// Reads an account's security questions.
    fn questions(&self, account: &AccountId) -> impl Future<Output = Stored<Option<QuestionSet>>> + Send;
    /// Stores which questions were drawn if the set is still the one that was read. Returns `false` if it changed.
    fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> impl Future<Output = Stored<bool>> + Send;
}
