//! A store in memory: the model that every other store is judged by.
//!
//! One lock, plain maps, no cleverness: each verb looks at the state, decides, and changes everything or
//! nothing. Rows are never removed by time, so only what a verb decides can make an expired one dead.

mod accounts;
mod deliveries;
mod idempotency;
mod limits;
mod registration;
mod resets;
mod settings;
mod state;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use state::State;

/// Everything, in memory; gone with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    refunds_fail: AtomicBool,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has every refund of money fail from now on, or no longer.
    pub fn fail_refunds(&self, fail: bool) {
        self.refunds_fail.store(fail, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in one test's assertion happens outside the lock; the state is whole either way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
