//! The worker: takes jobs from the table's stream to the function that delivers them, as Lambda does.
//!
//! Batches run concurrently. A job that failed is retried for a minute, and no other job waits for it.

use std::sync::Arc;
use std::time::Duration;

use aws::config::system::SystemClock;
use aws::lambda::stream::{Invocation, invocation};
use aws::store::DynamoStore;
use dynoxide::Database;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use serde_json::{Value, json};
use shared::ports::store::{Deliveries, DeliveryJob};
use shared::time::{Clock, HOUR, Moment};
use shared::use_cases::deliver_code::DeliverCode;
use shared::use_cases::record_delivery::RecordDelivery;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::setup::start_error::StartError;
use crate::stand_ins::clock::OffsetClock;
use crate::stand_ins::engine::TABLE;
use crate::stand_ins::outbox::Outbox;

/// The use case that delivers jobs.
pub(crate) type Deliver = DeliverCode<DynamoStore, Outbox>;
/// The use case that records what becomes of messages.
pub(crate) type Record = RecordDelivery<DynamoStore>;

/// How long the stream is left alone if nothing wakes the worker.
const POLL: Duration = Duration::from_millis(100);
/// Most records per read: DynamoDB's own limit.
const PAGE: usize = 1000;
/// How long a failed job is retried, in seconds of the service's clock; the template says the same.
const RETRY_SECONDS: u64 = 60;
/// The pause before a failed job's second try; it doubles with every try.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Seconds between two sweeps for unsent notices, by the service's clock. The template's schedule waits five minutes; a
/// person at a terminal does not.
const SWEEP_SECONDS: u64 = 60;
/// The age of the oldest records that are delivered after a start, in seconds: the longest life of a reset, after which
/// its codes are useless. No notice is lost, because the sweep finds notices in the table.
const HORIZON_SECONDS: u64 = HOUR;
/// How long a caller waits for deliveries before it goes on without them: a hundred at once take seconds on a busy
/// machine.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Time limit for running deliveries when the service stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle to the running worker.
#[derive(Clone)]
pub(crate) struct Worker {
    wake: Arc<Notify>,
    commands: mpsc::UnboundedSender<Command>,
}

/// A caller that waits until every job created so far has been tried.
struct Command {
    /// Whether failed jobs are to be retried at once.
    again: bool,
    done: oneshot::Sender<()>,
}

impl Worker {
    /// Has the worker read the stream now.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Returns once every job created so far has been tried.
    pub(crate) async fn settle(&self) {
        self.command(false).await;
    }

    /// Returns once every job created so far has been tried, and every failed job tried again.
    pub(crate) async fn settle_again(&self) {
        self.command(true).await;
    }

    async fn command(&self, again: bool) {
        let (done, settled) = oneshot::channel();
        if self.commands.send(Command { again, done }).is_ok() {
            let _ = timeout(SETTLE_TIMEOUT, settled).await;
        }
    }
}

/// A job, and its retries so far.
#[derive(Clone)]
struct Attempt {
    job: DeliveryJob,
    since: Moment,
    pause: Duration,
    next: Instant,
}

/// Starts the worker at the beginning of the stream. Jobs that were completed before are not sent again.
pub(crate) fn start(
    database: Database,
    (deliver, record): (Arc<Deliver>, Arc<Record>),
    clock: Arc<OffsetClock>,
    stop: watch::Receiver<bool>,
) -> Result<(Worker, tokio::task::JoinHandle<()>), StartError> {
    let stream = Stream::open(database)?;
    let (commands, commanded) = mpsc::unbounded_channel();
    let worker = Worker { wake: Arc::new(Notify::new()), commands };
    // A sweep is due at once: the process may have ended between a job's creation and its delivery.
    let swept_at = Moment::from_millis(0);
    let running = Running {
        stream,
        deliver,
        record,
        clock,
        failed: Vec::new(),
        batches: JoinSet::new(),
        swept_at,
        waiting: Vec::new(),
        started: false,
    };
    let task = tokio::spawn(running.run(worker.wake.clone(), commanded, stop));
    Ok((worker, task))
}

struct Running {
    stream: Stream,
    deliver: Arc<Deliver>,
    record: Arc<Record>,
    clock: Arc<OffsetClock>,
    failed: Vec<Attempt>,
    /// The running batches; each returns the attempts that failed.
    batches: JoinSet<Vec<Attempt>>,
    swept_at: Moment,
    waiting: Vec<oneshot::Sender<()>>,
    /// Whether the stream has been read before.
    started: bool,
}

