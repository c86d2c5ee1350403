//! `rekeyctl import`: turns a directory's export into users, through the administrators' routes.

mod properties;
mod rejects;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};
use shared::directory::{Format, MAX_FILE_BYTES, Plan, PlannedUser, Reject, read};
use ureq::http::Method;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::client::endpoint::{GRAPH, user_route};
use crate::commands::import::properties::{differing, new_user};
use crate::commands::import::rejects::Report;
use crate::options::Import;
use crate::output::failure::{Failure, Refusal, Stopped};
use crate::output::streams::{DONE, REJECTED, Streams};
use crate::output::terminal::escape;

const SELECT: &str = "displayName,givenName,surname,mail,preferredLanguage,mobilePhone,businessPhones,otherMails,\
                      onPremisesSyncEnabled,isAdmin";
/// The property that marks a user's phones as owned by a directory.
const OWNED: &str = "onPremisesSyncEnabled";

/// How many people were handled in each way.
#[derive(Default)]
struct Counts {
    created: usize,
    updated: usize,
    unchanged: usize,
    skipped: usize,
    rejected: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, updated, unchanged, skipped, rejected } = self;
        write!(f, "{created} created, {updated} updated, {unchanged} unchanged, {skipped} skipped, {rejected} rejected")
    }
}

/// The action taken for one person, with the names of the properties that were written.
enum Done {
    Created(Vec<String>),
    Updated(Vec<String>),
    Unchanged,
}

/// Imports a file.
pub(crate) fn run(client: &Client<'_>, options: &Import, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let Plan { users, skipped, mut rejects } = plan(&options.file)?;
    let report = Report::open(options.rejects.as_deref(), &options.file)?;
    let secrets = users.iter().filter(|user| user.password.is_some()).count();
    if secrets > 0 {
        streams.tell(&format!("the file contains passwords of {secrets} people; passwords are never sent"));
    }
    let mut counts = Counts { skipped, ..Counts::default() };
    let ended = each(client, options.dry_run, &users, &mut counts, &mut rejects, streams);
    counts.rejected = rejects.len();
    // Known rejects are reported, however the import ended.
    report.write(&mut rejects, streams)?;
    let dry = if options.dry_run { "dry run, nothing was changed: " } else { "" };
    streams.print(&format!("{dry}{counts}\n"))?;
    ended?;
    Ok(if rejects.is_empty() { DONE } else { REJECTED })
}

