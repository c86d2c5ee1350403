//! Who asks, about whom, and why a change is refused.

use shared::account::Account;
use shared::credentials::token::IssuerKeys;
use shared::http::{Failure, Problem, Request};
use shared::ports::store::Store;
use shared::use_cases::admin_get_contact::resolve;
use shared::use_cases::admin_set_contact::{AdminSetContact, Refusal};
use shared::use_cases::authorize::{Actor, actor};

/// The caller whose token came with a request.
pub(crate) async fn caller<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
) -> Result<Actor, Failure> {
    Ok(actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??)
}

/// The user whom a path names by id or userPrincipalName.
pub(crate) async fn target<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    key: &str,
) -> Result<Account, Failure> {
    Ok(resolve(&app.context, &app.names, key).await?.ok_or(Problem::NotFound)?)
}

/// The problem that tells of a refusal.
pub(crate) const fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Forbidden => Problem::Forbidden,
        Refusal::NotFound => Problem::NotFound,
        // Graph tells of everything else, even a name in use, as a bad request.
        Refusal::NameTaken
        | Refusal::OwnedByDirectory
        | Refusal::MethodExists
        | Refusal::NoMobilePhone
        | Refusal::AlternateMobileRemains => Problem::Malformed(refusal.rule()),
    }
}
