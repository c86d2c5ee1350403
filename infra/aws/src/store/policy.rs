//! The organisation's policy.

use serde::Deserialize;
use shared::policy::Policy;
use shared::ports::store::{KeptPolicy, Stored};
use shared::records::audit::AuditRecord;

use super::DynamoStore;
use super::audit;
use super::row::{BadRow, read_some};
use super::write::Write;
use crate::table::Key;

#[derive(Deserialize)]
struct PolicyRow {
    /// JSON, as the organisation writes it: validated as a whole, and of no concern to the table.
    document: String,
    version: u64,
}

impl TryFrom<PolicyRow> for KeptPolicy {
    type Error = BadRow;

    fn try_from(row: PolicyRow) -> Result<Self, BadRow> {
        let policy: Policy = serde_json::from_str(&row.document).map_err(|_| BadRow)?;
        Ok(Self { policy: policy.validated().map_err(|_| BadRow)?, version: row.version })
    }
}

impl DynamoStore {
    pub(super) async fn read_policy(&self) -> Stored<Option<KeptPolicy>> {
        read_some::<PolicyRow, _>(self.get("the policy cannot be read", Key::policy()).await?)
    }

    pub(super) async fn replace_policy(&self, policy: &Policy) -> Stored<()> {
        self.write("the policy cannot be written", replaced(policy)?).await.map(|_| ())
    }

    pub(super) async fn swap_policy(&self, policy: &Policy, version: u64, record: &AuditRecord) -> Stored<bool> {
        let writes = vec![replaced(policy)?.when_version(version), audit::kept(record)?];
        self.decide("the policy cannot be changed", writes, 1).await
    }
}

/// An update and no put: the count of writes goes on, whoever replaces the policy.
fn replaced(policy: &Policy) -> Stored<Write> {
    let document = serde_json::to_string(policy).map_err(|_| BadRow)?;
    let write = Write::update(Key::policy(), "#document = :document, #kind = :kind");
    Ok(write.text(":document", &document).text(":kind", "policy"))
}
