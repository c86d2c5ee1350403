//! Reads a directory's export, LDIF (RFC 2849) or CSV (RFC 4180), into people, and turns people into a plan.
//!
//! Bytes go in and values come out; nothing is fetched or stored. [`read`] validates only the form of the file: every
//! [`Value`] keeps its raw text and its line. [`Plan::of`] validates the values, by the rules of the administrators'
//! routes for users. The caller carries the plan out and creates or changes an account for each person.
//!
//! Reading never stops at the first error: everything that cannot be used is listed as a [`Reject`], and the rest is
//! read. If a fault could move a value from one person to another (a missing blank line, a line that lost its fold, an
//! open quote), the whole entry is refused, not repaired.

mod csv_file;
mod entry;
mod export;
mod ldif;
mod person;
mod plan;

pub use export::{Export, MAX_COLUMNS, MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_REJECTS, MAX_VALUES_PER_ATTRIBUTE, Reject};
pub use person::{Person, SecretValue, Value};
pub use plan::{Plan, PlannedUser};

use std::path::Path;

use export::{FILE, Rule};

/// The byte order mark that some editors and exporters put before UTF-8 text.
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The byte order marks of UTF-16 text, little and big endian.
const UTF16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// The file format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Rows of comma-separated cells below a header of attribute names (RFC 4180).
    Csv,
    /// Entries of `attribute: value` lines (RFC 2849).
    Ldif,
}

impl Format {
    /// Derives the format from a file name's extension, `.csv` or `.ldif` in any case.
    ///
    /// Returns `None` for every other extension.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let ending = Path::new(name).extension()?.to_str()?;
        if ending.eq_ignore_ascii_case("csv") {
            Some(Self::Csv)
        } else if ending.eq_ignore_ascii_case("ldif") {
            Some(Self::Ldif)
        } else {
            None
        }
    }
}

/// Reads an export of the given format.
///
/// Never fails and never panics, whatever the bytes are. Everything that cannot be used is in [`Export::rejects`].
pub fn read(bytes: &[u8], format: Format) -> Export {
    let mut export = Export::default();
    if bytes.len() > MAX_FILE_BYTES {
        export.reject(1, FILE, Rule::FileTooLarge);
        return export;
    }
    if UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        export.reject(1, FILE, Rule::Utf16);
        return export;
    }
    let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    match format {
        Format::Csv => csv_file::read(bytes, &mut export),
        Format::Ldif => ldif::read(bytes, &mut export),
    }
    export
}

#[cfg(test)]
mod tests;
