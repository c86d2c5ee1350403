//! Problems: RFC 9457 on Rekey's own routes, Microsoft Graph's error object on Graph's.

use ::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use ::http::{HeaderValue, Method, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use super::answer::Answer;
use crate::credentials::token::{Forbidden, Unauthenticated};
use crate::policy::PolicyError;
use crate::ports::idempotency::RunError;
use crate::random::{Randomness, bytes};
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Whose shape the errors of a route have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// `application/problem+json`.
    Rekey,
    /// Microsoft Graph's error object.
    Graph,
}

impl Surface {
    /// Whose shape the errors of a path have, whether there is such a route or not.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        if path.starts_with("/graph/") { Self::Graph } else { Self::Rekey }
    }
}

/// Why a request is refused. Texts are constants and never hold anything of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The request cannot be read, for the reason given.
    Malformed(&'static str),
    /// The token is missing or not valid.
    Unauthenticated,
    /// The sign-in is too old for this; it must be newer than so many seconds.
    StaleSignIn(u64),
    /// The token does not permit this.
    Forbidden,
    /// There is no such resource.
    NotFound,
    /// The path knows only these methods.
    MethodNotAllowed(&'static [Method]),
    /// It contradicts what there is.
    Conflict(&'static str),
    /// The body is too large.
    TooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The code is not accepted.
    CodeRejected,
    /// The token of a reset is not accepted.
    TokenRejected,
    /// The password is not accepted, for these reasons.
    PasswordRejected(Vec<String>),
    /// The answers to security questions are not accepted, for these reasons.
    AnswersRejected(Vec<String>),
    /// The contact cannot be one, by the rule named.
    ContactRejected(&'static str),
    /// The credentials are not accepted.
    CredentialsRejected,
    /// The idempotency key came with another body before.
    IdempotencyKeyReused,
    /// The first request with this idempotency key still runs.
    IdempotencyKeyInUse,
    /// Too many requests; try again after so many seconds.
    RateLimited(u64),
    /// The policy cannot be that, for the member and the rule named.
    PolicyRejected(PolicyError),
}

/// Graph's way of naming what a query asks for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphError {
    /// The error's code.
    pub code: &'static str,
    /// Its message.
    pub message: &'static str,
}

/// Why a request has no answer of its own.
#[derive(Debug)]
pub enum Failure {
    /// The request is refused.
    Problem(Problem),
    /// A Graph query that is not supported, or refused by a rule of Graph's.
    Graph(StatusCode, GraphError),
    /// Something this service rests on failed.
    Unavailable(Unavailable),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Unavailable> for Failure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<Unauthenticated> for Failure {
    fn from(_: Unauthenticated) -> Self {
        Self::Problem(Problem::Unauthenticated)
    }
}

impl From<Forbidden> for Failure {
    fn from(_: Forbidden) -> Self {
        Self::Problem(Problem::Forbidden)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::KeyReused => Problem::IdempotencyKeyReused.into(),
            RunError::KeyInUse => Problem::IdempotencyKeyInUse.into(),
            RunError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

/// Seconds after which a caller may try again when something failed.
const UNAVAILABLE_RETRY_SECONDS: u64 = 5;
/// Waiting times are rounded up to this many seconds, so that they tell little.
const RETRY_COARSENESS: u64 = 5;

/// An error of Rekey's own routes (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "Problem"))]
pub(super) struct ProblemBody<'a> {
    #[cfg_attr(feature = "describe", schemars(extend("pattern" = "^urn:rekey:problem:[a-z-]+$")))]
    r#type: String,
    #[cfg_attr(feature = "describe", schemars(extend("enum" = codes())))]
    code: &'static str,
    /// The problem in a few words, the same for each code.
    title: &'static str,
    #[cfg_attr(feature = "describe", schemars(extend("enum" = STATUSES)))]
    status: u16,
    /// The rule that was broken; a constant text.
    detail: &'static str,
    /// Names this answer in the service's log.
    #[serde(rename = "requestId")]
    #[cfg_attr(feature = "describe", schemars(with = "super::describe::Id"))]
    request_id: String,
    /// The rules that were broken; with `password-rejected` and `answers-rejected` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "Vec<super::describe::BrokenRule>", length(min = 1)))]
    reasons: Option<&'a [String]>,
}

/// An error of the Graph routes.
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "GraphError"))]
pub(super) struct GraphBody {
    error: GraphErrorBody,
}

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "GraphErrorDetail"))]
struct GraphErrorBody {
    #[cfg_attr(feature = "describe", schemars(extend("enum" = GRAPH_CODES)))]
    code: &'static str,
    /// The rule that was broken; a constant text.
    message: String,
    #[serde(rename = "innerError")]
    inner: GraphInner,
}

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "GraphInnerError"))]
struct GraphInner {
    #[cfg_attr(feature = "describe", schemars(with = "super::describe::Time"))]
    date: String,
    /// Names this answer in the service's log.
    #[serde(rename = "request-id")]
    #[cfg_attr(feature = "describe", schemars(with = "super::describe::Id"))]
    request_id: String,
}

