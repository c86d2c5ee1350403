//! Checks passwords, as a Lambda function.

use std::sync::Arc;

use aws::compose::{issuer_keys, sdk_config, store};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::config::system::{SystemClock, SystemRandom};
use aws::issuer::HttpIssuerKeys;
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::check_password::CheckPassword;
use shared::use_cases::context::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::gateway::serve_composed(
        async || compose(&settings).await,
        |app, request| Box::pin(check_password::handle(app, request)),
    )
    .await
}

async fn compose(settings: &Settings) -> Result<CheckPassword<DynamoStore, HttpIssuerKeys>, Unavailable> {
    let config = sdk_config(settings);
    let context = Context::new(store(&config, settings)?, Arc::new(SystemClock), Arc::new(SystemRandom));
    let secrets = Secrets::read(&config, settings).await?;
    Ok(CheckPassword {
        context,
        issuer: issuer_keys(settings)?,
        tokens: settings.tokens()?,
        names: secrets.names()?,
        peppers: secrets.peppers()?,
        idempotency: secrets.idempotency()?,
    })
}
