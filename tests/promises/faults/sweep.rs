//! Runs a flow with every fault at every one of its requests to the table.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use local::NetworkFault;
use serde_json::Value;

use super::World;
use super::injector::Place;
use crate::support::{Reply, Request};

/// A request under test, and how to tell whether it took effect.
pub(super) trait Flow {
    /// The state that the request needs.
    type Subject;
    /// The function that handles the request.
    const FUNCTION: &'static str;
    /// The response that a repetition may get if the first request took effect but its response was lost. Otherwise a
    /// repetition gets the response that the first request would have got.
    const ALREADY: Option<(u16, &'static str)>;
    /// Whether the request changes anything if it gets its expected response.
    const CHANGES: bool = true;
    /// Whether Adele has a password, which takes time to hash.
    const PASSWORD: bool = false;

    /// A policy that evaluates a secret at most `times` times, if that is limited. A flow with a wrong guess allows one
    /// more, for the right guess afterwards.
    fn policy(&self, _times: u32) -> Value {
        serde_json::json!({})
    }
    /// Sets up the state that the request needs.
    async fn prepare(&self, world: &World) -> Self::Subject;
    /// The request, identical each time.
    fn request(&self, world: &World, subject: &Self::Subject) -> Request;
    /// Whether this is the response expected without a fault.
    fn is_right(&self, reply: &Reply) -> bool;
    /// Whether the request took effect. Asserts that it did so completely, with all its consequences, or not at all.
    async fn is_done(&self, world: &World, subject: &Self::Subject, when: &str) -> bool;
    /// Asserts what holds once the request took effect. `answer` is the expected response, if there was one.
    async fn afterwards(&self, _world: &World, _subject: &Self::Subject, _answer: Option<&Reply>, _when: &str) {}
}

/// How a request to the table fails.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// No attempt takes effect: all are refused or lost on their way. The flow meets one kind of failure after another.
    NeverApplied,
    /// Every attempt is applied, and every response is lost.
    AnswersLost,
    /// The first attempts fail in these ways, and the next one succeeds.
    Mended([NetworkFault; 2]),
}

/// The functions that change accounts or the policy.
const CHANGING: [&str; 2] = ["admin-set-contact", "register"];

/// Asserts that a fault is reported in exactly this way.
#[track_caller]
pub(super) fn unavailable(reply: &Reply, when: &str) {
    assert_eq!(reply.status, 503, "{when}: {}", String::from_utf8_lossy(&reply.body));
    match reply.json()["error"].is_object() {
        true => reply.graph_error(503, "ServiceUnavailable"),
        false => reply.problem(503, "unavailable"),
    }
    let seconds: u64 = reply.header("retry-after").expect("when to come back").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{when}: {seconds}");
}

fn is(reply: &Reply, status: u16, code: &str) -> bool {
    let says = |body: &Value| body["code"] == code || body["error"]["code"] == code;
    reply.status == status && says(&reply.json())
}

/// Runs a flow with every fault, two at a time. It goes on to the end whatever fails, and then reports all failures.
pub(super) async fn sweep<F: Flow>(flow: &F) {
    let meetings = meetings(flow, &unhindered(flow).await);
    let lane = async |first: usize| {
        let mut failed = Vec::new();
        for meeting in meetings.iter().skip(first).step_by(2) {
            if !passes(meeting.run()).await {
                failed.push(&meeting.when);
            }
        }
        failed
    };
    let (mut failed, others) = tokio::join!(lane(0), lane(1));
    failed.extend(others);
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Every fault at every request.
fn meetings<'a, F: Flow>(flow: &'a F, places: &[Place]) -> Vec<Meeting<'a, F>> {
    let stored = places.iter().position(Place::keeps_answer);
    let at = |(at, place): (usize, &Place)| {
        let when = |fault| format!("{fault:?} at {place:?}");
        let meeting = |fault| Meeting {
            flow,
            place: place.clone(),
            fault,
            after_stored: stored.map(|stored| at.cmp(&stored)),
            when: when(fault),
        };
        faults(place).into_iter().map(meeting).collect::<Vec<_>>()
    };
    places.iter().enumerate().flat_map(at).collect()
}

/// Whether a test ends without a panic. A panic's message is printed at once, as always.
pub(super) async fn passes(test: impl Future<Output = ()>) -> bool {
    let mut test = pin!(test);
    let poll = std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| test.as_mut().poll(context)));
        polled.map_or(Poll::Ready(false), |polled| polled.map(|()| true))
    });
    poll.await
}

/// The faults to inject at a request. For a read, a lost response is the same as a lost request.
fn faults(place: &Place) -> Vec<Fault> {
    match place.reads() {
        true => vec![Fault::NeverApplied, Fault::Mended([NetworkFault::Failed, NetworkFault::AnswerLost])],
        false => vec![
            Fault::NeverApplied,
            Fault::AnswersLost,
            // The store retries after the conflict, and the client after the lost response.
            Fault::Mended([NetworkFault::Conflict, NetworkFault::AnswerLost]),
        ],
    }
}