/// Every code that a problem has.
#[cfg(feature = "describe")]
fn codes() -> Vec<&'static str> {
    let problems = [
        Problem::Malformed(""),
        Problem::Unauthenticated,
        Problem::Forbidden,
        Problem::NotFound,
        Problem::MethodNotAllowed(&[]),
        Problem::Conflict(""),
        Problem::IdempotencyKeyInUse,
        Problem::TooLarge,
        Problem::UnsupportedMediaType,
        Problem::CodeRejected,
        Problem::TokenRejected,
        Problem::PasswordRejected(Vec::new()),
        Problem::AnswersRejected(Vec::new()),
        Problem::ContactRejected(""),
        Problem::CredentialsRejected,
        Problem::IdempotencyKeyReused,
        Problem::RateLimited(0),
    ];
    problems.iter().map(Problem::code).chain(["unavailable"]).collect()
}

/// The statuses of errors.
#[cfg(feature = "describe")]
const STATUSES: [u16; 11] = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503];

/// The codes of the Graph routes' errors; others of [`Problem::graph_code`] are those of no such route.
#[cfg(feature = "describe")]
const GRAPH_CODES: [&str; 6] = [
    "Request_BadRequest",
    "Request_UnsupportedQuery",
    "InvalidAuthenticationToken",
    "Authorization_RequestDenied",
    "Request_ResourceNotFound",
    "ServiceUnavailable",
];

impl Problem {
    /// The problem's code, as published.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::PolicyRejected(_) => "malformed",
            Self::Unauthenticated | Self::StaleSignIn(_) => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::Conflict(_) => "conflict",
            Self::TooLarge => "too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::CodeRejected => "code-rejected",
            Self::TokenRejected => "token-rejected",
            Self::PasswordRejected(_) => "password-rejected",
            Self::AnswersRejected(_) => "answers-rejected",
            Self::ContactRejected(_) => "contact-rejected",
            Self::CredentialsRejected => "credentials-rejected",
            Self::IdempotencyKeyReused => "idempotency-key-reused",
            Self::IdempotencyKeyInUse => "idempotency-key-in-use",
            Self::RateLimited(_) => "rate-limited",
        }
    }

    /// The status that goes with it.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::PolicyRejected(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::StaleSignIn(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) | Self::IdempotencyKeyInUse => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::CodeRejected
            | Self::TokenRejected
            | Self::PasswordRejected(_)
            | Self::AnswersRejected(_)
            | Self::ContactRejected(_)
            | Self::CredentialsRejected
            | Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::PolicyRejected(_) => "The request cannot be read",
            Self::Unauthenticated => "A valid bearer token is required",
            Self::StaleSignIn(_) => "A fresh sign-in is required",
            Self::Forbidden => "The token does not permit this",
            Self::NotFound => "There is no such resource",
            Self::MethodNotAllowed(_) => "The method is not allowed here",
            Self::Conflict(_) => "The request contradicts what there is",
            Self::TooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body must be application/json",
            Self::CodeRejected => "The code is not accepted",
            Self::TokenRejected => "The token is not accepted",
            Self::PasswordRejected(_) => "The password is not accepted",
            Self::AnswersRejected(_) => "The answers are not accepted",
            Self::ContactRejected(_) => "The contact is not accepted",
            Self::CredentialsRejected => "The credentials are not accepted",
            Self::IdempotencyKeyReused => "The idempotency key belongs to another request",
            Self::IdempotencyKeyInUse => "The first request with this key still runs",
            Self::RateLimited(_) => "Too many requests",
        }
    }

    /// What a person reads beside the title; constant for each rule.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        match self {
            Self::Malformed(detail) | Self::Conflict(detail) | Self::ContactRejected(detail) => detail,
            Self::Unauthenticated => "send a valid token in the Authorization header",
            Self::StaleSignIn(_) => "sign in again, then repeat the request",
            Self::Forbidden => "the token lacks a permission, or its person lacks the right",
            Self::NotFound => "no resource answers to this path",
            Self::MethodNotAllowed(_) => "see the Allow header",
            Self::TooLarge => "the body is larger than this route takes",
            Self::UnsupportedMediaType => "send Content-Type: application/json",
            Self::CodeRejected => "it is wrong, used, replaced or too old; ask for a new one",
            Self::TokenRejected => "it is wrong, used or too old; prove your identity again",
            Self::PasswordRejected(_) => "see reasons; the token stays usable",
            Self::AnswersRejected(_) => "see reasons; what was registered before stays",
            Self::CredentialsRejected => "the user name or the password is wrong, or sign-in is locked",
            Self::IdempotencyKeyReused => "use a new key for a new request",
            Self::IdempotencyKeyInUse | Self::RateLimited(_) => "wait, then try again",
            Self::PolicyRejected(error) => error.rule,
        }
    }

    /// What Graph's error object says: the detail, with the policy's member before its rule.
    fn message(&self) -> String {
        match self {
            Self::PolicyRejected(error) => error.to_string(),
            _ => self.detail().to_owned(),
        }
    }

    const fn graph_code(&self) -> &'static str {
        match self {
            Self::Unauthenticated | Self::StaleSignIn(_) => "InvalidAuthenticationToken",
            Self::Forbidden => "Authorization_RequestDenied",
            Self::NotFound => "Request_ResourceNotFound",
            Self::Conflict(_) | Self::IdempotencyKeyInUse => "Conflict",
            Self::RateLimited(_) => "TooManyRequests",
            Self::Malformed(_)
            | Self::MethodNotAllowed(_)
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::CodeRejected
            | Self::TokenRejected
            | Self::PasswordRejected(_)
            | Self::AnswersRejected(_)
            | Self::ContactRejected(_)
            | Self::CredentialsRejected
            | Self::IdempotencyKeyReused
            | Self::PolicyRejected(_) => "Request_BadRequest",
        }
    }

    fn reasons(&self) -> Option<&[String]> {
        match self {
            Self::PasswordRejected(reasons) | Self::AnswersRejected(reasons) => Some(reasons),
            _ => None,
        }
    }

    fn decorate(&self, answer: Answer) -> Answer {
        match self {
            Self::MethodNotAllowed(methods) => {
                let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
                let names = HeaderValue::from_str(&names.join(", "));
                answer.with(ALLOW, names.unwrap_or(HeaderValue::from_static("")))
            }
            Self::RateLimited(seconds) => retry_after(answer, *seconds),
            Self::IdempotencyKeyInUse => retry_after(answer, UNAVAILABLE_RETRY_SECONDS),
            Self::Unauthenticated => answer.with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Self::StaleSignIn(seconds) => {
                let value = format!("Bearer error=\"insufficient_user_authentication\", max_age={seconds}");
                let value = HeaderValue::from_str(&value);
                answer.with(WWW_AUTHENTICATE, value.unwrap_or(HeaderValue::from_static("Bearer")))
            }
            _ => answer,
        }
    }
}

