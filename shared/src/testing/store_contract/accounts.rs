use super::fixtures::{ADELE, MEGAN, adele, change, created, found, guess_log_of, owner_of, spelling};
use crate::account::search::{Index, IndexRange};
use crate::account::{Account, Contacts, Destination, ProfileField, Slot};
use crate::ports::store::{AccountChange, NewAccount, Store, WriteOutcome};
use crate::random::AccountId;
use crate::testing::join_all;
use crate::testing::samples::{START, Samples, names, password_hash, rotated_names};

/// The spellings in an account, which phones and addresses ignore when they are compared.
fn spellings(account: &Account) -> Vec<String> {
    let present = account.contacts.iter().map(|(_, contact)| &contact.value);
    let gone = account.removed.iter().map(|removed| &removed.value).chain(account.past.iter().map(|past| &past.value));
    present.chain(gone).map(|value: &Destination| spelling(value)).collect()
}

pub(super) async fn a_full_account_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let mut account = samples.full_account("josé@contoso.example");
    let written = created(store, account.clone()).await;
    assert_eq!(written, account);
    assert_eq!(spellings(&written), spellings(&account));
    assert_eq!(spellings(&account).len(), 13, "none is forgotten here");
    assert!(account.profile.keys().eq(ProfileField::ALL), "the full account has every property");

    account.profile.insert(ProfileField::DisplayName, "Somebody else".to_owned());
    let first = account.contacts.get(Slot::OtherMails).cloned();
    account.contacts.set(Slot::OtherMails, first);
    account.is_admin = false;
    let changed = change(store, &account, None).await;
    account.version += 1;
    assert_eq!(changed, account, "and so is a change");
    assert_eq!(spellings(&changed), spellings(&account));
}

pub(super) async fn a_bare_account_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let bare = Account { password: None, contacts: Contacts::default(), ..samples.account(ADELE) };
    assert_eq!(created(store, bare.clone()).await, bare);

    let full = created(store, samples.full_account(MEGAN)).await;
    let emptied = Account { id: full.id.clone(), user_name: full.user_name.clone(), ..bare };
    let changed = change(store, &emptied, None).await;
    assert_eq!(changed, Account { version: 2, ..emptied }, "what is left out is gone");
}

pub(super) async fn a_new_account_is_version_one(store: &impl Store) {
    let samples = Samples::default();
    for (version, name) in [(0, ADELE), (7, MEGAN)] {
        assert_eq!(created(store, Account { version, ..samples.account(name) }).await.version, 1);
    }
    assert_eq!(store.account(&samples.account(ADELE).id).await.unwrap(), None, "an unknown one");
}

pub(super) async fn new_accounts_are_stored_all_or_none(store: &impl Store) {
    let samples = Samples::default();
    let new = |name: String| NewAccount {
        account: Account { is_admin: true, ..samples.account(&name) },
        names: names(&name),
        record: samples.record(START),
    };
    let mut all: Vec<NewAccount> = (0..100).map(|number| new(format!("user{number}@contoso.example"))).collect();
    all.truncate(NewAccount::at_once(&all));
    assert!(all.len() > 3);
    assert!(store.create_accounts(&all).await.unwrap());
    for created in &all {
        assert_eq!(store.account_by_name(&created.names).await.unwrap(), Some(created.account.id.clone()));
        let stored = store.account(&created.account.id).await.unwrap();
        assert_eq!(stored, Some(Account { version: 1, ..created.account.clone() }));
    }
    assert_eq!(store.administrators(100).await.unwrap().len(), all.len());
    assert_eq!(store.audit(START.day(), None, 100).await.unwrap().len(), all.len());

    let mixed = [new(ADELE.to_owned()), new("user3@contoso.example".to_owned())];
    assert!(!store.create_accounts(&mixed).await.unwrap(), "one name is taken");
    assert_eq!(found(store, ADELE).await, None, "so the other one is still free");
}

pub(super) async fn creations_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let accounts: Vec<Account> = (0..20).map(|_| samples.account(ADELE)).collect();
    let names = adele();
    let created = join_all(accounts.iter().map(|account| store.create_account(account, &names, &[]))).await;
    let created: Vec<&AccountId> = accounts
        .iter()
        .zip(&created)
        .filter(|(_, created)| matches!(created, Ok(WriteOutcome::Written)))
        .map(|(account, _)| &account.id)
        .collect();
    assert_eq!(created, [&found(store, ADELE).await.unwrap()]);
    let page = store.accounts(&IndexRange::whole(Index::UserName), None, 100).await.unwrap();
    assert_eq!(page.accounts.len(), 1);
}

