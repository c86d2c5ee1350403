//! Who may do what: tokens against accounts.

use crate::account::Account;
use crate::credentials::key::NameKeys;
use crate::credentials::token::{
    Caller, Forbidden, IssuerKeys, Permission, TokenSettings, Unauthenticated, authenticate,
};
use crate::identifiers::user_name::UserName;
use crate::ports::store::Store;
use crate::records::audit::{AuditedPerson, Initiator};
use crate::unavailable::Unavailable;
use crate::use_cases::context::Context;

/// A caller whose token is valid, with the account that it speaks for, if it speaks for one.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The token's caller.
    pub caller: Caller,
    /// The account of the user it names; unknown users have none.
    pub account: Option<Account>,
}

impl Actor {
    /// Whether the actor has a permission: an application its own; a person's delegated one only with the
    /// rights of an enabled, privileged account.
    #[must_use]
    pub fn has(&self, permission: Permission) -> bool {
        let is_admin = self.account.as_ref().is_some_and(|account| account.enabled && account.is_admin);
        self.caller.is_application_with(permission) || (is_admin && self.caller.is_delegated(permission))
    }

    /// Demands a permission.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub fn demand(&self, permission: Permission) -> Result<(), Forbidden> {
        if self.has(permission) { Ok(()) } else { Err(Forbidden) }
    }

    /// How the audit names the actor: a person by their account, an application by its token's subject.
    #[must_use]
    pub fn initiator(&self) -> Initiator {
        match &self.account {
            Some(account) => Initiator::Person(AuditedPerson::from(account)),
            None => Initiator::Application(self.caller.subject.clone()),
        }
    }

    /// Whether the actor is the person whom this account is of.
    #[must_use]
    pub fn is(&self, account: &Account) -> bool {
        self.account.as_ref().is_some_and(|own| own.id == account.id)
    }
}

/// Verifies the token of an `Authorization` header and finds the account it speaks for.
///
/// # Errors
/// [`Unavailable`] if keys or the account cannot be had.
pub async fn actor<S: Store>(
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
    Ok(Ok(Actor { caller, account }))
}

/// Finds an account by its name.
///
/// # Errors
/// [`Unavailable`].
pub async fn find<S: Store>(
    context: &Context<S>,
    names: &NameKeys,
    name: &UserName,
) -> Result<Option<Account>, Unavailable> {
    match context.store.account_by_name(&names.name(name)).await? {
        Some(id) => context.store.account(&id).await,
        None => Ok(None),
    }
}
