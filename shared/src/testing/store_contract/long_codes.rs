use super::fixtures::{adele, begin, begun, change, created, owner_of, proved, read, shifted};
use crate::account::Owner;
use crate::ports::store::{Proof, Store};
use crate::reset::{IssuedLongCode, Reset, Stage};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};
use crate::time::{DAY, Moment};

const NAME: &str = "megan@contoso.example";

async fn issued_codes(store: &impl Store, owner: &Owner) -> Vec<IssuedLongCode> {
    let mut issued = store.issued_long_codes(owner).await.unwrap().issued;
    issued.sort_by_key(|issued| *issued.seed.as_bytes());
    issued
}

async fn prove(
    store: &impl Store,
    samples: &Samples,
    reset: &Reset,
    owner: &Owner,
    issued: &IssuedLongCode,
    now: Moment,
) -> bool {
    let next = Stage::Granted(samples.grant());
    let proved = store
        .prove_long(
            &Proof { reset, next: next.clone(), now, record: &samples.record(now), answered: None },
            owner,
            issued,
        )
        .await
        .unwrap();
    let stage = if proved { next } else { reset.stage.clone() };
    assert_eq!(read(store, reset).await.stage, stage, "the stage moves if and only if the code was used");
    proved
}

pub(super) async fn long_codes_are_read_as_they_were_stored(store: &impl Store) {
    let samples = Samples::default();
    let account = samples.account(NAME);
    for owner in [owner_of(&account), Owner::UnknownName(adele())] {
        assert_eq!(store.issued_long_codes(&owner).await.unwrap(), crate::ports::store::IssuedLongCodes::default());
        let first = samples.issued_long_code(START);
        // A second code of the same reset and gate is another code.
        let second = IssuedLongCode { seed: samples.grant().seed, ..first.clone() };
        let third =
            IssuedLongCode { gate: crate::policy::method::Gate::Two, ..samples.issued_long_code(shifted(START, 7)) };
        let mut stored = vec![first, second, third];
        for issued in stored.iter().chain(&stored) {
            store.store_long_code(&owner, issued).await.unwrap();
        }
        stored.sort_by_key(|issued| *issued.seed.as_bytes());
        assert_eq!(issued_codes(store, &owner).await, stored, "each is listed once, however often it was stored");
    }
}

pub(super) async fn a_long_code_is_used_once(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&created(store, samples.account(NAME)).await);
    let (used, other) = (samples.issued_long_code(START), samples.issued_long_code(START));
    for issued in [&used, &other] {
        store.store_long_code(&owner, issued).await.unwrap();
    }
    let (one, two) = (begun(store, &samples, START).await, begun(store, &samples, START).await);
    assert!(prove(store, &samples, &one, &owner, &used, START).await);
    assert_eq!(issued_codes(store, &owner).await, std::slice::from_ref(&other));
    assert!(!prove(store, &samples, &two, &owner, &used, START).await, "it was used at another reset");
    assert!(prove(store, &samples, &two, &owner, &other, START).await);
}

pub(super) async fn a_used_long_code_does_not_come_back(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&created(store, samples.account(NAME)).await);
    let issued = samples.issued_long_code(START);
    store.store_long_code(&owner, &issued).await.unwrap();
    let (one, two) = (begun(store, &samples, START).await, begun(store, &samples, START).await);
    assert!(prove(store, &samples, &one, &owner, &issued, START).await);
    // The job is delivered a second time, by a worker that lost its lease.
    store.store_long_code(&owner, &issued).await.unwrap();
    assert_eq!(issued_codes(store, &owner).await, []);
    assert!(!prove(store, &samples, &two, &owner, &issued, START).await);
}

pub(super) async fn a_long_code_is_its_owners(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&samples.account(NAME));
    let issued = samples.issued_long_code(START);
    store.store_long_code(&owner, &issued).await.unwrap();
    let reset = begun(store, &samples, START).await;
    for other in [owner_of(&samples.account(NAME)), Owner::UnknownName(adele())] {
        assert_eq!(issued_codes(store, &other).await, []);
        assert!(!prove(store, &samples, &reset, &other, &issued, START).await);
    }
    let unknown = samples.issued_long_code(START);
    assert!(!prove(store, &samples, &reset, &owner, &unknown, START).await);
    assert!(prove(store, &samples, &reset, &owner, &issued, START).await);
}

