use std::net::IpAddr;

use http::HeaderMap;
use shared::testing::{CountingRandom, FixedClock};
use shared::time::Moment;

use super::*;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; \
    connect-src 'self' https://id.example; form-action 'self' https://id.example; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const PAGES: [&str; 5] = ["/", "/reset", "/password", "/security-info", "/admin"];

fn pages_with(deployment: Deployment) -> Pages {
    let clock = FixedClock::new(Moment::from_seconds(1_800_000_000));
    Pages::new(deployment, Arc::new(CountingRandom::default()), Arc::new(clock))
}

fn pages() -> Pages {
    pages_with(Deployment {
        organisation: Organisation::parse("Contoso").unwrap(),
        sign_in_origins: vec!["https://id.example".to_owned()],
        colour: Colour::default(),
        logo: None,
    })
}

fn asked(method: Method, path: &str, headers: &[(HeaderName, &'static str)]) -> Request {
    let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
    Request {
        method,
        path: path.to_owned(),
        query: Vec::new(),
        headers: headers.collect::<HeaderMap>(),
        body: Vec::new(),
        source: IpAddr::from([192, 0, 2, 1]),
    }
}

fn get(path: &str) -> Response {
    handle(&pages(), &asked(Method::GET, path, &[]))
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[test]
fn a_page_has_exactly_these_headers() {
    for path in PAGES {
        let response = get(path);
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let mut names: Vec<_> = response.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let permissions = header(&response, "permissions-policy").unwrap();
        let expected = [
            ("cache-control", "no-cache"),
            ("content-language", "en"),
            ("content-security-policy", POLICY),
            ("content-type", "text/html; charset=utf-8"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", permissions),
            ("referrer-policy", "no-referrer"),
            ("vary", "accept-language"),
            ("x-content-type-options", "nosniff"),
        ];
        assert_eq!(names, expected.map(|(name, _)| name), "{path}");
        for (name, value) in expected {
            assert_eq!(header(&response, name), Some(value), "{path}");
        }
        for permission in permissions.split(", ") {
            assert!(permission.ends_with("=()") || permission == "otp-credentials=(self)", "{permission}");
        }
    }
}

#[test]
fn pages_without_an_issuer_reach_their_own_origin_only() {
    let alone = pages_with(Deployment {
        organisation: Organisation::default(),
        sign_in_origins: Vec::new(),
        colour: Colour::default(),
        logo: None,
    });
    let response = handle(&alone, &asked(Method::GET, "/", &[]));
    let policy = header(&response, "content-security-policy").unwrap();
    assert_eq!(policy, POLICY.replace(" https://id.example", ""));
}

#[test]
fn a_page_is_filled_in() {
    for path in PAGES {
        let response = handle(&pages(), &asked(Method::GET, path, &[(ACCEPT_LANGUAGE, "de-AT, en;q=0.5")]));
        let html = text(&response);
        assert!(html.contains("<html lang=\"de\" dir=\"ltr\">"), "{html}");
        assert!(html.contains("<title>Contoso</title>"), "{html}");
        assert!(!html.contains("{{"), "{html}");
        assert_eq!(header(&response, "content-language"), Some("de"));
        // Every address in the page is one of an asset that there is.
        for address in html.split('"').filter(|part| part.starts_with("/assets/")) {
            assert_eq!(get(address).status(), StatusCode::OK, "{address}");
        }
    }
}

#[test]
fn what_the_deployment_says_is_text_and_not_markup() {
    assert_eq!(escaped("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
    let app = pages_with(Deployment {
        organisation: Organisation::parse("A&B's").unwrap(),
        sign_in_origins: Vec::new(),
        colour: Colour::default(),
        logo: None,
    });
    let response = handle(&app, &asked(Method::GET, "/", &[]));
    assert!(text(&response).contains("<title>A&amp;B&#39;s</title>"), "{}", text(&response));
}

#[test]
fn every_asset_is_served_alike_in_both_codings() {
    let app = pages();
    for name in files::assets() {
        let path = files::address(name);
        let plain = handle(&app, &asked(Method::GET, &path, &[]));
        assert_eq!(plain.status(), StatusCode::OK, "{name}");
        assert_eq!(header(&plain, "cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(header(&plain, "vary"), Some("accept-encoding"));
        assert_eq!(header(&plain, "x-content-type-options"), Some("nosniff"));
        assert_eq!(header(&plain, "cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(header(&plain, "content-encoding"), None);
        let short = handle(&app, &asked(Method::GET, &path, &[(ACCEPT_ENCODING, "gzip, br")]));
        assert_eq!(header(&short, "content-encoding"), Some("br"), "{name} has no twin");
        assert_eq!(header(&short, "vary"), Some("accept-encoding"));
        assert_eq!(header(&short, "content-type"), header(&plain, "content-type"));
        let mut decoded = Vec::new();
        brotli_decompressor::BrotliDecompress(&mut short.body().as_slice(), &mut decoded).unwrap();
        assert_eq!(&decoded, plain.body(), "{name}");
    }
}

#[test]
fn the_theme_is_an_asset() {
    let app = pages();
    let response = handle(&app, &asked(Method::GET, app.stylesheet.address(), &[(ACCEPT_ENCODING, "br")]));
    assert_eq!(text(&response), app.stylesheet.text());
    assert_eq!(header(&response, "content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(header(&response, "cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(header(&response, "content-encoding"), None);
    assert_eq!(app.stylesheets().len(), 2);
}

#[test]
fn a_head_request_gets_the_same_without_the_body() {
    let app = pages();
    let asset = files::address(files::assets().next().unwrap());
    for path in PAGES.into_iter().chain([asset.as_str(), app.stylesheet.address()]) {
        let headers = [(ACCEPT_ENCODING, "br"), (ACCEPT_LANGUAGE, "de")];
        let whole = handle(&app, &asked(Method::GET, path, &headers));
        let mut head = handle(&app, &asked(Method::HEAD, path, &headers));
        assert_eq!(head.status(), StatusCode::OK);
        assert!(head.body().is_empty() && !whole.body().is_empty());
        let length = head.headers_mut().remove(CONTENT_LENGTH).unwrap();
        assert_eq!(length, whole.body().len().to_string());
        assert_eq!(head.headers(), whole.headers(), "{path}");
    }
}

#[test]
fn other_methods_are_refused_with_those_that_there_are() {
    let asset = files::address(files::assets().next().unwrap());
    for path in PAGES.into_iter().chain([asset.as_str(), "/.well-known/change-password"]) {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE] {
            let response = handle(&pages(), &asked(method, path, &[]));
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(header(&response, "allow"), Some("GET, HEAD"));
            assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
        }
    }
}

#[test]
fn what_is_no_page_and_no_asset_is_a_problem() {
    let compressed = format!("{}.br", files::address(files::assets().next().unwrap()));
    for path in [
        "/assets/",
        "/assets/languages.json",
        "/assets/reset.html",
        "/assets/x.js",
        "/assets/theme-00000000.css",
        "/assets/../reset.html",
        "/assets/a/b.js",
        "/reset.html",
        "/local",
        "/local.html",
        "/admin/",
        "/Reset",
        "/.well-known/",
        compressed.as_str(),
    ] {
        let response = get(path);
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
    }
}

#[test]
fn password_managers_find_where_a_password_is_changed() {
    let response = get("/.well-known/change-password");
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(header(&response, "location"), Some("/password"));
    assert!(response.body().is_empty());
}
