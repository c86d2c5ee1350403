//! The person who sent a request.

use shared::account::Account;
use shared::credentials::token::{Forbidden, IssuerKeys};
use shared::http::{Failure, Problem, Request};
use shared::ports::store::Store;
use shared::time::Moment;
use shared::use_cases::authorize::actor;
use shared::use_cases::register::Register;

/// The person whom the token of a request names, and when they signed in.
pub(crate) async fn person<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<(Account, Option<Moment>), Failure> {
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    Ok(Register::<S, I>::person(actor).ok_or(Forbidden::NoUser)?)
}

/// The person, who must have signed in recently.
pub(crate) async fn fresh_person<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<Account, Failure> {
    let (account, signed_in_at) = person(app, request).await?;
    match app.is_stale(signed_in_at).await? {
        Some(seconds) => Err(Problem::StaleSignIn(seconds).into()),
        None => Ok(account),
    }
}
