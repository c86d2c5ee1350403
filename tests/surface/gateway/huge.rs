//! Bodies that are huge in one way or another. Refusing them takes no time.

use std::time::{Duration, Instant};

use super::{lives, raw, started, status};
use crate::support::Service;

/// How long a refusal may take. The fastest of [`TRIES`] counts, because the machine may be busy with something else.
const AT_ONCE: Duration = Duration::from_millis(100);
const TRIES: usize = 3;
const MEBIBYTE: usize = 1 << 20;

/// Sends a body a few times, and asserts that each is refused with this status and one of them at once.
async fn refused_at_once(service: &Service, what: &str, path: &str, body: &str, expected: u16) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        service.address(),
        body.len()
    );
    let bytes = [head.as_bytes(), body.as_bytes()].concat();
    let mut fastest = Duration::MAX;
    for _ in 0..TRIES {
        let start = Instant::now();
        let answer = raw(service.address(), &bytes).await;
        fastest = fastest.min(start.elapsed());
        assert_eq!(status(&answer), Some(expected), "{what}: {answer}");
    }
    assert!(fastest < AT_ONCE, "{what}: {fastest:?}");
}

#[service_test]
async fn a_huge_value_is_refused_at_once() {
    let service = started().await;
    let named = |value: &str| format!("{{\"userName\":{value},\"method\":\"email\"}}");
    let nested = |depth: usize| named(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
    let quoted = |bytes: usize| named(&format!("\"{}\"", "a".repeat(bytes)));
    for (what, body, expected) in [
        ("a name of 15,000 characters", quoted(15_000), 400),
        ("a name of a mebibyte", quoted(MEBIBYTE), 413),
        ("six thousand lists in one another", nested(6000), 400),
        ("ten thousand", nested(10_000), 413),
        ("seven thousand items", named(&format!("[{}1]", "1,".repeat(7000))), 400),
        ("a million items", named(&format!("[{}1]", "1,".repeat(1_000_000))), 413),
        ("a number of 15,000 digits", named(&"1".repeat(15_000)), 400),
        ("a number of more than a million digits", named(&"1".repeat(MEBIBYTE)), 413),
    ] {
        refused_at_once(&service, what, "/v1/resets", &body, expected).await;
    }
    let password = format!("{{\"resetToken\":\"x\",\"newPassword\":\"{}\"}}", "a".repeat(MEBIBYTE));
    let path = "/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/password";
    refused_at_once(&service, "a password of a mebibyte", path, &password, 413).await;
    lives(&service).await;
}
