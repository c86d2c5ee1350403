//! The same order handed over more than once: by the stream, by several workers, after a restart.

use std::path::PathBuf;
use std::sync::Arc;

use aws::store::DynamoStore;
use aws::system::SystemRandom;
use local::{Options, Outbox};
use serde_json::{Value, json};
use shared::context::Context;
use shared::deliver_code::{DeliverCode, Handled};
use shared::key::{CodeKeys, KeyRing, NameKeys, PhoneKeys};
use shared::message::{Domain, Organisation, Sender};
use shared::messenger::Dispatch;
use shared::random::ResetId;
use shared::store::OrderRef;

use super::{ADELE, MOBILE, MOBILE_E164, settle};
use crate::support::service::{Service, digits};

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::remove_dir_all(&directory).ok();
    directory
}

fn options(directory: &std::path::Path) -> Options {
    Options { data: Some(directory.to_owned()), ..Options::default() }
}

/// A key as the directory keeps it; the gateway's own reading of base64 serves.
fn ring(keys: &Value, name: &str) -> KeyRing {
    let event = json!({
        "rawPath": "/", "requestContext": {"http": {"method": "POST", "sourceIp": "127.0.0.1"}},
        "body": keys[name], "isBase64Encoded": true,
    });
    let key: [u8; 32] = aws::gateway::handle_event(event.to_string().as_bytes()).unwrap().body.try_into().unwrap();
    KeyRing::new([(1, key)]).unwrap()
}

/// Another worker on the same table, as a second instance of the function would be.
fn worker(service: &Service, directory: &std::path::Path) -> DeliverCode<DynamoStore, Outbox> {
    let keys: Value = serde_json::from_slice(&std::fs::read(directory.join("keys.json")).unwrap()).unwrap();
    let store = DynamoStore::new(service.running.client.clone(), service.running.table);
    DeliverCode {
        context: Context::new(store, service.running.clock.clone(), Arc::new(SystemRandom)),
        messenger: service.running.outbox.clone(),
        names: NameKeys(ring(&keys, "names")),
        phones: PhoneKeys(ring(&keys, "phones")),
        codes: CodeKeys(ring(&keys, "codes")),
        sender: Sender::new(Organisation::parse("Contoso").unwrap(), Domain::parse("contoso.example").unwrap()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_handed_over_again_sends_nothing_more() {
    let directory = directory("twice-again");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let worker = worker(&service, &directory);
    let order = OrderRef::Code(ResetId::parse(&begun.id).unwrap(), 1);
    for _ in 0..3 {
        assert_eq!(worker.deliver(&order).await.unwrap(), Handled::Settled);
    }
    // An order that was never made, and one that is no longer the latest.
    assert_eq!(worker.deliver(&OrderRef::Code(ResetId::parse(&begun.id).unwrap(), 2)).await.unwrap(), Handled::Settled);
    assert_eq!(service.outbox(MOBILE_E164).await.len(), 1);
    service.verify(&begun.id, &code).await.expect(200);
    service.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workers_at_once_send_one_message_and_the_same_code() {
    let directory = directory("twice-at-once");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let workers: Vec<_> = (0..6).map(|_| Arc::new(worker(&service, &directory))).collect();
    for round in 1..=4 {
        // In every second round the first hand-over fails, and the order is open once more.
        service.running.outbox.answer_next(vec![Dispatch::TryAgain; (round - 1) % 2]);
        let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
        // The service's own worker runs at the same time.
        let order = OrderRef::Code(ResetId::parse(&begun.id).unwrap(), 1);
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
        settle(&service).await;
        let messages = service.outbox(MOBILE_E164).await;
        assert_eq!(messages.len(), round);
        service.verify(&begun.id, &digits(messages.last().unwrap())).await.expect(200);
    }
    service.running.stop().await;
}

/// A restarted service reads its stream from the beginning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_sends_nothing_again_and_forgets_nothing() {
    let directory = directory("twice-restart");
    let service = Service::with(&options(&directory)).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    service.begin(ADELE, "email", None).await;
    settle(&service).await;
    let before = service.messages().await;
    assert_eq!(before.len(), 2);
    service.running.stop().await;

    let service = Service::with(&options(&directory)).await;
    settle(&service).await;
    service.advance(31).await;
    settle(&service).await;
    assert_eq!(service.messages().await, before);
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, "walrus plays the accordion").await.expect(204);
    settle(&service).await;
    let notices = service.messages().await.len();
    assert_eq!(notices, 3);
    service.running.stop().await;

    let service = Service::with(&options(&directory)).await;
    settle(&service).await;
    service.advance(120).await;
    assert_eq!(service.messages().await.len(), notices);
    service.running.stop().await;
}
