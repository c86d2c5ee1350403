//! The OpenAPI description, which anybody may read.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use shared::http::response::{self, Response, with_header};
use shared::http::{Failure, Request};

/// The description that the service serves.
const DESCRIPTION: &str = include_str!("../openapi.json");

/// It changes with a deployment only, and clients are not generated from it every minute.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Handles a request for the description.
pub(crate) fn respond(request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::GET])?;
    let description = response::empty(StatusCode::OK).map(|_| DESCRIPTION.into());
    let description = with_header(description, CACHE_CONTROL, KEPT);
    Ok(with_header(description, CONTENT_TYPE, HeaderValue::from_static("application/json")))
}
