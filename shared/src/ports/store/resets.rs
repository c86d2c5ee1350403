//! Resets, from their beginning to the proof of both gates.

use std::future::Future;

use crate::account::Owner;
use crate::limits::source::SourceLimit;
use crate::ports::idempotency::{KeyedResponse, Reservation, RunError};
use crate::random::ResetId;
use crate::reset::{IssuedCode, IssuedLongCode, Reset};
use crate::time::Moment;
use crate::unavailable::Stored;

use super::change::Proof;
use super::settings::StoredPolicy;

/// The result of beginning a reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginOutcome {
    /// It is stored, and its code is ordered.
    Begun,
    /// The source network has begun too many; nothing was written.
    Limited {
        /// When the window ends.
        until: Moment,
    },
    /// The idempotency key was used before; nothing was written.
    Reserved(Reservation),
}

/// The result of counting a request to a reset.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestCount {
    /// It is counted. Holds the reset as it is now.
    Counted(Box<Reset>),
    /// The reset is unknown or over; nothing was written.
    NoReset,
    /// Too many requests came in this window; nothing was written.
    Limited {
        /// When the window ends.
        until: Moment,
    },
}

impl RequestCount {
    /// The reset of a counted request; `None` if there is none.
    ///
    /// # Errors
    /// [`RunError::Limited`] if too many requests came.
    pub fn reset(self, now: Moment) -> Result<Option<Reset>, RunError> {
        match self {
            Self::Counted(reset) => Ok(Some(*reset)),
            Self::NoReset => Ok(None),
            Self::Limited { until } => Err(RunError::Limited { seconds: until.seconds_from(now) }),
        }
    }
}

/// An owner's emailed long codes, with the revocation that applies to them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IssuedLongCodes {
    /// Codes issued at or before this moment are revoked.
    pub revoked_before: Option<Moment>,
    /// Issued codes that are not used yet, in no particular order.
    pub issued: Vec<IssuedLongCode>,
}

/// Resets, from their beginning to the proof of both gates.
pub trait Resets: Send + Sync {
    /// Stores a new reset if its source's limits allow it. The reset's row is also the job to deliver its first code.
    fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        answered: Option<KeyedResponse<'_>>,
        now: Moment,
    ) -> impl Future<Output = Stored<BeginOutcome>> + Send;
    /// Reads a reset.
    fn reset(&self, id: &ResetId) -> impl Future<Output = Stored<Option<Reset>>> + Send;
    /// Reads a reset and the policy in force, at once.
    fn reset_and_policy(&self, id: &ResetId) -> impl Future<Output = Stored<(Option<Reset>, StoredPolicy)>> + Send;
    /// Replaces a reset's issued code and orders its delivery, if the former code and the stage are still as they were
    /// read, a gate is open and the reset is not over.
    fn reissue(&self, seen: &Reset, issued: &IssuedCode) -> impl Future<Output = Stored<bool>> + Send;
    /// Counts a request to a live reset. It takes a second request to the table if a new window begins.
    fn count_request(&self, id: &ResetId, now: Moment) -> impl Future<Output = Stored<RequestCount>> + Send;
    /// Counts a request to a live reset and charges a guess to its issued code, in the same write. The caller compares
    /// the tries with the policy's, and the stage with the gate: every guess counts as a request, even one that is too
    /// many.
    fn charge_reset(&self, id: &ResetId, now: Moment) -> impl Future<Output = Stored<RequestCount>> + Send;
    /// Uses up a reset's issued code and moves its stage. Returns `false` if the code was used or replaced meanwhile,
    /// or is over.
    fn prove(&self, proof: &Proof<'_>) -> impl Future<Output = Stored<bool>> + Send;
    /// Moves the stage of a reset that passed gate one, for right answers to its questions. The questions belong to the
    /// gate, not to an issued code. Returns `false` if the reset is over or was moved meanwhile.
    fn prove_answers(&self, proof: &Proof<'_>) -> impl Future<Output = Stored<bool>> + Send;
    /// Uses up a long code and moves the stage of a reset. Returns `false` if either was used or revoked meanwhile, or
    /// is over.
    fn prove_long(
        &self,
        proof: &Proof<'_>,
        owner: &Owner,
        issued: &IssuedLongCode,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads an owner's long codes.
    fn issued_long_codes(&self, owner: &Owner) -> impl Future<Output = Stored<IssuedLongCodes>> + Send;
    /// Stores an issued long code. Storing it again changes nothing, not even that it was used.
    fn store_long_code(&self, owner: &Owner, issued: &IssuedLongCode) -> impl Future<Output = Stored<()>> + Send;
}
