//! Notices: what owners are told after the fact, ordered in the write that it is about.

use crate::message::Notice;
use crate::random::{AccountId, NoticeId};
use crate::time::Moment;

/// How long a notice is tried again, in hours.
pub const NOTICE_HOURS: u64 = 72;

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
    /// The UTC day under which it is kept until it is done.
    #[must_use]
    pub fn day(&self) -> String {
        self.at.day()
    }
}
