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

use clap::Parser;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::client::endpoint::Endpoint;
use crate::client::token::Token;
use crate::client::transport::Https;
use crate::commands::{audit, desk, import, policy, set, show, users};
use crate::options::{Command, One, Options, PolicyCommand};
use crate::output::failure::Failure;
use crate::output::streams::Streams;
use crate::output::terminal::escape;

pub use crate::output::streams::{DONE, FAILED, NOBODY, REJECTED};

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
}

/// Runs the command in the arguments, the first of which is the program's name, and returns the exit code.
pub fn run<T: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = T>, around: Surroundings<'_>) -> u8 {
    let Surroundings { url, token, out, err, progress, pause } = around;
    let token = token.map(Zeroizing::new);
    let mut streams = Streams { out, err, progress };
    let options = match Options::try_parse_from(arguments) {
        Ok(options) => options,
        Err(error) => return usage(&error, &mut streams),
    };
    match command(options, url, token, pause, &mut streams) {
        Ok(code) => code,
        // A reader that has stopped reading needs no message.
        Err(Failure::Print(cause)) if cause.kind() == ErrorKind::BrokenPipe => FAILED,
        Err(failure) => {
            streams.tell(&format!("rekeyctl: {}", escape(&failure.to_string())));
            FAILED
        }
    }
}

fn command(
    options: Options,
    url: Option<String>,
    token: Option<Zeroizing<String>>,
    pause: &(dyn Fn(Duration) + Sync),
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let endpoint = Endpoint::parse(&options.url.or(url).ok_or(Failure::NoUrl)?)?;
    let token = Token::find(options.token_file.as_deref(), token)?;
    let transport = Box::new(Https::new(&endpoint)?);
    let client = Client { endpoint, token, transport, pause };
    match options.command {
        Command::Import(import) => import::run(&client, &import, streams),
        Command::Users(users) => users::run(&client, &users, streams),
        Command::Show(One { user }) => show::run(&client, &user, streams),
        Command::Set(set) => set::run(&client, &set, streams),
        Command::Enable(One { user }) => desk::enable(&client, &user, true, streams),
        Command::Disable(One { user }) => desk::enable(&client, &user, false, streams),
        Command::Unblock(One { user }) => desk::unblock(&client, &user, streams),
        Command::Password { user: One { user }, from } => desk::password(&client, &user, from.as_deref(), streams),
        Command::SignOut(One { user }) => desk::sign_out(&client, &user, streams),
        Command::Delete(One { user }) => desk::delete(&client, &user, streams),
        Command::Audit(audit) => audit::run(&client, &audit, streams),
        Command::Policy(PolicyCommand::Bound { format }) => policy::bound(&client, format, streams),
    }
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
