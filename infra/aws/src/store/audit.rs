//! The audit: records kept under their day, each in the write that it records.

use serde::{Deserialize, Serialize};
use shared::ports::store::Stored;
use shared::random::{AccountId, AuditId};
use shared::records::audit::{Activity, AuditRecord, AuditedPerson, ChangedProperty, Initiator};
use shared::time::Moment;

use super::DynamoStore;
use super::row::{BadRow, item};
use super::write::Write;
use crate::table::{Key, deleted_after};

#[derive(Serialize, Deserialize)]
pub(super) struct RecordRow {
    id: String,
    at: u64,
    activity: String,
    success: bool,
    reason: String,
    correlation: String,
    initiator: InitiatorRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<PersonRow>,
    changes: Vec<ChangeRow>,
    expires_at: u64,
    ttl: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum InitiatorRow {
    Person(PersonRow),
    Application(String),
}

#[derive(Serialize, Deserialize)]
struct PersonRow {
    account: String,
    user_name: String,
}

#[derive(Serialize, Deserialize)]
struct ChangeRow {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

impl From<&AuditedPerson> for PersonRow {
    fn from(person: &AuditedPerson) -> Self {
        Self { account: person.account.as_str().to_owned(), user_name: person.user_name.clone() }
    }
}

impl TryFrom<PersonRow> for AuditedPerson {
    type Error = BadRow;

    fn try_from(row: PersonRow) -> Result<Self, BadRow> {
        Ok(Self { account: AccountId::parse(&row.account).ok_or(BadRow)?, user_name: row.user_name })
    }
}

impl From<&AuditRecord> for RecordRow {
    fn from(record: &AuditRecord) -> Self {
        let change = |change: &ChangedProperty| {
            let ChangedProperty { name, old, new } = change.clone();
            ChangeRow { name, old, new }
        };
        Self {
            id: record.id.as_str().to_owned(),
            at: record.at.millis(),
            activity: record.activity.as_str().to_owned(),
            success: record.success,
            reason: record.reason.clone(),
            correlation: record.correlation.clone(),
            initiator: match &record.initiator {
                Initiator::Person(person) => InitiatorRow::Person(PersonRow::from(person)),
                Initiator::Application(subject) => InitiatorRow::Application(subject.clone()),
            },
            target: record.target.as_ref().map(PersonRow::from),
            changes: record.changes.iter().map(change).collect(),
            expires_at: record.kept_until.millis(),
            ttl: deleted_after(record.kept_until),
        }
    }
}

impl TryFrom<RecordRow> for AuditRecord {
    type Error = BadRow;

    fn try_from(row: RecordRow) -> Result<Self, BadRow> {
        let change = |ChangeRow { name, old, new }| ChangedProperty { name, old, new };
        Ok(Self {
            id: AuditId::parse(&row.id).ok_or(BadRow)?,
            at: Moment::from_millis(row.at),
            activity: Activity::parse(&row.activity).ok_or(BadRow)?,
            success: row.success,
            reason: row.reason,
            correlation: row.correlation,
            initiator: match row.initiator {
                InitiatorRow::Person(person) => Initiator::Person(person.try_into()?),
                InitiatorRow::Application(subject) => Initiator::Application(subject),
            },
            target: row.target.map(AuditedPerson::try_from).transpose()?,
            changes: row.changes.into_iter().map(change).collect(),
            kept_until: Moment::from_millis(row.expires_at),
        })
    }
}

/// Keeps a record, as part of a transaction. Its name is drawn: were it taken, the whole transaction would fail, and
/// no verb may take that for an answer of its own.
pub(super) fn kept(record: &AuditRecord) -> Stored<Write> {
    Ok(Write::put(item(Key::record(record), "audit", &RecordRow::from(record))?).when_new())
}

/// Keeps records, as part of a transaction.
pub(super) fn all_kept(records: &[AuditRecord]) -> Stored<Vec<Write>> {
    records.iter().map(kept).collect()
}

impl DynamoStore {}
