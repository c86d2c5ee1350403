//! Who may not register, and which values cannot be registered.

use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;

use super::{
    NAME, NEW_PHONE, challenge, challenged, confirm, hush, mail, phone, prove, register, registration, remove,
};
use crate::support::{Reply, Request, Service};

/// Every request by which a person writes.
pub(super) fn writes(token: &str, challenge_id: &str, code: &str) -> Vec<Request> {
    let answers = json!({"answers": [{"questionId": "x", "answer": "an answer"}]});
    let mut requests = vec![
        challenge(token, &phone(NEW_PHONE)),
        prove(token, challenge_id, code),
        confirm(token),
        Request::new("PUT", "/v1/registration/security-questions").json(&answers).bearer(token),
    ];
    let kinds = ["mobilePhone", "officePhone", "email", "securityQuestions", "x"];
    requests.extend(kinds.map(|kind| remove(token, kind)));
    requests
}

#[service_test]
async fn writing_needs_a_fresh_sign_in_and_reading_does_not() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    service.advance(450).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(151).await;
    let before = registration(&service, &token).await;
    for request in writes(&token, &id, &code) {
        let reply = service.send(request).await;
        reply.problem(401, "unauthenticated");
        let header = "Bearer error=\"insufficient_user_authentication\", max_age=600";
        assert_eq!(reply.header("www-authenticate"), Some(header));
    }
    assert_eq!(registration(&service, &token).await, before);
    assert_eq!(service.messages().await.len(), 1, "no further message was sent");
    service.send(prove(&service.user(NAME).await, &id, &code)).await.expect(200);

    let strict = Service::start(json!({"freshSignInMinutes": 2})).await;
    strict.adele().await;
    let token = strict.user(NAME).await;
    strict.advance(121).await;
    let reply = strict.send(challenge(&token, &phone(NEW_PHONE))).await;
    assert_eq!(
        reply.header("www-authenticate"),
        Some("Bearer error=\"insufficient_user_authentication\", max_age=120")
    );
}

#[service_test]
async fn the_time_of_sign_in_counts_and_not_the_age_of_the_token() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.advance(3600).await;
    let now = shared::time::Clock::now(&*service.running.clock).seconds();
    let claims = |more: Value| {
        let mut claims = json!({"sub": "adele", "preferred_username": NAME});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        service.running.issuer.sign(claims).unwrap()
    };
    let refreshed = claims(json!({"auth_time": now - 700}));
    service.send(challenge(&refreshed, &phone(NEW_PHONE))).await.problem(401, "unauthenticated");
    let old = claims(json!({"iat": now - 700}));
    service.send(challenge(&old, &phone(NEW_PHONE))).await.problem(401, "unauthenticated");
    let fresh = claims(json!({}));
    service.send(challenge(&fresh, &phone(NEW_PHONE))).await.expect(202);
}

#[service_test]
async fn only_enabled_users_known_here_have_a_registration() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let unknown = service.user("nobody@contoso.example").await;
    let adele = service.user(NAME).await;
    let requests = |token: &str| {
        let mut requests = writes(token, "x", "12345678");
        requests.push(Request::get("/v1/registration").bearer(token));
        requests.push(Request::get("/v1/registration/question-catalogue").bearer(token));
        requests
    };
    service.patch(&id, &json!({"accountEnabled": false})).await.expect(204);
    for token in [&unknown, &adele, &service.admin] {
        for request in requests(token) {
            service.send(request).await.problem(403, "forbidden");
        }
    }
    for request in [Request::get("/v1/registration"), Request::post("/v1/registration/challenges", &phone(NEW_PHONE))] {
        let reply = service.send(request).await;
        reply.problem(401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    let reply = service.send(Request::new("PUT", "/v1/registration").bearer(&adele)).await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), Some("GET"));
    let reply = service.send(Request::get("/v1/registration/challenges").bearer(&adele)).await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), Some("POST"));
}

