//! What the domain needs from outside: the store and the messenger.

pub mod idempotency;
pub mod messenger;
pub mod store;
