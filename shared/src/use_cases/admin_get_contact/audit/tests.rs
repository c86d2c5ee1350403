//! Reading the audit, on the in-memory store.
use super::super::tests::reader;
use super::*;
use crate::account::Owner;
use crate::limits::guesses::GuessLog;
use crate::policy::Policy;
use crate::ports::store::{Limits, Settings};
use crate::random::AccountId;
use crate::records::audit::{Activity, AuditedPerson};
use crate::testing::samples::{START, user_name};
use crate::testing::{MemoryStore, Samples, block_on};

type App = AdminGetContact<MemoryStore, ()>;

/// Stores a record.
fn keep(app: &App, record: &AuditRecord) {
    let account = AccountId::draw(&Samples::default().random);
    block_on(app.context.store.note_blocked(&GuessLog::Account(Owner::Account(account)), record)).unwrap();
}

/// Stores records of these moments, and returns their ids, the newest first.
fn stored(app: &App, samples: &Samples, moments: &[Moment]) -> Vec<String> {
    let mut records: Vec<AuditRecord> = moments.iter().map(|at| samples.record(*at)).collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.mark()));
    for record in &records {
        keep(app, record);
    }
    records.iter().map(|record| record.id.as_str().to_owned()).collect()
}

fn retention(app: &App, days: u32) {
    let policy = Policy { audit_retention_days: days, ..Policy::default() };
    block_on(app.context.store.put_policy(&policy)).unwrap();
}

fn page(app: &App, query: &AuditQuery, after: Option<&AuditPlace>, top: usize) -> (Vec<String>, Option<AuditPlace>) {
    let page = block_on(app.audits(query, after, top)).unwrap();
    (page.records.iter().map(|record| record.id.as_str().to_owned()).collect(), page.next)
}

/// All pages of a query. Each place between two pages is written as text and read again.
fn pages(app: &App, query: &AuditQuery, top: usize) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let (ids, next) = page(app, query, after.as_ref(), top);
        pages.push(ids);
        let Some(next) = next else { return pages };
        after = AuditPlace::parse(&next.text());
        assert_eq!(after.as_ref(), Some(&next));
        assert!(pages.len() < 50, "the audit has an end");
    }
}

fn between(since: Moment, until: Moment) -> AuditQuery {
    let mut query = AuditQuery::default();
    query.not_before(i128::from(since.millis()));
    query.not_after(i128::from(until.millis()));
    query
}

#[test]
fn pages_go_from_the_newest_on_across_days_and_equal_moments() {
    let (app, clock) = reader();
    let samples = Samples::default();
    let midnight = START.plus(DAY);
    clock.set(midnight.plus(60));
    let moments = [START, START.plus(5), START.plus(5), START.plus(5), earlier(midnight), midnight, midnight.plus(60)];
    let ids = stored(&app, &samples, &moments);
    for top in 1..=8 {
        let pages = pages(&app, &AuditQuery::default(), top);
        assert_eq!(pages.concat(), ids, "{top}");
        // The last page is known to be the last, and none is empty.
        assert_eq!(pages.len(), ids.len().div_ceil(top), "{top}");
    }
}

#[test]
fn bounds_of_time_are_exact() {
    let (app, clock) = reader();
    let samples = Samples::default();
    let midnight = START.plus(DAY);
    clock.set(midnight.plus(60));
    let moments = [earlier(midnight), midnight, later(midnight), midnight.plus(60), later(midnight.plus(60))];
    let ids = stored(&app, &samples, &moments);
    // A record from the future, by another instance's clock, is shown once its time has come.
    assert_eq!(page(&app, &AuditQuery::default(), None, 9).0, ids[1..]);
    for (since, until, expected) in [
        (midnight, midnight, &ids[3..4]),
        (midnight, later(midnight), &ids[2..4]),
        (earlier(midnight), midnight, &ids[3..]),
        (START, earlier(midnight), &ids[4..]),
        (later(midnight), midnight, &[]),
        (midnight.plus(61), midnight.plus(62), &[]),
    ] {
        assert_eq!(page(&app, &between(since, until), None, 9), (expected.to_vec(), None), "{since} {until}");
    }
    let mut never = AuditQuery::default();
    never.not_after(-1);
    assert_eq!(page(&app, &never, None, 9), (Vec::new(), None));
    let mut always = AuditQuery::default();
    always.not_before(-1);
    assert_eq!(page(&app, &always, None, 9).0, ids[1..]);
}

