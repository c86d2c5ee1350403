use super::fixtures::shifted;
use crate::ports::idempotency::{KeyReservation, Reservation, StoredResponse};
use crate::ports::store::Store;
use crate::testing::join_all;
use crate::testing::samples::START;
use crate::time::DAY;

fn reservation(row: &str, fingerprint: &str) -> KeyReservation {
    KeyReservation {
        row: row.to_owned(),
        fingerprint: fingerprint.to_owned(),
        nonce: format!("the first {fingerprint}"),
    }
}

fn done() -> StoredResponse {
    StoredResponse::of(&"done")
}

fn rejected() -> StoredResponse {
    StoredResponse::of(&"rejected")
}

/// The same request, sent again.
fn sent_again(reservation: &KeyReservation) -> KeyReservation {
    KeyReservation { nonce: format!("{}, again", reservation.nonce), ..reservation.clone() }
}

pub(super) async fn a_reserved_key_is_in_use_for_a_minute(store: &impl Store) {
    let (one, other) = (reservation("1.row", "body"), reservation("2.row", "body"));
    let until = START.plus(60);
    assert_eq!(store.reserve_key(&one, START).await.unwrap(), Reservation::New);
    for now in [START, shifted(until, -1)] {
        assert_eq!(store.reserve_key(&one, now).await.unwrap(), Reservation::InProgress { until });
    }
    assert_eq!(store.reserve_key(&other, START).await.unwrap(), Reservation::New, "another key");
    assert_eq!(store.reserve_key(&sent_again(&one), until).await.unwrap(), Reservation::New);
    let again = Reservation::InProgress { until: until.plus(60) };
    assert_eq!(
        store.reserve_key(&one, until.plus(59)).await.unwrap(),
        again,
        "the second reservation is one like the first"
    );
    let other_body = reservation("1.row", "other");
    assert_eq!(store.reserve_key(&other_body, until.plus(60)).await.unwrap(), Reservation::New, "whatever the body");
}

pub(super) async fn a_response_is_stored_for_a_day(store: &impl Store) {
    let one = reservation("1.row", "body");
    assert_eq!(store.reserve_key(&one, START).await.unwrap(), Reservation::New);
    let at = START.plus(5);
    store.store_response(&one, &done(), at).await.unwrap();
    for now in [at, START.plus(3600), shifted(at.plus(DAY), -1)] {
        assert_eq!(store.reserve_key(&one, now).await.unwrap(), Reservation::Replay(done()));
    }
    assert_eq!(store.reserve_key(&one, at.plus(DAY)).await.unwrap(), Reservation::New);
    let until = at.plus(DAY + 60);
    assert_eq!(
        store.reserve_key(&one, at.plus(DAY)).await.unwrap(),
        Reservation::InProgress { until },
        "the old answer is gone"
    );
}

pub(super) async fn every_response_is_read_as_it_was_stored(store: &impl Store) {
    let nothing = StoredResponse::of(&());
    let facts = StoredResponse::of(&serde_json::json!({"at": START.millis() + 7, "reasons": ["too-short", "\"é\0"]}));
    for (number, response) in [done(), rejected(), nothing, facts].into_iter().enumerate() {
        let one = reservation(&format!("{number}.row"), "body");
        assert_eq!(store.reserve_key(&one, START).await.unwrap(), Reservation::New);
        store.store_response(&one, &response, START).await.unwrap();
        assert_eq!(store.reserve_key(&one, START).await.unwrap(), Reservation::Replay(response));
    }
}

pub(super) async fn another_body_is_a_mismatch(store: &impl Store) {
    let (one, other) = (reservation("1.row", "body"), reservation("1.row", "other"));
    assert_eq!(store.reserve_key(&one, START).await.unwrap(), Reservation::New);
    assert_eq!(store.reserve_key(&other, START.plus(59)).await.unwrap(), Reservation::Mismatch, "while the first runs");
    store.store_response(&one, &done(), START).await.unwrap();
    assert_eq!(store.reserve_key(&other, shifted(START.plus(DAY), -1)).await.unwrap(), Reservation::Mismatch);
    assert_eq!(store.reserve_key(&one, START).await.unwrap(), Reservation::Replay(done()), "nothing was lost by it");
    assert_eq!(store.reserve_key(&other, START.plus(DAY)).await.unwrap(), Reservation::New);
}

pub(super) async fn a_released_key_is_fresh(store: &impl Store) {
    let one = reservation("1.row", "body");
    store.release_key(&one).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.reserve_key(&one, START).await.unwrap(), Reservation::New);
        store.release_key(&one).await.unwrap();
    }
    assert_eq!(
        store.reserve_key(&reservation("1.row", "other"), START).await.unwrap(),
        Reservation::New,
        "with any body"
    );
    store.release_key(&one).await.unwrap();
    let until = START.plus(60);
    let still = store.reserve_key(&reservation("1.row", "other"), START).await.unwrap();
    assert_eq!(still, Reservation::InProgress { until }, "a late release gives up nobody else's reservation");
}

pub(super) async fn an_expired_reservation_ends_no_other(store: &impl Store) {
    let late = reservation("1.row", "body");
    let (next, third) = (sent_again(&late), sent_again(&sent_again(&late)));
    assert_eq!(store.reserve_key(&late, START).await.unwrap(), Reservation::New);
    let now = START.plus(60);
    assert_eq!(store.reserve_key(&next, now).await.unwrap(), Reservation::New);
    let in_use = Reservation::InProgress { until: now.plus(60) };
    store.release_key(&late).await.unwrap();
    assert_eq!(store.reserve_key(&third, now).await.unwrap(), in_use, "given up late");
    store.store_response(&late, &rejected(), now).await.unwrap();
    assert_eq!(store.reserve_key(&third, now).await.unwrap(), in_use, "answered late");
    store.store_response(&next, &done(), now.plus(1)).await.unwrap();
    assert_eq!(store.reserve_key(&third, now.plus(2)).await.unwrap(), Reservation::Replay(done()));
    store.store_response(&late, &rejected(), now.plus(3)).await.unwrap();
    store.release_key(&late).await.unwrap();
    store.release_key(&next).await.unwrap();
    assert_eq!(store.reserve_key(&third, now.plus(4)).await.unwrap(), Reservation::Replay(done()), "an answer stays");
}

pub(super) async fn a_late_response_is_stored_if_nobody_reserved_its_key(store: &impl Store) {
    let late = reservation("1.row", "body");
    assert_eq!(store.reserve_key(&late, START).await.unwrap(), Reservation::New);
    let now = START.plus(61);
    store.store_response(&late, &done(), now).await.unwrap();
    assert_eq!(store.reserve_key(&sent_again(&late), now).await.unwrap(), Reservation::Replay(done()));
}

pub(super) async fn concurrent_reservations_reserve_once(store: &impl Store) {
    let one = reservation("1.row", "body");
    let reservations = join_all((0..20).map(|_| store.reserve_key(&one, START))).await;
    let fresh = reservations.into_iter().filter(|reserved| *reserved.as_ref().unwrap() == Reservation::New).count();
    assert_eq!(fresh, 1);
}
