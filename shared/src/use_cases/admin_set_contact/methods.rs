//! Registers, replaces and removes a user's methods, for administrators.

use super::changes::Refusal;
use super::{AdminSetContact, ChangeOutcome, Consequences};
use crate::account::{Account, Destination, Slot, Source};
use crate::credentials::token::Permission;
use crate::policy::Policy;
use crate::ports::store::{Accounts, Settings, WriteOutcome};
use crate::records::audit::Activity;
use crate::time::Moment;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::Actor;
use crate::use_cases::retries::MAX_DECISIONS;

/// A change to one registered method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MethodChange {
    /// Registers a value, if none of its type is registered.
    Add(Slot, Destination),
    /// Replaces the registered value of its type.
    Replace(Slot, Destination),
    /// Removes the registered value of its type.
    Remove(Slot),
}

/// Whether an actor may write the methods of an account, and so see them in full. Nobody may write their own. A
/// privileged user's methods need the right to make users privileged.
#[must_use]
pub fn may_write_methods(actor: &Actor, account: &Account) -> bool {
    actor.has(Permission::MethodReadWrite) && actor.demand_over(account).is_ok()
}

impl MethodChange {
    const fn slot(&self) -> Slot {
        match self {
            Self::Add(slot, _) | Self::Replace(slot, _) | Self::Remove(slot) => *slot,
        }
    }

    const fn activity(&self) -> Activity {
        match self {
            Self::Add(..) => Activity::InfoRegisteredByAdministrator,
            Self::Replace(..) => Activity::InfoChangedByAdministrator,
            Self::Remove(_) => Activity::InfoDeletedByAdministrator,
        }
    }

    /// Checks whether the registered methods allow the change.
    fn allowed(&self, account: &Account) -> Result<(), Refusal> {
        let is_registered = |slot| account.contacts.get(slot).is_some();
        let registered = is_registered(self.slot());
        match (self, self.slot()) {
            (Self::Add(..), _) if registered => Err(Refusal::MethodExists),
            (Self::Add(..), Slot::AlternatePhone) if !is_registered(Slot::AuthenticationPhone) => {
                Err(Refusal::NoMobilePhone)
            }
            (Self::Add(..), _) => Ok(()),
            (Self::Replace(..) | Self::Remove(_), _) if !registered => Err(Refusal::NoMethod),
            (Self::Remove(_), Slot::AuthenticationPhone) if is_registered(Slot::AlternatePhone) => {
                Err(Refusal::AlternateMobileRemains)
            }
            (Self::Replace(..) | Self::Remove(_), _) => Ok(()),
        }
    }

    fn apply(&self, account: &mut Account, policy: &Policy, now: Moment) {
        match self {
            Self::Add(slot, value) | Self::Replace(slot, value) => {
                account.set_registered(*slot, value.clone(), policy, now);
            }
            Self::Remove(slot) => account.remove_method(*slot, policy, now),
        }
    }
}

impl<S: Accounts + Settings, I> AdminSetContact<S, I> {
    /// Changes one registered method, and revokes everything under way for the account. A value that is already
    /// registered is not written again. Another spelling of it is stored and recorded, and has no other effect.
    ///
    /// # Errors
    /// [`Unavailable`]; nothing was changed then.
    pub async fn change_method(
        &self,
        actor: &Actor,
        mut account: Account,
        change: &MethodChange,
    ) -> Result<ChangeOutcome, Unavailable> {
        let policy = self.context.policy().await?;
        for _ in 0..MAX_DECISIONS {
            let permitted = actor.demand_over(&account).map_err(Refusal::from);
            if let Err(refusal) = permitted.and_then(|()| change.allowed(&account)) {
                return Ok(ChangeOutcome::Refused(refusal));
            }
            let now = self.context.now();
            let mut changed = account.clone();
            change.apply(&mut changed, &policy, now);
            if changed.is_written_as(&account) {
                return Ok(ChangeOutcome::Done(Box::new(account)));
            }
            let consequences = self.of_method(actor, &account, &changed, change, &policy, now);
            match self.write(&account, &changed, &consequences, now).await? {
                WriteOutcome::Written => return Ok(ChangeOutcome::Done(Box::new(changed))),
                // No name changes here, so none is taken.
                WriteOutcome::Changed | WriteOutcome::NameTaken => {}
            }
            match self.context.store.account(&account.id).await? {
                Some(current) => account = current,
                None => return Ok(ChangeOutcome::Refused(Refusal::NoUser)),
            }
        }
        Err(Unavailable::conflict("an account kept changing while a method of it was changed"))
    }

    /// The consequences of a change to a registered method.
    fn of_method(
        &self,
        actor: &Actor,
        before: &Account,
        after: &Account,
        change: &MethodChange,
        policy: &Policy,
        now: Moment,
    ) -> Consequences {
        let slot = change.slot();
        let shown = |account: &Account| account.contacts.get(slot).map(|contact| contact.value.masked());
        let record = self.record(change.activity(), actor, before, policy, now);
        let record = record.changing(slot.type_name(), shown(before), shown(after));
        let notice = self.contact_notice(before, after, Source::Administrator, now);
        Consequences { notices: notice.into_iter().collect(), records: vec![record] }
    }
}
