//! Responses for a gateway to pass on.

use ::http::StatusCode;
use ::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, X_CONTENT_TYPE_OPTIONS};
use serde::Serialize;

/// A response for a gateway to pass on; its body is empty if it has none.
pub type Response = ::http::Response<Vec<u8>>;

/// A response without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    let response = with_header(response, CACHE_CONTROL, HeaderValue::from_static("no-store"));
    with_header(response, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
}

/// A response whose body is JSON.
#[must_use]
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    typed(status, "application/json", body)
}

/// The 201 response: the new resource as JSON, and its URL.
#[must_use]
pub fn created(body: &impl Serialize, location: &str) -> Response {
    let response = json(StatusCode::CREATED, body);
    match HeaderValue::from_str(location) {
        Ok(location) => with_header(response, LOCATION, location),
        Err(_) => response,
    }
}

/// A response whose body is JSON of a media type.
pub(super) fn typed(status: StatusCode, media_type: &'static str, body: &impl Serialize) -> Response {
    // Wire types are plain structs with text keys, which always serialize.
    let body = serde_json::to_vec(body).unwrap_or_default();
    with_header(empty(status).map(|_| body), CONTENT_TYPE, HeaderValue::from_static(media_type))
}

/// The response with a header set.
#[must_use]
pub fn with_header(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}
