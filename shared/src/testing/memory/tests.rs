use std::sync::Arc;

use super::MemoryStore;
use crate::account::Owner;
use crate::limits::guesses::{Budget, GuessLog};
use crate::ports::store::Limits;
use crate::random::AccountId;
use crate::testing::samples::{START, Samples};
use crate::testing::{block_on, store_contract};

#[test]
fn the_model_keeps_the_contract() {
    block_on(store_contract::run_all(|| async { MemoryStore::new() }));
}

#[test]
fn threads_share_one_budget() {
    let store = Arc::new(MemoryStore::new());
    let account = Samples::default().account("adele@contoso.example").id;
    let guess = |store: Arc<MemoryStore>, account: AccountId| {
        let guess_log = GuessLog::Account(Owner::Account(account));
        let budget = Budget { per_day: 10, per_30_days: 50 };
        block_on(store.spend_attempt(&guess_log, START, budget, START)).unwrap().is_some()
    };
    let threads: Vec<_> = (0..50)
        .map(|_| {
            let (store, account) = (store.clone(), account.clone());
            std::thread::spawn(move || guess(store, account))
        })
        .collect();
    let charged = threads.into_iter().map(|thread| thread.join().unwrap()).filter(|charged| *charged).count();
    assert_eq!(charged, 10);
}
