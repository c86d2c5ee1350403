//! Which accounts are privileged: listed where their role changes.

use shared::account::Account;
use shared::ports::store::Stored;
use shared::random::AccountId;

use super::DynamoStore;
use super::row::{Bearer, item};
use super::write::Write;
use crate::table::Key;

/// Lists an account, as part of a transaction.
pub(super) fn listed(account: &AccountId) -> Stored<Write> {
    let row = Bearer { account: account.clone() };
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

impl DynamoStore {}
