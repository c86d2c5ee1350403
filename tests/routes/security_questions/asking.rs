//! `POST /v1/resets/{resetId}/codes` with `securityQuestions`: who is asked, and which questions.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    GOOD, MAIL, NAME, ask, asked, change_policy, counts, passed, policy, prove, register, registered, right,
    try_answers,
};
use crate::support::service::{NEW_PASSWORD, begin, digits};
use crate::support::{Request, Service};

/// A day, in seconds.
const DAY: u64 = 24 * 3600;

#[service_test]
async fn the_same_questions_are_asked_for_a_day_at_every_reset() {
    let service = registered(&json!({})).await;
    let first = passed(&service).await;
    let drawn = asked(&service, &first).await;
    let body = service.send(ask(&first.id, Some(&first.gate))).await.expect(200).body;
    for _ in 0..50 {
        assert_eq!(service.send(ask(&first.id, Some(&first.gate))).await.expect(200).body, body);
    }
    let mut wrong = right(&service, &first, &GOOD).await;
    wrong[0].1 = "not this one";
    try_answers(&service, &first, &wrong).await.problem(422, "code-rejected");
    assert_eq!(asked(&service, &first).await, drawn, "a wrong try draws no others");
    assert_eq!(asked(&service, &passed(&service).await).await, drawn);
    // The same questions are asked until nearly a day after they were drawn.
    service.advance(DAY - 120).await;
    assert_eq!(asked(&service, &passed(&service).await).await, drawn);
    // Each day the questions are drawn anew. The chance of the same three of five ten times in a row is 1e-10.
    let mut seen = BTreeSet::new();
    for _ in 0..11 {
        service.advance(DAY).await;
        let mut today = asked(&service, &passed(&service).await).await;
        today.sort();
        assert_eq!(today.len(), 3);
        seen.insert(today);
    }
    assert!(seen.len() > 1, "{seen:?}");
}

#[service_test]
async fn the_current_policy_says_how_many_are_asked() {
    let service = registered(&json!({})).await;
    assert_eq!(asked(&service, &passed(&service).await).await.len(), 3);
    change_policy(&service, &counts(5, 4)).await;
    assert_eq!(asked(&service, &passed(&service).await).await.len(), 4);
    // A person who has registered fewer questions than are asked is not asked any.
    change_policy(&service, &counts(3, 3)).await;
    register(&service, &GOOD[..3]).await;
    assert_eq!(passed(&service).await.methods, json!(["mobileSms", "securityQuestions"]));
    change_policy(&service, &counts(5, 5)).await;
    let few = passed(&service).await;
    assert_eq!(few.methods, json!(["mobileSms"]));
    service.send(ask(&few.id, Some(&few.gate))).await.problem(400, "malformed");
}

#[service_test]
async fn questions_are_asked_in_the_language_of_their_owner() {
    let service = Service::start(policy(&counts(3, 3))).await;
    let contacts = json!({"otherMails": [MAIL], "mobilePhone": "+1 4255550100", "preferredLanguage": "de-CH"});
    service.create(NAME, contacts).await;
    register(&service, &GOOD[..3]).await;
    let passed = passed(&service).await;
    let body = service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200).json();
    let mut texts: Vec<&str> =
        body["questions"].as_array().unwrap().iter().map(|question| question["text"].as_str().unwrap()).collect();
    texts.sort_unstable();
    assert_eq!(
        texts,
        [
            "Welchen Film haben Sie bei Ihrem ersten Kinobesuch gesehen?",
            "Wer spielte auf Ihrem ersten Konzert?",
            "Wo haben Sie schwimmen gelernt?"
        ]
    );
}

#[service_test]
async fn questions_are_never_the_first_gate() {
    let service = registered(&json!({})).await;
    service.send(begin(NAME, "securityQuestions", None)).await.problem(400, "malformed");
    let begun = service.begin(NAME, "email", None).await;
    let code = digits(&super::last_code(&service, MAIL).await);
    service.send(ask(&begun.id, None)).await.problem(400, "malformed");
    service.send(ask(&begun.id, Some(&"A".repeat(43)))).await.problem(400, "malformed");
    let nobody = service.begin("zelda@contoso.example", "email", None).await;
    let unknown = service.send(prove(&nobody.id, None, &GOOD[..3])).await;
    unknown.problem(422, "code-rejected");
    for gate in [None, Some("A".repeat(43))] {
        let known = service.send(prove(&begun.id, gate.as_deref(), &GOOD[..3])).await;
        assert_eq!(known.shape(), unknown.shape());
    }
    // If one gate is enough, nothing is asked, and the code alone proves the reset.
    change_policy(&service, &json!({"methodsRequired": 1})).await;
    let reply = service.verify(&begun.id, &code).await.expect(200).json();
    assert_eq!(reply["status"], "verified");
}

