//! One start of a program, from its process to its responses.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::stand_in::{Answered, StandIn};
use crate::subjects::Subject;

/// How long a start may take. Slower than any that works.
const LIMIT: Duration = Duration::from_secs(60);

/// What was measured of one start. Times are in milliseconds since the process was started.
#[derive(Debug, Default)]
pub(crate) struct Started {
    /// The moment when it asked for its first event.
    pub(crate) ready: f64,
    /// When the table, or what stands for it, had answered for the first time.
    pub(crate) table: Option<f64>,
    /// When everything had answered that the first response needed.
    pub(crate) last_answer: Option<f64>,
    /// When its first response arrived.
    pub(crate) response: f64,
    /// Processor time until then.
    pub(crate) cpu: f64,
    /// The most memory that it held, in MiB.
    pub(crate) memory: f64,
    /// The HTTP status of its first response; 0 if it has none.
    pub(crate) status: u64,
    /// What it asked for until its first response: the operations, and whether each began before the last one ended.
    pub(crate) requests: Vec<(String, bool)>,
    /// How many connections it made.
    pub(crate) connections: usize,
    /// Median of processor time per further request, in milliseconds; `None` without further requests.
    pub(crate) warm_cpu: Option<f64>,
}

/// Starts a program, gives it `1 + more` events, and ends it.
pub(crate) async fn start(subject: &Subject, stand_in: &StandIn, more: usize) -> Started {
    stand_in.prepare(subject, 1 + more);
    let mut command = Command::new(&subject.command[0]);
    command.args(&subject.command[1..]).env_clear().envs(stand_in.environment(subject));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    stand_in.watch(child.id());
    let finished = tokio::time::timeout(LIMIT, stand_in.finished()).await;
    let memory = memory(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    finished.unwrap_or_else(|_| panic!("{} does not respond", subject.name));
    let log = stand_in.log();
    let since = |at: Instant| (at - began).as_secs_f64() * 1e3;
    let first = &log.responses[0];
    let before: Vec<&Answered> = log.answered.iter().filter(|one| one.ended <= first.at).collect();
    let is_table =
        |one: &&&Answered| !matches!(one.operation.as_str(), "BatchGetSecretValue" | "GetSecretValue" | "JWKS");
    let at_once = |index: usize| index > 0 && before[..index].iter().any(|other| other.ended > before[index].began);
    let mut warm: Vec<f64> = log.responses.windows(2).map(|pair| pair[1].cpu - pair[0].cpu).collect();
    warm.sort_by(f64::total_cmp);
    Started {
        ready: since(log.ready.unwrap()),
        table: before.iter().find(is_table).map(|one| since(one.ended)),
        last_answer: before.iter().map(|one| since(one.ended)).max_by(f64::total_cmp),
        response: since(first.at),
        cpu: first.cpu,
        memory,
        status: first.body["statusCode"].as_u64().unwrap_or_default(),
        requests: before.iter().enumerate().map(|(index, one)| (one.operation.clone(), at_once(index))).collect(),
        connections: log.connections,
        warm_cpu: warm.get(warm.len() / 2).copied(),
    }
}

/// Processor time that a process has used, in milliseconds: the sum of its threads'. Threads that ended are missing.
pub(crate) fn cpu(process: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let used = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    used.sum::<f64>() / 1e6
}

fn memory(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
