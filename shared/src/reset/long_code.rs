//! The long code of an email: it outlives the reset for which it was sent.

use serde::{Deserialize, Serialize};

use super::code::Binding;
use crate::policy::method::{CodeMethod, Gate};
use crate::random::{ResetId, Seed};
use crate::time::{HOUR, Moment};

/// Hours that an emailed long code lives.
pub const LONG_CODE_HOURS: u64 = 24;

/// One message with a long code that an account got; the code is derived from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedLongCode {
    /// The reset for which it was made.
    pub reset: ResetId,
    /// The gate at which it is accepted.
    pub gate: Gate,
    /// From which it is derived.
    pub seed: Seed,
    /// The version of the key.
    pub code_key: u32,
    /// The keyed digest of the address that it went to.
    pub destination: String,
    /// When it was made.
    pub made_at: Moment,
}

impl IssuedLongCode {
    /// What the long code is bound to: whatever its message was ordered as, it came by email.
    #[must_use]
    pub fn binding(&self) -> Binding<'_> {
        Binding::Reset { id: self.reset.as_str(), gate: self.gate, method: CodeMethod::Email }
    }

    /// Whether it may still be accepted, given the account's last void moment.
    #[must_use]
    pub fn is_live(&self, revoked_before: Option<Moment>, now: Moment) -> bool {
        now < self.made_at.plus(LONG_CODE_HOURS * HOUR) && revoked_before.is_none_or(|revoked| self.made_at > revoked)
    }
}
