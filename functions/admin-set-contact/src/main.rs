//! Writes users and contacts for administrators, as a Lambda function.

use std::sync::Arc;

use aws::compose::{issuer_keys, sdk_config, store};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::config::system::{SystemClock, SystemRandom};
use aws::issuer::HttpIssuerKeys;
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::admin_set_contact::AdminSetContact;
use shared::use_cases::context::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::gateway::serve_composed(
        async || compose(&settings).await,
        |app, request| Box::pin(admin_set_contact::handle(app, request)),
    )
    .await
}

async fn compose(settings: &Settings) -> Result<AdminSetContact<DynamoStore, HttpIssuerKeys>, Unavailable> {
    let config = sdk_config(settings);
    let context = Context::new(store(&config, settings)?, Arc::new(SystemClock), Arc::new(SystemRandom));
    let (secrets, ()) = tokio::try_join!(Secrets::read(&config, settings), context.prepare())?;
    let mut context = context;
    context.store = context.store.with_index_keys(secrets.names()?);
    Ok(AdminSetContact {
        context,
        issuer: issuer_keys(settings)?,
        tokens: settings.tokens()?,
        names: secrets.names()?,
        peppers: secrets.peppers()?,
        public_url: settings.public_url()?,
    })
}
