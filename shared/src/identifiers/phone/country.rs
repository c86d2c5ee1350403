//! Countries, as numbering plans name them.

use std::fmt;

/// A country, as two capital letters of ISO 3166-1 (or `XK` for Kosovo, as in numbering plans).
///
/// Only the form is checked, so a policy may name a country that has no numbering plan yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two capital ASCII letters.
    ///
    /// # Errors
    ///
    /// [`CountryError`] for anything else, including small letters.
    pub fn parse(text: &str) -> Result<Self, CountryError> {
        match text.as_bytes() {
            &[first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => Ok(Self([first, second])),
            _ => Err(CountryError),
        }
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

/// The text is not two capital ASCII letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryError;

impl fmt::Display for CountryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a country is written as two capital letters")
    }
}

impl std::error::Error for CountryError {}
