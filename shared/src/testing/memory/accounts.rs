//! Accounts and the names that find them.

use super::State;
use crate::account::{Account, Owner};
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::ports::store::{AccountChange, AccountPage, Written};
use crate::random::AccountId;
use crate::records::audit::AuditRecord;
use crate::time::Moment;

impl State {
    /// Who bears a name, under whichever version of the key it was written.
    pub(super) fn bearer(&self, names: &Digests) -> Option<&AccountId> {
        names.all().iter().find_map(|name| self.names.get(name))
    }

    pub(super) fn page(&self, prefix: &str, after: Option<&str>, limit: usize) -> AccountPage {
        let name = |account: &Account| account.user_name.canonical().to_owned();
        let mut found: Vec<&Account> = self
            .accounts
            .values()
            .filter(|account| name(account).starts_with(prefix))
            .filter(|account| after.is_none_or(|after| name(account).as_str() > after))
            .collect();
        found.sort_by_key(|account| name(account));
        let more = found.len() > limit;
        let accounts: Vec<Account> = found.into_iter().take(limit).cloned().collect();
        let next = accounts.last().filter(|_| more).map(name);
        AccountPage { accounts, next }
    }

    pub(super) fn create_account(&mut self, account: &Account, names: &Digests, records: &[AuditRecord]) -> Written {
        if self.bearer(names).is_some() {
            return Written::NameTaken;
        }
        if self.accounts.contains_key(&account.id) {
            return Written::Changed;
        }
        self.names.insert(names.current().to_owned(), account.id.clone());
        self.accounts.insert(account.id.clone(), Account { version: 1, ..account.clone() });
        if account.is_admin {
            self.administrators.insert(account.id.clone());
        }
        self.keep_records(records);
        Written::Written
    }

    pub(super) fn change_account(&mut self, change: &AccountChange<'_>) -> Written {
        let account = change.account;
        if !self.is_at(&account.id, account.version) {
            return Written::Changed;
        }
        let unused =
            |id| self.challenges.get(id).is_some_and(|kept| !kept.value.used && kept.value.account == account.id);
        if !change.challenge.is_none_or(unused) {
            return Written::Changed;
        }
        if change.former.is_some() && self.bearer(change.names).is_some_and(|bearer| *bearer != account.id) {
            return Written::NameTaken;
        }

        if let Some((former, _)) = change.former {
            self.forget_names(former, &account.id);
            self.names.insert(change.names.current().to_owned(), account.id.clone());
        }
        self.accounts.insert(account.id.clone(), Account { version: account.version + 1, ..account.clone() });
        if let Some(moment) = change.void_before {
            self.void(&Owner::Account(account.id.clone()), moment);
        }
        if let Some(kept) = change.challenge.and_then(|id| self.challenges.get_mut(id)) {
            kept.value.used = true;
        }
        self.change_questions(&account.id, change.questions);
        match (change.role_changed, account.is_admin) {
            (true, true) => _ = self.administrators.insert(account.id.clone()),
            (true, false) => _ = self.administrators.remove(&account.id),
            (false, _) => {}
        }
        for notice in change.notices {
            self.put_notice(notice);
        }
        self.keep_records(change.records);
        Written::Written
    }

    pub(super) fn upgrade_password(&mut self, id: &AccountId, version: u64, password: &PasswordHash) -> bool {
        let Some(account) = self.accounts.get_mut(id).filter(|account| account.version == version) else {
            return false;
        };
        account.password = Some(password.clone());
        true
    }

    pub(super) fn delete_account(
        &mut self,
        account: &Account,
        names: &Digests,
        record: &AuditRecord,
        now: Moment,
    ) -> Written {
        if !self.is_at(&account.id, account.version) {
            return Written::Changed;
        }
        self.forget_names(names, &account.id);
        self.accounts.remove(&account.id);
        self.administrators.remove(&account.id);
        self.questions.remove(&account.id);
        self.void(&Owner::Account(account.id.clone()), now);
        self.keep_record(record);
        Written::Written
    }

    fn is_at(&self, id: &AccountId, version: u64) -> bool {
        self.accounts.get(id).is_some_and(|account| account.version == version)
    }

    fn forget_names(&mut self, names: &Digests, bearer: &AccountId) {
        for name in names.all() {
            if self.names.get(name) == Some(bearer) {
                self.names.remove(name);
            }
        }
    }
}
