//! A moment as a query writes it, which may lie before 1970, or between two milliseconds.

use jiff::Timestamp;

/// Nanoseconds in a millisecond.
const NANOS: i128 = 1_000_000;
/// Length of a date alone, in bytes.
const DATE: usize = 10;
/// Most digits of a second's fraction: nanoseconds.
const MAX_FRACTION: usize = 9;

/// A moment from a literal of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    nanos: i128,
}

impl Instant {
    /// Reads an OData date-time with its offset, such as `2026-11-21T22:04:30.1234567Z`, or a date alone, which is
    /// its first moment in UTC; `None` for anything else.
    ///
    /// Source: OData 4.01 ABNF, `dateTimeOffsetValue` and `dateValue`; RFC 3339, section 5.6.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let timestamp: Timestamp = match text.split_at_checked(DATE)? {
            (date, "") if is_date(date) => format!("{date}T00:00:00Z").parse().ok()?,
            (date, time) if is_date(date) && is_time(time) => text.parse().ok()?,
            _ => return None,
        };
        Some(Self { nanos: timestamp.as_nanosecond() })
    }

    /// The first millisecond that is not before it.
    #[must_use]
    pub fn ceil(self) -> i128 {
        -(-self.nanos).div_euclid(NANOS)
    }

    /// The last millisecond that is not after it.
    #[must_use]
    pub fn floor(self) -> i128 {
        self.nanos.div_euclid(NANOS)
    }
}

/// Whether a text has the form `2026-11-21`.
fn is_date(text: &str) -> bool {
    is_like(text, "dddd-dd-dd")
}

/// Whether a text has the form `T22:04`, `T22:04:30` or `T22:04:30.123`, with `Z` or an offset such as `+01:00`.
fn is_time(text: &str) -> bool {
    let Some(at) = text.rfind(['Z', '+', '-']) else { return false };
    let (time, offset) = text.split_at(at);
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let whole = is_like(time, "Tdd:dd:dd") || (fraction.is_none() && is_like(time, "Tdd:dd"));
    let digits = |fraction: &str| {
        (1..=MAX_FRACTION).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit())
    };
    let zone = offset == "Z" || is_like(offset, "+dd:dd") || is_like(offset, "-dd:dd");
    whole && fraction.is_none_or(digits) && zone
}

/// Whether a text matches a form, in which `d` is any digit and every other character is itself.
fn is_like(text: &str, form: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| if form == b'd' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(text: &str) -> Option<(i128, i128)> {
        Instant::parse(text).map(|instant| (instant.floor(), instant.ceil()))
    }

    #[test]
    fn a_moment_is_read_to_the_nanosecond() {
        let at = 1_795_298_670_000;
        for (text, floor, ceil) in [
            ("2026-11-21T22:04:30Z", at, at),
            ("2026-11-21T22:04:30.12Z", at + 120, at + 120),
            ("2026-11-21T23:04:30.120+01:00", at + 120, at + 120),
            ("2026-11-21T22:04:30.1200000Z", at + 120, at + 120),
            ("2026-11-21T22:04:30.1200001Z", at + 120, at + 121),
            ("2026-11-21T22:04:30.999999999Z", at + 999, at + 1000),
            ("2026-11-21T22:04Z", at - 30_000, at - 30_000),
            ("2026-11-21", at - 79_470_000, at - 79_470_000),
            ("1969-12-31T23:59:59.9995Z", -1, 0),
            ("1969-12-31T23:59:59.999Z", -1, -1),
        ] {
            assert_eq!(between(text), Some((floor, ceil)), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_a_moment_is_refused() {
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-11-32",
            "2026-02-29",
            "20261121",
            "2026-11-21T",
            "2026-11-21Z",
            "2026-11-21T22Z",
            "2026-11-21T22:04:30",
            "2026-11-21 22:04:30Z",
            "2026-11-21t22:04:30z",
            "2026-11-21T25:04:30Z",
            "2026-11-21T22:04:30.Z",
            "2026-11-21T22:04.5Z",
            "2026-11-21T22:04:30.1234567890Z",
            "2026-11-21T22:04:30 01:00",
            "2026-11-21T22:04:30+0100",
            "2026-11-21T22:04:30+01:00[Europe/Berlin]",
            "+002026-11-21T22:04:30Z",
            "2026-11-21T22:04:30Z'",
            "２０２６-11-21",
        ] {
            assert_eq!(between(text), None, "{text}");
        }
    }
}
