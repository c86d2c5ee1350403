//! `POST /v1/credentials/verifications`: checks a user name and a password, for applications that may.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::authorize::actor;
use shared::check_password::CheckPassword;
use shared::http::{Answer, Failure, MAX_BODY, Problem, Request, Surface, body, finish};
use shared::store::Store;
use shared::token::{IssuerKeys, Permission};
use shared::user_name::UserName;
use tokio::time::{Instant, sleep_until};

/// When every refusal is answered, counted from the request's arrival: well beyond one password hash and the
/// requests to the table around it, so that the time tells nothing.
const REJECTED_AFTER: Duration = Duration::from_millis(250);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Check {
    user_name: String,
    password: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked<'a> {
    user_id: &'a str,
    user_name: &'a str,
}

/// Answers a request to check a password; every 422 leaves at the same time after its arrival.
pub async fn handle<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: Request) -> Answer {
    let arrived = Instant::now();
    let result = route(app, &request).await;
    if matches!(&result, Err(Failure::Problem(Problem::CredentialsRejected))) {
        sleep_until(arrived + REJECTED_AFTER).await;
    }
    finish(Surface::Rekey, result, &app.context)
}

async fn route<S: Store, I: IssuerKeys>(app: &CheckPassword<S, I>, request: &Request) -> Result<Answer, Failure> {
    let ["v1", "credentials", "verifications"] = request.segments()[..] else {
        return Err(Problem::NotFound.into());
    };
    request.allow(&[Method::POST])?;
    let actor = actor(request, &app.issuer, &app.tokens, &app.context, &app.names).await?;
    actor.demand(Permission::CredentialsCheck)?;
    let wire: Check = body(request, Surface::Rekey, MAX_BODY)?;
    let name = UserName::parse(&wire.user_name).map_err(|_| Problem::Malformed("userName cannot be a user name"))?;
    match app.check(&name, &wire.password).await? {
        Some(account) => {
            let body = Checked { user_id: account.id.as_str(), user_name: account.user_name.canonical() };
            Ok(Answer::json(StatusCode::OK, &body))
        }
        None => Err(Problem::CredentialsRejected.into()),
    }
}
