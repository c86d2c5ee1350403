//! Begins resets, as a Lambda function.

use aws::compose::{context, dynamodb, sdk_config};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::begin_reset::BeginReset;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::gateway::serve_composed(async || compose(&settings).await, begin_reset::handle).await
}

async fn compose(settings: &Settings) -> Result<BeginReset<DynamoStore>, Unavailable> {
    let config = sdk_config().await;
    let secrets = Secrets::new(&config, settings);
    Ok(BeginReset {
        context: context(DynamoStore::new(dynamodb(&config), settings.table()?)),
        names: secrets.names().await?,
        phones: secrets.phones().await?,
        codes: secrets.codes().await?,
        idempotency: secrets.idempotency().await?,
    })
}
