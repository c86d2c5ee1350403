//! The row of a reset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::account::{AccountSnapshot, Destination, PasswordFacts, ReachableMethod};
use shared::credentials::key::Digests;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::policy::method::CodeMethod;
use shared::random::AccountId;
use shared::reset::{Grant, IssuedCode, PassedGate, REQUEST_WINDOW_SECONDS, Reset, Stage};
use shared::time::Moment;

use super::row::{BadRow, left_out};
use crate::table::Key;

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
    /// The reset's id is a part of its key. It is only read: the key is written with the item.
    #[serde(rename = "pk", skip_serializing)]
    partition: String,
    names: Digests,
    source: String,
    began_at: Moment,
    expires_at: Moment,
    code_key: u32,
    issued: IssuedCode,
    /// The destination to which an earlier job may have sent the same code: a dropped job puts this value back.
    sent_before: Option<String>,
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

#[derive(Serialize, Deserialize)]
pub(super) struct AccountSnapshotRow {
    account: AccountId,
    version: u64,
    user_name: String,
    preferred_language: Option<String>,
    is_admin: bool,
    /// Phones and mail addresses: only these contain an `@`.
    contacts: Vec<String>,
    /// The digest of the destination that each method reaches.
    reachable: BTreeMap<String, String>,
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
            partition: Key::reset(&id).partition,
            names,
            source,
            began_at,
            expires_at,
            code_key,
            sent_before: issued.sent_to.clone(),
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
        let ResetRow { partition, names, source, began_at, expires_at, code_key, issued, snapshot, .. } = row;
        Ok(Self {
            id: Key::reset_id(&partition).ok_or(BadRow)?,
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
        let text = |contact: &Destination| match contact {
            Destination::Phone(phone) => phone.written(),
            Destination::Email(address) => address.as_str().to_owned(),
        };
        let reachable = reachable.into_iter().map(|reached| (reached.method.as_str().to_owned(), reached.destination));
        Self {
            account,
            version,
            user_name,
            preferred_language,
            is_admin,
            contacts: context.contacts.iter().map(text).collect(),
            reachable: reachable.collect(),
        }
    }
}

impl From<AccountSnapshotRow> for AccountSnapshot {
    fn from(row: AccountSnapshotRow) -> Self {
        let AccountSnapshotRow { account, version, user_name, preferred_language, is_admin, contacts, mut reachable } =
            row;
        let local_part = user_name.split_once('@').map_or("", |(local_part, _)| local_part).to_owned();
        let methods = CodeMethod::ALL.into_iter();
        let reachable = methods
            .filter_map(|method| Some(ReachableMethod { method, destination: reachable.remove(method.as_str())? }));
        Self {
            account,
            version,
            user_name,
            preferred_language,
            is_admin,
            context: PasswordFacts {
                local_part,
                contacts: contacts.iter().filter_map(|contact| destination(contact)).collect(),
            },
            reachable: reachable.collect(),
        }
    }
}

/// A contact as a reset's row spells it; `None` if a newer numbering plan no longer accepts it.
fn destination(text: &str) -> Option<Destination> {
    let read = if text.contains('@') {
        EmailAddress::parse(text).ok().map(Destination::Email)
    } else {
        Phone::parse(text).ok().map(Destination::Phone)
    };
    if read.is_none() {
        left_out("snapshot.contacts");
    }
    read
}
