//! `POST /v1/resets/{resetId}/codes` with `securityQuestions`: who is asked, and which questions.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    GOOD, MAIL, NAME, ask, asked, change_policy, counts, passed, policy, prove, register, registered, right,
    try_answers,
};
use crate::support::service::{begin, digits};
use crate::support::{Request, Service};

/// A day, in seconds.
const DAY: u64 = 24 * 3600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_questions_are_asked_for_a_day_however_often_and_at_whichever_reset() {
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
    // Nearly a day after they were drawn.
    service.advance(DAY - 120).await;
    assert_eq!(asked(&service, &passed(&service).await).await, drawn);
    // Each day others may be drawn: the same three of five ten times in a row have a chance of 1e-10.
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_are_asked_as_the_policy_wants_now() {
    let service = registered(&json!({})).await;
    assert_eq!(asked(&service, &passed(&service).await).await.len(), 3);
    change_policy(&service, &counts(5, 4)).await;
    assert_eq!(asked(&service, &passed(&service).await).await.len(), 4);
    // Who has registered fewer than are asked has nothing to answer.
    change_policy(&service, &counts(3, 3)).await;
    register(&service, &GOOD[..3]).await;
    assert_eq!(passed(&service).await.methods, json!(["mobileSms", "securityQuestions"]));
    change_policy(&service, &counts(5, 5)).await;
    let few = passed(&service).await;
    assert_eq!(few.methods, json!(["mobileSms"]));
    service.send(ask(&few.id, Some(&few.gate))).await.problem(400, "malformed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
    // One gate is enough here: nothing is asked, and nothing but the code proves it.
    change_policy(&service, &json!({"methodsRequired": 1})).await;
    let reply = service.verify(&begun.id, &code).await.expect(200).json();
    assert_eq!(reply["status"], "verified");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
        assert_eq!(service.send(ask(id, None)).await.shape(), none.shape(), "400 for every reset");
    }
    service.send(ask(unknown, Some(&one.gate))).await.problem(404, "not-found");
    service.send(ask("nothing", Some(&one.gate))).await.problem(404, "not-found");
    // What is not needed is not read.
    let body = json!({"method": "securityQuestions", "gateToken": one.gate, "phoneNumber": "no phone at all"});
    service.send(Request::post(&format!("/v1/resets/{}/codes", one.id), &body)).await.expect(200);
    service.advance(900).await;
    service.send(ask(&one.id, Some(&one.gate))).await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_no_questions_is_not_asked_any() {
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
    // A privileged user, whatever was registered before.
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    service.advance(1).await;
    refused(json!(["mobileSms"])).await;
    service.patch(&id, &json!({"isAdmin": false})).await.expect(204);
    service.advance(1).await;
    let open = passed(&service).await;
    assert_eq!(open.methods, json!(["mobileSms", "securityQuestions"]));
    let given = right(&service, &open, &GOOD).await;
    // The policy no longer offers them: nothing is asked, and what was asked proves nothing.
    change_policy(&service, &json!({"methods": ["email", "mobileSms"]})).await;
    refused(json!(["mobileSms"])).await;
    try_answers(&service, &open, &given).await.problem(422, "code-rejected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_once_the_pass_of_the_first_gate_is_void() {
    for change in [
        json!({"isAdmin": true}),
        json!({"mobilePhone": null}),
        json!({"passwordProfile": {"password": "x".repeat(9)}}),
    ] {
        let service = registered(&json!({})).await;
        let passed = passed(&service).await;
        service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200);
        service.patch("adele@contoso.example", &change).await.expect(204);
        service.send(ask(&passed.id, Some(&passed.gate))).await.problem(400, "malformed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_is_no_order_and_a_repeated_request_has_the_same_answer() {
    let service = registered(&json!({})).await;
    let passed = passed(&service).await;
    let request = ask(&passed.id, Some(&passed.gate)).key("0123456789abcdef");
    let body = service.send(request.clone()).await.expect(200).body;
    assert_eq!(service.send(request.clone()).await.expect(200).body, body);
    // Far more often than codes can be ordered: the fifth order is still to be had.
    for _ in 0..6 {
        service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200);
    }
    let before = service.outbox("+14255550100").await.len();
    let sms = json!({"method": "mobileSms", "phoneNumber": "+1 4255550100", "gateToken": passed.gate});
    service.again(&passed.id, &sms).await.expect(202);
    assert_eq!(service.outbox("+14255550100").await.len(), before + 1);
    let given = right(&service, &passed, &GOOD).await;
    try_answers(&service, &passed, &given).await.expect(200);
    // The gate is passed and its token dead: nothing is asked any more, nor told again.
    service.send(ask(&passed.id, Some(&passed.gate))).await.problem(400, "malformed");
    service.send(request).await.problem(400, "malformed");
    let other = ask(&passed.id, Some("another token")).key("0123456789abcdef");
    service.send(other).await.problem(422, "idempotency-key-reused");
}
