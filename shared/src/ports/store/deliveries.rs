//! Orders to deliver something, and the notices among them.

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
    /// A notice, kept under its day.
    Notice {
        /// The UTC day.
        day: Date,
        /// Its name.
        id: NoticeId,
    },
}

impl DeliveryJob {
    /// A name by which the job is counted once. It names the reset, so it stays in the table.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Code(reset, order) => format!("reset.{}.{order}", reset.as_str()),
            Self::Challenge(challenge) => format!("challenge.{}", challenge.as_str()),
            Self::Notice { id, .. } => format!("notice.{}", id.as_str()),
        }
    }

    /// A name for logs and providers, from which no reset can be named: whoever could would spend its owner's tries. It
    /// begins with what the audit's records of the reset have in common.
    #[must_use]
    pub fn trace(&self) -> String {
        match self {
            Self::Code(reset, order) => format!("reset.{}.{order}", correlation(reset)),
            Self::Challenge(_) | Self::Notice { .. } => self.name(),
        }
    }
}

/// What became of the wish to lease a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// This worker holds it until the lease ends.
    Taken,
    /// Another worker holds it; it may yet have to be tried again.
    Held,
    /// It is completed: there is nothing left to do.
    Completed,
}

/// Orders to deliver something, and the notices among them.
pub trait Deliveries: Send + Sync {
    /// Leases a job, so that one worker at a time delivers it.
    fn lease_job(
        &self,
        job: &DeliveryJob,
        lease_until: Moment,
        now: Moment,
    ) -> impl Future<Output = Stored<Lease>> + Send;
    /// Marks that the code of a leased job exists from now on, and where it goes; `false` where a newer order
    /// took its place, or the gate that it opens was passed. Of a reset's order only: elsewhere it does nothing and is
    /// `true`.
    fn mark_sent(&self, job: &DeliveryJob, sent_to: &str) -> impl Future<Output = Stored<bool>> + Send;
    /// Completes a job with what became of it; a dropped one unmarks that a code exists, unless an earlier order of the
    /// same code was sent.
    fn complete_job(
        &self,
        job: &DeliveryJob,
        outcome: Delivered,
        record: Option<&AuditRecord>,
    ) -> impl Future<Output = Stored<()>> + Send;
    /// Releases a job, so that it can be tried again at once.
    fn release_job(&self, job: &DeliveryJob) -> impl Future<Output = Stored<()>> + Send;
    /// Reads a notice.
    fn notice(&self, day: Date, id: &NoticeId) -> impl Future<Output = Stored<Option<NoticeOrder>>> + Send;
    /// Reads notices of a day that are not finished, at most `limit`: in the order of their names, those from `first` on
    /// and then those before it, so that with another `first` each time every one has its turn.
    fn pending_notices(
        &self,
        day: Date,
        first: &NoticeId,
        limit: usize,
    ) -> impl Future<Output = Stored<Vec<NoticeOrder>>> + Send;
    /// Notes what has been told of a notice.
    fn put_notice(&self, notice: &NoticeOrder) -> impl Future<Output = Stored<()>> + Send;
}
