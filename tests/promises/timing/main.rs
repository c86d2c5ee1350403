//! Measures the promise that nobody can tell by time whether an account exists.
//!
//! The real service runs in this process. For every route that a stranger can call before a method is proved, the
//! program sends the same number of requests for each kind of name, in a random order, and compares the times. Then it
//! tries to tell names apart as an attacker would. It fails if either finds a difference in two of three runs.
//! `cargo timing` prints its options.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

#[path = "../../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

mod connection;
mod exploit;
mod measure;
mod options;
mod people;
mod random;
mod report;
mod routes;
mod statistics;

use std::process::ExitCode;

use aws::config::system::SystemClock;
use shared::time::Clock;

use crate::options::{Options, USAGE};
use crate::random::Shuffler;
use crate::statistics::Verdict;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]
async fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("{wrong}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    report::heading(&SystemClock.now().to_string(), cores, options.seed);
    let mut shuffler = Shuffler::new(options.seed);
    if measure_all(&options, &mut shuffler).await { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures everything that is asked for, and prints it. Returns whether nothing failed. A third run is made only if
/// the first two disagree.
async fn measure_all(options: &Options, shuffler: &mut Shuffler) -> bool {
    let mut passed = true;
    for plan in options.plans() {
        let mut runs = Vec::new();
        while report::verdict(&plan, &runs) == Verdict::Undecided {
            runs.push(plan.run(shuffler).await);
        }
        report::table(&plan, &runs);
        passed &= report::verdict(&plan, &runs) == Verdict::Passed;
    }
    if options.exploit() {
        let mut runs = Vec::new();
        while report::verdict_of_exploit(&runs) == Verdict::Undecided {
            runs.push(exploit::run(shuffler).await);
        }
        report::exploit(&runs);
        passed &= report::verdict_of_exploit(&runs) == Verdict::Passed;
    }
    passed
}
