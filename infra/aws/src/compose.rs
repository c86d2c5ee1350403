//! Composition at cold start: each instance makes its clients once, and only those that its function uses.

use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;
use shared::unavailable::Unavailable;

pub use crate::config::sdk::sdk_config;
use crate::config::settings::Settings;
use crate::config::system::SystemClock;
use crate::issuer::HttpIssuerKeys;
use crate::lambda::request_line::count_table_request;
use crate::messenger::AwsMessenger;
use crate::store::DynamoStore;

/// The store on the deployment's table.
///
/// # Errors
/// [`Unavailable`] if the setting for the table is missing, or the first policy is none.
pub fn store(config: &SdkConfig, settings: &Settings) -> Result<DynamoStore, Unavailable> {
    let counted = aws_sdk_dynamodb::config::Builder::from(config).interceptor(TableRequests).build();
    let store = DynamoStore::new(aws_sdk_dynamodb::Client::from_conf(counted), settings.table()?);
    Ok(store.with_first_policy(settings.first_policy()?))
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

/// Counts the requests to the table, each attempt, for the log.
#[derive(Debug)]
struct TableRequests;

#[dyn_dispatch_hint]
impl Intercept for TableRequests {
    fn name(&self) -> &'static str {
        "TableRequests"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        count_table_request();
        Ok(())
    }
}
