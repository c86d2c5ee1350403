//! Moments and the clock, which is an argument everywhere.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One day in seconds.
pub const DAY: u64 = 86_400;
/// One hour in seconds.
pub const HOUR: u64 = 3_600;

/// A moment in UTC, in whole milliseconds since 1970-01-01.
///
/// Milliseconds are what the table stores and compares; RFC 3339 text always carries three decimals,
/// so that every answer has the same length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(u64);

impl Moment {
    /// The moment `milliseconds` after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// The moment `seconds` after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The moment `seconds` later.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The moment `seconds` earlier, and never before 1970.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(1000)))
    }

    /// Whole seconds from now until this moment, rounded up; zero when it has passed.
    #[must_use]
    pub const fn seconds_from(self, now: Self) -> u64 {
        self.0.saturating_sub(now.0).div_ceil(1000)
    }

    /// The UTC day, as `2026-11-21`.
    #[must_use]
    pub fn day(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC with milliseconds: `2026-11-21T22:04:30.123Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        let timestamp = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{timestamp:.3}")
    }
}

/// Tells the time; the local service's clock can be advanced.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_three_decimals_always() {
        assert_eq!(Moment::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Moment::from_millis(1_795_298_670_120).to_string(), "2026-11-21T22:04:30.120Z");
        assert_eq!(Moment::from_millis(1_795_298_670_120).day(), "2026-11-21");
    }

    #[test]
    fn seconds_left_round_up() {
        let now = Moment::from_millis(1_000_001);
        assert_eq!(now.plus(30).seconds_from(now), 30);
        assert_eq!(Moment::from_millis(1_000_002).seconds_from(now), 1);
        assert_eq!(now.minus(5).seconds_from(now), 0);
    }
}
