//! `POST /v1/resets/{resetId}/verifications` with `answers`: accepted once, if all are right, and with the gate token.

use aws::table::{Key, PARTITION, SORT};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::random::AccountId;

use super::{GOOD, MAIL, NAME, counts, last_code, passed, policy, prove, register, registered, right, try_answers};
use crate::support::client::together;
use crate::support::service::digits;
use crate::support::{Request, Service};

#[service_test]
async fn one_wrong_answer_at_any_place_is_refused_like_everything_else() {
    let service = registered(&counts(5, 5)).await;
    let passed = passed(&service).await;
    let unknown = service.send(prove("AAAAAAAAAAAAAAAAAAAAAA", Some(&passed.gate), &GOOD)).await;
    unknown.problem(422, "code-rejected");
    let detail = "the code or an answer is wrong, or the code is used, replaced or too old; order a new one";
    assert_eq!(unknown.json()["detail"], detail);
    for at in 0..5 {
        let mut given = GOOD;
        given[at].1 = "a wrong answer";
        let reply = try_answers(&service, &passed, &given).await;
        assert_eq!(reply.shape(), unknown.shape(), "place {at}");
    }
    let mut swapped = GOOD;
    (swapped[0].1, swapped[1].1) = (GOOD[1].1, GOOD[0].1);
    let mut other = GOOD;
    other[4].0 = "first-dish";
    let twice = [GOOD[0], GOOD[1], GOOD[2], GOOD[3], GOOD[3]];
    let all_wrong = GOOD.map(|(question, _)| (question, "wrong"));
    for given in [&swapped[..], &other, &twice, &all_wrong, &GOOD[..4]] {
        let reply = try_answers(&service, &passed, given).await;
        assert_eq!(reply.shape(), unknown.shape(), "{given:?}");
    }
    let mut turned = GOOD;
    turned.reverse();
    try_answers(&service, &passed, &turned).await.expect(200);
}

#[service_test]
async fn only_the_token_of_the_resets_own_first_gate_takes_answers_and_nothing_else_is_charged() {
    // Three evaluations: one for each reset's first gate, and one for the answers.
    let service = registered(&json!({"guessesPerDay": 3})).await;
    let (one, two) = (passed(&service).await, passed(&service).await);
    let given = right(&service, &one, &GOOD).await;
    let flipped = format!("{}{}", if one.gate.starts_with('A') { "B" } else { "A" }, &one.gate[1..]);
    for gate in [None, Some(two.gate.as_str()), Some(flipped.as_str())] {
        service.send(prove(&one.id, gate, &given)).await.problem(422, "code-rejected");
    }
    try_answers(&service, &one, &given).await.expect(200);
    // That was the last evaluation of the budget. Right answers at the other reset are refused.
    try_answers(&service, &two, &given).await.problem(422, "code-rejected");
}

#[service_test]
async fn malformed_answers_are_not_charged() {
    let service = registered(&json!({"guessesPerDay": 2, "triesPerCode": 1})).await;
    let passed = passed(&service).await;
    let given = right(&service, &passed, &GOOD).await;
    let target = format!("/v1/resets/{}/verifications", passed.id);
    let one = json!({"questionId": given[0].0, "answer": given[0].1});
    let with = |member: &str, value: Value| json!({"gateToken": passed.gate, member: value});
    for body in [
        json!({"gateToken": passed.gate}),
        with("answers", json!([])),
        with("answers", json!({})),
        with("answers", json!(null)),
        with("answers", json!("Quigley")),
        with("answers", json!([one, one, one, one, one, one])),
        with("answers", json!([["first-boss", "Quigley"]])),
        with("answers", json!([{"questionId": "first-boss"}])),
        with("answers", json!([{"questionId": "first-boss", "answer": 7}])),
        with("answers", json!([{"questionId": "first-boss", "answer": ["Quigley"]}])),
        with("answers", json!([{"questionId": "first-boss", "answer": {"$gt": ""}}])),
        with("answers", json!([{"questionId": "first-boss", "answer": "Quigley", "hint": "a bird"}])),
        with("answers", json!([{"questionId": "first-boss", "answer": "a".repeat(201)}])),
        json!({"answers": [one], "code": "12345678", "gateToken": passed.gate}),
        json!({"answers": [one], "gateToken": null}),
    ] {
        service.send(Request::post(&target, &body)).await.problem(400, "malformed");
    }
    // This is the last guess of both the account and the reset.
    try_answers(&service, &passed, &given).await.expect(200);
}

#[service_test]
async fn right_answers_at_once_yield_one_token() {
    let service = registered(&json!({"triesPerCode": 10})).await;
    let passed = passed(&service).await;
    let given = right(&service, &passed, &GOOD).await;
    let requests = vec![prove(&passed.id, Some(&passed.gate), &given); 15];
    let replies = together(requests, service.address()).await;
    let accepted: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(accepted.len(), 1);
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        refused.problem(422, "code-rejected");
    }
    let password = crate::support::service::NEW_PASSWORD;
    service.complete(&passed.id, &accepted[0].text("resetToken"), password).await.expect(204);
}

