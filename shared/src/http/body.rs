//! Strict JSON: one object, no key twice, no unknown member, no coercion. A refusal names the member and its rule.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_path_to_error::Segment;

use super::problem::{ErrorFormat, Problem};
use super::request::Request;

/// The largest body, in bytes.
pub const MAX_BODY: usize = 16 * 1024;
/// The largest policy, in bytes; its lists are long.
pub const MAX_POLICY_BODY: usize = 128 * 1024;
/// The longest name that a refusal repeats; Graph's have up to 36 characters.
const MAX_WORD: usize = 64;

/// Reads a request's body into a wire type.
///
/// # Errors
/// [`Problem::TooLarge`], [`Problem::UnsupportedMediaType`] or [`Problem::Malformed`].
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let value = json(request, ErrorFormat::Rekey, MAX_BODY)?;
    let read = serde_path_to_error::deserialize(&value).map_err(|error| Problem::malformed(rule(&error)))?;
    // An optional member accepts `null`, but here it is either left out or has a value.
    match null_in(&value, String::new()) {
        Some(path) => Err(Problem::malformed(format!("{} must not be null", path.trim_start_matches('.')))),
        None => Ok(read),
    }
}

/// Whether a name of the caller's may be repeated in a refusal. Names of members are words; anything else may be a value
/// in the wrong place.
#[must_use]
pub fn is_word(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_@.".contains(&byte);
    name.len() <= MAX_WORD && name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.bytes().all(word)
}

/// Whether a member says something about the body in OData's terms, which no route needs.
fn is_annotation(name: &str) -> bool {
    const PREFIX: &str = "@odata.";
    name.get(..PREFIX.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(PREFIX))
}

/// The rule that a body breaks, with the path of the member. It repeats no value.
fn rule(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let (path, text) = (error.path().to_string(), error.inner().to_string());
    let path = path.trim_start_matches('.');
    if let Some(name) = text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return format!("{path}.{name} is missing").trim_start_matches('.').to_owned();
    }
    if text.starts_with("unknown field `") {
        let unknown = error.path().iter().next_back().map(Segment::to_string).unwrap_or_default();
        if is_word(&unknown) {
            return format!("{path} is not a known member");
        }
        let parent = path.strip_suffix(&unknown).unwrap_or_default().trim_end_matches('.');
        return format!("{} has a member that is not known", if parent.is_empty() { "the body" } else { parent });
    }
    // Only the end is the type's own text; a value may stand before it.
    match text.rsplit_once(", expected ") {
        Some((_, "a string")) => format!("{path} must be a string"),
        Some((_, "a sequence")) => format!("{path} must be a list"),
        Some((_, "an object")) => format!("{path} must be an object"),
        Some((_, "u64")) => format!("{path} must be a whole number"),
        _ => format!("{path} has the wrong type"),
    }
}

