//! Reset, budget and delivery: random sequences that a model must agree with, and every order of a few steps.
//!
//! Sequences run through the real handlers over the real engine (`run`), and through a model that shares no code with
//! them (`expected`). Every answer, every message and the final state must agree. A failure shrinks to a short
//! sequence. Its seed is stored in `model/regressions.txt`, which is tried first from then on.
//!
//! `explore` tries every order of a few steps of the real use cases over the store in memory. At every call to the
//! store, one request or response is lost, the process dies, or another step happens.

mod expected;
mod explore;
mod operation;
mod person;
mod run;
mod running;
mod store;
mod world;

use std::num::NonZeroU32;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestError, TestRunner};
use shared::ports::messenger::Dispatch;

use world::{Step, Typed};

/// How many sequences each lane draws. `REKEY_MODEL_CASES` in the environment sets another number, to search for
/// longer by hand.
const CASES: u32 = 2;
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

/// Explores from the start, and from where resets have come so far: a code was sent, a gate was passed, two resets have a
/// code each. `REKEY_MODEL_DEPTH` in the environment adds steps, to search deeper by hand.
#[test]
fn every_order_of_a_few_steps_keeps_the_promises() {
    let deeper = std::env::var("REKEY_MODEL_DEPTH").ok().map_or(0, |more| more.parse::<usize>().unwrap());
    let sms = [Step::Begin("mobileSms"), Step::Deliver(0, Dispatch::Sent)];
    let email = [Step::Begin("email"), Step::Deliver(1, Dispatch::Sent)];
    let proof = [Step::Guess(0, Typed::Right)];
    let second = [Step::Order(0, "email"), Step::Deliver(0, Dispatch::Sent), Step::Guess(0, Typed::Right)];
    // A reset whose password may be set takes longest, because each password is hashed.
    let starts: [(u8, Vec<Step>, usize); 7] = [
        (1, vec![], 2),
        (1, sms.to_vec(), 2),
        (1, [&sms[..], &proof].concat(), 1),
        (1, [sms, email].concat(), 2),
        (2, sms.to_vec(), 2),
        (2, [&sms[..], &proof].concat(), 2),
        (2, [&sms[..], &proof, &second].concat(), 1),
    ];
    std::thread::scope(|scope| {
        for (gates, first, depth) in &starts {
            scope.spawn(move || {
                let explored = explore::explore(*gates, first, depth + deeper);
                assert!(explored.steps > explored.worlds && explored.worlds > 20, "{first:?}: {explored:?}");
            });
        }
    });
}