#[service_test]
async fn invalid_contacts_are_refused_by_form_and_country() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let before = registration(&service, &token).await;
    for body in [
        phone("+1 9005551234"),
        phone("+44 909 8790000"),
        phone("+44 70 1234 5678"),
        phone("+979 123456789"),
        phone("+800 1234 5678"),
        phone("+1 8005551234"),
        phone("+1 8769221234"),
        phone("+1 876 555 0123"),
        phone("+1 242 555 1234"),
        phone("+49 1512 3456789"),
        phone("+883 5100 12345678"),
        phone("+882 1612 34567"),
        phone("+44 20 7946 0958"),
        json!({"type": "mobilePhone", "value": "+1 8769221234", "delivery": "call"}),
        phone("4255550123"),
        phone("0014255550123"),
        phone("+1 425 FLOWERS"),
        phone("+1 425 555 O123"),
        phone("+1 4255550123, +1 4255550124"),
        phone("tel:+1-425-555-0123"),
        phone("+1 4255550123#"),
        phone("+1 4255550123;ext=7"),
        phone("911"),
        phone("+1 411"),
        phone(""),
        phone("adele@example.net"),
        json!({"type": "email", "value": "adele"}),
        json!({"type": "email", "value": "adele@example.net, other@example.net"}),
        json!({"type": "email", "value": "\"adele x\"@example.net"}),
        json!({"type": "email", "value": "Adele <adele@example.net>"}),
        json!({"type": "email", "value": "adele@localhost"}),
        json!({"type": "email", "value": "adele@example.net\r\nBcc: other@example.net"}),
        json!({"type": "email", "value": NEW_PHONE}),
        mail("adele@example.net."),
        mail(" adele@example.net"),
        mail("adele@example.net\t"),
        mail("adele@example.net\u{0}"),
        mail("\u{feff}adele@example.net"),
        mail("adele@exa\u{200b}mple.net"),
        mail("adele\u{202e}@example.net"),
        mail("ad\u{ad}ele@example.net"),
        mail("ad\u{131}le@example.net"),
        mail("\u{212a}adele@example.net"),
        mail("adele%00@example.net,x"),
    ] {
        let reply = service.send(challenge(&token, &body)).await;
        reply.problem(422, "contact-rejected");
        let text = reply.text("title") + &reply.text("detail");
        assert!(!["0123", "9005", "876", "adele", "FLOWERS"].iter().any(|echo| text.contains(echo)), "{text}");
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    assert_eq!(registration(&service, &token).await, before);
    // None of these was counted.
    service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
}

#[service_test]
async fn no_response_reveals_whether_somebody_else_has_the_value() {
    let service = Service::start(json!({})).await;
    let adele = service.adele().await;
    register(&service, &service.user(NAME).await, &phone("+1 4255550130")).await;
    service.create("abroad@contoso.example", json!({"mobilePhone": "+1 8769221234"})).await;
    service.create("lena@contoso.example", json!({})).await;
    service.create("mateo@contoso.example", json!({})).await;
    let (lena, mateo) = (service.user("lena@contoso.example").await, service.user("mateo@contoso.example").await);
    let detail = |reply: &Reply| (reply.status, reply.text("title"), reply.text("detail"));
    let taken = service.send(challenge(&lena, &phone("+1 8769221234"))).await;
    let free = service.send(challenge(&lena, &phone("+1 8769221235"))).await;
    assert_eq!(detail(&taken), detail(&free));
    for (owned, free) in [
        (phone("+1 4255550130"), phone("+1 4255550131")),
        (
            json!({"type": "email", "value": "adele.vance@example.org"}),
            json!({"type": "email", "value": "adele.vence@example.org"}),
        ),
    ] {
        let owned = service.send(challenge(&lena, &owned)).await.expect(202);
        let free = service.send(challenge(&mateo, &free)).await.expect(202);
        assert_eq!(owned.shape(), free.shape());
    }
    let target = format!("/graph/v1.0/users/{adele}");
    let user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200);
    assert_eq!(user.text("mobilePhone"), "+1 4255550100");
    let own = registration(&service, &service.user(NAME).await).await;
    assert_eq!(own["methods"][0]["value"], "+1 4255550130");
}

/// Asserts that a challenge is refused for about `around` seconds.
async fn limited(service: &Service, token: &str, body: &Value, around: u64) {
    let reply = service.send(challenge(token, body)).await;
    reply.problem(429, "rate-limited");
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds.is_multiple_of(5) && (around - 15..=around).contains(&seconds), "{seconds} is not about {around}");
}

#[service_test]
async fn a_person_has_three_challenges_an_hour_and_five_a_day() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    for _ in 0..3 {
        service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
    }
    limited(&service, &token, &phone(NEW_PHONE), 3600).await;
    limited(&service, &token, &json!({"type": "email", "value": "adele@example.net"}), 3600).await;
    assert_eq!(service.messages().await.len(), 3);
    // Another person has their own limits.
    service.create("lena@contoso.example", json!({})).await;
    service.send(challenge(&service.user("lena@contoso.example").await, &phone(NEW_PHONE))).await.expect(202);
    service.advance(3600).await;
    let token = service.user(NAME).await;
    for _ in 0..2 {
        service.send(challenge(&token, &phone("+1 4255550124"))).await.expect(202);
    }
    limited(&service, &token, &phone("+1 4255550124"), 86_400 - 3600).await;
}

