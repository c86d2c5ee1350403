#![allow(clippy::unwrap_used)]
use http::StatusCode;

use super::*;

fn event() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /v1/resets/{resetId}/codes",
        "rawPath": "/v1/resets/aéb/codes",
        "rawQueryString": "to=%2B1+2&empty=&flag&to=%3D",
        "cookies": ["a=b"],
        "headers": {
            "content-type": "application/json",
            "accept-language": "de,en",
            "x-forwarded-for": "203.0.113.9",
            "host": "a:99999"
        },
        "queryStringParameters": {"to": "+1 2,="},
        "requestContext": {
            "accountId": "123456789012",
            "stage": "$default",
            "timeEpoch": 1_583_348_638_390_u64,
            "http": {"method": "POST", "path": "/v1/resets", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"}
        },
        "body": "{\"method\":\"email\"}",
        "isBase64Encoded": false
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut event = event();
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

fn read(event: impl Into<Value>) -> Result<Request, BadEvent> {
    handle_event(event.into().to_string().as_bytes())
}

#[test]
fn an_event_becomes_a_request() {
    let request = read(event()).unwrap();
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(request.path, "/v1/resets/aéb/codes");
    let query = [("to", "+1 2"), ("empty", ""), ("flag", ""), ("to", "=")];
    assert_eq!(request.query, query.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(request.header("accept-language"), Some("de,en"));
    assert_eq!(request.headers.get("cookie"), None);
    assert_eq!(request.body, br#"{"method":"email"}"#);
    assert_eq!(request.source, IpAddr::from([192, 0, 2, 1]), "and not what a header claims");
}

#[test]
fn bodies_are_decoded() {
    let mut encoded = with("/body", json!("AP8="));
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(read(encoded.clone()).unwrap().body, [0, 255]);
    encoded["body"] = json!("AP8");
    assert_eq!(read(encoded).unwrap_err(), BadEvent::Body);
    assert_eq!(read(with("/body", Value::Null)).unwrap().body, b"");
    let mut without = event();
    without.as_object_mut().unwrap().remove("body");
    assert_eq!(read(without).unwrap().body, b"");
}

#[test]
fn no_host_and_no_header_stops_an_event() {
    for host in ["a:99999", "[", "", "é", "a b", "\n"] {
        let mut event = event();
        event["headers"]["host"] = json!(host);
        event["headers"]["Idempotency-Key"] = json!("ü234567890123456");
        event["headers"]["bad name"] = json!("x");
        event["headers"]["x-number"] = json!(7);
        let request = read(event).unwrap();
        assert_eq!(request.path, "/v1/resets/aéb/codes", "{host:?}");
        assert_eq!(request.headers.get("idempotency-key").unwrap().as_bytes(), "ü234567890123456".as_bytes());
        assert!(request.idempotency_key().is_err());
        assert_eq!(request.headers.get("x-number"), None);
    }
}

#[test]
fn a_path_is_decoded_once_and_a_query_here() {
    for path in ["/%", "/%41", "/a+b c", "/%2541"] {
        assert_eq!(read(with("/rawPath", json!(path))).unwrap().path, path);
    }
    assert_eq!(read(with("/rawPath", json!("v1"))).unwrap_err(), BadEvent::Path);
    let query = |raw: &str| read(with("/rawQueryString", json!(raw))).map(|request| request.query);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(query("a=%41+%zz%&b").unwrap(), [pair("a", "A %zz%"), pair("b", "")]);
    assert_eq!(query("a=%ff").unwrap_err(), BadEvent::Query);
    assert_eq!(query("&&").unwrap(), []);
}

#[test]
fn what_is_no_event_is_named() {
    for (pointer, value, error) in [
        ("/rawPath", Value::Null, BadEvent::Shape),
        ("/requestContext", json!(1), BadEvent::Shape),
        ("/requestContext/http/method", json!("B AD"), BadEvent::Shape),
        ("/requestContext/http/sourceIp", json!("nowhere"), BadEvent::Source),
        ("/requestContext/http/sourceIp", Value::Null, BadEvent::Source),
    ] {
        assert_eq!(read(with(pointer, value)).unwrap_err(), error, "{pointer}");
    }
    for text in ["", "null", "[]", "7", "{}", "{\"rawPath\":\"/\"}"] {
        assert_eq!(handle_event(text.as_bytes()).unwrap_err(), BadEvent::Shape, "{text}");
    }
    let answer = bad_event(BadEvent::Body, Surface::Rekey);
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["code"], "malformed");
    let unavailable = failed(&Unavailable::plain("a test").into(), Surface::Graph);
    assert_eq!(unavailable.status, StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_slice(&unavailable.body).unwrap();
    assert_eq!(body["error"]["code"], "ServiceUnavailable");
}

#[test]
fn an_answer_becomes_a_response() {
    let answer = Answer::json(StatusCode::ACCEPTED, &json!({"status": "é"}));
    let response = serde_json::to_value(response_of(answer)).unwrap();
    assert_eq!(response["statusCode"], 202);
    assert_eq!(response["body"], "{\"status\":\"é\"}");
    assert_eq!(response["isBase64Encoded"], false);
    assert_eq!(response["headers"]["content-type"], "application/json");
    assert_eq!(response["headers"]["cache-control"], "no-store");

    let mut answer = Answer::empty(StatusCode::NO_CONTENT);
    answer.headers.append("vary", HeaderValue::from_static("origin"));
    answer.headers.append("vary", HeaderValue::from_static("accept"));
    answer.headers.append("x-bytes", HeaderValue::from_bytes(b"\xff").unwrap());
    let response = serde_json::to_value(response_of(answer)).unwrap();
    assert_eq!(response.get("body"), None);
    assert_eq!(response["headers"]["vary"], "origin, accept");
    assert_eq!(response["headers"].get("x-bytes"), None);

    let mut answer = Answer::empty(StatusCode::OK);
    answer.body = vec![0, 255];
    let response = serde_json::to_value(response_of(answer)).unwrap();
    assert_eq!(response["isBase64Encoded"], true);
    assert_eq!(response["body"], "AP8=");
}

fn asking(method: &str, headers: Value) -> Value {
    let mut event = with("/requestContext/http/method", json!(method));
    event["headers"] = headers;
    event
}

/// What a function answers that knows no more than its route: 405, as to any wrong method.
async fn answered(event: Value) -> Answer {
    answer(event, Duration::ZERO, async |_| Answer::empty(StatusCode::METHOD_NOT_ALLOWED)).await
}

#[tokio::test]
async fn a_browser_may_ask_at_every_route_and_is_told_nothing_else() {
    let origin = "https://app.contoso.example";
    let asks = json!({"origin": origin, "access-control-request-method": "POST"});
    let reply = answered(asking("OPTIONS", asks.clone())).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(reply.body, b"");
    let names: Vec<&str> = reply.headers.keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["cache-control", "x-content-type-options"], "API Gateway says who may");
    for (method, headers) in [
        ("OPTIONS", json!({})),
        ("OPTIONS", json!({"origin": origin})),
        ("OPTIONS", json!({"access-control-request-method": "POST"})),
        ("POST", asks),
    ] {
        let reply = answered(asking(method, headers.clone())).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {headers}");
    }
}

#[tokio::test]
async fn what_is_not_answered_in_time_is_a_problem() {
    let reply = answer(event(), Duration::ZERO, async |_| std::future::pending().await).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((&body["code"], &body["status"]), (&json!("unavailable"), &json!(503)));
    assert_eq!(reply.headers.get("retry-after").unwrap(), "5");
    let graph = with("/rawPath", json!("/graph/v1.0/users"));
    let reply = answer(graph, Duration::ZERO, async |_| std::future::pending().await).await;
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body["error"]["code"], "ServiceUnavailable");
}

#[test]
fn a_second_is_left_to_answer_in() {
    let at = Moment::from_millis;
    for (deadline, now, expected) in [(20_000, 0, 19_000), (20_000, 18_500, 500), (20_000, 19_500, 0), (0, 5, 0)] {
        assert_eq!(left(at(deadline), at(now)), Duration::from_millis(expected), "{deadline} {now}");
    }
}
