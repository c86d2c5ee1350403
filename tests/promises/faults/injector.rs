//! An interceptor that makes the requests at one place of a flow fail.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use aws::table::{PARTITION, SORT};
use local::{Interception, Interceptor, NetworkFault, Sent};
use serde_json::Value;

/// A request of a flow: its operation with the kinds of its items, and its number among such requests, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    what: String,
    nth: usize,
}

/// Watches the requests of one function, and injects faults at one place, attempt by attempt.
#[derive(Debug, Default)]
pub(super) struct FaultInjector(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    function: &'static str,
    /// The place that fails; `None` only watches.
    at: Option<Place>,
    /// The faults of the first attempts there.
    first: VecDeque<NetworkFault>,
    /// The fault of every later attempt.
    then: Option<NetworkFault>,
    injected: usize,
    seen: Vec<Place>,
    /// The bodies of the requests in `seen`, which identify the retries of the one that fails.
    bodies: Vec<Value>,
}

impl Place {
    /// Whether the request changes nothing.
    pub(super) fn reads(&self) -> bool {
        ["GetItem", "Query", "BatchGetItem"].iter().any(|operation| self.what.starts_with(operation))
    }

    /// Whether the request only stores a response for replays. The key was reserved before.
    pub(super) fn only_keeps_answer(&self) -> bool {
        self.what == "PutItem IDEMPOTENCY" && self.nth == 1
    }

    /// Whether the request stores a response, alone or together with the change that the response reports.
    pub(super) fn keeps_answer(&self) -> bool {
        self.only_keeps_answer() || (self.what.starts_with("TransactWriteItems") && self.is_of("IDEMPOTENCY"))
    }

    /// Whether the request is the audit record that a message of a reset was sent. The first record is that of its
    /// beginning.
    pub(super) fn records_message(&self) -> bool {
        self.what == "PutItem AUDIT" && self.nth == 1
    }

    /// Whether the request is the only record that a notice was sent.
    pub(super) fn notes_notice(&self) -> bool {
        self.what == "UpdateItem NOTICE" && self.nth == 1
    }

    /// The operation, with the kinds of its items.
    pub(super) fn asks(&self) -> &str {
        &self.what
    }

    /// Whether the request concerns this kind of item, perhaps among others.
    pub(super) fn is_of(&self, kind: &str) -> bool {
        self.what.split(' ').skip(1).any(|of| of == kind)
    }
}

impl FaultInjector {
    /// Watches a function from now on. Nothing fails.
    pub(super) fn watch(&self, function: &'static str) {
        *self.plan() = Plan { function, ..Plan::default() };
    }

    /// Injects faults at a place of a function from now on: `first` for the first attempts, `then` for every later one.
    pub(super) fn arm(&self, function: &'static str, at: &Place, first: &[NetworkFault], then: NetworkFault) {
        let first = first.iter().copied().collect();
        *self.plan() = Plan { function, at: Some(at.clone()), first, then: Some(then), ..Plan::default() };
    }

    /// Lets everything through again. Returns the requests that were seen, and how many attempts failed.
    pub(super) fn done(&self) -> (Vec<Place>, usize) {
        let plan = std::mem::take(&mut *self.plan());
        (plan.seen, plan.injected)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap()
    }
}

impl Interceptor for FaultInjector {
    fn passes(&self, sent: Sent) -> Interception {
        let fault = self.plan().pass(&sent);
        Box::pin(async move { fault })
    }
}

impl Plan {
    fn pass(&mut self, sent: &Sent) -> NetworkFault {
        if sent.function != self.function {
            return NetworkFault::Through;
        }
        // Compared as a value, because the members of an object come in any order.
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        let what = what(sent);
        let nth = self.seen.iter().filter(|place| place.what == what).count();
        let mut place = Place { what, nth };
        // A read may be made again later, and only the last request can be its retry. Several writes may be under way.
        let struck =
            self.bodies.iter().zip(&self.seen).rposition(|(tried, at)| *tried == body && self.at.as_ref() == Some(at));
        match struck.filter(|at| !place.reads() || at + 1 == self.bodies.len()) {
            Some(struck) => place = self.seen[struck].clone(),
            None => {
                self.seen.push(place.clone());
                self.bodies.push(body);
            }
        }
        let Some(then) = self.then.filter(|_| self.at.as_ref() == Some(&place)) else { return NetworkFault::Through };
        let fault = self.first.pop_front().unwrap_or(then);
        self.injected += usize::from(fault != NetworkFault::Through);
        fault
    }
}

/// The operation of a request, and the kinds of the items that it concerns.
pub(crate) fn what(sent: &Sent) -> String {
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    let mut what = sent.operation.clone();
    let actions = match body["TransactItems"].as_array() {
        Some(items) => items.iter().flat_map(|item| item.as_object().unwrap().values()).collect(),
        None => vec![&body],
    };
    for action in actions {
        let key = if action["Item"].is_object() { &action["Item"] } else { &action["Key"] };
        let kind = |name: &str| key[name]["S"].as_str().and_then(|text| text.split('#').next()).unwrap_or_default();
        let (partition, sort) = (kind(PARTITION), kind(SORT));
        what = match (partition, sort) {
            ("", _) => what,
            (partition, sort) if ["RING", "LONG", "ORDER"].contains(&sort) => format!("{what} {partition}/{sort}"),
            (partition, _) => format!("{what} {partition}"),
        };
    }
    what
}
