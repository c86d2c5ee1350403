//! The worker's invocations: new delivery jobs on the table's stream, and the schedule that sweeps up notices.
//!
//! A record that cannot be read is skipped. Failing it would only block the records behind it.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use shared::ports::store::DeliveryJob;
use shared::unavailable::Unavailable;

use crate::lambda::cold_start::{ColdStart, INIT_LIMIT};
use crate::table::{PARTITION, SORT, job_of};

/// The event of a record that may be a job: a job is a new item, never a changed one.
const INSERT: &str = "INSERT";
/// The source that EventBridge names in the events of a rule's schedule.
const SCHEDULE_SOURCE: &str = "aws.events";
/// The detail type that EventBridge and EventBridge Scheduler give to scheduled events.
const SCHEDULE_DETAIL_TYPE: &str = "Scheduled Event";

/// A new delivery job on the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The record's sequence number, by which a failure is reported.
    pub sequence: String,
    /// The delivery job.
    pub job: DeliveryJob,
}

/// Why the worker runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// There are new delivery jobs, oldest first.
    Records(Vec<Record>),
    /// It is time to look for notices that were not sent.
    Sweep,
}

/// The records that Lambda is to retry; all others are done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

impl BatchResponse {
    /// The response that asks for a retry of these sequence numbers.
    pub fn failed(sequences: impl IntoIterator<Item = String>) -> Self {
        let failure = |item_identifier| BatchItemFailure { item_identifier };
        Self { batch_item_failures: sequences.into_iter().map(failure).collect() }
    }
}

/// Reads why the worker runs. Any other event counts as a batch without jobs.
#[must_use]
pub fn invocation(event: &Value) -> Invocation {
    let scheduled = event["source"] == SCHEDULE_SOURCE || event["detail-type"] == SCHEDULE_DETAIL_TYPE;
    if scheduled {
        return Invocation::Sweep;
    }
    match event["Records"].as_array() {
        Some(records) => Invocation::Records(records.iter().filter_map(record).collect()),
        None => {
            tracing::error!("the event contains no records and does not come from the schedule");
            Invocation::Records(Vec::new())
        }
    }
}

/// Reads a record; `None` if it is not a new job.
fn record(value: &Value) -> Option<Record> {
    let change = &value["dynamodb"];
    let key = |attribute: &str| change["Keys"][attribute]["S"].as_str();
    let read = (value["eventName"].as_str(), change["SequenceNumber"].as_str(), key(PARTITION), key(SORT));
    let (Some(event), Some(sequence), Some(partition), Some(sort)) = read else {
        tracing::error!("a record of the stream cannot be read and is skipped");
        return None;
    };
    if event != INSERT {
        return None;
    }
    Some(Record { sequence: sequence.to_owned(), job: job_of(partition, sort)? })
}

/// Serves invocations for as long as the instance lives; `handle` returns the records to retry.
///
/// # Errors
/// A failure that the Lambda runtime cannot recover from.
pub async fn serve_stream<F, Fut>(handle: F) -> Result<(), lambda_runtime::Error>
where
    F: Fn(Invocation) -> Fut,
    Fut: Future<Output = BatchResponse>,
{
    let handle = &handle;
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        Ok::<_, lambda_runtime::Error>(handle(invocation(&event.payload)).await)
    });
    lambda_runtime::run(service).await
}

/// Composes the worker at cold start, then serves invocations with it.
///
/// While the composition fails, every record of a batch is to be retried.
///
/// # Errors
/// As [`serve_stream`].
pub async fn serve_composed<T>(
    compose: impl AsyncFn() -> Result<T, Unavailable>,
    handle: impl AsyncFn(&T, Invocation) -> BatchResponse,
) -> Result<(), lambda_runtime::Error> {
    let cold_start = ColdStart::new(compose);
    cold_start.prepare(INIT_LIMIT).await;
    let (cold_start, handle) = (&cold_start, &handle);
    serve_stream(move |invocation| async move {
        match cold_start.composed().await {
            Ok(worker) => handle(worker, invocation).await,
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(what = error.what, cause, "a dependency failed");
                BatchResponse::failed(sequences(invocation))
            }
        }
    })
    .await
}

fn sequences(invocation: Invocation) -> Vec<String> {
    match invocation {
        Invocation::Records(records) => records.into_iter().map(|record| record.sequence).collect(),
        Invocation::Sweep => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::random::{AccountId, Randomness, ResetId};

    use super::*;

    struct Fixed;

    impl Randomness for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn inserted(sequence: &str, partition: &str, sort: &str) -> Value {
        json!({
            "eventID": "1",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-central-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_479_499_740,
                "Keys": {"pk": {"S": partition}, "sk": {"S": sort}},
                "SequenceNumber": sequence,
                "SizeBytes": 112,
                "StreamViewType": "KEYS_ONLY"
            }
        })
    }

    #[test]
    fn new_jobs_are_taken_from_the_stream() {
        let reset = ResetId::draw(&Fixed);
        let account = AccountId::draw(&Fixed);
        let partition = format!("RESET#{}", reset.as_str());
        let mut modified = inserted("4", &partition, "RESET");
        modified["eventName"] = json!("MODIFY");
        let event = json!({"Records": [
            inserted("1", &partition, "RESET"),
            inserted("2", &partition, "ORDER#2"),
            inserted("3", &format!("ACCOUNT#{}", account.as_str()), "ACCOUNT"),
            modified,
            {"eventName": "INSERT"},
            null,
            inserted("5", "RESET#x", "RESET"),
        ]});
        let job =
            |sequence: &str, n| Record { sequence: sequence.to_owned(), job: DeliveryJob::Code(reset.clone(), n) };
        assert_eq!(invocation(&event), Invocation::Records(vec![job("1", 1), job("2", 2)]));
        assert_eq!(sequences(invocation(&event)), ["1", "2"]);
    }

    #[test]
    fn a_schedule_is_a_sweep_and_anything_else_is_nothing() {
        assert_eq!(
            invocation(&json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})),
            Invocation::Sweep
        );
        assert_eq!(
            invocation(&json!({"source": "aws.scheduler", "detail-type": "Scheduled Event"})),
            Invocation::Sweep
        );
        for event in [json!({}), json!([]), Value::Null, json!({"Records": {}}), json!({"Records": []})] {
            assert_eq!(invocation(&event), Invocation::Records(vec![]), "{event}");
        }
    }

    #[test]
    fn failures_are_reported_one_by_one() {
        let response = BatchResponse::failed(["7".to_owned(), "9".to_owned()]);
        let expected = json!({"batchItemFailures": [{"itemIdentifier": "7"}, {"itemIdentifier": "9"}]});
        assert_eq!(serde_json::to_value(response).ok(), Some(expected));
        assert_eq!(serde_json::to_value(BatchResponse::default()).ok(), Some(json!({"batchItemFailures": []})));
    }
}
