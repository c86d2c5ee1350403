use super::fixtures::{
    Granted, WIDE, begun, change, created, guess_log_of, is_clear, noticed, owner_of, proved, read, shifted,
};
use crate::account::Account;
use crate::credentials::password::PasswordHash;
use crate::limits::lockout::Lockout;
use crate::ports::store::{PasswordChange, PasswordSet, Store, WriteOutcome};
use crate::random::Seed;
use crate::reset::{MAX_COMPLETIONS_PER_DAY, MAX_PASSWORD_TRIES, Reset, Stage};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples, names, password_hash};
use crate::time::{DAY, HOUR, Moment};

const NOW: Moment = START.plus(60);

/// Tries to set a password, and checks that nothing changes.
async fn refused(store: &impl Store, granted: &Granted, change: PasswordChange<'_>, why: PasswordSet) {
    let before = granted.snapshot(store).await;
    assert_eq!(store.set_password(&change).await.unwrap(), why);
    assert_eq!(granted.snapshot(store).await, before, "{why:?} changes nothing");
}

pub(super) async fn a_password_is_set_with_all_that_follows(store: &impl Store) {
    let samples = Samples::default();
    let mut account = created(store, samples.account("adele@contoso.example")).await;
    account.force_change_password = true;
    let account = change(store, &account, None).await;
    let granted = Granted::again(store, &samples, account, START).await;
    let (owner, guess_log) = (owner_of(&granted.account), guess_log_of(&granted.account));
    assert!(store.spend_attempt(&guess_log, START, WIDE, START).await.unwrap().is_some());
    let wrong =
        Lockout { wrong: 4, locks: 1, locked_until: Some(NOW), refused: vec!["1.x".to_owned()], ..Lockout::default() };
    assert!(store.put_lockout(&owner, &wrong).await.unwrap());
    let stale = store.lockout(&owner).await.unwrap();

    let password = password_hash(1);
    assert_eq!(store.set_password(&granted.change(&password, NOW)).await.unwrap(), PasswordSet::Set);
    let after = granted.snapshot(store).await;
    let expected = Account {
        password: Some(password),
        force_change_password: false,
        sign_in_sessions_valid_from: Some(NOW),
        version: granted.account.version + 1,
        ..granted.account.clone()
    };
    assert_eq!(after.account, Some(expected));
    assert_eq!(after.reset, Reset { stage: Stage::Completed, ..granted.reset.clone() });
    assert_eq!(after.guess_log.attempts, []);
    assert_eq!(after.guess_log.revoked_before, Some(NOW));
    assert_eq!(after.guess_log.completions, [NOW]);
    assert!(is_clear(&after.lockout));
    assert!(!store.put_lockout(&owner, &stale).await.unwrap(), "a lock read before does not come back");
    assert_eq!(after.notices, std::slice::from_ref(&granted.notice));
    assert!(after.records.contains(&granted.record));
    assert_eq!(noticed(store, &granted.notice).await, Some(granted.notice.clone()));
}

pub(super) async fn a_dead_token_sets_nothing(store: &impl Store) {
    let samples = Samples::default();
    let granted = Granted::new(store, &samples, START).await;
    let password = password_hash(1);
    let change = granted.change(&password, NOW);

    let other = Seed::draw(&samples.random);
    refused(store, &granted, PasswordChange { grant: &other, ..change.clone() }, PasswordSet::TokenDead).await;
    let over = PasswordChange { now: granted.reset.expires_at, ..change.clone() };
    refused(store, &granted, over, PasswordSet::TokenDead).await;
    let unknown = Reset { stage: granted.reset.stage.clone(), ..samples.reset("adele@contoso.example", START) };
    refused(store, &granted, PasswordChange { reset: &unknown, ..change.clone() }, PasswordSet::TokenDead).await;
    let proving = begun(store, &samples, START).await;
    refused(store, &granted, PasswordChange { reset: &proving, ..change.clone() }, PasswordSet::TokenDead).await;
    let passed = proved(store, &samples, &proving, samples.passed(), START).await;
    refused(store, &granted, PasswordChange { reset: &passed, ..change.clone() }, PasswordSet::TokenDead).await;

    let last = PasswordChange { now: shifted(granted.reset.expires_at, -1), ..change.clone() };
    assert_eq!(store.set_password(&last).await.unwrap(), PasswordSet::Set, "to the last millisecond");
    let other = password_hash(2);
    let again = PasswordChange { password: &other, version: change.version + 1, ..change };
    refused(store, &granted, again, PasswordSet::TokenDead).await;
}

