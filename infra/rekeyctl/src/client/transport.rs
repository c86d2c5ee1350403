//! HTTPS, one request at a time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Method, Request, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::client::endpoint::Endpoint;
use crate::client::token::Token;
use crate::output::failure::Failure;

/// Time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit for a request with its response: twice API Gateway's longest integration timeout.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Largest response, in bytes: a page of 999 users with every property stays far below.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// A request.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// The full address.
    pub(crate) url: String,
    /// The body: JSON.
    pub(crate) body: Option<String>,
}

/// A response.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    /// The `Retry-After` header, if it is a number of seconds.
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Vec<u8>,
}

/// Sends requests, several at once.
pub(crate) trait Transport: Sync {
    /// Sends one request; the error says why there is no response.
    fn send(&self, request: &Outgoing, token: &Token) -> Result<Incoming, String>;
}

/// The real transport. It follows no redirect, so the token goes nowhere else.
pub(crate) struct Https(Agent);

impl Https {
    /// Prepares connections to an address.
    pub(crate) fn new(endpoint: &Endpoint) -> Result<Self, Failure> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!endpoint.is_plain())
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("rekeyctl/", env!("CARGO_PKG_VERSION")));
        let config = if endpoint.is_plain() {
            // A proxy would see the token in the clear.
            config.proxy(None)
        } else {
            config.tls_config(tls()?)
        };
        Ok(Self(config.build().new_agent()))
    }
}

impl Https {
    /// Exchanges JSON as anybody would, without a token; returns the status and the response.
    pub(crate) fn exchange(&self, method: &Method, url: &str, body: Option<&Value>) -> Result<(u16, Value), String> {
        let head = Request::builder().method(method.clone()).uri(url);
        let sent = match body {
            Some(body) => {
                let head = head.header(header::CONTENT_TYPE, "application/json");
                self.0.run(head.body(body.to_string()).map_err(|error| error.to_string())?)
            }
            None => self.0.run(head.body(()).map_err(|error| error.to_string())?),
        };
        let mut answer = sent.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let body =
            answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(|error| error.to_string())?;
        serde_json::from_slice(&body).map(|body| (status, body)).map_err(|_| format!("{status} without JSON"))
    }

    /// Asks as anybody would, without a token; returns the status and the headers.
    pub(crate) fn ask(
        &self,
        method: &Method,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<(u16, header::HeaderMap), String> {
        let head = Request::builder().method(method.clone()).uri(url);
        let head = headers.iter().fold(head, |head, (name, value)| head.header(*name, *value));
        let request = head.body(()).map_err(|error| error.to_string())?;
        let answer = self.0.run(request).map_err(|error| error.to_string())?;
        Ok((answer.status().as_u16(), answer.headers().clone()))
    }
}

/// TLS with the certificates that the system trusts, an organisation's own included.
fn tls() -> Result<TlsConfig, Failure> {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return Err(Failure::NoRoots);
    }
    let roots: RootCerts = found.iter().map(|root| Certificate::from_der(root).to_owned()).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build())
}

impl Transport for Https {
    fn send(&self, request: &Outgoing, token: &Token) -> Result<Incoming, String> {
        let text = |error: ureq::Error| error.to_string();
        let head = Request::builder()
            .method(request.method.clone())
            .uri(&request.url)
            .header(header::AUTHORIZATION, token.authorization().as_str())
            .header(header::ACCEPT, "application/json");
        let sent = match &request.body {
            Some(body) => {
                let head = head.header(header::CONTENT_TYPE, "application/json");
                self.0.run(head.body(body.as_str()).map_err(|error| error.to_string())?)
            }
            None => self.0.run(head.body(()).map_err(|error| error.to_string())?),
        };
        let mut answer = sent.map_err(text)?;
        let retry_after = answer.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(text)?;
        Ok(Incoming { status, retry_after, body })
    }
}
