//! The policy of the organisation, and the audit of what was done.

use std::future::Future;

use crate::policy::Policy;
use crate::records::audit::{AuditMark, AuditRecord};
use crate::time::Date;
use crate::unavailable::Stored;

/// The stored policy with its version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredPolicy {
    /// The policy.
    pub policy: Policy,
    /// Incremented by every write; 0 if none is stored, and the deployment's first policy applies. A change succeeds only
    /// if the version is still the one that was read.
    pub version: u64,
}

/// The policy of the organisation, and the audit of what was done.
pub trait Settings: Send + Sync {
    /// Reads the organisation's policy; the deployment's first one if none was written.
    fn policy(&self) -> impl Future<Output = Stored<StoredPolicy>> + Send;
    /// Replaces the organisation's policy unconditionally.
    fn put_policy(&self, policy: &Policy) -> impl Future<Output = Stored<()>> + Send;
    /// Replaces the policy if its version is still the one that was read, or 0 if there was none. Returns `false` if it
    /// changed meanwhile.
    fn change_policy(
        &self,
        policy: &Policy,
        version: u64,
        record: &AuditRecord,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Stores an audit record. Storing it again changes nothing.
    fn record(&self, record: &AuditRecord) -> impl Future<Output = Stored<()>> + Send;
    /// Reads audit records of one UTC day that are older than `before`, newest first, at most `limit`.
    fn audit(
        &self,
        day: Date,
        before: Option<&AuditMark>,
        limit: usize,
    ) -> impl Future<Output = Stored<Vec<AuditRecord>>> + Send;
}
