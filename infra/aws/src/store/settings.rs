//! The organisation's policy, and the audit: its reads, and records that stand alone.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;
use shared::policy::Policy;
use shared::ports::store::{Settings, Stored, StoredPolicy};
use shared::records::audit::{AuditMark, AuditRecord};
use shared::time::Date;

use super::DynamoStore;
use super::audit;
use super::request::failed;
use super::row::{BadRow, read, read_some};
use super::write::{Write, names};
use crate::table::Key;

#[derive(Deserialize)]
pub(super) struct PolicyRow {
    /// JSON, as the organisation writes it: validated as a whole, and opaque to the table.
    document: String,
    version: u64,
}

impl TryFrom<PolicyRow> for StoredPolicy {
    type Error = BadRow;

    fn try_from(row: PolicyRow) -> Result<Self, BadRow> {
        let document = serde_json::from_str(&row.document).map_err(|_| BadRow)?;
        Ok(Self { policy: Policy::from_stored(&document).map_err(|_| BadRow)?, version: row.version })
    }
}

impl Settings for DynamoStore {
    async fn policy(&self) -> Stored<StoredPolicy> {
        let stored = self.get("the policy cannot be read", Key::policy()).await?;
        Ok(read_some::<PolicyRow>(stored)?.map_or(Ok(self.first_policy()), StoredPolicy::try_from)?)
    }

    async fn put_policy(&self, policy: &Policy) -> Stored<()> {
        self.write("the policy cannot be written", replaced(policy)?).await.map(|_| ())
    }

    async fn change_policy(&self, policy: &Policy, version: u64, record: &AuditRecord) -> Stored<bool> {
        let writes = vec![replaced(policy)?.when_version(version), audit::stored(record)?];
        self.decide("the policy cannot be changed", writes, 1).await
    }

    async fn record(&self, record: &AuditRecord) -> Stored<()> {
        self.write("an audit record cannot be written", audit::stored(record)?).await.map(|_| ())
    }

    /// One query, and one more for each full response (1 MB) that holds too few records.
    async fn audit(&self, day: Date, before: Option<&AuditMark>, limit: usize) -> Stored<Vec<AuditRecord>> {
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
                records.push(read(item)?);
            }
            next = page.last_evaluated_key;
            if next.is_none() {
                break;
            }
        }
        Ok(records)
    }
}

/// An update, not a put: the count of writes goes on when the policy is replaced.
fn replaced(policy: &Policy) -> Stored<Write> {
    let document = serde_json::to_string(policy).map_err(|_| BadRow)?;
    let write = Write::update(Key::policy(), "#document = :document, #kind = :kind");
    Ok(write.text(":document", &document).text(":kind", "policy"))
}
