//! The result as tables, to be read as text or copied into a document.

use crate::process::Started;
use crate::subjects::Subject;

/// The peer that makes one request with the product's own client. The ratios are to it.
const BASIS: &str = "same client, one request";

fn sorted(starts: &[Started], value: impl Fn(&Started) -> Option<f64>) -> Vec<f64> {
    let mut values: Vec<f64> = starts.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn quartile(starts: &[Started], value: impl Fn(&Started) -> Option<f64>, quarter: usize) -> f64 {
    let values = sorted(starts, value);
    values.get(values.len() * quarter / 4).copied().unwrap_or(f64::NAN)
}

fn median(starts: &[Started], value: impl Fn(&Started) -> Option<f64>) -> f64 {
    quartile(starts, value, 2)
}

/// When the first response arrived; for one that leaves at a fixed time, when its last answer had come.
fn done(subject: &Subject, started: &Started) -> Option<f64> {
    if subject.waits { started.last_answer } else { Some(started.response) }
}

fn ratio(value: f64, basis: f64) -> String {
    if value.is_nan() || basis.is_nan() { String::new() } else { format!("{:.2}", value / basis) }
}

fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value:.1}") }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}

/// The requests as text: `+` joins those that were under way at the same time.
fn requests(started: &Started) -> String {
    let mut text = String::new();
    for (operation, at_once) in &started.requests {
        if !text.is_empty() {
            text.push_str(if *at_once { " + " } else { ", " });
        }
        text.push_str(operation);
    }
    text
}

/// Prints what was measured: medians over all starts, with the middle half of the first responses.
pub(crate) fn print(subjects: &[Subject], starts: &[Vec<Started>], warm: &[Started]) {
    let at = subjects.iter().position(|subject| subject.name == BASIS).expect("tests/bench/run builds the basis");
    let basis = median(&starts[at], |one| Some(one.response));
    println!("\ncold: milliseconds since the process was started, medians\n");
    println!(
        "| program | ready | first table answer | first response | × | middle half | CPU | memory, MiB | status |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (subject, starts) in subjects.iter().zip(starts) {
        assert!(starts.iter().all(|one| one.status == starts[0].status), "{} responds differently", subject.name);
        let done_at = |one: &Started| done(subject, one);
        let (table, response) = (median(starts, |one| one.table), median(starts, done_at));
        println!(
            "| {} | {} | {} | {}{} | {} | {}–{} | {} | {} | {} |",
            subject.name,
            number(median(starts, |one| Some(one.ready))),
            number(table),
            number(response),
            if subject.waits { " *" } else { "" },
            if subject.waits { String::new() } else { ratio(response, basis) },
            number(quartile(starts, done_at, 1)),
            number(quartile(starts, done_at, 3)),
            number(median(starts, |one| Some(one.cpu))),
            number(median(starts, |one| Some(one.memory))),
            starts[0].status,
        );
    }
    println!(
        "\n\\* until the last answer that the response needed: the response leaves at a fixed time, and has no ratio.\n"
    );
    println!(
        "| program | file, MB | zip, MB | connections | warm CPU per request, µs | requests before the first response |"
    );
    println!("|---|---|---|---|---|---|");
    for ((subject, starts), warm) in subjects.iter().zip(starts).zip(warm) {
        let zip = std::fs::metadata(subject.file().with_extension("zip")).map(|zip| zip.len());
        println!(
            "| {} | {} | {} | {} | {:.0} | {} |",
            subject.name,
            megabytes(std::fs::metadata(subject.file()).unwrap().len()),
            zip.map_or_else(|_| String::new(), megabytes),
            starts[0].connections,
            warm.warm_cpu.unwrap_or_default() * 1e3,
            requests(&starts[0]),
        );
    }
}
