//! Runs a request once per `Idempotency-Key`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ports::idempotency::{Answered, KeyReservation, Reservation, RunError, StoredResponse};
use crate::ports::store::Store;
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;

/// A use case's outcome, from whose stored form the answer can be given again. Tokens are skipped and derived again.
pub trait Replay: Serialize + DeserializeOwned {
    /// Whether a repetition is given this outcome again. Limits, conflicts and what is missing may pass, and what form and
    /// policy say is judged each time.
    fn is_stored(&self) -> bool {
        true
    }
}

/// Of work that is nothing but done.
impl Replay for () {}

/// Of work of which nothing can be said but that it failed.
impl<T: Replay> Replay for Option<T> {}

/// The outcome of work that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done<T> {
    /// Stored in the transaction that did the work.
    Persisted(T),
    /// Not stored yet. Safe to store separately, because the work had no effect that a repetition would have again.
    Unpersisted(T),
}

/// Does the work once per reserved key; without a key it is just done.
///
/// # Errors
/// [`RunError`] for a key that is in use or was used with another body, and if the work fails. The key is given up then, so
/// that the request can be tried again, unless the work was done and its answer stored all the same: then a repetition is
/// given that answer.
pub async fn run_idempotent<S: Store, T: Replay>(
    context: &Context<S>,
    reservation: Option<&KeyReservation>,
    work: impl AsyncFnOnce() -> Result<Done<T>, Unavailable>,
) -> Result<T, RunError> {
    let Some(reservation) = reservation else {
        let (Done::Persisted(outcome) | Done::Unpersisted(outcome)) = work().await?;
        return Ok(outcome);
    };
    if let Some(outcome) = replayed(&context.store.claim_key(reservation, context.now()).await?)? {
        return Ok(outcome);
    }
    let outcome = match work().await {
        Ok(Done::Persisted(outcome)) => return Ok(outcome),
        Ok(Done::Unpersisted(outcome)) => outcome,
        Err(failed) => {
            // An answer that was stored unheard stays. If even this fails the reservation ends by itself after a minute.
            context.store.release_key(reservation).await.ok();
            return Err(failed.into());
        }
    };
    let written = if outcome.is_stored() {
        context.store.keep_answer(reservation, &StoredResponse::of(&outcome), context.now()).await
    } else {
        context.store.release_key(reservation).await
    };
    if let Err(failed) = written {
        // The work is done, and a failure would say that it is not: only a repetition will not find its answer.
        tracing::error!(what = failed.what, "an answer was not kept for repetitions");
    }
    Ok(outcome)
}

/// The outcome to give again; `None` if the key is new.
///
/// # Errors
/// [`RunError`] for a key that is in use or was used with another body, and if the stored outcome is damaged.
pub fn replayed<T: Replay>(found: &Reservation) -> Result<Option<T>, RunError> {
    match found {
        Reservation::New => Ok(None),
        Reservation::Replay(stored) => Ok(Some(stored.read()?)),
        Reservation::InProgress { .. } => Err(RunError::KeyInUse),
        Reservation::Mismatch => Err(RunError::KeyReused),
    }
}

/// The answer to store in the transaction that does the work, if the request came with a key.
#[must_use]
pub fn answered<'a>(
    reservation: Option<&'a KeyReservation>,
    outcome: &impl Replay,
    now: Moment,
) -> Option<Answered<'a>> {
    reservation.map(|reservation| Answered { reservation, response: StoredResponse::of(outcome), now })
}
