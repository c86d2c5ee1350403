//! The store on the embedded engine: the contract that every store fulfils, and behaviour specific to DynamoDB.

#![expect(clippy::unwrap_used, reason = "whatever is wrong in a test is to stop it at that line")]

mod engine;
mod faults;
mod indexes;
mod model;
mod races;
mod requests;
mod rows;

use aws::table;
use shared::account::search::{Index, IndexRange};
use shared::limits::guesses::{Budget, GuessLog};
use shared::ports::store::{Accounts, Limits, Resets};
use shared::testing::samples::{START, Samples};
use shared::testing::store_contract;

use engine::{ADELE, Engine, TABLE};

/// Bytes of stack for the whole suite: without optimisation, its one future reserves space for each of its cases, which
/// is more than a test's thread has.
const SUITE_STACK: usize = 64 * 1024 * 1024;

#[test]
fn the_table_keeps_the_contract() {
    let suite = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(store_contract::run_all(|| async { Engine::start().await.store() }));
    };
    let thread = std::thread::Builder::new().stack_size(SUITE_STACK).spawn(suite).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[tokio::test]
async fn futures_are_small_enough_to_be_held_by_others() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, reset) = (engine.store(), samples.reset(ADELE, START));
    let (guess_log, budget) = (GuessLog::Decoy("1.name".to_owned()), Budget { per_day: 9, per_30_days: 9 });
    let sizes = [
        size_of_val(&store.begin_reset(&reset, &[], None, START)),
        size_of_val(&store.spend_attempt(&guess_log, START, budget, START)),
        size_of_val(&store.accounts(&IndexRange::whole(Index::UserName), None, 10)),
    ];
    assert!(sizes.iter().all(|size| *size <= 8 * 1024), "{sizes:?}");
}

#[tokio::test]
async fn creating_the_table_twice_is_no_error() {
    let engine = Engine::start().await;
    table::create(&engine.client, TABLE).await.unwrap();
    let described = engine.client.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    let stream = described.stream_specification().unwrap();
    assert!(stream.stream_enabled());
    assert_eq!(stream.stream_view_type().unwrap().as_str(), "KEYS_ONLY");
    let ttl = engine.client.describe_time_to_live().table_name(TABLE).send().await.unwrap();
    assert_eq!(ttl.time_to_live_description().unwrap().attribute_name(), Some(table::TTL));
}
