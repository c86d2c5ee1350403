//! Bodies: both the Graph routes and the other routes read only what plain JSON says.
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
use serde_json::Value;
use shared::http::{ErrorFormat, MAX_BODY, Request, body as read, json};

pub(super) fn run(body: &[u8]) {
    let request = Request {
        method: Method::POST,
        path: "/".to_owned(),
        query: Vec::new(),
        headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
        body: body.to_vec(),
        source: [192, 0, 2, 1].into(),
    };
    let plain = serde_json::from_slice::<Value>(body).ok();
    let graph = json(&request, ErrorFormat::Graph, MAX_BODY).ok();
    assert_eq!(graph, graph.as_ref().and(plain.clone()).map(without_annotations));
    if let Ok(value) = read::<Value>(&request) {
        assert!(value.is_object() && !has_null(&value));
        assert_eq!(Some(&value), plain.as_ref());
        assert_eq!(graph, Some(without_annotations(value)), "the stricter surface reads nothing more");
    }
}

fn without_annotations(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_annotations).collect(),
        Value::Object(members) => {
            // Graph reads names of properties in any letter case.
            let stored = members.into_iter().filter(|(name, _)| !name.to_ascii_lowercase().starts_with("@odata."));
            stored.map(|(name, value)| (name, without_annotations(value))).collect()
        }
        other => other,
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}
