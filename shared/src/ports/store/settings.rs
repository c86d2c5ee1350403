//! The policy of the organisation, and the audit of what was done.

use std::future::Future;

use crate::policy::Policy;
use crate::records::audit::{AuditMark, AuditRecord};
use crate::time::Date;
use crate::unavailable::Stored;

/// The policy as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPolicy {
    /// The policy.
    pub policy: Policy,
    /// Counts its writes; a change demands the one that was read.
    pub version: u64,
}

/// The policy of the organisation, and the audit of what was done.
pub trait Settings: Send + Sync {
    /// Reads the organisation's policy.
    fn policy(&self) -> impl Future<Output = Stored<Option<StoredPolicy>>> + Send;
    /// Replaces the organisation's policy, whatever it was.
    fn put_policy(&self, policy: &Policy) -> impl Future<Output = Stored<()>> + Send;
    /// Replaces a policy whose version is still the one that was read, 0 where there was none; `false` where it
    /// changed meanwhile.
    fn change_policy(
        &self,
        policy: &Policy,
        version: u64,
        record: &AuditRecord,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads records of one UTC day's audit, the newest first: those before `before`, at most `limit`.
    fn audit(
        &self,
        day: Date,
        before: Option<&AuditMark>,
        limit: usize,
    ) -> impl Future<Output = Stored<Vec<AuditRecord>>> + Send;
}
