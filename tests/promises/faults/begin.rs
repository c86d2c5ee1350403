//! Beginning a reset, and requesting its code by another method.

use serde_json::json;

use super::sweep::{Flow, sweep, unavailable};
use super::{KEY, MAIL, MOBILE, MOBILE_E164, NAME, World, sent};
use crate::support::service::{begin, digits};
use crate::support::{Reply, Request};
use local::NetworkFault;

struct Begin;

impl Flow for Begin {
    type Subject = ();
    const FUNCTION: &'static str = "begin-reset";
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, _: &World) {}

    fn request(&self, _: &World, (): &()) -> Request {
        begin(NAME, "email", None).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 202
    }

    async fn is_done(&self, world: &World, (): &(), when: &str) -> bool {
        let (codes, notices) = sent(&world.service, MAIL).await;
        assert!(codes <= 1 && notices == 0, "{when}: {codes} codes");
        codes == 1
    }

    /// Asserts that the code that was sent belongs to the reset in the response.
    async fn afterwards(&self, world: &World, (): &(), answer: Option<&Reply>, _: &str) {
        let code = digits(&world.service.outbox(MAIL).await[0]);
        world.service.verify(&answer.unwrap().text("resetId"), &code).await.expect(200);
    }
}

/// Requesting another method before gate one is passed.
pub(super) struct OrderAnother;

impl Flow for OrderAnother {
    /// The reset, and the code that was sent by SMS.
    type Subject = (String, String);
    const FUNCTION: &'static str = "begin-reset";
    const ALREADY: Option<(u16, &'static str)> = None;

    async fn prepare(&self, world: &World) -> (String, String) {
        let (begun, code) = world.service.begin_by_sms().await;
        // No code is sent again before that.
        world.service.advance(31).await;
        (begun.id, code)
    }

    fn request(&self, _: &World, (reset, _): &(String, String)) -> Request {
        Request::post(&format!("/v1/resets/{reset}/codes"), &json!({"method": "email"})).key(KEY)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == 202 && reply.text("method") == "email"
    }

    async fn is_done(&self, world: &World, _: &(String, String), when: &str) -> bool {
        let ((codes, notices), (texts, _)) =
            (sent(&world.service, MAIL).await, sent(&world.service, MOBILE_E164).await);
        assert!(codes <= 1 && notices == 0 && texts == 1, "{when}: {codes} by email, {texts} by SMS");
        codes == 1
    }

    async fn afterwards(&self, world: &World, (reset, superseded): &(String, String), _: Option<&Reply>, when: &str) {
        let code = digits(&world.service.outbox(MAIL).await[0]);
        let superseded = world.service.verify(reset, superseded).await;
        assert_eq!(superseded.status, 422, "{when}");
        world.service.verify(reset, &code).await.expect(200);
    }
}

#[service_test]
async fn a_reset_is_begun_once_or_not_at_all() {
    sweep(&Begin).await;
}

#[service_test]
async fn a_code_is_ordered_once_or_not_at_all() {
    sweep(&OrderAnother).await;
}

/// A fault does not reveal whether an account exists: the requests to the table are the same, and so is the response.
#[service_test]
async fn a_fault_looks_the_same_whether_or_not_the_account_exists() {
    let world = World::start(json!({"sends": [{"count": 100, "seconds": 3600}], "triesPerCode": 10}), false).await;
    let service = &world.service;
    service.create("dora@contoso.example", json!({"accountEnabled": false, "otherMails": ["dora@example.org"]})).await;
    let faults = [
        NetworkFault::Throttled,
        NetworkFault::Failed,
        NetworkFault::Lost,
        NetworkFault::Conflict,
        NetworkFault::AnswerLost,
    ];
    // Reads the policy now, so that none of the requests below begins with reading it.
    let known = service.begin(NAME, "mobileSms", Some(MOBILE)).await;
    let unknown = service.begin("nobody@contoso.example", "mobileSms", Some(MOBILE)).await;
    let disabled = service.begin("dora@contoso.example", "mobileSms", Some(MOBILE)).await;
    service.verify(&unknown.id, "12345678").await.expect(422);
    let exchange = async |function: &'static str, requests: [Request; 3]| {
        let mut places = Vec::new();
        for request in &requests {
            world.injector.watch(function);
            assert!(service.send(request.clone()).await.status < 500);
            places.push(world.injector.done().0);
        }
        for at in 0..places[0].len() {
            for fault in faults {
                let mut answers = Vec::new();
                for (request, places) in requests.iter().zip(&places) {
                    let place = &places[at];
                    world.injector.arm(function, place, &[], fault);
                    let reply = service.send(request.clone()).await;
                    let when = format!("{fault:?} at {place:?}");
                    assert!(world.injector.done().1 > 0, "{when}");
                    unavailable(&reply, &when);
                    answers.push(reply.shape());
                }
                assert!(answers.iter().all(|answer| *answer == answers[0]), "{fault:?}: {answers:?}");
            }
        }
        places.iter().map(Vec::len).collect::<Vec<_>>()
    };
    let begins = ["dora@contoso.example", NAME, "nobody@contoso.example"];
    assert_eq!(exchange("begin-reset", begins.map(|name| begin(name, "email", None))).await, [1, 1, 1]);
    let resets = [&known, &unknown, &disabled];
    let wrong = resets.map(|begun| crate::support::service::verify(&begun.id, "00000000"));
    assert_eq!(exchange("verify-code", wrong).await, [2, 2, 2]);
}
