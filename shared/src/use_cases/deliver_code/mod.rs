//! Delivers what was ordered: codes of resets and registrations, and notices.
//!
//! The worker behind the table's stream. It alone resolves a name to an account, so nothing it finds can
//! reach the answer that was given before it ran.

mod audit;
mod eligibility;
mod notice;
mod quota;
mod registration_code;
mod reset_code;
mod send;

use crate::credentials::key::{CodeKeys, NameKeys, PhoneKeys};
use crate::message::Sender;
use crate::ports::messenger::Messenger;
use crate::ports::store::{OrderClaim, OrderRef, Store};
use crate::random::NoticeId;
use crate::records::audit::AuditRecord;
use crate::records::notice::NOTICE_HOURS;
use crate::reset::{Delivered, DropReason};
use crate::time::DAY;
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;

/// What delivering needs.
pub struct DeliverCode<S, M> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// Hands messages to their providers.
    pub messenger: M,
    /// The key of names and destinations.
    pub names: NameKeys,
    /// The key of claimed phones.
    pub phones: PhoneKeys,
    /// The key of codes.
    pub codes: CodeKeys,
    /// Who messages are from.
    pub sender: Sender,
}

/// Seconds for which a worker holds an order: longer than any provider's answer takes.
pub const LEASE_SECONDS: u64 = 30;
/// Notices taken up again in one sweep, per day of their making.
const SWEEP_LIMIT: usize = 100;

/// How far an order was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// There is nothing left to do.
    Settled,
    /// The provider cannot take it now, and nothing was sent; of a notice, not everybody is told yet.
    TryAgain,
    /// Of a notice, not everybody is told yet, and trying again at once is of no use: the next sweep finds it.
    Later,
    /// Somebody holds it, or it could not be written down: it is to be looked at again when the lease has ended.
    Held,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    /// Brings one order as far as it goes now.
    ///
    /// # Errors
    /// [`Unavailable`]; the order is to be tried again.
    pub async fn deliver(&self, order: &OrderRef) -> Result<Handled, Unavailable> {
        let now = self.context.now();
        // Claimed before anything else: an order that is delivered twice is worked on once.
        match self.context.store.claim_order(order, now.plus(LEASE_SECONDS), now).await? {
            OrderClaim::Claimed => {}
            OrderClaim::Held => return Ok(Handled::Held),
            OrderClaim::Settled => return Ok(Handled::Settled),
        }
        let handled = match order {
            OrderRef::Code(reset, number) => self.reset_code(order, reset, *number).await,
            OrderRef::Challenge(challenge) => self.challenge_code(order, challenge).await,
            OrderRef::Notice { day, id } => self.notice(order, *day, id).await,
        };
        if handled.is_err() {
            // Where even this fails, the lease ends by itself.
            self.context.store.release_order(order).await.ok();
        }
        handled
    }

    /// Gives up an order that its provider could not take for as long as it was tried: it is marked and skipped, so
    /// that nobody waits behind it. A notice is taken up again by the next sweep instead.
    ///
    /// # Errors
    /// [`Unavailable`]; the order stays as it is.
    pub async fn give_up(&self, order: &OrderRef) -> Result<(), Unavailable> {
        let now = self.context.now();
        if matches!(order, OrderRef::Notice { .. })
            || self.context.store.claim_order(order, now.plus(LEASE_SECONDS), now).await? != OrderClaim::Claimed
        {
            return Ok(());
        }
        match order {
            OrderRef::Code(reset, _) => self.give_up_code(order, reset).await.map(|_| ()),
            OrderRef::Challenge(challenge) => self.give_up_challenge(order, challenge).await.map(|_| ()),
            OrderRef::Notice { .. } => Ok(()),
        }
    }

    /// Writes down what became of an order, with what the audit keeps of it.
    async fn settle(
        &self,
        order: &OrderRef,
        outcome: Delivered,
        record: Option<&AuditRecord>,
    ) -> Result<Handled, Unavailable> {
        self.context.store.settle_order(order, outcome, record).await?;
        Ok(Handled::Settled)
    }

    /// Writes down that nothing is sent for an order; of one that is nobody's the audit keeps nothing.
    async fn drop_order(
        &self,
        order: &OrderRef,
        reason: DropReason,
        record: Option<&AuditRecord>,
    ) -> Result<Handled, Unavailable> {
        nothing_sent(order, reason);
        self.settle(order, Delivered::Dropped(reason), record).await
    }

    /// The notices that are not finished, of as many days as they are tried: up to 100 of each, from another place on
    /// each time and all days mixed, so that however many cannot be told now, the others have their turn.
    ///
    /// # Errors
    /// [`Unavailable`]; the next sweep finds them.
    pub async fn pending(&self) -> Result<Vec<OrderRef>, Unavailable> {
        let now = self.context.now();
        let first = NoticeId::draw(&*self.context.random);
        let mut pending = Vec::new();
        for days in 0..=NOTICE_HOURS / 24 {
            let day = now.minus(days * DAY).day();
            pending.extend(self.context.store.pending_notices(day, &first, SWEEP_LIMIT).await?);
        }
        pending.sort_by(|one, other| (one.id < first, &one.id).cmp(&(other.id < first, &other.id)));
        Ok(pending.into_iter().map(|notice| OrderRef::Notice { day: notice.day(), id: notice.id }).collect())
    }
}

/// Tells the log that nothing is sent for an order, and that this worker is done with it.
fn nothing_sent(order: &OrderRef, reason: DropReason) -> Handled {
    tracing::info!(order = %order.trace(), reason = reason.as_str(), "nothing sent");
    Handled::Settled
}

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests;
