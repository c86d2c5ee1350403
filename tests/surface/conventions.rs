//! Rules of every route: strict bodies, problems, methods, headers.

use serde_json::{Value, json};

use crate::support::{Request, Service};

/// Every path, with its methods and a body that it accepts.
fn paths(id: &str) -> Vec<(String, &'static str, serde_json::Value)> {
    vec![
        ("/v1/resets".into(), "POST", json!({"userName": "adele@contoso.example", "method": "email"})),
        (format!("/v1/resets/{id}/codes"), "POST", json!({"method": "email"})),
        (format!("/v1/resets/{id}/verifications"), "POST", json!({"code": "12345678"})),
        (format!("/v1/resets/{id}/password"), "POST", json!({"resetToken": "x", "newPassword": "a password"})),
        ("/v1/registration".into(), "GET", json!(null)),
        ("/v1/registration/challenges".into(), "POST", json!({"type": "email", "value": "a@example.org"})),
        (format!("/v1/registration/challenges/{id}/verifications"), "POST", json!({"code": "12345678"})),
        ("/v1/credentials/verifications".into(), "POST", json!({"userName": "a@contoso.example", "password": "x"})),
        ("/graph/v1.0/users".into(), "GET, POST", json!({"userPrincipalName": "b@contoso.example"})),
        ("/graph/v1.0/users/adele@contoso.example".into(), "GET, PATCH, DELETE", json!({"jobTitle": "x"})),
        ("/graph/v1.0/users/adele@contoso.example/authentication/unblockPasswordReset".into(), "POST", json!(null)),
    ]
}

async fn service() -> (Service, String, String) {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let begun = service.begin("adele@contoso.example", "email", None).await;
    let token = service.user("adele@contoso.example").await;
    (service, begun.id, token)
}

fn token_for<'a>(path: &str, service: &'a Service, user: &'a str) -> &'a str {
    if path.starts_with("/v1/registration") { user } else { &service.admin }
}

#[service_test]
async fn a_method_that_a_path_does_not_know_is_405_with_the_ones_it_knows() {
    let (service, id, user) = service().await;
    for (path, methods, _) in paths(&id) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"] {
            if methods.split(", ").any(|known| known == method) {
                continue;
            }
            let request = Request::new(method, &path).json(&json!({})).bearer(token_for(&path, &service, &user));
            let reply = service.send(request).await;
            assert_eq!(reply.status, 405, "{method} {path}");
            assert_eq!(reply.header("allow"), Some(methods), "{method} {path}");
            if path.starts_with("/graph") {
                reply.graph_error(405, "Request_BadRequest");
            } else {
                reply.problem(405, "method-not-allowed");
            }
        }
    }
}

#[service_test]
async fn a_body_is_one_small_strict_json_object() {
    let (service, id, user) = service().await;
    let before = service.messages().await.len();
    for (path, methods, body) in paths(&id).into_iter().filter(|(_, _, body)| !body.is_null()) {
        let method = if methods.contains("PATCH") { "PATCH" } else { "POST" };
        let request = || Request::new(method, &path).bearer(token_for(&path, &service, &user));
        let typed = || request().header("Content-Type", "application/json");
        let text = body.to_string();
        let first = text.split(',').next().unwrap().trim_end_matches('}').trim_start_matches('{').to_owned();
        let refused = [
            (400, typed().bytes(b"")),
            (400, typed().bytes(b"{")),
            (400, typed().bytes(b"null")),
            (400, typed().bytes(format!("[{text}]").as_bytes())),
            (400, typed().bytes(format!("{text} {text}").as_bytes())),
            (400, typed().bytes(format!("\u{feff}{text}").as_bytes())),
            (400, typed().bytes(format!("{{{first},{}", &text[1..]).as_bytes())),
            (400, typed().bytes(text.replacen('{', "{\"unknown\":1,", 1).as_bytes())),
            (400, typed().bytes(text.replacen(":\"", ":\"\\ud800", 1).as_bytes())),
            (400, typed().bytes(&[b"{\"a\":\"", &[0xff_u8][..], b"\"}"].concat())),
            (400, typed().bytes(&[b"{\"a\":\"", &[0xc0_u8, 0xaf][..], b"\"}"].concat())),
            (400, typed().bytes(format!("{{\"a\":{}1{}}}", "[".repeat(6000), "]".repeat(6000)).as_bytes())),
            (413, typed().bytes(&vec![b' '; 16 * 1024 + 1])),
            (415, request().bytes(text.as_bytes())),
            (415, request().header("Content-Type", "text/plain").bytes(text.as_bytes())),
            (415, request().header("Content-Type", "application/x-www-form-urlencoded").bytes(b"code=12345678")),
        ];
        for (number, (status, request)) in refused.into_iter().enumerate() {
            let reply = service.send(request).await;
            assert_eq!(reply.status, status, "case {number} at {path}: {}", String::from_utf8_lossy(&reply.body));
            match (path.starts_with("/graph"), status) {
                (true, _) => reply.graph_error(status, "Request_BadRequest"),
                (false, 413) => reply.problem(413, "too-large"),
                (false, 415) => reply.problem(415, "unsupported-media-type"),
                (false, _) => reply.problem(400, "malformed"),
            }
        }
    }
    assert_eq!(service.messages().await.len(), before, "nothing was sent");
}

