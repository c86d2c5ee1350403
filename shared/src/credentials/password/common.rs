//! The lists of passwords that too many people use.

use super::pattern::{joined, repeated};
use super::sorted_list::SortedList;

/// The most common passwords. A few of them strung together are common, too.
const COMMON: &str = include_str!("../../../data/common-passwords.txt");

/// The passwords that were found most often in leaks, except what the most common ones spell, and repetitions.
const LEAKED: &str = include_str!("../../../data/leaked-passwords.txt");

/// How many of the most common passwords strung together still count as listed. Longer combinations are not among the
/// first guesses.
const MAX_PIECES: usize = 3;

/// The shortest of the most common passwords, in bytes: shorter ones, strung together, would refuse ordinary phrases.
const SHORTEST_PIECE: usize = 6;

/// The longest of the most common passwords, in bytes.
const LONGEST_PIECE: usize = 35;

/// Whether the text is one entry of a list, or a few strung together with nothing before, between or after them.
fn spells(text: &str, pieces: SortedList<'_>) -> bool {
    // The fewest entries that spell the text up to each position, or more than count.
    let mut fewest = vec![MAX_PIECES + 1; text.len() + 1];
    fewest[0] = 0;
    for start in 0..text.len() {
        if fewest[start] >= MAX_PIECES {
            continue;
        }
        let pieces_so_far = fewest[start] + 1;
        let last = text.len().min(start + LONGEST_PIECE);
        let is_listed = |end: &usize| text.get(start..*end).is_some_and(|piece| pieces.holds(piece));
        (start + SHORTEST_PIECE..=last).filter(is_listed).for_each(|end| fewest[end] = fewest[end].min(pieces_so_far));
    }
    !text.is_empty() && fewest[text.len()] <= MAX_PIECES
}

/// Whether a folded password is listed, or consists only of listed ones.
///
/// The most common passwords strung together count as listed: `passwordpassword` meets any length and is guessed as early
/// as its half; so does any listed one that is repeated until a length is met, with or without separators. A listed word
/// beside anything else is accepted, because a phrase may well contain one. Different entries of the longer list strung together are accepted,
/// too: phrases are made of the same words, and the list has more pairs than anybody has guesses.
pub(super) fn is_common(folded: &str) -> bool {
    let (common, leaked) = (SortedList::new(COMMON), SortedList::new(LEAKED));
    let is_listed = |text: &str| leaked.holds(text) || spells(text, common);
    let is_repeated = |text: &str| repeated(text).is_some_and(is_listed);
    is_listed(folded) || is_repeated(folded) || is_repeated(&joined(folded))
}

#[cfg(test)]
mod tests {
    use core::ops::RangeInclusive;

    use super::super::case_folding::fold;
    use super::super::rules::LEAST_MIN_LENGTH;
    use super::*;

    fn common(text: &str) -> bool {
        is_common(&fold(text))
    }

    /// Whether the most common passwords alone refuse a text.
    fn most_common(text: &str) -> bool {
        let (text, common) = (fold(text), SortedList::new(COMMON));
        spells(&text, common) || repeated(&text).is_some_and(|unit| spells(unit, common))
    }

    /// Checks what a search in the text of a list takes for granted, and that each entry is folded.
    fn is_folded_and_sorted(text: &str, sizes: RangeInclusive<usize>, shortest: usize) {
        let (comment, rest) = text.split_once("\n\n").unwrap();
        assert!(comment.lines().all(|line| line.starts_with('#')));
        assert!(rest.ends_with('\n') && !rest.contains('\r'));
        let entries: Vec<&str> = SortedList::new(text).entries().collect();
        assert!(sizes.contains(&entries.len()), "{}", entries.len());
        assert!(entries.is_sorted_by(|before, after| before < after), "an entry is not after the one before it");
        for entry in entries {
            assert_eq!(entry, *fold(entry), "write it folded");
            assert_eq!(entry, entry.trim());
            assert!(entry.chars().count() >= shortest, "{entry}");
        }
    }

    #[test]
    fn the_lists_are_folded_sorted_and_of_a_useful_size() {
        is_folded_and_sorted(COMMON, 2_000..=4_000, SHORTEST_PIECE);
        is_folded_and_sorted(LEAKED, 20_000..=60_000, LEAST_MIN_LENGTH as usize);
        let lengths = || SortedList::new(COMMON).entries().map(str::len);
        assert_eq!(lengths().min(), Some(SHORTEST_PIECE));
        assert_eq!(lengths().max(), Some(LONGEST_PIECE));
    }

    #[test]
    fn every_entry_is_found() {
        for list in [COMMON, LEAKED].map(SortedList::new) {
            assert!(list.entries().all(|entry| list.holds(entry) && is_common(entry)));
        }
    }

