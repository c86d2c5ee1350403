//! CSV output (RFC 4180, but with line feeds), which people will open in a spreadsheet.

use csv::WriterBuilder;
use shared::directory::guarded;

use crate::output::terminal::escape;

/// One row.
///
/// Text from outside is made harmless twice. Control characters are written as `\u{…}`. A cell that a spreadsheet would
/// take for a formula begins with an apostrophe, so that it is shown as text. That includes phone numbers: without the
/// apostrophe, a spreadsheet drops their plus sign. An import takes both off again.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail, and the result is text.
    let _ = row.write_record(cells.into_iter().map(|text| guarded(escape(text))));
    String::from_utf8(row.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use shared::account::ProfileField;
    use shared::directory::{Format, Options, Plan};
    use shared::identifiers::email_address::EmailAddress;
    use shared::identifiers::phone::Phone;

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
            ("'=1", "''=1\n"),
        ] {
            assert_eq!(row([text]), written);
        }
    }

    #[test]
    fn an_import_reads_the_same_texts_again() {
        let columns = ["userPrincipalName", "displayName", "mobilePhone", "businessPhones", "otherMails", "city"];
        let texts = [
            "-ann@contoso.example",
            "=Ann\u{200d}\u{202e}a, \"the\" 'first'",
            "+44 7700900123",
            "+1 4255550111x7",
            "+ann@example.org, ann@example.org",
            "'-",
        ];
        let plan = Plan::read((row(columns) + &row(texts)).as_bytes(), Format::Csv, &Options::default());
        let [ann] = &plan.users[..] else { panic!("one user") };
        assert_eq!((ann.name.written(), plan.findings.iter().count()), (texts[0], 0));
        let phone = |phone: &Option<Option<Phone>>| phone.as_ref().unwrap().as_ref().unwrap().written();
        assert_eq!((phone(&ann.mobile_phone).as_str(), phone(&ann.business_phone).as_str()), (texts[2], texts[3]));
        let mails = ann.other_mails.as_ref().unwrap().iter().map(EmailAddress::as_str).collect::<Vec<_>>();
        assert_eq!(mails.join(", "), texts[4]);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(ann.profile, [(ProfileField::DisplayName, text(texts[1])), (ProfileField::City, text(texts[5]))]);
    }

    #[test]
    fn a_line_feed_begins_no_row() {
        assert_eq!(row(["a\nb"]), "a\\u{a}b\n");
    }
}
