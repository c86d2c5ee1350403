//! Notices, stored under their day until they are done.

use shared::ports::store::Stored;
use shared::records::notice::{NOTICE_HOURS, NoticeOrder};
use shared::time::HOUR;

use super::row::expiring;
use super::write::Write;
use crate::table::Key;

/// Creates a notice, as part of a transaction.
pub(super) fn ordered(notice: &NoticeOrder) -> Stored<Write> {
    let (key, end) = (Key::notice(notice.day(), &notice.id), notice.at.plus(NOTICE_HOURS * HOUR));
    Ok(Write::put(expiring(key, "notice", notice, end)?).when_new())
}

/// Creates notices, as part of a transaction.
pub(super) fn all_ordered(notices: &[NoticeOrder]) -> Stored<Vec<Write>> {
    notices.iter().map(ordered).collect()
}
