//! Idempotency keys.

use super::MemoryStore;
use super::state::{State, StoredKey};
use crate::ports::idempotency::{
    Answered, IN_USE_SECONDS, KeyReservation, Reservation, STORED_SECONDS, StoredResponse,
};
use crate::ports::store::{Idempotency, Stored};
use crate::time::Moment;
use crate::unavailable::Unavailable;

impl Idempotency for MemoryStore {
    async fn claim_key(&self, reservation: &KeyReservation, now: Moment) -> Stored<Reservation> {
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

    /// Forgets this request's own reservation; another's stays, and so does an answer.
    async fn release_key(&self, reservation: &KeyReservation) -> Stored<()> {
        let state = &mut *self.state();
        if state.is_own(reservation) {
            state.keys.remove(&reservation.row);
        }
        Ok(())
    }
}

impl State {
    /// What a reservation of a key finds now; nothing is written.
    pub(super) fn check_key(&self, reservation: &KeyReservation, now: Moment) -> Reservation {
        match self.keys.get(&reservation.row).filter(|stored| now < stored.until) {
            None => Reservation::New,
            Some(stored) if stored.fingerprint != reservation.fingerprint => Reservation::Mismatch,
            Some(StoredKey { response: Some(response), .. }) => Reservation::Replay(response.clone()),
            Some(StoredKey { response: None, until, .. }) => Reservation::InProgress { until: *until },
        }
    }

    /// Keeps an answer, unless the key is another request's or has an answer already.
    pub(super) fn store_response(&mut self, reservation: &KeyReservation, response: &StoredResponse, now: Moment) {
        if self.is_own(reservation) || self.check_key(reservation, now) == Reservation::New {
            self.write_key(reservation, Some(response), now.plus(STORED_SECONDS));
        }
    }

    /// Fails where a transaction would that keeps an answer as well: the key is another request's.
    pub(super) fn check_answered(&self, answered: Option<&Answered<'_>>) -> Stored<()> {
        let others = |Answered { reservation, now, .. }: &Answered<'_>| {
            !self.is_own(reservation) && self.check_key(reservation, *now) != Reservation::New
        };
        if answered.is_some_and(others) {
            return Err(Unavailable::plain("an idempotency key is another request's"));
        }
        Ok(())
    }

    /// Keeps the answer that goes with a change.
    pub(super) fn store_answered(&mut self, answered: Option<&Answered<'_>>) {
        if let Some(Answered { reservation, response, now }) = answered {
            self.store_response(reservation, response, *now);
        }
    }

    /// Whether a key is reserved by this very request, and has no answer.
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