pub(super) async fn a_changed_account_is_decided_upon_again(store: &impl Store) {
    let samples = Samples::default();
    let mut granted = Granted::new(store, &samples, START).await;
    let password = password_hash(1);
    let version = granted.account.version;
    for wrong in [version - 1, version + 1] {
        let change = PasswordChange { version: wrong, ..granted.change(&password, NOW) };
        refused(store, &granted, change, PasswordSet::AccountChanged).await;
    }
    let unknown = samples.account("adele@contoso.example").id;
    let change = PasswordChange { account: &unknown, ..granted.change(&password, NOW) };
    refused(store, &granted, change, PasswordSet::AccountChanged).await;

    granted.account = change_enabled(store, &granted.account, false).await;
    refused(store, &granted, granted.change(&password, NOW), PasswordSet::AccountChanged).await;
    granted.account = change_enabled(store, &granted.account, true).await;
    assert_eq!(store.set_password(&granted.change(&password, NOW)).await.unwrap(), PasswordSet::Set);

    let granted = Granted::again(store, &samples, samples.account("adele@contoso.example"), NOW).await;
    let account = created(store, samples.account("megan@contoso.example")).await;
    let names = names("megan@contoso.example");
    assert_eq!(store.delete_account(&account, &names, &samples.record(NOW), NOW).await.unwrap(), WriteOutcome::Written);
    let change = PasswordChange { account: &account.id, ..granted.change(&password, NOW.plus(1)) };
    refused(store, &granted, change, PasswordSet::AccountChanged).await;
    assert_eq!(store.account(&account.id).await.unwrap(), None, "a deleted account does not come back");
}

async fn change_enabled(store: &impl Store, account: &Account, enabled: bool) -> Account {
    change(store, &Account { enabled, ..account.clone() }, None).await
}

pub(super) async fn a_revoked_reset_sets_nothing(store: &impl Store) {
    let samples = Samples::default();
    let mut granted = Granted::new(store, &samples, START).await;
    let password = password_hash(1);
    granted.account = change(store, &granted.account, Some(START)).await;
    refused(store, &granted, granted.change(&password, NOW), PasswordSet::Revoked).await;
    let later = Granted::again(store, &samples, granted.account, shifted(START, 1)).await;
    assert_eq!(store.set_password(&later.change(&password, NOW)).await.unwrap(), PasswordSet::Set);
}

pub(super) async fn an_account_has_five_completions_a_day(store: &impl Store) {
    let samples = Samples::default();
    let mut account = created(store, samples.account("adele@contoso.example")).await;
    let password = password_hash(1);
    let mut done = Vec::new();
    for number in 0..MAX_COMPLETIONS_PER_DAY as u64 {
        let now = START.plus(number * HOUR);
        let granted = Granted::again(store, &samples, account, now.minus(60)).await;
        assert_eq!(store.set_password(&granted.change(&password, now)).await.unwrap(), PasswordSet::Set);
        done.insert(0, now);
        let after = granted.snapshot(store).await;
        assert_eq!(after.guess_log.completions, done);
        account = after.account.unwrap();
    }
    let day = START.plus(DAY);
    let granted = Granted::again(store, &samples, account, day.minus(60)).await;
    for now in [day.minus(60), shifted(day, -1)] {
        refused(store, &granted, granted.change(&password, now), PasswordSet::Revoked).await;
    }
    assert_eq!(store.set_password(&granted.change(&password, day)).await.unwrap(), PasswordSet::Set);
    let after = granted.snapshot(store).await;
    done.insert(0, day);
    done.truncate(MAX_COMPLETIONS_PER_DAY);
    assert_eq!(after.guess_log.completions, done, "no more are stored than are read");

    let granted = Granted::again(store, &samples, after.account.unwrap(), day.plus(60)).await;
    refused(store, &granted, granted.change(&password, shifted(day.plus(HOUR), -1)), PasswordSet::TokenDead).await;
    refused(store, &granted, granted.change(&password, day.plus(120)), PasswordSet::Revoked).await;
}

pub(super) async fn a_dead_token_comes_first_and_a_revoked_reset_last(store: &impl Store) {
    let samples = Samples::default();
    let mut granted = Granted::new(store, &samples, START).await;
    let password = password_hash(1);
    granted.account = change(store, &granted.account, Some(START)).await;
    let (revoked, other) = (granted.change(&password, NOW), Seed::draw(&samples.random));
    let stale = PasswordChange { version: granted.account.version - 1, ..revoked.clone() };
    let dead = PasswordChange { grant: &other, ..stale.clone() };
    refused(store, &granted, dead, PasswordSet::TokenDead).await;
    refused(store, &granted, stale, PasswordSet::AccountChanged).await;
    refused(store, &granted, revoked, PasswordSet::Revoked).await;
}

