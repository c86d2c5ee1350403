//! One line of LDIF: an attribute and its value.

use std::borrow::Cow;

use data_encoding::BASE64;

use crate::directory::attributes::Name;
use crate::directory::export::text_of;
use crate::directory::rule::{MAX_LINE_BYTES, Rule};

/// A line after unfolding, with the number of its first physical line.
pub(super) struct Line<'a> {
    pub(super) number: u64,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// How a line gives its value.
pub(super) enum Source<'a> {
    Plain(&'a [u8]),
    Base64(&'a [u8]),
    Url,
}

impl Line<'_> {
    /// Splits the line into attribute and value; `None` if it does not have that form.
    pub(super) fn split(&self) -> Option<(&[u8], Source<'_>)> {
        let colon = self.bytes.iter().position(|byte| *byte == b':')?;
        let (description, value) = (&self.bytes[..colon], &self.bytes[colon + 1..]);
        if !is_description(description) {
            return None;
        }
        let source = match value {
            [b':', encoded @ ..] => Source::Base64(without_fill(encoded)),
            [b'<', ..] => Source::Url,
            plain => Source::Plain(without_fill(plain)),
        };
        Some((description, source))
    }

    pub(super) fn description(&self) -> Option<&[u8]> {
        self.split().map(|(description, _)| description)
    }

    /// The line's attribute, if it is known.
    pub(super) fn name(&self) -> Option<Name> {
        self.description().and_then(Name::of_attribute)
    }

    /// Whether the line's attribute has this name, without options.
    pub(super) fn is(&self, name: &str) -> bool {
        self.description().is_some_and(|description| description.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Reads the value of a line.
    pub(super) fn text(&self) -> Result<String, Rule> {
        if self.bytes.len() > MAX_LINE_BYTES {
            return Err(Rule::TooLong);
        }
        match self.split().map(|(_, source)| source) {
            Some(Source::Plain(plain)) => text_of(plain),
            Some(Source::Base64(encoded)) => text_of(&BASE64.decode(encoded).map_err(|_| Rule::NotBase64)?),
            Some(Source::Url) => Err(Rule::ByUrl),
            None => Err(Rule::NotALine),
        }
    }

    pub(super) fn says(&self, expected: &str) -> bool {
        self.text().is_ok_and(|text| text.trim().eq_ignore_ascii_case(expected))
    }
}

/// Strips the spaces between the colon and the value. Any number is allowed.
fn without_fill(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|byte| *byte != b' ').unwrap_or(value.len());
    &value[start..]
}

/// Whether this is an attribute description, a name or number with options: letters and digits, and `-`, `.`, `_`, `;`
/// after the first character.
fn is_description(description: &[u8]) -> bool {
    description.first().is_some_and(u8::is_ascii_alphanumeric)
        && description.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._;".contains(byte))
}
