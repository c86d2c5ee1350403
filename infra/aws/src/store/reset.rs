//! Resets: begun, charged, proved, and bound to an account.

use shared::account::Bound;
use shared::policy::method::Gate;
use shared::ports::idempotency::{Claim, Facts};
use shared::ports::store::{Begun, Proof, SourceLimit, Stored};
use shared::random::{ResetId, Seed};
use shared::records::audit::AuditRecord;
use shared::reset::{Issue, MAX_PASSWORD_TRIES, Reset, Stage};
use shared::time::Moment;
use shared::unavailable::Unavailable;

use super::DynamoStore;
use super::reset_row::{
    BoundRow, GATE_ONE, GATE_TWO, GRANTED, GrantRow, IssueRow, KIND, PassedRow, ResetRow, sent_to, stage_name,
};
use super::row::{item, read, read_some, value};
use super::write::Write;
use super::{audit, idempotency};
use crate::table::{Key, deleted_after};

impl DynamoStore {
    pub(super) async fn begin(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        keep: Option<(&Claim, &Facts)>,
        now: Moment,
    ) -> Stored<Begun> {
        let new = item(Key::reset(&reset.id), KIND, &ResetRow::from(reset))?;
        let mut writes = vec![Write::put(new).when_new()];
        writes.extend(limits.iter().map(|limit| count(limit, now)));
        let kept = writes.len();
        if let Some((claim, facts)) = keep {
            writes.push(super::idempotency::answer(claim, facts, now)?);
        }
        let Err(mut cancelled) = self.transact("a reset cannot be begun", writes).await? else {
            return Ok(Begun::Begun);
        };
        // The same request again is told its answer, whatever its network did since.
        if let (Some((claim, _)), Some(refused)) = (keep, cancelled.take(kept)) {
            return Ok(Begun::Claimed(super::idempotency::claimed(claim, refused)?));
        }
        let reached = limits.iter().enumerate().filter(|(at, _)| cancelled.refused(at + 1));
        let until = reached.map(|(_, limit)| limit.ends(now)).max();
        until.map(|until| Begun::Limited { until }).ok_or_else(|| Unavailable::plain("a reset's name is taken"))
    }

    pub(super) async fn read_reset(&self, id: &ResetId) -> Stored<Option<Reset>> {
        read_some::<ResetRow, _>(self.get("a reset cannot be read", Key::reset(id)).await?)
    }

    pub(super) async fn replace_issue(&self, seen: &Reset, issue: &Issue) -> Stored<bool> {
        let order = Write::put(order_item(seen, issue)?).when_new();
        let reset = Write::update(Key::reset(&seen.id), "#issue = :issue, #sent_before = :sent_before");
        let reset = as_read(reset, &seen.stage)
            .when("#issue = :issue_read AND #expires_at > :ordered_at")
            .value(":issue", value(&IssueRow::from(issue))?)
            .text(":sent_before", &sent_to(issue))
            .value(":issue_read", value(&IssueRow::from(&seen.issue))?)
            .moment(":ordered_at", issue.ordered_at);
        Ok(self.transact("a code cannot be ordered", vec![reset, order]).await?.is_ok())
    }

    pub(super) async fn charge(&self, id: &ResetId, tries: u32, now: Moment) -> Stored<Option<Reset>> {
        let write = Write::update(Key::reset(id), "#issue.#tries = #issue.#tries + :one")
            .when("#expires_at > :now AND #stage IN (:gate_one, :gate_two) AND #issue.#tries < :tries")
            .moment(":now", now)
            .text(":gate_one", GATE_ONE)
            .text(":gate_two", GATE_TWO)
            .number(":tries", tries.into())
            .once();
        let charged = self.write("a guess cannot be charged to a reset", write).await?;
        charged.ok().map(read::<ResetRow, _>).transpose()
    }

