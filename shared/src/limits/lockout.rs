//! The sign-in lock of `check-password`: ten wrong passwords in a row, then a pause that grows.

use serde::{Deserialize, Serialize};

use crate::time::Moment;

/// Wrong passwords in a row after which sign-in is locked.
pub const MAX_WRONG_IN_A_ROW: usize = 10;
/// Minutes that the first, second, … lock lasts; the last value repeats.
pub const LOCK_MINUTES: [u64; 5] = [1, 2, 4, 8, 15];
/// How many of the passwords refused last in a run are remembered, so that a script that repeats one is not counted
/// again.
pub const REMEMBERED_PASSWORDS: usize = 3;
/// Seconds after which an attempt whose outcome was never written counts as wrong: no function runs longer.
pub const PENDING_SECONDS: u64 = 30;

/// One account's run of wrong passwords.
///
/// An attempt is charged before its password is compared, and stays in `pending` until its outcome is written. Pending
/// and wrong attempts together never exceed ten. So at most ten passwords are evaluated before a lock, however many
/// arrive at once, and a burst of right passwords locks nobody out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lockout {
    /// Passwords found wrong since the last lock.
    pub wrong: u32,
    /// When each attempt whose outcome is not known yet was charged.
    pub pending: Vec<Moment>,
    /// Locks in this run.
    pub locks: u32,
    /// The end of the last lock.
    pub locked_until: Option<Moment>,
    /// Keyed digests of the passwords refused last, newest first.
    pub refused: Vec<String>,
    /// When it last changed.
    pub changed_at: Option<Moment>,
    /// The row's version; a write succeeds only if it is still the one that was read.
    pub version: u64,
}

/// The decision about a password before it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginAttempt {
    /// Sign-in is locked. The password is neither evaluated nor counted.
    Locked,
    /// The password was refused before in this run. It is neither evaluated nor counted again.
    RefusedBefore,
    /// Too many attempts are being evaluated right now. Try again in a moment.
    Busy,
    /// The password may be evaluated once this state is written.
    Charge(Lockout),
}

impl Lockout {
    /// Decides about a password before it is compared.
    #[must_use]
    pub fn check(&self, password: &str, now: Moment) -> LoginAttempt {
        let aged = self.aged(now);
        if aged.locked_until.is_some_and(|until| now < until) {
            return LoginAttempt::Locked;
        }
        if aged.refused.iter().any(|refused| refused == password) {
            return LoginAttempt::RefusedBefore;
        }
        if aged.wrong as usize + aged.pending.len() >= MAX_WRONG_IN_A_ROW {
            return LoginAttempt::Busy;
        }
        let mut next = aged;
        next.pending.push(now);
        next.changed_at = Some(now);
        LoginAttempt::Charge(next)
    }

    /// The state after an attempt charged at `charged_at` turned out wrong; the tenth in a row locks.
    #[must_use]
    pub fn after_wrong(&self, password: String, charged_at: Moment, now: Moment) -> Self {
        let mut next = self.aged(now);
        let was_pending = next.take(charged_at);
        next.changed_at = Some(now);
        if next.refused.contains(&password) {
            // Several attempts with one password ran at the same time: they count once.
            return next;
        }
        next.refused.insert(0, password);
        next.refused.truncate(REMEMBERED_PASSWORDS);
        if was_pending { next.with_wrong(1, now) } else { next }
    }

    /// The state after an attempt charged at `charged_at` turned out right. The run is over; other pending attempts
    /// stay.
    #[must_use]
    pub fn after_right(&self, charged_at: Moment, now: Moment) -> Self {
        let mut pending = self.clone();
        pending.take(charged_at);
        Self { pending: pending.pending, changed_at: Some(now), version: self.version, ..Self::default() }
    }

    /// The state with every attempt whose outcome is overdue counted as wrong.
    fn aged(&self, now: Moment) -> Self {
        let (stale, pending): (Vec<Moment>, Vec<Moment>) =
            self.pending.iter().partition(|at| at.plus(PENDING_SECONDS) <= now);
        let next = Self { pending, ..self.clone() };
        // If they cause a lock, it began when the last of them became overdue, not when somebody looked.
        let given_up = stale.iter().max().map_or(now, |at| at.plus(PENDING_SECONDS));
        next.with_wrong(u32::try_from(stale.len()).unwrap_or(u32::MAX), given_up)
    }

