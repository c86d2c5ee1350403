//! What an import rejected: line, attribute and rule, never a value.

use std::path::Path;

use shared::directory::Reject;

use crate::output::csv::row;
use crate::output::draft::{Draft, Readers, same};
use crate::output::failure::Failure;
use crate::output::streams::Streams;
use crate::output::terminal::escape;

/// The destination of rejects: a CSV file, or standard error.
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

    /// Writes all rejects, sorted by line.
    pub(crate) fn write(self, rejects: &mut [Reject], streams: &mut Streams<'_>) -> Result<(), Failure> {
        rejects.sort_by_key(|reject| reject.line);
        match self.0 {
            Some(mut draft) => draft.write(&csv(rejects)).and_then(|()| draft.publish()).map_err(Failure::Rejects),
            None => {
                for reject in rejects.iter() {
                    streams.tell(&escape(&reject.to_string()));
                }
                Ok(())
            }
        }
    }
}

fn csv(rejects: &[Reject]) -> String {
    let rows = rejects.iter().map(|Reject { line, attribute, rule }| row([line.to_string().as_str(), attribute, rule]));
    row(["line", "attribute", "rule"]) + &rows.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_row_for_each_reject() {
        let reject =
            |line, attribute: &str, rule: &str| Reject { line, attribute: attribute.into(), rule: rule.into() };
        let rejects = [reject(2, "mobile", "not base64"), reject(9, "entry", "one, two")];
        assert_eq!(csv(&rejects), "line,attribute,rule\n2,mobile,not base64\n9,entry,\"one, two\"\n");
        assert_eq!(csv(&[]), "line,attribute,rule\n");
    }
}
