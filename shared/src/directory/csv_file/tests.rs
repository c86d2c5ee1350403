use super::super::tests::{NONE, mails, noted, parts, profile, shown, skipped, some};
use super::super::{Format, MAX_LINE_BYTES, read as read_export};
use super::*;
use crate::directory::Person;

/// A file that may lack contacts.
fn of(text: impl AsRef<[u8]>) -> Export {
    read_export(text.as_ref(), Format::Csv, &Options { no_contacts: true, ..Options::default() })
}

fn display_name(person: &Person) -> (&str, u64, &str) {
    profile(person, ProfileField::DisplayName).unwrap()
}

fn names(export: &Export) -> Vec<(&str, u64)> {
    export.people.iter().map(|person| (&person.user_name.text[..], person.line)).collect()
}

#[test]
fn rows_below_any_header_are_people() {
    let export = of("\u{feff}USERPRINCIPALNAME, mail ,colour,Mobile,otherMailbox,othermailbox,cn\n\
         adele@contoso.example,,blue,+1 4255550100,a@example.org,b@example.org,\"Vance, \"\"Adele\"\"\"\n\
         ,lena@contoso.example,,,,,\n,,,,,,\n,,blue,,,,\n");
    assert_eq!(shown(&export), NONE);
    assert_eq!(skipped(&export), ["line 5: entry: neither userPrincipalName nor mail, so nobody can sign in"]);
    assert_eq!(names(&export), [("adele@contoso.example", 2), ("lena@contoso.example", 3)]);
    let adele = &export.people[0];
    assert_eq!(display_name(adele), ("Vance, \"Adele\"", 2, "cn"));
    assert_eq!(some(&adele.mobile), ("+1 4255550100", 2, "mobile"));
    assert_eq!(mails(adele), [("a@example.org", 2, "otherMailbox"), ("b@example.org", 2, "otherMailbox")]);
    assert!(profile(adele, ProfileField::Mail).is_none());
    let lena = &export.people[1];
    assert_eq!(parts(&lena.user_name), ("lena@contoso.example", 3, "mail"));
    assert_eq!((&lena.mobile, &lena.other_mails), (&Some(None), &Some(Vec::new())), "the cells are empty");
    assert!(lena.office.is_none(), "there is no such column");
}

#[test]
fn the_delimiter_and_the_lines_before_the_header_are_found() {
    for (text, first) in [
        ("mail;mobile;cn\na@contoso.example;+1 4255550100;\"Vance; Adele\"\n", 2),
        ("mail\tmobile\tcn\na@contoso.example\t+1 4255550100\tVance; Adele\n", 2),
        ("sep=;\nmail;mobile;cn\na@contoso.example;+1 4255550100;\"Vance; Adele\"\n", 3),
        ("#TYPE Microsoft.User\r\nmail,mobile,cn\r\na@contoso.example,+1 4255550100,Vance; Adele\r\n", 3),
        ("version:v1.0,,\nmail,mobile,cn\na@contoso.example,+1 4255550100,Vance; Adele\n", 3),
        ("mail,mobile,cn\ra@contoso.example,+1 4255550100,Vance; Adele\r", 2),
    ] {
        let export = of(text);
        assert_eq!(shown(&export), NONE, "{text}");
        assert_eq!(names(&export), [("a@contoso.example", first)], "{text}");
        assert_eq!(display_name(&export.people[0]).0, "Vance; Adele", "{text}");
    }
}

#[test]
fn groups_and_computers_are_no_people() {
    let export = of("DN,objectClass,userPrincipalName,mobile\n\
         a,top;person;organizationalPerson;user,a@contoso.example,\n\
         b,top;person;organizationalPerson;user;computer,b@contoso.example,\nc,\"top;group\",c@contoso.example,\n\
         d,top;person;organizationalPerson;contact,d@contoso.example,\n");
    assert_eq!(names(&export), [("a@contoso.example", 2)]);
    let classes = [(3, "computer"), (4, "group"), (5, "contact")];
    let expected = classes.map(|(line, class)| format!("line {line}: objectClass: {class} is no class of people"));
    assert_eq!(skipped(&export), expected);
}

