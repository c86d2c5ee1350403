use super::fixtures::{audited, begun, charge, link, prove, proved, read, shifted};
use crate::ports::store::{Proof, RequestCount, Store};
use crate::random::ResetId;
use crate::reset::{MAX_REQUESTS, REQUEST_WINDOW_SECONDS, Reset, Stage};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};
use crate::time::Moment;

pub(super) async fn a_charge_counts_every_guess(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    for tries in 1..=7 {
        let charged = charge(store, &reset.id, START).await.unwrap();
        assert_eq!(charged.issued.tries, tries);
        assert_eq!(charged, read(store, &reset).await, "the returned reset is what is stored");
    }
}

pub(super) async fn a_new_code_is_charged_anew(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let charged = charge(store, &reset.id, START).await.unwrap();
    let issued = samples.next_issued_code(&charged, START);
    assert!(store.reissue(&charged, &issued).await.unwrap());
    let charged = charge(store, &reset.id, START).await.unwrap();
    assert_eq!((charged.issued.seed, charged.issued.tries), (issued.seed, 1));
}

pub(super) async fn a_reset_is_charged_while_it_lives(store: &impl Store) {
    let samples = Samples::default();
    let unknown = ResetId::draw(&samples.random);
    for _ in 0..2 {
        assert_eq!(store.charge_reset(&unknown, START).await.unwrap(), RequestCount::NoReset);
        assert_eq!(store.count_request(&unknown, START).await.unwrap(), RequestCount::NoReset);
    }
    assert_eq!(store.reset(&unknown).await.unwrap(), None, "a charge makes no reset");

    let reset = begun(store, &samples, START).await;
    assert!(charge(store, &reset.id, shifted(reset.expires_at, -1)).await.is_some());
    assert_eq!(store.charge_reset(&reset.id, reset.expires_at).await.unwrap(), RequestCount::NoReset);
    assert_eq!(store.count_request(&reset.id, reset.expires_at).await.unwrap(), RequestCount::NoReset);

    let mut reset = proved(store, &samples, &reset, samples.passed(), START).await;
    let issued = samples.next_issued_code(&reset, START);
    assert!(store.reissue(&reset, &issued).await.unwrap());
    assert_eq!(charge(store, &reset.id, START).await.unwrap().issued.tries, 1, "gate two");
    reset = proved(store, &samples, &reset, Stage::Granted(samples.grant()), START).await;
    let charged = charge(store, &reset.id, START).await.unwrap();
    assert_eq!(charged.stage, reset.stage, "it is proved, and stays so");
}

pub(super) async fn charges_at_once_are_exact(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let charges = join_all((0..50).map(|_| charge(store, &reset.id, START))).await;
    let mut tries: Vec<u32> = charges.into_iter().map(|charged| charged.unwrap().issued.tries).collect();
    tries.sort_unstable();
    assert_eq!(tries, (1..=50).collect::<Vec<u32>>());
}

/// Sends requests to a reset until one is refused. Returns how many were counted, and when the window ends.
async fn requests(store: &impl Store, id: &ResetId, now: Moment) -> (u32, Moment) {
    for count in 0..=2 * MAX_REQUESTS {
        let counted = match count % 2 {
            0 => store.count_request(id, now).await.unwrap(),
            _ => store.charge_reset(id, now).await.unwrap(),
        };
        if let RequestCount::Limited { until } = counted {
            return (count, until);
        }
    }
    panic!("no request was refused");
}

pub(super) async fn a_window_takes_exactly_so_many_requests(store: &impl Store) {
    let samples = Samples::default();
    let (reset, other) = (begun(store, &samples, START).await, begun(store, &samples, START).await);
    let ends = START.plus(REQUEST_WINDOW_SECONDS);
    assert_eq!(requests(store, &reset.id, START).await, (MAX_REQUESTS, ends), "the first window begins with the reset");
    let full = read(store, &reset).await;
    assert_eq!(full.issued.tries, MAX_REQUESTS / 2);
    assert_eq!(requests(store, &reset.id, shifted(ends, -1)).await, (0, ends));
    assert_eq!(read(store, &reset).await, full, "a refused request changes nothing");
    let later = shifted(ends, 7);
    let until = later.plus(REQUEST_WINDOW_SECONDS);
    assert_eq!(
        requests(store, &reset.id, later).await,
        (MAX_REQUESTS, until),
        "the next begins with its first request"
    );
    assert_eq!(requests(store, &reset.id, shifted(until, -1)).await, (0, until));
    assert_eq!(requests(store, &other.id, START).await, (MAX_REQUESTS, ends), "each reset has its own");
}

pub(super) async fn requests_at_once_stay_within_the_window(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    for now in [START, START.plus(REQUEST_WINDOW_SECONDS)] {
        let counts = join_all((0..MAX_REQUESTS + 20).map(|_| store.count_request(&reset.id, now))).await;
        let counted = counts.into_iter().filter(|count| matches!(count, Ok(RequestCount::Counted(_)))).count();
        assert_eq!(counted, usize::try_from(MAX_REQUESTS).unwrap());
    }
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
    charge(store, &reset.id, START).await.unwrap();
    let snapshot = samples.snapshot(&samples.full_account("megan@contoso.example"));
    assert!(link(store, &reset.id, 1, &snapshot, START).await);
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
