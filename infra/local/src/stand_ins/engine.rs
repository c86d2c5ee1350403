//! The embedded engine: one table that speaks DynamoDB's protocol, served on a loopback port to the real
//! client.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws::table;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::types::{StreamSpecification, StreamViewType};
use dynoxide::Database;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};
use shared::unavailable::Unavailable;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::setup::data::{Data, TABLE_FILE};
use crate::setup::start_error::StartError;
use crate::stand_ins::interceptor::{FaultyConnector, Interceptor};
use crate::stand_ins::meter::Meter;

/// The table's name.
pub(crate) const TABLE: &str = "rekey";
/// Region and credentials, which the client demands and the engine ignores.
const DUMMY: &str = "local";

/// The first backoff after an injected fault: there is nothing to wait for.
const WIRED_BACKOFF: Duration = Duration::from_millis(1);

/// The engine, which also makes its clients.
pub(crate) struct Engine {
    /// The database itself, whose stream the worker reads.
    pub(crate) database: Database,
    /// The file that it is in, or its name in memory.
    pub(crate) at: String,
    url: String,
    http: SharedHttpClient,
    /// Intercepts the requests of clients, for tests.
    interceptor: Option<Arc<dyn Interceptor>>,
    /// The meters, by their client's name.
    meters: BTreeMap<&'static str, Meter>,
    server: JoinHandle<()>,
}

impl Engine {
    /// Opens the database and serves it until `stop` changes.
    pub(crate) async fn start(
        data: Option<&Data>,
        interceptor: Option<Arc<dyn Interceptor>>,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, StartError> {
        let at = match data {
            None => in_memory(),
            Some(data) => {
                let connection = open(data)?;
                check(&connection)?;
                data.path(TABLE_FILE).to_string_lossy().into_owned()
            }
        };
        Self::serve(&at, interceptor, stop).await
    }

    async fn serve(
        at: &str,
        interceptor: Option<Arc<dyn Interceptor>>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Self, StartError> {
        let engine = |error: String| StartError::Engine(error);
        let database = Database::new(at).map_err(|error| engine(error.to_string()))?;
        index_stream(at).map_err(|error| engine(error.to_string()))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| engine(error.to_string()))?;
        let address = listener.local_addr().map_err(|error| engine(error.to_string()))?;
        let served = dynoxide::server::serve_with_shutdown(listener, database.clone(), async move {
            let _ = stop.changed().await;
        });
        let server = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(error, "the embedded engine has ended");
            }
        });
        Ok(Self {
            database,
            at: at.to_owned(),
            url: format!("http://{address}"),
            http: aws_smithy_http_client::Builder::new().build_http(),
            interceptor,
            meters: BTreeMap::new(),
            server,
        })
    }

    /// A client whose requests are neither metered nor intercepted.
    pub(crate) fn plain_client(&self) -> Client {
        Client::from_conf(self.config().http_client(self.http.clone()).build())
    }

    fn config(&self) -> Builder {
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static(DUMMY))
            .credentials_provider(Credentials::new(DUMMY, DUMMY, None, None, DUMMY))
            .endpoint_url(&self.url)
    }

    /// A client whose requests are metered under `name`.
    pub(crate) fn client(&mut self, name: &'static str) -> Client {
        let meter = self.meters.entry(name).or_default().clone();
        let config = self.config().interceptor(meter);
        let config = match &self.interceptor {
            None => config.http_client(self.http.clone()),
            Some(interceptor) => {
                // As many attempts as usual, however many failed before: a fault here is no sign of trouble.
                let retries = RetryPartition::custom(name).token_bucket(TokenBucket::unlimited()).build();
                config
                    .http_client(FaultyConnector {
                        function: name,
                        interceptor: interceptor.clone(),
                        inner: self.http.clone(),
                    })
                    .retry_config(RetryConfig::standard().with_initial_backoff(WIRED_BACKOFF))
                    .retry_partition(retries)
                    // Otherwise the client gives up a request that waits for five seconds in the interceptor.
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            }
        };
        Client::from_conf(config.build())
    }

    /// The meters of all clients.
    pub(crate) fn meters(&self) -> BTreeMap<&'static str, Meter> {
        self.meters.clone()
    }

    /// Returns when the server has ended.
    pub(crate) fn into_server(self) -> JoinHandle<()> {
        self.server
    }
}

