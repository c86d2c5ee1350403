//! What became of the order of a code, and why one was not sent.

/// What became of one order of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// The provider took it.
    Sent,
    /// The provider's answer was lost: it may have been sent, and is counted as if it were.
    Unknown,
    /// Nothing was sent, and nothing will be.
    Dropped(DropReason),
}

/// Why an order was not sent; for operators, never for the person who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// No account bears the name.
    UnknownName,
    /// The account is disabled.
    Disabled,
    /// The account cannot pass the gates that it needs.
    NotCapable,
    /// The method reaches nothing that may be used.
    NoDestination,
    /// The claimed phone number is not the one on file.
    PhoneProof,
    /// The second gate would repeat the first.
    SameAsGateOne,
    /// A send limit is reached.
    SendLimit,
    /// The guess budget is spent: a code could not be used.
    BudgetSpent,
    /// The account had its resets of the day.
    CompletionLimit,
    /// The money of the day is spent.
    SpendCap,
    /// The account changed in a way that voids the reset.
    Revoked,
    /// The order came too late to be of use, or its reset is over.
    Stale,
    /// The provider refused the destination for good.
    Refused,
    /// The provider could not take it for as long as it was tried.
    ProviderBusy,
}

impl DropReason {
    /// The reason's name in logs and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownName => "unknownName",
            Self::Disabled => "disabled",
            Self::NotCapable => "notCapable",
            Self::NoDestination => "noDestination",
            Self::PhoneProof => "phoneProof",
            Self::SameAsGateOne => "sameAsGateOne",
            Self::SendLimit => "sendLimit",
            Self::BudgetSpent => "budgetSpent",
            Self::CompletionLimit => "completionLimit",
            Self::SpendCap => "spendCap",
            Self::Revoked => "void",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::ProviderBusy => "providerBusy",
        }
    }
}
