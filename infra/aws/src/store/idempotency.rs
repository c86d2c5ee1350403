//! Idempotency keys, and the responses stored under them.

use serde::{Deserialize, Serialize};
use shared::ports::idempotency::{
    IN_USE_SECONDS, KeyReservation, KeyedResponse, Reservation, STORED_SECONDS, StoredResponse,
};
use shared::ports::store::{Idempotency, Stored};
use shared::time::Moment;

use super::DynamoStore;
use super::request::Refused;
use super::row::{BadRow, item, read};
use super::write::Write;
use crate::table::{Key, deleted_after};

/// The item's kind.
const KIND: &str = "idempotency";
/// The key is free: no request has reserved it, or the row has expired.
const FREE: &str = "attribute_not_exists(#pk) OR #expires_at <= :now";
/// The key still belongs to this request and has no response. A request that outlived its reservation must not end the
/// reservation of a later request, and the first response is never replaced.
const OWN: &str = "#nonce = :nonce AND attribute_not_exists(#response)";

#[derive(Serialize, Deserialize)]
struct ResponseRow {
    fingerprint: String,
    nonce: String,
    expires_at: Moment,
    ttl: u64,
    /// JSON: opaque to the table, read only by its use case.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<StoredResponse>,
}

/// Stores a response under a key that is free at `now`, as part of a transaction.
pub(super) fn response(keyed: &KeyedResponse<'_>, now: Moment) -> Stored<Write> {
    let write = put(keyed.reservation, Some(&keyed.response), now.plus(STORED_SECONDS))?;
    Ok(write.when(FREE).moment(":now", now).showing_old())
}

/// Stores the response of a request that has reserved its key, as part of a transaction. If another request holds the
/// key by now, the whole transaction is refused.
pub(super) fn reserved_response(keyed: Option<&KeyedResponse<'_>>) -> Stored<Option<Write>> {
    keyed.map(|keyed| own_response(keyed.reservation, &keyed.response, keyed.now)).transpose()
}

fn own_response(reservation: &KeyReservation, response: &StoredResponse, now: Moment) -> Stored<Write> {
    let write = put(reservation, Some(response), now.plus(STORED_SECONDS))?.when(format!("{FREE} OR ({OWN})"));
    Ok(write.moment(":now", now).text(":nonce", &reservation.nonce))
}

fn put(reservation: &KeyReservation, response: Option<&StoredResponse>, expires_at: Moment) -> Stored<Write> {
    let KeyReservation { fingerprint, nonce, .. } = reservation.clone();
    let row =
        ResponseRow { fingerprint, nonce, expires_at, ttl: deleted_after(expires_at), response: response.cloned() };
    Ok(Write::put(item(Key::idempotency(reservation), KIND, &row)?))
}

/// The reservation found under a key that is not free.
pub(super) fn found(reservation: &KeyReservation, refused: Refused) -> Stored<Reservation> {
    let taken = read::<ResponseRow>(refused.item.ok_or(BadRow)?)?;
    if !shared::reset::code::same(&taken.fingerprint, &reservation.fingerprint) {
        return Ok(Reservation::Mismatch);
    }
    Ok(taken.response.map_or(Reservation::InProgress { until: taken.expires_at }, Reservation::Replay))
}

impl Idempotency for DynamoStore {
    async fn reserve_key(&self, reservation: &KeyReservation, now: Moment) -> Stored<Reservation> {
        let write = put(reservation, None, now.plus(IN_USE_SECONDS))?.when(FREE).moment(":now", now).once();
        match self.write("an idempotency key cannot be reserved", write).await? {
            Ok(_) => Ok(Reservation::New),
            Err(refused) => found(reservation, refused),
        }
    }

    async fn store_response(&self, reservation: &KeyReservation, response: &StoredResponse, now: Moment) -> Stored<()> {
        self.write("a response cannot be stored", own_response(reservation, response, now)?).await.map(|_| ())
    }

    async fn release_key(&self, reservation: &KeyReservation) -> Stored<()> {
        let write = Write::delete(Key::idempotency(reservation)).when(OWN).text(":nonce", &reservation.nonce);
        self.write("an idempotency key cannot be released", write).await.map(|_| ())
    }
}
