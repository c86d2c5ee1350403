//! The indexes of accounts: their entries are read, written with the accounts, and written again for a table whose
//! accounts are older than an index.
//!
//! The table's stream shows the keys of items, and no contact may be in it. So in the indexes that hold contacts, a keyed
//! digest stands in the place of each. Entries are written under the newest version of the key, and found under all.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{FuturesUnordered, TryStreamExt};
use serde::Serialize;
use shared::account::Account;
use shared::account::search::{Index, IndexEntry, IndexRange};
use shared::credentials::key::Digests;
use shared::ports::store::{Accounts, Stored};
use shared::random::AccountId;
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::request::failed;
use super::row::{BadRow, Bearer, item, read};
use super::write::{Item, Write, key_item, names};
use crate::table::{self, Key};

/// The rules by which accounts are indexed. A change of what [`Account::index_entries`] returns needs another number.
const RULES: u64 = 1;
/// The row that notes the rules.
#[derive(Serialize)]
struct RulesRow {
    version: u64,
}

/// How many accounts are indexed, or entries checked, at the same time.
const AT_ONCE: usize = 25;
/// How often an account that keeps changing is read again.
const MAX_DECISIONS: usize = 8;
/// Most entries in the transaction of their account. DynamoDB takes 100 writes, and a change has up to 40 others.
const MAX_ENTRIES: usize = 50;
/// Most writes in a transaction of entries alone, beside the check of their account.
const LOT: usize = 99;

/// The entries that a change adds and removes. If an account's transaction has no room for all of them, the others are
/// written before it, or deleted after it, because an entry that is out of date shows nobody. If two such changes race, an
/// entry may be lost until the indexes are rebuilt.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) added: Vec<IndexEntry>,
    pub(super) removed: Vec<IndexEntry>,
    before: Vec<IndexEntry>,
    after: Vec<IndexEntry>,
}

impl DynamoStore {
    /// The entries that a write adds and removes.
    pub(super) fn entries(
        &self,
        added: impl IntoIterator<Item = IndexEntry>,
        removed: impl IntoIterator<Item = IndexEntry>,
    ) -> Entries {
        let (mut added, mut removed): (Vec<_>, Vec<_>) = (added.into_iter().collect(), removed.into_iter().collect());
        // This entry decides whether a person is asked again, so it always changes in the account's transaction.
        for entries in [&mut added, &mut removed] {
            entries.sort_by_key(|entry| entry.index != Index::Unconfirmed);
        }
        let before = added.split_off(added.len().min(MAX_ENTRIES));
        let room = (MAX_ENTRIES - added.len()) / self.key_versions();
        let after = removed.split_off(removed.len().min(room.max(1)));
        Entries { added, removed, before, after }
    }

    /// The entries of a change. A new name writes all entries again, because a rebuild that is under way may have passed
    /// the account's new place. It does not write again that a person must confirm: the person may have been asked.
    pub(super) fn entries_between(&self, before: &Account, after: &Account) -> Entries {
        let (old, new) = (before.index_entries(), after.index_entries());
        let renamed = before.user_name != after.user_name;
        let is_new = |entry: &&IndexEntry| !old.contains(*entry) || (renamed && entry.index != Index::Unconfirmed);
        let added: Vec<IndexEntry> = new.iter().filter(is_new).cloned().collect();
        self.entries(added, old.difference(&new).cloned())
    }

    /// How many versions of the key an entry may be stored under.
    fn key_versions(&self) -> usize {
        self.index_keys.as_ref().map_or(1, |keys| keys.0.versions().count()).max(1)
    }

    /// Writes the entries for which the account's transaction has no room, before it.
    pub(super) async fn enter_before(&self, account: &Account, entries: &Entries) -> Stored<()> {
        for lot in entries.before.chunks(LOT) {
            const WHAT: &str = "an account cannot be indexed";
            let written = self.transact(WHAT, self.entry_writes(account, lot)?).await?;
            written.map_err(|_| Unavailable::plain(WHAT))?;
        }
        Ok(())
    }

