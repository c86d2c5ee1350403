use super::fixtures::{ADELE, MEGAN, WIDE, adele, change, created, guess_log_of, noticed, pending, shifted};
use crate::account::Account;
use crate::ports::store::{AccountChange, Store, WriteOutcome};
use crate::random::AccountId;
use crate::records::notice::{Audience, NoticeOrder};
use crate::reset::challenge::Challenge;
use crate::testing::samples::{START, Samples};
use crate::time::DAY;

pub(super) async fn a_change_brings_all_that_follows(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let guess_log = guess_log_of(&account);
    assert!(store.spend_attempt(&guess_log, START, WIDE, START).await.unwrap().is_some());
    let challenge = samples.challenge(&account.id, START);
    let count = store.sends(&Challenge::log_key(&account.id)).await.unwrap();
    assert!(store.begin_challenge(&challenge, &count, None).await.unwrap());
    let (revoked, notice, names) = (shifted(START, 5), samples.notice(&account.id, START), adele());
    let whole = AccountChange {
        revoked_before: Some(revoked),
        challenge: Some(&challenge.id),
        notices: std::slice::from_ref(&notice),
        ..AccountChange::new(&account, &names)
    };
    assert_eq!(store.change_account(&whole).await.unwrap(), WriteOutcome::Written);
    let guess_log = store.guess_log(&guess_log).await.unwrap();
    assert_eq!(
        (guess_log.revoked_before, guess_log.attempts),
        (Some(revoked), vec![START]),
        "a change clears no budget"
    );
    assert!(store.challenge(&challenge.id).await.unwrap().unwrap().used);
    assert_eq!(pending(store, notice.day()).await, [notice]);

    let account = store.account(&account.id).await.unwrap().unwrap();
    change(store, &account, None).await;
    let revoked_before = store.guess_log(&guess_log_of(&account)).await.unwrap().revoked_before;
    assert_eq!(revoked_before, Some(revoked), "a change that revokes nothing leaves the moment as it was");
}

pub(super) async fn a_change_stores_every_notice(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let names = adele();
    let one = samples.notice(&account.id, START);
    let two = NoticeOrder { audience: Audience::Administrators, ..samples.notice(&account.id, START) };
    let three = NoticeOrder { except: vec!["1.address".to_owned()], ..samples.notice(&account.id, START.plus(DAY)) };
    let notices = [one, two, three];
    let stale = Account { version: 2, ..account.clone() };
    for (account, written) in [(&stale, WriteOutcome::Changed), (&account, WriteOutcome::Written)] {
        let change = AccountChange { notices: &notices, ..AccountChange::new(account, &names) };
        assert_eq!(store.change_account(&change).await.unwrap(), written);
        for notice in &notices {
            let stored = noticed(store, notice).await;
            assert_eq!(stored.as_ref(), (written == WriteOutcome::Written).then_some(notice));
        }
    }
}

pub(super) async fn a_refused_change_brings_nothing(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let challenge = samples.challenge(&account.id, START);
    let count = store.sends(&Challenge::log_key(&account.id)).await.unwrap();
    assert!(store.begin_challenge(&challenge, &count, None).await.unwrap());
    let stale = Account { version: 2, ..account.clone() };
    let (notice, names) = (samples.notice(&account.id, START), adele());
    let change = AccountChange {
        revoked_before: Some(START),
        challenge: Some(&challenge.id),
        notices: std::slice::from_ref(&notice),
        ..AccountChange::new(&stale, &names)
    };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Changed);
    assert_eq!(store.account(&account.id).await.unwrap(), Some(account.clone()));
    assert_eq!(store.guess_log(&guess_log_of(&account)).await.unwrap().revoked_before, None);
    assert_eq!(store.challenge(&challenge.id).await.unwrap(), Some(challenge));
    assert_eq!(noticed(store, &notice).await, None);
}

pub(super) async fn a_challenge_is_used_up_once(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let begin = async |account: &AccountId| {
        let challenge = samples.challenge(account, START);
        let count = store.sends(&Challenge::log_key(account)).await.unwrap();
        assert!(store.begin_challenge(&challenge, &count, None).await.unwrap());
        challenge.id
    };
    let names = adele();
    let attempt = async |challenge| {
        let account = store.account(&account.id).await.unwrap().unwrap();
        let change = AccountChange { challenge: Some(challenge), ..AccountChange::new(&account, &names) };
        store.change_account(&change).await.unwrap()
    };
    let own = begin(&account.id).await;
    assert_eq!(attempt(&own).await, WriteOutcome::Written);
    assert_eq!(attempt(&own).await, WriteOutcome::Changed, "it was used");
    let others = begin(&samples.account(MEGAN).id).await;
    assert_eq!(attempt(&others).await, WriteOutcome::Changed, "it is another account's");
    assert!(!store.challenge(&others).await.unwrap().unwrap().used);
    let unknown = samples.challenge(&account.id, START).id;
    assert_eq!(attempt(&unknown).await, WriteOutcome::Changed, "it is unknown");
    assert_eq!(store.challenge(&unknown).await.unwrap(), None);
    assert_eq!(store.account(&account.id).await.unwrap().unwrap().version, 2);
}
