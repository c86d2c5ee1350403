//! Resets, and what proves them.

use super::MemoryStore;
use super::state::{KeptLongIssue, Ordered, State};
use crate::account::{Bound, Owner};
use crate::limits::guesses::Ring;
use crate::limits::source::SourceLimit;
use crate::policy::method::Gate;
use crate::ports::idempotency::{Answered, Reservation};
use crate::ports::store::{Begun, LongIssues, Proof, Resets, Stored};
use crate::random::ResetId;
use crate::records::audit::AuditRecord;
use crate::reset::{Issue, LongIssue, Reset};
use crate::time::Moment;

impl Resets for MemoryStore {
    async fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        answered: Option<Answered<'_>>,
        now: Moment,
    ) -> Stored<Begun> {
        let state = &mut *self.state();
        if let Some(answered) = &answered {
            match state.judge_key(answered.reservation, now) {
                Reservation::New => {}
                used => return Ok(Begun::Reserved(used)),
            }
        }
        let begun = |limit: &SourceLimit| state.begins.get(&window(limit, now)).copied().unwrap_or_default();
        let reached = limits.iter().filter(|limit| begun(limit) >= limit.limit.count);
        if let Some(until) = reached.map(|limit| limit.ends(now)).max() {
            return Ok(Begun::Limited { until });
        }
        for limit in limits {
            *state.begins.entry(window(limit, now)).or_default() += 1;
        }
        state.keep_answered(answered.as_ref());
        state.resets.insert(reset.id.clone(), Ordered::new(reset.clone()));
        Ok(Begun::Begun)
    }

    async fn reset(&self, id: &ResetId) -> Stored<Option<Reset>> {
        Ok(self.state().resets.get(id).map(|kept| kept.value.clone()))
    }

    async fn reissue(&self, seen: &Reset, issue: &Issue) -> Stored<bool> {
        let state = &mut *self.state();
        let Some(kept) = state.resets.get_mut(&seen.id) else { return Ok(false) };
        // Its tries and its mark of a sent code are part of the issue: neither may be lost by a race.
        let as_read = kept.value.issue == seen.issue && kept.value.stage == seen.stage;
        if !as_read || !kept.value.is_live(issue.ordered_at) {
            return Ok(false);
        }
        *kept = Ordered::new(Reset { issue: issue.clone(), ..kept.value.clone() });
        Ok(true)
    }

    async fn bind_reset(
        &self,
        id: &ResetId,
        order: u32,
        bound: &Bound,
        record: Option<&AuditRecord>,
        now: Moment,
    ) -> Stored<bool> {
        let state = &mut *self.state();
        let kept = state.resets.get_mut(id).map(|kept| &mut kept.value);
        let free = |reset: &Reset| reset.bound.as_ref().is_none_or(|other| other.account == bound.account);
        let Some(reset) = kept.filter(|reset| reset.is_live(now) && reset.issue.order == order && free(reset)) else {
            return Ok(false);
        };
        reset.bound = Some(bound.clone());
        if let Some(record) = record {
            state.keep_record(record);
        }
        Ok(true)
    }

    async fn charge_reset(&self, id: &ResetId, tries: u32, now: Moment) -> Stored<Option<Reset>> {
        let state = &mut *self.state();
        let Some(Ordered { value: reset, .. }) = state.resets.get_mut(id) else { return Ok(None) };
        let proved = reset.open_gate().is_none();
        if !reset.is_live(now) || proved || reset.issue.tries >= tries {
            return Ok(None);
        }
        reset.issue.tries += 1;
        Ok(Some(reset.clone()))
    }

    async fn prove(&self, proof: &Proof<'_>) -> Stored<bool> {
        let state = &mut *self.state();
        state.check_answered(proof.answered.as_ref())?;
        let Some(reset) = state.provable(proof) else { return Ok(false) };
        // Gate one's issue stays in the row until gate two has its own: it must not open the second gate, too.
        let of_open_gate = Some(reset.issue.gate) == reset.open_gate();
        if reset.issue.seed != proof.reset.issue.seed || !of_open_gate || !reset.issue.is_live(proof.now) {
            return Ok(false);
        }
        reset.stage = proof.next.clone();
        state.keep_record(proof.record);
        state.keep_answered(proof.answered.as_ref());
        Ok(true)
    }

    async fn prove_answers(&self, proof: &Proof<'_>) -> Stored<bool> {
        let state = &mut *self.state();
        state.check_answered(proof.answered.as_ref())?;
        let Some(reset) = state.provable(proof) else { return Ok(false) };
        if reset.open_gate() != Some(Gate::Two) {
            return Ok(false);
        }
        reset.stage = proof.next.clone();
        state.keep_record(proof.record);
        state.keep_answered(proof.answered.as_ref());
        Ok(true)
    }

    async fn prove_long(&self, proof: &Proof<'_>, owner: &Owner, issue: &LongIssue) -> Stored<bool> {
        let state = &mut *self.state();
        state.check_answered(proof.answered.as_ref())?;
        let ring = state.ring_state(&Ring::Account(owner.clone()));
        let kept = state.long_issues.get(&owner.key()).into_iter().flatten().find(|kept| kept.issue.seed == issue.seed);
        let usable = kept.is_some_and(|kept| !kept.used && kept.issue.is_live(ring.void_before, proof.now));
        if !usable || ring.voids(proof.reset.began_at) {
            return Ok(false);
        }
        let Some(reset) = state.provable(proof) else { return Ok(false) };
        reset.stage = proof.next.clone();
        let issues = state.long_issues.entry(owner.key()).or_default();
        issues.iter_mut().filter(|kept| kept.issue.seed == issue.seed).for_each(|kept| kept.used = true);
        state.keep_record(proof.record);
        state.keep_answered(proof.answered.as_ref());
        Ok(true)
    }

    async fn long_issues(&self, owner: &Owner) -> Stored<LongIssues> {
        let state = &mut *self.state();
        let kept = state.long_issues.get(&owner.key()).into_iter().flatten().filter(|kept| !kept.used);
        Ok(LongIssues {
            void_before: state.ring_state(&Ring::Account(owner.clone())).void_before,
            issues: kept.map(|kept| kept.issue.clone()).collect(),
        })
    }

    async fn keep_long_issue(&self, owner: &Owner, issue: &LongIssue) -> Stored<()> {
        let state = &mut *self.state();
        let issues = state.long_issues.entry(owner.key()).or_default();
        if issues.iter().all(|kept| kept.issue.seed != issue.seed) {
            issues.push(KeptLongIssue { issue: issue.clone(), used: false });
        }
        Ok(())
    }
}

impl State {
    /// The reset of a proof, if it is live and where it was when it was read.
    fn provable(&mut self, proof: &Proof<'_>) -> Option<&mut Reset> {
        let reset = &mut self.resets.get_mut(&proof.reset.id)?.value;
        (reset.is_live(proof.now) && reset.stage == proof.reset.stage).then_some(reset)
    }
}

fn window(limit: &SourceLimit, now: Moment) -> (String, Moment) {
    (limit.key.clone(), limit.window(now))
}
