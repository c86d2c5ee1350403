//! Delivery jobs: rows that ask for a delivery when they are written; notices among them.

use super::MemoryStore;
use super::state::{Delivery, Ordered, State};
use crate::account::search::IndexEntry;
use crate::ports::store::{Deliveries, DeliveryJob, Lease, Leased, Link, Stored};
use crate::random::NoticeId;
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::reset::Delivered;
use crate::time::{Date, Moment};

impl Deliveries for MemoryStore {
    async fn lease_job(&self, job: &DeliveryJob, lease_until: Moment, now: Moment) -> Stored<Lease> {
        let state = &mut *self.state();
        let over = state.is_over(job, now);
        let Some(delivery) = state.open_delivery(job).filter(|_| !over) else { return Ok(Lease::Completed) };
        if delivery.lease_until.is_some_and(|until| now < until) {
            return Ok(Lease::Held);
        }
        delivery.lease_until = Some(lease_until);
        Ok(state.leased(job).map_or(Lease::Completed, Lease::Taken))
    }

    async fn link_account(&self, link: &Link<'_>) -> Stored<bool> {
        let state = &mut *self.state();
        let Link { reset, order, snapshot, sent_to, now } = *link;
        let Some(Ordered { value: reset, delivery }) = state.resets.get_mut(reset) else { return Ok(false) };
        let is_free = reset.snapshot.as_ref().is_none_or(|other| other.account == snapshot.account);
        let is_awaited = reset.open_gate() == Some(reset.issued.gate) && delivery.outcome.is_none();
        if !reset.is_live(now) || reset.issued.order != order || !is_free || (sent_to.is_some() && !is_awaited) {
            return Ok(false);
        }
        reset.snapshot = Some(snapshot.clone());
        if let Some(sent_to) = sent_to {
            delivery.marked |= reset.issued.sent_to.is_none();
            reset.issued.sent_to = Some(sent_to.to_owned());
        }
        Ok(true)
    }

    /// The first outcome is final: a worker that lost its lease cannot undo what another one sent.
    async fn complete_job(&self, job: &DeliveryJob, outcome: Delivered, record: Option<&AuditRecord>) -> Stored<()> {
        let state = &mut *self.state();
        let Some(delivery) = state.open_delivery(job) else { return Ok(()) };
        delivery.outcome = Some(outcome);
        match job {
            DeliveryJob::Code(reset, _) => {
                let marked = state.resets.get_mut(reset).filter(|stored| stored.delivery.marked);
                if let (Delivered::Dropped(_), Some(stored)) = (outcome, marked) {
                    stored.value.issued.sent_to = None;
                }
            }
            DeliveryJob::Notice { day, id } => {
                if let Some(stored) = state.notices.get_mut(&(*day, id.clone())) {
                    stored.value.finished = true;
                }
            }
            DeliveryJob::Challenge(_) => {}
        }
        if let Some(record) = record {
            state.store_record(record);
        }
        Ok(())
    }

    async fn release_job(&self, job: &DeliveryJob) -> Stored<()> {
        let state = &mut *self.state();
        if let Some(delivery) = state.open_delivery(job) {
            delivery.lease_until = None;
        }
        Ok(())
    }

    async fn pending_notices(&self, day: Date, first: &NoticeId, limit: usize) -> Stored<Vec<NoticeOrder>> {
        let state = &mut *self.state();
        let of_day = state.notices.iter().filter(|((stored, _), _)| *stored == day).map(|(_, stored)| &stored.value);
        let mut pending: Vec<NoticeOrder> = of_day.filter(|notice| !notice.finished).cloned().collect();
        pending.sort_by(|one, other| (one.id < *first, &one.id).cmp(&(other.id < *first, &other.id)));
        pending.truncate(limit);
        Ok(pending)
    }

    async fn order_confirmation(&self, entry: &IndexEntry, order: &NoticeOrder) -> Stored<bool> {
        let state = &mut *self.state();
        let is_stored = state.accounts.values().any(|account| account.unconfirmed_entry().as_ref() == Some(entry));
        if !is_stored || !state.asked.insert(entry.clone()) {
            return Ok(false);
        }
        state.order_notice(order);
        Ok(true)
    }

    async fn put_notice(&self, notice: &NoticeOrder) -> Stored<()> {
        let open = |stored: &&mut Ordered<NoticeOrder>| !stored.value.finished;
        let key = (notice.day(), notice.id.clone());
        if let Some(stored) = self.state().notices.get_mut(&key).filter(open) {
            stored.value.done.clone_from(&notice.done);
            stored.delivery.lease_until = None;
        }
        Ok(())
    }
}

impl State {
    /// The delivery of a job that is still open; `None` if the job is unknown, completed or replaced by a newer one.
    fn open_delivery(&mut self, job: &DeliveryJob) -> Option<&mut Delivery> {
        let delivery = match job {
            DeliveryJob::Code(reset, order) => {
                let stored = self.resets.get_mut(reset).filter(|stored| stored.value.issued.order == *order)?;
                &mut stored.delivery
            }
            DeliveryJob::Challenge(challenge) => &mut self.challenges.get_mut(challenge)?.delivery,
            DeliveryJob::Notice { day, id } => {
                let stored = self.notices.get_mut(&(*day, id.clone())).filter(|stored| !stored.value.finished)?;
                &mut stored.delivery
            }
        };
        delivery.outcome.is_none().then_some(delivery)
    }

    /// Whether the delivery would come too late. A notice is never too late; its worker gives it up.
    fn is_over(&self, job: &DeliveryJob, now: Moment) -> bool {
        match job {
            DeliveryJob::Code(reset, _) => self.resets.get(reset).is_some_and(|stored| !stored.value.is_live(now)),
            DeliveryJob::Challenge(id) => self.challenges.get(id).is_some_and(|stored| stored.value.expires_at <= now),
            DeliveryJob::Notice { .. } => false,
        }
    }

    /// What a job is about.
    fn leased(&self, job: &DeliveryJob) -> Option<Leased> {
        Some(match job {
            DeliveryJob::Code(reset, _) => Leased::Code(Box::new(self.resets.get(reset)?.value.clone())),
            DeliveryJob::Challenge(id) => Leased::Challenge(Box::new(self.challenges.get(id)?.value.clone())),
            DeliveryJob::Notice { day, id } => {
                Leased::Notice(Box::new(self.notices.get(&(*day, id.clone()))?.value.clone()))
            }
        })
    }

    /// Stores a new notice.
    pub(super) fn order_notice(&mut self, notice: &NoticeOrder) {
        self.notices.insert((notice.day(), notice.id.clone()), Ordered::new(notice.clone()));
    }
}
