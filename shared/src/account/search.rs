//! The indexes in which administrators find accounts, and how the texts that they type are compared.
//!
//! An account has an entry for everything that it is found by. The store writes the entries in the transactions that
//! write the account, so that no search reads more than a part of one index.
//!
//! A name is indexed from each of its words on: *Ada King Lovelace* as `ada king lovelace`, `king lovelace` and
//! `lovelace`. So one index serves the whole name and each word of it. Words are folded: case, accents and punctuation
//! do not count in the index. A search reads a range of entries, and then compares the accounts themselves, so an entry
//! that is out of date shows nobody.

use std::collections::BTreeSet;

use super::{Account, ContactType, ProfileField, Slot};
use crate::identifiers::folding::fold;
use crate::identifiers::phone::Phone;
use crate::random::AccountId;
use crate::time::Moment;

/// Separates the text of an entry from the account's id. It sorts before every character of a folded word.
const SEPARATOR: char = '#';
/// Separates the words of a name. It sorts before [`SEPARATOR`].
const SPACE: char = ' ';
/// Longest text of an entry, in bytes: a key of the table has at most 1024.
const MAX_TEXT: usize = 512;
/// Digits of a moment in milliseconds: enough until the year 2286.
const MOMENT_DIGITS: usize = 13;
/// Most words from which a display name is indexed with what follows. The words after them are indexed alone.
const MAX_TAILS: usize = 8;
/// Apostrophes that people and programs write for `'`.
const APOSTROPHES: [char; 5] = ['\u{2018}', '\u{2019}', '\u{2bc}', '\u{60}', '\u{b4}'];
/// Vowel points and other marks of Hebrew and Arabic, which most people leave out.
const POINTS: [std::ops::RangeInclusive<char>; 4] =
    ['\u{591}'..='\u{5c7}', '\u{610}'..='\u{61a}', '\u{64b}'..='\u{65f}', '\u{670}'..='\u{670}'];
/// Letters whose strokes and ligatures no normalization form separates, with what people type in their place.
const PLAIN: [(char, &str); 13] = [
    ('æ', "ae"),
    ('ð', "d"),
    ('ø', "o"),
    ('þ', "th"),
    ('đ', "d"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ĸ', "k"),
    ('ł', "l"),
    ('ŋ', "n"),
    ('œ', "oe"),
    ('ŧ', "t"),
    ('ə', "e"),
];

/// An index of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Index {
    /// All accounts, by their user names.
    UserName,
    /// By the words of `displayName`, `givenName` and `surname`.
    Name,
    /// By `mail`.
    Mail,
    /// By `otherMails`, whole addresses only.
    OtherMail,
    /// By `mobilePhone` and `businessPhones`, whole numbers only.
    Phone,
    /// The disabled accounts, by their user names.
    Disabled,
    /// The enabled accounts with registered methods, by when those were last confirmed. A person who was asked to confirm
    /// is not in it until the methods change or are confirmed.
    Unconfirmed,
}

impl Index {
    /// The indexes besides that of user names, which every account is in.
    pub const OTHERS: [Self; 6] =
        [Self::Name, Self::Mail, Self::OtherMail, Self::Phone, Self::Disabled, Self::Unconfirmed];

    /// Whether the index holds contacts. It is read by whole contacts only, so that a store can keep digests of them in
    /// their place.
    #[must_use]
    pub const fn holds_contacts(self) -> bool {
        matches!(self, Self::OtherMail | Self::Phone)
    }
}

/// One entry of an account in an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// The index.
    pub index: Index,
    /// The entry's place in the order of the index.
    pub place: String,
}

/// A range of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRange {
    /// The index.
    pub index: Index,
    /// The first place of the range.
    pub from: String,
    /// The last place of the range.
    pub to: String,
}

impl IndexRange {
    /// A whole index.
    #[must_use]
    pub fn whole(index: Index) -> Self {
        Self::beginning(index, "")
    }

    /// The entries that begin with this text.
    #[must_use]
    pub fn beginning(index: Index, text: &str) -> Self {
        let from = cut(text).to_owned();
        Self { index, to: format!("{from}{}", char::MAX), from }
    }

    /// The entries of a phone number.
    #[must_use]
    pub fn phone(number: &Phone) -> Self {
        Self::equal(Index::Phone, &number.e164())
    }

    /// The entries whose whole text this is.
    #[must_use]
    pub fn equal(index: Index, text: &str) -> Self {
        Self::beginning(index, &format!("{text}{SEPARATOR}"))
    }

    /// The entries of names in which these words, or words that begin with the last of them, follow one another; `None`
    /// if the text has no word.
    #[must_use]
    pub fn name_beginning(text: &str) -> Option<Self> {
        let words = words(text).join(" ");
        (!words.is_empty()).then(|| Self::beginning(Index::Name, &words))
    }

    /// The entries of names in which these words follow one another; `None` if the text has no word.
    #[must_use]
    pub fn name(text: &str) -> Option<Self> {
        let beginning = Self::name_beginning(text)?;
        if beginning.from.len() == MAX_TEXT {
            return Some(beginning);
        }
        let (from, to) = (format!("{}{SPACE}", beginning.from), format!("{}{SEPARATOR}{}", beginning.from, char::MAX));
        Some(Self { from, to, ..beginning })
    }

