//! What guards a cell against a spreadsheet and a terminal, and how an import takes it off again.
//!
//! A cell that begins like a formula is written with an apostrophe before it. Without one, a spreadsheet computes the
//! cell or drops the plus sign of a phone number. Many exporters do this, not only `rekeyctl`, and spreadsheets show
//! and save the apostrophe. So it is the import that takes the mark off, instead of an export without marks.

use std::borrow::Cow;

use crate::identifiers::is_invisible;

/// The mark of a text.
const MARK: char = '\'';
/// Characters that can begin a formula in common spreadsheets.
const FORMULA_STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// The beginning and the end of a character that is written by its number.
const ESCAPE: (&str, char) = ("\\u{", '}');
/// Most digits of such a number.
const ESCAPE_DIGITS: usize = 6;

/// The text of a cell that no spreadsheet takes for a formula. Reading an export returns the text without the guard.
#[must_use]
pub fn guarded(text: String) -> String {
    if needs_mark(&text) { format!("{MARK}{text}") } else { text }
}

/// The text of a guarded cell.
pub(super) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix(MARK).filter(|text| needs_mark(text)).unwrap_or(cell)
}

/// The number in a cell of phones. No number begins with an apostrophe, so it is also a mark before a digit.
pub(super) fn unguarded_phone(cell: &str) -> &str {
    let is_number = |text: &&str| text.starts_with(|c: char| c == '+' || c.is_ascii_digit());
    cell.strip_prefix(MARK).filter(is_number).unwrap_or(cell)
}

/// Neither leading spaces nor a mark that the text itself begins with keep it from being marked.
fn needs_mark(text: &str) -> bool {
    text.trim_start_matches(|c: char| c == MARK || c.is_whitespace()).starts_with(FORMULA_STARTS)
}

/// The text of a cell in which `rekeyctl` has written invisible characters by their numbers, such as `\u{200d}`.
pub(super) fn unescaped(cell: &str) -> Cow<'_, str> {
    let (open, close) = ESCAPE;
    if !cell.contains(open) {
        return cell.into();
    }
    let mut text = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some((before, after)) = rest.split_once(open) {
        text += before;
        let number = after.split_once(close).filter(|(digits, _)| digits.len() <= ESCAPE_DIGITS);
        let escaped = number.and_then(|(digits, rest)| {
            let char = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            is_invisible(char).then_some((char, rest))
        });
        if let Some((char, after)) = escaped {
            text.push(char);
            rest = after;
        } else {
            text += open;
            rest = after;
        }
    }
    (text + rest).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_text_is_read_again() {
        for (text, cell) in [
            ("+1 4255550100", "'+1 4255550100"),
            ("-ann@contoso.example", "'-ann@contoso.example"),
            ("=1+1", "'=1+1"),
            (" ＠x", "' ＠x"),
            ("'=1", "''=1"),
            ("''-", "'''-"),
            ("'round the clock", "'round the clock"),
            ("'4", "'4"),
            ("o'neil@contoso.example", "o'neil@contoso.example"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(guarded(text.to_owned()), cell);
            assert_eq!(unguarded(cell), text);
        }
        assert_eq!(unguarded_phone("'+1 4255550100"), "+1 4255550100");
        assert_eq!(unguarded_phone("'0170 5550100"), "0170 5550100");
        for other in ["'(425) 5550100", "''+1 4255550100", "\u{2019}+1 4255550100", "+1 4255550100"] {
            assert_eq!(unguarded_phone(other), other);
        }
    }

    #[test]
    fn invisible_characters_are_read_from_their_numbers() {
        assert_eq!(unescaped(r"a\u{200d}b\u{a}"), "a\u{200d}b\n");
        for other in [r"\u{41}", r"\u{", r"\u{}", r"\u{200d", r"\u{110000}", r"\u{0000200d}", r"\u200d", "a"] {
            assert_eq!(unescaped(other), other);
        }
        assert_eq!(unescaped(r"\u{\u{200d}"), "\\u{\u{200d}");
    }
}
