//! Idempotency keys.

use super::MemoryStore;
use super::state::{State, StoredKey};
use crate::ports::idempotency::{
    IN_USE_SECONDS, KeyReservation, KeyedResponse, Reservation, STORED_SECONDS, StoredResponse,
};
use crate::ports::store::{Idempotency, Stored};
use crate::time::Moment;
use crate::unavailable::Unavailable;

impl Idempotency for MemoryStore {
    async fn reserve_key(&self, reservation: &KeyReservation, now: Moment) -> Stored<Reservation> {
        let state = &mut *self.state();
        let judged = state.check_key(reservation, now);
        if judged == Reservation::New {
            state.write_key(reservation, None, now.plus(IN_USE_SECONDS));
        }
        Ok(judged)
    }

    async fn store_response(&self, reservation: &KeyReservation, response: &StoredResponse, now: Moment) -> Stored<()> {
        self.state().store_response(reservation, response, now);
        Ok(())
    }

    /// Forgets this request's own reservation. Another request's reservation stays, and so does a stored response.
    async fn release_key(&self, reservation: &KeyReservation) -> Stored<()> {
        let state = &mut *self.state();
        if state.is_own(reservation) {
            state.keys.remove(&reservation.row);
        }
        Ok(())
    }
}

impl State {
    /// The result of reserving a key now; nothing is written.
    pub(super) fn check_key(&self, reservation: &KeyReservation, now: Moment) -> Reservation {
        match self.keys.get(&reservation.row).filter(|stored| now < stored.until) {
            None => Reservation::New,
            Some(stored) if stored.fingerprint != reservation.fingerprint => Reservation::Mismatch,
            Some(StoredKey { response: Some(response), .. }) => Reservation::Replay(response.clone()),
            Some(StoredKey { response: None, until, .. }) => Reservation::InProgress { until: *until },
        }
    }

    /// Stores a response, unless another request holds the key or a response is stored already.
    pub(super) fn store_response(&mut self, reservation: &KeyReservation, response: &StoredResponse, now: Moment) {
        if self.is_own(reservation) || self.check_key(reservation, now) == Reservation::New {
            self.write_key(reservation, Some(response), now.plus(STORED_SECONDS));
        }
    }

    /// Fails if a transaction that stores this response would fail, because the key belongs to another request.
    pub(super) fn check_answered(&self, answered: Option<&KeyedResponse<'_>>) -> Stored<()> {
        let others = |KeyedResponse { reservation, now, .. }: &KeyedResponse<'_>| {
            !self.is_own(reservation) && self.check_key(reservation, *now) != Reservation::New
        };
        if answered.is_some_and(others) {
            return Err(Unavailable::plain("an idempotency key is another request's"));
        }
        Ok(())
    }

    /// Stores the response that belongs to a change, if there is one.
    pub(super) fn store_answered(&mut self, answered: Option<&KeyedResponse<'_>>) {
        if let Some(KeyedResponse { reservation, response, now }) = answered {
            self.store_response(reservation, response, *now);
        }
    }

    /// Whether a key is reserved by this very request and has no response yet.
    fn is_own(&self, reservation: &KeyReservation) -> bool {
        self.keys
            .get(&reservation.row)
            .is_some_and(|stored| stored.response.is_none() && stored.nonce == reservation.nonce)
    }

    fn write_key(&mut self, reservation: &KeyReservation, response: Option<&StoredResponse>, until: Moment) {
        let KeyReservation { row, fingerprint, nonce } = reservation.clone();
        self.keys.insert(row, StoredKey { fingerprint, nonce, response: response.cloned(), until });
    }
}
