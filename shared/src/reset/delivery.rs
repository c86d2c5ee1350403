//! The outcome of a delivery job, and why a code was not sent.

use crate::policy::spending::Spent;

/// The outcome of a delivery job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// The provider accepted the message.
    Sent,
    /// The provider's response was lost. The message may have been sent, so it is counted as sent.
    Unknown,
    /// Nothing was sent, and nothing will be.
    Dropped(DropReason),
}

/// Why a code was not sent. This is for operators, never for the person who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// No account has the name.
    UnknownName,
    /// The account is disabled.
    Disabled,
    /// The account cannot pass the gates that it needs.
    NotCapable,
    /// The method reaches no contact that a reset may use.
    NoDestination,
    /// The claimed phone number is not the one on file.
    PhoneProof,
    /// The second gate would repeat the first.
    SameAsGateOne,
    /// A send limit is reached.
    SendLimit,
    /// The guess budget is spent, so a code could not be used.
    BudgetSpent,
    /// The account has had its completed resets of the day.
    CompletionLimit,
    /// This part of the daily budget for messages is spent.
    SpendCap(Spent),
    /// Too few of the codes sent to this range of phone numbers are used.
    Conversion,
    /// The account changed in a way that revokes the reset, or the name now belongs to another account.
    Revoked,
    /// The job ran too late to be of use, its gate is already passed, or its reset is over.
    Stale,
    /// The provider permanently refused the destination.
    Refused,
    /// The provider did not accept the message in any attempt.
    ProviderBusy,
    /// The deployment is not set up to send the message.
    NotSetUp,
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
            Self::SpendCap(Spent::Share) => "spendCap",
            Self::SpendCap(Spent::Account) => "spendCapOfAccount",
            Self::SpendCap(Spent::Network) => "spendCapOfNetwork",
            Self::SpendCap(Spent::Country) => "spendCapOfCountry",
            Self::Conversion => "conversion",
            Self::Revoked => "revoked",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::ProviderBusy => "providerBusy",
            Self::NotSetUp => "notSetUp",
        }
    }
}
