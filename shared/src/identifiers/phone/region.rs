//! One country's part of a numbering plan: which national numbers it has, and of which kind they are.
//!
//! The members of the messages are those of `PhoneMetadata` and `PhoneNumberDesc` in libphonenumber, and the rules are
//! that library's. It carries much that is not needed here, above all expressions for free text, which take longer to
//! prepare than everything else that a new instance does for its first number. The tests compare every answer with a
//! port of the library.

use std::sync::OnceLock;

use prost::DecodeError;
use prost::Message as _;
use prost::bytes::Bytes;
use regex_lite::Regex;

use super::error::RefusedKind;
use super::kind::PhoneKind;

/// A region as the file has it.
#[derive(prost::Message)]
struct RegionMessage {
    #[prost(message, required, tag = "1")]
    general: NumbersMessage,
    #[prost(message, required, tag = "2")]
    fixed_line: NumbersMessage,
    #[prost(message, required, tag = "3")]
    mobile: NumbersMessage,
    #[prost(message, required, tag = "4")]
    toll_free: NumbersMessage,
    #[prost(message, required, tag = "5")]
    premium_rate: NumbersMessage,
    #[prost(message, required, tag = "6")]
    shared_cost: NumbersMessage,
    #[prost(message, required, tag = "7")]
    personal: NumbersMessage,
    #[prost(message, required, tag = "8")]
    voip: NumbersMessage,
    #[prost(string, tag = "9")]
    id: String,
    #[prost(string, tag = "15")]
    national_prefix: String,
    #[prost(string, tag = "16")]
    prefix_replacement: String,
    #[prost(message, required, tag = "21")]
    pager: NumbersMessage,
    #[prost(string, tag = "23")]
    leading_digits: String,
    #[prost(message, required, tag = "25")]
    universal_access: NumbersMessage,
    #[prost(message, required, tag = "28")]
    voicemail: NumbersMessage,
}

/// Numbers of one kind as the file has them.
#[derive(prost::Message)]
struct NumbersMessage {
    /// `^(?:...)$`, or empty if there are none.
    #[prost(string, tag = "2")]
    pattern: String,
    #[prost(int32, repeated, tag = "9")]
    lengths: Vec<i32>,
    #[prost(int32, repeated, tag = "10")]
    local_lengths: Vec<i32>,
}

/// Whether a number may have a length, in digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// Numbers of this length can be dialled from anywhere.
    Possible,
    /// Numbers of this length can be dialled inside one area only.
    LocalOnly,
    /// Longer than all numbers.
    TooLong,
    /// Shorter than all numbers, or between two lengths that numbers have.
    Impossible,
}

/// One country's part of a numbering plan.
pub(super) struct Region {
    /// Two letters, or `001` for a global network.
    pub(super) id: String,
    general: Numbers,
    fixed_line: Numbers,
    mobile: Numbers,
    /// In the order in which they are asked. The first kind that has a number decides.
    other_kinds: [(Numbers, Result<PhoneKind, RefusedKind>); 8],
    national_prefix: Pattern,
    prefix_replacement: String,
    leading_digits: Pattern,
}

