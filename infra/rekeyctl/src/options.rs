//! What the command line accepts.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use shared::account::MAX_OTHER_MAILS;
use shared::account::ProfileField;
use shared::directory::Source;
use shared::identifiers::phone::Country;
use shared::identifiers::user_name::UserName;
use shared::random::AccountId;

/// Most users on a page, as in Graph.
const MAX_USERS: u16 = 999;

/// Most audit records on a page, as in Graph.
const MAX_RECORDS: u16 = 1000;

/// The whole command line. It never contains a token: other people on the machine can read a process's arguments, and
/// shells store them.
#[derive(Debug, Parser)]
#[command(name = "rekeyctl", version, about = "Administers a Rekey deployment through its Graph routes")]
#[command(after_help = "The token comes from REKEY_TOKEN in the environment, or from --token-file.\n\
                        Exit codes: 0 done, 1 failed, 2 done but part of an import was rejected, 3 an import loaded nobody.")]
pub(crate) struct Options {
    /// The address of the service, such as https://reset.contoso.example; by default REKEY_URL from the environment
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Read the token from this file; by default it is REKEY_TOKEN from the environment
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Accepted only to be refused: an unknown option could be taken for a user, and its value repeated
    #[arg(long = "token", global = true, hide = true, value_parser = NoToken)]
    _token: Option<Infallible>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create and update the people of a .csv or .ldif export
    Import(Import),
    /// List users
    Users(Users),
    /// Show a user, their authentication methods, and the contacts that a reset would use, with reasons
    Show(One),
    /// Set or clear one property of a user
    Set(Set),
    /// Let a user reset and sign in
    Enable(One),
    /// Keep a user from resetting and signing in
    Disable(One),
    /// Clear a user's spent guesses, sign-in lock and count of challenges
    Unblock(One),
    /// Set a password that the user must change: one that is drawn and printed, or the one in a file
    Password {
        #[command(flatten)]
        user: One,
        /// Read the password from the first line of this file
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// End all sessions of a user
    SignOut(One),
    /// Delete a user
    Delete(One),
    /// Export the audit
    Audit(Audit),
    /// Show what the policy in force means
    #[command(subcommand)]
    Policy(PolicyCommand),
}

/// One user.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// The user's userPrincipalName or id
    #[arg(allow_hyphen_values = true, value_parser = user)]
    pub(crate) user: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show how likely guessing takes over an account, and what messages cost at most
    Bound {
        /// Lines for people, or one JSON object, as the service returns it
        #[arg(long, value_enum, default_value_t = BoundFormat::Text)]
        format: BoundFormat,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The export: CSV or LDIF
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

fn country(text: &str) -> Result<Country, String> {
    let country = Country::parse(&text.to_ascii_uppercase()).map_err(|error| error.to_string())?;
    if country.has_numbers() { Ok(country) } else { Err("has no numbering plan".to_owned()) }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Users {
    /// List only users whose userPrincipalName begins with this
    #[arg(long, value_name = "STARTSWITH")]
    pub(crate) filter: Option<String>,
    /// List at most this many users
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// How many to request at a time
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_USERS)))]
    pub(crate) page_size: u16,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// The user's userPrincipalName or id
    #[arg(allow_hyphen_values = true, value_parser = user)]
    pub(crate) user: String,
    /// The property, by its name in Graph
    #[arg(value_parser = properties())]
    pub(crate) property: String,
    /// The value; otherMails takes several values, which replace all existing ones
    #[arg(required_unless_present = "clear", conflicts_with = "clear", num_args = 1..=MAX_OTHER_MAILS)]
    pub(crate) values: Vec<String>,
    /// Clear the property
    #[arg(long)]
    pub(crate) clear: bool,
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
    /// One JSON object per line, as the service returns it, or a table of the main columns
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    pub(crate) format: Format,
    /// Write to this file, readable only by its owner
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Jsonl,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BoundFormat {
    Text,
    Json,
}

/// The properties that `set` accepts, by their names in Graph.
fn properties() -> PossibleValuesParser {
    let descriptive = ProfileField::ALL.iter().map(|field| field.as_str());
    let flags = ["accountEnabled", "isAdmin", "onPremisesSyncEnabled"];
    PossibleValuesParser::new(
        ["mobilePhone", "businessPhones", "otherMails"].into_iter().chain(descriptive).chain(flags),
    )
}

/// A userPrincipalName or an id; one id in sixty-four begins with a hyphen. Anything else that begins with a hyphen is
/// an unknown option, which must not be sent to the service as a user.
fn user(text: &str) -> Result<String, &'static str> {
    if text.starts_with('-') && AccountId::parse(text).is_none() && UserName::parse(text).is_err() {
        return Err("neither an option nor a user");
    }
    Ok(text.to_owned())
}

/// Refuses a token on the command line without repeating it.
#[derive(Clone)]
struct NoToken;

impl TypedValueParser for NoToken {
    type Value = Infallible;

    fn parse_ref(&self, command: &clap::Command, _: Option<&clap::Arg>, _: &OsStr) -> Result<Infallible, clap::Error> {
        let message = "there is no --token: set REKEY_TOKEN, or name a file with --token-file\n";
        Err(clap::Error::raw(ErrorKind::UnknownArgument, message).with_cmd(command))
    }
}