    fn with_wrong(mut self, more: u32, at: Moment) -> Self {
        self.wrong = self.wrong.saturating_add(more);
        if self.wrong as usize >= MAX_WRONG_IN_A_ROW {
            let step = (self.locks as usize).min(LOCK_MINUTES.len() - 1);
            self.wrong = 0;
            self.locks += 1;
            self.locked_until = Some(at.plus(LOCK_MINUTES[step] * 60));
        }
        self
    }

    /// Removes one pending attempt. Returns `false` if it was already counted as overdue.
    fn take(&mut self, charged_at: Moment) -> bool {
        let at = self.pending.iter().position(|pending| *pending == charged_at);
        at.map(|at| self.pending.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_seconds(1_000_000);

    fn charge(state: &Lockout, password: &str, now: Moment) -> Lockout {
        let LoginAttempt::Charge(next) = state.check(password, now) else { panic!("{:?}", state.check(password, now)) };
        next
    }

    #[test]
    fn ten_wrong_lock_for_one_two_four_eight_and_fifteen_minutes() {
        let mut state = Lockout::default();
        let mut now = START;
        for (lock, minutes) in [1, 2, 4, 8, 15, 15].into_iter().enumerate() {
            for number in 0..MAX_WRONG_IN_A_ROW {
                let password = format!("{lock}/{number}");
                state = charge(&state, &password, now).after_wrong(password, now, now);
            }
            assert_eq!(state.check("x", now.plus(minutes * 60 - 1)), LoginAttempt::Locked);
            now = now.plus(minutes * 60);
        }
    }

    #[test]
    fn a_password_refused_in_this_run_is_not_counted_again() {
        let state = (0..4).fold(Lockout::default(), |state, number| {
            let password = number.to_string();
            charge(&state, &password, START).after_wrong(password, START, START)
        });
        assert_eq!(state.refused, ["3", "2", "1"]);
        assert_eq!(state.wrong, 4);
        assert_eq!(state.check("2", START), LoginAttempt::RefusedBefore);
        assert!(matches!(state.check("0", START), LoginAttempt::Charge(_)));
    }

    #[test]
    fn one_wrong_password_many_times_at_once_is_one() {
        let state = charge(&Lockout::default(), "other", START).after_wrong("other".to_owned(), START, START);
        let full = (0..9).fold(state, |state, _| charge(&state, "same", START));
        let done = (0..9).fold(full, |state, _| state.after_wrong("same".to_owned(), START, START));
        assert_eq!((done.wrong, done.locks, done.pending.len()), (2, 0, 0));
        assert_eq!(done.refused, ["same", "other"]);
    }

    #[test]
    fn at_most_ten_are_under_way_and_right_ones_lock_nobody_out() {
        let full = (0..10).fold(Lockout::default(), |state, number| charge(&state, "right", START.plus(number)));
        assert_eq!(full.check("right", START.plus(10)), LoginAttempt::Busy);
        let done = (0..10).fold(full, |state, number| state.after_right(START.plus(number), START.plus(11)));
        assert_eq!(done, Lockout { changed_at: Some(START.plus(11)), ..Lockout::default() });
    }

    #[test]
    fn a_right_one_ends_the_run_and_leaves_the_others_charged() {
        let state =
            charge(&charge(&Lockout { wrong: 7, locks: 2, ..Lockout::default() }, "a", START), "b", START.plus(1));
        let state = state.after_right(START, START.plus(2));
        assert_eq!((state.wrong, state.locks, &state.pending), (0, 0, &vec![START.plus(1)]));
        assert_eq!(state.after_wrong("b".to_owned(), START.plus(1), START.plus(3)).wrong, 1);
    }

    #[test]
    fn tries_that_nobody_answers_for_count_as_wrong_and_lock_too() {
        let full = (0..10).fold(Lockout::default(), |state, _| charge(&state, "x", START));
        assert_eq!(full.check("x", START.plus(PENDING_SECONDS - 1)), LoginAttempt::Busy);
        assert_eq!(full.check("x", START.plus(PENDING_SECONDS)), LoginAttempt::Locked);
        assert_eq!(full.check("x", START.plus(PENDING_SECONDS + 59)), LoginAttempt::Locked);
        assert!(matches!(full.check("x", START.plus(PENDING_SECONDS + 60)), LoginAttempt::Charge(_)));
        // An outcome that comes too late is not counted twice.
        let late = full.after_wrong("y".to_owned(), START, START.plus(PENDING_SECONDS + 60));
        assert_eq!((late.wrong, late.locks), (0, 1));
    }
}