#[service_test]
async fn only_the_token_of_the_resets_own_first_gate_shows_the_questions() {
    let service = registered(&json!({})).await;
    let (one, two) = (passed(&service).await, passed(&service).await);
    let flipped = format!("{}{}", if one.gate.starts_with('A') { "B" } else { "A" }, &one.gate[1..]);
    let none = service.send(ask(&one.id, None)).await;
    none.problem(400, "malformed");
    for gate in [two.gate.as_str(), flipped.as_str(), "", "x", &one.gate.repeat(2)] {
        let reply = service.send(ask(&one.id, Some(gate))).await;
        assert_eq!(reply.shape(), none.shape(), "{gate}");
    }
    let unknown = "AAAAAAAAAAAAAAAAAAAAAA";
    for id in [unknown, "nothing"] {
        assert_eq!(service.send(ask(id, None)).await.shape(), none.shape(), "every reset gets 400");
    }
    service.send(ask(unknown, Some(&one.gate))).await.problem(404, "not-found");
    service.send(ask("nothing", Some(&one.gate))).await.problem(404, "not-found");
    // A member that is not needed is not read.
    let body = json!({"method": "securityQuestions", "gateToken": one.gate, "phoneNumber": "no phone at all"});
    service.send(Request::post(&format!("/v1/resets/{}/codes", one.id), &body)).await.expect(200);
    service.advance(900).await;
    service.send(ask(&one.id, Some(&one.gate))).await.problem(404, "not-found");
}

#[service_test]
async fn a_person_without_questions_is_not_asked_any() {
    let service = Service::start(policy(&json!({}))).await;
    let id = service.adele().await;
    let refused = async |methods: serde_json::Value| {
        let passed = passed(&service).await;
        assert_eq!(passed.methods, methods);
        service.send(ask(&passed.id, Some(&passed.gate))).await.problem(400, "malformed");
        try_answers(&service, &passed, &GOOD[..3]).await.problem(422, "code-rejected");
    };
    refused(json!(["mobileSms"])).await;
    register(&service, &GOOD).await;
    assert_eq!(passed(&service).await.methods, json!(["mobileSms", "securityQuestions"]));
    // A privileged user is not asked, even if questions are registered.
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    service.advance(1).await;
    refused(json!(["mobileSms"])).await;
    service.patch(&id, &json!({"isAdmin": false})).await.expect(204);
    service.advance(1).await;
    let open = passed(&service).await;
    assert_eq!(open.methods, json!(["mobileSms", "securityQuestions"]));
    let given = right(&service, &open, &GOOD).await;
    // Once the policy no longer offers questions, none are asked, and right answers prove nothing.
    change_policy(&service, &json!({"methods": ["email", "mobileSms"]})).await;
    refused(json!(["mobileSms"])).await;
    try_answers(&service, &open, &given).await.problem(422, "code-rejected");
}

#[service_test]
async fn nothing_is_asked_once_the_pass_of_the_first_gate_is_revoked() {
    for change in
        [json!({"isAdmin": true}), json!({"mobilePhone": null}), json!({"passwordProfile": {"password": NEW_PASSWORD}})]
    {
        let service = registered(&json!({})).await;
        let passed = passed(&service).await;
        service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200);
        service.patch("adele@contoso.example", &change).await.expect(204);
        service.send(ask(&passed.id, Some(&passed.gate))).await.problem(400, "malformed");
    }
}

#[service_test]
async fn asking_is_not_an_order_and_a_repeated_request_has_the_same_response() {
    let service = registered(&json!({})).await;
    let passed = passed(&service).await;
    let request = ask(&passed.id, Some(&passed.gate)).key("0123456789abcdef");
    let body = service.send(request.clone()).await.expect(200).body;
    assert_eq!(service.send(request.clone()).await.expect(200).body, body);
    // More often than codes may be ordered. A code can still be ordered afterwards.
    for _ in 0..6 {
        service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200);
    }
    let before = service.outbox("+14255550100").await.len();
    let sms = json!({"method": "mobileSms", "phoneNumber": "+1 4255550100", "gateToken": passed.gate});
    service.again(&passed.id, &sms).await.expect(202);
    assert_eq!(service.outbox("+14255550100").await.len(), before + 1);
    let given = right(&service, &passed, &GOOD).await;
    try_answers(&service, &passed, &given).await.expect(200);
    // The gate is passed and its token dead. No questions are asked any more, and a repeated request is refused, too.
    service.send(ask(&passed.id, Some(&passed.gate))).await.problem(400, "malformed");
    service.send(request).await.problem(400, "malformed");
    let other = ask(&passed.id, Some("another token")).key("0123456789abcdef");
    service.send(other).await.problem(422, "idempotency-key-reused");
}
