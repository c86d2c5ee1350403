//! Verifying an emailed long code, which is never charged to the guess budget.

use std::time::Duration;

use super::{ProofOutcome, VerifyCode, VerifyRequest, owner};
use crate::policy::method::{CodeMethod, Method};
use crate::ports::idempotency::RunError;
use crate::ports::store::Store;
use crate::random::ResetId;
use crate::reset::code::same;
use crate::reset::{IssuedLongCode, Reset};
use crate::unavailable::Unavailable;

/// Time from the start of a request until it stops waiting for its reset to be linked to an account. The time left
/// until a refusal is sent is enough for the requests that follow.
const BOUND_BY: Duration = Duration::from_millis(500);
/// The pause between two checks whether the reset is linked.
const LINK_PAUSE: Duration = Duration::from_millis(50);
/// Age of a reset, in seconds, from which nobody waits for its link. By then a worker has handled its first job, or the
/// account is not known.
const UNLINKED_SECONDS: u64 = 2;

impl<S: Store> VerifyCode<S> {
    /// Waits until a young reset is linked to its account, or until the waiting time is over.
    ///
    /// A long code may be used at a reset whose first job no worker has handled yet, so that its account is still
    /// unknown.
    pub(super) async fn until_linked(&self, id: &ResetId) -> Result<(), Unavailable> {
        let began = self.context.now();
        let young = |reset: &Reset| self.context.now() < reset.began_at.plus(UNLINKED_SECONDS);
        loop {
            let reset = self.context.store.reset(id).await?;
            if !reset.is_some_and(|reset| reset.snapshot.is_none() && young(&reset)) {
                return Ok(());
            }
            self.context.clock.sleep(LINK_PAUSE).await;
            if self.context.now().since(began) >= BOUND_BY {
                return Ok(());
            }
        }
    }

    pub(super) async fn long(
        &self,
        id: &ResetId,
        guess: &str,
        request: VerifyRequest<'_>,
    ) -> Result<Option<ProofOutcome>, RunError> {
        let VerifyRequest { policy, now, .. } = request;
        let Some(reset) = self.context.store.count_request(id, now).await?.reset(now)? else {
            return Ok(None);
        };
        let owner = owner(&reset);
        let stored = self.context.store.issued_long_codes(&owner).await?;
        // Derive and compare all of them, so that the time does not reveal which one matches.
        let mut found: Option<&IssuedLongCode> = None;
        for issued in &stored.issued {
            let Some(code) = self.codes.long(issued.code_key, issued.binding(), &issued.seed) else { continue };
            if same(guess, &code) {
                found = Some(issued);
            }
        }
        let Some(issued) = found.filter(|issued| issued.is_live(stored.revoked_before, now)) else {
            return Ok(None);
        };
        let revoked = stored.revoked_before.is_some_and(|revoked| reset.began_at <= revoked);
        let usable = reset.is_live(now)
            && !revoked
            && policy.offers(Method::Code(CodeMethod::Email))
            && self.may_try(&reset, issued.gate, request.gate_token)
            && reset.may_use(CodeMethod::Email, std::slice::from_ref(&issued.destination));
        let Some(snapshot) = reset.snapshot.as_ref().filter(|_| usable) else {
            return Ok(None);
        };
        let record = self.record(&reset, snapshot, Method::Code(CodeMethod::Email), policy, now);
        let next = self.next(&reset, snapshot, CodeMethod::Email, issued.destination.clone(), policy).await?;
        let Some(next) = next else { return Ok(None) };
        let (proof, proved) = next.proof(&reset, &record, request);
        Ok(self.context.store.prove_long(&proof, &owner, issued).await?.then_some(proved))
    }
}
