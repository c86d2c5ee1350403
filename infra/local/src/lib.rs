//! Rekey on one machine: the real functions behind a gateway, an embedded engine and an outbox.
//!
//! ```text
//! curl ──► gateway ──event──► the function that the route names ──► the table, over DynamoDB's protocol
//!                                                                     │
//!          outbox ◄── deliver-code ◄── worker ◄── the table's stream ◄┘
//! ```
//!
//! The following is real: the handlers, the use cases, the store on DynamoDB's protocol and its stream, events of API
//! Gateway's payload format 2.0, signed tokens and their verification, every limit. The following is not: the engine,
//! the issuer, the clock, which can be advanced, and the three providers of messages, which the outbox replaces. The service
//! listens on 127.0.0.1 only, and nothing here is deployed.
//!
//! | route | does |
//! |---|---|
//! | `GET /_local/` | a page with all of this |
//! | `GET /_local/people` | the sample people, as they were created, with their passwords |
//! | `GET /_local/outbox?to=…` | the messages, oldest first, once every earlier job is delivered |
//! | `DELETE /_local/outbox` | empties the outbox and the events |
//! | `GET /_local/events` | the events, oldest first: `[{"event":"SessionsRevoked","userId","userName","at"}]` |
//! | `POST /_local/tokens` | `{"userName"}` or `{"permissions":[…]}` returns `{"accessToken"}` |
//! | `/_local/issuer/…` | an OpenID provider, at which people sign in to the pages |
//! | `GET /_local/clock` | `{"now"}` |
//! | `POST /_local/clock` | `{"advanceSeconds"}` returns `{"now"}`, once expired rows are deleted and failed jobs tried again |
//!
//! With a data directory (see [`Options`]), everything that a response confirmed survives a restart.

pub mod describe;
mod functions;
pub mod gateway;
mod setup;
mod stand_ins;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aws::config::system::SystemRandom;
use aws::store::DynamoStore;
use aws_sdk_dynamodb::Client;
use shared::ports::store::Settings;
use shared::time::Moment;
use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use gateway::cors::{
    EXPOSED_HEADERS as CORS_EXPOSED_HEADERS, HEADERS as CORS_HEADERS, MAX_AGE_SECONDS as CORS_MAX_AGE_SECONDS,
    METHODS as CORS_METHODS,
};
pub use setup::options::Options;
pub use setup::sample::SamplePerson;
pub use setup::start_error::StartError;
pub use stand_ins::access::Access;
pub use stand_ins::clock::OffsetClock;
pub use stand_ins::interceptor::{Interception, Interceptor, NetworkFault, Sent};
pub use stand_ins::issuer::{AUDIENCE, ISSUER, Issuer};
pub use stand_ins::meter::Usage;
pub use stand_ins::outbox::{Event, Message, Outbox};

use functions::Parts;
use gateway::Gateway;
use gateway::control::Control;
use gateway::cors::Origins;
use setup::data::Data;
use setup::keys::Keys;
use setup::{faults_file, policy_file, sample, users};
use stand_ins::engine::{self, Engine, TABLE};
use stand_ins::expiry::Expiry;
use stand_ins::fault_rules::FaultRules;
use stand_ins::meter::Meter;
use stand_ins::provider::{self, Provider};
use stand_ins::worker::{self, Worker};

/// Time limit for each part of the service to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How many clients may wait to be accepted.
const BACKLOG: u32 = 1024;
/// The name of the service's own request counter.
const OWN_CLIENT: &str = "local";

/// A running service. It ends when it is stopped or dropped.
pub struct Running {
    /// The address that it listens on.
    pub address: SocketAddr,
    /// Its clock, which can be advanced.
    pub clock: Arc<OffsetClock>,
    /// The messages and events that it would have sent.
    pub outbox: Outbox,
    /// The issuer that signs its tokens.
    pub issuer: Issuer,
    /// A client of its table.
    pub client: Client,
    /// Its table's name.
    pub table: &'static str,
    /// The result of loading the directory, in lines; `None` if there was none to load.
    pub report: Option<String>,
    /// The sample people, if they were loaded.
    pub people: Vec<SamplePerson>,
    control: Arc<Control>,
    worker: Worker,
    meters: BTreeMap<&'static str, Meter>,
    stop: watch::Sender<bool>,
    /// Awaited after `stop`, in this order.
    tasks: Vec<JoinHandle<()>>,
    stop_engine: watch::Sender<bool>,
    engine: JoinHandle<()>,
    _data: Option<Data>,
}

impl Running {
    /// Its base address, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What each client's requests to the table have used, by the name of the client's function; the service itself has
    /// a name of its own.
    #[must_use]
    pub fn usage(&self) -> BTreeMap<&'static str, Usage> {
        self.meters.iter().map(|(name, meter)| (*name, meter.usage())).collect()
    }

    /// How many requests each client has sent to the table, by the same names.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.usage().into_iter().map(|(name, used)| (name, used.requests)).collect()
    }

    /// The permissions that each client's requests to the table needed, by the same names as [`Running::usage`].
    #[must_use]
    pub fn accesses(&self) -> BTreeMap<&'static str, BTreeSet<Access>> {
        self.meters.iter().map(|(name, meter)| (*name, meter.seen.all())).collect()
    }

    /// Returns once every job created so far has been tried.
    pub async fn settled(&self) {
        self.worker.settle().await;
    }

    /// Advances the clock as `POST /_local/clock` does; `None` if it could not.
    pub async fn advance(&self, seconds: u64) -> Option<Moment> {
        self.control.advance(seconds).await.ok()
    }

    /// Ends the service: running requests first, then deliveries, then the table.
    pub async fn stop(self) {
        let Self { stop, tasks, stop_engine, engine, .. } = self;
        // A receiver that has already ended need not be notified.
        let _ = stop.send(true);
        for task in tasks {
            let _ = timeout(STOP_TIMEOUT, task).await;
        }
        let _ = stop_engine.send(true);
        let _ = timeout(STOP_TIMEOUT, engine).await;
    }
}

