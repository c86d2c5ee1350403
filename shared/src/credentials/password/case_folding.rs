//! The folded form in which passwords are searched.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// How much folding lengthens a text at most, as a factor in bytes, so that no buffer grows and leaves a copy behind: NFKC
/// turns the 3 bytes of U+FDFA into 33 (Unicode, UAX #15, expansion factors), and what has a lower case grows less.
const FOLDED_GROWTH: usize = 11;

/// Folds a text to the form in which passwords are searched: NFKC, lower case, the usual substitutions undone.
///
/// Both sides of a comparison are folded. This finds everything that a comparison without the substitutions would find,
/// because each substitution replaces one character by one, regardless of its neighbours.
pub(super) fn fold(text: &str) -> Zeroizing<String> {
    fold_lower(&lower_case(text))
}

/// Converts a text to NFKC and lower case.
pub(super) fn lower_case(text: &str) -> Zeroizing<String> {
    let mut lower = Zeroizing::new(String::with_capacity(FOLDED_GROWTH * text.len()));
    lower.extend(text.nfkc().flat_map(char::to_lowercase));
    lower
}

/// Undoes the usual substitutions in a lower-case text.
pub(super) fn fold_lower(lower: &str) -> Zeroizing<String> {
    let mut folded = Zeroizing::new(String::with_capacity(lower.len()));
    folded.extend(lower.chars().map(|character| match character {
        '0' => 'o',
        '1' => 'l',
        '$' => 's',
        '@' => 'a',
        other => other,
    }));
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_grows_beyond_the_buffer_of_its_folded_form() {
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let text = character.to_string();
            let lower = lower_case(&text);
            assert!(lower.len() <= FOLDED_GROWTH * text.len(), "U+{:04X}", u32::from(character));
        }
    }
}
