//! The dependencies of every use case: the store, the clock, randomness and the policy.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::policy::Policy;
use crate::ports::store::Settings;
use crate::random::Randomness;
use crate::time::{Clock, Moment};
use crate::unavailable::Unavailable;

/// The store, the clock, the source of randomness and the cached policy.
pub struct Context<S> {
    /// Stores accounts, resets, limits and everything else that lasts.
    pub store: S,
    /// Returns the current time, and sleeps.
    pub clock: Arc<dyn Clock>,
    /// Draws ids, seeds and salts, which nobody may guess.
    pub random: Arc<dyn Randomness>,
    policy: PolicyCache,
}

impl<S> Context<S> {
    /// A context that has read no policy yet.
    pub fn new(store: S, clock: Arc<dyn Clock>, random: Arc<dyn Randomness>) -> Self {
        Self { store, clock, random, policy: PolicyCache::default() }
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Waits until `duration` has passed since `began`, so that the response time does not reveal what the request did.
    pub async fn wait_out(&self, began: Moment, duration: Duration) {
        let left = duration.saturating_sub(self.now().since(began));
        if !left.is_zero() {
            self.clock.sleep(left).await;
        }
    }
}

impl<S: Settings> Context<S> {
    /// Returns the policy: the cached one if it was read less than a minute ago, otherwise a new read.
    ///
    /// # Errors
    /// [`Unavailable`] if the policy cannot be read. No decision is made under an expired one.
    pub async fn policy(&self) -> Result<Arc<Policy>, Unavailable> {
        if let Some(policy) = self.policy.fresh(&*self.clock) {
            return Ok(policy);
        }
        let policy = self.store.policy().await?.map(|stored| stored.policy).unwrap_or_default();
        Ok(self.policy.keep(&*self.clock, policy))
    }
}

/// How long an instance may use a policy it has read: a change takes effect everywhere within this time.
const POLICY_LIFETIME_SECONDS: u64 = 60;

/// The policy as one instance last read it.
#[derive(Debug, Default)]
struct PolicyCache {
    read: Mutex<Option<(Moment, Arc<Policy>)>>,
}

impl PolicyCache {
    /// The cached policy while it is fresh.
    fn fresh(&self, clock: &dyn Clock) -> Option<Arc<Policy>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, policy) = read.as_ref()?;
        let age = clock.now().seconds_from(*at);
        (age < POLICY_LIFETIME_SECONDS).then(|| policy.clone())
    }

    /// Caches a policy that was just read.
    fn keep(&self, clock: &dyn Clock, policy: Policy) -> Arc<Policy> {
        let policy = Arc::new(policy);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = Some((clock.now(), policy.clone()));
        policy
    }
}
