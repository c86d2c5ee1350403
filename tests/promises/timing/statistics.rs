//! The statistics of the timing program: how far two samples of times are apart, and how well names are told apart.

/// The factor of the two-sided 0.1 % threshold of the Kolmogorov–Smirnov test (Smirnov 1948): the square root of
/// half the natural logarithm of 2000.
const FACTOR: f64 = 1.95;
/// How many of at most three runs decide.
const MAJORITY: usize = 2;
/// The fewest and the most right answers about [`NAMES`] names that are still like tossing a coin. 19 or more come by
/// chance with a probability of 0.0033, and so do 5 or fewer.
const TOSS: std::ops::RangeInclusive<usize> = 6..=18;
/// How many names a classifier is asked about; half of them are known.
pub(crate) const NAMES: usize = 24;

/// The verdict over the runs so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    /// One more run decides.
    Undecided,
}

impl Verdict {
    /// Decides from the runs, of which each is `true` if it found a difference.
    pub(crate) fn of(found: &[bool]) -> Self {
        let differing = found.iter().filter(|found| **found).count();
        match (differing, found.len() - differing) {
            (MAJORITY.., _) => Self::Failed,
            (_, MAJORITY..) => Self::Passed,
            _ => Self::Undecided,
        }
    }
}

/// The two-sample Kolmogorov–Smirnov statistic: the largest distance between the empirical distributions, 0 to 1.
pub(crate) fn distance(one: &[u64], other: &[u64]) -> f64 {
    let (one, other) = (sorted(one), sorted(other));
    let below = |sample: &[u64], value| sample.partition_point(|time| *time <= value) as f64 / sample.len() as f64;
    let apart = |value: &u64| (below(&one, *value) - below(&other, *value)).abs();
    one.iter().chain(&other).map(apart).fold(0.0, f64::max)
}

/// The distance that two samples of this size from one distribution exceed with a probability of 0.1 %.
pub(crate) fn threshold(size: usize) -> f64 {
    FACTOR * (2.0 / size as f64).sqrt()
}

/// The median; the mean of the two middle values if the number of values is even, and 0 if there are none.
pub(crate) fn median(sample: &[u64]) -> u64 {
    let sample = sorted(sample);
    let half = sample.len() / 2;
    match sample.len() {
        0 => 0,
        length if length.is_multiple_of(2) => u64::midpoint(sample[half - 1], sample[half]),
        _ => sample[half],
    }
}

/// Says of each name whether it is known: if its median is above the median of all times together.
pub(crate) fn by_pooled_median(names: &[Vec<u64>]) -> Vec<bool> {
    by_median(names, median(&names.concat()))
}

/// Says of each name whether it is known: if its median is above the median of a name that is known to be unknown.
pub(crate) fn by_reference(names: &[Vec<u64>], unknown: &[u64]) -> Vec<bool> {
    by_median(names, median(unknown))
}

fn by_median(names: &[Vec<u64>], limit: u64) -> Vec<bool> {
    names.iter().map(|times| median(times) > limit).collect()
}

/// How many names were told right.
pub(crate) fn told_right(said: &[bool], known: &[bool]) -> usize {
    said.iter().zip(known).filter(|(said, known)| said == known).count()
}

/// Whether this many right answers are more, or fewer, than a coin would give.
pub(crate) fn tells(right: usize) -> bool {
    !TOSS.contains(&right)
}

fn sorted(sample: &[u64]) -> Vec<u64> {
    let mut sample = sample.to_vec();
    sample.sort_unstable();
    sample
}
