use super::fixtures::{ADELE, MEGAN, begin, begun, charge, link, mark, proved, read, shifted, spelling, take};
use crate::account::{Account, AccountSnapshot};
use crate::limits::source::SourceLimit;
use crate::policy::Limit;
use crate::policy::method::{CodeMethod, Method};
use crate::ports::idempotency::{KeyReservation, KeyedResponse, Reservation, StoredResponse};
use crate::ports::store::{BeginOutcome, DeliveryJob, Link, Store};
use crate::random::ResetId;
use crate::reset::{IssuedCode, MAX_PASSWORD_TRIES, Reset, Stage};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};
use crate::time::{DAY, Moment};

pub(super) async fn a_reset_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let mut reset = samples.reset(ADELE, START);
    begin(store, &reset).await;
    assert_eq!(read(store, &reset).await, reset);
    assert_eq!(store.reset(&ResetId::draw(&samples.random)).await.unwrap(), None);

    reset = samples.reset(ADELE, shifted(START, 123));
    reset.issued.claimed_phone = None;
    reset.issued.method = CodeMethod::OfficeCall;
    begin(store, &reset).await;
    assert_eq!(read(store, &reset).await, reset);
}

pub(super) async fn every_stage_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let mut expected = begun(store, &samples, START).await;

    let snapshot = samples.snapshot(&samples.full_account(ADELE));
    let order = DeliveryJob::Code(expected.id.clone(), 1);
    assert!(take(store, &order, START).await.is_some());
    let link = Link { reset: &expected.id, order: 1, snapshot: &snapshot, sent_to: Some("1.phone"), now: START };
    assert!(store.link_account(&link).await.unwrap());
    expected.snapshot = Some(snapshot);
    expected.issued.sent_to = Some("1.phone".to_owned());
    assert!(charge(store, &expected.id, START).await.is_some());
    expected.issued.tries = 1;
    assert_eq!(read(store, &expected).await, expected, "bound, sent and charged");
    let written = |reset: &Reset| -> Vec<String> {
        reset.snapshot.iter().flat_map(|snapshot| snapshot.context.contacts.iter().map(spelling)).collect()
    };
    assert_eq!(written(&read(store, &expected).await), written(&expected), "contacts are spelled as they were");

    expected.stage = samples.passed();
    assert_eq!(proved(store, &samples, &expected, expected.stage.clone(), START).await, expected, "gate one passed");

    expected.issued = samples.next_issued_code(&expected, START);
    let seen = read(store, &expected).await;
    assert!(store.reissue(&seen, &expected.issued).await.unwrap());
    assert_eq!(read(store, &expected).await, expected, "gate two awaited");

    let mut grant = samples.grant();
    grant.proved.push(Method::SecurityQuestions);
    expected.stage = Stage::Granted(grant.clone());
    assert_eq!(proved(store, &samples, &expected, expected.stage.clone(), START).await, expected, "granted");

    assert!(store.charge_password(&expected, &grant.seed, START).await.unwrap());
    grant.password_tries = 1;
    assert!(grant.password_tries < MAX_PASSWORD_TRIES);
    expected.stage = Stage::Granted(grant);
    assert_eq!(read(store, &expected).await, expected, "granted, and a password refused");
}

fn limit(key: &str, count: u32, seconds: u64) -> SourceLimit {
    SourceLimit { key: key.to_owned(), limit: Limit { count, seconds } }
}

async fn try_begin(
    store: &impl Store,
    samples: &Samples,
    limits: &[SourceLimit],
    now: Moment,
) -> (BeginOutcome, Reset) {
    let reset = samples.reset(ADELE, now);
    (store.begin_reset(&reset, limits, None, now).await.unwrap(), reset)
}

pub(super) async fn a_window_takes_exactly_so_many_begins(store: &impl Store) {
    let samples = Samples::default();
    let limits = [limit("source", 3, 600)];
    let ends = START.plus(600);
    for now in [START, START.plus(300), shifted(ends, -1)] {
        assert_eq!(try_begin(store, &samples, &limits, now).await.0, BeginOutcome::Begun);
    }
    for now in [START, shifted(ends, -1)] {
        let (refused, reset) = try_begin(store, &samples, &limits, now).await;
        assert_eq!(refused, BeginOutcome::Limited { until: ends });
        assert_eq!(store.reset(&reset.id).await.unwrap(), None, "a refused reset is not kept");
    }
    for _ in 0..3 {
        assert_eq!(try_begin(store, &samples, &limits, ends).await.0, BeginOutcome::Begun, "the next window");
    }
    let until = ends.plus(600);
    assert_eq!(try_begin(store, &samples, &limits, ends).await.0, BeginOutcome::Limited { until });
}

