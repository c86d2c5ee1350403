//! Error responses: RFC 9457 problems on Rekey's own routes, Microsoft Graph's error object on the Graph routes.

use ::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use ::http::{HeaderValue, Method, StatusCode};
use serde::Serialize;

use super::problem::{ErrorFormat, Problem};
#[cfg(feature = "describe")]
use super::problem::{GRAPH_CODES, STATUSES, codes};
use super::request::{Request, drawn_id};
use super::response::{self, Response, with_header};
use crate::credentials::token::{Forbidden, Unauthenticated};
use crate::ports::idempotency::RunError;
use crate::random::Randomness;
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// The id that an error response shows, among the response's extensions: the log of the request names it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Why the response to a request is an error.
#[derive(Debug)]
pub enum Failure {
    /// The request is refused.
    Problem(Problem),
    /// A dependency of this service failed.
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
    fn from(refused: Unauthenticated) -> Self {
        Self::Problem(match refused {
            Unauthenticated::NoToken => Problem::Unauthenticated,
            Unauthenticated::SignInAgain { seconds } => Problem::StaleSignIn(seconds),
        })
    }
}

impl From<Forbidden> for Failure {
    fn from(forbidden: Forbidden) -> Self {
        Self::Problem(Problem::forbidden(forbidden.to_string()))
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::KeyReused => Problem::IdempotencyKeyReused.into(),
            RunError::KeyInUse => Problem::IdempotencyKeyInUse.into(),
            RunError::Limited { seconds } => Problem::RateLimited(seconds).into(),
            RunError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

/// Seconds after which a caller may try again when a dependency failed.
const UNAVAILABLE_RETRY_SECONDS: u64 = 5;
/// Waiting times are rounded up to a multiple of this many seconds, so that they reveal little.
const RETRY_COARSENESS: u64 = 5;

/// An error of Rekey's own routes (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "Problem"))]
pub(super) struct ProblemBody<'a> {
    #[cfg_attr(feature = "describe", schemars(extend("pattern" = "^urn:rekey:problem:[a-z-]+$")))]
    r#type: String,
    #[cfg_attr(feature = "describe", schemars(extend("enum" = codes())))]
    code: &'static str,
    /// The problem in a few words; each code has one title.
    title: &'static str,
    #[cfg_attr(feature = "describe", schemars(extend("enum" = STATUSES)))]
    status: u16,
    /// What is wrong: the member that breaks a rule, the missing permission, or the resource that does not exist. It
    /// never contains a value from the request.
    detail: &'a str,
    /// Identifies this response in the service's log.
    #[serde(rename = "requestId")]
    #[cfg_attr(feature = "describe", schemars(with = "super::describe::Id"))]
    request_id: String,
    /// The broken rules; only with `password-rejected` and `answers-rejected`.
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
    /// What is wrong: the property that breaks a rule, the missing permission, or the resource that does not exist. It
    /// never contains a value from the request.
    message: String,
    #[serde(rename = "innerError")]
    inner: GraphInner,
}

#[derive(Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "GraphInnerError"))]
struct GraphInner {
    #[cfg_attr(feature = "describe", schemars(with = "super::describe::Time"))]
    date: String,
    /// Identifies this response in the service's log.
    #[serde(rename = "request-id")]
    #[cfg_attr(feature = "describe", schemars(with = "super::describe::Id"))]
    request_id: String,
}

fn retry_after(response: Response, seconds: u64) -> Response {
    let coarse = seconds.max(1).div_ceil(RETRY_COARSENESS) * RETRY_COARSENESS;
    with_header(response, RETRY_AFTER, HeaderValue::from(coarse))
}

impl Failure {
    /// For a request that changes an account or the policy: if only other changes were in the way, that is a conflict,
    /// and no dependency failed.
    #[must_use]
    pub fn or_conflict(self) -> Self {
        match self {
            Self::Unavailable(unavailable) if unavailable.is_conflict() => Problem::CHANGED_MEANWHILE.into(),
            other => other,
        }
    }

