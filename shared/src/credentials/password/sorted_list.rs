//! A list that is searched in the text that holds it.

use core::cmp::Ordering;

/// The entries of a text: one per line, sorted by their bytes, below a comment that ends at the first empty line.
///
/// The list is never read as a whole: a search looks at about as many lines as the number of entries has binary digits.
#[derive(Clone, Copy)]
pub(super) struct SortedList<'a>(&'a str);

impl<'a> SortedList<'a> {
    /// Takes the entries of a text that begins with a comment.
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.split_once("\n\n").map_or("", |(_comment, entries)| entries))
    }

    /// Whether one entry is this text.
    pub(super) fn holds(self, text: &str) -> bool {
        let mut rest = self.0;
        while !rest.is_empty() {
            let middle = rest.len() / 2;
            let start = rest.as_bytes()[..middle].iter().rposition(is_end).map_or(0, |end| end + 1);
            let length = rest.as_bytes()[start..].iter().position(is_end);
            let end = length.map_or(rest.len(), |length| start + length);
            rest = match rest[start..end].cmp(text) {
                Ordering::Equal => return true,
                Ordering::Less => rest.get(end + 1..).unwrap_or_default(),
                Ordering::Greater => &rest[..start],
            };
        }
        false
    }

    /// Every entry, in order.
    #[cfg(test)]
    pub(super) fn entries(self) -> impl Iterator<Item = &'a str> {
        self.0.lines()
    }
}

/// Whether a line ends with this byte.
fn is_end(byte: &u8) -> bool {
    *byte == b'\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_found_and_nothing_beside_them() {
        let all: Vec<String> = (0..100).map(|number| format!("{:03}", 3 * number)).collect();
        for length in 0..=all.len() {
            let text = format!("# comment\n\n{}\n", all[..length].join("\n"));
            for (at, entry) in all.iter().enumerate() {
                assert_eq!(SortedList::new(&text).holds(entry), at < length, "{entry} of {length}");
                assert!(!SortedList::new(&text).holds(&entry[..2]), "{entry} of {length}");
                assert!(!SortedList::new(&text).holds(&format!("{entry}0")), "{entry} of {length}");
            }
        }
    }

    #[test]
    fn lines_of_any_length_and_script_are_found() {
        let list = SortedList::new("# comment\n\na\nab\nabcdefghijklmnopqrstuvwxyz\nb\nñandú\nпароль\n😀");
        for entry in list.entries() {
            assert!(list.holds(entry), "{entry}");
        }
        for text in ["", "\n", "a\nab", "abc", "z", "ñ", "# comment", "😁"] {
            assert!(!list.holds(text), "{text:?}");
        }
    }

    #[test]
    fn the_comment_is_no_entry_and_a_list_may_be_empty() {
        for text in ["", "# comment", "# comment\n\n", "password\n"] {
            assert_eq!(SortedList::new(text).entries().count(), 0, "{text:?}");
            assert!(!SortedList::new(text).holds("password"), "{text:?}");
            assert!(!SortedList::new(text).holds(""), "{text:?}");
        }
    }
}