    /// The entries of accounts whose methods were last confirmed at or before a moment, the oldest first.
    #[must_use]
    pub fn unconfirmed_since(moment: Moment) -> Self {
        Self { to: format!("{}{SEPARATOR}{}", digits(moment), char::MAX), ..Self::whole(Index::Unconfirmed) }
    }

    /// The one text whose entries the range holds, if it was made for a whole text.
    #[must_use]
    pub fn whole_text(&self) -> Option<&str> {
        let text = self.from.strip_suffix(SEPARATOR)?;
        self.to.strip_prefix(self.from.as_str())?.strip_prefix(char::MAX)?.is_empty().then_some(text)
    }

    /// Whether a place is in the range.
    #[must_use]
    pub fn holds(&self, place: &str) -> bool {
        self.from.as_str() <= place && place <= self.to.as_str()
    }
}

impl IndexEntry {
    /// The text of the entry, and the account's id behind it, in an index whose places have both.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.place.rsplit_once(SEPARATOR)
    }
}

impl Account {
    /// The account's entries in all indexes but that of user names.
    #[must_use]
    pub fn index_entries(&self) -> BTreeSet<IndexEntry> {
        let entry = |index: Index, text: &str| IndexEntry { index, place: place(index, text, &self.id) };
        let mut entries: BTreeSet<IndexEntry> =
            self.name_texts().iter().map(|text| entry(Index::Name, cut(text))).collect();
        entries.extend(self.primary_mail().map(|mail| entry(Index::Mail, mail.canonical())));
        let others = self.contacts.all(Slot::OtherMails).iter();
        entries.extend(others.map(|contact| entry(Index::OtherMail, &contact.value.identity())));
        let phones = [ContactType::MobilePhone, ContactType::OfficePhone].map(|kind| self.on_file(kind));
        entries.extend(phones.into_iter().flatten().map(|phone| entry(Index::Phone, &phone.value.identity())));
        if !self.enabled {
            entries.insert(entry(Index::Disabled, self.user_name.canonical()));
        }
        entries.extend(self.unconfirmed_entry());
        entries
    }

    /// The account's entry among those whose methods wait for confirmation, if it is enabled and has methods.
    #[must_use]
    pub fn unconfirmed_entry(&self) -> Option<IndexEntry> {
        let since = self.confirmed_since().filter(|_| self.enabled && self.has_registered())?;
        Some(IndexEntry { index: Index::Unconfirmed, place: place(Index::Unconfirmed, &digits(since), &self.id) })
    }

    /// The account's first place in a range; `None` if it has none there.
    #[must_use]
    pub fn place_in(&self, range: &IndexRange) -> Option<String> {
        if range.index == Index::UserName {
            let place = place(Index::UserName, self.user_name.canonical(), &self.id);
            return Some(place).filter(|place| range.holds(place));
        }
        let entries = self.index_entries().into_iter();
        entries.filter(|entry| entry.index == range.index).map(|entry| entry.place).find(|place| range.holds(place))
    }

    /// The texts by which the person's names are found: the display name from each of its words on, and the given name
    /// and the surname where none of those begins with it.
    fn name_texts(&self) -> Vec<String> {
        let words_of = |field: ProfileField| self.profile.get(&field).map(|text| words(text)).unwrap_or_default();
        let displayed = words_of(ProfileField::DisplayName);
        let tail = |(first, word): (usize, &String)| {
            if first < MAX_TAILS { displayed[first..].join(" ") } else { word.clone() }
        };
        let mut texts: Vec<String> = displayed.iter().enumerate().map(tail).collect();
        for field in [ProfileField::GivenName, ProfileField::Surname] {
            let text = words_of(field).join(" ");
            let within = |whole: &String| *whole == text || whole.starts_with(&format!("{text}{SPACE}"));
            if !text.is_empty() && !texts.iter().any(within) {
                texts.push(text);
            }
        }
        texts
    }
}

/// A text as names are compared: without case and accents, and with one space between words.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut plain = String::new();
    // A folded grave or acute accent alone would be a space.
    let text: String = text.chars().map(|char| if APOSTROPHES.contains(&char) { '\'' } else { char }).collect();
    for character in fold(&text).chars() {
        match PLAIN.iter().find(|(letter, _)| *letter == character) {
            Some((_, typed)) => plain.push_str(typed),
            None if POINTS.iter().any(|points| points.contains(&character)) => {}
            None => plain.push(character),
        }
    }
    plain
}

/// The folded words of a text: what stands between spaces and punctuation.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = folded(text);
    folded
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A moment as text of one length, so that texts sort by time.
fn digits(moment: Moment) -> String {
    format!("{:0MOMENT_DIGITS$}", moment.millis())
}

/// An account's place in an index. User names need no id, because each is one account's.
fn place(index: Index, text: &str, account: &AccountId) -> String {
    match index {
        Index::UserName | Index::Disabled => text.to_owned(),
        Index::Name | Index::Mail | Index::OtherMail | Index::Phone | Index::Unconfirmed => {
            format!("{text}{SEPARATOR}{}", account.as_str())
        }
    }
}

/// The beginning of a text that fits an entry.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

#[cfg(test)]
mod tests;
