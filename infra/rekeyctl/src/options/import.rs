//! The options of `rekeyctl import`.

use std::path::PathBuf;

use shared::directory::Source;
use shared::identifiers::phone::Country;

use super::values::country;

/// An import.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The export, of at most 64 MiB: .csv, .tsv or .txt for CSV, .ldif or .ldf for LDIF
    pub(crate) file: PathBuf,
    /// Change nothing; print what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write everything that was rejected, skipped or noted to this CSV file
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    /// Take mail for a contact of people who have no other address
    #[arg(long)]
    pub(crate) mail_as_contact: bool,
    /// Clear what has an empty cell in the file
    #[arg(long)]
    pub(crate) empty_clears: bool,
    /// Enable people who are switched on in the file
    #[arg(long)]
    pub(crate) enable: bool,
    /// Load a CSV file that has no known contact
    #[arg(long)]
    pub(crate) no_contacts: bool,
    /// Read numbers without + as national numbers of this country
    #[arg(long, value_name = "US", value_parser = country)]
    pub(crate) default_country: Option<Country>,
    /// Who owns the contacts; by default the directory if the file is LDIF, or if its onPremisesSyncEnabled says so
    #[arg(long, value_enum)]
    pub(crate) source: Option<SourceOption>,
}

/// Who owns the contacts of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SourceOption {
    Directory,
    Administrator,
}

impl Import {
    /// The importer's options.
    pub(crate) fn choices(&self) -> shared::directory::Options {
        shared::directory::Options {
            mail_as_contact: self.mail_as_contact,
            empty_clears: self.empty_clears,
            enable: self.enable,
            no_contacts: self.no_contacts,
            default_country: self.default_country,
            source: self.source.map(|source| match source {
                SourceOption::Directory => Source::Directory,
                SourceOption::Administrator => Source::Administrator,
            }),
        }
    }
}
