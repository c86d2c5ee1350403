use super::fixtures::{ADELE, adele, shifted};
use crate::account::{ContactType, Destination};
use crate::limits::messages::{SendLog, SentMessage};
use crate::message::Channel;
use crate::ports::store::{AccountChange, Store, WriteOutcome};
use crate::random::AccountId;
use crate::reset::challenge::Challenge;
use crate::testing::join_all;
use crate::testing::samples::{START, Samples, email};

async fn begun(store: &impl Store, challenge: &Challenge) {
    let count = store.sends(&Challenge::log_key(&challenge.account)).await.unwrap();
    assert!(store.begin_challenge(challenge, &count, None).await.unwrap());
}

fn someone(samples: &Samples) -> AccountId {
    samples.account(ADELE).id
}

pub(super) async fn a_challenge_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let account = someone(&samples);
    let phone = samples.challenge(&account, START);
    let mail = Challenge {
        kind: ContactType::Email,
        value: Destination::Email(email("Ada.V@Private.example")),
        channel: Channel::Email,
        ..samples.challenge(&account, shifted(START, 7))
    };
    let sms = Challenge { channel: Channel::Sms, digits: 10, ..samples.challenge(&account, START) };
    for challenge in [phone, mail, sms] {
        begun(store, &challenge).await;
        let stored = store.challenge(&challenge.id).await.unwrap().unwrap();
        assert_eq!(stored, challenge);
        let spell = super::fixtures::spelling;
        assert_eq!(spell(&stored.value), spell(&challenge.value));
    }
    assert_eq!(store.challenge(&samples.challenge(&account, START).id).await.unwrap(), None, "an unknown one");
}

pub(super) async fn a_challenge_needs_the_count_that_was_read(store: &impl Store) {
    let samples = Samples::default();
    let account = someone(&samples);
    let empty = store.sends(&Challenge::log_key(&account)).await.unwrap();
    assert_eq!(empty, SendLog::default());
    let mut count = empty.clone();
    for number in 0..3 {
        let sent = samples.sent(&format!("challenge.{number}"), shifted(START, number));
        count.counted.insert(0, SentMessage { refunded: number == 1, ..sent });
        assert!(store.begin_challenge(&samples.challenge(&account, START), &count, None).await.unwrap());
        let stored = store.sends(&Challenge::log_key(&account)).await.unwrap();
        assert_eq!(stored.counted, count.counted);
        assert_ne!(stored.version, count.version);
        for stale in [&empty, &count] {
            let refused = samples.challenge(&account, START);
            assert!(!store.begin_challenge(&refused, stale, None).await.unwrap());
            assert_eq!(store.challenge(&refused.id).await.unwrap(), None);
            assert_eq!(store.sends(&Challenge::log_key(&account)).await.unwrap(), stored);
        }
        count = stored;
    }
    assert_eq!(store.sends(&Challenge::log_key(&someone(&samples))).await.unwrap(), empty, "another account's count");
}

pub(super) async fn a_refunded_challenge_stays_in_the_count(store: &impl Store) {
    let samples = Samples::default();
    let account = someone(&samples);
    let challenged = samples.sent("challenge.1", START);
    let key = Challenge::log_key(&account);
    let seen = store.sends(&Challenge::log_key(&account)).await.unwrap();
    let count = seen.admit_challenge(&challenged, &[]).unwrap();
    assert!(store.begin_challenge(&samples.challenge(&account, START), &count, None).await.unwrap());
    let stored = store.sends(&Challenge::log_key(&account)).await.unwrap();
    let refunded = stored.give_back("challenge.1", 1).unwrap();
    for stale in [&seen, &SendLog { version: seen.version, ..refunded.clone() }] {
        assert!(!store.put_sends(&key, stale).await.unwrap(), "it changed since it was read");
        assert_eq!(store.sends(&Challenge::log_key(&account)).await.unwrap(), stored);
    }
    assert!(store.put_sends(&key, &refunded).await.unwrap());
    let stored = store.sends(&Challenge::log_key(&account)).await.unwrap();
    assert_eq!(stored.counted, [SentMessage { refunded: true, ..challenged }]);
    assert_ne!(stored.version, refunded.version);
    assert!(!store.put_sends(&key, &refunded).await.unwrap(), "once");
}

pub(super) async fn challenges_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let account = someone(&samples);
    let challenges: Vec<Challenge> = (0..20).map(|_| samples.challenge(&account, START)).collect();
    let count = store.sends(&Challenge::log_key(&account)).await.unwrap();
    let begun = join_all(challenges.iter().map(|challenge| store.begin_challenge(challenge, &count, None))).await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, Ok(true))).count(), 1);
    let mut stored = 0;
    for challenge in &challenges {
        stored += usize::from(store.challenge(&challenge.id).await.unwrap().is_some());
    }
    assert_eq!(stored, 1);
}

pub(super) async fn a_challenge_is_charged_up_to_its_tries(store: &impl Store) {
    let samples = Samples::default();
    let challenge = samples.challenge(&someone(&samples), START);
    begun(store, &challenge).await;
    for tries in 1..=3 {
        let charged = store.charge_challenge(&challenge.id, &challenge.account, 3, START).await.unwrap();
        assert_eq!(charged, Some(Challenge { tries, ..challenge.clone() }));
        assert_eq!(store.challenge(&challenge.id).await.unwrap(), charged);
    }
    assert_eq!(store.charge_challenge(&challenge.id, &challenge.account, 3, START).await.unwrap(), None);
    assert_eq!(store.challenge(&challenge.id).await.unwrap().unwrap().tries, 3);
}

pub(super) async fn a_challenge_is_charged_for_its_account_while_it_lives(store: &impl Store) {
    let samples = Samples::default();
    let account = super::fixtures::created(store, samples.account(ADELE)).await;
    let challenge = samples.challenge(&account.id, START);
    begun(store, &challenge).await;
    let charge = async |id, account, now| store.charge_challenge(id, account, 5, now).await.unwrap();
    let other = someone(&samples);
    assert_eq!(charge(&challenge.id, &other, START).await, None, "another account's");
    assert_eq!(charge(&challenge.id, &account.id, challenge.expires_at).await, None, "over");
    let unknown = samples.challenge(&account.id, START).id;
    assert_eq!(charge(&unknown, &account.id, START).await, None, "unknown");
    assert_eq!(store.challenge(&unknown).await.unwrap(), None);
    assert_eq!(store.challenge(&challenge.id).await.unwrap(), Some(challenge.clone()), "nobody was charged");
    assert!(charge(&challenge.id, &account.id, shifted(challenge.expires_at, -1)).await.is_some());

    let names = adele();
    let change = AccountChange { challenge: Some(&challenge.id), ..AccountChange::new(&account, &names) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    assert_eq!(charge(&challenge.id, &account.id, START).await, None, "used");
}

pub(super) async fn charges_at_once_are_exact(store: &impl Store) {
    let samples = Samples::default();
    let challenge = samples.challenge(&someone(&samples), START);
    begun(store, &challenge).await;
    let charges = join_all((0..50).map(|_| store.charge_challenge(&challenge.id, &challenge.account, 5, START))).await;
    let mut tries: Vec<u32> = charges.into_iter().filter_map(|charge| Some(charge.unwrap()?.tries)).collect();
    tries.sort_unstable();
    assert_eq!(tries, [1, 2, 3, 4, 5]);
}
