//! Reading users, for administrators.

use crate::account::Account;
use crate::authorize::find;
use crate::context::Context;
use crate::key::NameKeys;
use crate::random::AccountId;
use crate::store::{AccountPage, Store};
use crate::token::TokenSettings;
use crate::unavailable::Unavailable;
use crate::user_name::UserName;

/// What reading users needs.
pub struct AdminGetContact<S, I> {
    /// Store, clock, randomness and policy.
    pub context: Context<S>,
    /// The issuer's keys.
    pub issuer: I,
    /// Whose tokens are accepted.
    pub tokens: TokenSettings,
    /// The key of names.
    pub names: NameKeys,
    /// Where the service is reached: links to next pages begin with it.
    pub public_url: String,
}

/// Which users are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    All,
    /// Those whose canonical names begin so.
    StartsWith(String),
    /// The one of this name.
    Equals(UserName),
}

/// Finds an account by its id or its userPrincipalName.
///
/// # Errors
/// [`Unavailable`].
pub async fn resolve<S: Store>(
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

impl<S: Store, I> AdminGetContact<S, I> {
    /// One page of users, in the order of their names.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn list(&self, filter: &Filter, after: Option<&str>, top: usize) -> Result<AccountPage, Unavailable> {
        match filter {
            Filter::All => self.context.store.accounts("", after, top).await,
            Filter::StartsWith(prefix) => self.context.store.accounts(prefix, after, top).await,
            Filter::Equals(name) => {
                let found = find(&self.context, &self.names, name).await?;
                Ok(AccountPage { accounts: found.into_iter().collect(), next: None })
            }
        }
    }
}
