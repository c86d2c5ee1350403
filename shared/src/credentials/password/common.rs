//! The list of passwords that too many people use.

use std::sync::OnceLock;

use super::case_folding::fold;
use super::pattern::repeated;

/// One entry per line. Lines that begin with the comment mark are skipped.
const LIST: &str = include_str!("../../../data/common-passwords.txt");

/// The mark at the start of a comment line.
const COMMENT: char = '#';

/// How many entries strung together still count as listed. Longer combinations are not among the first guesses.
const MAX_PIECES: usize = 3;

/// The entries, folded, sorted and without duplicates.
struct CommonPasswords {
    entries: Vec<String>,
    shortest: usize,
    longest: usize,
}

impl CommonPasswords {
    fn read(list: &str) -> Self {
        let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with(COMMENT));
        let mut entries: Vec<String> = lines.map(|line| fold(line).to_string()).collect();
        entries.sort_unstable();
        entries.dedup();
        let lengths = entries.iter().map(String::len);
        let (shortest, longest) = lengths.fold((usize::MAX, 0), |(low, high), n| (low.min(n), high.max(n)));
        Self { entries, shortest, longest }
    }

    fn holds(&self, text: &str) -> bool {
        self.entries.binary_search_by(|entry| entry.as_str().cmp(text)).is_ok()
    }

    /// Whether the text is one entry, or a few strung together with nothing before, between or after them.
    fn spells(&self, text: &str) -> bool {
        // The fewest entries that spell the text up to each position, or more than count.
        let mut fewest = vec![MAX_PIECES + 1; text.len() + 1];
        fewest[0] = 0;
        for start in 0..text.len() {
            if fewest[start] >= MAX_PIECES {
                continue;
            }
            let pieces = fewest[start] + 1;
            let last = text.len().min(start.saturating_add(self.longest));
            let is_listed = |end: &usize| text.get(start..*end).is_some_and(|piece| self.holds(piece));
            (start.saturating_add(self.shortest)..=last)
                .filter(is_listed)
                .for_each(|end| fewest[end] = fewest[end].min(pieces));
        }
        !text.is_empty() && fewest[text.len()] <= MAX_PIECES
    }
}

/// Whether a folded password is listed, or consists only of listed ones.
///
/// Listed words strung together count as listed: `passwordpassword` meets any length and is guessed as early as its
/// half; so does one that is repeated until a length is met. A listed word beside anything else is accepted, because a
/// phrase may well contain one.
pub(super) fn is_common(folded: &str) -> bool {
    static LISTED: OnceLock<CommonPasswords> = OnceLock::new();
    let listed = LISTED.get_or_init(|| CommonPasswords::read(LIST));
    listed.spells(folded) || repeated(folded).is_some_and(|unit| listed.spells(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest entry in code points: shorter ones, strung together, would refuse ordinary phrases.
    const SHORTEST_ENTRY: usize = 6;

    fn common(text: &str) -> bool {
        is_common(&fold(text))
    }

    #[test]
    fn the_list_is_lower_case_sorted_and_of_a_useful_size() {
        let entries: Vec<&str> = LIST.lines().filter(|line| !line.starts_with(COMMENT)).collect();
        assert!(entries.is_sorted());
        assert!((2_000..=4_000).contains(&entries.len()));
        for entry in entries {
            assert!(entry.chars().count() >= SHORTEST_ENTRY, "{entry}");
            assert_eq!(entry, entry.to_lowercase());
            assert_eq!(entry, entry.trim());
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
        assert!(!common("password-password-"));
        assert!(!common("my dragon ate a password"));
        assert!(!common(""));
    }

    #[test]
    fn the_split_that_works_is_found_among_those_that_do_not() {
        let list = CommonPasswords::read("# comment\n#\n\nbcccccc\naaaaaa\naaaaaaab\naaaaaa\n");
        assert_eq!(list.entries, ["aaaaaa", "aaaaaaab", "bcccccc"]);
        assert!(list.spells("aaaaaaabbcccccc"));
        assert!(list.spells("aaaaaabcccccc"));
        assert!(!list.spells("aaaaaaabcccccc"));
        assert!(!list.spells("aaaaa"));
        assert!(list.spells(&"bcccccc".repeat(MAX_PIECES)));
        assert!(!list.spells(&"bcccccc".repeat(MAX_PIECES + 1)));
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
        let list = CommonPasswords::read("");
        assert!(!list.spells("password"));
        assert!(!list.spells(""));
    }
}
