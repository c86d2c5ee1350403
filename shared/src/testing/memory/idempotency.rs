//! Idempotency keys.

use super::MemoryStore;
use super::state::{KeptKey, State};
use crate::ports::idempotency::{Answered, IN_USE_SECONDS, KEPT_SECONDS, KeyReservation, Reservation, StoredResponse};
use crate::ports::store::{Idempotency, Stored};
use crate::time::Moment;
use crate::unavailable::Unavailable;

impl Idempotency for MemoryStore {
    async fn claim_key(&self, reservation: &KeyReservation, now: Moment) -> Stored<Reservation> {
        let state = &mut *self.state();
        let judged = state.judge_key(reservation, now);
        if judged == Reservation::New {
            state.write_key(reservation, None, now.plus(IN_USE_SECONDS));
        }
        Ok(judged)
    }

    async fn keep_answer(&self, reservation: &KeyReservation, response: &StoredResponse, now: Moment) -> Stored<()> {
        self.state().keep_answer(reservation, response, now);
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
    pub(super) fn judge_key(&self, reservation: &KeyReservation, now: Moment) -> Reservation {
        match self.keys.get(&reservation.row).filter(|kept| now < kept.until) {
            None => Reservation::New,
            Some(kept) if kept.fingerprint != reservation.fingerprint => Reservation::Mismatch,
            Some(KeptKey { response: Some(response), .. }) => Reservation::Replay(response.clone()),
            Some(KeptKey { response: None, until, .. }) => Reservation::InProgress { until: *until },
        }
    }

    /// Keeps an answer, unless the key is another request's or has an answer already.
    pub(super) fn keep_answer(&mut self, reservation: &KeyReservation, response: &StoredResponse, now: Moment) {
        if self.is_own(reservation) || self.judge_key(reservation, now) == Reservation::New {
            self.write_key(reservation, Some(response), now.plus(KEPT_SECONDS));
        }
    }

    /// Fails where a transaction would that keeps an answer as well: the key is another request's.
    pub(super) fn check_answered(&self, answered: Option<&Answered<'_>>) -> Stored<()> {
        let others = |Answered { reservation, now, .. }: &Answered<'_>| {
            !self.is_own(reservation) && self.judge_key(reservation, *now) != Reservation::New
        };
        if answered.is_some_and(others) {
            return Err(Unavailable::plain("an idempotency key is another request's"));
        }
        Ok(())
    }

    /// Keeps the answer that goes with a change.
    pub(super) fn keep_answered(&mut self, answered: Option<&Answered<'_>>) {
        if let Some(Answered { reservation, response, now }) = answered {
            self.keep_answer(reservation, response, *now);
        }
    }

    /// Whether a key is reserved by this very request, and has no answer.
    fn is_own(&self, reservation: &KeyReservation) -> bool {
        self.keys.get(&reservation.row).is_some_and(|kept| kept.response.is_none() && kept.nonce == reservation.nonce)
    }

    fn write_key(&mut self, reservation: &KeyReservation, response: Option<&StoredResponse>, until: Moment) {
        let KeyReservation { row, fingerprint, nonce } = reservation.clone();
        self.keys.insert(row, KeptKey { fingerprint, nonce, response: response.cloned(), until });
    }
}
