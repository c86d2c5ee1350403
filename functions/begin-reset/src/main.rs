//! Begins resets, as a Lambda function.

use std::sync::Arc;

use aws::compose::{sdk_config, store};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::config::system::{SystemClock, SystemRandom};
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::begin_reset::BeginReset;
use shared::use_cases::context::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::gateway::serve_composed(
        async || compose(&settings).await,
        |app, request| Box::pin(begin_reset::handle(app, request)),
    )
    .await
}

async fn compose(settings: &Settings) -> Result<BeginReset<DynamoStore>, Unavailable> {
    let config = sdk_config(settings);
    let context = Context::new(store(&config, settings)?, Arc::new(SystemClock), Arc::new(SystemRandom));
    let (secrets, ()) = tokio::try_join!(Secrets::read(&config, settings), context.prepare())?;
    Ok(BeginReset {
        context,
        names: secrets.names()?,
        phones: secrets.phones()?,
        codes: secrets.codes()?,
        idempotency: secrets.idempotency()?,
        sender: settings.sender()?,
        sign_in: settings.sign_in()?,
    })
}
