//! Deletes what DynamoDB would have deleted by now: items at the end of their life, and old records of the stream.
//!
//! The engine has a sweep of its own, but it follows the machine's clock, not the service's, and reads the whole table.
//! It never deletes the stream's records.

use std::sync::Arc;
use std::time::Duration;

use aws::config::system::SystemClock;
use aws::table::{PARTITION, SORT, TTL};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use rusqlite::Connection;
use shared::time::{Clock, HOUR, Moment};
use shared::unavailable::Unavailable;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::engine::TABLE;

/// The pause between sweeps: DynamoDB promises days, a person at a terminal expects a minute.
const PAUSE: Duration = Duration::from_secs(60);
/// How many items are looked up at once.
const BATCH: usize = 1000;
const WHAT: &str = "delete expired items";

/// How long the stream keeps its records, in seconds. A worker that starts reads those of the last hour.
const STREAM_SECONDS: u64 = 2 * HOUR;

/// Deletes expired items, and old records of the stream.
#[derive(Clone)]
pub(crate) struct Expiry {
    /// Where the engine's database is.
    at: String,
    client: Client,
}

impl Expiry {
    /// Prepares the database, which has its table already, for finding expired items without reading all of them.
    pub(crate) fn new(at: &str, client: Client) -> Result<Self, rusqlite::Error> {
        Connection::open(at)?.execute_batch(&index())?;
        Ok(Self { at: at.to_owned(), client })
    }

    /// Deletes what has expired at `now`. Returns how many.
    pub(crate) async fn sweep(&self, now: Moment) -> Result<usize, Unavailable> {
        let mut deleted = 0;
        loop {
            let at = self.at.clone();
            // SQLite is not asynchronous.
            let found =
                spawn_blocking(move || expired(&at, now)).await.map_err(|error| Unavailable::new(WHAT, error))?;
            let batch = self.delete(found.map_err(|error| Unavailable::new(WHAT, error))?, now).await?;
            // What was found and not deleted was renewed meanwhile, and lives on.
            if batch == 0 {
                return Ok(deleted);
            }
            deleted += batch;
        }
    }

    /// Deletes those items that are still expired, through the API, so that the stream learns of it. Returns how many.
    async fn delete(&self, keys: Vec<(String, String)>, now: Moment) -> Result<usize, Unavailable> {
        let mut deleted = 0;
        for (partition, sort) in keys {
            let gone = self
                .client
                .delete_item()
                .table_name(TABLE)
                .key(PARTITION, AttributeValue::S(partition))
                .key(SORT, AttributeValue::S(sort))
                .condition_expression("#ttl < :now")
                .expression_attribute_names("#ttl", TTL)
                .expression_attribute_values(":now", AttributeValue::N(now.seconds().to_string()))
                .send()
                .await;
            match gone {
                Ok(_) => deleted += 1,
                Err(error) if error.code() == Some("ConditionalCheckFailedException") => {}
                Err(error) => return Err(Unavailable::new(WHAT, error)),
            }
        }
        Ok(deleted)
    }

    /// Sweeps at intervals.
    pub(crate) async fn run(self, clock: Arc<dyn Clock>, mut stop: watch::Receiver<bool>) {
        let mut pause = interval(PAUSE);
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                _ = pause.tick() => {}
            }
            if let Err(error) = self.sweep(clock.now()).await {
                tracing::error!(%error, "expired rows were not deleted");
            }
            // In memory, a second writer would make requests fail. There the records live as long as the process.
            if !self.at.starts_with("file:") {
                let at = self.at.clone();
                let trimmed = spawn_blocking(move || trim(&Connection::open(at)?, SystemClock.now())).await;
                if !matches!(trimmed, Ok(Ok(_))) {
                    tracing::error!(?trimmed, "old records of the stream were not deleted");
                }
            }
        }
    }
}

