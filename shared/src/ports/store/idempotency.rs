//! Idempotency keys, each claimed by one request at a time.

use std::future::Future;

use crate::ports::idempotency::{Claim, Claimed, Facts};
use crate::time::Moment;
use crate::unavailable::Stored;

/// Idempotency keys, each claimed by one request at a time.
pub trait Idempotency: Send + Sync {
    /// Claims an idempotency key for a request that runs now.
    fn claim_key(&self, claim: &Claim, now: Moment) -> impl Future<Output = Stored<Claimed>> + Send;
    /// Keeps the facts of an answer under a claimed key.
    fn keep_answer(&self, claim: &Claim, facts: &Facts, now: Moment) -> impl Future<Output = Stored<()>> + Send;
    /// Gives a claimed key up, so that the request can be tried again.
    fn release_key(&self, claim: &Claim) -> impl Future<Output = Stored<()>> + Send;
}
