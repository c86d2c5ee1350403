//! The organisation's policy.

use serde::{Deserialize, Serialize};
use shared::policy::Policy;
use shared::store::Stored;

use super::DynamoStore;
use super::row::{BadRow, item, read_some};
use super::write::Write;
use crate::table::Key;

#[derive(Serialize, Deserialize)]
struct PolicyRow {
    /// JSON, as the organisation writes it: validated as a whole, and of no concern to the table.
    document: String,
}

impl TryFrom<PolicyRow> for Policy {
    type Error = BadRow;

    fn try_from(row: PolicyRow) -> Result<Self, BadRow> {
        let policy: Self = serde_json::from_str(&row.document).map_err(|_| BadRow)?;
        policy.validated().map_err(|_| BadRow)
    }
}

impl DynamoStore {
    pub(super) async fn read_policy(&self) -> Stored<Option<Policy>> {
        read_some::<PolicyRow, _>(self.get("the policy cannot be read", Key::policy()).await?)
    }

    pub(super) async fn replace_policy(&self, policy: &Policy) -> Stored<()> {
        let document = serde_json::to_string(policy).map_err(|_| BadRow)?;
        let write = Write::put(item(Key::policy(), "policy", &PolicyRow { document })?);
        self.write("the policy cannot be written", write).await.map(|_| ())
    }
}
