//! The policy as it is returned.

use std::borrow::Cow;

use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};
use shared::http::describe::{Operation, Section};
use shared::http::graph::takes_no_options;
use shared::limits::bound::PolicyBound;
use shared::policy::Policy;

use super::options;
use crate::policy::PolicyView;

/// A policy's own members, and the one that is computed from them.
impl JsonSchema for PolicyView {
    fn schema_name() -> Cow<'static, str> {
        Policy::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut bound = generator.subschema_for::<PolicyBound>();
        bound.insert("readOnly".to_owned(), json!(true));
        let mut schema = Policy::json_schema(generator);
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert("bound".to_owned(), json!(bound));
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push(json!("bound"));
        }
        schema
    }
}

/// The operation that returns the policy.
pub(super) fn operation() -> Operation {
    Operation::new(Method::GET, "/graph/v1.0/policies/passwordReset", "getPolicy", Section::Administering)
        .says(
            "Returns the policy",
            "Needs `Policy.ReadWrite.AuthenticationMethod`. `bound` is computed from the other members: what they \
             allow at most. Leave it out of a change. Microsoft Graph has no such resource.",
        )
        .refuses(takes_no_options(), options::NONE)
        .responds::<PolicyView>(StatusCode::OK, "The complete policy, and what it allows at most.")
}