/// Creates the table's file with an empty table in it, as a whole. The engine writes a table in several steps, and a process
/// that was killed between them would leave a file that can never be used. So they are made in memory, and then copied.
pub(crate) async fn create_file(data: &Data) -> Result<(), StartError> {
    let (stop, stopped) = watch::channel(false);
    let at = in_memory();
    let mut engine = Engine::serve(&at, None, stopped).await?;
    table::create(&engine.client("creating"), TABLE).await?;
    let copied = Connection::open(&at).and_then(|connection| Ok(connection.serialize(MAIN_DB)?.to_vec()));
    let copied = copied.map_err(|error| broken(&error))?;
    // Its server may have ended already.
    let _ = stop.send(true);
    data.replace(TABLE_FILE, &copied).map_err(|error| StartError::Data(TABLE_FILE, error))
}

/// Whether the table's file holds no item yet. Only reads, so that a directory that is refused stays as it is.
pub(crate) fn is_new(data: &Data) -> Result<bool, StartError> {
    let opened = Connection::open_with_flags(data.path(TABLE_FILE), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let count = opened.and_then(|connection| {
        let count = |query: &str| connection.query_row(query, [], |row| row.get::<_, u64>(0));
        match count(&format!("SELECT count(*) FROM sqlite_master WHERE name = '{TABLE}'"))? {
            0 => Ok(0),
            _ => count(&format!("SELECT count(*) FROM (SELECT 1 FROM {TABLE} LIMIT 1)")),
        }
    });
    match count {
        Ok(count) => Ok(count == 0),
        Err(error) => match broken(&error) {
            // A damaged file is not new.
            StartError::DataDamaged(_) => Ok(false),
            failed => Err(failed),
        },
    }
}

/// Switches the table's stream on or off. What it holds already stays.
pub(crate) async fn switch_stream(client: &Client, on: bool) -> Result<(), Unavailable> {
    const WHAT: &str = "the table's stream cannot be switched";
    let described = client.describe_table().table_name(TABLE).send().await;
    let described = described.map_err(|error| Unavailable::new(WHAT, error))?;
    let stream = described.table.and_then(|table| table.stream_specification);
    // A stream that is switched on once more gets another name.
    if stream.is_some_and(|stream| stream.stream_enabled) == on {
        return Ok(());
    }
    let stream =
        StreamSpecification::builder().stream_enabled(on).set_stream_view_type(on.then_some(StreamViewType::KeysOnly));
    let stream = stream.build().map_err(|error| Unavailable::new(WHAT, error))?;
    let switched = client.update_table().table_name(TABLE).stream_specification(stream).send().await;
    switched.map(|_| ()).map_err(|error| Unavailable::new(WHAT, error))
}

fn open(data: &Data) -> Result<Connection, StartError> {
    data.make_private(TABLE_FILE).map_err(|error| StartError::Data(TABLE_FILE, error))?;
    Connection::open(data.path(TABLE_FILE)).map_err(|error| broken(&error))
}

/// Reads the whole database, and compares its pages and its indexes. A damaged one would return some rows and not
/// others.
fn check(connection: &Connection) -> Result<(), StartError> {
    let first = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
        .map_err(|error| broken(&error))?;
    if first == "ok" { Ok(()) } else { Err(StartError::DataDamaged(TABLE_FILE)) }
}

/// A database that cannot be read as one is damaged. Anything else, such as a full disk, is told as it is.
fn broken(error: &rusqlite::Error) -> StartError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StartError::DataDamaged(TABLE_FILE),
        _ => StartError::Engine(error.to_string()),
    }
}

/// Names a database in memory that no other service of this process opens.
fn in_memory() -> String {
    static OPENED: AtomicU64 = AtomicU64::new(0);
    format!("file:rekey-{}?mode=memory&cache=shared", OPENED.fetch_add(1, Ordering::SeqCst))
}

/// Adds an index for the engine's query at every write: the last record of the stream.
///
/// Without it the engine reads all records each time, and loading a directory takes quadratic time.
fn index_stream(at: &str) -> Result<(), rusqlite::Error> {
    const INDEX: &str = "CREATE INDEX IF NOT EXISTS rekey_stream \
                         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";
    Connection::open(at)?.execute_batch(INDEX)
}
