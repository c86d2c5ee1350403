//! The indexes of accounts: their entries are read, written with the accounts, and written again for a table whose
//! accounts are older than an index.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{FuturesUnordered, TryStreamExt};
use shared::account::Account;
use shared::account::search::{Index, IndexEntry, IndexRange};
use shared::ports::store::{Accounts, Stored};
use shared::random::AccountId;
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::request::failed;
use super::row::{BadRow, Bearer, item, read};
use super::write::{Item, Write, key_item, names};
use crate::table::{self, Key};

/// How many accounts are indexed at the same time.
const AT_ONCE: usize = 25;
/// How often an account that keeps changing is read again.
const MAX_DECISIONS: usize = 8;

impl DynamoStore {
    /// Writes the entries of all accounts again, and returns how many accounts there are. Requests may go on
    /// meanwhile; running it twice changes nothing.
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
            let Some(next) = page.next else { return Ok(count) };
            after = Some(next);
        }
    }

    /// Writes an account's entries again, as of the version that is stored.
    async fn index(&self, mut account: Account) -> Stored<()> {
        const WHAT: &str = "an account cannot be indexed";
        for _ in 0..MAX_DECISIONS {
            let unchanged = Write::check(Key::account(&account.id)).when("#version = :version");
            let mut writes = vec![unchanged.number(":version", account.version)];
            writes.extend(entered(&account, &account.index_entries())?);
            if self.transact(WHAT, writes).await?.is_ok() {
                return Ok(());
            }
            // Whoever changes an account from now on writes the entries that the change adds, but not the others.
            match self.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(()),
            }
        }
        Err(Unavailable::conflict(WHAT))
    }

    /// Lists the places of a range after `after`, with their accounts.
    pub(super) async fn list_entries(
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
}

/// Writes entries of an account into the indexes.
pub(super) fn entered<'a>(account: &Account, entries: impl IntoIterator<Item = &'a IndexEntry>) -> Stored<Vec<Write>> {
    let row = Bearer { account: account.id.clone() };
    let put = |entry: &IndexEntry| Ok(Write::put(item(Key::index(entry.index, &entry.place), "indexEntry", &row)?));
    entries.into_iter().map(put).collect()
}

/// Removes entries from the indexes.
pub(super) fn removed<'a>(entries: impl IntoIterator<Item = &'a IndexEntry>) -> impl Iterator<Item = Write> {
    entries.into_iter().map(|entry| Write::delete(Key::index(entry.index, &entry.place)))
}
