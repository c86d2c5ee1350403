//! The OpenAPI description, which anybody may read.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use shared::http::response::{self, Response, with_header};
use shared::http::{Failure, Request};

/// The description that the service serves.
const DESCRIPTION: &str = include_str!("../openapi.json");

/// Handles a request for the description.
pub(crate) fn respond(request: &Request) -> Result<Response, Failure> {
    request.allow(&[Method::GET])?;
    let description = response::empty(StatusCode::OK).map(|_| DESCRIPTION.into());
    Ok(with_header(description, CONTENT_TYPE, HeaderValue::from_static("application/json")))
}
