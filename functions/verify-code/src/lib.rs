//! `POST /v1/resets/{resetId}/verifications`: verifies a code, or answers to security questions.

#[cfg(feature = "describe")]
pub mod describe;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use shared::credentials::questions::GivenAnswers;
use shared::http::{Answer, Failure, MAX_BODY, Problem, Request, Surface, body, finish, object};
use shared::ports::store::Store;
use shared::reset::code::Code;
use shared::use_cases::verify_code::{Shown, Verification, VerifyCode};

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
}

/// Answers a request to verify a code or answers.
pub async fn handle<S: Store>(app: &VerifyCode<S>, request: Request) -> Answer {
    let result = route(app, &request).await;
    finish(Surface::Rekey, result, &app.context)
}

async fn route<S: Store>(app: &VerifyCode<S>, request: &Request) -> Result<Answer, Failure> {
    let ["v1", "resets", id, "verifications"] = request.segments()[..] else {
        return Err(Problem::NotFound.into());
    };
    request.allow(&[Method::POST])?;
    let wire: Verify = body(request, Surface::Rekey, MAX_BODY)?;
    let key = request.idempotency_key()?;
    let read = read(&wire)?;
    let key = key.as_ref().map(|key| (key, request.body.as_slice()));
    match app.verify(id, read.shown(), wire.gate_token.as_deref(), key).await? {
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
