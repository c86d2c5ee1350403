//! Reads users, their registrations and the audit, for administrators.

mod audit;
mod odata_time;
mod page_token;
mod registration;
mod users;

pub use audit::{AuditCondition, AuditPage, AuditPlace, AuditQuery, MAX_DAYS, MAX_EXAMINED_RECORDS};
pub use odata_time::Instant;
pub use page_token::ListQuery;
pub use registration::{Origin, RegistrationCondition, Remark, ReportedContact, SECURITY_QUESTION, UserRegistration};
pub use users::{UserCondition, UserPage};

use crate::account::Account;
use crate::credentials::key::NameKeys;
use crate::credentials::token::TokenSettings;
use crate::identifiers::user_name::UserName;
use crate::ports::store::Accounts;
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
