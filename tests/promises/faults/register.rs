//! A person's own registration: requesting a code, submitting it, security questions, removing and confirming methods.

use serde_json::{Value, json};

use super::sweep::{Flow, sweep};
use super::{KEY, MAIL, NAME, World, audited, sent};
use crate::support::service::digits;
use crate::support::{Reply, Request, Service};

const NEW_PHONE: &str = "+1 4255550123";
const NEW_E164: &str = "+14255550123";
const QUESTIONS: [(&str, &str); 3] =
    [("first-concert", "Motörhead"), ("first-film", "The Third Man"), ("learned-to-swim", "Loch Lomond")];

async fn registration(service: &Service, token: &str) -> Value {
    service.send(Request::get("/v1/registration").bearer(token)).await.expect(200).json()
}

/// Asserts that a change has its audit record and its notice to the address on file, or neither. Returns `done`.
async fn is_notified(world: &World, done: bool, activity: &str, when: &str) -> bool {
    let records = audited(world, activity, None).await;
    let (_, notices) = sent(&world.service, MAIL).await;
    assert_eq!((records, notices), (usize::from(done), usize::from(done)), "{when}: records and notices");
    done
}

/// Requesting a code for a new number.
pub(super) struct Challenge;

impl Flow for Challenge {
    type Subject = String;
    const FUNCTION: &'static str = "register";
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, world: &World) -> String {
        world.service.user(NAME).await
    }

    fn request(&self, _: &World, token: &String) -> Request {
        let wish = json!({"type": "mobilePhone", "value": NEW_PHONE});
        Request::post("/v1/registration/challenges", &wish).bearer(token).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 202
    }

    async fn is_done(&self, world: &World, _: &String, when: &str) -> bool {
        let (codes, notices) = sent(&world.service, NEW_E164).await;
        assert!(codes <= 1 && notices == 0, "{when}: {codes} codes");
        codes == 1
    }

    async fn afterwards(&self, world: &World, token: &String, answer: Option<&Reply>, _: &str) {
        let code = digits(&world.service.outbox(NEW_E164).await[0]);
        let proof = prove(&answer.unwrap().text("challengeId"), &code).bearer(token);
        world.service.send(proof).await.expect(200);
    }
}

fn prove(challenge: &str, code: &str) -> Request {
    Request::post(&format!("/v1/registration/challenges/{challenge}/verifications"), &json!({"code": code}))
}

/// Submitting the code, which registers the number.
pub(super) struct Prove;

pub(super) struct Challenged {
    token: String,
    id: String,
    code: String,
}

impl Flow for Prove {
    type Subject = Challenged;
    const FUNCTION: &'static str = "register";
    const ALREADY: Option<(u16, &'static str)> = None;

    fn policy(&self, times: u32) -> Value {
        json!({"triesPerCode": times})
    }

    async fn prepare(&self, world: &World) -> Challenged {
        let token = world.service.user(NAME).await;
        let asked = Challenge.request(world, &token);
        let id = world.service.send(asked).await.expect(202).text("challengeId");
        let code = digits(&world.service.outbox(NEW_E164).await[0]);
        Challenged { token, id, code }
    }

    fn request(&self, _: &World, challenged: &Challenged) -> Request {
        prove(&challenged.id, &challenged.code).bearer(&challenged.token).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 200 && reply.text("value") == NEW_PHONE
    }

    async fn is_done(&self, world: &World, challenged: &Challenged, when: &str) -> bool {
        let methods = registration(&world.service, &challenged.token).await["methods"].clone();
        let done = methods.as_array().is_some_and(|methods| methods.len() == 1 && methods[0]["value"] == NEW_PHONE);
        assert!(done || methods == json!([]), "{when}: {methods}");
        is_notified(world, done, "User registered security info", when).await
    }

    async fn afterwards(&self, world: &World, challenged: &Challenged, _: Option<&Reply>, _: &str) {
        let again = prove(&challenged.id, &challenged.code).bearer(&challenged.token);
        world.service.send(again).await.problem(422, "code-rejected");
        assert_eq!(sent(&world.service, NEW_E164).await, (1, 0), "the new phone gets its code and no notice");
    }
}

/// Registering security questions.
pub(super) struct Questions;

impl Flow for Questions {
    type Subject = String;
    const FUNCTION: &'static str = "register";
    const ALREADY: Option<(u16, &'static str)> = None;

    fn policy(&self, _: u32) -> Value {
        let counts = json!({"requiredToRegister": 3, "requiredToReset": 3});
        json!({"methods": ["email", "mobileSms", "securityQuestions"], "securityQuestions": counts})
    }

    async fn prepare(&self, world: &World) -> String {
        world.service.user(NAME).await
    }

    fn request(&self, _: &World, token: &String) -> Request {
        let answers: Value = QUESTIONS.iter().map(|(id, text)| json!({"questionId": id, "answer": text})).collect();
        let put = Request::new("PUT", "/v1/registration/security-questions");
        put.json(&json!({"answers": answers})).bearer(token).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 204
    }

    async fn is_done(&self, world: &World, token: &String, when: &str) -> bool {
        let registered = registration(&world.service, token).await["securityQuestions"]["registered"].clone();
        assert!(registered == 0 || registered == 3, "{when}: {registered}");
        is_notified(world, registered == 3, "User registered security info", when).await
    }
}

/// Removing a registered number.
struct Remove;

impl Flow for Remove {
    type Subject = String;
    const FUNCTION: &'static str = "register";
    const ALREADY: Option<(u16, &'static str)> = Some((404, "not-found"));

    async fn prepare(&self, world: &World) -> String {
        let proving = Prove.prepare(world).await;
        world.service.send(Prove.request(world, &proving)).await.expect(200);
        // The notice of the registration is sent first and is not counted.
        sent(&world.service, MAIL).await;
        world.service.empty_outbox().await;
        proving.token
    }

    fn request(&self, _: &World, token: &String) -> Request {
        Request::new("DELETE", "/v1/registration/methods/mobilePhone").bearer(token)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 204
    }

    async fn is_done(&self, world: &World, token: &String, when: &str) -> bool {
        let methods = registration(&world.service, token).await["methods"].clone();
        is_notified(world, methods == json!([]), "User deleted security info", when).await
    }
}

/// Confirming that every method is still right.
pub(super) struct Confirm;

impl Flow for Confirm {
    type Subject = String;
    const FUNCTION: &'static str = "register";
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, world: &World) -> String {
        Remove.prepare(world).await
    }

    fn request(&self, _: &World, token: &String) -> Request {
        Request::new("POST", "/v1/registration/confirmation").bearer(token).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 200
    }

    async fn is_done(&self, world: &World, _: &String, when: &str) -> bool {
        let records = audited(world, "User reviewed security info", None).await;
        assert!(records <= 1, "{when}: {records}");
        records == 1
    }
}

#[service_test]
async fn a_challenge_is_made_once_or_not_at_all() {
    sweep(&Challenge).await;
}

#[service_test]
async fn a_contact_is_registered_whole_or_not_at_all() {
    sweep(&Prove).await;
}

#[service_test]
async fn questions_are_registered_whole_or_not_at_all() {
    sweep(&Questions).await;
}

#[service_test]
async fn a_method_is_removed_whole_or_not_at_all() {
    sweep(&Remove).await;
}

#[service_test]
async fn methods_are_confirmed_once_or_not_at_all() {
    sweep(&Confirm).await;
}
