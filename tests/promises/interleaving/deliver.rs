//! Delivering a code while something else happens.

use serde_json::json;

use super::{MAIL, MOBILE, MOBILE_E164, NAME, World};
use crate::support::Request;
use crate::support::service::{NEW_PASSWORD, begin, complete, digits, long_code, verify};

/// The other action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Disabled,
    /// The contact that the code goes to is replaced.
    NewContact,
    Completed,
}

impl Other {
    async fn ready(self, world: &World, method: &str) -> Request {
        let patch = |body| Request::new("PATCH", &world.user()).json(&body).bearer(&world.service.admin);
        match self {
            Self::Disabled => patch(json!({"accountEnabled": false})),
            Self::NewContact if method == "email" => patch(json!({"otherMails": ["another@example.org"]})),
            Self::NewContact => patch(json!({"mobilePhone": "+1 4255550177"})),
            Self::Completed => {
                let (reset, token) = world.granted(if method == "email" { "mobileSms" } else { "email" }).await;
                complete(&reset, &token, NEW_PASSWORD)
            }
        }
    }
}

/// The last read before a message is sent. Nothing is checked after it.
const LAST_LOOK: &str = "BatchGetItem 0";

/// Runs a delivery with the other action before each of its requests to the table.
async fn interrupt_each_request(method: &'static str, other: Other) {
    let mut looked = false;
    for at in 0.. {
        let world = World::start(json!({}), false).await;
        let ready = other.ready(&world, method).await;
        world.settle().await;
        world.service.empty_outbox().await;
        let (phone, to) = if method == "email" { (None, MAIL) } else { (Some(MOBILE), MOBILE_E164) };
        let (mut reached, release) = world.pause_point.arm("deliver-code", at);
        let reset = world.service.send(begin(NAME, method, phone)).await.expect(202).text("resetId");
        let settled = async {
            world.settle().await;
        };
        let place = tokio::select! {
            biased;
            place = &mut reached => place.unwrap(),
            () = settled => {
                assert!(looked && at >= 8, "{at} requests");
                return;
            }
        };
        let when = format!("{method}: {other:?} before {place}");
        world.service.send(ready).await.expect(204);
        release.send(()).unwrap();
        world.settle().await;

        let messages = world.service.outbox(to).await;
        let codes: Vec<_> = messages.iter().filter(|message| message["reference"] != "").collect();
        if !looked {
            assert_eq!(codes.len(), 0, "{when}: no code is sent if the change came before the last look");
        }
        looked |= place == LAST_LOOK;
        // Nor does it go anywhere else: the job was for the contact on file.
        let elsewhere = world.service.messages().await;
        let elsewhere = elsewhere.iter().filter(|message| message["reference"] != "" && message["to"] != to);
        assert_eq!(elsewhere.count(), 0, "{when}");
        if other == Other::Disabled {
            world.patch(&json!({"accountEnabled": true})).await;
        }
        for code in codes {
            world.service.send(verify(&reset, &digits(code))).await.problem(422, "code-rejected");
            if method == "email" {
                world.service.send(verify(&reset, &long_code(code))).await.problem(422, "code-rejected");
            }
        }
        // A code that was sent is dead, and the worker has nothing left to do.
        let before = world.service.messages().await.len();
        world.service.advance(31).await;
        assert_eq!(world.service.messages().await.len(), before, "{when}");
    }
}

#[service_test]
async fn a_code_whose_delivery_meets_a_change_is_not_sent_or_is_dead() {
    let others = [Other::Disabled, Other::NewContact, Other::Completed];
    let lane = async |method| {
        for other in others {
            interrupt_each_request(method, other).await;
        }
    };
    tokio::join!(lane("mobileSms"), lane("email"));
}
