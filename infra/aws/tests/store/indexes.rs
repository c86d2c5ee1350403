//! The entries of accounts in the indexes, as the table holds them.

use std::collections::BTreeSet;

use aws::store::DynamoStore;
use aws::table::{self, Key};
use shared::account::search::{Index, IndexEntry, IndexRange};
use shared::account::{Account, ProfileField};
use shared::ports::store::{AccountChange, Accounts, WriteOutcome};
use shared::testing::Samples;
use shared::testing::samples::{START, name_keys, names, rotated_names};

use crate::engine::{ADELE, Engine, TABLE};

/// The keys of all entries.
async fn stored(engine: &Engine) -> BTreeSet<(String, String)> {
    let keys = engine.items().await.into_iter().map(|item| {
        let part = |name: &str| item[name].as_s().unwrap().clone();
        (part(table::PARTITION), part(table::SORT))
    });
    keys.filter(|(partition, sort)| (partition.starts_with("INDEX#") && sort != "INDEX") || partition == "UNCONFIRMED")
        .collect()
}

/// The keys of an account's entries. Contacts are digests there.
fn expected(account: &Account) -> BTreeSet<(String, String)> {
    let key = |entry: IndexEntry| match entry.parts() {
        Some((text, id)) if entry.index.holds_contacts() => {
            let digest = name_keys(&[1]).index(text).current().to_owned();
            Key::index(entry.index, &format!("{digest}#{id}"))
        }
        _ => Key::index(entry.index, &entry.place),
    };
    account.index_entries().into_iter().map(key).map(|key| (key.partition, key.sort)).collect()
}

#[tokio::test]
async fn the_table_holds_the_entries_of_its_accounts_and_no_others() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, names) = (engine.store(), names(ADELE));
    let account = samples.full_account(ADELE);
    assert_eq!(store.create_account(&account, &names, &[]).await.unwrap(), WriteOutcome::Written);
    assert_eq!(stored(&engine).await, expected(&account));
    let before = store.account(&account.id).await.unwrap().unwrap();
    let mut changed = Account { enabled: false, ..before.clone() };
    changed.profile.insert(ProfileField::DisplayName, "Somebody Else Entirely".to_owned());
    changed.profile.remove(&ProfileField::Mail);
    let change = AccountChange { before: Some(&before), ..AccountChange::new(&changed, &names) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(stored(&engine).await, expected(&changed));
    assert_ne!(expected(&changed), expected(&account));
    let stored_account = store.account(&account.id).await.unwrap().unwrap();
    store.delete_account(&stored_account, &names, &samples.record(START), START).await.unwrap();
    assert_eq!(stored(&engine).await, BTreeSet::new());
}

#[tokio::test]
async fn the_largest_account_is_created_changed_and_deleted_with_all_its_entries() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, names) = (engine.store(), names(ADELE));
    let filled = |letter: char| {
        let mut account = samples.full_account(ADELE);
        let one = account.contacts.get(shared::account::Slot::OtherMails).unwrap().clone();
        let mails = (0..250).map(|number| {
            let value = shared::testing::samples::email(&format!("{letter}{number}@contoso.example")).into();
            shared::account::Contact { value, ..one.clone() }
        });
        account.contacts.set(shared::account::Slot::OtherMails, mails);
        let words = |count: usize| vec![letter.to_string().repeat(9); count].join(" ");
        account.profile.insert(ProfileField::DisplayName, words(64));
        account.profile.insert(ProfileField::GivenName, format!("{letter}x"));
        account.profile.insert(ProfileField::Surname, format!("{letter}y"));
        account.profile.insert(ProfileField::Mail, format!("{letter}@contoso.example"));
        account
    };
    let first = filled('a');
    assert_eq!(store.create_account(&first, &names, &[]).await.unwrap(), WriteOutcome::Written);
    let before = store.account(&first.id).await.unwrap().unwrap();
    let after = Account { id: first.id.clone(), enabled: false, is_admin: !first.is_admin, ..filled('b') };
    let notices: Vec<_> = (0..3).map(|_| samples.notice(&first.id, START)).collect();
    let records: Vec<_> = (0..4).map(|_| samples.record(START)).collect();
    let change = AccountChange {
        before: Some(&before),
        revoked_before: Some(START),
        notices: &notices,
        records: &records,
        ..AccountChange::new(&after, &names)
    };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(stored(&engine).await, expected(&after));
    assert!(expected(&after).len() > 250);
    let last = after.contacts.all(shared::account::Slot::OtherMails).last().unwrap().value.identity();
    let found = store.accounts(&IndexRange::equal(Index::OtherMail, &last), None, 9).await.unwrap();
    assert_eq!(found.accounts.len(), 1, "the last of 250 addresses is found");
    let deleted = store.account(&first.id).await.unwrap().unwrap();
    store.delete_account(&deleted, &names, &samples.record(START), START).await.unwrap();
    assert_eq!(stored(&engine).await, BTreeSet::new());
}

