//! `POST /v1/resets` and `POST /v1/resets/{resetId}/codes`.

mod alike;

use serde_json::{Value, json};

use crate::support::service::{begin, digits, wrong};
use crate::support::{Request, Service, client};

const PHONE: Option<&str> = Some("+1 4255550100");

/// Milliseconds between two times of a response.
fn millis(body: &Value, from: &str, to: &str) -> i64 {
    let at = |name: &str| {
        let text = body[name].as_str().unwrap();
        assert_eq!(text.len(), "2026-11-21T22:04:30.123Z".len(), "{text}");
        let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
        (number(11..13) * 60 + number(14..16)) * 60_000 + number(17..19) * 1000 + number(20..23)
    };
    // A reset takes less than a day, so this is right even if midnight falls between the two times.
    (at(to) - at(from)).rem_euclid(24 * 3_600_000)
}

#[service_test]
async fn the_response_is_exact_and_the_code_is_sent() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let reply = service.send(begin("adele@contoso.example", "mobileSms", PHONE)).await.expect(202);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let body = reply.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["codeExpiresAt", "expiresAt", "method", "reference", "resendAt", "resetId"]);
    assert_eq!(body["method"], "mobileSms");
    assert_eq!(body["resetId"].as_str().unwrap().len(), 22);
    assert_eq!(millis(&body, "resendAt", "codeExpiresAt"), 270_000);
    assert_eq!(millis(&body, "codeExpiresAt", "expiresAt"), 600_000);
    let messages = service.messages().await;
    assert_eq!(messages.len(), 1);
    assert_eq!((&messages[0]["channel"], &messages[0]["to"]), (&json!("sms"), &json!("+14255550100")));
    assert_eq!(messages[0]["reference"], body["reference"]);
    assert!(messages[0]["text"].as_str().unwrap().contains(body["reference"].as_str().unwrap()));
    assert_eq!(digits(&messages[0]).len(), 8);
}

#[service_test]
async fn nobody_can_tell_who_exists() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let contacts = json!({"mobilePhone": "+1 4255550102", "otherMails": ["d@example.org"], "accountEnabled": false});
    service.create("disabled@contoso.example", contacts).await;
    service.create("bare@contoso.example", json!({})).await;
    let mut shapes = Vec::new();
    for name in ["adele@contoso.example", "zelda@contoso.example", "disabled@contoso.example", "bare@contoso.example"] {
        for (method, phone) in [("mobileSms", PHONE), ("mobileCall", PHONE), ("officeCall", PHONE), ("email", None)] {
            let reply = service.send(begin(name, method, phone)).await;
            let mut shape = reply.shape();
            // Only the method's name differs by method, and the length with it.
            shape.2.retain(|(member, _)| member != "method");
            shape.1.retain(|(name, _)| name != "content-length");
            shapes.push(shape);
            let id = reply.text("resetId");
            let refused = service.verify(&id, "12345678").await;
            refused.problem(422, "code-rejected");
        }
    }
    assert!(shapes.iter().all(|shape| shape == &shapes[0]), "{shapes:#?}");
    let notified: Vec<Value> = service.messages().await.iter().map(|message| message["to"].clone()).collect();
    // One SMS and one email. A call to the mobile within 30 seconds of the SMS goes to the same destination, and the
    // number claimed for the office call is not that of the office phone.
    assert_eq!(notified, ["+14255550100", "adele.vance@example.org"]);
}

#[service_test]
async fn a_call_reaches_the_office_phone_and_no_extension() {
    let service = Service::start(json!({})).await;
    service.create("omar@contoso.example", json!({"businessPhones": ["+1 4255550110X12345"]})).await;
    let begun = service.begin("omar@contoso.example", "officeCall", Some("+1 (425) 555-0110")).await;
    let messages = service.messages().await;
    assert_eq!((&messages[0]["channel"], &messages[0]["to"]), (&json!("call"), &json!("+14255550110")));
    assert!(!messages[0].to_string().contains("12345,") && !messages[0]["text"].as_str().unwrap().contains("12345"));
    service.verify(&begun.id, &digits(&messages[0])).await.expect(200);
}

#[service_test]
async fn a_wrong_phone_number_sends_nothing_and_another_spelling_sends() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let right = service.send(begin("adele@contoso.example", "mobileSms", Some("+1 4255550199"))).await.expect(202);
    assert!(service.messages().await.is_empty());
    let other = service.send(begin("adele@contoso.example", "mobileSms", Some("+1 (425) 555-0100"))).await.expect(202);
    assert_eq!(service.messages().await.len(), 1);
    assert_eq!(right.shape(), other.shape());
}

