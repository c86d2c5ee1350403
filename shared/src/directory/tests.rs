mod switches;

use super::*;
use crate::account::ProfileField;

/// For files that may lack contacts.
const ANY: Options = Options {
    mail_as_contact: false,
    empty_clears: false,
    enable: false,
    no_contacts: true,
    default_country: None,
    source: None,
};

/// A value that no reject may show.
const CANARY: &str = "canary-4255550199";

#[test]
fn the_format_follows_from_the_extension() {
    assert_eq!(Format::of_file_name("people.ldif"), Some(Format::Ldif));
    assert_eq!(Format::of_file_name("/some/where/People.CSV"), Some(Format::Csv));
    for (name, format) in [("people.LDF", Format::Ldif), ("people.tsv", Format::Csv), ("people.txt", Format::Csv)] {
        assert_eq!(Format::of_file_name(name), Some(format), "{name}");
    }
    for other in ["people.xlsx", "people", "ldif", ".csv", "people.csv.gz", "people.", ""] {
        assert_eq!(Format::of_file_name(other), None, "{other}");
    }
}

#[test]
fn an_empty_export_has_nobody() {
    let ldif = read(b"", Format::Ldif, &ANY);
    assert_eq!((ldif.people.len(), ldif.findings.skipped(), ldif.findings.refused()), (0, 0, 0));
    let csv = read(b"", Format::Csv, &ANY);
    assert_eq!((csv.people.len(), csv.findings.skipped(), csv.findings.refused()), (0, 0, 1));
    for (text, format, rule) in [
        ("", Format::Ldif, "there is no entry, so nobody is loaded"),
        ("version: 1\n\n# only a comment\n", Format::Ldif, "there is no entry, so nobody is loaded"),
        ("userPrincipalName,mobile\n", Format::Csv, "there is no row below the header, so nobody is loaded"),
        ("userPrincipalName,mobile\n,\n", Format::Csv, "there is no row below the header, so nobody is loaded"),
    ] {
        let export = read(text.as_bytes(), format, &Options::default());
        assert_eq!((noted(&export), export.findings.refused()), (vec![format!("line 1: file: {rule}")], 0), "{text}");
    }
    let group = read(b"dn: g\nobjectClass: group\n", Format::Ldif, &ANY);
    assert_eq!((noted(&group).len(), skipped(&group).len()), (0, 1), "the skipped entry is the reason");
}

#[test]
fn a_file_above_the_limit_is_not_read() {
    let mut bytes = vec![b'#'; MAX_FILE_BYTES];
    assert_eq!(shown(&read(&bytes, Format::Ldif, &ANY)), [""; 0]);
    bytes.push(b'#');
    for format in [Format::Ldif, Format::Csv] {
        assert_eq!(shown(&read(&bytes, format, &ANY)), ["line 1: file: larger than 67108864 bytes, nothing was read"]);
    }
}

