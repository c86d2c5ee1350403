//! What the rows hold, and how a bad one is refused.

use std::collections::BTreeSet;

use aws::store::DynamoStore;
use aws::table::{self, ATTRIBUTES, Key};
use aws_sdk_dynamodb::types::AttributeValue;
use shared::account::{Account, Owner, Slot};
use shared::credentials::questions::Draw;
use shared::limits::guesses::{Budget, GuessLog};
use shared::limits::lockout::Lockout;
use shared::limits::messages::SendLog;
use shared::limits::source::SourceLimit;
use shared::money::Money;
use shared::policy::{Limit, Policy};
use shared::ports::idempotency::{KeyReservation, KeyedResponse, StoredResponse};
use shared::ports::store::{
    AccountChange, Accounts, Deliveries, DeliveryJob, Limits, Link, PasswordChange, PasswordSet, Proof,
    QuestionsChange, Registrations, Resets, Settings, WriteOutcome,
};
use shared::reset::{Delivered, Stage};
use shared::testing::samples::{START, Samples, names, password_hash, questions, rotated_names};
use shared::time::Moment;
use shared::unavailable::Unavailable;

use crate::engine::{ADELE, Engine, TABLE, granted};

#[tokio::test]
async fn every_item_says_what_it_is_and_names_no_unknown_attribute() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    let (account, reset) = granted(&store, &samples).await;
    let owner = Owner::Account(account.id.clone());
    let limits = [SourceLimit { key: "1.source".to_owned(), limit: Limit { count: 9, seconds: 600 } }];
    let claim = KeyReservation { row: "1.row".to_owned(), fingerprint: "1.body".to_owned(), nonce: "nonce".to_owned() };
    let answered = Some(KeyedResponse { reservation: &claim, response: StoredResponse::of(&"done"), now: START });
    let again = samples.reset(ADELE, START);
    store.begin_reset(&again, &limits, answered, START).await.unwrap();
    let order = DeliveryJob::Code(again.id.clone(), 1);
    store.lease_job(&order, START.plus(60), START).await.unwrap();
    let snapshot = samples.snapshot(&samples.full_account(ADELE));
    let link = Link { reset: &again.id, order: 1, snapshot: &snapshot, sent_to: Some("1.phone"), now: START };
    assert!(store.link_account(&link).await.unwrap());
    store.complete_job(&order, Delivered::Sent, None).await.unwrap();
    let seen = store.reset(&again.id).await.unwrap().unwrap();
    store.reissue(&seen, &samples.next_issued_code(&seen, START)).await.unwrap();
    let seen = store.reset(&again.id).await.unwrap().unwrap();
    let record = &samples.record(START);
    store.prove(&Proof { reset: &seen, next: samples.passed(), now: START, record, answered: None }).await.unwrap();
    for guess_log in
        [GuessLog::Account(owner.clone()), GuessLog::Registration(owner.clone()), GuessLog::Decoy("1.name".to_owned())]
    {
        store.spend_attempt(&guess_log, START, Budget { per_day: 9, per_30_days: 9 }, START).await.unwrap();
    }
    store.store_long_code(&owner, &samples.issued_long_code(START)).await.unwrap();
    let log = SendLog { counted: vec![samples.sent("challenge.1", START)], version: 0 };
    store.begin_challenge(&samples.challenge(&account.id, START), &log, None).await.unwrap();
    store
        .create_account(&samples.full_account("megan@contoso.example"), &names("megan@contoso.example"), &[])
        .await
        .unwrap();
    let Stage::Granted(grant) = reset.stage.clone() else { panic!("not granted") };
    let change = PasswordChange {
        reset: &reset,
        grant: &grant.seed,
        account: &account.id,
        version: account.version,
        password: &password_hash(4),
        notices: &[samples.notice(&account.id, START)],
        record: &samples.record(START),
        now: START.plus(1),
        answered: None,
    };
    assert_eq!(store.set_password(&change).await.unwrap(), PasswordSet::Set);
    store.put_lockout(&owner, &Lockout { locked_until: Some(START), ..Lockout::default() }).await.unwrap();
    store.put_sends("1.owner", &SendLog::default()).await.unwrap();
    store.spend(START.day(), "resets", Money::from_micros(1), Money::MAX).await.unwrap();
    store.put_policy(&Policy::default()).await.unwrap();
    store.note_blocked(&GuessLog::Decoy("1.name".to_owned()), &samples.record(START)).await.unwrap();
    let account = store.account(&account.id).await.unwrap().unwrap();
    let names = names(ADELE);
    let change =
        AccountChange { questions: QuestionsChange::Set(&questions()), ..AccountChange::new(&account, &names) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    let draw = Draw { questions: vec!["ship".to_owned()], at: START };
    assert!(store.put_draw(&account.id, 1, &draw).await.unwrap());

    let known: BTreeSet<&str> = ATTRIBUTES.iter().copied().collect();
    let mut kinds = BTreeSet::new();
    for item in engine.items().await {
        let kind = item[table::KIND].as_s().unwrap().clone();
        assert!(item.contains_key(table::VERSION), "{kind}");
        for (name, value) in &item {
            assert!(known.contains(name.as_str()), "{kind} has an unknown attribute: {name}");
            assert!(!value.is_null(), "{kind}: {name} is absent or has a value");
        }
        if let (Some(expires_at), Some(ttl)) = (item.get(table::EXPIRES_AT), item.get(table::TTL)) {
            let expires_at: u64 = expires_at.as_n().unwrap().parse().unwrap();
            let ttl: u64 = ttl.as_n().unwrap().parse().unwrap();
            assert_eq!(ttl, expires_at / 1000 + table::SLACK_SECONDS, "{kind}");
        }
        kinds.insert(kind);
    }
    let expected = [
        "account",
        "administrator",
        "audit",
        "blocked",
        "challenge",
        "idempotency",
        "indexEntry",
        "limit",
        "listedName",
        "long",
        "name",
        "notice",
        "order",
        "policy",
        "questions",
        "reset",
        "ring",
        "sends",
        "signIn",
        "spend",
    ];
    assert_eq!(kinds, expected.map(str::to_owned).into());
}

