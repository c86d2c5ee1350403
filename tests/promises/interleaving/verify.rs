//! Showing a code while something else happens.

use serde_json::json;

use super::{KEY, MAIL, NAME, World};
use crate::support::service::{NEW_PASSWORD, complete, digits, long_code, verify};
use crate::support::{Reply, Request};

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Submitted {
    Digits,
    Long,
}

/// What else happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Disabled,
    NewContact,
    Completed,
    /// The same reset is to be proved by another method.
    Superseded,
}

impl Other {
    async fn ready(self, world: &World, submitted: Submitted, reset: &str) -> Request {
        let patch = |body| Request::new("PATCH", &world.user()).json(&body).bearer(&world.service.admin);
        match (self, submitted) {
            (Self::Disabled, _) => patch(json!({"accountEnabled": false})),
            (Self::NewContact, Submitted::Digits) => patch(json!({"mobilePhone": "+1 4255550177"})),
            (Self::NewContact, Submitted::Long) => patch(json!({"otherMails": ["another@example.org"]})),
            (Self::Completed, _) => {
                let (other, token) = world.granted("mobileSms").await;
                complete(&other, &token, NEW_PASSWORD)
            }
            (Self::Superseded, _) => {
                // Before that, nothing is ordered again.
                world.service.advance(31).await;
                Request::post(&format!("/v1/resets/{reset}/codes"), &json!({"method": "email"}))
            }
        }
    }
}

/// Whether a code was accepted; else it was refused as every other is.
#[track_caller]
fn accepted(reply: &Reply) -> bool {
    if reply.status != 200 {
        reply.problem(422, "code-rejected");
    }
    reply.status == 200
}

/// A code that meets something else before each request to the table of its verification.
async fn walk(submitted: Submitted, other: Other) {
    for at in 0.. {
        let world = World::start(json!({}), false).await;
        let (reset, message) = world.begun(if submitted == Submitted::Long { "email" } else { "mobileSms" }).await;
        let code = if submitted == Submitted::Long { long_code(&message) } else { digits(&message) };
        let ready = other.ready(&world, submitted, &reset).await;
        let sent = async || world.service.send(ready).await;
        let met = world.meet("verify-code", at, verify(&reset, &code).key(KEY), sent).await;
        let when = format!("{submitted:?}: {other:?} before {}", met.at);
        assert!((200..300).contains(&met.other.status), "{when}: {:?}", met.other);
        let is_accepted = accepted(&met.reply);
        // A guess that was charged before an account's codes were voided may still be compared; nothing comes of it.
        // What stands in the reset itself, or by the long code, is looked at again when it is written.
        let charged = submitted == Submitted::Digits && met.at.starts_with("TransactWriteItems RESET");
        let late = met.was_done() || (charged && other != Other::Superseded);
        assert_eq!(is_accepted, late, "{when}: {:?}", met.reply);

        let completions = world.audited("Reset password (self-service)").await;
        assert_eq!(completions, usize::from(other == Other::Completed), "{when}");
        if is_accepted {
            let completion = world.service.complete(&reset, &met.reply.text("resetToken"), NEW_PASSWORD).await;
            let expected = if other == Other::Superseded { 204 } else { 422 };
            assert_eq!(completion.status, expected, "{when}: {completion:?}");
        }
        world.service.verify(&reset, &code).await.problem(422, "code-rejected");
        if other == Other::Superseded && !is_accepted {
            let messages = world.service.outbox(MAIL).await;
            world.service.verify(&reset, &digits(&messages[0])).await.expect(200);
        }
        if other == Other::Disabled {
            world.patch(&json!({"accountEnabled": true})).await;
            world.service.verify(&reset, &code).await.problem(422, "code-rejected");
        }
        if submitted == Submitted::Long {
            // Nor is it good at any other reset, however young.
            world.service.advance(31).await;
            let younger = world.service.begin(NAME, "email", None).await;
            world.service.verify(&younger.id, &code).await.problem(422, "code-rejected");
        }
        if met.was_done() {
            assert!(at >= 4, "{at} requests");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_accepted_wholly_before_what_it_meets_or_opens_nothing() {
    let others = [Other::Disabled, Other::NewContact, Other::Completed, Other::Superseded];
    let digits = async {
        for other in others {
            walk(Submitted::Digits, other).await;
        }
    };
    let long = async {
        for other in &others[..3] {
            walk(Submitted::Long, *other).await;
        }
    };
    tokio::join!(digits, long);
}