    pub(super) async fn prove_digits(&self, proof: &Proof<'_>) -> Stored<bool> {
        let Some(gate) = proof.reset.open_gate() else { return Ok(false) };
        // An issue of gate one stays in the row while gate two waits for its own: the gate tells it apart.
        let write = moved(proof)?
            .when("#issue.#seed = :seed AND #issue.#gate = :gate AND #issue.#expires_at > :now")
            .seed(":seed", &proof.reset.issue.seed)
            .number(":gate", gate.number().into());
        let mut writes = vec![write, audit::kept(proof.record)?];
        writes.extend(idempotency::answered(proof.answered)?);
        self.decide("a proof cannot be written", writes, 1).await
    }

    pub(super) async fn prove_with_answers(&self, proof: &Proof<'_>) -> Stored<bool> {
        if proof.reset.open_gate() != Some(Gate::Two) {
            return Ok(false);
        }
        let mut writes = vec![moved(proof)?, audit::kept(proof.record)?];
        writes.extend(idempotency::answered(proof.answered)?);
        self.decide("a proof by answers cannot be written", writes, 1).await
    }

    pub(super) async fn charge_grant(&self, reset: &Reset, grant: &Seed, now: Moment) -> Stored<bool> {
        let write = Write::update(Key::reset(&reset.id), "#grant.#password_tries = #grant.#password_tries + :one")
            .when("#expires_at > :now AND #stage = :granted AND #grant.#seed = :seed")
            .when("#grant.#password_tries < :tries")
            .moment(":now", now)
            .text(":granted", GRANTED)
            .seed(":seed", grant)
            .number(":tries", MAX_PASSWORD_TRIES.into())
            .once();
        Ok(self.write("a refused password cannot be charged", write).await?.is_ok())
    }

    pub(super) async fn bind(
        &self,
        id: &ResetId,
        order: u32,
        bound: &Bound,
        record: Option<&AuditRecord>,
        now: Moment,
    ) -> Stored<bool> {
        const WHAT: &str = "a reset cannot be bound";
        let write = Write::update(Key::reset(id), "#bound = :bound")
            .when("#expires_at > :now AND #issue.#order = :order")
            .when("attribute_not_exists(#bound) OR #bound.#account = :account")
            .number(":order", order.into())
            .text(":account", bound.account.as_str())
            .value(":bound", value(&BoundRow::from(bound))?)
            .moment(":now", now);
        match record {
            Some(record) => self.decide(WHAT, vec![write, audit::kept(record)?], 1).await,
            None => Ok(self.write(WHAT, write).await?.is_ok()),
        }
    }
}

/// Moves a reset that stands as it was read to the stage that follows.
pub(super) fn moved(proof: &Proof<'_>) -> Stored<Write> {
    let key = Key::reset(&proof.reset.id);
    let write = match &proof.next {
        Stage::Proving { passed: Some(passed) } => {
            Write::update(key, "#stage = :stage, #passed = :passed").value(":passed", value(&PassedRow::from(passed))?)
        }
        Stage::Granted(grant) => Write::update(key, "#stage = :stage, #grant = :grant")
            .removing("#passed")
            .value(":grant", value(&GrantRow::from(grant))?),
        Stage::Proving { passed: None } | Stage::Completed => Write::update(key, "#stage = :stage"),
    };
    let write = write.when("#expires_at > :now").text(":stage", stage_name(&proof.next)).moment(":now", proof.now);
    Ok(as_read(write, &proof.reset.stage))
}

/// Demands that a reset's stage is still the one that was read, the gate passed included.
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
fn count(limit: &SourceLimit, now: Moment) -> Write {
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

fn order_item(reset: &Reset, issue: &Issue) -> Stored<super::write::Item> {
    #[derive(serde::Serialize)]
    struct OrderRow {
        expires_at: u64,
        ttl: u64,
    }
    let row = OrderRow { expires_at: issue.expires_at.millis(), ttl: deleted_after(issue.expires_at) };
    item(Key::order(&reset.id, issue.order), "order", &row)
}
