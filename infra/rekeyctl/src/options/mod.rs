//! What the command line accepts.

mod import;
#[cfg(test)]
mod tests;
pub(crate) mod values;

use std::convert::Infallible;
use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use import::Import;
use values::{Assignment, AssignmentParser, NoToken, column, moment, user};

/// Most users on a page, as in Graph.
const MAX_USERS: u16 = 999;

/// Most audit records on a page, as in Graph.
const MAX_RECORDS: u16 = 1000;

/// The end of the help.
const AFTER: &str = "\
Examples:
  rekeyctl find 'ada lov'                  Who is on the phone?
  rekeyctl show ada@contoso.example        Which contact would a reset use, and why not the others?
  rekeyctl audit --user ada@contoso.example --from 2026-11-21T00:00:00Z
                                           Why did no code come?
  rekeyctl set ada@contoso.example mobilePhone='+44 7700 900123' officeLocation=
  rekeyctl import people.csv --dry-run

The token comes from REKEY_TOKEN in the environment, or from --token-file.

Exit codes:
  0  done
  1  failed: an invalid command, a file, the token, the service; or show may not read a part
  2  an import finished, and rejected something
  3  an import finished, and loaded nobody";

/// The whole command line. It never contains a token: other people on the machine can read a process's arguments, and
/// shells store them.
#[derive(Debug, Parser)]
#[command(name = "rekeyctl", version, about = "Administers a Rekey deployment through its Graph routes", after_help = AFTER)]
pub(crate) struct Options {
    /// The address of the service, such as https://reset.contoso.example; by default REKEY_URL from the environment
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Read the token from this file; by default it is REKEY_TOKEN from the environment
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// How results are printed: aligned for people, one JSON object per line, or CSV with a header
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Accepted only to be refused: an unknown option could be taken for a user, and its value repeated
    #[arg(long = "token", global = true, hide = true, value_parser = NoToken)]
    _token: Option<Infallible>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create and update the people of an export, CSV or LDIF
    #[command(after_help = "Example:\n  rekeyctl import people.csv --dry-run\n  \
                      rekeyctl import people.csv --rejects rejects.csv")]
    Import(Import),
    /// Find people by a part of their name, an address or a phone number
    #[command(after_help = "Examples:\n  rekeyctl find 'lovelace ada'\n  rekeyctl find ada@\n  \
                      rekeyctl find '+44 7700 900123'")]
    Find(Find),
    /// List users
    #[command(
        after_help = "Example:\n  rekeyctl users --filter a --columns userPrincipalName,officeLocation --output csv"
    )]
    Users(Users),
    /// Show a user, their authentication methods, and the contacts that a reset would use, with reasons
    Show(One),
    /// Create a user
    #[command(after_help = "Example:\n  \
                      rekeyctl create ada@contoso.example displayName='Ada Lovelace' mobilePhone='+44 7700 900123'")]
    Create(Create),
    /// Set or clear properties of a user, all in one change
    #[command(
        after_help = "Example:\n  rekeyctl set ada@contoso.example mobilePhone='+44 7700 900123' officeLocation="
    )]
    Set(Set),
    /// Show, add, change or remove the authentication methods of a user
    #[command(subcommand)]
    Methods(Methods),
    /// Let a user reset and sign in
    Enable(One),
    /// Keep a user from resetting and signing in
    Disable(One),
    /// Clear a user's spent guesses, sign-in lock and count of challenges
    Unblock(One),
    /// Set a password that the user must change: one that is drawn and printed, the one in a file, or a typed one
    Password {
        #[command(flatten)]
        user: One,
        /// Read the password from the first line of this file
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Ask for the password at the terminal, without showing it
        #[arg(long, conflicts_with = "from")]
        ask: bool,
    },
    /// End all sessions of a user
    SignOut(One),
    /// Delete a user
    Delete(One),
    /// Report which people are registered, can reset, or are overdue to confirm
    #[command(after_help = "Example:\n  rekeyctl report --only without-method --output csv")]
    Report(Report),
    /// List or export the audit
    #[command(after_help = "Example:\n  rekeyctl audit --from 2026-11-21T00:00:00Z --output json --file audit.jsonl")]
    Audit(Audit),
    /// Show or change the policy, or what it means
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check whether a deployment on AWS is set up, with the AWS CLI and without a token
    #[command(after_help = "Examples:\n  rekeyctl doctor --stack rekey\n  \
                      rekeyctl doctor --stack rekey --send me@contoso.example --phone '+1 4255550100'")]
    Doctor(Doctor),
    /// Print the completion script of a shell
    #[command(
        after_help = "Example:\n  rekeyctl completion bash > ~/.local/share/bash-completion/completions/rekeyctl"
    )]
    Completion {
        /// The shell
        shell: Shell,
    },
}

