//! Rings of guesses, and the long codes that are kept beside the first of them.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use shared::account::Owner;
use shared::limits::guesses::{Budget, LONG_WINDOW_DAYS, Ring, RingState};
use shared::policy::method::Gate;
use shared::ports::store::{LongIssues, Proof, Stored};
use shared::random::ResetId;
use shared::reset::{LONG_CODE_HOURS, LongIssue};
use shared::time::{DAY, HOUR, Moment};

use super::DynamoStore;
use super::request::failed;
use super::row::{BadRow, SeedRow, item, moments, read, read_some};
use super::write::{Item, Write, names};
use super::{audit, idempotency};
use crate::table::{self, Key, deleted_after};

/// Entries forgotten by one write: more than a ring ever has beyond what it keeps, in an expression far
/// below the 4 KB that one may have.
const MOST_TRIMMED: usize = 50;
/// The item's kind.
const KIND: &str = "ring";
/// A void moment that leaves what began at `:began` alive.
pub(super) const ALIVE: &str = "attribute_not_exists(#void_before) OR #void_before < :began";

#[derive(Deserialize)]
struct RingRow {
    #[serde(default)]
    attempts: Vec<u64>,
    void_before: Option<u64>,
    completion_1: Option<u64>,
    completion_2: Option<u64>,
    completion_3: Option<u64>,
    completion_4: Option<u64>,
    completion_5: Option<u64>,
}

impl TryFrom<RingRow> for RingState {
    type Error = BadRow;

