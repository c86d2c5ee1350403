//! `PUT /v1/registration/security-questions` and the catalogue: the rules, and the consequences of a new set.

use serde_json::{Value, json};

use super::{
    CATALOGUE, GOOD, MAIL, NAME, PUT, answers, ask, asked, audited, change_policy, counts, passed, policy, put,
    register, registered, try_answers,
};
use crate::support::{Reply, Request, Service};

/// A question's id and an answer.
type QuestionAndAnswer<'a> = (&'a str, &'a str);

/// Asserts the reasons of a refusal of answers, and the rest of the problem.
#[track_caller]
fn refused(reply: &Reply, reasons: &[&str]) {
    let body = reply.json();
    assert_eq!(body["reasons"], json!(reasons), "{body}");
    assert_eq!((reply.status, &body["code"]), (422, &json!("answers-rejected")));
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(body["type"], "urn:rekey:problem:answers-rejected");
    assert_eq!(body["title"], "The answers are not accepted");
    assert_eq!(body["detail"], "the answers break the rules in reasons; the registered answers remain");
    assert_eq!(body.as_object().unwrap().len(), 7, "{body}");
    reply.fixed_headers();
}

/// [`GOOD`] with another question or answer at one index.
fn with<'a>(at: usize, question: &'a str, answer: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut given: Vec<(&str, &str)> = GOOD.to_vec();
    given[at] = (question, answer);
    given
}

async fn questions(service: &Service) -> Value {
    let token = service.user(NAME).await;
    service.send(Request::get("/v1/registration").bearer(&token)).await.expect(200).json()["securityQuestions"].clone()
}

#[service_test]
async fn every_rule_is_enforced_at_its_limit_and_reported_by_its_reason() {
    let service = Service::start(policy(&counts(4, 3))).await;
    let names = json!({"displayName": "Adele Vance", "givenName": "Adèle", "surname": "Vance"});
    service.create(NAME, names).await;
    let token = service.user(NAME).await;
    let (forty, more) = ("ö".repeat(40), "ö".repeat(41));
    let spread = format!("  {}  {} ", "a".repeat(20), "b".repeat(19));
    let boss = |answer| with(4, "first-boss", answer);
    let cases: Vec<(Vec<QuestionAndAnswer<'_>>, &[&str])> = vec![
        (GOOD[..3].to_vec(), &["too-few"]),
        ([&GOOD[..], &[("first-dish", "pancakes")]].concat(), &["too-many"]),
        (boss("Qu"), &["too-short"]),
        (boss("   Qu   "), &["too-short"]),
        (boss(""), &["too-short"]),
        (boss("a\u{301}b\u{301}"), &["too-short"]),
        (boss(&more), &["too-long"]),
        (boss("LOCH  Lömond"), &["repeated-answer"]),
        (boss("ｇｒｏｓｓｅ ｓｔｒａｓｓｅ ７"), &["repeated-answer"]),
        (with(4, "first-film", "Quigley"), &["repeated-question"]),
        (with(4, "first-boss-of-all", "Quigley"), &["unknown-question"]),
        (with(4, "First-Boss", "Quigley"), &["unknown-question"]),
        (with(4, "learned-to-swim", "where did you learn to swim"), &["repeated-question", "repeats-question"]),
        (with(2, "learned-to-swim", "Where did you learn to swim?"), &["repeats-question"]),
        (with(2, "learned-to-swim", "WO HABEN SIE SCHWIMMEN GELERNT"), &["repeats-question"]),
        (with(2, "learned-to-swim", "ou avez-vous appris a nager ?"), &["repeats-question"]),
        (with(2, "learned-to-swim", "Donde aprendió a nadar"), &["repeats-question"]),
        (boss(NAME), &["repeats-name"]),
        (boss("ADELE"), &["repeats-name"]),
        (boss("adele  vance"), &["repeats-name"]),
        (boss("Ｖａｎｃｅ"), &["repeats-name"]),
        (vec![("x", "no"), ("x", "no")], &["too-few", "unknown-question", "repeated-question", "too-short"]),
    ];
    for (given, reasons) in &cases {
        refused(&service.send(put(&token, given)).await, reasons);
    }
    assert_eq!(questions(&service).await, json!({"registered": 0, "required": 4}), "nothing was registered");
    for given in [GOOD[..4].to_vec(), boss("Qui"), boss(&forty), boss(&spread), boss("Adele's boss")] {
        service.send(put(&token, &given)).await.expect(204);
    }
    assert_eq!(questions(&service).await, json!({"registered": 5, "required": 4}));
}

