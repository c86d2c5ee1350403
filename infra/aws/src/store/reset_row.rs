//! The row of a reset.

use serde::{Deserialize, Serialize};
use shared::account::{AccountSnapshot, Destination, PasswordFacts, ReachableMethod};
use shared::credentials::key::Digests;
use shared::random::{AccountId, ResetId};
use shared::reset::{Grant, IssuedCode, PassedGate, REQUEST_WINDOW_SECONDS, Reset, Stage};
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
    issued: IssuedCode,
    sent_before: SentBefore,
    snapshot: Option<AccountSnapshotRow>,
    stage: String,
    passed: Option<PassedGate>,
    grant: Option<Grant>,
    /// Requests in the current window, and when that ends. Only the write that counts a request looks at them.
    #[serde(default)]
    requests: u32,
    requests_until: Option<Moment>,
}

/// The part of a reset's row that says when the reset and its window of requests end.
#[derive(Deserialize)]
pub(super) struct RequestWindow {
    pub(super) expires_at: Moment,
    pub(super) requests_until: Option<Moment>,
}

/// The destination to which an earlier job may have sent the same code: a dropped job puts this value back. It is
/// wrapped in a map, so that one expression can put it back even if it is missing.
#[derive(Serialize, Deserialize)]
pub(super) struct SentBefore {
    sent_to: Option<String>,
}

impl From<&IssuedCode> for SentBefore {
    fn from(issued: &IssuedCode) -> Self {
        Self { sent_to: issued.sent_to.clone() }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct AccountSnapshotRow {
    account: AccountId,
    version: u64,
    user_name: String,
    preferred_language: Option<String>,
    is_admin: bool,
    local_part: String,
    contacts: Vec<DestinationRow>,
    reachable: Vec<ReachableMethod>,
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
        let Reset { id, names, source, began_at, expires_at, code_key, issued, snapshot, stage } = reset.clone();
        let name = stage_name(&stage).to_owned();
        let (passed, grant) = match stage {
            Stage::Proving { passed } => (passed, None),
            Stage::Granted(grant) => (None, Some(grant)),
            Stage::Completed => (None, None),
        };
        Self {
            requests: 0,
            requests_until: Some(began_at.plus(REQUEST_WINDOW_SECONDS)),
            id,
            names,
            source,
            began_at,
            expires_at,
            code_key,
            sent_before: SentBefore::from(&issued),
            issued,
            snapshot: snapshot.as_ref().map(AccountSnapshotRow::from),
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
        let ResetRow { id, names, source, began_at, expires_at, code_key, issued, snapshot, .. } = row;
        Ok(Self {
            id,
            names,
            source,
            began_at,
            expires_at,
            code_key,
            issued,
            snapshot: snapshot.map(AccountSnapshot::from),
            stage,
        })
    }
}

impl From<&AccountSnapshot> for AccountSnapshotRow {
    fn from(snapshot: &AccountSnapshot) -> Self {
        let AccountSnapshot { account, version, user_name, preferred_language, is_admin, context, reachable } =
            snapshot.clone();
        let contacts = context.contacts.iter().map(DestinationRow::from).collect();
        let local_part = context.local_part;
        Self { account, version, user_name, preferred_language, is_admin, local_part, contacts, reachable }
    }
}

impl From<AccountSnapshotRow> for AccountSnapshot {
    fn from(row: AccountSnapshotRow) -> Self {
        let AccountSnapshotRow {
            account,
            version,
            user_name,
            preferred_language,
            is_admin,
            local_part,
            contacts,
            reachable,
        } = row;
        let readable = |contact| Destination::try_from(contact).inspect_err(|_| left_out("snapshot.contacts")).ok();
        let context = PasswordFacts { local_part, contacts: contacts.into_iter().filter_map(readable).collect() };
        Self { account, version, user_name, preferred_language, is_admin, context, reachable }
    }
}
