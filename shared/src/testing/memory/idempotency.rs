//! Idempotency keys.

use super::MemoryStore;
use super::state::{KeptKey, State};
use crate::ports::idempotency::{Answered, Claim, Claimed, Facts, IN_USE_SECONDS, KEPT_SECONDS};
use crate::ports::store::{Idempotency, Stored};
use crate::time::Moment;
use crate::unavailable::Unavailable;

impl Idempotency for MemoryStore {
    async fn claim_key(&self, claim: &Claim, now: Moment) -> Stored<Claimed> {
        let state = &mut *self.state();
        let judged = state.judge_key(claim, now);
        if judged == Claimed::Fresh {
            state.write_key(claim, None, now.plus(IN_USE_SECONDS));
        }
        Ok(judged)
    }

    async fn keep_answer(&self, claim: &Claim, facts: &Facts, now: Moment) -> Stored<()> {
        self.state().keep_answer(claim, facts, now);
        Ok(())
    }

    /// Forgets this request's own claim; another's stays, and so does an answer.
    async fn release_key(&self, claim: &Claim) -> Stored<()> {
        let state = &mut *self.state();
        if state.is_own(claim) {
            state.keys.remove(&claim.row);
        }
        Ok(())
    }
}

impl State {
    /// What a claim to a key comes to now; nothing is written.
    pub(super) fn judge_key(&self, claim: &Claim, now: Moment) -> Claimed {
        match self.keys.get(&claim.row).filter(|kept| now < kept.until) {
            None => Claimed::Fresh,
            Some(kept) if kept.fingerprint != claim.fingerprint => Claimed::OtherBody,
            Some(KeptKey { facts: Some(facts), .. }) => Claimed::Kept(facts.clone()),
            Some(KeptKey { facts: None, until, .. }) => Claimed::InUse { until: *until },
        }
    }

    /// Keeps an answer, unless the key is another request's or has an answer already.
    pub(super) fn keep_answer(&mut self, claim: &Claim, facts: &Facts, now: Moment) {
        if self.is_own(claim) || self.judge_key(claim, now) == Claimed::Fresh {
            self.write_key(claim, Some(facts), now.plus(KEPT_SECONDS));
        }
    }

    /// Fails where a transaction would that keeps an answer as well: the key is another request's.
    pub(super) fn check_answered(&self, answered: Option<Answered<'_>>) -> Stored<()> {
        let others = |Answered { claim, now, .. }: Answered<'_>| {
            !self.is_own(claim) && self.judge_key(claim, now) != Claimed::Fresh
        };
        if answered.is_some_and(others) {
            return Err(Unavailable::plain("an idempotency key is another request's"));
        }
        Ok(())
    }

    /// Keeps the answer that goes with a change.
    pub(super) fn keep_answered(&mut self, answered: Option<Answered<'_>>) {
        if let Some(Answered { claim, facts, now }) = answered {
            self.keep_answer(claim, facts, now);
        }
    }

    /// Whether a key is claimed by this very request, and has no answer.
    fn is_own(&self, claim: &Claim) -> bool {
        self.keys.get(&claim.row).is_some_and(|kept| kept.facts.is_none() && kept.nonce == claim.nonce)
    }

    fn write_key(&mut self, claim: &Claim, facts: Option<&Facts>, until: Moment) {
        let Claim { row, fingerprint, nonce } = claim.clone();
        self.keys.insert(row, KeptKey { fingerprint, nonce, facts: facts.cloned(), until });
    }
}
