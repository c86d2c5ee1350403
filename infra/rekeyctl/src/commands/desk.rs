//! What a help desk does to one user: `enable`, `disable`, `unblock`, `password`, `sign-out` and `delete`. Each command
//! says in its output what is so now.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};
use shared::http::graph::methods::PASSWORD;
use ureq::http::Method;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::client::endpoint::user_route;
use crate::options::{One, Output};
use crate::output::changes::{Change, print_changes};
use crate::output::failure::Failure;
use crate::output::streams::{Ask, Streams};

/// The most bytes of a file with a password: far above the longest one.
const MAX_PASSWORD_FILE: u64 = 8 * 1024;

/// One user, and the form in which a command prints what it changed.
pub(crate) struct Desk<'a> {
    client: &'a Client<'a>,
    user: &'a str,
    output: Output,
}

impl<'a> Desk<'a> {
    /// The desk for one user.
    pub(crate) fn new(client: &'a Client<'a>, one: &'a One, output: Output) -> Self {
        Self { client, user: &one.user, output }
    }

    /// Enables or disables the user.
    pub(crate) fn enable(&self, enabled: bool, streams: &mut Streams<'_>) -> Result<u8, Failure> {
        let body = Map::from_iter([("accountEnabled".to_owned(), json!(enabled))]);
        self.client.write(Method::PATCH, &user_route(self.user), body)?;
        self.say(Change::now("accountEnabled", json!(enabled)), streams)
    }

    /// Clears the user's spent guesses, sign-in lock and count of challenges.
    pub(crate) fn unblock(&self, streams: &mut Streams<'_>) -> Result<u8, Failure> {
        let route = format!("{}/authentication/unblockPasswordReset", user_route(self.user));
        self.client.write(Method::POST, &route, Map::new())?;
        let sentence = "spent guesses, the sign-in lock and the count of challenges are cleared";
        self.say(Change::as_sentence("blocked", json!(false), sentence), streams)
    }

    /// Sets a password that the user must change: the given one, or one that the service draws and that is printed.
    pub(crate) fn password(&self, given: Option<&Zeroizing<String>>, streams: &mut Streams<'_>) -> Result<u8, Failure> {
        let body = given.iter().map(|password| ("newPassword".to_owned(), json!(password.as_str()))).collect();
        let route = format!("{}/authentication/methods/{PASSWORD}/resetPassword", user_route(self.user));
        let response = self.client.post(&route, body)?;
        let drawn = response.get("newPassword").and_then(Value::as_str);
        let sentence = match drawn {
            Some(drawn) => format!("the password is now {drawn}, and must be changed"),
            None => "the password is now the given one, and must be changed".to_owned(),
        };
        self.say(Change::as_sentence("password", json!(drawn), sentence), streams)
    }

    /// Ends the user's sessions.
    pub(crate) fn sign_out(&self, streams: &mut Streams<'_>) -> Result<u8, Failure> {
        self.client.write(Method::POST, &format!("{}/revokeSignInSessions", user_route(self.user)), Map::new())?;
        self.say(Change::as_sentence("sessions", json!("ended"), "all sessions have ended"), streams)
    }

    /// Deletes the user.
    pub(crate) fn delete(&self, streams: &mut Streams<'_>) -> Result<u8, Failure> {
        self.client.delete(&user_route(self.user))?;
        self.say(Change::as_sentence("user", json!("deleted"), "deleted"), streams)
    }

    fn say(&self, change: Change, streams: &mut Streams<'_>) -> Result<u8, Failure> {
        print_changes(self.user, &[change], self.output, streams)
    }
}

/// The password in the first line of a file, without the line's end.
pub(crate) fn password_in(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_PASSWORD_FILE as usize));
    let file = File::open(path).map_err(Failure::PasswordFile)?;
    file.take(MAX_PASSWORD_FILE).read_to_string(&mut text).map_err(Failure::PasswordFile)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// A password that is typed twice at the terminal, and not shown.
pub(crate) fn typed_password(ask: Ask<'_>) -> Result<Zeroizing<String>, Failure> {
    let typed = |prompt| ask(prompt).map(Zeroizing::new).map_err(Failure::Terminal);
    let (once, again) = (typed("New password: ")?, typed("Again: ")?);
    if once == again { Ok(once) } else { Err(Failure::TwoPasswords) }
}
