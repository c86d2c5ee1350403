//! The rules of the reader, and its bounds.

use std::borrow::Cow;

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

/// The most findings that are listed, counted: a hostile file must not fill memory. All are counted.
pub const MAX_FINDINGS: usize = 1_000_000;

/// The rules of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    FileTooLarge,
    TooManyFindings,
    TooManyColumns,
    NoNameColumn,
    NoContactColumn,
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
    UnreadableSwitch,
    UnreadableClass,
    UnclearSwitch,
    NotYesOrNo,
    NotANumber,
    NotAMoment,
    NotFlags,
    ExpiryIsNotRead,
    UnknownStatus,
    /// The class that is not one of people.
    NotAPerson(&'static str),
    NoName,
    MailIsNoContact,
    ArrayOfPowerShell,
    NoRows,
    NoEntries,
    /// The delimiter of the header, and the one of the rows.
    OtherDelimiter(u8, u8),
    /// The result of the search that wrote the file.
    SearchFailed(i32),
    MorePages,
}

impl Rule {
    pub(super) fn text(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::FileTooLarge => return format!("larger than {MAX_FILE_BYTES} bytes, nothing was read").into(),
            Self::TooManyFindings => {
                return format!("more than {MAX_FINDINGS} findings, the others are not listed").into();
            }
            Self::TooManyColumns => return format!("more than {MAX_COLUMNS} columns, nothing was read").into(),
            Self::NoNameColumn => {
                "the header has no known name of a column for user names (userPrincipalName or mail) between commas, \
                 semicolons or tabs, nothing was read"
            }
            Self::NoContactColumn => {
                "the file has no known contact (mobile, telephoneNumber or otherMailbox), nothing was read; rekeyctl \
                 import --no-contacts reads it all the same"
            }
            Self::CellCount => "not as many cells as the header, the row is not loaded",
            Self::Quoting => "a quote is left open or not doubled, the row is not loaded",
            Self::LdifVersion => "only version 1 of LDIF is known",
            Self::NoDn => "does not begin with a dn, the entry is not loaded",
            Self::SecondDn => "a second dn without a blank line before it, the entry is not loaded",
            Self::NotALine => "not an attribute, a colon and a value, the entry is not loaded",
            Self::ChangeRecord => "a change other than add is not read",
            Self::TooLong => return format!("longer than {MAX_LINE_BYTES} bytes").into(),
            Self::TooManyValues => {
                return format!("more than {MAX_VALUES_PER_ATTRIBUTE} values, the further ones are not used").into();
            }
            Self::NotBase64 => "not base64",
            Self::NotUtf8 => "not UTF-8, save the file as UTF-8",
            Self::ByUrl => "a value given by a URL is never fetched",
            Self::FurtherValue => "more than one value, the first is used",
            Self::FurtherName => "more than one value, the first is the account's name",
            Self::HashedPassword => "hashed passwords are not used, the person has none here",
            Self::UnreadableName => "the account's name could not be read, the person is not loaded",
            Self::UnreadableSwitch => "whether the account is switched off could not be read, the person is not loaded",
            Self::UnreadableClass => "what the entry is could not be read, it is not loaded",
            Self::UnclearSwitch => {
                "a column names accountEnabled in brackets behind words that are not known, and may mean the opposite, \
                 nothing was read; rename it to accountEnabled or to Block sign in"
            }
            Self::NotYesOrNo => "neither yes nor no",
            Self::NotANumber => "not a decimal number",
            Self::NotAMoment => "not a moment",
            Self::NotFlags => "not flags in square brackets",
            Self::ExpiryIsNotRead => {
                "the account ends at a moment, and the moment is not read; disable the person if it has passed"
            }
            Self::UnknownStatus => "no known status, such as ACTIVE or SUSPENDED",
            Self::NotAPerson(class) => return format!("{class} is no class of people").into(),
            Self::NoName => "neither userPrincipalName nor mail, so nobody can sign in",
            Self::MailIsNoContact => {
                "a person's own mailbox is no contact; rekeyctl import --mail-as-contact uses it as one"
            }
            Self::ArrayOfPowerShell => {
                "PowerShell wrote the type of a list in its place; join the list before the export"
            }
            Self::NoRows => "there is no row below the header, so nobody is loaded",
            Self::NoEntries => "there is no entry, so nobody is loaded",
            Self::OtherDelimiter(header, rows) => {
                let (header, rows) = (delimiter_name(header), delimiter_name(rows));
                return format!(
                    "the header has {header} between its cells, but rows from here on have {rows}; these rows are not \
                     loaded"
                )
                .into();
            }
            Self::SearchFailed(result) => {
                return format!(
                    "the search ended with result {result}, so people may be missing; export again, for example in \
                     pages with ldapsearch -E pr=1000/noprompt"
                )
                .into();
            }
            Self::MorePages => {
                "the file ends before the last page of the search, so people are missing; export again with ldapsearch \
                 -E pr=1000/noprompt"
            }
        })
    }
}

fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolons",
        b'\t' => "tabs",
        _ => "commas",
    }
}
