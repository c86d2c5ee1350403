//! Why requests are refused: the codes, statuses and texts of all problems.

use std::borrow::Cow;

use ::http::{Method, StatusCode};

/// The format of a route's errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    /// `application/problem+json`.
    Rekey,
    /// Microsoft Graph's error object.
    Graph,
}

impl ErrorFormat {
    /// The format of a path's errors, whether or not the path is a route.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        if path.starts_with("/graph/") { Self::Graph } else { Self::Rekey }
    }
}

/// Why a request is refused. A text names a member, an option or a permission that this service knows. It never contains
/// a value from the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The request breaks this rule.
    Malformed(Cow<'static, str>),
    /// A query option breaks this rule; Microsoft Graph has a code of its own for that.
    UnsupportedQuery(Cow<'static, str>),
    /// The token is missing or not valid.
    Unauthenticated,
    /// The sign-in is older than this many seconds.
    StaleSignIn(u64),
    /// The token is valid, but this permission or right is missing.
    Forbidden(Cow<'static, str>),
    /// The route, or the resource that the text names, does not exist.
    NotFound(&'static str),
    /// The path supports only these methods.
    MethodNotAllowed(&'static [Method]),
    /// The request conflicts with the current state.
    Conflict(&'static str),
    /// The body is too large.
    TooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The code is not accepted.
    CodeRejected,
    /// The reset token is not accepted.
    TokenRejected,
    /// The password is not accepted, for these reasons.
    PasswordRejected(Vec<String>),
    /// The answers to security questions are not accepted, for these reasons.
    AnswersRejected(Vec<String>),
    /// The contact is not accepted, because it breaks this rule.
    ContactRejected(&'static str),
    /// The user name or the password is not accepted.
    CredentialsRejected,
    /// The idempotency key was used with another body.
    IdempotencyKeyReused,
    /// The first request with this idempotency key is still running.
    IdempotencyKeyInUse,
    /// The caller sent too many requests and may try again after this many seconds.
    RateLimited(u64),
}

/// All problem codes.
#[cfg(feature = "describe")]
pub(super) fn codes() -> Vec<&'static str> {
    let problems = [
        Problem::malformed(""),
        Problem::Unauthenticated,
        Problem::forbidden(""),
        Problem::NO_ROUTE,
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
pub(super) const STATUSES: [u16; 11] = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503];

/// The error codes of the Graph routes. No Graph route uses the other codes of [`Problem::graph_code`].
#[cfg(feature = "describe")]
pub(super) const GRAPH_CODES: [&str; 6] = [
    "Request_BadRequest",
    "Request_UnsupportedQuery",
    "InvalidAuthenticationToken",
    "Authorization_RequestDenied",
    "Request_ResourceNotFound",
    "ServiceUnavailable",
];

impl Problem {
    /// The path is not a route.
    pub const NO_ROUTE: Self = Self::NotFound("there is no such route");
    /// The path names an unknown user, to a caller who may know the users.
    pub const NO_USER: Self = Self::NotFound("there is no such user");
    /// The path names a method that the user does not have.
    pub const NO_METHOD: Self = Self::NotFound("this user has no such method");
    /// The path names an audit record that does not exist, or no longer.
    pub const NO_RECORD: Self = Self::NotFound("there is no such audit record");
    /// The path names an unknown or ended reset; both look alike.
    pub const NO_RESET: Self = Self::NotFound("there is no such reset, or it has ended");
    /// Other requests kept changing the account or the policy that the request was to change.
    pub const CHANGED_MEANWHILE: Self =
        Self::Conflict("other requests changed the same thing at the same time; nothing was changed, try again");

    /// A request that breaks a rule.
    pub fn malformed(rule: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(rule.into())
    }

    /// A request whose query breaks a rule.
    pub fn unsupported_query(rule: impl Into<Cow<'static, str>>) -> Self {
        Self::UnsupportedQuery(rule.into())
    }

    /// A request that lacks a permission or a right.
    pub fn forbidden(need: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(need.into())
    }

    /// The problem's code, as published.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::UnsupportedQuery(_) => "malformed",
            Self::Unauthenticated | Self::StaleSignIn(_) => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not-found",
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

    /// The HTTP status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::UnsupportedQuery(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::StaleSignIn(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
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

    pub(super) const fn title(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::UnsupportedQuery(_) => "The request is not valid",
            Self::Unauthenticated => "A valid bearer token is required",
            Self::StaleSignIn(_) => "A fresh sign-in is required",
            Self::Forbidden(_) => "The token does not permit this",
            Self::NotFound(_) => "There is no such resource",
            Self::MethodNotAllowed(_) => "The method is not allowed here",
            Self::Conflict(_) => "The request conflicts with the current state",
            Self::TooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body must be application/json",
            Self::CodeRejected => "The code is not accepted",
            Self::TokenRejected => "The token is not accepted",
            Self::PasswordRejected(_) => "The password is not accepted",
            Self::AnswersRejected(_) => "The answers are not accepted",
            Self::ContactRejected(_) => "The contact is not accepted",
            Self::CredentialsRejected => "The credentials are not accepted",
            Self::IdempotencyKeyReused => "The idempotency key belongs to another request",
            Self::IdempotencyKeyInUse => "The first request with this key is still running",
            Self::RateLimited(_) => "Too many requests",
        }
    }

    /// The explanation beside the title: which rule was broken, what is missing, or what to do next.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Malformed(detail) | Self::UnsupportedQuery(detail) | Self::Forbidden(detail) => detail,
            Self::NotFound(detail) | Self::Conflict(detail) | Self::ContactRejected(detail) => detail,
            Self::Unauthenticated => "send a valid token in the Authorization header",
            Self::StaleSignIn(_) => "sign in again, then repeat the request",
            Self::MethodNotAllowed(_) => "the Allow header lists the methods of this route",
            Self::TooLarge => "the body is larger than this route accepts",
            Self::UnsupportedMediaType => "send Content-Type: application/json",
            Self::CodeRejected => {
                "the code or an answer is wrong, or the code is used, replaced or too old; order a new one"
            }
            Self::TokenRejected => "the token is wrong, used or too old; prove your identity again",
            Self::PasswordRejected(_) => "the password breaks the rules in reasons, and was not set",
            Self::AnswersRejected(_) => "the answers break the rules in reasons; the registered answers remain",
            Self::CredentialsRejected => "the user name or the password is wrong, or sign-in is locked",
            Self::IdempotencyKeyReused => "use a new key for a new request",
            Self::IdempotencyKeyInUse | Self::RateLimited(_) => {
                "wait as long as the Retry-After header says, then try again"
            }
        }
    }

    pub(super) const fn graph_code(&self) -> &'static str {
        match self {
            Self::Unauthenticated | Self::StaleSignIn(_) => "InvalidAuthenticationToken",
            Self::Forbidden(_) => "Authorization_RequestDenied",
            Self::NotFound(_) => "Request_ResourceNotFound",
            Self::UnsupportedQuery(_) => "Request_UnsupportedQuery",
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
            | Self::IdempotencyKeyReused => "Request_BadRequest",
        }
    }

    pub(super) fn reasons(&self) -> Option<&[String]> {
        match self {
            Self::PasswordRejected(reasons) | Self::AnswersRejected(reasons) => Some(reasons),
            _ => None,
        }
    }
}
