//! The parts put together.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value, json};

use super::refusal::{everywhere, responses};
use super::{Operation, Part, Section, Told, schema};

/// The version of OpenAPI.
const OPENAPI: &str = "3.1.1";

const DESCRIPTION: &str = "People get back into their accounts with a code by SMS, call or email, to contacts that \
administrators or a directory wrote down, or that they registered themselves.\n\n\
**Bodies** are one JSON object in UTF-8, of 16 KiB at most (128 KiB for the policy), with `Content-Type: \
application/json`. An unknown property, a key that stands twice, a wrong type or `null` where none is named is 400; on \
the Graph routes properties whose names begin with `@odata.` are ignored. A body where none belongs is ignored.\n\n\
**Answers** carry `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`. Times are RFC 3339 in UTC with \
milliseconds. Ids and tokens are random, and hold nothing to read.\n\n\
**Errors** are RFC 9457 problems, or Microsoft Graph's error object on the Graph routes; their texts are constants and \
repeat nothing of the request. There is no 500: a fault is 503, after which the request may be repeated. A token is \
looked at before the body.\n\n\
**Repeating** a POST or PUT of a reset or a registration is safe with an `Idempotency-Key`.\n\n\
**Browsers** of the configured origins are answered; they may read `Retry-After` and `WWW-Authenticate`. API Gateway's \
own answers (throttling, its size limit) are not described here.";

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
                "Without authentication. A reset passes one gate, or two by different methods and destinations, and \
                 ends with a new password."
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

/// The whole description, of a version of the product.
#[must_use]
pub fn document(version: &str, parts: Vec<Part>) -> Value {
    let mut schemas: BTreeMap<&str, Value> = schema::components().into_iter().collect();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for part in parts {
        schemas.extend(part.schemas);
        for operation in part.operations {
            let item = paths.entry(operation.path).or_insert_with(|| path_item(operation.path));
            item.insert(operation.method.as_str().to_lowercase(), described(&operation));
        }
    }
    let mut responses = BTreeMap::new();
    share(&mut paths, &mut responses);
    let tags = Section::ALL.map(|section| json!({"name": section.title(), "description": section.text()}));
    let mut document = json!({
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
            "securitySchemes": schema::security(),
            "parameters": schema::parameters(),
            "headers": schema::headers(),
            "responses": responses,
            "schemas": schemas,
        },
    });
    prune(&mut document);
    document
}

/// A path's parameters, by the names in it.
fn path_item(path: &str) -> Map<String, Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let parameters: Vec<Value> = names.map(|name| schema::path_parameter(path, name)).collect();
    let mut item = Map::new();
    if !parameters.is_empty() {
        item.insert("parameters".to_owned(), json!(parameters));
    }
    item
}

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "tags": [operation.section.title()],
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "security": if operation.is_open { json!([]) } else { json!([{"bearer": []}]) },
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = json!(operation.parameters);
    }
    if let Some((schema, examples)) = &operation.body {
        let content = json!({"application/json": {"schema": schema, "examples": written(examples)}});
        described["requestBody"] = json!({"required": operation.method != Method::GET, "content": content});
    }
    let told = operation.answers.iter().map(|told| (told.status.as_u16(), answer(told)));
    let by_status: BTreeMap<u16, Value> = responses(operation).into_iter().chain(told).collect();
    let responses: Map<String, Value> =
        by_status.into_iter().map(|(status, response)| (status.to_string(), response)).collect();
    described["responses"] = Value::Object(responses);
    described
}

fn answer(told: &Told) -> Value {
    let mut headers = everywhere();
    headers.extend(told.headers.iter().map(|(name, header)| ((*name).to_owned(), header.clone())));
    let mut answer = json!({"description": told.description, "headers": headers});
    if let Some((schema, examples)) = &told.content {
        answer["content"] = json!({"application/json": {"schema": schema, "examples": written(examples)}});
    }
    answer
}

fn written(examples: &[super::Example]) -> Map<String, Value> {
    examples.iter().map(|(name, value)| ((*name).to_owned(), json!({"value": value}))).collect()
}

/// Writes responses that several operations give once, under a name made of their codes.
fn share(paths: &mut BTreeMap<&str, Map<String, Value>>, shared: &mut BTreeMap<String, Value>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for_each_response(paths, |response| *seen.entry(response.to_string()).or_default() += 1);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for_each_response(paths, |response| {
        let text = response.to_string();
        if seen.get(&text).is_none_or(|times| *times < 2) {
            return;
        }
        let name = names.entry(text).or_insert_with(|| {
            let base = name_of(response);
            let taken = |name: &String| shared.contains_key(name);
            let free = (1..).map(|at| if at == 1 { base.clone() } else { format!("{base}{at}") });
            let name = free.into_iter().find(|name| !taken(name)).unwrap_or_default();
            shared.insert(name.clone(), response.clone());
            name
        });
        *response = json!({"$ref": format!("#/components/responses/{name}")});
    });
}

fn for_each_response(paths: &mut BTreeMap<&str, Map<String, Value>>, mut each: impl FnMut(&mut Value)) {
    for item in paths.values_mut() {
        for operation in item.values_mut() {
            if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
                responses.values_mut().for_each(&mut each);
            }
        }
    }
}

/// A name such as `CodeRejected`, of the codes in a response's examples.
fn name_of(response: &Value) -> String {
    let content = response["content"].as_object().and_then(|content| content.values().next());
    let examples = content.and_then(|content| content["examples"].as_object());
    let codes = examples.into_iter().flat_map(Map::keys).map(|code| {
        let words = code.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..])).collect::<String>()
    });
    let name = codes.collect::<String>();
    if name.is_empty() { "Done".to_owned() } else { name }
}

/// Removes components that nothing refers to.
fn prune(document: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        references(document, &mut used);
        let mut removed = false;
        for kind in ["parameters", "headers", "responses", "schemas"] {
            if let Some(parts) = document["components"][kind].as_object_mut() {
                let before = parts.len();
                parts.retain(|name, _| used.contains(&format!("#/components/{kind}/{name}")));
                removed |= parts.len() < before;
            }
        }
        if !removed {
            return;
        }
    }
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                used.insert(reference.to_owned());
            }
            members.values().for_each(|member| references(member, used));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, used)),
        _ => {}
    }
}
