//! Why requests are refused: the codes, statuses and texts of all problems.

use ::http::{Method, StatusCode};

use crate::policy::PolicyError;

/// Whose shape the errors of a route have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    /// `application/problem+json`.
    Rekey,
    /// Microsoft Graph's error object.
    Graph,
}

impl ErrorFormat {
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

/// Every code that a problem has.
#[cfg(feature = "describe")]
pub(super) fn codes() -> Vec<&'static str> {
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
pub(super) const STATUSES: [u16; 11] = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503];

/// The codes of the Graph routes' errors; others of [`Problem::graph_code`] are those of no such route.
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

    pub(super) const fn title(&self) -> &'static str {
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
    pub(super) fn message(&self) -> String {
        match self {
            Self::PolicyRejected(error) => error.to_string(),
            _ => self.detail().to_owned(),
        }
    }

    pub(super) const fn graph_code(&self) -> &'static str {
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

    pub(super) fn reasons(&self) -> Option<&[String]> {
        match self {
            Self::PasswordRejected(reasons) | Self::AnswersRejected(reasons) => Some(reasons),
            _ => None,
        }
    }
}
