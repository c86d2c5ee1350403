//! Submitting a code while something else happens.

use serde_json::json;

use super::{KEY, MAIL, NAME, World};
use crate::support::service::{NEW_PASSWORD, complete, digits, long_code, verify};
use crate::support::{Reply, Request};

/// The kind of code that is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Submitted {
    Digits,
    Long,
}

/// The other action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Disabled,
    NewContact,
    Completed,
    /// A code by another method is requested for the same reset.
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
                // No other code can be requested before that.
                world.service.advance(31).await;
                Request::post(&format!("/v1/resets/{reset}/codes"), &json!({"method": "email"}))
            }
        }
    }
}

/// Whether a code was accepted. If not, asserts that it was refused like any other.
#[track_caller]
fn accepted(reply: &Reply) -> bool {
    if reply.status != 200 {
        reply.problem(422, "code-rejected");
    }
    reply.status == 200
}

/// Submits a code with the other action before each of the verification's requests to the table.
async fn interrupt_each_request(submitted: Submitted, other: Other) {
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
        // A guess that was charged before the account's codes were revoked may still be compared, but its token opens
        // nothing. The state of the reset itself, and that of the long code, is checked again by the write.
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
            // Nor does it work at any other reset, however young.
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

#[service_test]
async fn a_code_is_accepted_wholly_before_the_other_action_or_opens_nothing() {
    let others = [Other::Disabled, Other::NewContact, Other::Completed, Other::Superseded];
    let digits = async {
        for other in others {
            interrupt_each_request(Submitted::Digits, other).await;
        }
    };
    let long = async {
        for other in &others[..3] {
            interrupt_each_request(Submitted::Long, *other).await;
        }
    };
    tokio::join!(digits, long);
}
