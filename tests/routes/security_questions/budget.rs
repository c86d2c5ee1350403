//! One budget for everything that can be guessed, and the same cost for known and unknown names.

use serde_json::{Value, json};

use super::{GOOD, MAIL, NAME, asked, audited, last_code, passed, prove, registered, right, try_answers};
use crate::support::service::{digits, long_code, wrong};
use crate::support::{Request, Service};

const MOBILE: &str = "+14255550100";

async fn second(service: &Service, id: &str, gate: &str, code: &str) -> crate::support::Reply {
    let body = json!({"code": code, "gateToken": gate});
    service.send(Request::post(&format!("/v1/resets/{id}/verifications"), &body)).await
}

#[service_test]
async fn codes_and_answers_share_one_budget_and_the_long_code_is_outside_it() {
    let service = registered(&json!({"guessesPerDay": 10, "phoneProof": false})).await;
    let begun = service.begin(NAME, "mobileSms", None).await;
    let code = digits(&last_code(&service, MOBILE).await);
    for _ in 0..3 {
        service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    }
    let reply = service.verify(&begun.id, &code).await.expect(200);
    let passed = super::Passed { id: begun.id, gate: reply.text("gateToken"), methods: Value::Null };
    let given = right(&service, &passed, &GOOD).await;
    let mut bad = given.clone();
    bad[2].1 = "not this one";
    for _ in 0..3 {
        try_answers(&service, &passed, &bad).await.problem(422, "code-rejected");
    }
    service.again(&passed.id, &json!({"method": "email", "gateToken": passed.gate})).await.expect(202);
    let mail = last_code(&service, MAIL).await;
    assert_eq!(audited(&service, "Blocked from self-service password reset").await, [Value::Null; 0]);
    for _ in 0..3 {
        second(&service, &passed.id, &passed.gate, &wrong(&digits(&mail))).await.problem(422, "code-rejected");
    }
    // Ten guesses were evaluated, so neither right digits nor right answers are accepted any more.
    let late = try_answers(&service, &passed, &given).await;
    late.problem(422, "code-rejected");
    assert_eq!(second(&service, &passed.id, &passed.gate, &digits(&mail)).await.shape(), late.shape());
    let blocked = audited(&service, "Blocked from self-service password reset").await;
    assert_eq!(blocked.len(), 1, "{blocked:?}");
    assert_eq!(
        (&blocked[0]["result"], &blocked[0]["resultReason"]),
        (&json!("failure"), &json!("the guess budget is spent"))
    );
    assert_eq!(blocked[0]["targetResources"][0]["userPrincipalName"], NAME);
    let steps = audited(&service, "Self-service password reset flow activity progress").await;
    assert_eq!(blocked[0]["correlationId"], steps[0]["correlationId"]);
    second(&service, &passed.id, &passed.gate, &long_code(&mail)).await.expect(200);
}

/// Digits beyond a code's tries are charged to the code, and never compared. Answers have no tries of a code: only the
/// account's budget limits them.
#[service_test]
async fn dead_digits_use_up_no_answers() {
    let service = registered(&json!({"triesPerCode": 2, "guessesPerDay": 10})).await;
    let begun = service.begin(NAME, "email", None).await;
    let mail = last_code(&service, MAIL).await;
    for _ in 0..9 {
        service.verify(&begun.id, &wrong(&digits(&mail))).await.problem(422, "code-rejected");
    }
    let reply = service.verify(&begun.id, &long_code(&mail)).await.expect(200);
    let passed = super::Passed { id: begun.id, gate: reply.text("gateToken"), methods: Value::Null };
    let given = right(&service, &passed, &GOOD).await;
    let mut bad = given.clone();
    bad[0].1 = "not this one";
    // Two of the digits were evaluated, so eight of ten guesses are left.
    for _ in 0..7 {
        try_answers(&service, &passed, &bad).await.problem(422, "code-rejected");
    }
    try_answers(&service, &passed, &given).await.expect(200);
}

#[service_test]
async fn the_last_guess_may_be_answers_and_is_recorded_once() {
    let service = registered(&json!({"guessesPerDay": 3})).await;
    let passed = passed(&service).await;
    let given = right(&service, &passed, &GOOD).await;
    let mut bad = given.clone();
    bad[0].1 = "not this one";
    for _ in 0..3 {
        try_answers(&service, &passed, &bad).await.problem(422, "code-rejected");
    }
    try_answers(&service, &passed, &given).await.problem(422, "code-rejected");
    let blocked = audited(&service, "Blocked from self-service password reset").await;
    assert_eq!(blocked.len(), 1, "{blocked:?}");
    // The window rolls: a day later there are three more guesses.
    service.advance(24 * 3600).await;
    let tomorrow = super::passed(&service).await;
    let given = right(&service, &tomorrow, &GOOD).await;
    try_answers(&service, &tomorrow, &given).await.expect(200);
    assert_eq!(audited(&service, "Blocked from self-service password reset").await.len(), 1);
}

/// How many requests to the table `verify-code` makes for one request.
async fn cost(service: &Service, request: Request) -> u64 {
    let count = || service.running.counts()["verify-code"];
    let before = count();
    service.send(request).await.problem(422, "code-rejected");
    count() - before
}

#[service_test]
async fn refused_answers_and_last_guesses_cost_the_same_for_known_and_unknown_names() {
    let service = registered(&json!({"guessesPerDay": 3})).await;
    let open = passed(&service).await;
    asked(&service, &open).await;
    let known = service.begin(NAME, "email", None).await;
    service.begin("zelda@contoso.example", "email", None).await;
    let unknown = service.begin("zelda@contoso.example", "email", None).await;
    // With the gate token, a guess is charged to the account: its second of three, later its last, and then one that is
    // no longer compared. Without it, each name has a decoy with three guesses of its own. The answers are wrong
    // whichever questions were drawn.
    let wrong_answers = GOOD.map(|(question, _)| (question, "not this one"));
    let at_gate = async || cost(&service, prove(&open.id, Some(&open.gate), &wrong_answers[..3])).await;
    let bare = async |id: &str| cost(&service, prove(id, None, &wrong_answers[..3])).await;
    assert_eq!(at_gate().await, 3);
    for expected in [3, 3, 4, 2] {
        assert_eq!(bare(&known.id).await, expected, "a known name");
        assert_eq!(bare(&unknown.id).await, expected, "an unknown one");
    }
    assert_eq!((at_gate().await, at_gate().await), (4, 2));

    // The same with codes, until the guess log of the account is full, and that of an unknown name.
    let service = Service::start(json!({"guessesPerDay": 2})).await;
    service.adele().await;
    service.begin(NAME, "email", None).await;
    let code = wrong(&digits(&last_code(&service, MAIL).await));
    let known = service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    let unknown = service.begin("zelda@contoso.example", "email", None).await;
    service.outbox(MOBILE).await;
    // The policy is read once a minute.
    service.verify("AAAAAAAAAAAAAAAAAAAAAA", &code).await.problem(422, "code-rejected");
    for expected in [2, 3, 2] {
        let request = |id: &str| crate::support::service::verify(id, &code);
        assert_eq!(
            (cost(&service, request(&known.id)).await, cost(&service, request(&unknown.id)).await),
            (expected, expected)
        );
    }
}
