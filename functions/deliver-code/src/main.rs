//! Delivers codes and notices, as a Lambda function.

use std::sync::Arc;

use aws::compose::{messenger, sdk_config, store};
use aws::config::secrets::Secrets;
use aws::config::settings::Settings;
use aws::config::system::{SystemClock, SystemRandom};
use aws::lambda::stream::{BatchResponse, Invocation};
use aws::messenger::AwsMessenger;
use aws::store::DynamoStore;
use shared::unavailable::Unavailable;
use shared::use_cases::context::Context;
use shared::use_cases::deliver_code::DeliverCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::stream::serve_composed(async || compose(&settings).await, work).await
}

async fn compose(settings: &Settings) -> Result<DeliverCode<DynamoStore, AwsMessenger>, Unavailable> {
    let config = sdk_config(settings);
    let context = Context::new(store(&config, settings)?, Arc::new(SystemClock), Arc::new(SystemRandom));
    let (secrets, ()) = tokio::try_join!(Secrets::read(&config, settings), context.prepare())?;
    Ok(DeliverCode {
        context,
        messenger: messenger(&config, settings)?,
        names: secrets.names()?,
        phones: secrets.phones()?,
        codes: secrets.codes()?,
        sender: settings.sender()?,
    })
}

async fn work(worker: &DeliverCode<DynamoStore, AwsMessenger>, invocation: Invocation) -> BatchResponse {
    match invocation {
        Invocation::Sweep => {
            deliver_code::sweep(worker).await;
            BatchResponse::default()
        }
        Invocation::Records(records) => {
            let jobs = records.iter().map(|record| record.job.clone()).collect();
            let failed = deliver_code::handle(worker, jobs).await;
            let again = records.into_iter().filter(|record| failed.contains(&record.job));
            BatchResponse::failed(again.map(|record| record.sequence))
        }
    }
}