    /// Makes the error response to a request that could not be read. A failed dependency is logged here and nowhere
    /// else.
    pub fn response(&self, error_format: ErrorFormat, random: &dyn Randomness, now: Moment) -> Response {
        self.respond(error_format, drawn_id(random), now)
    }

    fn respond(&self, error_format: ErrorFormat, request_id: String, now: Moment) -> Response {
        let id = RequestId(request_id.clone());
        let mut response = self.rendered(error_format, request_id, now);
        response.extensions_mut().insert(id);
        response
    }

    fn rendered(&self, error_format: ErrorFormat, request_id: String, now: Moment) -> Response {
        match self {
            Self::Problem(problem) => problem.decorate(problem.render(error_format, request_id, now)),
            Self::Unavailable(unavailable) => {
                let cause = std::error::Error::source(unavailable).map(ToString::to_string);
                tracing::error!(request_id, what = unavailable.what, cause, "a dependency failed");
                retry_after(render_unavailable(error_format, request_id, now), UNAVAILABLE_RETRY_SECONDS)
            }
        }
    }
}

/// Turns the result of a route into a response; a failure is logged here, once.
///
/// All requests with one `Idempotency-Key` have one id, because a repetition gets the first response, byte for byte.
pub fn finish(
    error_format: ErrorFormat,
    request: &Request,
    result: Result<Response, Failure>,
    random: &dyn Randomness,
    now: Moment,
) -> Response {
    result.unwrap_or_else(|failure| failure.respond(error_format, request.id(random), now))
}

impl Problem {
    fn decorate(&self, response: Response) -> Response {
        match self {
            Self::MethodNotAllowed(methods) => {
                let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
                let names = HeaderValue::from_str(&names.join(", "));
                with_header(response, ALLOW, names.unwrap_or(HeaderValue::from_static("")))
            }
            Self::RateLimited(seconds) => retry_after(response, *seconds),
            Self::IdempotencyKeyInUse => retry_after(response, UNAVAILABLE_RETRY_SECONDS),
            Self::Unauthenticated => with_header(response, WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Self::StaleSignIn(seconds) => {
                let value = format!("Bearer error=\"insufficient_user_authentication\", max_age={seconds}");
                let value = HeaderValue::from_str(&value);
                with_header(response, WWW_AUTHENTICATE, value.unwrap_or(HeaderValue::from_static("Bearer")))
            }
            _ => response,
        }
    }

    fn render(&self, error_format: ErrorFormat, request_id: String, now: Moment) -> Response {
        match error_format {
            ErrorFormat::Graph => {
                graph_error(self.status(), self.graph_code(), self.detail().to_owned(), request_id, now)
            }
            ErrorFormat::Rekey => {
                problem_json(self.status(), self.code(), self.title(), self.detail(), self.reasons(), request_id)
            }
        }
    }
}

fn render_unavailable(error_format: ErrorFormat, request_id: String, now: Moment) -> Response {
    const DETAIL: &str = "a dependency failed and nothing was half done; try again later";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    match error_format {
        ErrorFormat::Graph => graph_error(status, "ServiceUnavailable", DETAIL.to_owned(), request_id, now),
        ErrorFormat::Rekey => {
            problem_json(status, "unavailable", "The service is not available at the moment", DETAIL, None, request_id)
        }
    }
}

fn problem_json(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &str,
    reasons: Option<&[String]>,
    request_id: String,
) -> Response {
    let body = ProblemBody {
        r#type: format!("urn:rekey:problem:{code}"),
        code,
        title,
        status: status.as_u16(),
        detail,
        request_id,
        reasons,
    };
    response::typed(status, "application/problem+json", &body)
}

fn graph_error(status: StatusCode, code: &'static str, message: String, request_id: String, now: Moment) -> Response {
    let inner = GraphInner { date: now.to_string(), request_id };
    let body = GraphBody { error: GraphErrorBody { code, message, inner } };
    response::json(status, &body)
}
