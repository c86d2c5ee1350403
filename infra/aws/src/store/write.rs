//! Writes to the table, and how they become requests.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure as OnRefusal, TransactWriteItem,
    Update,
};
use data_encoding::BASE64URL_NOPAD;
use shared::random::{Seed, bytes};
use shared::time::Moment;

use crate::config::system::SystemRandom;
use crate::table::{self, Key};

/// One item as the table stores it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The attribute that names the last write to an item.
const LAST_WRITE: &str = "last_write";

/// Random bytes that name one write.
const WRITE_NAME_BYTES: usize = 16;

/// A conditional write: the condition decides, whatever was read before.
pub(super) struct Write {
    action: Action,
    conditions: Vec<String>,
    values: HashMap<String, AttributeValue>,
    shows_old: bool,
    once: Option<String>,
    sends: Option<u32>,
    counted: bool,
}

/// What a write does to an item.
pub(super) enum Action {
    Put(Item),
    Update(Key, String),
    Delete(Key),
    Check(Key),
}

impl Write {
    fn new(action: Action) -> Self {
        let values = HashMap::new();
        Self { action, conditions: Vec::new(), values, shows_old: false, once: None, sends: None, counted: true }
    }

    /// Replaces a whole item.
    pub(super) fn put(item: Item) -> Self {
        Self::new(Action::Put(item))
    }

    /// Changes an item. Creates it if it is missing and no condition forbids that.
    ///
    /// `sets` is the expression after `SET`; the count of writes is updated beside it.
    pub(super) fn update(key: Key, sets: impl Into<String>) -> Self {
        Self::new(Action::Update(key, sets.into()))
    }

    /// Deletes an item, if there is one.
    pub(super) fn delete(key: Key) -> Self {
        Self::new(Action::Delete(key))
    }

    /// Changes nothing; for a transaction that depends on another item's condition.
    pub(super) fn check(key: Key) -> Self {
        Self::new(Action::Check(key))
    }

    /// Also removes attributes; for an update only.
    pub(super) fn removing(mut self, paths: &str) -> Self {
        if let Action::Update(_, sets) = &mut self.action {
            sets.push_str(" REMOVE ");
            sets.push_str(paths);
        }
        self
    }

    /// Adds a condition; all conditions must hold.
    pub(super) fn when(mut self, condition: impl Into<String>) -> Self {
        self.conditions.push(condition.into());
        self
    }

    /// Demands that the item does not exist yet.
    pub(super) fn when_new(self) -> Self {
        self.when(format!("attribute_not_exists(#{})", table::PARTITION))
    }

    /// Demands that the item exists.
    pub(super) fn when_stored(self) -> Self {
        self.when(format!("attribute_exists(#{})", table::PARTITION))
    }

    /// Demands that the item's version is still the one that was read; version zero means that there was no item.
    pub(super) fn when_version(self, version: u64) -> Self {
        if version == 0 {
            self.when_new()
        } else {
            self.when("#version = :version_read").number(":version_read", version)
        }
    }

    /// Returns the item if a condition does not hold.
    pub(super) fn showing_old(mut self) -> Self {
        self.shows_old = true;
        self
    }

    /// Counts once, however often it is sent: if the write was applied but its response was lost, the next attempt
    /// recognises it by its name.
    pub(super) fn once(mut self) -> Self {
        let name = write_name();
        match &mut self.action {
            Action::Put(item) => {
                item.insert(LAST_WRITE.to_owned(), AttributeValue::S(name.clone()));
            }
            Action::Update(_, sets) => *sets = format!("#{LAST_WRITE} = :{LAST_WRITE}, {sets}"),
            Action::Delete(_) | Action::Check(_) => return self,
        }
        self.once = Some(name.clone());
        let fresh = format!("attribute_not_exists(#{LAST_WRITE}) OR #{LAST_WRITE} <> :{LAST_WRITE}");
        self.when(fresh).value(&format!(":{LAST_WRITE}"), AttributeValue::S(name)).showing_old()
    }

    /// Leaves `version` alone: readers of the item need not know of this change.
    pub(super) fn uncounted(mut self) -> Self {
        self.counted = false;
        self
    }

    /// Sends the write at most so many times, even if its response is lost.
    pub(super) fn sent_at_most(mut self, times: u32) -> Self {
        self.sends = Some(times);
        self
    }

    /// Fills a placeholder.
    pub(super) fn value(mut self, placeholder: &str, value: AttributeValue) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    /// Fills a placeholder with a number.
    pub(super) fn number(self, placeholder: &str, number: u64) -> Self {
        self.value(placeholder, AttributeValue::N(number.to_string()))
    }

