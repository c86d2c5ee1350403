//! A request as a gateway hands it over.

use std::net::IpAddr;

use ::http::header::AUTHORIZATION;
use ::http::{HeaderMap, Method};

use super::problem::Problem;
use crate::ports::idempotency::IdempotencyKey;

/// What an `Idempotency-Key` must be.
pub(super) const KEY_RULE: &str = "the Idempotency-Key header must be 16 to 255 visible ASCII characters";

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
    /// Its body; empty if there is none.
    pub body: Vec<u8>,
    /// The address that the gateway reports, never one that a header claims.
    pub source: IpAddr,
}

impl Request {
    /// The path's segments, without the empty one before the first slash.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.strip_prefix('/').unwrap_or(&self.path).split('/').collect()
    }

    /// A header's value, if it is text.
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
    /// [`Problem::Malformed`] if it is not 16 to 255 visible ASCII characters.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey<'_>>, Problem> {
        match self.headers.get("idempotency-key") {
            None => Ok(None),
            Some(value) => {
                let key = value.to_str().ok().and_then(|key| IdempotencyKey::parse(key, &self.body));
                key.map(Some).ok_or(Problem::malformed(KEY_RULE))
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

    /// Refuses all methods but the ones that this path supports.
    ///
    /// # Errors
    /// [`Problem::MethodNotAllowed`], which lists the supported methods.
    pub fn allow(&self, methods: &'static [Method]) -> Result<(), Problem> {
        if methods.contains(&self.method) { Ok(()) } else { Err(Problem::MethodNotAllowed(methods)) }
    }
}
