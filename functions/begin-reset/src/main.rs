//! Begins resets, as a Lambda function.

use aws::compose::{context, dynamodb, sdk_config};
use aws::secrets::Secrets;
use aws::settings::Settings;
use aws::store::DynamoStore;
use shared::begin_reset::BeginReset;
use shared::unavailable::Unavailable;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::logging::start(settings.log().as_deref());
    aws::gateway::serve_composed(async || compose(&settings).await, begin_reset::handle).await
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
