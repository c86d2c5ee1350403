//! The spelling of a phone number, checked before any numbering plan is consulted.
//!
//! One expression describes it. It is matched by hand, because that needs no preparation when a function starts:
//!
//! ```text
//! ^\+[1-9][0-9 ().\-]{5,24}(?:[xX]\d{1,7})?$      (ASCII only)
//! ```
//!
//! It is stricter than phone parsers are. They turn letters into keypad digits, read digits of every script, cut a text
//! at the second number and understand `tel:` parameters. Each of these gives one text two readings. After this check
//! the plan sees only a plus sign and ASCII digits.

/// Fewest and most characters, digits and separators, after the plus sign and the first digit.
const BODY_CHARACTERS: std::ops::RangeInclusive<usize> = 5..=24;
/// Fewest and most digits of an extension: seven is the longest in use on office exchanges.
const EXTENSION_DIGITS: std::ops::RangeInclusive<usize> = 1..=7;

/// A text that is spelled like a phone number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spelling<'a> {
    /// `+` and the digits, without separators.
    pub(super) dialled: String,
    /// The extension with its marker (`x` or `X`), as written.
    pub(super) extension: Option<&'a str>,
}

/// Matches a text against the expression above.
pub(super) fn read(text: &str) -> Option<Spelling<'_>> {
    let (number, extension) = match text.find(['x', 'X']) {
        Some(marker) => (&text[..marker], Some(&text[marker..])),
        None => (text, None),
    };
    let digits = number.strip_prefix('+')?;
    if !matches!(digits.bytes().next(), Some(b'1'..=b'9')) {
        return None;
    }
    if !BODY_CHARACTERS.contains(&(digits.len() - 1)) || !digits.bytes().all(is_digit_or_separator) {
        return None;
    }
    if !extension.is_none_or(is_extension) {
        return None;
    }
    let dialled = number.chars().filter(|c| *c == '+' || c.is_ascii_digit()).collect();
    Some(Spelling { dialled, extension })
}

fn is_digit_or_separator(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'(' | b')' | b'.' | b'-')
}

/// Whether the one-letter marker at the start is followed by 1 to 7 digits and nothing else.
fn is_extension(text: &str) -> bool {
    let digits = &text.as_bytes()[1..];
    EXTENSION_DIGITS.contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_dropped_and_the_extension_stays_as_written() {
        let spelling = read("+1 (425) 555-12.34X0099").unwrap();
        assert_eq!(spelling.dialled, "+14255551234");
        assert_eq!(spelling.extension, Some("X0099"));
        assert_eq!(read("+14255551234").unwrap().extension, None);
    }

    #[test]
    fn the_bounds_of_every_part_hold() {
        assert!(read("+123456").is_some());
        assert!(read("+12345").is_none());
        assert!(read(&format!("+1{}", "2".repeat(24))).is_some());
        assert!(read(&format!("+1{}", "2".repeat(25))).is_none());
        assert!(read("+1234567x1234567").is_some());
        assert!(read("+1234567x12345678").is_none());
        assert!(read("+1234567x").is_none());
        assert!(read("+0234567").is_none());
    }

    #[test]
    fn a_second_marker_or_anything_after_the_extension_is_refused() {
        for text in ["+1234567x1x2", "+1234567x1 ", "+1234567 ext1", "+1234567xx1", "+1234567x-1", "x1", "+x1", ""] {
            assert!(read(text).is_none(), "{text}");
        }
        assert!(read("+1234567 x1").is_some(), "a space is a separator wherever it stands in the number");
    }
}
