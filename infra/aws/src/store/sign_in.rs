//! Runs of wrong passwords.

use serde::{Deserialize, Serialize};
use shared::account::Owner;
use shared::sign_in::SignIn;
use shared::store::Stored;
use shared::time::Moment;

use super::DynamoStore;
use super::row::{BadRow, item, read_some};
use super::write::Write;
use crate::table::Key;

#[derive(Serialize, Deserialize)]
struct SignInRow {
    charged: u32,
    locks: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<u64>,
    refused: Vec<String>,
    version: u64,
}

impl TryFrom<SignInRow> for SignIn {
    type Error = BadRow;

    fn try_from(row: SignInRow) -> Result<Self, BadRow> {
        Ok(Self {
            charged: row.charged,
            locks: row.locks,
            locked_until: row.locked_until.map(Moment::from_millis),
            refused: row.refused,
            version: row.version,
        })
    }
}

impl DynamoStore {
    pub(super) async fn read_sign_in(&self, owner: &Owner) -> Stored<SignIn> {
        let kept = self.get("wrong passwords cannot be read", Key::sign_in(owner)).await?;
        Ok(read_some::<SignInRow, _>(kept)?.unwrap_or_default())
    }

    pub(super) async fn replace_sign_in(&self, owner: &Owner, state: &SignIn) -> Stored<bool> {
        let row = SignInRow {
            charged: state.charged,
            locks: state.locks,
            locked_until: state.locked_until.map(Moment::millis),
            refused: state.refused.clone(),
            version: state.version + 1,
        };
        let write = Write::put(item(Key::sign_in(owner), "signIn", &row)?).when_version(state.version).once();
        Ok(self.write("a password cannot be charged", write).await?.is_ok())
    }
}
