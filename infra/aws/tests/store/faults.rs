//! Requests that fail: a write is neither lost nor counted twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws::store::DynamoStore;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use shared::account::Owner;
use shared::credentials::questions::Draw;
use shared::limits::guesses::{Budget, GuessLog};
use shared::limits::source::SourceLimit;
use shared::money::Money;
use shared::policy::{Limit, Policy};
use shared::ports::idempotency::{KeyReservation, Reservation};
use shared::ports::store::{
    AccountChange, Accounts, BeginOutcome, Deliveries, DeliveryJob, Idempotency, Lease, Limits, Proof, QuestionsChange,
    Registrations, Resets, Settings, WriteOutcome,
};
use shared::reset::{Delivered, Stage};
use shared::testing::samples::{START, Samples, names, questions};

use crate::engine::{ADELE, Engine, TABLE};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It gets this error, and never reaches the engine.
    Refused(&'static str),
    /// It is applied, but its response is lost.
    AnswerLost,
}

/// Lets the first requests of an operation fail, then no more.
#[derive(Debug, Clone)]
struct Faults {
    inner: SharedHttpClient,
    operation: &'static str,
    fault: Fault,
    left: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Connector {
    faults: Faults,
    inner: SharedHttpConnector,
}

impl Faults {
    fn client(engine: &Engine, operation: &'static str, fault: Fault, times: usize) -> Client {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        let faults = Self { inner, operation, fault, left: Arc::new(AtomicUsize::new(times)) };
        Client::from_conf(engine.client.config().to_builder().http_client(faults).build())
    }
}

impl HttpClient for Faults {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { faults: self.clone(), inner })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let counts = target.ends_with(self.faults.operation);
        let take = |left: usize| left.checked_sub(1);
        let struck = counts && self.faults.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        if !struck {
            return self.inner.call(request);
        }
        match self.faults.fault {
            Fault::Refused(body) => HttpConnectorFuture::ready(Ok(answer(400, body))),
            Fault::AnswerLost => {
                let applied = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    applied.await?;
                    Ok(answer(500, r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#))
                })
            }
        }
    }
}

fn answer(status: u16, body: &'static str) -> aws_smithy_runtime_api::client::orchestrator::HttpResponse {
    let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).unwrap();
    aws_smithy_runtime_api::http::Response::new(status, SdkBody::from(body))
}

const TRANSACTION: Fault = Fault::Refused(
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"x","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}"#,
);
const UPDATE: Fault =
    Fault::Refused(r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"x"}"#);

#[tokio::test]
async fn a_transaction_that_met_another_is_sent_again_and_then_given_up() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    for (times, begins) in [(5, true), (6, false)] {
        let store = DynamoStore::new(Faults::client(&engine, "TransactWriteItems", TRANSACTION, times), TABLE);
        let reset = samples.reset(ADELE, START);
        let begun = store.begin_reset(&reset, &[], None, START).await;
        assert_eq!(begun.is_ok(), begins);
        assert_eq!(engine.store().reset(&reset.id).await.unwrap().is_some(), begins);
    }
}

#[tokio::test]
async fn a_guess_that_met_a_transaction_is_neither_right_nor_wrong() {
    let engine = Engine::start().await;
    let (guess_log, budget) = (GuessLog::Decoy("1.name".to_owned()), Budget { per_day: 9, per_30_days: 9 });
    let store = DynamoStore::new(Faults::client(&engine, "UpdateItem", UPDATE, 5), TABLE);
    assert_eq!(store.spend_attempt(&guess_log, START, budget, START).await.unwrap().unwrap().attempts, [START]);
    let store = DynamoStore::new(Faults::client(&engine, "UpdateItem", UPDATE, 6), TABLE);
    assert!(store.spend_attempt(&guess_log, START, budget, START).await.is_err());
    assert_eq!(engine.store().guess_log(&guess_log).await.unwrap().attempts, [START]);
}