/// The path of the first `null` in a document below this path.
fn null_in(value: &Value, path: String) -> Option<String> {
    match value {
        Value::Null => Some(path),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| null_in(item, format!("{path}[{at}]"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| null_in(member, format!("{path}.{name}"))),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Reads a request's body as one JSON object of at most `most` bytes.
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
    let value = strict(&request.body, error_format).map_err(|error| {
        Problem::malformed(repetition(&error).unwrap_or_else(|| "the body is not valid JSON".to_owned()))
    })?;
    if value.is_object() { Ok(value) } else { Err(Problem::malformed("the body must be a JSON object")) }
}

/// Reads text as JSON in which no object has a key twice, at any depth. On the Graph routes, members whose names start
/// with `@odata.` are dropped at every depth.
///
/// # Errors
/// The reader's error. It contains a position and no value; a data error says which member occurs twice.
pub fn strict(text: &[u8], error_format: ErrorFormat) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict(error_format).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Which member occurs twice, such as `name occurs twice`, if that is why [`strict`] refused a text. `None` if the text is
/// not JSON.
#[must_use]
pub fn repetition(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (repetition, _) = text.split_once(" at line ").filter(|_| error.is_data())?;
    Some(repetition.to_owned())
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

/// Deserializes a nested wire type from a JSON object only. Derived code would accept an array as well.
///
/// # Errors
/// The deserializer's error for anything but an object with the members of the type.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    deserializer.deserialize_map(Object(PhantomData))
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

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
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
                // The `prices` of a policy have a member of this name.
                let name = if is_word(&key) || key == "*" { &key } else { "a member" };
                return Err(A::Error::custom(format_args!("{name} occurs twice")));
            }
            if self.0 == ErrorFormat::Rekey || !is_annotation(&key) {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Wire {
        name: String,
        #[serde(default)]
        inner: Vec<Element>,
        alias: Option<String>,
        most_tries: Option<u64>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(transparent)]
    struct Element(#[serde(deserialize_with = "object")] Inner);

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        count: u64,
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

    fn read(text: &str) -> Result<Wire, Problem> {
        body(&request("application/json", text.as_bytes()))
    }

    #[test]
    fn a_refusal_names_the_member_and_its_rule() {
        let read_wire = read(r#"{"name":"a","inner":[{"count":1}],"mostTries":2}"#).unwrap();
        assert_eq!((read_wire.inner, read_wire.most_tries), (vec![Element(Inner { count: 1 })], Some(2)));
        for (text, rule) in [
            ("", "the body is not valid JSON"),
            (r#"{"name":"a"} {}"#, "the body is not valid JSON"),
            (r#"{"name":"\ud800"}"#, "the body is not valid JSON"),
            ("\u{feff}{\"name\":\"a\"}", "the body is not valid JSON"),
            ("null", "the body must be a JSON object"),
            ("[]", "the body must be a JSON object"),
            (r#"["a"]"#, "the body must be a JSON object"),
            (r#"{"name":"a","name":"a"}"#, "name occurs twice"),
            (r#"{"name":"a","inner":[{"count":1,"count":1}]}"#, "count occurs twice"),
            (r#"{"*":1,"*":1}"#, "* occurs twice"),
            (r#"{"a b":1,"a b":1}"#, "a member occurs twice"),
            ("{}", "name is missing"),
            (r#"{"name":"a","inner":[{"count":1},{}]}"#, "inner[1].count is missing"),
            (r#"{"name":"a","other":1}"#, "other is not a known member"),
            (r#"{"name":"a","an other":1}"#, "the body has a member that is not known"),
            (r#"{"name":"a","name.x":1}"#, "name.x is not a known member"),
            (r#"{"name":"a","@odata.type":"x"}"#, "the body has a member that is not known"),
            (r#"{"name":"a","inner":[{"count":1,"x":2}]}"#, "inner[0].x is not a known member"),
            (r#"{"name":"a","inner":[{"count":1,"x y":2}]}"#, "inner[0] has a member that is not known"),
            (r#"{"name":1}"#, "name must be a string"),
            (r#"{"name":null}"#, "name must be a string"),
            (r#"{"name":{"S":"a"}}"#, "name must be a string"),
            (r#"{"name":"a","alias":1}"#, "alias must be a string"),
            (r#"{"name":"a","alias":null}"#, "alias must not be null"),
            (r#"{"name":"a","mostTries":null}"#, "mostTries must not be null"),
            (r#"{"name":"a","mostTries":-1}"#, "mostTries must be a whole number"),
            (r#"{"name":"a","mostTries":"secret, expected a string"}"#, "mostTries must be a whole number"),
            (r#"{"name":"a","inner":"secret"}"#, "inner must be a list"),
            (r#"{"name":"a","inner":{"count":1}}"#, "inner must be a list"),
            (r#"{"name":"a","inner":[[1]]}"#, "inner[0] must be an object"),
            (r#"{"name":"a","inner":[null]}"#, "inner[0] must be an object"),
            (r#"{"name":"a","inner":[{"count":1},{"count":"secret"}]}"#, "inner[1].count must be a whole number"),
        ] {
            assert_eq!(read(text), Err(Problem::malformed(rule)), "{text}");
        }
        let deep = format!("{{\"name\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(read(&deep), Err(Problem::malformed("the body is not valid JSON")));
        let invalid = request("application/json", b"{\"name\":\"\xff\"}");
        assert_eq!(body::<Wire>(&invalid), Err(Problem::malformed("the body is not valid JSON")));
    }

    #[test]
    fn annotations_are_dropped_on_the_graph_routes() {
        let annotated = request("application/json", br#"{"a":null,"@OData.Type":"x","b":[{"@odata.id":1}]}"#);
        let value = json(&annotated, ErrorFormat::Graph, MAX_BODY);
        assert_eq!(value, Ok(serde_json::json!({"a": null, "b": [{}]})));
    }

    #[test]
    fn media_type_and_size_come_first() {
        for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            assert!(body::<Wire>(&request(good, br#"{"name":"a"}"#)).is_ok(), "{good}");
        }
        for bad in ["text/plain", "application/json; charset=latin1", "application/jsonx", ""] {
            let read = body::<Wire>(&request(bad, br#"{"name":"a"}"#));
            assert_eq!(read.unwrap_err(), Problem::UnsupportedMediaType, "{bad}");
        }
        let large = request("application/json", &vec![b' '; MAX_BODY + 1]);
        assert_eq!(body::<Wire>(&large).unwrap_err(), Problem::TooLarge);
    }
}
