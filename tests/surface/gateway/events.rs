//! Events of API Gateway's payload format 2.0, stored as files, and read by the code that the functions use.

use std::future::ready;
use std::net::IpAddr;

use aws::lambda::gateway::{BadEvent, handle_event, respond};
use lambda_http::Context;
use serde_json::{Value, json};
use shared::http::{ErrorFormat, Failure, Problem, Request, Response, response};
use shared::testing::CountingRandom;
use shared::time::Moment;

const BEGIN: &str = include_str!("../events/begin.json");
const BASE64_BODY: &str = include_str!("../events/base64-body.json");
const ODD_HEADER_CASE: &str = include_str!("../events/odd-header-case.json");
const JOINED_HEADERS: &str = include_str!("../events/joined-headers.json");
const MISSING_BODY: &str = include_str!("../events/missing-body.json");
const ENCODED_PATH: &str = include_str!("../events/encoded-path.json");
const IPV6_SOURCE: &str = include_str!("../events/ipv6-source.json");
const BAD_BASE64: &str = include_str!("../events/bad-base64.json");
const WRONG_TYPES: &str = include_str!("../events/wrong-types.json");
const NO_SOURCE: &str = include_str!("../events/no-source.json");
const REST_API: &str = include_str!("../events/rest-api.json");

/// The parts of a request that a test compares, with sorted headers.
#[derive(Debug, PartialEq)]
struct Read {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    source: IpAddr,
}

