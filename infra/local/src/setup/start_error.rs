//! Why the local service does not start.

use std::error::Error;
use std::fmt;
use std::io;

use shared::directory::MAX_FILE_BYTES;
use shared::policy::PolicyError;
use shared::unavailable::Unavailable;

/// Why the local service does not start, in words for whoever started it.
#[derive(Debug)]
pub enum StartError {
    /// The data directory, or a file in it, cannot be read or written.
    Data(&'static str, io::Error),
    /// Another local service uses the data directory.
    DataInUse,
    /// The data directory has a table, but the keys that it was written under are gone.
    KeysLost,
    /// A file in the data directory does not hold what this program writes there.
    DataDamaged(&'static str),
    /// The policy file cannot be read.
    PolicyFile(io::Error),
    /// The policy file is not JSON, at the line given.
    PolicyText(usize),
    /// A member of the policy is refused.
    Policy(String, &'static str),
    /// The users file cannot be read.
    UsersFile(io::Error),
    /// The users file's name does not tell its form.
    UsersForm,
    /// The users file is larger than any that is read.
    UsersTooLarge,
    /// The public address is not one.
    PublicUrl,
    /// An allowed origin is not one.
    AllowOrigin,
    /// The port cannot be listened on.
    Listen(u16, io::Error),
    /// The embedded engine does not start.
    Engine(String),
    /// The store does not work.
    Store(Unavailable),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(what, cause) => write!(f, "--data: {what}: {cause}"),
            Self::DataInUse => f.write_str("--data: another local service uses this directory"),
            Self::KeysLost => {
                f.write_str("--data: rekey.db is there, but keys.json, which it was written under, is not")
            }
            Self::DataDamaged(file) => write!(f, "--data: {file} does not hold what this program writes there"),
            Self::PolicyFile(cause) => write!(f, "--policy: {cause}"),
            Self::PolicyText(line) => write!(f, "--policy: not JSON, at line {line}"),
            Self::Policy(member, rule) => write!(f, "--policy: {member}: {rule}"),
            Self::UsersFile(cause) => write!(f, "--users: {cause}"),
            Self::UsersForm => f.write_str("--users: the file's name must end in .csv or .ldif"),
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
