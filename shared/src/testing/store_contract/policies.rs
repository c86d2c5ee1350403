use super::fixtures::audited;
use crate::policy::Policy;
use crate::ports::store::{Store, StoredPolicy};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples, policy};

async fn stored(store: &impl Store) -> StoredPolicy {
    store.policy().await.unwrap()
}

pub(super) async fn the_policy_is_read_as_it_was_written(store: &impl Store) {
    assert_eq!(stored(store).await, StoredPolicy::default());
    for (version, policy) in (1..).zip([Policy::default(), policy(), Policy::default()]) {
        store.put_policy(&policy).await.unwrap();
        assert_eq!(stored(store).await, StoredPolicy { policy, version });
    }
}

pub(super) async fn a_policy_needs_the_version_that_was_read(store: &impl Store) {
    let samples = Samples::default();
    let record = samples.record(START);
    let change = async |policy: &Policy, version| store.change_policy(policy, version, &record).await.unwrap();
    assert!(!change(&policy(), 1).await, "there is none");
    assert_eq!((stored(store).await, audited(store).await), (StoredPolicy::default(), vec![]));
    assert!(change(&policy(), 0).await);
    let first = StoredPolicy { policy: policy(), version: 1 };
    assert_eq!(stored(store).await, first.clone());
    for version in [0, 2] {
        assert!(!change(&Policy::default(), version).await);
        assert_eq!(stored(store).await, first.clone());
    }
    assert_eq!(audited(store).await, std::slice::from_ref(&record), "only what was changed is recorded");

    let second = samples.record(START.plus(1));
    assert!(store.change_policy(&Policy::default(), 1, &second).await.unwrap());
    assert_eq!(stored(store).await, StoredPolicy { policy: Policy::default(), version: 2 });
    assert_eq!(audited(store).await, [second.clone(), record.clone()]);
    store.put_policy(&policy()).await.unwrap();
    assert!(!change(&Policy::default(), 2).await, "it was replaced meanwhile");
    assert_eq!(stored(store).await, StoredPolicy { policy: policy(), version: 3 });
    assert_eq!(audited(store).await, [second, record]);
}

pub(super) async fn changes_of_the_policy_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    for (round, version) in [0, 1].into_iter().enumerate() {
        let policies: Vec<Policy> =
            (1..=20).map(|days| Policy { audit_retention_days: days, ..Policy::default() }).collect();
        let written = join_all(policies.iter().map(|policy| async {
            let record = samples.record(START);
            store.change_policy(policy, version, &record).await
        }));
        let written = written.await;
        let written: Vec<&Policy> = policies
            .iter()
            .zip(&written)
            .filter(|(_, written)| matches!(written, Ok(true)))
            .map(|(policy, _)| policy)
            .collect();
        let stored = stored(store).await;
        assert_eq!((written, stored.version), (vec![&stored.policy], version + 1));
        assert_eq!(audited(store).await.len(), round + 1, "and one record");
    }
}
