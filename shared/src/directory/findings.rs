//! What reading an export, planning it or carrying it out has found: values that were refused, entries that are nobody,
//! and what an administrator should know.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::rule::{MAX_FINDINGS, Rule};

/// How many lines are named for one reason. The file of rejects names all.
const LINES_NAMED: usize = 20;

/// The attribute of a finding about a whole entry.
pub const ENTRY: &str = "entry";
/// The attribute of a finding about the whole file.
pub const FILE: &str = "file";

/// What became of what a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A value or an entry was refused.
    Refused,
    /// An entry is nobody who signs in.
    Skipped,
    /// Something was left out that the file's reader may have wanted.
    Noted,
}

impl Verdict {
    /// The verdict in a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Skipped => "skipped",
            Self::Noted => "noted",
        }
    }
}

/// One finding. It never holds the value.
///
/// Displayed as `line 12: mobile: not base64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What became of it.
    pub verdict: Verdict,
    /// The physical line on which the value or entry begins, counted from 1.
    pub line: u64,
    /// The attribute's usual name, or `entry`, or `file` if the whole file is meant.
    pub attribute: Cow<'static, str>,
    /// The reason.
    pub rule: Cow<'static, str>,
}

impl Finding {
    /// A value or an entry that was refused.
    pub fn refused(line: u64, attribute: impl Into<Cow<'static, str>>, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { verdict: Verdict::Refused, line, attribute: attribute.into(), rule: rule.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.attribute, self.rule)
    }
}

/// All findings about one file.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    refused: usize,
    skipped: usize,
}

impl Findings {
    /// Adds a finding.
    pub fn add(&mut self, finding: Finding) {
        match finding.verdict {
            Verdict::Refused => self.refused += 1,
            Verdict::Skipped => self.skipped += 1,
            Verdict::Noted => {}
        }
        match self.list.len() {
            count if count < MAX_FINDINGS => self.list.push(finding),
            MAX_FINDINGS => self.list.push(Finding::refused(finding.line, FILE, Rule::TooManyFindings.text())),
            _ => {}
        }
    }

    /// Adds a finding that a rule of the reader has.
    pub(super) fn add_by(&mut self, verdict: Verdict, line: u64, attribute: &'static str, rule: Rule) {
        self.add(Finding { verdict, line, attribute: attribute.into(), rule: rule.text() });
    }

    /// How many values and entries were refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused
    }

    /// How many entries are nobody.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// All findings, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    /// All findings, in the order of the file.
    pub fn sorted(&mut self) -> &[Finding] {
        self.list.sort_by_key(|finding| finding.line);
        &self.list
    }

    /// The findings for people: a line for each reason, in the order of the verdicts and of the file.
    #[must_use]
    pub fn by_reason(&self) -> Vec<String> {
        let mut reasons = BTreeMap::<_, Vec<u64>>::new();
        for Finding { verdict, line, attribute, rule } in &self.list {
            reasons.entry((*verdict, attribute, rule)).or_default().push(*line);
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        for (_, lines) in &mut reasons {
            lines.sort_unstable();
            lines.dedup();
        }
        reasons.sort_by_key(|((verdict, ..), lines)| (*verdict, lines[0]));
        let told = reasons.into_iter().map(|((verdict, attribute, rule), lines)| {
            let word = if verdict == Verdict::Refused { String::new() } else { format!(" ({})", verdict.as_str()) };
            format!("{}: {attribute}: {rule}{word}", Lines(&lines))
        });
        told.collect()
    }
}

/// Displayed as `line 3`, `2 times, lines 3, 4` or `37 times, lines 3, 4, … and 17 more`.
struct Lines<'a>(&'a [u64]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<_> = self.0.iter().take(LINES_NAMED).map(u64::to_string).collect();
        let more = self.0.len() - named.len();
        match self.0.len() {
            1 => f.write_str("line ")?,
            count => write!(f, "{count} times, lines ")?,
        }
        f.write_str(&named.join(", "))?;
        if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(verdict: Verdict, line: u64, rule: &'static str) -> Finding {
        Finding { verdict, ..Finding::refused(line, "mobile", rule) }
    }

    #[test]
    fn a_finding_is_displayed_with_its_line() {
        assert_eq!(Finding::refused(12, "mobile", "not base64").to_string(), "line 12: mobile: not base64");
    }

    #[test]
    fn one_reason_is_one_line_with_the_first_lines_and_a_count() {
        let mut findings = Findings::default();
        findings.add(finding(Verdict::Noted, 1, "note"));
        findings.add(finding(Verdict::Skipped, 9, "skip"));
        for line in (30..53).rev() {
            findings.add(finding(Verdict::Refused, line, "often"));
        }
        findings.add(finding(Verdict::Refused, 3, "twice"));
        findings.add(finding(Verdict::Refused, 2, "twice"));
        let often: Vec<_> = (30..50).map(|line| line.to_string()).collect();
        assert_eq!(
            findings.by_reason(),
            [
                "2 times, lines 2, 3: mobile: twice".to_owned(),
                format!("23 times, lines {} and 3 more: mobile: often", often.join(", ")),
                "line 9: mobile: skip (skipped)".to_owned(),
                "line 1: mobile: note (noted)".to_owned(),
            ]
        );
        assert_eq!((findings.refused(), findings.skipped()), (25, 1));
        let lines: Vec<_> = findings.sorted().iter().map(|finding| finding.line).collect();
        assert!(lines.is_sorted());
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let mut findings = Findings::default();
        for line in 0..MAX_FINDINGS as u64 + 5 {
            findings.add(finding(Verdict::Refused, line, "often"));
        }
        assert_eq!((findings.list.len(), findings.refused()), (MAX_FINDINGS + 1, MAX_FINDINGS + 5));
        assert_eq!(findings.list[MAX_FINDINGS].attribute, FILE);
    }
}
