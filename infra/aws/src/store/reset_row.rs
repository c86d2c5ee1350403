//! The row of a reset.

use serde::{Deserialize, Serialize};
use shared::account::{Bound, Destination, PasswordFacts, Reached};
use shared::credentials::key::Digests;
use shared::credentials::questions::AskedQuestion;
use shared::policy::method::{CodeMethod, Gate, Method};
use shared::random::{AccountId, Reference, ResetId};
use shared::reset::{Grant, Issue, PassedGate, Reset, Stage};
use shared::time::Moment;

use super::row::{BadRow, DestinationRow, SeedRow, left_out};
use crate::table::deleted_after;

/// The item's kind.
pub(super) const KIND: &str = "reset";
/// Stage: gate one awaits its code.
pub(super) const GATE_ONE: &str = "gateOne";
/// Stage: gate one is passed, gate two awaits its code.
pub(super) const GATE_TWO: &str = "gateTwo";
/// Stage: the password may be set.
pub(super) const GRANTED: &str = "granted";
/// Stage: the password was set.
pub(super) const COMPLETED: &str = "completed";

/// A destination's digest where nothing was sent: an attribute that is always there can be put back to
/// what it was before in one expression.
const NOT_SENT: &str = "";

#[derive(Serialize, Deserialize)]
pub(super) struct ResetRow {
    id: String,
    names: Vec<String>,
    source: String,
    began_at: u64,
    expires_at: u64,
    ttl: u64,
    code_key: u32,
    issue: IssueRow,
    /// Where an earlier order of the same code may have been sent: what a dropped order leaves behind.
    sent_before: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<BoundRow>,
    stage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<PassedRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<GrantRow>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct IssueRow {
    order: u32,
    gate: u8,
    method: String,
    seed: SeedRow,
    reference: String,
    /// No digests where no phone was claimed.
    claimed_phone: Vec<String>,
    first_ordered_at: u64,
    ordered_at: u64,
    expires_at: u64,
    digits: u8,
    sent_to: String,
    tries: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct BoundRow {
    account: String,
    version: u64,
    user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_language: Option<String>,
    is_admin: bool,
    local_part: String,
    contacts: Vec<DestinationRow>,
    reached: Vec<ReachedRow>,
}

#[derive(Serialize, Deserialize)]
struct ReachedRow {
    method: String,
    destination: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PassedRow {
    method: String,
    destination: String,
    seed: SeedRow,
    questions: Vec<AskedRow>,
}

#[derive(Serialize, Deserialize)]
struct AskedRow {
    id: String,
    text: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct GrantRow {
    seed: SeedRow,
    proved: Vec<String>,
    password_tries: u32,
}

/// Where an issue was sent, as the row keeps it.
pub(super) fn sent_to(issue: &Issue) -> String {
    issue.sent_to.clone().unwrap_or_else(|| NOT_SENT.to_owned())
}

/// The stage's name in the row.
pub(super) fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Proving { passed: None } => GATE_ONE,
        Stage::Proving { passed: Some(_) } => GATE_TWO,
        Stage::Granted(_) => GRANTED,
        Stage::Completed => COMPLETED,
    }
}

impl From<&Reset> for ResetRow {
    fn from(reset: &Reset) -> Self {
        let (passed, grant) = match &reset.stage {
            Stage::Proving { passed } => (passed.as_ref().map(PassedRow::from), None),
            Stage::Granted(grant) => (None, Some(GrantRow::from(grant))),
            Stage::Completed => (None, None),
        };
        Self {
            id: reset.id.as_str().to_owned(),
            names: reset.names.all().to_vec(),
            source: reset.source.clone(),
            began_at: reset.began_at.millis(),
            expires_at: reset.expires_at.millis(),
            ttl: deleted_after(reset.expires_at),
            code_key: reset.code_key,
            issue: IssueRow::from(&reset.issue),
            sent_before: sent_to(&reset.issue),
            bound: reset.bound.as_ref().map(BoundRow::from),
            stage: stage_name(&reset.stage).to_owned(),
            passed,
            grant,
        }
    }
}

impl TryFrom<ResetRow> for Reset {
    type Error = BadRow;

    fn try_from(row: ResetRow) -> Result<Self, BadRow> {
        let stage = match row.stage.as_str() {
            GATE_ONE => Stage::Proving { passed: None },
            GATE_TWO => Stage::Proving { passed: Some(row.passed.ok_or(BadRow)?.try_into()?) },
            GRANTED => Stage::Granted(row.grant.ok_or(BadRow)?.try_into()?),
            COMPLETED => Stage::Completed,
            _ => return Err(BadRow),
        };
        Ok(Self {
            id: ResetId::parse(&row.id).ok_or(BadRow)?,
            names: Digests::from_kept(row.names).ok_or(BadRow)?,
            source: row.source,
            began_at: Moment::from_millis(row.began_at),
            expires_at: Moment::from_millis(row.expires_at),
            code_key: row.code_key,
            issue: row.issue.try_into()?,
            bound: row.bound.map(Bound::try_from).transpose()?,
            stage,
        })
    }
}

impl From<&Issue> for IssueRow {
    fn from(issue: &Issue) -> Self {
        Self {
            order: issue.order,
            gate: issue.gate.number(),
            method: issue.method.as_str().to_owned(),
            seed: SeedRow(issue.seed.clone()),
            reference: issue.reference.as_str().to_owned(),
            claimed_phone: issue.claimed_phone.as_ref().map(|claimed| claimed.all().to_vec()).unwrap_or_default(),
            first_ordered_at: issue.first_ordered_at.millis(),
            ordered_at: issue.ordered_at.millis(),
            expires_at: issue.expires_at.millis(),
            digits: issue.digits,
            sent_to: sent_to(issue),
            tries: issue.tries,
        }
    }
}

impl TryFrom<IssueRow> for Issue {
    type Error = BadRow;

    fn try_from(row: IssueRow) -> Result<Self, BadRow> {
        Ok(Self {
            order: row.order,
            gate: Gate::parse(row.gate).ok_or(BadRow)?,
            method: CodeMethod::parse(&row.method).ok_or(BadRow)?,
            seed: row.seed.0,
            reference: Reference::parse(&row.reference).ok_or(BadRow)?,
            claimed_phone: Digests::from_kept(row.claimed_phone),
            first_ordered_at: Moment::from_millis(row.first_ordered_at),
            ordered_at: Moment::from_millis(row.ordered_at),
            expires_at: Moment::from_millis(row.expires_at),
            digits: row.digits,
            sent_to: (row.sent_to != NOT_SENT).then_some(row.sent_to),
            tries: row.tries,
        })
    }
}

impl From<&Bound> for BoundRow {
    fn from(bound: &Bound) -> Self {
        Self {
            account: bound.account.as_str().to_owned(),
            version: bound.version,
            user_name: bound.user_name.clone(),
            preferred_language: bound.preferred_language.clone(),
            is_admin: bound.is_admin,
            local_part: bound.context.local_part.clone(),
            contacts: bound.context.contacts.iter().map(DestinationRow::from).collect(),
            reached: bound.reached.iter().map(ReachedRow::from).collect(),
        }
    }
}

impl TryFrom<BoundRow> for Bound {
    type Error = BadRow;

    fn try_from(row: BoundRow) -> Result<Self, BadRow> {
        let readable = |contact| Destination::try_from(contact).inspect_err(|_| left_out("bound.contacts")).ok();
        Ok(Self {
            account: AccountId::parse(&row.account).ok_or(BadRow)?,
            version: row.version,
            user_name: row.user_name,
            preferred_language: row.preferred_language,
            is_admin: row.is_admin,
            context: PasswordFacts {
                local_part: row.local_part,
                contacts: row.contacts.into_iter().filter_map(readable).collect(),
            },
            reached: row.reached.into_iter().map(Reached::try_from).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Reached> for ReachedRow {
    fn from(reached: &Reached) -> Self {
        Self { method: reached.method.as_str().to_owned(), destination: reached.destination.clone() }
    }
}

impl TryFrom<ReachedRow> for Reached {
    type Error = BadRow;

    fn try_from(row: ReachedRow) -> Result<Self, BadRow> {
        Ok(Self { method: CodeMethod::parse(&row.method).ok_or(BadRow)?, destination: row.destination })
    }
}

impl From<&PassedGate> for PassedRow {
    fn from(passed: &PassedGate) -> Self {
        let asked = |asked: &AskedQuestion| AskedRow { id: asked.id.clone(), text: asked.text.clone() };
        Self {
            method: passed.method.as_str().to_owned(),
            destination: passed.destination.clone(),
            seed: SeedRow(passed.seed.clone()),
            questions: passed.questions.iter().map(asked).collect(),
        }
    }
}

impl TryFrom<PassedRow> for PassedGate {
    type Error = BadRow;

    fn try_from(row: PassedRow) -> Result<Self, BadRow> {
        let method = CodeMethod::parse(&row.method).ok_or(BadRow)?;
        let asked = |AskedRow { id, text }| AskedQuestion { id, text };
        let questions = row.questions.into_iter().map(asked).collect();
        Ok(Self { method, destination: row.destination, seed: row.seed.0, questions })
    }
}

impl From<&Grant> for GrantRow {
    fn from(grant: &Grant) -> Self {
        let proved = grant.proved.iter().map(|method| method.as_str().to_owned()).collect();
        Self { seed: SeedRow(grant.seed.clone()), proved, password_tries: grant.password_tries }
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = BadRow;

    fn try_from(row: GrantRow) -> Result<Self, BadRow> {
        let proved = row.proved.iter().map(|name| Method::parse(name).ok_or(BadRow)).collect::<Result<_, _>>()?;
        Ok(Self { seed: row.seed.0, proved, password_tries: row.password_tries })
    }
}