impl From<Request> for Read {
    fn from(request: Request) -> Self {
        let mut headers: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        headers.sort();
        Self {
            method: request.method.to_string(),
            path: request.path,
            query: request.query,
            headers,
            body: request.body,
            source: request.source,
        }
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[track_caller]
fn read(text: &str) -> Result<Read, BadEvent> {
    handle_event(text.as_bytes()).map(Read::from)
}

/// The result of the Lambda invocation for an event, if the function gives this response.
async fn responded(event: &str, answer: Response) -> Value {
    let mut context = Context::default();
    context.deadline = u64::MAX;
    let event = serde_json::from_str(event).unwrap();
    serde_json::to_value(respond(event, context, |_| Box::pin(ready(answer.clone())), false).await).unwrap()
}

#[test]
fn a_real_event_is_read_whole_and_its_source_is_what_the_gateway_saw() {
    let request = read(BEGIN).unwrap();
    let expected = Read {
        method: "POST".to_owned(),
        path: "/v1/resets".to_owned(),
        query: Vec::new(),
        headers: pairs(&[
            ("accept", "*/*"),
            ("content-length", "82"),
            ("content-type", "application/json"),
            ("user-agent", "curl/8.14.1"),
            ("x-amzn-trace-id", "Root=1-6920e1a2-0f1e2d3c4b5a69788796a5b4"),
            ("x-forwarded-for", "198.51.100.7, 203.0.113.9"),
            ("x-forwarded-port", "443"),
        ]),
        body: br#"{"userName":"adele@contoso.example","method":"mobileSms","phoneNumber":"+1 4255550100"}"#.to_vec(),
        source: IpAddr::from([203, 0, 113, 9]),
    };
    assert_eq!(request, expected);
    assert_eq!(handle_event(BEGIN.as_bytes()).unwrap().network(), "203.0.113.0/24");
}

#[test]
fn an_encoded_body_is_decoded_byte_for_byte() {
    let expected = Read {
        method: "POST".to_owned(),
        path: "/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/verifications".to_owned(),
        query: Vec::new(),
        headers: pairs(&[("content-type", "application/vnd.example+json")]),
        body: b"{\"code\":\"1234 5678\"}\xff\x00".to_vec(),
        source: IpAddr::from([192, 0, 2, 200]),
    };
    assert_eq!(read(BASE64_BODY).unwrap(), expected);
    for (body, is_base64) in [
        ("e30=", true),
        ("e30", false),
        ("e30*", false),
        ("e31=", false),
        ("e30=e30=", false),
        ("e30 =", false),
        ("e3-_", false),
        ("====", false),
    ] {
        let event = BAD_BASE64.replace("e30*", body);
        let read = read(&event);
        assert_eq!(read.is_ok(), is_base64, "{body}");
        assert!(read.map_or_else(|error| error == BadEvent::Body, |request| request.body == b"{}"), "{body}");
    }
}

#[test]
fn header_names_are_read_in_any_case_and_cookies_are_not_headers() {
    let request = handle_event(ODD_HEADER_CASE.as_bytes()).unwrap();
    assert_eq!(request.authorization(), Some("Bearer a.b.c"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(matches!(request.idempotency_key(), Ok(Some(_))));
    let expected = Read {
        method: "GET".to_owned(),
        path: "/v1/registration".to_owned(),
        query: Vec::new(),
        headers: pairs(&[
            ("authorization", "Bearer a.b.c"),
            ("content-type", "application/json"),
            ("idempotency-key", "0123456789abcdef"),
            ("x-forwarded-for", "10.0.0.1"),
        ]),
        body: Vec::new(),
        source: IpAddr::from([192, 0, 2, 1]),
    };
    assert_eq!(read(ODD_HEADER_CASE).unwrap(), expected);
}

#[test]
fn joined_headers_stay_joined_and_the_query_is_read_from_its_text() {
    let expected = Read {
        method: "GET".to_owned(),
        path: "/graph/v1.0/users".to_owned(),
        query: pairs(&[
            ("$top", "2"),
            ("$select", "displayName,id"),
            ("$filter", "startswith(userPrincipalName,'a')"),
            ("empty", ""),
            ("twice", "1"),
            ("twice", "2"),
        ]),
        headers: pairs(&[
            ("accept", "application/json,text/plain,*/*"),
            ("accept-language", "de,en"),
            ("forwarded", "for=192.0.2.60;proto=http;by=203.0.113.43,for=198.51.100.17"),
        ]),
        body: Vec::new(),
        source: IpAddr::from([192, 0, 2, 1]),
    };
    assert_eq!(read(JOINED_HEADERS).unwrap(), expected);
}

#[test]
fn an_event_without_a_body_without_headers_or_query_is_a_request() {
    let expected = Read {
        method: "DELETE".to_owned(),
        path: "/v1/registration/methods/email".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Vec::new(),
        source: IpAddr::from([192, 0, 2, 1]),
    };
    assert_eq!(read(MISSING_BODY).unwrap(), expected);
}

#[test]
fn a_decoded_path_is_not_decoded_again_and_the_host_is_never_read() {
    let expected = Read {
        method: "PATCH".to_owned(),
        path: "/graph/v1.0/users/adèle@contoso.example%2f..%2F%252e+%zz".to_owned(),
        query: pairs(&[("a", "+1 2"), ("a", "=&")]),
        headers: Vec::new(),
        body: Vec::new(),
        source: IpAddr::from([192, 0, 2, 1]),
    };
    assert_eq!(read(ENCODED_PATH).unwrap(), expected);
}

#[test]
fn a_source_may_be_ipv6() {
    let expected = Read {
        method: "POST".to_owned(),
        path: "/v1/resets".to_owned(),
        query: Vec::new(),
        headers: pairs(&[("x-forwarded-for", "198.51.100.7")]),
        body: b"{}".to_vec(),
        source: "2001:db8:85a3:8d3:1319:8a2e:370:7348".parse().unwrap(),
    };
    assert_eq!(read(IPV6_SOURCE).unwrap(), expected);
    assert_eq!(handle_event(IPV6_SOURCE.as_bytes()).unwrap().network(), "2001:db8:85a3::/48");
    for (source, network) in [
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("127.0.0.7", "127.0.0.7"),
        ("2001:db8:85a3::1", "2001:db8:85a3::/48"),
    ] {
        let text = IPV6_SOURCE.replace("2001:db8:85a3:8d3:1319:8a2e:370:7348", source);
        assert_eq!(handle_event(text.as_bytes()).unwrap().network(), network);
    }
}

#[test]
fn members_of_the_wrong_type_are_ignored_if_optional_and_refused_if_required() {
    let expected = Read {
        method: "PUT".to_owned(),
        path: "/v1/resets".to_owned(),
        query: Vec::new(),
        headers: pairs(&[("content-type", "application/json")]),
        body: Vec::new(),
        source: IpAddr::from([192, 0, 2, 1]),
    };
    assert_eq!(read(WRONG_TYPES).unwrap(), expected);
    assert_eq!(read(NO_SOURCE).unwrap_err(), BadEvent::Source);
    assert_eq!(read(REST_API).unwrap_err(), BadEvent::Shape);
    let begin: Value = serde_json::from_str(BEGIN).unwrap();
    for (pointer, value, error) in [
        ("/rawPath", json!(7), BadEvent::Shape),
        ("/rawPath", json!("v1/resets"), BadEvent::Path),
        ("/rawPath", json!(""), BadEvent::Path),
        ("/rawQueryString", json!("a=%c3"), BadEvent::Query),
        ("/requestContext", json!([]), BadEvent::Shape),
        ("/requestContext/http/method", json!("GE T"), BadEvent::Shape),
        ("/requestContext/http/method", json!(["GET"]), BadEvent::Shape),
        ("/requestContext/http/sourceIp", json!("203.0.113.9:443"), BadEvent::Source),
        ("/requestContext/http/sourceIp", json!(""), BadEvent::Source),
        ("/requestContext/http/sourceIp", json!("198.51.100.7, 203.0.113.9"), BadEvent::Source),
    ] {
        let mut event = begin.clone();
        *event.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(read(&event.to_string()).unwrap_err(), error, "{pointer} {value}");
    }
    for text in ["", "{", "nul", "\u{feff}{}", "[1]", "\"x\""] {
        assert_eq!(handle_event(text.as_bytes()).map(Read::from).unwrap_err(), BadEvent::Shape, "{text:?}");
    }
    assert_eq!(handle_event(b"\xff").map(Read::from).unwrap_err(), BadEvent::Shape);
}

#[tokio::test]
async fn an_invalid_event_gets_400_with_the_rule_only() {
    let source = BEGIN.replace("\"203.0.113.9\"", "\"nowhere\"");
    let query = BEGIN.replace("\"rawQueryString\": \"\"", "\"rawQueryString\": \"a=%ff\"");
    let path = BEGIN.replace("\"rawPath\": \"/v1", "\"rawPath\": \"v1");
    for (event, error) in [
        (REST_API, BadEvent::Shape),
        (&path, BadEvent::Path),
        (&query, BadEvent::Query),
        (&source, BadEvent::Source),
        (BAD_BASE64, BadEvent::Body),
    ] {
        assert_eq!(read(event).unwrap_err(), error);
        let response = responded(event, response::empty(204_u16.try_into().unwrap())).await;
        assert_eq!(response["statusCode"], 400);
        let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["code"], "malformed");
        assert_eq!(body["detail"], error.to_string());
        assert_eq!(response["headers"]["content-type"], "application/problem+json");
        assert_eq!(response["headers"]["cache-control"], "no-store");
        assert_eq!(response["headers"]["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn a_response_is_exactly_what_the_gateway_expects() {
    let answer = response::json(202_u16.try_into().unwrap(), &json!({"reference": "KT"}));
    assert_eq!(
        responded(BEGIN, answer).await,
        json!({
            "statusCode": 202,
            "headers": {"cache-control": "no-store", "content-type": "application/json", "x-content-type-options": "nosniff"},
            "multiValueHeaders": {},
            "body": "{\"reference\":\"KT\"}",
            "isBase64Encoded": false,
            "cookies": [],
        })
    );
    let answer = response::empty(204_u16.try_into().unwrap());
    assert_eq!(
        responded(BEGIN, answer).await,
        json!({
            "statusCode": 204,
            "headers": {"cache-control": "no-store", "x-content-type-options": "nosniff"},
            "multiValueHeaders": {},
            "body": "",
            "isBase64Encoded": false,
            "cookies": [],
        })
    );
    let now = Moment::from_seconds(1_795_298_670);
    let failure = Failure::Problem(Problem::RateLimited(61));
    let answer = failure.response(ErrorFormat::Rekey, &CountingRandom::new(1), now);
    let response = responded(BEGIN, answer).await;
    assert_eq!(response["statusCode"], 429);
    assert_eq!(response["headers"]["content-type"], "application/problem+json");
    assert!(response["headers"]["retry-after"].as_str().unwrap().parse::<u64>().unwrap() >= 61);
}