#[service_test]
async fn malformed_requests_are_refused() {
    let service = registered(&json!({})).await;
    let token = service.user(NAME).await;
    let one = json!({"questionId": "first-boss", "answer": "Quigley"});
    for body in [
        json!({}),
        json!({"answers": []}),
        json!({"answers": {}}),
        json!({"answers": null}),
        json!({"answers": "Quigley"}),
        json!({"answers": [["first-boss", "Quigley"]]}),
        json!({"answers": [{"questionId": "first-boss"}]}),
        json!({"answers": [{"questionId": "first-boss", "answer": null}]}),
        json!({"answers": [{"questionId": "first-boss", "answer": 7}]}),
        json!({"answers": [{"questionId": ["first-boss"], "answer": "Quigley"}]}),
        json!({"answers": [{"questionId": "first-boss", "answer": "Quigley", "hint": "a bird"}]}),
        json!({"answers": [one], "hint": "a bird"}),
    ] {
        let request = Request::new("PUT", PUT).json(&body).bearer(&token);
        service.send(request).await.problem(400, "malformed");
    }
    assert_eq!(questions(&service).await, json!({"registered": 5, "required": 5}), "the registered questions stay");
}

#[service_test]
async fn questions_are_off_by_default_and_never_an_administrators() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let token = service.user(NAME).await;
    refused(&service.send(put(&token, &GOOD)).await, &["not-offered"]);
    change_policy(&service, &policy(&json!({}))).await;
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    let token = service.user(NAME).await;
    refused(&service.send(put(&token, &GOOD)).await, &["not-for-administrators"]);
    assert_eq!(questions(&service).await["registered"], 0);
}

