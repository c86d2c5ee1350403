//! Requests to the table, and their outcomes.
//!
//! The SDK's futures are tens of kilobytes large. Each is boxed, so that the futures of use cases, which hold several,
//! fit a worker's stack.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use aws_sdk_dynamodb::config::Builder as Config;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{CancellationReason, KeysAndAttributes, ReturnValue, TransactWriteItem};
use shared::ports::store::Stored;
use shared::random::below;
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::write::{Action, Item, Parts, Write, key_item, write_name};
use crate::config::system::SystemRandom;
use crate::table::Key;

/// Longest pauses before a write that conflicted with another transaction is sent again, in milliseconds. Such
/// transactions take a few milliseconds, and six attempts end well within a request's time limit.
const CONFLICT_PAUSES: [u8; 5] = [10, 20, 40, 80, 160];

/// Most items in one batch (BatchGetItem).
pub(super) const BATCH: usize = 100;

/// Pauses before asking again for items that a batch left unread, in milliseconds.
const UNREAD_PAUSES: [u64; 4] = [10, 20, 40, 80];

/// A condition that did not hold, with the item if the write asked for it.
#[derive(Default)]
pub(super) struct Refused {
    /// The item at that time; `None` if there was none or the write did not ask for it.
    pub(super) item: Option<Item>,
}

/// Which conditions of a transaction did not hold.
pub(super) struct Cancelled(Vec<Option<Refused>>);

impl Cancelled {
    /// Whether the condition of the write at `position` did not hold.
    pub(super) fn refused(&self, position: usize) -> bool {
        self.0.get(position).is_some_and(Option::is_some)
    }

    /// Takes the item for which the condition at `position` did not hold.
    pub(super) fn take(&mut self, position: usize) -> Option<Refused> {
        self.0.get_mut(position).and_then(Option::take)
    }
}

impl DynamoStore {
    /// Reads an item as the last write left it.
    pub(super) async fn get(&self, what: &'static str, key: Key) -> Stored<Option<Item>> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key_item(key)));
        let read = Box::pin(request.consistent_read(true).send()).await;
        Ok(read.map_err(|error| failed(what, &error))?.item)
    }

