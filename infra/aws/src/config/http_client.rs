//! The HTTPS clients: one TLS stack for all of them.

use std::time::Duration;

use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};

/// How long a connection may take: within a region it takes milliseconds, so a second means trouble.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt of a request may take, from its first byte to the answer's last.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// The one TLS stack of the process.
#[must_use]
pub fn tls() -> Provider {
    Provider::Rustls(CryptoMode::Ring)
}

/// An HTTPS client for the SDK that keeps its connections.
#[must_use]
pub fn https_client() -> SharedHttpClient {
    Builder::new().tls_provider(tls()).build_https()
}

/// An HTTPS client for the SDK that makes a new connection for every request.
///
/// An instance that was frozen finds its kept connections dead only after it wrote to them, and then
/// cannot tell whether a message was taken. A handshake costs less than that doubt.
#[must_use]
pub fn single_use_https_client() -> SharedHttpClient {
    Builder::new().pool_max_idle_per_host(0).tls_provider(tls()).build_https()
}

/// An HTTPS connector outside the SDK.
pub(crate) fn https_connector() -> Connector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ATTEMPT_TIMEOUT).build();
    Connector::builder().connector_settings(settings).tls_provider(tls()).build()
}
