use super::super::tests::{NONE, parts, shown, some};
use super::super::{Format, MAX_LINE_BYTES, read as read_export};
use super::*;

fn of(text: impl AsRef<[u8]>) -> Export {
    read_export(text.as_ref(), Format::Csv)
}

fn names(export: &Export) -> Vec<(&str, u64)> {
    export.people.iter().map(|person| (&person.user_name.text[..], person.line)).collect()
}

#[test]
fn rows_below_any_header_are_people() {
    let export = of("\u{feff}USERPRINCIPALNAME, mail ,colour,Mobile,otherMailbox,othermailbox,cn,objectClass\n\
         adele@contoso.example,,blue,+1 4255550100,a@example.org,b@example.org,\"Vance, \"\"Adele\"\"\",group\n\
         ,lena@contoso.example,,,,,,\n,,,,,,,\n");
    assert_eq!(shown(&export), NONE);
    assert_eq!(export.skipped, 1);
    assert_eq!(names(&export), [("adele@contoso.example", 2), ("lena@contoso.example", 3)]);
    let adele = &export.people[0];
    assert_eq!(some(&adele.display_name), ("Vance, \"Adele\"", 2, "cn"));
    assert_eq!(some(&adele.mobile), ("+1 4255550100", 2, "mobile"));
    assert_eq!(
        adele.other_mails.iter().map(parts).collect::<Vec<_>>(),
        [("a@example.org", 2, "otherMailbox"), ("b@example.org", 2, "otherMailbox")]
    );
    assert!(adele.mail.is_none());
    let lena = &export.people[1];
    assert_eq!(parts(&lena.user_name), ("lena@contoso.example", 3, "mail"));
    assert_eq!(lena.other_mails.iter().map(parts).collect::<Vec<_>>(), [("lena@contoso.example", 3, "mail")]);
    assert!(lena.mobile.is_none() && lena.display_name.is_none());
}

#[test]
fn lines_are_counted_through_quoted_cells_and_blank_lines() {
    for end in ["\n", "\r\n"] {
        let text =
            ["", "note,mail,cn", "", "\"one", "two\",a@contoso.example,\"A", "B\"", "", "", ",b@contoso.example,B"];
        let export = of(text.join(end));
        assert_eq!(shown(&export), NONE);
        assert_eq!(names(&export), [("a@contoso.example", 4), ("b@contoso.example", 9)], "{end:?}");
        assert_eq!(parts(&export.people[0].user_name), ("a@contoso.example", 5, "mail"));
        assert_eq!(some(&export.people[0].display_name), (&format!("A{end}B")[..], 5, "cn"));
        assert_eq!(some(&export.people[1].display_name), ("B", 9, "cn"));
    }
}

#[test]
fn lines_are_counted_across_the_readers_buffers() {
    let rows = 5_000_u64;
    let mut text = "mail,cn\r\n".to_owned();
    for row in 0..rows {
        text += &format!("person{row}@contoso.example,\"x\r\ny\"\r\n");
    }
    let export = of(text);
    assert_eq!(shown(&export), NONE);
    let lines: Vec<_> = export.people.iter().map(|person| person.line).collect();
    assert_eq!(lines, (0..rows).map(|row| 2 + 2 * row).collect::<Vec<_>>());
}

#[test]
fn a_row_of_another_length_is_refused() {
    let export = of("mail,mobile\na@contoso.example\nb@contoso.example,1,2\nc@contoso.example,3\n");
    let rule = "entry: not as many cells as the header, the row is not loaded";
    assert_eq!(shown(&export), [format!("line 2: {rule}"), format!("line 3: {rule}")]);
    assert_eq!(names(&export), [("c@contoso.example", 4)]);
}

#[test]
fn broken_quotes_are_refused() {
    let rule = "entry: a quote is left open or not doubled, the row is not loaded";
    for (broken, next) in
        [("a@contoso.example,\"x\"y", 3), ("a@contoso.example,5\" disk", 3), ("a@contoso.example,\"x\ny\"z", 4)]
    {
        let export = of(format!("mail,cn\n{broken}\nb@contoso.example,B\n"));
        assert_eq!(shown(&export), [format!("line 2: {rule}")], "{broken}");
        assert_eq!(names(&export), [("b@contoso.example", next)], "{broken}");
    }
    let open = of("mail,cn\na@contoso.example,A\nb@contoso.example,\"B\nc@contoso.example,C\n");
    assert_eq!(shown(&open), [format!("line 3: {rule}")]);
    assert_eq!(names(&open), [("a@contoso.example", 2)]);
    let header = of("mail,\"cn\na@contoso.example,A\n");
    assert_eq!(shown(&header), ["line 1: file: a quote is left open or not doubled, the row is not loaded"]);
}

#[test]
fn a_header_without_a_name_is_rejected_and_all_rows_are_skipped() {
    let export = of("\nmobile;cn\n+1 4255550100;Adele\n");
    assert_eq!(shown(&export), ["line 2: file: the header has neither userPrincipalName nor mail"]);
    assert_eq!((export.people.len(), export.skipped), (0, 1));
}

#[test]
fn a_header_has_a_most_of_columns() {
    let header = |count: usize| format!("mail{}\na@contoso.example{}\n", ",x".repeat(count - 1), ",".repeat(count - 1));
    let most = of(header(MAX_COLUMNS));
    assert_eq!((shown(&most).len(), names(&most)), (0, vec![("a@contoso.example", 2)]));
    let over = of(header(MAX_COLUMNS + 1));
    assert_eq!(shown(&over), ["line 1: file: more than 1024 columns, nothing was read"]);
    assert_eq!(names(&over), []);
}

#[test]
fn unreadable_cells_are_rejected_and_the_person_loads() {
    let mut text = b"mail,mobile,cn,note,userPassword\na@contoso.example,\xFF,".to_vec();
    text.extend("x".repeat(MAX_LINE_BYTES + 1).bytes());
    text.extend(b",\xFF,{SSHA}c2FsdGVk\n");
    let export = of(text);
    assert_eq!(
        shown(&export),
        [
            "line 2: mobile: not UTF-8",
            "line 2: cn: longer than 65536 bytes",
            "line 2: userPassword: hashed passwords are not supported",
        ]
    );
    assert_eq!(names(&export), [("a@contoso.example", 2)]);
    assert!(export.people[0].mobile.is_none() && export.people[0].display_name.is_none());
    assert!(export.people[0].password.is_none());
}

#[test]
fn quotes_follow_the_rfc() {
    for sound in ["", "a,b", "\"\"", "\"a,b\"\r\n", "\"a\"\"b\",c", ",,\"x\"", "\"\"\"\"", "\"a\nb\",\n"] {
        assert!(quoting_of(sound.as_bytes()) == Quoting::Sound, "{sound}");
    }
    for broken in ["\"", "a\"", "\"a\"b", "a,b\"c\"", "\"\"\"", "\"a\" ,b"] {
        assert!(quoting_of(broken.as_bytes()) == Quoting::Broken, "{broken}");
    }
}
