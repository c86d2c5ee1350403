//! Runs of wrong passwords.

use serde::{Deserialize, Serialize};
use shared::account::Owner;
use shared::limits::lockout::SignIn;
use shared::ports::store::Stored;
use shared::time::{DAY, Moment};

use super::DynamoStore;
use super::row::{BadRow, item, read_some};
use super::write::Write;
use crate::table::{Key, deleted_after};

#[derive(Serialize, Deserialize)]
struct SignInRow {
    wrong: u32,
    pending: Vec<u64>,
    locks: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<u64>,
    refused: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<u64>,
    version: u64,
    ttl: u64,
}

/// How long a run that nobody goes on with is kept, in days: unknown names have rows, too.
const KEPT_DAYS: u64 = 30;

impl TryFrom<SignInRow> for SignIn {
    type Error = BadRow;

    fn try_from(row: SignInRow) -> Result<Self, BadRow> {
        Ok(Self {
            wrong: row.wrong,
            pending: row.pending.into_iter().map(Moment::from_millis).collect(),
            locks: row.locks,
            locked_until: row.locked_until.map(Moment::from_millis),
            refused: row.refused,
            changed_at: row.changed_at.map(Moment::from_millis),
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
        let last = state.changed_at.max(state.locked_until).unwrap_or(Moment::from_millis(0));
        let row = SignInRow {
            wrong: state.wrong,
            pending: state.pending.iter().map(|at| at.millis()).collect(),
            locks: state.locks,
            locked_until: state.locked_until.map(Moment::millis),
            refused: state.refused.clone(),
            changed_at: state.changed_at.map(Moment::millis),
            version: state.version + 1,
            ttl: deleted_after(last.plus(KEPT_DAYS * DAY)),
        };
        let write = Write::put(item(Key::sign_in(owner), "signIn", &row)?).when_version(state.version).once();
        Ok(self.write("a password cannot be charged", write).await?.is_ok())
    }
}
