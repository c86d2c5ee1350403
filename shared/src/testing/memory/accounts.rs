//! Accounts, the names that find them, and their passwords.

use super::MemoryStore;
use super::state::State;
use crate::account::search::{IndexEntry, IndexRange};
use crate::account::{Account, Owner};
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::limits::guesses::{GuessLog, GuessLogState};
use crate::ports::store::{
    AccountChange, AccountPage, Accounts, NewAccount, PasswordChange, PasswordSet, Stored, WriteOutcome,
};
use crate::random::{AccountId, ResetId, Seed};
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::Challenge;
use crate::reset::{Grant, MAX_COMPLETIONS_PER_DAY, MAX_PASSWORD_TRIES, Reset, Stage};
use crate::time::Moment;

impl Accounts for MemoryStore {
    async fn account_by_name(&self, names: &Digests) -> Stored<Option<AccountId>> {
        Ok(self.state().bearer(names).cloned())
    }

    async fn account(&self, id: &AccountId) -> Stored<Option<Account>> {
        Ok(self.state().accounts.get(id).cloned())
    }

    async fn account_and_guess_log(&self, id: &AccountId) -> Stored<Option<(Account, GuessLogState)>> {
        let state = self.state();
        let guess_log = || state.guess_log_state(&GuessLog::Account(Owner::Account(id.clone())));
        Ok(state.accounts.get(id).map(|account| (account.clone(), guess_log())))
    }

