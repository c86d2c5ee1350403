//! The product's HTTPS client and SDK, and one write to the table.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use lambda_http::{Body, Error, Request, Response, run, service_fn};

/// The product's roots. With an authority of its own in the environment, the product trusts the system's instead.
const AMAZON_ROOTS: &[u8] = include_bytes!("../../../../../infra/aws/src/config/amazon_roots.pem");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let trusted = match std::env::var("SSL_CERT_FILE") {
        Ok(_) => TrustStore::default(),
        Err(_) => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
    };
    let context = TlsContext::builder().with_trust_store(trusted).build()?;
    let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(https).load().await;
    let client = &Client::new(&config);
    run(service_fn(async move |_: Request| handle(client).await)).await
}

async fn handle(client: &Client) -> Result<Response<Body>, Error> {
    let key = AttributeValue::S("a".to_owned());
    client.put_item().table_name("rekey").item("pk", key).send().await?;
    Ok(Response::new(Body::from("{}")))
}
