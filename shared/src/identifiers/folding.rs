//! The folded form in which texts that people type are compared: answers and names of people.
//!
//! A person who types a text again years later may use another case, omit an accent, or use another keyboard. So the
//! text is
//!
//! 1. decomposed (Unicode normalization form KD), which turns full-width letters, ligatures and other compatibility
//!    characters into plain ones;
//! 2. stripped of invisible characters (controls and format characters such as a zero-width space), and of combining
//!    diacritical marks (U+0300 to U+036F): `é` becomes `e`, `ñ` becomes `n`, `й` becomes `и`;
//! 3. composed again (form KC), so that marks of other scripts, which make other letters, stay with their letters;
//! 4. brought to one case, character by character, by way of upper case: `ß` and `ẞ` become `ss`, every sigma `σ`;
//! 5. stripped of white space at its ends; any white space inside becomes one space.
//!
//! Nothing else changes: punctuation, digits and the order of words count.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::identifiers::is_invisible;

/// Folds a text; folding it again changes nothing.
#[must_use]
pub(crate) fn fold(text: &str) -> Zeroizing<String> {
    // Measured first, because a growing buffer leaves unwiped copies behind.
    let bytes = folded(text).map(char::len_utf8).sum();
    let mut stored = Zeroizing::new(String::with_capacity(bytes));
    stored.extend(folded(text));
    stored
}

/// The length of a text as its author sees it, in code points: composed, without white space at its ends, and with any
/// white space inside counted as one space.
#[must_use]
pub(crate) fn length(text: &str) -> usize {
    collapsed(text.nfc().filter(is_seen)).count()
}

/// Whether a character counts: white space does, other controls and format characters do not.
fn is_seen(character: &char) -> bool {
    character.is_whitespace() || !is_invisible(*character)
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    let bare = text.nfkd().filter(is_seen).filter(|character| !matches!(character, '\u{300}'..='\u{36f}'));
    collapsed(bare.nfkc().flat_map(one_case))
}

/// The lower case of a character's upper case. It starts with the lower case, because `ẞ` has no other upper case.
fn one_case(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

fn collapsed(characters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let (mut begun, mut space) = (false, false);
    let folded = characters.map(move |character| {
        if character.is_whitespace() {
            space = begun;
            return [None, None];
        }
        begun = true;
        // A space is emitted with the character after it, so that none is emitted at the end.
        [std::mem::take(&mut space).then_some(' '), Some(character)]
    });
    folded.flatten().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_type_differently_is_the_same() {
        for (one, other) in [
            ("Arctic Monkeys", "ARCTIC monkeys"),
            ("Arctic Monkeys", "Arc\u{200b}tic\u{ad} Monkeys\u{0}\u{feff}"),
            ("Arctic Monkeys", "  arctic \t\u{3000}\u{a0}monkeys\r\n"),
            ("Arctic Monkeys", "Ａｒｃｔｉｃ　Ｍｏｎｋｅｙｓ"),
            ("Motörhead", "Moto\u{308}rhead"),
            ("Motörhead", "motorhead"),
            ("Straße", "STRASSE"),
            ("Straße", "STRAẞE"),
            ("ﬁnal ſong", "Final Song"),
            ("Σίσυφος", "ΣΙΣΥΦΟΣ"),
            ("Ångström", "a\u{30a}ngstro\u{308}m"),
            ("İzmir", "izmir"),
            ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
            ("ｶﾞﾗｽ", "ガラス"),
            ("№ ４²", "no 42"),
        ] {
            assert_eq!(*fold(one), *fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn what_makes_another_answer_stays_apart() {
        for (one, other) in
            [("か", "が"), ("a-ha", "aha"), ("AC DC", "ACDC"), ("blue sky", "sky blue"), ("1.", "1"), ("ö", "oe")]
        {
            assert_ne!(*fold(one), *fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn lengths_are_of_the_text_as_it_is_seen() {
        for (text, expected) in
            [("", 0), (" \t", 0), ("e\u{301}te\u{301}", 3), ("  a   b\u{2003} c ", 5), ("😀😀😀", 3)]
        {
            assert_eq!(length(text), expected, "{text}");
        }
    }

    /// Covers the planes that hold letters: every sixteenth character of the blocks in which all are alike, such as Han
    /// characters and Hangul, and every other one. Each character is at the beginning, before a mark, and at the end.
    #[test]
    fn every_character_folds_to_what_folds_to_itself() {
        let alike =
            ['\u{3400}'..='\u{9fff}', '\u{ac00}'..='\u{d7a3}', '\u{e000}'..='\u{f8ff}', '\u{12000}'..='\u{1cfff}'];
        let is_looked_at =
            |character: &char| u32::from(*character) % 16 == 3 || !alike.iter().any(|block| block.contains(character));
        let planes = ('\0'..='\u{1ffff}').chain('\u{2f800}'..='\u{2fa1f}');
        for character in planes.filter(is_looked_at) {
            let text = format!("{character}a{character}\u{301}b{character}");
            let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
            let once = fold(&text);
            for other in [&*once, &composed, &decomposed] {
                assert_eq!(*fold(other), *once, "U+{:04X}", u32::from(character));
            }
        }
    }

    /// Texts rich in letters, marks, conjoining and full-width characters, which arbitrary texts rarely contain.
    fn telling() -> impl Strategy<Value = String> {
        let character = prop_oneof![
            any::<char>(),
            proptest::char::range('\u{20}', '\u{24f}'),
            proptest::char::range('\u{300}', '\u{36f}'),
            proptest::char::range('\u{370}', '\u{52f}'),
            proptest::char::range('\u{591}', '\u{670}'),
            proptest::char::range('\u{1100}', '\u{11ff}'),
            proptest::char::range('\u{2000}', '\u{200a}'),
            proptest::char::range('\u{3040}', '\u{30ff}'),
            proptest::char::range('\u{ff00}', '\u{ffef}'),
        ];
        proptest::collection::vec(character, 0..12).prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn folding_is_idempotent_and_needs_no_more_room_than_was_made(text in telling()) {
            let once = fold(&text);
            prop_assert_eq!(&*fold(&once), &*once);
            prop_assert_eq!(once.capacity(), once.len());
        }

        #[test]
        fn composed_and_decomposed_texts_are_one_answer(text in telling()) {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(&*fold(&composed), &*fold(&text));
            prop_assert_eq!(&*fold(&decomposed), &*fold(&text));
        }

        #[test]
        fn full_width_texts_are_plain_ones(text in "[!-~ ]{0,40}") {
            let wide = |character| match character {
                ' ' => '\u{3000}',
                other => char::from_u32(u32::from(other) + 0xfee0).unwrap(),
            };
            let wide: String = text.chars().map(wide).collect();
            prop_assert_eq!(&*fold(&wide), &*fold(&text));
        }

        #[test]
        fn white_space_at_the_ends_and_its_length_within_do_not_count(words in proptest::collection::vec("[a-z]{1,8}", 1..6)) {
            let spread = format!("\u{2003} {}\n", words.join(" \t\u{85}"));
            prop_assert_eq!(&*fold(&spread), &words.join(" "));
        }
    }
}
