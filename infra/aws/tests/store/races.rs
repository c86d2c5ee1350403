//! Many requests at once: a condition allows exactly what it says.

use std::collections::BTreeSet;

use shared::account::Owner;
use shared::limits::guesses::{Budget, GuessLog};
use shared::limits::source::SourceLimit;
use shared::policy::Limit;
use shared::ports::store::{BeginOutcome, Limits, Proof, Resets, Settings};
use shared::reset::Stage;
use shared::testing::join_all;
use shared::testing::samples::{START, Samples};

use crate::engine::{ADELE, Engine};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_guesses_at_once_spend_a_budget_of_ten() {
    let engine = Engine::start().await;
    let guess_log = GuessLog::Account(Owner::Account(Samples::default().account(ADELE).id));
    let budget = Budget { per_day: 10, per_30_days: 50 };
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (store, guess_log) = (engine.store(), guess_log.clone());
            tokio::spawn(async move {
                let guess_log = store.spend_attempt(&guess_log, START, budget, START).await.unwrap()?;
                Some(guess_log.attempts.len())
            })
        })
        .collect();
    let spent = join_all(tasks).await.into_iter().filter_map(Result::unwrap).collect::<BTreeSet<_>>();
    assert_eq!(spent, (1..=10).collect());
    assert_eq!(engine.store().guess_log(&guess_log).await.unwrap().attempts.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_proofs_at_once_one_is_accepted() {
    let engine = Engine::start().await;
    let samples = Samples::default();
    let reset = samples.reset(ADELE, START);
    assert_eq!(engine.store().begin_reset(&reset, &[], None, START).await.unwrap(), BeginOutcome::Begun);
    // The same proof each time: even that is accepted only once.
    let next = Stage::Granted(samples.grant());
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (store, reset, next, record) = (engine.store(), reset.clone(), next.clone(), samples.record(START));
            tokio::spawn(async move {
                store.prove(&Proof { reset: &reset, next, now: START, record: &record, answered: None }).await.unwrap()
            })
        })
        .collect();
    assert_eq!(join_all(tasks).await.into_iter().filter(|accepted| *accepted.as_ref().unwrap()).count(), 1);
    assert_eq!(engine.store().audit(START.day(), None, 100).await.unwrap().len(), 1, "and one is recorded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_begins_at_once_stay_within_their_limit() {
    let engine = Engine::start().await;
    let samples = Samples::default();
    let limit = SourceLimit { key: "1.source".to_owned(), limit: Limit { count: 20, seconds: 600 } };
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (store, reset, limit) = (engine.store(), samples.reset(ADELE, START), limit.clone());
            tokio::spawn(async move { store.begin_reset(&reset, &[limit], None, START).await.unwrap() })
        })
        .collect();
    let begun = join_all(tasks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(begun.iter().filter(|begun| **begun == BeginOutcome::Begun).count(), 20);
    let limited = BeginOutcome::Limited { until: START.plus(600) };
    assert_eq!(begun.iter().filter(|begun| **begun == limited).count(), 80);
}
