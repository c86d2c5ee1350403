//! Composition at cold start: each instance makes its clients once, and only those that its function uses.

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
use crate::store::DynamoStore;

/// Time limit of a request with all its attempts: well under API Gateway's 25 seconds.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
/// Attempts per request: a throttled request usually succeeds at the second or third.
const ATTEMPTS: u32 = 3;
/// The SDK's configuration: the function's region and credentials, bounded timeouts, few retries.
pub async fn sdk_config(settings: &Settings) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(https_client(settings.roots()))
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

/// The store on the deployment's table.
///
/// # Errors
/// [`Unavailable`] if the setting for the table is missing.
pub fn store(config: &SdkConfig, settings: &Settings) -> Result<DynamoStore, Unavailable> {
    Ok(DynamoStore::new(aws_sdk_dynamodb::Client::new(config), settings.table()?))
}

/// The issuer's keys, fetched when the first token arrives.
///
/// # Errors
/// [`Unavailable`] if the setting for the address is missing or not HTTPS.
pub fn issuer_keys(settings: &Settings) -> Result<HttpIssuerKeys, Unavailable> {
    Ok(HttpIssuerKeys::new(settings.jwks_url()?, Arc::new(SystemClock)))
}

/// The messenger, which sends messages and publishes events.
///
/// # Errors
/// [`Unavailable`] if a setting is missing or invalid.
pub fn messenger(config: &SdkConfig, settings: &Settings) -> Result<AwsMessenger, Unavailable> {
    Ok(AwsMessenger::new(config, settings.messenger()?))
}
