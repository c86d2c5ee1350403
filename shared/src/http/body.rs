//! Strict JSON: one object, no key twice, no unknown member, no coercion.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::problem::{ErrorFormat, Problem};
use super::request::Request;

/// Most bytes of a body.
pub const MAX_BODY: usize = 16 * 1024;
/// Most bytes of a policy, whose lists are long.
pub const MAX_POLICY_BODY: usize = 128 * 1024;

/// Reads a request's body into a wire type.
///
/// # Errors
/// [`Problem::TooLarge`], [`Problem::UnsupportedMediaType`] or [`Problem::Malformed`].
pub fn body<T: DeserializeOwned>(request: &Request, error_format: ErrorFormat, most: usize) -> Result<T, Problem> {
    let value = json(request, error_format, most)?;
    serde_json::from_value(value).map_err(|_| Problem::Malformed("a member is missing, unknown or of the wrong type"))
}

/// Reads a request's body into one JSON object.
///
/// On the Graph routes members whose names start with `@odata.` are dropped at every depth; elsewhere
/// `null` is the wrong type for everything.
///
/// # Errors
/// As [`body`].
pub fn json(request: &Request, error_format: ErrorFormat, most: usize) -> Result<Value, Problem> {
    if request.body.len() > most {
        return Err(Problem::TooLarge);
    }
    if !request.header("content-type").is_some_and(is_json) {
        return Err(Problem::UnsupportedMediaType);
    }
    const MALFORMED: Problem = Problem::Malformed("the body is not one JSON object with each key once and no null");
    const MALFORMED_GRAPH: Problem = Problem::Malformed("the body is not one JSON object with each key once");
    strict(&request.body, error_format).map_err(|_| match error_format {
        ErrorFormat::Rekey => MALFORMED,
        ErrorFormat::Graph => MALFORMED_GRAPH,
    })
}

/// Reads text as one JSON object in which no key stands twice at any depth; see [`json`].
///
/// # Errors
/// The reader's, which names a place and no value.
pub fn strict(text: &[u8], error_format: ErrorFormat) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict(error_format).deserialize(&mut deserializer)?;
    deserializer.end()?;
    if value.is_object() { Ok(value) } else { Err(serde_json::Error::custom("not an object")) }
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    essence && utf8
}

/// Deserializes a nested wire type from a JSON object only; derived code would take an array, too.
///
/// # Errors
/// The deserializer's, for anything but an object that fits.
pub fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let value = <Value as serde::Deserialize>::deserialize(deserializer)?;
    if !value.is_object() {
        return Err(D::Error::custom("not an object"));
    }
    serde_json::from_value(value).map_err(|_| D::Error::custom("does not fit"))
}

/// As [`object`], for a member that may be left out.
///
/// # Errors
/// As [`object`].
pub fn optional_object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    object(deserializer).map(Some)
}

#[derive(Clone, Copy)]
struct Strict(ErrorFormat);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with each key once")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        match self.0 {
            ErrorFormat::Graph => Ok(Value::Null),
            ErrorFormat::Rekey => Err(E::custom("null is not a value here")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        let mut seen = BTreeSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a key stands twice"));
            }
            if self.0 == ErrorFormat::Rekey || !key.starts_with("@odata.") {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use http::{HeaderMap, Method};
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Wire {
        name: String,
        #[serde(default, deserialize_with = "optional_object")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        count: u32,
    }

    fn request(content_type: &str, body: &[u8]) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        Request {
            method: Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers,
            body: body.to_vec(),
            source: [127, 0, 0, 1].into(),
        }
    }

    fn read(error_format: ErrorFormat, text: &str) -> Result<Wire, Problem> {
        body(&request("application/json", text.as_bytes()), error_format, MAX_BODY)
    }

    #[test]
    fn only_exact_objects_are_read() {
        assert_eq!(
            read(ErrorFormat::Rekey, r#"{"name":"a","inner":{"count":1}}"#).unwrap().inner,
            Some(Inner { count: 1 })
        );
        for text in [
            "",
            "null",
            "[]",
            r#"["a"]"#,
            r#"{"name":"a"} {}"#,
            r#"{"name":"a","name":"a"}"#,
            r#"{"name":"a","other":1}"#,
            r#"{"name":"a","inner":{"count":1,"x":2}}"#,
            r#"{"name":"a","inner":{"count":1,"count":1}}"#,
            r#"{"name":"a","inner":[1]}"#,
            r#"{"name":"a","inner":null}"#,
            r#"{"name":null}"#,
            r#"{"name":1}"#,
            r#"{"name":"\ud800"}"#,
            "\u{feff}{\"name\":\"a\"}",
            r#"{"name":"a","@odata.type":"x"}"#,
        ] {
            assert!(matches!(read(ErrorFormat::Rekey, text), Err(Problem::Malformed(_))), "{text}");
        }
        assert_eq!(read(ErrorFormat::Graph, r#"{"name":"a","@odata.type":"x"}"#).unwrap().name, "a");
        let deep = format!("{{\"name\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
        assert!(matches!(read(ErrorFormat::Rekey, &deep), Err(Problem::Malformed(_))));
        let invalid = request("application/json", b"{\"name\":\"\xff\"}");
        assert!(matches!(body::<Wire>(&invalid, ErrorFormat::Rekey, MAX_BODY), Err(Problem::Malformed(_))));
    }

    #[test]
    fn media_type_and_size_come_first() {
        for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            assert!(body::<Wire>(&request(good, br#"{"name":"a"}"#), ErrorFormat::Rekey, MAX_BODY).is_ok(), "{good}");
        }
        for bad in ["text/plain", "application/json; charset=latin1", "application/jsonx", ""] {
            let read = body::<Wire>(&request(bad, br#"{"name":"a"}"#), ErrorFormat::Rekey, MAX_BODY);
            assert_eq!(read.unwrap_err(), Problem::UnsupportedMediaType, "{bad}");
        }
        let large = request("application/json", &vec![b' '; MAX_BODY + 1]);
        assert_eq!(body::<Wire>(&large, ErrorFormat::Rekey, MAX_BODY).unwrap_err(), Problem::TooLarge);
    }
}
