//! Measures the time of each request of a reset, and counts what one reset uses of the table and what it costs.
//!
//! Everything is measured in one run on the embedded engine of this machine, so the ratios say more than the times.
//! `cargo bench -p tests` prints both.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints its result or ends")]

#[path = "../../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

mod handlers;
mod money;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use local::Usage;
use money::Cost;
use serde_json::json;
use support::service::{NEW_PASSWORD, digits};
use support::{Reply, Service};

/// How many whole resets are measured.
const ROUNDS: usize = 60;

#[derive(Default)]
struct Times(BTreeMap<&'static str, Vec<Duration>>);

impl Times {
    async fn of(&mut self, name: &'static str, work: impl Future<Output = Reply>) -> Reply {
        let start = Instant::now();
        let reply = work.await;
        self.0.entry(name).or_default().push(start.elapsed());
        reply
    }

    fn median(&self, name: &str) -> Duration {
        let mut times = self.0[name].clone();
        times.sort();
        times[times.len() / 2]
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let policy = json!({"beginsPerSource": {"count": 100_000}, "beginsPerSourceAndName": {"count": 100_000}});
    let service = Service::start(policy).await;
    let mut times = Times::default();
    for round in 0..ROUNDS {
        let (name, mail) = (format!("user{round}@contoso.example"), format!("user{round}@example.org"));
        service.create(&name, json!({"otherMails": [mail]})).await;
        measure(&service, &mut times, &name, &mail).await;
    }
    print(&times);
    service.adele().await;
    let mut costs = Vec::new();
    for channel in ["email", "SMS", "call"] {
        service.settle().await;
        service.empty_outbox().await;
        let before = service.running.usage();
        let (begun, code) = match channel {
            "SMS" => service.begin_by_sms().await,
            "call" => {
                let begun = service.begin("adele@contoso.example", "officeCall", Some("+1 4255550111")).await;
                let messages = service.outbox("+14255550111").await;
                (begun, digits(messages.last().unwrap()))
            }
            _ => {
                let (begun, message) = service.begin_by_email().await;
                (begun, digits(&message))
            }
        };
        let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
        service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
        service.settle().await;
        println!("\none reset by {channel}, with its notice: requests to the table, and units as DynamoDB bills them");
        let used = used_since(&before, &service.running.usage());
        print_usage(&used);
        costs.push((channel, Cost::of(&used, &service.messages().await)));
    }
    money::print(&costs);
    handlers::print().await;
    handlers::print_hash();
    service.running.stop().await;
}

/// What each function used between two counts.
fn used_since<'a>(before: &BTreeMap<&'a str, Usage>, after: &BTreeMap<&'a str, Usage>) -> BTreeMap<&'a str, Usage> {
    after.iter().filter(|(name, _)| **name != "local").map(|(name, used)| (*name, *used - before[name])).collect()
}

fn print_usage(used: &BTreeMap<&str, Usage>) {
    println!("{:<20} {:>9} {:>9} {:>11} {:>12}", "function", "requests", "in a row", "read units", "write units");
    let mut all = Usage::default();
    for (function, used) in used {
        if used.requests > 0 {
            row(function, *used);
        }
        all = all + *used;
    }
    row("in all", all);
}

fn row(name: &str, used: Usage) {
    let Usage { requests, in_a_row, read_units, write_units } = used;
    println!("{name:<20} {requests:>9} {in_a_row:>9} {read_units:>11} {write_units:>12}");
}

async fn measure(service: &Service, times: &mut Times, name: &str, mail: &str) {
    let begin = support::service::begin(name, "email", None);
    let begun = times.of("begin, known", service.send(begin)).await.expect(202);
    let nobody = format!("nobody-{name}");
    let unknown = support::service::begin(&nobody, "email", None);
    let unknown = times.of("begin, unknown", service.send(unknown)).await.expect(202).text("resetId");
    let code = digits(service.outbox(mail).await.last().unwrap());
    let id = begun.text("resetId");
    times.of("verify, unknown", service.verify(&unknown, &code)).await.expect(422);
    let wrong = support::service::wrong(&code);
    times.of("verify, wrong", service.verify(&id, &wrong)).await.expect(422);
    let token = times.of("verify, right", service.verify(&id, &code)).await.expect(200).text("resetToken");
    times.of("complete", service.complete(&id, &token, NEW_PASSWORD)).await.expect(204);
    times.of("check password", service.check(name, NEW_PASSWORD)).await.expect(200);
}

/// Prints the median of each request, and its ratio to the median of beginning a reset for a known name.
fn print(times: &Times) {
    let unit = times.median("begin, known").as_secs_f64();
    println!("{:<20} {:>10} {:>8}", "request", "median ms", "ratio");
    for name in times.0.keys() {
        let median = times.median(name).as_secs_f64();
        println!("{name:<20} {:>10.2} {:>8.2}", median * 1000.0, median / unit);
    }
}
