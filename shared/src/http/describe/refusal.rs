//! Refusals as the code answers them, turned into responses of the description.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::{Operation, Refusal};
use crate::http::failure::{GraphBody, ProblemBody};
use crate::http::{ErrorFormat, Failure, Problem, Response};
use crate::random::Randomness;
use crate::time::Moment;
use crate::unavailable::Unavailable;

/// Why a request speaks for nobody.
const UNAUTHENTICATED: &str = "there is no valid token; or its user signed in before the account's sessions were ended, \
    by a reset for example, or before the account was created, and must sign in again.";
/// Why a request with a valid token is refused.
const FORBIDDEN: &str = "the token is valid, but it lacks a permission or a right; the text names it.";
/// Why the path of an operation that has an id in it is not found.
const NOT_FOUND: &str = "an id in the path is empty or contains a slash, so that the path is not a route; or there is \
    no such resource. The text says which.";
/// Why a change of an account or of the policy is given up.
const CHANGED_MEANWHILE: &str = "other requests changed the same account or policy at the same time, again and again. \
    Nothing was changed, and the request may be repeated unchanged.";
/// The headers that every response carries.
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

/// The response itself.
fn answered(failure: &Failure, error_format: ErrorFormat) -> Response {
    failure.response(error_format, &Example, Moment::from_seconds(EXAMPLES_AT))
}

/// One refusal as it is told.
struct Described {
    code: String,
    status: u16,
    media_type: String,
    headers: Vec<String>,
    body: Value,
    why: &'static str,
}

fn described(refusal: &Refusal, error_format: ErrorFormat) -> Described {
    let response = answered(&refusal.failure, error_format);
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let code = body["code"].as_str().or(body["error"]["code"].as_str()).unwrap_or_default().to_owned();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = header("content-type").to_owned();
    let mut headers: Vec<String> =
        response.headers().keys().map(|name| name.as_str().to_owned()).filter(|name| name != "content-type").collect();
    headers.sort();
    Described { code, status: response.status().as_u16(), media_type, headers, body, why: refusal.why }
}

/// The refusals that every operation of its kind knows, and its own.
fn all(operation: &Operation) -> Vec<Described> {
    let refusal = |failure: Failure, why| Refusal { failure, why };
    let mut common = vec![
        refusal(Problem::MethodNotAllowed(&[http::Method::GET]).into(), "the path supports other methods only."),
        refusal(
            Unavailable::plain("an example").into(),
            "a dependency of this service failed, and nothing was half done. The request may be repeated unchanged.",
        ),
    ];
    if !operation.is_open {
        common.push(refusal(Problem::Unauthenticated.into(), UNAUTHENTICATED));
        common.push(refusal(Problem::forbidden("needs User.Read.All").into(), FORBIDDEN));
    }
    if operation.changes() {
        common.push(refusal(Problem::CHANGED_MEANWHILE.into(), CHANGED_MEANWHILE));
    }
    if operation.path.contains('{') && operation.error_format() == ErrorFormat::Rekey {
        common.push(refusal(Problem::NO_ROUTE.into(), NOT_FOUND));
    }
    let error_format = operation.error_format();
    operation.refusals.iter().chain(&common).map(|refusal| described(refusal, error_format)).collect()
}

/// What refusals have in common among the components.
#[derive(Default)]
pub(super) struct Refusals {
    /// Responses, each once.
    pub(super) responses: Map<String, Value>,
    /// An example of each code.
    pub(super) examples: Map<String, Value>,
}

impl Refusals {
    /// The responses of an operation's refusals, by status.
    pub(super) fn responses(&mut self, operation: &Operation, generator: &mut SchemaGenerator) -> BTreeMap<u16, Value> {
        let mut by_status: BTreeMap<u16, Vec<Described>> = BTreeMap::new();
        for described in all(operation) {
            by_status.entry(described.status).or_default().push(described);
        }
        let response =
            |(status, described): (u16, Vec<Described>)| (status, self.response(&described, operation, generator));
        by_status.into_iter().map(response).collect()
    }

    fn response(&mut self, described: &[Described], operation: &Operation, generator: &mut SchemaGenerator) -> Value {
        let error_format = operation.error_format();
        let description =
            described.iter().map(|one| format!("`{}`: {}", one.code, one.why)).collect::<Vec<_>>().join(" ");
        let schema = match error_format {
            ErrorFormat::Rekey => generator.subschema_for::<ProblemBody<'_>>(),
            ErrorFormat::Graph => generator.subschema_for::<GraphBody>(),
        };
        let mut examples = Map::new();
        for one in described {
            let prefix = if error_format == ErrorFormat::Graph { "Graph" } else { "" };
            let name = format!("{prefix}{}", pascal(&one.code));
            examples.insert(one.code.clone(), reference("examples", &name));
            self.examples.entry(name).or_insert_with(|| json!({"value": one.body}));
        }
        // Only what every one of them carries is promised.
        let shared = |name: &String| described.iter().all(|one| one.headers.contains(name));
        let headers = described.first().into_iter().flat_map(|one| one.headers.iter().filter(|name| shared(name)));
        let media_type = described.first().map(|one| one.media_type.clone()).unwrap_or_default();
        let response = json!({
            "description": description,
            "headers": headers_of(headers.map(String::as_str)),
            "content": {media_type: {"schema": schema, "examples": examples}},
        });
        let known = self.responses.iter().find(|(_, known)| **known == response).map(|(name, _)| name.clone());
        let name = known.unwrap_or_else(|| self.free_name(described, operation));
        self.responses.entry(name.clone()).or_insert(response);
        reference("responses", &name)
    }

    /// A name of the codes (on the Graph routes, which have few, of the status), and of the operation that tells them for
    /// reasons of its own.
    fn free_name(&self, described: &[Described], operation: &Operation) -> String {
        let base = match operation.error_format() {
            ErrorFormat::Rekey => {
                let codes: BTreeSet<&str> = described.iter().map(|one| one.code.as_str()).collect();
                codes.into_iter().map(pascal).collect::<Vec<_>>().join("Or")
            }
            ErrorFormat::Graph => {
                let status = described.first().and_then(|one| StatusCode::from_u16(one.status).ok());
                format!("Graph{}", pascal(status.and_then(|status| status.canonical_reason()).unwrap_or_default()))
            }
        };
        if self.responses.contains_key(&base) { format!("{base}For{}", pascal(operation.name)) } else { base }
    }
}

/// A code as a name: `CodeRejected` of `code-rejected`.
fn pascal(code: &str) -> String {
    let upper = |word: &str| format!("{}{}", word[..1].to_uppercase(), &word[1..]);
    code.split(['-', '_', ' ']).map(upper).collect()
}

/// A reference to one of the components.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// References to the headers of an response.
fn headers_of<'a>(names: impl Iterator<Item = &'a str>) -> Map<String, Value> {
    let known = |name: &str| match name {
        "allow" => Some(("Allow", "Allow")),
        "cache-control" => Some(("Cache-Control", "CacheControl")),
        "retry-after" => Some(("Retry-After", "RetryAfter")),
        "www-authenticate" => Some(("WWW-Authenticate", "Challenge")),
        "x-content-type-options" => Some(("X-Content-Type-Options", "ContentTypeOptions")),
        _ => None,
    };
    let header = |(name, component): (&str, &str)| (name.to_owned(), reference("headers", component));
    names.filter_map(known).map(header).collect()
}

/// The headers that every response carries.
pub(super) fn everywhere() -> Map<String, Value> {
    headers_of(EVERYWHERE.into_iter())
}