/// The keys of some items that have expired at `now`.
fn expired(at: &str, now: Moment) -> Result<Vec<(String, String)>, rusqlite::Error> {
    let connection = Connection::open(at)?;
    // In memory, a reader that meets a writer fails otherwise. What it reads is checked again at the deletion.
    connection.pragma_update(None, "read_uncommitted", true)?;
    let mut found = connection.prepare(&query())?;
    let keys = found.query_map([now.seconds()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    keys.collect()
}

/// The statement that makes the index by which expired items are found.
fn index() -> String {
    let moment = moment();
    format!("CREATE INDEX IF NOT EXISTS rekey_expiry ON {TABLE} ({moment}) WHERE {moment} IS NOT NULL")
}

/// The query for the keys of some items that have expired at its parameter.
fn query() -> String {
    let (moment, partition, sort) = (moment(), key(PARTITION), key(SORT));
    format!("SELECT {partition}, {sort} FROM {TABLE} WHERE {moment} IS NOT NULL AND {moment} < ?1 LIMIT {BATCH}")
}

/// Deletes the stream's records that are too old at `now`, and returns how many. The last record always stays, because
/// the engine numbers the next one after it. The engine waits for one batch at most.
fn trim(database: &Connection, now: Moment) -> Result<usize, rusqlite::Error> {
    let trim = format!(
        "DELETE FROM _stream_records WHERE id IN (SELECT id FROM _stream_records ORDER BY id LIMIT {BATCH})
         AND created_at < ?1 AND id < (SELECT max(id) FROM _stream_records)"
    );
    let mut deleted = 0;
    loop {
        let batch = database.execute(&trim, [now.minus(STREAM_SECONDS).seconds()])?;
        if batch == 0 {
            return Ok(deleted);
        }
        deleted += batch;
    }
}

/// The expression for a part of an item's key. The engine's own columns hold it in another form.
fn key(part: &str) -> String {
    format!("item_json ->> '$.{part}.S'")
}

/// The expression for the second in which an item expires.
fn moment() -> String {
    format!("CAST(item_json ->> '$.{TTL}.N' AS INTEGER)")
}

#[cfg(test)]
mod tests {
    use aws::table;
    use aws_sdk_dynamodb::types::{PutRequest, Select, WriteRequest};

    use super::*;
    use crate::stand_ins::engine::Engine;

    /// A second of which the tests decide what has expired by then.
    const NOW: u64 = 100;

    /// An engine with a table, and what deletes from it. The engine ends with the sender.
    async fn expiry() -> (Expiry, watch::Sender<bool>) {
        let (stop, stopped) = watch::channel(false);
        let engine = Engine::start(None, None, stopped).await.unwrap();
        let client = engine.plain_client();
        table::create(&client, TABLE).await.unwrap();
        (Expiry::new(&engine.at, client).unwrap(), stop)
    }

    fn item(name: &str, ttl: Option<u64>) -> WriteRequest {
        let mut item = PutRequest::builder()
            .item(PARTITION, AttributeValue::S(name.into()))
            .item(SORT, AttributeValue::S("x".into()));
        if let Some(ttl) = ttl {
            item = item.item(TTL, AttributeValue::N(ttl.to_string()));
        }
        WriteRequest::builder().put_request(item.build().unwrap()).build()
    }

    impl Expiry {
        async fn put(&self, items: Vec<WriteRequest>) {
            self.client.batch_write_item().request_items(TABLE, items).send().await.unwrap();
        }

        async fn count(&self) -> i32 {
            self.client.scan().table_name(TABLE).select(Select::Count).send().await.unwrap().count
        }
    }

    #[tokio::test]
    async fn everything_that_has_expired_is_deleted_and_nothing_else() {
        let (expiry, _stop) = expiry().await;
        let names: Vec<_> = (0..=BATCH).map(|number| format!("old-{number}")).collect();
        for names in names.chunks(25) {
            expiry.put(names.iter().map(|name| item(name, Some(NOW - 1))).collect()).await;
        }
        expiry.put(vec![item("just now", Some(NOW)), item("never", None)]).await;
        assert_eq!(expiry.sweep(Moment::from_seconds(NOW)).await.unwrap(), BATCH + 1);
        assert_eq!(expiry.count().await, 2);
    }

    #[tokio::test]
    async fn an_item_that_is_renewed_after_it_was_found_lives_on() {
        let (expiry, _stop) = expiry().await;
        let now = Moment::from_seconds(NOW);
        expiry.put(vec![item("renewed", Some(NOW - 1)), item("gone", Some(NOW - 1))]).await;
        let found = expired(&expiry.at, now).unwrap();
        assert_eq!(found.len(), 2);
        expiry.put(vec![item("renewed", Some(NOW + 1))]).await;
        assert_eq!(expiry.delete(found, now).await.unwrap(), 1);
        assert_eq!(expiry.count().await, 1);
    }

    #[tokio::test]
    async fn expired_items_are_found_by_an_index() {
        let (expiry, _stop) = expiry().await;
        let plan = format!("EXPLAIN QUERY PLAN {}", query());
        let database = Connection::open(&expiry.at).unwrap();
        let plan: String = database.query_row(&plan, [NOW], |row| row.get("detail")).unwrap();
        assert!(plan.contains("rekey_expiry"), "{plan}");
    }

    #[test]
    fn old_records_of_the_stream_are_deleted_but_never_the_last_one() {
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch("CREATE TABLE _stream_records (id INTEGER PRIMARY KEY, created_at INTEGER)").unwrap();
        let records = 2 * BATCH as u64;
        for number in 0..records {
            database.execute("INSERT INTO _stream_records (created_at) VALUES (?1)", [1000 + number]).unwrap();
        }
        let after = |seconds: u64| Moment::from_seconds(1000 + STREAM_SECONDS + seconds);
        assert_eq!(trim(&database, after(0)), Ok(0));
        assert_eq!(trim(&database, after(2)), Ok(2));
        assert_eq!(trim(&database, after(10 * records)), Ok(BATCH * 2 - 3), "the last one stays");
    }
}
