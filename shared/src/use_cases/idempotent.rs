//! Runs a request once per `Idempotency-Key`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ports::idempotency::{KeyReservation, KeyedResponse, Reservation, RunError, StoredResponse};
use crate::ports::store::Idempotency;
use crate::time::Moment;
use crate::use_cases::context::Context;

/// The outcome of a use case, from whose stored form the response can be built again. Tokens are not stored; they are
/// derived again.
pub trait Replay: Serialize + DeserializeOwned {
    /// Whether the outcome is stored for repetitions. An outcome that may pass is not: a limit, a conflict or something
    /// missing. Neither is a refusal that is decided again each time.
    fn is_stored(&self) -> bool {
        true
    }
}

/// For work without a result.
impl Replay for () {}

/// For work that is either done or refused without a reason.
impl<T: Replay> Replay for Option<T> {}

/// The outcome of finished work, and whether it is stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done<T> {
    /// Stored in the transaction that did the work.
    Persisted(T),
    /// Not stored yet. Safe to store separately, because running the work again would have no further effect.
    Unpersisted(T),
}

/// Runs the work once per idempotency key. Without a key it simply runs the work.
///
/// # Errors
/// [`RunError`] if the key is in use or was used with another body, and if the work is limited or fails. Then the key is
/// released, so that the request can be tried again. If the work was done and its response stored in spite of the failure, the
/// response stays, and a repetition gets it.
pub async fn run_idempotent<S: Idempotency, T: Replay>(
    context: &Context<S>,
    reservation: Option<&KeyReservation>,
    work: impl AsyncFnOnce() -> Result<Done<T>, RunError>,
) -> Result<T, RunError> {
    let Some(reservation) = reservation else {
        let (Done::Persisted(outcome) | Done::Unpersisted(outcome)) = work().await?;
        return Ok(outcome);
    };
    if let Some(outcome) = replayed(&context.store.reserve_key(reservation, context.now()).await?)? {
        return Ok(outcome);
    }
    let outcome = match work().await {
        Ok(Done::Persisted(outcome)) => return Ok(outcome),
        Ok(Done::Unpersisted(outcome)) => outcome,
        Err(failed) => {
            // A response that was stored in spite of the failure stays. If the release fails too, the reservation
            // expires after a minute.
            context.store.release_key(reservation).await.ok();
            return Err(failed);
        }
    };
    let written = if outcome.is_stored() {
        context.store.store_response(reservation, &StoredResponse::of(&outcome), context.now()).await
    } else {
        context.store.release_key(reservation).await
    };
    if let Err(failed) = written {
        // The work is done, so an error would be wrong. Only a repetition will not find the response.
        tracing::error!(what = failed.what, "a response was not stored for repetitions");
    }
    Ok(outcome)
}

/// The outcome of an earlier request with the same key; `None` if the key is new.
///
/// # Errors
/// [`RunError`] if the key is in use or was used with another body, and if the stored outcome is damaged.
pub fn replayed<T: Replay>(found: &Reservation) -> Result<Option<T>, RunError> {
    match found {
        Reservation::New => Ok(None),
        Reservation::Replay(stored) => Ok(Some(stored.read()?)),
        Reservation::InProgress { .. } => Err(RunError::KeyInUse),
        Reservation::Mismatch => Err(RunError::KeyReused),
    }
}

/// The response to store in the transaction that does the work, if the request came with a key.
#[must_use]
pub fn answered<'a>(
    reservation: Option<&'a KeyReservation>,
    outcome: &impl Replay,
    now: Moment,
) -> Option<KeyedResponse<'a>> {
    reservation.map(|reservation| KeyedResponse { reservation, response: StoredResponse::of(outcome), now })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use serde::Deserialize;

    use super::*;
    use crate::ports::idempotency::IN_USE_SECONDS;
    use crate::ports::store::Idempotency;
    use crate::testing::samples::START;
    use crate::testing::{CountingRandom, FixedClock, MemoryStore, block_on};
    use crate::unavailable::Unavailable;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    enum Outcome {
        Number(u32),
        #[serde(skip)]
        Passing,
    }

    impl Replay for Outcome {
        fn is_stored(&self) -> bool {
            matches!(self, Self::Number(_))
        }
    }

    fn context() -> Context<MemoryStore> {
        Context::new(MemoryStore::new(), Arc::new(FixedClock::new(START)), Arc::new(CountingRandom::default()))
    }

    fn reservation(fingerprint: &str, nonce: &str) -> KeyReservation {
        KeyReservation { row: "row".to_owned(), fingerprint: fingerprint.to_owned(), nonce: nonce.to_owned() }
    }

    /// Runs work that counts its runs, with or without a key.
    async fn run(
        context: &Context<MemoryStore>,
        reservation: Option<&KeyReservation>,
        runs: &Cell<u32>,
        done: impl FnOnce(u32) -> Result<Done<Outcome>, Unavailable>,
    ) -> Result<Outcome, RunError> {
        let work = async || {
            runs.set(runs.get() + 1);
            Ok(done(runs.get())?)
        };
        run_idempotent(context, reservation, work).await
    }

    fn number(run: u32) -> Result<Done<Outcome>, Unavailable> {
        Ok(Done::Unpersisted(Outcome::Number(run)))
    }

    #[test]
    fn a_stored_outcome_is_given_again_to_the_same_body_only() {
        let (context, runs) = (context(), Cell::new(0));
        block_on(async {
            let (first, again) = (reservation("body", "first"), reservation("body", "again"));
            assert_eq!(run(&context, None, &runs, number).await.unwrap(), Outcome::Number(1));
            assert_eq!(run(&context, None, &runs, number).await.unwrap(), Outcome::Number(2), "without a key");
            assert_eq!(run(&context, Some(&first), &runs, number).await.unwrap(), Outcome::Number(3));
            assert_eq!(run(&context, Some(&again), &runs, number).await.unwrap(), Outcome::Number(3));
            let other = reservation("other body", "other");
            let reused = run(&context, Some(&other), &runs, number).await;
            assert!(matches!(reused, Err(RunError::KeyReused)));
            assert_eq!(runs.get(), 3);
        });
    }

    #[test]
    fn a_key_is_given_up_by_a_failure_and_by_an_outcome_that_may_pass() {
        let (context, runs) = (context(), Cell::new(0));
        block_on(async {
            let own = reservation("body", "nonce");
            let failed = run(&context, Some(&own), &runs, |_| Err(Unavailable::plain("it failed"))).await;
            assert!(matches!(failed, Err(RunError::Unavailable(_))));
            let passing = |_| Ok(Done::Unpersisted(Outcome::Passing));
            assert_eq!(run(&context, Some(&own), &runs, passing).await.unwrap(), Outcome::Passing);
            assert_eq!(run(&context, Some(&own), &runs, number).await.unwrap(), Outcome::Number(3));
        });
    }

    #[test]
    fn what_the_work_stored_itself_is_not_stored_again() {
        let (context, runs) = (context(), Cell::new(0));
        block_on(async {
            let own = reservation("body", "nonce");
            let persisted = |run| Ok(Done::Persisted(Outcome::Number(run)));
            assert_eq!(run(&context, Some(&own), &runs, persisted).await.unwrap(), Outcome::Number(1));
            // This work stored nothing, so the key is still in use.
            let until = START.plus(IN_USE_SECONDS);
            assert_eq!(context.store.reserve_key(&own, START).await.unwrap(), Reservation::InProgress { until });
            let in_use = run(&context, Some(&own), &runs, number).await;
            assert!(matches!(in_use, Err(RunError::KeyInUse)));
        });
    }
}
