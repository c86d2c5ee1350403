//! Resets, and what proves them.

use super::{KeptLongIssue, Ordered, State};
use crate::account::{Bound, Owner};
use crate::limits::guesses::Ring;
use crate::policy::method::Gate;
use crate::ports::idempotency::{Claim, Claimed, Facts};
use crate::ports::store::{Begun, LongIssues, Proof, SourceLimit};
use crate::random::ResetId;
use crate::records::audit::AuditRecord;
use crate::reset::{Issue, LongIssue, Reset};
use crate::time::Moment;

impl State {
    pub(super) fn begin_reset(
        &mut self,
        reset: &Reset,
        limits: &[SourceLimit],
        keep: Option<(&Claim, &Facts)>,
        now: Moment,
    ) -> Begun {
        if let Some((claim, _)) = keep {
            match self.judge_key(claim, now) {
                Claimed::Fresh => {}
                used => return Begun::Claimed(used),
            }
        }
        let begun = |limit: &SourceLimit| self.begins.get(&window(limit, now)).copied().unwrap_or_default();
        let reached = limits.iter().filter(|limit| begun(limit) >= limit.limit.count);
        if let Some(until) = reached.map(|limit| limit.ends(now)).max() {
            return Begun::Limited { until };
        }
        for limit in limits {
            *self.begins.entry(window(limit, now)).or_default() += 1;
        }
        if let Some((claim, facts)) = keep {
            self.keep_answer(claim, facts, now);
        }
        self.resets.insert(reset.id.clone(), Ordered::new(reset.clone()));
        Begun::Begun
    }

    pub(super) fn reissue(&mut self, seen: &Reset, issue: &Issue) -> bool {
        let Some(kept) = self.resets.get_mut(&seen.id) else { return false };
        // Its tries and its mark of a sent code are part of the issue: neither may be lost by a race.
        let as_read = kept.value.issue == seen.issue && kept.value.stage == seen.stage;
        if !as_read || !kept.value.is_live(issue.ordered_at) {
            return false;
        }
        *kept = Ordered::new(Reset { issue: issue.clone(), ..kept.value.clone() });
        true
    }

    pub(super) fn charge_reset(&mut self, id: &ResetId, tries: u32, now: Moment) -> Option<Reset> {
        let reset = &mut self.resets.get_mut(id)?.value;
        let proved = reset.open_gate().is_none();
        if !reset.is_live(now) || proved || reset.issue.tries >= tries {
            return None;
        }
        reset.issue.tries += 1;
        Some(reset.clone())
    }

    pub(super) fn bind_reset(
        &mut self,
        id: &ResetId,
        order: u32,
        bound: &Bound,
        record: Option<&AuditRecord>,
        now: Moment,
    ) -> bool {
        let kept = self.resets.get_mut(id).map(|kept| &mut kept.value);
        let free = |reset: &Reset| reset.bound.as_ref().is_none_or(|other| other.account == bound.account);
        let Some(reset) = kept.filter(|reset| reset.is_live(now) && reset.issue.order == order && free(reset)) else {
            return false;
        };
        reset.bound = Some(bound.clone());
        if let Some(record) = record {
            self.keep_record(record);
        }
        true
    }

    pub(super) fn prove(&mut self, proof: &Proof<'_>) -> bool {
        let Some(reset) = self.provable(proof) else { return false };
        // Gate one's issue stays in the row until gate two has its own: it must not open the second gate, too.
        let of_open_gate = Some(reset.issue.gate) == reset.open_gate();
        if reset.issue.seed != proof.reset.issue.seed || !of_open_gate || !reset.issue.is_live(proof.now) {
            return false;
        }
        reset.stage = proof.next.clone();
        self.keep_record(proof.record);
        true
    }

    pub(super) fn prove_answers(&mut self, proof: &Proof<'_>) -> bool {
        let Some(reset) = self.provable(proof) else { return false };
        if reset.open_gate() != Some(Gate::Two) {
            return false;
        }
        reset.stage = proof.next.clone();
        self.keep_record(proof.record);
        true
    }

    pub(super) fn prove_long(&mut self, proof: &Proof<'_>, owner: &Owner, issue: &LongIssue) -> bool {
        let ring = self.ring_state(&Ring::Account(owner.clone()));
        let kept = self.long_issues.get(&owner.key()).into_iter().flatten().find(|kept| kept.issue.seed == issue.seed);
        let usable = kept.is_some_and(|kept| !kept.used && kept.issue.is_live(ring.void_before, proof.now));
        if !usable || ring.voids(proof.reset.began_at) {
            return false;
        }
        let Some(reset) = self.provable(proof) else { return false };
        reset.stage = proof.next.clone();
        let issues = self.long_issues.entry(owner.key()).or_default();
        issues.iter_mut().filter(|kept| kept.issue.seed == issue.seed).for_each(|kept| kept.used = true);
        self.keep_record(proof.record);
        true
    }

    /// The reset of a proof, if it is live and where it was when it was read.
    fn provable(&mut self, proof: &Proof<'_>) -> Option<&mut Reset> {
        let reset = &mut self.resets.get_mut(&proof.reset.id)?.value;
        (reset.is_live(proof.now) && reset.stage == proof.reset.stage).then_some(reset)
    }

    pub(super) fn keep_long_issue(&mut self, owner: &Owner, issue: &LongIssue) {
        let issues = self.long_issues.entry(owner.key()).or_default();
        if issues.iter().all(|kept| kept.issue.seed != issue.seed) {
            issues.push(KeptLongIssue { issue: issue.clone(), used: false });
        }
    }

    pub(super) fn long_issues(&self, owner: &Owner) -> LongIssues {
        let kept = self.long_issues.get(&owner.key()).into_iter().flatten().filter(|kept| !kept.used);
        LongIssues {
            void_before: self.ring_state(&Ring::Account(owner.clone())).void_before,
            issues: kept.map(|kept| kept.issue.clone()).collect(),
        }
    }
}

fn window(limit: &SourceLimit, now: Moment) -> (String, Moment) {
    (limit.key.clone(), limit.window(now))
}
