//! Raw HTTP: hosts, targets, methods, sizes and garbage.

use serde_json::json;

use super::{body, lives, raw, started, status, toss, with_header};
use crate::support::client::Request;
use crate::support::service::{Service, begin};

/// A begin whose body has this many bytes, most of them spaces. Everything except its size is valid.
fn sized(bytes: usize) -> Request {
    let text = json!({"userName": "nobody@contoso.example", "method": "email"}).to_string();
    let padded = format!("{text}{}", " ".repeat(bytes - text.len()));
    Request::new("POST", "/v1/resets").header("Content-Type", "application/json").bytes(padded.as_bytes())
}

#[service_test]
async fn an_invalid_host_is_refused_and_the_service_survives() {
    let service = started().await;
    for host in ["a:99999", "[", "a b", "a/b", "user@a", "a:b", "http://a", "[::1"] {
        let reply = service.send(with_header("Host", host)).await;
        assert_eq!(reply.status, 400, "{host}");
        reply.problem(400, "malformed");
    }
    for head in [
        "POST /v1/resets HTTP/1.1\r\nConnection: close\r\n\r\n",
        "POST /v1/resets HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        "GET /v1/resets HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n",
    ] {
        let answer = raw(service.address(), head.as_bytes()).await;
        assert_eq!(status(&answer), Some(400), "{head:?}: {answer}");
        assert_eq!(body(&answer)["code"], "malformed");
    }
    lives(&service).await;
}

/// Any valid host reaches the API, and `Host` appears in no response.
#[service_test]
async fn any_valid_host_is_accepted_and_used_for_nothing() {
    let service = started().await;
    let reply = service.send(with_header("Host", "evil.example").header("X-Forwarded-Host", "evil.example")).await;
    let reply = reply.expect(202);
    assert!(!String::from_utf8_lossy(&reply.body).contains("evil"));
    for number in 0..3 {
        service.create(&format!("person{number}@contoso.example"), json!({})).await;
    }
    let list = Request::get("/graph/v1.0/users?$top=1").bearer(&service.admin);
    let list = list
        .header("Host", "evil.example")
        .header("X-Forwarded-Proto", "gopher")
        .header("Forwarded", "host=evil.example");
    let page = service.send(list).await.expect(200);
    assert!(!String::from_utf8_lossy(&page.body).contains("evil"), "{}", page.json());
    assert!(page.text("@odata.nextLink").starts_with(&format!("{}/graph/v1.0/users?", service.running.url())));
}

#[service_test]
async fn an_absolute_target_counts_as_its_path() {
    let service = started().await;
    let text = json!({"userName": "nobody@contoso.example", "method": "email"}).to_string();
    let head = format!(
        "POST http://evil.example:1/v1/resets HTTP/1.1\r\nHost: evil.example:1\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    let answer = raw(service.address(), head.as_bytes()).await;
    assert_eq!(status(&answer), Some(202), "{answer}");
    assert!(!answer.contains("evil"));
    // The `/_local` routes accept only the machine's own names, both in the target and in the header.
    let own = service.address();
    for (target, expected) in [
        ("http://evil.example/_local/outbox".to_owned(), 403),
        ("http://127.0.0.1:1/_local/outbox".to_owned(), 403),
        (format!("http://{own}/_local/outbox"), 200),
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n");
        let answer = raw(own, head.as_bytes()).await;
        assert_eq!(status(&answer), Some(expected), "{target}: {answer}");
    }
}

#[service_test]
async fn no_header_moves_the_limits_of_a_source() {
    let service = Service::start(json!({"beginsPerSource": {"count": 4, "seconds": 86_400}})).await;
    service.whole_window(86_400).await;
    let claims = [
        ("X-Forwarded-For", "198.51.100.1"),
        ("Forwarded", "for=198.51.100.2"),
        ("X-Real-IP", "198.51.100.3"),
        ("True-Client-IP", "198.51.100.4"),
        ("CF-Connecting-IP", "198.51.100.5"),
        ("X-Forwarded-For", "127.0.0.77"),
    ];
    for (index, (name, value)) in claims.into_iter().enumerate() {
        let reply = service.send(with_header(name, value)).await;
        if index < 4 {
            reply.expect(202);
        } else {
            reply.problem(429, "rate-limited");
            assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
        }
    }
    service.send(begin("nobody@contoso.example", "email", None).from(2)).await.expect(202);
    service.send(begin("other@contoso.example", "email", None)).await.problem(429, "rate-limited");
}

/// Paths with the methods that they accept, as the `Allow` header of their refusals names them.
const PATHS: [(&str, &str); 11] = [
    ("/v1/resets", "POST"),
    ("/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/codes", "POST"),
    ("/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/verifications", "POST"),
    ("/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/password", "POST"),
    ("/v1/registration", "GET"),
    ("/v1/registration/challenges", "POST"),
    ("/v1/registration/challenges/AAAAAAAAAAAAAAAAAAAAAA/verifications", "POST"),
    ("/v1/credentials/verifications", "POST"),
    ("/_local/outbox", "GET, DELETE"),
    ("/_local/tokens", "POST"),
    ("/_local/clock", "GET, POST"),
];

#[service_test]
async fn a_wrong_method_is_405_with_the_right_ones() {
    let service = started().await;
    for (path, allowed) in PATHS {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"] {
            if allowed.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let reply = service.send(Request::new(method, path).bearer(&service.admin)).await;
            assert_eq!(reply.status, 405, "{method} {path}");
            assert_eq!(reply.header("allow"), Some(allowed), "{method} {path}");
            reply.fixed_headers();
            if method == "HEAD" {
                assert_eq!(reply.body, b"", "{path}");
            } else {
                reply.problem(405, "method-not-allowed");
            }
        }
    }
    assert_eq!(service.messages().await.len(), 0);
    assert_eq!(service.running.counts()["verify-code"], 0);
}