#[test]
fn a_records_own_time_and_the_policys_both_end_it() {
    let (app, clock) = reader();
    let samples = Samples::default();
    retention(&app, 30);
    let record = samples.record(START);
    keep(&app, &record);
    let shown = || page(&app, &AuditQuery::default(), None, 9).0.len();
    clock.set(earlier(START.plus(30 * DAY)));
    assert_eq!(shown(), 1);
    clock.set(START.plus(30 * DAY));
    assert_eq!(shown(), 0, "the policy's time is over");
    retention(&app, 90);
    clock.advance(60);
    assert_eq!(shown(), 0, "a record that was stored for 30 days does not come back");
    let long = AuditRecord { stored_until: START.plus(90 * DAY), ..samples.record(START) };
    keep(&app, &long);
    assert_eq!(shown(), 1);
    retention(&app, 30);
    clock.advance(60);
    assert_eq!(shown(), 0, "a shorter policy hides what was stored for longer");
}

#[test]
fn a_request_looks_at_so_many_days_and_goes_on() {
    let samples = Samples::default();
    let record = AuditRecord { stored_until: START.plus(4_000 * DAY), ..samples.record(START) };
    // The record is on the 71st day. One pass reads 32 days, and while nothing is found, one request makes up to 20
    // passes.
    for (stored, expected) in [(365, vec![1, 0]), (3_650, vec![1, 0, 0, 0, 0, 0, 0])] {
        let (app, clock) = reader();
        retention(&app, stored);
        keep(&app, &record);
        clock.set(START.plus(70 * DAY));
        let pages_of_it = pages(&app, &AuditQuery::default(), 100);
        assert_eq!(pages_of_it.concat(), [record.id.as_str()]);
        let lengths: Vec<usize> = pages_of_it.iter().map(Vec::len).collect();
        assert_eq!(lengths, expected, "{stored}");
    }
}

#[test]
fn a_request_looks_at_so_many_records_and_goes_on() {
    let (app, clock) = reader();
    let samples = Samples::default();
    let wanted = AuditRecord { activity: Activity::Unblocked, ..samples.record(START) };
    keep(&app, &wanted);
    stored(&app, &samples, &vec![START.plus(1); MAX_EXAMINED_RECORDS]);
    clock.set(START.plus(2));
    let conditions = vec![AuditCondition::Activity(Activity::Unblocked.as_str().to_owned())];
    let query = AuditQuery { conditions, ..AuditQuery::default() };
    assert_eq!(pages(&app, &query, 100), [[wanted.id.as_str()]], "an empty page would end the list for some clients");
    assert_eq!(pages(&app, &AuditQuery::default(), 1000).iter().map(Vec::len).collect::<Vec<_>>(), [1000, 1000, 1]);
}

#[test]
fn a_page_holds_so_many_bytes_and_goes_on() {
    let (app, clock) = reader();
    let samples = Samples::default();
    clock.set(START.plus(9));
    let long = "x".repeat(MAX_CHANGED_BYTES / 2);
    for second in 0..3 {
        keep(&app, &samples.record(START.plus(second)).changing("password", None, Some(long.clone())));
    }
    keep(&app, &samples.record(START.plus(3)).changing("methods", Some(long.clone()), Some(long.clone() + &long)));
    let lengths: Vec<usize> = pages(&app, &AuditQuery::default(), 100).iter().map(Vec::len).collect();
    assert_eq!(lengths, [1, 2, 1], "one that is too large by itself is shown by itself");
}