pub(super) async fn a_network_is_counted_without_a_reset(store: &impl Store) {
    let (source, ends) = (limit("source", 2, 3600), START.plus(600));
    let with = |name: &str| [source.clone(), limit(name, 1, 600)];
    assert_eq!(store.count_source(&with("one"), START).await.unwrap(), Ok(()));
    for _ in 0..3 {
        assert_eq!(store.count_source(&with("one"), START).await.unwrap(), Err(ends), "the limit with the name");
    }
    assert_eq!(store.count_source(&with("two"), shifted(ends, -1)).await.unwrap(), Ok(()));
    let refused = store.count_source(&with("three"), shifted(ends, -1)).await.unwrap();
    assert_eq!(refused, Err(START.plus(3600)), "the limit of the source alone");
    let samples = Samples::default();
    let begun = try_begin(store, &samples, &with("three"), START).await.0;
    assert_eq!(begun, BeginOutcome::Limited { until: START.plus(3600) }, "one row counts for both");
}

pub(super) async fn a_refused_begin_counts_nowhere(store: &impl Store) {
    let samples = Samples::default();
    let source = limit("source", 2, 3600);
    let with = |name: &str| [source.clone(), limit(name, 1, 600)];
    assert_eq!(try_begin(store, &samples, &with("one"), START).await.0, BeginOutcome::Begun);
    for _ in 0..3 {
        let refused = try_begin(store, &samples, &with("one"), START).await.0;
        assert_eq!(refused, BeginOutcome::Limited { until: START.plus(600) }, "the limit with the name");
    }
    assert_eq!(try_begin(store, &samples, &with("two"), START).await.0, BeginOutcome::Begun);
    let refused = try_begin(store, &samples, &with("three"), START).await.0;
    assert_eq!(refused, BeginOutcome::Limited { until: START.plus(3600) }, "the limit of the source alone");
    let other = [limit("other", 2, 3600), limit("three", 1, 600)];
    assert_eq!(
        try_begin(store, &samples, &other, START).await.0,
        BeginOutcome::Begun,
        "nothing was counted under the name"
    );
}

fn in_row(row: &str, fingerprint: &str) -> KeyReservation {
    KeyReservation { row: row.to_owned(), fingerprint: fingerprint.to_owned(), nonce: fingerprint.to_owned() }
}

fn reservation(fingerprint: &str) -> KeyReservation {
    in_row("1.row", fingerprint)
}

fn ordered(reset: &Reset) -> StoredResponse {
    StoredResponse::of(&reset.id.as_str())
}

fn answered<'a>(reservation: &'a KeyReservation, reset: &Reset) -> Option<KeyedResponse<'a>> {
    Some(KeyedResponse { reservation, response: ordered(reset), now: reset.began_at })
}

pub(super) async fn a_begin_is_stored_once_for_its_key(store: &impl Store) {
    let samples = Samples::default();
    let (first, second) = (samples.reset(ADELE, START), samples.reset(ADELE, START));
    let (reservation, response) = (reservation("body"), ordered(&first));
    assert_eq!(
        store.begin_reset(&first, &[], answered(&reservation, &first), START).await.unwrap(),
        BeginOutcome::Begun
    );
    for now in [START, shifted(START.plus(DAY), -1)] {
        let again = store.begin_reset(&second, &[], answered(&reservation, &second), now).await.unwrap();
        assert_eq!(again, BeginOutcome::Reserved(Reservation::Replay(response.clone())));
    }
    assert_eq!(
        store.reserve_key(&reservation, START).await.unwrap(),
        Reservation::Replay(response),
        "it is a key like any other"
    );
    assert_eq!(store.reset(&second.id).await.unwrap(), None);

    let later = START.plus(DAY);
    let third = samples.reset(ADELE, later);
    let begun = store.begin_reset(&third, &[], answered(&reservation, &third), later).await.unwrap();
    assert_eq!(begun, BeginOutcome::Begun, "after a day the key is new");
    let again = store.begin_reset(&second, &[], answered(&reservation, &second), later).await.unwrap();
    assert_eq!(again, BeginOutcome::Reserved(Reservation::Replay(ordered(&third))));
}

