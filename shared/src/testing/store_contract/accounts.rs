use super::scene::{ADELE, adele, change, created, owner_of, ring_of, shifted, spelling};
use crate::account::{Account, Destination, ProfileContacts};
use crate::key::Digests;
use crate::random::AccountId;
use crate::store::{AccountChange, Store, Written};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples, names, password_hash, rotated_names, user_name};

const MEGAN: &str = "megan@contoso.example";

/// A change that renames, and does nothing else.
fn renaming<'a>(account: &'a Account, new: &'a Digests, former: &'a Digests, canonical: &'a str) -> AccountChange<'a> {
    let former = Some((former, canonical));
    AccountChange { account, names: new, former, void_before: None, challenge: None, notice: None }
}

async fn found(store: &impl Store, name: &str) -> Option<AccountId> {
    store.account_by_name(&names(name)).await.unwrap()
}

/// Everything in an account that equality of phones and addresses leaves out.
fn spellings(account: &Account) -> Vec<String> {
    let registered = &account.registered;
    let phones = [&account.contacts.mobile_phone, &account.contacts.business_phone]
        .into_iter()
        .chain([&registered.phone, &registered.alternate_phone, &registered.office_phone])
        .flatten()
        .map(|contact| contact.value.written());
    let mails = account.contacts.other_mails.iter().chain(&registered.email);
    let mails = mails.map(|contact| contact.value.as_str().to_owned());
    let gone = account.removed.iter().map(|removed| &removed.value).chain(account.past.iter().map(|past| &past.value));
    phones.chain(mails).chain(gone.map(|value: &Destination| spelling(value))).collect()
}

pub(super) async fn a_full_account_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let mut account = samples.full_account("josé@contoso.example");
    let written = created(store, account.clone()).await;
    assert_eq!(written, account);
    assert_eq!(spellings(&written), spellings(&account));
    assert_eq!(spellings(&account).len(), 13, "none is forgotten here");

    account.profile.display_name = Some("Somebody else".to_owned());
    account.contacts.other_mails.pop();
    account.is_admin = false;
    let changed = change(store, &account, None).await;
    account.version += 1;
    assert_eq!(changed, account, "and so is a change");
    assert_eq!(spellings(&changed), spellings(&account));
}

pub(super) async fn a_bare_account_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let bare = Account { password: None, contacts: ProfileContacts::default(), ..samples.account(ADELE) };
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

pub(super) async fn a_name_is_found_under_every_version_of_its_key(store: &impl Store) {
    let samples = Samples::default();
    assert_eq!(found(store, ADELE).await, None);
    let old = created(store, samples.account(ADELE)).await;
    assert_eq!(found(store, ADELE).await, Some(old.id.clone()));
    assert_eq!(store.account_by_name(&rotated_names(ADELE)).await.unwrap(), Some(old.id));
    let new = samples.account(MEGAN);
    assert_eq!(store.create_account(&new, &rotated_names(MEGAN)).await.unwrap(), Written::Written);
    assert_eq!(store.account_by_name(&rotated_names(MEGAN)).await.unwrap(), Some(new.id));
    assert_eq!(found(store, MEGAN).await, None, "it is written under the newest version only");
}

pub(super) async fn a_taken_name_is_refused(store: &impl Store) {
    let samples = Samples::default();
    let first = created(store, samples.account(ADELE)).await;
    for names in [adele(), rotated_names(ADELE)] {
        let second = samples.account(ADELE);
        assert_eq!(store.create_account(&second, &names).await.unwrap(), Written::NameTaken);
        assert_eq!(store.account(&second.id).await.unwrap(), None);
        assert_eq!(store.account_by_name(&names).await.unwrap(), Some(first.id.clone()));
    }
    assert_eq!(store.account(&first.id).await.unwrap(), Some(first));
}

