//! The HTTPS clients, all on one TLS stack.

use std::time::Duration;

use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
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

/// The roots that AWS's endpoints prove themselves with: all that Amazon asks clients to trust.
/// Source: Amazon Trust Services, <https://www.amazontrust.com/repository/>.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// Whose certificates are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// Amazon's own roots: AWS's endpoints need no others, and the system's take a millisecond of every cold start.
    Amazon,
    /// The system's, for everyone else, and for the endpoints of partitions that have certificates of their own.
    System,
}

impl Roots {
    /// The roots for the SDK in a region. A deployment that brings roots of its own is taken at its word.
    #[must_use]
    pub fn of_aws(region: Option<&str>, brings_own: bool) -> Self {
        let is_commercial = region.is_some_and(|name| name.split('-').count() == 3 && !name.starts_with("cn-"));
        if is_commercial && !brings_own { Self::Amazon } else { Self::System }
    }

    fn context(self) -> TlsContext {
        let trusted = match self {
            Self::Amazon => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
            Self::System => TrustStore::default(),
        };
        TlsContext::builder().with_trust_store(trusted).build().expect("the trust store is valid")
    }
}

/// An HTTPS client for the SDK that reuses its connections.
#[must_use]
pub fn https_client(roots: Roots) -> SharedHttpClient {
    Builder::new().tls_provider(tls()).tls_context(roots.context()).build_https()
}

/// An HTTPS client for the SDK that opens a new connection for every request.
///
/// After an instance was frozen, a pooled connection turns out to be dead only after a write, and then nobody knows
/// whether the provider took the message. A handshake costs less than that doubt.
#[must_use]
pub fn single_use_https_client(roots: Roots) -> SharedHttpClient {
    let builder = Builder::new().pool_max_idle_per_host(0);
    builder.tls_provider(tls()).tls_context(roots.context()).build_https()
}

/// An HTTPS connector for requests outside the SDK.
pub(crate) fn https_connector() -> Connector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ATTEMPT_TIMEOUT).build();
    Connector::builder().connector_settings(settings).tls_provider(tls()).build()
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, HEXLOWER};
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_roots_are_those_that_amazon_publishes() {
        let text = std::str::from_utf8(AMAZON_ROOTS).unwrap();
        let certificates = text.split("-----BEGIN CERTIFICATE-----").skip(1).map(|certificate| {
            let base64: String = certificate.split_once("-----END").unwrap().0.split_whitespace().collect();
            HEXLOWER.encode(&Sha256::digest(BASE64.decode(base64.as_bytes()).unwrap()))
        });
        assert_eq!(
            certificates.collect::<Vec<_>>(),
            [
                "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
                "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
                "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
                "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
                "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
            ]
        );
    }

    #[test]
    fn only_commercial_regions_are_held_to_amazons_roots() {
        for region in ["us-east-1", "eu-central-1", "ap-southeast-5", "il-central-1"] {
            assert_eq!(Roots::of_aws(Some(region), false), Roots::Amazon, "{region}");
            assert_eq!(Roots::of_aws(Some(region), true), Roots::System, "{region}");
        }
        for region in ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "eu-isoe-west-1", "eusc-de-east-1", "local"] {
            assert_eq!(Roots::of_aws(Some(region), false), Roots::System, "{region}");
        }
        assert_eq!(Roots::of_aws(None, false), Roots::System);
    }

    #[test]
    fn the_roots_can_be_trusted() {
        // A connector reads its certificates when it is built, and panics if it cannot.
        let _ = Connector::builder().tls_provider(tls()).tls_context(Roots::Amazon.context()).build();
    }
}
