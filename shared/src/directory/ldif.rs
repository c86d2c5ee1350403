//! LDIF: entries of `attribute: value` lines between blank lines (RFC 2849).
//!
//! More lenient than the RFC in what exporters need: text may be UTF-8 without base64, an attribute's name may hold an
//! underscore, lines may end in any line end, and what `ldapsearch` writes around its entries is passed over. Change
//! records that add are read as content; other changes are refused. Attribute options are dropped: `mobile;lang-en` is a
//! value of `mobile`, and ranks after the values without options. An attribute with an empty value counts as an empty one.

use std::borrow::Cow;
use std::collections::BTreeSet;

use data_encoding::BASE64;

use super::attributes::{Kind, Name, instead_of};
use super::entry::Entry;
use super::export::{Export, text_of};
use super::findings::{ENTRY, FILE, Finding, Verdict};
use super::lines;
use super::options::Options;
use super::person::Person;
use super::rule::{MAX_LINE_BYTES, Rule};
use crate::account::ProfileField;

const VERSION: &str = "version";
const DN: &str = "dn";
const CHANGE_TYPE: &str = "changetype";

/// The only version of LDIF.
const KNOWN_VERSION: &str = "1";

/// The only kind of change record with the form of a content record.
const ADD: &str = "add";

/// How blocks begin that `ldapsearch` writes beside the entries: a reference to another server, and the result.
const AROUND_ENTRIES: [&str; 3] = ["ref", "search", "result"];

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

    fn description(&self) -> Option<&[u8]> {
        self.split().map(|(description, _)| description)
    }

    /// The line's attribute, if it is known.
    fn name(&self) -> Option<Name> {
        self.description().and_then(Name::of_attribute)
    }

    /// Whether the line's attribute has this name, without options.
    fn is(&self, name: &str) -> bool {
        self.description().is_some_and(|description| description.eq_ignore_ascii_case(name.as_bytes()))
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
        let (line, rest) = lines::split(self.rest);
        self.rest = rest;
        let number = self.next_number;
        self.next_number += 1;
        Some((number, line))
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
pub(super) fn read(bytes: &[u8], options: &Options, export: &mut Export) {
    let mut reader = Reader { options, export, noted: BTreeSet::new(), has_address: options.mail_as_contact };
    for (index, block) in Blocks::of(bytes).enumerate() {
        let lines = if index == 0 { after_version(&block, reader.export) } else { &block[..] };
        reader.entry(lines);
    }
    let has_contact =
        |person: &Person| person.mobile.is_some() || person.office.is_some() || person.other_mails.is_some();
    if !options.no_contacts && !export.people.is_empty() && !export.people.iter().any(has_contact) {
        export.people.clear();
        export.refuse(1, FILE, Rule::NoContactColumn);
    }
}

/// Skips the version, which may be the first line that is not a comment, with or without a blank line after it.
fn after_version<'b, 'a>(block: &'b [Line<'a>], export: &mut Export) -> &'b [Line<'a>] {
    match block {
        [first, rest @ ..] if first.is(VERSION) => {
            if !first.says(KNOWN_VERSION) {
                export.refuse(first.number, VERSION, Rule::LdifVersion);
            }
            rest
        }
        all => all,
    }
}

struct Reader<'a> {
    options: &'a Options,
    export: &'a mut Export,
    /// The attributes that look like contacts and were noted, in lower case.
    noted: BTreeSet<String>,
    /// Whether the file is known to give addresses, so that nobody looks for them in `mail`.
    has_address: bool,
}

impl Reader<'_> {
    fn entry(&mut self, lines: &[Line<'_>]) {
        let [dn, values @ ..] = lines else { return };
        if AROUND_ENTRIES.iter().any(|name| dn.is(name)) {
            return;
        }
        if let Err((line, attribute, rule)) = check_form(dn, values) {
            self.export.refuse(line, attribute, rule);
            return;
        }
        let mut entry = Entry::at(dn.number);
        let people = self.export.people.len();
        for line in values {
            if let Some(name) = line.name() {
                entry.add(name, line.number, line.text(), self.export);
            }
        }
        entry.settle(self.options, self.export);
        if self.export.people.len() > people {
            self.note_what_is_not_read(values);
        }
    }

    /// Notes the attributes of a person that look like contacts and are not read, each once.
    fn note_what_is_not_read(&mut self, values: &[Line<'_>]) {
        let is = |line: &Line<'_>, kind| line.name().is_some_and(|name| name.kind == kind);
        self.has_address |= values.iter().any(|line| is(line, Kind::OtherMail));
        for line in values {
            if is(line, Kind::Profile(ProfileField::Mail)) && !self.has_address {
                self.has_address = true;
                self.export.note(line.number, "mail", Rule::MailIsNoContact);
            }
            let Some(name) = line.description().and_then(|name| str::from_utf8(name).ok()) else { continue };
            let Some(instead) = instead_of(name) else { continue };
            let name = name.split(';').next().unwrap_or_default();
            if self.noted.insert(name.to_ascii_lowercase()) {
                self.export.findings.add(Finding {
                    verdict: Verdict::Noted,
                    line: line.number,
                    attribute: name.to_owned().into(),
                    rule: format!("not read; {instead}").into(),
                });
            }
        }
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