    /// Deletes the entries for which the account's transaction had no room, after it. The account has changed, so a
    /// failure is only logged.
    pub(super) async fn remove_after(&self, entries: &Entries) {
        for lot in entries.after.chunks(LOT / self.key_versions()) {
            let Ok(writes) = self.entry_deletions(lot) else { return };
            if self.transact("entries cannot be removed", writes).await.is_err() {
                tracing::warn!("entries of an index that are out of date are left");
            }
        }
    }

    /// Writes entries of an account into the indexes.
    pub(super) fn entry_writes<'a>(
        &self,
        account: &Account,
        entries: impl IntoIterator<Item = &'a IndexEntry>,
    ) -> Stored<Vec<Write>> {
        let row = Bearer { account: account.id.clone() };
        let put = |entry: &IndexEntry| {
            let key = self.entry_keys(entry)?.swap_remove(0);
            Ok(Write::put(item(key, "indexEntry", &row)?))
        };
        entries.into_iter().map(put).collect()
    }

    /// Removes entries from the indexes, under every version of the key.
    pub(super) fn entry_deletions<'a>(&self, entries: impl IntoIterator<Item = &'a IndexEntry>) -> Stored<Vec<Write>> {
        let mut writes = Vec::new();
        for entry in entries {
            writes.extend(self.entry_keys(entry)?.into_iter().map(Write::delete));
        }
        Ok(writes)
    }

    /// The keys that an entry may be stored under, the newest first.
    fn entry_keys(&self, entry: &IndexEntry) -> Stored<Vec<Key>> {
        let IndexEntry { index, place } = entry;
        if !index.holds_contacts() {
            return Ok(vec![Key::index(*index, place)]);
        }
        let (contact, account) = entry.parts().ok_or(BadRow)?;
        let digests = self.contact_digests(contact)?;
        Ok(digests.all().iter().map(|digest| Key::index(*index, &format!("{digest}#{account}"))).collect())
    }

    fn contact_digests(&self, contact: &str) -> Stored<Digests> {
        let keys = self.index_keys.as_ref().ok_or(Unavailable::plain("there is no key for contacts in an index"))?;
        Ok(keys.index(contact))
    }

    /// Lists the places of a range after `after`, with their accounts.
    pub(super) async fn list_entries(
        &self,
        range: &IndexRange,
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<(String, AccountId)>> {
        let Some(contact) = range.whole_text().filter(|_| range.index.holds_contacts()) else {
            return self.list_range(range, after, limit).await;
        };
        let (mut places, rest) = (Vec::new(), |place: &str| place.get(contact.len()..).map(str::to_owned));
        for digest in self.contact_digests(contact)?.all() {
            let stored = IndexRange::equal(range.index, digest);
            let after = after.and_then(rest).map(|rest| format!("{digest}{rest}"));
            for (place, account) in self.list_range(&stored, after.as_deref(), limit).await? {
                let rest = place.strip_prefix(digest.as_str()).ok_or(BadRow)?;
                places.push((format!("{contact}{rest}"), account));
            }
        }
        places.sort();
        places.dedup();
        places.truncate(limit);
        Ok(places)
    }

    async fn list_range(
        &self,
        range: &IndexRange,
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<(String, AccountId)>> {
        const WHAT: &str = "an index cannot be read";
        // If `after` sorts before the range, the listing starts with the range.
        let after = after.filter(|after| !after.is_empty() && *after >= range.from.as_str());
        if after.is_some_and(|after| after > range.to.as_str()) {
            return Ok(Vec::new());
        }
        // A key in a condition must not be empty.
        let condition = if range.from.is_empty() {
            "#pk = :index AND #sk <= :to"
        } else {
            "#pk = :index AND #sk BETWEEN :from AND :to"
        };
        let (from, to) = (Key::index(range.index, &range.from), Key::index(range.index, &range.to));
        let mut query = self.client.query().table_name(&self.table).consistent_read(true);
        query = query
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names(&[condition])))
            .expression_attribute_values(":index", AttributeValue::S(from.partition))
            .expression_attribute_values(":to", AttributeValue::S(to.sort))
            .set_exclusive_start_key(after.map(|after| key_item(Key::index(range.index, after))))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        if !range.from.is_empty() {
            query = query.expression_attribute_values(":from", AttributeValue::S(from.sort));
        }
        let page = Box::pin(query.send()).await.map_err(|error| failed(WHAT, &error))?;
        let placed = |item: Item| {
            let place = item.get(table::SORT).and_then(|sort| sort.as_s().ok()).cloned().ok_or(BadRow)?;
            Ok((place, read::<Bearer>(item)?.account))
        };
        page.items.unwrap_or_default().into_iter().map(placed).collect()
    }

    /// Whether all accounts are indexed by the present rules.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn is_indexed(&self) -> Stored<bool> {
        let stored = self.get("the rules of the indexes cannot be read", Key::index_rules()).await?;
        let rules = stored.and_then(|row| row.get(table::VERSION)?.as_n().ok()?.parse::<u64>().ok());
        Ok(rules == Some(RULES))
    }

    /// Writes the entries of all accounts again, deletes entries that no account has, and returns how many accounts there
    /// are. Requests may go on meanwhile; running it twice changes nothing.
    ///
    /// # Errors
    /// [`Unavailable`]; running it again finishes the work.
    pub async fn rebuild_indexes(&self) -> Stored<usize> {
        let (everybody, mut after, mut count) = (IndexRange::whole(Index::UserName), None, 0);
        loop {
            let page = self.accounts(&everybody, after.as_deref(), AT_ONCE).await?;
            count += page.accounts.len();
            let each: FuturesUnordered<_> = page.accounts.into_iter().map(|account| self.index(account)).collect();
            each.try_collect::<()>().await?;
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        for index in Index::OTHERS {
            self.sweep_index(index).await?;
        }
        let rules = Write::put(item(Key::index_rules(), "indexRules", &RulesRow { version: RULES })?);
        self.write("the rules of the indexes cannot be written", rules).await?.map_err(|_| BadRow)?;
        Ok(count)
    }

    /// Writes an account's entries again, as of the version that is stored.
    async fn index(&self, mut account: Account) -> Stored<()> {
        const WHAT: &str = "an account cannot be indexed";
        for _ in 0..MAX_DECISIONS {
            let entries: Vec<IndexEntry> = account.index_entries().into_iter().collect();
            let mut is_indexed = true;
            for lot in entries.chunks(LOT) {
                let unchanged = Write::check(Key::account(&account.id)).when("#version = :version");
                let mut writes = vec![unchanged.number(":version", account.version)];
                writes.extend(self.entry_writes(&account, lot)?);
                is_indexed &= self.transact(WHAT, writes).await?.is_ok();
            }
            if is_indexed {
                return Ok(());
            }
            match self.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(()),
            }
        }
        Err(Unavailable::conflict(WHAT))
    }

    /// Deletes the entries of an index that no account has.
    async fn sweep_index(&self, index: Index) -> Stored<()> {
        let mut after = None;
        loop {
            let rows = self.list_range(&IndexRange::whole(index), after.as_deref(), AT_ONCE).await?;
            after = rows.last().map(|(sort, _)| sort.clone());
            let each: FuturesUnordered<_> = rows.iter().map(|(sort, id)| self.sweep_entry(index, sort, id)).collect();
            each.try_collect::<()>().await?;
            if rows.len() < AT_ONCE {
                return Ok(());
            }
        }
    }

    async fn sweep_entry(&self, index: Index, sort: &str, id: &AccountId) -> Stored<()> {
        let key = Key::index(index, sort);
        let account = self.account(id).await?;
        let mut keys = Vec::new();
        for entry in account.iter().flat_map(Account::index_entries).filter(|entry| entry.index == index) {
            keys.extend(self.entry_keys(&entry)?);
        }
        if keys.contains(&key) {
            return Ok(());
        }
        let unchanged = match &account {
            Some(account) => {
                Write::check(Key::account(id)).when("#version = :version").number(":version", account.version)
            }
            None => Write::check(Key::account(id)).when_new(),
        };
        // If the account changes meanwhile, its change decides about the entry.
        self.transact("an entry cannot be removed", vec![unchanged, Write::delete(key)]).await?.ok();
        Ok(())
    }
}
