//! An answer for a gateway to pass on.

use ::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use ::http::{HeaderMap, StatusCode};
use serde::Serialize;

/// An answer for a gateway to pass on.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty where there is none.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: fixed_headers(), body: Vec::new() }
    }

    /// An answer whose body is JSON.
    #[must_use]
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self::typed(status, "application/json", body)
    }

    /// An answer whose body is JSON of a media type.
    pub(super) fn typed(status: StatusCode, media_type: &'static str, body: &impl Serialize) -> Self {
        // Wire types are plain structs with text keys, which always serialize.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, headers: fixed_headers(), body }.with(CONTENT_TYPE, HeaderValue::from_static(media_type))
    }

    /// The answer with one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

fn fixed_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
}
