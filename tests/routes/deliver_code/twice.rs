//! The same job delivered more than once: by the stream, by several workers, after a restart.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws::config::system::SystemRandom;
use aws::store::DynamoStore;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use local::{Options, Outbox};
use serde_json::{Value, json};
use shared::credentials::key::{CodeKeys, Keyring, NameKeys, PhoneKeys};
use shared::identifiers::phone::Phone;
use shared::identifiers::user_name::UserName;
use shared::policy::Policy;
use shared::policy::method::CodeMethod;
use shared::ports::messenger::Dispatch;
use shared::ports::store::{BeginOutcome, DeliveryJob, Limits, Proof, Resets, Settings};
use shared::random::ResetId;
use shared::records::audit::{Activity, AuditRecord};
use shared::reset::{CodeRequest, IssuedCode, Reset};
use shared::testing::samples::sender;
use shared::testing::{FixedClock, Samples};
use shared::time::{Clock, Moment};
use shared::use_cases::context::Context;
use shared::use_cases::deliver_code::{DeliverCode, JobOutcome};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{ADELE, MOBILE, MOBILE_E164};
use crate::support::client::Request;
use crate::support::folder::Folder;
use crate::support::service::{NEW_PASSWORD, Service, digits};

fn options(directory: &Path) -> Options {
    Options { data: Some(directory.to_owned()), ..Options::default() }
}

/// Reads a key of the data directory. The gateway decodes the base64, so that no decoder is needed here.
fn keyring(keys: &Value, name: &str) -> Keyring {
    let event = json!({
        "rawPath": "/", "requestContext": {"http": {"method": "POST", "sourceIp": "127.0.0.1"}},
        "body": keys[name], "isBase64Encoded": true,
    });
    let key: [u8; 32] =
        aws::lambda::gateway::handle_event(event.to_string().as_bytes()).unwrap().body.try_into().unwrap();
    Keyring::new([(1, key)]).unwrap()
}

/// Another worker on the same table, like a second instance of the function.
fn worker(service: &Service, directory: &Path) -> DeliverCode<DynamoStore, Outbox> {
    worker_of(service, directory, service.running.client.clone(), service.running.clock.clone())
}

fn worker_of(
    service: &Service,
    directory: &Path,
    client: Client,
    clock: Arc<dyn Clock>,
) -> DeliverCode<DynamoStore, Outbox> {
    let keys: Value = serde_json::from_slice(&std::fs::read(directory.join("keys.json")).unwrap()).unwrap();
    DeliverCode {
        context: Context::new(DynamoStore::new(client, service.running.table), clock, Arc::new(SystemRandom)),
        messenger: service.running.outbox.clone(),
        names: NameKeys(keyring(&keys, "names")),
        phones: PhoneKeys(keyring(&keys, "phones")),
        codes: CodeKeys(keyring(&keys, "codes")),
        sender: sender(),
    }
}

/// Fails every write of an audit record that says whether a message was sent.
#[derive(Debug)]
struct AuditInTrouble;

impl Intercept for AuditInTrouble {
    fn name(&self) -> &'static str {
        "audit in trouble"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let is_record = body.contains("AUDIT#") && !body.contains("User submitted their user ID");
        if is_record { Err("the audit takes nothing".into()) } else { Ok(()) }
    }
}

/// Runs an action right before the first request whose body contains `holds`.
struct Meanwhile {
    holds: &'static str,
    happens: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Meanwhile {
    fn before(holds: &'static str, happens: impl Future<Output = ()> + Send + 'static) -> Self {
        let here = Handle::current();
        let happens: Box<dyn FnOnce() + Send> = Box::new(move || block_in_place(|| here.block_on(happens)));
        Self { holds, happens: Mutex::new(Some(happens)) }
    }
}

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.holds)
    }
}

impl Intercept for Meanwhile {
    fn name(&self) -> &'static str {
        "meanwhile"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = String::from_utf8_lossy(context.request().body().bytes().unwrap_or_default()).into_owned();
        let happens = if body.contains(self.holds) { self.happens.lock().unwrap().take() } else { None };
        if let Some(happens) = happens {
            happens();
        }
        Ok(())
    }
}