pub(super) async fn a_revoked_long_code_or_reset_proves_nothing(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(NAME)).await;
    let owner = owner_of(&account);
    let revoked = START.plus(60);
    change(store, &account, Some(revoked)).await;
    assert_eq!(store.issued_long_codes(&owner).await.unwrap().revoked_before, Some(revoked));

    let (old, new) = (samples.issued_long_code(revoked), samples.issued_long_code(shifted(revoked, 1)));
    for issued in [&old, &new] {
        store.store_long_code(&owner, issued).await.unwrap();
    }
    let (before, after) = (begun(store, &samples, revoked).await, begun(store, &samples, shifted(revoked, 1)).await);
    let now = revoked.plus(60);
    assert!(
        !prove(store, &samples, &after, &owner, &old, now).await,
        "the code was made at the moment of the revocation"
    );
    assert!(!prove(store, &samples, &before, &owner, &new, now).await, "so is the reset");
    assert!(prove(store, &samples, &after, &owner, &new, now).await);
}

pub(super) async fn a_long_code_lives_a_day(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&samples.account(NAME));
    let issued = samples.issued_long_code(START);
    store.store_long_code(&owner, &issued).await.unwrap();
    let dies = START.plus(DAY);
    let reset = samples.reset(NAME, dies.minus(60));
    begin(store, &reset).await;
    assert!(!prove(store, &samples, &reset, &owner, &issued, dies).await);
    assert!(prove(store, &samples, &reset, &owner, &issued, shifted(dies, -1)).await);
}

pub(super) async fn a_failed_proof_uses_no_long_code(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&samples.account(NAME));
    let issued = samples.issued_long_code(START);
    store.store_long_code(&owner, &issued).await.unwrap();

    let reset = begun(store, &samples, START).await;
    assert!(!prove(store, &samples, &reset, &owner, &issued, reset.expires_at).await, "the reset is over");
    let passed = proved(store, &samples, &reset, samples.passed(), START).await;
    let proof = Proof {
        reset: &reset,
        next: Stage::Granted(samples.grant()),
        now: START,
        record: &samples.record(START),
        answered: None,
    };
    assert!(!store.prove_long(&proof, &owner, &issued).await.unwrap(), "the reset moved on");
    assert_eq!(read(store, &reset).await, passed);
    let unknown = samples.reset(NAME, START);
    let proof = Proof {
        reset: &unknown,
        next: Stage::Granted(samples.grant()),
        now: START,
        record: &samples.record(START),
        answered: None,
    };
    assert!(!store.prove_long(&proof, &owner, &issued).await.unwrap(), "the reset is unknown");
    assert_eq!(store.reset(&unknown.id).await.unwrap(), None);

    assert_eq!(issued_codes(store, &owner).await, std::slice::from_ref(&issued), "all that time the code stays");
    let last = shifted(reset.expires_at, -1);
    assert!(prove(store, &samples, &passed, &owner, &issued, last).await, "the digits' shorter life is not its own");
}

pub(super) async fn long_codes_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&samples.account(NAME));
    let issued = samples.issued_long_code(START);
    store.store_long_code(&owner, &issued).await.unwrap();
    let mut resets = Vec::new();
    for _ in 0..20 {
        resets.push(begun(store, &samples, START).await);
    }
    let proofs = join_all(resets.iter().map(|reset| async {
        let next = Stage::Granted(samples.grant());
        store
            .prove_long(
                &Proof { reset, next, now: START, record: &samples.record(START), answered: None },
                &owner,
                &issued,
            )
            .await
    }));
    assert_eq!(proofs.await.iter().filter(|proved| matches!(proved, Ok(true))).count(), 1);
    let mut granted = 0;
    for reset in &resets {
        granted += usize::from(read(store, reset).await.open_gate().is_none());
    }
    assert_eq!(granted, 1);
}
