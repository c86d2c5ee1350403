//! CSV: one row per person below a header of column names (RFC 4180).
//!
//! More lenient than the RFC in what exporters do: semicolons or tabs may stand in the place of commas, one line before
//! the header may say what the file is, and rows may end in any line end. A name that occurs twice gives two values.
//! Cells with several addresses, and the classes and values of `csvde`, are split. What guards a cell against a
//! spreadsheet is taken off.

use csv::{ByteRecord, ReaderBuilder};
use data_encoding::HEXLOWER_PERMISSIVE;

use super::attributes::{Kind, Name, instead_of, is_unclear_switch};
use super::entry::Entry;
use super::export::{Export, text_of};
use super::findings::{ENTRY, FILE, Finding, Verdict};
use super::options::Options;
use super::rule::{MAX_COLUMNS, Rule};
use super::{lines, spreadsheet};
use crate::account::ProfileField;
use crate::identifiers::is_invisible;

/// What stands between cells.
const DELIMITERS: [u8; 3] = *b",;\t";
/// How lines begin that stand before the header: of Excel, of PowerShell, and of Entra's templates.
const BEFORE_HEADER: [&str; 3] = ["sep=", "#type ", "version:v"];
/// How the names of types begin that PowerShell writes for lists and objects that nobody has written out.
const TYPES: [&str; 7] = [
    "System.Collections.",
    "System.Management.Automation.",
    "System.DirectoryServices.",
    "Microsoft.ActiveDirectory.",
    "Microsoft.Graph.PowerShell.",
    "Microsoft.Open.",
    "Microsoft.Online.",
];

/// Reads all rows into the export.
pub(super) fn read(bytes: &[u8], options: &Options, export: &mut Export) {
    let (before, bytes) = before_header(bytes);
    let mut rows = Rows::of(bytes, delimiter(bytes));
    rows.line += before;
    let Some(columns) = header(&mut rows, options, export) else {
        return;
    };
    let mut is_told = false;
    while let Some((line, quoting)) = rows.next_row() {
        let is_broken = quoting == Quoting::Broken;
        if !is_broken && rows.cells.len() == columns.len() {
            if rows.cells.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                read_row(line, &columns, &rows.cells, options, export);
            }
        } else if let Some(other) = rows.other_delimiter(columns.len()) {
            // Once, not once a row: the file has one fault.
            if !std::mem::replace(&mut is_told, true) {
                export.refuse(line, FILE, Rule::OtherDelimiter(rows.delimiter, other));
            }
        } else {
            export.refuse(line, ENTRY, if is_broken { Rule::Quoting } else { Rule::CellCount });
        }
    }
}

/// Takes off the lines before the header. Returns how many they were, and the rest.
fn before_header(mut bytes: &[u8]) -> (u64, &[u8]) {
    let mut count = 0;
    loop {
        let begins = |with: &&str| bytes.get(..with.len()).is_some_and(|b| b.eq_ignore_ascii_case(with.as_bytes()));
        if !BEFORE_HEADER.iter().any(begins) {
            return (count, bytes);
        }
        let (line, rest) = lines::split(bytes);
        debug_assert!(!line.is_empty());
        bytes = rest;
        count += 1;
    }
}

/// The delimiter by which the header has the most known columns, else the most columns.
fn delimiter(bytes: &[u8]) -> u8 {
    let of = |delimiter: u8| {
        let mut rows = Rows::of(bytes, delimiter);
        rows.next_row();
        let known = rows.cells.iter().take(MAX_COLUMNS).filter(|cell| column(cell).is_some()).count();
        (known, rows.cells.len())
    };
    // Of equals, the last one wins.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| of(*delimiter)).unwrap_or(b',')
}

fn column(cell: &[u8]) -> Option<Name> {
    std::str::from_utf8(cell).ok().and_then(Name::of_column)
}

/// Reads the header: one element per column, `None` for a column that is not read. Returns `None` if nothing after the
/// header can be read.
fn header(rows: &mut Rows<'_>, options: &Options, export: &mut Export) -> Option<Vec<Option<Name>>> {
    let refuse = |line, rule, export: &mut Export| {
        export.refuse(line, FILE, rule);
        None
    };
    let Some((line, quoting)) = rows.next_row() else {
        return refuse(1, Rule::NoNameColumn, export);
    };
    if quoting == Quoting::Broken {
        return refuse(line, Rule::Quoting, export);
    }
    if rows.cells.len() > MAX_COLUMNS {
        return refuse(line, Rule::TooManyColumns, export);
    }
    let columns: Vec<_> = rows.cells.iter().map(column).collect();
    let mail = Kind::Profile(ProfileField::Mail);
    let has = |kind: Kind| columns.iter().flatten().any(|name| name.kind == kind);
    if !has(Kind::UserName) && !has(Kind::OtherUserName) && !has(mail) {
        return refuse(line, Rule::NoNameColumn, export);
    }
    let is_unclear = |cell: &[u8]| std::str::from_utf8(cell).is_ok_and(is_unclear_switch);
    if rows.cells.iter().any(is_unclear) {
        return refuse(line, Rule::UnclearSwitch, export);
    }
    let unknown = rows.cells.iter().zip(&columns).filter(|(_, column)| column.is_none());
    for name in unknown.map(|(cell, _)| String::from_utf8_lossy(cell)) {
        if let Some(instead) = instead_of(&name) {
            export.findings.add(Finding {
                verdict: Verdict::Noted,
                line,
                // It is shown on a terminal.
                attribute: name.trim().chars().filter(|c| !is_invisible(*c)).take(64).collect::<String>().into(),
                rule: format!("not read; {instead}").into(),
            });
        }
    }
    let has_address = has(Kind::OtherMail) || (has(mail) && options.mail_as_contact);
    if has(mail) && !has_address {
        export.note(line, "mail", Rule::MailIsNoContact);
    }
    if !options.no_contacts && !has_address && !has(Kind::Mobile) && !has(Kind::Office) {
        return refuse(line, Rule::NoContactColumn, export);
    }
    Some(columns)
}

