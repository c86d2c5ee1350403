//! The issuer's public keys, fetched over HTTPS and cached.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet};
use serde::Deserialize;
use serde_json::Value;
use shared::credentials::token::IssuerKeys;
use shared::time::{Clock, HOUR, Moment};
use shared::unavailable::Unavailable;
use tokio::sync::Mutex;

use crate::config::http_client::https_connector;

/// Largest key set, in bytes: enough for some dozens of keys with their certificates.
const MAX_BYTES: usize = 64 * 1024;
/// How long a key set counts as current, in seconds.
const FRESH_SECONDS: u64 = 300;
/// Fewest seconds between two fetches while a key set is cached: anyone can invent a key's name, and each unknown name
/// asks for a refresh.
const REFRESH_SECONDS: u64 = 30;
/// How long a cached key set serves while the issuer cannot be reached, in seconds.
const STALE_SECONDS: u64 = HOUR;
/// How long to wait, in seconds, before retrying an issuer that failed while no keys are cached.
const PAUSE_SECONDS: u64 = 1;
/// Time limit of one fetch as a whole: a person is waiting for it.
const FETCH_TIMEOUT: Duration = Duration::from_secs(4);

/// The operation that every failure names.
const FETCH: &str = "fetch the issuer's keys";

/// Fetches an issuer's JWKS (RFC 7517, section 5) and caches it.
pub struct HttpIssuerKeys {
    url: String,
    connector: Connector,
    clock: Arc<dyn Clock>,
    cached: Mutex<CachedKeys>,
}

#[derive(Default)]
struct CachedKeys {
    set: Option<(Arc<JwkSet>, Moment)>,
    fetched_at: Option<Moment>,
}

impl CachedKeys {
    /// The cached set, if it is younger than `seconds`.
    fn within(&self, seconds: u64, now: Moment) -> Option<Arc<JwkSet>> {
        let (set, at) = self.set.as_ref()?;
        (at.plus(seconds) > now).then(|| Arc::clone(set))
    }

    /// Whether the issuer was asked less than `seconds` ago.
    fn fetched_within(&self, seconds: u64, now: Moment) -> bool {
        self.fetched_at.is_some_and(|at| at.plus(seconds) > now)
    }

    /// The result without asking the issuer; `None` if the issuer must be asked.
    fn answer(&self, refresh: bool, now: Moment) -> Option<Result<Arc<JwkSet>, Unavailable>> {
        if let Some(set) = self.within(FRESH_SECONDS, now)
            && (!refresh || self.fetched_within(REFRESH_SECONDS, now))
        {
            return Some(Ok(set));
        }
        match self.within(STALE_SECONDS, now) {
            Some(set) => self.fetched_within(REFRESH_SECONDS, now).then_some(Ok(set)),
            None => self
                .fetched_within(PAUSE_SECONDS, now)
                .then_some(Err(Unavailable::new(FETCH, "it failed a moment ago"))),
        }
    }
}

impl HttpIssuerKeys {
    /// The keys at `url`, fetched when they are first needed.
    #[must_use]
    pub fn new(url: String, clock: Arc<dyn Clock>) -> Self {
        Self { url, connector: https_connector(), clock, cached: Mutex::default() }
    }

    async fn fetch(&self) -> Result<JwkSet, &'static str> {
        let request = HttpRequest::get(&self.url).map_err(|_| "the address is not one")?;
        let answer = async {
            let response = self.connector.call(request).await.map_err(|_| "the issuer cannot be reached")?;
            if response.status().as_u16() != 200 {
                return Err("the issuer's response is not 200");
            }
            read(response.into_body()).await
        };
        let body = tokio::time::timeout(FETCH_TIMEOUT, answer).await.map_err(|_| "the issuer takes too long")??;
        parse(&body)
    }
}

async fn read(body: SdkBody) -> Result<Vec<u8>, &'static str> {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| "the issuer's response is cut off")?;
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err("the issuer's response is too large");
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

/// Reads the keys of a set. Keys of an unknown kind are left out (RFC 7517, section 5). So are symmetric keys: once
/// published, such a key proves nothing.
fn parse(body: &[u8]) -> Result<JwkSet, &'static str> {
    let published: Published = serde_json::from_slice(body).map_err(|_| "the issuer's response is no key set")?;
    let keys = published.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let keys: Vec<Jwk> = keys.filter(is_public).collect();
    if keys.is_empty() { Err("the issuer's key set is empty") } else { Ok(JwkSet { keys }) }
}

fn is_public(key: &Jwk) -> bool {
    use AlgorithmParameters::{EllipticCurve, OctetKeyPair, RSA};
    matches!(key.algorithm, EllipticCurve(_) | OctetKeyPair(_) | RSA(_))
}

