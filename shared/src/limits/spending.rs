//! The shares of the daily budget for messages, and how much of a share one party may spend.

use crate::money::Money;
use crate::policy::Policy;

/// The part of the daily budget that a purpose may spend. Parts do not borrow from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Codes of resets: 60 %.
    Resets,
    /// Codes of registrations: 20 %.
    Registration,
    /// Notices: 20 %.
    Notices,
}

/// Percentage of a share that one source network or one account may spend in a day.
const PERCENT_PER_PARTY: u64 = 5;

impl Share {
    /// The name in the keys of the rows that count the money.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resets => "resets",
            Self::Registration => "registration",
            Self::Notices => "notices",
        }
    }

    const fn percent(self) -> u64 {
        match self {
            Self::Resets => 60,
            Self::Registration | Self::Notices => 20,
        }
    }

    /// The most that this purpose may spend in one UTC day.
    #[must_use]
    pub const fn cap(self, policy: &Policy) -> Money {
        policy.daily_spend_cap_usd.percent(self.percent())
    }

    /// The most that one source network or one account may spend for this purpose in one UTC day.
    #[must_use]
    pub const fn cap_per_party(self, policy: &Policy) -> Money {
        self.cap(policy).percent(PERCENT_PER_PARTY)
    }
}
