//! Notices: what owners are told after the fact, ordered in the write that it is about.

use crate::message::Notice;
use crate::random::{AccountId, NoticeId, Randomness};
use crate::time::Moment;

/// How long a notice is tried again, in hours.
pub const NOTICE_HOURS: u64 = 72;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The account's own contacts: every mail address of now and the last 30 days; where there is none, its phones.
    Owner,
    /// The mail addresses of every other administrator.
    Administrators,
}

impl Audience {
    /// The name in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrators => "administrators",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Owner, Self::Administrators].into_iter().find(|audience| audience.as_str() == text)
    }
}

/// An order to tell an account's contacts something.
#[derive(Debug, Clone, PartialEq)]
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
    /// Keyed digests of destinations that are not told: those that the change itself wrote down.
    pub except: Vec<String>,
    /// Whether contacts are told; the event for revoking sessions goes out either way.
    pub tell: bool,
    /// Whether sessions are to be revoked.
    pub revoke_sessions: bool,
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
            done: Vec::new(),
            finished: false,
        }
    }

    /// The UTC day under which it is kept until it is done.
    #[must_use]
    pub fn day(&self) -> String {
        self.at.day()
    }
}
