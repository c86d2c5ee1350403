#![allow(clippy::unwrap_used)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aws::table::{PARTITION, SORT};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use super::*;
use crate::{Options, Running};

/// The same passage for every request.
#[derive(Debug)]
struct Every {
    passage: Mutex<Passage>,
    /// Attempts to put an item: the service makes other requests of its own.
    puts: AtomicU64,
}

impl Wire for Every {
    fn passes(&self, sent: Sent) -> Passing {
        self.puts.fetch_add(u64::from(sent.operation == "PutItem"), Ordering::SeqCst);
        let passage = *self.passage.lock().unwrap();
        Box::pin(async move { passage })
    }
}

impl Every {
    fn is(&self, passage: Passage) {
        *self.passage.lock().unwrap() = passage;
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// What became of putting an item, and how often it was sent.
async fn put(running: &Running, wire: &Every, name: &str) -> (Option<String>, u64) {
    let before = wire.puts.load(Ordering::SeqCst);
    let request = running.client.put_item().table_name(running.table);
    let sent = request.item(PARTITION, text(name)).item(SORT, text("x")).send().await;
    let told = sent.err().map(|error| error.code().unwrap_or("none").to_owned());
    (told, wire.puts.load(Ordering::SeqCst) - before)
}

async fn is_there(running: &Running, name: &str) -> bool {
    let request = running.client.get_item().table_name(running.table).consistent_read(true);
    request.key(PARTITION, text(name)).key(SORT, text("x")).send().await.unwrap().item.is_some()
}

#[tokio::test]
async fn each_passage_is_what_it_says() {
    let wire = Arc::new(Every { passage: Mutex::new(Passage::Through), puts: AtomicU64::new(0) });
    let running = crate::start(&Options { wire: Some(wire.clone()), ..Options::default() }).await.unwrap();
    for (passage, told, sent, applied) in [
        (Passage::Through, None, 1, true),
        (Passage::Throttled, Some("ProvisionedThroughputExceededException"), 3, false),
        (Passage::Failed, Some("InternalServerError"), 3, false),
        (Passage::Lost, Some("none"), 3, false),
        (Passage::AnswerLost, Some("none"), 3, true),
        (Passage::Conflict, Some("TransactionConflictException"), 1, false),
    ] {
        let name = format!("{passage:?}");
        wire.is(passage);
        assert_eq!(put(&running, &wire, &name).await, (told.map(str::to_owned), sent), "{name}");
        wire.is(Passage::Through);
        assert_eq!(is_there(&running, &name).await, applied, "{name}");
    }

    let item = |name: &str| {
        let put = Put::builder().table_name(running.table).item(PARTITION, text(name)).item(SORT, text("x"));
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    };
    wire.is(Passage::Conflict);
    let both = running.client.transact_write_items().transact_items(item("one")).transact_items(item("two"));
    let Err(TransactWriteItemsError::TransactionCanceledException(told)) =
        both.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
    else {
        panic!("it is cancelled");
    };
    let codes: Vec<_> = told.cancellation_reasons().iter().map(|reason| reason.code().unwrap().to_owned()).collect();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    wire.is(Passage::Through);
    assert!(!is_there(&running, "one").await && !is_there(&running, "two").await);
}
