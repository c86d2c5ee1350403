//! `DELETE /v1/registration/methods/{type}` and `POST /v1/registration/confirmation`.

use http::{Method, StatusCode};
use shared::credentials::token::IssuerKeys;
use shared::http::{Failure, Problem, Request, Response, response};
use shared::ports::store::Store;
use shared::use_cases::register::{Confirmation, Register, Removable};

use crate::person::fresh_person;
use crate::view;

/// Removes a registered method of the person's own.
pub(super) async fn remove<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
    name: &str,
) -> Result<Response, Failure> {
    request.allow(&[Method::DELETE])?;
    let account = fresh_person(app, request).await?;
    let what = Removable::parse(name).ok_or(Problem::NotFound)?;
    if app.remove(&account, what).await? {
        Ok(response::empty(StatusCode::NO_CONTENT))
    } else {
        Err(Problem::NotFound.into())
    }
}

/// Notes that everything is still right, and shows it.
pub(super) async fn confirm<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
) -> Result<Response, Failure> {
    request.allow(&[Method::POST])?;
    let account = fresh_person(app, request).await?;
    let key = request.idempotency_key()?;
    match app.confirm(&account, key).await? {
        Confirmation::Registration(registration) => Ok(view::registration(registration)),
        Confirmation::Changed => {
            Err(Problem::Conflict("the registration changed since it was confirmed with this key").into())
        }
        Confirmation::NoAccount => Err(Problem::Forbidden.into()),
    }
}
