//! Reads users, their registrations and the audit, for administrators.

mod audit;
mod odata_time;
mod page_token;
mod registration;

pub use audit::{AuditCondition, AuditPage, AuditPlace, AuditQuery, MAX_DAYS, MAX_EXAMINED_RECORDS};
pub use odata_time::Instant;
pub use page_token::ListQuery;
pub use registration::{
    MAX_EXAMINED_ACCOUNTS, Origin, RegistrationCondition, RegistrationPage, Remark, ReportedContact, SECURITY_QUESTION,
    UserRegistration,
};

use crate::account::Account;
use crate::credentials::key::NameKeys;
use crate::credentials::token::TokenSettings;
use crate::identifiers::user_name::UserName;
use crate::ports::store::{AccountPage, Accounts, Settings};
use crate::random::AccountId;
use crate::unavailable::Unavailable;
use crate::use_cases::authorize::find;
use crate::use_cases::context::Context;

/// The use case in which administrators read users, registrations and the audit.
pub struct AdminGetContact<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The keys of the token issuer.
    pub issuer: I,
    /// The issuer and audience that a token must have, and the claim that names its user.
    pub tokens: TokenSettings,
    /// The key for digests of user names. The key of page tokens is derived from it.
    pub names: NameKeys,
    /// The base URL of the service. Links to next pages begin with it.
    pub public_url: String,
}

/// Which users are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    All,
    /// The users whose canonical name begins with this text.
    StartsWith(String),
    /// The user with this name.
    Equals(UserName),
    /// The user with this id.
    Is(AccountId),
    /// No user.
    UnknownName,
}

/// Finds an account by its id or its userPrincipalName.
///
/// # Errors
/// [`Unavailable`].
pub async fn resolve<S: Accounts>(
    context: &Context<S>,
    names: &NameKeys,
    key: &str,
) -> Result<Option<Account>, Unavailable> {
    if let Some(id) = AccountId::parse(key) {
        return context.store.account(&id).await;
    }
    match UserName::parse(key) {
        Ok(name) => find(context, names, &name).await,
        Err(_) => Ok(None),
    }
}

impl<S: Accounts + Settings, I> AdminGetContact<S, I> {
    /// One page of users, in the order of their names.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn list(&self, filter: &Filter, after: Option<&str>, top: usize) -> Result<AccountPage, Unavailable> {
        match filter {
            Filter::All => self.context.store.accounts("", after, top).await,
            Filter::StartsWith(prefix) => self.context.store.accounts(prefix, after, top).await,
            Filter::Equals(name) => Ok(only(find(&self.context, &self.names, name).await?)),
            Filter::Is(id) => Ok(only(self.context.store.account(id).await?)),
            Filter::UnknownName => Ok(only(None)),
        }
    }
}

/// The page with the account that was looked up, if it exists.
fn only(found: Option<Account>) -> AccountPage {
    AccountPage { accounts: found.into_iter().collect(), next: None }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::samples::{START, name_keys};
    use crate::testing::{CountingRandom, FixedClock, MemoryStore};

    /// A reader of an empty store, and its clock.
    pub(super) fn reader() -> (AdminGetContact<MemoryStore, ()>, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::new(START));
        let context = Context::new(MemoryStore::new(), clock.clone(), Arc::new(CountingRandom::new(9)));
        let text = |text: &str| text.to_owned();
        let tokens = TokenSettings { issuer: text("i"), audience: text("a"), user_name_claim: text("n") };
        let (names, public_url) = (name_keys(&[1]), text("https://reset.example"));
        (AdminGetContact { context, issuer: (), tokens, names, public_url }, clock)
    }
}
