//! Security questions: registering them, and passing the second gate with their answers.

mod asking;
mod budget;
mod proving;
mod registering;

use serde_json::{Value, json};

use crate::support::service::{NEW_PASSWORD, digits};
use crate::support::{Reply, Request, Service};

const NAME: &str = "adele@contoso.example";
const MAIL: &str = "adele.vance@example.org";
const PUT: &str = "/v1/registration/security-questions";
const CATALOGUE: &str = "/v1/registration/question-catalogue";
const POLICY: &str = "/graph/v1.0/policies/passwordReset";
/// Questions and answers that meet every rule.
const GOOD: [(&str, &str); 5] = [
    ("first-concert", "Motörhead"),
    ("first-film", "The Third Man"),
    ("learned-to-swim", "Loch Lomond"),
    ("first-own-street", "Große Straße 7"),
    ("first-boss", "Quigley"),
];

/// A policy that requires two gates, offers questions, and has no limit that matters here. `changes` replace members.
fn policy(changes: &Value) -> Value {
    let mut policy = json!({
        "methods": ["email", "mobileSms", "securityQuestions"], "methodsRequired": 2,
        "sends": [{"count": 100, "seconds": 3600}], "beginsPerSourceAndName": {"count": 1000},
        "triesPerCode": 10, "guessesPerDay": 100, "guessesPer30Days": 100
    });
    policy.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    policy
}

/// The policy's members for how many questions must be registered and how many are asked.
fn counts(register: u8, reset: u8) -> Value {
    json!({"securityQuestions": {"requiredToRegister": register, "requiredToReset": reset}})
}

fn answers(given: &[(&str, &str)]) -> Value {
    given.iter().map(|(question, answer)| json!({"questionId": question, "answer": answer})).collect()
}

fn put(token: &str, given: &[(&str, &str)]) -> Request {
    Request::new("PUT", PUT).json(&json!({"answers": answers(given)})).bearer(token)
}

/// Registers questions for Adele. Lets a second pass, because a reset begun at the same moment would count as revoked.
async fn register(service: &Service, given: &[(&str, &str)]) {
    let token = service.user(NAME).await;
    let reply = service.send(put(&token, given)).await.expect(204);
    reply.fixed_headers();
    assert_eq!(reply.body, b"");
    service.advance(1).await;
}

/// A service with that policy, in which Adele has registered [`GOOD`].
async fn registered(changes: &Value) -> Service {
    let service = Service::start(policy(changes)).await;
    service.adele().await;
    register(&service, &GOOD).await;
    service
}

/// A reset whose first gate is passed, with the methods for the second.
struct Passed {
    id: String,
    gate: String,
    methods: Value,
}

/// The last message with a code to a destination.
async fn last_code(service: &Service, to: &str) -> Value {
    let messages = service.outbox(to).await;
    messages.into_iter().rfind(|message| message["reference"] != "").expect("a message with a code")
}

/// Passes the first gate of a new reset of Adele's by email.
async fn passed(service: &Service) -> Passed {
    let begun = service.begin(NAME, "email", None).await;
    let code = digits(&last_code(service, MAIL).await);
    let reply = service.verify(&begun.id, &code).await.expect(200).json();
    assert_eq!(reply["status"], "anotherMethodRequired");
    Passed { id: begun.id, gate: reply["gateToken"].as_str().unwrap().to_owned(), methods: reply["methods"].clone() }
}

/// The request for the questions of a reset.
fn ask(id: &str, gate: Option<&str>) -> Request {
    let mut body = json!({"method": "securityQuestions"});
    if let Some(gate) = gate {
        body["gateToken"] = json!(gate);
    }
    Request::post(&format!("/v1/resets/{id}/codes"), &body)
}

/// The ids of the questions that are asked.
async fn asked(service: &Service, passed: &Passed) -> Vec<String> {
    let questions = service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200).json();
    let questions = questions["questions"].as_array().unwrap();
    questions.iter().map(|question| question["questionId"].as_str().unwrap().to_owned()).collect()
}

/// The right answers to the questions that are asked, out of `known`.
async fn right<'a>(service: &Service, passed: &Passed, known: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let asked = asked(service, passed).await;
    let answer = |id: &String| *known.iter().find(|(question, _)| question == id).expect("a known question");
    asked.iter().map(answer).collect()
}

/// The request that submits answers, with or without a gate token.
fn prove(id: &str, gate: Option<&str>, given: &[(&str, &str)]) -> Request {
    let mut body = json!({"answers": answers(given)});
    if let Some(gate) = gate {
        body["gateToken"] = json!(gate);
    }
    Request::post(&format!("/v1/resets/{id}/verifications"), &body)
}

async fn try_answers(service: &Service, passed: &Passed, given: &[(&str, &str)]) -> Reply {
    service.send(prove(&passed.id, Some(&passed.gate), given)).await
}

async fn change_policy(service: &Service, changes: &Value) {
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    service.send(Request::new("PATCH", POLICY).json(changes).bearer(&token)).await.expect(204);
    // Every function reads the new policy within a minute.
    service.advance(60).await;
}

/// The audit's records of an activity, newest first.
async fn audited(service: &Service, activity: &str) -> Vec<Value> {
    let token = service.application(&["AuditLog.Read.All"]).await;
    let filter = format!("activityDisplayName%20eq%20'{}'", activity.replace(' ', "%20"));
    let target = format!("/graph/v1.0/auditLogs/directoryAudits?$filter={filter}");
    let reply = service.send(Request::get(&target).bearer(&token)).await.expect(200).json();
    reply["value"].as_array().unwrap().clone()
}

