//! Records what providers report about messages, as a Lambda function.

use std::sync::Arc;

use aws::compose::{sdk_config, store};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::config::system::{SystemClock, SystemRandom};
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::context::Context;
use shared::use_cases::record_delivery::RecordDelivery;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    let record = async |app: &RecordDelivery<DynamoStore>, report| app.record(&report).await;
    aws::lambda::report::serve_composed(async || compose(&settings).await, record).await
}

async fn compose(settings: &Settings) -> Result<RecordDelivery<DynamoStore>, Unavailable> {
    let config = sdk_config(settings);
    let context = Context::new(store(&config, settings)?, Arc::new(SystemClock), Arc::new(SystemRandom));
    let (secrets, ()) = tokio::try_join!(Secrets::read(&config, settings), context.prepare())?;
    Ok(RecordDelivery { context, names: secrets.names()? })
}
