use http::StatusCode;
use http::header::CONTENT_TYPE;
use proptest::prelude::*;
use shared::http::response::with_header;

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
    for path in ["/%", "/%41", "/a+b c", "/%2541", "/a?b=c", "/a#b", "/..//?#%3F", "/\u{19}?\u{98}", "/\t\n"] {
        let request = read(with("/rawPath", json!(path))).unwrap();
        assert_eq!(request.path, path);
        assert_eq!(request.query, read(event()).unwrap().query, "{path}");
    }
    assert_eq!(read(with("/rawPath", json!("v1"))).unwrap_err(), BadEvent::Path);
    let query = |raw: &str| read(with("/rawQueryString", json!(raw))).map(|request| request.query);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(query("a=%41+%zz%&b").unwrap(), [pair("a", "A %zz%"), pair("b", "")]);
    assert_eq!(query("a=%ff").unwrap_err(), BadEvent::Query);
    assert_eq!(query("&&").unwrap(), []);
    assert_eq!(query("a=?#b&c").unwrap(), [pair("a", "?#b"), pair("c", "")]);
}

#[test]
fn a_bad_event_is_named() {
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
    let answer = bad_event(BadEvent::Body, ErrorFormat::Rekey);
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(body["code"], "malformed");
    let unavailable = failed(&Unavailable::plain("a test").into(), ErrorFormat::Graph);
    assert_eq!(unavailable.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_slice(unavailable.body()).unwrap();
    assert_eq!(body["error"]["code"], "ServiceUnavailable");
}

#[tokio::test]
async fn an_answer_becomes_a_response() {
    let response = responded(event(), response::json(StatusCode::ACCEPTED, &json!({"status": "é"}))).await;
    assert_eq!(response["statusCode"], 202);
    assert_eq!(response["body"], "{\"status\":\"é\"}");
    assert_eq!(response["isBase64Encoded"], false);
    assert_eq!(response["headers"]["content-type"], "application/json");
    assert_eq!(response["headers"]["cache-control"], "no-store");

    let response = responded(event(), response::empty(StatusCode::NO_CONTENT)).await;
    assert_eq!(response["statusCode"], 204);
    assert_eq!(response["body"], "");

    let mut answer = with_header(response::empty(StatusCode::OK), CONTENT_TYPE, HeaderValue::from_static("image/png"));
    *answer.body_mut() = vec![0, 255];
    let response = responded(event(), answer).await;
    assert_eq!(response["isBase64Encoded"], true);
    assert_eq!(response["body"], "AP8=");
}

fn asking(method: &str, headers: Value) -> Value {
    let mut event = with("/requestContext/http/method", json!(method));
    event["headers"] = headers;
    event
}

/// The response to an event if the function responds with `answer`.
async fn responded(event: Value, answer: Response) -> Value {
    let response = respond(event, soon(), |_| Box::pin(ready(answer.clone())), false).await;
    serde_json::to_value(response).unwrap()
}

/// An invocation that has ten seconds left.
fn soon() -> Context {
    let mut context = Context::default();
    context.deadline = SystemClock.now().millis() + 10_000;
    context
}

#[tokio::test]
async fn a_browser_may_ask_at_every_route_and_learns_nothing_else() {
    let origin = "https://app.contoso.example";
    let asks = json!({"origin": origin, "access-control-request-method": "POST"});
    // The response of a function that knows only its route: 405, as for any wrong method.
    let answered = |event| responded(event, response::empty(StatusCode::METHOD_NOT_ALLOWED));
    let reply = answered(asking("OPTIONS", asks.clone())).await;
    assert_eq!(reply["statusCode"], 204);
    assert_eq!(reply["body"], "");
    let expected = json!({"cache-control": "no-store", "x-content-type-options": "nosniff"});
    assert_eq!(reply["headers"], expected, "API Gateway says who may");
    for (method, headers) in [
        ("OPTIONS", json!({})),
        ("OPTIONS", json!({"origin": origin})),
        ("OPTIONS", json!({"access-control-request-method": "POST"})),
        ("POST", asks),
    ] {
        let reply = answered(asking(method, headers.clone())).await;
        assert_eq!(reply["statusCode"], 405, "{method} {headers}");
    }
}

#[tokio::test]
async fn a_late_response_is_a_problem() {
    // The deadline has already passed.
    let late = async |event| {
        let response = respond(event, Context::default(), |_| Box::pin(std::future::pending()), false).await;
        let response = serde_json::to_value(response).unwrap();
        assert_eq!(response["statusCode"], 503);
        assert_eq!(response["headers"]["retry-after"], "5");
        serde_json::from_str::<Value>(response["body"].as_str().unwrap()).unwrap()
    };
    let body = late(event()).await;
    assert_eq!((&body["code"], &body["status"]), (&json!("unavailable"), &json!(503)));
    let body = late(with("/rawPath", json!("/graph/v1.0/users"))).await;
    assert_eq!(body["error"]["code"], "ServiceUnavailable");
}

#[test]
fn a_second_is_left_to_answer_in() {
    let at = Moment::from_millis;
    for (deadline, now, expected) in [(20_000, 0, 19_000), (20_000, 18_500, 500), (20_000, 19_500, 0), (0, 5, 0)] {
        assert_eq!(left(at(deadline), at(now)), Duration::from_millis(expected), "{deadline} {now}");
    }
}

/// Any text that a member may hold, mostly traps for readers of URLs, hosts and headers.
fn text() -> impl Strategy<Value = String> {
    let traps = prop::sample::select(vec![
        "",
        "/",
        "//",
        "//[",
        "/\\@a:99999",
        "/%",
        "/%ff",
        "/..%2f",
        "/\u{0}",
        "/ #?",
        "a:99999",
        "[::1",
        "é",
        "@",
        "http",
        "?",
        "a=%ff",
        "\"<>{}|^`",
        "=&&=",
        "\u{7f}",
        "AP8",
        "AP8=",
    ]);
    let bytes = prop::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect::<String>());
    let path = "/[ -~]{0,60}";
    prop_oneof![traps.prop_map(str::to_owned), bytes, path]
}

