//! The parts put together.

use std::collections::BTreeMap;

use http::Method;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::refusal::{Refusals, everywhere, reference};
use super::{Described, Operation, Section, components, policy};
use crate::http::ErrorFormat;

/// The version of OpenAPI.
const OPENAPI: &str = "3.1.1";

const DESCRIPTION: &str = "People get back into their accounts with a code by SMS, call or email. The code goes to a \
    contact that an administrator or a directory has stored, or that the person has registered.\n\n**Bodies** are one \
    JSON object in UTF-8, of 16 KiB at most (128 KiB for the policy), with `Content-Type: application/json`. An \
    unknown property, a repeated key, a wrong type or an unexpected `null` is 400. On the Graph routes, properties \
    whose names begin with `@odata.` are ignored. A body is ignored on a route that needs none.\n\n**Responses** carry \
    `Cache-Control: no-store`, unless they say how long they may be kept, and `X-Content-Type-Options: nosniff`. \
    Times are RFC 3339 in UTC with milliseconds. Ids \
    and tokens are random; clients can read nothing in them.\n\n**Errors** are RFC 9457 problems, or Microsoft Graph's \
    error object on the Graph routes. Their texts name the member, permission or resource, and never repeat a value \
    from the request. There is no 500: a fault is 503, and the request may be repeated. The token is checked before \
    the body.\n\n**Repeating** a POST or PUT of a reset or a registration is safe with an \
    `Idempotency-Key`.\n\n**Browsers** may call the API from the configured origins, and may read `Retry-After` and \
    `WWW-Authenticate`. API Gateway's own responses (throttling, its size limit) are not described here.";

impl Section {
    const ALL: [Self; 5] = [Self::Resetting, Self::Registering, Self::Checking, Self::Administering, Self::Describing];

    const fn title(self) -> &'static str {
        match self {
            Self::Resetting => "Resetting a password",
            Self::Registering => "A person's own methods",
            Self::Checking => "Checking a password",
            Self::Administering => "Administration",
            Self::Describing => "This description",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Resetting => {
                "Without authentication. A reset passes one gate, or two gates with different methods and \
                 destinations, and ends with a new password."
            }
            Self::Registering => "With the person's token.",
            Self::Checking => "For applications that sign people in.",
            Self::Administering => {
                "In Microsoft Graph's shapes: a script written for Graph works after its base URL is changed."
            }
            Self::Describing => "For everybody.",
        }
    }
}

/// The parts that operations share and refer to by name.
struct Components {
    /// The schemas of response bodies.
    answered: SchemaGenerator,
    /// The schemas of request bodies on Rekey's own routes.
    read: SchemaGenerator,
    /// The schemas of request bodies on the Graph routes.
    graph: SchemaGenerator,
    parameters: Map<String, Value>,
    refusals: Refusals,
}

/// The complete description of a version of the product.
#[must_use]
pub fn document(version: &str, operations: &[Operation]) -> Value {
    let mut shared = Components::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let item = paths.entry(operation.path).or_insert_with(|| shared.path_item(operation.path));
        item.insert(operation.method.as_str().to_lowercase(), shared.operation(operation));
    }
    let schemas = shared.schemas();
    let tags = Section::ALL.map(|section| json!({"name": section.title(), "description": section.text()}));
    json!({
        "openapi": OPENAPI,
        "info": {
            "title": "Rekey",
            "version": version,
            "summary": "Self-service password reset",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/", "description": "Where this description was read"}],
        "tags": tags,
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": components::security(),
            "parameters": shared.parameters,
            "headers": components::headers(),
            "responses": shared.refusals.responses,
            "examples": shared.refusals.examples,
            "schemas": schemas,
        },
    })
}

