//! Proving a contact while an administrator changes the same one.

use serde_json::{Value, json};

use super::{KEY, NAME, World};
use crate::support::Request;
use crate::support::service::digits;

const OWN: &str = "+1 4255550123";
const OWN_E164: &str = "+14255550123";
const FIRST: &str = "+1 4255550170";
const ADMINISTRATORS: &str = "+1 4255550171";
/// Graph's id of the mobile phone among a user's methods.
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

/// The administrator's action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    /// Registers a number. There is none yet.
    Added,
    /// Replaces the registered number.
    Changed,
    /// Removes the registered number.
    Removed,
    /// Changes the number on file.
    OnFile,
    Disabled,
    Deleted,
}

impl Other {
    fn has_first(self) -> bool {
        [Self::Changed, Self::Removed].contains(&self)
    }

    fn request(self, world: &World) -> Request {
        let phones = format!("{}/authentication/phoneMethods", world.user());
        let (one, number) = (format!("{phones}/{MOBILE}"), json!({"phoneNumber": ADMINISTRATORS}));
        let request = match self {
            Self::Added => Request::post(&phones, &json!({"phoneNumber": ADMINISTRATORS, "phoneType": "mobile"})),
            Self::Changed => Request::new("PATCH", &one).json(&number),
            Self::Removed => Request::new("DELETE", &one),
            Self::OnFile => Request::new("PATCH", &world.user()).json(&json!({"mobilePhone": ADMINISTRATORS})),
            Self::Disabled => Request::new("PATCH", &world.user()).json(&json!({"accountEnabled": false})),
            Self::Deleted => Request::new("DELETE", &world.user()),
        };
        request.bearer(&world.service.admin)
    }

    /// The registered number once both are over; `proved` if the person's proof came first.
    fn leaves(self, proved: bool) -> Option<&'static str> {
        match self {
            // An administrator cannot add a number of a type that is already registered.
            Self::Added if proved => Some(OWN),
            Self::Added | Self::Changed => Some(ADMINISTRATORS),
            Self::Removed | Self::Deleted => None,
            Self::OnFile | Self::Disabled => proved.then_some(OWN),
        }
    }
}

async fn registered(world: &World) -> Vec<Value> {
    let target = format!("{}/authentication/phoneMethods", world.user());
    let reply = world.administer("GET", &target, &json!({})).await;
    if reply.status == 404 {
        return Vec::new();
    }
    let phones = reply.expect(200).json()["value"].clone();
    phones.as_array().unwrap().iter().map(|phone| phone["phoneNumber"].clone()).collect()
}

/// Runs a proof with the administrator's action before each of its requests to the table.
async fn interrupt_each_request(other: Other) {
    for at in 0.. {
        let world = World::start(json!({}), false).await;
        if other.has_first() {
            let target = format!("{}/authentication/phoneMethods", world.user());
            let body = json!({"phoneNumber": FIRST, "phoneType": "mobile"});
            world.administer("POST", &target, &body).await.expect(201);
            world.service.advance(1).await;
        }
        let token = world.service.user(NAME).await;
        let wish = json!({"type": "mobilePhone", "value": OWN});
        let asked = Request::post("/v1/registration/challenges", &wish).bearer(&token);
        let id = world.service.send(asked).await.expect(202).text("challengeId");
        let code = digits(&world.service.outbox(OWN_E164).await[0]);
        let target = format!("/v1/registration/challenges/{id}/verifications");
        let proof = Request::post(&target, &json!({"code": code})).bearer(&token);
        let request = other.request(&world);
        let sent = async || world.service.send(request).await;
        let met = world.meet("register", at, proof.clone().key(KEY), sent).await;
        let when = format!("{other:?} before {}", met.at);
        let proved = match met.reply.status {
            200 => true,
            // A user who is disabled or deleted when the token is read has no registration.
            403 => {
                met.reply.problem(403, "forbidden");
                assert!([Other::Disabled, Other::Deleted].contains(&other) && at < 2, "{when}");
                false
            }
            _ => {
                met.reply.problem(422, "code-rejected");
                false
            }
        };
        let done =
            world.audited("User registered security info").await + world.audited("User updated security info").await;
        assert!(done <= 1 && (done == 1 || !proved), "{when}: {done} records, {:?}", met.reply);
        let before = done == 1;
        assert_eq!(met.other.status < 300, !(before && other == Other::Added), "{when}: {:?}", met.other);
        let expected: Vec<&str> = other.leaves(before).into_iter().collect();
        assert_eq!(registered(&world).await, expected, "{when}");
        // By this read everything is written. It only loads the account for the response.
        let written = met.was_done() || met.at.starts_with("GetItem ACCOUNT 1");
        assert_eq!(before, written, "{when}: {:?}", met.reply);
        if written && other != Other::Deleted {
            assert!(proved, "{when}: {:?}", met.reply);
        }
        let again = world.service.send(proof).await;
        match other {
            Other::Disabled | Other::Deleted => again.problem(403, "forbidden"),
            _ => again.problem(422, "code-rejected"),
        }
        let notices = world.service.outbox(OWN_E164).await;
        let notified = notices.iter().filter(|message| message["reference"] == "").count();
        assert!(notified == 0 || before, "{when}: an unregistered contact gets no notice");
        if met.was_done() {
            assert!(at >= 8, "{at} requests");
            return;
        }
    }
}

#[service_test]
async fn a_proof_happens_wholly_before_an_administrators_change_or_is_refused() {
    let lane = async |others: [Other; 3]| {
        for other in others {
            interrupt_each_request(other).await;
        }
    };
    let lanes = [[Other::Added, Other::Changed, Other::Removed], [Other::OnFile, Other::Disabled, Other::Deleted]];
    tokio::join!(lane(lanes[0]), lane(lanes[1]));
}
