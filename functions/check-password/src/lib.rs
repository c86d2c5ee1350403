//! `POST /v1/credentials/verifications`: checks a user name and a password, for applications with the permission.
//! `POST /v1/password`: changes a password that its owner knows.

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
use shared::use_cases::change_password::PasswordChangeOutcome;
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "ChangePassword"))]
struct Change {
    #[cfg_attr(feature = "describe", schemars(with = "UserName"))]
    user_name: String,
    /// A longer password is refused like a wrong one.
    #[cfg_attr(feature = "describe", schemars(length(max = 256)))]
    current_password: String,
    new_password: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "CheckedUser"))]
struct CheckedBody<'a> {
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::Id"))]
    user_id: &'a str,
    /// The userPrincipalName, in lower case.
    user_name: &'a str,
    /// Whether the person must change the password before anything else: an administrator has set it.
    password_change_required: bool,
}

/// Handles a request to check a password.
pub async fn handle<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: Request) -> Response {
    let result = route(app, &request).await;
    finish(ErrorFormat::Rekey, &request, result, &*app.context.random, app.context.now())
}

async fn route<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: &Request) -> Result<Response, Failure> {
    match request.segments()[..] {
        ["v1", "credentials", "verifications"] => check(app, request).await,
        ["v1", "password"] => change(app, request).await,
        _ => Err(Problem::NO_ROUTE.into()),
    }
}

async fn change<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::POST])?;
    let wire: Change = body(request)?;
    let name = user_name(&wire.user_name)?;
    match app.change(&name, &wire.current_password, &wire.new_password, &request.network()).await? {
        PasswordChangeOutcome::Changed => Ok(response::empty(StatusCode::NO_CONTENT)),
        PasswordChangeOutcome::CredentialsRejected => Err(Problem::CredentialsRejected.into()),
        PasswordChangeOutcome::PasswordRejected(reasons) => Err(Problem::PasswordRejected(reasons).into()),
        PasswordChangeOutcome::Busy => Err(busy()),
    }
}

fn user_name(text: &str) -> Result<UserName, Problem> {
    UserName::parse_typed(text).map_err(|_| Problem::malformed("userName is not a valid user name"))
}

fn busy() -> Failure {
    Unavailable::plain("too many passwords of one account are being checked at once").into()
}

async fn check<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::POST])?;
    let actor = actor(request.authorization(), &app.issuer, &app.tokens, &app.context, &app.names).await??;
    actor.demand(&[Permission::CredentialsCheck])?;
    let wire: Check = body(request)?;
    let name = user_name(&wire.user_name)?;
    match app.check(&name, &wire.password).await? {
        CheckOutcome::Accepted(account) => {
            let body = CheckedBody {
                user_id: account.id.as_str(),
                user_name: account.user_name.canonical(),
                password_change_required: account.force_change_password,
            };
            Ok(response::json(StatusCode::OK, &body))
        }
        CheckOutcome::Refused => Err(Problem::CredentialsRejected.into()),
        CheckOutcome::Busy => Err(busy()),
    }
}
