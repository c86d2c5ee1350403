//! Setting a new password while something else happens.

use serde_json::{Value, json};

use super::{KEY, Met, NAME, World};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, complete, digits};
use crate::support::{Reply, Request};

const POLICY: &str = "/graph/v1.0/policies/passwordReset";
const ANOTHER_PASSWORD: &str = "another good long password";
/// Graph's id of the office phone among a user's methods.
const OFFICE: &str = "e37fc753-ff3b-4958-9484-eaa9425c82bc";

/// The other action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Disabled,
    NewPhone,
    MethodRemoved,
    /// The account is deleted, and somebody else gets its name.
    Replaced,
    Privileged,
    /// Another reset sets another password.
    Completed,
    /// The person registers another number.
    Registered,
    Unblocked,
    /// An administrator sets a password.
    AdministratorsPassword,
}

impl Other {
    /// Whether it revokes every reset of the account.
    fn revokes(self) -> bool {
        self != Self::Unblocked
    }

    /// Sets up what the action needs, before the reset under test is begun.
    async fn before(self, world: &World) {
        if self == Self::MethodRemoved {
            let target = format!("{}/authentication/phoneMethods", world.user());
            let body = json!({"phoneNumber": "+1 4255550172", "phoneType": "office"});
            world.administer("POST", &target, &body).await.expect(201);
            // A reset begun at the same moment would count as revoked.
            world.service.advance(1).await;
        }
    }

    /// Sets up the rest, and returns the request that performs the action.
    async fn ready(self, world: &World) -> Request {
        let administrators = |method: &str, target: &str, body: &Value| {
            Request::new(method, target).json(body).bearer(&world.service.admin)
        };
        let (user, below) = (world.user(), format!("{}/authentication", world.user()));
        match self {
            Self::Disabled => administrators("PATCH", &user, &json!({"accountEnabled": false})),
            Self::NewPhone => administrators("PATCH", &user, &json!({"mobilePhone": "+1 4255550177"})),
            Self::MethodRemoved => administrators("DELETE", &format!("{below}/phoneMethods/{OFFICE}"), &json!({})),
            Self::Replaced => administrators("DELETE", &user, &json!({})),
            Self::Privileged => administrators("PATCH", &user, &json!({"isAdmin": true})),
            Self::Unblocked => administrators("POST", &format!("{below}/unblockPasswordReset"), &json!({})),
            Self::AdministratorsPassword => {
                administrators("PATCH", &user, &json!({"passwordProfile": {"password": ANOTHER_PASSWORD}}))
            }
            Self::Completed => {
                let (reset, token) = world.granted("mobileSms").await;
                complete(&reset, &token, ANOTHER_PASSWORD)
            }
            Self::Registered => {
                let token = world.service.user(NAME).await;
                let wish = json!({"type": "mobilePhone", "value": "+1 4255550123"});
                let asked = Request::post("/v1/registration/challenges", &wish).bearer(&token);
                let id = world.service.send(asked).await.expect(202).text("challengeId");
                let code = digits(&world.service.outbox("+14255550123").await[0]);
                let target = format!("/v1/registration/challenges/{id}/verifications");
                Request::post(&target, &json!({"code": code})).bearer(&token)
            }
        }
    }

    /// Asserts that the effect of the action is visible.
    async fn stands(self, world: &World, when: &str) {
        let target = format!("{}?$select=accountEnabled,mobilePhone,isAdmin", world.user());
        let user = world.service.send(Request::get(&target).bearer(&world.service.admin)).await;
        match self {
            Self::Replaced => assert_eq!(user.status, 404, "{when}"),
            Self::Disabled => assert_eq!(user.expect(200).json()["accountEnabled"], false, "{when}"),
            Self::NewPhone => assert_eq!(user.expect(200).json()["mobilePhone"], "+1 4255550177", "{when}"),
            Self::Privileged => assert_eq!(user.expect(200).json()["isAdmin"], true, "{when}"),
            Self::MethodRemoved | Self::Registered => {
                let target = format!("{}/authentication/phoneMethods", world.user());
                let phones = world.administer("GET", &target, &json!({})).await.expect(200).json()["value"].clone();
                let numbers: Vec<&Value> = phones.as_array().unwrap().iter().map(|one| &one["phoneNumber"]).collect();
                let expected = if self == Self::Registered { vec!["+1 4255550123"] } else { vec![] };
                assert_eq!(numbers, expected, "{when}");
            }
            Self::Completed | Self::Unblocked | Self::AdministratorsPassword => {}
        }
    }
}

