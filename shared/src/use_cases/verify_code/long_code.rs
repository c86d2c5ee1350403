//! Verifying an emailed long code, which is never charged to the guess budget.

use std::time::Duration;

use super::{Asked, Proved, VerifyCode, owner};
use crate::policy::method::{CodeMethod, Method};
use crate::ports::store::Store;
use crate::random::ResetId;
use crate::reset::code::same;
use crate::reset::{LongIssue, Reset};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Until when a long code waits for its reset to be bound to an account, counted from its beginning: what is
/// left before a refusal leaves is enough for the requests that follow.
const BOUND_BY: Duration = Duration::from_millis(500);
/// The pause between two looks at whether it is.
const BOUND_PAUSE: Duration = Duration::from_millis(50);
/// Seconds within which a worker has looked at a reset's first order, or nobody knows whose it is: a reset that is
/// older and not bound is waited for no longer.
const UNBOUND_SECONDS: u64 = 2;

impl<S: Store> VerifyCode<S> {
    /// Returns once a young reset is bound to its account, or nobody waits for that any longer.
    ///
    /// A long code is good at a reset whose order no worker has looked at yet, so that nobody knows whose it is.
    pub(super) async fn until_bound(&self, id: &ResetId, began: Moment) -> Result<(), Unavailable> {
        let young = |reset: &Reset| self.context.now() < reset.began_at.plus(UNBOUND_SECONDS);
        loop {
            let reset = self.context.store.reset(id).await?;
            if !reset.is_some_and(|reset| reset.bound.is_none() && young(&reset)) {
                return Ok(());
            }
            self.context.clock.sleep(BOUND_PAUSE).await;
            if self.context.now().since(began) >= BOUND_BY {
                return Ok(());
            }
        }
    }

    pub(super) async fn long(
        &self,
        id: &ResetId,
        guess: &str,
        asked: Asked<'_>,
    ) -> Result<Option<Proved>, Unavailable> {
        let Asked { policy, now, .. } = asked;
        let Some(reset) = self.context.store.reset(id).await? else {
            return Ok(None);
        };
        let owner = owner(&reset);
        let kept = self.context.store.long_issues(&owner).await?;
        // Every one is derived and compared, so that the time tells nothing about which.
        let mut found: Option<&LongIssue> = None;
        for issue in &kept.issues {
            let Some(code) = self.codes.long(issue.code_key, issue.binding(), &issue.seed) else { continue };
            if same(guess, &code) {
                found = Some(issue);
            }
        }
        let Some(issue) = found.filter(|issue| issue.is_live(kept.void_before, now)) else {
            return Ok(None);
        };
        let void = kept.void_before.is_some_and(|void| reset.began_at <= void);
        let usable = reset.is_live(now)
            && !void
            && policy.offers(Method::Code(CodeMethod::Email))
            && self.may_try(&reset, issue.gate, asked.gate_token)
            && reset.may_use(CodeMethod::Email, std::slice::from_ref(&issue.destination));
        let Some(bound) = reset.bound.as_ref().filter(|_| usable) else {
            return Ok(None);
        };
        let record = self.record(&reset, bound, Method::Code(CodeMethod::Email), policy, now);
        let next = self.next(&reset, bound, CodeMethod::Email, issue.destination.clone(), policy).await?;
        let Some(next) = next else { return Ok(None) };
        let (proof, proved) = next.proof(&reset, &record, asked);
        Ok(self.context.store.prove_long(&proof, &owner, issue).await?.then_some(proved))
    }
}
