//! What changes a policy, and the defaults that a policy has.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::policy::{Limit, PasswordPolicy, Policy, QuestionPolicy};

/// Members of an object, each of which may be left out.
#[derive(Debug)]
pub(super) struct Changes<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Changes<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Changes", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.remove("required");
        schema.insert("description".to_owned(), json!("A member left out keeps its value."));
        schema
    }
}

/// The policy as it is changed: its objects are merged member by member, its lists and `prices` replaced whole.
#[derive(Debug)]
pub struct PolicyChanges;

impl JsonSchema for PolicyChanges {
    fn schema_name() -> Cow<'static, str> {
        "PolicyChanges".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let merged = [
            ("beginsPerSource", generator.subschema_for::<Changes<Limit>>()),
            ("beginsPerSourceAndName", generator.subschema_for::<Changes<Limit>>()),
            ("securityQuestions", generator.subschema_for::<Changes<QuestionPolicy>>()),
            ("password", generator.subschema_for::<Changes<PasswordPolicy>>()),
        ];
        let mut schema = Changes::<Policy>::json_schema(generator);
        for (member, changes) in merged {
            if let Some(reference) = schema.pointer_mut(&format!("/properties/{member}/$ref")) {
                *reference = json!(changes)["$ref"].take();
            }
        }
        schema
    }
}

/// Adds the policy's own defaults to its schema.
pub(super) fn add_defaults(schema: &mut Value) {
    let Value::Object(defaults) = json!(Policy::default()) else { return };
    for (member, default) in defaults.into_iter().filter(|(_, default)| !default.is_object()) {
        schema["properties"][member]["default"] = default;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members whose bounds depend on another member.
    const BOUND_TO_OTHERS: [&str; 3] = ["methodsRequired", "guessesPerDay", "guessesPer30Days"];

    #[test]
    fn every_bound_of_a_number_is_the_policys_own() {
        let takes = |name: &str, value: i64| Policy::default().patched(&json!({name: value})).is_ok();
        let schema = json!(Policy::json_schema(&mut SchemaGenerator::default()));
        let mut checked = 0;
        for (name, member) in schema["properties"].as_object().unwrap() {
            let (Some(least), Some(most)) = (member["minimum"].as_i64(), member["maximum"].as_i64()) else { continue };
            assert!(!takes(name, least - 1), "{name}: {least}");
            assert!(!takes(name, most + 1), "{name}: {most}");
            if !BOUND_TO_OTHERS.contains(&name.as_str()) {
                assert!(takes(name, least) && takes(name, most), "{name}: {least} to {most}");
                checked += 1;
            }
        }
        assert!(checked >= 8, "{checked}");
    }
}