pub(super) async fn a_change_needs_the_version_that_was_read(store: &impl Store) {
    let samples = Samples::default();
    let (account, names) = (created(store, samples.account(ADELE)).await, adele());
    let mut next = account.clone();
    for version in 2..5 {
        next.profile.insert(ProfileField::JobTitle, format!("Number {version}"));
        next = change(store, &next, None).await;
        assert_eq!(next.version, version);
    }
    let attempt = async |account: &Account| store.change_account(&AccountChange::new(account, &names)).await.unwrap();
    for version in [1, 3, 5] {
        let stale = Account { version, enabled: false, ..account.clone() };
        assert_eq!(attempt(&stale).await, WriteOutcome::Changed);
        assert_eq!(store.account(&account.id).await.unwrap(), Some(next.clone()));
    }
    for version in [0, 1] {
        let unknown = Account { version, ..samples.account(MEGAN) };
        assert_eq!(attempt(&unknown).await, WriteOutcome::Changed);
        assert_eq!(store.account(&unknown.id).await.unwrap(), None, "a change makes no account");
    }
}

pub(super) async fn changes_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let (account, names) = (created(store, samples.account(ADELE)).await, adele());
    let changed: Vec<Account> =
        (1..=20).map(|number| Account { password: Some(password_hash(number)), ..account.clone() }).collect();
    let written = join_all(
        changed.iter().map(|account| async { store.change_account(&AccountChange::new(account, &names)).await }),
    );
    let written = written.await;
    let written: Vec<&Account> = changed
        .iter()
        .zip(&written)
        .filter(|(_, written)| matches!(written, Ok(WriteOutcome::Written)))
        .map(|(one, _)| one)
        .collect();
    let stored = store.account(&account.id).await.unwrap().unwrap();
    assert_eq!(
        written.into_iter().cloned().map(|account| Account { version: 2, ..account }).collect::<Vec<_>>(),
        [stored]
    );
}

pub(super) async fn an_upgraded_password_changes_nothing_else(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.full_account(ADELE)).await;
    let password = password_hash(1);
    assert!(store.upgrade_password(&account.id, account.version, &password).await.unwrap());
    let upgraded = Account { password: Some(password), ..account.clone() };
    assert_eq!(store.account(&account.id).await.unwrap(), Some(upgraded.clone()));
    assert!(!store.upgrade_password(&account.id, account.version + 1, &password_hash(2)).await.unwrap());
    assert_eq!(store.account(&account.id).await.unwrap(), Some(upgraded));
    let unknown = samples.account(MEGAN).id;
    assert!(!store.upgrade_password(&unknown, 1, &password_hash(2)).await.unwrap());
    assert_eq!(store.account(&unknown).await.unwrap(), None);
}

pub(super) async fn a_deleted_account_is_gone_and_revoked(store: &impl Store) {
    let samples = Samples::default();
    for names in [adele(), rotated_names(ADELE)] {
        let account = created(store, samples.account(ADELE)).await;
        assert_eq!(
            store.delete_account(&account, &names, &samples.record(START), START).await.unwrap(),
            WriteOutcome::Written
        );
        assert_eq!(store.account(&account.id).await.unwrap(), None);
        assert_eq!(store.account_by_name(&rotated_names(ADELE)).await.unwrap(), None);
        assert_eq!(store.accounts(&IndexRange::whole(Index::UserName), None, 10).await.unwrap().accounts, []);
        assert_eq!(store.guess_log(&guess_log_of(&account)).await.unwrap().revoked_before, Some(START));
        assert_eq!(store.issued_long_codes(&owner_of(&account)).await.unwrap().revoked_before, Some(START));
        assert_eq!(
            store.delete_account(&account, &names, &samples.record(START), START).await.unwrap(),
            WriteOutcome::Changed,
            "it is gone"
        );
        assert!(!store.upgrade_password(&account.id, 1, &password_hash(1)).await.unwrap());
    }
}

pub(super) async fn a_stale_deletion_changes_nothing(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let changed = change(store, &account, None).await;
    assert_eq!(
        store.delete_account(&account, &adele(), &samples.record(START), START).await.unwrap(),
        WriteOutcome::Changed
    );
    assert_eq!(store.account(&account.id).await.unwrap(), Some(changed.clone()));
    assert_eq!(found(store, ADELE).await, Some(account.id.clone()));
    assert_eq!(store.guess_log(&guess_log_of(&account)).await.unwrap().revoked_before, None);
    let unknown = samples.account(MEGAN);
    assert_eq!(
        store.delete_account(&unknown, &names(MEGAN), &samples.record(START), START).await.unwrap(),
        WriteOutcome::Changed
    );
    assert_eq!(
        store.delete_account(&changed, &adele(), &samples.record(START), START).await.unwrap(),
        WriteOutcome::Written
    );
}
