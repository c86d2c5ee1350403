//! The domain's store on one DynamoDB table. Each verb is one request, decided by the condition of its write.
//!
//! A few verbs may take more, and say why: finding an account by name while the key of names is being rotated; listing
//! accounts (their names, then the accounts); reading a day's unfinished notices (from one on, then those before it,
//! perhaps among many finished ones), or more of the audit than one response holds; refunding more money than was
//! reserved; asking of more than a hundred codes whether they were used; and changing or deleting an account by a clock
//! that is behind the one that last revoked its resets. A write that conflicts with another transaction is sent again a
//! few times.

mod account_row;
mod accounts;
mod administrators;
mod audit;
mod deliveries;
mod guess_log;
mod idempotency;
mod indexes;
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
use shared::credentials::key::NameKeys;
use shared::policy::Policy;
use shared::ports::store::StoredPolicy;

pub(crate) use request::failed;

/// The store on a table laid out as [`crate::table`] says.
#[derive(Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
    index_keys: Option<NameKeys>,
    first_policy: Policy,
}

impl DynamoStore {
    /// The store on `table`, which must exist.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), index_keys: None, first_policy: Policy::default() }
    }

    /// The same store with the keys for digests of contacts in the indexes. Without them it neither finds an account by a
    /// contact nor writes one that has any.
    #[must_use]
    pub fn with_index_keys(self, keys: NameKeys) -> Self {
        Self { index_keys: Some(keys), ..self }
    }

    /// The same store with the policy that holds until the organisation writes one.
    #[must_use]
    pub fn with_first_policy(self, policy: Policy) -> Self {
        Self { first_policy: policy, ..self }
    }

    fn first_policy(&self) -> StoredPolicy {
        StoredPolicy { policy: self.first_policy.clone(), version: 0 }
    }
}
