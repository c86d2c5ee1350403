//! Accounts: found by name, read, listed, and written together with all consequences.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use shared::account::search::{Index, IndexRange};
use shared::account::{Account, Owner};
use shared::credentials::key::Digests;
use shared::credentials::password::PasswordHash;
use shared::limits::guesses::{GuessLog, GuessLogState};
use shared::ports::store::{
    AccountChange, AccountPage, Accounts, NewAccount, PasswordChange, PasswordSet, Stored, WriteOutcome,
};
use shared::random::{AccountId, Seed};
use shared::records::audit::AuditRecord;
use shared::records::notice::NoticeOrder;
use shared::reset::challenge::Challenge;
use shared::reset::{MAX_PASSWORD_TRIES, Reset};
use shared::time::Moment;
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::account_row::KIND;
use super::account_row::{AccountRow, PasswordRow};
use super::indexes::Entries;
use super::password::{ACCOUNT, GUESS_LOG, RESET, completed, replaced, revoked};
use super::request::{BATCH, Cancelled, failed};
use super::reset_row::GRANTED;
use super::row::{Bearer, item, read, read_some, value};
use super::write::{Write, names};
use super::{administrators, audit, guess_log, idempotency, notice, questions, registration};
use crate::table::Key;

/// The failure if only the condition on a drawn name can have been refused: such names do not collide by chance.
const NAME_TAKEN: &str = "the name of a notice or of a record is taken";

/// What happens to an account's `revoked_before`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RevocationMoment {
    /// It moves forward.
    Moves,
    /// It is already later, and stays.
    Stays,
}

