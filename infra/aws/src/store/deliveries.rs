//! Delivery jobs, notices among them: leased by one worker at a time, completed once.
//!
//! A reset's row carries the delivery of its latest code; a challenge and a notice carry their own. A job is completed
//! by its number, so that a late write for an earlier job cannot reopen it.

use aws_sdk_dynamodb::types::AttributeValue;
use shared::account::search::IndexEntry;
use shared::policy::method::Gate;
use shared::ports::store::{Deliveries, DeliveryJob, Lease, Leased, Link, Stored};
use shared::random::{ChallengeId, NoticeId, ResetId};
use shared::records::audit::AuditRecord;
use shared::records::notice::NoticeOrder;
use shared::reset::challenge::Challenge;
use shared::reset::{Delivered, Reset};
use shared::time::{Date, Moment};

use super::DynamoStore;
use super::audit;
use super::notice;
use super::registration::ChallengeRow;
use super::request::{Refused, failed};
use super::reset_row::{AccountSnapshotRow, GATE_ONE, GATE_TWO, ResetRow};
use super::row::{read, value};
use super::write::{Item, Write, names};
use crate::table::{self, Key};

/// The number of the only job of a challenge or a notice.
const ONLY: u32 = 1;
/// No worker holds a lease on this job.
const FREE: &str = "attribute_not_exists(#delivery_lease) OR #delivery_lease <= :now OR #delivery_order < :order";
/// No newer job of the reset has replaced this one.
const LATEST: &str = "#issued.#order = :order";
/// The reset or the challenge has not expired.
const LIVE: &str = "#expires_at > :now";
/// The reset still waits at the gate that the job's code opens.
const AWAITED: &str =
    "(#stage = :gate_one AND #issued.#gate = :first) OR (#stage = :gate_two AND #issued.#gate = :second)";
/// Neither this job nor a later one is completed.
const OPEN: &str = "attribute_not_exists(#delivery_settled) OR #delivery_settled < :order";

impl Deliveries for DynamoStore {
    async fn lease_job(&self, job: &DeliveryJob, lease_until: Moment, now: Moment) -> Stored<Lease> {
        let write = Write::update(key(job), "#delivery_order = :order, #delivery_lease = :lease")
            .when(FREE)
            .when(OPEN)
            .number(":order", number(job).into())
            .moment(":lease", lease_until)
            .moment(":now", now);
        let write = match job {
            DeliveryJob::Code(..) => write.when(LATEST).when(LIVE),
            DeliveryJob::Challenge(_) => write.when(LIVE),
            // A notice has no expiry here: its worker gives it up, and it is never too late for the event that goes
            // with it.
            DeliveryJob::Notice { .. } => write.when("#finished = :no").truth(":no", false),
        };
        match self.write("a job cannot be leased", write.once()).await? {
            Ok(row) => Ok(match leased(job, row)? {
                // If the response to the lease got lost, a newer order may have come before the retry.
                Leased::Code(reset) if reset.issued.order != number(job) => Lease::Completed,
                leased => Lease::Taken(leased),
            }),
            Err(refused) => Ok(why(job, &refused, now)),
        }
    }

    async fn link_account(&self, link: &Link<'_>) -> Stored<bool> {
        let Link { reset, order, snapshot, sent_to, now } = *link;
        let marked = if sent_to.is_some() { ", #issued.#sent_to = :sent_to" } else { "" };
        let write = Write::update(Key::reset(reset), format!("#snapshot = :snapshot{marked}"))
            .when(LATEST)
            .when(LIVE)
            .when("attribute_not_exists(#snapshot) OR #snapshot.#account = :account")
            .number(":order", order.into())
            .moment(":now", now)
            .text(":account", snapshot.account.as_str())
            .value(":snapshot", value(&AccountSnapshotRow::from(snapshot))?);
        let write = match sent_to {
            Some(sent_to) => write
                .when(OPEN)
                .when(AWAITED)
                .text(":gate_one", GATE_ONE)
                .number(":first", Gate::One.number().into())
                .text(":gate_two", GATE_TWO)
                .number(":second", Gate::Two.number().into())
                .text(":sent_to", sent_to),
            None => write,
        };
        Ok(self.write("a reset cannot be linked to its account", write).await?.is_ok())
    }

    async fn complete_job(&self, job: &DeliveryJob, outcome: Delivered, record: Option<&AuditRecord>) -> Stored<()> {
        const WHAT: &str = "a job cannot be completed";
        let write = match job {
            DeliveryJob::Code(reset, number) => completed_code(reset, *number, outcome),
            DeliveryJob::Challenge(challenge) => completed_challenge(challenge),
            DeliveryJob::Notice { day, id } => completed_notice(*day, id),
        };
        match record {
            Some(record) => self.decide(WHAT, vec![write, audit::stored(record)?], 1).await.map(|_| ()),
            None => self.write(WHAT, write).await.map(|_| ()),
        }
    }

    async fn release_job(&self, job: &DeliveryJob) -> Stored<()> {
        let write = Write::update(key(job), "#delivery_order = :order")
            .removing("#delivery_lease")
            .when("#delivery_order = :order")
            .number(":order", number(job).into());
        self.write("a job cannot be released", write).await.map(|_| ())
    }

    /// One query for the notices from `first` on, another for those before it if the first found too few, and one more
    /// for each full response (1 MB) that holds too few unfinished notices.
    async fn pending_notices(&self, day: Date, first: &NoticeId, limit: usize) -> Stored<Vec<NoticeOrder>> {
        let first = Key::notice(day, first);
        let mut pending = self.read_part("#pk = :day AND #sk >= :first", &first, limit).await?;
        if pending.len() < limit {
            let rest = limit - pending.len();
            pending.extend(self.read_part("#pk = :day AND #sk < :first", &first, rest).await?);
        }
        Ok(pending)
    }