#[service_test]
async fn writing_needs_a_recent_sign_in_and_reading_needs_a_user() {
    let service = registered(&json!({})).await;
    let stale = service.user(NAME).await;
    service.advance(601).await;
    let reply = service.send(put(&stale, &GOOD)).await;
    reply.problem(401, "unauthenticated");
    let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=600";
    assert_eq!(reply.header("www-authenticate"), Some(challenge));
    service.send(Request::get(CATALOGUE).bearer(&stale)).await.expect(200);
    let unsigned = Request::new("PUT", PUT).json(&json!({"answers": answers(&GOOD)}));
    service.send(unsigned).await.problem(401, "unauthenticated");
    service.send(Request::get(CATALOGUE)).await.problem(401, "unauthenticated");
    for token in [service.admin.clone(), service.user("zelda@contoso.example").await] {
        service.send(put(&token, &GOOD)).await.problem(403, "forbidden");
        service.send(Request::get(CATALOGUE).bearer(&token)).await.problem(403, "forbidden");
    }
    let token = service.user(NAME).await;
    for (method, path, allowed) in
        [("GET", PUT, "PUT"), ("POST", PUT, "PUT"), ("DELETE", PUT, "PUT"), ("PUT", CATALOGUE, "GET")]
    {
        let reply = service.send(Request::new(method, path).json(&json!({})).bearer(&token)).await;
        reply.problem(405, "method-not-allowed");
        assert_eq!(reply.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[service_test]
async fn the_catalogue_is_in_the_persons_language_and_ends_with_the_policys_questions() {
    let custom = json!({"custom": [{"questionId": "Ship_1", "text": "What was your ship?"}]});
    let service = Service::start(policy(&json!({"securityQuestions": custom, "defaultLanguage": "fr"}))).await;
    let texts = async |name: &str, more: Value| {
        service.create(name, more).await;
        let token = service.user(name).await;
        let reply = service.send(Request::get(CATALOGUE).bearer(&token)).await.expect(200);
        reply.fixed_headers();
        let body = reply.json();
        let questions = body["questions"].as_array().unwrap().clone();
        assert_eq!((body.as_object().unwrap().len(), questions.len()), (1, 36));
        assert_eq!(questions[35], json!({"questionId": "Ship_1", "text": "What was your ship?"}));
        let swim = questions.iter().find(|question| question["questionId"] == "learned-to-swim").unwrap();
        assert_eq!(swim.as_object().unwrap().len(), 2);
        swim["text"].as_str().unwrap().to_owned()
    };
    for (name, language, expected) in [
        ("a@contoso.example", json!({}), "Où avez-vous appris à nager\u{a0}?"),
        ("b@contoso.example", json!({"preferredLanguage": "en-GB"}), "Where did you learn to swim?"),
        ("c@contoso.example", json!({"preferredLanguage": "de-AT"}), "Wo haben Sie schwimmen gelernt?"),
        ("d@contoso.example", json!({"preferredLanguage": "es"}), "¿Dónde aprendió a nadar?"),
        ("e@contoso.example", json!({"preferredLanguage": "ja"}), "Où avez-vous appris à nager\u{a0}?"),
    ] {
        assert_eq!(texts(name, language).await, expected, "{name}");
    }
}

#[service_test]
async fn a_new_set_sends_notices_is_recorded_and_revokes_resets_under_way() {
    let service = registered(&json!({})).await;
    let before = passed(&service).await;
    let first = asked(&service, &before).await;
    service.advance(1).await;
    service.empty_outbox().await;
    let others = [
        ("childhood-book", "Momo"),
        ("childhood-game", "Marbles"),
        ("childhood-song", "Guten Abend"),
        ("childhood-shop", "Wagner"),
        ("family-summers", "Usedom"),
    ];
    register(&service, &others).await;
    let notified = service.outbox(MAIL).await;
    assert_eq!(notified.len(), 1, "{notified:?}");
    assert_eq!(notified[0]["reference"], "");
    // The reset under way is revoked, even with right answers.
    let old: Vec<(&str, &str)> = GOOD.iter().filter(|(id, _)| first.iter().any(|asked| asked == id)).copied().collect();
    try_answers(&service, &before, &old).await.problem(422, "code-rejected");
    let after = passed(&service).await;
    let second = asked(&service, &after).await;
    assert!(second.iter().all(|id| others.iter().any(|(other, _)| other == id)), "{second:?}");
    let given: Vec<(&str, &str)> =
        others.iter().filter(|(id, _)| second.iter().any(|asked| asked == id)).copied().collect();
    try_answers(&service, &after, &given).await.expect(200);

    for (activity, old, new) in
        [("User registered security info", json!(null), "5"), ("User updated security info", json!("5"), "5")]
    {
        let records = audited(&service, activity).await;
        assert_eq!(records.len(), 1, "{activity}");
        assert_eq!((&records[0]["result"], &records[0]["category"]), (&json!("success"), &json!("UserManagement")));
        let changed = &records[0]["targetResources"][0]["modifiedProperties"];
        assert_eq!(*changed, json!([{"displayName": "securityQuestions", "oldValue": old, "newValue": new}]));
        assert_eq!(records[0]["initiatedBy"]["user"]["userPrincipalName"], NAME);
    }
}

#[service_test]
async fn a_repeated_request_has_the_same_response_and_no_second_effect() {
    let service = Service::start(policy(&json!({}))).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let short = put(&token, &with(4, "first-boss", "Qu")).key("refused-0123456789");
    for _ in 0..2 {
        refused(&service.send(short.clone()).await, &["too-short"]);
    }
    for _ in 0..3 {
        let reply = service.send(put(&token, &GOOD).key("accepted-0123456789")).await.expect(204);
        assert_eq!(reply.body, b"");
    }
    assert_eq!(audited(&service, "User registered security info").await.len(), 1);
    assert_eq!(audited(&service, "User updated security info").await.len(), 0);
    assert_eq!(service.outbox(MAIL).await.len(), 1);
    let other = put(&token, &with(4, "first-boss", "Quigley II")).key("accepted-0123456789");
    service.send(other).await.problem(422, "idempotency-key-reused");
    // A key belongs to its account.
    service.create("lena@contoso.example", json!({})).await;
    let lena = service.user("lena@contoso.example").await;
    service.send(put(&lena, &GOOD).key("accepted-0123456789")).await.expect(204);
}

#[service_test]
async fn a_question_removed_from_the_policy_is_still_asked_if_it_was_answered() {
    let custom = |questions: Value| json!({"securityQuestions": {"requiredToRegister": 3, "requiredToReset": 3, "custom": questions}});
    let ship = json!([{"questionId": "ship", "text": "What was your ship?"}]);
    let service = Service::start(policy(&custom(ship))).await;
    service.adele().await;
    let given = [GOOD[0], GOOD[1], ("ship", "Andrea Doria")];
    register(&service, &given).await;
    let again = [GOOD[0], GOOD[1], ("ship", "what was your ship")];
    let token = service.user(NAME).await;
    refused(&service.send(put(&token, &again)).await, &["repeats-question"]);
    // The policy first rewords the question, then removes it.
    for questions in [json!([{"questionId": "ship", "text": "Which ship carried you?"}]), json!([])] {
        change_policy(&service, &custom(questions)).await;
        let passed = passed(&service).await;
        let body = service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200).json();
        let asked = body["questions"].as_array().unwrap();
        assert!(asked.contains(&json!({"questionId": "ship", "text": "What was your ship?"})), "{body}");
        try_answers(&service, &passed, &given).await.expect(200);
    }
    let token = service.user(NAME).await;
    refused(&service.send(put(&token, &given)).await, &["unknown-question"]);
    assert_eq!(questions(&service).await, json!({"registered": 3, "required": 3}));
}
