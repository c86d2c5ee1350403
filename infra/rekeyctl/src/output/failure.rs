//! Why a command fails, in words for the person who ran it.

use std::error::Error;
use std::fmt;
use std::io;

use shared::directory::MAX_FILE_BYTES;

/// A response that refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Graph's error code, which is harmless to print; a fixed text if there is none.
    pub(crate) code: String,
    /// The service's explanation; may be empty.
    pub(crate) message: String,
}

/// Why a command fails: one variant for each rule. No variant holds a token or a value of an export.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No address of the service was given.
    NoUrl,
    /// The address is invalid.
    UrlForm,
    /// The address would send the token in the clear.
    PlainHttp,
    /// No token was given.
    NoToken,
    /// The token's file cannot be read.
    TokenFile(io::Error),
    /// The text cannot be a token.
    TokenForm,
    /// The system trusts no certificate authority, or its list cannot be read.
    NoRoots,
    /// The service refuses the request.
    Refused(Refusal),
    /// The service does not respond, or the last response is a 429 or 5xx.
    Unreachable(String),
    /// The address does not respond as Rekey does.
    NotRekey,
    /// The next page is at an address that must not get the token.
    Elsewhere,
    /// The export cannot be read.
    Export(io::Error),
    /// The export's name does not end like that of CSV or LDIF.
    ExportForm,
    /// The export exceeds the size limit.
    ExportTooLarge,
    /// The file for rejects is the export.
    RejectsAreExport,
    /// The file for rejects cannot be written.
    Rejects(io::Error),
    /// The file for the audit cannot be written.
    AuditFile(io::Error),
    /// The file with a password cannot be read.
    PasswordFile(io::Error),
    /// The stack cannot be read; the AWS CLI says why.
    Stack(String),
    /// Standard output cannot be written.
    Print(io::Error),
    /// A column is none of these.
    UnknownColumn(String),
    /// A property was named twice.
    TwoValues,
    /// The two typed passwords differ.
    TwoPasswords,
    /// The password cannot be typed.
    Terminal(io::Error),
    /// The document with a policy cannot be read.
    PolicyFile(io::Error),
    /// The document with a policy is no JSON object.
    PolicyForm,
    /// The service would refuse the document with a policy.
    PolicyRule(String),
    /// The user has a method of this kind; the command that changes it.
    MethodExists(String),
    /// The import ended early.
    Stopped(Stopped),
    /// Part of the requested information could not be shown.
    Partly,
}

/// Where an import ended, and why.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// The export's line of the person at whom it ended.
    pub(crate) line: u64,
    /// How many people were handled before.
    pub(crate) after: usize,
    /// How many people there are in all.
    pub(crate) of: usize,
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
            Self::NoUrl => f.write_str("the address of the service is missing: set it with --url or REKEY_URL"),
            Self::UrlForm => {
                let rule = "without user, query or fragment";
                write!(f, "--url: not an address such as https://reset.contoso.example, {rule}")
            }
            Self::PlainHttp => {
                f.write_str("--url: plain http would expose the token; it is allowed for 127.0.0.1 and localhost only")
            }
            Self::NoToken => f.write_str("there is no token: set REKEY_TOKEN, or name a file with --token-file"),
            Self::TokenFile(cause) => write!(f, "--token-file: {cause}"),
            Self::TokenForm => f.write_str("the token is empty, is too long or contains characters that no token has"),
            Self::NoRoots => f.write_str("the system's list of trusted certificates is empty or cannot be read"),
            Self::Refused(refusal) => write!(f, "the service refuses: {refusal}"),
            Self::Unreachable(cause) => write!(f, "the service does not respond: {cause}"),
            Self::NotRekey => f.write_str("the server at --url does not respond as Rekey does"),
            Self::Elsewhere => f.write_str(
                "the next page is at another address than --url, and the token is not sent there; set --url to the address \
                 that the service calls its own",
            ),
            Self::Export(cause) => write!(f, "the export cannot be read: {cause}"),
            Self::ExportForm => f.write_str("the export's name must end in .csv, .tsv, .txt, .ldif or .ldf"),
            Self::ExportTooLarge => {
                write!(f, "the export has more than {MAX_FILE_BYTES} bytes; split it, and import each part")
            }
            Self::RejectsAreExport => f.write_str("--rejects: this file is the export itself"),
            Self::Rejects(cause) => write!(f, "--rejects: {cause}"),
            Self::AuditFile(cause) => write!(f, "--file: {cause}"),
            Self::PasswordFile(cause) => write!(f, "--from: {cause}"),
            Self::Stack(why) => write!(f, "the stack: {why}"),
            Self::Print(cause) => write!(f, "standard output: {cause}"),
            Self::UnknownColumn(columns) => write!(f, "--columns: the columns are {columns}"),
            Self::TwoValues => f.write_str("each property can be given once"),
            Self::TwoPasswords => f.write_str("the two passwords differ; nothing was changed"),
            Self::Terminal(cause) => write!(f, "the password cannot be typed here: {cause}; use --from"),
            Self::PolicyFile(cause) => write!(f, "the document cannot be read: {cause}"),
            Self::PolicyForm => f.write_str("the document is not a JSON object"),
            Self::PolicyRule(rule) => write!(f, "the document cannot be set: {rule}"),
            Self::MethodExists(command) => write!(f, "the user has such a method already; change it with: {command}"),
            Self::Stopped(Stopped { line, after, of, cause }) => write!(
                f,
                "stopped at the person of line {line}, after {after} of {of}: {cause}. The finished users remain; the \
                 same import continues here"
            ),
            Self::Partly => f.write_str("part of it could not be shown"),
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
            | Self::PasswordFile(cause)
            | Self::PolicyFile(cause)
            | Self::Terminal(cause)
            | Self::Print(cause) => Some(cause),
            Self::Stopped(stopped) => Some(&*stopped.cause),
            _ => None,
        }
    }
}