pub(super) async fn creations_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let accounts: Vec<Account> = (0..20).map(|_| samples.account(ADELE)).collect();
    let names = adele();
    let created = join_all(accounts.iter().map(|account| store.create_account(account, &names))).await;
    let created: Vec<&AccountId> = accounts
        .iter()
        .zip(&created)
        .filter(|(_, created)| matches!(created, Ok(Written::Written)))
        .map(|(account, _)| &account.id)
        .collect();
    assert_eq!(created, [&found(store, ADELE).await.unwrap()]);
    let page = store.accounts("", None, 100).await.unwrap();
    assert_eq!(page.accounts.len(), 1);
}

pub(super) async fn a_change_needs_the_version_that_was_read(store: &impl Store) {
    let samples = Samples::default();
    let (account, names) = (created(store, samples.account(ADELE)).await, adele());
    let mut next = account.clone();
    for version in 2..5 {
        next.profile.job_title = Some(format!("Number {version}"));
        next = change(store, &next, None).await;
        assert_eq!(next.version, version);
    }
    let attempt = async |account: &Account| {
        let change =
            AccountChange { account, names: &names, former: None, void_before: None, challenge: None, notice: None };
        store.change_account(&change).await.unwrap()
    };
    for version in [1, 3, 5] {
        let stale = Account { version, enabled: false, ..account.clone() };
        assert_eq!(attempt(&stale).await, Written::Changed);
        assert_eq!(store.account(&account.id).await.unwrap(), Some(next.clone()));
    }
    for version in [0, 1] {
        let unknown = Account { version, ..samples.account(MEGAN) };
        assert_eq!(attempt(&unknown).await, Written::Changed);
        assert_eq!(store.account(&unknown.id).await.unwrap(), None, "a change makes no account");
    }
}

pub(super) async fn changes_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let (account, names) = (created(store, samples.account(ADELE)).await, adele());
    let changed: Vec<Account> =
        (1..=20).map(|number| Account { password: Some(password_hash(number)), ..account.clone() }).collect();
    let written = join_all(changed.iter().map(|account| async {
        let change =
            AccountChange { account, names: &names, former: None, void_before: None, challenge: None, notice: None };
        store.change_account(&change).await
    }));
    let written = written.await;
    let written: Vec<&Account> = changed
        .iter()
        .zip(&written)
        .filter(|(_, written)| matches!(written, Ok(Written::Written)))
        .map(|(one, _)| one)
        .collect();
    let kept = store.account(&account.id).await.unwrap().unwrap();
    assert_eq!(
        written.into_iter().cloned().map(|account| Account { version: 2, ..account }).collect::<Vec<_>>(),
        [kept]
    );
}

pub(super) async fn a_rename_moves_the_name(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let renamed = Account { user_name: user_name(MEGAN), ..account.clone() };
    let (old, new) = (adele(), names(MEGAN));
    assert_eq!(store.change_account(&renaming(&renamed, &new, &old, ADELE)).await.unwrap(), Written::Written);
    assert_eq!(found(store, ADELE).await, None);
    assert_eq!(found(store, MEGAN).await, Some(account.id.clone()));
    let kept = Account { version: 2, ..renamed };
    assert_eq!(store.account(&account.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.accounts("", None, 10).await.unwrap().accounts, std::slice::from_ref(&kept), "it is listed once");
    assert_eq!(store.accounts("adele", None, 10).await.unwrap().accounts, []);

    let other = created(store, samples.account(ADELE)).await;
    assert_eq!(found(store, ADELE).await, Some(other.id), "the old name is free");
    let back = Account { user_name: user_name(ADELE), ..kept };
    assert_eq!(store.change_account(&renaming(&back, &old, &new, MEGAN)).await.unwrap(), Written::NameTaken);
}

pub(super) async fn a_rename_frees_the_name_under_every_version_of_its_key(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let renamed = Account { user_name: user_name(MEGAN), ..account };
    let (old, new) = (rotated_names(ADELE), rotated_names(MEGAN));
    assert_eq!(store.change_account(&renaming(&renamed, &new, &old, ADELE)).await.unwrap(), Written::Written);
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
        let change =
            AccountChange { void_before: Some(START), notice: Some(&notice), ..renaming(&renamed, &new, &old, ADELE) };
        assert_eq!(store.change_account(&change).await.unwrap(), Written::NameTaken);
        assert_eq!(store.account(&account.id).await.unwrap(), Some(account.clone()));
        assert_eq!(store.ring(&ring_of(&account)).await.unwrap().void_before, None);
        assert_eq!(store.notice(&notice.day(), &notice.id).await.unwrap(), None);
        assert_eq!(found(store, ADELE).await, Some(account.id.clone()));
        assert_eq!(found(store, MEGAN).await, Some(other.id.clone()));
    }
}

