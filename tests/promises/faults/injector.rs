//! A wire on which the requests at one place of a flow come to grief.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use aws::table::{PARTITION, SORT};
use local::{Interception, Interceptor, NetworkFault, Sent};
use serde_json::Value;

/// A request of a flow: what it asks of which items, and which one of those it is, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    what: String,
    nth: usize,
}

/// Watches the requests of one function, and strikes at one place, attempt by attempt.
#[derive(Debug, Default)]
pub(super) struct FaultInjector(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    function: &'static str,
    /// Where what it names comes to grief.
    at: Option<Place>,
    /// What becomes of the first attempts there.
    first: VecDeque<NetworkFault>,
    /// What becomes of every later one.
    then: Option<NetworkFault>,
    /// What the request that is struck asks for, by which it is known when it is sent again.
    struck: Option<Value>,
    injected: usize,
    seen: Vec<Place>,
}

impl Place {
    /// Whether it changes nothing.
    pub(super) fn reads(&self) -> bool {
        ["GetItem", "Query", "BatchGetItem"].iter().any(|operation| self.what.starts_with(operation))
    }

    /// Whether it only keeps an answer for repetitions: the key was claimed before.
    pub(super) fn only_keeps_answer(&self) -> bool {
        self.what == "PutItem IDEMPOTENCY" && self.nth == 1
    }

    /// Whether it keeps an answer, alone or together with what the answer tells of.
    pub(super) fn keeps_answer(&self) -> bool {
        self.only_keeps_answer() || (self.what.starts_with("TransactWriteItems") && self.is_of("IDEMPOTENCY"))
    }

    /// Whether it writes down, with a record for the audit, that a message of a reset is out.
    pub(super) fn records_message(&self) -> bool {
        self.what == "TransactWriteItems RESET AUDIT" && self.nth == 1
    }

    /// Whether it is all that is written down of a notice that is out.
    pub(super) fn notes_notice(&self) -> bool {
        self.what == "UpdateItem NOTICE" && self.nth == 1
    }

    /// What it asks of which items.
    pub(super) fn asks(&self) -> &str {
        &self.what
    }

    /// Whether it is asked of this kind of item, among others.
    pub(super) fn is_of(&self, kind: &str) -> bool {
        self.what.split(' ').skip(1).any(|of| of == kind)
    }
}

impl FaultInjector {
    /// Watches a function from now on; nothing comes to grief.
    pub(super) fn watch(&self, function: &'static str) {
        *self.plan() = Plan { function, ..Plan::default() };
    }

    /// Strikes at a place of a function from now on: the first attempts as `first` says, every later one as `then`.
    pub(super) fn arm(&self, function: &'static str, at: &Place, first: &[NetworkFault], then: NetworkFault) {
        let first = first.iter().copied().collect();
        *self.plan() = Plan { function, at: Some(at.clone()), first, then: Some(then), ..Plan::default() };
    }

    /// Lets everything through again; which requests there were, and how many attempts were struck.
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
        // As a value: the members of an object stand in any order.
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        if self.struck.as_ref() != Some(&body) {
            let what = what(sent);
            let nth = self.seen.iter().filter(|place| place.what == what).count();
            let place = Place { what, nth };
            self.struck = (self.at.as_ref() == Some(&place)).then_some(body);
            self.seen.push(place);
        }
        let Some(then) = self.then.filter(|_| self.struck.is_some()) else { return NetworkFault::Through };
        let fault = self.first.pop_front().unwrap_or(then);
        self.injected += usize::from(fault != NetworkFault::Through);
        fault
    }
}

/// The operation of a request, and the kinds of the items that it is asked of.
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
