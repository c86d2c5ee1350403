use super::scene::{begun, proved, read, shifted};
use crate::random::ResetId;
use crate::reset::{Reset, Stage};
use crate::store::{Proof, Store};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};

pub(super) async fn a_reset_is_charged_up_to_its_tries(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    for tries in 1..=5 {
        let charged = store.charge_reset(&reset.id, 5, START).await.unwrap().unwrap();
        assert_eq!(charged.issue.tries, tries);
        assert_eq!(charged, read(store, &reset).await, "what is given is what is kept");
    }
    assert_eq!(store.charge_reset(&reset.id, 5, START).await.unwrap(), None);
    assert_eq!(read(store, &reset).await.issue.tries, 5);
    assert_eq!(store.charge_reset(&reset.id, 6, START).await.unwrap().unwrap().issue.tries, 6, "a wider policy");
    assert_eq!(store.charge_reset(&reset.id, 3, START).await.unwrap(), None, "a narrower policy");
}

pub(super) async fn a_new_issue_is_charged_anew(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let charged = store.charge_reset(&reset.id, 1, START).await.unwrap().unwrap();
    let issue = samples.next_issue(&charged, START);
    assert!(store.reissue(&charged, &issue).await.unwrap());
    let charged = store.charge_reset(&reset.id, 1, START).await.unwrap().unwrap();
    assert_eq!((charged.issue.seed, charged.issue.tries), (issue.seed, 1));
    assert_eq!(store.charge_reset(&reset.id, 1, START).await.unwrap(), None);
}

pub(super) async fn a_reset_is_charged_while_it_lives_and_is_not_proved(store: &impl Store) {
    let samples = Samples::default();
    let unknown = ResetId::draw(&samples.random);
    assert_eq!(store.charge_reset(&unknown, 5, START).await.unwrap(), None);
    assert_eq!(store.reset(&unknown).await.unwrap(), None, "a charge makes no reset");

    let reset = begun(store, &samples, START).await;
    assert!(store.charge_reset(&reset.id, 5, shifted(reset.expires_at, -1)).await.unwrap().is_some());
    assert_eq!(store.charge_reset(&reset.id, 5, reset.expires_at).await.unwrap(), None);

    let mut reset = proved(store, &reset, samples.passed(), START).await;
    let issue = samples.next_issue(&reset, START);
    assert!(store.reissue(&reset, &issue).await.unwrap());
    assert!(store.charge_reset(&reset.id, 5, START).await.unwrap().is_some(), "gate two");
    reset = proved(store, &reset, Stage::Granted(samples.grant()), START).await;
    assert_eq!(store.charge_reset(&reset.id, 5, START).await.unwrap(), None, "it is proved");
    assert_eq!(read(store, &reset).await, reset);
}

pub(super) async fn charges_at_once_are_exact(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let charges = join_all((0..50).map(|_| store.charge_reset(&reset.id, 5, START))).await;
    let mut tries: Vec<u32> = charges.into_iter().filter_map(|charge| Some(charge.unwrap()?.issue.tries)).collect();
    tries.sort_unstable();
    assert_eq!(tries, [1, 2, 3, 4, 5]);
}

pub(super) async fn a_proof_is_used_once(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let next = samples.passed();
    let passed = proved(store, &reset, next.clone(), START).await;
    assert_eq!(passed, Reset { stage: next, ..reset.clone() });
    for stage in [samples.passed(), Stage::Granted(samples.grant())] {
        assert!(!store.prove(&Proof { reset: &reset, next: stage, now: START }).await.unwrap());
        assert_eq!(read(store, &reset).await, passed);
    }
}

pub(super) async fn a_proof_survives_a_charge(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    store.charge_reset(&reset.id, 5, START).await.unwrap().unwrap();
    let bound = samples.bound(&samples.full_account("megan@contoso.example"));
    assert!(store.bind_reset(&reset.id, &bound, START).await.unwrap());
    let next = Stage::Granted(samples.grant());
    assert!(store.prove(&Proof { reset: &reset, next: next.clone(), now: START }).await.unwrap());
    let kept = read(store, &reset).await;
    assert_eq!((kept.stage, kept.issue.tries, kept.bound), (next, 1, Some(bound)), "and nothing is lost by it");
}

pub(super) async fn a_proof_of_another_code_or_stage_fails(store: &impl Store) {
    let samples = Samples::default();
    let next = Stage::Granted(samples.grant());
    let unknown = samples.reset("nobody@contoso.example", START);
    assert!(!store.prove(&Proof { reset: &unknown, next: next.clone(), now: START }).await.unwrap());
    assert_eq!(store.reset(&unknown.id).await.unwrap(), None);

    let seen = begun(store, &samples, START).await;
    assert!(store.reissue(&seen, &samples.next_issue(&seen, START)).await.unwrap());
    let before = read(store, &seen).await;
    assert!(!store.prove(&Proof { reset: &seen, next: next.clone(), now: START }).await.unwrap(), "another code");
    assert_eq!(read(store, &seen).await, before);

    let passed = proved(store, &seen, samples.passed(), START).await;
    assert!(!store.prove(&Proof { reset: &passed, next: next.clone(), now: START }).await.unwrap(), "gate one's code");
    assert_eq!(read(store, &seen).await, passed);
    assert!(store.reissue(&passed, &samples.next_issue(&passed, START)).await.unwrap());
    let second = read(store, &seen).await;
    let other = Reset { stage: samples.passed(), ..second.clone() };
    assert!(
        !store.prove(&Proof { reset: &other, next: next.clone(), now: START }).await.unwrap(),
        "another gate token"
    );
    assert_eq!(read(store, &seen).await, second);
    assert!(store.prove(&Proof { reset: &second, next, now: START }).await.unwrap());
}

pub(super) async fn a_proof_needs_a_live_code(store: &impl Store) {
    let samples = Samples::default();
    let next = samples.passed();
    let reset = begun(store, &samples, START).await;
    let dies = reset.issue.expires_at;
    assert!(dies < reset.expires_at);
    for now in [dies, reset.expires_at] {
        assert!(!store.prove(&Proof { reset: &reset, next: next.clone(), now }).await.unwrap());
        assert_eq!(read(store, &reset).await, reset);
    }
    assert!(store.prove(&Proof { reset: &reset, next, now: shifted(dies, -1) }).await.unwrap());
}

pub(super) async fn proofs_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let stages: Vec<Stage> = (0..50).map(|_| Stage::Granted(samples.grant())).collect();
    let proofs =
        join_all(stages.iter().map(|stage| async {
            store.prove(&Proof { reset: &reset, next: stage.clone(), now: START }).await.unwrap()
        }));
    let proofs = proofs.await;
    let accepted: Vec<&Stage> =
        stages.iter().zip(proofs).filter(|(_, accepted)| *accepted).map(|(stage, _)| stage).collect();
    assert_eq!(accepted, [&read(store, &reset).await.stage], "exactly one, and it is the one that is kept");
}
