//! Responses that are stored in the transaction of the work that they report.

use super::fixtures::{Granted, begun, created, proved, read};
use crate::limits::messages::SendLog;
use crate::ports::idempotency::{KeyReservation, KeyedResponse, Reservation, StoredResponse};
use crate::ports::store::{AccountChange, PasswordChange, PasswordSet, Proof, Store, Stored, WriteOutcome};
use crate::reset::Stage;
use crate::reset::challenge::Challenge;
use crate::testing::samples::{START, Samples, names, password_hash};

/// Checks one kind of write: `work` succeeds once, no matter which request's response comes with it.
async fn held<S: Store>(store: &S, row: &str, work: impl AsyncFn(Option<KeyedResponse<'_>>) -> Stored<bool>) {
    let reservation =
        |row: String, nonce: &str| KeyReservation { row, fingerprint: "body".to_owned(), nonce: nonce.to_owned() };
    let (own, others) = (reservation(row.to_owned(), "own"), reservation(row.to_owned(), "another's"));
    let reserved = async |own: &KeyReservation| {
        let again = KeyReservation { nonce: "again".to_owned(), ..own.clone() };
        store.reserve_key(&again, START).await.unwrap()
    };
    let done = || StoredResponse::of(&"done");
    let answered = |reservation| Some(KeyedResponse { reservation, response: done(), now: START });
    assert_eq!(store.reserve_key(&own, START).await.unwrap(), Reservation::New);
    assert!(work(answered(&others)).await.is_err(), "{row}: the key is another request's");
    assert_eq!(reserved(&own).await, Reservation::InProgress { until: START.plus(60) }, "{row}");
    assert!(work(answered(&own)).await.unwrap(), "{row}: nothing was done before");
    assert_eq!(reserved(&own).await, Reservation::Replay(done()), "{row}");
    // If the request never learned of its success and releases the key, the response stays.
    store.release_key(&own).await.unwrap();
    assert_eq!(reserved(&own).await, Reservation::Replay(done()), "{row}");

    let late = reservation(format!("{row}, late"), "own");
    assert_eq!(store.reserve_key(&late, START).await.unwrap(), Reservation::New);
    assert!(!work(answered(&late)).await.unwrap(), "{row}: it was done");
    assert_eq!(reserved(&late).await, Reservation::InProgress { until: START.plus(60) }, "{row}: nothing came of it");
}

pub(super) async fn a_response_is_stored_with_a_proof(store: &impl Store) {
    let samples = Samples::default();
    let (record, next) = (samples.record(START), Stage::Granted(samples.grant()));
    let reset = begun(store, &samples, START).await;
    held(store, "code", async |answered| {
        store.prove(&Proof { reset: &reset, next: next.clone(), now: START, record: &record, answered }).await
    })
    .await;
    assert_eq!(read(store, &reset).await.stage, next);

    let passed = begun(store, &samples, START).await;
    let passed = proved(store, &samples, &passed, samples.passed(), START).await;
    let record = samples.record(START);
    held(store, "answers", async |answered| {
        store.prove_answers(&Proof { reset: &passed, next: next.clone(), now: START, record: &record, answered }).await
    })
    .await;
    assert_eq!(read(store, &passed).await.stage, next);
}

pub(super) async fn a_response_is_stored_with_a_password(store: &impl Store) {
    let samples = Samples::default();
    let granted = Granted::new(store, &samples, START).await;
    let password = password_hash(7);
    held(store, "password", async |answered| {
        let change = PasswordChange { answered, ..granted.change(&password, START) };
        Ok(store.set_password(&change).await? == PasswordSet::Set)
    })
    .await;
    assert_eq!(read(store, &granted.reset).await.stage, Stage::Completed);
}

pub(super) async fn a_response_is_stored_with_a_change(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account("adele@contoso.example")).await;
    let names = names(account.user_name.canonical());
    for (row, revoked_before) in [("change", None), ("voiding change", Some(START))] {
        let account = store.account(&account.id).await.unwrap().unwrap();
        held(store, row, async |answered| {
            let change = AccountChange { revoked_before, answered, ..AccountChange::new(&account, &names) };
            Ok(store.change_account(&change).await? == WriteOutcome::Written)
        })
        .await;
        assert_eq!(store.account(&account.id).await.unwrap().unwrap().version, account.version + 1);
    }
}

pub(super) async fn a_response_is_stored_with_a_challenge(store: &impl Store) {
    let samples = Samples::default();
    let account = samples.account("adele@contoso.example");
    let challenge = samples.challenge(&account.id, START);
    let log = SendLog { counted: vec![samples.sent("challenge.1", START)], version: 0 };
    held(store, "challenge", async |answered| store.begin_challenge(&challenge, &log, answered).await).await;
    assert_eq!(store.sends(&Challenge::log_key(&account.id)).await.unwrap().version, 1);
}
