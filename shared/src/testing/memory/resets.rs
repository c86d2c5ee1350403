//! Resets, and what proves them.

use super::MemoryStore;
use super::state::{Ordered, State, StoredLongCode};
use crate::account::Owner;
use crate::limits::guesses::GuessLog;
use crate::limits::source::SourceLimit;
use crate::policy::method::Gate;
use crate::ports::idempotency::{KeyedResponse, Reservation};
use crate::ports::store::{BeginOutcome, IssuedLongCodes, Proof, RequestCount, Resets, Stored, StoredPolicy};
use crate::random::ResetId;
use crate::reset::{IssuedCode, IssuedLongCode, MAX_REQUESTS, REQUEST_WINDOW_SECONDS, Reset};
use crate::time::Moment;

impl Resets for MemoryStore {
    async fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        answered: Option<KeyedResponse<'_>>,
        now: Moment,
    ) -> Stored<BeginOutcome> {
        let state = &mut *self.state();
        if let Some(answered) = &answered {
            match state.check_key(answered.reservation, now) {
                Reservation::New => {}
                used => return Ok(BeginOutcome::Reserved(used)),
            }
        }
        if let Err(until) = state.count_source(limits, now) {
            return Ok(BeginOutcome::Limited { until });
        }
        state.store_answered(answered.as_ref());
        state.requests.insert(reset.id.clone(), (0, reset.began_at.plus(REQUEST_WINDOW_SECONDS)));
        state.resets.insert(reset.id.clone(), Ordered::new(reset.clone()));
        Ok(BeginOutcome::Begun)
    }

    async fn reset(&self, id: &ResetId) -> Stored<Option<Reset>> {
        Ok(self.state().resets.get(id).map(|stored| stored.value.clone()))
    }

    async fn reset_and_policy(&self, id: &ResetId) -> Stored<(Option<Reset>, StoredPolicy)> {
        let state = self.state();
        Ok((state.resets.get(id).map(|stored| stored.value.clone()), state.policy.clone()))
    }

    async fn reissue(&self, seen: &Reset, issued: &IssuedCode) -> Stored<bool> {
        let state = &mut *self.state();
        let Some(stored) = state.resets.get_mut(&seen.id) else { return Ok(false) };
        // Tries and the mark that a code was sent are part of the issued code: neither may be lost in a race.
        let as_read = stored.value.issued == seen.issued && stored.value.stage == seen.stage;
        if seen.open_gate().is_none() || !as_read || !stored.value.is_live(issued.ordered_at) {
            return Ok(false);
        }
        *stored = Ordered::new(Reset { issued: issued.clone(), ..stored.value.clone() });
        Ok(true)
    }

    async fn count_request(&self, id: &ResetId, now: Moment) -> Stored<RequestCount> {
        Ok(self.state().count_request(id, now))
    }

    async fn charge_reset(&self, id: &ResetId, now: Moment) -> Stored<RequestCount> {
        let state = &mut *self.state();
        let mut counted = state.count_request(id, now);
        if let RequestCount::Counted(reset) = &mut counted {
            reset.issued.tries += 1;
            state.resets.entry(id.clone()).and_modify(|stored| stored.value.clone_from(reset));
        }
        Ok(counted)
    }

    async fn prove(&self, proof: &Proof<'_>) -> Stored<bool> {
        let state = &mut *self.state();
        state.check_answered(proof.answered.as_ref())?;
        let Some(reset) = state.provable(proof) else { return Ok(false) };
        // Gate one's code stays in the row until gate two has its own code. It must not open the second gate too.
        let of_open_gate = Some(reset.issued.gate) == reset.open_gate();
        if reset.issued.seed != proof.reset.issued.seed || !of_open_gate || !reset.issued.is_live(proof.now) {
            return Ok(false);
        }
        reset.stage = proof.next.clone();
        state.store_record(proof.record);
        state.store_answered(proof.answered.as_ref());
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
        state.store_record(proof.record);
        state.store_answered(proof.answered.as_ref());
        Ok(true)
    }

    async fn prove_long(&self, proof: &Proof<'_>, owner: &Owner, issued: &IssuedLongCode) -> Stored<bool> {
        let state = &mut *self.state();
        state.check_answered(proof.answered.as_ref())?;
        let guess_log = state.guess_log_state(&GuessLog::Account(owner.clone()));
        let stored = state
            .issued_long_codes
            .get(&owner.key())
            .into_iter()
            .flatten()
            .find(|stored| stored.issued.seed == issued.seed);
        let usable =
            stored.is_some_and(|stored| !stored.used && stored.issued.is_live(guess_log.revoked_before, proof.now));
        if !usable || guess_log.revokes(proof.reset.began_at) {
            return Ok(false);
        }
        let Some(reset) = state.provable(proof) else { return Ok(false) };
        reset.stage = proof.next.clone();
        let all = state.issued_long_codes.entry(owner.key()).or_default();
        all.iter_mut().filter(|stored| stored.issued.seed == issued.seed).for_each(|stored| stored.used = true);
        state.store_record(proof.record);
        state.store_answered(proof.answered.as_ref());
        Ok(true)
    }

    async fn issued_long_codes(&self, owner: &Owner) -> Stored<IssuedLongCodes> {
        let state = &mut *self.state();
        let stored = state.issued_long_codes.get(&owner.key()).into_iter().flatten().filter(|stored| !stored.used);
        Ok(IssuedLongCodes {
            revoked_before: state.guess_log_state(&GuessLog::Account(owner.clone())).revoked_before,
            issued: stored.map(|stored| stored.issued.clone()).collect(),
        })
    }

    async fn store_long_code(&self, owner: &Owner, issued: &IssuedLongCode) -> Stored<()> {
        let state = &mut *self.state();
        let all = state.issued_long_codes.entry(owner.key()).or_default();
        if all.iter().all(|stored| stored.issued.seed != issued.seed) {
            all.push(StoredLongCode { issued: issued.clone(), used: false });
        }
        Ok(())
    }
}

