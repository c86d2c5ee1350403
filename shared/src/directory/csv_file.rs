//! CSV: one row per person below a header of attribute names (RFC 4180).
//!
//! Column names are the attribute names of LDIF in any case, and options are dropped as there. A name that occurs twice
//! gives two values. Cells are neither split nor trimmed, and an empty cell is no value. Every row with a name is a
//! person.

use csv::{ByteRecord, ReaderBuilder};

use super::entry::{Entry, Name};
use super::export::{ENTRY, Export, FILE, MAX_COLUMNS, Rule, text_of};
use super::person::{MAIL, OBJECT_CLASS, USER_PRINCIPAL_NAME};

/// Reads all rows into the export.
pub(super) fn read(bytes: &[u8], export: &mut Export) {
    let mut rows = Rows::of(bytes);
    let Some(columns) = header(&mut rows, export) else {
        return;
    };
    while let Some((line, quoting)) = rows.next_row() {
        if quoting == Quoting::Broken {
            export.reject(line, ENTRY, Rule::Quoting);
        } else if rows.cells.len() != columns.len() {
            export.reject(line, ENTRY, Rule::CellCount);
        } else {
            read_row(line, &columns, &rows.cells, export);
        }
    }
}

/// Reads the header: one element per column, `None` for a column that is not read. Returns `None` if nothing after the
/// header can be read.
fn header(rows: &mut Rows<'_>, export: &mut Export) -> Option<Vec<Option<Name>>> {
    let Some((line, quoting)) = rows.next_row() else {
        export.reject(1, FILE, Rule::NoNameColumn);
        return None;
    };
    if quoting == Quoting::Broken {
        export.reject(line, FILE, Rule::Quoting);
        return None;
    }
    if rows.cells.len() > MAX_COLUMNS {
        export.reject(line, FILE, Rule::TooManyColumns);
        return None;
    }
    // The object class says nothing in a file that holds only people.
    let column = |cell: &[u8]| Name::of(cell.trim_ascii()).filter(|name| name.attribute != OBJECT_CLASS);
    let columns: Vec<_> = rows.cells.iter().map(column).collect();
    if !columns.iter().flatten().any(|name| [USER_PRINCIPAL_NAME, MAIL].contains(&name.attribute)) {
        export.reject(line, FILE, Rule::NoNameColumn);
    }
    export.columns = Some(columns.iter().flatten().map(|name| name.attribute).collect());
    Some(columns)
}

fn read_row(row_line: u64, columns: &[Option<Name>], cells: &ByteRecord, export: &mut Export) {
    let mut entry = Entry::at(row_line);
    let mut line = row_line;
    for (column, cell) in columns.iter().zip(cells) {
        if let Some(name) = column {
            entry.add(*name, line, text_of(cell), export);
        }
        line += newlines(cell);
    }
    entry.settle(export);
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
    cells: ByteRecord,
    /// How many bytes have been read, and the line reached.
    offset: usize,
    line: u64,
}

impl<'a> Rows<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        // Flexible: this module refuses a row of the wrong length itself and reads on.
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        Self { bytes, reader, cells: ByteRecord::new(), offset: 0, line: 1 }
    }

    /// Reads the next row into `cells`.
    fn next_row(&mut self) -> Option<(u64, Quoting)> {
        // Reading byte records from memory cannot fail, whatever their length or encoding.
        let true = self.reader.read_byte_record(&mut self.cells).unwrap_or(false) else {
            return None;
        };
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.bytes.len());
        let read = &self.bytes[self.offset..end];
        let blank = read.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(read.len());
        let (blank, row) = read.split_at(blank);
        let line = self.line + newlines(blank);
        self.offset = end;
        self.line = line + newlines(row);
        Some((line, quoting_of(row)))
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// Checks a row's quotes against RFC 4180.
///
/// The reader tolerates an open quote and reads the following rows as part of the cell. That must not pass here.
fn quoting_of(row: &[u8]) -> Quoting {
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
            (_, b',' | b'\r' | b'\n') => At::Start,
            (At::Closed, _) => return Quoting::Broken,
            (At::Start | At::Plain, _) => At::Plain,
        };
    }
    if matches!(at, At::Quoted) { Quoting::Broken } else { Quoting::Sound }
}

#[cfg(test)]
mod tests;