impl Running {
    async fn run(
        mut self,
        wake: Arc<Notify>,
        mut commands: mpsc::UnboundedReceiver<Command>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut tick = interval(POLL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.changed() => break,
                () = wake.notified() => {}
                _ = tick.tick() => {}
                Some(command) = commands.recv() => self.accept(command),
                Some(ended) = self.batches.join_next(), if !self.batches.is_empty() => self.end(ended),
            }
            while let Some(ended) = self.batches.try_join_next() {
                self.end(ended);
            }
            self.step().await;
        }
        let batches = &mut self.batches;
        let _ = timeout(STOP_TIMEOUT, async { while batches.join_next().await.is_some() {} }).await;
    }

    fn accept(&mut self, command: Command) {
        if command.again {
            let now = Instant::now();
            self.failed.iter_mut().for_each(|attempt| attempt.next = now);
            self.swept_at = Moment::from_millis(0);
        }
        self.waiting.push(command.done);
    }

    async fn step(&mut self) {
        let now = self.clock.now();
        match self.stream.jobs().await {
            Ok(jobs) => {
                let first = |job| Attempt { job, since: now, pause: FIRST_PAUSE, next: Instant::now() };
                let abandoned = !std::mem::replace(&mut self.started, true);
                self.deliver(jobs.into_iter().map(first).collect(), abandoned);
            }
            Err(error) => tracing::error!(error, "the stream cannot be read"),
        }
        self.retry(now);
        self.record();
        if now >= self.swept_at.plus(SWEEP_SECONDS) {
            self.swept_at = now;
            let deliver = self.deliver.clone();
            self.batches.spawn(async move {
                deliver_code::sweep(&deliver).await;
                Vec::new()
            });
        }
        if self.batches.is_empty() {
            for waiting in self.waiting.drain(..) {
                // A caller that stopped waiting need not be notified.
                let _ = waiting.send(());
            }
        }
    }

    fn retry(&mut self, now: Moment) {
        let (old, young) =
            self.failed.drain(..).partition::<Vec<_>, _>(|attempt| now > attempt.since.plus(RETRY_SECONDS));
        if !old.is_empty() {
            tracing::warn!("{} jobs were given up after a minute", old.len());
        }
        let at = Instant::now();
        let (due, later) = young.into_iter().partition(|attempt| attempt.next <= at);
        self.failed = later;
        self.deliver(due, false);
    }

    /// Records what the providers report of the messages that they took. A report that cannot be recorded is lost: here
    /// nothing repeats it.
    fn record(&mut self) {
        let reports = self.deliver.messenger.take_reports();
        if reports.is_empty() {
            return;
        }
        let record = self.record.clone();
        self.batches.spawn(async move {
            for report in reports {
                if let Err(failed) = record.record(&report).await {
                    tracing::error!(order = report.order, what = failed.what, "a report was not recorded");
                }
            }
            Vec::new()
        });
    }

    /// Delivers jobs. If they are `abandoned`, a worker that ended with its process may still hold their leases.
    fn deliver(&mut self, attempts: Vec<Attempt>, abandoned: bool) {
        if attempts.is_empty() {
            return;
        }
        let deliver = self.deliver.clone();
        self.batches.spawn(async move {
            let jobs: Vec<DeliveryJob> = attempts.iter().map(|attempt| attempt.job.clone()).collect();
            if abandoned {
                // There is no other worker to wait for. If this fails, the lease runs out.
                for job in &jobs {
                    let _ = deliver.context.store.release_job(job).await;
                }
            }
            // A task of its own, so that the jobs are retried whatever happens in it.
            let handled = tokio::spawn(async move { deliver_code::handle(&deliver, jobs).await });
            match handled.await {
                Ok(failed) => attempts.into_iter().filter(|attempt| failed.contains(&attempt.job)).collect(),
                Err(_) => attempts,
            }
        });
    }

    fn end(&mut self, ended: Result<Vec<Attempt>, tokio::task::JoinError>) {
        let now = Instant::now();
        for mut attempt in ended.unwrap_or_default() {
            attempt.next = now + attempt.pause;
            attempt.pause = (attempt.pause * 2).min(LONGEST_PAUSE);
            self.failed.push(attempt);
        }
    }
}

/// The table's stream, read from its beginning.
struct Stream {
    database: Database,
    arn: String,
    position: Option<String>,
    /// Older records are skipped; in seconds since 1970 by the machine's clock.
    horizon: f64,
}

impl Stream {
    fn open(database: Database) -> Result<Self, StartError> {
        let failed = |error: dynoxide::DynoxideError| StartError::Engine(error.to_string());
        let request = ListStreamsRequest { table_name: Some(TABLE.to_owned()), ..Default::default() };
        let listed = database.list_streams(request).map_err(failed)?.streams.into_iter().next();
        let arn = listed.ok_or_else(|| StartError::Engine("the table has no stream".to_owned()))?.stream_arn;
        let position = database.get_shard_iterator(GetShardIteratorRequest {
            stream_arn: arn.clone(),
            shard_id: dynoxide::streams::shard_id(TABLE),
            shard_iterator_type: "TRIM_HORIZON".to_owned(),
            sequence_number: None,
        });
        let position = position.map_err(failed)?.shard_iterator;
        let horizon = SystemClock.now().minus(HORIZON_SECONDS).seconds() as f64;
        Ok(Self { database, arn, position, horizon })
    }

    /// New jobs, oldest first.
    async fn jobs(&mut self) -> Result<Vec<DeliveryJob>, String> {
        let mut jobs = Vec::new();
        loop {
            let (records, last) = self.page().await?;
            if !records.is_empty() {
                // The event that would invoke Lambda.
                match invocation(&json!({ "Records": records })) {
                    Invocation::Records(records) => jobs.extend(records.into_iter().map(|record| record.job)),
                    Invocation::Sweep => {}
                }
            }
            if last {
                return Ok(jobs);
            }
        }
    }

    /// The next records, and whether there are no more for now.
    async fn page(&mut self) -> Result<(Vec<Value>, bool), String> {
        let Some(position) = self.position.clone() else {
            return Ok((Vec::new(), true));
        };
        let database = self.database.clone();
        let request = GetRecordsRequest { shard_iterator: position, limit: Some(PAGE) };
        // The engine is not asynchronous: a separate thread waits for its lock.
        let read = tokio::task::spawn_blocking(move || database.get_records(request));
        let page = read.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        self.position = page.next_shard_iterator;
        let last = page.records.len() < PAGE;
        let fresh =
            page.records.into_iter().filter(|record| record.dynamodb.approximate_creation_date_time >= self.horizon);
        let mut records = Vec::new();
        for record in fresh {
            let mut record = serde_json::to_value(record).map_err(|error| error.to_string())?;
            record["eventSourceARN"] = Value::String(self.arn.clone());
            records.push(record);
        }
        Ok((records, last))
    }
}