pub(super) async fn one_completion_revokes_the_other_resets(store: &impl Store) {
    let samples = Samples::default();
    let first = Granted::new(store, &samples, START).await;
    let second = Granted::again(store, &samples, first.account.clone(), NOW).await;
    let password = password_hash(1);
    assert_eq!(store.set_password(&first.change(&password, NOW)).await.unwrap(), PasswordSet::Set);
    let account = store.account(&first.account.id).await.unwrap().unwrap();
    let guess_log = guess_log_of(&account);
    let version = account.version;
    let other = password_hash(2);
    let change = PasswordChange { version, ..second.change(&other, NOW.plus(1)) };
    refused(store, &second, change, PasswordSet::Revoked).await;
    assert_eq!(
        store.spend_attempt(&guess_log, NOW, WIDE, NOW.plus(1)).await.unwrap(),
        None,
        "nor are codes guessed there"
    );
    let guess_log = store.spend_attempt(&guess_log, shifted(NOW, 1), WIDE, NOW.plus(1)).await.unwrap().unwrap();
    assert_eq!(
        (guess_log.attempts, guess_log.revoked_before),
        (vec![NOW.plus(1)], Some(NOW)),
        "the guess log after the completion"
    );
    assert_eq!(store.account(&account.id).await.unwrap(), Some(account));
}

pub(super) async fn a_grant_has_ten_tries(store: &impl Store) {
    let samples = Samples::default();
    let granted = Granted::new(store, &samples, START).await;
    for number in 1..=MAX_PASSWORD_TRIES {
        assert!(store.charge_password(&granted.reset, &granted.grant, NOW).await.unwrap());
        let Stage::Granted(grant) = read(store, &granted.reset).await.stage else { panic!("still granted") };
        assert_eq!((grant.password_tries, &grant.seed), (number, &granted.grant));
    }
    let before = read(store, &granted.reset).await;
    assert!(!store.charge_password(&granted.reset, &granted.grant, NOW).await.unwrap());
    assert_eq!(read(store, &granted.reset).await, before);

    let granted = Granted::again(store, &samples, granted.account, START).await;
    assert!(store.charge_password(&granted.reset, &granted.grant, NOW).await.unwrap());
    let password = password_hash(1);
    let set = store.set_password(&granted.change(&password, NOW)).await.unwrap();
    assert_eq!(set, PasswordSet::Set, "a refused password leaves the grant");
}

pub(super) async fn a_grant_is_charged_while_it_lives(store: &impl Store) {
    let samples = Samples::default();
    let granted = Granted::new(store, &samples, START).await;
    let charge = async |reset: &Reset, grant: &Seed, now: Moment| {
        let before = store.reset(&reset.id).await.unwrap();
        let charged = store.charge_password(reset, grant, now).await.unwrap();
        assert_eq!(store.reset(&reset.id).await.unwrap() != before, charged, "it is charged or it is not");
        charged
    };
    let ends = granted.reset.expires_at;
    assert!(charge(&granted.reset, &granted.grant, shifted(ends, -1)).await);
    assert!(!charge(&granted.reset, &granted.grant, ends).await);
    assert!(!charge(&granted.reset, &Seed::draw(&samples.random), NOW).await, "another token");
    assert!(!charge(&samples.reset("adele@contoso.example", START), &granted.grant, NOW).await, "an unknown reset");
    assert!(!charge(&begun(store, &samples, START).await, &granted.grant, NOW).await, "a reset not proved");
    let password = password_hash(1);
    assert_eq!(store.set_password(&granted.change(&password, NOW)).await.unwrap(), PasswordSet::Set);
    assert!(!charge(&granted.reset, &granted.grant, NOW).await, "a completed reset");
}

pub(super) async fn passwords_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let granted = Granted::new(store, &samples, START).await;
    let passwords: Vec<PasswordHash> = (1..=20).map(password_hash).collect();
    let changes =
        join_all(passwords.iter().map(|password| async { store.set_password(&granted.change(password, NOW)).await }));
    let set = changes.await;
    let set: Vec<&PasswordHash> =
        passwords.iter().zip(&set).filter(|(_, set)| matches!(set, Ok(PasswordSet::Set))).map(|(one, _)| one).collect();
    let after = granted.snapshot(store).await;
    let account = after.account.unwrap();
    assert_eq!(set, [account.password.as_ref().unwrap()], "exactly one is accepted, and it is the stored one");
    assert_eq!(account.version, granted.account.version + 1);
    assert_eq!(after.guess_log.completions, [NOW]);
    assert_eq!(after.notices.len(), 1);
}
