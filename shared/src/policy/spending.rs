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

/// The part of a day's money that is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// The share of the purpose.
    Share,
    /// The part of that share that one account may spend.
    Account,
    /// The part of that share that one source network may spend.
    Network,
    /// What the messages to one country may cost, whatever their purpose.
    Country,
}

/// Percentage of a share that one account may spend in a day.
const ACCOUNT_PERCENT: u64 = 5;
/// Percentage of the share for resets that one source network may spend in a day. An office is one network, and so is
/// a mobile carrier, so this is a lot more than for an account.
const NETWORK_PERCENT: u64 = 25;

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

    /// The most that one account may spend for this purpose in one UTC day: a twentieth of the share, but enough for the
    /// dearest single message.
    #[must_use]
    pub fn cap_per_account(self, policy: &Policy) -> Money {
        self.part(policy, ACCOUNT_PERCENT)
    }

    /// The most that one source network may spend for this purpose in one UTC day: a quarter of the share for resets, but
    /// enough for the dearest single message. `None` for other purposes: who registers has signed in, and nobody asks
    /// for a notice.
    #[must_use]
    pub fn cap_per_network(self, policy: &Policy) -> Option<Money> {
        match self {
            Self::Resets => Some(self.part(policy, NETWORK_PERCENT)),
            Self::Registration | Self::Notices => None,
        }
    }

    fn part(self, policy: &Policy, percent: u64) -> Money {
        let cap = self.cap(policy);
        cap.percent(percent).max(policy.dearest_message()).min(cap)
    }

    /// The daily budget whose share for this purpose pays for one message of this price.
    #[must_use]
    pub const fn budget_for(self, price: Money) -> Money {
        Money::from_micros(price.micros().saturating_mul(100).div_ceil(self.percent()))
    }
}