#[tokio::test]
async fn a_write_whose_answer_got_lost_counts_once() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let lost = |operation| DynamoStore::new(Faults::client(&engine, operation, Fault::AnswerLost, 1), TABLE);
    let account = samples.account(ADELE);
    assert_eq!(engine.store().create_account(&account, &names(ADELE), &[]).await.unwrap(), WriteOutcome::Written);
    let owner = Owner::Account(account.id.clone());
    let reset = samples.reset(ADELE, START);
    let limits = [SourceLimit { key: "1.source".to_owned(), limit: Limit { count: 2, seconds: 600 } }];
    let store = lost("TransactWriteItems");
    assert_eq!(store.begin_reset(&reset, &limits, None, START).await.unwrap(), BeginOutcome::Begun);
    assert_eq!(
        store.begin_reset(&samples.reset(ADELE, START), &limits, None, START).await.unwrap(),
        BeginOutcome::Begun
    );

    let (guess_log, budget) = (GuessLog::Decoy("1.name".to_owned()), Budget { per_day: 9, per_30_days: 9 });
    let charged = lost("UpdateItem").spend_attempt(&guess_log, START, budget, START).await.unwrap();
    assert_eq!(charged.unwrap().attempts, [START]);
    assert_eq!(engine.store().guess_log(&guess_log).await.unwrap().attempts, [START]);
    let charged = lost("UpdateItem").charge_reset(&reset.id, START).await.unwrap().reset(START).unwrap().unwrap();
    assert_eq!(charged.issued.tries, 1);
    let record = samples.record(START);
    let proof =
        Proof { reset: &charged, next: Stage::Granted(samples.grant()), now: START, record: &record, answered: None };
    assert!(lost("TransactWriteItems").prove(&proof).await.unwrap());
    assert!(!engine.store().prove(&Proof { record: &samples.record(START), ..proof }).await.unwrap());
    assert_eq!(engine.store().audit(START.day(), None, 10).await.unwrap(), [record]);
    let changed = lost("TransactWriteItems").change_policy(&Policy::default(), 0, &samples.record(START.plus(1))).await;
    assert!(changed.unwrap());
    assert_eq!(engine.store().policy().await.unwrap().version, 1, "it was changed once");
    lost("PutItem").note_blocked(&GuessLog::Account(owner), &samples.record(START.plus(2))).await.unwrap();
    assert_eq!(engine.store().audit(START.day(), None, 10).await.unwrap().len(), 3);
    let names = names(ADELE);
    let change =
        AccountChange { questions: QuestionsChange::Set(&questions()), ..AccountChange::new(&account, &names) };
    assert_eq!(lost("TransactWriteItems").change_account(&change).await.unwrap(), WriteOutcome::Written);
    let draw = Draw { questions: vec!["ship".to_owned()], at: START };
    assert!(lost("UpdateItem").put_draw(&account.id, 1, &draw).await.unwrap());
    assert_eq!(engine.store().questions(&account.id).await.unwrap().unwrap().version, 2, "it was noted once");
    let day = START.day();
    let (amount, cap) = (Money::from_micros(5), Money::from_micros(10));
    assert!(lost("UpdateItem").spend(day, "resets", amount, cap).await.unwrap());
    assert!(engine.store().spend(day, "resets", amount, cap).await.unwrap(), "it was reserved once");
    // A refund is sent once, and its failure is returned.
    assert!(lost("UpdateItem").refund(day, "resets", amount).await.is_err());
    assert!(engine.store().spend(day, "resets", amount, cap).await.unwrap());
    assert!(!engine.store().spend(day, "resets", amount, cap).await.unwrap(), "it was given back once");
    let claim = KeyReservation { row: "1.row".to_owned(), fingerprint: "1.body".to_owned(), nonce: "nonce".to_owned() };
    let claimed = lost("PutItem").reserve_key(&claim, START).await.unwrap();
    assert_eq!(claimed, Reservation::New);
    let order = DeliveryJob::Code(reset.id.clone(), 1);
    let held = lost("UpdateItem").lease_job(&order, START.plus(60), START).await.unwrap();
    assert!(matches!(held, Lease::Taken(_)));
}

#[tokio::test]
async fn a_proof_that_met_another_write_is_sent_again_and_then_given_up() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    for (times, proves) in [(5, true), (6, false)] {
        let reset = samples.reset(ADELE, START);
        assert_eq!(engine.store().begin_reset(&reset, &[], None, START).await.unwrap(), BeginOutcome::Begun);
        let store = DynamoStore::new(Faults::client(&engine, "TransactWriteItems", TRANSACTION, times), TABLE);
        let (record, next) = (samples.record(START), Stage::Granted(samples.grant()));
        let proof = Proof { reset: &reset, next: next.clone(), now: START, record: &record, answered: None };
        let proved = store.prove(&proof).await;
        assert_eq!(proved.ok(), proves.then_some(true));
        let stored = engine.store().reset(&reset.id).await.unwrap().unwrap();
        assert_eq!(stored.stage == next, proves, "neither right nor wrong");
        let audited = engine.store().audit(START.day(), None, 10).await.unwrap();
        assert_eq!(audited.contains(&record), proves);
    }
}

#[tokio::test]
async fn a_record_whose_name_is_taken_fails_the_whole_write() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, names) = (engine.store(), names(ADELE));
    let account = samples.account(ADELE);
    assert_eq!(store.create_account(&account, &names, &[]).await.unwrap(), WriteOutcome::Written);
    let (owner, record) = (Owner::Account(account.id.clone()), samples.record(START));
    let guess_log = GuessLog::Account(owner.clone());
    store.note_blocked(&guess_log, &record).await.unwrap();
    let reset = samples.reset(ADELE, START);
    assert_eq!(store.begin_reset(&reset, &[], None, START).await.unwrap(), BeginOutcome::Begun);
    let before = engine.items().await.len();

    let proof = Proof { reset: &reset, next: samples.passed(), now: START, record: &record, answered: None };
    assert_eq!(store.prove(&proof).await.unwrap_err().what, "a proof cannot be written");
    let order = DeliveryJob::Code(reset.id.clone(), 1);
    assert!(store.complete_job(&order, Delivered::Sent, Some(&record)).await.is_err());
    assert!(store.change_policy(&Policy::default(), 0, &record).await.is_err());
    let megan = samples.account("megan@contoso.example");
    let megans = shared::testing::samples::names("megan@contoso.example");
    let records = std::slice::from_ref(&record);
    assert!(store.create_account(&megan, &megans, records).await.is_err());
    let change = AccountChange { records, ..AccountChange::new(&account, &names) };
    assert!(store.change_account(&change).await.is_err());
    assert!(store.delete_account(&account, &names, &record, START).await.is_err());
    assert!(store.unblock(&owner, &samples.notice(&account.id, START), &record).await.is_err());
    assert!(store.note_blocked(&guess_log, &record).await.is_err());

    assert_eq!(engine.items().await.len(), before, "nothing is made");
    assert_eq!(store.reset(&reset.id).await.unwrap(), Some(reset));
    assert_eq!(store.account(&account.id).await.unwrap(), Some(account));
    let lease = store.lease_job(&order, START.plus(60), START).await.unwrap();
    assert!(matches!(lease, Lease::Taken(_)), "nor settled");
}