/// A worker during which something else happens.
fn stalled(
    service: &Service,
    directory: &Path,
    clock: Arc<FixedClock>,
    meanwhile: Meanwhile,
) -> DeliverCode<DynamoStore, Outbox> {
    let config = service.running.client.config().to_builder().interceptor(meanwhile).build();
    worker_of(service, directory, Client::from_conf(config), clock)
}

/// Begins a reset by SMS at the worker's time, which is in the service's past. For the service that reset is over, so
/// its own worker leaves it alone.
async fn begun_before(worker: &DeliverCode<DynamoStore, Outbox>, claimed: &str) -> DeliveryJob {
    let now = worker.context.now();
    let claimed_phone = Some(worker.phones.phone(&Phone::parse(claimed).unwrap()));
    let request = CodeRequest { method: CodeMethod::MobileSms, claimed_phone };
    let names = worker.names.name(&UserName::parse(ADELE).unwrap());
    let (policy, key) = (Policy::default(), worker.codes.0.current());
    let reset = Reset::begin(names, "a network".to_owned(), request, &policy, key, now, &SystemRandom);
    assert_eq!(worker.context.store.begin_reset(&reset, &[], None, now).await.unwrap(), BeginOutcome::Begun);
    DeliveryJob::Code(reset.id, 1)
}

/// The audit's records since a moment. At most one midnight may have passed since then.
async fn records(worker: &DeliverCode<DynamoStore, Outbox>, since: Moment) -> Vec<AuditRecord> {
    let mut days = vec![since.day(), worker.context.now().day()];
    days.dedup();
    let mut records = Vec::new();
    for day in days {
        records.extend(worker.context.store.audit(day, None, 100).await.unwrap());
    }
    records
}

/// A job whose message was sent is completed without its audit record, rather than sent again. A job whose message was
/// not sent is tried again until the audit has recorded why.
#[service_test]
async fn a_failing_audit_sends_nothing_twice() {
    let directory = Folder::new("twice-audit");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let began = service.running.clock.now().minus(20 * 60);
    let clock = Arc::new(FixedClock::new(began));
    let config = service.running.client.config().to_builder().interceptor(AuditInTrouble).build();
    let troubled = worker_of(&service, &directory, Client::from_conf(config), clock.clone());
    let well = worker_of(&service, &directory, service.running.client.clone(), clock.clone());
    let reasons = async || {
        let records = records(&well, began).await;
        let of_resets = records.into_iter().filter(|record| record.activity == Activity::ResetProgress);
        let mut reasons: Vec<String> = of_resets.map(|record| record.reason).collect();
        reasons.sort();
        reasons
    };
    let order = begun_before(&troubled, MOBILE).await;
    for _ in 0..2 {
        assert_eq!(troubled.deliver(&order).await.unwrap(), JobOutcome::Completed);
        assert_eq!(service.running.outbox.messages(None).len(), 1);
        assert_eq!(reasons().await, ["User submitted their user ID"]);
        // Ends the lease, and the half minute between two messages.
        clock.advance(31);
    }
    let order = begun_before(&troubled, "+1 4255550199").await;
    assert!(troubled.deliver(&order).await.is_err());
    assert_eq!(well.deliver(&order).await.unwrap(), JobOutcome::Completed);
    let submitted = "User submitted their user ID";
    assert_eq!(reasons().await, [submitted, submitted, "the claimed phone number is not the one on file"]);
    assert_eq!(service.running.outbox.messages(None).len(), 1);
    service.running.stop().await;
}

