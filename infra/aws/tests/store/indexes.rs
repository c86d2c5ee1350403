//! The entries of accounts in the indexes, as the table holds them.

use std::collections::BTreeSet;

use aws::table::{self, Key};
use shared::account::search::{Index, IndexEntry};
use shared::account::{Account, ProfileField};
use shared::ports::store::{AccountChange, Accounts, WriteOutcome};
use shared::testing::Samples;
use shared::testing::samples::{START, names};

use crate::engine::{ADELE, Engine, TABLE};

/// The keys of all entries.
async fn stored(engine: &Engine) -> BTreeSet<(String, String)> {
    let keys = engine.items().await.into_iter().map(|item| {
        let part = |name: &str| item[name].as_s().unwrap().clone();
        (part(table::PARTITION), part(table::SORT))
    });
    keys.filter(|(partition, _)| partition.starts_with("FOUND#")).collect()
}

fn expected(account: &Account) -> BTreeSet<(String, String)> {
    let key = |entry: IndexEntry| Key::index(entry.index, &entry.place);
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
async fn the_largest_change_of_entries_fits_one_transaction() {
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
        account.profile.insert(ProfileField::DisplayName, words(25));
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
        role_changed: true,
        notices: &notices,
        records: &records,
        ..AccountChange::new(&after, &names)
    };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(stored(&engine).await, expected(&after));
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
    for _ in 0..2 {
        assert_eq!(store.rebuild_indexes().await.unwrap(), 60);
        assert_eq!(stored(&engine).await, before);
    }
    let name = Key::index(Index::UserName, "user0@contoso.example");
    assert_eq!(name.partition, "DIRECTORY", "which is not rebuilt: it decides who has a name");
}