#[service_test]
async fn an_email_and_then_the_answers_set_a_new_password() {
    let service = registered(&json!({})).await;
    let passed = passed(&service).await;
    assert_eq!(passed.methods, json!(["mobileSms", "securityQuestions"]));
    let sent = service.messages().await.len();
    let reply = service.send(ask(&passed.id, Some(&passed.gate))).await.expect(200);
    reply.fixed_headers();
    let body = reply.json();
    let questions = body["questions"].as_array().unwrap();
    assert_eq!((body.as_object().unwrap().len(), questions.len()), (1, 3));
    let token = service.user(NAME).await;
    let catalogue = service.send(Request::get(CATALOGUE).bearer(&token)).await.expect(200).json();
    for question in questions {
        assert!(catalogue["questions"].as_array().unwrap().contains(question), "{question}");
    }
    assert_eq!(service.messages().await.len(), sent, "asking questions sends nothing");

    let given = right(&service, &passed, &GOOD).await;
    let reply = try_answers(&service, &passed, &given).await.expect(200);
    reply.fixed_headers();
    let body = reply.json();
    assert_eq!((&body["status"], body.as_object().unwrap().len()), (&json!("verified"), 3));
    assert_eq!(body["resetToken"].as_str().unwrap().len(), 43);
    assert!(body["expiresAt"].is_string());
    // The same answers are not accepted again.
    try_answers(&service, &passed, &given).await.problem(422, "code-rejected");
    service.complete(&passed.id, &passed.gate, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.complete(&passed.id, &reply.text("resetToken"), NEW_PASSWORD).await.expect(204);
    service.check(NAME, NEW_PASSWORD).await.expect(200);
    let steps = audited(&service, "Self-service password reset flow activity progress").await;
    let shown = steps.iter().filter(|step| {
        step["resultReason"] == "User completed the security questions verification option"
            && step["result"] == "success"
    });
    assert_eq!(shown.count(), 1);
}

#[service_test]
async fn answers_match_in_any_case_width_accent_and_spacing() {
    let service = Service::start(policy(&counts(5, 5))).await;
    service.adele().await;
    let typed = [
        ("first-concert", "  Motörhead "),
        ("first-film", "THE  third\tMan"),
        ("learned-to-swim", "Loch Lomond"),
        ("first-own-street", "Große Straße 7"),
        ("first-boss", "Ｑｕｉｇｌｅｙ"),
    ];
    register(&service, &typed).await;
    for other in [
        ["Motörhead", "The Third Man", "Loch Lomond", "Große Straße 7", "Quigley"],
        ["MOTORHEAD", "the third man", "LOCH LOMOND", "GROSSE STRASSE 7", "quigley"],
        ["Moto\u{308}rhead", "The\u{a0}Third\u{2003}Man", " Loch   Lomond\n", "große stra\u{1e9e}e ７", "QUIGLEÝ"],
        [
            "ｍｏｔｏｒｈｅａｄ",
            "Ｔｈｅ　Ｔｈｉｒｄ　Ｍａｎ",
            "loch lömond",
            "Gro\u{17f}\u{17f}e Straſſe 7",
            "qui\u{300}gley",
        ],
    ] {
        let given: Vec<(&str, &str)> =
            typed.iter().zip(other).map(|((question, _), answer)| (*question, answer)).collect();
        let passed = passed(&service).await;
        try_answers(&service, &passed, &given).await.expect(200);
    }
    for (at, other) in [(0, "Motoerhead"), (1, "TheThirdMan"), (3, "Große Straße"), (4, "Quigley.")] {
        let mut given = typed;
        given[at].1 = other;
        let passed = passed(&service).await;
        try_answers(&service, &passed, &given).await.problem(422, "code-rejected");
    }
}

#[service_test]
async fn the_table_holds_no_answer_and_each_verifier_has_its_own_salt() {
    let service = registered(&json!({})).await;
    let passed = passed(&service).await;
    let given = right(&service, &passed, &GOOD).await;
    let mut wrong = given.clone();
    wrong[0].1 = "a wrong answer of a stranger";
    let key = "0123456789abcdef-0123456789abcdef";
    service.send(prove(&passed.id, Some(&passed.gate), &wrong).key(key)).await.problem(422, "code-rejected");
    try_answers(&service, &passed, &given).await.expect(200);
    let page = service.running.client.scan().table_name(service.running.table).send().await.unwrap();
    assert!(page.last_evaluated_key.is_none(), "one page holds it all");
    let text = format!("{:?}", page.items.unwrap_or_default());
    assert!(text.contains("first-concert"), "the dump is whole");
    let lower = text.to_lowercase();
    let answers = GOOD.map(|(_, answer)| answer.to_lowercase());
    let folded =
        ["motorhead", "the third man", "loch lomond", "grosse strasse 7", "quigley", "a wrong answer of a stranger"];
    for answer in answers.iter().map(String::as_str).chain(folded) {
        assert!(!lower.contains(answer), "{answer}");
    }
    let verifiers: Vec<&str> =
        text.match_indices("$argon2id$v=19$m=19456,t=2,p=1$").map(|(at, found)| &text[at + found.len()..]).collect();
    // The verifiers of five answers, and of the password.
    let mut salts: Vec<&str> = verifiers.iter().map(|rest| rest.split('$').next().unwrap()).collect();
    assert!(salts.iter().all(|salt| salt.len() == 22), "{salts:?}");
    salts.sort_unstable();
    salts.dedup();
    assert_eq!((verifiers.len(), salts.len()), (6, 6));
}
