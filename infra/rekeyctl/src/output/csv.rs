//! CSV as it is written here (RFC 4180, lines ended by a line feed), for people who will open it in a spreadsheet.

use csv::WriterBuilder;

use crate::output::terminal::escape;

/// How a formula can begin, in the spreadsheets that people use.
const FORMULA_STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// One row.
///
/// What comes from outside is made harmless twice: control characters are written as `\u{…}`, and a cell that a
/// spreadsheet would take for a formula begins with an apostrophe, which it shows as text.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = WriterBuilder::new().from_writer(Vec::new());
    // Nothing fails where memory is written, and what is written is text.
    let _ = row.write_record(cells.into_iter().map(cell));
    String::from_utf8(row.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn cell(text: &str) -> String {
    let text = escape(text);
    // Spaces before it do not keep a spreadsheet from reading a formula.
    let is_formula = text.trim_start().starts_with(FORMULA_STARTS);
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(row(["a", "b,c", "say \"x\"", ""]), "a,\"b,c\",\"say \"\"x\"\"\",\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, written) in [
            ("=1+1", "'=1+1\n"),
            ("+1 ********00", "'+1 ********00\n"),
            ("-2", "'-2\n"),
            ("@SUM(A1)", "'@SUM(A1)\n"),
            ("＝1", "'＝1\n"),
            ("  =1", "'  =1\n"),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\n"),
            ("\t=1", "\\u{9}=1\n"),
            ("\r=1", "\\u{d}=1\n"),
            ("a=1", "a=1\n"),
        ] {
            assert_eq!(row([text]), written);
        }
    }

    #[test]
    fn a_line_feed_begins_no_row() {
        assert_eq!(row(["a\nb"]), "a\\u{a}b\n");
    }
}
