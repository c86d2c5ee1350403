//! Refusals as the code answers them, turned into responses of the description.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Operation, Refusal};
use crate::http::{Answer, Failure, Problem, Surface};
use crate::random::Randomness;
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// What is told of an answer wherever it is given.
const EVERYWHERE: [&str; 2] = ["cache-control", "x-content-type-options"];

/// The randomness of an example: the same at every making.
struct Example;

impl Randomness for Example {
    fn fill(&self, bytes: &mut [u8]) {
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(at * 37 % 251).unwrap_or_default();
        }
    }
}

/// When the examples were answered, in seconds since 1970.
const EXAMPLES_AT: u64 = 1_795_302_622;

/// The answer itself.
fn answered(failure: &Failure, surface: Surface) -> Answer {
    failure.answer(surface, &Example, Moment::from_seconds(EXAMPLES_AT))
}

/// One refusal as it is told.
struct Told {
    code: String,
    status: u16,
    media_type: String,
    headers: Vec<String>,
    body: Value,
    why: &'static str,
}

fn told(refusal: &Refusal, surface: Surface) -> Told {
    let answer = answered(&refusal.failure, surface);
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = body["code"].as_str().or(body["error"]["code"].as_str()).unwrap_or_default().to_owned();
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = header("content-type").to_owned();
    let mut headers: Vec<String> =
        answer.headers.keys().map(|name| name.as_str().to_owned()).filter(|name| name != "content-type").collect();
    headers.sort();
    Told { code, status: answer.status.as_u16(), media_type, headers, body, why: refusal.why }
}

/// The refusals that every operation of its kind knows, and its own.
fn all(operation: &Operation) -> Vec<Told> {
    let refusal = |failure: Failure, why| Refusal { failure, why };
    let mut common = vec![
        refusal(Problem::MethodNotAllowed(&[http::Method::GET]).into(), "the path knows other methods only."),
        refusal(
            Unavailable::plain("an example").into(),
            "something that this service rests on failed, and nothing was half done. The request may be repeated as it is.",
        ),
    ];
    if !operation.is_open {
        common.push(refusal(Problem::Unauthenticated.into(), "there is no valid token."));
        common.push(refusal(Problem::Forbidden.into(), "the token is valid and does not permit this."));
    }
    if operation.path.contains('{') && operation.surface() == Surface::Rekey {
        let why = "the path is no route, as when an id in it is empty or holds a slash; or there is no such resource.";
        common.push(refusal(Problem::NotFound.into(), why));
    }
    let surface = operation.surface();
    operation.refusals.iter().chain(&common).map(|refusal| told(refusal, surface)).collect()
}

/// The responses of an operation's refusals, by status.
pub(super) fn responses(operation: &Operation) -> BTreeMap<u16, Value> {
    let mut by_status: BTreeMap<u16, Vec<Told>> = BTreeMap::new();
    for told in all(operation) {
        by_status.entry(told.status).or_default().push(told);
    }
    by_status.into_iter().map(|(status, told)| (status, response(status, &told, operation.surface()))).collect()
}

fn response(status: u16, told: &[Told], surface: Surface) -> Value {
    let description = told.iter().map(|one| format!("`{}`: {}", one.code, one.why)).collect::<Vec<_>>().join(" ");
    let mut codes: Vec<&str> = told.iter().map(|one| one.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let code = if let [only] = codes[..] { json!({"const": only}) } else { json!({"enum": codes}) };
    let schema = match surface {
        Surface::Rekey => json!({"allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"code": code, "status": {"const": status}}},
        ]}),
        Surface::Graph => json!({"allOf": [
            {"$ref": "#/components/schemas/GraphError"},
            {"properties": {"error": {"properties": {"code": code}}}},
        ]}),
    };
    let mut examples = Map::new();
    for one in told {
        let mut name = one.code.clone();
        while examples.contains_key(&name) {
            name.push_str(", too");
        }
        examples.insert(name, json!({"value": one.body}));
    }
    // Only what every one of them carries is promised.
    let shared = |name: &String| told.iter().all(|one| one.headers.contains(name));
    let headers = told.first().into_iter().flat_map(|one| one.headers.iter().filter(|name| shared(name)));
    let media_type = told.first().map(|one| one.media_type.clone()).unwrap_or_default();
    json!({
        "description": description,
        "headers": headers_of(headers.map(String::as_str)),
        "content": {media_type: {"schema": schema, "examples": examples}},
    })
}

/// References to the headers of an answer.
pub(super) fn headers_of<'a>(names: impl Iterator<Item = &'a str>) -> Map<String, Value> {
    let known = |name: &str| match name {
        "allow" => Some(("Allow", "Allow")),
        "cache-control" => Some(("Cache-Control", "CacheControl")),
        "retry-after" => Some(("Retry-After", "RetryAfter")),
        "www-authenticate" => Some(("WWW-Authenticate", "Challenge")),
        "x-content-type-options" => Some(("X-Content-Type-Options", "ContentTypeOptions")),
        _ => None,
    };
    let reference = |(name, component): (&str, &str)| {
        (name.to_owned(), json!({"$ref": format!("#/components/headers/{component}")}))
    };
    names.filter_map(known).map(reference).collect()
}

/// The headers that every answer carries.
pub(super) fn everywhere() -> Map<String, Value> {
    headers_of(EVERYWHERE.into_iter())
}
