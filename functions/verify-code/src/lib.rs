//! `POST /v1/resets/{resetId}/verifications`: verifies a code, or answers to security questions.

#[cfg(feature = "describe")]
pub mod describe;

use http::{Method, StatusCode};
#[cfg(feature = "describe")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::credentials::questions::GivenAnswers;
use shared::http::{ErrorFormat, Failure, GivenAnswer, Problem, Request, Response, body, finish, response};
use shared::ports::store::Store;
use shared::reset::code::Code;
use shared::use_cases::verify_code::{Submission, Verification, VerifyCode};

/// A code or answers: exactly one of `code` and `answers` is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "VerifyCode"))]
struct Verify {
    #[cfg_attr(feature = "describe", schemars(with = "Option<shared::http::describe::CodeText>"))]
    code: Option<String>,
    /// The answers to all questions that were asked. All must be right; the response does not reveal which one is
    /// wrong. Case, width, accents and extra spaces do not matter.
    #[cfg_attr(feature = "describe", schemars(with = "Option<Vec<GivenAnswer>>", length(min = 1, max = 5)))]
    answers: Option<Vec<GivenAnswer>>,
    /// The token of the first gate, for the code or the answers of the second.
    #[cfg_attr(feature = "describe", schemars(with = "Option<shared::http::describe::Token>"))]
    gate_token: Option<String>,
}

/// A well-formed submission.
enum Submitted {
    Code(Code),
    Answers(GivenAnswers),
}

/// Either the reset is verified, or it needs a second method; `status` says which.
#[derive(Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "describe", derive(JsonSchema), schemars(rename = "CodeVerified", extend("discriminator" = {
    "propertyName": "status",
    "mapping": {
        "verified": "#/components/schemas/Verified",
        "anotherMethodRequired": "#/components/schemas/AnotherMethodRequired",
    },
})))]
enum VerifiedBody<'a> {
    Verified(Verified<'a>),
    AnotherMethodRequired(AnotherMethodRequired<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct Verified<'a> {
    #[cfg_attr(feature = "describe", schemars(extend("const" = "verified")))]
    status: &'static str,
    /// The token that sets the password.
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::Token"))]
    reset_token: &'a str,
    /// When the token expires.
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::Time"))]
    expires_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(JsonSchema))]
struct AnotherMethodRequired<'a> {
    #[cfg_attr(feature = "describe", schemars(extend("const" = "anotherMethodRequired")))]
    status: &'static str,
    /// The token that opens the second gate of this reset.
    #[cfg_attr(feature = "describe", schemars(with = "shared::http::describe::Token"))]
    gate_token: &'a str,
    /// The methods for the second gate: those that reach this account at another destination than the first gate, and
    /// security questions if the account has registered enough.
    #[cfg_attr(feature = "describe", schemars(with = "Vec<shared::policy::method::Method>", extend("uniqueItems" = true)))]
    methods: Vec<String>,
}

impl Submitted {
    fn submission(&self) -> Submission<'_> {
        match self {
            Self::Code(code) => Submission::Code(code),
            Self::Answers(given) => Submission::Answers(given),
        }
    }
}

/// Handles a request to verify a code or answers.
pub async fn handle<S: Store>(app: &VerifyCode<S>, request: Request) -> Response {
    let result = route(app, &request).await;
    finish(ErrorFormat::Rekey, &request, result, &*app.context.random, app.context.now())
}

async fn route<S: Store>(app: &VerifyCode<S>, request: &Request) -> Result<Response, Failure> {
    let ["v1", "resets", id, "verifications"] = request.segments()[..] else {
        return Err(Problem::NO_ROUTE.into());
    };
    request.allow(&[Method::POST])?;
    let wire: Verify = body(request)?;
    let key = request.idempotency_key()?;
    let submitted = submitted(&wire)?;
    match app.verify(id, submitted.submission(), wire.gate_token.as_deref(), key).await? {
        Verification::Verified { token, expires_at } => {
            let body = Verified { status: "verified", reset_token: &token, expires_at: expires_at.to_string() };
            Ok(response::json(StatusCode::OK, &VerifiedBody::Verified(body)))
        }
        Verification::AnotherMethodRequired { token, methods } => {
            let body = AnotherMethodRequired { status: "anotherMethodRequired", gate_token: &token, methods };
            Ok(response::json(StatusCode::OK, &VerifiedBody::AnotherMethodRequired(body)))
        }
        Verification::Rejected => Err(Problem::CodeRejected.into()),
    }
}

/// Reads either a code or answers. A malformed submission is not charged.
fn submitted(wire: &Verify) -> Result<Submitted, Problem> {
    match (&wire.code, &wire.answers) {
        (Some(code), None) => {
            let code =
                Code::parse(code).map_err(|_| Problem::malformed("code must be 6 to 10 digits or a long code"))?;
            Ok(Submitted::Code(code))
        }
        (None, Some(answers)) => {
            let given = GivenAnswers::parse(answers.iter().map(GivenAnswer::pair)).map_err(|_| {
                Problem::malformed("answers must be a list of 1 to 5 answers of at most 200 characters each")
            })?;
            Ok(Submitted::Answers(given))
        }
        (Some(_), Some(_)) | (None, None) => Err(Problem::malformed("exactly one of code and answers is needed")),
    }
}
