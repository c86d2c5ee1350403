//! Phone numbers: one canonical form, and what may be done with it.
//!
//! A number passes four gates in this order: its spelling, its country code, its length, its type.
//! What is ambiguous is refused, never repaired. Two spellings of one number are one [`Phone`]:
//!
//! ```
//! use shared::identifiers::phone::Phone;
//!
//! let phone = Phone::parse("+44 (0)20 7946 0958x12")?;
//! assert_eq!(phone.e164(), "+442079460958");
//! assert_eq!(phone.written(), "+44 2079460958x12");
//! assert_eq!(phone, Phone::parse("+4402079460958")?);
//! assert!(!phone.texts());
//! # Ok::<(), shared::identifiers::phone::PhoneError>(())
//! ```

mod grammar;
mod plan;

use std::fmt;
use std::hash::{Hash, Hasher};

pub use plan::{PhoneKind, RefusedKind};

/// Digits at the end of a number that its mask leaves readable: enough for its owner to recognise it.
const UNMASKED_DIGITS: usize = 2;

/// A country, as two capital letters of ISO 3166-1 (or `XK` for Kosovo, as numbering plans have it).
///
/// Only the form is checked, so that a policy may name a country which has no numbering plan yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two capital ASCII letters.
    ///
    /// # Errors
    ///
    /// [`CountryError`] for anything else, small letters included.
    pub fn parse(text: &str) -> Result<Self, CountryError> {
        match text.as_bytes() {
            &[first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => Ok(Self([first, second])),
            _ => Err(CountryError),
        }
    }

    /// Whether there is a numbering plan of that name, by the plans that this binary knows.
    #[must_use]
    pub fn has_numbers(self) -> bool {
        plan::is_planned(self)
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters are UTF-8")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A country that is not two capital ASCII letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryError;

impl fmt::Display for CountryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a country is written as two capital letters")
    }
}

impl std::error::Error for CountryError {}

/// Why a text is not a phone number that may be sent to: one variant per rule, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneError {
    /// The text is not spelled `+CountryCode Number`, with an optional extension after an `x`.
    Grammar,
    /// The number begins with no known country code.
    CountryCode,
    /// The country has no numbers of this length.
    Length,
    /// A trunk prefix inside the number lets it be read as two different numbers.
    Ambiguous,
    /// Numbers of this type are not sent to.
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

/// A phone number that may be sent to.
///
/// Equality and hash are those of what is dialled: the extension does not count.
#[derive(Clone)]
pub struct Phone {
    calling_code: i32,
    national: String,
    extension: Option<String>,
    kind: PhoneKind,
    country: Option<Country>,
}

impl Phone {
    /// Reads a phone number with its country code, in any of the usual spellings.
    ///
    /// # Errors
    ///
    /// The first rule of [`PhoneError`] that the text breaks.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let spelling = grammar::read(text).ok_or(PhoneError::Grammar)?;
        let entry = plan::look_up(&spelling.dialled)?;
        Ok(Self {
            calling_code: entry.calling_code,
            national: entry.national,
            extension: spelling.extension.map(str::to_owned),
            kind: entry.kind,
            country: entry.country,
        })
    }

    /// What is dialled or texted: `+` and digits (ITU-T E.164), never the extension.
    #[must_use]
    pub fn e164(&self) -> String {
        format!("+{}{}", self.calling_code, self.national)
    }

    /// What is stored and shown to those who may read it: `+CountryCode Number`, one space, then the
    /// extension as it was written.
    ///
    /// It parses to the same number and is written the same again.
    #[must_use]
    pub fn written(&self) -> String {
        let extension = self.extension.as_deref().unwrap_or_default();
        format!("+{} {}{extension}", self.calling_code, self.national)
    }

    /// What others may see: the country code, a star for each digit, the last two digits.
    #[must_use]
    pub fn masked(&self) -> String {
        let hidden = self.national.len().saturating_sub(UNMASKED_DIGITS);
        format!("+{} {}{}", self.calling_code, "*".repeat(hidden), &self.national[hidden..])
    }

    /// The country by the numbering plan, not by the country code alone; none for the networks of the
    /// world (satellites, internet), which no list of countries can allow.
    ///
    /// An unassigned number counts as its country code's main country unless its leading digits are
    /// another's.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// What the numbering plan says it is.
    #[must_use]
    pub fn kind(&self) -> PhoneKind {
        self.kind
    }

    /// Whether the numbering plan assigns the number; one that it does not is kept, with a warning.
    #[must_use]
    pub fn assigned(&self) -> bool {
        self.kind != PhoneKind::Unassigned
    }

    /// Whether a text may arrive: everywhere but at a fixed line, which is called.
    #[must_use]
    pub fn texts(&self) -> bool {
        self.kind != PhoneKind::FixedLine
    }

    /// Whether both are one line: one number by text and by call, or with two extensions, is one.
    #[must_use]
    pub fn same_destination(&self, other: &Self) -> bool {
        self.calling_code == other.calling_code && self.national == other.national
    }
}

impl PartialEq for Phone {
    fn eq(&self, other: &Self) -> bool {
        self.same_destination(other)
    }
}

impl Eq for Phone {}

impl Hash for Phone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.calling_code.hash(state);
        self.national.hash(state);
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

#[cfg(test)]
mod tests;