    fn try_from(row: RingRow) -> Result<Self, BadRow> {
        let completions = [row.completion_1, row.completion_2, row.completion_3, row.completion_4, row.completion_5];
        Ok(Self {
            attempts: moments(&row.attempts),
            void_before: row.void_before.map(Moment::from_millis),
            // Zero stands where there was nothing to move down.
            completions: completions.into_iter().flatten().filter(|at| *at > 0).map(Moment::from_millis).collect(),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct LongRow {
    reset: String,
    gate: u8,
    seed: SeedRow,
    code_key: u32,
    destination: String,
    made_at: u64,
    expires_at: u64,
    ttl: u64,
    used: bool,
}

impl From<&LongIssue> for LongRow {
    fn from(issue: &LongIssue) -> Self {
        let expires_at = issue.made_at.plus(LONG_CODE_HOURS * HOUR);
        Self {
            reset: issue.reset.as_str().to_owned(),
            gate: issue.gate.number(),
            seed: SeedRow(issue.seed.clone()),
            code_key: issue.code_key,
            destination: issue.destination.clone(),
            made_at: issue.made_at.millis(),
            expires_at: expires_at.millis(),
            ttl: deleted_after(expires_at),
            used: false,
        }
    }
}

/// A long code, unless it was used.
struct Unused(Option<LongIssue>);

impl TryFrom<LongRow> for Unused {
    type Error = BadRow;

    fn try_from(row: LongRow) -> Result<Self, BadRow> {
        let issue = LongIssue {
            reset: ResetId::parse(&row.reset).ok_or(BadRow)?,
            gate: Gate::parse(row.gate).ok_or(BadRow)?,
            seed: row.seed.0,
            code_key: row.code_key,
            destination: row.destination,
            made_at: Moment::from_millis(row.made_at),
        };
        Ok(Self((!row.used).then_some(issue)))
    }
}

impl DynamoStore {
    pub(super) async fn spend_guess(
        &self,
        ring: &Ring,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> Stored<Option<RingState>> {
        let (Some(day), Some(long)) = (oldest(budget.per_day), oldest(budget.per_30_days)) else { return Ok(None) };
        let write = touched(ring, "#attempts = list_append(:guess, if_not_exists(#attempts, :none))", now)
            .when(format!("attribute_not_exists({day}) OR {day} <= :day_ago"))
            .when(format!("attribute_not_exists({long}) OR {long} <= :long_ago"))
            .when(ALIVE)
            .moments(":guess", &[now])
            .moments(":none", &[])
            .moment(":day_ago", now.minus(DAY))
            .moment(":long_ago", now.minus(LONG_WINDOW_DAYS * DAY))
            .moment(":began", began_at)
            .once();
        let charged = self.write("a guess cannot be charged to a ring", write).await?;
        charged.ok().map(read::<RingRow, _>).transpose()
    }

    pub(super) async fn forget_guesses(&self, ring: &Ring, keep: usize) -> Stored<()> {
        let entries = (keep..keep.saturating_add(MOST_TRIMMED)).map(|at| format!("#attempts[{at}]"));
        let write = Write::update(Key::ring(ring), "#kind = :kind")
            .removing(&entries.collect::<Vec<_>>().join(", "))
            .when(format!("attribute_exists(#attempts[{keep}])"))
            .text(":kind", KIND);
        self.write("a ring cannot be trimmed", write).await.map(|_| ())
    }

    pub(super) async fn read_ring(&self, ring: &Ring) -> Stored<RingState> {
        let kept = self.get("a ring cannot be read", Key::ring(ring)).await?;
        Ok(read_some::<RingRow, _>(kept)?.unwrap_or_default())
    }

    /// One query, the ring first: were there ever more long codes than one answer holds, the void moment
    /// would still be in it.
    pub(super) async fn read_long_issues(&self, owner: &Owner) -> Stored<LongIssues> {
        const WHAT: &str = "long codes cannot be read";
        let condition = "#pk = :owner AND #sk BETWEEN :from AND :to";
        let (from, to) = Key::long_range();
        let query = self.client.query().table_name(&self.table).consistent_read(true).scan_index_forward(false);
        let query = query
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names(&[condition])))
            .expression_attribute_values(":owner", AttributeValue::S(Key::owner(owner)))
            .expression_attribute_values(":from", AttributeValue::S(from))
            .expression_attribute_values(":to", AttributeValue::S(to));
        let found = Box::pin(query.send()).await.map_err(|error| failed(WHAT, &error))?;
        let mut long = LongIssues::default();
        for item in found.items.unwrap_or_default() {
            if is_ring(&item) {
                long.void_before = read::<RingRow, RingState>(item)?.void_before;
            } else {
                long.issues.extend(read::<LongRow, Unused>(item)?.0);
            }
        }
        Ok(long)
    }

    /// Keeps the code under the name of its issue, once: a message sent again makes no code younger, and
    /// none unused.
    pub(super) async fn keep_long(&self, owner: &Owner, issue: &LongIssue) -> Stored<()> {
        let write = Write::put(item(Key::long(owner, issue), "long", &LongRow::from(issue))?).when_new();
        self.write("a long code cannot be kept", write).await.map(|_| ())
    }

    pub(super) async fn prove_with_long(&self, proof: &Proof<'_>, owner: &Owner, issue: &LongIssue) -> Stored<bool> {
        let code = Write::update(Key::long(owner, issue), "#used = :yes")
            .when("#used = :no AND #expires_at > :now AND #gate = :gate AND #seed = :seed")
            .truth(":yes", true)
            .truth(":no", false)
            .moment(":now", proof.now)
            .number(":gate", issue.gate.number().into())
            .seed(":seed", &issue.seed);
        // What voids the older of the two, code and reset, voids the proof.
        let began = issue.made_at.min(proof.reset.began_at);
        let ring = Write::check(Key::ring(&Ring::Account(owner.clone()))).when(ALIVE).moment(":began", began);
        let mut writes = vec![super::reset::moved(proof)?, code, ring, audit::kept(proof.record)?];
        writes.extend(idempotency::answered(proof.answered)?);
        self.decide("a proof by long code cannot be written", writes, 3).await
    }
}

/// Changes a ring, which the table keeps while its youngest entry may count.
pub(super) fn touched(ring: &Ring, sets: &str, now: Moment) -> Write {
    Write::update(Key::ring(ring), format!("{sets}, #kind = :kind, #ttl = :ttl"))
        .text(":kind", KIND)
        .number(":ttl", deleted_after(now.plus(LONG_WINDOW_DAYS * DAY)))
}

/// Voids everything of an owner that began up to a moment, where a later moment does not already.
pub(super) fn voided(owner: &Owner, before: Moment) -> Write {
    touched(&Ring::Account(owner.clone()), "#void_before = :void", before)
        .when("attribute_not_exists(#void_before) OR #void_before <= :void")
        .moment(":void", before)
}

/// Demands that everything of an owner that began up to a moment is void already.
pub(super) fn void_already(owner: &Owner, before: Moment) -> Write {
    Write::check(Key::ring(&Ring::Account(owner.clone()))).when("#void_before > :void").moment(":void", before)
}

/// Forgets the guesses of a ring.
pub(super) fn cleared(ring: &Ring, now: Moment) -> Write {
    touched(ring, "#attempts = :none", now).moments(":none", &[])
}

/// The entry that must be old enough for one more guess to fit; none where none ever fits.
fn oldest(count: u32) -> Option<String> {
    Some(format!("#attempts[{}]", count.checked_sub(1)?))
}

fn is_ring(item: &Item) -> bool {
    item.get(table::SORT).and_then(|sort| sort.as_s().ok()).is_some_and(|sort| Key::is_ring(sort))
}