/// Overwrites an attribute of an item, or a part of one, with a text.
async fn spoil(engine: &Engine, key: &Key, path: &str) {
    let request = engine.client.update_item().table_name(TABLE);
    let names = path.split('.').map(|part| (format!("#{part}"), part.to_owned()));
    let path = path.split('.').map(|part| format!("#{part}")).collect::<Vec<_>>().join(".");
    let request = request
        .key(table::PARTITION, AttributeValue::S(key.partition.clone()))
        .key(table::SORT, AttributeValue::S(key.sort.clone()))
        .update_expression(format!("SET {path} = :value"))
        .set_expression_attribute_names(Some(names.collect()))
        .expression_attribute_values(":value", AttributeValue::S("spoiled-text".to_owned()));
    request.send().await.unwrap();
}

/// Asserts that a read failed, and that the failure shows nothing of the row.
fn is_bad<T: std::fmt::Debug>(read: Result<T, Unavailable>) {
    let error = read.unwrap_err();
    assert_eq!(error.what, "a row cannot be read");
    assert!(!format!("{error:?} {error}").contains("spoiled"));
    assert!(std::error::Error::source(&error).is_none());
}

#[tokio::test]
async fn a_bad_row_is_a_failure_that_says_nothing_of_it() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    let account = samples.account(ADELE);
    store.create_account(&account, &names(ADELE), &[]).await.unwrap();
    spoil(&engine, &Key::account(&account.id), "created_at").await;
    is_bad(store.account(&account.id).await);
}

#[tokio::test]
async fn a_bad_record_or_question_is_a_failure() {
    let samples = Samples::default();
    for part in
        ["id", "at", "activity", "success", "initiator", "initiator.person.account", "target.account", "changes"]
    {
        let engine = Engine::start().await;
        let (store, record) = (engine.store(), samples.record(START));
        store.note_blocked(&GuessLog::Account(Owner::Account(samples.account(ADELE).id)), &record).await.unwrap();
        assert_eq!(store.audit(START.day(), None, 10).await.unwrap(), std::slice::from_ref(&record));
        spoil(&engine, &Key::record(&record), part).await;
        is_bad(store.audit(START.day(), None, 10).await);
    }
    for part in ["answers", "draw", "version"] {
        let engine = Engine::start().await;
        let (store, account, names) = (engine.store(), samples.account(ADELE), names(ADELE));
        store.create_account(&account, &names, &[]).await.unwrap();
        let set = questions();
        let change = AccountChange { questions: QuestionsChange::Set(&set), ..AccountChange::new(&account, &names) };
        assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
        assert_eq!(store.questions(&account.id).await.unwrap(), Some(set));
        spoil(&engine, &Key::questions(&account.id), part).await;
        is_bad(store.questions(&account.id).await.map(|set| set.is_some()));
    }
    let engine = Engine::start().await;
    let (store, administrator) = (engine.store(), samples.full_account(ADELE));
    store.create_account(&administrator, &names(ADELE), &[]).await.unwrap();
    spoil(&engine, &Key::administrator(&administrator.id), "account").await;
    is_bad(store.administrators(10).await);
}