    /// Reads up to [`BATCH`] items, each as the last write left it, in no particular order. Missing ones are left out.
    pub(super) async fn get_all(&self, what: &'static str, keys: impl Iterator<Item = Key>) -> Stored<Vec<Item>> {
        let keys: Vec<Item> = keys.map(key_item).collect();
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let wanted = wanted.map_err(|_| Unavailable::plain(what))?;
        let mut unread = Some(HashMap::from([(self.table.clone(), wanted)]));
        let mut items = Vec::new();
        let mut pauses = UNREAD_PAUSES.into_iter();
        while let Some(wanted) = unread.take() {
            let batch = Box::pin(self.client.batch_get_item().set_request_items(Some(wanted)).send()).await;
            let batch = batch.map_err(|error| failed(what, &error))?;
            items.extend(batch.responses.unwrap_or_default().into_values().flatten());
            unread = batch.unprocessed_keys.filter(|unprocessed| !unprocessed.is_empty());
            if unread.is_some() {
                let pause = pauses.next().ok_or(Unavailable::plain(what))?;
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        }
        Ok(items)
    }

    /// Reads up to [`BATCH`] items, each as the last write left it, in the order of their keys.
    pub(super) async fn get_each(&self, what: &'static str, keys: Vec<Key>) -> Stored<Vec<Option<Item>>> {
        let mut items = self.get_all(what, keys.iter().cloned()).await?;
        let found = keys.into_iter().map(|key| {
            let key = key_item(key);
            let is_key = |item: &Item| key.iter().all(|(name, value)| item.get(name) == Some(value));
            items.iter().position(is_key).map(|at| items.swap_remove(at))
        });
        Ok(found.collect())
    }

    /// Writes one item. Returns the new item after an update, an empty one after other writes, or a refusal if the
    /// condition did not hold.
    pub(super) async fn write(&self, what: &'static str, write: Write) -> Stored<Result<Item, Refused>> {
        let parts = write.parts();
        let mut pauses = CONFLICT_PAUSES.into_iter();
        loop {
            match self.send(&parts).await {
                Ok(item) => return Ok(Ok(item)),
                Err(Failure::Refused(old)) if parts.was_applied(old.as_ref()) => {
                    return Ok(Ok(old.unwrap_or_default()));
                }
                Err(Failure::Refused(item)) => return Ok(Err(Refused { item })),
                Err(Failure::Conflict(cause)) => pause(pauses.next(), what, cause, true).await?,
                Err(Failure::Other(cause)) => return Err(Unavailable::new(what, cause)),
            }
        }
    }

    async fn send(&self, parts: &Parts) -> Result<Item, Failure> {
        match &parts.action {
            Action::Put(item) => {
                let request = self.client.put_item().table_name(&self.table).set_item(Some(item.clone()));
                let request = request
                    .set_condition_expression(parts.condition.clone())
                    .set_expression_attribute_names(parts.names.clone())
                    .set_expression_attribute_values(parts.values.clone())
                    .return_values_on_condition_check_failure(parts.on_refusal.clone());
                let sent = Box::pin(request.customize().config_override(config(parts)).send()).await;
                sent.map(|_| Item::new()).map_err(|error| Failure::of(error, put_refusal))
            }
            Action::Update(key, _) => {
                let request = self.client.update_item().table_name(&self.table).set_key(Some(key_item(key.clone())));
                let request = request
                    .update_expression(&parts.update)
                    .set_condition_expression(parts.condition.clone())
                    .set_expression_attribute_names(parts.names.clone())
                    .set_expression_attribute_values(parts.values.clone())
                    .return_values(ReturnValue::AllNew)
                    .return_values_on_condition_check_failure(parts.on_refusal.clone());
                let sent = Box::pin(request.customize().config_override(config(parts)).send()).await;
                sent.map(|sent| sent.attributes.unwrap_or_default()).map_err(|error| Failure::of(error, update_refusal))
            }
            Action::Delete(key) => {
                let request = self.client.delete_item().table_name(&self.table).set_key(Some(key_item(key.clone())));
                let request = request
                    .set_condition_expression(parts.condition.clone())
                    .set_expression_attribute_names(parts.names.clone())
                    .set_expression_attribute_values(parts.values.clone())
                    .return_values_on_condition_check_failure(parts.on_refusal.clone());
                let sent = Box::pin(request.customize().config_override(config(parts)).send()).await;
                sent.map(|_| Item::new()).map_err(|error| Failure::of(error, delete_refusal))
            }
            Action::Check(_) => {
                Err(Failure::Other(Cause { code: "a check stands in no transaction".into(), request: None }))
            }
        }
    }

    /// Writes several items, all or none. If conditions did not hold, returns which.
    ///
    /// All attempts share one name: if a transaction was applied but its response was lost, the next attempt succeeds
    /// without applying it again.
    pub(super) async fn transact(&self, what: &'static str, writes: Vec<Write>) -> Stored<Result<(), Cancelled>> {
        let items = writes.into_iter().map(|write| write.parts().into_transaction(&self.table));
        let items: Vec<TransactWriteItem> = items.collect::<Result<_, _>>().map_err(|_| Unavailable::plain(what))?;
        let name = write_name();
        let mut pauses = CONFLICT_PAUSES.into_iter();
        loop {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let sent = Box::pin(request.client_request_token(&name).send()).await;
            let Err(error) = sent else { return Ok(Ok(())) };
            let cause = Cause::of(&error);
            match Verdict::of(error) {
                Verdict::Refused(cancelled) => return Ok(Err(cancelled)),
                Verdict::Conflict { is_pure } => pause(pauses.next(), what, cause, is_pure).await?,
                Verdict::Other => return Err(Unavailable::new(what, cause)),
            }
        }
    }

    /// Writes several items, all or none. The first `deciding` conditions are the verb's outcome. If only another
    /// condition did not hold, such as that of a drawn name, that is a failure.
    pub(super) async fn decide(&self, what: &'static str, writes: Vec<Write>, deciding: usize) -> Stored<bool> {
        match self.transact(what, writes).await? {
            Ok(()) => Ok(true),
            Err(cancelled) if (0..deciding).any(|at| cancelled.refused(at)) => Ok(false),
            Err(_) => Err(Unavailable::plain(what)),
        }
    }
}

/// The meaning of a failed transaction.
enum Verdict {
    /// A condition did not hold.
    Refused(Cancelled),
    /// It met another transaction, or too many requests; the conditions are undecided.
    Conflict {
        /// Whether other transactions alone were in the way.
        is_pure: bool,
    },
    /// Anything else.
    Other,
}

impl Verdict {
    fn of(error: SdkError<TransactWriteItemsError, HttpResponse>) -> Self {
        if error.code() == Some("TransactionInProgressException") {
            // This very transaction is still running, so it may yet be applied.
            return Self::Conflict { is_pure: false };
        }
        let TransactWriteItemsError::TransactionCanceledException(error) = error.into_service_error() else {
            return Self::Other;
        };
        let reasons = error.cancellation_reasons.unwrap_or_default();
        if reasons.iter().any(|reason| reason.code() == Some("ConditionalCheckFailed")) {
            let refused = reasons.into_iter().map(|reason| {
                (reason.code() == Some("ConditionalCheckFailed")).then_some(Refused { item: reason.item })
            });
            return Self::Refused(Cancelled(refused.collect()));
        }
        let met = ["None", "TransactionConflict"];
        let busy = ["ThrottlingError", "ProvisionedThroughputExceeded"];
        let is = |reason: &CancellationReason, codes: &[&str]| reason.code().is_none_or(|code| codes.contains(&code));
        let is_pure = reasons.iter().all(|reason| is(reason, &met));
        let passes = !reasons.is_empty() && reasons.iter().all(|reason| is(reason, &met) || is(reason, &busy));
        if passes { Self::Conflict { is_pure } } else { Self::Other }
    }
}

/// The meaning of a failed write of one item.
enum Failure {
    Refused(Option<Item>),
    Conflict(Cause),
    Other(Cause),
}

impl Failure {
    fn of<E: ProvideErrorMetadata>(error: SdkError<E, HttpResponse>, refusal: fn(E) -> Option<Option<Item>>) -> Self {
        let cause = Cause::of(&error);
        if error.code() == Some("TransactionConflictException") {
            return Self::Conflict(cause);
        }
        match error {
            SdkError::ServiceError(error) => refusal(error.into_err()).map_or(Self::Other(cause), Self::Refused),
            _ => Self::Other(cause),
        }
    }
}

fn put_refusal(error: PutItemError) -> Option<Option<Item>> {
    match error {
        PutItemError::ConditionalCheckFailedException(refused) => Some(refused.item),
        _ => None,
    }
}

fn update_refusal(error: UpdateItemError) -> Option<Option<Item>> {
    match error {
        UpdateItemError::ConditionalCheckFailedException(refused) => Some(refused.item),
        _ => None,
    }
}

fn delete_refusal(error: DeleteItemError) -> Option<Option<Item>> {
    match error {
        DeleteItemError::ConditionalCheckFailedException(refused) => Some(refused.item),
        _ => None,
    }
}

/// Waits for a random part of the longest pause, drawn anew each time, so that writes that met once do not come back
/// together.
async fn pause(longest: Option<u8>, what: &'static str, cause: Cause, is_pure: bool) -> Stored<()> {
    let Some(longest) = longest else {
        let failure = Unavailable::new(what, cause);
        return Err(if is_pure { failure.by_conflict() } else { failure });
    };
    let milliseconds = 1 + below(&SystemRandom, longest);
    tokio::time::sleep(Duration::from_millis(u64::from(milliseconds))).await;
    Ok(())
}

/// Why a request failed, without any of the request's values.
#[derive(Debug)]
struct Cause {
    code: String,
    request: Option<String>,
}

impl Cause {
    fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        let code = error.code().unwrap_or(match error {
            SdkError::ConstructionFailure(_) => "the request could not be made",
            SdkError::TimeoutError(_) => "no answer in time",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "the answer could not be read",
            _ => "an error without a code",
        });
        Self { code: code.to_owned(), request: error.request_id().map(str::to_owned) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (request {})", self.code, self.request.as_deref().unwrap_or("unknown"))
    }
}

impl std::error::Error for Cause {}

/// The failure of `what`, with its code and the request's id, and without any of the request's values.
pub(crate) fn failed<E: ProvideErrorMetadata>(what: &'static str, error: &SdkError<E, HttpResponse>) -> Unavailable {
    Unavailable::new(what, Cause::of(error))
}

/// The SDK's configuration for one write, on top of the client's.
fn config(parts: &Parts) -> Config {
    match parts.sends {
        Some(times) => Config::new().retry_config(RetryConfig::standard().with_max_attempts(times)),
        None => Config::new(),
    }
}
