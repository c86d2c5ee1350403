//! Notices: what owners are told after the fact, ordered in the write that it is about.

use serde::{Deserialize, Serialize};

use crate::message::Notice;
use crate::random::{AccountId, NoticeId, Randomness};
use crate::time::{Date, Moment};

/// How long a notice is tried again, in hours.
pub const NOTICE_HOURS: u64 = 72;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Audience {
    /// The account's own contacts: every email address and every phone that takes texts, of now and the last 30 days.
    Owner,
    /// The mail addresses of every other administrator.
    Administrators,
}

/// An order to tell an account's contacts something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeOrder {
    /// Its name.
    pub id: NoticeId,
    /// Whom it is about.
    pub account: AccountId,
    /// What happened.
    pub notice: Notice,
    /// When.
    pub at: Moment,
    /// Who is told.
    pub audience: Audience,
    /// Keyed digests of destinations that are not told: those that the change itself wrote down, or those by which a
    /// reset was proved.
    pub except: Vec<String>,
    /// Whether contacts are told; the event for revoking sessions goes out either way.
    pub tell: bool,
    /// Whether sessions are to be revoked.
    pub revoke_sessions: bool,
    /// The account's userPrincipalName where sessions are to be revoked, else nothing: the event names it even where the
    /// account is deleted before it is out.
    pub user_name: String,
    /// Keyed digests of the destinations already told, and `event` once the event is out.
    pub done: Vec<String>,
    /// Whether there is nothing left to do.
    pub finished: bool,
}

impl NoticeOrder {
    /// An order to tell an account's own contacts.
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

    /// Has the account's sessions revoked as well; `user_name` is its userPrincipalName.
    #[must_use]
    pub fn revoking(self, user_name: &str) -> Self {
        Self { revoke_sessions: true, user_name: user_name.to_owned(), ..self }
    }

    /// The UTC day under which it is kept until it is done.
    #[must_use]
    pub fn day(&self) -> Date {
        self.at.day()
    }
}
