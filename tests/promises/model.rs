//! A model of reset, budget and delivery, and sequences of operations that the model and the service must agree on.
//!
//! `sequences` draws operations at random. It runs them through the real handlers over the real engine, and through
//! a model that shares no code with them. Every answer, every message and the final state must agree. A failure
//! shrinks to a short sequence, and its seed is stored in `model/regressions.txt`, which is tried first from then on.

mod expected;
mod explore;
mod operation;
mod run;
mod store;
mod world;

use std::num::NonZeroU32;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestError, TestRunner};

/// How many sequences each lane draws. `REKEY_MODEL_CASES` in the environment sets another number, to search for
/// longer by hand.
const CASES: u32 = 6;
/// Lanes of sequences at once. Most of a sequence waits for the fixed times at which refusals leave.
const LANES: u32 = 16;
/// Most operations of one sequence.
const OPERATIONS: usize = 24;
/// The failures that were found before.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/promises/model/regressions.txt");

#[test]
fn sequences_of_operations_agree_with_the_model() {
    let cases = std::env::var("REKEY_MODEL_CASES").ok().map(|cases| cases.parse::<NonZeroU32>().unwrap().get());
    let lanes: Vec<_> = (0..LANES).map(|_| std::thread::spawn(move || lane(cases.unwrap_or(CASES)))).collect();
    let failed: Vec<_> = lanes.into_iter().filter_map(|lane| lane.join().unwrap().err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Runs sequences one after the other. An error tells the shortest sequence that failed.
fn lane(cases: u32) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = Config {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        max_shrink_iters: 200,
        ..Config::default()
    };
    let sequences = (1..=2_u8, prop::collection::vec(operation::operation(), 1..=OPERATIONS));
    let outcome = TestRunner::new(config).run(&sequences, |(gates, operations)| {
        runtime.block_on(run::run(gates, &operations));
        Ok(())
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Fail(reason, (gates, operations))) => {
            let listed: Vec<String> = operations.iter().map(|operation| format!("  {operation:?}")).collect();
            Err(format!("{reason}\nwith gates: {gates}\n{}", listed.join("\n")))
        }
        Err(TestError::Abort(reason)) => Err(reason.to_string()),
    }
}

#[test]
fn every_order_of_a_few_steps_keeps_the_promises() {
    let depth = std::env::var("REKEY_MODEL_DEPTH").ok().map_or(3, |depth| depth.parse().unwrap());
    for gates in [1, 2] {
        let began = std::time::Instant::now();
        let explored = explore::explore(gates, depth);
        eprintln!("{gates} {explored:?} {:?}", began.elapsed());
    }
}
