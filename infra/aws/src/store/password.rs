//! The end of a reset: the password is set together with all consequences, or nothing is.

use shared::account::Owner;
use shared::limits::guesses::GuessLog;
use shared::ports::store::{PasswordChange, Stored};
use shared::time::DAY;

use super::account_row::PasswordRow;
use super::guess_log::{ALIVE, touched};
use super::reset_row::{COMPLETED, GRANTED};
use super::row::value;
use super::write::Write;
use crate::table::Key;

/// Positions in the transaction. The first one that is refused decides the outcome.
pub(super) const RESET: usize = 0;
pub(super) const ACCOUNT: usize = 1;
pub(super) const GUESS_LOG: usize = 2;

/// Moves the completions down by one: the row stores exactly as many as an account may have in a day.
const COMPLETE: &str = "#revoked_before = :revoked, #attempts = :none, \
    #completion_5 = if_not_exists(#completion_4, :zero), #completion_4 = if_not_exists(#completion_3, :zero), \
    #completion_3 = if_not_exists(#completion_2, :zero), #completion_2 = if_not_exists(#completion_1, :zero), \
    #completion_1 = :now";
const _: () = assert!(shared::reset::MAX_COMPLETIONS_PER_DAY == 5, "a guess log stores five completions");

pub(super) fn completed(change: &PasswordChange<'_>) -> Write {
    Write::update(Key::reset(&change.reset.id), "#stage = :completed")
        .removing("#grant")
        .when("#stage = :granted AND #grant.#seed = :seed AND #expires_at > :now")
        .text(":completed", COMPLETED)
        .text(":granted", GRANTED)
        .seed(":seed", change.grant)
        .moment(":now", change.now)
}

pub(super) fn replaced(change: &PasswordChange<'_>) -> Stored<Write> {
    let sets = "#password = :password, #sign_in_sessions_valid_from = :now, #force_change_password = :no";
    Ok(Write::update(Key::account(change.account), sets)
        .when("#version = :version AND #enabled = :yes")
        .number(":version", change.version)
        .value(":password", value(&PasswordRow::from(change.password))?)
        .moment(":now", change.now)
        .truth(":yes", true)
        .truth(":no", false))
}

pub(super) fn revoked(change: &PasswordChange<'_>, owner: &Owner) -> Write {
    touched(&GuessLog::Account(owner.clone()), COMPLETE, change.now)
        .when(ALIVE)
        .when("attribute_not_exists(#completion_5) OR #completion_5 <= :day_ago")
        // A clock that is behind must not move `revoked_before` back, nor leave this reset alive.
        .moment(":revoked", change.now.max(change.reset.began_at))
        .moment(":now", change.now)
        .moment(":began", change.reset.began_at)
        .moment(":day_ago", change.now.minus(DAY))
        .moments(":none", &[])
        .number(":zero", 0)
}
