//! Proving one's identity: by digits, by a long code, by answers to security questions, and with a wrong code.

use serde_json::{Value, json};

use super::sweep::{Flow, sweep};
use super::{KEY, MAIL, NAME, World, audited};
use crate::support::service::{digits, long_code, verify, wrong};
use crate::support::{Reply, Request, Service};

const PROGRESS: &str = "Self-service password reset flow activity progress";
const BY_SMS: &str = "User completed the mobile SMS verification option";
const BY_EMAIL: &str = "User completed the email verification option";
const BY_ANSWERS: &str = "User completed the security questions verification option";
const GOOD: [(&str, &str); 3] =
    [("first-concert", "Motörhead"), ("first-film", "The Third Man"), ("learned-to-swim", "Loch Lomond")];

/// A policy that evaluates this many guesses and not one more.
fn guesses(times: u32) -> Value {
    json!({"triesPerCode": times, "guessesPerDay": times, "guessesPer30Days": times})
}

/// Whether a method was proved, according to the audit's record of it.
async fn is_proved(world: &World, reason: &str, when: &str) -> bool {
    let records = audited(world, PROGRESS, Some(reason)).await;
    assert!(records <= 1, "{when}: {records} records");
    records == 1
}

/// Asserts that a proof is not accepted again and that its token works: only the password is refused.
async fn is_spent(service: &Service, reset: &str, again: Request, answer: Option<&Reply>) {
    service.send(again).await.problem(422, "code-rejected");
    if let Some(answer) = answer {
        service.complete(reset, &answer.text("resetToken"), "short").await.problem(422, "password-rejected");
    }
}

pub(super) struct Digits;

impl Flow for Digits {
    type Subject = (String, String);
    const FUNCTION: &'static str = "verify-code";
    const ALREADY: Option<(u16, &'static str)> = None;

    fn policy(&self, times: u32) -> Value {
        guesses(times)
    }

    async fn prepare(&self, world: &World) -> (String, String) {
        let (begun, code) = world.service.begin_by_sms().await;
        (begun.id, code)
    }

    fn request(&self, _: &World, (reset, code): &(String, String)) -> Request {
        verify(reset, code).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 200 && reply.text("status") == "verified"
    }

    async fn is_done(&self, world: &World, _: &(String, String), when: &str) -> bool {
        is_proved(world, BY_SMS, when).await
    }

    async fn afterwards(&self, world: &World, (reset, code): &(String, String), answer: Option<&Reply>, _: &str) {
        is_spent(&world.service, reset, verify(reset, code), answer).await;
    }
}

/// A wrong code. It is never accepted, and costs at most one guess each time it is sent.
struct Wrong;

impl Flow for Wrong {
    type Subject = (String, String);
    const FUNCTION: &'static str = "verify-code";
    const ALREADY: Option<(u16, &'static str)> = None;
    const CHANGES: bool = false;

    fn policy(&self, times: u32) -> Value {
        guesses(times + 1)
    }

    async fn prepare(&self, world: &World) -> (String, String) {
        Digits.prepare(world).await
    }

    fn request(&self, _: &World, (reset, code): &(String, String)) -> Request {
        verify(reset, &wrong(code)).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 422 && reply.json()["code"] == "code-rejected"
    }

    async fn is_done(&self, world: &World, _: &(String, String), when: &str) -> bool {
        is_proved(world, BY_SMS, when).await
    }

    async fn afterwards(&self, world: &World, (reset, code): &(String, String), _: Option<&Reply>, when: &str) {
        let right = world.service.verify(reset, code).await;
        assert_eq!(right.status, 200, "{when}: the last guess is left");
    }
}

pub(super) struct Long;

impl Flow for Long {
    type Subject = (String, String);
    const FUNCTION: &'static str = "verify-code";
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, world: &World) -> (String, String) {
        let (begun, message) = world.service.begin_by_email().await;
        (begun.id, long_code(&message))
    }

    fn request(&self, _: &World, (reset, code): &(String, String)) -> Request {
        verify(reset, code).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        Digits.is_right(reply)
    }

    async fn is_done(&self, world: &World, _: &(String, String), when: &str) -> bool {
        is_proved(world, BY_EMAIL, when).await
    }

