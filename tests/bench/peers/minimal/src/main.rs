//! The product's HTTPS client, configuration and SDK, and one write to the table.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_types::SdkConfig;
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
    let [region, id, key, token, endpoint] =
        ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"]
            .map(|name| std::env::var(name).ok());
    let credentials = Credentials::new(id.ok_or("no id")?, key.ok_or("no key")?, token, None, "environment");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region.map(Region::new))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(https);
    config.set_endpoint_url(endpoint);
    let client = &Client::new(&config.build());
    run(service_fn(async move |_: Request| handle(client).await)).await
}

async fn handle(client: &Client) -> Result<Response<Body>, Error> {
    let key = AttributeValue::S("a".to_owned());
    client.put_item().table_name("rekey").item("pk", key).send().await?;
    Ok(Response::new(Body::from("{}")))
}
