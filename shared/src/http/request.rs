//! A request as a gateway hands it over.

use std::net::IpAddr;

use ::http::header::AUTHORIZATION;
use ::http::{HeaderMap, Method};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use crate::ports::idempotency::IdempotencyKey;
use crate::random::{Randomness, bytes};

/// What an `Idempotency-Key` must be.
pub(super) const KEY_RULE: &str =
    "the Idempotency-Key header must come once, and be 16 to 255 visible ASCII characters without a comma";

/// Bytes of a request's id.
const ID_BYTES: usize = 16;

/// The id of a request that cannot be read, or that has no `Idempotency-Key`.
pub(super) fn drawn_id(random: &dyn Randomness) -> String {
    BASE64URL_NOPAD.encode(&bytes::<ID_BYTES>(random))
}

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
    /// [`Problem::Malformed`] if it comes twice, or is not 16 to 255 visible ASCII characters without a comma.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey<'_>>, Problem> {
        Ok(self.key()?.map(|key| IdempotencyKey::new(key, &self.body)))
    }

    fn key(&self) -> Result<Option<&str>, Problem> {
        let mut values = self.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(None) };
        let key = value.to_str().ok().filter(|key| IdempotencyKey::is_valid(key) && values.next().is_none());
        key.map(Some).ok_or(Problem::malformed(KEY_RULE))
    }

    /// The id that responses and the log give to the request: the same for all requests with one `Idempotency-Key`,
    /// otherwise a new one.
    pub(super) fn id(&self, random: &dyn Randomness) -> String {
        let Ok(Some(key)) = self.key() else { return drawn_id(random) };
        let digest = Sha256::new_with_prefix(&self.path).chain_update([0]).chain_update(key).finalize();
        BASE64URL_NOPAD.encode(&digest[..ID_BYTES])
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
