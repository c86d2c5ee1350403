use super::fixtures::{ADELE, MEGAN, adele, created, found, guess_log_of, noticed};
use crate::account::Account;
use crate::account::search::{Index, IndexRange};
use crate::credentials::key::Digests;
use crate::ports::store::{AccountChange, Store, WriteOutcome};
use crate::testing::samples::{START, Samples, names, rotated_names, user_name};

/// The user names that begin with a text.
fn named(prefix: &str) -> IndexRange {
    IndexRange::beginning(Index::UserName, prefix)
}

/// A change that only renames the account.
fn renaming<'a>(account: &'a Account, new: &'a Digests, former: &'a Digests, canonical: &'a str) -> AccountChange<'a> {
    let former = Some((former, canonical));
    AccountChange { former, ..AccountChange::new(account, new) }
}

pub(super) async fn a_name_is_found_under_every_version_of_its_key(store: &impl Store) {
    let samples = Samples::default();
    assert_eq!(found(store, ADELE).await, None);
    let old = created(store, samples.account(ADELE)).await;
    assert_eq!(found(store, ADELE).await, Some(old.id.clone()));
    assert_eq!(store.account_by_name(&rotated_names(ADELE)).await.unwrap(), Some(old.id));
    let new = samples.account(MEGAN);
    assert_eq!(store.create_account(&new, &rotated_names(MEGAN), &[]).await.unwrap(), WriteOutcome::Written);
    assert_eq!(store.account_by_name(&rotated_names(MEGAN)).await.unwrap(), Some(new.id));
    assert_eq!(found(store, MEGAN).await, None, "it is written under the newest version only");
}

pub(super) async fn a_taken_name_is_refused(store: &impl Store) {
    let samples = Samples::default();
    let first = created(store, samples.account(ADELE)).await;
    for names in [adele(), rotated_names(ADELE)] {
        let second = samples.account(ADELE);
        assert_eq!(store.create_account(&second, &names, &[]).await.unwrap(), WriteOutcome::NameTaken);
        assert_eq!(store.account(&second.id).await.unwrap(), None);
        assert_eq!(store.account_by_name(&names).await.unwrap(), Some(first.id.clone()));
    }
    assert_eq!(store.account(&first.id).await.unwrap(), Some(first));
}

pub(super) async fn a_rename_moves_the_name(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let renamed = Account { user_name: user_name(MEGAN), ..account.clone() };
    let (old, new) = (adele(), names(MEGAN));
    assert_eq!(store.change_account(&renaming(&renamed, &new, &old, ADELE)).await.unwrap(), WriteOutcome::Written);
    assert_eq!(found(store, ADELE).await, None);
    assert_eq!(found(store, MEGAN).await, Some(account.id.clone()));
    let stored = Account { version: 2, ..renamed };
    assert_eq!(store.account(&account.id).await.unwrap(), Some(stored.clone()));
    assert_eq!(
        store.accounts(&named(""), None, 10).await.unwrap().accounts,
        std::slice::from_ref(&stored),
        "it is listed once"
    );
    assert_eq!(store.accounts(&named("adele"), None, 10).await.unwrap().accounts, []);

    let other = created(store, samples.account(ADELE)).await;
    assert_eq!(found(store, ADELE).await, Some(other.id), "the old name is free");
    let back = Account { user_name: user_name(ADELE), ..stored };
    assert_eq!(store.change_account(&renaming(&back, &old, &new, MEGAN)).await.unwrap(), WriteOutcome::NameTaken);
}

pub(super) async fn a_rename_frees_the_name_under_every_version_of_its_key(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let renamed = Account { user_name: user_name(MEGAN), ..account };
    let (old, new) = (rotated_names(ADELE), rotated_names(MEGAN));
    assert_eq!(store.change_account(&renaming(&renamed, &new, &old, ADELE)).await.unwrap(), WriteOutcome::Written);
    assert_eq!(store.account_by_name(&old).await.unwrap(), None);
    assert_eq!(store.account_by_name(&new).await.unwrap(), Some(renamed.id));
}

