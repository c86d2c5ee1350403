//! `DELETE /v1/registration/methods/{type}` and `POST /v1/registration/confirmation`.

use http::{Method, StatusCode};
use shared::credentials::token::{Forbidden, IssuerKeys};
use shared::http::{Failure, Problem, Request, Response, response};
use shared::ports::store::Store;
use shared::use_cases::register::{Confirmation, Register, Removable};

use crate::person::fresh_person;
use crate::view;

/// Removes a registered method of the caller.
pub(super) async fn remove<S: Store, I: IssuerKeys>(
    app: &Register<S, I>,
    request: &Request,
    name: &str,
) -> Result<Response, Failure> {
    request.allow(&[Method::DELETE])?;
    let account = fresh_person(app, request).await?;
    let what = Removable::parse(name).ok_or(Problem::NO_METHOD)?;
    if app.remove(&account, what).await? {
        Ok(response::empty(StatusCode::NO_CONTENT))
    } else {
        Err(Problem::NO_METHOD.into())
    }
}

/// Records that the registration is still right, and returns it.
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
            Err(Problem::Conflict("the registration has changed since this key confirmed it").into())
        }
        Confirmation::NoAccount => Err(Forbidden::NoUser.into()),
    }
}
