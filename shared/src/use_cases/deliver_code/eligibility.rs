//! Decides whether a reset's code may be sent, and to which destination: every check that needs the account.

use super::DeliverCode;
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
    ) -> Result<Destination, DropReason> {
        let destination = self.check_account(reset, account, policy, now)?;
        if guess_log.revokes(reset.began_at) {
            return Err(DropReason::Revoked);
        }
        if !guess_log.may_complete(now) {
            return Err(DropReason::CompletionLimit);
        }
        // An email is useful even if the budget is spent: guesses at its long code are never charged to it.
        if reset.issued.method != CodeMethod::Email && !guess_log.has_room(Budget::from(policy), now) {
            return Err(DropReason::BudgetSpent);
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
    ) -> Result<Destination, DropReason> {
        if !account.enabled {
            return Err(DropReason::Disabled);
        }
        if !account.can_reset(policy, now) {
            return Err(DropReason::NotCapable);
        }
        let issued = &reset.issued;
        let destination = account.destination(issued.method, policy, now).map_err(|_| DropReason::NoDestination)?;
        if policy.phone_proof
            && let Destination::Phone(phone) = &destination
        {
            let on_file = self.phones.phone(phone);
            if !issued.claimed_phone.as_ref().is_some_and(|claimed| claimed.matches(&on_file)) {
                return Err(DropReason::PhoneProof);
            }
        }
        if !reset.may_use(issued.method, self.names.destination(&destination.identity()).all()) {
            return Err(DropReason::SameAsGateOne);
        }
        Ok(destination)
    }
}
