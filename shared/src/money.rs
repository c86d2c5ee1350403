//! Money, exact to a millionth of a US dollar.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount in millionths of a US dollar; written as a decimal string such as `"0.00645"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(u64);

/// Most decimal places of an amount: a millionth has six.
const DECIMALS: usize = 6;
/// Most digits before the decimal point: ample for any daily cap, and sums stay far from overflow.
const MAX_WHOLE_DIGITS: usize = 9;

impl Money {
    /// Zero dollars.
    pub const ZERO: Self = Self(0);
    /// The largest amount, which no daily cap can cover.
    pub const MAX: Self = Self(u64::MAX);

    /// An amount of `micros` millionths.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The amount in millionths.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// `percent` per cent of this amount, rounded down.
    #[must_use]
    pub const fn percent(self, percent: u64) -> Self {
        Self(self.0 / 100 * percent + self.0 % 100 * percent / 100)
    }

    /// The sum of two amounts, or the largest amount if the sum exceeds it.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Reads `12`, `12.5` or `0.00645`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > MAX_WHOLE_DIGITS || fraction.len() > DECIMALS {
            return None;
        }
        let micros: u64 = format!("{fraction:0<DECIMALS$}").parse().ok()?;
        Some(Self(whole.parse::<u64>().ok()? * 1_000_000 + micros))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        let trimmed = text.trim_end_matches('0');
        let decimals = trimmed.len() - trimmed.find('.').map_or(trimmed.len(), |point| point + 1);
        f.write_str(&text[..trimmed.len() + 2_usize.saturating_sub(decimals)])
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("an amount is a decimal such as \"0.05\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_print_as_they_are_read() {
        for text in ["25.00", "0.00645", "0.013", "0.10", "0.00", "999999999.999999"] {
            assert_eq!(Money::parse(text).map(|money| money.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Money::parse("12"), Some(Money::from_micros(12_000_000)));
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1.0000001", "1 ", "10000000000"] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
        assert_eq!(Money::from_micros(25_000_000).percent(60), Money::from_micros(15_000_000));
    }
}
