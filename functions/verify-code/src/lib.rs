//! `POST /v1/resets/{resetId}/verifications`: verifies a code.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::code::Code;
use shared::http::{Answer, Failure, MAX_BODY, Problem, Request, Surface, body, finish};
use shared::random::ResetId;
use shared::store::Store;
use shared::verify_code::{Verification, VerifyCode};
use tokio::time::{Instant, sleep_until};

/// When every refused code is answered, counted from the request's arrival.
///
/// Long enough for three requests to the table in nearly every case, so that the time tells nothing.
const REJECTED_AFTER: Duration = Duration::from_millis(250);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Verify {
    code: String,
    gate_token: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Verified<'a> {
    Verified { reset_token: &'a str, expires_at: String },
    AnotherMethodRequired { gate_token: &'a str, methods: Vec<String> },
}

/// Answers a request to verify a code; every 422 leaves at the same time after its arrival.
pub async fn handle<S: Store>(app: &VerifyCode<S>, request: Request) -> Answer {
    let arrived = Instant::now();
    let result = route(app, &request).await;
    if matches!(&result, Err(Failure::Problem(problem)) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY) {
        sleep_until(arrived + REJECTED_AFTER).await;
    }
    finish(Surface::Rekey, result, &app.context)
}

async fn route<S: Store>(app: &VerifyCode<S>, request: &Request) -> Result<Answer, Failure> {
    let ["v1", "resets", id, "verifications"] = request.segments()[..] else {
        return Err(Problem::NotFound.into());
    };
    request.allow(&[Method::POST])?;
    let wire: Verify = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    let code = Code::parse(&wire.code).map_err(|_| Problem::Malformed("code is neither digits nor a long code"))?;
    // An id that cannot be one belongs to no reset, as an unknown one does.
    let id = ResetId::parse(id).ok_or(Problem::CodeRejected)?;
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    match app.verify(&id, &code, wire.gate_token.as_deref(), key).await? {
        Verification::Verified { token, expires_at } => {
            let body = Verified::Verified { reset_token: &token, expires_at: expires_at.to_string() };
            Ok(Answer::json(StatusCode::OK, &body))
        }
        Verification::AnotherMethodRequired { token, methods } => {
            Ok(Answer::json(StatusCode::OK, &Verified::AnotherMethodRequired { gate_token: &token, methods }))
        }
        Verification::Rejected => Err(Problem::CodeRejected.into()),
        Verification::OtherBody => Err(Problem::IdempotencyKeyReused.into()),
        Verification::InUse => Err(Problem::IdempotencyKeyInUse.into()),
    }
}
