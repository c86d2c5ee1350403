//! A store in memory: the model that every other store is compared with.
//!
//! One lock, plain maps, no cleverness: each operation looks at the state, decides, and changes everything or nothing.
//! Rows never disappear with time, so every operation must itself check whether a row has expired.

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

/// A store that keeps everything in memory and loses it with the process.
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

    /// Makes every refund of money fail from now on, or lets refunds succeed again.
    pub fn fail_refunds(&self, fail: bool) {
        self.refunds_fail.store(fail, Ordering::Relaxed);
    }

    /// Loses the next writes of a counter, as if another writer had come first each time. `key` names the counter's row
    /// of messages or its range of numbers.
    pub fn lose_writes(&self, key: &str, count: usize) {
        self.state().lost_writes.insert(key.to_owned(), count);
    }

    /// A copy that shares nothing with this store.
    #[must_use]
    pub fn fork(&self) -> Self {
        let refunds_fail = self.refunds_fail.load(Ordering::Relaxed).into();
        Self { state: Mutex::new(self.state().clone()), refunds_fail }
    }

    /// Everything that decides about resets, as text. Two stores with the same text return the same from now on, but
    /// for the audit, for notices, and for limits on requests, on begun resets and on money.
    #[must_use]
    pub fn decisive(&self) -> String {
        let State { policy, resets, guess_logs, issued_long_codes, accounts, sends, .. } = &*self.state();
        format!("{policy:?} {resets:?} {guess_logs:?} {issued_long_codes:?} {accounts:?} {sends:?}")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test's failed assertion panics outside the lock, so the state is consistent even if the lock is poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
