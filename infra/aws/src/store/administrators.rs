//! The list of privileged accounts, written whenever a role changes.

use shared::account::Account;
use shared::ports::store::Stored;
use shared::random::AccountId;

use super::row::{Bearer, item};
use super::write::Write;
use crate::table::Key;

/// Adds an account to the list, as part of a transaction.
pub(super) fn listed(account: &AccountId) -> Stored<Write> {
    let row = Bearer { account: account.clone() };
    Ok(Write::put(item(Key::administrator(account), "administrator", &row)?))
}

/// Removes an account from the list, as part of a transaction.
pub(super) fn unlisted(account: &AccountId) -> Write {
    Write::delete(Key::administrator(account))
}

/// Adds or removes an account whose role changed, as part of a transaction.
pub(super) fn changed(account: &Account) -> Stored<Write> {
    if account.is_admin { listed(&account.id) } else { Ok(unlisted(&account.id)) }
}