impl Region {
    /// Reads an entry of the file.
    pub(super) fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
        let message = RegionMessage::decode(bytes)?;
        Ok(Self {
            id: message.id,
            general: message.general.into(),
            fixed_line: message.fixed_line.into(),
            mobile: message.mobile.into(),
            other_kinds: [
                (message.premium_rate.into(), Err(RefusedKind::PremiumRate)),
                (message.toll_free.into(), Err(RefusedKind::TollFree)),
                (message.shared_cost.into(), Err(RefusedKind::SharedCost)),
                (message.voip.into(), Ok(PhoneKind::Voip)),
                (message.personal.into(), Err(RefusedKind::PersonalNumber)),
                (message.pager.into(), Err(RefusedKind::Pager)),
                (message.universal_access.into(), Err(RefusedKind::UniversalAccess)),
                (message.voicemail.into(), Err(RefusedKind::Voicemail)),
            ],
            national_prefix: Pattern::at_the_start(&message.national_prefix),
            prefix_replacement: message.prefix_replacement,
            leading_digits: Pattern::at_the_start(&message.leading_digits),
        })
    }

    /// Whether a number belongs here rather than to another region with the same country code.
    pub(super) fn has(&self, national: &str) -> bool {
        self.leading_digits.matches(national) || self.kind_of(national) != Ok(PhoneKind::Unassigned)
    }

    /// The kind of a number.
    pub(super) fn kind_of(&self, national: &str) -> Result<PhoneKind, RefusedKind> {
        if !self.general.contain(national) {
            return Ok(PhoneKind::Unassigned);
        }
        if let Some((_, kind)) = self.other_kinds.iter().find(|(numbers, _)| numbers.contain(national)) {
            return *kind;
        }
        let is_fixed = self.fixed_line.contain(national);
        // Plans that do not tell mobile numbers apart have the same expression twice. Preparing it takes long.
        let is_mobile = if self.mobile.are(&self.fixed_line) { is_fixed } else { self.mobile.contain(national) };
        Ok(match (is_fixed, is_mobile) {
            (true, true) => PhoneKind::FixedLineOrMobile,
            (true, false) => PhoneKind::FixedLine,
            (false, true) => PhoneKind::Mobile,
            (false, false) => PhoneKind::Unassigned,
        })
    }

    /// Whether a number may have this length, assigned or not.
    pub(super) fn length(&self, national: &str) -> Length {
        self.general.length(national)
    }

    /// The number without the prefix that is dialled before it inside the country. Some plans put an area code in its
    /// place, which is left out inside the area.
    pub(super) fn without_prefix(&self, national: &str) -> String {
        let Some((length, replacement)) = self.prefix(national) else { return national.to_owned() };
        let number = replacement.unwrap_or_default() + &national[length..];
        // A number that is valid as it stands loses nothing.
        if self.general.pattern.matches(national) && !self.general.pattern.matches(&number) {
            return national.to_owned();
        }
        number
    }

    /// The length of the prefix that a number begins with, and what stands in its place, if anything does.
    pub(super) fn prefix(&self, national: &str) -> Option<(usize, Option<String>)> {
        let prefix = self.national_prefix.regex()?.captures(national)?;
        // Of two groups, the first is a carrier.
        let kept = prefix.get(2).or(prefix.get(1)).is_some_and(|group| !group.is_empty());
        let is_replaced = kept && prefix.get(1).is_some() && !self.prefix_replacement.is_empty();
        let replacement = is_replaced.then(|| {
            let mut text = String::new();
            prefix.expand(&self.prefix_replacement, &mut text);
            text
        });
        Some((prefix[0].len(), replacement))
    }
}

/// The numbers of one kind.
struct Numbers {
    pattern: Pattern,
    /// Empty if the pattern alone decides.
    lengths: Vec<i32>,
    local_lengths: Vec<i32>,
}

impl From<NumbersMessage> for Numbers {
    fn from(message: NumbersMessage) -> Self {
        Self { pattern: Pattern::new(message.pattern), lengths: message.lengths, local_lengths: message.local_lengths }
    }
}

impl Numbers {
    fn are(&self, other: &Self) -> bool {
        self.pattern.text == other.pattern.text && self.lengths == other.lengths
    }

    fn contain(&self, national: &str) -> bool {
        (self.lengths.is_empty() || self.lengths.contains(&digits(national))) && self.pattern.matches(national)
    }

    fn length(&self, national: &str) -> Length {
        let length = digits(national);
        if self.local_lengths.contains(&length) {
            Length::LocalOnly
        } else if self.lengths.contains(&length) {
            Length::Possible
        } else if self.lengths.iter().all(|longest| *longest < length) {
            Length::TooLong
        } else {
            Length::Impossible
        }
    }
}

fn digits(national: &str) -> i32 {
    i32::try_from(national.len()).unwrap_or(i32::MAX)
}

/// An expression for digits, prepared when it is first used.
struct Pattern {
    /// Empty matches nothing.
    text: String,
    regex: OnceLock<Regex>,
}

impl Pattern {
    fn new(text: String) -> Self {
        Self { text, regex: OnceLock::new() }
    }

    /// The file gives every expression as one for a whole number. These are for the digits that a number begins with.
    fn at_the_start(text: &str) -> Self {
        Self::new(text.strip_suffix('$').unwrap_or_default().to_owned())
    }

    fn regex(&self) -> Option<&Regex> {
        let prepare = || Regex::new(&self.text).expect("the tests prepare every expression of the file");
        (!self.text.is_empty()).then(|| self.regex.get_or_init(prepare))
    }

    fn matches(&self, national: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(national))
    }
}

#[cfg(test)]
impl Region {
    /// Every expression of the region.
    pub(super) fn patterns(&self) -> impl Iterator<Item = bool> {
        let kinds = self.other_kinds.iter().map(|(numbers, _)| numbers);
        let numbers = [&self.general, &self.fixed_line, &self.mobile].into_iter().chain(kinds);
        let patterns = numbers.map(|numbers| &numbers.pattern).chain([&self.national_prefix, &self.leading_digits]);
        patterns.map(|pattern| pattern.regex().is_some())
    }

    /// Whether a prefix is replaced by something.
    pub(super) fn replaces(&self) -> bool {
        !self.prefix_replacement.is_empty()
    }
}
