//! Characters that are invisible themselves.

use unicode_general_category::{GeneralCategory, get_general_category};

/// Whether a character is invisible itself but may change how a reader or a terminal interprets the text around it.
///
/// These are control characters, format characters (soft hyphens, joiners, marks of direction) and the separators of
/// lines and paragraphs (Unicode Standard, table 4-4). Line feeds and tabs are among them.
#[must_use]
pub fn is_invisible(character: char) -> bool {
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
            \u{2066}\u{206f}\u{feff}\u{fff9}\u{fffb}\u{e0001}\u{e007f}";
        for character in steers.chars() {
            assert!(is_invisible(character), "{}", character.escape_unicode());
        }
        assert!(!"aß é日😀\u{301}\u{a0}\u{3000}-".chars().any(is_invisible));
    }
}
