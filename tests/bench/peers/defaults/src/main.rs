//! One write to the table, as the SDK's own guide writes it.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = &Client::new(&config);
    run(service_fn(async move |_: Request| handle(client).await)).await
}

async fn handle(client: &Client) -> Result<Response<Body>, Error> {
    let key = AttributeValue::S("a".to_owned());
    client.put_item().table_name("rekey").item("pk", key).send().await?;
    Ok(Response::new(Body::from("{}")))
}
