//! Resets: begun, charged, proved, and linked to an account; their long codes, which are stored with an owner.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use shared::account::Owner;
use shared::limits::guesses::GuessLog;
use shared::limits::source::SourceLimit;
use shared::policy::method::Gate;
use shared::ports::idempotency::KeyedResponse;
use shared::ports::store::{BeginOutcome, IssuedLongCodes, Proof, RequestCount, Resets, Stored, StoredPolicy};
use shared::random::ResetId;
use shared::reset::{IssuedCode, IssuedLongCode, LONG_CODE_HOURS, MAX_REQUESTS, REQUEST_WINDOW_SECONDS, Reset, Stage};
use shared::time::{HOUR, Moment};
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::guess_log::{ALIVE, GuessLogRow};
use super::request::{Refused, failed};
use super::reset_row::{RequestWindow, ResetRow, stage_name};
use super::row::{Empty, expiring, read, read_some, value};
use super::settings::PolicyRow;
use super::write::{Item, Write, names};
use super::{audit, idempotency};
use crate::table::{self, Key, deleted_after};

/// How often a request is counted again because others opened a window, and filled it, in between. A window lasts a
/// minute, so the second attempt decides; the third is for a clock that jumps.
const MAX_WINDOWS: usize = 3;

/// A long code, and whether it was used.
#[derive(Serialize, Deserialize)]
struct LongRow {
    #[serde(flatten)]
    issued: IssuedLongCode,
    used: bool,
}

