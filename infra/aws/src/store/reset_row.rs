//! The row of a reset.

use serde::{Deserialize, Serialize};
use shared::account::{Bound, Destination, PasswordFacts, Reached};
use shared::credentials::key::Digests;
use shared::random::{AccountId, ResetId};
use shared::reset::{Grant, Issue, PassedGate, Reset, Stage};
use shared::time::Moment;

use super::row::{BadRow, DestinationRow, left_out};

/// Stage: gate one awaits its code.
pub(super) const GATE_ONE: &str = "gateOne";
/// Stage: gate one is passed, gate two awaits its code.
pub(super) const GATE_TWO: &str = "gateTwo";
/// Stage: the password may be set.
pub(super) const GRANTED: &str = "granted";
/// Stage: the password was set.
pub(super) const COMPLETED: &str = "completed";

#[derive(Serialize, Deserialize)]
pub(super) struct ResetRow {
    id: ResetId,
    names: Digests,
    source: String,
    began_at: Moment,
    expires_at: Moment,
    code_key: u32,
    issue: Issue,
    sent_before: SentBefore,
    bound: Option<BoundRow>,
    stage: String,
    passed: Option<PassedGate>,
    grant: Option<Grant>,
}

/// Where an earlier order of the same code may have been sent: what a dropped order leaves behind. It lies in a map, so
/// that it can be put back in one expression even where it is nothing.
#[derive(Serialize, Deserialize)]
pub(super) struct SentBefore {
    sent_to: Option<String>,
}

impl From<&Issue> for SentBefore {
    fn from(issue: &Issue) -> Self {
        Self { sent_to: issue.sent_to.clone() }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct BoundRow {
    account: AccountId,
    version: u64,
    user_name: String,
    preferred_language: Option<String>,
    is_admin: bool,
    local_part: String,
    contacts: Vec<DestinationRow>,
    reached: Vec<Reached>,
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
        let Reset { id, names, source, began_at, expires_at, code_key, issue, bound, stage } = reset.clone();
        let name = stage_name(&stage).to_owned();
        let (passed, grant) = match stage {
            Stage::Proving { passed } => (passed, None),
            Stage::Granted(grant) => (None, Some(grant)),
            Stage::Completed => (None, None),
        };
        Self {
            id,
            names,
            source,
            began_at,
            expires_at,
            code_key,
            sent_before: SentBefore::from(&issue),
            issue,
            bound: bound.as_ref().map(BoundRow::from),
            stage: name,
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
            GATE_TWO => Stage::Proving { passed: Some(row.passed.ok_or(BadRow)?) },
            GRANTED => Stage::Granted(row.grant.ok_or(BadRow)?),
            COMPLETED => Stage::Completed,
            _ => return Err(BadRow),
        };
        let ResetRow { id, names, source, began_at, expires_at, code_key, issue, bound, .. } = row;
        Ok(Self { id, names, source, began_at, expires_at, code_key, issue, bound: bound.map(Bound::from), stage })
    }
}

impl From<&Bound> for BoundRow {
    fn from(bound: &Bound) -> Self {
        let Bound { account, version, user_name, preferred_language, is_admin, context, reached } = bound.clone();
        let contacts = context.contacts.iter().map(DestinationRow::from).collect();
        let local_part = context.local_part;
        Self { account, version, user_name, preferred_language, is_admin, local_part, contacts, reached }
    }
}

impl From<BoundRow> for Bound {
    fn from(row: BoundRow) -> Self {
        let BoundRow { account, version, user_name, preferred_language, is_admin, local_part, contacts, reached } = row;
        let readable = |contact| Destination::try_from(contact).inspect_err(|_| left_out("bound.contacts")).ok();
        let context = PasswordFacts { local_part, contacts: contacts.into_iter().filter_map(readable).collect() };
        Self { account, version, user_name, preferred_language, is_admin, context, reached }
    }
}
