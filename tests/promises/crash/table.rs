//! What the table holds after a run.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::people::Person;
use crate::support::Service;

/// Every row, as JSON.
pub(crate) struct Table(Vec<Value>);

/// How far a reset got, according to its row and its records in the audit.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) stage: String,
    /// Gates that were proved, by the audit.
    pub(crate) proofs: usize,
    /// Passwords that were set, by the audit.
    pub(crate) completions: usize,
}

impl Table {
    /// Reads the table, once every delivery is done.
    pub(crate) async fn read(service: &Service) -> Self {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let scan = service.running.client.scan().table_name(service.running.table).consistent_read(true);
            let page = scan.set_exclusive_start_key(after).send().await.expect("the table can be read");
            rows.extend(page.items.unwrap_or_default().iter().map(members));
            after = page.last_evaluated_key;
            if after.is_none() {
                return Self(rows);
            }
        }
    }

    fn of_partition<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |row| {
            let partition = row["pk"].as_str().unwrap_or_default();
            partition.split('#').next() == Some(kind)
        })
    }

    fn row(&self, partition: &str, sort: &str) -> Option<&Value> {
        self.0.iter().find(|row| row["pk"] == partition && row["sk"] == sort)
    }

    /// The jobs that nobody delivered, by their keys.
    pub(crate) fn pending(&self) -> Vec<&str> {
        let settled = |row: &&Value| row["delivery_settled"].as_u64().unwrap_or_default();
        let resets = self.of_partition("RESET").filter(|row| row["sk"] == "RESET");
        // A reset whose code was used is done, even if the delivery was not: nobody needs its message.
        let resets = resets.filter(|row| ["gateOne", "gateTwo"].iter().any(|stage| row["stage"] == *stage));
        let resets = resets.filter(|row| settled(row) < row["issued"]["order"].as_u64().unwrap());
        let challenges = self.of_partition("CHALLENGE").filter(|row| row["used"] == false && settled(row) < 1);
        let notices = self.of_partition("NOTICE").filter(|row| row["finished"] != true);
        resets.chain(challenges).chain(notices).map(|row| row["pk"].as_str().unwrap()).collect()
    }

    /// The resets that were linked to a person, by their ids.
    pub(crate) fn resets(&self, person: &Person) -> Vec<(String, Progress)> {
        let resets = self.of_partition("RESET").filter(|row| row["snapshot"]["account"] == person.account.as_str());
        let ids = resets.map(|row| row["pk"].as_str().unwrap().strip_prefix("RESET#").unwrap());
        ids.map(|id| (id.to_owned(), self.progress(id))).collect()
    }

    /// How far a reset got.
    pub(crate) fn progress(&self, id: &str) -> Progress {
        let row = self.row(&format!("RESET#{id}"), "RESET").expect("a reset whose beginning was confirmed");
        let digest = Sha256::new().chain_update(b"correlation\0").chain_update(id).finalize();
        let correlation = BASE64URL_NOPAD.encode(&digest[..16]);
        let records: Vec<&Value> =
            self.of_partition("AUDIT").filter(|row| row["correlation"] == correlation.as_str()).collect();
        let proof = |row: &&&Value| {
            let reason = row["reason"].as_str().unwrap();
            reason.starts_with("User completed the ") && reason.ends_with(" verification option")
        };
        Progress {
            stage: row["stage"].as_str().unwrap().to_owned(),
            proofs: records.iter().filter(proof).count(),
            completions: records.iter().filter(|row| row["activity"] == "passwordReset").count(),
        }
    }

    /// How many records of an activity are about a person.
    pub(crate) fn audited(&self, person: &Person, activity: &str) -> usize {
        let about = |row: &&Value| row["target"]["account"] == person.account.as_str() && row["activity"] == activity;
        self.of_partition("AUDIT").filter(about).count()
    }

    /// Guesses charged to a person's account since its last completion.
    pub(crate) fn charged(&self, person: &Person) -> usize {
        self.guess_log(person)["attempts"].as_array().map_or(0, Vec::len)
    }

    /// Completions in a person's guess log.
    pub(crate) fn completions(&self, person: &Person) -> usize {
        let log = self.guess_log(person);
        (1..=5).filter(|number| log[format!("completion_{number}")].as_u64().unwrap_or_default() > 0).count()
    }

    fn guess_log(&self, person: &Person) -> Value {
        self.row(&format!("OWNER#account.{}", person.account), "RING").cloned().unwrap_or_default()
    }

    /// The codes of resets that are counted for a person's account and were not refunded.
    pub(crate) fn counted(&self, person: &Person, channel: &str) -> usize {
        let row = self.row(&format!("SENDS#account.{}", person.account), "SENDS");
        let counted = row.and_then(|row| row["counted"].as_array()).map(Vec::as_slice).unwrap_or_default();
        counted.iter().filter(|sent| sent["channel"] == channel && sent["refunded"] == false).count()
    }

    /// How often a job's message is counted for destinations.
    pub(crate) fn counted_for_destinations(&self, job: &str) -> usize {
        let rows = self.of_partition("SENDS").filter(|row| !row["pk"].as_str().unwrap().starts_with("SENDS#account."));
        rows.flat_map(|row| row["counted"].as_array().unwrap()).filter(|sent| sent["order"] == job).count()
    }

    /// Money that was reserved for a person in a share, in millionths of a dollar.
    pub(crate) fn spent(&self, person: &Person, share: &str) -> u64 {
        let name = format!("{share}.account.{}", person.account);
        let rows = self.of_partition("SPEND").filter(|row| row["sk"] == name.as_str());
        rows.map(|row| row["spent"].as_u64().unwrap()).sum()
    }
}

fn members(item: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
}

/// A value as JSON; bytes are left out.
fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => number.parse::<u64>().map_or_else(|_| json!(number), |number| json!(number)),
        AttributeValue::Bool(truth) => json!(truth),
        AttributeValue::L(list) => list.iter().map(plain).collect(),
        AttributeValue::M(map) => members(map),
        _ => Value::Null,
    }
}
