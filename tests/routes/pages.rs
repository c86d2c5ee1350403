//! The pages, from outside: each is there, in the language that is asked for, and reaches nothing but this service.

use serde_json::json;

use crate::support::{Request, Service};

#[service_test]
async fn every_page_is_served_with_what_it_may_do() {
    let service = Service::start(json!({})).await;
    let own = service.running.url();
    for path in ["/", "/reset", "/password", "/security-info", "/admin"] {
        let page = service.send(Request::get(path).header("Accept-Language", "de-AT, en;q=0.5")).await.expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(page.header("content-language"), Some("de"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        assert!(policy.contains(&format!("; connect-src 'self' {own}; form-action 'self' {own}; ")), "{policy}");
        assert!(policy.ends_with("; require-trusted-types-for 'script'; trusted-types 'none'"), "{policy}");
        let html = String::from_utf8(page.body).unwrap();
        assert!(html.contains("<title>Contoso</title>") && html.contains("lang=\"de\""), "{html}");
        for asset in html.split('"').filter(|part| part.starts_with("/assets/")) {
            let asset = service.send(Request::get(asset)).await.expect(200);
            assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"));
        }
        let head = service.send(Request::new("HEAD", path)).await.expect(200);
        assert!(head.body.is_empty() && head.header("content-length").unwrap() != "0", "{path}");
        let refused = service.send(Request::post(path, &json!({}))).await;
        assert_eq!(refused.header("allow"), Some("GET, HEAD"), "{path}");
        refused.problem(405, "method-not-allowed");
    }
}

#[service_test]
async fn password_managers_find_the_page_for_a_new_password() {
    let service = Service::start(json!({})).await;
    let reply = service.send(Request::get("/.well-known/change-password")).await.expect(302);
    assert_eq!(reply.header("location"), Some("/password"));
}
