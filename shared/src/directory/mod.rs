//! Reads a directory's export, LDIF (RFC 2849) or CSV (RFC 4180), into people, and turns people into a plan.
//!
//! Bytes go in and values come out; nothing is fetched or stored. [`read`] validates only the form of the file: every
//! [`Value`] keeps its text and its line. [`Plan::of`] validates the values, by the rules of the administrators'
//! routes for users. The caller carries the plan out and creates or changes an account for each person.
//!
//! Reading never stops at the first error: everything that is not used is a [`Finding`], and the rest is read. If a
//! fault could move a value from one person to another (a missing blank line, a line that lost its fold, an open
//! quote), the whole entry is refused, not repaired.

mod attributes;
mod classes;
mod csv_file;
mod encoding;
mod entry;
mod export;
mod findings;
mod ldif;
mod lines;
mod options;
mod person;
mod plan;
mod rule;
mod spreadsheet;
mod switch;

pub use export::Export;
pub use findings::{ENTRY, FILE, Finding, Findings, Verdict};
pub use options::{Format, Options, Source};
pub use person::{Person, SecretValue, Value};
pub use plan::{Plan, PlannedUser};
pub use rule::{MAX_COLUMNS, MAX_FILE_BYTES, MAX_FINDINGS, MAX_LINE_BYTES, MAX_VALUES_PER_ATTRIBUTE};
pub use spreadsheet::guarded;

use rule::Rule;

/// Reads an export of the given format, in UTF-8 or UTF-16.
///
/// Never fails and never panics, whatever the bytes are. Everything that is not used is in [`Export::findings`].
pub fn read(bytes: &[u8], format: Format, options: &Options) -> Export {
    let mut export = Export::default();
    if bytes.len() > MAX_FILE_BYTES {
        export.refuse(1, FILE, Rule::FileTooLarge);
        return export;
    }
    let text = encoding::utf8(bytes);
    let empty = match format {
        Format::Csv => {
            csv_file::read(&text, options, &mut export);
            Rule::NoRows
        }
        Format::Ldif => {
            ldif::read(&text, options, &mut export);
            Rule::NoEntries
        }
    };
    if export.people.is_empty() && export.findings.refused() == 0 && export.findings.skipped() == 0 {
        export.note(1, FILE, empty);
    }
    export
}

#[cfg(test)]
mod tests;