fn read_row(row_line: u64, columns: &[Option<Name>], cells: &ByteRecord, options: &Options, export: &mut Export) {
    let mut entry = Entry::at(row_line);
    let mut line = row_line;
    for (column, cell) in columns.iter().zip(cells) {
        if let Some(name) = column {
            match cell_text(cell) {
                Ok(text) if is_list(name.kind) => {
                    let mut parts = text.split([';', ',', '|', '\n']).map(str::trim).filter(|part| !part.is_empty());
                    // An empty cell is a value, too.
                    let first = parts.next().unwrap_or_default();
                    for part in std::iter::once(first).chain(parts) {
                        entry.add(*name, line, decoded(name.kind, part), export);
                    }
                }
                Ok(text) if name.kind == Kind::Password => entry.add(*name, line, Ok(text), export),
                Ok(text) => entry.add(*name, line, decoded(name.kind, text.trim()), export),
                refused => entry.add(*name, line, refused, export),
            }
        }
        line += lines::count(cell);
    }
    entry.settle(options, export);
}

/// Whether a cell may hold several values. Of phones, only the first one is used.
fn is_list(kind: Kind) -> bool {
    matches!(kind, Kind::OtherMail | Kind::ObjectClass | Kind::Office)
}

/// The text of a cell.
fn cell_text(cell: &[u8]) -> Result<String, Rule> {
    let text = text_of(cell)?;
    if is_type(text.trim()) { Err(Rule::ArrayOfPowerShell) } else { Ok(text) }
}

/// Whether PowerShell has written the name of a type in the place of a value, such as `System.Object[]`.
fn is_type(text: &str) -> bool {
    let is_array = |name: &str| {
        name.contains('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._`+".contains(&byte))
    };
    TYPES.iter().any(|begin| text.starts_with(begin)) || text.strip_suffix("[]").is_some_and(is_array)
}

/// A value of a cell. `csvde` writes `X'c3a9'` for bytes that are not ASCII.
fn decoded(kind: Kind, value: &str) -> Result<String, Rule> {
    let hex = value.strip_prefix("X'").and_then(|hex| hex.strip_suffix('\''));
    if let Some(bytes) = hex.and_then(|hex| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()) {
        return text_of(&bytes);
    }
    let is_phone = matches!(kind, Kind::Mobile | Kind::Office);
    let text = if is_phone { spreadsheet::unguarded_phone(value) } else { spreadsheet::unguarded(value) };
    Ok(spreadsheet::unescaped(text).into_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Sound,
    Broken,
}

/// The rows of a file, each with the line on which it begins.
///
/// The reader's own line number is not used: it points before the line feed of the previous row and any blank lines.
struct Rows<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    delimiter: u8,
    cells: ByteRecord,
    /// The bytes of the row in `cells`.
    row: &'a [u8],
    /// How many bytes have been read, and the line reached.
    offset: usize,
    line: u64,
}

impl<'a> Rows<'a> {
    fn of(bytes: &'a [u8], delimiter: u8) -> Self {
        // Flexible: this module refuses a row of the wrong length itself and reads on.
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
        Self { bytes, reader, delimiter, cells: ByteRecord::new(), row: &[], offset: 0, line: 1 }
    }

    /// Reads the next row into `cells`.
    fn next_row(&mut self) -> Option<(u64, Quoting)> {
        // Reading byte records from memory cannot fail, whatever their length or encoding.
        let true = self.reader.read_byte_record(&mut self.cells).unwrap_or(false) else {
            return None;
        };
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.bytes.len());
        // The reader stops between the two characters of a line end.
        let is_inside_end = end > 0 && self.bytes[end - 1] == b'\r' && self.bytes.get(end) == Some(&b'\n');
        let end = end + usize::from(is_inside_end);
        let read = &self.bytes[self.offset..end];
        let blank = read.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(read.len());
        let (blank, row) = read.split_at(blank);
        let line = self.line + lines::count(blank);
        self.offset = end;
        self.line = line + lines::count(row);
        self.row = row;
        Some((line, quoting_of(row, self.delimiter)))
    }

    /// The delimiter by which the row has this many cells, if that is another one than the header's.
    fn other_delimiter(&self, count: usize) -> Option<u8> {
        let fits = |delimiter: &u8| {
            let mut row = Rows::of(self.row, *delimiter);
            let is_sound = row.next_row().is_some_and(|(_, quoting)| quoting == Quoting::Sound);
            is_sound && row.cells.len() == count && row.next_row().is_none()
        };
        DELIMITERS.into_iter().filter(|delimiter| *delimiter != self.delimiter && count > 1).find(fits)
    }
}

/// Checks a row's quotes against RFC 4180.
///
/// The reader tolerates an open quote and reads the following rows as part of the cell. That must not pass here.
fn quoting_of(row: &[u8], delimiter: u8) -> Quoting {
    enum At {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let mut at = At::Start;
    for byte in row {
        at = match (at, byte) {
            (At::Start | At::Closed, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) => At::Quoted,
            (At::Plain, b'"') => return Quoting::Broken,
            (_, b'\r' | b'\n') => At::Start,
            (_, byte) if *byte == delimiter => At::Start,
            (At::Closed, _) => return Quoting::Broken,
            (At::Start | At::Plain, _) => At::Plain,
        };
    }
    if matches!(at, At::Quoted) { Quoting::Broken } else { Quoting::Sound }
}

#[cfg(test)]
mod tests;
