//! What the edges of all functions share: requests, strict JSON, problems and fixed headers.
//!
//! There is no server here; a gateway (API Gateway, or the local one) turns what it speaks into
//! [`Request`] and [`Answer`].

mod body;
#[cfg(feature = "describe")]
pub mod describe;
pub mod graph;
mod problem;
mod questions;

use std::net::IpAddr;

use ::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use ::http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

pub use body::{MAX_BODY, MAX_POLICY_BODY, body, json, object, optional_object, strict};
pub use problem::{Failure, GraphError, Problem, Surface};
pub use questions::{GivenAnswer, Question};

use crate::ports::idempotency::IdempotencyKey;
use crate::ports::store::Store;
use crate::use_cases::context::Context;

/// A request as a gateway hands it over.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path, percent-decoded.
    pub path: String,
    /// Its query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty where there is none.
    pub body: Vec<u8>,
    /// The address that the gateway reports, never one that a header claims.
    pub source: IpAddr,
}

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

impl Request {
    /// The path's segments, without the empty one before the first slash.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.strip_prefix('/').unwrap_or(&self.path).split('/').collect()
    }

    /// A header's value, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Authorization` header.
    #[must_use]
    pub fn authorization(&self) -> Option<&str> {
        self.header(AUTHORIZATION.as_str())
    }

    /// The `Idempotency-Key`, if one was sent.
    ///
    /// # Errors
    /// [`Problem::Malformed`] for anything but 16 to 255 visible ASCII characters.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey<'_>>, Problem> {
        match self.headers.get("idempotency-key") {
            None => Ok(None),
            Some(value) => {
                let key = value.to_str().ok().and_then(|key| IdempotencyKey::parse(key, &self.body));
                key.map(Some).ok_or(Problem::Malformed("the idempotency key is not 16 to 255 visible ASCII characters"))
            }
        }
    }

    /// The source network: the address's IPv4 /24 or IPv6 /48, and each loopback address by itself.
    #[must_use]
    pub fn network(&self) -> String {
        match self.source {
            IpAddr::V4(address) if address.is_loopback() => address.to_string(),
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(mapped) => Self { source: IpAddr::V4(mapped), ..self.clone_head() }.network(),
                None => {
                    let [a, b, c, ..] = address.segments();
                    format!("{a:x}:{b:x}:{c:x}::/48")
                }
            },
        }
    }

    fn clone_head(&self) -> Self {
        Self {
            method: self.method.clone(),
            path: String::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            source: self.source,
        }
    }

    /// Refuses any method but those allowed on this path.
    ///
    /// # Errors
    /// [`Problem::MethodNotAllowed`], which names them.
    pub fn allow(&self, methods: &'static [Method]) -> Result<(), Problem> {
        if methods.contains(&self.method) { Ok(()) } else { Err(Problem::MethodNotAllowed(methods)) }
    }
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
    pub(crate) fn typed(status: StatusCode, media_type: &'static str, body: &impl Serialize) -> Self {
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
    headers.insert(::http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
}

/// Turns what a route decided into an answer; a failure is logged here, once.
pub fn finish<S: Store>(surface: Surface, result: Result<Answer, Failure>, context: &Context<S>) -> Answer {
    match result {
        Ok(answer) => answer,
        Err(failure) => failure.answer(surface, &*context.random, context.now()),
    }
}
