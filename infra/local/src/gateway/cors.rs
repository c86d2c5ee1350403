//! Cross-origin requests, handled as API Gateway's own CORS configuration does.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};
use shared::http::Response;

/// The methods that a page may use.
pub const METHODS: &str = "GET,POST,PUT,PATCH,DELETE";
/// The headers that a page may send.
pub const HEADERS: &str = "authorization,content-type,idempotency-key";
/// The headers that a page may read, besides those that it always may.
pub const EXPOSED_HEADERS: &str = "retry-after,www-authenticate";
/// How long a browser may cache a preflight response, in seconds.
pub const MAX_AGE_SECONDS: u64 = 600;

/// The origins that may call from a browser.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins(pub(crate) Vec<String>);

impl Origins {
    /// The request's origin, if it is allowed.
    pub(crate) fn allowed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        let text = origin.to_str().ok()?;
        self.0.iter().any(|allowed| allowed == text).then_some(origin)
    }
}

/// The response to a CORS preflight: a function's own, plus the headers that API Gateway adds.
pub(crate) fn preflight(method: &Method, headers: &HeaderMap) -> Option<Response> {
    let mut answer = aws::lambda::gateway::preflight(method, headers)?;
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(MAX_AGE_SECONDS));
    Some(answer)
}

/// Lets a page of the origin read the response.
pub(crate) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    headers.insert(VARY, HeaderValue::from_static("Origin"));
}