/// Asserts the response, and that the table agrees with it and holds nothing else.
async fn check_outcome(world: &World, other: Other, met: &Met<Reply>, again: Request) {
    let when = format!("{other:?} before {}", met.at);
    let done = met.was_done();
    let completed = met.reply.status == 204;
    assert_eq!(completed, done || !other.revokes(), "{when}: {:?}", met.reply);
    if !completed {
        met.reply.problem(422, "token-rejected");
    }
    // A completion revokes the other action if that was itself under way for the account.
    let happened = (200..300).contains(&met.other.status);
    let ended = done && [Other::Completed, Other::Registered].contains(&other);
    assert_eq!(happened, !ended, "{when}: {:?}", met.other);

    if happened {
        other.stands(world, &when).await;
    }
    let completions = usize::from(completed) + usize::from(happened && other == Other::Completed);
    assert_eq!(world.audited("Reset password (self-service)").await, completions, "{when}: records");
    if other == Other::Replaced {
        World::create(&world.service, true).await;
    } else {
        assert_eq!(world.notified("your password was reset").await, completions, "{when}: notices");
        // Every new password ends the sessions.
        let set = completions + usize::from(other == Other::AdministratorsPassword);
        assert_eq!(world.service.running.outbox.events().len(), set, "{when}: events");
    }
    if other == Other::Disabled {
        world.patch(&json!({"accountEnabled": true})).await;
    }
    let right = match other {
        Other::Completed if happened => ANOTHER_PASSWORD,
        Other::AdministratorsPassword => ANOTHER_PASSWORD,
        Other::Replaced => OLD_PASSWORD,
        _ if completed => NEW_PASSWORD,
        _ => OLD_PASSWORD,
    };
    let wrong = if right == NEW_PASSWORD { OLD_PASSWORD } else { NEW_PASSWORD };
    for (password, status) in [(right, 200), (wrong, 422)] {
        assert_eq!(world.service.check(NAME, password).await.status, status, "{when}: {password}");
    }
    world.service.send(again).await.problem(422, "token-rejected");
}

/// Runs a completion with the other action before each of its requests to the table. Returns how many there are.
async fn interrupt_each_request(other: Other) -> usize {
    for at in 0.. {
        let world = World::start(json!({}), true).await;
        other.before(&world).await;
        let (reset, token) = world.granted("email").await;
        let ready = other.ready(&world).await;
        let request = complete(&reset, &token, NEW_PASSWORD);
        let other_sent = async || world.service.send(ready).await;
        let met = world.meet("complete-reset", at, request.clone().key(KEY), other_sent).await;
        check_outcome(&world, other, &met, request).await;
        if met.was_done() {
            return at;
        }
    }
    unreachable!("a request has an end");
}

#[service_test]
async fn a_completion_happens_wholly_before_the_other_action_or_is_refused() {
    let lanes = [
        [Other::Disabled, Other::NewPhone, Other::MethodRemoved, Other::Replaced, Other::Unblocked].as_slice(),
        &[Other::Privileged, Other::Completed, Other::Registered, Other::AdministratorsPassword],
    ];
    let lane = async |others: &[Other]| {
        for other in others {
            // The key, the reset with the policy, and the password with the response.
            assert!(interrupt_each_request(*other).await >= 3, "{other:?}");
        }
    };
    tokio::join!(lane(lanes[0]), lane(lanes[1]));
}

/// A completion that reads the policy after the change needs a second gate. One that read it before may succeed.
#[service_test]
async fn a_completion_during_a_policy_change_follows_the_policy_that_it_read() {
    let mut read = false;
    for at in 0.. {
        let world = World::start(json!({}), true).await;
        let (reset, token) = world.granted("email").await;
        let policy = world.service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
        let raise = Request::new("PATCH", POLICY).json(&json!({"methodsRequired": 2})).bearer(&policy);
        let request = complete(&reset, &token, NEW_PASSWORD);
        let raised = async || world.service.send(raise).await.expect(204);
        let met = world.meet("complete-reset", at, request.clone().key(KEY), raised).await;
        let completed = met.reply.status == 204;
        // Before these two requests, the policy has not been read yet.
        read |= !["PutItem IDEMPOTENCY 0", "BatchGetItem 0"].contains(&met.at.as_str());
        assert_eq!(completed, read, "before {}: {:?}", met.at, met.reply);
        if !completed {
            met.reply.problem(422, "token-rejected");
        }
        assert_eq!(world.audited("Reset password (self-service)").await, usize::from(completed));
        let (right, wrong) = if completed { (NEW_PASSWORD, OLD_PASSWORD) } else { (OLD_PASSWORD, NEW_PASSWORD) };
        world.service.check(NAME, right).await.expect(200);
        world.service.check(NAME, wrong).await.problem(422, "credentials-rejected");
        world.service.send(request).await.problem(422, "token-rejected");
        if met.was_done() {
            break;
        }
    }
    assert!(read);
}
