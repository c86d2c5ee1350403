//! What rows have in common: how they become items, and how an item that is none is refused.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value, to_item};
use shared::account::Destination;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::message::Channel;
use shared::ports::store::Stored;
use shared::random::Seed;
use shared::time::Moment;
use shared::unavailable::Unavailable;

use super::write::{Item, key_item};
use crate::table::{self, Key};

/// A row does not say what a row of its kind must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadRow;

impl From<BadRow> for Unavailable {
    fn from(_: BadRow) -> Self {
        Self::plain("a row cannot be read")
    }
}

/// Makes the item of a row: what it is, where it is, and that it is written for the first time unless
/// the row says otherwise.
pub(super) fn item(key: Key, kind: &str, row: &impl Serialize) -> Stored<Item> {
    let mut item: Item = to_item(row).map_err(|_| Unavailable::plain("a row cannot be written"))?;
    item.extend(key_item(key));
    item.insert(table::KIND.to_owned(), AttributeValue::S(kind.to_owned()));
    item.entry(table::VERSION.to_owned()).or_insert_with(|| AttributeValue::N("1".to_owned()));
    Ok(item)
}

/// Makes a part of an item.
pub(super) fn value(row: &impl Serialize) -> Stored<AttributeValue> {
    to_attribute_value(row).map_err(|_| Unavailable::plain("a row cannot be written"))
}

/// Reads a row and what it means.
pub(super) fn read<R, T>(item: Item) -> Stored<T>
where
    R: DeserializeOwned,
    T: TryFrom<R, Error = BadRow>,
{
    let row: R = from_item(item).map_err(|_| BadRow)?;
    Ok(T::try_from(row)?)
}

/// Reads a row where there is one.
pub(super) fn read_some<R, T>(item: Option<Item>) -> Stored<Option<T>>
where
    R: DeserializeOwned,
    T: TryFrom<R, Error = BadRow>,
{
    item.map(read::<R, T>).transpose()
}

/// Moments as a row keeps them.
pub(super) fn moments(kept: &[u64]) -> Vec<Moment> {
    kept.iter().copied().map(Moment::from_millis).collect()
}

/// A seed as a row keeps it: bytes, not a list of numbers.
pub(super) struct SeedRow(pub(super) Seed);

impl Serialize for SeedRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_bytes())
    }
}

impl<'de> Deserialize<'de> for SeedRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(SeedVisitor)
    }
}

struct SeedVisitor;

impl Visitor<'_> for SeedVisitor {
    type Value = SeedRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a seed of 32 bytes")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<SeedRow, E> {
        Seed::from_bytes(bytes).map(SeedRow).ok_or_else(|| E::custom("not a seed"))
    }
}

/// A destination as a row keeps it.
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

/// Leaves a contact out that a newer numbering plan no longer reads, and says so without the value.
pub(super) fn left_out(field: &'static str) {
    tracing::warn!(field, "a kept contact can no longer be read and is left out");
}

/// Reads a channel's name.
pub(super) fn channel(text: &str) -> Result<Channel, BadRow> {
    let all = [Channel::Sms, Channel::Call, Channel::Email];
    all.into_iter().find(|channel| channel.as_str() == text).ok_or(BadRow)
}
