//! Delivery: every job ends in one message, and its code works, whatever faults the worker meets on its way.

use local::NetworkFault;
use serde_json::{Value, json};

use super::injector::Place;
use super::sweep::passes;
use super::{World, audited, sent};
use crate::support::Request;
use crate::support::service::{begin, digits, long_code};

const WORKER: &str = "deliver-code";
const PROGRESS: &str = "Self-service password reset flow activity progress";
/// How long the worker uses a policy before it reads it again, in seconds.
const POLICY_SECONDS: u64 = 60;
/// Longer than the lease of a worker that has disappeared, in seconds.
const LEASE_SECONDS: u64 = 31;

/// The kind of message to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sms,
    Email,
    Challenge,
    Notice,
}

/// A new person for each delivery. The codes of many are never used, so few numbers are in one range.
struct Person {
    name: String,
    phone: String,
    mail: String,
    id: String,
}

impl Person {
    async fn new(world: &World, number: usize) -> Self {
        let (name, mail) = (format!("user{number}@contoso.example"), format!("user{number}@example.org"));
        let phone = format!("+1 425{}03{number:02}", 500 + number % 50);
        let body = json!({"userPrincipalName": name, "mobilePhone": phone, "otherMails": [mail]});
        let made = Request::post("/graph/v1.0/users", &body).bearer(&world.service.admin);
        let id = world.service.send(made).await.expect(201).text("id");
        Self { name, phone, mail, id }
    }

    /// Another number, which nobody has.
    fn other_phone(&self) -> String {
        format!("{}04{}", &self.phone[..9], &self.phone[11..])
    }
}

impl Kind {
    /// Requests the delivery. Returns the request that submits its code, without the code, if the message has one.
    async fn order(self, world: &World, person: &Person) -> Option<Request> {
        let service = &world.service;
        match self {
            Self::Sms => {
                let reply = service.send(begin(&person.name, "mobileSms", Some(&person.phone))).await.expect(202);
                Some(prove(&reply.text("resetId")))
            }
            Self::Email => {
                let reply = service.send(begin(&person.name, "email", None)).await.expect(202);
                Some(prove(&reply.text("resetId")))
            }
            Self::Challenge => {
                let token = service.user(&person.name).await;
                let wish = json!({"type": "mobilePhone", "value": person.other_phone()});
                let asked = Request::post("/v1/registration/challenges", &wish).bearer(&token);
                let id = service.send(asked).await.expect(202).text("challengeId");
                let target = format!("/v1/registration/challenges/{id}/verifications");
                Some(Request::new("POST", &target).bearer(&token))
            }
            Self::Notice => {
                service.patch(&person.id, &json!({"mobilePhone": person.other_phone()})).await.expect(204);
                None
            }
        }
    }

    fn to(self, person: &Person) -> String {
        match self {
            Self::Sms => person.phone.replace(' ', ""),
            Self::Challenge => person.other_phone().replace(' ', ""),
            Self::Email | Self::Notice => person.mail.clone(),
        }
    }

    fn code(self, message: &Value) -> String {
        if self == Self::Email { long_code(message) } else { digits(message) }
    }

    /// The reason in the audit for the message that was sent.
    const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Sms => Some("User started the mobile SMS verification option"),
            Self::Email => Some("User started the email verification option"),
            Self::Challenge | Self::Notice => None,
        }
    }
}

/// The request that submits a code of a reset, without the code.
fn prove(reset: &str) -> Request {
    Request::new("POST", &format!("/v1/resets/{reset}/verifications"))
}

async fn world() -> World {
    let world =
        World::start(json!({"beginsPerSource": {"count": 1000}, "sends": [{"count": 9, "seconds": 3600}]}), false)
            .await;
    world.service.advance(POLICY_SECONDS).await;
    world
}

/// The worker's requests for a delivery without a fault.
async fn places(kind: Kind) -> Vec<Place> {
    let world = world().await;
    let person = Person::new(&world, 0).await;
    world.injector.watch(WORKER);
    kind.order(&world, &person).await;
    sent(&world.service, &kind.to(&person)).await;
    let (places, _) = world.injector.done();
    assert!(places.len() > 5, "{places:?}");
    places
}

