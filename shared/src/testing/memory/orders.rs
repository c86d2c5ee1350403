//! Orders: the rows whose writing asks for a delivery.

use super::{Ordered, State};
use crate::ports::store::{OrderClaim, OrderRef};
use crate::records::audit::AuditRecord;
use crate::reset::{Delivered, Reset};
use crate::time::Moment;

/// How far the present order of a row has come.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    lease_until: Option<Moment>,
    /// Whether this order, and no earlier one of the same issue, marked that a code exists.
    marked: bool,
    outcome: Option<Delivered>,
}

impl State {
    pub(super) fn claim_order(&mut self, order: &OrderRef, lease_until: Moment, now: Moment) -> OrderClaim {
        let over = self.is_over(order, now);
        let Some(delivery) = self.open_delivery(order).filter(|_| !over) else { return OrderClaim::Settled };
        if delivery.lease_until.is_some_and(|until| now < until) {
            return OrderClaim::Held;
        }
        delivery.lease_until = Some(lease_until);
        OrderClaim::Claimed
    }

    pub(super) fn mark_sent(&mut self, order: &OrderRef, sent_to: &str) -> bool {
        let OrderRef::Code(reset, _) = order else { return true };
        if self.open_delivery(order).is_none() {
            return false;
        }
        let open = |kept: &&mut Ordered<Reset>| kept.value.open_gate() == Some(kept.value.issue.gate);
        let Some(kept) = self.resets.get_mut(reset).filter(open) else { return false };
        kept.delivery.marked |= kept.value.issue.sent_to.is_none();
        kept.value.issue.sent_to = Some(sent_to.to_owned());
        true
    }

    /// The first outcome stands: a worker that lost its lease cannot undo what another one sent.
    pub(super) fn settle_order(&mut self, order: &OrderRef, outcome: Delivered, record: Option<&AuditRecord>) {
        let Some(delivery) = self.open_delivery(order) else { return };
        delivery.outcome = Some(outcome);
        match order {
            OrderRef::Code(reset, _) => {
                let marked = self.resets.get_mut(reset).filter(|kept| kept.delivery.marked);
                if let (Delivered::Dropped(_), Some(kept)) = (outcome, marked) {
                    kept.value.issue.sent_to = None;
                }
            }
            OrderRef::Notice { day, id } => {
                if let Some(kept) = self.notices.get_mut(&(day.clone(), id.clone())) {
                    kept.value.finished = true;
                }
            }
            OrderRef::Challenge(_) => {}
        }
        if let Some(record) = record {
            self.keep_record(record);
        }
    }

    pub(super) fn release_order(&mut self, order: &OrderRef) {
        if let Some(delivery) = self.open_delivery(order) {
            delivery.lease_until = None;
        }
    }

    /// How far an order has come; `None` where it is unknown or settled, or another one took its place.
    fn open_delivery(&mut self, order: &OrderRef) -> Option<&mut Delivery> {
        let delivery = match order {
            OrderRef::Code(reset, order) => {
                let kept = self.resets.get_mut(reset).filter(|kept| kept.value.issue.order == *order)?;
                &mut kept.delivery
            }
            OrderRef::Challenge(challenge) => &mut self.challenges.get_mut(challenge)?.delivery,
            OrderRef::Notice { day, id } => {
                let kept = self.notices.get_mut(&(day.clone(), id.clone())).filter(|kept| !kept.value.finished)?;
                &mut kept.delivery
            }
        };
        delivery.outcome.is_none().then_some(delivery)
    }

    /// Whether what was ordered would come too late; a notice never does, and is given up by its worker.
    fn is_over(&self, order: &OrderRef, now: Moment) -> bool {
        match order {
            OrderRef::Code(reset, _) => self.resets.get(reset).is_some_and(|kept| !kept.value.is_live(now)),
            OrderRef::Challenge(id) => self.challenges.get(id).is_some_and(|kept| kept.value.expires_at <= now),
            OrderRef::Notice { .. } => false,
        }
    }
}