fn retry_after(answer: Answer, seconds: u64) -> Answer {
    let coarse = seconds.max(1).div_ceil(RETRY_COARSENESS) * RETRY_COARSENESS;
    answer.with(RETRY_AFTER, HeaderValue::from(coarse))
}

impl Failure {
    /// The answer that tells it; what failed inside is logged here and nowhere else.
    pub fn answer(&self, surface: Surface, random: &dyn Randomness, now: Moment) -> Answer {
        let request_id = BASE64URL_NOPAD.encode(&bytes::<16>(random));
        match self {
            Self::Problem(problem) => problem.decorate(problem.render(surface, request_id, now)),
            Self::Graph(status, error) => graph_error(*status, error.code, error.message.to_owned(), request_id, now),
            Self::Unavailable(unavailable) => {
                let cause = std::error::Error::source(unavailable).map(ToString::to_string);
                tracing::error!(request_id, what = unavailable.what, cause, "a dependency failed");
                retry_after(render_unavailable(surface, request_id, now), UNAVAILABLE_RETRY_SECONDS)
            }
        }
    }
}

/// Turns what a route decided into an answer; a failure is logged here, once.
pub fn finish(surface: Surface, result: Result<Answer, Failure>, random: &dyn Randomness, now: Moment) -> Answer {
    result.unwrap_or_else(|failure| failure.answer(surface, random, now))
}

impl Problem {
    fn render(&self, surface: Surface, request_id: String, now: Moment) -> Answer {
        match surface {
            Surface::Graph => graph_error(self.status(), self.graph_code(), self.message(), request_id, now),
            Surface::Rekey => {
                problem_json(self.status(), self.code(), self.title(), self.detail(), self.reasons(), request_id)
            }
        }
    }
}

fn render_unavailable(surface: Surface, request_id: String, now: Moment) -> Answer {
    const DETAIL: &str = "nothing was half done; try again";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    match surface {
        Surface::Graph => graph_error(status, "ServiceUnavailable", DETAIL.to_owned(), request_id, now),
        Surface::Rekey => {
            problem_json(status, "unavailable", "The service is not available now", DETAIL, None, request_id)
        }
    }
}

fn problem_json(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
    reasons: Option<&[String]>,
    request_id: String,
) -> Answer {
    let body = ProblemBody {
        r#type: format!("urn:rekey:problem:{code}"),
        code,
        title,
        status: status.as_u16(),
        detail,
        request_id,
        reasons,
    };
    Answer::typed(status, "application/problem+json", &body)
}

fn graph_error(status: StatusCode, code: &'static str, message: String, request_id: String, now: Moment) -> Answer {
    let inner = GraphInner { date: now.to_string(), request_id };
    let body = GraphBody { error: GraphErrorBody { code, message, inner } };
    Answer::json(status, &body)
}
