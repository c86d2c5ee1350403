//! The OpenAPI description, which anybody may read.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use shared::http::{Answer, Failure, Request};

/// The description, as it is served.
const DESCRIPTION: &str = include_str!("../openapi.json");

/// Answers a request for the description.
pub(crate) fn answer(request: &Request) -> Result<Answer, Failure> {
    request.allow(&[Method::GET])?;
    let mut answer = Answer::empty(StatusCode::OK);
    answer.body = DESCRIPTION.into();
    Ok(answer.with(CONTENT_TYPE, HeaderValue::from_static("application/json")))
}
