use super::fixtures::{ADELE, Granted, adele, begun, created, is_clear, owner_of, proved, read, shifted};
use crate::account::Owner;
use crate::limits::conversion::{CodeJob, ConversionLog, SentCode};
use crate::limits::lockout::Lockout;
use crate::limits::messages::{SendLog, SentMessage};
use crate::message::Channel;
use crate::money::Money;
use crate::ports::store::{AccountChange, PasswordSet, Store, WriteOutcome};
use crate::random::{ChallengeId, ResetId};
use crate::reset::Stage;
use crate::reset::challenge::Challenge;
use crate::testing::join_all;
use crate::testing::samples::{START, Samples, password_hash};
use crate::time::Date;

const DAY: Date = Date::constant(2026, 12, 13);

pub(super) async fn a_sign_in_row_needs_the_version_that_was_read(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&samples.account(ADELE));
    let mut row = store.lockout(&owner).await.unwrap();
    assert_eq!(row, Lockout::default());
    for number in 1..4 {
        let seen = row.clone();
        row.wrong = number;
        row.pending.push(shifted(START, i64::from(number)));
        row.changed_at = Some(shifted(START, i64::from(number)));
        row.locks = 2 * number;
        row.locked_until = (number < 3).then(|| shifted(START, i64::from(number)));
        row.refused.insert(0, format!("1.{number}"));
        assert!(store.put_lockout(&owner, &row).await.unwrap());
        let stored = store.lockout(&owner).await.unwrap();
        assert_ne!(stored.version, seen.version);
        assert_eq!(stored, Lockout { version: stored.version, ..row.clone() });
        assert!(!store.put_lockout(&owner, &seen).await.unwrap(), "it changed since it was read");
        assert!(!store.put_lockout(&owner, &Lockout::default()).await.unwrap());
        assert_eq!(store.lockout(&owner).await.unwrap(), stored);
        row = stored;
    }
    for other in [owner_of(&samples.account(ADELE)), Owner::UnknownName(adele())] {
        assert!(is_clear(&store.lockout(&other).await.unwrap()), "another owner's row");
    }
}

pub(super) async fn lockouts_at_once_are_one(store: &impl Store) {
    let owner = Owner::UnknownName(adele());
    for round in 0..2 {
        let row = store.lockout(&owner).await.unwrap();
        let charges: Vec<Lockout> = (1..=20).map(|wrong| Lockout { wrong, ..row.clone() }).collect();
        let written = join_all(charges.iter().map(|charge| store.put_lockout(&owner, charge))).await;
        let written: Vec<u32> = charges
            .iter()
            .zip(written)
            .filter(|(_, written)| *written.as_ref().unwrap())
            .map(|(row, _)| row.wrong)
            .collect();
        assert_eq!(written, [store.lockout(&owner).await.unwrap().wrong], "round {round}");
    }
}

fn send(order: &str, channel: Channel) -> SentMessage {
    let sent = Samples::default().sent(order, shifted(START, 7));
    SentMessage { channel, extra: order == "b", refunded: order == "c", ..sent }
}

pub(super) async fn sends_need_the_version_that_was_read(store: &impl Store) {
    let mut sends = store.sends("1.key").await.unwrap();
    assert_eq!(sends, SendLog::default());
    for counted in [send("a", Channel::Sms), send("b", Channel::Call), send("c", Channel::Email)] {
        let seen = sends.clone();
        sends.counted.insert(0, counted);
        assert!(store.put_sends("1.key", &sends).await.unwrap());
        let stored = store.sends("1.key").await.unwrap();
        assert_eq!(stored.counted, sends.counted);
        assert_ne!(stored.version, seen.version);
        assert!(!store.put_sends("1.key", &seen).await.unwrap(), "it changed since it was read");
        assert!(!store.put_sends("1.key", &SendLog::default()).await.unwrap());
        assert_eq!(store.sends("1.key").await.unwrap(), stored);
        sends = stored;
    }
    let emptied = SendLog { counted: Vec::new(), ..sends };
    assert!(store.put_sends("1.key", &emptied).await.unwrap());
    assert_eq!(store.sends("1.key").await.unwrap().counted, []);
    assert_eq!(store.sends("2.key").await.unwrap(), SendLog::default(), "another key");
}

pub(super) async fn sends_at_once_are_one(store: &impl Store) {
    let rows: Vec<SendLog> =
        (0..20).map(|number| SendLog { counted: vec![send(&number.to_string(), Channel::Sms)], version: 0 }).collect();
    let written = join_all(rows.iter().map(|row| store.put_sends("1.key", row))).await;
    let written: Vec<&SendLog> =
        rows.iter().zip(written).filter(|(_, written)| *written.as_ref().unwrap()).map(|(row, _)| row).collect();
    assert_eq!(written.len(), 1);
    assert_eq!(store.sends("1.key").await.unwrap().counted, written[0].counted);
}

