//! What every use case is given: the store, the time, randomness and the policy.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::policy::Policy;
use crate::ports::store::Store;
use crate::random::Randomness;
use crate::time::{Clock, Moment};
use crate::unavailable::Unavailable;

/// The store, the clock, the source of randomness and the policy as last read.
pub struct Context<S> {
    /// Where everything is kept.
    pub store: S,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws what must not be guessed.
    pub random: Arc<dyn Randomness>,
    policy: PolicyCache,
}

impl<S: Store> Context<S> {
    /// A context that has read no policy yet.
    pub fn new(store: S, clock: Arc<dyn Clock>, random: Arc<dyn Randomness>) -> Self {
        Self { store, clock, random, policy: PolicyCache::default() }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Waits until `duration` has passed since `began`, so that the time of an answer tells nothing of what it took.
    pub async fn wait_out(&self, began: Moment, duration: Duration) {
        let left = duration.saturating_sub(self.now().since(began));
        if !left.is_zero() {
            self.clock.sleep(left).await;
        }
    }

    /// The policy, read at most once a minute.
    ///
    /// # Errors
    /// [`Unavailable`] where it cannot be read: nothing is decided by an older one.
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

    /// Keeps a policy just read.
    fn keep(&self, clock: &dyn Clock, policy: Policy) -> Arc<Policy> {
        let policy = Arc::new(policy);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = Some((clock.now(), policy.clone()));
        policy
    }
}
