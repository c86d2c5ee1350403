//! Messages counted, and money reserved for them.

use serde::{Deserialize, Serialize};
use shared::limits::messages::{Send, Sends};
use shared::money::Money;
use shared::ports::store::Stored;
use shared::time::{DAY, Moment};

use super::DynamoStore;
use super::row::{BadRow, channel, read_some, value};
use super::write::Write;
use crate::table::{Key, deleted_after};

#[derive(Deserialize)]
struct SendsRow {
    #[serde(default)]
    counted: Vec<SendRow>,
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct SendRow {
    order: String,
    at: u64,
    channel: String,
    source: String,
    extra: bool,
    /// Absent in rows that were written before this was kept.
    #[serde(default)]
    given_back: bool,
}

impl From<&Send> for SendRow {
    fn from(send: &Send) -> Self {
        Self {
            order: send.order.clone(),
            at: send.at.millis(),
            channel: send.channel.as_str().to_owned(),
            source: send.source.clone(),
            extra: send.extra,
            given_back: send.given_back,
        }
    }
}

impl TryFrom<SendRow> for Send {
    type Error = BadRow;

    fn try_from(row: SendRow) -> Result<Self, BadRow> {
        Ok(Self {
            order: row.order,
            at: Moment::from_millis(row.at),
            channel: channel(&row.channel)?,
            source: row.source,
            extra: row.extra,
            given_back: row.given_back,
        })
    }
}

impl TryFrom<SendsRow> for Sends {
    type Error = BadRow;

    fn try_from(row: SendsRow) -> Result<Self, BadRow> {
        let counted = row.counted.into_iter().map(Send::try_from).collect::<Result<_, _>>()?;
        Ok(Self { counted, version: row.version })
    }
}

impl DynamoStore {
    pub(super) async fn read_sends(&self, key: &str) -> Stored<Sends> {
        let kept = self.get("counted messages cannot be read", Key::sends(key)).await?;
        Ok(read_some::<SendsRow, _>(kept)?.unwrap_or_default())
    }

    pub(super) async fn replace_sends(&self, key: &str, sends: &Sends) -> Stored<bool> {
        let counted: Vec<SendRow> = sends.counted.iter().map(SendRow::from).collect();
        let sets = "#counted = :counted, #kind = :kind";
        // No window is longer than a day. Without a message the row ends when it would have ended.
        let end = sends.counted.iter().map(|send| send.at).max().map(|youngest| youngest.plus(DAY));
        let write = match end {
            Some(end) => Write::update(Key::sends(key), format!("{sets}, #expires_at = :end, #ttl = :ttl"))
                .moment(":end", end)
                .number(":ttl", deleted_after(end)),
            None => Write::update(Key::sends(key), sets),
        };
        let write = write.value(":counted", value(&counted)?).text(":kind", "sends").when_version(sends.version).once();
        Ok(self.write("a message cannot be counted", write).await?.is_ok())
    }

    pub(super) async fn reserve(&self, day: &str, key: &str, amount: Money, cap: Money) -> Stored<bool> {
        let Some(room) = cap.micros().checked_sub(amount.micros()) else { return Ok(false) };
        let sets = "#spent = if_not_exists(#spent, :zero) + :amount, #kind = :kind";
        let write = match day_end(day) {
            Some(end) => Write::update(Key::spend(day, key), format!("{sets}, #expires_at = :end, #ttl = :ttl"))
                .moment(":end", end)
                .number(":ttl", deleted_after(end)),
            None => Write::update(Key::spend(day, key), sets),
        };
        let write = write
            .when("attribute_not_exists(#spent) OR #spent <= :room")
            .number(":zero", 0)
            .number(":amount", amount.micros())
            .number(":room", room)
            .text(":kind", "spend")
            .once();
        Ok(self.write("money cannot be reserved", write).await?.is_ok())
    }

    /// Sent once: what was given back twice would be spent beyond the cap, what is not given back is not.
    ///
    /// One request, and one more where more is given back than was reserved: nothing is left then.
    pub(super) async fn give_back(&self, day: &str, key: &str, amount: Money) -> Stored<()> {
        const WHAT: &str = "money cannot be given back";
        let write =
            |sets: &str| Write::update(Key::spend(day, key), sets).number(":amount", amount.micros()).sent_at_most(1);
        let less = write("#spent = #spent - :amount").when("#spent >= :amount");
        if self.write(WHAT, less).await?.is_err() {
            let none = write("#spent = :none").when("#spent < :amount").number(":none", 0);
            self.write(WHAT, none).await?.ok();
        }
        Ok(())
    }
}

/// The end of a UTC day written as `2026-11-21`; `None` for anything else.
fn day_end(day: &str) -> Option<Moment> {
    let mut parts = day.split('-');
    let mut next = || parts.next()?.parse::<u64>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from 1970-01-01 in the proleptic Gregorian calendar, with years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some(Moment::from_seconds((days.checked_sub(719_468)? + 1) * DAY))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_the_next_begins() {
        for text in ["1970-01-01", "2000-02-29", "2026-11-21", "2026-12-31", "2100-02-28", "2100-03-01"] {
            let end = day_end(text).unwrap();
            assert_eq!(Moment::from_millis(end.millis() - 1).day(), text);
            assert_ne!(end.day(), text);
        }
        for text in ["", "2026", "2026-13-01", "x-1-1", "1969-12-31", "2026-00-10"] {
            assert_eq!(day_end(text), None, "{text}");
        }
    }
}
