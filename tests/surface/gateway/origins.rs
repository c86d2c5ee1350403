//! Web pages: which origins may call the API, and which do not even get a preflight response.

use local::Options;
use serde_json::json;

use super::{lives, started};
use crate::support::client::{Reply, Request};
use crate::support::service::{Service, begin};

const ALLOWED: &str = "https://app.contoso.example";

async fn with_origin() -> Service {
    let allow_origins = vec![ALLOWED.to_owned(), "http://localhost:3000".to_owned()];
    Service::with(&Options { allow_origins, ..Options::default() }).await
}

fn cors(reply: &Reply) -> Vec<(&str, &str)> {
    let about = |name: &str| name.starts_with("access-control-") || name == "vary";
    let mut headers: Vec<(&str, &str)> = reply
        .headers
        .iter()
        .filter(|(name, _)| about(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    headers.sort_unstable();
    headers
}

fn preflight(path: &str, origin: &str) -> Request {
    Request::new("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type")
}

#[service_test]
async fn a_page_of_an_allowed_origin_may_ask_and_call() {
    let service = with_origin().await;
    for origin in [ALLOWED, "http://localhost:3000"] {
        let reply = service.send(preflight("/v1/resets", origin)).await.expect(204);
        let expected = [
            ("access-control-allow-headers", "authorization,content-type,idempotency-key"),
            ("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE"),
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", "retry-after,www-authenticate"),
            ("access-control-max-age", "600"),
            ("vary", "Origin"),
        ];
        assert_eq!(cors(&reply), expected);
        assert_eq!(reply.body, b"");
        let actual = [
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", "retry-after,www-authenticate"),
            ("vary", "Origin"),
        ];
        let reply =
            service.send(begin("nobody@contoso.example", "email", None).header("Origin", origin)).await.expect(202);
        assert_eq!(cors(&reply), actual);
        // The page may read refusals, too.
        for (path, status) in [("/v1/resets", 400), ("/v1/nothing", 404)] {
            let reply =
                service.send(Request::post(path, &json!({"a": 1})).header("Origin", origin)).await.expect(status);
            assert_eq!(cors(&reply), actual, "{path}");
        }
        let large = Request::new("POST", "/v1/resets").header("Origin", origin).bytes(&vec![b' '; 2 << 20]);
        assert_eq!(cors(&service.send(large).await.expect(413)), actual);
    }
}

/// An `OPTIONS` request without the headers of a preflight is a wrong method like any other.
#[service_test]
async fn an_options_request_that_is_no_preflight_is_405() {
    let service = with_origin().await;
    let plain = || Request::new("OPTIONS", "/v1/resets");
    let asking = || plain().header("Access-Control-Request-Method", "POST");
    for request in [plain(), plain().header("Origin", ALLOWED), asking()] {
        let reply = service.send(request).await;
        assert_eq!(reply.header("allow"), Some("POST"));
        reply.problem(405, "method-not-allowed");
    }
}

#[service_test]
async fn any_other_origin_gets_no_cors_headers() {
    let service = with_origin().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.contoso.example.evil.example",
        "https://app.contoso.example:444",
        "http://app.contoso.example",
        "https://APP.contoso.example",
        "https://app.contoso.example/",
        "*",
        "",
    ] {
        // In the cloud the status is 204, from API Gateway or from a function. A browser looks only for the headers,
        // which are missing in both cases.
        let reply = service.send(preflight("/v1/resets", origin)).await;
        assert_eq!((reply.status, cors(&reply)), (405, vec![]), "{origin}");
        let reply =
            service.send(begin("nobody@contoso.example", "email", None).header("Origin", origin)).await.expect(202);
        assert_eq!(cors(&reply), vec![], "{origin}");
    }
}

#[service_test]
async fn without_a_configured_origin_none_is_allowed() {
    let service = started().await;
    for origin in [ALLOWED, "null", "*"] {
        let reply = service.send(preflight("/v1/resets", origin)).await;
        assert_eq!((reply.status, cors(&reply)), (405, vec![]));
    }
}

/// The `/_local` routes accept only the machine's own names, and no page but this service's own, not even of an allowed
/// origin.
#[service_test]
async fn the_machines_own_routes_refuse_pages_and_other_hosts() {
    let service = with_origin().await;
    service.adele().await;
    service.begin("adele@contoso.example", "email", None).await;
    let port = service.address().port();
    let body = json!({"permissions": ["User.ReadWrite.All"]});
    let requests = || {
        [
            Request::get("/_local/outbox"),
            Request::new("DELETE", "/_local/outbox"),
            Request::get("/%5Flocal/outbox"),
            Request::get("/_local/events"),
            Request::post("/_local/tokens", &body),
            Request::post("/_local/clock", &json!({"advanceSeconds": 86_400})),
        ]
    };
    let other_port = format!("127.0.0.1:{}", port.wrapping_add(1));
    let longer = format!("127.0.0.1:{port}.evil.example");
    let of_evil = format!("evil.example:{port}");
    let ipv6 = format!("[::1]:{port}");
    for host in ["127.0.0.1", "localhost", "evil.example", &other_port, &of_evil, &ipv6, "127.0.0.2"] {
        for request in requests() {
            service.send(request.header("Host", host)).await.problem(403, "forbidden");
        }
    }
    for request in requests() {
        let reply = service.send(request.header("Host", &longer)).await;
        assert!([400, 403].contains(&reply.status));
    }
    let own = format!("http://127.0.0.1:{port}");
    let longer = format!("http://127.0.0.1:{port}.evil.example");
    let of_another_name = format!("http://localhost:{port}");
    let of_another_scheme = format!("https://127.0.0.1:{port}");
    let origins = [ALLOWED, "https://evil.example", "null", "", "http://127.0.0.1", &longer];
    for origin in origins.into_iter().chain([of_another_name.as_str(), &of_another_scheme]) {
        for request in requests() {
            let reply = service.send(request.header("Origin", origin)).await;
            reply.problem(403, "forbidden");
        }
        let reply = service.send(preflight("/_local/tokens", origin)).await;
        assert_eq!((reply.status, cors(&reply)), (403, vec![]), "{origin}");
        let reply = service.send(Request::post("/_local/tokens", &body).header("Origin", origin)).await;
        assert_eq!(cors(&reply), vec![], "{origin}");
    }
    for request in requests() {
        let twice = request.header("Origin", &own).header("Origin", "https://evil.example");
        service.send(twice).await.problem(403, "forbidden");
    }
    let reply = service.send(Request::get("/_local/events").header("Origin", &own)).await.expect(200);
    assert_eq!(cors(&reply), vec![]);
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("LOCALHOST:{port}")] {
        let reply = service.send(Request::get("/_local/outbox").header("Host", &host)).await.expect(200);
        assert_eq!(reply.json().as_array().map(Vec::len), Some(1), "nothing was deleted");
    }
    lives(&service).await;
}
