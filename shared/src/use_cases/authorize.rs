//! Who may do what: verifies tokens, finds their accounts and checks permissions.

use std::net::IpAddr;

use crate::account::Account;
use crate::credentials::key::NameKeys;
use crate::credentials::token::{
    Caller, Forbidden, IssuerKeys, Permission, TokenSettings, Unauthenticated, authenticate,
};
use crate::identifiers::user_name::UserName;
use crate::ports::store::{Accounts, Settings};
use crate::records::audit::{AuditedPerson, Initiator};
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;

/// A caller with a valid token, and the account that the token names, if there is one.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The caller as described by the token.
    pub caller: Caller,
    /// The account of the user that the token names; `None` for an application or an unknown user.
    pub account: Option<Account>,
    /// The address that the request came from, if the audit records it.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// The actor of a request that came from an address.
    #[must_use]
    pub fn at(self, address: IpAddr) -> Self {
        Self { address: Some(address), ..self }
    }

    /// Whether the actor has a permission. An application has the permissions in its token. A delegated permission
    /// counts only if the person's account is enabled and privileged.
    #[must_use]
    pub fn has(&self, permission: Permission) -> bool {
        let is_admin = self.account.as_ref().is_some_and(|account| account.enabled && account.is_admin);
        self.caller.is_application_with(permission) || (is_admin && self.caller.is_delegated(permission))
    }

    /// Requires at least one of these permissions.
    ///
    /// # Errors
    /// [`Forbidden`] names them.
    pub fn demand(&self, any: &'static [Permission]) -> Result<(), Forbidden> {
        if any.iter().any(|permission| self.has(*permission)) {
            Ok(())
        } else if any.iter().any(|permission| self.caller.is_delegated(*permission)) {
            Err(Forbidden::NeedsPrivilegedUser(any))
        } else {
            Err(Forbidden::Needs(any))
        }
    }

    /// Requires the right to change how an account is reached or opened. Nobody has it for their own account. A
    /// privileged account requires [`Permission::RoleManagement`].
    ///
    /// # Errors
    /// [`Forbidden`] names the rule.
    pub fn demand_over(&self, account: &Account) -> Result<(), Forbidden> {
        if self.is(account) {
            Err(Forbidden::OwnUser)
        } else if account.is_admin && !self.has(Permission::RoleManagement) {
            Err(Forbidden::PrivilegedTarget)
        } else {
            Ok(())
        }
    }

    /// How the audit names the actor: by the account if there is one, otherwise as an application by the token's
    /// subject.
    #[must_use]
    pub fn initiator(&self) -> Initiator {
        match &self.account {
            Some(account) => Initiator::Person(AuditedPerson::from(account)),
            None => Initiator::Application(self.caller.subject.clone()),
        }
    }

    /// Whether the actor is the owner of this account.
    #[must_use]
    pub fn is(&self, account: &Account) -> bool {
        self.account.as_ref().is_some_and(|own| own.id == account.id)
    }
}

/// Verifies the token of an `Authorization` header and finds the account that it names.
///
/// A user who signed in before the account's sessions were ended, or before the account existed, must sign in again:
/// the token may be a thief's, or one of somebody who had the name before.
///
/// # Errors
/// [`Unavailable`] if the issuer's keys, the account or the policy cannot be read.
pub async fn actor<S: Accounts + Settings>(
    authorization: Option<&str>,
    issuer: &impl IssuerKeys,
    settings: &TokenSettings,
    context: &Context<S>,
    names: &NameKeys,
) -> Result<Result<Actor, Unauthenticated>, Unavailable> {
    let caller = match authenticate(authorization, issuer, settings, context.now()).await? {
        Ok(caller) => caller,
        Err(refused) => return Ok(Err(refused)),
    };
    let account = match &caller.user_name {
        Some(name) => find(context, names, name).await?,
        None => None,
    };
    if account.as_ref().is_some_and(|account| account.has_ended(caller.signed_in_at)) {
        let seconds = context.policy().await?.fresh_sign_in_seconds();
        return Ok(Err(Unauthenticated::SignInAgain { seconds }));
    }
    Ok(Ok(Actor { caller, account, address: None }))
}

/// Finds an account by its user name.
///
/// # Errors
/// [`Unavailable`].
pub async fn find<S: Accounts>(
    context: &Context<S>,
    names: &NameKeys,
    name: &UserName,
) -> Result<Option<Account>, Unavailable> {
    match context.store.account_by_name(&names.name(name)).await? {
        Some(id) => context.store.account(&id).await,
        None => Ok(None),
    }
}