#[test]
fn lists_in_one_cell_are_split() {
    let export = of("mail,otherMails\na@contoso.example,x@example.org; y@example.org\n\
         b@contoso.example,\"x@example.org,y@example.org\"\nc@contoso.example,System.String[]\n");
    for person in &export.people[..2] {
        assert_eq!(mails(person).iter().map(|mail| mail.0).collect::<Vec<_>>(), ["x@example.org", "y@example.org"]);
    }
    let rule = "PowerShell wrote the type of a list in its place; join the list before the export";
    assert_eq!(shown(&export), [format!("line 4: otherMails: {rule}")]);
    assert_eq!(export.people[2].other_mails, None);
}

#[test]
fn of_several_phones_the_first_is_used_and_of_several_names_the_users_own() {
    let export = of("login,userPrincipalName,businessPhones\nada,ada@contoso.example,+1 4255550111;+1 4255550112\n");
    assert_eq!(names(&export), [("ada@contoso.example", 2)]);
    assert_eq!(some(&export.people[0].office).0, "+1 4255550111");
    assert_eq!(shown(&export), ["line 2: businessPhones: more than one value, the first is used"]);
    let export = of("login,mail,mobile\nada@contoso.example,a@example.org,\n");
    assert_eq!(names(&export), [("ada@contoso.example", 2)]);
}

#[test]
fn a_switch_in_another_language_refuses_the_file() {
    let export =
        of("Benutzername [userPrincipalName],Mobil [mobile],Anmeldung blockieren [accountEnabled]\na@b.example,,Ja\n");
    assert_eq!(names(&export), []);
    assert!(shown(&export)[0].contains("may mean the opposite"));
}

#[test]
fn a_password_keeps_its_white_space() {
    let export = of("mail,mobile,userPassword\na@contoso.example, +1 4255550100 , walrus \n");
    assert_eq!(export.people[0].password.as_ref().unwrap().expose(), " walrus ");
    assert_eq!(some(&export.people[0].mobile).0, "+1 4255550100");
}

#[test]
fn a_header_cannot_steer_a_terminal() {
    let export = of("mail,mobile,\u{1b}[2Jphone\na@contoso.example,,\n");
    assert!(noted(&export)[0].starts_with("line 1: [2Jphone: not read"), "{:?}", noted(&export));
}

#[test]
fn bytes_of_csvde_are_decoded() {
    let export = of("mail,cn,sn\na@contoso.example,X'416ec3af73',X'41\nb@contoso.example,X'ff',X''\n");
    assert_eq!(display_name(&export.people[0]).0, "Anïs");
    assert_eq!(profile(&export.people[0], ProfileField::Surname).unwrap().0, "X'41");
    assert_eq!(shown(&export), ["line 3: cn: not UTF-8, save the file as UTF-8"]);
}

#[test]
fn a_file_without_contacts_is_read_only_if_that_is_wanted() {
    let text = "userPrincipalName,displayName\na@contoso.example,A\n";
    assert_eq!(names(&of(text)), [("a@contoso.example", 2)]);
    let export = read_export(text.as_bytes(), Format::Csv, &Options::default());
    assert_eq!(names(&export), []);
    let rule = "the file has no known contact (mobile, telephoneNumber or otherMailbox), nothing was read; rekeyctl \
                import --no-contacts reads it all the same";
    assert_eq!(shown(&export), [format!("line 1: file: {rule}")]);
}

#[test]
fn columns_that_look_like_contacts_are_noted_once() {
    let export = of("mail,mobile,Home Phone,Secondary Mail,colour\na@contoso.example,,1,2,\nb@contoso.example,,3,4,\n");
    assert_eq!(
        noted(&export),
        [
            "line 1: Home Phone: not read; a phone is read from mobile or telephoneNumber",
            "line 1: Secondary Mail: not read; an address is read from otherMailbox",
            "line 1: mail: a person's own mailbox is no contact; rekeyctl import --mail-as-contact uses it as one",
        ]
    );
    let options = Options { mail_as_contact: true, ..Options::default() };
    let export = read_export(b"mail,cn\na@contoso.example,A\n", Format::Csv, &options);
    assert_eq!((noted(&export), mails(&export.people[0])), (Vec::new(), vec![("a@contoso.example", 2, "mail")]));
}

