//! Resets, from their begin to the proof of both gates.

use std::future::Future;

use crate::account::{AccountSnapshot, Owner};
use crate::limits::source::SourceLimit;
use crate::ports::idempotency::{Answered, Reservation};
use crate::random::ResetId;
use crate::records::audit::AuditRecord;
use crate::reset::{IssuedCode, IssuedLongCode, Reset};
use crate::time::Moment;
use crate::unavailable::Stored;

use super::change::Proof;

/// What became of a begun reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is kept, and its code is ordered.
    Begun,
    /// The source network has begun too many; nothing was written.
    Limited {
        /// When the window ends.
        until: Moment,
    },
    /// The idempotency key was used before; nothing was written.
    Reserved(Reservation),
}

/// An owner's emailed long codes, with what voids them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IssuedLongCodes {
    /// The account's void moment.
    pub revoked_before: Option<Moment>,
    /// Issues not yet used, in no order.
    pub issued: Vec<IssuedLongCode>,
}

/// Resets, from their begin to the proof of both gates.
pub trait Resets: Send + Sync {
    /// Keeps a new reset, which is the order to deliver its first code, if its source's limits allow it.
    fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        answered: Option<Answered<'_>>,
        now: Moment,
    ) -> impl Future<Output = Stored<Begun>> + Send;
    /// Reads a reset.
    fn reset(&self, id: &ResetId) -> impl Future<Output = Stored<Option<Reset>>> + Send;
    /// Replaces the issue of a reset whose issue and stage are still as they were read, and orders its delivery.
    fn reissue(&self, seen: &Reset, issued: &IssuedCode) -> impl Future<Output = Stored<bool>> + Send;
    /// Notes which account a reset is for; `false` where the reset is over or unknown, or bound to another account
    /// already, or where another order took the place of this one, by which the account was found.
    fn link_account(
        &self,
        id: &ResetId,
        order: u32,
        snapshot: &AccountSnapshot,
        record: Option<&AuditRecord>,
        now: Moment,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Charges a guess to the reset's issue; `None` where it is unknown, over, proved, or out of tries.
    fn charge_reset(&self, id: &ResetId, tries: u32, now: Moment)
    -> impl Future<Output = Stored<Option<Reset>>> + Send;
    /// Uses a reset's issue up and moves its stage; `false` where it was used or replaced meanwhile.
    fn prove(&self, proof: &Proof<'_>) -> impl Future<Output = Stored<bool>> + Send;
    /// Moves the stage of a reset that passed gate one by right answers to its questions, which belong to the gate and
    /// to no issue; `false` where it is over or was moved meanwhile.
    fn prove_answers(&self, proof: &Proof<'_>) -> impl Future<Output = Stored<bool>> + Send;
    /// Uses a long code up and moves the stage of a reset; `false` where either was used or voided meanwhile.
    fn prove_long(
        &self,
        proof: &Proof<'_>,
        owner: &Owner,
        issued: &IssuedLongCode,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads an owner's long codes.
    fn issued_long_codes(&self, owner: &Owner) -> impl Future<Output = Stored<IssuedLongCodes>> + Send;
    /// Keeps a long code's issue; keeping it again changes nothing, not even that it was used.
    fn store_long_code(&self, owner: &Owner, issued: &IssuedLongCode) -> impl Future<Output = Stored<()>> + Send;
}
