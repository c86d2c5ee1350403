//! Characters that are invisible themselves.

use std::ops::RangeInclusive;

use unicode_general_category::{GeneralCategory, get_general_category};

/// What a display shows nothing for, although its category says otherwise: the default ignorable code points that are no
/// format characters (Unicode Standard, `DerivedCoreProperties.txt`), such as the fillers of Hangul, and the blank Braille
/// pattern.
const SHOWN_AS_NOTHING: [RangeInclusive<char>; 9] = [
    '\u{34f}'..='\u{34f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{e0100}'..='\u{e01ef}',
];

/// Whether a character selects how the one before it is drawn. Keyboards put one behind many an emoji.
#[must_use]
pub fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character is invisible itself but may change how a reader or a terminal interprets the text around it.
///
/// These are control characters, format characters (soft hyphens, joiners, marks of direction), the separators of lines
/// and paragraphs (Unicode Standard, table 4-4), and what is shown as nothing. Line feeds and tabs are among them.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    SHOWN_AS_NOTHING.iter().any(|range| range.contains(&character)) || is_control_or_format(character)
}

fn is_control_or_format(character: char) -> bool {
    matches!(
        get_general_category(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_format_characters_are_invisible() {
        let steers = "\0\u{1b}\n\u{7f}\u{85}\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\
            \u{2066}\u{206f}\u{feff}\u{fff9}\u{fffb}\u{e0001}\u{e007f}\u{34f}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180f}\u{2800}\u{3164}\
            \u{fe0f}\u{ffa0}\u{e0100}";
        for character in steers.chars() {
            assert!(is_invisible(character), "{}", character.escape_unicode());
        }
        assert!(!"aß é日😀\u{301}\u{a0}\u{3000}-".chars().any(is_invisible));
    }
}