impl Resets for DynamoStore {
    async fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        answered: Option<KeyedResponse<'_>>,
        now: Moment,
    ) -> Stored<BeginOutcome> {
        let new = expiring(Key::reset(&reset.id), "reset", &ResetRow::from(reset), reset.expires_at)?;
        let mut writes = vec![Write::put(new).when_new()];
        writes.extend(limits.iter().map(|limit| count(limit, now)));
        let stored = writes.len();
        writes.extend(answered.as_ref().map(|answered| idempotency::response(answered, now)).transpose()?);
        let Err(mut cancelled) = self.transact("a reset cannot be begun", writes).await? else {
            return Ok(BeginOutcome::Begun);
        };
        // A repeated request gets its stored response, however many resets its network has begun since.
        if let (Some(answered), Some(refused)) = (&answered, cancelled.take(stored)) {
            return Ok(BeginOutcome::Reserved(idempotency::found(answered.reservation, refused)?));
        }
        let reachable = limits.iter().enumerate().filter(|(at, _)| cancelled.refused(at + 1));
        let until = reachable.map(|(_, limit)| limit.ends(now)).max();
        until.map(|until| BeginOutcome::Limited { until }).ok_or_else(|| Unavailable::plain("a reset's name is taken"))
    }

    async fn reset(&self, id: &ResetId) -> Stored<Option<Reset>> {
        let stored = self.get("a reset cannot be read", Key::reset(id)).await?;
        Ok(read_some::<ResetRow>(stored)?.map(Reset::try_from).transpose()?)
    }

    /// One batch; a further one for an item that it left unread.
    async fn reset_and_policy(&self, id: &ResetId) -> Stored<(Option<Reset>, StoredPolicy)> {
        let (mut reset, mut policy) = (None, self.first_policy());
        let keys = [Key::reset(id), Key::policy()];
        for item in self.get_all("a reset and the policy cannot be read", keys.into_iter()).await? {
            if is_policy(&item) {
                policy = read::<PolicyRow>(item)?.try_into()?;
            } else {
                reset = Some(read::<ResetRow>(item)?.try_into()?);
            }
        }
        Ok((reset, policy))
    }

    async fn reissue(&self, seen: &Reset, issued: &IssuedCode) -> Stored<bool> {
        if seen.open_gate().is_none() {
            return Ok(false);
        }
        let order = expiring(Key::order(&seen.id, issued.order), "order", &Empty {}, issued.expires_at)?;
        let reset = match &issued.sent_to {
            Some(sent_to) => Write::update(Key::reset(&seen.id), "#issued = :issued, #sent_before = :sent_before")
                .text(":sent_before", sent_to),
            None => Write::update(Key::reset(&seen.id), "#issued = :issued").removing("#sent_before"),
        };
        let reset = as_read(reset, &seen.stage)
            .when("#issued = :issued_read AND #expires_at > :ordered_at")
            .value(":issued", value(issued)?)
            .value(":issued_read", value(&seen.issued)?)
            .moment(":ordered_at", issued.ordered_at);
        Ok(self.transact("a code cannot be ordered", vec![reset, Write::put(order).when_new()]).await?.is_ok())
    }

    async fn count_request(&self, id: &ResetId, now: Moment) -> Stored<RequestCount> {
        self.count("a request to a reset cannot be counted", id, "", now).await
    }

    async fn charge_reset(&self, id: &ResetId, now: Moment) -> Stored<RequestCount> {
        let charge = "#issued.#tries = #issued.#tries + :one, ";
        self.count("a guess cannot be charged to a reset", id, charge, now).await
    }

    async fn prove(&self, proof: &Proof<'_>) -> Stored<bool> {
        let Some(gate) = proof.reset.open_gate() else { return Ok(false) };
        // The code issued for gate one stays in the row while gate two waits for its own: `gate` tells them apart.
        let write = moved(proof)?
            .when("#issued.#seed = :seed AND #issued.#gate = :gate AND #issued.#expires_at > :now")
            .seed(":seed", &proof.reset.issued.seed)
            .number(":gate", gate.number().into());
        let mut writes = vec![write, audit::stored(proof.record)?];
        writes.extend(idempotency::reserved_response(proof.answered.as_ref())?);
        self.decide("a proof cannot be written", writes, 1).await
    }

    async fn prove_answers(&self, proof: &Proof<'_>) -> Stored<bool> {
        if proof.reset.open_gate() != Some(Gate::Two) {
            return Ok(false);
        }
        let mut writes = vec![moved(proof)?, audit::stored(proof.record)?];
        writes.extend(idempotency::reserved_response(proof.answered.as_ref())?);
        self.decide("a proof by answers cannot be written", writes, 1).await
    }

    async fn prove_long(&self, proof: &Proof<'_>, owner: &Owner, issued: &IssuedLongCode) -> Stored<bool> {
        let code = Write::update(Key::long(owner, issued), "#used = :yes")
            .when("#used = :no AND #expires_at > :now AND #gate = :gate AND #seed = :seed")
            .truth(":yes", true)
            .truth(":no", false)
            .moment(":now", proof.now)
            .number(":gate", issued.gate.number().into())
            .seed(":seed", &issued.seed);
        // A revocation of the older of the two, code or reset, revokes the proof.
        let began = issued.made_at.min(proof.reset.began_at);
        let guess_log =
            Write::check(Key::guess_log(&GuessLog::Account(owner.clone()))).when(ALIVE).moment(":began", began);
        let mut writes = vec![moved(proof)?, code, guess_log, audit::stored(proof.record)?];
        writes.extend(idempotency::reserved_response(proof.answered.as_ref())?);
        self.decide("a proof by long code cannot be written", writes, 3).await
    }

    /// One query, the guess log first: even if there were more long codes than one response holds, it would contain
    /// `revoked_before`.
    async fn issued_long_codes(&self, owner: &Owner) -> Stored<IssuedLongCodes> {
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
        let mut long = IssuedLongCodes::default();
        for item in found.items.unwrap_or_default() {
            if is_guess_log(&item) {
                long.revoked_before = read::<GuessLogRow>(item)?.revoked_before;
            } else {
                let LongRow { issued, used } = read(item)?;
                long.issued.extend((!used).then_some(issued));
            }
        }
        Ok(long)
    }

    /// Stores the code once, under the name of its issue: sending the message again makes a code neither younger nor
    /// unused.
    async fn store_long_code(&self, owner: &Owner, issued: &IssuedLongCode) -> Stored<()> {
        let (row, end) = (LongRow { issued: issued.clone(), used: false }, issued.made_at.plus(LONG_CODE_HOURS * HOUR));
        let write = Write::put(expiring(Key::long(owner, issued), "long", &row, end)?).when_new();
        self.write("a long code cannot be stored", write).await.map(|_| ())
    }
}

