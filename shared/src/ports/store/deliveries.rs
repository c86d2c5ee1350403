//! Delivery jobs, and the notices among them.

use std::future::Future;

use crate::account::AccountSnapshot;
use crate::account::search::IndexEntry;
use crate::limits::conversion::CodeJob;
use crate::random::{ChallengeId, NoticeId, ResetId};
use crate::records::audit::{AuditRecord, correlation};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::Challenge;
use crate::reset::{Delivered, Reset};
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
    /// The job of a notice.
    #[must_use]
    pub fn notice(notice: &NoticeOrder) -> Self {
        Self::Notice { day: notice.day(), id: notice.id.clone() }
    }

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

impl From<&CodeJob> for DeliveryJob {
    fn from(job: &CodeJob) -> Self {
        match job {
            CodeJob::Reset(reset, order) => Self::Code(reset.clone(), *order),
            CodeJob::Challenge(challenge) => Self::Challenge(challenge.clone()),
        }
    }
}

/// The result of trying to lease a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Lease {
    /// This worker holds the job until the lease ends.
    Taken(Leased),
    /// Another worker holds the job, which may have to be tried again later.
    Held,
    /// The job is completed, replaced, over or unknown. Nothing is left to do.
    Completed,
}

/// What a leased job is about, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum Leased {
    /// The reset whose code is to be sent. Its last order is the job's.
    Code(Box<Reset>),
    /// The challenge whose code is to be sent.
    Challenge(Box<Challenge>),
    /// The notice.
    Notice(Box<NoticeOrder>),
}

/// The link of a reset to its account, by the worker that holds its job.
#[derive(Debug, Clone)]
pub struct Link<'a> {
    /// The reset.
    pub reset: &'a ResetId,
    /// The order by which the account was found.
    pub order: u32,
    /// The account.
    pub snapshot: &'a AccountSnapshot,
    /// The keyed digest of the destination to which the code goes next: from now on, the code exists. `None` if nothing
    /// is sent.
    pub sent_to: Option<&'a str>,
    /// The current time.
    pub now: Moment,
}

/// Delivery jobs, and the notices among them.
pub trait Deliveries: Send + Sync {
    /// Leases a job, so that one worker at a time delivers it, and reads what it is about.
    fn lease_job(
        &self,
        job: &DeliveryJob,
        lease_until: Moment,
        now: Moment,
    ) -> impl Future<Output = Stored<Lease>> + Send;
    /// Links a reset to its account, and marks its code if that is about to be sent. Returns `false` if the reset is
    /// over, unknown or linked to another account, or if a newer order replaced this one. If a code is to be sent, also
    /// returns `false` if its job is completed or its gate is already passed.
    fn link_account(&self, link: &Link<'_>) -> impl Future<Output = Stored<bool>> + Send;
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
    /// Reads unfinished notices of a day, at most `limit`, in the order of their ids: those from `first` on, then those
    /// before it. With another `first` each time, every notice has its turn.
    fn pending_notices(
        &self,
        day: Date,
        first: &NoticeId,
        limit: usize,
    ) -> impl Future<Output = Stored<Vec<NoticeOrder>>> + Send;
    /// Orders the notice that asks an account's owner to confirm the methods, and removes the account's entry among those
    /// that wait for it. Returns `false` if the entry is gone, so that each is asked once.
    fn order_confirmation(&self, entry: &IndexEntry, order: &NoticeOrder) -> impl Future<Output = Stored<bool>> + Send;
    /// Stores who has been notified, and releases the notice, so that it can be tried again at once. A completed notice
    /// stays as it is.
    fn put_notice(&self, notice: &NoticeOrder) -> impl Future<Output = Stored<()>> + Send;
}
