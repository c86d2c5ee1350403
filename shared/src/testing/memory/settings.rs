//! The policy, and the audit.

use super::MemoryStore;
use super::state::State;
use crate::policy::Policy;
use crate::ports::store::{Settings, Stored, StoredPolicy};
use crate::records::audit::{AuditMark, AuditRecord};
use crate::time::Date;

impl Settings for MemoryStore {
    async fn policy(&self) -> Stored<StoredPolicy> {
        Ok(self.state().policy.clone())
    }

    async fn put_policy(&self, policy: &Policy) -> Stored<()> {
        self.state().put_policy(policy);
        Ok(())
    }

    async fn change_policy(&self, policy: &Policy, version: u64, record: &AuditRecord) -> Stored<bool> {
        let state = &mut *self.state();
        if state.policy.version != version {
            return Ok(false);
        }
        state.put_policy(policy);
        state.store_record(record);
        Ok(true)
    }

    async fn record(&self, record: &AuditRecord) -> Stored<()> {
        self.state().audit.entry((record.day(), record.mark())).or_insert_with(|| record.clone());
        Ok(())
    }

    async fn audit(&self, day: Date, before: Option<&AuditMark>, limit: usize) -> Stored<Vec<AuditRecord>> {
        let state = &mut *self.state();
        let of_day = state.audit.iter().rev().filter(|((stored, _), _)| *stored == day);
        let older = of_day.filter(|((_, mark), _)| before.is_none_or(|before| mark < before));
        Ok(older.take(limit).map(|(_, record)| record.clone()).collect())
    }
}

impl State {
    fn put_policy(&mut self, policy: &Policy) {
        self.policy = StoredPolicy { policy: policy.clone(), version: self.policy.version + 1 };
    }

    pub(super) fn store_record(&mut self, record: &AuditRecord) {
        self.audit.insert((record.day(), record.mark()), record.clone());
    }

    pub(super) fn store_records(&mut self, records: &[AuditRecord]) {
        for record in records {
            self.store_record(record);
        }
    }
}