#[test]
fn switched_off_people_are_recognised_by_any_column() {
    for (column, off, on) in [
        ("accountEnabled", "False", "True"),
        ("Enabled", "no", "yes"),
        ("Block credential", "True", "False"),
        ("Block sign in (Yes/No) [accountEnabled] Required", "Yes", "No"),
        ("userAccountControl", "514", "512"),
        ("nsAccountLock", "TRUE", "FALSE"),
        ("status", "DEPROVISIONED", "ACTIVE"),
        ("Status [READ ONLY]", "Suspended", "Active"),
    ] {
        let text = format!("mail,{column}\na@b.example,{off}\nb@b.example,{on}\nc@b.example,\nd@b.example,?\n");
        let export = of(text);
        let said: Vec<_> = export.people.iter().map(|person| person.is_off).collect();
        assert_eq!(said, [Some(true), Some(false), None], "{column}");
        assert_eq!(shown(&export).len(), 2, "{column}: a switch that cannot be read refuses its person");
    }
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
        assert_eq!(display_name(&export.people[0]), (&format!("A{end}B")[..], 5, "cn"));
        assert_eq!(display_name(&export.people[1]), ("B", 9, "cn"));
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
fn rows_with_another_delimiter_than_the_header_are_refused_once() {
    let rule = "file: the header has commas between its cells, but rows from here on have semicolons; these rows are \
                not loaded";
    let export =
        of("mail,mobile,cn\n\"a@contoso.example\";\"1\";\"A\"\nb@contoso.example;2;B\nc@contoso.example,3,C\n");
    assert_eq!(shown(&export), [format!("line 2: {rule}")]);
    assert_eq!(names(&export), [("c@contoso.example", 4)]);
    let export = of("mail\tmobile\na@contoso.example,1\nb@contoso.example,2\n");
    assert!(shown(&export)[0].contains("has tabs between its cells, but rows from here on have commas"));
    assert_eq!(shown(&export).len(), 1);
}

#[test]
fn the_mark_of_a_spreadsheet_is_taken_off() {
    let export = of("userPrincipalName,mobile,businessPhones,cn,userPassword\n\
         '-ann@contoso.example,'+1 4255550100,'0170 5550100,'=Ann\\u{200d}a,'-walrus\n\
         b@contoso.example,'(425) 5550100,,'round the clock,\n");
    assert_eq!(shown(&export), NONE);
    let [ann, other] = &export.people[..] else { panic!("two people") };
    assert_eq!(ann.user_name.text, "-ann@contoso.example");
    assert_eq!((some(&ann.mobile).0, some(&ann.office).0), ("+1 4255550100", "0170 5550100"));
    assert_eq!(display_name(ann).0, "=Ann\u{200d}a");
    assert_eq!(ann.password.as_ref().unwrap().expose(), "'-walrus", "a password stays as it is");
    assert_eq!((some(&other.mobile).0, display_name(other).0), ("'(425) 5550100", "'round the clock"));
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
fn a_header_without_a_name_is_refused_and_no_row_is_read() {
    let export = of("\nmobile;cn\n+1 4255550100;Adele\n+1 4255550101;Lena\n");
    assert_eq!(shown(&export).len(), 1, "the header's fault is told once");
    assert!(shown(&export)[0].starts_with("line 2: file: the header has no known name"));
    assert_eq!((export.people.len(), export.findings.skipped()), (0, 0));
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
        ["line 2: mobile: not UTF-8, save the file as UTF-8", "line 2: cn: longer than 65536 bytes",]
    );
    assert_eq!(names(&export), [("a@contoso.example", 2)]);
    assert!(
        export.people[0].mobile.is_none()
            && export.people[0].profile.iter().all(|(field, _)| *field == ProfileField::Mail)
    );
    let note = "line 2: userPassword: hashed passwords are not used, the person has none here";
    assert!(noted(&export).contains(&note.to_owned()));
    assert!(export.people[0].password.is_none());
}

#[test]
fn quotes_follow_the_rfc() {
    for sound in ["", "a,b", "\"\"", "\"a,b\"\r\n", "\"a\"\"b\",c", ",,\"x\"", "\"\"\"\"", "\"a\nb\",\n"] {
        assert!(quoting_of(sound.as_bytes(), b',') == Quoting::Sound, "{sound}");
    }
    for broken in ["\"", "a\"", "\"a\"b", "a,b\"c\"", "\"\"\"", "\"a\" ,b"] {
        assert!(quoting_of(broken.as_bytes(), b',') == Quoting::Broken, "{broken}");
    }
}
