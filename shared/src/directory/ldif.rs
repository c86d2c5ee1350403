//! LDIF: entries of `attribute: value` lines between blank lines (RFC 2849).
//!
//! More lenient than the RFC in what exporters need: text may be UTF-8 without base64, an attribute's name may hold an
//! underscore, lines may end in any line end, and what `ldapsearch` writes around its entries is passed over, unless it
//! says that entries are missing. Change records that add are read as content; other changes are refused. Attribute
//! options are dropped: `mobile;lang-en` is a value of `mobile`, and ranks after the values without options. An
//! attribute with an empty value counts as an empty one.

mod line;
mod search;

use std::borrow::Cow;
use std::collections::BTreeSet;

use self::line::Line;
use self::search::Search;
use super::attributes::{Kind, instead_of};
use super::entry::Entry;
use super::export::Export;
use super::findings::{ENTRY, FILE, Finding, Verdict};
use super::options::Options;
use super::person::Person;
use super::rule::Rule;
use super::{encoding, lines};
use crate::account::ProfileField;

const VERSION: &str = "version";
const DN: &str = "dn";
const CHANGE_TYPE: &str = "changetype";

/// The only version of LDIF.
const KNOWN_VERSION: &str = "1";

/// The only kind of change record with the form of a content record.
const ADD: &str = "add";

/// How much of an attribute's name is shown, in characters.
const MAX_NAME: usize = 64;

/// How much of a file shows whether it is LDIF, in bytes: the comments before the first entry, and that entry's name.
const HEAD_BYTES: usize = 16 * 1024;

/// Whether a file, in UTF-8 or UTF-16, begins with LDIF's version or with an entry, behind comments and blank lines.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let head = encoding::utf8(&bytes[..bytes.len().min(HEAD_BYTES)]);
    let first = Blocks::of(&head).next();
    first.is_some_and(|block| block[0].is(DN) || (block[0].is(VERSION) && block[0].says(KNOWN_VERSION)))
}

/// Iterates over the blocks of lines between blank lines, without comments. No block is empty.
struct Blocks<'a> {
    rest: &'a [u8],
    next_number: u64,
    /// What comments and messages between the lines say about the search.
    search: Search,
}

impl<'a> Blocks<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, next_number: 1, search: Search::default() }
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
                (Some((b'#', comment)), _) => {
                    in_comment = true;
                    self.search.comment(number, comment);
                }
                (Some((b' ', _)), _) if in_comment => {}
                (Some((b' ', more)), Some(last)) => last.bytes.to_mut().extend_from_slice(more),
                // A message may stand anywhere, even in the middle of an entry.
                (Some(_), last) if self.search.message(number, line, last.is_none()) => {}
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
    let mut reader = Reader { options, export, judged: BTreeSet::new(), has_address: options.mail_as_contact };
    let mut blocks = Blocks::of(bytes);
    let mut is_first = true;
    while let Some(block) = blocks.next() {
        if blocks.search.block(&block) {
            continue;
        }
        let lines = if std::mem::take(&mut is_first) { after_version(&block, reader.export) } else { &block[..] };
        reader.entry(lines);
    }
    if let Some((line, rule)) = blocks.search.fault() {
        export.refuse(line, FILE, rule);
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
    /// The attributes that are not read and were looked at, in lower case.
    judged: BTreeSet<String>,
    /// Whether the file is known to give addresses, so that nobody looks for them in `mail`.
    has_address: bool,
}

impl Reader<'_> {
    fn entry(&mut self, lines: &[Line<'_>]) {
        let [dn, values @ ..] = lines else { return };
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

    /// Notes the attributes of a person that look like contacts or switches and are not read, each once.
    fn note_what_is_not_read(&mut self, values: &[Line<'_>]) {
        let is = |line: &Line<'_>, kind| line.name().is_some_and(|name| name.kind == kind);
        self.has_address |= values.iter().any(|line| is(line, Kind::OtherMail));
        for line in values {
            if is(line, Kind::Profile(ProfileField::Mail)) && !self.has_address {
                self.has_address = true;
                self.export.note(line.number, "mail", Rule::MailIsNoContact);
            }
            let Some(name) = line.description().and_then(|name| str::from_utf8(name).ok()) else { continue };
            let name = name.split(';').next().unwrap_or_default();
            if !self.judged.insert(name.to_ascii_lowercase()) {
                continue;
            }
            if let Some(instead) = instead_of(name) {
                self.export.findings.add(Finding {
                    verdict: Verdict::Noted,
                    line: line.number,
                    attribute: name.chars().take(MAX_NAME).collect::<String>().into(),
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
