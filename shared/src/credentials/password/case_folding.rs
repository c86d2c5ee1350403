//! The form in which passwords are searched.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// How many times longer in bytes folding usually makes a text, at most.
const FOLDED_GROWTH: usize = 3;

/// Brings a text to the form in which passwords are searched: NFKC, lower-case, the usual substitutions undone.
///
/// Both sides of a comparison are folded. That finds all that comparing without the substitutions would find, because
/// each of them replaces one character by one, whatever stands around it.
pub(super) fn fold(text: &str) -> Zeroizing<String> {
    fold_lower(&lower_case(text))
}

/// Brings a text to NFKC and lower case.
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
