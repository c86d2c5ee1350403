//! Moments, and the clock, which is always passed as an argument.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

pub use jiff::civil::Date;

/// One day in seconds.
pub const DAY: u64 = 86_400;
/// One hour in seconds.
pub const HOUR: u64 = 3_600;

/// A moment in UTC, in whole milliseconds since 1970-01-01.
///
/// The table stores and compares milliseconds. RFC 3339 text always carries three decimals, so that every response has
/// the same length.
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

    /// The moment `seconds` earlier, but not before 1970.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(1000)))
    }

    /// The time that has passed since an earlier moment; zero if that moment is in the future.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Whole seconds from now until this moment, rounded up; zero when it has passed.
    #[must_use]
    pub const fn seconds_from(self, now: Self) -> u64 {
        self.0.saturating_sub(now.0).div_ceil(1000)
    }

    /// The UTC day.
    #[must_use]
    pub fn day(self) -> Date {
        Offset::UTC.to_datetime(self.timestamp()).date()
    }

    /// The moment at which a UTC day ends and the next begins. A day before 1970 counts as 1970-01-01.
    #[must_use]
    pub fn end_of(day: Date) -> Self {
        let before = day.duration_since(Date::constant(1970, 1, 1)).as_secs();
        Self::from_seconds(u64::try_from(before).unwrap_or(0)).plus(DAY)
    }

    /// Parses RFC 3339, rounded down to a millisecond; `None` before 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = text.parse::<jiff::Timestamp>().ok()?;
        at.as_millisecond().try_into().ok().map(Self::from_millis)
    }

    fn timestamp(self) -> jiff::Timestamp {
        i64::try_from(self.0)
            .ok()
            .and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
            .unwrap_or(jiff::Timestamp::MAX)
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC with milliseconds: `2026-11-21T22:04:30.123Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

/// A future that resolves when a pause is over.
pub type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and lets it pass. The clock of the local service can be advanced.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
    /// Waits for `duration` of real time, even if the clock is advanced meanwhile. The time runs from this call, not
    /// from the first time that the future is awaited.
    fn sleep(&self, duration: Duration) -> Pause;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_three_decimals_always() {
        assert_eq!(Moment::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Moment::from_millis(1_795_298_670_120).to_string(), "2026-11-21T22:04:30.120Z");
        assert_eq!(Moment::from_millis(1_795_298_670_120).day().to_string(), "2026-11-21");
    }

    #[test]
    fn text_is_read_as_it_was_written() {
        let at = Moment::from_millis(1_501_893_662_669);
        assert_eq!(Moment::parse("2017-08-05T00:41:02.669Z"), Some(at));
        assert_eq!(Moment::parse(&at.to_string()), Some(at));
        assert_eq!(Moment::parse("2017-08-05T02:41:02.6699+02:00"), Some(at));
        for text in ["", "2017-08-05", "1969-12-31T23:59:59Z", "yesterday"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        for text in ["1970-01-01", "2000-02-29", "2026-11-21", "2026-12-31", "2100-02-28", "2100-03-01"] {
            let day: Date = text.parse().unwrap();
            let end = Moment::end_of(day);
            assert_eq!(Moment::from_millis(end.millis() - 1).day(), day);
            assert_eq!(end.day(), day.tomorrow().unwrap());
        }
    }

    #[test]
    fn seconds_left_round_up() {
        let now = Moment::from_millis(1_000_001);
        assert_eq!(now.plus(30).seconds_from(now), 30);
        assert_eq!(Moment::from_millis(1_000_002).seconds_from(now), 1);
        assert_eq!(now.minus(5).seconds_from(now), 0);
    }
}
