//! Which part of a text keeps it from being a phone number, in words that say what would be right.

use std::borrow::Cow;

/// What stands in the place of `x` before an extension.
const EXTENSION_WORDS: [&str; 6] = ["ext", "extension", "durchwahl", "dw", "poste", "#"];
/// What stands between two numbers in one cell.
const BETWEEN_NUMBERS: [&str; 6] = ["/", ";", ",", "|", " or ", "\n"];
/// Fewest digits of a whole number, which tell a second number from an extension.
const WHOLE_NUMBER_DIGITS: usize = 7;

/// The first fault of a text whose spelling is not that of a phone number. Never holds a digit of it.
pub(super) fn spelling_fault(text: &str) -> Cow<'static, str> {
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).count();
    let lower = text.to_lowercase();
    let is_two = |between: &str| lower.split(between).filter(|part| digits(part) >= WHOLE_NUMBER_DIGITS).count() > 1;
    Cow::Borrowed(if !text.chars().any(char::is_numeric) {
        "holds no digits"
    } else if BETWEEN_NUMBERS.iter().any(|between| is_two(between)) || text.matches('+').count() > 1 {
        "holds more than one number; keep one"
    } else if text.starts_with(['\'', '\u{2019}']) {
        "begins with an apostrophe; leave it out"
    } else if lower.starts_with("tel:") {
        "begins with tel:; leave it out"
    } else if text.contains("(+") {
        "has its country code in brackets; write it as + and digits, without brackets"
    } else if EXTENSION_WORDS.iter().any(|word| lower.contains(word)) {
        "has a word before its extension; write x and the extension's digits"
    } else if let Some((_, extension)) = text.split_once(['x', 'X'])
        && extension.starts_with(char::is_whitespace)
    {
        "has a space after x; write the extension's digits right after it"
    } else if let Some(character) = text.chars().find(|c| !is_allowed(*c)) {
        return format!("contains {}; use only digits, spaces, hyphens, dots and round brackets", named(character))
            .into();
    } else if text.starts_with("00") {
        "begins with 00; write + in its place"
    } else if text.starts_with("+0") || text.starts_with("+ ") || text.starts_with("+(") {
        "has no country code right after +"
    } else if !text.starts_with('+') {
        "has no country code; write + and the country code before it, or use rekeyctl import --default-country"
    } else {
        "is too short or too long, or has an extension of more than 7 digits"
    })
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '+' | ' ' | '(' | ')' | '.' | '-' | 'x' | 'X')
}

/// A character that is printed as itself only if nobody can mistake it.
fn named(character: char) -> String {
    match character {
        '\u{a0}' | '\u{202f}' | '\u{2007}' => format!("a no-break space (U+{:04X})", u32::from(character)),
        '!'..='~' => format!("“{character}”"),
        other => format!("the character U+{:04X}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::grammar;
    use super::*;

    #[test]
    fn the_part_that_is_wrong_is_named() {
        for (text, named) in [
            ("+1 4255550100 ext 12", "word before its extension"),
            ("+49 30 123456 Durchwahl 12", "word before its extension"),
            ("+1 4255550100#12", "word before its extension"),
            ("+1 4255550100x 12", "space after x"),
            ("+49 30/123456", "contains “/”"),
            ("+49 30 1234567/+49 30 7654321", "more than one number"),
            ("+1 4255550100; +1 4255550101", "more than one number"),
            ("+1 4255550100 or 4255550101", "more than one number"),
            ("(+49) 30 123456", "country code in brackets"),
            ("+49\u{a0}30\u{a0}123456", "no-break space (U+00A0)"),
            ("+49 30\u{2013}123456", "U+2013"),
            ("'+1 4255550100", "apostrophe"),
            ("tel:+1-425-555-0100", "tel:"),
            ("0049 30 123456", "begins with 00"),
            ("+0049 30 123456", "no country code right after +"),
            ("425-555-0100", "--default-country"),
            ("555 0100", "--default-country"),
            ("n/a", "holds no digits"),
            ("\u{661}\u{662}\u{663}", "U+0661"),
            ("tel:+1-425-555-0100", "begins with tel:;"),
            ("+1 42", "too short"),
        ] {
            assert!(grammar::read(text).is_none(), "{text}");
            let fault = spelling_fault(text);
            assert!(fault.contains(named), "{text}: {fault}");
        }
    }

    #[test]
    fn no_digit_of_the_number_is_shown() {
        for text in ["555 9999 ext 88", "+99 ü 888888", "88/999999999"] {
            assert!(!spelling_fault(text).contains(['8', '9']), "{text}");
        }
    }
}
