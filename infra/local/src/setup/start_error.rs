//! Why the local service does not start.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use shared::directory::MAX_FILE_BYTES;
use shared::policy::PolicyError;
use shared::unavailable::Unavailable;

/// Why the local service does not start, in words for the person who started it.
#[derive(Debug)]
pub enum StartError {
    /// The data directory, or a file in it, cannot be read or written.
    Data(&'static str, io::Error),
    /// Another local service uses the data directory.
    DataInUse,
    /// The data directory has a table, but not the keys that it was written under.
    KeysLost,
    /// The data directory has keys, but not the table that was written under them, or only an empty file.
    TableLost,
    /// A file in the data directory is damaged: this program did not write its contents.
    DataDamaged(&'static str),
    /// The policy file cannot be read.
    PolicyFile(io::Error),
    /// The policy file is not JSON, at this line.
    PolicyText(usize),
    /// The policy file begins with a byte order mark.
    PolicyByteOrderMark,
    /// A member of the policy file occurs twice: the words that name it, and the line.
    PolicyRepetition(String, usize),
    /// A member of the policy is refused: its name, and the rule that it breaks.
    Policy(String, Cow<'static, str>),
    /// The faults file cannot be read.
    FaultsFile(io::Error),
    /// The faults file is not JSON, or an object in it has a key twice: what the reader says, with the line.
    FaultsText(String),
    /// A rule of the faults file is refused: the place in the file, and what must stand there.
    Faults(String, String),
    /// The users file cannot be read.
    UsersFile(io::Error),
    /// The users file's name is that of another kind of file.
    UsersForm,
    /// The users file exceeds the size limit.
    UsersTooLarge,
    /// The public address is not an absolute http or https address without query or fragment.
    PublicUrl,
    /// An allowed origin is not a web origin.
    AllowOrigin,
    /// The service cannot listen on the port.
    Listen(u16, io::Error),
    /// The embedded engine does not start.
    Engine(String),
    /// The store failed.
    Store(Unavailable),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(what, cause) => write!(f, "--data: {what}: {cause}"),
            Self::DataInUse => f.write_str("--data: another local service uses this directory"),
            Self::KeysLost => f.write_str("--data: rekey.db exists, but keys.json, which holds its keys, does not"),
            Self::TableLost => f.write_str(
                "--data: keys.json exists, but rekey.db, the table that was written under its keys, is missing or empty: restore \
                 rekey.db, or remove keys.json and all other files of the directory to begin anew",
            ),
            Self::DataDamaged(file) => write!(f, "--data: {file} is damaged: this program did not write its contents"),
            Self::PolicyFile(cause) => write!(f, "--policy: {cause}"),
            Self::PolicyText(line) => write!(f, "--policy: not valid JSON at line {line}"),
            Self::PolicyByteOrderMark => {
                f.write_str("--policy: the file begins with a byte order mark; remove it, and save the file as UTF-8")
            }
            Self::PolicyRepetition(twice, line) => write!(f, "--policy: {twice}, see line {line}"),
            Self::Policy(member, rule) => write!(f, "--policy: {member}: {rule}"),
            Self::FaultsFile(cause) => write!(f, "--faults: {cause}"),
            Self::FaultsText(cause) => write!(f, "--faults: not valid JSON: {cause}"),
            Self::Faults(place, rule) => write!(f, "--faults: {place}: {rule}"),
            Self::UsersFile(cause) => write!(f, "--users: {cause}"),
            Self::UsersForm => f.write_str("--users: the file's name must end in .csv, .tsv, .txt, .ldif or .ldf"),
            Self::UsersTooLarge => write!(f, "--users: the file has more than {MAX_FILE_BYTES} bytes"),
            Self::PublicUrl => f.write_str("--public-url: not an absolute http or https address without query"),
            Self::AllowOrigin => f.write_str("--allow-origin: not an origin such as https://app.example:8443"),
            Self::Listen(port, cause) => write!(f, "--port: cannot listen on 127.0.0.1:{port}: {cause}"),
            Self::Engine(cause) => write!(f, "the embedded engine does not start: {cause}"),
            Self::Store(cause) => match cause.source() {
                Some(source) => write!(f, "the store does not work: {cause}: {source}"),
                None => write!(f, "the store does not work: {cause}"),
            },
        }
    }
}

impl Error for StartError {}

impl From<Unavailable> for StartError {
    fn from(error: Unavailable) -> Self {
        Self::Store(error)
    }
}

impl From<PolicyError> for StartError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error.member.to_owned(), error.rule)
    }
}
