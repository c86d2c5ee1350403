//! Measures cold starts: from the start of a function's process to its first response.
//!
//! Each program is started many times, in turn with the others, against stand-ins of what a function talks to: the
//! Runtime API, DynamoDB, Secrets Manager and an issuer of tokens. Beside the product's functions stand peers that
//! do less, or do the same in other languages. All run on one machine in one run, so their ratios say more than their
//! times. `tests/bench/run` builds everything and runs this; `tests/bench/README.md` explains the columns.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints its result or ends")]

mod events;
mod process;
mod report;
mod stand_in;
mod subjects;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::process::Started;
use crate::stand_in::StandIn;
use crate::subjects::Subject;

/// Measures cold starts.
#[derive(Parser)]
struct Arguments {
    /// How often each program is started
    #[arg(long, default_value_t = 25)]
    runs: usize,
    /// How many more requests each program gets, in a start of their own
    #[arg(long, default_value_t = 20)]
    warm: usize,
    /// How long the table, the secrets and the issuer take for each response, in milliseconds
    #[arg(long, default_value_t = 0)]
    delay: u64,
    /// Whether the table and the secrets are behind TLS, as AWS is
    #[arg(long)]
    tls: bool,
    /// Only the programs whose name begins so; the first peers always run, because the ratios are theirs
    #[arg(long)]
    only: Option<String>,
    /// The folder with the built peers, the certificate and the functions; without it nothing is measured
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Ignored: cargo adds it
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = Arguments::parse();
    let Some(folder) = arguments.folder else {
        println!("cold: tests/bench/run builds what is measured, and measures it");
        return;
    };
    let local = local::start(&local::Options { port: 0, sample: false, ..local::Options::default() }).await.unwrap();
    let delay = Duration::from_millis(arguments.delay);
    let stand_in = StandIn::start(&folder, &local.issuer, arguments.tls, delay).await;
    let wanted = |subject: &Subject| {
        subject.is_basis || arguments.only.as_ref().is_none_or(|begin| subject.name.starts_with(begin))
    };
    let subjects: Vec<_> =
        subjects::all(&folder, &local.issuer).into_iter().filter(|one| one.exists() && wanted(one)).collect();
    let mut starts: Vec<Vec<Started>> = subjects.iter().map(|_| Vec::new()).collect();
    // The first round fills the system's caches, and does not count.
    for round in 0..=arguments.runs {
        for (subject, starts) in subjects.iter().zip(&mut starts) {
            let started = process::start(subject, &stand_in, 0).await;
            if round > 0 {
                starts.push(started);
            }
        }
    }
    let mut warm = Vec::new();
    for subject in &subjects {
        // A response that waits for its fixed time takes a quarter of a second.
        let count = if subject.waits { arguments.warm.min(5) } else { arguments.warm };
        warm.push(process::start(subject, &stand_in, count).await);
    }
    report::print(&subjects, &starts, &warm);
    local.stop().await;
}
