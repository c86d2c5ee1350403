use super::fixtures::{ADELE, audited, owner_of, shifted};
use crate::limits::guesses::GuessLog;
use crate::ports::store::Store;
use crate::records::audit::{Activity, AuditMark, AuditRecord, AuditedPerson, ChangedProperty, Initiator};
use crate::testing::samples::{START, Samples};
use crate::time::{DAY, Moment};

/// Stores a record together with something else, as every record is stored.
async fn keep(store: &impl Store, samples: &Samples, record: &AuditRecord) {
    let guess_log = GuessLog::Account(owner_of(&samples.account(ADELE)));
    store.note_blocked(&guess_log, record).await.unwrap();
}

async fn stored(store: &impl Store, samples: &Samples, at: Moment) -> AuditRecord {
    let record = samples.record(at);
    keep(store, samples, &record).await;
    record
}

fn newest_first(mut records: Vec<AuditRecord>) -> Vec<AuditRecord> {
    records.sort_by_key(AuditRecord::mark);
    records.reverse();
    records
}

pub(super) async fn every_record_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let account = samples.full_account("josé@contoso.example");
    let person = AuditedPerson::from(&account);
    let changed = |old: Option<&str>, new: Option<&str>| ChangedProperty {
        name: "otherMails".to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    let initiators =
        [Initiator::Person(person.clone()), Initiator::Application("an \"application\"#1".to_owned())].into_iter();
    let mut all = Vec::new();
    for (number, (activity, initiator)) in Activity::ALL.into_iter().zip(initiators.cycle()).enumerate() {
        let record = AuditRecord {
            activity,
            initiator,
            success: number % 3 == 0,
            reason: if number % 4 == 0 { String::new() } else { "The reason.".to_owned() },
            correlation: format!("correlation {number}"),
            target: (number % 5 != 0).then(|| person.clone()),
            changes: [
                changed(None, Some("a***@b.example")),
                changed(Some(""), None),
                changed(Some("é"), Some("\u{1f511}")),
            ][..number % 4]
                .to_vec(),
            stored_until: shifted(START, i64::try_from(number).unwrap()),
            ..samples.record(shifted(START, 7))
        };
        keep(store, &samples, &record).await;
        assert!(audited(store).await.contains(&record), "{activity:?}");
        all.push(record);
    }
    assert_eq!(audited(store).await, newest_first(all), "each is itself, and none is left out for its age");
}

pub(super) async fn the_newest_comes_first(store: &impl Store) {
    let samples = Samples::default();
    assert_eq!(audited(store).await, []);
    let mut all = Vec::new();
    for at in [5, 0, 1000, 5, 86_399_999, 999, 5, 10] {
        all.push(stored(store, &samples, shifted(START, at)).await);
    }
    let all = newest_first(all);
    assert_eq!(all[0].at, shifted(START.plus(DAY), -1));
    assert_eq!(audited(store).await, all);
}

pub(super) async fn pages_of_the_audit_follow_each_other(store: &impl Store) {
    let samples = Samples::default();
    let mut all = Vec::new();
    // Many records of one moment: a page may end in the middle of them.
    for at in [0, 3, 3, 3, 3, 3, 7] {
        all.push(stored(store, &samples, shifted(START, at)).await);
    }
    let all = newest_first(all);
    for limit in [1, 2, 3, 6, 7, 8] {
        let (mut pages, mut before) = (Vec::new(), None::<AuditMark>);
        loop {
            let page = store.audit(START.day(), before.as_ref(), limit).await.unwrap();
            assert_eq!(page.len(), limit.min(all.len() - pages.len()), "a page is full until the last");
            let Some(last) = page.last() else { break };
            before = Some(last.mark());
            pages.extend(page);
        }
        assert_eq!(pages, all, "pages of {limit}");
    }
    assert_eq!(store.audit(START.day(), None, 0).await.unwrap(), []);
}

pub(super) async fn a_page_begins_before_its_mark(store: &impl Store) {
    let samples = Samples::default();
    let mut all = Vec::new();
    for at in [0, 3, 3, 7] {
        all.push(stored(store, &samples, shifted(START, at)).await);
    }
    let all = newest_first(all);
    let before = async |mark: &AuditMark| store.audit(START.day(), Some(mark), 10).await.unwrap();
    for (at, record) in all.iter().enumerate() {
        assert_eq!(before(&record.mark()).await, all[at + 1..], "the one at the mark is not among them");
    }
    let between = AuditMark { at: shifted(START, 5), id: samples.record(START).id };
    assert_eq!(before(&between).await, all[1..], "a mark where nothing is");
    let tomorrow = AuditMark { at: START.plus(DAY), id: all[0].id.clone() };
    assert_eq!(before(&tomorrow).await, all, "a mark after the day");
    let yesterday = AuditMark { at: START.minus(DAY), id: all[0].id.clone() };
    assert_eq!(before(&yesterday).await, [], "a mark before the day");
}

pub(super) async fn days_of_the_audit_are_apart(store: &impl Store) {
    let samples = Samples::default();
    let tomorrow = START.plus(DAY);
    let last = stored(store, &samples, shifted(tomorrow, -1)).await;
    let next = stored(store, &samples, tomorrow).await;
    assert_eq!(audited(store).await, std::slice::from_ref(&last));
    assert_eq!(store.audit(tomorrow.day(), None, 10).await.unwrap(), std::slice::from_ref(&next));
    assert_eq!(store.audit(tomorrow.day(), Some(&next.mark()), 10).await.unwrap(), []);
    for day in [START.minus(DAY), tomorrow.plus(DAY)] {
        assert_eq!(store.audit(day.day(), None, 10).await.unwrap(), []);
    }
}

pub(super) async fn a_full_log_is_recorded_unless_it_is_a_decoy(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&samples.account(ADELE));
    let mut all = Vec::new();
    for guess_log in [GuessLog::Account(owner.clone()), GuessLog::Registration(owner)] {
        let record = samples.record(START);
        store.note_blocked(&guess_log, &record).await.unwrap();
        assert!(store.guess_log(&guess_log).await.unwrap().attempts.is_empty(), "the guess log is unchanged");
        all.push(record);
    }
    let all = newest_first(all);
    assert_eq!(audited(store).await, all);
    let idle = GuessLog::Decoy("1.name".to_owned());
    for at in [START, START, START.plus(60)] {
        store.note_blocked(&idle, &samples.record(at)).await.unwrap();
        assert_eq!(audited(store).await, all, "a decoy leaves no record");
        assert!(store.guess_log(&idle).await.unwrap().attempts.is_empty());
    }
}
