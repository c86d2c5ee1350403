//! What an import has found: line, attribute and rule, never a value.

use std::path::Path;

use shared::directory::{Finding, Findings};

use crate::output::csv::row;
use crate::output::draft::{Draft, Readers, same};
use crate::output::failure::Failure;
use crate::output::streams::Streams;
use crate::output::terminal::escape;

/// The destination of what was found: a CSV file, if one is named.
pub(crate) struct Report(Option<Draft>);

impl Report {
    /// Opens the file before anything happens that it should report. Refuses the export itself, which would be lost.
    pub(crate) fn open(path: Option<&Path>, export: &Path) -> Result<Self, Failure> {
        if path.is_some_and(|path| same(path, export)) {
            return Err(Failure::RejectsAreExport);
        }
        let draft = path.map(|path| Draft::open(path, Readers::AsBefore)).transpose();
        draft.map(Self).map_err(Failure::Rejects)
    }

    /// Writes all findings to the file, sorted by line, and a line for each reason to standard error.
    pub(crate) fn write(self, findings: &mut Findings, streams: &mut Streams<'_>) -> Result<(), Failure> {
        for line in findings.by_reason() {
            streams.tell(&escape(&line));
        }
        let Some(mut draft) = self.0 else { return Ok(()) };
        draft.write(&csv(findings.sorted())).and_then(|()| draft.publish()).map_err(Failure::Rejects)
    }
}

fn csv(findings: &[Finding]) -> String {
    let rows = findings.iter().map(|Finding { line, attribute, rule, verdict }| {
        row([line.to_string().as_str(), attribute, rule, verdict.as_str()])
    });
    row(["line", "attribute", "rule", "verdict"]) + &rows.collect::<String>()
}

#[cfg(test)]
mod tests {
    use shared::directory::Verdict;

    use super::*;

    #[test]
    fn a_report_is_a_row_for_each_finding() {
        let refused = Finding::refused(2, "mobile", "not base64");
        let noted = Finding { verdict: Verdict::Noted, ..Finding::refused(9, "entry", "one, two") };
        assert_eq!(
            csv(&[refused, noted]),
            "line,attribute,rule,verdict\n2,mobile,not base64,refused\n9,entry,\"one, two\",noted\n"
        );
        assert_eq!(csv(&[]), "line,attribute,rule,verdict\n");
    }
}
