//! What rows have in common: how they become items, and how an invalid item is refused.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value, to_item};
use shared::account::Destination;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::ports::store::Stored;
use shared::random::AccountId;
use shared::time::Moment;
use shared::unavailable::Unavailable;

use super::write::{Item, key_item};
use crate::table::{self, Key, deleted_after};

/// An item that is not a valid row of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadRow;

impl From<BadRow> for Unavailable {
    fn from(_: BadRow) -> Self {
        Self::plain("a row cannot be read")
    }
}

/// Makes a row's item, with its key and its kind. Its version is 1 unless the row says otherwise. A field without a
/// value gets no attribute.
pub(super) fn item(key: Key, kind: &str, row: &impl Serialize) -> Stored<Item> {
    let mut item: Item = to_item(row).map_err(|_| Unavailable::plain("a row cannot be written"))?;
    item.retain(|_, value| !value.is_null());
    item.extend(key_item(key));
    item.insert(table::KIND.to_owned(), AttributeValue::S(kind.to_owned()));
    item.entry(table::VERSION.to_owned()).or_insert_with(|| AttributeValue::N("1".to_owned()));
    Ok(item)
}

/// Makes the item of a row that counts until `expires_at`; the table deletes it some time later.
pub(super) fn expiring(key: Key, kind: &str, row: &impl Serialize, expires_at: Moment) -> Stored<Item> {
    let mut item = item(key, kind, row)?;
    item.insert(table::EXPIRES_AT.to_owned(), AttributeValue::N(expires_at.millis().to_string()));
    item.insert(table::TTL.to_owned(), AttributeValue::N(deleted_after(expires_at).to_string()));
    Ok(item)
}

/// Makes the value of an attribute.
pub(super) fn value(row: &impl Serialize) -> Stored<AttributeValue> {
    to_attribute_value(row).map_err(|_| Unavailable::plain("a row cannot be written"))
}

/// Reads a row.
pub(super) fn read<R: DeserializeOwned>(item: Item) -> Stored<R> {
    Ok(from_item(item).map_err(|_| BadRow)?)
}

/// Reads a row, if there is one.
pub(super) fn read_some<R: DeserializeOwned>(item: Option<Item>) -> Stored<Option<R>> {
    item.map(read).transpose()
}

/// A row that needs nothing but its key and its expiry.
#[derive(Serialize)]
pub(super) struct Empty {}

/// A row that points to an account.
#[derive(Serialize, Deserialize)]
pub(super) struct Bearer {
    pub(super) account: AccountId,
}

/// A destination as a row stores it.
#[derive(Serialize, Deserialize)]
pub(super) struct DestinationRow {
    kind: DestinationKind,
    value: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum DestinationKind {
    Phone,
    Email,
}

impl From<&Destination> for DestinationRow {
    fn from(destination: &Destination) -> Self {
        match destination {
            Destination::Phone(phone) => Self { kind: DestinationKind::Phone, value: phone.written() },
            Destination::Email(address) => Self { kind: DestinationKind::Email, value: address.as_str().to_owned() },
        }
    }
}

impl TryFrom<DestinationRow> for Destination {
    type Error = BadRow;

    fn try_from(row: DestinationRow) -> Result<Self, BadRow> {
        match row.kind {
            DestinationKind::Phone => Phone::parse(&row.value).map(Self::Phone).map_err(|_| BadRow),
            DestinationKind::Email => EmailAddress::parse(&row.value).map(Self::Email).map_err(|_| BadRow),
        }
    }
}

/// Logs, without the value, that a contact is left out because a newer numbering plan no longer accepts it.
pub(super) fn left_out(field: &'static str) {
    tracing::warn!(field, "a stored contact is no longer valid and is left out");
}