impl Components {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let settings = settings.with_transform(RecursiveTransform(tidy));
        let requests = settings.clone().for_deserialize();
        Self {
            answered: settings.for_serialize().with_transform(RecursiveTransform(close)).into_generator(),
            read: requests.clone().with_transform(RecursiveTransform(without_null)).into_generator(),
            graph: requests.with_transform(RecursiveTransform(with_annotations)).into_generator(),
            parameters: Map::new(),
            refusals: Refusals::default(),
        }
    }

    /// A path's parameters, by the names in it.
    fn path_item(&mut self, path: &str) -> Map<String, Value> {
        let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let parameters: Vec<Value> =
            names.map(components::path_parameter).map(|(name, parameter)| self.parameter(name, parameter)).collect();
        if parameters.is_empty() { Map::new() } else { Map::from_iter([("parameters".to_owned(), json!(parameters))]) }
    }

    fn parameter(&mut self, name: &str, parameter: Value) -> Value {
        self.parameters.insert(name.to_owned(), parameter);
        reference("parameters", name)
    }

    fn operation(&mut self, operation: &Operation) -> Value {
        let mut described = json!({
            "tags": [operation.section.title()],
            "operationId": operation.name,
            "summary": operation.summary,
            "description": operation.description,
        });
        if operation.is_open {
            described["security"] = json!([]);
        }
        let parameters = operation.parameters.iter();
        let parameters: Vec<Value> = parameters.map(|(name, value)| self.parameter(name, value.clone())).collect();
        if !parameters.is_empty() {
            described["parameters"] = json!(parameters);
        }
        if let Some((schema, examples)) = &operation.body {
            let generator =
                if operation.error_format() == ErrorFormat::Graph { &mut self.graph } else { &mut self.read };
            let examples: Map<String, Value> =
                examples.iter().map(|(name, value)| ((*name).to_owned(), json!({"value": value}))).collect();
            let content = json!({"application/json": {"schema": schema(generator), "examples": examples}});
            described["requestBody"] = json!({"required": operation.method != Method::GET, "content": content});
        }
        let refusals = self.refusals.responses(operation, &mut self.answered);
        let successes = operation
            .responses
            .iter()
            .map(|described| (described.status.as_u16(), response(described, &mut self.answered)));
        let by_status: BTreeMap<u16, Value> = refusals.into_iter().chain(successes).collect();
        let responses = by_status.into_iter().map(|(status, response)| (status.to_string(), response));
        described["responses"] = responses.collect();
        described
    }

    /// All schemas, each once. A schema that requests and responses share has one name.
    fn schemas(&mut self) -> Map<String, Value> {
        let mut schemas = self.graph.take_definitions(true);
        schemas.extend(self.read.take_definitions(true));
        schemas.extend(self.answered.take_definitions(true));
        if let Some(policy) = schemas.get_mut("Policy") {
            policy::add_defaults(policy);
        }
        schemas
    }
}

fn response(described: &Described, generator: &mut SchemaGenerator) -> Value {
    let mut headers = everywhere();
    if described.is_located {
        headers.insert("Location".to_owned(), reference("headers", "Location"));
    }
    if described.is_kept {
        headers.insert("Cache-Control".to_owned(), reference("headers", "CacheControlOfAMinute"));
    }
    let mut response = json!({"description": described.description, "headers": headers});
    if let Some(schema) = described.schema {
        response["content"] = json!({"application/json": {"schema": schema(generator)}});
    }
    response
}

/// Removes what means nothing in other languages: the widths of Rust's integers and the line breaks of doc comments.
/// Turns a choice that a property decides into `oneOf`.
fn tidy(schema: &mut Schema) {
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        schema.remove("format");
    }
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    if schema.get("discriminator").is_some()
        && let Some(Value::Array(mut choices)) = schema.remove("anyOf")
    {
        for choice in &mut choices {
            choice.as_object_mut().map(|choice| choice.remove("description"));
        }
        schema.insert("oneOf".to_owned(), json!(choices));
    }
}

/// Forbids properties that are not described.
fn close(schema: &mut Schema) {
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
}

/// Forbids `null`: a member of these bodies is left out or has a value.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.remove("anyOf")
        && let Some(Value::Object(choice)) = choices.into_iter().find(|choice| choice["type"] != "null")
    {
        for (name, value) in choice {
            schema.ensure_object().entry(name).or_insert(value);
        }
    }
}

/// Objects that the Graph routes read may carry annotations, which are ignored.
fn with_annotations(schema: &mut Schema) {
    close(schema);
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let ignored = json!({"^@odata\\.": {"description": "Ignored, at every depth."}});
        schema.insert("patternProperties".to_owned(), ignored);
    }
}