#[test]
fn utf_16_is_read_like_utf_8() {
    for (text, format) in [
        ("mail,mobile\r\na@contoso.example,+1 4255550100\r\n", Format::Csv),
        ("dn: a\nmail: a@contoso.example\nmobile: +1 4255550100\n", Format::Ldif),
    ] {
        let bytes: Vec<_> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let export = read(&bytes, format, &ANY);
        assert_eq!(shown(&export), [""; 0]);
        assert_eq!(some(&export.people[0].mobile).0, "+1 4255550100");
    }
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
        let export = read(text.as_bytes(), format, &ANY);
        assert_eq!(shown(&export), [""; 0]);
        let [adele] = &export.people[..] else { panic!("one person") };
        assert_eq!(adele.user_name.text, "adele@contoso.example");
        assert_eq!(profile(adele, ProfileField::DisplayName).unwrap().0, "Adele Vance");
        assert_eq!(some(&adele.mobile).0, "+1 4255550100");
        assert_eq!(some(&adele.office).0, "+1 4255550111");
        assert_eq!(mails(adele).len(), 1);
        assert_eq!(mails(adele)[0].0, "adele.vance@example.org");
        assert_eq!(profile(adele, ProfileField::Mail).unwrap().0, "adele@contoso.example");
        assert_eq!(profile(adele, ProfileField::GivenName).unwrap().0, "Adele");
        assert_eq!(profile(adele, ProfileField::Surname).unwrap().0, "Vance");
        assert_eq!(profile(adele, ProfileField::PreferredLanguage).unwrap().0, "en");
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
    for (text, format, rejects) in [(ldif, Format::Ldif, 8), (csv, Format::Csv, 2)] {
        let mut export = read(text.as_bytes(), format, &ANY);
        assert_eq!(export.findings.refused(), rejects);
        assert_eq!(export.people.len(), 1);
        export.findings.sorted();
        let person = &export.people[0];
        let printed = format!("{export:?} {person:?} {:?} {:?}", person.user_name, export.findings.by_reason());
        assert!(!printed.contains("canary") && !printed.contains("4255550199"), "{printed}");
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mut draw = Draw(0x9E37_79B9_7F4A_7C15);
    let (mut people, mut refused, mut skipped) = (0, 0, 0);
    for round in 0..6_000 {
        let bytes = if round % 4 == 0 { draw.noise() } else { draw.fragments() };
        let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
        for format in [Format::Ldif, Format::Csv] {
            let mut export = read(&bytes, format, &ANY);
            for finding in export.findings.sorted() {
                assert!((1..=lines).contains(&finding.line), "{finding} of {lines} lines");
            }
            for person in &export.people {
                assert!(!person.user_name.text.is_empty());
                assert!((person.line..=lines).contains(&person.user_name.line));
                let phones = [&person.mobile, &person.office].into_iter().flatten().flatten();
                let texts = person.profile.iter().filter_map(|(_, value)| value.as_ref());
                for value in phones.chain(texts).chain(person.other_mails.iter().flatten()) {
                    assert!((person.line..=lines).contains(&value.line) && !value.text.is_empty());
                }
            }
            people += export.people.len();
            refused += export.findings.refused();
            skipped += export.findings.skipped();
        }
    }
    // The fragments must reach every kind of result, or this test proves nothing.
    assert!(people > 100 && refused > 100 && skipped > 50, "{people} {refused} {skipped}");
}

/// The findings of an export with one verdict, as they are shown, in the order in which they were made.
fn findings(export: &Export, verdict: Verdict) -> Vec<String> {
    export.findings.iter().filter(|finding| finding.verdict == verdict).map(ToString::to_string).collect()
}

/// What was refused.
pub(super) fn shown(export: &Export) -> Vec<String> {
    findings(export, Verdict::Refused)
}

/// What was skipped.
pub(super) fn skipped(export: &Export) -> Vec<String> {
    findings(export, Verdict::Skipped)
}

/// What was noted.
pub(super) fn noted(export: &Export) -> Vec<String> {
    findings(export, Verdict::Noted)
}

/// A descriptive value of a person.
pub(super) fn profile(person: &Person, field: ProfileField) -> Option<(&str, u64, &str)> {
    let (_, value) = person.profile.iter().find(|(one, _)| *one == field)?;
    value.as_ref().map(parts)
}

/// The alternate addresses of a person.
pub(super) fn mails(person: &Person) -> Vec<(&str, u64, &str)> {
    person.other_mails.iter().flatten().map(parts).collect()
}

/// The text of a value, its line and its attribute.
pub(super) fn parts(value: &Value) -> (&str, u64, &str) {
    (&value.text, value.line, value.attribute)
}

pub(super) fn some(value: &Option<Option<Value>>) -> (&str, u64, &str) {
    parts(value.as_ref().unwrap().as_ref().unwrap())
}

pub(super) const NONE: [&str; 0] = [];

/// A small deterministic generator (xorshift64).
struct Draw(u64);

impl Draw {
    const FRAGMENTS: [&'static [u8]; 37] = [
        b"dn: cn=a\n",
        b"objectClass: person\n",
        b"objectClass: group\n",
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
        b"ldap_search_ext: Size limit exceeded (4)\n",
        b"search: 2\nresult: 4 Size limit exceeded\n",
        b";",
        b"'\\u{a}",
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
