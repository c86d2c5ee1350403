//! Passwords that follow a pattern, and so need no list to be guessed.

use zeroize::Zeroizing;

use crate::identifiers::is_invisible;

/// The longest group that counts as short, in characters: `ab12ab12ab12` is guessed as early as `ab12`.
const LONGEST_GROUP: usize = 7;
/// The shortest run, in characters: shorter ones stand in ordinary words.
const SHORTEST_RUN: usize = 4;
/// How many different runs still count as a pattern.
const MOST_RUNS: usize = 2;
/// What runs follow, in both directions, from any place on, and around the end: the alphabet, the digits, and the rows of
/// keyboards, with and without the signs at their ends.
const ROWS: [&str; 28] = [
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "0123456789",
    "1234567890",
    "`1234567890-=",
    "1234567890-=",
    "!@#$%^&*()",
    "!@#$%^&*()_+",
    "~!@#$%^&*()_+",
    "qwertyuiop",
    "qwertyuiop[]",
    "qwertyuiop[]\\",
    "asdfghjkl",
    "asdfghjkl;'",
    "zxcvbnm",
    "zxcvbnm,./",
    "qwertzuiop",
    "qwertzuiopü+",
    "asdfghjklöä",
    "yxcvbnm,.-",
    "1234567890ß",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn,;:!",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    "ячсмитьбю.",
];

/// A text without the separators that people put between words.
pub(super) fn joined(text: &str) -> Zeroizing<String> {
    let mut joined = Zeroizing::new(String::with_capacity(text.len()));
    joined.extend(text.chars().filter(|char| !char.is_whitespace() && !"-_.,/+".contains(*char)));
    joined
}

/// A password in lower case without invisible characters, which make it no harder to guess.
pub(super) fn visible(lower: &str) -> Zeroizing<String> {
    let mut visible = Zeroizing::new(String::with_capacity(lower.len()));
    visible.extend(lower.chars().filter(|character| !is_invisible(*character)));
    visible
}

/// The part of a text that it repeats over and over, if it does; the last repetition may be cut off.
pub(super) fn repeated(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_period = |period: &usize| bytes[*period..] == bytes[..bytes.len() - period];
    let mut periods = text.char_indices().map(|(at, _)| at).skip(1).take_while(|period| 2 * period <= text.len());
    periods.find(is_period).map(|period| &text[..period])
}

/// Whether a text without invisible characters is one character, one short group, or one or two runs, over and over.
pub(super) fn is_pattern(text: &str) -> bool {
    let is_one = |text: &str| {
        repeated(text).is_some_and(|unit| unit.chars().count() <= LONGEST_GROUP || is_runs(unit)) || is_runs(text)
    };
    is_one(text) || is_one(&joined(text))
}

/// Whether a text consists of runs, of which few differ.
fn is_runs(text: &str) -> bool {
    let mut rest = Zeroizing::new(text.chars().collect::<Vec<_>>());
    let mut runs: Vec<Zeroizing<Vec<char>>> = Vec::new();
    while !rest.is_empty() {
        let length = run(&rest);
        let is_cut_off = length == rest.len() && !runs.is_empty();
        if length < SHORTEST_RUN && !is_cut_off {
            return false;
        }
        let begun = Zeroizing::new(rest.drain(..length).collect::<Vec<_>>());
        if !runs.iter().any(|known| known.starts_with(&begun)) {
            runs.push(begun);
        }
        if runs.len() > MOST_RUNS {
            return false;
        }
    }
    !runs.is_empty()
}

/// How many characters at the beginning follow one row in one direction.
fn run(text: &[char]) -> usize {
    let follows = |row: &[char], step: usize| {
        let next =
            |character: &char| row.iter().position(|one| one == character).map(|at| row[(at + step) % row.len()]);
        1 + text.windows(2).take_while(|pair| next(&pair[0]) == Some(pair[1])).count()
    };
    let rows = ROWS.iter().map(|row| row.chars().collect::<Vec<_>>());
    rows.map(|row| follows(&row, 1).max(follows(&row, row.len() - 1))).max().unwrap_or(1).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_runs_and_rows_are_patterns() {
        for text in [
            "aaaaaaaa",
            "aaaaaaaaaaaaaaa",
            "abababababababa",
            "ab12ab12ab12ab12",
            "xy7zqxy7zqxy7zq",
            "abcdefghijklmno",
            "zyxwvutsrqponml",
            "xyzabcdefghijkl",
            "12345678",
            "123456789012345",
            "987654321098765",
            "0123456789012345",
            "12345678987654321",
            "123451234512345",
            "123456781234567",
            "qwertyuiopqwerty",
            "qwertyuiopasdfgh",
            "poiuytrewqpoiuy",
            "asdfghjklasdfghjkl",
            "qwertzuiopqwertz",
            "azertyuiopazert",
            "!@#$%^&*()!@#$%",
            "!@#$%^&*()_+!@#$",
            "`1234567890-=`12",
            "1234567890-=qwerty",
            "qwertyuiop[]asd",
            "asdfghjkl;'asdfg",
            "zxcvbnm,./zxcvbnm",
            "йцукенгшщзхъфыва",
            "kumquakumquakumqua",
            "contosocontosocontoso",
            "1234 5678 9012 3456",
            "abc-abc-abc-abc-abc",
            "😀😀😀😀😀😀😀😀",
            "abcd1234",
        ] {
            assert!(is_pattern(text), "{text}");
        }
    }

    #[test]
    fn phrases_are_no_patterns() {
        for text in [
            "",
            "a",
            "purple quilts on monday",
            "qwertyuiop and tea",
            "abcdefgh plus 12345678",
            "correct horse",
            "1234 abcd qwer zxcv",
            "tuesdaytuesdoy",
            "tuv",
        ] {
            assert!(!is_pattern(text), "{text}");
        }
    }

    #[test]
    fn what_is_repeated_is_found() {
        assert_eq!(repeated("dragondragondra"), Some("dragon"));
        assert_eq!(repeated("aaaa"), Some("a"));
        assert_eq!(repeated("ñañaña"), Some("ña"));
        assert_eq!((repeated("dragondra"), repeated("ab"), repeated("")), (None, None, None));
    }

    #[test]
    fn invisible_characters_do_not_count() {
        assert_eq!(*visible("pass\u{200b}wo\u{ad}rd\u{feff}"), "password");
        assert_eq!(*visible("two words é"), "two words é");
    }
}
