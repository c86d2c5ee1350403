//! The caller, the user whom a path names, and the response to a refused change.

use shared::account::Account;
use shared::credentials::token::IssuerKeys;
use shared::http::{Failure, Problem, Request};
use shared::ports::store::Store;
use shared::use_cases::admin_get_contact::resolve;
use shared::use_cases::admin_set_contact::{AdminSetContact, ChangeOutcome, Refusal};
use shared::use_cases::authorize::{Actor, actor};

/// The caller whom the token of a request identifies.
pub(crate) async fn caller<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    request: &Request,
) -> Result<Actor, Failure> {
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    Ok(actor.at(request.source))
}

/// The user whom a path names by id or userPrincipalName.
pub(crate) async fn target<S: Store, I: IssuerKeys>(
    app: &AdminSetContact<S, I>,
    key: &str,
) -> Result<Account, Failure> {
    Ok(resolve(&app.context, &app.names, key).await?.ok_or(Problem::NO_USER)?)
}

/// The changed account, or the problem that a refusal becomes.
pub(crate) fn done(outcome: ChangeOutcome) -> Result<Account, Problem> {
    let refusal = match outcome {
        ChangeOutcome::Done(account) => return Ok(*account),
        ChangeOutcome::Refused(refusal) => refusal,
    };
    Err(match refusal {
        Refusal::Forbidden(forbidden) => Problem::forbidden(forbidden.to_string()),
        Refusal::NoUser => Problem::NO_USER,
        Refusal::NoMethod => Problem::NO_METHOD,
        // Graph returns 400 for the rest, even for a name in use.
        Refusal::NameTaken
        | Refusal::OwnedByDirectory
        | Refusal::MethodExists
        | Refusal::Password(_)
        | Refusal::NoMobilePhone
        | Refusal::AlternateMobileRemains => Problem::malformed(refusal.to_string()),
    })
}
