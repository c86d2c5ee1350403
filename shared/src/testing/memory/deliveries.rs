//! Delivery jobs: rows that ask for a delivery when they are written; notices among them.

use super::MemoryStore;
use super::state::{Delivery, Ordered, State};
use crate::ports::store::{Deliveries, DeliveryJob, Lease, Stored};
use crate::random::NoticeId;
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::reset::{Delivered, Reset};
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
        Ok(Lease::Taken)
    }

    async fn mark_sent(&self, job: &DeliveryJob, sent_to: &str) -> Stored<bool> {
        let state = &mut *self.state();
        let DeliveryJob::Code(reset, _) = job else { return Ok(true) };
        if state.open_delivery(job).is_none() {
            return Ok(false);
        }
        let open = |stored: &&mut Ordered<Reset>| stored.value.open_gate() == Some(stored.value.issued.gate);
        let Some(stored) = state.resets.get_mut(reset).filter(open) else { return Ok(false) };
        stored.delivery.marked |= stored.value.issued.sent_to.is_none();
        stored.value.issued.sent_to = Some(sent_to.to_owned());
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

    async fn notice(&self, day: Date, id: &NoticeId) -> Stored<Option<NoticeOrder>> {
        let key = (day, id.clone());
        Ok(self.state().notices.get(&key).map(|stored| stored.value.clone()))
    }

    async fn pending_notices(&self, day: Date, first: &NoticeId, limit: usize) -> Stored<Vec<NoticeOrder>> {
        let state = &mut *self.state();
        let of_day = state.notices.iter().filter(|((stored, _), _)| *stored == day).map(|(_, stored)| &stored.value);
        let mut pending: Vec<NoticeOrder> = of_day.filter(|notice| !notice.finished).cloned().collect();
        pending.sort_by(|one, other| (one.id < *first, &one.id).cmp(&(other.id < *first, &other.id)));
        pending.truncate(limit);
        Ok(pending)
    }

    async fn put_notice(&self, notice: &NoticeOrder) -> Stored<()> {
        self.state().put_notice(notice);
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

    /// Stores a notice; a lease on it stays.
    pub(super) fn put_notice(&mut self, notice: &NoticeOrder) {
        let key = (notice.day(), notice.id.clone());
        self.notices.entry(key).or_insert_with(|| Ordered::new(notice.clone())).value = notice.clone();
    }
}
