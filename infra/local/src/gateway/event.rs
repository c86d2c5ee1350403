//! The event that API Gateway invokes a function with, payload format 2.0.
//!
//! Source: AWS, Working with AWS Lambda proxy integrations for HTTP APIs.

use std::net::IpAddr;

use aws::config::system::SystemRandom;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, COOKIE, USER_AGENT};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use shared::random::bytes;
use shared::time::Moment;

/// The account and the API that an event names.
const LOCAL: &str = "local";
/// Media types, besides `text/*`, whose bodies are passed as text; every other body is encoded.
const TEXT_TYPES: [&str; 3] = ["application/json", "application/javascript", "application/xml"];

/// A request on its way to a function.
pub(crate) struct Event<'a> {
    /// The request line and the headers.
    pub(crate) head: &'a Parts,
    /// The route that was chosen.
    pub(crate) route: &'a str,
    /// Its path, decoded once by [`decoded`].
    pub(crate) path: String,
    /// Its body.
    pub(crate) body: Vec<u8>,
    /// Its TCP peer.
    pub(crate) source: IpAddr,
    /// When it arrived.
    pub(crate) now: Moment,
}

impl Event<'_> {
    /// The event's JSON text.
    pub(crate) fn text(self) -> Vec<u8> {
        let headers = &self.head.headers;
        let query = self.head.uri.query().unwrap_or_default();
        let (body, encoded) = body(headers, self.body);
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route,
            "rawPath": self.path,
            "rawQueryString": query,
            "headers": joined(headers),
            "requestContext": {
                "accountId": LOCAL,
                "apiId": LOCAL,
                "domainName": LOCAL,
                "domainPrefix": LOCAL,
                "http": {
                    "method": self.head.method.as_str(),
                    "path": self.path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": self.source.to_string(),
                    "userAgent": headers.get(USER_AGENT).map(text).unwrap_or_default(),
                },
                "requestId": BASE64URL_NOPAD.encode(&bytes::<12>(&SystemRandom)),
                "routeKey": self.route,
                "stage": "$default",
                "time": self.now.to_string(),
                "timeEpoch": self.now.millis(),
            },
            "isBase64Encoded": encoded,
        });
        let cookies: Vec<String> = headers.get_all(COOKIE).iter().map(text).collect();
        if !cookies.is_empty() {
            event["cookies"] = json!(cookies);
        }
        if let Some(body) = body {
            event["body"] = Value::String(body);
        }
        event.to_string().into_bytes()
    }
}

/// Headers with lower-case names, repeated values joined by commas; cookies have a member of their own.
fn joined(headers: &HeaderMap) -> Map<String, Value> {
    let names = headers.keys().filter(|name| **name != COOKIE);
    names
        .map(|name| {
            let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
            (name.as_str().to_owned(), Value::String(values.join(",")))
        })
        .collect()
}

fn text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The body, as text if its media type and its bytes are text, else in base64; and whether it is in base64.
fn body(headers: &HeaderMap, body: Vec<u8>) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let essence = headers.get(CONTENT_TYPE).map(text).unwrap_or_default();
    let essence = essence.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = essence.is_empty() || essence.starts_with("text/") || TEXT_TYPES.contains(&essence.as_str());
    match String::from_utf8(body) {
        Ok(text) if is_text => (Some(text), false),
        Ok(text) => (Some(BASE64.encode(text.as_bytes())), true),
        Err(error) => (Some(BASE64.encode(error.as_bytes())), true),
    }
}

/// Decodes a path's `%XX` once (RFC 3986, section 2.1), except `%2F`; `None` if the result is not UTF-8.
///
/// An encoded slash is data in its segment, never a separator (section 2.2). Decoded, it would split the segment:
/// `/v1/resets/x%2Fcodes` would reach a route that its sender did not name. So it stays encoded, both when the route is
/// chosen and in the event. No id and no user name has a percent sign, so such a segment names nothing.
///
/// A percent sign that begins no triplet stays as it is.
pub(crate) fn decoded(path: &str) -> Option<String> {
    // The sign is encoded once more, so that decoding restores the triplet.
    let guarded = path.replace("%2F", "%252F").replace("%2f", "%252f");
    Some(percent_decode_str(&guarded).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(request: http::Request<Vec<u8>>) -> Value {
        let (head, body) = request.into_parts();
        let path = decoded(head.uri.path()).unwrap();
        let source = IpAddr::from([127, 0, 0, 7]);
        let now = Moment::from_millis(1_795_298_670_120);
        let event = Event { head: &head, route: "/v1/resets", path, body, source, now };
        serde_json::from_slice(&event.text()).unwrap()
    }

    #[test]
    fn a_request_becomes_an_event() {
        let request = http::Request::post("/graph/v1.0/users/%61%2Bb%20c?$top=%31&x=+")
            .header("Host", "localhost:1")
            .header("Accept-Language", "de")
            .header("accept-language", "en")
            .header("Cookie", "a=b")
            .header("Content-Type", "application/json; charset=utf-8")
            .body(b"{\"a\":\"\xc3\xa9\"}".to_vec())
            .unwrap();
        let event = event(request);
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["rawPath"], "/graph/v1.0/users/a+b c");
        assert_eq!(event["rawQueryString"], "$top=%31&x=+");
        assert_eq!(event["headers"]["accept-language"], "de,en");
        assert_eq!(event["headers"]["host"], "localhost:1");
        assert_eq!(event["headers"]["cookie"], Value::Null);
        assert_eq!(event["cookies"], json!(["a=b"]));
        assert_eq!(event["requestContext"]["http"]["method"], "POST");
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.7");
        assert_eq!(event["body"], "{\"a\":\"é\"}");
        assert_eq!(event["isBase64Encoded"], false);
    }

    #[test]
    fn a_body_that_is_not_text_is_encoded() {
        let invalid = http::Request::post("/").header("Content-Type", "application/json").body(vec![0xff]).unwrap();
        assert_eq!(event(invalid)["body"], "/w==");
        let form = http::Request::post("/").header("Content-Type", "image/png").body(b"ab".to_vec()).unwrap();
        let event_of_form = event(form);
        assert_eq!(event_of_form["body"], "YWI=");
        assert_eq!(event_of_form["isBase64Encoded"], true);
        let empty = event(http::Request::get("/").body(Vec::new()).unwrap());
        assert_eq!(empty["body"], Value::Null);
        assert_eq!(empty["isBase64Encoded"], false);
        assert!(empty.as_object().unwrap().get("cookies").is_none());
    }

    #[test]
    fn paths_are_decoded_once() {
        assert_eq!(decoded("/a%2525b").as_deref(), Some("/a%25b"));
        assert_eq!(decoded("/%C3%A9%zz%4").as_deref(), Some("/é%zz%4"));
        assert_eq!(decoded("/+").as_deref(), Some("/+"));
        assert_eq!(decoded("/%ff"), None);
    }

    #[test]
    fn an_encoded_slash_stays_encoded() {
        assert_eq!(decoded("/a%2Fb%2fc/%41").as_deref(), Some("/a%2Fb%2fc/A"));
        assert_eq!(decoded("/%%2F%2").as_deref(), Some("/%%2F%2"));
        assert_eq!(decoded("/%252F").as_deref(), Some("/%2F"));
        assert_eq!(decoded("/%2F%ff"), None);
        let event = event(http::Request::get("/v1/resets/a%2Fcodes").body(Vec::new()).unwrap());
        assert_eq!(event["rawPath"], "/v1/resets/a%2Fcodes");
        assert_eq!(event["requestContext"]["http"]["path"], "/v1/resets/a%2Fcodes");
    }
}