pub(super) async fn a_key_comes_before_the_limits(store: &impl Store) {
    let samples = Samples::default();
    let limits = [limit("source", 1, 600)];
    let (first, second) = (samples.reset(ADELE, START), samples.reset(ADELE, START));
    let response = ordered(&first);
    let begin = async |reset: &Reset, reservation: &KeyReservation, now: Moment| {
        store.begin_reset(reset, &limits, answered(reservation, reset), now).await.unwrap()
    };
    assert_eq!(begin(&first, &reservation("body"), START).await, BeginOutcome::Begun);
    assert_eq!(
        begin(&second, &reservation("body"), START).await,
        BeginOutcome::Reserved(Reservation::Replay(response))
    );
    assert_eq!(begin(&second, &reservation("other"), START).await, BeginOutcome::Reserved(Reservation::Mismatch));

    let other = in_row("2.row", "body");
    assert_eq!(begin(&second, &other, START).await, BeginOutcome::Limited { until: START.plus(600) });
    assert_eq!(begin(&second, &other, START.plus(600)).await, BeginOutcome::Begun, "a refused begin keeps no key");

    let running = in_row("3.row", "body");
    let third = samples.reset(ADELE, START);
    assert_eq!(store.reserve_key(&running, START).await.unwrap(), Reservation::New);
    let in_use = BeginOutcome::Reserved(Reservation::InProgress { until: START.plus(60) });
    assert_eq!(begin(&third, &running, START.plus(59)).await, in_use);
    assert_eq!(store.reset(&third.id).await.unwrap(), None);
    assert_eq!(begin(&third, &running, START.plus(1200)).await, BeginOutcome::Begun, "a reservation that was given up");
}

pub(super) async fn begins_at_once_with_one_key_are_one(store: &impl Store) {
    let samples = Samples::default();
    let resets: Vec<Reset> = (0..20).map(|_| samples.reset(ADELE, START)).collect();
    let reservation = reservation("body");
    let begins = join_all(
        resets.iter().map(|reset| async { store.begin_reset(reset, &[], answered(&reservation, reset), START).await }),
    );
    let begun = begins.await.into_iter().filter(|begun| matches!(begun, Ok(BeginOutcome::Begun))).count();
    assert_eq!(begun, 1);
    let mut stored = 0;
    for reset in &resets {
        stored += usize::from(store.reset(&reset.id).await.unwrap().is_some());
    }
    assert_eq!(stored, 1);
}

pub(super) async fn begins_at_once_stay_within_the_limit(store: &impl Store) {
    let samples = Samples::default();
    let resets: Vec<Reset> = (0..30).map(|_| samples.reset(ADELE, START)).collect();
    let limits = [limit("source", 7, 600)];
    let begins = join_all(resets.iter().map(|reset| store.begin_reset(reset, &limits, None, START))).await;
    let begun = begins.iter().filter(|begun| matches!(begun, Ok(BeginOutcome::Begun))).count();
    let mut stored = 0;
    for reset in &resets {
        stored += usize::from(store.reset(&reset.id).await.unwrap().is_some());
    }
    assert_eq!(stored, begun, "the response is what is stored");
    // Under contention a store may reject a begin, but in the end exactly as many succeed as the limit allows.
    for _ in 0..8 {
        stored += usize::from(try_begin(store, &samples, &limits, START).await.0 == BeginOutcome::Begun);
    }
    assert_eq!(stored, 7);
}

pub(super) async fn an_issued_code_is_replaced_if_it_is_unchanged(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let snapshot = samples.snapshot(&samples.account(ADELE));
    assert!(link(store, &reset.id, 1, &snapshot, START).await);
    let issued = samples.next_issued_code(&reset, START.plus(30));
    assert!(store.reissue(&reset, &issued).await.unwrap(), "binding is not the issue's");
    let expected = Reset { issued: issued.clone(), snapshot: Some(snapshot), ..reset.clone() };
    assert_eq!(read(store, &reset).await, expected);

    assert!(!store.reissue(&reset, &issued).await.unwrap(), "it was replaced already");
    let repeat = IssuedCode { order: 3, ordered_at: START.plus(60), claimed_phone: None, ..issued };
    assert!(store.reissue(&expected, &repeat).await.unwrap());
    assert_eq!(read(store, &reset).await.issued, repeat);
}