/// Any JSON that a member may hold.
fn member() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(Value::String),
        any::<i64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|bit| json!(bit)),
        Just(Value::Null),
        Just(json!([])),
        prop::collection::btree_map(text(), text(), 0..4).prop_map(|map| json!(map)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_event_stops_the_instance(
        changes in prop::collection::vec((0..POINTERS.len(), member()), 1..5),
        headers in prop::collection::btree_map("(?i)(host|x-forwarded-proto|x-forwarded-host|content-type|[ -~]{1,20})", text(), 0..4),
    ) {
        let mut event = event();
        event["headers"] = json!(headers);
        for (pointer, value) in changes {
            if let Some(place) = event.pointer_mut(POINTERS[pointer]) {
                *place = value;
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let response = runtime.block_on(responded(event, response::empty(StatusCode::NO_CONTENT)));
        prop_assert!(response["statusCode"] == 204 || response["statusCode"] == 400, "{}", response);
    }
}

proptest! {
    #[test]
    fn every_decoded_path_is_read_whole_and_leaves_the_query_alone(path in "/([/?#%&=. \\\\a]|\\PC|.){0,12}") {
        let request = read(with("/rawPath", json!(path))).unwrap();
        prop_assert_eq!(request.path, path);
        prop_assert_eq!(request.query, read(event()).unwrap().query);
    }
}

/// The members that make up a request.
const POINTERS: [&str; 8] = [
    "/rawPath",
    "/rawQueryString",
    "/headers",
    "/body",
    "/isBase64Encoded",
    "/requestContext",
    "/requestContext/http/method",
    "/requestContext/http/sourceIp",
];
