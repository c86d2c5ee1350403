//! Accounts, the names that find them, and their passwords.

use std::future::Future;

use crate::account::{Account, Owner};
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::limits::guesses::GuessLogState;
use crate::random::{AccountId, Seed};
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::reset::Reset;
use crate::time::Moment;
use crate::unavailable::Stored;

use super::change::{AccountChange, PasswordChange, PasswordSet, WriteOutcome};

/// Most accounts that are created at once: DynamoDB takes a hundred writes in one transaction, and an account has up to
/// five.
pub const MAX_NEW_ACCOUNTS: usize = 20;

/// An account that does not exist yet.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account.
    pub account: Account,
    /// The keyed digests of its name.
    pub names: Digests,
    /// What the audit says of its creation.
    pub record: AuditRecord,
}

/// One page of accounts in the order of their canonical names.
#[derive(Debug, Clone, Default)]
pub struct AccountPage {
    /// The accounts of this page.
    pub accounts: Vec<Account>,
    /// The canonical name after which the next page begins; `None` on the last page.
    pub next: Option<String>,
}

/// Accounts, the names that find them, and their passwords.
pub trait Accounts: Send + Sync {
    /// Finds the account that has a name.
    fn account_by_name(&self, names: &Digests) -> impl Future<Output = Stored<Option<AccountId>>> + Send;
    /// Reads an account.
    fn account(&self, id: &AccountId) -> impl Future<Output = Stored<Option<Account>>> + Send;
    /// Reads an account and its guess log, at once.
    fn account_and_guess_log(
        &self,
        id: &AccountId,
    ) -> impl Future<Output = Stored<Option<(Account, GuessLogState)>>> + Send;
    /// Reads a page of accounts whose canonical names begin with `prefix`, after `after`.
    fn accounts(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Stored<AccountPage>> + Send;
    /// Lists the privileged accounts, at most `limit`.
    fn administrators(&self, limit: usize) -> impl Future<Output = Stored<Vec<AccountId>>> + Send;
    /// Stores a new account if its name is free.
    fn create_account(
        &self,
        account: &Account,
        names: &Digests,
        records: &[AuditRecord],
    ) -> impl Future<Output = Stored<WriteOutcome>> + Send;
    /// Stores new accounts, all or none. Returns `false` if one of them cannot be stored, such as one whose name is
    /// taken. There must be one to [`MAX_NEW_ACCOUNTS`] of them, each with another name.
    fn create_accounts(&self, accounts: &[NewAccount]) -> impl Future<Output = Stored<bool>> + Send;
    /// Replaces an account if its version is still the one that was read.
    fn change_account(&self, change: &AccountChange<'_>) -> impl Future<Output = Stored<WriteOutcome>> + Send;
    /// Replaces only the password's verifier, with one for the same password under newer parameters. Returns `false` if
    /// the account changed meanwhile.
    fn upgrade_password(
        &self,
        id: &AccountId,
        version: u64,
        password: &PasswordHash,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Deletes an account with its security questions if its version is still the one that was read, and revokes its
    /// resets.
    fn delete_account(
        &self,
        account: &Account,
        names: &Digests,
        record: &AuditRecord,
        now: Moment,
    ) -> impl Future<Output = Stored<WriteOutcome>> + Send;
    /// Clears an account's guess budgets, its sign-in lock and the count of its challenges, and orders the notice.
    fn unblock(
        &self,
        owner: &Owner,
        notice: &NoticeOrder,
        record: &AuditRecord,
    ) -> impl Future<Output = Stored<()>> + Send;
    /// Charges a refused password to a grant. Returns `false` if the grant has used up its attempts or is no longer
    /// valid.
    fn charge_password(&self, reset: &Reset, grant: &Seed, now: Moment) -> impl Future<Output = Stored<bool>> + Send;
    /// Sets a password, uses the grant up, revokes the account's other resets, clears its budgets and orders the
    /// notices.
    fn set_password(&self, change: &PasswordChange<'_>) -> impl Future<Output = Stored<PasswordSet>> + Send;
}