pub(super) async fn a_change_brings_all_that_follows(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let ring = ring_of(&account);
    assert!(store.spend_attempt(&ring, START, super::scene::WIDE, START).await.unwrap().is_some());
    let challenge = samples.challenge(&account.id, START);
    let count = store.challenge_count(&account.id).await.unwrap();
    assert!(store.begin_challenge(&challenge, &count).await.unwrap());
    let (void, notice, names) = (shifted(START, 5), samples.notice(&account.id, START), adele());
    let change = AccountChange {
        account: &account,
        names: &names,
        former: None,
        void_before: Some(void),
        challenge: Some(&challenge.id),
        notice: Some(&notice),
    };
    assert_eq!(store.change_account(&change).await.unwrap(), Written::Written);
    let ring = store.ring(&ring).await.unwrap();
    assert_eq!((ring.void_before, ring.attempts), (Some(void), vec![START]), "a change clears no budget");
    assert!(store.challenge(&challenge.id).await.unwrap().unwrap().used);
    assert_eq!(store.pending_notices(&notice.day(), 10).await.unwrap(), [notice]);

    let account = store.account(&account.id).await.unwrap().unwrap();
    super::scene::change(store, &account, None).await;
    let void_before = store.ring(&ring_of(&account)).await.unwrap().void_before;
    assert_eq!(void_before, Some(void), "a change that voids nothing leaves what is void");
}

pub(super) async fn a_refused_change_brings_nothing(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let challenge = samples.challenge(&account.id, START);
    let count = store.challenge_count(&account.id).await.unwrap();
    assert!(store.begin_challenge(&challenge, &count).await.unwrap());
    let stale = Account { version: 2, ..account.clone() };
    let (notice, names) = (samples.notice(&account.id, START), adele());
    let change = AccountChange {
        account: &stale,
        names: &names,
        former: None,
        void_before: Some(START),
        challenge: Some(&challenge.id),
        notice: Some(&notice),
    };
    assert_eq!(store.change_account(&change).await.unwrap(), Written::Changed);
    assert_eq!(store.account(&account.id).await.unwrap(), Some(account.clone()));
    assert_eq!(store.ring(&ring_of(&account)).await.unwrap().void_before, None);
    assert_eq!(store.challenge(&challenge.id).await.unwrap(), Some(challenge));
    assert_eq!(store.notice(&notice.day(), &notice.id).await.unwrap(), None);
}

