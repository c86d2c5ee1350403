//! The domain's store on one DynamoDB table: each verb one request, decided by the condition of its write.
//!
//! A few verbs may take more, and say why: finding an account by its name while the key of names is being
//! changed; listing accounts (their names, then the accounts); reading the unfinished notices of a day (from one on,
//! and then those before it, perhaps among many finished ones), or more of the audit than one answer holds; giving back
//! more money than was reserved; and a change or deletion of an account by a clock that is behind the one that voided its
//! resets last. A write that met somebody else's transaction is sent again a few times.

mod account_row;
mod accounts;
mod administrators;
mod audit;
mod deliveries;
mod guess_log;
mod idempotency;
mod limits;
mod notice;
mod password;
mod questions;
mod registration;
mod request;
mod reset_row;
mod resets;
mod row;
mod settings;
mod write;

use aws_sdk_dynamodb::Client;

pub(crate) use request::failed;

/// The store on a table laid out as [`crate::table`] says.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// The store on `table`, which exists.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}
