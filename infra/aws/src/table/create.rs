//! Creates the table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TimeToLiveSpecification,
};
use shared::unavailable::Unavailable;

use super::{PARTITION, SORT, TTL};

/// Creates the table as the template does: billed per request, with a stream of keys and deletion by [`TTL`].
///
/// For tests and the local service. An existing table is left alone.
///
/// # Errors
/// [`Unavailable`] if the table does not exist and cannot be created.
pub async fn create(client: &Client, name: &str) -> Result<(), Unavailable> {
    const WHAT: &str = "the table cannot be created";
    let attribute =
        |name: &str| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    let key = |name: &str, key_type| KeySchemaElement::builder().attribute_name(name).key_type(key_type).build();
    let incomplete = |_| Unavailable::plain(WHAT);
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::KeysOnly);
    let created = client
        .create_table()
        .table_name(name)
        .attribute_definitions(attribute(PARTITION).map_err(incomplete)?)
        .attribute_definitions(attribute(SORT).map_err(incomplete)?)
        .key_schema(key(PARTITION, KeyType::Hash).map_err(incomplete)?)
        .key_schema(key(SORT, KeyType::Range).map_err(incomplete)?)
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(stream.build().map_err(incomplete)?)
        .send()
        .await;
    match created {
        Ok(_) => {}
        Err(error) if error.code() == Some("ResourceInUseException") => return Ok(()),
        Err(error) => return Err(crate::store::failed(WHAT, &error)),
    }
    let ttl = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build().map_err(incomplete)?;
    let switched = client.update_time_to_live().table_name(name).time_to_live_specification(ttl).send().await;
    switched.map_err(|error| crate::store::failed(WHAT, &error))?;
    Ok(())
}
