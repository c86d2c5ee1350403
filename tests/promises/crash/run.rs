//! One run: people work, the program is killed, and a restarted service is checked.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use local::Options;
use serde_json::json;
use tokio::task::JoinSet;

use crate::check::check;
use crate::people::{Person, Role};
use crate::process::{Process, command, spawned};
use crate::random::Shuffler;
use crate::support::service::PERMISSIONS;
use crate::support::{Request, Service};
use crate::work::{policy, work};

/// Runs on one directory before the next: a run's time grows with the directory.
pub(crate) const RUNS_PER_DIRECTORY: usize = 10;
/// How many people work in a run; everybody does in the rehearsal.
const ROLES: usize = 4;
/// In one of so many runs, the restarted program is killed, too.
const SECOND_KILL: u64 = 3;

/// A directory with its runs so far, and how long things take on this machine.
pub(crate) struct Site<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) number: usize,
    /// How long the work takes if nobody interrupts it; `None` if it has not been done yet.
    pub(crate) work: Option<Duration>,
    /// How long a start takes.
    pub(crate) start: Duration,
}

/// What happened in a run.
pub(crate) struct Outcome {
    /// When the program was killed; `None` if the work was done.
    pub(crate) killed: Option<Duration>,
    pub(crate) kills: usize,
}

impl Site<'_> {
    /// Makes one run. The first one on a site is a rehearsal, without a kill before the work is done.
    pub(crate) async fn run(&mut self, random: &mut Shuffler) -> Outcome {
        let file = self.directory.with_extension("policy.json");
        std::fs::write(&file, policy().to_string()).unwrap();
        let arguments = ["--policy", file.to_str().unwrap()];
        if self.number == 0 && !self.directory.exists() {
            // The very first start may be killed, too.
            start_and_kill(self.directory, &arguments, part(self.start, random)).await;
        }
        let began = Instant::now();
        let process = Process::start(self.directory, &arguments, &[]);
        self.start = began.elapsed();
        let to = process.address();
        let admin = Request::post("/_local/tokens", &json!({"permissions": PERMISSIONS}));
        let admin = admin.send(to).await.expect(200).text("accessToken");
        let mut roles = Role::ALL;
        random.shuffle(&mut roles);
        let roles = if self.work.is_some() { &roles[..ROLES] } else { &roles };
        let mut people = Vec::new();
        for role in roles {
            people.push(Person::create(to, &admin, *role, self.number).await);
        }
        let people = Arc::new(people);

        let began = Instant::now();
        let mut workers = JoinSet::new();
        for number in 0..people.len() {
            let (people, admin) = (people.clone(), admin.clone());
            workers.spawn(async move { work(to, &people[number], &admin).await });
        }
        let killed = self.work.map(|length| part(length, random));
        match killed {
            // The kill is at a random moment, so the program waits in real time.
            Some(moment) => tokio::time::sleep(moment).await,
            None => {
                let done = workers.join_all().await;
                assert!(done.iter().all(Option::is_some), "everybody's work is done if nobody is killed");
                // Fewer people need less time.
                self.work = Some(began.elapsed() * ROLES as u32 / Role::ALL.len() as u32);
                workers = JoinSet::new();
            }
        }
        process.kill();
        // A client that finds something wrong panics, and so does this.
        workers.join_all().await;
        let mut kills = 1;
        if random.next().is_multiple_of(SECOND_KILL) {
            start_and_kill(self.directory, &arguments, part(self.start * 2, random)).await;
            kills += 1;
        }

        let data = Some(self.directory.to_owned());
        let service = Service::with(&Options { data, ..Options::default() }).await;
        check(&service, &people, kills).await;
        service.running.stop().await;
        self.number += 1;
        Outcome { killed, kills }
    }
}

/// Starts the program and kills it so soon that it may not listen yet.
async fn start_and_kill(directory: &Path, arguments: &[&str], after: Duration) {
    let mut command = command(directory);
    let mut child = spawned(command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()));
    tokio::time::sleep(after).await;
    child.kill().ok();
    child.wait().unwrap();
}

/// A random part of a time.
fn part(of: Duration, random: &mut Shuffler) -> Duration {
    of.mul_f64(random.next() as f64 / u64::MAX as f64)
}
