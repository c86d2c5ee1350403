//! Why a command fails, in words for whoever gave it.

use std::error::Error;
use std::fmt;
use std::io;

use shared::directory::MAX_FILE_BYTES;

/// An answer that refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Its status.
    pub(crate) status: u16,
    /// Graph's error code, which is harmless to print; without one, the status in words.
    pub(crate) code: String,
    /// What the service says about it.
    pub(crate) message: String,
}

/// Why a command fails: one variant for each rule. None holds a token or a value of an export.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody said where the service is.
    NoUrl,
    /// The address is not one.
    UrlForm,
    /// The address would send the token in the clear.
    PlainHttp,
    /// There is no token.
    NoToken,
    /// The token's file cannot be read.
    TokenFile(io::Error),
    /// The token cannot be one.
    TokenForm,
    /// The system trusts no authority, or its list cannot be read.
    NoRoots,
    /// The service refuses.
    Refused(Refusal),
    /// The service does not answer, or never for good.
    Unreachable(String),
    /// What answers does not speak as Rekey does.
    NotRekey,
    /// The next page is somewhere that the token must not go.
    Elsewhere,
    /// The export cannot be read.
    Export(io::Error),
    /// The export's name does not tell its form.
    ExportForm,
    /// The export is larger than any that is read.
    ExportTooLarge,
    /// The file for rejects is the export.
    RejectsAreExport,
    /// The file for rejects cannot be written.
    Rejects(io::Error),
    /// The file for the audit cannot be written.
    AuditFile(io::Error),
    /// What standard output is connected to cannot be written.
    Print(io::Error),
    /// A property takes one value.
    OneValue,
    /// A property is either true or false.
    TrueOrFalse,
    /// An import ended early.
    Stopped(Stopped),
    /// A part of what was asked for could not be shown.
    Partly,
}

/// Where an import ended, and why.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// The line of the person at whom it ended.
    pub(crate) line: u64,
    /// How many people were dealt with before.
    pub(crate) after: usize,
    /// How many there are.
    pub(crate) of: usize,
    /// Why.
    pub(crate) cause: Box<Failure>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.code)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUrl => f.write_str("say where the service is, with --url or REKEY_URL"),
            Self::UrlForm => {
                f.write_str("--url: not an address such as https://reset.contoso.example, without user, query or fragment")
            }
            Self::PlainHttp => {
                f.write_str("--url: plain http would show the token to others; it is for 127.0.0.1 and localhost only")
            }
            Self::NoToken => f.write_str("there is no token: set REKEY_TOKEN, or name a file with --token-file"),
            Self::TokenFile(cause) => write!(f, "--token-file: {cause}"),
            Self::TokenForm => f.write_str("the token is empty, too long, or holds what a token cannot hold"),
            Self::NoRoots => f.write_str("the system's list of trusted certificates is empty or cannot be read"),
            Self::Refused(refusal) => write!(f, "the service refuses: {refusal}"),
            Self::Unreachable(cause) => write!(f, "the service does not answer: {cause}"),
            Self::NotRekey => f.write_str("what answers at --url does not speak as Rekey does"),
            Self::Elsewhere => f.write_str(
                "the next page is at another address than --url, and the token is not sent there; give the address that \
                 the service calls its own",
            ),
            Self::Export(cause) => write!(f, "the export cannot be read: {cause}"),
            Self::ExportForm => f.write_str("the export's name must end in .csv or .ldif"),
            Self::ExportTooLarge => write!(f, "the export has more than {MAX_FILE_BYTES} bytes"),
            Self::RejectsAreExport => f.write_str("--rejects: this is the export itself"),
            Self::Rejects(cause) => write!(f, "--rejects: {cause}"),
            Self::AuditFile(cause) => write!(f, "--output: {cause}"),
            Self::Print(cause) => write!(f, "standard output: {cause}"),
            Self::OneValue => f.write_str("this property takes one value"),
            Self::TrueOrFalse => f.write_str("this property takes true or false"),
            Self::Stopped(Stopped { line, after, of, cause }) => write!(
                f,
                "stopped at the person of line {line}, after {after} of {of}: {cause}. What was done is done; the same \
                 import takes up here"
            ),
            Self::Partly => f.write_str("not everything could be shown"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TokenFile(cause)
            | Self::Export(cause)
            | Self::Rejects(cause)
            | Self::AuditFile(cause)
            | Self::Print(cause) => Some(cause),
            Self::Stopped(stopped) => Some(&*stopped.cause),
            _ => None,
        }
    }
}
