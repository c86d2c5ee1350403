//! Reads users and contacts for administrators, as a Lambda function.

use std::sync::Arc;

use aws::compose::{issuer_keys, sdk_config, store};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::config::system::{SystemClock, SystemRandom};
use aws::issuer::HttpIssuerKeys;
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::admin_get_contact::AdminGetContact;
use shared::use_cases::context::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::gateway::serve_composed(
        async || compose(&settings).await,
        |app, request| Box::pin(admin_get_contact::handle(app, request)),
    )
    .await
}

async fn compose(settings: &Settings) -> Result<AdminGetContact<DynamoStore, HttpIssuerKeys>, Unavailable> {
    let config = sdk_config(settings);
    let secrets = Secrets::read(&config, settings).await?;
    let store = store(&config, settings)?.with_index_keys(secrets.names()?);
    let context = Context::new(store, Arc::new(SystemClock), Arc::new(SystemRandom));
    Ok(AdminGetContact {
        context,
        issuer: issuer_keys(settings)?,
        tokens: settings.tokens()?,
        names: secrets.names()?,
        public_url: settings.public_url()?,
    })
}
