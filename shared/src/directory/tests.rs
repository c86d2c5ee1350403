use super::*;

/// A value that no reject may show.
const CANARY: &str = "canary-4255550199";

#[test]
fn the_format_follows_from_the_extension() {
    assert_eq!(Format::of_file_name("people.ldif"), Some(Format::Ldif));
    assert_eq!(Format::of_file_name("/some/where/People.CSV"), Some(Format::Csv));
    for other in ["people.txt", "people", "ldif", ".csv", "people.csv.gz", "people.", ""] {
        assert_eq!(Format::of_file_name(other), None, "{other}");
    }
}

#[test]
fn a_reject_is_displayed_with_its_line() {
    let reject = Reject { line: 12, attribute: "mobile".to_owned(), rule: Rule::NotBase64.to_string() };
    assert_eq!(reject.to_string(), "line 12: mobile: not base64");
}

#[test]
fn an_empty_export_has_nobody() {
    let ldif = read(b"", Format::Ldif);
    assert_eq!((ldif.people.len(), ldif.skipped, ldif.rejects.len()), (0, 0, 0));
    let csv = read(b"", Format::Csv);
    assert_eq!((csv.people.len(), csv.skipped), (0, 0));
    assert_eq!(shown(&csv), ["line 1: file: the header has neither userPrincipalName nor mail"]);
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    let mut bytes = vec![b'#'; MAX_FILE_BYTES];
    assert_eq!(shown(&read(&bytes, Format::Ldif)), [""; 0]);
    bytes.push(b'#');
    for format in [Format::Ldif, Format::Csv] {
        assert_eq!(shown(&read(&bytes, format)), ["line 1: file: larger than 67108864 bytes, nothing was read"]);
    }
}

#[test]
fn utf_16_is_named_and_not_read() {
    for mark in [b"\xFF\xFEm\0a\0i\0l\0", b"\xFE\xFF\0m\0a\0i\0l"] {
        for format in [Format::Ldif, Format::Csv] {
            assert_eq!(shown(&read(mark, format)), ["line 1: file: UTF-16 is not read, save it as UTF-8"]);
        }
    }
}

#[test]
fn the_list_of_rejects_is_cut() {
    let rows = |count: usize| format!("mail\n{}last@contoso.example\n", "a,b\n".repeat(count));
    let whole = read(rows(MAX_REJECTS).as_bytes(), Format::Csv);
    assert_eq!(whole.rejects.len(), MAX_REJECTS);
    assert_eq!(whole.rejects.last().unwrap().attribute, "entry");

    let cut = read(rows(MAX_REJECTS + 2).as_bytes(), Format::Csv);
    assert_eq!(cut.rejects.len(), MAX_REJECTS + 1);
    assert_eq!(
        cut.rejects.last().unwrap().to_string(),
        "line 10002: file: more than 10000 rejects, the further ones are not listed"
    );
    assert_eq!(cut.people[0].user_name.text, "last@contoso.example");
}

#[test]
fn both_forms_give_the_same_person() {
    let ldif = "dn: cn=Adele\nobjectClass: user\nuserPrincipalName: adele@contoso.example\ndisplayName: Adele Vance\n\
                mobile: +1 4255550100\ntelephoneNumber: +1 4255550111\notherMailbox: adele.vance@example.org\n\
                mail: adele@contoso.example\ngivenName: Adele\nsn: Vance\npreferredLanguage: en\n\
                userPassword: adele-old-password-2026\n";
    let csv = "userPrincipalName,displayName,mobile,telephoneNumber,otherMailbox,mail,givenName,sn,preferredLanguage,\
               userPassword\nadele@contoso.example,Adele Vance,+1 4255550100,+1 4255550111,adele.vance@example.org,\
               adele@contoso.example,Adele,Vance,en,adele-old-password-2026\n";
    for (text, format) in [(ldif, Format::Ldif), (csv, Format::Csv)] {
        let export = read(text.as_bytes(), format);
        assert_eq!(shown(&export), [""; 0]);
        let [adele] = &export.people[..] else { panic!("one person") };
        let text = |value: &Option<Value>| value.as_ref().unwrap().text.clone();
        assert_eq!(adele.user_name.text, "adele@contoso.example");
        assert_eq!(text(&adele.display_name), "Adele Vance");
        assert_eq!(text(&adele.mobile), "+1 4255550100");
        assert_eq!(text(&adele.office), "+1 4255550111");
        assert_eq!(
            adele.other_mails.iter().map(|mail| &mail.text[..]).collect::<Vec<_>>(),
            ["adele.vance@example.org"]
        );
        assert_eq!(text(&adele.mail), "adele@contoso.example");
        assert_eq!(text(&adele.given_name), "Adele");
        assert_eq!(text(&adele.surname), "Vance");
        assert_eq!(text(&adele.preferred_language), "en");
        assert_eq!(adele.password.as_ref().unwrap().expose(), "adele-old-password-2026");
    }
}

