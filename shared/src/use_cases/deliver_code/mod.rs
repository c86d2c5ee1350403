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

use std::time::Duration;

use crate::credentials::key::{CodeKeys, NameKeys, PhoneKeys};
use crate::message::Sender;
use crate::ports::messenger::Messenger;
use crate::ports::store::{DeliveryJob, Lease, Store};
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
/// Pauses between tries of a job that its provider cannot take now; with them it is tried three times, well within the
/// lease of another worker and the age at which the stream gives a record up.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];
/// Notices taken up again in one sweep, per day of their making.
const SWEEP_LIMIT: usize = 100;

/// How far a job was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobOutcome {
    /// There is nothing left to do.
    Completed,
    /// Of a notice, not everybody is told yet, and trying again at once is of no use: the next sweep finds it.
    Later,
    /// The provider cannot take it now, and nothing was sent; of a notice, not everybody is told yet.
    TryAgain,
    /// Another worker holds it, or it could not be written down: it is to be looked at again when the lease has ended.
    Leased,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    /// Brings one job as far as it goes now: a provider that cannot take it is asked three times, and then the job is given
    /// up.
    ///
    /// # Errors
    /// [`Unavailable`]; the job is to be tried again.
    pub async fn deliver(&self, job: &DeliveryJob) -> Result<JobOutcome, Unavailable> {
        for pause in PAUSES {
            match self.attempt(job).await? {
                JobOutcome::TryAgain => self.context.clock.sleep(pause).await,
                outcome => return Ok(outcome),
            }
        }
        let outcome = self.attempt(job).await?;
        if outcome == JobOutcome::TryAgain {
            self.give_up(job).await?;
        }
        Ok(outcome)
    }

    async fn attempt(&self, job: &DeliveryJob) -> Result<JobOutcome, Unavailable> {
        let now = self.context.now();
        // Leased before anything else: a job that is handed over twice is worked on once.
        match self.context.store.lease_job(job, now.plus(LEASE_SECONDS), now).await? {
            Lease::Taken => {}
            Lease::Held => return Ok(JobOutcome::Leased),
            Lease::Completed => return Ok(JobOutcome::Completed),
        }
        let outcome = match job {
            DeliveryJob::Code(reset, number) => self.reset_code(job, reset, *number).await,
            DeliveryJob::Challenge(challenge) => self.registration_code(job, challenge).await,
            DeliveryJob::Notice { day, id } => self.notice(job, *day, id).await,
        };
        if outcome.is_err() {
            // Where even this fails, the lease ends by itself.
            self.context.store.release_job(job).await.ok();
        }
        outcome
    }

    /// Gives up a job that its provider could not take for as long as it was tried: it is marked and skipped, so that
    /// nobody waits behind it. A notice is taken up again by the next sweep instead.
    async fn give_up(&self, job: &DeliveryJob) -> Result<(), Unavailable> {
        let now = self.context.now();
        if matches!(job, DeliveryJob::Notice { .. })
            || self.context.store.lease_job(job, now.plus(LEASE_SECONDS), now).await? != Lease::Taken
        {
            return Ok(());
        }
        match job {
            DeliveryJob::Code(reset, _) => self.give_up_reset(job, reset).await?,
            DeliveryJob::Challenge(challenge) => self.give_up_challenge(job, challenge).await?,
            DeliveryJob::Notice { .. } => JobOutcome::Completed,
        };
        Ok(())
    }

    /// Writes down what became of a job, with what the audit keeps of it.
    async fn complete(
        &self,
        job: &DeliveryJob,
        delivered: Delivered,
        record: Option<&AuditRecord>,
    ) -> Result<JobOutcome, Unavailable> {
        self.context.store.complete_job(job, delivered, record).await?;
        Ok(JobOutcome::Completed)
    }

    /// Writes down that nothing is sent for a job; of one that is nobody's the audit keeps nothing.
    async fn drop_job(
        &self,
        job: &DeliveryJob,
        reason: DropReason,
        record: Option<&AuditRecord>,
    ) -> Result<JobOutcome, Unavailable> {
        nothing_sent(job, reason);
        self.complete(job, Delivered::Dropped(reason), record).await
    }

    /// The notices that are not finished, of as many days as they are tried: up to 100 of each, from another place on
    /// each time and all days mixed, so that however many cannot be told now, the others have their turn.
    ///
    /// # Errors
    /// [`Unavailable`]; the next sweep finds them.
    pub async fn pending(&self) -> Result<Vec<DeliveryJob>, Unavailable> {
        let now = self.context.now();
        let first = NoticeId::draw(&*self.context.random);
        let mut pending = Vec::new();
        for days in 0..=NOTICE_HOURS / 24 {
            let day = now.minus(days * DAY).day();
            pending.extend(self.context.store.pending_notices(day, &first, SWEEP_LIMIT).await?);
        }
        pending.sort_by(|one, other| (one.id < first, &one.id).cmp(&(other.id < first, &other.id)));
        Ok(pending.into_iter().map(|notice| DeliveryJob::Notice { day: notice.day(), id: notice.id }).collect())
    }
}

/// Tells the log that nothing is sent for a job, and that this worker is done with it.
fn nothing_sent(job: &DeliveryJob, reason: DropReason) -> JobOutcome {
    tracing::info!(order = %job.trace(), reason = reason.as_str(), "nothing sent");
    JobOutcome::Completed
}

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests;
