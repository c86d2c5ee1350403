//! Cold-start composition: clients are made once per instance, and only those that a function uses.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use shared::ports::store::Store;
use shared::unavailable::Unavailable;
use shared::use_cases::context::Context;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::config::settings::Settings;
use crate::config::system::{SystemClock, SystemRandom};
use crate::issuer::HttpIssuerKeys;
use crate::messenger::AwsMessenger;

/// How long a connection may take: within a region it takes milliseconds, so a second means trouble.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt of a request may take, from its first byte to the answer's last.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a request may take with all its attempts: well under what API Gateway waits (25 seconds).
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
/// How often a request is tried: a throttled one passes at the second or third.
const ATTEMPTS: u32 = 3;
/// How long a function may compose itself before its first event: Lambda starts an instance anew that takes ten seconds
/// to begin. The secrets are read at the same time, so one slow request (`OPERATION_TIMEOUT`) fits.
pub const INIT_LIMIT: Duration = Duration::from_secs(9);

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

/// The SDK's configuration: the function's region and credentials, bounded times, few retries.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(https_client())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        )
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}

/// The DynamoDB client that a store is made of.
#[must_use]
pub fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(config)
}

/// What every use case is given, on the machine's own clock and randomness.
#[must_use]
pub fn context<S: Store>(store: S) -> Context<S> {
    Context::new(store, Arc::new(SystemClock), Arc::new(SystemRandom))
}

/// The issuer's keys, fetched when the first token comes.
///
/// # Errors
/// [`Unavailable`] where the settings lack the address or it is not HTTPS.
pub fn issuer_keys(settings: &Settings) -> Result<HttpIssuerKeys, Unavailable> {
    Ok(HttpIssuerKeys::new(settings.jwks_url()?, Arc::new(SystemClock)))
}

/// What sends messages and publishes events.
///
/// # Errors
/// [`Unavailable`] where a setting is missing or breaks a rule.
pub fn messenger(config: &SdkConfig, settings: &Settings) -> Result<AwsMessenger, Unavailable> {
    Ok(AwsMessenger::new(config, settings.messenger()?))
}

/// What a function is made of: composed once, and again only while that fails.
pub struct ColdStart<T, C> {
    composed: OnceCell<T>,
    compose: C,
}

impl<T, C: AsyncFn() -> Result<T, Unavailable>> ColdStart<T, C> {
    /// A function that is not composed yet.
    pub fn new(compose: C) -> Self {
        Self { composed: OnceCell::new(), compose }
    }

    /// Composes the parts before the first event, so that nobody waits for it. What fails, or is not done within the
    /// limit, is tried again with the first event, and logged then.
    pub async fn prepare(&self, limit: Duration) {
        let _ = timeout(limit, self.composed()).await;
    }

    /// The function's parts, composed now if they were not yet.
    ///
    /// # Errors
    /// [`Unavailable`] where the composition fails; whoever answers for it logs it.
    pub async fn composed(&self) -> Result<&T, Unavailable> {
        self.composed.get_or_try_init(|| (self.compose)()).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_composition_that_failed_is_tried_again_and_one_that_worked_is_kept() {
        let tried = AtomicU32::new(0);
        let cold_start = ColdStart::new(async || match tried.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Unavailable::plain("a test")),
            n => Ok(n),
        });
        assert_eq!(cold_start.composed().await.map_err(|error| error.what), Err("a test"));
        assert_eq!(cold_start.composed().await.ok(), Some(&1));
        assert_eq!(cold_start.composed().await.ok(), Some(&1));
        assert_eq!(tried.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_composition_that_takes_too_long_is_left_to_the_first_event() {
        let tried = AtomicU32::new(0);
        let cold_start = ColdStart::new(async || match tried.fetch_add(1, Ordering::SeqCst) {
            0 => std::future::pending().await,
            n => Ok(n),
        });
        cold_start.prepare(Duration::ZERO).await;
        assert_eq!(cold_start.composed().await.ok(), Some(&1));
    }
}
