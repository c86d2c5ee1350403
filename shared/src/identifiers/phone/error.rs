//! The reasons to refuse a text as a phone number.

use std::fmt;

/// Why a text is not a phone number that may be sent to: one variant per rule, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneError {
    /// The text is not spelled `+CountryCode Number`, with an optional extension after an `x`.
    Grammar,
    /// The number does not begin with a known country code.
    CountryCode,
    /// The country has no numbers of this length.
    Length,
    /// A trunk prefix inside the number allows two readings of it.
    Ambiguous,
    /// Nothing is sent to numbers of this type.
    Type(RefusedKind),
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grammar => f.write_str(
                "a phone number is written as +CountryCode PhoneNumber in ASCII digits, with an optional extension after x",
            ),
            Self::CountryCode => f.write_str("the phone number has no known country code"),
            Self::Length => f.write_str("the phone number has a length that its country does not use"),
            Self::Ambiguous => f.write_str("the phone number has more than one trunk prefix"),
            Self::Type(kind) => write!(f, "{kind} phone numbers are not accepted"),
        }
    }
}

impl std::error::Error for PhoneError {}

/// A kind of number that nothing is ever sent to: someone pays more than for a plain call, or the number does not
/// belong to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusedKind {
    /// The caller pays a premium, and the number's owner gets a share.
    PremiumRate,
    /// The caller pays a special tariff.
    SharedCost,
    /// The called party pays.
    TollFree,
    /// A pager.
    Pager,
    /// A number that follows a person from line to line, at its own tariff.
    PersonalNumber,
    /// A company's universal access number.
    UniversalAccess,
    /// Access to a voice mailbox.
    Voicemail,
}

impl fmt::Display for RefusedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PremiumRate => "premium-rate",
            Self::SharedCost => "shared-cost",
            Self::TollFree => "toll-free",
            Self::Pager => "pager",
            Self::PersonalNumber => "personal",
            Self::UniversalAccess => "universal access",
            Self::Voicemail => "voicemail",
        })
    }
}
