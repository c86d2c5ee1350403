//! `POST /v1/resets/{resetId}/verifications`: verifies a code, or answers to security questions.

#[cfg(feature = "describe")]
pub mod describe;

use std::time::Duration;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::credentials::questions::GivenAnswers;
use shared::http::{Answer, Failure, MAX_BODY, Problem, Request, Surface, body, finish, object};
use shared::ports::idempotency::IdempotencyKey;
use shared::ports::store::Store;
use shared::random::ResetId;
use shared::reset::code::Code;
use shared::use_cases::verify_code::{Shown, Verification, VerifyCode};
use tokio::time::{Instant, sleep, sleep_until};

/// When every refused code is answered, counted from the request's arrival.
///
/// Long enough for three requests to the table in nearly every case, so that the time tells nothing.
const CODE_REJECTED_AFTER: Duration = Duration::from_millis(250);
/// When every refused long code is answered, counted from the request's arrival: its reset may have to be waited for.
const LONG_CODE_REJECTED_AFTER: Duration = Duration::from_secs(1);
/// When every refused set of answers is answered, counted from the request's arrival.
///
/// Long enough for four requests to the table and five hashes (30 milliseconds of a core each) in nearly every case.
const ANSWERS_REJECTED_AFTER: Duration = Duration::from_secs(1);

/// Until when a long code waits for its reset to be bound to an account, counted from the request's arrival: what is
/// left before a refusal leaves is enough for the requests that follow.
const BOUND_BY: Duration = Duration::from_millis(500);
/// The pause between two looks at whether it is.
const BOUND_PAUSE: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Verify {
    code: Option<String>,
    answers: Option<Vec<Element>>,
    gate_token: Option<String>,
}

/// An element of a list, which is an object: derived code alone would take an array, too.
#[derive(Deserialize)]
#[serde(transparent)]
struct Element(#[serde(deserialize_with = "object")] Given);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Given {
    question_id: String,
    answer: String,
}

/// What a request shows, once it could be read.
enum Read {
    Code(Code),
    Answers(GivenAnswers),
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Verified<'a> {
    Verified { reset_token: &'a str, expires_at: String },
    AnotherMethodRequired { gate_token: &'a str, methods: Vec<String> },
}

impl Read {
    fn shown(&self) -> Shown<'_> {
        match self {
            Self::Code(code) => Shown::Code(code),
            Self::Answers(given) => Shown::Answers(given),
        }
    }

    /// When it is answered, if it is refused.
    const fn rejected_after(&self) -> Duration {
        match self {
            Self::Code(Code::Digits(_)) => CODE_REJECTED_AFTER,
            Self::Code(Code::Long(_)) => LONG_CODE_REJECTED_AFTER,
            Self::Answers(_) => ANSWERS_REJECTED_AFTER,
        }
    }
}

/// Answers a request to verify a code or answers; every 422 leaves at the same time after its arrival.
pub async fn handle<S: Store>(app: &VerifyCode<S>, request: Request) -> Answer {
    let arrived = Instant::now();
    let result = route(app, &request, arrived).await;
    finish(Surface::Rekey, result, &app.context)
}

async fn route<S: Store>(app: &VerifyCode<S>, request: &Request, arrived: Instant) -> Result<Answer, Failure> {
    let ["v1", "resets", id, "verifications"] = request.segments()[..] else {
        return Err(Problem::NotFound.into());
    };
    request.allow(&[Method::POST])?;
    let wire: Verify = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    let read = read(&wire)?;
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    let result = prove(app, id, read.shown(), wire.gate_token.as_deref(), key, arrived).await;
    if matches!(&result, Err(Failure::Problem(problem)) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY) {
        sleep_until(arrived + read.rejected_after()).await;
    }
    result
}

/// Reads exactly one of a code and answers; what can be neither is not charged.
fn read(wire: &Verify) -> Result<Read, Problem> {
    match (&wire.code, &wire.answers) {
        (Some(code), None) => {
            let code = Code::parse(code).map_err(|_| Problem::Malformed("code is neither digits nor a long code"))?;
            Ok(Read::Code(code))
        }
        (None, Some(answers)) => {
            let given = answers.iter().map(|Element(given)| (given.question_id.as_str(), given.answer.as_str()));
            let given = GivenAnswers::parse(given)
                .map_err(|_| Problem::Malformed("answers are 1 to 5, of at most 200 characters each"))?;
            Ok(Read::Answers(given))
        }
        (Some(_), Some(_)) | (None, None) => Err(Problem::Malformed("exactly one of code and answers is needed")),
    }
}

async fn prove<S: Store>(
    app: &VerifyCode<S>,
    id: &str,
    shown: Shown<'_>,
    gate_token: Option<&str>,
    key: Option<(&IdempotencyKey, &[u8])>,
    arrived: Instant,
) -> Result<Answer, Failure> {
    // An id that cannot be one belongs to no reset, as an unknown one does.
    let id = ResetId::parse(id).ok_or(Problem::CodeRejected)?;
    let wait = || async move {
        sleep(BOUND_PAUSE).await;
        Instant::now() < arrived + BOUND_BY
    };
    match app.verify(&id, shown, gate_token, key, wait).await? {
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