#[service_test]
async fn a_wrong_method_on_the_graph_routes_is_405_too() {
    let service = started().await;
    let id = service.create("person@contoso.example", json!({})).await;
    for (path, allowed) in [
        ("/graph/v1.0/users".to_owned(), ["GET", "POST"].as_slice()),
        (format!("/graph/v1.0/users/{id}"), &["GET", "PATCH", "DELETE"]),
    ] {
        for method in ["HEAD", "PUT", "TRACE", "OPTIONS", "BREW"] {
            let reply = service.send(Request::new(method, &path).bearer(&service.admin)).await;
            assert_eq!(reply.status, 405, "{method} {path}");
            let mut names: Vec<&str> = reply.header("allow").expect("Allow").split(", ").collect();
            names.sort_unstable();
            let mut allowed = allowed.to_vec();
            allowed.sort_unstable();
            assert_eq!(names, allowed, "{method} {path}");
            reply.fixed_headers();
            if method != "HEAD" {
                reply.graph_error(405, "Request_BadRequest");
            }
        }
    }
}

#[service_test]
async fn connect_opens_nothing() {
    let service = started().await;
    for target in ["127.0.0.1:22", "/v1/resets", "http://127.0.0.1/"] {
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", service.address());
        let answer = raw(service.address(), head.as_bytes()).await;
        let status = status(&answer).unwrap_or_else(|| panic!("no answer to {target}: {answer:?}"));
        assert!([400, 404, 405].contains(&status), "{target}: {answer}");
    }
    lives(&service).await;
}