#[service_test]
async fn tokens_are_required_and_every_response_has_the_fixed_headers() {
    let (service, id, _) = service().await;
    for (path, methods, body) in paths(&id) {
        for method in methods.split(", ") {
            let reply = service.send(Request::new(method, &path).json(&body)).await;
            reply.fixed_headers();
            if path.starts_with("/graph") {
                reply.graph_error(401, "InvalidAuthenticationToken");
            } else if !path.starts_with("/v1/resets") {
                reply.problem(401, "unauthenticated");
            }
        }
    }
    for path in ["/admin/", "/v1", "/v2/resets", "/v1/resets/x/unknown", "/v1/resets/", "/openapi", "/graph"] {
        service.send(Request::get(path)).await.problem(404, "not-found");
    }
    service
        .send(Request::get("/graph/v1.0/groups").bearer(&service.admin))
        .await
        .graph_error(404, "Request_ResourceNotFound");
}

#[service_test]
async fn a_response_never_repeats_the_request() {
    let (service, id, user) = service().await;
    for (path, _, _) in paths(&id) {
        let body = json!({"canary-7f3a": "canary-7f3a"});
        let request = Request::post(&format!("{path}?canary-7f3a=1"), &body).bearer(token_for(&path, &service, &user));
        let reply = service.send(request).await;
        assert!(!String::from_utf8_lossy(&reply.body).contains("canary"), "{path}");
        assert!(!format!("{:?}", reply.headers).contains("canary"), "{path}");
    }
}

/// Values that are no text, among them the table's own form of a text and an operator of a query.
fn no_texts() -> [Value; 7] {
    [json!({"S": "x"}), json!({"$gt": ""}), json!({}), json!(["x"]), json!([]), json!(7), json!(true)]
}

#[service_test]
async fn a_member_that_is_a_text_takes_nothing_else() {
    let (service, id, user) = service().await;
    let before = service.messages().await.len();
    let methods = "/graph/v1.0/users/adele@contoso.example/authentication";
    let (token, phone) = ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "+1 4255550100");
    let more = [
        (
            "/v1/resets".to_owned(),
            json!({"userName": "a@contoso.example", "method": "mobileSms", "phoneNumber": phone}),
        ),
        (format!("/v1/resets/{id}/codes"), json!({"method": "mobileSms", "phoneNumber": phone, "gateToken": token})),
        (format!("/v1/resets/{id}/verifications"), json!({"code": "12345678", "gateToken": token})),
        (format!("{methods}/phoneMethods"), json!({"phoneNumber": phone, "phoneType": "mobile"})),
        (format!("{methods}/emailMethods"), json!({"emailAddress": "a@example.org"})),
    ];
    let known = paths(&id).into_iter().map(|(path, methods, body)| {
        let method = if methods.contains("PATCH") { "PATCH" } else { "POST" };
        (path, method, body)
    });
    for (path, method, body) in known.chain(more.map(|(path, body)| (path, "POST", body))) {
        for member in body.as_object().into_iter().flatten().map(|(member, _)| member) {
            for other in no_texts() {
                let mut body = body.clone();
                body[member] = other.clone();
                let request = Request::new(method, &path).json(&body).bearer(token_for(&path, &service, &user));
                let reply = service.send(request).await;
                assert_eq!(reply.status, 400, "{other} as {member} at {path}");
                match path.starts_with("/graph") {
                    true => reply.graph_error(400, "Request_BadRequest"),
                    false => reply.problem(400, "malformed"),
                }
            }
        }
    }
    assert_eq!(service.messages().await.len(), before, "nothing was sent");
}

#[service_test]
async fn a_key_comes_once_and_the_order_of_members_makes_no_other_request() {
    const KEY: &str = "0123456789abcdef-order";
    let service = Service::start(json!({})).await;
    service.adele().await;
    let one = r#"{"userName":"adele@contoso.example","method":"email"}"#;
    let other = r#"{ "method": "email", "userName": "adele@contoso.example" }"#;
    let typed = |text: &str| {
        Request::new("POST", "/v1/resets").header("Content-Type", "application/json").bytes(text.as_bytes())
    };
    let first = service.send(typed(one).key(KEY)).await.expect(202);
    let again = service.send(typed(other).key(KEY)).await.expect(202);
    assert_eq!(again.body, first.body);
    let joined = format!("{KEY},0123456789abcdef-other");
    for request in
        [typed(one).key(KEY).key(KEY), typed(one).key(KEY).key("0123456789abcdef-other"), typed(one).key(&joined)]
    {
        service.send(request).await.problem(400, "malformed");
    }
    assert_eq!(service.messages().await.len(), 1);
}
