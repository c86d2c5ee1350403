//! Serves the pages, as a Lambda function.

use std::future::ready;
use std::sync::Arc;

use aws::config::settings::Settings;
use aws::config::system::{SystemClock, SystemRandom};
use pages::{Colour, Deployment, Logo, Pages};
use shared::unavailable::Unavailable;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_environment();
    aws::lambda::logging::start(settings.log().as_deref());
    aws::lambda::gateway::serve_composed(
        async || compose(&settings),
        |app, request| Box::pin(ready(pages::handle(app, &request))),
    )
    .await
}

fn compose(settings: &Settings) -> Result<Pages, Unavailable> {
    let deployment = Deployment {
        organisation: settings.organisation()?,
        sign_in_origins: settings.sign_in_origins()?,
        colour: settings.page_colour(Colour::parse)?.unwrap_or_default(),
        logo: settings.page_logo(Logo::parse)?,
    };
    Ok(Pages::new(deployment, Arc::new(SystemRandom), Arc::new(SystemClock)))
}
