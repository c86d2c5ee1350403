//! What is counted: guesses, wrong passwords, messages, challenges and money.

use std::sync::atomic::Ordering;

use super::MemoryStore;
use super::state::{State, ring_key};
use crate::account::Owner;
use crate::limits::guesses::{Budget, Ring, RingState};
use crate::limits::lockout::SignIn;
use crate::limits::messages::SendLog;
use crate::money::Money;
use crate::ports::store::{Limits, Stored};
use crate::records::audit::AuditRecord;
use crate::time::{Date, Moment};
use crate::unavailable::Unavailable;

impl Limits for MemoryStore {
    async fn spend_attempt(
        &self,
        ring: &Ring,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> Stored<Option<RingState>> {
        let state = &mut *self.state();
        let ring = state.ring_mut(ring);
        if ring.voids(began_at) || !ring.has_room(budget, now) {
            return Ok(None);
        }
        ring.attempts.insert(0, now);
        Ok(Some(ring.clone()))
    }

    async fn note_blocked(&self, ring: &Ring, record: &AuditRecord) -> Stored<()> {
        let state = &mut *self.state();
        match ring {
            Ring::Account(_) | Ring::Registration(_) => state.keep_record(record),
            Ring::Idle(_) => {}
        }
        Ok(())
    }

    async fn trim_attempts(&self, ring: &Ring, keep: usize) -> Stored<()> {
        if let Some(state) = self.state().rings.get_mut(&ring_key(ring)) {
            state.attempts.truncate(keep);
        }
        Ok(())
    }

    async fn ring(&self, ring: &Ring) -> Stored<RingState> {
        Ok(self.state().rings.get(&ring_key(ring)).cloned().unwrap_or_default())
    }

    async fn sends(&self, key: &str) -> Stored<SendLog> {
        Ok(self.state().sends.get(key).cloned().unwrap_or_default())
    }

    async fn put_sends(&self, key: &str, log: &SendLog) -> Stored<bool> {
        Ok(self.state().put_sends(key, log))
    }

    async fn spend(&self, day: Date, key: &str, amount: Money, cap: Money) -> Stored<bool> {
        let state = &mut *self.state();
        let spent = state.spent.entry((day, key.to_owned())).or_default();
        Ok(match spent.checked_add(amount.micros()) {
            Some(sum) if sum <= cap.micros() => {
                *spent = sum;
                true
            }
            Some(_) | None => false,
        })
    }

    async fn refund(&self, day: Date, key: &str, amount: Money) -> Stored<()> {
        if self.refunds_fail.load(Ordering::Relaxed) {
            return Err(Unavailable::plain("money cannot be given back"));
        }
        let state = &mut *self.state();
        let spent = state.spent.entry((day, key.to_owned())).or_default();
        *spent = spent.saturating_sub(amount.micros());
        Ok(())
    }

    async fn sign_in(&self, owner: &Owner) -> Stored<SignIn> {
        Ok(self.state().sign_ins.get(&owner.key()).cloned().unwrap_or_default())
    }

    async fn put_sign_in(&self, owner: &Owner, sign_in: &SignIn) -> Stored<bool> {
        let state = &mut *self.state();
        let kept = state.sign_ins.get(&owner.key()).map_or(0, |kept| kept.version);
        if kept != sign_in.version {
            return Ok(false);
        }
        state.sign_ins.insert(owner.key(), SignIn { version: kept + 1, ..sign_in.clone() });
        Ok(true)
    }
}

impl State {
    /// Replaces a log that is still as it was read.
    pub(super) fn put_sends(&mut self, key: &str, log: &SendLog) -> bool {
        let kept = self.sends.get(key).map_or(0, |kept| kept.version);
        if kept == log.version {
            self.sends.insert(key.to_owned(), SendLog { version: kept + 1, ..log.clone() });
        }
        kept == log.version
    }

    pub(super) fn ring_state(&self, ring: &Ring) -> RingState {
        self.rings.get(&ring_key(ring)).cloned().unwrap_or_default()
    }

    pub(super) fn ring_mut(&mut self, ring: &Ring) -> &mut RingState {
        self.rings.entry(ring_key(ring)).or_default()
    }

    /// Voids what an owner's resets began up to `moment`; what was void stays so.
    pub(super) fn void(&mut self, owner: &Owner, moment: Moment) {
        let ring = self.ring_mut(&Ring::Account(owner.clone()));
        ring.void_before = ring.void_before.max(Some(moment));
    }
}
