use super::fixtures::{ADELE, MEGAN, created};
use crate::account::Account;
use crate::ports::store::{AccountChange, Store, WriteOutcome};
use crate::random::AccountId;
use crate::testing::samples::{START, Samples, names};

/// All privileged accounts, in the order of their ids.
async fn listed(store: &impl Store) -> Vec<AccountId> {
    let mut ids = store.administrators(100).await.unwrap();
    ids.sort();
    ids
}

fn sorted(accounts: &[&Account]) -> Vec<AccountId> {
    let mut ids: Vec<AccountId> = accounts.iter().map(|account| account.id.clone()).collect();
    ids.sort();
    ids
}

async fn created_with_role(store: &impl Store, samples: &Samples, name: &str, is_admin: bool) -> Account {
    created(store, Account { is_admin, ..samples.account(name) }).await
}

/// Changes an account's role. The list follows only if the change has the account as it was read.
async fn change(store: &impl Store, account: &Account, is_admin: bool, follows: bool) -> WriteOutcome {
    let (next, names) = (Account { is_admin, ..account.clone() }, names(account.user_name.canonical()));
    let change = AccountChange { before: follows.then_some(account), ..AccountChange::new(&next, &names) };
    store.change_account(&change).await.unwrap()
}

pub(super) async fn a_new_administrator_is_listed(store: &impl Store) {
    let samples = Samples::default();
    assert_eq!(listed(store).await, []);
    let adele = created_with_role(store, &samples, ADELE, true).await;
    created_with_role(store, &samples, MEGAN, false).await;
    assert_eq!(listed(store).await, sorted(&[&adele]));
    let refused = Account { is_admin: true, ..samples.account(MEGAN) };
    let written = store.create_account(&refused, &names(MEGAN), &[]).await.unwrap();
    assert_eq!(written, WriteOutcome::NameTaken);
    assert_eq!(listed(store).await, sorted(&[&adele]), "a refused account is nobody");
}

pub(super) async fn the_list_follows_a_role(store: &impl Store) {
    let samples = Samples::default();
    let adele = created_with_role(store, &samples, ADELE, true).await;
    let megan = created_with_role(store, &samples, MEGAN, false).await;
    assert_eq!(change(store, &megan, true, true).await, WriteOutcome::Written);
    assert_eq!(listed(store).await, sorted(&[&adele, &megan]));
    assert_eq!(change(store, &adele, false, true).await, WriteOutcome::Written);
    assert_eq!(listed(store).await, sorted(&[&megan]));

    let megan = store.account(&megan.id).await.unwrap().unwrap();
    assert_eq!(change(store, &megan, true, false).await, WriteOutcome::Written);
    assert_eq!(listed(store).await, sorted(&[&megan]), "another change leaves it");
    for (is_admin, stale) in [(false, &megan), (true, &adele)] {
        assert_eq!(change(store, stale, is_admin, true).await, WriteOutcome::Changed);
        assert_eq!(listed(store).await, sorted(&[&megan]), "so does a refused one");
    }
}

pub(super) async fn a_deleted_administrator_is_not_listed(store: &impl Store) {
    let samples = Samples::default();
    let adele = created_with_role(store, &samples, ADELE, true).await;
    let megan = created_with_role(store, &samples, MEGAN, true).await;
    let (record, stale) = (samples.record(START), Account { version: 7, ..adele.clone() });
    assert_eq!(store.delete_account(&stale, &names(ADELE), &record, START).await.unwrap(), WriteOutcome::Changed);
    assert_eq!(listed(store).await, sorted(&[&adele, &megan]));
    assert_eq!(store.delete_account(&adele, &names(ADELE), &record, START).await.unwrap(), WriteOutcome::Written);
    assert_eq!(listed(store).await, sorted(&[&megan]));
}

pub(super) async fn no_more_administrators_are_given_than_asked_for(store: &impl Store) {
    let samples = Samples::default();
    for number in 0..5 {
        created_with_role(store, &samples, &format!("admin{number}@contoso.example"), true).await;
    }
    let all = listed(store).await;
    assert_eq!(all.len(), 5);
    for (limit, given) in [(0, 0), (1, 1), (4, 4), (5, 5), (6, 5)] {
        let ids = store.administrators(limit).await.unwrap();
        assert_eq!(ids.len(), given, "of {limit}");
        assert!(ids.iter().all(|id| all.contains(id)));
    }
}
