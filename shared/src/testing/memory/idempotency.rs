//! Idempotency keys.

use super::State;
use crate::ports::idempotency::{Answered, Claim, Claimed, Facts, IN_USE_SECONDS, KEPT_SECONDS};
use crate::ports::store::Stored;
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// A key that came with a request.
#[derive(Debug)]
pub(super) struct KeptKey {
    fingerprint: String,
    /// Which request claimed it.
    nonce: String,
    /// The answer, once there is one.
    facts: Option<Facts>,
    /// When the claim is given up, or the answer forgotten.
    until: Moment,
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

    pub(super) fn claim_key(&mut self, claim: &Claim, now: Moment) -> Claimed {
        let judged = self.judge_key(claim, now);
        if judged == Claimed::Fresh {
            self.write_key(claim, None, now.plus(IN_USE_SECONDS));
        }
        judged
    }

    /// Keeps an answer, unless the key is another request's or has an answer already.
    pub(super) fn keep_answer(&mut self, claim: &Claim, facts: &Facts, now: Moment) {
        if self.is_own(claim) || self.judge_key(claim, now) == Claimed::Fresh {
            self.write_key(claim, Some(facts), now.plus(KEPT_SECONDS));
        }
    }

    /// Forgets this request's own claim; another's stays, and so does an answer.
    pub(super) fn release_key(&mut self, claim: &Claim) {
        if self.is_own(claim) {
            self.keys.remove(&claim.row);
        }
    }

    /// Does what a transaction does that keeps an answer as well: nothing at all, where the key is another request's.
    pub(super) fn answering<T>(
        &mut self,
        answered: Option<Answered<'_>>,
        done: impl FnOnce(&T) -> bool,
        work: impl FnOnce(&mut Self) -> T,
    ) -> Stored<T> {
        let others = |Answered { claim, now, .. }: &Answered<'_>| {
            !self.is_own(claim) && self.judge_key(claim, *now) != Claimed::Fresh
        };
        if answered.as_ref().is_some_and(others) {
            return Err(Unavailable::plain("an idempotency key is another request's"));
        }
        let outcome = work(self);
        if let Some(Answered { claim, facts, now }) = answered.filter(|_| done(&outcome)) {
            self.keep_answer(claim, facts, now);
        }
        Ok(outcome)
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