#[test]
fn nothing_printed_shows_a_value() {
    let long = CANARY.repeat(MAX_LINE_BYTES / CANARY.len() + 1);
    let ldif = format!(
        "version: {CANARY}\ndn: {CANARY}\nobjectClass: user\nmail: {CANARY}\nmobile: {CANARY}\nmobile: {CANARY}\n\
         telephoneNumber:: {CANARY}\ncn:< {CANARY}\nsn: {long}\nuserPassword: {{SSHA}}{CANARY}\n\n{CANARY}\n\n\
         dn: {CANARY}\n{CANARY}\n\ndn: a\ndn: {CANARY}\n\ndn: a\nchangetype: {CANARY}\n"
    );
    let csv = format!("mail,mobile,mobile\n{CANARY},{CANARY},{CANARY}\n{CANARY},\"{CANARY}\"a,b\n{CANARY}\n");
    for (text, format, rejects) in [(ldif, Format::Ldif, 10), (csv, Format::Csv, 3)] {
        let export = read(text.as_bytes(), format);
        assert_eq!(export.rejects.len(), rejects);
        assert_eq!(export.people.len(), 1);
        let person = &export.people[0];
        let printed = format!("{export:?} {person:?} {:?} {:?}", person.user_name, shown(&export));
        assert!(!printed.contains("canary") && !printed.contains("4255550199"), "{printed}");
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mut draw = Draw(0x9E37_79B9_7F4A_7C15);
    let (mut people, mut rejects, mut skipped) = (0, 0, 0);
    for round in 0..6_000 {
        let bytes = if round % 4 == 0 { draw.noise() } else { draw.fragments() };
        let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        for format in [Format::Ldif, Format::Csv] {
            let export = read(&bytes, format);
            for reject in &export.rejects {
                assert!((1..=lines).contains(&reject.line), "{reject} of {lines} lines");
            }
            for person in &export.people {
                assert!(!person.user_name.text.is_empty());
                assert!((person.line..=lines).contains(&person.user_name.line));
                let stored = person.mobile.iter().chain(&person.display_name).chain(&person.other_mails);
                assert!(stored.clone().all(|value| (person.line..=lines).contains(&value.line)));
                assert!(stored.clone().all(|value| !value.text.is_empty()));
            }
            people += export.people.len();
            rejects += export.rejects.len();
            skipped += export.skipped;
        }
    }
    // The fragments must reach every kind of result, or this test proves nothing.
    assert!(people > 100 && rejects > 100 && skipped > 100, "{people} {rejects} {skipped}");
}

/// The rejects of an export, as they are shown.
pub(super) fn shown(export: &Export) -> Vec<String> {
    export.rejects.iter().map(ToString::to_string).collect()
}

/// The text of a value, its line and its attribute.
pub(super) fn parts(value: &Value) -> (&str, u64, &str) {
    (&value.text, value.line, value.attribute)
}

pub(super) fn some(value: &Option<Value>) -> (&str, u64, &str) {
    parts(value.as_ref().unwrap())
}

pub(super) const NONE: [&str; 0] = [];

/// A small deterministic generator (xorshift64).
struct Draw(u64);

impl Draw {
    const FRAGMENTS: [&'static [u8]; 32] = [
        b"dn: cn=a\n",
        b"objectClass: person\n",
        b"mail: a@contoso.example\n",
        b"userPrincipalName: b@contoso.example\n",
        b"mobile",
        b"mobile: +1 4255550100\n",
        b"userPassword: {SSHA}x\n",
        b"cn;lang-fr: x\n",
        b":",
        b": ",
        b":: ",
        b":< ",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\n ",
        b" ",
        b"#",
        b"\"",
        b"\"\"",
        b",",
        b"mail,mobile,cn\n",
        b"a@contoso.example,1,2\n",
        b"\"a\nb\",1,2\n",
        b"YQ==",
        b"\xFF",
        b"\xEF\xBB\xBF",
        b"\0",
        b"version: 1\n",
        b"changetype: modify\n",
        b"-\n",
        b"\r",
    ];

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn noise(&mut self) -> Vec<u8> {
        (0..self.below(200)).map(|_| self.next().to_le_bytes()[3]).collect()
    }

    fn fragments(&mut self) -> Vec<u8> {
        let start: &[&[u8]] = &[b"", b"mail,mobile,cn\n", b"dn: cn=a\nobjectClass: user\nmail: a@contoso.example\n"];
        let mut bytes = start[self.below(start.len())].to_vec();
        for _ in 0..self.below(24) {
            bytes.extend_from_slice(Self::FRAGMENTS[self.below(Self::FRAGMENTS.len())]);
        }
        bytes
    }
}
