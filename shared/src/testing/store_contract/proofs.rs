use super::fixtures::{audited, begun, prove, proved, read, shifted};
use crate::ports::store::{Proof, Store};
use crate::random::ResetId;
use crate::reset::{Reset, Stage};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};

pub(super) async fn a_reset_is_charged_up_to_its_tries(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    for tries in 1..=5 {
        let charged = store.charge_reset(&reset.id, 5, START).await.unwrap().unwrap();
        assert_eq!(charged.issued.tries, tries);
        assert_eq!(charged, read(store, &reset).await, "the returned reset is what is stored");
    }
    assert_eq!(store.charge_reset(&reset.id, 5, START).await.unwrap(), None);
    assert_eq!(read(store, &reset).await.issued.tries, 5);
    assert_eq!(store.charge_reset(&reset.id, 6, START).await.unwrap().unwrap().issued.tries, 6, "a wider policy");
    assert_eq!(store.charge_reset(&reset.id, 3, START).await.unwrap(), None, "a narrower policy");
}

pub(super) async fn a_new_code_is_charged_anew(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let charged = store.charge_reset(&reset.id, 1, START).await.unwrap().unwrap();
    let issued = samples.next_issued_code(&charged, START);
    assert!(store.reissue(&charged, &issued).await.unwrap());
    let charged = store.charge_reset(&reset.id, 1, START).await.unwrap().unwrap();
    assert_eq!((charged.issued.seed, charged.issued.tries), (issued.seed, 1));
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

    let mut reset = proved(store, &samples, &reset, samples.passed(), START).await;
    let issued = samples.next_issued_code(&reset, START);
    assert!(store.reissue(&reset, &issued).await.unwrap());
    assert!(store.charge_reset(&reset.id, 5, START).await.unwrap().is_some(), "gate two");
    reset = proved(store, &samples, &reset, Stage::Granted(samples.grant()), START).await;
    assert_eq!(store.charge_reset(&reset.id, 5, START).await.unwrap(), None, "it is proved");
    assert_eq!(read(store, &reset).await, reset);
}

pub(super) async fn charges_at_once_are_exact(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let charges = join_all((0..50).map(|_| store.charge_reset(&reset.id, 5, START))).await;
    let mut tries: Vec<u32> = charges.into_iter().filter_map(|charge| Some(charge.unwrap()?.issued.tries)).collect();
    tries.sort_unstable();
    assert_eq!(tries, [1, 2, 3, 4, 5]);
}

pub(super) async fn a_proof_is_used_once(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let next = samples.passed();
    let passed = proved(store, &samples, &reset, next.clone(), START).await;
    assert_eq!(passed, Reset { stage: next, ..reset.clone() });
    for stage in [samples.passed(), Stage::Granted(samples.grant())] {
        assert!(!prove(store, &samples, &reset, stage, START).await);
        assert_eq!(read(store, &reset).await, passed);
    }
}

pub(super) async fn a_proof_survives_a_charge(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    store.charge_reset(&reset.id, 5, START).await.unwrap().unwrap();
    let snapshot = samples.snapshot(&samples.full_account("megan@contoso.example"));
    assert!(store.link_account(&reset.id, 1, &snapshot, None, START).await.unwrap());
    let next = Stage::Granted(samples.grant());
    assert!(prove(store, &samples, &reset, next.clone(), START).await);
    let stored = read(store, &reset).await;
    assert_eq!(
        (stored.stage, stored.issued.tries, stored.snapshot),
        (next, 1, Some(snapshot)),
        "and nothing is lost by it"
    );
}

