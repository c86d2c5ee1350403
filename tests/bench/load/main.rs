//! Measures whole resets by email under load: how long each step takes, and what a reset costs in processor time and in
//! units of the table, for directories of different sizes and different numbers of clients at once.
//!
//! The service and its clients share one process of this machine, so the ratios between the rows say more than the
//! times. `tests/bench/README.md` explains the columns and has the last result.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints its result or ends")]

#[path = "../../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

mod peers;
mod process;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use local::{Message, Options, Outbox};
use mimalloc::MiMalloc;
use peers::{Kind, Peer};
use serde_json::json;
use support::folder::Folder;
use support::service::{NEW_PASSWORD, begin, complete, digits, verify};
use support::{Reply, Request, Service};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

/// As in the service's own program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The steps of a reset; the second one is the wait for the message.
const STEPS: [&str; 4] = ["begin", "code", "verify", "complete"];
/// Steps from one person to the next: a prime, so that the resets touch the whole directory.
const STRIDE: usize = 7919;
/// Resets before each round that are not counted.
const WARM_UP: usize = 16;
/// How often the outbox is emptied.
const COLLECT: Duration = Duration::from_millis(2);
/// The longest wait for a message.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures whole resets under load.
#[derive(Parser)]
struct Arguments {
    /// How many people each directory has
    #[arg(long, value_delimiter = ',', default_value = "1000")]
    accounts: Vec<usize>,
    /// How many clients go through resets at once
    #[arg(long, value_delimiter = ',', default_value = "1,16")]
    clients: Vec<usize>,
    /// How many resets are measured for each number of clients
    #[arg(long, default_value_t = 64)]
    resets: usize,
    /// After that, reset for so many minutes with the last number of clients, and print the memory each minute
    #[arg(long, default_value_t = 0)]
    soak: u64,
    /// The folder with the installed peers, which then go through the same; they have as many people as the first
    /// directory
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Ignored: cargo adds it
    #[arg(long, hide = true)]
    bench: bool,
}

/// How long each step took; `None` for one that a peer does not have.
type Times = [Option<Duration>; 4];

/// What is under load.
enum Target {
    Rekey(Box<Service>, Codes, JoinHandle<()>),
    Peer(Peer),
}

/// A directory of people who reset their passwords.
struct Load {
    target: Target,
    name: &'static str,
    accounts: usize,
    next: AtomicUsize,
}

/// The clients that wait for a message, by its destination.
#[derive(Clone, Default)]
struct Codes(Arc<Mutex<HashMap<String, oneshot::Sender<Message>>>>);

impl Codes {
    fn wait(&self, to: &str) -> oneshot::Receiver<Message> {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap().insert(to.to_owned(), sender);
        receiver
    }

    /// Hands out messages until the process ends.
    async fn collect(self, outbox: Outbox) {
        loop {
            for message in outbox.take() {
                if let Some(client) = self.0.lock().unwrap().remove(&message.to) {
                    // A client that gave up does not need its message.
                    let _ = client.send(message);
                }
            }
            tokio::time::sleep(COLLECT).await;
        }
    }
}

/// What a round has measured: for each step its times.
#[derive(Default)]
struct Round {
    times: [Vec<Duration>; 4],
    failed: Vec<String>,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let arguments = Arguments::parse();
    let folder = Folder::new("load");
    std::fs::create_dir_all(&*folder).unwrap();
    let mut rows = Vec::new();
    for (at, accounts) in arguments.accounts.iter().enumerate() {
        let data = (arguments.soak > 0).then(|| folder.join(format!("data-{accounts}")));
        let load = Load::rekey(&folder, *accounts, data).await;
        let load = measure_all(load, &arguments, &mut rows).await;
        if at + 1 == arguments.accounts.len() && arguments.soak > 0 {
            soak(&load, *arguments.clients.last().unwrap(), arguments.soak).await;
        }
        load.stop().await;
    }
    for kind in [Kind::Django, Kind::BetterAuth] {
        if let Some(folder) = &arguments.peers {
            let load = Load::peer(kind, folder, arguments.accounts[0]).await;
            measure_all(load, &arguments, &mut rows).await.stop().await;
        }
    }
    print!("\n| | accounts | clients | resets per second | CPU per reset, ms | write units | memory, MiB |");
    for step in STEPS {
        print!(" {step}, ms |");
    }
    println!(" failed |\n|{}", "---|".repeat(STEPS.len() + 8));
    rows.iter().for_each(|row| println!("{row}"));
}

/// Measures each number of clients, and adds a row for each.
async fn measure_all(load: Load, arguments: &Arguments, rows: &mut Vec<String>) -> Arc<Load> {
    let load = Arc::new(load);
    for clients in &arguments.clients {
        rows.push(measure(&load, *clients, arguments.resets).await);
    }
    load
}

impl Load {
    /// Starts a service with so many people, and says how long it took to load them. Without a directory for its data,
    /// memory holds everything.
    async fn rekey(folder: &Path, accounts: usize, data: Option<PathBuf>) -> Self {
        let users = folder.join(format!("{accounts}.csv"));
        let mut text = "userPrincipalName,displayName,otherMailbox\n".to_owned();
        for user in 0..accounts {
            writeln!(text, "user{user}@contoso.example,User {user},{}", mail(user)).unwrap();
        }
        std::fs::write(&users, text).unwrap();
        let enough = json!({"count": 1_000_000});
        let policy_members = Some(json!({
            "beginsPerSource": enough, "beginsPerSourceAndName": enough, "sends": [{"count": 100, "seconds": 1}],
        }));
        let began = Instant::now();
        let options = Options { users: Some(users), data, policy_members, ..Options::default() };
        let service = Service::with(&options).await;
        let memory = process::memory(std::process::id());
        println!("{accounts} people loaded in {:.1} s, {memory} MiB", began.elapsed().as_secs_f64());
        let codes = Codes::default();
        let collecting = tokio::spawn(codes.clone().collect(service.running.outbox.clone()));
        Self {
            target: Target::Rekey(Box::new(service), codes, collecting),
            name: "Rekey",
            accounts,
            next: AtomicUsize::new(0),
        }
    }

