//! Delivers the jobs of the table's stream: codes of resets and registrations, and notices.
//!
//! In a reset, only this worker resolves a user name to an account. It runs after the response was sent, so that
//! response cannot leak anything it finds.

mod audit;
mod confirmation;
mod conversion;
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
use crate::ports::store::{DeliveryJob, Lease, Leased, Store};
use crate::random::NoticeId;
use crate::records::audit::AuditRecord;
use crate::records::notice::NOTICE_HOURS;
use crate::reset::{Delivered, DropReason};
use crate::time::DAY;
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;

/// The use case that delivers codes and notices.
pub struct DeliverCode<S, M> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// Passes messages to their providers.
    pub messenger: M,
    /// The key for digests of user names and destinations.
    pub names: NameKeys,
    /// The key for digests of claimed phone numbers.
    pub phones: PhoneKeys,
    /// The key from which codes are derived.
    pub codes: CodeKeys,
    /// The sender that messages name.
    pub sender: Sender,
}

/// Seconds for which a worker leases a job: longer than any provider takes to respond.
pub const LEASE_SECONDS: u64 = 30;
/// Pauses between the tries of a job that its provider cannot take now. Two pauses make three tries. The pauses
/// together are far shorter than the lease of another worker and than the age at which the stream gives up a record.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];
/// Most unfinished notices that one sweep takes up, for each day on which they were ordered.
const SWEEP_LIMIT: usize = 100;

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobOutcome {
    /// There is nothing left to do.
    Completed,
    /// A notice has not reached everybody yet, and trying again at once is useless. The next sweep takes it up.
    Later,
    /// The provider cannot take it now. No code was sent, or a notice has not reached everybody yet.
    TryAgain,
    /// Another worker holds it, or its outcome could not be written. It must be looked at again when the lease has
    /// ended.
    Leased,
}

impl<S: Store, M: Messenger> DeliverCode<S, M> {
    /// Delivers one job. If its provider cannot take it, the job is tried three times and then given up.
    ///
    /// # Errors
    /// [`Unavailable`]. Then the job must be tried again.
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
        // Lease the job before anything else: one that the stream delivers twice is processed once.
        let leased = match self.context.store.lease_job(job, now.plus(LEASE_SECONDS), now).await? {
            Lease::Taken(leased) => leased,
            Lease::Held => return Ok(JobOutcome::Leased),
            Lease::Completed => return Ok(JobOutcome::Completed),
        };
        let outcome = match leased {
            Leased::Code(reset) => self.reset_code(job, &reset).await,
            Leased::Challenge(challenge) => self.registration_code(job, &challenge).await,
            Leased::Notice(notice) => self.notice(job, *notice).await,
        };
        if outcome.is_err() {
            // If this fails too, the lease expires by itself.
            self.context.store.release_job(job).await.ok();
        }
        outcome
    }

    /// Gives up a job that its provider could not take in any try. The job is marked and skipped, so that no other job
    /// waits behind it. A notice is left to the next sweep instead.
    async fn give_up(&self, job: &DeliveryJob) -> Result<(), Unavailable> {
        if matches!(job, DeliveryJob::Notice { .. }) {
            return Ok(());
        }
        let now = self.context.now();
        match self.context.store.lease_job(job, now.plus(LEASE_SECONDS), now).await? {
            Lease::Taken(Leased::Code(reset)) => self.give_up_reset(job, &reset).await.map(|_| ()),
            Lease::Taken(Leased::Challenge(challenge)) => self.give_up_challenge(job, &challenge).await.map(|_| ()),
            Lease::Taken(Leased::Notice(_)) | Lease::Held | Lease::Completed => Ok(()),
        }
    }

    /// Completes a job: writes its outcome, and the audit record if there is one.
    async fn complete(
        &self,
        job: &DeliveryJob,
        delivered: Delivered,
        record: Option<&AuditRecord>,
    ) -> Result<JobOutcome, Unavailable> {
        self.context.store.complete_job(job, delivered, record).await?;
        Ok(JobOutcome::Completed)
    }

    /// Completes a job for which nothing is sent. Without an account there is no audit record.
    async fn drop_job(
        &self,
        job: &DeliveryJob,
        reason: DropReason,
        record: Option<&AuditRecord>,
    ) -> Result<JobOutcome, Unavailable> {
        nothing_sent(job, reason);
        self.complete(job, Delivered::Dropped(reason), record).await
    }

    /// The unfinished notices of every day on which notices may still be tried, up to 100 for each day. Each call
    /// starts at another random id and mixes the days. So notices that cannot be sent now never block the others for
    /// good.
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
        Ok(pending.iter().map(DeliveryJob::notice).collect())
    }
}

/// Logs that nothing is sent for a job. The worker is done with it.
fn nothing_sent(job: &DeliveryJob, reason: DropReason) -> JobOutcome {
    tracing::info!(order = %job.trace(), reason = reason.as_str(), "nothing was sent");
    JobOutcome::Completed
}

#[cfg(test)]
mod tests;
