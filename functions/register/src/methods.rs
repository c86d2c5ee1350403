//! `DELETE /v1/registration/methods/{type}` and `POST /v1/registration/confirmation`.

use http::{Method, StatusCode};
use shared::http::{Answer, Failure, Problem, Request};
use shared::register::{Outcome, Register, Removable};
use shared::store::Store;
use shared::token::IssuerKeys;

use super::{person, whole};

/// Removes a registered method of the person's own.
pub(super) async fn remove<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
    name: &str,
) -> Result<Answer, Failure> {
    request.allow(&[Method::DELETE])?;
    let (account, signed_in_at) = person(app, request).await?;
    app.demand_fresh(signed_in_at).await?;
    let what = Removable::parse(name).ok_or(Problem::NotFound)?;
    if app.remove(&account, what).await? {
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    } else {
        Err(Problem::NotFound.into())
    }
}

/// Notes that everything is still right, and shows it; a repetition shows it as it is now, since no answer is kept.
pub(super) async fn confirm<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<Answer, Failure> {
    request.allow(&[Method::POST])?;
    let (account, signed_in_at) = person(app, request).await?;
    app.demand_fresh(signed_in_at).await?;
    let key = request.idempotency_key()?;
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    match app.confirm(&account, key).await? {
        Outcome::Done(_) => {
            let account = app.context.store.account(&account.id).await?.filter(|account| account.enabled);
            whole(app, &account.ok_or(Problem::Forbidden)?).await
        }
        Outcome::Refused(problem) => Err(problem.into()),
    }
}