#[service_test]
async fn a_person_has_four_new_values_a_day_and_those_on_file_are_not_new() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    // Two are mistyped before the right one is proved. On that day it counts as new, too.
    service.send(challenge(&token, &phone("+1 4255550124"))).await.expect(202);
    service.send(challenge(&token, &mail("own@example.nett"))).await.expect(202);
    register(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(3600).await;
    let token = service.user(NAME).await;
    service.send(challenge(&token, &phone("+1 4255550125"))).await.expect(202);
    limited(&service, &token, &phone("+1 4255550126"), 86_400 - 3600).await;
    // The type on file does not matter: this is her office phone's number.
    service.send(challenge(&token, &phone("+1 4255550111"))).await.expect(202);
}

#[service_test]
async fn no_unknown_member_is_accepted() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.create("lena@contoso.example", json!({})).await;
    let token = service.user(NAME).await;
    let before = registration(&service, &token).await;
    for (member, value) in [
        ("verified", json!(true)),
        ("phone_verified", json!(true)),
        ("verifiedAt", json!("2026-01-01T00:00:00Z")),
        ("role", json!("admin")),
        ("isAdmin", json!(true)),
        ("attempts", json!(0)),
        ("budget", json!(100)),
        ("gates", json!(2)),
        ("user_id", json!(id)),
        ("userName", json!("lena@contoso.example")),
        ("source", json!("directory")),
        ("usable", json!(true)),
        ("@odata.type", json!("x")),
    ] {
        let mut body = phone(NEW_PHONE);
        body[member] = value.clone();
        service.send(challenge(&token, &body)).await.problem(400, "malformed");
    }
    for body in [
        json!({}),
        json!({"type": "mobilePhone"}),
        json!({"value": NEW_PHONE}),
        json!({"type": "officePhone", "value": NEW_PHONE}),
        json!({"type": "securityQuestions", "value": "x"}),
        json!({"type": ["mobilePhone"], "value": NEW_PHONE}),
        json!({"type": "mobilePhone", "value": [NEW_PHONE, "+1 4255550124"]}),
        json!({"type": "mobilePhone", "value": {"S": NEW_PHONE}}),
        json!({"type": "mobilePhone", "value": 14_255_550_123_u64}),
        json!({"type": "mobilePhone", "value": NEW_PHONE, "delivery": "pigeon"}),
        json!({"type": "mobilePhone", "value": NEW_PHONE, "delivery": null}),
        json!({"type": "email", "value": "adele@example.net", "delivery": "sms"}),
    ] {
        service.send(challenge(&token, &body)).await.problem(400, "malformed");
    }
    let twice = br#"{"type":"mobilePhone","value":"+1 4255550123","value":"+1 4255550124"}"#;
    let request = Request::new("POST", "/v1/registration/challenges").header("Content-Type", "application/json");
    service.send(request.bytes(twice).bearer(&token)).await.problem(400, "malformed");
    assert_eq!(registration(&service, &token).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
}

/// Requests a challenge of a value while the provider gives these answers, and waits until its delivery has ended.
async fn asked_in_vain(service: &Service, token: &str, value: &str, answers: Vec<Dispatch>) {
    service.running.outbox.answer_next(answers);
    service.send(challenge(token, &phone(value))).await.expect(202);
    hush(service).await;
}

#[service_test]
async fn two_challenges_a_day_cost_nothing_if_no_code_is_sent_and_further_ones_count() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let refused = || vec![Dispatch::Refused("optedOut")];
    asked_in_vain(&service, &token, "+1 4255550121", refused()).await;
    asked_in_vain(&service, &token, "+1 4255550122", vec![Dispatch::TryAgain; 3]).await;
    // Neither counts as one of three challenges an hour or as one of four new values.
    asked_in_vain(&service, &token, NEW_PHONE, refused()).await;
    asked_in_vain(&service, &token, "+1 4255550124", refused()).await;
    // These two count, and another challenge is the third of the hour.
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    limited(&service, &token, &phone(NEW_PHONE), 3600).await;
    service.send(prove(&token, &id, &code)).await.expect(200);

    // A day later, two more cost nothing.
    service.advance(86_400).await;
    let token = service.user(NAME).await;
    for value in ["+1 4255550131", "+1 4255550132", "+1 4255550133", "+1 4255550134", "+1 4255550135"] {
        asked_in_vain(&service, &token, value, refused()).await;
    }
    limited(&service, &token, &phone("+1 4255550136"), 3600).await;
}

#[service_test]
async fn a_challenge_that_a_limit_stops_is_not_refunded() {
    let service = Service::start(json!({"sends": [{"count": 1, "seconds": 86_400}]})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    for _ in 0..3 {
        service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
    }
    assert_eq!(service.messages().await.len(), 1);
    limited(&service, &token, &phone(NEW_PHONE), 3600).await;
}