#[service_test]
async fn without_phone_proof_no_number_is_needed_and_any_is_ignored() {
    let service = Service::start(json!({"phoneProof": false})).await;
    service.adele().await;
    service.begin("adele@contoso.example", "mobileSms", None).await;
    assert_eq!(service.messages().await.len(), 1);
    service.advance(31).await;
    service.begin("adele@contoso.example", "mobileSms", Some("not a number")).await;
    assert_eq!(service.messages().await.len(), 2);
}

#[service_test]
async fn malformed_requests_are_refused_for_known_and_unknown_names() {
    let service = Service::start(json!({"methods": ["mobileSms", "email"]})).await;
    service.adele().await;
    let mut cases = Vec::new();
    for name in ["adele@contoso.example", "zelda@contoso.example"] {
        cases.extend([
            json!({"userName": name, "method": "mobileSms"}),
            json!({"userName": name, "method": "mobileSms", "phoneNumber": "4255550100"}),
            json!({"userName": name, "method": "mobileSms", "phoneNumber": "+1 900 555 1234"}),
            json!({"userName": name, "method": "mobileSms", "phoneNumber": ["+1 4255550100"]}),
            json!({"userName": name, "method": "officeCall", "phoneNumber": "+1 4255550111"}),
            json!({"userName": name, "method": "securityQuestions"}),
            json!({"userName": name, "method": "pigeon"}),
            json!({"userName": name, "method": "email", "message": "hello"}),
            json!({"userName": name, "method": "email", "gateToken": "x"}),
            json!({"userName": name}),
            json!({"userName": [name, "evil@evil.test"], "method": "email"}),
            json!({"userName": {"S": name}, "method": "email"}),
            json!({"userName": null, "method": "email"}),
        ]);
    }
    for name in [
        "adele @contoso.example",
        "adele@contoso.example.",
        "\u{202e}adele@contoso.example",
        "<adele@contoso.example>",
        "adele@contoso.example;evil@evil.test",
        "adele",
        "",
        "m\u{131}ke@contoso.example",
        "adele@contoso.example\u{0}",
    ] {
        cases.push(json!({"userName": name, "method": "email"}));
    }
    for body in cases {
        service.send(Request::post("/v1/resets", &body)).await.problem(400, "malformed");
    }
    assert!(service.messages().await.is_empty());
}

#[service_test]
async fn a_name_has_one_form_and_one_budget() {
    let service = Service::start(json!({"beginsPerSourceAndName": {"count": 3}})).await;
    service.whole_window(600).await;
    service.create("jos\u{e9}@contoso.example", json!({"otherMails": ["jose@example.org"]})).await;
    for name in ["JOS\u{c9}@CONTOSO.example", "jose\u{301}@contoso.example", "jos\u{e9}@contoso.example"] {
        service.begin(name, "email", None).await;
        service.advance(31).await;
    }
    assert_eq!(service.outbox("jose@example.org").await.len(), 3);
    service.send(begin("jose\u{301}@contoso.example", "email", None)).await.problem(429, "rate-limited");
    service.send(begin("jose@contoso.example", "email", None)).await.expect(202);
    assert_eq!(service.messages().await.len(), 3);
}

#[service_test]
async fn a_source_network_is_limited_in_total_and_per_name_known_or_not() {
    let service = Service::start(json!({"beginsPerSource": {"count": 45}})).await;
    service.adele().await;
    service.whole_window(600).await;
    for name in ["adele@contoso.example", "zelda@contoso.example"] {
        for _ in 0..20 {
            service.send(begin(name, "email", None)).await.expect(202);
        }
        let limited = service.send(begin(name, "email", None)).await;
        limited.problem(429, "rate-limited");
        let seconds: u64 = limited.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=600).contains(&seconds) && seconds.is_multiple_of(5), "{seconds}");
    }
    // Headers of the client change nothing. Another address is another network.
    let forged = begin("adele@contoso.example", "email", None)
        .header("X-Forwarded-For", "9.9.9.9")
        .header("Forwarded", "for=9.9.9.9")
        .header("X-Real-IP", "9.9.9.9");
    service.send(forged).await.problem(429, "rate-limited");
    for number in 0..5 {
        service.send(begin(&format!("user{number}@contoso.example"), "email", None)).await.expect(202);
    }
    service.send(begin("user9@contoso.example", "email", None)).await.problem(429, "rate-limited");
    service.send(begin("adele@contoso.example", "email", None).from(2)).await.expect(202);
    service.advance(600).await;
    service.send(begin("adele@contoso.example", "email", None)).await.expect(202);
}