#[service_test]
async fn a_repeated_request_gets_the_same_response_and_is_charged_once() {
    let service = registered(&json!({"guessesPerDay": 3})).await;
    let passed = passed(&service).await;
    let given = right(&service, &passed, &GOOD).await;
    let mut wrong = given.clone();
    wrong[1].1 = "not this one";
    let refused = prove(&passed.id, Some(&passed.gate), &wrong).key("a-wrong-set-of-answers");
    for _ in 0..3 {
        service.send(refused.clone()).await.problem(422, "code-rejected");
    }
    let request = prove(&passed.id, Some(&passed.gate), &given).key("the-right-set-of-answers");
    let first = service.send(request.clone()).await.expect(200);
    let second = service.send(request.clone()).await.expect(200);
    assert_eq!(first.body, second.body);
    let other = prove(&passed.id, Some(&passed.gate), &wrong).key("the-right-set-of-answers");
    service.send(other).await.problem(422, "idempotency-key-reused");
    let password = crate::support::service::NEW_PASSWORD;
    service.complete(&passed.id, &first.text("resetToken"), password).await.expect(204);
    service.send(request).await.problem(422, "code-rejected");
}

#[service_test]
async fn a_pass_of_the_first_gate_dies_with_its_reset() {
    let service = Service::start(policy(&counts(3, 3))).await;
    service.adele().await;
    register(&service, &GOOD[..3]).await;
    let late = passed(&service).await;
    service.advance(900).await;
    try_answers(&service, &late, &GOOD[..3]).await.problem(422, "code-rejected");
    // A completion revokes the other resets.
    let (one, two) = (passed(&service).await, passed(&service).await);
    let token = try_answers(&service, &one, &GOOD[..3]).await.expect(200).text("resetToken");
    service.complete(&one.id, &token, crate::support::service::NEW_PASSWORD).await.expect(204);
    try_answers(&service, &two, &GOOD[..3]).await.problem(422, "code-rejected");
    // So does a change of the account. The answers do not work at the reset of another account.
    service.advance(1).await;
    let three = passed(&service).await;
    service.advance(1).await;
    service.patch(NAME, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    try_answers(&service, &three, &GOOD[..3]).await.problem(422, "code-rejected");
    service
        .create("lena@contoso.example", json!({"otherMails": ["lena@example.org"], "mobilePhone": "+1 4255550101"}))
        .await;
    let lena = service.begin("lena@contoso.example", "email", None).await;
    let code = digits(&last_code(&service, "lena@example.org").await);
    let gate = service.verify(&lena.id, &code).await.expect(200).text("gateToken");
    service.send(prove(&lena.id, Some(&gate), &GOOD[..3])).await.problem(422, "code-rejected");
    assert_ne!(last_code(&service, MAIL).await["text"], last_code(&service, "lena@example.org").await["text"]);
}

/// Changes Adele's stored answers directly in the table.
async fn tamper(service: &Service, account: &str, update: &str, value: Option<AttributeValue>) {
    let key = Key::questions(&AccountId::parse(account).unwrap());
    let request = service.running.client.update_item().table_name(service.running.table);
    let request = request
        .key(PARTITION, AttributeValue::S(key.partition))
        .key(SORT, AttributeValue::S(key.sort))
        .update_expression(update)
        .set_expression_attribute_names(update.contains('#').then(|| [("#hash".to_owned(), "hash".to_owned())].into()))
        .set_expression_attribute_values(value.map(|value| [(":value".to_owned(), value)].into()));
    request.send().await.expect("the item is changed");
}

#[service_test]
async fn an_unreadable_verifier_and_one_of_another_question_accept_nothing() {
    let service = Service::start(policy(&counts(3, 3))).await;
    let id = service.adele().await;
    register(&service, &GOOD[..3]).await;
    let passed = passed(&service).await;
    // The first two verifiers swap their questions.
    tamper(&service, &id, "SET answers[0].question = :value", Some(AttributeValue::S(GOOD[1].0.into()))).await;
    tamper(&service, &id, "SET answers[1].question = :value", Some(AttributeValue::S(GOOD[0].0.into()))).await;
    let swapped = [(GOOD[0].0, GOOD[1].1), (GOOD[1].0, GOOD[0].1), GOOD[2]];
    try_answers(&service, &passed, &swapped).await.problem(422, "code-rejected");
    tamper(&service, &id, "SET answers[0].question = :value", Some(AttributeValue::S(GOOD[0].0.into()))).await;
    tamper(&service, &id, "SET answers[1].question = :value", Some(AttributeValue::S(GOOD[1].0.into()))).await;
    for verifier in ["", "walrus", "$argon2id$v=19$m=4294967295,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA"] {
        let verifier = AttributeValue::S(verifier.into());
        tamper(&service, &id, "SET answers[2].verifier.#hash = :value", Some(verifier)).await;
        let reply = try_answers(&service, &passed, &GOOD[..3]).await;
        reply.problem(503, "unavailable");
        assert_eq!(reply.header("retry-after"), Some("5"));
    }
    // One verifier is missing.
    tamper(&service, &id, "REMOVE answers[2]", None).await;
    try_answers(&service, &passed, &GOOD[..3]).await.problem(422, "code-rejected");
}