impl IssuerKeys for HttpIssuerKeys {
    async fn keys(&self, refresh: bool) -> Result<Arc<JwkSet>, Unavailable> {
        // Held while fetching: concurrent callers wait for this set instead of fetching it as well.
        let mut cached = self.cached.lock().await;
        let now = self.clock.now();
        if let Some(answer) = cached.answer(refresh, now) {
            return answer;
        }
        cached.fetched_at = Some(now);
        match self.fetch().await {
            Ok(set) => {
                let set = Arc::new(set);
                cached.set = Some((Arc::clone(&set), now));
                Ok(set)
            }
            Err(cause) => {
                let stale = cached.within(STALE_SECONDS, now).ok_or_else(|| Unavailable::new(FETCH, cause))?;
                tracing::warn!(cause, "the issuer's keys could not be fetched; the last ones remain in use");
                Ok(stale)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use shared::testing::FixedClock;

    use super::*;
    use crate::messenger::stub::{Reply, Stub};

    fn set(kid: &str) -> String {
        format!(
            r#"{{"keys":[{{"kty":"NEW","kid":"new","pub":"AA"}},7,{{"kty":"oct","kid":"{kid}","k":"AA"}},{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}]}}"#
        )
    }

    async fn issuer(reply: Reply) -> (Stub, Arc<FixedClock>, HttpIssuerKeys) {
        let stub = Stub::start(reply).await;
        let clock = Arc::new(FixedClock::new(Moment::from_seconds(1_000_000)));
        let keys = HttpIssuerKeys::new(format!("{}/jwks", stub.url()), clock.clone());
        (stub, clock, keys)
    }

    async fn kid(keys: &HttpIssuerKeys, refresh: bool) -> String {
        let set = keys.keys(refresh).await.unwrap();
        assert_eq!(set.keys.len(), 1, "a key of an unknown kind is left out");
        set.keys[0].common.key_id.clone().unwrap()
    }

    async fn cause(keys: &HttpIssuerKeys) -> String {
        keys.keys(false).await.unwrap_err().source().unwrap().to_string()
    }

    #[tokio::test]
    async fn keys_are_cached_for_five_minutes_and_refreshed_at_most_every_thirty_seconds() {
        let (stub, clock, keys) = issuer(Reply::json(200, &set("a"))).await;
        assert_eq!(kid(&keys, false).await, "a");
        assert_eq!(stub.requests()[0].path, "/jwks");
        stub.answer(Reply::json(200, &set("b")));
        clock.advance(29);
        assert_eq!(kid(&keys, true).await, "a");
        assert_eq!(stub.requests().len(), 1);
        clock.advance(1);
        assert_eq!(kid(&keys, true).await, "b");
        stub.answer(Reply::json(200, &set("c")));
        clock.advance(299);
        assert_eq!(kid(&keys, false).await, "b");
        clock.advance(1);
        assert_eq!(kid(&keys, false).await, "c");
        assert_eq!(stub.requests().len(), 3);
    }

    #[tokio::test]
    async fn stale_keys_serve_an_hour_while_the_issuer_is_down() {
        let (stub, clock, keys) = issuer(Reply::json(200, &set("a"))).await;
        assert_eq!(kid(&keys, false).await, "a");
        stub.answer(Reply::json(500, "{}"));
        clock.advance(3_599);
        assert_eq!(kid(&keys, false).await, "a");
        assert_eq!(stub.requests().len(), 2);
        assert_eq!(kid(&keys, false).await, "a");
        assert_eq!(stub.requests().len(), 2, "an issuer that is down is not asked for every token");
        clock.advance(1);
        assert_eq!(cause(&keys).await, "the issuer's response is not 200");
        assert_eq!(cause(&keys).await, "it failed a moment ago");
        clock.advance(1);
        stub.answer(Reply::json(200, &set("b")));
        assert_eq!(kid(&keys, false).await, "b");
    }

    #[tokio::test]
    async fn a_response_without_a_key_set_yields_no_key() {
        let large = format!(r#"{{"keys":[],"pad":"{}"}}"#, "x".repeat(MAX_BYTES));
        for (reply, why) in [
            (Reply::json(302, "{}"), "the issuer's response is not 200"),
            (Reply::json(200, "<html>"), "the issuer's response is no key set"),
            (Reply::json(200, r#"{"keys":[]}"#), "the issuer's key set is empty"),
            (Reply::json(200, &large), "the issuer's response is too large"),
            (Reply::Cut, "the issuer cannot be reached"),
        ] {
            let (_stub, _clock, keys) = issuer(reply).await;
            assert_eq!(cause(&keys).await, why);
        }
    }
}