#[service_test]
async fn a_hundred_begins_at_once_send_one_message() {
    let service = Service::start(json!({"beginsPerSourceAndName": {"count": 1000}})).await;
    service.adele().await;
    let requests = vec![begin("adele@contoso.example", "mobileSms", PHONE); 100];
    let replies = client::together(requests, service.address()).await;
    let shape = replies[0].shape();
    assert_eq!(shape.0, 202);
    assert!(replies.iter().all(|reply| reply.shape() == shape));
    // One wait ends after a while. On a busy machine a hundred deliveries take longer.
    for _ in 0..6 {
        service.running.settled().await;
    }
    assert_eq!(service.messages().await.len(), 1);
}

#[service_test]
async fn an_idempotency_key_gives_the_same_reset_to_its_network_only() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let request = begin("adele@contoso.example", "email", None).key("0123456789abcdef");
    let first = service.send(request.clone()).await.expect(202);
    let second = service.send(request.clone()).await.expect(202);
    assert_eq!(first.body, second.body);
    assert_eq!(service.messages().await.len(), 1);
    let other = begin("adele@contoso.example", "mobileSms", PHONE).key("0123456789abcdef");
    service.send(other).await.problem(422, "idempotency-key-reused");
    let elsewhere = service.send(request.clone().from(2)).await.expect(202);
    assert_ne!(first.text("resetId"), elsewhere.text("resetId"));
    service.advance(24 * 3600).await;
    let later = service.send(request).await.expect(202);
    assert_ne!(first.text("resetId"), later.text("resetId"));
    for key in ["", "short", &"x".repeat(256), "with a space in it", "caf\u{e9}-caf\u{e9}-caf\u{e9}"] {
        service.send(begin("adele@contoso.example", "email", None).key(key)).await.problem(400, "malformed");
    }
}

#[service_test]
async fn a_code_ordered_again_is_the_same_until_it_dies() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let body = json!({"method": "mobileSms", "phoneNumber": "+1 4255550100"});
    // Too early: the response is the same, and nothing is sent.
    assert_eq!(service.again(&begun.id, &body).await.expect(202).json(), begun.body);
    assert_eq!(service.messages().await.len(), 1);
    service.advance(30).await;
    let again = service.again(&begun.id, &body).await.expect(202);
    assert_eq!(again.text("reference"), begun.body["reference"].as_str().unwrap());
    assert_eq!(again.text("resetId"), begun.id);
    let sent = service.outbox("+14255550100").await;
    assert_eq!(sent.len(), 2);
    assert_eq!(digits(&sent[1]), code);
    assert_eq!(millis(&again.json(), "resendAt", "codeExpiresAt"), 270_000);
    // However often it is ordered again, the code lives ten minutes from its first order: until five minutes before the
    // reset ends.
    service.advance(150).await;
    service.again(&begun.id, &body).await.expect(202);
    service.advance(150).await;
    let last = service.again(&begun.id, &body).await.expect(202).json();
    assert_eq!(millis(&last, "codeExpiresAt", "expiresAt"), 300_000);
    service.advance(270).await;
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    let new = service.again(&begun.id, &body).await.expect(202).json();
    assert_eq!(new["codeExpiresAt"], begun.body["expiresAt"], "the new code lives until the reset ends");
    let sent = service.outbox("+14255550100").await;
    assert_eq!(sent.len(), 5);
    assert_eq!(digits(&sent[3]), code);
    assert_ne!(digits(&sent[4]), code);
    service.verify(&begun.id, &digits(&sent[4])).await.expect(200);
}

#[service_test]
async fn another_method_replaces_the_code() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    service.advance(30).await;
    let email = service.again(&begun.id, &json!({"method": "email"})).await.expect(202);
    assert_eq!(email.text("method"), "email");
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    let message = &service.outbox("adele.vance@example.org").await[0];
    assert_eq!(message["reference"], email.json()["reference"]);
    service.verify(&begun.id, &digits(message)).await.expect(200);
}

#[service_test]
async fn orders_of_unknown_ended_or_proved_resets_send_nothing() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let body = json!({"method": "email"});
    service.again("AAAAAAAAAAAAAAAAAAAAAA", &body).await.problem(404, "not-found");
    service.again("x", &body).await.problem(404, "not-found");
    let (begun, code) = service.begin_by_sms().await;
    // This token is invalid.
    let with_token = json!({"method": "email", "gateToken": "nothing"});
    service.advance(31).await;
    assert_eq!(service.again(&begun.id, &with_token).await.expect(202).json(), begun.body);
    service.again(&begun.id, &json!({"method": "securityQuestions"})).await.problem(400, "malformed");
    service.verify(&begun.id, &code).await.expect(200);
    service.again(&begun.id, &body).await.expect(202);
    assert_eq!(service.messages().await.len(), 1);
    service.advance(900).await;
    service.again(&begun.id, &body).await.problem(404, "not-found");
}

