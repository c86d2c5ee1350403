//! Audit records, stored under their day, most of them in the write that they record.

use shared::ports::store::Stored;
use shared::records::audit::AuditRecord;

use super::row::expiring;
use super::write::Write;
use crate::table::Key;

/// Stores a record. In a transaction, its name is drawn at random. If it were taken, the whole transaction would fail, and
/// no verb may mistake that for an outcome of its own.
pub(super) fn stored(record: &AuditRecord) -> Stored<Write> {
    Ok(Write::put(expiring(Key::record(record), "audit", record, record.stored_until)?).when_new())
}

/// Stores records, as part of a transaction.
pub(super) fn all_stored(records: &[AuditRecord]) -> Stored<Vec<Write>> {
    records.iter().map(stored).collect()
}