/// A moment in RFC 3339. It is sent as typed, so nothing is accepted that only resembles one.
fn moment(text: &str) -> Result<String, &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte));
    if is_plain && text.parse::<Timestamp>().is_ok() {
        return Ok(text.to_owned());
    }
    Err("must be a time in RFC 3339, such as 2026-11-21T00:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, clap::Error> {
        Options::try_parse_from(line.split(' '))
    }

    #[test]
    fn every_command_is_read() {
        let options = parse("rekeyctl --url https://a.example import people.csv --dry-run --rejects r.csv").unwrap();
        assert_eq!(options.url.as_deref(), Some("https://a.example"));
        let Command::Import(import) = options.command else { panic!("{:?}", options.command) };
        assert!(import.dry_run && import.file.ends_with("people.csv") && import.rejects.unwrap().ends_with("r.csv"));

        let options = parse("rekeyctl users --filter a --limit 5 --url https://a.example").unwrap();
        assert!(options.url.is_some(), "global options may stand after the command");
        let Command::Users(users) = options.command else { panic!("{:?}", options.command) };
        assert_eq!((users.filter.as_deref(), users.limit, users.page_size), (Some("a"), Some(5), 100));

        let Command::Set(set) = parse("rekeyctl set a@b.example otherMails x@y.example z@y.example").unwrap().command
        else {
            panic!("not set")
        };
        assert_eq!((set.property.as_str(), set.values.len(), set.clear), ("otherMails", 2, false));

        let Command::Audit(audit) = parse("rekeyctl audit --format csv --from 2026-11-21T00:00:00Z").unwrap().command
        else {
            panic!("not audit")
        };
        assert_eq!((audit.format, audit.from.as_deref()), (Format::Csv, Some("2026-11-21T00:00:00Z")));
        for (line, expected) in [
            ("rekeyctl policy bound", BoundFormat::Text),
            ("rekeyctl policy bound --format json --url https://a.example", BoundFormat::Json),
        ] {
            let Command::Policy(PolicyCommand::Bound { format }) = parse(line).unwrap().command else {
                panic!("{line}")
            };
            assert_eq!(format, expected);
        }
        assert!(
            matches!(parse("rekeyctl show a@b.example").unwrap().command, Command::Show(One { user }) if user == "a@b.example")
        );
    }

    #[test]
    fn an_id_may_begin_with_a_hyphen_and_flags_behind_it_are_read() {
        const ID: &str = "-AAAAAAAAAAAAAAAAAAAAA";
        let options = parse(&format!("rekeyctl show {ID} --url https://a.example")).unwrap();
        assert!(matches!(options.command, Command::Show(One { user }) if user == ID));
        assert_eq!(options.url.as_deref(), Some("https://a.example"));
        let options = parse(&format!("rekeyctl set {ID} mobilePhone --clear --url https://a.example")).unwrap();
        let Command::Set(set) = options.command else { panic!("{:?}", options.command) };
        assert_eq!((set.user.as_str(), set.property.as_str(), set.clear), (ID, "mobilePhone", true));
        assert_eq!(options.url.as_deref(), Some("https://a.example"));
        let options = parse(&format!("rekeyctl audit --user {ID} --format csv")).unwrap();
        let Command::Audit(audit) = options.command else { panic!("{:?}", options.command) };
        assert_eq!((audit.user.as_deref(), audit.format), (Some(ID), Format::Csv));
        let options = parse("rekeyctl show -ann@b.example").unwrap();
        assert!(matches!(options.command, Command::Show(One { user }) if user == "-ann@b.example"));
        let help = parse("rekeyctl show --help").unwrap_err();
        assert_eq!(help.kind(), ErrorKind::DisplayHelp);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for line in [
            "rekeyctl",
            "rekeyctl import",
            "rekeyctl users --limit 0",
            "rekeyctl users --page-size 1000",
            "rekeyctl audit --page-size 1001",
            "rekeyctl show",
            "rekeyctl show --json",
            "rekeyctl show -x",
            "rekeyctl set --all a@b.example mobilePhone --clear",
            "rekeyctl audit --user --format csv",
            "rekeyctl set a@b.example mobilePhone",
            "rekeyctl set a@b.example mobilePhone x --clear",
            "rekeyctl set a@b.example passwordProfile x",
            "rekeyctl set a@b.example mobilephone x",
            "rekeyctl audit --format xml",
            "rekeyctl policy",
            "rekeyctl policy bound --format csv",
            "rekeyctl policy bound 8",
            "rekeyctl audit --from yesterday",
            "rekeyctl users --token secret-of-mine",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(parse("rekeyctl set a@b.example mobilePhone --clear").is_ok());
    }

    #[test]
    fn a_token_on_the_command_line_is_not_repeated() {
        for line in [
            "rekeyctl users --token secret-of-mine",
            "rekeyctl users --token=secret-of-mine",
            "rekeyctl --token secret-of-mine users",
            "rekeyctl show --token secret-of-mine a@b.example",
            "rekeyctl show --token=secret-of-mine",
            "rekeyctl set --token secret-of-mine a@b.example mobilePhone --clear",
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains("--token-file") && !message.contains("secret-of-mine"), "{line}: {message}");
        }
    }

    #[test]
    fn moments_have_one_form() {
        for good in ["2026-11-21T00:00:00Z", "2026-11-21T22:04:30.123Z", "2026-11-21T22:04:30+01:30"] {
            assert_eq!(moment(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "2026-11-21",
            "2026-11-21 00:00:00Z",
            "2026-11-21T00:00:00",
            "2026-11-21T00:00:00.Z",
            "2026-11-21T00:00:00.0123456789Z",
            "2026-11-21T00:00:00+1",
            "2026-11-21T00:00:00Z or true",
            "2026-11-21T00:00:00'Z",
        ] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