impl Accounts for DynamoStore {
    /// One read per version of the key of names, until the name is found: a single read, except while that key is being
    /// rotated.
    async fn account_by_name(&self, names: &Digests) -> Stored<Option<AccountId>> {
        for digest in names.all() {
            let found = self.get("a name cannot be looked up", Key::name(digest)).await?;
            if let Some(Bearer { account }) = read_some(found)? {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    async fn account(&self, id: &AccountId) -> Stored<Option<Account>> {
        let stored = self.get("an account cannot be read", Key::account(id)).await?;
        Ok(read_some::<AccountRow>(stored)?.map(Account::try_from).transpose()?)
    }

    async fn account_and_guess_log(&self, id: &AccountId) -> Stored<Option<(Account, GuessLogState)>> {
        let owner = Owner::Account(id.clone());
        let keys = vec![Key::account(id), Key::guess_log(&GuessLog::Account(owner))];
        let mut rows = self.get_each("an account and its guess log cannot be read", keys).await?.into_iter();
        let Some(account) = read_some::<AccountRow>(rows.next().flatten())? else { return Ok(None) };
        let guess_log = read_some::<guess_log::GuessLogRow>(rows.next().flatten())?.map(GuessLogState::from);
        Ok(Some((account.try_into()?, guess_log.unwrap_or_default())))
    }

    /// One query for the entries, then one batch per hundred accounts.
    async fn accounts(&self, range: &IndexRange, after: Option<&str>, limit: usize) -> Stored<AccountPage> {
        let mut found = self.list_entries(range, after, limit.saturating_add(1)).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(place, _)| place.clone());
        let mut accounts = Vec::with_capacity(found.len());
        for batch in found.chunks(BATCH) {
            // A batch may name an account only once.
            let ids: HashSet<&AccountId> = batch.iter().map(|(_, id)| id).collect();
            let read = self.read_batch(ids.into_iter()).await?;
            // An account is listed at its first entry in the range. Left out are other entries, those that are out of
            // date, and accounts that were deleted after the entries were read.
            let listed = batch.iter().filter_map(|(place, id)| Some((place, read.get(id)?)));
            let listed = listed.filter(|(place, account)| account.place_in(range).as_ref() == Some(place));
            accounts.extend(listed.map(|(_, account)| account.clone()));
        }
        Ok(AccountPage { accounts, next })
    }

    /// One query: a response (1 MB) holds thousands of rows, and no caller asks for more.
    async fn administrators(&self, limit: usize) -> Stored<Vec<AccountId>> {
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
        let listed = |item| read::<Bearer>(item).map(|bearer| bearer.account);
        found.items.unwrap_or_default().into_iter().map(listed).collect()
    }

    async fn create_account(
        &self,
        account: &Account,
        names: &Digests,
        records: &[AuditRecord],
    ) -> Stored<WriteOutcome> {
        let entries = self.entries(account.index_entries(), []);
        self.enter_before(account, &entries).await?;
        let writes = self.created(account, names, records, &entries)?;
        let written = self.transact("an account cannot be created", writes).await?;
        let Err(cancelled) = written else { return Ok(WriteOutcome::Written) };
        // The name's entry in the directory is taken, whatever version of the key the name was looked up under.
        if cancelled.refused(0) || cancelled.refused(1) {
            return Ok(WriteOutcome::NameTaken);
        }
        if cancelled.refused(2) { Ok(WriteOutcome::Changed) } else { Err(Unavailable::plain(NAME_TAKEN)) }
    }

    async fn create_accounts(&self, accounts: &[NewAccount]) -> Stored<bool> {
        let mut writes = Vec::new();
        for NewAccount { account, names, record } in accounts {
            let entries = self.entries(account.index_entries(), []);
            self.enter_before(account, &entries).await?;
            writes.extend(self.created(account, names, std::slice::from_ref(record), &entries)?);
        }
        Ok(self.transact("accounts cannot be created", writes).await?.is_ok())
    }

    async fn change_account(&self, change: &AccountChange<'_>) -> Stored<WriteOutcome> {
        let account = change.account;
        let entries = change.before.map(|before| self.entries_between(before, account)).unwrap_or_default();
        self.enter_before(account, &entries).await?;
        let attempt = async |moment| self.try_change(change, &entries, moment).await;
        let written = match attempt(RevocationMoment::Moves).await? {
            Some(written) => written,
            None => attempt(RevocationMoment::Stays).await?.unwrap_or(WriteOutcome::Changed),
        };
        if written == WriteOutcome::Written {
            self.remove_after(&entries).await;
        }
        Ok(written)
    }

    async fn upgrade_password(&self, id: &AccountId, version: u64, password: &PasswordHash) -> Stored<bool> {
        let write = Write::update(Key::account(id), "#password = :password")
            .uncounted()
            .when("#version = :version")
            .number(":version", version)
            .value(":password", value(&PasswordRow::from(password))?);
        Ok(self.write("a password cannot be upgraded", write).await?.is_ok())
    }

    async fn delete_account(
        &self,
        account: &Account,
        names: &Digests,
        record: &AuditRecord,
        now: Moment,
    ) -> Stored<WriteOutcome> {
        let entries = self.entries([], account.index_entries());
        let attempt = async |moment| {
            let mut writes = deletion(account, names, record, now, moment)?;
            writes.extend(self.entry_deletions(&entries.removed)?);
            self.try_delete(writes, moment).await
        };
        let written = match attempt(RevocationMoment::Moves).await? {
            Some(written) => written,
            None => attempt(RevocationMoment::Stays).await?.unwrap_or(WriteOutcome::Changed),
        };
        if written == WriteOutcome::Written {
            self.remove_after(&entries).await;
        }
        Ok(written)
    }

    async fn unblock(&self, owner: &Owner, order: &NoticeOrder, record: &AuditRecord) -> Stored<()> {
        const WHAT: &str = "an account cannot be unblocked";
        let mut writes = vec![
            guess_log::cleared(&GuessLog::Account(owner.clone()), order.at),
            guess_log::cleared(&GuessLog::Registration(owner.clone()), order.at),
            Write::delete(Key::lockout(owner)),
            notice::ordered(order)?,
            audit::stored(record)?,
        ];
        if let Owner::Account(account) = owner {
            writes.push(Write::delete(Key::sends(&Challenge::log_key(account))));
        }
        self.transact(WHAT, writes).await?.map_err(|_| Unavailable::plain(WHAT))
    }

    async fn charge_password(&self, reset: &Reset, grant: &Seed, now: Moment) -> Stored<bool> {
        let write = Write::update(Key::reset(&reset.id), "#grant.#password_tries = #grant.#password_tries + :one")
            .when("#expires_at > :now AND #stage = :granted AND #grant.#seed = :seed")
            .when("#grant.#password_tries < :tries")
            .moment(":now", now)
            .text(":granted", GRANTED)
            .seed(":seed", grant)
            .number(":tries", MAX_PASSWORD_TRIES.into())
            .once();
        Ok(self.write("a refused password cannot be charged", write).await?.is_ok())
    }

    async fn set_password(&self, change: &PasswordChange<'_>) -> Stored<PasswordSet> {
        const WHAT: &str = "a password cannot be set";
        let owner = Owner::Account(change.account.clone());
        let mut writes = vec![
            completed(change),
            replaced(change)?,
            revoked(change, &owner),
            Write::delete(Key::lockout(&owner)),
            audit::stored(change.record)?,
        ];
        writes.extend(notice::all_ordered(change.notices)?);
        writes.extend(idempotency::reserved_response(change.answered.as_ref())?);
        let Err(cancelled) = self.transact(WHAT, writes).await? else { return Ok(PasswordSet::Set) };
        let outcomes = [
            (RESET, PasswordSet::TokenDead),
            (ACCOUNT, PasswordSet::AccountChanged),
            (GUESS_LOG, PasswordSet::Revoked),
        ];
        let refused = outcomes.into_iter().find(|(position, _)| cancelled.refused(*position));
        refused.map(|(_, outcome)| outcome).ok_or(Unavailable::plain(WHAT))
    }
}

impl DynamoStore {
    async fn read_batch(&self, ids: impl Iterator<Item = &AccountId>) -> Stored<HashMap<AccountId, Account>> {
        const WHAT: &str = "accounts cannot be read";
        let mut accounts = HashMap::new();
        for item in self.get_all(WHAT, ids.map(Key::account)).await? {
            let account = Account::try_from(read::<AccountRow>(item)?)?;
            accounts.insert(account.id.clone(), account);
        }
        Ok(accounts)
    }

    /// One transaction; `None` if the only obstacle is a `revoked_before` that is already later.
    async fn try_change(
        &self,
        change: &AccountChange<'_>,
        entries: &Entries,
        moment: RevocationMoment,
    ) -> Stored<Option<WriteOutcome>> {
        let account = change.account;
        let new = item(Key::account(&account.id), KIND, &AccountRow::new(account, account.version + 1))?;
        let mut writes = vec![Write::put(new).when("#version = :version").number(":version", account.version)];
        if let Some(id) = change.challenge {
            writes.push(registration::challenge_used(id, &account.id));
        }
        let others = 1..writes.len();
        let mut renames = others.end..others.end;
        if let Some((former, former_name)) = change.former
            && former_name != account.user_name.canonical()
        {
            writes.extend(named(account, change.names)?);
            renames.end = writes.len();
            writes.extend(forgotten(former, former_name));
        }
        let revoked = writes.len();
        writes.extend(change.revoked_before.map(|before| revoking(&account.id, before, moment)));
        writes.extend(questions::changed(&account.id, change.questions)?);
        if change.changes_role() {
            writes.push(administrators::changed(account)?);
        }
        writes.extend(self.entry_deletions(&entries.removed)?);
        writes.extend(self.entry_writes(account, &entries.added)?);
        writes.extend(notice::all_ordered(change.notices)?);
        writes.extend(audit::all_stored(change.records)?);
        writes.extend(idempotency::reserved_response(change.answered.as_ref())?);
        let Err(cancelled) = self.transact("an account cannot be changed", writes).await? else {
            return Ok(Some(WriteOutcome::Written));
        };
        if cancelled.refused(0) || others.clone().any(|at| cancelled.refused(at)) {
            return Ok(Some(WriteOutcome::Changed));
        }
        if renames.clone().any(|at| cancelled.refused(at)) {
            return Ok(Some(WriteOutcome::NameTaken));
        }
        revocation_stays(&cancelled, change.revoked_before.map(|_| revoked), moment)
    }

    async fn try_delete(&self, writes: Vec<Write>, moment: RevocationMoment) -> Stored<Option<WriteOutcome>> {
        let Err(cancelled) = self.transact("an account cannot be deleted", writes).await? else {
            return Ok(Some(WriteOutcome::Written));
        };
        if cancelled.refused(0) {
            return Ok(Some(WriteOutcome::Changed));
        }
        revocation_stays(&cancelled, Some(1), moment)
    }

    /// Stores a new account: first its name and its place in the list of names, then the account.
    fn created(
        &self,
        account: &Account,
        names: &Digests,
        records: &[AuditRecord],
        entries: &Entries,
    ) -> Stored<Vec<Write>> {
        let new = item(Key::account(&account.id), KIND, &AccountRow::new(account, 1))?;
        let [name, listed] = named(account, names)?;
        let mut writes = vec![name, listed, Write::put(new).when_new()];
        if account.is_admin {
            writes.push(administrators::listed(&account.id)?);
        }
        writes.extend(self.entry_writes(account, &entries.added)?);
        writes.extend(audit::all_stored(records)?);
        Ok(writes)
    }
}

/// Deletes an account with all that belongs to it: the account first, then the revocation.
fn deletion(
    account: &Account,
    names: &Digests,
    record: &AuditRecord,
    now: Moment,
    moment: RevocationMoment,
) -> Stored<Vec<Write>> {
    let gone = Write::delete(Key::account(&account.id)).when("#version = :version");
    let owner = Owner::Account(account.id.clone());
    let mut writes = vec![gone.number(":version", account.version), revoking(&account.id, now, moment)];
    writes.extend([Write::delete(Key::lockout(&owner)), questions::removed(&account.id)]);
    if account.is_admin {
        writes.push(administrators::unlisted(&account.id));
    }
    writes.extend(forgotten(names, account.user_name.canonical()));
    writes.push(audit::stored(record)?);
    Ok(writes)
}

/// What a refusal means if only the condition on `revoked_before` can still have been refused.
fn revocation_stays(
    cancelled: &Cancelled,
    revoked: Option<usize>,
    moment: RevocationMoment,
) -> Stored<Option<WriteOutcome>> {
    let refused = revoked.is_some_and(|revoked| cancelled.refused(revoked));
    match (refused, moment) {
        (true, RevocationMoment::Moves) => Ok(None),
        (true, RevocationMoment::Stays) | (false, _) => Err(Unavailable::plain(NAME_TAKEN)),
    }
}

fn revoking(account: &AccountId, before: Moment, moment: RevocationMoment) -> Write {
    let owner = Owner::Account(account.clone());
    match moment {
        RevocationMoment::Moves => guess_log::revoked(&owner, before),
        RevocationMoment::Stays => guess_log::revoked_already(&owner, before),
    }
}

/// Takes a name, which must be free: under the newest version of the key, and in the directory.
fn named(account: &Account, names: &Digests) -> Stored<[Write; 2]> {
    let row = Bearer { account: account.id.clone() };
    let name = item(Key::name(names.current()), "name", &row)?;
    let listed = item(Key::index(Index::UserName, account.user_name.canonical()), "listedName", &row)?;
    Ok([Write::put(name).when_new(), Write::put(listed).when_new()])
}

/// Frees a name, under every version of the key that it may be stored under, and in the directory.
fn forgotten(names: &Digests, canonical: &str) -> Vec<Write> {
    let digests = names.all().iter().map(|digest| Write::delete(Key::name(digest)));
    digests.chain([Write::delete(Key::index(Index::UserName, canonical))]).collect()
}