fn sent_code(destination: &str, job: CodeJob) -> SentCode {
    SentCode { destination: destination.to_owned(), job, at: shifted(START, 7), used: false }
}

/// Whatever the keys' order, and with rows that are not there.
pub(super) async fn logs_are_read_at_once_as_one_by_one(store: &impl Store) {
    let samples = Samples::default();
    for key in ["b", "a"] {
        let counted = vec![samples.sent(&format!("order {key}"), START)];
        assert!(store.put_sends(key, &SendLog { counted, version: 0 }).await.unwrap());
    }
    let code = sent_code("1.phone", CodeJob::Challenge(ChallengeId::draw(&samples.random)));
    let log = ConversionLog { codes: vec![code], ..ConversionLog::default() };
    assert!(store.put_conversion_log("1.range", &log, START).await.unwrap());
    for keys in [&["a", "none", "b"][..], &["b", "a"], &["none"], &["a"]] {
        for range in [None, Some("1.range"), Some("1.none")] {
            let mut expected = Vec::new();
            for key in keys {
                expected.push(store.sends(key).await.unwrap());
            }
            let of_range = match range {
                Some(range) => store.conversion_log(range).await.unwrap(),
                None => ConversionLog::default(),
            };
            assert_eq!(store.message_logs(keys, range).await.unwrap(), (expected, of_range), "{keys:?} {range:?}");
        }
    }
    assert_eq!(store.message_logs(&[], Some("1.range")).await.unwrap().1.codes, log.codes);
}

pub(super) async fn a_range_needs_the_version_that_was_read(store: &impl Store) {
    let samples = Samples::default();
    let mut log = store.conversion_log("1.range").await.unwrap();
    assert_eq!(log, ConversionLog::default());
    let challenge = CodeJob::Challenge(ChallengeId::draw(&samples.random));
    let reset = CodeJob::Reset(ResetId::draw(&samples.random), 3);
    let used = SentCode { used: true, ..sent_code("1.other", reset) };
    for (code, blocked_until) in [(sent_code("1.phone", challenge), None), (used, Some(shifted(START, 9)))] {
        let seen = log.clone();
        log.codes.insert(0, code);
        log.blocked_until = blocked_until;
        assert!(store.put_conversion_log("1.range", &log, START).await.unwrap());
        let stored = store.conversion_log("1.range").await.unwrap();
        assert_ne!(stored.version, seen.version);
        assert_eq!(stored, ConversionLog { version: stored.version, ..log.clone() });
        assert!(!store.put_conversion_log("1.range", &seen, START).await.unwrap(), "it changed since it was read");
        assert!(!store.put_conversion_log("1.range", &ConversionLog::default(), START).await.unwrap());
        assert_eq!(store.conversion_log("1.range").await.unwrap(), stored);
        log = stored;
    }
    let emptied = ConversionLog { codes: Vec::new(), blocked_until: None, ..log };
    assert!(store.put_conversion_log("1.range", &emptied, START).await.unwrap());
    let stored = store.conversion_log("1.range").await.unwrap();
    assert_eq!((stored.codes, stored.blocked_until), (Vec::new(), None));
    assert_eq!(store.conversion_log("2.range").await.unwrap(), ConversionLog::default(), "another range");
}

pub(super) async fn codes_to_a_range_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let code = || sent_code("1.phone", CodeJob::Challenge(ChallengeId::draw(&samples.random)));
    let rows: Vec<ConversionLog> =
        (0..20).map(|_| ConversionLog { codes: vec![code()], ..ConversionLog::default() }).collect();
    let written = join_all(rows.iter().map(|row| store.put_conversion_log("1.range", row, START))).await;
    let written: Vec<&ConversionLog> =
        rows.iter().zip(written).filter(|(_, written)| *written.as_ref().unwrap()).map(|(row, _)| row).collect();
    assert_eq!(written.len(), 1);
    assert_eq!(store.conversion_log("1.range").await.unwrap().codes, written[0].codes);
}

