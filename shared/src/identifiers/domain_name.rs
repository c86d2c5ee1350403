//! The domain behind the `@` of a user name or a mail address, in its one ASCII form.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// Longest domain name that is read, in bytes: 253 octets (RFC 1035 section 2.3.4), each of which may stand for a code
/// point of four bytes.
const MAXIMUM_BYTES: usize = 253 * 4;

/// Why a text is not a domain name: one variant per rule, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainNameError {
    /// It is longer than any domain name.
    Length,
    /// It holds a character that no domain name has, or one that could be read as another.
    Character,
    /// A label is not valid under IDNA, too long, or empty. A trailing dot makes an empty label.
    Label,
    /// It has only one label.
    SingleLabel,
    /// It ends like an IP address, not like a name.
    Address,
}

impl fmt::Display for DomainNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the domain is too long",
            Self::Character => "the domain holds a character that is not accepted",
            Self::Label => "a label of the domain is not valid",
            Self::SingleLabel => "the domain has one label only",
            Self::Address => "the domain is not a name",
        })
    }
}

impl std::error::Error for DomainNameError {}

/// The ASCII form of a domain name, in lower case (UTS #46 without its transitional mappings, STD 3 characters, RFC
/// 5891 section 4.2.3.1 hyphens, RFC 1035 lengths).
///
/// The mapping of UTS #46 turns many characters into ASCII, so every character that could become ASCII is refused
/// first. A name with such a character, for example `ß`, has to be written in its ASCII form.
pub(crate) fn to_ascii(text: &str) -> Result<String, DomainNameError> {
    if text.len() > MAXIMUM_BYTES {
        return Err(DomainNameError::Length);
    }
    if !text.chars().all(|c| c.is_ascii() || is_plain(c)) {
        return Err(DomainNameError::Character);
    }
    let ascii = Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
        .map_err(|_| DomainNameError::Label)?;
    let (_, top) = ascii.rsplit_once('.').ok_or(DomainNameError::SingleLabel)?;
    // No top-level domain begins with a digit (RFC 1123 section 2.1). A name whose last label does is an IPv4 address.
    if !top.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(DomainNameError::Address);
    }
    Ok(ascii.into_owned())
}

/// Letters and marks that show nothing (`Default_Ignorable_Code_Point` in the categories that [`is_plain`] accepts):
/// two names that differ only by one of them look the same.
const INVISIBLE: [std::ops::RangeInclusive<char>; 8] = [
    '\u{034f}'..='\u{034f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{e0100}'..='\u{e01ef}',
];

/// Whether a non-ASCII character is a visible letter, mark or number with one reading.
///
/// Control, format, bidirectional, private-use, unassigned and white-space characters are excluded by their category. A
/// character has more than one reading if compatibility normalisation or a change of case turns it into something with
/// ASCII in it: the Kelvin sign, the long s, ligatures, full-width letters, dotless and dotted i, sharp s. Every other
/// character that compatibility normalisation changes is excluded as well (the rule of RFC 8264 section 9.17).
pub(crate) fn is_plain(c: char) -> bool {
    is_letter_mark_or_number(c)
        && !INVISIBLE.iter().any(|range| range.contains(&c))
        && std::iter::once(c).nfkc().eq(std::iter::once(c).nfc())
        && !std::iter::once(c).nfkc().any(|c| c.is_ascii())
        && !c.to_lowercase().any(|c| c.is_ascii())
        && !c.to_uppercase().any(|c| c.is_ascii())
        // The capital sharp s becomes ASCII by way of the small one.
        && !c.to_lowercase().flat_map(char::to_uppercase).any(|c| c.is_ascii())
}

fn is_letter_mark_or_number(c: char) -> bool {
    matches!(
        get_general_category(c),
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
            | GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
            | GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_have_one_ascii_form() {
        assert_eq!(to_ascii("EXAMPLE.org").unwrap(), "example.org");
        assert_eq!(to_ascii("bücher.example").unwrap(), "xn--bcher-kva.example");
        assert_eq!(to_ascii("bu\u{308}cher.example").unwrap(), "xn--bcher-kva.example");
        assert_eq!(to_ascii("BÜCHER.example").unwrap(), "xn--bcher-kva.example");
        assert_eq!(to_ascii("XN--BCHER-KVA.example").unwrap(), "xn--bcher-kva.example");
        assert_eq!(to_ascii("xn--strae-oqa.example").unwrap(), "xn--strae-oqa.example");
    }

    #[test]
    fn each_rule_has_its_error() {
        for (text, error) in [
            ("stra\u{df}e.example", DomainNameError::Character),
            ("ex\u{ff41}mple.org", DomainNameError::Character),
            ("example\u{3002}org", DomainNameError::Character),
            ("exa\u{ad}mple.org", DomainNameError::Character),
            ("exa\u{200d}mple.org", DomainNameError::Character),
            ("example.org.", DomainNameError::Label),
            (".example.org", DomainNameError::Label),
            ("example..org", DomainNameError::Label),
            ("", DomainNameError::Label),
            ("example.org.xn--", DomainNameError::Label),
            ("xn--a.org", DomainNameError::Label),
            ("xn--example-.org", DomainNameError::Label),
            ("-example.org", DomainNameError::Label),
            ("ab--c.org", DomainNameError::Label),
            ("exa_mple.org", DomainNameError::Label),
            ("exa mple.org", DomainNameError::Label),
            ("[127.0.0.1]", DomainNameError::Label),
            ("localhost", DomainNameError::SingleLabel),
            ("127.0.0.1", DomainNameError::Address),
            ("127.0x1", DomainNameError::Address),
        ] {
            assert_eq!(to_ascii(text), Err(error), "{text}");
        }
        assert_eq!(to_ascii(&"a.".repeat(600)), Err(DomainNameError::Length));
        assert_eq!(to_ascii(&format!("{}.org", "a".repeat(64))), Err(DomainNameError::Label));
        assert_eq!(to_ascii(&format!("{}org", "abc.".repeat(63))), Err(DomainNameError::Label));
    }

    #[test]
    fn characters_with_two_readings_are_not_plain() {
        for c in "\u{212a}\u{17f}\u{fb03}\u{ff4d}\u{131}\u{130}\u{df}\u{1e9e}\u{149}\u{b2}\u{2160}\u{b5}\u{ad}\u{200b}\u{202e}\u{feff}\u{e000}\u{378}\u{a0}\u{3000}\u{fe0f}\u{34f}\u{3164}".chars() {
            assert!(!is_plain(c), "U+{:04X}", u32::from(c));
        }
        for c in "éïüςσЖд\u{301}中あ한٣".chars() {
            assert!(is_plain(c), "U+{:04X}", u32::from(c));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn the_ascii_form_is_its_own(text in "[a-zA-Z0-9éÜςд中\\-]{1,8}(\\.[a-zA-Zéд中]{1,5}){1,2}") {
            if let Ok(ascii) = to_ascii(&text) {
                prop_assert!(ascii.is_ascii());
                prop_assert_eq!(to_ascii(&ascii), Ok(ascii.clone()));
            }
        }

        #[test]
        fn no_text_causes_a_panic(text in any::<String>()) {
            if let Ok(ascii) = to_ascii(&text) {
                prop_assert_eq!(to_ascii(&ascii), Ok(ascii.clone()));
            }
        }
    }
}