    async fn accounts(&self, range: &IndexRange, after: Option<&str>, limit: usize) -> Stored<AccountPage> {
        let state = &mut *self.state();
        let placed = |account: &Account| Some((account.place_in(range)?, account.clone()));
        let mut found: Vec<(String, Account)> = state.accounts.values().filter_map(placed).collect();
        let is_asked = |place: &str| state.asked.contains(&IndexEntry { index: range.index, place: place.to_owned() });
        found.retain(|(place, _)| after.is_none_or(|after| place.as_str() > after) && !is_asked(place));
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(place, _)| place.clone());
        Ok(AccountPage { accounts: found.into_iter().map(|(_, account)| account).collect(), next })
    }

    async fn administrators(&self, limit: usize) -> Stored<Vec<AccountId>> {
        Ok(self.state().administrators.iter().take(limit).cloned().collect())
    }

    async fn create_account(
        &self,
        account: &Account,
        names: &Digests,
        records: &[AuditRecord],
    ) -> Stored<WriteOutcome> {
        Ok(self.state().create_account(account, names, records))
    }

    async fn create_accounts(&self, accounts: &[NewAccount]) -> Stored<bool> {
        let state = &mut *self.state();
        let mut created = state.clone();
        for NewAccount { account, names, record } in accounts {
            if created.create_account(account, names, std::slice::from_ref(record)) != WriteOutcome::Written {
                return Ok(false);
            }
        }
        *state = created;
        Ok(true)
    }

    async fn change_account(&self, change: &AccountChange<'_>) -> Stored<WriteOutcome> {
        let state = &mut *self.state();
        state.check_answered(change.answered.as_ref())?;
        let account = change.account;
        if !state.is_at(&account.id, account.version) {
            return Ok(WriteOutcome::Changed);
        }
        let unused = |id| {
            state.challenges.get(id).is_some_and(|stored| !stored.value.used && stored.value.account == account.id)
        };
        if !change.challenge.is_none_or(unused) {
            return Ok(WriteOutcome::Changed);
        }
        if change.former.is_some() && state.bearer(change.names).is_some_and(|bearer| *bearer != account.id) {
            return Ok(WriteOutcome::NameTaken);
        }

        if let Some((former, _)) = change.former {
            state.forget_names(former, &account.id);
            state.names.insert(change.names.current().to_owned(), account.id.clone());
        }
        state.accounts.insert(account.id.clone(), Account { version: account.version + 1, ..account.clone() });
        if let Some(moment) = change.revoked_before {
            state.revoked(&Owner::Account(account.id.clone()), moment);
        }
        if let Some(stored) = change.challenge.and_then(|id| state.challenges.get_mut(id)) {
            stored.value.used = true;
        }
        state.change_questions(&account.id, change.questions);
        match (change.changes_role(), account.is_admin) {
            (true, true) => _ = state.administrators.insert(account.id.clone()),
            (true, false) => _ = state.administrators.remove(&account.id),
            (false, _) => {}
        }
        for notice in change.notices {
            state.order_notice(notice);
        }
        state.store_records(change.records);
        state.store_answered(change.answered.as_ref());
        Ok(WriteOutcome::Written)
    }

    async fn upgrade_password(&self, id: &AccountId, version: u64, password: &PasswordHash) -> Stored<bool> {
        let state = &mut *self.state();
        let Some(account) = state.accounts.get_mut(id).filter(|account| account.version == version) else {
            return Ok(false);
        };
        account.password = Some(password.clone());
        Ok(true)
    }

    async fn delete_account(
        &self,
        account: &Account,
        names: &Digests,
        record: &AuditRecord,
        now: Moment,
    ) -> Stored<WriteOutcome> {
        let state = &mut *self.state();
        if !state.is_at(&account.id, account.version) {
            return Ok(WriteOutcome::Changed);
        }
        state.forget_names(names, &account.id);
        state.accounts.remove(&account.id);
        state.administrators.remove(&account.id);
        state.questions.remove(&account.id);
        state.revoked(&Owner::Account(account.id.clone()), now);
        state.store_record(record);
        Ok(WriteOutcome::Written)
    }

    async fn unblock(&self, owner: &Owner, notice: &NoticeOrder, record: &AuditRecord) -> Stored<()> {
        let state = &mut *self.state();
        for guess_log in [GuessLog::Account(owner.clone()), GuessLog::Registration(owner.clone())] {
            state.guess_log_mut(&guess_log).attempts.clear();
        }
        state.sign_ins.remove(&owner.key());
        if let Owner::Account(account) = owner {
            state.sends.remove(&Challenge::log_key(account));
        }
        state.order_notice(notice);
        state.store_record(record);
        Ok(())
    }

    async fn charge_password(&self, reset: &Reset, grant: &Seed, now: Moment) -> Stored<bool> {
        let state = &mut *self.state();
        let Some(grant) = state.live_grant(&reset.id, grant, now) else { return Ok(false) };
        if grant.password_tries >= MAX_PASSWORD_TRIES {
            return Ok(false);
        }
        grant.password_tries += 1;
        Ok(true)
    }

    async fn set_password(&self, change: &PasswordChange<'_>) -> Stored<PasswordSet> {
        let state = &mut *self.state();
        state.check_answered(change.answered.as_ref())?;
        let now = change.now;
        let owner = Owner::Account(change.account.clone());
        let guess_log = GuessLog::Account(owner.clone());
        if state.live_grant(&change.reset.id, change.grant, now).is_none() {
            return Ok(PasswordSet::TokenDead);
        }
        let decided_upon = |account: &Account| account.enabled && account.version == change.version;
        if !state.accounts.get(change.account).is_some_and(decided_upon) {
            return Ok(PasswordSet::AccountChanged);
        }
        let guesses = state.guess_log_state(&guess_log);
        if guesses.revokes(change.reset.began_at) || !guesses.may_complete(now) {
            return Ok(PasswordSet::Revoked);
        }

        if let Some(account) = state.accounts.get_mut(change.account) {
            account.password = Some(change.password.clone());
            account.force_change_password = false;
            account.sign_in_sessions_valid_from = Some(now);
            account.version += 1;
        }
        if let Some(stored) = state.resets.get_mut(&change.reset.id) {
            stored.value.stage = Stage::Completed;
        }
        state.revoked(&owner, now);
        let guesses = state.guess_log_mut(&guess_log);
        guesses.attempts.clear();
        guesses.completions.insert(0, now);
        guesses.completions.truncate(MAX_COMPLETIONS_PER_DAY);
        state.sign_ins.remove(&owner.key());
        for notice in change.notices {
            state.order_notice(notice);
        }
        state.store_record(change.record);
        state.store_answered(change.answered.as_ref());
        Ok(PasswordSet::Set)
    }
}

impl State {
    fn create_account(&mut self, account: &Account, names: &Digests, records: &[AuditRecord]) -> WriteOutcome {
        if self.bearer(names).is_some() {
            return WriteOutcome::NameTaken;
        }
        if self.accounts.contains_key(&account.id) {
            return WriteOutcome::Changed;
        }
        self.names.insert(names.current().to_owned(), account.id.clone());
        self.accounts.insert(account.id.clone(), Account { version: 1, ..account.clone() });
        if account.is_admin {
            self.administrators.insert(account.id.clone());
        }
        self.store_records(records);
        WriteOutcome::Written
    }

    /// The account that has a name, under whichever version of the key the name was written.
    pub(super) fn bearer(&self, names: &Digests) -> Option<&AccountId> {
        names.all().iter().find_map(|name| self.names.get(name))
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

    /// The grant of a live reset, if its seed is the one given.
    fn live_grant(&mut self, reset: &ResetId, grant: &Seed, now: Moment) -> Option<&mut Grant> {
        let reset = &mut self.resets.get_mut(reset)?.value;
        let live = reset.is_live(now);
        match &mut reset.stage {
            Stage::Granted(stored) if live && stored.seed == *grant => Some(stored),
            Stage::Granted(_) | Stage::Proving { .. } | Stage::Completed => None,
        }
    }
}
