//! CSV output (RFC 4180, but with line feeds), which people will open in a spreadsheet.

use csv::WriterBuilder;

use crate::output::terminal::escape;

/// Characters that can begin a formula in common spreadsheets.
const FORMULA_STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// One row.
///
/// Text from outside is made harmless twice. Control characters are written as `\u{…}`. A cell that a spreadsheet would
/// take for a formula begins with an apostrophe, so that it is shown as text.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail, and the result is text.
    let _ = row.write_record(cells.into_iter().map(cell));
    String::from_utf8(row.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn cell(text: &str) -> String {
    let text = escape(text);
    // Leading spaces do not keep a spreadsheet from reading a formula.
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
