use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aws::table::{PARTITION, SORT};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use super::*;
use crate::{Options, Running};

/// Injects the same fault into every request.
#[derive(Debug)]
struct Every {
    fault: Mutex<NetworkFault>,
    /// Attempts to put an item; the service makes other requests of its own.
    puts: AtomicU64,
}

impl Interceptor for Every {
    fn passes(&self, sent: Sent) -> Interception {
        self.puts.fetch_add(u64::from(sent.operation == "PutItem"), Ordering::SeqCst);
        let fault = *self.fault.lock().unwrap();
        Box::pin(async move { fault })
    }
}

impl Every {
    fn is(&self, fault: NetworkFault) {
        *self.fault.lock().unwrap() = fault;
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Puts an item. Returns the error's code, if any, and the number of attempts.
async fn put(running: &Running, interceptor: &Every, name: &str) -> (Option<String>, u64) {
    let before = interceptor.puts.load(Ordering::SeqCst);
    let request = running.client.put_item().table_name(running.table);
    let sent = request.item(PARTITION, text(name)).item(SORT, text("x")).send().await;
    let error = sent.err().map(|error| error.code().unwrap_or("none").to_owned());
    (error, interceptor.puts.load(Ordering::SeqCst) - before)
}

async fn is_there(running: &Running, name: &str) -> bool {
    let request = running.client.get_item().table_name(running.table).consistent_read(true);
    request.key(PARTITION, text(name)).key(SORT, text("x")).send().await.unwrap().item.is_some()
}

#[tokio::test]
async fn each_passage_is_what_it_says() {
    let interceptor = Arc::new(Every { fault: Mutex::new(NetworkFault::Through), puts: AtomicU64::new(0) });
    let running =
        crate::start(&Options { interceptor: Some(interceptor.clone()), ..Options::default() }).await.unwrap();
    for (fault, error, sent, applied) in [
        (NetworkFault::Through, None, 1, true),
        (NetworkFault::Throttled, Some("ProvisionedThroughputExceededException"), 3, false),
        (NetworkFault::Failed, Some("InternalServerError"), 3, false),
        (NetworkFault::Lost, Some("none"), 3, false),
        (NetworkFault::AnswerLost, Some("none"), 3, true),
        (NetworkFault::Duplicated, None, 1, true),
        (NetworkFault::Conflict, Some("TransactionConflictException"), 1, false),
    ] {
        let name = format!("{fault:?}");
        interceptor.is(fault);
        assert_eq!(put(&running, &interceptor, &name).await, (error.map(str::to_owned), sent), "{name}");
        interceptor.is(NetworkFault::Through);
        assert_eq!(is_there(&running, &name).await, applied, "{name}");
    }

    interceptor.is(NetworkFault::Duplicated);
    let once = running.client.put_item().table_name(running.table).condition_expression("attribute_not_exists(pk)");
    let error = once.item(PARTITION, text("twice")).item(SORT, text("x")).send().await.err().unwrap();
    assert_eq!(error.code(), Some("ConditionalCheckFailedException"), "the second response is returned");
    interceptor.is(NetworkFault::Through);
    assert!(is_there(&running, "twice").await);

    let item = |name: &str| {
        let put = Put::builder().table_name(running.table).item(PARTITION, text(name)).item(SORT, text("x"));
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    };
    interceptor.is(NetworkFault::Conflict);
    let both = running.client.transact_write_items().transact_items(item("one")).transact_items(item("two"));
    let Err(TransactWriteItemsError::TransactionCanceledException(error)) =
        both.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
    else {
        panic!("it is cancelled");
    };
    let codes: Vec<_> = error.cancellation_reasons().iter().map(|reason| reason.code().unwrap().to_owned()).collect();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    interceptor.is(NetworkFault::Through);
    assert!(!is_there(&running, "one").await && !is_there(&running, "two").await);
}
