//! Support for tests and the local service: a model of the store, the contract that every store keeps, a clock that is
//! set by hand and randomness that repeats.

#![expect(clippy::unwrap_used, reason = "whatever is wrong in a test is to stop it at that line")]

pub mod clock;
pub mod join;
pub mod memory;
pub mod random;
pub mod samples;
pub mod store_contract;

pub use clock::FixedClock;
pub use join::{block_on, join_all};
pub use memory::MemoryStore;
pub use random::CountingRandom;
pub use samples::Samples;
