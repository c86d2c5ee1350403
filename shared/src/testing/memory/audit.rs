//! What is kept of what happened.

use super::State;
use crate::limits::guesses::Ring;
use crate::records::audit::{AuditMark, AuditRecord};

impl State {
    pub(super) fn keep_record(&mut self, record: &AuditRecord) {
        self.audit.insert((record.day(), record.mark()), record.clone());
    }

    pub(super) fn keep_records(&mut self, records: &[AuditRecord]) {
        for record in records {
            self.keep_record(record);
        }
    }

    pub(super) fn note_blocked(&mut self, ring: &Ring, record: &AuditRecord) {
        match ring {
            Ring::Account(_) | Ring::Registration(_) => self.keep_record(record),
            Ring::Idle(_) => {}
        }
    }

    pub(super) fn records(&self, day: &str, before: Option<&AuditMark>, limit: usize) -> Vec<AuditRecord> {
        let of_day = self.audit.iter().rev().filter(|((kept, _), _)| kept == day);
        let older = of_day.filter(|((_, mark), _)| before.is_none_or(|before| mark < before));
        older.take(limit).map(|(_, record)| record.clone()).collect()
    }
}