    async fn peer(kind: Kind, folder: &Path, accounts: usize) -> Self {
        let target = Target::Peer(Peer::start(kind, folder, accounts).await);
        Self { target, name: kind.name(), accounts, next: AtomicUsize::new(0) }
    }

    async fn stop(self: Arc<Self>) {
        if let Target::Rekey(service, _, collecting) = Arc::into_inner(self).unwrap().target {
            collecting.abort();
            service.running.stop().await;
        }
    }

    fn memory(&self) -> u64 {
        match &self.target {
            Target::Rekey(..) => process::memory(std::process::id()),
            Target::Peer(peer) => peer.memory(),
        }
    }

    /// Write units that all functions have used.
    fn write_units(&self) -> f64 {
        match &self.target {
            Target::Rekey(service, ..) => service.running.usage().values().map(|used| used.write_units).sum(),
            Target::Peer(_) => 0.0,
        }
    }
}

fn mail(user: usize) -> String {
    format!("user{user}@example.org")
}

/// Measures so many resets, and returns a row. Processor time and units are Rekey's, the clients' time included.
async fn measure(load: &Arc<Load>, clients: usize, resets: usize) -> String {
    run(load, clients, WARM_UP.max(clients)).await;
    let (cpu, units, began) = (process::cpu(), load.write_units(), Instant::now());
    let mut round = run(load, clients, resets).await;
    let seconds = began.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(resets).unwrap());
    let mut row = format!("| {} | {} | {clients} | {:.1} |", load.name, load.accounts, count / seconds);
    if let Target::Rekey(service, ..) = &load.target {
        service.settle().await;
        let cpu = (process::cpu() - cpu).as_secs_f64() * 1e3 / count;
        write!(row, " {cpu:.1} | {:.1} |", (load.write_units() - units) / count).unwrap();
    } else {
        row += " | |";
    }
    write!(row, " {} |", load.memory()).unwrap();
    for times in &mut round.times {
        times.sort();
        let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_millis();
        if times.is_empty() {
            row += " |";
        } else {
            write!(row, " {} / {} / {} |", at(50), at(95), at(99)).unwrap();
        }
    }
    for reason in round.failed.iter().take(3) {
        println!("failed: {reason}");
    }
    write!(row, " {} |", round.failed.len()).unwrap();
    row
}

/// Goes through so many resets, with so many clients at once.
async fn run(load: &Arc<Load>, clients: usize, resets: usize) -> Round {
    let left = Arc::new(AtomicUsize::new(resets));
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let (load, left) = (load.clone(), left.clone());
        tasks.spawn(async move {
            let mut round = Round::default();
            while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                match reset(&load).await {
                    Ok(times) => round.times.iter_mut().zip(times).for_each(|(all, one)| all.extend(one)),
                    Err(reason) => round.failed.push(reason),
                }
            }
            round
        });
    }
    let mut all = Round::default();
    while let Some(round) = tasks.join_next().await {
        let round = round.unwrap();
        all.failed.extend(round.failed);
        all.times.iter_mut().zip(round.times).for_each(|(all, times)| all.extend(times));
    }
    all
}

/// One person's reset.
async fn reset(load: &Load) -> Result<Times, String> {
    let number = load.next.fetch_add(1, Ordering::SeqCst);
    let user = number * STRIDE % load.accounts;
    let (service, codes) = match &load.target {
        Target::Rekey(service, codes, _) => (service, codes),
        Target::Peer(peer) => return peer.reset(user).await,
    };
    // Each reset comes from another network, as those of an organisation's people do.
    let network = u16::try_from(number % usize::from(u16::MAX)).unwrap().max(2);
    let post = async |request: Request, status| send(request.of_network(network), service.address(), status).await;
    let code = codes.wait(&mail(user));
    let (begun, first) = post(begin(&format!("user{user}@contoso.example"), "email", None), 202).await?;
    let ordered = Instant::now();
    let message = tokio::time::timeout(PATIENCE, code).await.map_err(|_| "no message")?.map_err(|_| "no message")?;
    let second = ordered.elapsed();
    let (id, code) = (begun.text("resetId"), digits(&json!({"channel": message.channel, "text": message.text})));
    let (verified, third) = post(verify(&id, &code), 200).await?;
    let (_, fourth) = post(complete(&id, &verified.text("resetToken"), NEW_PASSWORD), 204).await?;
    Ok([first, second, third, fourth].map(Some))
}

/// Sends a request, and returns the response and how long it took, or what came instead.
async fn send(request: Request, to: SocketAddr, status: u16) -> Result<(Reply, Duration), String> {
    let began = Instant::now();
    let reply = request.send(to).await;
    let took = began.elapsed();
    if reply.status == status {
        Ok((reply, took))
    } else {
        Err(format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body)))
    }
}

/// Resets for so many minutes, and prints after each one how much memory the process holds.
async fn soak(load: &Arc<Load>, clients: usize, minutes: u64) {
    println!("\n| minute | resets | failed | memory, MiB |\n|---|---|---|---|");
    for minute in 1..=minutes {
        let (began, mut resets, mut failed) = (Instant::now(), 0, 0);
        while began.elapsed() < Duration::from_secs(60) {
            let round = run(load, clients, clients * 4).await;
            resets += round.times[0].len();
            failed += round.failed.len();
        }
        println!("| {minute} | {resets} | {failed} | {} |", load.memory());
    }
}
