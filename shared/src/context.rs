//! What every use case is given: the store, the time, randomness and the policy.

use std::sync::Arc;

use crate::policy::{Policy, PolicyCache};
use crate::random::Randomness;
use crate::store::Store;
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

    /// The policy, read at most once a minute.
    ///
    /// # Errors
    /// [`Unavailable`] where it cannot be read: nothing is decided by an older one.
    pub async fn policy(&self) -> Result<Arc<Policy>, Unavailable> {
        if let Some(policy) = self.policy.fresh(&*self.clock) {
            return Ok(policy);
        }
        let policy = self.store.policy().await?.unwrap_or_default();
        Ok(self.policy.keep(&*self.clock, policy))
    }
}