impl State {
    /// Counts a request under each of these limits, unless one is reached.
    pub(super) fn count_source(&mut self, limits: &[SourceLimit], now: Moment) -> Result<(), Moment> {
        let begun = |limit: &SourceLimit| self.begins.get(&window(limit, now)).copied().unwrap_or_default();
        let reached = limits.iter().filter(|limit| begun(limit) >= limit.limit.count);
        if let Some(until) = reached.map(|limit| limit.ends(now)).max() {
            return Err(until);
        }
        for limit in limits {
            *self.begins.entry(window(limit, now)).or_default() += 1;
        }
        Ok(())
    }

    fn count_request(&mut self, id: &ResetId, now: Moment) -> RequestCount {
        let Some(reset) = self.resets.get(id).map(|stored| &stored.value).filter(|reset| reset.is_live(now)) else {
            return RequestCount::NoReset;
        };
        let (count, until) = self.requests.entry(id.clone()).or_insert((0, now));
        if *until <= now {
            (*count, *until) = (0, now.plus(REQUEST_WINDOW_SECONDS));
        }
        if *count >= MAX_REQUESTS {
            return RequestCount::Limited { until: *until };
        }
        *count += 1;
        RequestCount::Counted(Box::new(reset.clone()))
    }

    /// The reset of a proof, if it is live and its stage is still the one that was read.
    fn provable(&mut self, proof: &Proof<'_>) -> Option<&mut Reset> {
        let reset = &mut self.resets.get_mut(&proof.reset.id)?.value;
        (reset.is_live(proof.now) && reset.stage == proof.reset.stage).then_some(reset)
    }
}

fn window(limit: &SourceLimit, now: Moment) -> (String, Moment) {
    (limit.key.clone(), limit.window(now))
}
