//! `POST /v1/credentials/verifications`: checks a user name and a password, for applications that may.

#[cfg(feature = "describe")]
pub mod describe;

use std::time::Duration;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::credentials::token::{IssuerKeys, Permission};
use shared::http::{Answer, Failure, MAX_BODY, Problem, Request, Surface, body, finish};
use shared::identifiers::user_name::UserName;
use shared::ports::store::Store;
use shared::random::below;
use shared::unavailable::Unavailable;
use shared::use_cases::authorize::actor;
use shared::use_cases::check_password::{CheckPassword, Checked};
use tokio::time::{Instant, sleep, sleep_until};

/// When every refusal is answered, counted from the request's arrival: well beyond one password hash and the
/// requests to the table around it, so that the time tells nothing.
const REJECTED_AFTER: Duration = Duration::from_millis(250);
/// How long a request waits for its turn while ten of its account are being checked; a turn takes one hash.
const BUSY_FOR: Duration = Duration::from_secs(10);
/// Least pause between two looks at whether it is its turn; it doubles with each look.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Most doublings of that pause: a thousand that wait then look about a thousand times a second in all, and whoever is
/// being checked still gets at the table.
const BUSY_DOUBLINGS: u32 = 6;
/// What is added at random to a pause, in hundredths of it.
const BUSY_JITTER: u8 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Check {
    user_name: String,
    password: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckedBody<'a> {
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
    let until = Instant::now() + BUSY_FOR;
    let mut looks = 0;
    let turn = || {
        let pause = pause(app, looks);
        looks += 1;
        async move {
            sleep(pause).await;
            Instant::now() < until
        }
    };
    match app.check(&name, &wire.password, turn).await? {
        Checked::Accepted(account) => {
            let body = CheckedBody { user_id: account.id.as_str(), user_name: account.user_name.canonical() };
            Ok(Answer::json(StatusCode::OK, &body))
        }
        Checked::Refused => Err(Problem::CredentialsRejected.into()),
        Checked::Busy => Err(Unavailable::plain("too many passwords of one account are checked at once").into()),
    }
}

/// A pause that differs from request to request, so that those who wait do not come back together.
fn pause<S: Store, I>(app: &CheckPassword<S, I>, looks: u32) -> Duration {
    let pause = BUSY_PAUSE * 2_u32.pow(looks.min(BUSY_DOUBLINGS));
    pause + pause * u32::from(below(&*app.context.random, BUSY_JITTER)) / 100
}
