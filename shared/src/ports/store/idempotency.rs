//! Idempotency keys, each reserved by one request at a time.

use std::future::Future;

use crate::ports::idempotency::{KeyReservation, Reservation, StoredResponse};
use crate::time::Moment;
use crate::unavailable::Stored;

/// Idempotency keys, each reserved by one request at a time.
pub trait Idempotency: Send + Sync {
    /// Reserves an idempotency key for a request that runs now.
    fn reserve_key(
        &self,
        reservation: &KeyReservation,
        now: Moment,
    ) -> impl Future<Output = Stored<Reservation>> + Send;
    /// Stores a response under a reserved key. It does nothing if another request holds the key or a response is stored
    /// already.
    fn store_response(
        &self,
        reservation: &KeyReservation,
        response: &StoredResponse,
        now: Moment,
    ) -> impl Future<Output = Stored<()>> + Send;
    /// Releases a key that this request reserved, so that the request can be tried again. A stored response stays.
    fn release_key(&self, reservation: &KeyReservation) -> impl Future<Output = Stored<()>> + Send;
}
