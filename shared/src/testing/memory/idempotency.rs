//! Idempotency keys.

use super::State;
use crate::idempotency::{Claim, Claimed, Facts, IN_USE_SECONDS, KEPT_SECONDS};
use crate::time::Moment;

/// A key that came with a request.
#[derive(Debug)]
pub(super) struct KeptKey {
    fingerprint: String,
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

    /// Keeps an answer, unless the key was taken by another body or has an answer already.
    pub(super) fn keep_answer(&mut self, claim: &Claim, facts: &Facts, now: Moment) {
        match self.judge_key(claim, now) {
            Claimed::Fresh | Claimed::InUse { .. } => self.write_key(claim, Some(facts), now.plus(KEPT_SECONDS)),
            Claimed::Kept(_) | Claimed::OtherBody => {}
        }
    }

    /// Forgets a claim of this body; an answer stays.
    pub(super) fn release_key(&mut self, claim: &Claim) {
        let own = |kept: &KeptKey| kept.facts.is_none() && kept.fingerprint == claim.fingerprint;
        if self.keys.get(&claim.row).is_some_and(own) {
            self.keys.remove(&claim.row);
        }
    }

    fn write_key(&mut self, claim: &Claim, facts: Option<&Facts>, until: Moment) {
        let kept = KeptKey { fingerprint: claim.fingerprint.clone(), facts: facts.cloned(), until };
        self.keys.insert(claim.row.clone(), kept);
    }
}