pub(super) async fn a_proof_of_another_code_or_stage_fails(store: &impl Store) {
    let samples = Samples::default();
    let next = Stage::Granted(samples.grant());
    let unknown = samples.reset("nobody@contoso.example", START);
    assert!(!prove(store, &samples, &unknown, next.clone(), START).await);
    assert_eq!(store.reset(&unknown.id).await.unwrap(), None);

    let seen = begun(store, &samples, START).await;
    assert!(store.reissue(&seen, &samples.next_issued_code(&seen, START)).await.unwrap());
    let before = read(store, &seen).await;
    assert!(!prove(store, &samples, &seen, next.clone(), START).await, "another code");
    assert_eq!(read(store, &seen).await, before);

    let passed = proved(store, &samples, &seen, samples.passed(), START).await;
    assert!(!prove(store, &samples, &passed, next.clone(), START).await, "gate one's code");
    assert_eq!(read(store, &seen).await, passed);
    assert!(store.reissue(&passed, &samples.next_issued_code(&passed, START)).await.unwrap());
    let second = read(store, &seen).await;
    let other = Reset { stage: samples.passed(), ..second.clone() };
    assert!(!prove(store, &samples, &other, next.clone(), START).await, "another gate token");
    assert_eq!(read(store, &seen).await, second);
    assert!(prove(store, &samples, &second, next, START).await);
}

pub(super) async fn a_proof_needs_a_live_code(store: &impl Store) {
    let samples = Samples::default();
    let next = samples.passed();
    let reset = begun(store, &samples, START).await;
    let dies = reset.issued.expires_at;
    assert!(dies < reset.expires_at);
    for now in [dies, reset.expires_at] {
        assert!(!prove(store, &samples, &reset, next.clone(), now).await);
        assert_eq!(read(store, &reset).await, reset);
    }
    assert!(prove(store, &samples, &reset, next, shifted(dies, -1)).await);
}

pub(super) async fn answers_open_the_second_gate_once(store: &impl Store) {
    let samples = Samples::default();
    let first = begun(store, &samples, START).await;
    let (record, next) = (samples.record(START), Stage::Granted(samples.grant()));
    let proof = |reset, now| Proof { reset, next: next.clone(), now, record: &record, answered: None };
    assert!(!store.prove_answers(&proof(&first, START)).await.unwrap(), "gate one opens by a code alone");
    assert_eq!((read(store, &first).await, audited(store).await), (first.clone(), vec![]));
    let passed = proved(store, &samples, &first, samples.passed(), START).await;
    let before = audited(store).await;
    let other = Reset { stage: samples.passed(), ..passed.clone() };
    assert!(!store.prove_answers(&proof(&other, START)).await.unwrap(), "another gate token");
    assert!(!store.prove_answers(&proof(&first, START)).await.unwrap(), "read before gate one was passed");
    assert!(!store.prove_answers(&proof(&passed, passed.expires_at)).await.unwrap(), "over");
    let unknown = Reset { stage: passed.stage.clone(), ..samples.reset("nobody@contoso.example", START) };
    assert!(!store.prove_answers(&proof(&unknown, START)).await.unwrap());
    assert_eq!((read(store, &first).await, audited(store).await), (passed.clone(), before.clone()));
    assert_eq!(store.reset(&unknown.id).await.unwrap(), None);

    let (dies, last) = (passed.issued.expires_at, shifted(passed.expires_at, -1));
    assert!(dies < last);
    assert!(store.prove_answers(&proof(&passed, last)).await.unwrap(), "no code has to live");
    assert_eq!(read(store, &first).await, Reset { stage: next.clone(), ..passed.clone() });
    assert_eq!(audited(store).await.len(), before.len() + 1);
    assert!(audited(store).await.contains(&record));
    let again = samples.record(START);
    let second = Proof { record: &again, next: Stage::Granted(samples.grant()), ..proof(&passed, START) };
    assert!(!store.prove_answers(&second).await.unwrap(), "it was used before");
    assert_eq!(read(store, &first).await.stage, next);
    assert_eq!(audited(store).await.len(), before.len() + 1);
}

pub(super) async fn proofs_at_once_are_one(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let stages: Vec<Stage> = (0..50).map(|_| Stage::Granted(samples.grant())).collect();
    let proofs =
        join_all(stages.iter().map(|stage| async { prove(store, &samples, &reset, stage.clone(), START).await }));
    let proofs = proofs.await;
    let accepted: Vec<&Stage> =
        stages.iter().zip(proofs).filter(|(_, accepted)| *accepted).map(|(stage, _)| stage).collect();
    assert_eq!(accepted, [&read(store, &reset).await.stage], "exactly one is accepted, and it is the stored one");
    assert_eq!(audited(store).await.len(), 1, "and one record");
}