#[tokio::test]
async fn no_key_holds_a_contact() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let account = samples.full_account(ADELE);
    assert_eq!(engine.store().create_account(&account, &names(ADELE), &[]).await.unwrap(), WriteOutcome::Written);
    let keys: String = engine.items().await.iter().map(|item| format!("{:?}{:?}\n", item["pk"], item["sk"])).collect();
    assert!(keys.contains("adele.vance@contoso.example"), "but for the mailbox, which is found by its beginning");
    for (_, contact) in account.contacts.iter() {
        let identity = contact.value.identity();
        assert!(!keys.contains(identity.trim_start_matches('+')), "the stream shows keys: {keys}");
    }
    assert!(keys.contains("INDEX#PHONE") && keys.contains("INDEX#OTHERMAIL"));
}

#[tokio::test]
async fn a_contact_is_found_under_every_version_of_its_key() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let with = |versions: &[u32]| DynamoStore::new(engine.client.clone(), TABLE).with_index_keys(name_keys(versions));
    for (name, versions) in [("ann@contoso.example", &[1][..]), ("ben@contoso.example", &[1, 2])] {
        let account = samples.full_account(name);
        assert_eq!(with(versions).create_account(&account, &names(name), &[]).await.unwrap(), WriteOutcome::Written);
    }
    let number = IndexRange::phone(&shared::testing::samples::phone("+1 4255550100"));
    let count = async |versions: &[u32], limit| {
        let (store, mut after, mut ids) = (with(versions), None::<String>, BTreeSet::new());
        loop {
            let page = store.accounts(&number, after.as_deref(), limit).await.unwrap();
            ids.extend(page.accounts.into_iter().map(|account| account.id));
            after = page.next;
            if after.is_none() {
                return ids.len();
            }
        }
    };
    assert_eq!((count(&[1, 2], 9).await, count(&[1, 2], 1).await), (2, 2));
    assert_eq!((count(&[1], 9).await, count(&[2], 9).await), (1, 1));
    let without = DynamoStore::new(engine.client.clone(), TABLE);
    assert!(without.accounts(&number, None, 9).await.is_err(), "without keys nobody is said to be absent");
    let other = samples.full_account(ADELE);
    assert!(without.create_account(&other, &rotated_names(ADELE), &[]).await.is_err());
}

#[tokio::test]
async fn an_entry_that_is_out_of_date_shows_nobody_and_hides_nobody() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    let mut account = samples.full_account(ADELE);
    account.profile.insert(ProfileField::DisplayName, "Adb".to_owned());
    account.profile.remove(&ProfileField::GivenName);
    assert_eq!(store.create_account(&account, &names(ADELE), &[]).await.unwrap(), WriteOutcome::Written);
    let before = stored(&engine).await;
    let stale = Key::index(Index::Name, &format!("ada a#{}", account.id.as_str()));
    let value = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let put = engine.client.put_item().table_name(TABLE).item(table::PARTITION, value(&stale.partition));
    put.item(table::SORT, value(&stale.sort)).item("account", value(account.id.as_str())).send().await.unwrap();
    for (text, count) in [("ad", 1), ("ada", 0), ("adb", 1)] {
        let page = store.accounts(&IndexRange::name_beginning(text).unwrap(), None, 9).await.unwrap();
        assert_eq!(page.accounts.len(), count, "{text}");
    }
    assert_eq!(store.rebuild_indexes().await.unwrap(), 1);
    assert_eq!(stored(&engine).await, before, "a rebuild removes it");
}

#[tokio::test]
async fn rebuilt_indexes_hold_what_they_held() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    for number in 0..60 {
        let name = format!("user{number}@contoso.example");
        let account = samples.full_account(&name);
        assert_eq!(store.create_account(&account, &names(&name), &[]).await.unwrap(), WriteOutcome::Written);
    }
    let before = stored(&engine).await;
    for (partition, sort) in &before {
        let delete = engine.client.delete_item().table_name(TABLE);
        let value = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        delete.key(table::PARTITION, value(partition)).key(table::SORT, value(sort)).send().await.unwrap();
    }
    assert_eq!(stored(&engine).await, BTreeSet::new());
    assert!(!store.is_indexed().await.unwrap());
    for _ in 0..2 {
        assert_eq!(store.rebuild_indexes().await.unwrap(), 60);
        assert_eq!(stored(&engine).await, before);
        assert!(store.is_indexed().await.unwrap());
    }
    let name = Key::index(Index::UserName, "user0@contoso.example");
    assert_eq!(name.partition, "DIRECTORY", "which is not rebuilt: it decides who has a name");
}