/// The faults to inject at one request: those of its first attempts, and that of all later ones.
fn faults(place: &Place) -> Vec<(Vec<NetworkFault>, NetworkFault)> {
    match place.reads() {
        true => vec![
            (vec![], NetworkFault::Lost),
            (vec![NetworkFault::Failed, NetworkFault::AnswerLost], NetworkFault::Through),
        ],
        false => vec![
            (vec![], NetworkFault::Throttled),
            (vec![], NetworkFault::Conflict),
            (vec![], NetworkFault::AnswerLost),
            (vec![NetworkFault::Conflict, NetworkFault::AnswerLost], NetworkFault::Through),
        ],
    }
}

fn never_applied(all: NetworkFault) -> bool {
    [NetworkFault::Throttled, NetworkFault::Conflict].contains(&all)
}

/// Injects all faults at one request, each for another person.
async fn meets(kind: Kind, place: &Place) {
    let world = world().await;
    let service = &world.service;
    let (mut expected, mut recorded) = (Vec::new(), 0);
    for (number, (first, then)) in faults(place).into_iter().enumerate() {
        let when = format!("{kind:?}: {first:?} then {then:?}");
        if place.is_of("POLICY") {
            service.advance(POLICY_SECONDS).await;
        }
        let person = Person::new(&world, number).await;
        let to = kind.to(&person);
        world.injector.arm(WORKER, place, &first, then);
        let shown = kind.order(&world, &person).await;
        service.messages().await;
        let (_, injected) = world.injector.done();
        assert!(injected > 0, "{when}");
        // A failed delivery is tried again at once, or once its lease has ended.
        service.advance(0).await;
        if service.running.outbox.messages(Some(&to)).is_empty() {
            service.advance(LEASE_SECONDS).await;
        }
        if let Some(shown) = shown {
            let code = kind.code(&service.outbox(&to).await[0]);
            let reply = service.send(shown.json(&json!({"code": code}))).await;
            assert_eq!(reply.status, 200, "{when}: the code is good");
        }
        // If nothing can be recorded about a notice that was sent, it is sent once more, but no more often.
        let notices = 1 + usize::from(never_applied(then) && place.notes_notice());
        expected.push((when, to, if kind == Kind::Notice { (0, notices) } else { (1, 0) }));
        // That a message was sent is recorded without its audit record, rather than sending it again.
        recorded += usize::from(!(never_applied(then) && place.records_message()));
    }
    service.advance(LEASE_SECONDS).await;
    for (when, to, expected) in &expected {
        assert_eq!(sent(service, to).await, *expected, "{when}: codes and notices");
    }
    if let Some(reason) = kind.reason() {
        assert_eq!(audited(&world, PROGRESS, Some(reason)).await, recorded);
        assert_eq!(audited(&world, PROGRESS, Some("User submitted their user ID")).await, expected.len());
    }
}

/// Runs a delivery with every fault, two requests at a time, and reports all failures.
async fn sweep(kind: Kind) {
    let places = places(kind).await;
    let lane = async |first: usize| {
        let mut failed = Vec::new();
        for place in places.iter().skip(first).step_by(2) {
            if !passes(meets(kind, place)).await {
                failed.push(place);
            }
        }
        failed
    };
    let (mut failed, others) = tokio::join!(lane(0), lane(1));
    failed.extend(others);
    assert!(failed.is_empty(), "{failed:#?}");
}

#[service_test]
async fn a_code_by_sms_is_sent_once() {
    sweep(Kind::Sms).await;
}

#[service_test]
async fn a_code_by_email_is_sent_once() {
    sweep(Kind::Email).await;
}

#[service_test]
async fn a_code_of_a_challenge_is_sent_once() {
    sweep(Kind::Challenge).await;
}

#[service_test]
async fn a_notice_is_sent_once() {
    sweep(Kind::Notice).await;
}
