//! Codes to one range of numbers: admitted, counted, forgotten, and stopped below the floor.

use std::sync::Arc;

use super::*;
use crate::account::{Contact, Slot, Source};
use crate::limits::conversion::MIN_DESTINATIONS;
use crate::ports::store::Limits;
use crate::random::ChallengeId;
use crate::testing::samples::{START, email, phone};
use crate::testing::{CountingRandom, FixedClock, MemoryStore, Samples, block_on};
use crate::use_cases::context::Context;
use crate::use_cases::deliver_code::tests;

type App = DeliverCode<MemoryStore, ()>;

const NUMBER: &str = "+1 4255550100";

fn app() -> App {
    let (clock, random) = (FixedClock::new(START), CountingRandom::default());
    tests::app(Context::new(MemoryStore::new(), Arc::new(clock), Arc::new(random)), ())
}

fn job(number: u64) -> CodeJob {
    CodeJob::Challenge(ChallengeId::draw(&CountingRandom::new(number)))
}

/// A code to the number of the samples, whose owner did not prove it.
fn code(app: &App) -> PhoneCode {
    let account = Samples::default().account("adele@contoso.example");
    let code = app.phone_code(&account, &phone(NUMBER).into(), job(0)).unwrap();
    PhoneCode { is_drawn: false, ..code }
}

/// A log below the floor: no code to any of its destinations was used.
fn unused() -> ConversionLog {
    let code = |number: usize| SentCode {
        destination: format!("1.{number}"),
        job: job(number as u64 + 1),
        at: START,
        used: false,
    };
    ConversionLog { codes: (0..MIN_DESTINATIONS).map(code).collect(), ..ConversionLog::default() }
}

async fn put(app: &App, code: &PhoneCode, log: &ConversionLog) {
    assert!(app.context.store.put_conversion_log(&code.range, log, START).await.unwrap());
}

async fn stored(app: &App, code: &PhoneCode) -> ConversionLog {
    app.context.store.conversion_log(&code.range).await.unwrap()
}

async fn admitted(app: &App, code: &PhoneCode) -> Option<ConversionLog> {
    app.admit(code, stored(app, code).await).await.unwrap()
}

#[test]
fn a_number_is_proved_by_its_own_contact_only() {
    let app = app();
    let verified = |number: &str, verified_at| Contact {
        value: phone(number).into(),
        source: Source::User,
        set_at: START,
        verified_at,
        replaced_usable: false,
        undeliverable: None,
    };
    for (registered, verified_at, expected) in
        [(NUMBER, Some(START), true), (NUMBER, None, false), ("+1 4255550101", Some(START), false)]
    {
        let mut account = Samples::default().account("adele@contoso.example");
        account.contacts.set(Slot::AuthenticationPhone, [verified(registered, verified_at)]);
        let code = app.phone_code(&account, &phone(NUMBER).into(), job(0)).unwrap();
        assert_eq!(code.is_verified, expected, "{registered} {verified_at:?}");
    }
    let account = Samples::default().account("adele@contoso.example");
    assert!(app.phone_code(&account, &email("adele@fabrikam.example").into(), job(0)).is_none(), "no floor for email");
}

#[test]
fn an_admitted_code_is_counted_and_can_be_forgotten() {
    block_on(async {
        let app = app();
        let code = code(&app);
        let log = admitted(&app, &code).await.unwrap();
        assert_eq!(stored(&app, &code).await.codes, [], "admitting counts nothing");
        assert_eq!(app.count_code(&code, log, &mut 1).await.unwrap(), Some(false));
        assert_eq!(stored(&app, &code).await.codes, std::slice::from_ref(&code.code));
        let again = admitted(&app, &code).await.unwrap();
        assert_eq!(app.count_code(&code, again, &mut 1).await.unwrap(), Some(true), "the second try of a job");
        assert_eq!(stored(&app, &code).await.codes, std::slice::from_ref(&code.code));
        app.uncount_code(&code).await.unwrap();
        assert_eq!(stored(&app, &code).await.codes, []);
    });
}

#[test]
fn a_range_below_the_floor_is_blocked_and_admits_nobody() {
    block_on(async {
        let app = app();
        let code = code(&app);
        put(&app, &code, &unused()).await;
        assert!(admitted(&app, &code).await.is_none());
        assert!(stored(&app, &code).await.blocked_until.is_some_and(|until| until > START));
        assert!(admitted(&app, &PhoneCode { is_verified: true, ..code }).await.is_some(), "its owner proved it");
    });
}

#[test]
fn an_admitted_code_is_stopped_if_others_came_first() {
    block_on(async {
        let app = app();
        let code = code(&app);
        let log = admitted(&app, &code).await.unwrap();
        put(&app, &code, &unused()).await;
        assert_eq!(app.count_code(&code, log, &mut 1).await.unwrap(), None);
        assert_eq!(stored(&app, &code).await.codes.len(), MIN_DESTINATIONS, "it is not counted");
    });
}

#[test]
fn an_admitted_code_is_counted_beside_those_that_came_first() {
    block_on(async {
        let app = app();
        let code = code(&app);
        let log = admitted(&app, &code).await.unwrap();
        let first = unused().codes[0].clone();
        put(&app, &code, &ConversionLog { codes: vec![first.clone()], ..ConversionLog::default() }).await;
        assert_eq!(app.count_code(&code, log, &mut 1).await.unwrap(), Some(false));
        assert_eq!(stored(&app, &code).await.codes, [code.code.clone(), first]);
    });
}

#[test]
fn a_code_counts_in_the_range_of_its_number() {
    let app = app();
    assert_eq!(code(&app).range(), app.names.phone_range(&phone(NUMBER)));
}

#[test]
fn a_code_that_keeps_losing_to_others_is_counted_at_the_last_try_or_fails() {
    block_on(async {
        let app = app();
        let code = code(&app);
        let count = async |lost: usize| {
            app.context.store.lose_writes(&code.range, lost);
            let mut tries = 1;
            let log = admitted(&app, &code).await.unwrap();
            (app.count_code(&code, log, &mut tries).await.ok(), tries)
        };
        assert_eq!(count(MAX_DECISIONS).await, (None, MAX_DECISIONS + 1));
        assert!(stored(&app, &code).await.codes.is_empty(), "it is not counted");
        assert_eq!(count(MAX_DECISIONS - 1).await, (Some(Some(false)), MAX_DECISIONS));
    });
}

#[test]
fn a_pause_is_random_and_grows_with_the_tries() {
    let app = app();
    for tries in [1, 2, 5] {
        let pauses: Vec<Duration> = (0..200).map(|_| app.pause(tries)).collect();
        assert_eq!(pauses.iter().min(), Some(&Duration::ZERO), "{tries}");
        assert_eq!(pauses.iter().max(), Some(&Duration::from_millis(14 * tries as u64)), "{tries}");
    }
}
