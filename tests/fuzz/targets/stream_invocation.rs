//! Invocations of the worker: jobs are found among the records, each with its own sequence number.
use aws::lambda::stream::{Invocation, invocation};
use serde_json::Value;

pub(super) fn run(bytes: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else { return };
    let Invocation::Records(taken) = invocation(&event) else { return };
    let mut records = event["Records"].as_array().into_iter().flatten();
    for record in taken {
        let found = records.find(|value| value["dynamodb"]["SequenceNumber"] == *record.sequence);
        assert!(found.is_some(), "in the order of the stream, none twice");
    }
}
