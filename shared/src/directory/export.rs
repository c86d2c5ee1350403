//! The result of reading an export: people with their raw values, and everything that was not used.

use super::findings::{Findings, Verdict};
use super::person::Person;
use super::rule::{MAX_LINE_BYTES, Rule};

/// The result of reading one export.
#[derive(Debug, Default)]
pub struct Export {
    /// The people, in the order of the file. Two of them may have the same name.
    pub people: Vec<Person>,
    /// What was refused, skipped or noted.
    pub findings: Findings,
}

impl Export {
    pub(super) fn refuse(&mut self, line: u64, attribute: &'static str, rule: Rule) {
        self.findings.add_by(Verdict::Refused, line, attribute, rule);
    }

    pub(super) fn skip(&mut self, line: u64, attribute: &'static str, rule: Rule) {
        self.findings.add_by(Verdict::Skipped, line, attribute, rule);
    }

    pub(super) fn note(&mut self, line: u64, attribute: &'static str, rule: Rule) {
        self.findings.add_by(Verdict::Noted, line, attribute, rule);
    }
}

/// Decodes the bytes of a value as text.
pub(super) fn text_of(bytes: &[u8]) -> Result<String, Rule> {
    if bytes.len() > MAX_LINE_BYTES {
        return Err(Rule::TooLong);
    }
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Rule::NotUtf8)
}
