//! What Microsoft Graph's resources have, as far as no type of their own says it.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::account::ProfileField;
use crate::identifiers::email_address::EmailAddress;

/// The descriptive properties: all may be `null`, and what is written of them is bounded.
#[derive(Debug)]
pub struct Profile;

impl JsonSchema for Profile {
    fn schema_name() -> Cow<'static, str> {
        "Profile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let is_written = generator.contract().is_deserialize();
        let mut property = |field: &ProfileField| match (is_written, field) {
            (false, _) => json!({"type": ["string", "null"], "description": field.description()}),
            (true, ProfileField::Mail) => {
                let mut mail = generator.subschema_for::<Option<EmailAddress>>();
                mail.insert("description".to_owned(), json!(clears(field)));
                json!(mail)
            }
            (true, _) => json!({
                "type": ["string", "null"], "minLength": 1, "maxLength": field.max_length(),
                "pattern": "^[^\\u0000-\\u001F\\u007F-\\u009F]+$",
                "description": clears(field),
            }),
        };
        let properties: Map<String, Value> =
            ProfileField::ALL.iter().map(|field| (field.as_str().to_owned(), property(field))).collect();
        json_schema!({"type": "object", "properties": properties})
    }
}

fn clears(field: &ProfileField) -> String {
    format!("{} `null` clears it.", field.description())
}

/// A resource among others of several types: its `@odata.type` is never left out.
#[derive(Debug)]
pub struct Typed<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Typed<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Typed{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push(json!("@odata.type"));
        }
        schema
    }
}
