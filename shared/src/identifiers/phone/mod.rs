//! Phone numbers: their one canonical form, and what it can be used for.
//!
//! A number passes four checks in this order: its spelling, its country code, its length, its type. An ambiguous number
//! is refused, never repaired. Two spellings of one number are one [`Phone`]:
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

mod country;
mod entries;
mod error;
mod grammar;
mod kind;
mod metadata;
#[cfg(test)]
mod oracle;
mod plan;
mod region;
mod spelling_fault;

use std::borrow::Cow;
use std::fmt;

pub use country::{Country, CountryError};
pub use error::{PhoneError, RefusedKind};
pub use kind::PhoneKind;

/// Digits at the end of a number that its mask shows: enough for its owner to recognise it.
const UNMASKED_DIGITS: usize = 2;

/// Digits at the end of a number that tell the numbers of one range apart: operators assign numbers in ranges of ten
/// thousand.
const RANGE_DIGITS: usize = 4;

/// A phone number that may be sent to.
///
/// Equality and hash cover only the dialled number: the extension does not count.
#[derive(Clone)]
pub struct Phone {
    calling_code: i32,
    national: String,
    extension: Option<String>,
    kind: PhoneKind,
    country: Option<Country>,
}

impl Phone {
    /// A text with the country code of `country` before it, unless it begins with `+` or `00`.
    #[must_use]
    pub fn international(text: &str, country: Option<Country>) -> Cow<'_, str> {
        match country.filter(|_| !text.starts_with('+') && !text.starts_with("00")).and_then(metadata::calling_code) {
            Some(code) => format!("+{code} {text}").into(),
            None => text.into(),
        }
    }

    /// Which part of a text that broke [`PhoneError::Grammar`] is wrong, and what would be right, to follow the name of a
    /// property. Holds no digit of the text.
    #[must_use]
    pub fn spelling_fault(text: &str) -> Cow<'static, str> {
        spelling_fault::spelling_fault(text)
    }

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

    /// The number to dial or text: `+` and digits (ITU-T E.164), never the extension.
    #[must_use]
    pub fn e164(&self) -> String {
        format!("+{}{}", self.calling_code, self.national)
    }

    /// The range that the number is in: its E.164 form without the last four digits.
    #[must_use]
    pub fn range(&self) -> String {
        let mut range = self.e164();
        range.truncate(range.len().saturating_sub(RANGE_DIGITS));
        range
    }

    /// The form that is stored, and shown to those who may read it: `+CountryCode Number` with one space, then the
    /// extension as it was written.
    ///
    /// It parses to the same number, which is written the same way again.
    #[must_use]
    pub fn written(&self) -> String {
        let extension = self.extension.as_deref().unwrap_or_default();
        format!("+{} {}{extension}", self.calling_code, self.national)
    }

    /// The form that others may see: the country code, a star for each hidden digit, the last two digits.
    #[must_use]
    pub fn masked(&self) -> String {
        let hidden = self.national.len().saturating_sub(UNMASKED_DIGITS);
        format!("+{} {}{}", self.calling_code, "*".repeat(hidden), &self.national[hidden..])
    }

    /// The country by the numbering plan, not by the country code alone. `None` for the global networks (satellites,
    /// internet), which no list of countries can allow.
    ///
    /// An unassigned number counts as its country code's main country, unless its leading digits belong to another
    /// country.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// The kind that the numbering plan gives the number.
    #[must_use]
    pub fn kind(&self) -> PhoneKind {
        self.kind
    }

    /// Whether the numbering plan assigns the number. One that it does not assign is accepted, with a warning.
    #[must_use]
    pub fn assigned(&self) -> bool {
        self.kind != PhoneKind::Unassigned
    }

    /// Whether an SMS may arrive. Only a fixed line has to be called instead.
    #[must_use]
    pub fn texts(&self) -> bool {
        self.kind != PhoneKind::FixedLine
    }

    /// Whether both are the same line. Extensions do not count, nor does the channel.
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

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

#[cfg(test)]
mod tests;
