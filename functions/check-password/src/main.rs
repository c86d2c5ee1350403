//! Checks passwords, as a Lambda function.

use aws::compose::{context, dynamodb, issuer_keys, sdk_config};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::issuer::HttpIssuerKeys;
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::check_password::CheckPassword;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::gateway::serve_composed(async || compose(&settings).await, check_password::handle).await
}

async fn compose(settings: &Settings) -> Result<CheckPassword<DynamoStore, HttpIssuerKeys>, Unavailable> {
    let config = sdk_config().await;
    let secrets = Secrets::new(&config, settings);
    Ok(CheckPassword {
        context: context(DynamoStore::new(dynamodb(&config), settings.table()?)),
        issuer: issuer_keys(settings)?,
        tokens: settings.tokens()?,
        names: secrets.names().await?,
        peppers: secrets.peppers().await?,
        idempotency: secrets.idempotency().await?,
    })
}
