//! The sign-in lock of `check-password`: ten wrong passwords in a row, then a pause that grows.

use crate::time::Moment;

/// Wrong passwords in a row that lock sign-in.
pub const MAX_WRONG_IN_A_ROW: u32 = 10;
/// Minutes of the first, second … lock; the last one repeats.
pub const LOCK_MINUTES: [u64; 5] = [1, 2, 4, 8, 15];
/// Passwords already refused in this run that are remembered, so that a script repeating one is not counted.
pub const REMEMBERED_PASSWORDS: usize = 3;

/// One account's run of wrong passwords.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignIn {
    /// Passwords charged since the last lock, right or wrong.
    pub charged: u32,
    /// Locks in this run.
    pub locks: u32,
    /// The end of the last lock.
    pub locked_until: Option<Moment>,
    /// Keyed digests of the last passwords refused.
    pub refused: Vec<String>,
    /// The row's version; a write demands the one that was read.
    pub version: u64,
}

/// What may be done with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// Sign-in is locked: it is neither evaluated nor counted.
    Locked,
    /// It was refused before in this run: it is not counted again.
    RefusedBefore,
    /// It may be evaluated once this state is written.
    Charge(SignIn),
}

impl SignIn {
    /// Decides about a password before it is compared.
    #[must_use]
    pub fn judge(&self, password: &str, now: Moment) -> Trial {
        if self.locked_until.is_some_and(|until| now < until) {
            return Trial::Locked;
        }
        if self.refused.iter().any(|refused| refused == password) {
            return Trial::RefusedBefore;
        }
        let charged = self.charged + 1;
        let mut next = Self { charged, ..self.clone() };
        // The charge that fills the row locks it, so that no crash can leave a full row unlocked.
        if charged >= MAX_WRONG_IN_A_ROW {
            let step = (self.locks as usize).min(LOCK_MINUTES.len() - 1);
            next.charged = 0;
            next.locks = self.locks + 1;
            next.locked_until = Some(now.plus(LOCK_MINUTES[step] * 60));
        }
        Trial::Charge(next)
    }

    /// Remembers a password just refused.
    #[must_use]
    pub fn with_refused(&self, password: String) -> Self {
        let mut refused = vec![password];
        refused.extend(self.refused.iter().take(REMEMBERED_PASSWORDS - 1).cloned());
        Self { refused, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_lock_for_one_two_four_eight_and_fifteen_minutes() {
        let mut state = SignIn::default();
        let mut now = Moment::from_seconds(1_000_000);
        for (lock, minutes) in [1, 2, 4, 8, 15, 15].into_iter().enumerate() {
            for number in 0..MAX_WRONG_IN_A_ROW {
                let Trial::Charge(next) = state.judge(&format!("{lock}/{number}"), now) else { panic!("locked early") };
                state = next;
            }
            assert_eq!(state.judge("x", now.plus(minutes * 60 - 1)), Trial::Locked);
            now = now.plus(minutes * 60);
        }
    }

    #[test]
    fn a_password_refused_in_this_run_is_not_counted_again() {
        let now = Moment::from_seconds(1_000_000);
        let state = (0..4).fold(SignIn::default(), |state, number| state.with_refused(number.to_string()));
        assert_eq!(state.refused, ["3", "2", "1"]);
        assert_eq!(state.judge("2", now), Trial::RefusedBefore);
        assert!(matches!(state.judge("0", now), Trial::Charge(_)));
    }
}
