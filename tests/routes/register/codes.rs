//! The codes of challenges: who may use them, how often they may be tried, and what they register.

use serde_json::json;

use super::{
    NAME, NEW_PHONE, challenge, challenged, challenged_at, mail, phone, prove, register, registration, rejected, remove,
};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, digits, long_code, wrong};
use crate::support::{Request, Service};

#[service_test]
async fn nobody_elses_token_verifies_a_challenge() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({"mobilePhone": "+1 4255550101"})).await;
    let (adele, lena) = (service.user(NAME).await, service.user("lena@contoso.example").await);
    let before = registration(&service, &lena).await;
    let (id, code) = challenged(&service, &adele, &phone(NEW_PHONE)).await;
    // These are more tries than a code has. None is charged to Adele's challenge.
    for _ in 0..6 {
        rejected(&service, prove(&lena, &id, &code)).await;
    }
    assert_eq!(registration(&service, &lena).await, before);
    assert_eq!(registration(&service, &adele).await["methods"], json!([]));
    service.send(prove(&adele, &id, &code)).await.expect(200);
    assert_eq!(registration(&service, &lena).await, before);
}

#[service_test]
async fn a_code_may_be_tried_as_often_as_the_policy_says() {
    let service = Service::start(json!({"triesPerCode": 3})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    for _ in 0..2 {
        rejected(&service, prove(&token, &id, &wrong(&code))).await;
    }
    service.send(prove(&token, &id, &code)).await.expect(200);

    let (id, code) = challenged(&service, &token, &phone("+1 4255550124")).await;
    for _ in 0..3 {
        rejected(&service, prove(&token, &id, &wrong(&code))).await;
    }
    rejected(&service, prove(&token, &id, &code)).await;
    assert_eq!(registration(&service, &token).await["methods"][0]["value"], NEW_PHONE);
}

#[service_test]
async fn guesses_at_challenges_have_a_daily_budget_apart_from_the_resets() {
    let service = Service::start(json!({"guessesPerDay": 6})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    for value in [NEW_PHONE, "+1 4255550124"] {
        let (id, code) = challenged(&service, &token, &phone(value)).await;
        for _ in 0..3 {
            rejected(&service, prove(&token, &id, &wrong(&code))).await;
        }
    }
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    rejected(&service, prove(&token, &id, &code)).await;
    // The guesses at a person's own challenges do not count against resets.
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[service_test]
async fn malformed_codes_are_refused_and_not_charged() {
    let service = Service::start(json!({"triesPerCode": 1})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let target = format!("/v1/registration/challenges/{id}/verifications");
    for body in [
        json!({"code": ""}),
        json!({"code": "12345"}),
        json!({"code": "12345678901"}),
        json!({"code": "abcdefgh"}),
        json!({"code": 12_345_678}),
        json!({"code": [code]}),
        json!({"code": {"$gt": 0}}),
        json!({"code": null}),
        json!({"code": code, "verified": true}),
        json!({"answers": []}),
        json!({}),
    ] {
        service.send(Request::post(&target, &body).bearer(&token)).await.problem(400, "malformed");
    }
    service.send(prove(&token, &id, &code)).await.expect(200);
}

#[service_test]
async fn a_code_is_used_once_however_many_send_it_at_once() {
    let service = Service::start(json!({"triesPerCode": 10, "guessesPerDay": 100, "guessesPer30Days": 100})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let replies = together((0..20).map(|_| prove(&token, &id, &code)).collect(), service.address()).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.problem(422, "code-rejected");
    }
    rejected(&service, prove(&token, &id, &code)).await;
    assert_eq!(registration(&service, &token).await["methods"].as_array().unwrap().len(), 1);
}

#[service_test]
async fn a_code_expires() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(300).await;
    rejected(&service, prove(&token, &id, &code)).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(150).await;
    service.send(prove(&token, &id, &code)).await.expect(200);
}

#[service_test]
async fn an_unknown_challenge_is_refused_like_a_wrong_code() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let wrong = service.send(prove(&token, &id, &wrong(&code))).await;
    for other in ["x", &"A".repeat(id.len()), "..", &format!("{id}A"), "user%23account"] {
        let reply = service.send(prove(&token, other, &code)).await;
        reply.problem(422, "code-rejected");
        assert_eq!(reply.shape(), wrong.shape(), "{other}");
    }
}

#[service_test]
async fn a_resets_code_proves_no_challenge_and_a_challenges_code_no_reset() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (begun, reset_code) = service.begin_by_sms().await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let (by_mail, message) = service.begin_by_email().await;
    let long = long_code(&message);
    rejected(&service, prove(&token, &id, &reset_code)).await;
    rejected(&service, prove(&token, &id, &long)).await;
    rejected(&service, prove(&token, &begun.id, &reset_code)).await;
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    service.verify(&by_mail.id, &code).await.problem(422, "code-rejected");
    service.verify(&id, &code).await.problem(422, "code-rejected");
    // Each code still works where it belongs.
    service.verify(&begun.id, &reset_code).await.expect(200);
    service.send(prove(&token, &id, &code)).await.expect(200);
}

#[service_test]
async fn a_registration_kills_live_codes_long_codes_and_tokens_of_resets() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (proved, code) = service.begin_by_sms().await;
    let reset_token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
    let (by_mail, message) = service.begin_by_email().await;
    let called = service.begin(NAME, "officeCall", Some("+1 4255550111")).await;
    let call = service.outbox("+14255550111").await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    service.complete(&proved.id, &reset_token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.verify(&called.id, &digits(&call[0])).await.problem(422, "code-rejected");
    let long = long_code(&message);
    service.verify(&by_mail.id, &digits(&message)).await.problem(422, "code-rejected");
    service.verify(&by_mail.id, &long).await.problem(422, "code-rejected");
    service.advance(31).await;
    let (fresh, _) = service.begin_by_email().await;
    service.verify(&fresh.id, &long).await.problem(422, "code-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}

#[service_test]
async fn an_idempotency_key_repeats_a_challenge_and_its_verification() {
    const ONE: &str = "0123456789abcdef-one";
    const TWO: &str = "0123456789abcdef-two";
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({})).await;
    let (adele, lena) = (service.user(NAME).await, service.user("lena@contoso.example").await);
    let first = service.send(challenge(&adele, &phone(NEW_PHONE)).key(ONE)).await.expect(202);
    for _ in 0..4 {
        let again = service.send(challenge(&service.user(NAME).await, &phone(NEW_PHONE)).key(ONE)).await.expect(202);
        assert_eq!(again.body, first.body);
    }
    assert_eq!(service.messages().await.len(), 1);
    service.send(challenge(&adele, &phone("+1 4255550124")).key(ONE)).await.problem(422, "idempotency-key-reused");
    // The same key of another person is a different key.
    let other = service.send(challenge(&lena, &phone(NEW_PHONE)).key(ONE)).await.expect(202);
    assert_ne!(other.text("challengeId"), first.text("challengeId"));
    service.send(challenge("x", &phone(NEW_PHONE)).key(ONE)).await.problem(401, "unauthenticated");

    let (id, code) = (first.text("challengeId"), digits(&service.outbox("+14255550123").await[0]));
    let done = service.send(prove(&adele, &id, &code).key(TWO)).await.expect(200);
    let again = service.send(prove(&adele, &id, &code).key(TWO)).await.expect(200);
    assert_eq!(again.body, done.body);
    rejected(&service, prove(&adele, &id, &code)).await;
    service.send(prove(&adele, &id, &wrong(&code)).key(TWO)).await.problem(422, "idempotency-key-reused");
    rejected(&service, prove(&lena, &id, &code).key(TWO)).await;
    // A repeated refusal is charged once.
    let (id, code) = challenged(&service, &adele, &phone("+1 4255550124")).await;
    for _ in 0..6 {
        rejected(&service, prove(&adele, &id, &wrong(&code)).key("0123456789abcdef-three")).await;
    }
    service.send(prove(&adele, &id, &code)).await.expect(200);
    for key in ["short", &"k".repeat(256), "with a space in it"] {
        service.send(challenge(&adele, &phone(NEW_PHONE)).key(key)).await.problem(400, "malformed");
    }
}

#[service_test]
async fn a_verification_is_repeated_unchanged_whatever_happens_to_the_method() {
    const KEYS: [&str; 2] = ["0123456789abcdef-phone", "0123456789abcdef-email"];
    // A fixed line that no reset can use. The repeated response says that, too.
    let service = Service::start(json!({"methods": ["mobileSms", "email"]})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let line = json!({"type": "mobilePhone", "value": "+44 20 7946 0958x7", "delivery": "call"});
    let (asked, code) = challenged_at(&service, &token, &line, "+442079460958").await;
    let by_phone = prove(&token, &asked, &code).key(KEYS[0]);
    let first = service.send(by_phone.clone()).await.expect(200);
    let body = first.json();
    assert_eq!((&body["value"], &body["reason"]), (&json!("+44 2079460958x7"), &json!("fixedLine")));
    let (asked, code) = challenged(&service, &token, &mail("Own@example.net")).await;
    let by_mail = prove(&token, &asked, &code).key(KEYS[1]);
    let second = service.send(by_mail.clone()).await.expect(200);
    let same = async |service: &Service| {
        for (request, reply) in [(&by_phone, &first), (&by_mail, &second)] {
            let again = service.send(request.clone()).await;
            assert_eq!((again.status, &again.body), (200, &reply.body), "{:?}", reply.json());
        }
    };
    same(&service).await;
    service.send(remove(&token, "email")).await.expect(204);
    same(&service).await;
    // A repeated response registers nothing again.
    let kinds = async |service: &Service| {
        let methods = registration(service, &token).await["methods"].clone();
        methods.as_array().unwrap().iter().map(|one| one["value"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&service).await, ["+44 2079460958x7"]);
    // The line is replaced by the same line with another extension.
    let line = json!({"type": "mobilePhone", "value": "+44 20 7946 0958x9", "delivery": "call"});
    let (asked_again, code_again) = challenged_at(&service, &token, &line, "+442079460958").await;
    service.send(prove(&token, &asked_again, &code_again)).await.expect(200);
    same(&service).await;
    service.send(remove(&token, "mobilePhone")).await.expect(204);
    same(&service).await;
    assert_eq!(kinds(&service).await, [""; 0]);
    // A day later the key is free, and the code used up.
    service.advance(86_400).await;
    rejected(&service, prove(&service.user(NAME).await, &asked, &code).key(KEYS[1])).await;
}

#[service_test]
async fn a_rate_limit_is_not_stored_under_an_idempotency_key() {
    const KEY: &str = "0123456789abcdef-limit";
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    for _ in 0..3 {
        service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
    }
    for _ in 0..2 {
        service.send(challenge(&token, &phone(NEW_PHONE)).key(KEY)).await.problem(429, "rate-limited");
    }
    service.advance(3600).await;
    let token = service.user(NAME).await;
    service.send(challenge(&token, &phone(NEW_PHONE)).key(KEY)).await.expect(202);
}

#[service_test]
async fn a_challenge_is_repeated_after_any_policy_change() {
    const KEYS: [&str; 2] = ["0123456789abcdef-first", "0123456789abcdef-later"];
    let service = Service::start(json!({})).await;
    service.adele().await;
    let policy = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let allow = async |countries: &[&str]| {
        let request = Request::new("PATCH", "/graph/v1.0/policies/passwordReset");
        let request = request.json(&json!({"allowedCountries": countries})).bearer(&policy);
        service.send(request).await.expect(204);
        service.advance(60).await;
    };
    let token = service.user(NAME).await;
    let asked = challenge(&token, &phone(NEW_PHONE));
    let first = service.send(asked.clone().key(KEYS[0])).await.expect(202);
    // The code leaves before its country is forbidden.
    assert_eq!(service.messages().await.len(), 1);
    allow(&["GB"]).await;
    let again = service.send(asked.clone().key(KEYS[0])).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    service.send(asked.clone()).await.problem(422, "contact-rejected");
    for _ in 0..2 {
        service.send(asked.clone().key(KEYS[1])).await.problem(422, "contact-rejected");
    }
    let other = challenge(&token, &phone("+1 4255550124")).key(KEYS[0]);
    service.send(other).await.problem(422, "idempotency-key-reused");
    assert_eq!(service.messages().await.len(), 1);
    // A refusal by form or policy is not stored, so the request is decided anew.
    allow(&["US"]).await;
    let later = service.send(asked.key(KEYS[1])).await.expect(202);
    assert_ne!(later.text("challengeId"), first.text("challengeId"));
}

#[service_test]
async fn an_administrator_restores_a_persons_guesses_at_challenges() {
    let service = Service::start(json!({"guessesPerDay": 6})).await;
    let id = service.adele().await;
    let token = service.user(NAME).await;
    for value in [NEW_PHONE, "+1 4255550124"] {
        let (id, code) = challenged(&service, &token, &phone(value)).await;
        for _ in 0..3 {
            rejected(&service, prove(&token, &id, &wrong(&code))).await;
        }
    }
    let (asked, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    rejected(&service, prove(&token, &asked, &code)).await;
    let unblock = format!("/graph/v1.0/users/{id}/authentication/unblockPasswordReset");
    service.send(Request::new("POST", &unblock).bearer(&service.admin)).await.expect(204);
    service.send(prove(&token, &asked, &code)).await.expect(200);
}