pub(super) async fn a_resets_code_is_used_where_it_passed_a_gate(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let code = |destination: &str, order| sent_code(destination, CodeJob::Reset(reset.id.clone(), order));
    // Two jobs for one destination, one for another, and one of a reset that is gone.
    let gone = sent_code("1.phone", CodeJob::Reset(ResetId::draw(&samples.random), 1));
    let codes = [code("1.phone", 1), code("1.phone", 2), code("1.address", 3), gone];
    let used = async || store.used_codes(&codes).await.unwrap();
    assert_eq!(used().await, []);
    proved(store, &samples, &reset, samples.passed(), START).await;
    assert_eq!(used().await, [code("1.phone", 1), code("1.phone", 2)]);
    let seen = read(store, &reset).await;
    assert!(store.reissue(&seen, &samples.next_issued_code(&seen, START)).await.unwrap());
    proved(store, &samples, &reset, Stage::Granted(samples.grant()), START).await;
    assert_eq!(used().await, [code("1.address", 3)], "only what the grant names");
    assert_eq!(store.used_codes(&[]).await.unwrap(), []);

    let granted = Granted::new(store, &samples, START).await;
    let completed = sent_code("1.phone", CodeJob::Reset(granted.reset.id.clone(), 1));
    assert_eq!(store.used_codes(std::slice::from_ref(&completed)).await.unwrap(), []);
    let outcome = store.set_password(&granted.change(&password_hash(1), START)).await.unwrap();
    assert_eq!(outcome, PasswordSet::Set);
    assert_eq!(store.used_codes(std::slice::from_ref(&completed)).await.unwrap(), [completed]);
}

/// More than one batch holds.
pub(super) async fn a_challenges_code_is_used_where_it_is_proved(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let (mut codes, mut proved) = (Vec::new(), Vec::new());
    for number in 0..120 {
        let challenge = samples.challenge(&account.id, START);
        let count = store.sends(&Challenge::log_key(&account.id)).await.unwrap();
        assert!(store.begin_challenge(&challenge, &count, None).await.unwrap());
        let code = sent_code(&format!("1.{number}"), CodeJob::Challenge(challenge.id.clone()));
        if number % 40 == 0 {
            let (account, names) = (store.account(&account.id).await.unwrap().unwrap(), adele());
            let change = AccountChange { challenge: Some(&challenge.id), ..AccountChange::new(&account, &names) };
            assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
            proved.push(code.clone());
        }
        codes.push(code);
    }
    codes.push(sent_code("1.gone", CodeJob::Challenge(ChallengeId::draw(&samples.random))));
    assert_eq!(store.used_codes(&codes).await.unwrap(), proved);
}

const CAP: Money = Money::from_micros(10);

async fn spend(store: &impl Store, key: &str, micros: u64) -> bool {
    store.spend(DAY, key, Money::from_micros(micros), CAP).await.unwrap()
}

pub(super) async fn a_cap_is_spent_exactly(store: &impl Store) {
    assert!(!spend(store, "total", 11).await, "more than the cap at once");
    assert!(spend(store, "total", 4).await);
    assert!(!spend(store, "total", 7).await);
    assert!(spend(store, "total", 6).await, "a refused amount is not reserved");
    assert!(!spend(store, "total", 1).await);
    assert!(spend(store, "total", 0).await);
    assert!(!store.spend(DAY, "total", Money::MAX, CAP).await.unwrap());
    assert!(store.spend(DAY, "total", Money::from_micros(1), Money::from_micros(11)).await.unwrap(), "a raised cap");
    assert!(spend(store, "other", 10).await, "another key");
    assert!(store.spend(Date::constant(2026, 12, 14), "total", CAP, CAP).await.unwrap(), "another day");
    assert!(!store.spend(DAY, "none", Money::from_micros(1), Money::ZERO).await.unwrap(), "a cap of nothing");
}

pub(super) async fn refunded_money_can_be_spent_again(store: &impl Store) {
    assert!(spend(store, "total", 6).await);
    assert!(spend(store, "total", 4).await);
    store.refund(DAY, "total", Money::from_micros(4)).await.unwrap();
    assert!(!spend(store, "total", 5).await);
    assert!(spend(store, "total", 4).await);
    store.refund(DAY, "total", Money::from_micros(10)).await.unwrap();
    assert!(spend(store, "total", 10).await);
    assert!(!spend(store, "total", 1).await);
}

pub(super) async fn no_refund_raises_a_cap(store: &impl Store) {
    assert!(spend(store, "total", 3).await);
    for key in ["total", "none"] {
        store.refund(DAY, key, Money::from_micros(5)).await.unwrap();
        let mut spent = 0;
        while spent < 20 && spend(store, key, 1).await {
            spent += 1;
        }
        assert!(spent <= 10, "{key}: {spent} of 10");
    }
}

pub(super) async fn reservations_at_once_stay_within_the_cap(store: &impl Store) {
    let reserved = join_all((0..20).map(|_| spend(store, "total", 3))).await;
    assert_eq!(reserved.into_iter().filter(|reserved| *reserved).count(), 3);
    assert!(spend(store, "total", 1).await);
    assert!(!spend(store, "total", 1).await);
}
