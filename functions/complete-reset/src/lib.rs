//! `POST /v1/resets/{resetId}/password`: sets the new password of a proved reset.

#[cfg(feature = "describe")]
pub mod describe;

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::Deserialize;
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, body, finish, response};
use shared::ports::store::Store;
use shared::use_cases::complete_reset::{CompleteReset, Completion};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "NewPassword"))]
struct Complete {
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::Token"))]
    reset_token: String,
    /// The length is counted in code points after normalisation to NFC. The policy sets the minimum, which is 15 by
    /// default. All characters are accepted, including spaces, and none is required.
    #[cfg_attr(feature = "describe", schemars(length(min = 8, max = 256)))]
    new_password: String,
}

/// Handles a request to set a new password.
pub async fn handle<S: Store>(app: &CompleteReset<S>, request: Request) -> Response {
    finish(ErrorFormat::Rekey, &request, route(app, &request).await, &*app.context.random, app.context.now())
}

async fn route<S: Store>(app: &CompleteReset<S>, request: &Request) -> Result<Response, Failure> {
    let ["v1", "resets", id, "password"] = request.segments()[..] else {
        return Err(Problem::NO_ROUTE.into());
    };
    request.allow(&[Method::POST])?;
    let wire: Complete = body(request)?;
    let key = request.idempotency_key()?;
    match app.complete(id, &wire.reset_token, &wire.new_password, key).await? {
        Completion::Completed => Ok(response::empty(StatusCode::NO_CONTENT)),
        Completion::TokenRejected => Err(Problem::TokenRejected.into()),
        Completion::PasswordRejected(reasons) => Err(Problem::PasswordRejected(reasons).into()),
    }
}