    async fn order_confirmation(&self, entry: &IndexEntry, order: &NoticeOrder) -> Stored<bool> {
        let waiting = Write::delete(Key::index(entry.index, &entry.place)).when_stored();
        let writes = vec![waiting, notice::ordered(order)?];
        Ok(self.transact("a confirmation cannot be asked for", writes).await?.is_ok())
    }

    async fn put_notice(&self, notice: &NoticeOrder) -> Stored<()> {
        let write = Write::update(Key::notice(notice.day(), &notice.id), "#done = :done")
            .removing("#delivery_lease")
            .when("#finished = :no")
            .truth(":no", false)
            .value(":done", value(&notice.done)?);
        self.write("a notice cannot be stored", write).await.map(|_| ())
    }
}

impl DynamoStore {
    async fn read_part(&self, condition: &str, first: &Key, limit: usize) -> Stored<Vec<NoticeOrder>> {
        const WHAT: &str = "notices cannot be read";
        let filter = "#finished = :no";
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression(condition)
            .filter_expression(filter)
            .set_expression_attribute_names(Some(names(&[condition, filter])))
            .expression_attribute_values(":day", AttributeValue::S(first.partition.clone()))
            .expression_attribute_values(":first", AttributeValue::S(first.sort.clone()))
            .expression_attribute_values(":no", AttributeValue::Bool(false));
        let mut pending = Vec::new();
        let mut next = None;
        while pending.len() < limit {
            let page = Box::pin(query.clone().set_exclusive_start_key(next).send())
                .await
                .map_err(|error| failed(WHAT, &error))?;
            for item in page.items.unwrap_or_default().into_iter().take(limit - pending.len()) {
                match read(item) {
                    Ok(notice) => pending.push(notice),
                    // A notice that can never be sent must not hold up the others.
                    Err(_) => tracing::error!("a notice cannot be read and is left out"),
                }
            }
            next = page.last_evaluated_key;
            if next.is_none() {
                break;
            }
        }
        Ok(pending)
    }
}

/// Records the outcome of a reset's latest job. A dropped job restores the mark that the code had before it.
fn completed_code(reset: &ResetId, order: u32, outcome: Delivered) -> Write {
    let also = match outcome {
        Delivered::Sent | Delivered::Unknown => "",
        Delivered::Dropped(_) => "#issued.#sent_to = if_not_exists(#sent_before, :none), ",
    };
    let write = completed(Key::reset(reset), also).when(LATEST).number(":order", order.into());
    if also.is_empty() { write } else { write.value(":none", AttributeValue::Null(true)) }
}

fn completed_challenge(challenge: &ChallengeId) -> Write {
    completed(Key::challenge(challenge), "").when_stored().number(":order", ONLY.into())
}

fn completed_notice(day: Date, id: &NoticeId) -> Write {
    let write = completed(Key::notice(day, id), "#finished = :yes, ").when_stored();
    write.truth(":yes", true).number(":order", ONLY.into())
}

fn completed(key: Key, also: &str) -> Write {
    Write::update(key, format!("{also}#delivery_settled = :order")).removing("#delivery_lease").when(OPEN)
}

/// What a job is about, read from its row.
fn leased(job: &DeliveryJob, row: Item) -> Stored<Leased> {
    Ok(match job {
        DeliveryJob::Code(..) => Leased::Code(Box::new(Reset::try_from(read::<ResetRow>(row)?)?)),
        DeliveryJob::Challenge(_) => Leased::Challenge(Box::new(Challenge::try_from(read::<ChallengeRow>(row)?)?)),
        DeliveryJob::Notice { .. } => Leased::Notice(Box::new(read(row)?)),
    })
}

fn key(job: &DeliveryJob) -> Key {
    match job {
        DeliveryJob::Code(reset, _) => Key::reset(reset),
        DeliveryJob::Challenge(challenge) => Key::challenge(challenge),
        DeliveryJob::Notice { day, id } => Key::notice(*day, id),
    }
}

fn number(job: &DeliveryJob) -> u32 {
    match job {
        DeliveryJob::Code(_, number) => *number,
        DeliveryJob::Challenge(_) | DeliveryJob::Notice { .. } => ONLY,
    }
}

/// Why a job could not be leased, read from the row that refused the write.
fn why(job: &DeliveryJob, refused: &Refused, now: Moment) -> Lease {
    let Some(row) = &refused.item else { return Lease::Completed };
    let order_number = u64::from(number(job));
    let completed = at(row, "delivery_settled").is_some_and(|completed| completed >= order_number);
    let over = at(row, table::EXPIRES_AT).is_none_or(|expires_at| expires_at <= now.millis());
    let issued = || row.get("issued").and_then(|issued| issued.as_m().ok()).and_then(|issued| at(issued, "order"));
    let finished = || row.get("finished").and_then(|finished| finished.as_bool().ok()) != Some(&false);
    let closed = match job {
        DeliveryJob::Code(..) => over || issued() != Some(order_number),
        DeliveryJob::Challenge(_) => over,
        DeliveryJob::Notice { .. } => finished(),
    };
    if completed || closed { Lease::Completed } else { Lease::Held }
}

fn at(row: &Item, name: &str) -> Option<u64> {
    row.get(name).and_then(|value: &AttributeValue| value.as_n().ok()).and_then(|number| number.parse().ok())
}