#[service_test]
async fn a_body_is_sixteen_kibibytes_at_most() {
    let service = started().await;
    service.send(sized(16 * 1024)).await.expect(202);
    for bytes in [16 * 1024 + 1, 17 * 1024, 128 * 1024 + 1, 1024 * 1024, 1024 * 1024 + 1, 4 * 1024 * 1024] {
        let reply = service.send(sized(bytes)).await;
        assert_eq!(reply.status, 413, "{bytes}");
        reply.problem(413, "too-large");
    }
    let graph =
        Request::new("POST", "/graph/v1.0/users").bearer(&service.admin).header("Content-Type", "application/json");
    for bytes in [17 * 1024, 2 * 1024 * 1024] {
        let reply = service.send(graph.clone().bytes(&vec![b' '; bytes])).await;
        reply.graph_error(413, "Request_BadRequest");
    }
    // In chunks, so that no header announces the size.
    let mut bytes = format!(
        "POST /v1/resets HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n",
        service.address()
    )
    .into_bytes();
    for _ in 0..5 {
        bytes.extend(b"1000\r\n");
        bytes.extend([b' '; 4096]);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    let answer = raw(service.address(), &bytes).await;
    assert_eq!(status(&answer), Some(413), "{answer}");
    lives(&service).await;
}

#[service_test]
async fn an_unknown_path_is_404_in_the_error_format_of_its_routes() {
    let service = started().await;
    for path in [
        "/index.html",
        "/assets/",
        "/assets/a/b.js",
        "/v1",
        "/v1/",
        "/v1/resets/",
        "/v1/resets/a",
        "/v1/resets/a/codes/",
        "/V1/resets",
        "/v2/resets",
        "//v1/resets",
        "/v1//resets",
        "/v1/resets;a=b",
        "/v1/resets%00",
        "/v1/./resets",
        "/v1/x/../resets",
        "/v1/%2e%2e/v1/resets",
        "/_locally/outbox",
        "/favicon.ico",
        "/v1/credentials",
        "/.env",
    ] {
        let reply = service.send(Request::post(path, &json!({}))).await;
        assert_eq!(reply.status, 404, "{path}");
        reply.problem(404, "not-found");
    }
    for path in ["/graph/", "/graph/v1.0", "/graph/v2.0/users", "/graph/v1.0/"] {
        let reply = service.send(Request::get(path).bearer(&service.admin)).await;
        assert_eq!(reply.status, 404, "{path}");
        reply.graph_error(404, "Request_ResourceNotFound");
    }
    let reply = service.send(Request::get("/_local/nothing")).await;
    reply.problem(404, "not-found");
}

/// Dots have no meaning, encoded or not.
#[service_test]
async fn an_encoded_path_reaches_nothing_that_the_plain_one_does_not() {
    let service = started().await;
    let id = service.create("person@contoso.example", json!({})).await;
    let path = "/graph/v1%2E0/user%73/person%40contoso.example";
    let reply = service.send(Request::get(path).bearer(&service.admin)).await.expect(200);
    assert_eq!(reply.text("id"), id);
    service.send(Request::get(path)).await.graph_error(401, "InvalidAuthenticationToken");
    for path in [
        format!("/graph/v1.0/users/x/../{id}"),
        format!("/graph/v1.0/users/..%2f{id}"),
        format!("/graph/v1.0/users/.%2F{id}"),
        format!("/graph/v1.0/users/{id}%00"),
        format!("/graph/v1.0/users/{id}%20"),
        "/graph/v1.0/users/%2570erson@contoso.example".to_owned(),
    ] {
        let reply = service.send(Request::get(&path).bearer(&service.admin)).await;
        assert!([400, 404].contains(&reply.status), "{path} {}", reply.json());
        assert!(!String::from_utf8_lossy(&reply.body).contains(&id), "{path}");
    }
    service.send(Request::post("/v1/resets/%FF/codes", &json!({}))).await.problem(400, "malformed");
    let delete = Request::new("DELETE", &format!("/graph/v1.0/users/x/..%2F{id}")).bearer(&service.admin);
    service.send(delete).await.graph_error(404, "Request_ResourceNotFound");
    service.send(Request::get(&format!("/graph/v1.0/users/{id}")).bearer(&service.admin)).await.expect(200);
}

/// An encoded slash is part of its segment, which then names nothing: the response is that for an unknown id, user or
/// route.
#[service_test]
async fn an_encoded_slash_separates_nothing() {
    let service = started().await;
    let id = service.create("person@contoso.example", json!({"otherMails": ["person@example.org"]})).await;
    let begun = service.begin("person@contoso.example", "email", None).await;
    service.messages().await;
    service.advance(31).await;
    for slash in ["%2F", "%2f"] {
        let body = json!({"method": "email"});
        for (path, unknown) in [
            (format!("/v1/resets/{}{slash}codes", begun.id), "/v1/resets/unknown".to_owned()),
            (format!("/v1{slash}resets/{}/codes", begun.id), "/v1/resets/unknown".to_owned()),
            (format!("/v1/resets/{}{slash}/codes", begun.id), "/v1/resets/unknown/codes".to_owned()),
        ] {
            let reply = service.send(Request::post(&path, &body)).await;
            reply.problem(404, "not-found");
            let expected = service.send(Request::post(&unknown, &body)).await;
            assert_eq!(reply.shape(), expected.shape(), "{path}");
        }
        for (path, unknown) in [
            (format!("users/ada{slash}authentication@contoso.example"), "users/nobody@contoso.example"),
            (format!("users/{id}{slash}authentication{slash}methods"), "users/nobody@contoso.example"),
            (format!("users{slash}{id}"), "nothing"),
        ] {
            for method in ["GET", "PATCH", "DELETE"] {
                let sent = |path: &str| {
                    let target = format!("/graph/v1.0/{path}");
                    Request::new(method, &target).bearer(&service.admin).json(&json!({"jobTitle": "Pilot"}))
                };
                let reply = service.send(sent(&path)).await;
                reply.graph_error(404, "Request_ResourceNotFound");
                let expected = service.send(sent(unknown)).await;
                assert_eq!(reply.json()["error"]["message"], expected.json()["error"]["message"], "{method} {path}");
            }
        }
        service.send(Request::get(&format!("/_local{slash}outbox"))).await.problem(404, "not-found");
    }
    assert_eq!(service.messages().await.len(), 1, "no code was ordered again");
    service.send(Request::get(&format!("/graph/v1.0/users/{id}")).bearer(&service.admin)).await.expect(200);
}

#[service_test]
async fn garbage_ends_its_own_connection_only() {
    let service = started().await;
    let good = format!("GET /v1/resets HTTP/1.1\r\nHost: {}\r\n\r\n", service.address());
    for garbage in [
        &b"\x00\x01\x02\x03\xff\xfe"[..],
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /v1/resets HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/resets HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST /v1/resets HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /v1/resets HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1/resets HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nshort",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        toss(service.address(), garbage).await;
        // A good request before the garbage gets its response all the same.
        let answer = raw(service.address(), &[good.as_bytes(), garbage].concat()).await;
        assert_eq!(status(&answer), Some(405), "{garbage:?}: {answer}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(1 << 20));
    toss(service.address(), long.as_bytes()).await;
    let many: String = (0..5000).map(|number| format!("x-{number}: {number}\r\n")).collect();
    toss(service.address(), format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n").as_bytes()).await;
    lives(&service).await;
}

/// Where such a line ends is a matter of opinion, and two opinions on one connection hide a request.
#[service_test]
async fn a_line_feed_alone_ends_no_line_of_a_head() {
    let service = started().await;
    let good = format!("GET /v1/resets HTTP/1.1\r\nHost: {}\r\n\r\n", service.address());
    for head in [
        "GET /v1/resets HTTP/1.1\nHost: a\r\n\r\n",
        "GET /v1/resets HTTP/1.1\r\nHost: a\n\r\n",
        "GET /v1/resets HTTP/1.1\r\nHost: a\r\nX: y\nZ: z\r\n\r\n",
        "GET /v1/resets HTTP/1.1\r\nHost: a\r\n\n",
        "GET /v1/resets HTTP/1.1\nHost: a\n\n",
        "GET /v1/resets\n",
        "GET\n",
        "\nGET /v1/resets HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let refused = |answer: &str| {
            assert_eq!(status(answer), Some(400), "{head:?}: {answer}");
            let lower = answer.to_ascii_lowercase();
            assert!(
                lower.contains("\r\nconnection: close\r\n") && lower.contains("\r\ncontent-length: 0\r\n"),
                "{answer}"
            );
            assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        };
        refused(&raw(service.address(), head.as_bytes()).await);
        // A good request before it gets its response, and one after it gets none.
        let answer = raw(service.address(), format!("{good}{head}{good}").as_bytes()).await;
        assert_eq!(status(&answer), Some(405), "{head:?}: {answer}");
        let (_, rest) = answer[1..].split_once("HTTP/1.1").expect("two responses");
        refused(&format!("HTTP/1.1{rest}"));
    }
    lives(&service).await;
}

#[service_test]
async fn line_feeds_in_bodies_are_content() {
    let service = started().await;
    let text = "\n{\n\"userName\": \"nobody@contoso.example\",\n\n\"method\":\n\"email\"}\n\n";
    let (first, last) = text.split_at(9);
    let host = service.address();
    let head = format!("POST /v1/resets HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    let sized = format!("{head}Content-Length: {}\r\n\r\n{text}", text.len());
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:X};a=b\r\n{last}\r\n0\r\nX: y\r\n\r\n",
        first.len(),
        last.len()
    );
    let all = [sized.as_str(), &chunked, &sized, &sized, &chunked].concat();
    let answer = raw(service.address(), all.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 202 ").count(), 5, "{answer}");
    // The next head is found behind every body.
    for body in [&sized, &chunked] {
        let answer = raw(service.address(), format!("{body}GET / HTTP/1.1\nHost: a\r\n\r\n").as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 202 ").count(), 1, "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 400 ").count(), 1, "{answer}");
    }
}