    async fn afterwards(&self, world: &World, (reset, code): &(String, String), answer: Option<&Reply>, _: &str) {
        is_spent(&world.service, reset, verify(reset, code), answer).await;
        let other = world.service.begin(NAME, "mobileSms", Some(super::MOBILE)).await;
        world.service.verify(&other.id, code).await.problem(422, "code-rejected");
    }
}

/// The first of two gates. Passing it draws the questions that may open the second.
pub(super) struct FirstGate;

impl Flow for FirstGate {
    type Subject = (String, String);
    const FUNCTION: &'static str = "verify-code";
    const ALREADY: Option<(u16, &'static str)> = None;

    fn policy(&self, times: u32) -> Value {
        let mut policy = guesses(times);
        policy["methods"] = json!(["email", "mobileSms", "securityQuestions"]);
        policy["methodsRequired"] = json!(2);
        policy["securityQuestions"] = json!({"requiredToRegister": 3, "requiredToReset": 3});
        policy
    }

    async fn prepare(&self, world: &World) -> (String, String) {
        register_questions(world).await;
        let begun = world.service.begin(NAME, "email", None).await;
        let messages = world.service.outbox(MAIL).await;
        let code = digits(messages.iter().rfind(|message| message["reference"] != "").unwrap());
        (begun.id, code)
    }

    fn request(&self, _: &World, (reset, code): &(String, String)) -> Request {
        verify(reset, code).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 200 && reply.text("status") == "anotherMethodRequired"
    }

    async fn is_done(&self, world: &World, _: &(String, String), when: &str) -> bool {
        is_proved(world, BY_EMAIL, when).await
    }

    /// Asserts that a proof is not accepted again and that its token opens the second gate.
    async fn afterwards(&self, world: &World, (reset, code): &(String, String), answer: Option<&Reply>, _: &str) {
        world.service.send(verify(reset, code)).await.problem(422, "code-rejected");
        let gate = answer.unwrap().text("gateToken");
        let ask = json!({"method": "securityQuestions", "gateToken": gate});
        let asked = world.service.again(reset, &ask).await.expect(200).json();
        assert_eq!(asked["questions"].as_array().unwrap().len(), 3);
    }
}

fn answers() -> Value {
    GOOD.iter().map(|(id, text)| json!({"questionId": id, "answer": text})).collect()
}

async fn register_questions(world: &World) {
    let put = Request::new("PUT", "/v1/registration/security-questions").json(&json!({"answers": answers()}));
    world.service.send(put.bearer(&world.service.user(NAME).await)).await.expect(204);
    // A reset begun at the same moment would count as revoked.
    world.service.advance(1).await;
}

pub(super) struct Answers;

/// A reset whose first gate is passed.
pub(super) struct Passed {
    reset: String,
    body: Value,
}

impl Flow for Answers {
    type Subject = Passed;
    const FUNCTION: &'static str = "verify-code";
    const ALREADY: Option<(u16, &'static str)> = None;

    fn policy(&self, times: u32) -> Value {
        FirstGate.policy(times + 1)
    }

    async fn prepare(&self, world: &World) -> Passed {
        let (reset, code) = FirstGate.prepare(world).await;
        let gate = world.service.verify(&reset, &code).await.expect(200).text("gateToken");
        Passed { reset, body: json!({"answers": answers(), "gateToken": gate}) }
    }

    fn request(&self, _: &World, passed: &Passed) -> Request {
        Request::post(&format!("/v1/resets/{}/verifications", passed.reset), &passed.body).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        Digits.is_right(reply)
    }

    async fn is_done(&self, world: &World, _: &Passed, when: &str) -> bool {
        is_proved(world, BY_ANSWERS, when).await
    }

    async fn afterwards(&self, world: &World, passed: &Passed, answer: Option<&Reply>, _: &str) {
        let again = Request::post(&format!("/v1/resets/{}/verifications", passed.reset), &passed.body);
        is_spent(&world.service, &passed.reset, again, answer).await;
    }
}

#[service_test]
async fn a_right_code_is_accepted_once_or_not_at_all() {
    sweep(&Digits).await;
}

#[service_test]
async fn a_wrong_code_is_never_accepted_and_charged_at_most_once_per_request() {
    sweep(&Wrong).await;
}

#[service_test]
async fn a_long_code_is_accepted_once_or_not_at_all() {
    sweep(&Long).await;
}

#[service_test]
async fn a_first_gate_is_passed_once_or_not_at_all() {
    sweep(&FirstGate).await;
}

#[service_test]
async fn right_answers_are_accepted_once_or_not_at_all() {
    sweep(&Answers).await;
}

/// A request at a young reset without an account waits before it reserves its key. A client that sends the request
/// twice therefore finds its key in use for no longer than at a reset with an account.
#[service_test]
async fn a_key_is_in_use_for_the_same_requests_whether_or_not_the_account_exists() {
    let world = World::start(json!({}), false).await;
    let (known, message) = world.service.begin_by_email().await;
    let unknown = world.service.begin("nobody@contoso.example", "email", None).await;
    let right = long_code(&message);
    let other = right.replace(&right[..5], if &right[..5] == "00000" { "11111" } else { "00000" });
    let mut seen = Vec::new();
    for id in [&known.id, &unknown.id] {
        world.injector.watch("verify-code");
        world.service.send(verify(id, &other).key(KEY)).await.problem(422, "code-rejected");
        let (places, _) = world.injector.done();
        let claimed = places.iter().position(|place| place.is_of("IDEMPOTENCY")).expect("the key is claimed");
        let since: Vec<String> = places[claimed..].iter().map(|place| place.asks().to_owned()).collect();
        seen.push((places.len(), since));
    }
    assert_eq!(seen[0].1, seen[1].1);
    assert!(seen[0].0 < seen[1].0, "the request at the unknown name's reset waits: {seen:?}");
}
