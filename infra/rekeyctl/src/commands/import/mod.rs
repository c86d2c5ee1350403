//! `rekeyctl import`: turns a directory's export into users, through the administrators' routes.

mod properties;
mod rejects;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};
use shared::directory::{ENTRY, Finding, Findings, Format, MAX_FILE_BYTES, Plan, PlannedUser};
use ureq::http::Method;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::client::endpoint::{GRAPH, user_route};
use crate::commands::import::properties::{OWNED, differing, new_user, select};
use crate::commands::import::rejects::Report;
use crate::options::{Import, Output};
use crate::output::failure::{Failure, Refusal, Stopped};
use crate::output::listing::Listing;
use crate::output::streams::{DONE, NOBODY, REJECTED, Streams};
use crate::output::terminal::escape;

/// How many people are under way at once. The service takes most of a request's time, so a few more than processors.
const AT_ONCE: usize = 8;

/// How many people were handled in each way.
#[derive(Default)]
struct Counts {
    created: usize,
    updated: usize,
    unchanged: usize,
}

impl Counts {
    fn all(&self) -> usize {
        self.created + self.updated + self.unchanged
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, updated, unchanged } = self;
        write!(f, "{created} created, {updated} updated, {unchanged} unchanged")
    }
}

/// The action taken for one person, with the names of the properties that were written.
enum Done {
    Created(Vec<String>),
    Updated(Vec<String>),
    Unchanged,
}

/// Imports a file.
pub(crate) fn run(
    client: &Client<'_>,
    options: &Import,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let Plan { users, mut findings } = plan(options)?;
    let report = Report::open(options.rejects.as_deref(), &options.file)?;
    let secrets = users.iter().filter(|user| user.password.is_some()).count();
    if secrets > 0 {
        streams.tell(&format!("the file contains passwords of {secrets} people; passwords are never sent"));
    }
    let mut counts = Counts::default();
    let printing = Printing { dry: options.dry_run, output };
    if printing.dry {
        streams.print(&printing.rows().begin())?;
    }
    let ended = each(client, printing, &users, &mut counts, &mut findings, streams);
    // Known findings are reported, however the import ended.
    report.write(&mut findings, streams)?;
    let (skipped, refused) = (findings.skipped(), findings.refused());
    summary(printing, &counts, skipped, refused, streams)?;
    ended?;
    Ok(match (counts.all(), refused) {
        (0, _) => NOBODY,
        (_, 0) => DONE,
        _ => REJECTED,
    })
}

/// What of an import is printed, and how.
#[derive(Clone, Copy)]
struct Printing {
    /// Whether nothing is changed, and what would be done for each person is printed.
    dry: bool,
    output: Output,
}

impl Printing {
    /// What would be done for each person, as rows for programs; people read lines.
    fn rows(self) -> Listing {
        Listing::new(self.output, &["action", "user", "properties"])
    }
}

/// Prints the counts: as a line for people, which goes to standard error beside rows for programs.
fn summary(
    printing: Printing,
    counts: &Counts,
    skipped: usize,
    refused: usize,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let dry = if printing.dry { "dry run, nothing was changed: " } else { "" };
    let line = format!("{dry}{counts}, {skipped} skipped, {refused} rejected");
    match (printing.output, printing.dry) {
        (Output::Table, _) => streams.print(&(line + "\n")),
        (Output::Json | Output::Csv, true) => {
            streams.tell(&line);
            Ok(())
        }
        (Output::Json | Output::Csv, false) => {
            let Counts { created, updated, unchanged } = counts;
            let row = json!({
                "created": created, "updated": updated, "unchanged": unchanged, "skipped": skipped, "rejected": refused
            });
            let columns = ["created", "updated", "unchanged", "skipped", "rejected"];
            streams.print(&Listing::new(printing.output, &columns).whole(&[row]))
        }
    }
}