    /// Fills a placeholder with a moment, in milliseconds.
    pub(super) fn moment(self, placeholder: &str, moment: Moment) -> Self {
        self.number(placeholder, moment.millis())
    }

    /// Fills a placeholder with a string.
    pub(super) fn text(self, placeholder: &str, text: &str) -> Self {
        self.value(placeholder, AttributeValue::S(text.to_owned()))
    }

    /// Fills a placeholder with a boolean.
    pub(super) fn truth(self, placeholder: &str, truth: bool) -> Self {
        self.value(placeholder, AttributeValue::Bool(truth))
    }

    /// Fills a placeholder with a seed.
    pub(super) fn seed(self, placeholder: &str, seed: &Seed) -> Self {
        self.value(placeholder, AttributeValue::B(seed.as_bytes().to_vec().into()))
    }

    /// Fills a placeholder with a list of moments.
    pub(super) fn moments(self, placeholder: &str, moments: &[Moment]) -> Self {
        let moments = moments.iter().map(|moment| AttributeValue::N(moment.millis().to_string()));
        self.value(placeholder, AttributeValue::L(moments.collect()))
    }

    /// The write in the terms of a request.
    pub(super) fn parts(mut self) -> Parts {
        let condition = self.conditions.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" AND ");
        let condition = (!condition.is_empty()).then_some(condition);
        let update = match &self.action {
            Action::Update(_, sets) if self.counted => Some(format!("SET {sets} ADD #{} :one", table::VERSION)),
            Action::Update(_, sets) => Some(format!("SET {sets}")),
            Action::Put(_) | Action::Delete(_) | Action::Check(_) => None,
        };
        if update.as_deref().is_some_and(|update| update.contains(":one")) {
            self.values.insert(":one".to_owned(), AttributeValue::N("1".to_owned()));
        }
        let names = names(&[condition.as_deref().unwrap_or_default(), update.as_deref().unwrap_or_default()]);
        Parts {
            condition,
            update: update.unwrap_or_default(),
            names: (!names.is_empty()).then_some(names),
            values: (!self.values.is_empty()).then_some(self.values),
            on_refusal: if self.shows_old { OnRefusal::AllOld } else { OnRefusal::None },
            action: self.action,
            once: self.once,
            sends: self.sends,
        }
    }
}

/// A write in the terms of a request.
pub(super) struct Parts {
    pub(super) action: Action,
    pub(super) condition: Option<String>,
    pub(super) update: String,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<HashMap<String, AttributeValue>>,
    pub(super) on_refusal: OnRefusal,
    once: Option<String>,
    /// The most attempts at this write, if fewer than usual.
    pub(super) sends: Option<u32>,
}

impl Parts {
    /// Whether the write was refused only because this very write was already applied.
    pub(super) fn was_applied(&self, old: Option<&Item>) -> bool {
        let last = old.and_then(|item| item.get(LAST_WRITE)).and_then(|name| name.as_s().ok());
        self.once.is_some() && last == self.once.as_ref()
    }

    /// The write as an item of a transaction.
    pub(super) fn into_transaction(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let item = TransactWriteItem::builder();
        let (condition, names, values, on_refusal) = (self.condition, self.names, self.values, self.on_refusal);
        Ok(match self.action {
            Action::Put(new) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(new))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(on_refusal)
                    .build()?,
            ),
            Action::Update(key, _) => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_item(key)))
                    .update_expression(self.update)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(on_refusal)
                    .build()?,
            ),
            Action::Delete(key) => item.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key_item(key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(on_refusal)
                    .build()?,
            ),
            Action::Check(key) => item.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key_item(key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(on_refusal)
                    .build()?,
            ),
        }
        .build())
    }
}

/// A key as the two attributes that a request needs.
pub(super) fn key_item(key: Key) -> Item {
    Item::from([
        (table::PARTITION.to_owned(), AttributeValue::S(key.partition)),
        (table::SORT.to_owned(), AttributeValue::S(key.sort)),
    ])
}

/// The attribute names behind the `#` placeholders of expressions. Placeholders keep reserved words out of the way.
pub(super) fn names(expressions: &[&str]) -> HashMap<String, String> {
    let starts = expressions.iter().flat_map(|expression| expression.split('#').skip(1));
    let names = starts.filter_map(|rest| rest.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').next());
    names.map(|name| (format!("#{name}"), name.to_owned())).collect()
}

/// A unique name for one write or one transaction. It only decides whether two writes are the same one, so its random
/// source is not an argument of the store.
pub(super) fn write_name() -> String {
    BASE64URL_NOPAD.encode(&bytes::<WRITE_NAME_BYTES>(&SystemRandom))
}
