//! Cold-start composition: clients are made once per instance, and only those that a function uses.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use shared::unavailable::Unavailable;

use crate::config::http_client::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, https_client};
use crate::config::settings::Settings;
use crate::config::system::SystemClock;
use crate::issuer::HttpIssuerKeys;
use crate::messenger::AwsMessenger;

/// How long a request may take with all its attempts: well under what API Gateway waits (25 seconds).
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
/// How often a request is tried: a throttled one passes at the second or third.
const ATTEMPTS: u32 = 3;
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
