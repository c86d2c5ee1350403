//! Proving a gate by the digits of a code that was sent.

use super::{Asked, Proved, VerifyCode};
use crate::account::Owner;
use crate::limits::guesses::{Budget, Ring};
use crate::policy::method::Method;
use crate::ports::store::Store;
use crate::random::ResetId;
use crate::reset::Reset;
use crate::reset::code::Binding;
use crate::unavailable::Unavailable;
use crate::use_cases::attempt::{Attempt, charge};

impl<S: Store> VerifyCode<S> {
    /// Verifies the digits of the code that was sent last.
    pub(super) async fn digits(
        &self,
        id: &ResetId,
        guess: &str,
        asked: Asked<'_>,
    ) -> Result<Option<Proved>, Unavailable> {
        let Asked { policy, now, .. } = asked;
        let Some(reset) = self.context.store.charge_reset(id, policy.tries_per_code, now).await? else {
            return Ok(None);
        };
        let ring = ring(&reset);
        let Some(attempt) = charge(&self.context.store, &ring, reset.began_at, Budget::from(policy), now).await? else {
            return Ok(None);
        };
        let is_last = attempt.is_last();
        let proved = self.compare_digits(&reset, attempt, guess, asked).await?;
        if is_last && proved.is_none() {
            self.note_blocked(&ring, &reset, policy, now).await?;
        }
        Ok(proved)
    }

    async fn compare_digits(
        &self,
        reset: &Reset,
        attempt: Attempt,
        guess: &str,
        asked: Asked<'_>,
    ) -> Result<Option<Proved>, Unavailable> {
        let Asked { policy, now, .. } = asked;
        let issue = &reset.issue;
        let binding = Binding::Reset { id: reset.id.as_str(), gate: issue.gate, method: issue.method };
        let code = self.codes.digits(reset.code_key, binding, &issue.seed, issue.digits);
        let code = code.ok_or(Unavailable::plain("the key of a code is gone"))?;
        let matches = attempt.compare(guess, &code);
        let Some(destination) = issue.sent_to.clone() else {
            return Ok(None);
        };
        let offered = policy.offers(Method::Code(issue.method));
        let live = offered && issue.is_live(now) && self.may_try(reset, issue.gate, asked.gate_token);
        let Some(bound) = reset.bound.as_ref().filter(|_| matches && live) else {
            return Ok(None);
        };
        let record = self.record(reset, bound, Method::Code(issue.method), policy, now);
        let Some(next) = self.next(reset, bound, issue.method, destination, policy).await? else {
            return Ok(None);
        };
        let (proof, proved) = next.proof(reset, &record, asked);
        Ok(self.context.store.prove(&proof).await?.then_some(proved))
    }
}

/// A guess at a code is charged to the account only where one was sent; else to nobody's ring of that name, so
/// that a stranger who cannot cause a message cannot spend the owner's budget.
fn ring(reset: &Reset) -> Ring {
    match (&reset.bound, &reset.issue.sent_to) {
        (Some(bound), Some(_)) => Ring::Account(Owner::Account(bound.account.clone())),
        _ => Ring::Idle(reset.names.current().to_owned()),
    }
}
