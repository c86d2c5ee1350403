//! What an importer is told: the format of a file, and what the person who imports it has chosen.

use std::path::Path;

use crate::identifiers::phone::Country;

/// The file format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Rows of comma-separated cells below a header of attribute names (RFC 4180).
    Csv,
    /// Entries of `attribute: value` lines (RFC 2849).
    Ldif,
}

impl Format {
    /// Derives the format from a file name's extension in any letter case: `.ldif` and `.ldf` are LDIF; `.csv`, `.tsv`
    /// and `.txt` are CSV, if the content does not say otherwise.
    ///
    /// Returns `None` for every other extension.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let ending = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
        match &ending[..] {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "ldif" | "ldf" => Some(Self::Ldif),
            _ => None,
        }
    }
}

/// Who owns the contacts that an import writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The directory: administrators cannot change the phones here.
    Directory,
    /// The administrators.
    Administrator,
}

/// What the person who imports a file has chosen. By default nobody is enabled and nothing is cleared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether `mail` becomes a contact of a person who has no other address.
    pub mail_as_contact: bool,
    /// Whether an empty value clears what is stored.
    pub empty_clears: bool,
    /// Whether a person who is switched on in the file is enabled.
    pub enable: bool,
    /// Whether a CSV file without contacts is read.
    pub no_contacts: bool,
    /// The country of numbers without a country code. Without it they are refused.
    pub default_country: Option<Country>,
    /// Who owns the contacts. Without it, the directory does if the file is LDIF or says so of the person.
    pub source: Option<Source>,
}
