//! Accounts, the names that find them, and their passwords.

use std::future::Future;

use crate::account::search::IndexRange;
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

/// Most writes of a transaction. DynamoDB has this limit.
const MAX_WRITES: usize = 100;
/// Most writes of a new account besides its entries in the indexes: its name, its place in the list of names, itself, its
/// place in the list of administrators, and the audit record.
const WRITES: usize = 5;

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

impl NewAccount {
    /// How many of these accounts can be created at once: at least one, unless there are none.
    #[must_use]
    pub fn at_once(accounts: &[Self]) -> usize {
        let mut writes = 0;
        let fits = |new: &&Self| {
            writes += WRITES + new.account.index_entries().len();
            writes <= MAX_WRITES
        };
        // One account fits alone, however many entries it has.
        accounts.iter().take_while(fits).count().max(accounts.len().min(1))
    }
}

/// One page of a range of an index.
#[derive(Debug, Clone, Default)]
pub struct AccountPage {
    /// The accounts of this page, in the order of the index. An account with several entries in the range is listed at
    /// the first of them only.
    pub accounts: Vec<Account>,
    /// The place after which the next page begins; `None` on the last page.
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
    /// Reads a page of a range of an index: at most `limit` entries after the place `after`.
    fn accounts(
        &self,
        range: &IndexRange,
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
    /// taken. There must be one to [`NewAccount::at_once`] of them, each with another name.
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