    #[test]
    fn the_longer_list_holds_nothing_that_is_refused_without_it() {
        let (common, leaked) = (SortedList::new(COMMON), SortedList::new(LEAKED));
        for entry in leaked.entries() {
            assert!(!spells(entry, common), "{entry}");
            assert!(!repeated(entry).is_some_and(|unit| leaked.holds(unit) || spells(unit, common)), "{entry}");
        }
    }

    #[test]
    fn passwords_from_leaks_are_common_though_they_are_not_among_the_most_common() {
        for text in [
            // Eight characters.
            "keyboard",
            "Umbrella",
            "daughter",
            "theclash",
            "Robert22",
            "1richard",
            "26071984",
            "солнышко",
            // More, but fewer than fifteen.
            "skateboarding",
            "nostradamus",
            "devilmaycry4",
            "4815162342lost",
            "systemofadown",
            "paralelepipedo",
            // Fifteen and more.
            "worldofwarcraft",
            "Californication",
            "30SecondsToMars",
            "1q2w3e4r5t6y7u8",
            "qwertasdfgzxcvb",
            "neworleans12345",
            "mychemicalromance",
        ] {
            assert!(common(text), "{text}");
            assert!(!most_common(text), "{text}");
        }
    }

    #[test]
    fn passwords_from_leaks_are_common_when_repeated() {
        for text in ["keyboardkeyboard", "UmbrellaUmbrellaUmbrella", "keyboardkeyboardkeyb", "r0bert22r0bert22"] {
            assert!(common(text), "{text}");
            assert!(!most_common(text), "{text}");
        }
    }

    #[test]
    fn phrases_of_listed_words_stay_accepted() {
        for words in [
            "correct horse battery staple lamp",
            "keyboard umbrella",
            "keyboard umbrella daughter",
            "nostradamus skateboarding",
            "worldofwarcraft keyboard",
            "password umbrella",
            "umbrella dragon",
            "elephant keyboard mountain",
            "purple quilts on monday",
            "theclash played in brixton",
            "my daughter hums at breakfast",
            "seven otters juggle",
            "солнышко светлана",
            "nine daughters, one umbrella",
        ] {
            for text in [words.to_owned(), words.replace(' ', ""), words.replace(' ', "-")] {
                assert!(!common(&text), "{text}");
            }
        }
        for text in ["umbrella?!", "xworldofwarcraft", "worldofwarcraft7x", "keyboardkeyboardx"] {
            assert!(!common(text), "{text}");
        }
    }

    #[test]
    fn entries_are_common_in_every_case_and_spelling() {
        for text in ["password", "PassWord", "p@ssw0rd", "Pa$$w0rd", "ｐａｓｓｗｏｒｄ", "password1", "passwordl"]
        {
            assert!(common(text), "{text}");
        }
    }

    #[test]
    fn long_entries_are_listed_too() {
        for text in [
            "passwordpassword",
            "qwertyuiopasdfghjklzxcvbnm",
            "123456789012345",
            "1234567890123456",
            "Administrator123",
            "111111111111111",
            "correcthorsebatterystaple",
        ] {
            assert!(common(text), "{text}");
        }
    }

    #[test]
    fn entries_strung_together_are_common_and_anything_else_is_not() {
        assert!(common("passwordpassword1"));
        assert!(common("PasswordDragonLetmein"));
        assert!(common("qwerty123456monkey"));
        assert!(common("dragondragondragondragondragon"));
        assert!(common("dragondragondragondra"), "the last one is cut off");
        assert!(!common("passwordpasswordx"));
        assert!(!common("xpasswordpassword"));
        for text in ["password-password-", "password password", "Monkey monkey_monkey", "dragon.dragon.dragon"] {
            assert!(common(text), "{text}");
        }
        assert!(!common("my dragon ate a password"));
        assert!(!common(""));
    }

    #[test]
    fn the_split_that_works_is_found_among_those_that_do_not() {
        let list = SortedList::new("# comment\n\naaaaaa\naaaaaaab\nbcccccc\n");
        assert!(spells("aaaaaaabbcccccc", list));
        assert!(spells("aaaaaabcccccc", list));
        assert!(!spells("aaaaaaabcccccc", list));
        assert!(!spells("aaaaa", list));
        assert!(spells(&"bcccccc".repeat(MAX_PIECES), list));
        assert!(!spells(&"bcccccc".repeat(MAX_PIECES + 1), list));
    }

    #[test]
    fn text_outside_ascii_is_split_at_characters_only() {
        assert!(common("contraseña"));
        assert!(common("contraseñacontraseña"));
        assert!(!common("ñññññññññññññññ"));
        assert!(!common(&"😀".repeat(15)));
    }

    #[test]
    fn an_empty_list_refuses_nothing() {
        let list = SortedList::new("");
        assert!(!spells("password", list));
        assert!(!spells("", list));
    }
}
