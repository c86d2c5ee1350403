//! Decides whether a reset's code may be sent, and to which destination: every check that needs the account.

use super::DeliverCode;
use super::audit::NotSent;
use crate::account::{Account, Destination};
use crate::limits::guesses::{Budget, GuessLogState};
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::reset::{DropReason, Reset};
use crate::time::Moment;

impl<S, M> DeliverCode<S, M> {
    /// Returns the destination of the code, or the reason why it is not sent.
    pub(super) fn check_eligibility(
        &self,
        reset: &Reset,
        account: &Account,
        guess_log: &GuessLogState,
        policy: &Policy,
        now: Moment,
    ) -> Result<Destination, NotSent> {
        let destination = self.check_account(reset, account, policy, now)?;
        if guess_log.revokes(reset.began_at) {
            return Err(DropReason::Revoked.into());
        }
        if !guess_log.may_complete(now) {
            return Err(DropReason::CompletionLimit.into());
        }
        // An email is useful even if the budget is spent: guesses at its long code are never charged to it.
        if reset.issued.method != CodeMethod::Email && !guess_log.has_room(Budget::from(policy), now) {
            return Err(DropReason::BudgetSpent.into());
        }
        Ok(destination)
    }

    /// Checks the account, the policy and the claimed phone number.
    fn check_account(
        &self,
        reset: &Reset,
        account: &Account,
        policy: &Policy,
        now: Moment,
    ) -> Result<Destination, NotSent> {
        if !account.enabled {
            return Err(DropReason::Disabled.into());
        }
        let issued = &reset.issued;
        let reached = account.destination(issued.method, policy, now);
        if !account.can_reset(policy, now) {
            // What is wrong with the contact that was asked for says more than that there are too few.
            let why = reached.err().map(|why| NotSent::unreachable(DropReason::NotCapable, why));
            return Err(why.unwrap_or(DropReason::NotCapable.into()));
        }
        let destination = reached.map_err(|why| NotSent::unreachable(DropReason::NoDestination, why))?;
        if policy.phone_proof
            && let Destination::Phone(phone) = &destination
        {
            let on_file = self.phones.phone(phone);
            if !issued.claimed_phone.as_ref().is_some_and(|claimed| claimed.matches(&on_file)) {
                return Err(DropReason::PhoneProof.into());
            }
        }
        if !reset.may_use(issued.method, self.names.destination(&destination.identity()).all()) {
            return Err(DropReason::SameAsGateOne.into());
        }
        Ok(destination)
    }
}