/// One user.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// The user's userPrincipalName or id
    #[arg(allow_hyphen_values = true, value_parser = user)]
    pub(crate) user: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// The name of the stack
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: String,
    /// Begin a reset of this user by each channel, and set off an alarm: look whether they arrive
    #[arg(long, value_name = "UPN", value_parser = user)]
    pub(crate) send: Option<String>,
    /// The user's phone number, which a reset by text or call asks for
    #[arg(long, value_name = "NUMBER", requires = "send")]
    pub(crate) phone: Option<String>,
}

/// The columns of a list.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Columns {
    /// Which columns are printed, by their names in Graph, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = column)]
    pub(crate) columns: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show the policy; with --output json as one document, to change and to set
    Get,
    /// Show what a document would change, or why it cannot be set: members that it leaves out keep their values
    Diff {
        /// The document: JSON
        file: PathBuf,
    },
    /// Change the policy by a document, and show what it changes
    Set {
        /// The document: JSON
        file: PathBuf,
    },
    /// Show how likely guessing takes over an account, and what messages cost at most
    Bound,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Methods {
    /// Show the methods of a user
    List(One),
    /// Add a method
    Add(Method),
    /// Change the number or address of a method
    Change(Method),
    /// Remove a method
    Remove {
        #[command(flatten)]
        user: One,
        /// Which method
        #[arg(value_enum)]
        kind: MethodKind,
    },
}

/// A method with its value.
#[derive(Debug, clap::Args)]
pub(crate) struct Method {
    #[command(flatten)]
    pub(crate) user: One,
    /// Which method
    #[arg(value_enum)]
    pub(crate) kind: MethodKind,
    /// The number or the address
    pub(crate) value: String,
}

/// A registered method, by Graph's `phoneType`, or the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum MethodKind {
    Mobile,
    AlternateMobile,
    Office,
    Email,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Find {
    /// Words of a name or their beginnings, the beginning of a user name or mailbox, a whole address, or a number with
    /// +
    #[arg(required = true)]
    pub(crate) text: Vec<String>,
    /// Show at most this many users
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..).map(usize::from))]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) columns: Columns,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Users {
    /// List only users whose userPrincipalName begins with this
    #[arg(long, value_name = "STARTSWITH")]
    pub(crate) filter: Option<String>,
    /// List only users who are disabled
    #[arg(long)]
    pub(crate) disabled: bool,
    /// List at most this many users
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// How many to request at a time
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_USERS)))]
    pub(crate) page_size: u16,
    #[command(flatten)]
    pub(crate) columns: Columns,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The new user's userPrincipalName
    #[arg(value_parser = user)]
    pub(crate) user: String,
    /// Properties by their names in Graph; otherMails takes several values, separated by commas
    #[arg(value_name = "NAME=VALUE", value_parser = AssignmentParser)]
    pub(crate) properties: Vec<Assignment>,
    /// Read the first password, which the user must change, from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    #[command(flatten)]
    pub(crate) user: One,
    /// Properties by their names in Graph; NAME= clears; otherMails takes several values, separated by commas, which
    /// replace all existing ones
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = AssignmentParser)]
    pub(crate) properties: Vec<Assignment>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    /// List only these users; without it the counts of all are told as well
    #[arg(long, value_enum)]
    pub(crate) only: Option<Only>,
    #[command(flatten)]
    pub(crate) columns: Columns,
}

/// Which users a report lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// Their registered methods suffice for a reset
    Registered,
    /// Their registered methods do not suffice
    NotRegistered,
    /// They can reset now
    Capable,
    /// They cannot reset now
    NotCapable,
    /// They have registered nothing
    WithoutMethod,
    /// They had to confirm their methods before now
    Overdue,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Audit {
    /// Only records from this time on, in RFC 3339, such as 2026-11-21T00:00:00Z
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub(crate) from: Option<String>,
    /// Only records up to this time
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub(crate) to: Option<String>,
    /// Only records about this user
    #[arg(long, value_name = "UPN_OR_ID", allow_hyphen_values = true, value_parser = user)]
    pub(crate) user: Option<String>,
    /// Only records with this activityDisplayName
    #[arg(long, value_name = "NAME")]
    pub(crate) activity: Option<String>,
    /// How many to request at a time
    #[arg(long, value_name = "N", default_value_t = MAX_RECORDS, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_RECORDS)))]
    pub(crate) page_size: u16,
    /// Write to this file, readable only by its owner
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) columns: Columns,
}