/// Starts a service, and returns once it accepts requests.
///
/// # Errors
/// [`StartError`] for invalid options, a port or a directory that is in use, and damaged data.
pub async fn start(options: &Options) -> Result<Running, StartError> {
    let public_url = options.checked_public_url()?;
    let origins = Origins(options.checked_origins()?);
    let policy = policy_file::policy(options)?;
    let faults = faults_file::faults(options)?.map(Arc::new);
    let data = options.data.as_deref().map(Data::open).transpose()?;

    let keys = Keys::open(data.as_ref(), &SystemRandom).await?;
    let clock = Arc::new(OffsetClock::open(data.clone())?);
    let outbox = Outbox::open(data.as_ref(), clock.clone())?.with_faults(faults.clone().unwrap_or_default());
    let issuer = Issuer::new(&keys.signing, keys.subjects.clone(), clock.clone())?;

    let listen = |error| StartError::Listen(options.port, error);
    // The port is taken now, so that links can name it, and a port that another service listens on is known at once.
    // Until everything is loaded, clients are refused.
    let socket = bound(options.port).map_err(listen)?;
    let address = socket.local_addr().map_err(listen)?;

    let (stop, stopped) = watch::channel(false);
    let (stop_engine, engine_stopped) = watch::channel(false);
    let mut engine = Engine::start(data.as_ref(), interceptor(options, faults), engine_stopped).await?;
    let client = engine.client(OWN_CLIENT);
    aws::table::create(&client, TABLE).await?;
    let expiry =
        Expiry::new(&engine.at, engine.plain_client()).map_err(|error| StartError::Engine(error.to_string()))?;
    // The people of a new directory are loaded without a stream, because no message is ordered for them, and without it
    // loading takes less time. A process that was killed meanwhile has left the stream off.
    let is_new = data.as_ref().map_or(Ok(true), engine::is_new)?;
    engine::switch_stream(&client, !is_new).await?;
    if let Some(policy) = &policy {
        DynamoStore::new(client.clone(), TABLE).put_policy(policy).await?;
    }

    let store = DynamoStore::new(client.clone(), TABLE).with_index_keys(keys.names.clone());
    if !store.is_indexed().await? {
        let accounts = store.rebuild_indexes().await?;
        tracing::info!("{accounts} accounts indexed");
    }

    let public_url = public_url.unwrap_or_else(|| format!("http://{address}"));
    let mut parts = Parts {
        engine: &mut engine,
        keys: &keys,
        clock: clock.clone(),
        issuer: issuer.clone(),
        public_url: public_url.clone(),
        sign_in: provider::sign_in(&public_url),
        policy_changes: Arc::default(),
    };
    let loader = parts.loader();
    let directory = users::load_directory(options, data.as_ref(), &loader, &keys.subjects).await?;
    let people = if directory.is_sample { sample::people() } else { Vec::new() };
    engine::switch_stream(&client, true).await?;
    let (deliver, record) = (Arc::new(parts.deliver(outbox.clone())), Arc::new(parts.record()));
    let pages = Arc::new(parts.pages());
    let functions = Arc::new(parts.functions(pages.clone()));

    let (worker, working) = worker::start(engine.database.clone(), (deliver, record), clock.clone(), stopped.clone())?;
    let provider = Provider::new(&public_url, issuer.clone(), functions.clone(), pages.clone(), clock.clone());
    let control = Arc::new(Control {
        outbox: outbox.clone(),
        issuer: issuer.clone(),
        clock: clock.clone(),
        worker: worker.clone(),
        expiry: expiry.clone(),
        provider,
        pages,
        people: people.clone(),
    });
    let gateway = Gateway {
        port: address.port(),
        origins,
        functions,
        control: control.clone(),
        worker: worker.clone(),
        clock: clock.clone(),
    };
    let listener = socket.listen(BACKLOG).map_err(listen)?;
    let serving = tokio::spawn(gateway::serve(listener, Arc::new(gateway), stopped.clone()));
    let sweeping = tokio::spawn(expiry.run(clock.clone(), stopped));
    Ok(Running {
        address,
        clock,
        outbox,
        issuer,
        client,
        table: TABLE,
        report: directory.report,
        people,
        control,
        worker,
        meters: engine.meters(),
        stop,
        tasks: vec![serving, working, sweeping],
        stop_engine,
        engine: engine.into_server(),
        _data: data,
    })
}

/// A socket on a port of this machine, which refuses clients until it listens.
fn bound(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of a service that just ended still hold the port for a minute.
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    Ok(socket)
}

/// What intercepts the requests to the table, if anything does.
fn interceptor(options: &Options, faults: Option<Arc<FaultRules>>) -> Option<Arc<dyn Interceptor>> {
    match faults {
        Some(rules) => {
            tracing::info!("faults: {} rules", rules.count());
            Some(rules)
        }
        None => options.interceptor.clone(),
    }
}

#[cfg(test)]
mod tests;
