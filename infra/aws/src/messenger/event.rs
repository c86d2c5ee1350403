//! Events through EventBridge.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde_json::json;
use shared::ports::messenger::SessionsRevoked;

use super::outcome::{Fault, Outcome, dispatch, unmodelled};
use crate::config::settings::MessengerSettings;

/// The `source` of every event.
const SOURCE: &str = "rekey";
/// The `detail-type` of the event.
const SESSIONS_REVOKED: &str = "SessionsRevoked";

/// The status assumed for an entry that failed although its request succeeded.
const ENTRY_FAILED: u16 = 500;

pub(super) async fn publish(client: &Client, settings: &MessengerSettings, event: &SessionsRevoked) -> Outcome {
    let detail = json!({
        "accountId": event.account.as_str(),
        "userName": event.user_name,
        "signInSessionsValidFromDateTime": event.at.to_string(),
    });
    let entry = PutEventsRequestEntry::builder()
        .source(SOURCE)
        .detail_type(SESSIONS_REVOKED)
        .detail(detail.to_string())
        .time(DateTime::from_millis(i64::try_from(event.at.millis()).unwrap_or(i64::MAX)))
        .set_event_bus_name(settings.event_bus.clone())
        .build();
    let result = client.put_events().entries(entry).send().await;
    if let Some(fault) = result.as_ref().ok().and_then(refused_entry) {
        tracing::error!(provider = "events", account = ?event.account, ?fault, "an event was not accepted");
        return fault.into();
    }
    dispatch("events", event.account.as_str(), result, |_| None, fault_of)
}

/// Why the only entry was refused, if a successful request reports that.
fn refused_entry(output: &PutEventsOutput) -> Option<Fault> {
    let code = output.entries().iter().find_map(|entry| entry.error_code());
    if output.failed_entry_count() == 0 && code.is_none() {
        return None;
    }
    Some(unmodelled(code, ENTRY_FAILED).unwrap_or(Fault::Busy))
}

fn fault_of(error: &PutEventsError) -> Option<Fault> {
    match error {
        PutEventsError::InternalException(_) => Some(Fault::Busy),
        _ => None,
    }
}
