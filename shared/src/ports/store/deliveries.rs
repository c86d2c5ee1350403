//! Delivery jobs, and the notices among them.

use std::future::Future;

use crate::random::{ChallengeId, NoticeId, ResetId};
use crate::records::audit::{AuditRecord, correlation};
use crate::records::notice::NoticeOrder;
use crate::reset::Delivered;
use crate::time::{Date, Moment};
use crate::unavailable::Stored;

/// A job that the worker takes from the stream: one message, or one notice to several recipients.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeliveryJob {
    /// The n-th order of a code in a reset.
    Code(ResetId, u32),
    /// The code of a challenge.
    Challenge(ChallengeId),
    /// A notice, stored under its day.
    Notice {
        /// The UTC day of the notice.
        day: Date,
        /// The notice's id.
        id: NoticeId,
    },
}

impl DeliveryJob {
    /// A unique name under which the job is counted only once. It contains the reset's id, so it must not leave the
    /// table.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Code(reset, order) => format!("reset.{}.{order}", reset.as_str()),
            Self::Challenge(challenge) => format!("challenge.{}", challenge.as_str()),
            Self::Notice { id, .. } => format!("notice.{}", id.as_str()),
        }
    }

    /// A unique name for logs and providers. It does not reveal the reset's id, with which a stranger could use up the
    /// owner's tries. It contains the correlation id of the reset's audit records.
    #[must_use]
    pub fn trace(&self) -> String {
        match self {
            Self::Code(reset, order) => format!("reset.{}.{order}", correlation(reset)),
            Self::Challenge(_) | Self::Notice { .. } => self.name(),
        }
    }
}

/// The result of trying to lease a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// This worker holds the job until the lease ends.
    Taken,
    /// Another worker holds the job, which may have to be tried again later.
    Held,
    /// The job is completed, replaced, over or unknown. Nothing is left to do.
    Completed,
}

/// Delivery jobs, and the notices among them.
pub trait Deliveries: Send + Sync {
    /// Leases a job, so that one worker at a time delivers it.
    fn lease_job(
        &self,
        job: &DeliveryJob,
        lease_until: Moment,
        now: Moment,
    ) -> impl Future<Output = Stored<Lease>> + Send;
    /// Marks that the code of a leased job exists from now on, and where it goes. Returns `false` if a newer job
    /// replaced this one, if the job is completed, or if its gate is already passed. Only a reset's code is marked; for
    /// other jobs this does nothing and returns `true`.
    fn mark_sent(&self, job: &DeliveryJob, sent_to: &str) -> impl Future<Output = Stored<bool>> + Send;
    /// Completes a job with its outcome; the first outcome is final. A dropped job removes the mark of its code, unless
    /// an earlier job for the same code set the mark.
    fn complete_job(
        &self,
        job: &DeliveryJob,
        outcome: Delivered,
        record: Option<&AuditRecord>,
    ) -> impl Future<Output = Stored<()>> + Send;
    /// Releases a job's lease, so that the job can be tried again at once.
    fn release_job(&self, job: &DeliveryJob) -> impl Future<Output = Stored<()>> + Send;
    /// Reads a notice.
    fn notice(&self, day: Date, id: &NoticeId) -> impl Future<Output = Stored<Option<NoticeOrder>>> + Send;
    /// Reads unfinished notices of a day, at most `limit`, in the order of their ids: those from `first` on, then those
    /// before it. With another `first` each time, every notice has its turn.
    fn pending_notices(
        &self,
        day: Date,
        first: &NoticeId,
        limit: usize,
    ) -> impl Future<Output = Stored<Vec<NoticeOrder>>> + Send;
    /// Stores who has been notified and whether the notice is finished. A lease on it stays.
    fn put_notice(&self, notice: &NoticeOrder) -> impl Future<Output = Stored<()>> + Send;
}