pub(super) async fn a_challenge_is_used_up_once(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let begin = async |account: &AccountId| {
        let challenge = samples.challenge(account, START);
        let count = store.challenge_count(account).await.unwrap();
        assert!(store.begin_challenge(&challenge, &count).await.unwrap());
        challenge.id
    };
    let names = adele();
    let attempt = async |challenge| {
        let account = store.account(&account.id).await.unwrap().unwrap();
        let change = AccountChange {
            account: &account,
            names: &names,
            former: None,
            void_before: None,
            challenge: Some(challenge),
            notice: None,
        };
        store.change_account(&change).await.unwrap()
    };
    let own = begin(&account.id).await;
    assert_eq!(attempt(&own).await, Written::Written);
    assert_eq!(attempt(&own).await, Written::Changed, "it was used");
    let others = begin(&samples.account(MEGAN).id).await;
    assert_eq!(attempt(&others).await, Written::Changed, "it is another account's");
    assert!(!store.challenge(&others).await.unwrap().unwrap().used);
    let unknown = samples.challenge(&account.id, START).id;
    assert_eq!(attempt(&unknown).await, Written::Changed, "it is unknown");
    assert_eq!(store.challenge(&unknown).await.unwrap(), None);
    assert_eq!(store.account(&account.id).await.unwrap().unwrap().version, 2);
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

pub(super) async fn a_deleted_account_is_gone_and_void(store: &impl Store) {
    let samples = Samples::default();
    for names in [adele(), rotated_names(ADELE)] {
        let account = created(store, samples.account(ADELE)).await;
        assert_eq!(store.delete_account(&account, &names, START).await.unwrap(), Written::Written);
        assert_eq!(store.account(&account.id).await.unwrap(), None);
        assert_eq!(store.account_by_name(&rotated_names(ADELE)).await.unwrap(), None);
        assert_eq!(store.accounts("", None, 10).await.unwrap().accounts, []);
        assert_eq!(store.ring(&ring_of(&account)).await.unwrap().void_before, Some(START));
        assert_eq!(store.long_issues(&owner_of(&account)).await.unwrap().void_before, Some(START));
        assert_eq!(store.delete_account(&account, &names, START).await.unwrap(), Written::Changed, "it is gone");
        assert!(!store.upgrade_password(&account.id, 1, &password_hash(1)).await.unwrap());
    }
}

pub(super) async fn a_stale_deletion_changes_nothing(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let changed = change(store, &account, None).await;
    assert_eq!(store.delete_account(&account, &adele(), START).await.unwrap(), Written::Changed);
    assert_eq!(store.account(&account.id).await.unwrap(), Some(changed.clone()));
    assert_eq!(found(store, ADELE).await, Some(account.id.clone()));
    assert_eq!(store.ring(&ring_of(&account)).await.unwrap().void_before, None);
    let unknown = samples.account(MEGAN);
    assert_eq!(store.delete_account(&unknown, &names(MEGAN), START).await.unwrap(), Written::Changed);
    assert_eq!(store.delete_account(&changed, &adele(), START).await.unwrap(), Written::Written);
}

pub(super) async fn a_name_lives_on_in_another_account(store: &impl Store) {
    let samples = Samples::default();
    let first = created(store, samples.account(ADELE)).await;
    assert_eq!(store.delete_account(&first, &adele(), START).await.unwrap(), Written::Written);
    let second = created(store, samples.account(ADELE)).await;
    assert_eq!(second.version, 1);
    assert_eq!(found(store, ADELE).await, Some(second.id.clone()));
    assert_eq!(store.account(&first.id).await.unwrap(), None);
    assert_eq!(store.ring(&ring_of(&second)).await.unwrap().void_before, None, "what was void was the other's");
    assert_eq!(store.delete_account(&first, &adele(), START).await.unwrap(), Written::Changed);
    assert_eq!(store.account(&second.id).await.unwrap(), Some(second), "a late deletion hits nobody else");
    assert!(found(store, ADELE).await.is_some());
}

/// The names of all pages, each page holding at most `limit`.
async fn all_pages(store: &impl Store, prefix: &str, limit: usize) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = store.accounts(prefix, after.as_deref(), limit).await.unwrap();
        assert!(page.accounts.len() <= limit);
        names.extend(page.accounts.iter().map(|account| account.user_name.canonical().to_owned()));
        assert!(names.len() <= NAMES.len(), "an account is listed twice");
        let Some(next) = page.next else { return names };
        assert_eq!(Some(&next), names.last(), "the next page begins after what was given");
        after = Some(next);
    }
}

/// In the order of their bytes.
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
    let page = store.accounts("", Some(NAMES[2]), 2).await.unwrap();
    let names: Vec<&str> = page.accounts.iter().map(|account| account.user_name.canonical()).collect();
    assert_eq!(names, NAMES[3..5]);
    assert_eq!(page.next.as_deref(), Some(NAMES[4]));
    let page = store.accounts("", Some("b"), 10).await.unwrap();
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
    let page = store.accounts("ad", Some(NAMES[3]), 10).await.unwrap();
    let names: Vec<&str> = page.accounts.iter().map(|account| account.user_name.canonical()).collect();
    assert_eq!(names, NAMES[4..5]);
}
