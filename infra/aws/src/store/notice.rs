//! Notices, stored under their day until they are done.

use shared::ports::store::Stored;
use shared::records::notice::{NOTICE_HOURS, NoticeOrder};
use shared::time::HOUR;

use super::row::expiring;
use super::write::{Item, Write};
use crate::table::Key;

fn notice_item(notice: &NoticeOrder) -> Stored<Item> {
    let key = Key::notice(notice.day(), &notice.id);
    expiring(key, "notice", notice, notice.at.plus(NOTICE_HOURS * HOUR))
}

/// Creates a notice, as part of a transaction.
pub(super) fn ordered(notice: &NoticeOrder) -> Stored<Write> {
    Ok(Write::put(notice_item(notice)?).when_new())
}

/// Creates notices, as part of a transaction.
pub(super) fn all_ordered(notices: &[NoticeOrder]) -> Stored<Vec<Write>> {
    notices.iter().map(ordered).collect()
}

/// Records who has been notified. The lease stays: work on the notice goes on.
pub(super) fn noted(notice: &NoticeOrder) -> Stored<Write> {
    Ok(Write::merge(Key::notice(notice.day(), &notice.id), notice_item(notice)?))
}