/// A worker looks up a name and stalls. The name moves to another account, and another worker sends the code to that
/// account. The first worker must not link the reset back to the account that it found: the code would set the password
/// of that account.
#[service_test]
async fn a_reset_stays_with_the_account_that_its_code_went_to_when_a_name_moves() {
    const MEGAN: &str = "megan@contoso.example";
    let directory = Folder::new("twice-moved");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let megan = service.create(MEGAN, json!({"mobilePhone": "+1 4255550142"})).await;
    let clock = Arc::new(FixedClock::new(service.running.clock.now().minus(20 * 60)));
    let other = Arc::new(worker_of(&service, &directory, service.running.client.clone(), clock.clone()));
    let order = begun_before(&other, "+1 4255550142").await;
    let (address, admin) = (service.address(), service.admin.clone());
    let rename = move |name: &str, to: &str| {
        let request = Request::new("PATCH", &format!("/graph/v1.0/users/{name}")).bearer(&admin);
        let request = request.json(&json!({"userPrincipalName": to}));
        async move { request.send(address).await.expect(204) }
    };
    let (elsewhere, same_order, later) = (other.clone(), order.clone(), clock.clone());
    let moves = async move {
        rename(ADELE, "adele.vance@contoso.example").await;
        rename(MEGAN, ADELE).await;
        // Ends the first worker's lease.
        later.advance(31);
        assert_eq!(elsewhere.deliver(&same_order).await.unwrap(), JobOutcome::Completed);
    };
    let first = stalled(&service, &directory, clock, Meanwhile::before("#snapshot = :snapshot", moves));
    assert_eq!(first.deliver(&order).await.unwrap(), JobOutcome::Completed);
    let DeliveryJob::Code(reset, 1) = &order else { panic!("{order:?}") };
    let reset = other.context.store.reset(reset).await.unwrap().unwrap();
    assert_eq!(reset.snapshot.map(|snapshot| snapshot.account.as_str().to_owned()), Some(megan));
    let messages = service.running.outbox.messages(None);
    assert_eq!(messages.iter().map(|message| message.to.as_str()).collect::<Vec<_>>(), ["+14255550142"]);
    assert!(reset.issued.sent_to.is_some(), "her code works");
    service.running.stop().await;
}

/// A code is used at the very moment when it is about to be sent again.
#[service_test]
async fn a_code_used_before_it_is_sent_again_is_not_sent_and_counts_nowhere() {
    let directory = Folder::new("twice-used");
    let service = Service::with(&options(&directory)).await;
    let adele = service.adele().await;
    let clock = Arc::new(FixedClock::new(service.running.clock.now().minus(20 * 60)));
    let other = Arc::new(worker_of(&service, &directory, service.running.client.clone(), clock.clone()));
    let order = begun_before(&other, MOBILE).await;
    assert_eq!(other.deliver(&order).await.unwrap(), JobOutcome::Completed);
    let DeliveryJob::Code(id, 1) = order else { panic!("{order:?}") };
    let sends = async || other.context.store.sends(&format!("account.{adele}")).await.unwrap().counted;
    let before = sends().await;
    assert_eq!((before.len(), service.running.outbox.messages(None).len()), (1, 1));

    clock.advance(31);
    let now = clock.now();
    let seen = other.context.store.reset(&id).await.unwrap().unwrap();
    let again = IssuedCode { order: 2, ordered_at: now, expires_at: now.plus(300), ..seen.issued.clone() };
    assert!(other.context.store.reissue(&seen, &again).await.unwrap());
    let (store, reset) = (other.clone(), id.clone());
    let used = async move {
        let (store, samples) = (&store.context.store, Samples::default());
        let reset = store.reset(&reset).await.unwrap().unwrap();
        let proof = Proof { reset: &reset, next: samples.passed(), now, record: &samples.record(now), answered: None };
        assert!(store.prove(&proof).await.unwrap());
    };
    let worker = stalled(&service, &directory, clock, Meanwhile::before("#issued.#sent_to = :sent_to", used));
    assert_eq!(worker.deliver(&DeliveryJob::Code(id, 2)).await.unwrap(), JobOutcome::Completed);
    assert_eq!(service.running.outbox.messages(None).len(), 1);
    assert_eq!(sends().await, before);
    service.running.stop().await;
}

