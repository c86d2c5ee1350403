//! Notices: kept under their day until they are done.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use shared::message::Notice;
use shared::ports::store::Stored;
use shared::random::{AccountId, NoticeId};
use shared::records::notice::{Audience, NOTICE_HOURS, NoticeOrder};
use shared::time::{HOUR, Moment};

use super::DynamoStore;
use super::request::failed;
use super::row::{BadRow, item, read, read_some, value};
use super::write::{Write, names};
use crate::table::{Key, deleted_after};

/// The item's kind.
const KIND: &str = "notice";

#[derive(Serialize, Deserialize)]
struct NoticeRow {
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

impl DynamoStore {
    pub(super) async fn read_notice(&self, day: &str, id: &NoticeId) -> Stored<Option<NoticeOrder>> {
        read_some::<NoticeRow, _>(self.get("a notice cannot be read", Key::notice(day, id)).await?)
    }

    /// One query for those from `first` on, another for those before it where these are too few, and one more for each
    /// full answer (1 MB) of which nothing or too little is unfinished.
    pub(super) async fn read_pending(&self, day: &str, first: &NoticeId, limit: usize) -> Stored<Vec<NoticeOrder>> {
        let first = Key::notice(day, first);
        let mut pending = self.read_part("#pk = :day AND #sk >= :first", &first, limit).await?;
        if pending.len() < limit {
            let rest = limit - pending.len();
            pending.extend(self.read_part("#pk = :day AND #sk < :first", &first, rest).await?);
        }
        Ok(pending)
    }

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
                match read::<NoticeRow, _>(item) {
                    Ok(notice) => pending.push(notice),
                    // One that can never be told must not keep the others from being told.
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

    /// Leaves the lease alone, under which the notice is worked on.
    pub(super) async fn note(&self, notice: &NoticeOrder) -> Stored<()> {
        let row = NoticeRow::from(notice);
        let sets = "#kind = :kind, #id = :id, #account = :account, #notice = :notice, #at = :at, #audience = :audience, \
                    #except = :except, #tell = :tell, #revoke_sessions = :revoke_sessions, #user_name = :user_name, #done = :done, \
                    #finished = :finished, #expires_at = :expires_at, #ttl = :ttl";
        let write = Write::update(Key::notice(&notice.day(), &notice.id), sets)
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
            .number(":ttl", row.ttl);
        self.write("a notice cannot be noted", write).await.map(|_| ())
    }
}
