use std::collections::BTreeSet;

use super::fixtures::{ADELE, MEGAN, adele, created, noticed};
use crate::account::search::{Index, IndexRange};
use crate::account::{Account, ProfileField};
use crate::ports::store::{AccountChange, Store, WriteOutcome};
use crate::random::AccountId;
use crate::testing::samples::{START, Samples, names, user_name};

/// An account that is found by this display name and by nothing else.
fn named(samples: &Samples, name: &str, displayed: &str) -> Account {
    let mut account = Account::new(AccountId::draw(&samples.random), user_name(name), START);
    account.profile.insert(ProfileField::DisplayName, displayed.to_owned());
    account
}

/// The ids of the accounts in a range, on pages of so many.
async fn found(store: &impl Store, range: &IndexRange, limit: usize) -> Vec<AccountId> {
    let (mut ids, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let page = store.accounts(range, after.as_deref(), limit).await.unwrap();
        assert!(page.accounts.len() <= limit);
        ids.extend(page.accounts.into_iter().map(|account| account.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
    panic!("the pages do not end");
}

/// The ids of the accounts whose names have words that begin so.
async fn called(store: &impl Store, text: &str) -> Vec<AccountId> {
    found(store, &IndexRange::name_beginning(text).unwrap(), 10).await
}

pub(super) async fn an_account_is_found_by_each_of_its_entries(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, Account { enabled: false, ..samples.full_account(ADELE) }).await;
    let entries = account.index_entries();
    let indexes: BTreeSet<Index> = entries.iter().map(|entry| entry.index).collect();
    assert!(indexes.into_iter().eq(Index::OTHERS.into_iter().filter(|index| *index != Index::Unconfirmed)));
    for entry in entries {
        let range = match entry.parts() {
            Some((text, _)) if entry.index.holds_contacts() => IndexRange::equal(entry.index, text),
            _ => IndexRange { index: entry.index, from: entry.place.clone(), to: entry.place },
        };
        assert_eq!(found(store, &range, 10).await, std::slice::from_ref(&account.id), "{range:?}");
    }
    let other = created(store, Account { enabled: true, ..samples.full_account(MEGAN) }).await;
    assert_eq!(found(store, &IndexRange::whole(Index::Disabled), 10).await, std::slice::from_ref(&account.id));
    assert_eq!(found(store, &IndexRange::whole(Index::UserName), 10).await, [account.id, other.id]);
}

pub(super) async fn an_account_with_many_entries_is_listed_once(store: &impl Store) {
    let samples = Samples::default();
    let many = created(store, named(&samples, ADELE, "Ada Adele Adam Adams")).await;
    let one = created(store, named(&samples, MEGAN, "Megan Adalbert")).await;
    for limit in [1, 2, 3, 100] {
        let range = IndexRange::name_beginning("ad").unwrap();
        let mut ids = found(store, &range, limit).await;
        ids.sort();
        let mut expected = [many.id.clone(), one.id.clone()];
        expected.sort();
        assert_eq!(ids, expected, "pages of {limit}");
    }
}

pub(super) async fn a_change_moves_the_entries(store: &impl Store) {
    let samples = Samples::default();
    let before = created(store, named(&samples, ADELE, "Adele King")).await;
    let mut account = Account { enabled: false, ..before.clone() };
    account.profile.insert(ProfileField::DisplayName, "Adele Vance".to_owned());
    let names = adele();
    let change = AccountChange { before: Some(&before), ..AccountChange::new(&account, &names) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(called(store, "king").await, []);
    assert_eq!(called(store, "vance").await, [account.id.clone()]);
    assert_eq!(called(store, "adele").await, [account.id.clone()]);
    assert_eq!(found(store, &IndexRange::whole(Index::Disabled), 10).await, std::slice::from_ref(&account.id));

    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Changed);
    let stored = store.account(&account.id).await.unwrap().unwrap();
    let deleted = store.delete_account(&stored, &names, &samples.record(START), START).await.unwrap();
    assert_eq!(deleted, WriteOutcome::Written);
    assert_eq!((called(store, "vance").await, called(store, "adele").await), (vec![], vec![]));
    assert_eq!(found(store, &IndexRange::whole(Index::Disabled), 10).await, []);
}

pub(super) async fn a_refused_change_moves_no_entry(store: &impl Store) {
    let samples = Samples::default();
    let before = created(store, named(&samples, ADELE, "Adele King")).await;
    created(store, named(&samples, MEGAN, "Megan")).await;
    let mut account = Account { user_name: user_name(MEGAN), ..before.clone() };
    account.profile.insert(ProfileField::DisplayName, "Adele Vance".to_owned());
    let (old, new) = (adele(), names(MEGAN));
    let former = Some((&old, ADELE));
    let change = AccountChange { before: Some(&before), former, ..AccountChange::new(&account, &new) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::NameTaken);
    assert_eq!((called(store, "king").await, called(store, "vance").await), (vec![before.id], vec![]));
}

pub(super) async fn each_person_is_asked_to_confirm_once(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, Account { enabled: true, ..samples.full_account(ADELE) }).await;
    let entry = account.unconfirmed_entry().unwrap();
    let everybody = IndexRange::whole(Index::Unconfirmed);
    assert_eq!(found(store, &everybody, 10).await, std::slice::from_ref(&account.id));
    let order = samples.notice(&account.id, START);
    assert!(store.order_confirmation(&entry, &order).await.unwrap());
    assert!(noticed(store, &order).await.is_some());
    assert_eq!(found(store, &everybody, 10).await, []);
    let again = samples.notice(&account.id, START);
    assert!(!store.order_confirmation(&entry, &again).await.unwrap());
    assert!(noticed(store, &again).await.is_none());

    let names = adele();
    let mut changed = account.clone();
    changed.profile.insert(ProfileField::JobTitle, "Accordionist".to_owned());
    let change = AccountChange { before: Some(&account), ..AccountChange::new(&changed, &names) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(found(store, &everybody, 10).await, [], "another change asks nobody again");
    let before = store.account(&account.id).await.unwrap().unwrap();
    let renamed = Account { user_name: user_name(MEGAN), ..before.clone() };
    let (old, new) = (adele(), crate::testing::samples::names(MEGAN));
    let change =
        AccountChange { before: Some(&before), former: Some((&old, ADELE)), ..AccountChange::new(&renamed, &new) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(found(store, &everybody, 10).await, [], "neither does another name");
    let before = store.account(&account.id).await.unwrap().unwrap();
    let confirmed = Account { confirmed_at: Some(START.plus(99_999)), ..before.clone() };
    let change = AccountChange { before: Some(&before), ..AccountChange::new(&confirmed, &names) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(found(store, &everybody, 10).await, [account.id], "until the next time");
}
