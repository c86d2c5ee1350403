//! Rekey's command line for administrators.
//!
//! It talks to any deployment through the routes that have Microsoft Graph's shapes, with the token of the person who
//! runs it. So it can do what that token may do, and nothing else. It knows the service by those routes only: it is a
//! program of its own, without the table, the embedded engine or a client of AWS.
//!
//! [`run`] is the whole program; `main.rs` passes in the environment, the streams and the clock.

mod client;
mod commands;
mod options;
mod output;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::time::Duration;

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use shared::time::Moment;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::client::endpoint::Endpoint;
use crate::client::token::Token;
use crate::client::transport::Https;
use crate::commands::desk::{Desk, password_in, typed_password};
use crate::commands::{audit, doctor, import, methods, policy, report, set, show, users};
use crate::options::{Command, Options, Output};
use crate::output::failure::Failure;
use crate::output::streams::Streams;
use crate::output::terminal::escape;

pub use crate::commands::doctor::AwsCli;
pub use crate::output::streams::{Ask, DONE, FAILED, NOBODY, REJECTED};

/// What a run takes from outside, besides its arguments.
pub struct Surroundings<'a> {
    /// The service's address, unless the arguments name one: the environment's `REKEY_URL`.
    pub url: Option<String>,
    /// The token, unless the arguments name a file: the environment's `REKEY_TOKEN`.
    pub token: Option<String>,
    /// Standard output, for results.
    pub out: &'a mut dyn Write,
    /// Standard error, for messages and errors.
    pub err: &'a mut dyn Write,
    /// Whether a progress bar may be drawn on the process's own standard error.
    pub progress: bool,
    /// Waits for this long.
    pub pause: &'a (dyn Fn(Duration) + Sync),
    /// Asks for a secret at the terminal.
    pub ask: Ask<'a>,
    /// Runs the AWS CLI, which only `doctor` needs.
    pub aws: AwsCli<'a>,
    /// The current time.
    pub now: Moment,
}

/// Runs the command in the arguments, the first of which is the program's name, and returns the exit code.
pub fn run<T: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = T>, around: Surroundings<'_>) -> u8 {
    let Surroundings { url, token, out, err, progress, pause, ask, aws, now } = around;
    let token = token.map(Zeroizing::new);
    let mut streams = Streams { out, err, progress };
    let options = match Options::try_parse_from(arguments) {
        Ok(options) => options,
        Err(error) => return usage(&error, &mut streams),
    };
    if let Command::Completion { shell } = options.command {
        return completion(shell, &mut streams);
    }
    let output = options.output;
    if let Command::Doctor(options) = &options.command {
        return ended(doctor::run(options, aws, output, &mut streams), &mut streams);
    }
    let result = client(&options, url, token, pause)
        .and_then(|client| command(options.command, &client, output, ask, now, &mut streams));
    ended(result, &mut streams)
}

/// The exit code of a command; a failure is told first.
fn ended(result: Result<u8, Failure>, streams: &mut Streams<'_>) -> u8 {
    match result {
        Ok(code) => code,
        // A reader that has stopped reading needs no message.
        Err(Failure::Print(cause)) if cause.kind() == ErrorKind::BrokenPipe => FAILED,
        Err(failure) => {
            streams.tell(&format!("rekeyctl: {}", escape(&failure.to_string())));
            FAILED
        }
    }
}

fn client<'a>(
    options: &Options,
    url: Option<String>,
    token: Option<Zeroizing<String>>,
    pause: &'a (dyn Fn(Duration) + Sync),
) -> Result<Client<'a>, Failure> {
    let endpoint = Endpoint::parse(&options.url.clone().or(url).ok_or(Failure::NoUrl)?)?;
    let token = Token::find(options.token_file.as_deref(), token)?;
    let transport = Box::new(Https::new(&endpoint)?);
    Ok(Client { endpoint, token, transport, pause })
}

fn command(
    command: Command,
    client: &Client<'_>,
    output: Output,
    ask: Ask<'_>,
    now: Moment,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    match command {
        Command::Import(options) => import::run(client, &options, output, streams),
        Command::Find(options) => users::find(client, &options, output, streams),
        Command::Users(options) => users::run(client, &options, output, streams),
        Command::Show(one) => show::run(client, &one.user, output, streams),
        Command::Create(options) => set::create(client, &options, output, streams),
        Command::Set(options) => set::run(client, &options, output, streams),
        Command::Methods(command) => methods::run(client, &command, output, streams),
        Command::Enable(one) => Desk::new(client, &one, output).enable(true, streams),
        Command::Disable(one) => Desk::new(client, &one, output).enable(false, streams),
        Command::Unblock(one) => Desk::new(client, &one, output).unblock(streams),
        Command::Password { user, from, ask: typed } => {
            let read = from.as_deref().map(password_in).transpose()?;
            let given = if typed { Some(typed_password(ask)?) } else { read };
            Desk::new(client, &user, output).password(given.as_ref(), streams)
        }
        Command::SignOut(one) => Desk::new(client, &one, output).sign_out(streams),
        Command::Delete(one) => Desk::new(client, &one, output).delete(streams),
        Command::Report(options) => report::run(client, &options, output, now, streams),
        Command::Audit(options) => audit::run(client, &options, output, streams),
        Command::Policy(command) => policy::run(client, &command, output, streams),
        // It needs no service, and is done before.
        Command::Doctor(_) | Command::Completion { .. } => Ok(DONE),
    }
}

/// Prints the completion script of a shell.
fn completion(shell: Shell, streams: &mut Streams<'_>) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Options::command(), "rekeyctl", &mut script);
    if streams.print(&String::from_utf8_lossy(&script)).is_ok() { DONE } else { FAILED }
}

/// Prints help if it was asked for, else the error in the arguments.
fn usage(error: &clap::Error, streams: &mut Streams<'_>) -> u8 {
    let text = error.to_string();
    let text: Vec<String> = text.trim_end().split('\n').map(escape).collect();
    let text = text.join("\n");
    if error.use_stderr() {
        streams.tell(&text);
        return FAILED;
    }
    if streams.print(&(text + "\n")).is_ok() { DONE } else { FAILED }
}

#[cfg(test)]
mod tests;
