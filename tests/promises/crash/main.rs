//! Kills the real program at random moments, and checks promises 1, 2, 4, 8 and 14 on what it leaves.
//!
//! Several people work at once. They reset passwords by SMS and by email, replace codes, guess, register a phone, have
//! their number changed, and pass two gates. Their clients record every request, and every response that arrives. At a
//! random moment of this work the program is killed, and sometimes once more while it starts again. Then the same
//! service starts on the same directory. Everything that a response confirmed must be there, nothing may be half done or
//! done twice, and everybody must be able to go on. `cargo crash` prints the options.

#![expect(clippy::unwrap_used, reason = "a run that cannot go on has failed")]

#[path = "../durability/process.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod process;
#[path = "../timing/random.rs"]
mod random;
#[path = "../../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

mod check;
mod options;
mod people;
mod run;
mod table;
mod work;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::options::{Options, USAGE};
use crate::random::Shuffler;
use crate::run::{RUNS_PER_DIRECTORY, Site};
use crate::support::folder::Folder;

/// How long a first start takes at first guess.
const START: Duration = Duration::from_millis(500);
/// Runs between two lines of progress.
const PROGRESS: u64 = 50;

#[tokio::main(flavor = "multi_thread")]
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
    println!("{} runs in {} lanes, seed {}", options.runs, options.lanes, options.seed);
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let lanes = (0..options.lanes).map(|lane| tokio::spawn(run_lane(lane, options.runs, options.seed, next.clone())));
    let (mut kills, mut failed) = (0, 0);
    for lane in lanes.collect::<Vec<_>>() {
        let (lane_kills, lane_failed) = lane.await.unwrap();
        kills += lane_kills;
        failed += lane_failed;
    }
    println!("{} runs, {kills} kills, {failed} failed, {} s", options.runs, began.elapsed().as_secs());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes runs until there are enough. Returns how often it killed the program, and how many runs failed.
#[expect(clippy::print_stdout, reason = "a program of its own")]
async fn run_lane(lane: usize, runs: u64, seed: u64, next: Arc<AtomicU64>) -> (usize, usize) {
    let (mut kills, mut failed, mut directories) = (0, 0, 0);
    let (mut work, mut start) = (None, START);
    loop {
        let folder = Folder::new(&format!("crash-{lane}-{directories}"));
        std::fs::create_dir_all(&*folder).unwrap();
        directories += 1;
        let directory = folder.join("data");
        for number in 0..RUNS_PER_DIRECTORY {
            // The first run of a lane only measures how long the work takes.
            let run = if work.is_some() { next.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
            if run > runs {
                return (kills, failed);
            }
            let directory = directory.clone();
            let made = tokio::spawn(async move {
                let mut random = Shuffler::new(seed ^ run.rotate_left(32) ^ lane_if(run == 0, lane));
                let mut site = Site { directory: &directory, number, work, start };
                let outcome = site.run(&mut random).await;
                (outcome, site.work, site.start)
            });
            let Ok((outcome, work_now, start_now)) = made.await else {
                let kept = std::mem::ManuallyDrop::new(folder);
                println!("run {run} of seed {seed} failed; its data are in {}", kept.display());
                failed += 1;
                if work.is_none() {
                    return (kills, failed);
                }
                break;
            };
            (work, start) = (work_now, start_now);
            kills += outcome.kills;
            match outcome.killed {
                None => println!("lane {lane}: the work takes {} ms", work.unwrap_or_default().as_millis()),
                Some(_) if run.is_multiple_of(PROGRESS) => println!("{run} runs"),
                Some(_) => {}
            }
        }
    }
}

/// Lanes rehearse with different random numbers.
fn lane_if(is_rehearsal: bool, lane: usize) -> u64 {
    if is_rehearsal { lane as u64 } else { 0 }
}
