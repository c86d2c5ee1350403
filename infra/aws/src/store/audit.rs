//! The audit: records kept under their day, each in the write that it records.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use shared::limits::guesses::Ring;
use shared::ports::store::Stored;
use shared::random::{AccountId, AuditId};
use shared::records::audit::{Activity, AuditMark, AuditRecord, AuditedPerson, ChangedProperty, Initiator};
use shared::time::Moment;
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::request::failed;
use super::row::{BadRow, item, read};
use super::write::{Write, names};
use crate::table::{Key, deleted_after};

#[derive(Serialize, Deserialize)]
struct RecordRow {
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

/// That a ring which is nobody's is full; it says nothing but when.
#[derive(Serialize)]
struct BlockedRow {
    at: u64,
    ttl: u64,
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

impl DynamoStore {
    /// One put either way, so that what a full ring costs does not tell whose it is.
    pub(super) async fn note_full(&self, ring: &Ring, record: &AuditRecord) -> Stored<()> {
        const WHAT: &str = "a full ring cannot be noted";
        let write = match ring {
            Ring::Account(_) | Ring::Registration(_) => kept(record)?.once(),
            Ring::Idle(idle) => {
                let row = BlockedRow { at: record.at.millis(), ttl: deleted_after(record.at) };
                Write::put(item(Key::blocked(idle), "blocked", &row)?)
            }
        };
        self.write(WHAT, write).await?.map(|_| ()).map_err(|_| Unavailable::plain(WHAT))
    }

    /// One query, and one more for each full answer (1 MB) that holds too few.
    pub(super) async fn read_audit(
        &self,
        day: &str,
        before: Option<&AuditMark>,
        limit: usize,
    ) -> Stored<Vec<AuditRecord>> {
        const WHAT: &str = "the audit cannot be read";
        let condition = if before.is_some() { "#pk = :day AND #sk < :before" } else { "#pk = :day" };
        let mut query = self.client.query().table_name(&self.table).consistent_read(true).scan_index_forward(false);
        query = query
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names(&[condition])))
            .expression_attribute_values(":day", AttributeValue::S(Key::audit(day)));
        if let Some(before) = before {
            query = query.expression_attribute_values(":before", AttributeValue::S(Key::audit_place(before)));
        }
        let mut records = Vec::new();
        let mut next = None;
        while records.len() < limit {
            let missing = i32::try_from(limit - records.len()).unwrap_or(i32::MAX);
            let page = query.clone().limit(missing).set_exclusive_start_key(next);
            let page = Box::pin(page.send()).await.map_err(|error| failed(WHAT, &error))?;
            for item in page.items.unwrap_or_default() {
                records.push(read::<RecordRow, _>(item)?);
            }
            next = page.last_evaluated_key;
            if next.is_none() {
                break;
            }
        }
        Ok(records)
    }
}