/// Imports each person, several at once. What is said about them follows the order of the file.
fn each(
    client: &Client<'_>,
    printing: Printing,
    users: &[PlannedUser],
    counts: &mut Counts,
    findings: &mut Findings,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let dry = printing.dry;
    let bar = bar(streams.progress && !dry, users.len());
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = |results: Sender<(usize, Result<Done, Trouble>)>| {
        while !stop.load(Ordering::Relaxed)
            && let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(user) = users.get(at)
        {
            let result = one(client, dry, user);
            // The others end what they have begun, so that nobody is left half imported.
            stop.fetch_or(matches!(result, Err(Trouble::Run(_))), Ordering::Relaxed);
            if results.send((at, result)).is_err() {
                return;
            }
        }
    };
    let ended = thread::scope(|scope| {
        let (sender, results) = channel();
        for _ in 0..AT_ONCE.min(users.len()) {
            let sender = sender.clone();
            scope.spawn(|| work(sender));
        }
        drop(sender);
        let (mut early, mut said, mut failed) = (BTreeMap::new(), 0, None);
        for (at, result) in results {
            early.insert(at, result);
            while let Some(result) = early.remove(&said) {
                let user = &users[said];
                said += 1;
                bar.set_position(said as u64);
                match result {
                    Ok(done) => tell(user, done, printing, counts, streams)?,
                    Err(Trouble::Person(refusal)) => findings.add(refused(user, &refusal)),
                    Err(Trouble::Run(cause)) => failed = failed.or(Some((user.line, cause))),
                }
            }
        }
        let Some((line, cause)) = failed else { return Ok(()) };
        Err(Failure::Stopped(Stopped { line, after: counts.all(), of: users.len(), cause: Box::new(cause) }))
    });
    bar.finish_and_clear();
    ended
}

fn refused(user: &PlannedUser, refusal: &Refusal) -> Finding {
    let colon = if refusal.message.is_empty() { "" } else { ": " };
    Finding::refused(user.line, ENTRY, format!("{}{colon}{}", refusal.code, refusal.message))
}

/// Counts the action taken for a person; a dry run prints it as well.
fn tell(
    user: &PlannedUser,
    done: Done,
    printing: Printing,
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
    if !printing.dry {
        return Ok(());
    }
    if printing.output != Output::Table {
        let row = json!({"action": verb, "user": user.name.canonical(), "properties": properties});
        return streams.print(&printing.rows().add(&[row]));
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
    match client.get(&format!("{route}?$select={}", select())) {
        Ok(known) => update(client, dry, user, &route, &known),
        Err(Failure::Refused(refusal)) if refusal.status == 404 => create(client, dry, user, &route),
        Err(failure) => Err(Trouble::of(failure, false)),
    }
}

fn create(client: &Client<'_>, dry: bool, user: &PlannedUser, route: &str) -> Result<Done, Trouble> {
    let body = new_user(user);
    let mut names = names(&body);
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
    let mut change = differing(user, known);
    if user.is_owned_by_directory && !is(OWNED) {
        change.insert(OWNED.to_owned(), json!(true));
    }
    if change.is_empty() {
        return Ok(Done::Unchanged);
    }
    let names = names(&change);
    if !dry {
        let written = client.write(Method::PATCH, route, change);
        written.map_err(|failure| Trouble::of(failure, is("isAdmin")))?;
    }
    Ok(Done::Updated(names))
}

/// The names of the properties that are written, without the one that identifies the person.
fn names(change: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<String> = change.keys().filter(|name| *name != "userPrincipalName").cloned().collect();
    names.sort();
    names
}

fn plan(options: &Import) -> Result<Plan, Failure> {
    let path = &options.file;
    let format = path.to_str().and_then(Format::of_file_name).ok_or(Failure::ExportForm)?;
    let bytes = bounded(path).map_err(Failure::Export)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Failure::ExportTooLarge);
    }
    Ok(Plan::read(&bytes, format, &options.choices()))
}

/// The file's bytes. They may hold passwords, so their memory is cleared.
fn bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn bar(is_shown: bool, people: usize) -> ProgressBar {
    if !is_shown {
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
