//! Which accounts are privileged: listed where their role changes.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use shared::account::Account;
use shared::ports::store::Stored;
use shared::random::AccountId;

use super::DynamoStore;
use super::request::failed;
use super::row::{BadRow, item, read};
use super::write::{Write, names};
use crate::table::Key;

#[derive(Serialize, Deserialize)]
struct AdministratorRow {
    account: String,
}

/// A privileged account.
struct Administrator(AccountId);

impl TryFrom<AdministratorRow> for Administrator {
    type Error = BadRow;

    fn try_from(row: AdministratorRow) -> Result<Self, BadRow> {
        AccountId::parse(&row.account).map(Self).ok_or(BadRow)
    }
}

/// Lists an account, as part of a transaction.
pub(super) fn listed(account: &AccountId) -> Stored<Write> {
    let row = AdministratorRow { account: account.as_str().to_owned() };
    Ok(Write::put(item(Key::administrator(account), "administrator", &row)?))
}

/// Takes an account off the list, as part of a transaction.
pub(super) fn unlisted(account: &AccountId) -> Write {
    Write::delete(Key::administrator(account))
}

/// Lists an account whose role changed, or takes it off, as part of a transaction.
pub(super) fn changed(account: &Account) -> Stored<Write> {
    if account.is_admin { listed(&account.id) } else { Ok(unlisted(&account.id)) }
}

impl DynamoStore {
    /// One query: one answer (1 MB) holds thousands, and no caller asks for more.
    pub(super) async fn list_administrators(&self, limit: usize) -> Stored<Vec<AccountId>> {
        const WHAT: &str = "administrators cannot be listed";
        if limit == 0 {
            return Ok(Vec::new());
        }
        let condition = "#pk = :administrators";
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names(&[condition])))
            .expression_attribute_values(":administrators", AttributeValue::S(Key::administrators()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let found = Box::pin(query.send()).await.map_err(|error| failed(WHAT, &error))?;
        let listed = |item| read::<AdministratorRow, Administrator>(item).map(|Administrator(account)| account);
        found.items.unwrap_or_default().into_iter().map(listed).collect()
    }
}