pub(super) async fn a_rename_to_a_taken_name_changes_nothing(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let other = created(store, samples.account(MEGAN)).await;
    let renamed = Account { user_name: user_name(MEGAN), ..account.clone() };
    for (old, new) in [(adele(), names(MEGAN)), (rotated_names(ADELE), rotated_names(MEGAN))] {
        let notice = samples.notice(&account.id, START);
        let change = AccountChange {
            revoked_before: Some(START),
            notices: std::slice::from_ref(&notice),
            ..renaming(&renamed, &new, &old, ADELE)
        };
        assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::NameTaken);
        assert_eq!(store.account(&account.id).await.unwrap(), Some(account.clone()));
        assert_eq!(store.guess_log(&guess_log_of(&account)).await.unwrap().revoked_before, None);
        assert_eq!(noticed(store, &notice).await, None);
        assert_eq!(found(store, ADELE).await, Some(account.id.clone()));
        assert_eq!(found(store, MEGAN).await, Some(other.id.clone()));
    }
}

pub(super) async fn a_name_lives_on_in_another_account(store: &impl Store) {
    let samples = Samples::default();
    let first = created(store, samples.account(ADELE)).await;
    assert_eq!(
        store.delete_account(&first, &adele(), &samples.record(START), START).await.unwrap(),
        WriteOutcome::Written
    );
    let second = created(store, samples.account(ADELE)).await;
    assert_eq!(second.version, 1);
    assert_eq!(found(store, ADELE).await, Some(second.id.clone()));
    assert_eq!(store.account(&first.id).await.unwrap(), None);
    assert_eq!(
        store.guess_log(&guess_log_of(&second)).await.unwrap().revoked_before,
        None,
        "the revocation was the other account's"
    );
    assert_eq!(
        store.delete_account(&first, &adele(), &samples.record(START), START).await.unwrap(),
        WriteOutcome::Changed
    );
    assert_eq!(store.account(&second.id).await.unwrap(), Some(second), "a late deletion hits nobody else");
    assert!(found(store, ADELE).await.is_some());
}

/// The names on all pages, with at most `limit` accounts on each.
async fn all_pages(store: &impl Store, prefix: &str, limit: usize) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = store.accounts(&named(prefix), after.as_deref(), limit).await.unwrap();
        assert!(page.accounts.len() <= limit);
        names.extend(page.accounts.iter().map(|account| account.user_name.canonical().to_owned()));
        assert!(names.len() <= NAMES.len(), "an account is listed twice");
        let Some(next) = page.next else { return names };
        assert_eq!(Some(&next), names.last(), "the next page begins after what was given");
        after = Some(next);
    }
}

/// User names in the order of their bytes.
const NAMES: [&str; 7] = [
    "ada.b@contoso.example",
    "ada@contoso.example",
    "adele@contoso.example",
    "adele@fabrikam.example",
    "adelé@contoso.example",
    "bob@contoso.example",
    "zoe@contoso.example",
];

async fn fill(store: &impl Store) {
    let samples = Samples::default();
    for name in [3, 0, 6, 2, 5, 1, 4].map(|index: usize| NAMES[index]) {
        created(store, samples.account(name)).await;
    }
}

pub(super) async fn pages_follow_each_other_in_order(store: &impl Store) {
    assert_eq!(all_pages(store, "", 3).await, [""; 0]);
    fill(store).await;
    for limit in [1, 2, 3, 6, 7, 8, 100] {
        assert_eq!(all_pages(store, "", limit).await, NAMES, "pages of {limit}");
    }
    let page = store.accounts(&named(""), Some(NAMES[2]), 2).await.unwrap();
    let names: Vec<&str> = page.accounts.iter().map(|account| account.user_name.canonical()).collect();
    assert_eq!(names, NAMES[3..5]);
    assert_eq!(page.next.as_deref(), Some(NAMES[4]));
    let page = store.accounts(&named(""), Some("b"), 10).await.unwrap();
    let names: Vec<&str> = page.accounts.iter().map(|account| account.user_name.canonical()).collect();
    assert_eq!(names, NAMES[5..], "after a name that nobody bears");
    assert_eq!(page.next, None);
}

pub(super) async fn pages_keep_to_their_prefix(store: &impl Store) {
    fill(store).await;
    for limit in [1, 2, 3, 10] {
        assert_eq!(all_pages(store, "ad", limit).await, NAMES[..5], "pages of {limit}");
        assert_eq!(all_pages(store, "adele@", limit).await, NAMES[2..4]);
        assert_eq!(all_pages(store, "adelé", limit).await, NAMES[4..5]);
        assert_eq!(all_pages(store, "zoe@contoso.example", limit).await, NAMES[6..]);
        assert_eq!(all_pages(store, "x", limit).await, [""; 0]);
    }
    let page = store.accounts(&named("ad"), Some(NAMES[3]), 10).await.unwrap();
    let names: Vec<&str> = page.accounts.iter().map(|account| account.user_name.canonical()).collect();
    assert_eq!(names, NAMES[4..5]);
}
