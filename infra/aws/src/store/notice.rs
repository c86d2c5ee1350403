//! Notices: kept under their day until they are done.

use serde::{Deserialize, Serialize};
use shared::message::Notice;
use shared::ports::store::Stored;
use shared::random::{AccountId, NoticeId};
use shared::records::notice::{Audience, NOTICE_HOURS, NoticeOrder};
use shared::time::{HOUR, Moment};

use super::row::{BadRow, item, value};
use super::write::Write;
use crate::table::{Key, deleted_after};

/// The item's kind.
pub(super) const KIND: &str = "notice";

#[derive(Serialize, Deserialize)]
pub(super) struct NoticeRow {
    id: String,
    account: String,
    notice: NoticeName,
    at: u64,
    audience: String,
    except: Vec<String>,
    tell: bool,
    revoke_sessions: bool,
    #[serde(default)]
    user_name: String,
    done: Vec<String>,
    finished: bool,
    expires_at: u64,
    ttl: u64,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum NoticeName {
    PasswordReset,
    PasswordChangedByAdministrator,
    ContactChanged,
    PasswordResetUnblocked,
    AdministratorReset,
}

impl From<Notice> for NoticeName {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::PasswordReset => Self::PasswordReset,
            Notice::PasswordChangedByAdministrator => Self::PasswordChangedByAdministrator,
            Notice::ContactChanged => Self::ContactChanged,
            Notice::PasswordResetUnblocked => Self::PasswordResetUnblocked,
            Notice::AdministratorReset => Self::AdministratorReset,
        }
    }
}

impl From<NoticeName> for Notice {
    fn from(name: NoticeName) -> Self {
        match name {
            NoticeName::PasswordReset => Self::PasswordReset,
            NoticeName::PasswordChangedByAdministrator => Self::PasswordChangedByAdministrator,
            NoticeName::ContactChanged => Self::ContactChanged,
            NoticeName::PasswordResetUnblocked => Self::PasswordResetUnblocked,
            NoticeName::AdministratorReset => Self::AdministratorReset,
        }
    }
}

impl From<&NoticeOrder> for NoticeRow {
    fn from(notice: &NoticeOrder) -> Self {
        let expires_at = notice.at.plus(NOTICE_HOURS * HOUR);
        Self {
            id: notice.id.as_str().to_owned(),
            account: notice.account.as_str().to_owned(),
            notice: notice.notice.into(),
            at: notice.at.millis(),
            audience: notice.audience.as_str().to_owned(),
            except: notice.except.clone(),
            tell: notice.tell,
            revoke_sessions: notice.revoke_sessions,
            user_name: notice.user_name.clone(),
            done: notice.done.clone(),
            finished: notice.finished,
            expires_at: expires_at.millis(),
            ttl: deleted_after(expires_at),
        }
    }
}

impl TryFrom<NoticeRow> for NoticeOrder {
    type Error = BadRow;

    fn try_from(row: NoticeRow) -> Result<Self, BadRow> {
        Ok(Self {
            id: NoticeId::parse(&row.id).ok_or(BadRow)?,
            account: AccountId::parse(&row.account).ok_or(BadRow)?,
            notice: row.notice.into(),
            at: Moment::from_millis(row.at),
            audience: Audience::parse(&row.audience).ok_or(BadRow)?,
            except: row.except,
            tell: row.tell,
            revoke_sessions: row.revoke_sessions,
            user_name: row.user_name,
            done: row.done,
            finished: row.finished,
        })
    }
}

/// Orders a notice, as part of a transaction.
pub(super) fn ordered(notice: &NoticeOrder) -> Stored<Write> {
    let new = item(Key::notice(&notice.day(), &notice.id), KIND, &NoticeRow::from(notice))?;
    Ok(Write::put(new).when_new())
}

/// Orders notices, as part of a transaction.
pub(super) fn all_ordered(notices: &[NoticeOrder]) -> Stored<Vec<Write>> {
    notices.iter().map(ordered).collect()
}

/// Writes down what was told of a notice; the lease stays, under which it is worked on.
pub(super) fn noted(notice: &NoticeOrder) -> Stored<Write> {
    let row = NoticeRow::from(notice);
    let sets = "#kind = :kind, #id = :id, #account = :account, #notice = :notice, #at = :at, #audience = :audience, \
                #except = :except, #tell = :tell, #revoke_sessions = :revoke_sessions, #user_name = :user_name, #done = :done, \
                #finished = :finished, #expires_at = :expires_at, #ttl = :ttl";
    Ok(Write::update(Key::notice(&notice.day(), &notice.id), sets)
        .text(":kind", KIND)
        .text(":id", &row.id)
        .text(":account", &row.account)
        .value(":notice", value(&row.notice)?)
        .number(":at", row.at)
        .text(":audience", &row.audience)
        .value(":except", value(&row.except)?)
        .truth(":tell", row.tell)
        .truth(":revoke_sessions", row.revoke_sessions)
        .text(":user_name", &row.user_name)
        .value(":done", value(&row.done)?)
        .truth(":finished", row.finished)
        .number(":expires_at", row.expires_at)
        .number(":ttl", row.ttl))
}
