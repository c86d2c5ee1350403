//! Proving a gate by the digits of a code that was sent.

use super::{ProofOutcome, VerifyCode, VerifyRequest};
use crate::account::Owner;
use crate::limits::guesses::{Budget, GuessLog};
use crate::policy::method::Method;
use crate::ports::idempotency::RunError;
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
        request: VerifyRequest<'_>,
    ) -> Result<Option<ProofOutcome>, RunError> {
        let VerifyRequest { policy, now, .. } = request;
        let Some(reset) = self.charged(id, Some(policy.tries_per_code), now).await? else {
            return Ok(None);
        };
        let guess_log = guess_log(&reset);
        let Some(attempt) = charge(&self.context.store, &guess_log, reset.began_at, Budget::from(policy), now).await?
        else {
            return Ok(None);
        };
        let is_last = attempt.is_last();
        let proved = self.compare_digits(&reset, attempt, guess, request).await?;
        if is_last && proved.is_none() {
            self.note_blocked(&guess_log, &reset, policy, now).await?;
        }
        Ok(proved)
    }

    async fn compare_digits(
        &self,
        reset: &Reset,
        attempt: Attempt,
        guess: &str,
        request: VerifyRequest<'_>,
    ) -> Result<Option<ProofOutcome>, Unavailable> {
        let VerifyRequest { policy, now, .. } = request;
        let issued = &reset.issued;
        let binding = Binding::Reset { id: reset.id.as_str(), gate: issued.gate, method: issued.method };
        let code = self.codes.digits(reset.code_key, binding, &issued.seed, issued.digits);
        let code = code.ok_or(Unavailable::plain("the key of a code is gone"))?;
        let matches = attempt.compare(guess, &code);
        let Some(destination) = issued.sent_to.clone() else {
            return Ok(None);
        };
        let offered = policy.offers(Method::Code(issued.method));
        let live = offered && issued.is_live(now) && self.may_try(reset, issued.gate, request.gate_token);
        let Some(snapshot) = reset.snapshot.as_ref().filter(|_| matches && live) else {
            return Ok(None);
        };
        let record = self.record(reset, snapshot, Method::Code(issued.method), policy, now);
        let Some(next) = self.next(reset, snapshot, issued.method, destination, policy).await? else {
            return Ok(None);
        };
        let (proof, proved) = next.proof(reset, &record, request);
        Ok(self.context.store.prove(&proof).await?.then_some(proved))
    }
}

/// The guess log that a guess at a reset's code is charged to. It is the account's only if a code was sent. Otherwise
/// it is the decoy of the name, so that a stranger who cannot cause a message cannot spend the owner's budget.
fn guess_log(reset: &Reset) -> GuessLog {
    match (&reset.snapshot, &reset.issued.sent_to) {
        (Some(snapshot), Some(_)) => GuessLog::Account(Owner::Account(snapshot.account.clone())),
        _ => GuessLog::Decoy(reset.names.current().to_owned()),
    }
}
