//! `DELETE /v1/registration/methods/{type}` and `POST /v1/registration/confirmation`.

use http::{Method, StatusCode};
use shared::credentials::token::IssuerKeys;
use shared::http::{Answer, Failure, Problem, Request};
use shared::ports::store::Store;
use shared::use_cases::register::{Register, Removable};

use super::{person, shown};

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

/// Notes that everything is still right, and shows it.
pub(super) async fn confirm<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<Answer, Failure> {
    request.allow(&[Method::POST])?;
    let (account, signed_in_at) = person(app, request).await?;
    app.demand_fresh(signed_in_at).await?;
    let key = request.idempotency_key()?;
    Ok(shown(app.confirm(&account, key.as_ref()).await??))
}
