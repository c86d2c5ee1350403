//! The one line that the log has of every request: which route, what came of it, how long it took, and the names under
//! which the rest is found.
//!
//! It names the route and never the path, because a path holds a reset's id or a person's name.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use http::{Method, StatusCode};
use serde_json::Value;
use shared::http::{RequestId, Response};
use shared::random::ResetId;
use shared::records::audit::correlation;

/// The beginning of the paths of one reset.
const RESETS: &str = "/v1/resets";

/// Requests to the table since the process started, each attempt counted. An instance handles one event at a time.
static TABLE_REQUESTS: AtomicU32 = AtomicU32::new(0);

/// Counts one request to the table.
pub(crate) fn count_table_request() {
    TABLE_REQUESTS.fetch_add(1, Ordering::Relaxed);
}

/// A request that is being handled.
pub(crate) struct RequestLine {
    method: String,
    route: String,
    reset: Option<ResetId>,
    is_cold: bool,
    started: Instant,
    table_requests: u32,
}

impl RequestLine {
    /// Begins the line of an event. `is_cold` says that it is the instance's first.
    pub(crate) fn begin(event: &Value, is_cold: bool) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let path = event["rawPath"].as_str().unwrap_or_default();
        let id = path.strip_prefix(RESETS).and_then(|rest| rest.strip_prefix('/')?.split('/').next());
        Self {
            method: text(&event["requestContext"]["http"]["method"]),
            route: text(&event["routeKey"]),
            reset: id.and_then(ResetId::parse),
            is_cold,
            started: Instant::now(),
            table_requests: TABLE_REQUESTS.load(Ordering::Relaxed),
        }
    }

    /// Writes the line once the response is known.
    pub(crate) fn end(&self, response: &Response) {
        let begun = begun(&self.method, &self.route, response);
        let reset = self.reset.as_ref().or(begun.as_ref());
        tracing::info!(
            route = self.route,
            method = self.method,
            status = response.status().as_u16(),
            milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            table_requests = TABLE_REQUESTS.load(Ordering::Relaxed).wrapping_sub(self.table_requests),
            cold = self.is_cold,
            request_id = response.extensions().get::<RequestId>().map(|id| id.0.as_str()),
            correlation = reset.map(correlation),
            "request"
        );
    }
}

/// The reset that a response says was begun.
fn begun(method: &str, route: &str, response: &Response) -> Option<ResetId> {
    let is_begin = method == Method::POST.as_str() && route.ends_with(RESETS);
    let body: Value = (is_begin && response.status() == StatusCode::ACCEPTED)
        .then(|| serde_json::from_slice(response.body()).ok())
        .flatten()?;
    ResetId::parse(body["resetId"].as_str()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::http::{ErrorFormat, Failure, Problem, response};
    use shared::time::Clock;

    use super::*;
    use crate::config::system::{SystemClock, SystemRandom};
    use crate::lambda::logging::tests::captured;

    fn line(event: &Value, response: &Response) -> Value {
        let (lines, subscriber) = captured(None);
        tracing::subscriber::with_default(subscriber, || {
            let line = RequestLine::begin(event, true);
            count_table_request();
            line.end(response);
        });
        serde_json::from_str(lines.text().lines().last().unwrap()).unwrap()
    }

    fn event(route: &str, path: &str) -> Value {
        json!({"routeKey": route, "rawPath": path, "requestContext": {"http": {"method": "POST"}}})
    }

    #[test]
    fn a_refusal_is_found_by_the_id_that_its_caller_quotes() {
        let reset = ResetId::draw(&SystemRandom);
        let path = format!("/v1/resets/{}/verifications", reset.as_str());
        let problem = Failure::from(Problem::NO_ROUTE);
        let refused = problem.response(ErrorFormat::Rekey, &SystemRandom, SystemClock.now());
        let quoted: Value = serde_json::from_slice(refused.body()).unwrap();
        let written = line(&event("ANY /v1/resets/{resetId}/verifications", &path), &refused);
        let fields = &written["fields"];
        assert_eq!(fields["request_id"], quoted["requestId"]);
        assert_eq!(fields["route"], "ANY /v1/resets/{resetId}/verifications");
        assert_eq!(
            (&fields["method"], &fields["status"], &fields["cold"]),
            (&json!("POST"), &json!(404), &json!(true))
        );
        assert_eq!(fields["correlation"], correlation(&reset));
        assert!(fields["milliseconds"].is_u64() && fields["table_requests"].as_u64() >= Some(1));
        assert!(!written.to_string().contains(reset.as_str()), "the id itself would be enough to spend tries");
    }

    #[test]
    fn the_line_of_a_begun_reset_has_the_correlation_of_its_audit_records() {
        let reset = ResetId::draw(&SystemRandom);
        let begun = response::json(StatusCode::ACCEPTED, &json!({"resetId": reset.as_str()}));
        let written = line(&event("ANY /v1/resets", "/v1/resets"), &begun);
        assert_eq!(written["fields"]["correlation"], correlation(&reset));
        assert!(!written.to_string().contains(reset.as_str()));
        let other = line(&event("ANY /graph/{proxy+}", "/graph/v1.0/users/adele@contoso.example"), &begun);
        assert_eq!(other["fields"].get("correlation"), None);
        assert!(!other.to_string().contains("adele"), "a path holds names");
    }
}