#[tokio::test]
async fn more_of_the_audit_than_one_answer_holds_is_read_in_several() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    let guess_log = GuessLog::Account(Owner::Account(samples.account(ADELE).id));
    let mut records = Vec::new();
    for second in 0..6 {
        // Six of these exceed the megabyte of one response.
        let record = samples.record(START.plus(second)).because(&"x".repeat(300_000));
        store.note_blocked(&guess_log, &record).await.unwrap();
        records.insert(0, record);
    }
    let (read, requests) = engine.counter.of(store.audit(START.day(), None, 5)).await;
    assert_eq!(read.unwrap(), records[..5]);
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn a_contact_that_no_longer_parses_costs_only_itself() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    let account = samples.full_account(ADELE);
    store.create_account(&account, &names(ADELE), &[]).await.unwrap();
    let key = Key::account(&account.id);
    let request = engine.client.update_item().table_name(TABLE);
    let request = request
        .key(table::PARTITION, AttributeValue::S(key.partition))
        .key(table::SORT, AttributeValue::S(key.sort))
        .update_expression("SET contacts.mobilePhone[0].#value = :gone, past[0].#value.#value = :gone")
        .expression_attribute_names("#value", "value")
        .expression_attribute_values(":gone", AttributeValue::S("+999 1".to_owned()));
    request.send().await.unwrap();
    let mut expected = account;
    expected.contacts.set(Slot::MobilePhone, []);
    expected.past.remove(0);
    assert_eq!(store.account(&expected.id).await.unwrap(), Some(Account { version: 1, ..expected }));
}

#[tokio::test]
async fn a_name_is_taken_under_any_version_of_its_key() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    let account = samples.account(ADELE);
    store.create_account(&account, &names(ADELE), &[]).await.unwrap();
    let rotated = rotated_names(ADELE);
    assert_eq!(store.create_account(&samples.account(ADELE), &rotated, &[]).await.unwrap(), WriteOutcome::NameTaken);
    assert_eq!(engine.counter.of(store.account_by_name(&rotated)).await.1, 2, "the new version, then the old one");
    assert_eq!(store.account_by_name(&rotated).await.unwrap(), Some(account.id));
}

#[tokio::test]
async fn a_failure_names_its_cause_and_no_value() {
    let engine = Engine::start().await;
    let store = DynamoStore::new(engine.client.clone(), "another-table");
    let account = Samples::default().account(ADELE);
    let error = store.account(&account.id).await.unwrap_err();
    assert_eq!(error.what, "an account cannot be read");
    let source = std::error::Error::source(&error).unwrap();
    let text = format!("{source} {source:?}");
    assert!(text.contains("ResourceNotFoundException"), "{text}");
    assert!(!text.contains(account.id.as_str()), "{text}");
}

#[tokio::test]
async fn a_revocation_never_moves_back() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let store = engine.store();
    let account = samples.account(ADELE);
    store.create_account(&account, &names(ADELE), &[]).await.unwrap();
    let names = names(ADELE);
    let moved = async |account: &Account, revoked: Moment| {
        let change = AccountChange { revoked_before: Some(revoked), ..AccountChange::new(account, &names) };
        assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
        store.account(&account.id).await.unwrap().unwrap()
    };
    let account = moved(&account, START.plus(60)).await;
    let account = moved(&account, START.plus(30)).await;
    let guess_log = GuessLog::Account(Owner::Account(account.id.clone()));
    assert_eq!(store.guess_log(&guess_log).await.unwrap().revoked_before, Some(START.plus(60)));
    assert_eq!(
        store.delete_account(&account, &names, &samples.record(START), START.plus(45)).await.unwrap(),
        WriteOutcome::Written
    );
    assert_eq!(store.guess_log(&guess_log).await.unwrap().revoked_before, Some(START.plus(60)));
    assert_eq!(store.account(&account.id).await.unwrap(), None);
}
