//! Notices: messages that tell owners and administrators what happened, or ask owners to act. A notice of a change is
//! ordered in the same write as the change.

use serde::{Deserialize, Serialize};

use crate::message::Notice;
use crate::random::{AccountId, NoticeId, Randomness};
use crate::time::{Date, Moment};

/// How long delivery of a notice is retried, in hours.
pub const NOTICE_HOURS: u64 = 72;

/// Who is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Audience {
    /// The account's own contacts, current and of the last 30 days: every mail address, and every phone that takes
    /// texts.
    Owner,
    /// The mail addresses of the other enabled administrators.
    Administrators,
}

/// An order to notify people of something that happened to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeOrder {
    /// The notice's id.
    pub id: NoticeId,
    /// The account that it is about.
    pub account: AccountId,
    /// What happened.
    pub notice: Notice,
    /// When it happened.
    pub at: Moment,
    /// Who is notified.
    pub audience: Audience,
    /// Keyed digests of destinations that are not notified: those that the change itself set, or those by which a reset
    /// was proved.
    pub except: Vec<String>,
    /// Whether anybody is notified. The event that revokes sessions is published either way.
    pub tell: bool,
    /// Whether the account's sessions must be revoked.
    pub revoke_sessions: bool,
    /// The account's userPrincipalName if sessions must be revoked, otherwise empty. The event can then name the
    /// account even if it is deleted before the event is published.
    pub user_name: String,
    /// Keyed digests of the destinations already notified, and `event` once the event is published.
    pub done: Vec<String>,
    /// Whether nothing is left to do.
    pub finished: bool,
}

impl NoticeOrder {
    /// An order to notify an account's own contacts.
    #[must_use]
    pub fn new(account: AccountId, notice: Notice, at: Moment, random: &dyn Randomness) -> Self {
        Self {
            id: NoticeId::draw(random),
            account,
            notice,
            at,
            audience: Audience::Owner,
            except: Vec::new(),
            tell: true,
            revoke_sessions: false,
            user_name: String::new(),
            done: Vec::new(),
            finished: false,
        }
    }

    /// Revokes the account's sessions as well; `user_name` is its userPrincipalName.
    #[must_use]
    pub fn revoking(self, user_name: &str) -> Self {
        Self { revoke_sessions: true, user_name: user_name.to_owned(), ..self }
    }

    /// The UTC day under which it is stored until it is finished.
    #[must_use]
    pub fn day(&self) -> Date {
        self.at.day()
    }
}
