//! The long code in an email. It outlives the reset that it was sent for.

use serde::{Deserialize, Serialize};

use super::code::Binding;
use crate::policy::method::{CodeMethod, Gate};
use crate::random::{ResetId, Seed};
use crate::time::{HOUR, Moment};

/// Lifetime of an emailed long code, in hours.
pub const LONG_CODE_HOURS: u64 = 24;

/// A long code that was issued to an account by email. The code is derived from these values and never stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedLongCode {
    /// The reset that it was issued for.
    pub reset: ResetId,
    /// The gate at which it is accepted.
    pub gate: Gate,
    /// The seed that it is derived from.
    pub seed: Seed,
    /// The version of the key that it is derived from.
    pub code_key: u32,
    /// Keyed digest of the address that it went to.
    pub destination: String,
    /// When it was issued.
    pub made_at: Moment,
}

impl IssuedLongCode {
    /// The binding of the long code. Its method is always email, even if the code was ordered by another method and
    /// failed over to email.
    #[must_use]
    pub fn binding(&self) -> Binding<'_> {
        Binding::Reset { id: self.reset.as_str(), gate: self.gate, method: CodeMethod::Email }
    }

    /// Whether it may still be accepted. A code issued at or before `revoked_before` is revoked.
    #[must_use]
    pub fn is_live(&self, revoked_before: Option<Moment>, now: Moment) -> bool {
        now < self.made_at.plus(LONG_CODE_HOURS * HOUR) && revoked_before.is_none_or(|revoked| self.made_at > revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Samples;
    use crate::testing::samples::START;

    #[test]
    fn a_long_code_lives_for_a_day_unless_it_is_revoked() {
        let issued = Samples::default().issued_long_code(START);
        let day = 24 * HOUR;
        for (revoked, age, live) in [
            (None, 0, true),
            (None, day - 1, true),
            (None, day, false),
            (Some(START.minus(1)), 0, true),
            (Some(START), 0, false),
            (Some(START.plus(1)), 0, false),
            (Some(START.minus(1)), day, false),
        ] {
            assert_eq!(issued.is_live(revoked, START.plus(age)), live, "{revoked:?} {age}");
        }
    }

    #[test]
    fn a_long_code_belongs_to_its_reset_and_gate_and_to_email() {
        let issued = IssuedLongCode { gate: Gate::Two, ..Samples::default().issued_long_code(START) };
        let Binding::Reset { id, gate, method } = issued.binding() else { panic!("it is a reset's") };
        assert_eq!((id, gate, method), (issued.reset.as_str(), Gate::Two, CodeMethod::Email));
    }
}
