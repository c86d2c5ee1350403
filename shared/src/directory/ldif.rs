//! LDIF: entries of `attribute: value` lines between blank lines (RFC 2849).
//!
//! More lenient than the RFC in two points that exporters need: text may be UTF-8 without base64, and an attribute's
//! name may hold an underscore. Change records that add are read as content; other changes are refused. Attribute
//! options are dropped: `mobile;lang-en` is a value of `mobile`, and ranks after the values without options.

use std::borrow::Cow;

use data_encoding::BASE64;

use super::entry::{Entry, Name};
use super::export::{ENTRY, Export, MAX_LINE_BYTES, Rule, text_of};

const VERSION: &str = "version";
const DN: &str = "dn";
const CHANGE_TYPE: &str = "changetype";

/// The only version of LDIF.
const KNOWN_VERSION: &str = "1";

/// The only kind of change record with the form of a content record.
const ADD: &str = "add";

/// A line after unfolding, with the number of its first physical line.
struct Line<'a> {
    number: u64,
    bytes: Cow<'a, [u8]>,
}

/// How a line gives its value.
enum Source<'a> {
    Plain(&'a [u8]),
    Base64(&'a [u8]),
    Url,
}

impl Line<'_> {
    /// Splits the line into attribute and value; `None` if it does not have that form.
    fn split(&self) -> Option<(&[u8], Source<'_>)> {
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

    /// Whether the line's attribute has this name, without options.
    fn is(&self, name: &str) -> bool {
        self.split().is_some_and(|(description, _)| description.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Reads the value of a line.
    fn text(&self) -> Result<String, Rule> {
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

    fn says(&self, expected: &str) -> bool {
        self.text().is_ok_and(|text| text.eq_ignore_ascii_case(expected))
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

/// Iterates over the blocks of lines between blank lines, without comments. No block is empty.
struct Blocks<'a> {
    rest: &'a [u8],
    next_number: u64,
}

impl<'a> Blocks<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, next_number: 1 }
    }

    fn physical_line(&mut self) -> Option<(u64, &'a [u8])> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        let number = self.next_number;
        self.next_number += 1;
        Some((number, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Vec<Line<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut block: Vec<Line<'a>> = Vec::new();
        let mut in_comment = false;
        while let Some((number, line)) = self.physical_line() {
            match (line.split_first(), block.last_mut()) {
                (None, None) => in_comment = false,
                (None, Some(_)) => return Some(block),
                (Some((b'#', _)), _) => in_comment = true,
                (Some((b' ', _)), _) if in_comment => {}
                (Some((b' ', more)), Some(last)) => last.bytes.to_mut().extend_from_slice(more),
                (Some(_), _) => {
                    in_comment = false;
                    block.push(Line { number, bytes: Cow::Borrowed(line) });
                }
            }
        }
        (!block.is_empty()).then_some(block)
    }
}

/// Reads all entries into the export.
pub(super) fn read(bytes: &[u8], export: &mut Export) {
    for (index, block) in Blocks::of(bytes).enumerate() {
        let lines = if index == 0 { after_version(&block, export) } else { &block[..] };
        read_entry(lines, export);
    }
}

/// Skips the version, which may be the first line that is not a comment, with or without a blank line after it.
fn after_version<'b, 'a>(block: &'b [Line<'a>], export: &mut Export) -> &'b [Line<'a>] {
    match block {
        [first, rest @ ..] if first.is(VERSION) => {
            if !first.says(KNOWN_VERSION) {
                export.reject(first.number, VERSION, Rule::LdifVersion);
            }
            rest
        }
        all => all,
    }
}

fn read_entry(lines: &[Line<'_>], export: &mut Export) {
    let [dn, values @ ..] = lines else { return };
    if let Err((line, attribute, rule)) = check_form(dn, values) {
        export.reject(line, attribute, rule);
        return;
    }
    let mut entry = Entry::at(dn.number);
    for line in values {
        if let Some(name) = line.split().and_then(|(description, _)| Name::of(description)) {
            entry.add(name, line.number, line.text(), export);
        }
    }
    if entry.has_person_class() {
        entry.settle(export);
    } else {
        export.skipped += 1;
    }
}

/// Refuses a block that is not exactly one content record. Values of two entries must never mix, and a line without an
/// attribute is most often the lost end of the value before it.
fn check_form(dn: &Line<'_>, values: &[Line<'_>]) -> Result<(), (u64, &'static str, Rule)> {
    if !dn.is(DN) {
        return Err((dn.number, ENTRY, Rule::NoDn));
    }
    if let Some(second) = values.iter().find(|line| line.is(DN)) {
        return Err((second.number, ENTRY, Rule::SecondDn));
    }
    if let Some(change) = values.iter().find(|line| line.is(CHANGE_TYPE) && !line.says(ADD)) {
        return Err((change.number, CHANGE_TYPE, Rule::ChangeRecord));
    }
    match values.iter().find(|line| line.split().is_none()) {
        Some(broken) => Err((broken.number, ENTRY, Rule::NotALine)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