impl DynamoStore {
    /// Counts a request to a live reset, and sets `also` with it.
    async fn count(&self, what: &'static str, id: &ResetId, also: &str, now: Moment) -> Stored<RequestCount> {
        for _ in 0..MAX_WINDOWS {
            let sets = format!("{also}#requests = #requests + :one");
            let write = counted(id, sets, now)
                .when("#requests_until > :now AND #requests < :most")
                .number(":most", MAX_REQUESTS.into());
            let window = match self.write(what, write).await? {
                Ok(reset) => return found(reset),
                Err(Refused { item: None }) => return Ok(RequestCount::NoReset),
                Err(Refused { item: Some(item) }) => read::<RequestWindow>(item)?,
            };
            if window.expires_at <= now {
                return Ok(RequestCount::NoReset);
            }
            if let Some(until) = window.requests_until.filter(|until| *until > now) {
                return Ok(RequestCount::Limited { until });
            }
            let sets = format!("{also}#requests = :one, #requests_until = :until");
            let write = counted(id, sets, now)
                .when("attribute_not_exists(#requests_until) OR #requests_until <= :now")
                .moment(":until", now.plus(REQUEST_WINDOW_SECONDS));
            if let Ok(reset) = self.write(what, write).await? {
                return found(reset);
            }
        }
        Err(Unavailable::plain(what))
    }
}

/// A change to a reset that is not over, made once.
fn counted(id: &ResetId, sets: String, now: Moment) -> Write {
    Write::update(Key::reset(id), sets).when("#expires_at > :now").moment(":now", now).once()
}

fn found(reset: Item) -> Stored<RequestCount> {
    Ok(RequestCount::Counted(Box::new(read::<ResetRow>(reset)?.try_into()?)))
}

/// Moves a reset to its next stage, if its stage is unchanged since it was read.
fn moved(proof: &Proof<'_>) -> Stored<Write> {
    let key = Key::reset(&proof.reset.id);
    let write = match &proof.next {
        Stage::Proving { passed: Some(passed) } => {
            Write::update(key, "#stage = :stage, #passed = :passed").value(":passed", value(passed)?)
        }
        Stage::Granted(grant) => {
            Write::update(key, "#stage = :stage, #grant = :grant").removing("#passed").value(":grant", value(grant)?)
        }
        Stage::Proving { passed: None } | Stage::Completed => Write::update(key, "#stage = :stage"),
    };
    let write = write.when("#expires_at > :now").text(":stage", stage_name(&proof.next)).moment(":now", proof.now);
    Ok(as_read(write, &proof.reset.stage))
}

/// Demands that a reset's stage is still the one that was read, including the gate that was passed.
fn as_read(write: Write, stage: &Stage) -> Write {
    let write = write.when("#stage = :stage_read").text(":stage_read", stage_name(stage));
    match stage {
        Stage::Proving { passed: Some(passed) } => {
            write.when("#passed.#seed = :passed_seed").seed(":passed_seed", &passed.seed)
        }
        Stage::Granted(grant) => write.when("#grant.#seed = :grant_seed").seed(":grant_seed", &grant.seed),
        Stage::Proving { passed: None } | Stage::Completed => write,
    }
}

/// Counts a reset against a source network's window.
pub(super) fn count(limit: &SourceLimit, now: Moment) -> Write {
    let ends = limit.ends(now);
    let sets = "#count = if_not_exists(#count, :zero) + :one, #kind = :kind, #expires_at = :ends, #ttl = :ttl";
    Write::update(Key::limit(&limit.key, limit.limit.seconds, limit.window(now)), sets)
        .when("attribute_not_exists(#count) OR #count < :most")
        .number(":zero", 0)
        .number(":most", limit.limit.count.into())
        .text(":kind", "limit")
        .moment(":ends", ends)
        .number(":ttl", deleted_after(ends))
}

fn is_policy(item: &Item) -> bool {
    item.get(table::PARTITION).and_then(|partition| partition.as_s().ok()) == Some(&Key::policy().partition)
}

fn is_guess_log(item: &Item) -> bool {
    item.get(table::SORT).and_then(|sort| sort.as_s().ok()).is_some_and(|sort| Key::is_guess_log(sort))
}