pub(super) async fn an_issued_code_that_changed_is_not_replaced(store: &impl Store) {
    let samples = Samples::default();
    let unknown = samples.reset(ADELE, START);
    assert!(!store.reissue(&unknown, &samples.next_issued_code(&unknown, START)).await.unwrap());
    assert_eq!(store.reset(&unknown.id).await.unwrap(), None);

    let over = begun(store, &samples, START).await;
    assert!(!store.reissue(&over, &samples.next_issued_code(&over, over.expires_at)).await.unwrap());
    assert_eq!(read(store, &over).await, over);
    assert!(store.reissue(&over, &samples.next_issued_code(&over, shifted(over.expires_at, -1))).await.unwrap());

    let charged = begun(store, &samples, START).await;
    charge(store, &charged.id, START).await.unwrap();
    let marked = begun(store, &samples, START).await;
    let order = DeliveryJob::Code(marked.id.clone(), 1);
    assert!(take(store, &order, START).await.is_some());
    assert!(mark(store, &marked, 1, "1.phone").await);
    let passed = begun(store, &samples, START).await;
    proved(store, &samples, &passed, samples.passed(), START).await;
    for seen in [charged, marked, passed] {
        let before = read(store, &seen).await;
        assert!(!store.reissue(&seen, &samples.next_issued_code(&seen, START)).await.unwrap());
        assert_eq!(read(store, &seen).await, before);
        assert!(store.reissue(&before, &samples.next_issued_code(&before, START)).await.unwrap(), "read again, it is");
    }
}

pub(super) async fn a_reset_is_bound_while_it_lives(store: &impl Store) {
    let samples = Samples::default();
    let snapshot = samples.snapshot(&samples.account(ADELE));
    let reset = begun(store, &samples, START).await;
    assert!(link(store, &reset.id, 1, &snapshot, shifted(reset.expires_at, -1)).await);
    assert!(!link(store, &reset.id, 1, &snapshot, reset.expires_at).await);
    assert_eq!(read(store, &reset).await, Reset { snapshot: Some(snapshot.clone()), ..reset });

    let unknown = ResetId::draw(&samples.random);
    assert!(!link(store, &unknown, 1, &snapshot, START).await);
    assert_eq!(store.reset(&unknown).await.unwrap(), None);
}

pub(super) async fn a_reset_is_bound_to_one_account(store: &impl Store) {
    let samples = Samples::default();
    let (adele, megan) = (samples.account(ADELE), samples.full_account(MEGAN));
    let reset = begun(store, &samples, START).await;
    assert!(link(store, &reset.id, 1, &adele.known(START), START).await);
    assert!(!link(store, &reset.id, 1, &megan.known(START), START).await);
    let changed = Account { version: 7, is_admin: true, ..adele };
    assert!(link(store, &reset.id, 1, &changed.known(START), START).await, "it is the same one");
    assert_eq!(read(store, &reset).await, Reset { snapshot: Some(changed.known(START)), ..reset });
}

pub(super) async fn a_reset_is_bound_by_its_present_order(store: &impl Store) {
    let samples = Samples::default();
    let (adele, megan) = (samples.account(ADELE), samples.account(MEGAN));
    let reset = begun(store, &samples, START).await;
    let issued = samples.next_issued_code(&reset, START);
    assert!(store.reissue(&reset, &issued).await.unwrap());
    for order in [1, 3] {
        assert!(!link(store, &reset.id, order, &adele.known(START), START).await);
    }
    assert!(link(store, &reset.id, 2, &megan.known(START), START).await);
    assert!(!link(store, &reset.id, 1, &megan.known(START), START).await);
    assert_eq!(read(store, &reset).await, Reset { snapshot: Some(megan.known(START)), issued, ..reset });
}

pub(super) async fn bindings_at_once_are_of_one_account(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let bounds: Vec<AccountSnapshot> = (0..10).map(|_| samples.account(ADELE).known(START)).collect();
    let tries = join_all(bounds.iter().map(|snapshot| link(store, &reset.id, 1, snapshot, START))).await;
    let accepted: Vec<&AccountSnapshot> =
        bounds.iter().zip(&tries).filter(|(_, linked)| **linked).map(|(snapshot, _)| snapshot).collect();
    assert_eq!(accepted, [&read(store, &reset).await.snapshot.unwrap()]);
}