#[test]
fn every_condition_is_met_or_not() {
    let (app, clock) = reader();
    let samples = Samples::default();
    clock.set(START.plus(9));
    let by = Initiator::Application("importer".to_owned());
    let policy = AuditRecord::new(Activity::PolicyChanged, by, &Policy::default(), START, &samples.random);
    let other =
        AuditedPerson { account: AccountId::draw(&samples.random), user_name: "lee@contoso.example".to_owned() };
    let person = samples.record(START.plus(1)).failed("refused").about(other.clone());
    keep(&app, &policy);
    keep(&app, &person);
    let Initiator::Person(adele) = &person.initiator else { panic!("a sample is a person's") };
    let text = str::to_owned;
    let found = |condition: AuditCondition| {
        let query = AuditQuery { conditions: vec![condition], ..AuditQuery::default() };
        page(&app, &query, None, 9).0
    };
    for (condition, expected) in [
        (AuditCondition::Is(policy.id.clone()), &policy),
        (AuditCondition::Activity(text("Authentication Methods Policy Update")), &policy),
        (AuditCondition::ActivityBegins(text("Authentication Methods")), &policy),
        (AuditCondition::Category(text("Policy")), &policy),
        (AuditCondition::Service(text("Authentication Methods")), &policy),
        (AuditCondition::Correlation(policy.correlation.clone()), &policy),
        (AuditCondition::Succeeded(true), &policy),
        (AuditCondition::Target(text("passwordReset")), &policy),
        (AuditCondition::Application(text("importer")), &policy),
        (AuditCondition::Succeeded(false), &person),
        (AuditCondition::Target(other.account.as_str().to_owned()), &person),
        (AuditCondition::Is(person.id.clone()), &person),
        (AuditCondition::TargetNamed(user_name("LEE@Contoso.example")), &person),
        (AuditCondition::TargetNameBegins(text("lee@")), &person),
        (AuditCondition::TargetNameBegins(text("")), &person),
        (AuditCondition::Person(adele.account.as_str().to_owned()), &person),
        (AuditCondition::PersonNamed(user_name("Adele@contoso.example")), &person),
        (AuditCondition::PersonNameBegins(text("adele")), &person),
        (AuditCondition::PersonNameBegins(text("")), &person),
    ] {
        assert_eq!(found(condition.clone()), [expected.id.as_str()], "{condition:?}");
    }
    for condition in [
        AuditCondition::Nothing,
        AuditCondition::Is(AuditId::draw(&samples.random)),
        AuditCondition::ActivityBegins(text("authentication")),
        AuditCondition::ActivityBegins(text("Methods")),
        AuditCondition::TargetNameBegins(text("adele")),
        AuditCondition::TargetNameBegins(text("ee@")),
        AuditCondition::PersonNameBegins(text("lee")),
        AuditCondition::Activity(text("authentication methods policy update")),
        AuditCondition::Target(adele.account.as_str().to_owned()),
        AuditCondition::TargetNamed(user_name("adele@contoso.example")),
        AuditCondition::Person(text("importer")),
        AuditCondition::PersonNamed(user_name("lee@contoso.example")),
        AuditCondition::Application(adele.account.as_str().to_owned()),
    ] {
        assert!(found(condition.clone()).is_empty(), "{condition:?}");
    }
}

#[test]
fn a_record_named_by_its_id_is_all_there_is() {
    let (app, clock) = reader();
    let samples = Samples::default();
    clock.set(START.plus(9));
    let mut ids = stored(&app, &samples, &[START, START, START, START.plus(DAY), START.plus(DAY + 1)]);
    ids.reverse();
    clock.set(START.plus(40 * DAY));
    retention(&app, 90);
    let by_id = |id: &str| {
        let conditions = vec![AuditCondition::Is(AuditId::parse(id).unwrap())];
        page(&app, &AuditQuery { conditions, ..AuditQuery::default() }, None, 9)
    };
    let long = AuditRecord { stored_until: START.plus(90 * DAY), ..samples.record(START) };
    keep(&app, &long);
    // One pass reads 32 of the 90 days. The record that it finds ends the list all the same, and an expired record is
    // not found.
    assert_eq!(by_id(long.id.as_str()), (vec![long.id.as_str().to_owned()], None));
    assert_eq!(by_id(&ids[0]), (Vec::new(), None));
    clock.set(START.plus(DAY + 2));
    for id in ids {
        assert_eq!(by_id(&id), (vec![id], None));
    }
}

#[test]
fn a_place_is_read_only_as_it_is_written() {
    let id = "AAAAAAAAAAAAAAAAAAAAAA";
    for text in ["0", "1795298670120", &format!("1795298670120#{id}")] {
        assert_eq!(AuditPlace::parse(text).map(|place| place.text()).as_deref(), Some(text));
    }
    for text in
        ["", "+1", "-1", "x", "1.5", "1#", "1#x", &format!("#{id}"), &format!("1#{id}#"), "99999999999999999999"]
    {
        assert_eq!(AuditPlace::parse(text), None, "{text}");
    }
}
