//! `POST /v1/credentials/verifications`: checks a user name and a password, for applications with the permission.

#[cfg(feature = "describe")]
pub mod describe;

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, body, finish, response};
use shared::identifiers::user_name::UserName;
use shared::ports::store::Store;
use shared::unavailable::Unavailable;
use shared::use_cases::authorize::actor;
use shared::use_cases::check_password::{CheckOutcome, CheckPassword};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "Credentials"))]
struct Check {
    #[cfg_attr(feature = "describe", schemars(with = "UserName"))]
    user_name: String,
    /// A longer password is refused like a wrong one.
    #[cfg_attr(feature = "describe", schemars(length(max = 256)))]
    password: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "CheckedUser"))]
struct CheckedBody<'a> {
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::Id"))]
    user_id: &'a str,
    /// The userPrincipalName, in lower case.
    user_name: &'a str,
}

/// Handles a request to check a password.
pub async fn handle<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: Request) -> Response {
    let result = route(app, &request).await;
    finish(ErrorFormat::Rekey, &request, result, &*app.context.random, app.context.now())
}

async fn route<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: &Request) -> Result<Response, Failure> {
    let ["v1", "credentials", "verifications"] = request.segments()[..] else {
        return Err(Problem::NO_ROUTE.into());
    };
    request.allow(&[Method::POST])?;
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    actor.demand(&[Permission::CredentialsCheck])?;
    let wire: Check = body(request)?;
    let name = UserName::parse(&wire.user_name).map_err(|_| Problem::malformed("userName is not a valid user name"))?;
    match app.check(&name, &wire.password).await? {
        CheckOutcome::Accepted(account) => {
            let body = CheckedBody { user_id: account.id.as_str(), user_name: account.user_name.canonical() };
            Ok(response::json(StatusCode::OK, &body))
        }
        CheckOutcome::Refused => Err(Problem::CredentialsRejected.into()),
        CheckOutcome::Busy => {
            Err(Unavailable::plain("too many passwords of one account are being checked at once").into())
        }
    }
}
