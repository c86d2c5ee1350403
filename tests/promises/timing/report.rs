//! The report, in Markdown.

#![expect(clippy::print_stdout, reason = "the report is the program's output")]

use crate::exploit::Told;
use crate::measure::{Plan, Times};
use crate::people::Arm;
use crate::statistics::{NAMES, Verdict, distance, median, tells, threshold};

/// One arm, compared with its reference in each run.
struct Row {
    arm: Arm,
    /// The times of all runs.
    times: Vec<u64>,
    reference: Vec<u64>,
    distances: Vec<f64>,
}

fn of(times: &Times, arm: Arm) -> &[u64] {
    times.iter().find(|(other, _)| *other == arm).map(|(_, times)| times.as_slice()).unwrap_or_default()
}

fn row(arm: Arm, runs: &[Times]) -> Row {
    let pooled = |arm| runs.iter().flat_map(|times| of(times, arm)).copied().collect();
    let apart = |times: &Times| distance(of(times, arm), of(times, arm.reference()));
    Row { arm, times: pooled(arm), reference: pooled(arm.reference()), distances: runs.iter().map(apart).collect() }
}

impl Row {
    fn verdict(&self, threshold: f64) -> Verdict {
        Verdict::of(&self.distances.iter().map(|distance| *distance > threshold).collect::<Vec<_>>())
    }
}

fn rows(plan: &Plan, runs: &[Times]) -> Vec<Row> {
    plan.arms.iter().filter(|arm| **arm != Arm::Known).map(|arm| row(*arm, runs)).collect()
}

/// The verdict about a route: failed if one arm failed, undecided if another run is needed for one.
pub(crate) fn verdict(plan: &Plan, runs: &[Times]) -> Verdict {
    let limit = threshold(plan.samples);
    worst(rows(plan, runs).iter().map(|row| row.verdict(limit)))
}

/// The verdict about the classifiers.
pub(crate) fn verdict_of_exploit(runs: &[Told]) -> Verdict {
    let by_pooled = runs.iter().map(|told| tells(told.by_pooled_median)).collect::<Vec<_>>();
    let by_reference = runs.iter().map(|told| tells(told.by_reference)).collect::<Vec<_>>();
    worst([Verdict::of(&by_pooled), Verdict::of(&by_reference)].into_iter())
}

/// Undecided first: another run may still change what the report says about an arm.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let verdicts: Vec<Verdict> = verdicts.collect();
    let worse = |verdict| verdicts.contains(&verdict).then_some(verdict);
    worse(Verdict::Undecided).or(worse(Verdict::Failed)).unwrap_or(Verdict::Passed)
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "same",
        Verdict::Failed => "**DIFFERS**",
        Verdict::Undecided => "undecided",
    }
}

/// Prints what was measured where.
pub(crate) fn heading(date: &str, cores: usize, seed: u64) {
    println!(
        "# Times of known and unknown names\n\n{date}, {cores} cores, seed {seed}. Times are those of the service and of"
    );
    println!(
        "the loopback network. `D` is the Kolmogorov–Smirnov distance to the times of a known name, in each run. An arm"
    );
    println!("differs if at least two of three runs exceed the threshold, which chance alone does in 0.1 % of runs.");
}

/// Prints a route's table.
pub(crate) fn table(plan: &Plan, runs: &[Times]) {
    let limit = threshold(plan.samples);
    println!("\n## {}\n\n`--route {}`\n", plan.route.title, plan.route.name);
    println!("| arm | n per run | median µs | median µs of its reference | D | threshold | verdict |");
    println!("|---|---:|---:|---:|---|---:|---|");
    for row in rows(plan, runs) {
        let distances: Vec<String> = row.distances.iter().map(|distance| format!("{distance:.4}")).collect();
        println!(
            "| {} | {} | {} | {} | {} | {limit:.4} | {} |",
            row.arm.as_str(),
            plan.samples,
            median(&row.times) / 1000,
            median(&row.reference) / 1000,
            distances.join(", "),
            word(row.verdict(limit))
        );
    }
}

/// Prints how many names were told right.
pub(crate) fn exploit(runs: &[Told]) {
    println!("\n## Telling {NAMES} names apart, half of them known\n\n`--route exploit`\n");
    println!(
        "For each name a reset is begun, then come pairs of a wrong token at `/password` and an order at `/codes`. A name"
    );
    println!("is called known if its median is above the other median. A coin is right about 6 to 18 of 24.\n");
    println!("| run | pairs | right, by the median of all | right, by the median of an unknown name |");
    println!("|---:|---:|---:|---:|");
    for (number, told) in (1..).zip(runs) {
        println!("| {number} | {} | {} | {} |", told.pairs, told.by_pooled_median, told.by_reference);
    }
    println!("\nVerdict: {}", word(verdict_of_exploit(runs)));
}