#[service_test]
async fn a_reset_has_five_orders() {
    let service = Service::start(json!({"sends": [{"count": 1, "seconds": 30}, {"count": 50, "seconds": 3600}]})).await;
    service.adele().await;
    let (begun, _) = service.begin_by_email().await;
    for _ in 0..6 {
        service.advance(31).await;
        service.again(&begun.id, &json!({"method": "email"})).await.expect(202);
    }
    assert_eq!(service.outbox("adele.vance@example.org").await.len(), 5);
}

#[service_test]
async fn guesses_never_change_the_response() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let unknown = service.begin("zelda@contoso.example", "mobileSms", PHONE).await;
    for number in 0..12 {
        let known = service.verify(&begun.id, &wrong(&code)).await;
        let other = service.verify(&unknown.id, "12345678").await;
        known.problem(422, "code-rejected");
        other.problem(422, "code-rejected");
        assert_eq!(known.shape(), other.shape(), "guess {number}");
    }
}

#[service_test]
async fn a_repeated_order_gets_the_same_response_even_after_the_reset_has_ended() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (begun, _) = service.begin_by_email().await;
    service.advance(30).await;
    let target = format!("/v1/resets/{}/codes", begun.id);
    let request = Request::post(&target, &json!({"method": "email"})).key("0123456789abcdef");
    let first = service.send(request.clone()).await.expect(202);
    service.advance(1000).await;
    assert_eq!(service.send(request).await.expect(202).body, first.body);
    assert_eq!(service.outbox("adele.vance@example.org").await.len(), 2);
    let late = Request::post(&target, &json!({"method": "email"})).key("fedcba9876543210");
    service.send(late).await.problem(404, "not-found");
}

async fn change_policy(service: &Service, changes: &Value) {
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let request = Request::new("PATCH", "/graph/v1.0/policies/passwordReset").json(changes);
    service.send(request.bearer(&token)).await.expect(204);
    // The change takes effect everywhere within a minute.
    service.advance(60).await;
}

#[service_test]
async fn a_key_repeats_its_response_after_any_policy_change() {
    const KEYS: [&str; 3] = ["0123456789abcdef-begin", "0123456789abcdef-order", "0123456789abcdef-later"];
    let service = Service::start(json!({"phoneProof": false})).await;
    service.adele().await;
    let text = begin("adele@contoso.example", "mobileSms", None);
    let begun = service.send(text.clone().key(KEYS[0])).await.expect(202);
    service.advance(31).await;
    let target = format!("/v1/resets/{}/codes", begun.text("resetId"));
    let again = Request::post(&target, &json!({"method": "mobileCall"}));
    let ordered = service.send(again.clone().key(KEYS[1])).await.expect(202);
    for changes in [json!({"phoneProof": true}), json!({"phoneProof": false, "methods": ["officeCall", "email"]})] {
        change_policy(&service, &changes).await;
        for (request, key, first) in [(&text, KEYS[0], &begun), (&again, KEYS[1], &ordered)] {
            let repeated = service.send(request.clone().key(key)).await;
            assert_eq!((repeated.status, &repeated.body), (202, &first.body), "{changes}");
            // Without the key or with a new one, the request is decided by the current policy. Its refusal is not
            // stored.
            service.send(request.clone()).await.problem(400, "malformed");
            for _ in 0..2 {
                service.send(request.clone().key(KEYS[2])).await.problem(400, "malformed");
            }
        }
        // Another body under a used key is refused as such, even if the policy would refuse it, too.
        let other = begin("adele@contoso.example", "mobileCall", None).key(KEYS[0]);
        service.send(other).await.problem(422, "idempotency-key-reused");
        let other = Request::post(&target, &json!({"method": "mobileSms"})).key(KEYS[1]);
        service.send(other).await.problem(422, "idempotency-key-reused");
    }
    assert_eq!(service.messages().await.len(), 2);
    change_policy(&service, &json!({"methods": ["mobileSms", "mobileCall", "email"]})).await;
    let later = service.send(text.key(KEYS[2])).await.expect(202);
    assert_ne!(later.text("resetId"), begun.text("resetId"));
    service.send(again.key(KEYS[2])).await.expect(202);
}
