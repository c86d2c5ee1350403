use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::json;
use zeroize::Zeroizing;

use super::*;

/// A transport that responds from a list, and records the requests.
struct Script {
    answers: Mutex<VecDeque<Result<Incoming, String>>>,
    asked: Mutex<Vec<String>>,
}

impl Transport for &Script {
    fn send(&self, request: &Outgoing, _: &Token) -> Result<Incoming, String> {
        self.asked.lock().unwrap().push(format!("{} {}", request.method, request.url));
        self.answers.lock().unwrap().pop_front().unwrap()
    }
}

fn answer(status: u16, retry_after: Option<u64>, body: &Value) -> Result<Incoming, String> {
    Ok(Incoming { status, retry_after, body: body.to_string().into_bytes() })
}

fn busy(status: u16, retry_after: Option<u64>) -> Result<Incoming, String> {
    answer(status, retry_after, &json!({"error": {"code": "TooManyRequests", "message": "later"}}))
}

/// What a test sees of a run: its result, the addresses requested, and the waits in seconds.
type Seen<T> = (Result<T, Failure>, Vec<String>, Vec<u64>);

fn drive<T>(
    answers: impl IntoIterator<Item = Result<Incoming, String>>,
    run: impl FnOnce(&Client<'_>) -> Result<T, Failure>,
) -> Seen<T> {
    let script = Script { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() };
    let waits = Mutex::new(Vec::new());
    let pause = |wait: Duration| waits.lock().unwrap().push(wait.as_secs());
    let client = Client {
        endpoint: Endpoint::parse("https://a.example").ok().unwrap(),
        token: Token::find(None, Some(Zeroizing::new("a.b.c".to_owned()))).ok().unwrap(),
        transport: Box::new(&script),
        pause: &pause,
    };
    let result = run(&client);
    drop(client);
    assert!(script.answers.lock().unwrap().is_empty(), "every answer was asked for");
    (result, script.asked.into_inner().unwrap(), waits.into_inner().unwrap())
}

fn get(answers: impl IntoIterator<Item = Result<Incoming, String>>) -> Seen<Map<String, Value>> {
    drive(answers, |client| client.get("/graph/v1.0/users/x"))
}

#[test]
fn a_busy_service_is_asked_again_when_it_says_and_not_for_ever() {
    let (result, asked, waits) =
        get([busy(429, Some(7)), busy(503, Some(3600)), answer(200, None, &json!({"id": "x"}))]);
    assert_eq!(result.unwrap()["id"], "x");
    assert_eq!((asked.len(), waits), (3, vec![7, 60]), "the wait is capped at a minute");

    let (result, asked, waits) = get((0..5).map(|_| busy(429, None)));
    assert!(matches!(result, Err(Failure::Unreachable(why)) if why == "429 TooManyRequests: later"));
    assert_eq!((asked.len(), waits), (5, vec![1, 2, 4, 8]));
}

#[test]
fn nothing_else_is_asked_again() {
    for status in [400, 401, 403, 404, 409, 302] {
        let (result, asked, waits) = get([busy(status, Some(1))]);
        assert!(matches!(result, Err(Failure::Refused(refusal)) if refusal.status == status), "{status}");
        assert_eq!((asked.len(), waits.len()), (1, 0));
    }
    for broken in [busy(500, Some(1)), busy(504, Some(1)), Err("connection reset".to_owned())] {
        let (result, asked, _) = get([broken]);
        assert!(matches!(result, Err(Failure::Unreachable(_))));
        assert_eq!(asked.len(), 1);
    }
}

#[test]
fn a_code_that_is_none_is_not_shown() {
    for body in [json!({"error": {"code": "a\u{1b}[2J", "message": "m"}}), json!({"code": "x"}), json!("text")] {
        let (result, _, _) = get([answer(400, None, &body)]);
        assert!(matches!(result, Err(Failure::Refused(refusal)) if refusal.code == "without a code of Graph"));
    }
    let (result, _, _) = get([Ok(Incoming { status: 200, retry_after: None, body: b"<html>".to_vec() })]);
    assert!(matches!(result, Err(Failure::NotRekey)));
}

fn page(rows: &[u32], next: Option<&str>) -> Result<Incoming, String> {
    answer(200, None, &json!({"value": rows, "@odata.nextLink": next}))
}

fn pages(answers: impl IntoIterator<Item = Result<Incoming, String>>) -> Seen<usize> {
    drive(answers, |client| {
        let mut seen = 0;
        let counted = client.pages("/graph/v1.0/users".to_owned(), |rows| {
            seen += rows.len();
            Ok(seen < 5)
        });
        counted.map(|()| seen)
    })
}

#[test]
fn pages_are_followed_to_the_end_or_as_far_as_wanted() {
    let next = Some("https://a.example/graph/v1.0/users?$skiptoken=b");
    let (result, asked, _) = pages([page(&[1, 2], next), page(&[3], None)]);
    assert_eq!(result.unwrap(), 3);
    assert_eq!(
        asked,
        ["GET https://a.example/graph/v1.0/users", "GET https://a.example/graph/v1.0/users?$skiptoken=b"]
    );
    let (result, asked, _) = pages([page(&[1, 2, 3, 4, 5], next)]);
    assert_eq!((result.unwrap(), asked.len()), (5, 1), "enough");
    let elsewhere = Some("https://evil.example/graph/v1.0/users?a");
    let (result, asked, _) = pages([page(&[1, 2, 3, 4, 5], elsewhere)]);
    assert_eq!((result.unwrap(), asked.len()), (5, 1), "enough, and what is elsewhere is not needed");
}

#[test]
fn a_next_page_elsewhere_is_never_asked_for() {
    for link in
        ["https://evil.example/graph/v1.0/users?a", "http://a.example/graph/v1.0/users?a", "/graph/v1.0/users?a"]
    {
        let (result, asked, _) = pages([page(&[1], Some(link))]);
        assert!(matches!(result, Err(Failure::Elsewhere)), "{link}");
        assert_eq!(asked, ["GET https://a.example/graph/v1.0/users"]);
    }
    let (result, asked, _) = pages([page(&[1], Some("https://a.example/graph/v1.0/users"))]);
    assert!(matches!(result, Err(Failure::NotRekey)), "a page that follows itself");
    assert_eq!(asked.len(), 1);
}
