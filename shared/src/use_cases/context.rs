//! The dependencies of every use case: the store, the clock, randomness and the policy.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::policy::Policy;
use crate::ports::store::Settings;
use crate::random::Randomness;
use crate::time::{Clock, Moment};
use crate::unavailable::Unavailable;

/// Time from the start of a request about one reset until its response is sent, unless the request proves something.
///
/// Long enough for the three to six requests to the table in nearly every case, so that the response time reveals
/// nothing. The wait is created first and awaited last: `let due = clock.sleep(RESPONSE_AFTER); …; due.await`.
pub(crate) const RESPONSE_AFTER: Duration = Duration::from_millis(250);

/// The store, the clock, the source of randomness and the cached policy.
pub struct Context<S> {
    /// Stores accounts, resets, limits and everything else that lasts.
    pub store: S,
    /// Returns the current time, and sleeps.
    pub clock: Arc<dyn Clock>,
    /// Draws ids, seeds and salts, which nobody may guess.
    pub random: Arc<dyn Randomness>,
    policy: Mutex<Option<CachedPolicy>>,
    changes: Arc<PolicyChanges>,
}

impl<S> Context<S> {
    /// A context that has read no policy yet.
    pub fn new(store: S, clock: Arc<dyn Clock>, random: Arc<dyn Randomness>) -> Self {
        Self { store, clock, random, policy: Mutex::default(), changes: Arc::default() }
    }

    /// The same context, which also learns of changes of the policy through other contexts of this process. They count
    /// at once then.
    #[must_use]
    pub fn learning_of(self, changes: &Arc<PolicyChanges>) -> Self {
        Self { changes: changes.clone(), ..self }
    }

    /// Drops the cached policy, because it was changed.
    pub(crate) fn policy_changed(&self) {
        self.changes.0.fetch_add(1, Ordering::SeqCst);
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }
}

impl<S: Settings> Context<S> {
    /// Returns the policy: the cached one if it was read less than a minute ago, otherwise a new read.
    ///
    /// # Errors
    /// [`Unavailable`] if the policy cannot be read. No decision is made under an expired one.
    pub async fn policy(&self) -> Result<Arc<Policy>, Unavailable> {
        // Counted before the read: a change during a slow read makes its result stale.
        let changes = self.changes.0.load(Ordering::SeqCst);
        if let Some(cached) = &*self.cache()
            && cached.changes == changes
            && self.now().seconds_from(cached.at) < POLICY_LIFETIME_SECONDS
        {
            return Ok(cached.policy.clone());
        }
        let policy = Arc::new(self.store.policy().await?.policy);
        *self.cache() = Some(CachedPolicy { at: self.now(), policy: policy.clone(), changes });
        Ok(policy)
    }

    /// Reads the policy before the first request needs it, beside what else a start must read. If it cannot be read now,
    /// that request reads it again, so this never fails.
    ///
    /// # Errors
    /// None.
    pub async fn prepare(&self) -> Result<(), Unavailable> {
        self.policy().await.ok();
        Ok(())
    }

    fn cache(&self) -> MutexGuard<'_, Option<CachedPolicy>> {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long an instance may use a policy it has read: a change takes effect everywhere within this time.
const POLICY_LIFETIME_SECONDS: u64 = 60;

/// The policy as one instance last read it.
#[derive(Debug)]
struct CachedPolicy {
    at: Moment,
    policy: Arc<Policy>,
    /// How many changes this process had made before the read.
    changes: u64,
}

/// How often this process has changed the policy.
#[derive(Debug, Default)]
pub struct PolicyChanges(AtomicU64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::START;
    use crate::testing::{CountingRandom, FixedClock, MemoryStore, block_on};

    fn context(clock: &Arc<FixedClock>) -> Context<MemoryStore> {
        Context::new(MemoryStore::new(), clock.clone(), Arc::new(CountingRandom::default()))
    }

    #[test]
    fn the_policy_is_read_again_after_a_minute_or_a_change() {
        let clock = Arc::new(FixedClock::new(START));
        let changes = Arc::default();
        let (context, other) = (context(&clock).learning_of(&changes), context(&clock).learning_of(&changes));
        let digits = |code_digits| {
            let policy = Policy { code_digits, ..Policy::default() };
            block_on(context.store.put_policy(&policy)).unwrap();
        };
        let read = || block_on(context.policy()).unwrap().code_digits;
        assert_eq!(read(), 8);
        digits(6);
        assert_eq!(read(), 8, "it is cached");
        other.policy_changed();
        assert_eq!(read(), 6, "another context has changed it");
        digits(7);
        clock.advance(POLICY_LIFETIME_SECONDS - 1);
        assert_eq!(read(), 6);
        clock.advance(1);
        assert_eq!(read(), 7);
    }

    #[test]
    fn the_first_request_uses_the_policy_that_was_read_at_the_start() {
        let context = context(&Arc::new(FixedClock::new(START)));
        block_on(context.prepare()).unwrap();
        block_on(context.store.put_policy(&Policy { code_digits: 6, ..Policy::default() })).unwrap();
        assert_eq!(block_on(context.policy()).unwrap().code_digits, 8);
    }
}