fn each(
    client: &Client<'_>,
    dry: bool,
    users: &[PlannedUser],
    counts: &mut Counts,
    rejects: &mut Vec<Reject>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let bar = bar(streams.progress && !dry, users.len());
    for (after, user) in users.iter().enumerate() {
        bar.set_position(after as u64);
        match one(client, dry, user) {
            Ok(done) => tell(user, done, dry, counts, streams)?,
            Err(Trouble::Person(refusal)) => {
                rejects.push(Reject { line: user.line, attribute: "entry".to_owned(), rule: refusal.code });
            }
            Err(Trouble::Run(cause)) => {
                bar.finish_and_clear();
                let stopped = Stopped { line: user.line, after, of: users.len(), cause: Box::new(cause) };
                return Err(Failure::Stopped(stopped));
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Counts the action taken for a person; a dry run prints it as well.
fn tell(
    user: &PlannedUser,
    done: Done,
    dry: bool,
    counts: &mut Counts,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let (verb, properties) = match done {
        Done::Created(properties) => {
            counts.created += 1;
            ("create", properties)
        }
        Done::Updated(properties) => {
            counts.updated += 1;
            ("update", properties)
        }
        Done::Unchanged => {
            counts.unchanged += 1;
            ("leave", Vec::new())
        }
    };
    if !dry {
        return Ok(());
    }
    let colon = if properties.is_empty() { "" } else { ": " };
    streams.print(&format!("{verb} {}{colon}{}\n", escape(user.name.canonical()), properties.join(", ")))
}

/// What went wrong for one person: either that person is rejected, or the run ends.
enum Trouble {
    Person(Refusal),
    Run(Failure),
}

impl Trouble {
    /// A refusal of the caller ends the run, because it would be the same for everybody. Only a privileged user can be
    /// closed to a caller that may write everybody else.
    fn of(failure: Failure, privileged: bool) -> Self {
        match failure {
            Failure::Refused(refusal) if refusal.status == 403 && privileged => Self::Person(refusal),
            Failure::Refused(refusal)
                if (400..500).contains(&refusal.status) && !matches!(refusal.status, 401 | 403) =>
            {
                Self::Person(refusal)
            }
            failure => Self::Run(failure),
        }
    }
}

fn one(client: &Client<'_>, dry: bool, user: &PlannedUser) -> Result<Done, Trouble> {
    let route = user_route(user.name.canonical());
    match client.get(&format!("{route}?$select={SELECT}")) {
        Ok(known) => update(client, dry, user, &route, &known),
        Err(Failure::Refused(refusal)) if refusal.status == 404 => create(client, dry, user, &route),
        Err(failure) => Err(Trouble::of(failure, false)),
    }
}

fn create(client: &Client<'_>, dry: bool, user: &PlannedUser, route: &str) -> Result<Done, Trouble> {
    let body = new_user(user);
    let mut names = names([&body]);
    if !dry {
        let created = client.write(Method::POST, &format!("{GRAPH}/users"), body.clone());
        created.map_err(|failure| match failure {
            // There are no users at all at this address.
            Failure::Refused(refusal) if refusal.status == 404 => Trouble::Run(Failure::NotRekey),
            failure => Trouble::of(failure, false),
        })?;
    }
    if let Done::Updated(more) = update(client, dry, user, route, &body)? {
        names.extend(more);
        names.sort();
    }
    Ok(Done::Created(names))
}

fn update(
    client: &Client<'_>,
    dry: bool,
    user: &PlannedUser,
    route: &str,
    known: &Map<String, Value>,
) -> Result<Done, Trouble> {
    let is = |name: &str| known.get(name).and_then(Value::as_bool).unwrap_or(false);
    let mut changes = Vec::new();
    // First, and by itself: everything written after it belongs to the directory.
    if !is(OWNED) {
        changes.push(owned());
    }
    let differing = differing(user, known);
    if !differing.is_empty() {
        changes.push(differing);
    }
    if changes.is_empty() {
        return Ok(Done::Unchanged);
    }
    let names = names(&changes);
    for change in changes {
        if !dry {
            let written = client.write(Method::PATCH, route, change);
            written.map_err(|failure| Trouble::of(failure, is("isAdmin")))?;
        }
    }
    Ok(Done::Updated(names))
}

fn owned() -> Map<String, Value> {
    Map::from_iter([(OWNED.to_owned(), json!(true))])
}

/// The names of the properties that are written, without the one that identifies the person.
fn names<'a>(changes: impl IntoIterator<Item = &'a Map<String, Value>>) -> Vec<String> {
    let names = changes.into_iter().flat_map(Map::keys).filter(|name| *name != "userPrincipalName");
    let mut names: Vec<String> = names.cloned().collect();
    names.sort();
    names
}

fn plan(path: &Path) -> Result<Plan, Failure> {
    let format = path.to_str().and_then(Format::of_file_name).ok_or(Failure::ExportForm)?;
    let bytes = bounded(path).map_err(Failure::Export)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Failure::ExportTooLarge);
    }
    Ok(Plan::of(read(&bytes, format)))
}

/// The file's bytes. They may hold passwords, so their memory is cleared.
fn bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn bar(shown: bool, people: usize) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(people as u64), ProgressDrawTarget::stderr());
    // If the template cannot be read, the default style stays.
    match ProgressStyle::with_template("{bar:40} {pos} of {len} people, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, privileged: bool) -> Trouble {
        Trouble::of(Failure::Refused(Refusal { status, code: "X".to_owned(), message: String::new() }), privileged)
    }

    #[test]
    fn a_refusal_of_the_caller_ends_the_run() {
        for (status, privileged) in [(401, false), (401, true), (403, false), (302, false)] {
            assert!(matches!(of(status, privileged), Trouble::Run(_)), "{status}");
        }
        for (status, privileged) in [(400, false), (404, false), (409, false), (403, true)] {
            assert!(matches!(of(status, privileged), Trouble::Person(_)), "{status}");
        }
        assert!(matches!(Trouble::of(Failure::Unreachable(String::new()), true), Trouble::Run(_)));
    }
}
