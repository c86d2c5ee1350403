//! Faults as a file of rules decides: of requests to the table, of messages, and of events.

use std::fmt;
use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::stand_ins::interceptor::{Interception, Interceptor, NetworkFault, Sent};

/// The service whose requests pass the interceptor: the table.
pub(crate) const DYNAMODB: &str = "dynamodb";
/// The service that takes events.
pub(crate) const EVENTS: &str = "events";
/// The operation of the services that take messages.
pub(crate) const SEND: &str = "send";
/// The operation of the service that takes events.
pub(crate) const PUBLISH: &str = "publish";

/// What a rule does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// It waits, then goes through.
    Delay(Duration),
    /// It is refused, because the service is too busy.
    Err,
    /// The connection breaks before it arrives.
    DropBefore,
    /// It arrives, but its response does not.
    DropAfter,
    /// It arrives twice.
    Dup,
}

impl Action {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::Err => "err",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::Dup => "dup",
        }
    }

    fn interception(self) -> Interception {
        let fault = match self {
            Self::Delay(pause) => {
                return Box::pin(async move {
                    tokio::time::sleep(pause).await;
                    NetworkFault::Through
                });
            }
            Self::Err => NetworkFault::Throttled,
            Self::DropBefore => NetworkFault::Lost,
            Self::DropAfter => NetworkFault::AnswerLost,
            Self::Dup => NetworkFault::Duplicated,
        };
        Box::pin(ready(fault))
    }
}

/// One rule, and how many requests matched it so far.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The service, such as `sms`.
    pub(crate) service: &'static str,
    /// The operation; `None` for any.
    pub(crate) operation: Option<&'static str>,
    /// The functions whose requests to the table match. A message or an event matches whatever they are.
    pub(crate) functions: Vec<&'static str>,
    /// Which matching request the rule applies to, counted from 1; `None` for all.
    pub(crate) nth: Option<u64>,
    /// What it does.
    pub(crate) action: Action,
    /// How many requests matched so far.
    pub(crate) matched: AtomicU64,
}

/// A request, as rules see it.
#[derive(Clone, Copy)]
struct Request<'a> {
    service: &'a str,
    operation: &'a str,
    /// The function that sends it; `None` for a message or an event, which only the worker sends.
    function: Option<&'a str>,
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.operation)
    }
}

impl Rule {
    fn matches(&self, request: Request<'_>) -> bool {
        self.service == request.service
            && self.operation.is_none_or(|operation| operation == request.operation)
            && request.function.is_none_or(|function| self.functions.contains(&function))
    }

    /// Counts a matching request. Returns whether the rule applies to it.
    fn applies(&self) -> bool {
        let number = self.matched.fetch_add(1, Ordering::SeqCst) + 1;
        self.nth.is_none_or(|nth| nth == number)
    }
}

/// The rules of a file, in its order.
#[derive(Debug, Default)]
pub(crate) struct FaultRules(Vec<Rule>);

impl FaultRules {
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// How many rules there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Decides about a message or an event on its way to a provider.
    pub(crate) fn passes_provider(&self, service: &str, operation: &str) -> Interception {
        self.decide(Request { service, operation, function: None })
    }

    /// Every matching rule counts the request. The first one that applies decides.
    fn decide(&self, request: Request<'_>) -> Interception {
        let mut decided = None;
        for (at, rule) in self.0.iter().enumerate().filter(|(_, rule)| rule.matches(request)) {
            if rule.applies() && decided.is_none() {
                decided = Some((at, rule.action));
            }
        }
        let Some((at, action)) = decided else {
            return Box::pin(ready(NetworkFault::Through));
        };
        tracing::info!("faults[{at}]: {request} {}", action.as_str());
        action.interception()
    }
}

impl Interceptor for FaultRules {
    fn passes(&self, sent: Sent) -> Interception {
        self.decide(Request { service: DYNAMODB, operation: &sent.operation, function: Some(sent.function) })
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::block_on;

    use super::*;

    fn rule(operation: Option<&'static str>, nth: Option<u64>, action: Action) -> Rule {
        let matched = AtomicU64::new(0);
        Rule { service: DYNAMODB, operation, functions: vec!["register"], nth, action, matched }
    }

    fn passes(rules: &FaultRules, function: &'static str, operation: &str) -> NetworkFault {
        block_on(rules.passes(Sent { function, operation: operation.to_owned(), body: Vec::new() }))
    }

    #[test]
    fn every_matching_rule_counts_and_the_first_that_applies_decides() {
        let rules = FaultRules::new(vec![
            rule(Some("Query"), Some(2), Action::DropBefore),
            rule(None, Some(3), Action::Dup),
            rule(Some("Query"), None, Action::Err),
        ]);
        let faults = ["Query", "GetItem", "Query", "Query"].map(|operation| passes(&rules, "register", operation));
        let expected = [NetworkFault::Throttled, NetworkFault::Through, NetworkFault::Lost, NetworkFault::Throttled];
        assert_eq!(faults, expected);
        assert_eq!(passes(&rules, "local", "Query"), NetworkFault::Through, "it is another function");
        assert_eq!(block_on(rules.passes_provider("sms", SEND)), NetworkFault::Through, "it is another service");
        let matched: Vec<u64> = rules.0.iter().map(|rule| rule.matched.load(Ordering::SeqCst)).collect();
        assert_eq!(matched, [3, 4, 3]);
    }
}
