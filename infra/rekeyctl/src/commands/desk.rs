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
use crate::output::failure::Failure;
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::escape;

/// The most bytes of a file with a password: far above the longest one.
const MAX_PASSWORD_FILE: u64 = 8 * 1024;

/// Enables or disables a user.
pub(crate) fn enable(client: &Client<'_>, user: &str, enabled: bool, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let body = Map::from_iter([("accountEnabled".to_owned(), json!(enabled))]);
    client.write(Method::PATCH, &user_route(user), body)?;
    say(user, &format!("accountEnabled is now {enabled}"), streams)
}

/// Clears a user's spent guesses, sign-in lock and count of challenges.
pub(crate) fn unblock(client: &Client<'_>, user: &str, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let route = format!("{}/authentication/unblockPasswordReset", user_route(user));
    client.write(Method::POST, &route, Map::new())?;
    say(user, "no guess, wrong password or challenge counts any more", streams)
}

/// Sets a password that the user must change: the one in a file, or one that the service draws and that is printed.
pub(crate) fn password(
    client: &Client<'_>,
    user: &str,
    file: Option<&Path>,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let given = file.map(read).transpose()?;
    let body = given.iter().map(|password| ("newPassword".to_owned(), json!(**password))).collect();
    let route = format!("{}/authentication/methods/{PASSWORD}/resetPassword", user_route(user));
    let response = client.post(&route, body)?;
    let drawn = response.get("newPassword").and_then(Value::as_str);
    match drawn {
        Some(drawn) => say(user, &format!("the password is now {}, and must be changed", escape(drawn)), streams),
        None => say(user, "the password is now the one in the file, and must be changed", streams),
    }
}

/// Ends a user's sessions.
pub(crate) fn sign_out(client: &Client<'_>, user: &str, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    client.write(Method::POST, &format!("{}/revokeSignInSessions", user_route(user)), Map::new())?;
    say(user, "all sessions have ended", streams)
}

/// Deletes a user.
pub(crate) fn delete(client: &Client<'_>, user: &str, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    client.delete(&user_route(user))?;
    say(user, "deleted", streams)
}

fn say(user: &str, what: &str, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    streams.print(&format!("{}: {what}\n", escape(user)))?;
    Ok(DONE)
}

/// The first line of a file, without its end.
fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_PASSWORD_FILE as usize));
    let file = File::open(path).map_err(Failure::PasswordFile)?;
    file.take(MAX_PASSWORD_FILE).read_to_string(&mut text).map_err(Failure::PasswordFile)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}