/// A job is dead if another reset was completed, or a contact changed, while the job was waiting.
#[service_test]
async fn a_job_that_comes_too_late_for_the_account_sends_nothing() {
    for (name, completed) in [("twice-completed", true), ("twice-changed", false)] {
        let directory = Folder::new(name);
        let service = Service::with(&options(&directory)).await;
        service.adele().await;
        let began = service.running.clock.now().minus(20 * 60);
        let clock = Arc::new(FixedClock::new(began));
        let worker = worker_of(&service, &directory, service.running.client.clone(), clock.clone());
        let (waiting, other) = (begun_before(&worker, MOBILE).await, begun_before(&worker, MOBILE).await);
        assert_eq!(worker.deliver(&other).await.unwrap(), JobOutcome::Completed);
        assert_eq!(service.outbox(MOBILE_E164).await.len(), 1, "a job like the waiting one is delivered");
        if completed {
            service.reset_by_sms(NEW_PASSWORD).await;
        } else {
            service.patch(ADELE, &json!({"otherMails": []})).await.expect(204);
        }
        service.settle().await;
        let before = service.messages().await;
        clock.advance(31);
        assert_eq!(worker.deliver(&waiting).await.unwrap(), JobOutcome::Completed);
        assert_eq!(service.messages().await, before);
        let records = records(&worker, began).await;
        let revoked = records.iter().filter(|record| record.reason == "the account changed after the reset was begun");
        assert_eq!(revoked.count(), 1);
        service.running.stop().await;
    }
}

#[service_test]
async fn a_job_delivered_again_sends_nothing_more() {
    let directory = Folder::new("twice-again");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let worker = worker(&service, &directory);
    let order = DeliveryJob::Code(ResetId::parse(&begun.id).unwrap(), 1);
    for _ in 0..3 {
        assert_eq!(worker.deliver(&order).await.unwrap(), JobOutcome::Completed);
    }
    // A job for an order that was never made sends nothing either.
    assert_eq!(
        worker.deliver(&DeliveryJob::Code(ResetId::parse(&begun.id).unwrap(), 2)).await.unwrap(),
        JobOutcome::Completed
    );
    assert_eq!(service.outbox(MOBILE_E164).await.len(), 1);
    service.verify(&begun.id, &code).await.expect(200);
    service.running.stop().await;
}

#[service_test]
async fn several_workers_at_once_send_one_message_and_the_same_code() {
    let directory = Folder::new("twice-at-once");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let workers: Vec<_> = (0..6).map(|_| Arc::new(worker(&service, &directory))).collect();
    for round in 1..=4 {
        // In every second round the first attempt to send fails, and the job is open once more.
        service.running.outbox.answer_next(vec![Dispatch::TryAgain; (round - 1) % 2]);
        let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
        // The service's own worker runs at the same time.
        let order = DeliveryJob::Code(ResetId::parse(&begun.id).unwrap(), 1);
        let tasks: Vec<_> = workers
            .iter()
            .cloned()
            .map(|worker| {
                let order = order.clone();
                tokio::spawn(async move { worker.deliver(&order).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        service.advance(31).await;
        service.settle().await;
        let messages = service.outbox(MOBILE_E164).await;
        assert_eq!(messages.len(), round);
        service.verify(&begun.id, &digits(messages.last().unwrap())).await.expect(200);
    }
    service.running.stop().await;
}

/// A restarted service reads its stream from the beginning.
#[service_test]
async fn a_restart_sends_nothing_again_and_forgets_nothing() {
    let directory = Folder::new("twice-restart");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    service.begin(ADELE, "email", None).await;
    service.settle().await;
    let before = service.messages().await;
    assert_eq!(before.len(), 2);
    service.running.stop().await;

    let service = Service::with(&options(&directory)).await;
    service.settle().await;
    service.advance(31).await;
    service.settle().await;
    assert_eq!(service.messages().await, before);
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, "walrus plays the accordion").await.expect(204);
    service.settle().await;
    let notices = service.messages().await.len();
    assert_eq!(notices, 4, "the address and the other phone are notified");
    service.running.stop().await;

    let service = Service::with(&options(&directory)).await;
    service.settle().await;
    service.advance(120).await;
    assert_eq!(service.messages().await.len(), notices);
    service.running.stop().await;
}