/// Runs the flow without a fault, and returns its requests to the table.
async fn unhindered<F: Flow>(flow: &F) -> Vec<Place> {
    let world = World::start(flow.policy(1), F::PASSWORD).await;
    let subject = flow.prepare(&world).await;
    world.injector.watch(F::FUNCTION);
    let reply = world.service.send(flow.request(&world, &subject)).await;
    let (places, _) = world.injector.done();
    let when = "without a fault";
    assert!(flow.is_right(&reply), "{when}: {reply:?}");
    assert_eq!(flow.is_done(&world, &subject, when).await, F::CHANGES, "{when}");
    flow.afterwards(&world, &subject, Some(&reply), when).await;
    assert!(!places.is_empty());
    places
}

/// A flow that meets a fault at one of its requests.
struct Meeting<'a, F> {
    flow: &'a F,
    place: Place,
    fault: Fault,
    /// The order of this request relative to the one that stores the response, if there is one. Everything is done by
    /// then.
    after_stored: Option<Ordering>,
    when: String,
}

impl<F: Flow> Meeting<'_, F> {
    async fn run(&self) {
        match &self.fault {
            Fault::NeverApplied => self.never_applied().await,
            Fault::AnswersLost => self.answers_lost().await,
            Fault::Mended(passages) => self.mended(passages).await,
        }
    }

    /// Whether everything is done, and only storing the response fails.
    fn is_stored(&self) -> bool {
        self.place.only_keeps_answer()
    }

    async fn prepared(&self, times: u32) -> (World, F::Subject) {
        let world = World::start(self.flow.policy(times), F::PASSWORD).await;
        let subject = self.flow.prepare(&world).await;
        (world, subject)
    }

    /// The response while requests at the place fail.
    async fn struck(&self, world: &World, subject: &F::Subject, first: &[NetworkFault], then: NetworkFault) -> Reply {
        world.injector.arm(F::FUNCTION, &self.place, first, then);
        let reply = self.sent(world, subject).await;
        let (_, injected) = world.injector.done();
        assert!(injected >= first.len().max(1), "{}: {injected} faults were injected", self.when);
        reply
    }

    async fn sent(&self, world: &World, subject: &F::Subject) -> Reply {
        world.service.send(self.flow.request(world, subject)).await
    }

    async fn is_done(&self, world: &World, subject: &F::Subject) -> bool {
        self.flow.is_done(world, subject, &self.when).await
    }

    /// Asserts that the response is the expected one and that the request took effect.
    async fn ended(&self, world: &World, subject: &F::Subject, reply: &Reply) {
        assert!(self.flow.is_right(reply), "{}: {reply:?}", self.when);
        assert_eq!(self.is_done(world, subject).await, F::CHANGES, "{}", self.when);
        self.flow.afterwards(world, subject, Some(reply), &self.when).await;
    }

    async fn never_applied(&self) {
        let last = if self.place.reads() { NetworkFault::AnswerLost } else { NetworkFault::Conflict };
        let (world, subject) = self.prepared(5).await;
        for fault in [NetworkFault::Throttled, NetworkFault::Failed, NetworkFault::Lost, last] {
            let reply = self.struck(&world, &subject, &[], fault).await;
            if self.is_stored() {
                return self.ended(&world, &subject, &reply).await;
            }
            match fault {
                // Other changes were in the way, and no dependency failed.
                NetworkFault::Conflict if CHANGING.contains(&F::FUNCTION) => {
                    assert!(is(&reply, 409, "conflict") || is(&reply, 409, "Conflict"), "{}: {reply:?}", self.when);
                }
                _ => unavailable(&reply, &self.when),
            }
        }
        let done = self.after_stored == Some(Ordering::Greater);
        assert_eq!(self.is_done(&world, &subject).await, done, "{}", self.when);
        let reply = self.sent(&world, &subject).await;
        self.ended(&world, &subject, &reply).await;
    }

    async fn answers_lost(&self) {
        let (world, subject) = self.prepared(2).await;
        let reply = self.struck(&world, &subject, &[], NetworkFault::AnswerLost).await;
        if self.is_stored() {
            let again = self.sent(&world, &subject).await;
            assert_eq!(again.shape(), reply.shape(), "{}", self.when);
            return self.ended(&world, &subject, &reply).await;
        }
        unavailable(&reply, &self.when);
        let done = self.is_done(&world, &subject).await;
        let mut again = self.sent(&world, &subject).await;
        if is(&again, 409, "idempotency-key-in-use") {
            // Nobody learned that the key was reserved. The reservation lapses after a minute.
            assert!(self.place.is_of("IDEMPOTENCY"), "{}", self.when);
            world.service.advance(60).await;
            again = self.sent(&world, &subject).await;
        }
        match F::ALREADY.filter(|_| done && !self.flow.is_right(&again)) {
            Some((status, code)) => {
                assert!(is(&again, status, code), "{}: {again:?}", self.when);
                assert!(self.is_done(&world, &subject).await, "{}: not done", self.when);
                self.flow.afterwards(&world, &subject, None, &self.when).await;
            }
            None => self.ended(&world, &subject, &again).await,
        }
    }

    async fn mended(&self, passages: &[NetworkFault]) {
        let (world, subject) = self.prepared(1).await;
        let reply = self.struck(&world, &subject, passages, NetworkFault::Through).await;
        self.ended(&world, &subject, &reply).await;
    }
}
