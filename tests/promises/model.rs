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

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestError, TestRunner};
use shared::ports::messenger::Dispatch;

use world::{Step, Typed};

/// How many sequences each lane draws, the same in every run. `REKEY_MODEL_CASES` in the environment sets another number
/// and draws new ones, to search for longer by hand.
const CASES: u32 = 2;
/// Lanes of sequences at once. Most of a sequence waits for the fixed times at which refusals leave.
const LANES: u64 = 16;
/// How many parts a sequence has.
const OPERATIONS: RangeInclusive<usize> = 1..=24;
/// The failures that were found before.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/promises/model/regressions.txt");

#[test]
#[expect(clippy::disallowed_methods, reason = "how long the test searches is asked of the one who runs it")]
fn sequences_of_operations_agree_with_the_model() {
    let cases = std::env::var("REKEY_MODEL_CASES").ok().map(|cases| cases.parse::<NonZeroU32>().unwrap().get());
    let lanes: Vec<_> = (0..LANES)
        .map(|number| {
            let seed = if cases.is_some() { RngSeed::Random } else { RngSeed::Fixed(number) };
            std::thread::spawn(move || lane(cases.unwrap_or(CASES), seed))
        })
        .collect();
    let (mut happened, mut failed) = (Happened::new(), Vec::new());
    for lane in lanes {
        match lane.join().unwrap() {
            Ok(some) => happened.extend(some),
            Err(error) => failed.push(error),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // Sequences in which nothing is ever proved or completed would agree with any model.
    for (gates, operation, status) in [
        (1, "Begin", 202),
        (1, "OrderAgain", 202),
        (1, "Guess", 200),
        (1, "Guess", 422),
        (1, "LongCode", 200),
        (1, "Complete", 204),
        (1, "Complete", 422),
        (2, "Guess", 200),
        (2, "Guess", 422),
        (2, "Complete", 204),
    ] {
        let wanted = (gates, operation.to_owned(), status);
        assert!(happened.contains(&wanted), "{wanted:?} is not among {happened:?}");
    }
}

/// What happened in sequences: the number of gates, the kind of an operation, and the status of its response.
type Happened = BTreeSet<(u8, String, u16)>;

/// Runs sequences one after the other. Returns what happened in them. An error tells the shortest sequence that failed.
fn lane(cases: u32, rng_seed: RngSeed) -> Result<Happened, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = Config {
        cases,
        rng_seed,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        max_shrink_iters: 200,
        ..Config::default()
    };
    let sequences = (1..=2_u8, operation::operations(OPERATIONS));
    let happened = RefCell::new(Happened::new());
    let outcome = TestRunner::new(config).run(&sequences, |(gates, operations)| {
        let statuses = runtime.block_on(run::run(gates, &operations));
        happened.borrow_mut().extend(statuses.into_iter().map(|(operation, status)| (gates, operation, status)));
        Ok(())
    });
    match outcome {
        Ok(()) => Ok(happened.into_inner()),
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
#[expect(clippy::disallowed_methods, reason = "how long the test searches is asked of the one who runs it")]
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
