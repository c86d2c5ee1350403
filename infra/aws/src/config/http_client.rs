//! The HTTPS clients, all on one TLS stack.

use std::time::Duration;

use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};

/// Time limit for connecting: within a region it takes milliseconds, so a second means trouble.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Time limit of one attempt at a request, from its first byte to the last byte of the response.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// The one TLS stack of the process.
#[must_use]
pub fn tls() -> Provider {
    Provider::Rustls(CryptoMode::Ring)
}

/// An HTTPS client for the SDK that reuses its connections.
#[must_use]
pub fn https_client() -> SharedHttpClient {
    Builder::new().tls_provider(tls()).build_https()
}

/// An HTTPS client for the SDK that opens a new connection for every request.
///
/// After an instance was frozen, a pooled connection turns out to be dead only after a write, and then nobody knows
/// whether the provider took the message. A handshake costs less than that doubt.
#[must_use]
pub fn single_use_https_client() -> SharedHttpClient {
    Builder::new().pool_max_idle_per_host(0).tls_provider(tls()).build_https()
}

/// An HTTPS connector for requests outside the SDK.
pub(crate) fn https_connector() -> Connector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ATTEMPT_TIMEOUT).build();
    Connector::builder().connector_settings(settings).tls_provider(tls()).build()
}
