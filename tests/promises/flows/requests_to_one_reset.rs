//! One reset accepts 60 requests a minute, whether or not an account has its name.

use serde_json::json;

use super::{NAME, generous};
use crate::support::service::{NEW_PASSWORD, complete, digits, verify};
use crate::support::{Reply, Request, Service, client};

const MOST: usize = 60;

fn order(id: &str, body: &serde_json::Value) -> Request {
    Request::post(&format!("/v1/resets/{id}/codes"), body)
}

/// All kinds of requests to a reset that prove nothing, `count` of them.
fn requests(id: &str, count: usize) -> Vec<Request> {
    let kinds: [fn(&str) -> Request; 6] = [
        |id| verify(id, "00000000"),
        |id| verify(id, "01234-56789-ABCDE-FGHJK-MNPQR-S"),
        |id| {
            Request::post(
                &format!("/v1/resets/{id}/verifications"),
                &json!({"answers": [{"questionId": "pet", "answer": "rex"}]}),
            )
        },
        |id| complete(id, "not the token", NEW_PASSWORD),
        |id| order(id, &json!({"method": "email"})),
        |id| order(id, &json!({"method": "securityQuestions", "gateToken": "not a token"})),
    ];
    (0..count).map(|at| kinds[at % kinds.len()](id)).collect()
}

fn limited(reply: &Reply) {
    reply.problem(429, "rate-limited");
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds > 0 && seconds <= 60 && seconds.is_multiple_of(5), "{seconds}");
}

#[service_test]
async fn a_reset_takes_sixty_requests_a_minute_known_or_not() {
    let policy = json!({"methods": ["email", "mobileSms", "securityQuestions"], "methodsRequired": 1});
    let service = Service::start(generous(&policy)).await;
    service.adele().await;
    for name in [NAME, "nobody@contoso.example"] {
        let begun = service.begin(name, "email", None).await;
        service.running.settled().await;
        let replies = client::together(requests(&begun.id, MOST + 12), service.address()).await;
        let refused: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 429).collect();
        assert_eq!(refused.len(), 12, "{name}");
        refused.iter().for_each(|reply| limited(reply));
        // Every kind of request is refused now, and other resets are not.
        for reply in client::together(requests(&begun.id, 6), service.address()).await {
            limited(&reply);
        }
        let other = service.begin(name, "email", None).await;
        service.verify(&other.id, "00000000").await.problem(422, "code-rejected");
        service.advance(61).await;
        service.complete(&begun.id, "not the token", NEW_PASSWORD).await.problem(422, "token-rejected");
    }
}

#[service_test]
async fn an_unknown_reset_is_never_limited() {
    let service = Service::start(json!({})).await;
    let replies = client::together(requests("AAAAAAAAAAAAAAAAAAAAAA", 72), service.address()).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    for kinds in statuses.chunks(6) {
        assert_eq!(kinds, [422, 422, 422, 422, 404, 404]);
    }
}

#[service_test]
async fn wrong_tokens_do_not_lock_out_the_right_one() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (begun, message) = service.begin_by_email().await;
    let token = service.verify(&begun.id, &digits(&message)).await.expect(200).text("resetToken");
    let wrong = (0..MOST + 1).map(|_| complete(&begun.id, "not the token", NEW_PASSWORD)).collect();
    let replies = client::together(wrong, service.address()).await;
    assert!(replies.iter().any(|reply| reply.status == 429));
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
}

#[service_test]
async fn a_repetition_under_a_key_is_no_further_request() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let begun = service.begin(NAME, "email", None).await;
    for (number, code) in ["00000000", "01234-56789-ABCDE-FGHJK-MNPQR-S"].into_iter().enumerate() {
        let keyed = || verify(&begun.id, code).key(&format!("0123456789abcde{number}"));
        let first = service.send(keyed()).await;
        first.problem(422, "code-rejected");
        for reply in client::together((0..MOST + 5).map(|_| keyed()).collect(), service.address()).await {
            assert_eq!((reply.status, &reply.body), (422, &first.body), "{code}");
        }
    }
}

/// They are asked again each time, so each time counts.
#[service_test]
async fn questions_count_under_a_key_as_well() {
    let policy = json!({"methods": ["email", "securityQuestions"]});
    let service = Service::start(generous(&policy)).await;
    let begun = service.begin(NAME, "email", None).await;
    let asked = || order(&begun.id, &json!({"method": "securityQuestions", "gateToken": "x"})).key("0123456789abcdef");
    service.send(asked()).await.problem(400, "malformed");
    let replies = client::together((0..MOST + 5).map(|_| asked()).collect(), service.address()).await;
    assert!(replies.iter().any(|reply| reply.status == 429));
}
