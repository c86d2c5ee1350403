//! The result of reading an export: people with their raw values, and everything that could not be used.

use std::fmt;

use super::person::Person;

/// The largest export that is read, in bytes: room for about 100 000 people with every attribute of a usual schema, and
/// small enough to hold in memory at once.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// The longest LDIF line after unfolding, or CSV cell, that is used, in bytes: far above any name, number or address.
/// Attributes that are not read (photos, certificates) may be longer.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// The most values of one attribute in one entry, counted: far above what a person has, below what slows later checks.
pub const MAX_VALUES_PER_ATTRIBUTE: usize = 64;

/// The most columns of a CSV file, counted: several times the attributes of the largest usual schemas.
pub const MAX_COLUMNS: usize = 1024;

/// The most rejects that are listed, counted: nobody reads more, and a hostile file must not fill memory. One more
/// reject says that the list was cut.
pub const MAX_REJECTS: usize = 10_000;

/// The name in a [`Reject`] if it concerns no attribute, or if the attribute's name cannot be trusted.
pub(super) const ENTRY: &str = "entry";

/// The name in a [`Reject`] of the whole file.
pub(super) const FILE: &str = "file";

/// The result of reading one export.
#[derive(Debug, Default)]
pub struct Export {
    /// The people, in the order of the file. Two of them may have the same name.
    pub people: Vec<Person>,
    /// How many entries were left out because they are not people: without a name, or an organisational unit, a group,
    /// an application. Refused entries are not counted here; they have a reject.
    pub skipped: usize,
    /// The values and entries that could not be used, roughly in the order of the file.
    pub rejects: Vec<Reject>,
    /// The attributes that the file has columns for. `None` for an LDIF file: an attribute that an entry lacks is one
    /// that the person does not have.
    pub columns: Option<Vec<&'static str>>,
}

impl Export {
    /// Whether the file covers this attribute, so that a person without a value does not have the attribute.
    pub(super) fn tells_of(&self, attribute: &str) -> bool {
        self.columns.as_ref().is_none_or(|columns| columns.contains(&attribute))
    }

    pub(super) fn reject(&mut self, line: u64, attribute: &str, rule: Rule) {
        let rule = match self.rejects.len() {
            count if count < MAX_REJECTS => rule,
            MAX_REJECTS => return self.cut(line),
            _ => return,
        };
        self.list(line, attribute, rule);
    }

    fn cut(&mut self, line: u64) {
        self.list(line, FILE, Rule::TooManyRejects);
    }

    fn list(&mut self, line: u64, attribute: &str, rule: Rule) {
        self.rejects.push(Reject { line, attribute: attribute.to_owned(), rule: rule.to_string() });
    }
}

/// Something in the export that was not used, and the rule that it breaks.
///
/// Displayed as `line 12: mobile: not base64`. It never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The physical line on which the value or entry begins, counted from 1.
    pub line: u64,
    /// The attribute's known name, or `entry`, or `file` if the whole file is meant.
    pub attribute: String,
    /// The rule that was broken.
    pub rule: String,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.attribute, self.rule)
    }
}

impl std::error::Error for Reject {}

/// Every rule of this module. A [`Reject`] carries its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    FileTooLarge,
    Utf16,
    TooManyRejects,
    TooManyColumns,
    NoNameColumn,
    CellCount,
    Quoting,
    LdifVersion,
    NoDn,
    SecondDn,
    NotALine,
    ChangeRecord,
    TooLong,
    TooManyValues,
    NotBase64,
    NotUtf8,
    ByUrl,
    FurtherValue,
    FurtherName,
    HashedPassword,
    UnreadableName,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileTooLarge => write!(f, "larger than {MAX_FILE_BYTES} bytes, nothing was read"),
            Self::Utf16 => f.write_str("UTF-16 is not read, save it as UTF-8"),
            Self::TooManyRejects => write!(f, "more than {MAX_REJECTS} rejects, the further ones are not listed"),
            Self::TooManyColumns => write!(f, "more than {MAX_COLUMNS} columns, nothing was read"),
            Self::NoNameColumn => f.write_str("the header has neither userPrincipalName nor mail"),
            Self::CellCount => f.write_str("not as many cells as the header, the row is not loaded"),
            Self::Quoting => f.write_str("a quote is left open or not doubled, the row is not loaded"),
            Self::LdifVersion => f.write_str("only version 1 of LDIF is known"),
            Self::NoDn => f.write_str("does not begin with a dn, the entry is not loaded"),
            Self::SecondDn => f.write_str("a second dn without a blank line before it, the entry is not loaded"),
            Self::NotALine => f.write_str("not an attribute, a colon and a value, the entry is not loaded"),
            Self::ChangeRecord => f.write_str("a change other than add is not read"),
            Self::TooLong => write!(f, "longer than {MAX_LINE_BYTES} bytes"),
            Self::TooManyValues => {
                write!(f, "more than {MAX_VALUES_PER_ATTRIBUTE} values, the further ones are not used")
            }
            Self::NotBase64 => f.write_str("not base64"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::ByUrl => f.write_str("a value given by a URL is never fetched"),
            Self::FurtherValue => f.write_str("more than one value, the first is used"),
            Self::FurtherName => f.write_str("more than one value, the first is the account's name"),
            Self::HashedPassword => f.write_str("hashed passwords are not supported"),
            Self::UnreadableName => f.write_str("the account's name could not be read, the person is not loaded"),
        }
    }
}

/// Decodes the bytes of a value as text.
pub(super) fn text_of(bytes: &[u8]) -> Result<String, Rule> {
    if bytes.len() > MAX_LINE_BYTES {
        return Err(Rule::TooLong);
    }
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Rule::NotUtf8)
}
