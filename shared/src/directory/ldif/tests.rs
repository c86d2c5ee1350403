use super::super::tests::{NONE, mails, noted, parts, profile, shown, skipped, some};
use super::super::{Format, MAX_LINE_BYTES, MAX_VALUES_PER_ATTRIBUTE, Person, read as read_export};
use super::*;

const CN: ProfileField = ProfileField::DisplayName;

fn of(text: impl AsRef<[u8]>) -> Export {
    read_export(text.as_ref(), Format::Ldif, &Options { no_contacts: true, ..Options::default() })
}

/// An export of one person, adele, with these lines after the third.
fn adele(lines: &str) -> Export {
    of(format!("dn: cn=Adele\nobjectClass: person\nuserPrincipalName: adele@contoso.example\n{lines}"))
}

fn only(export: &Export) -> &Person {
    let [person] = &export.people[..] else { panic!("{} people", export.people.len()) };
    person
}

fn names(export: &Export) -> Vec<&str> {
    export.people.iter().map(|person| &person.user_name.text[..]).collect()
}

#[test]
fn a_whole_file_is_read() {
    let export = of("\u{feff}version: 1\n\
         # The people of Contoso,\n  folded comment\n\
         dn: ou=People,dc=contoso,dc=example\nobjectClass: organizationalUnit\nou: People\n\n\n\n\
         dn: cn=Adele,ou=People,dc=contoso,dc=example\nobjectClass: top\nOBJECTCLASS: inetOrgPerson\n\
         userprincipalname: adele@contoso.example\nDisplayName: Adele\n  Vance\ncn: adele\n\
         mobile: +1 4255550100\ntelephonenumber: +1 425\n 5550111\n\
         otherMailbox: adele.vance@example.org\notherMailbox: adele@example.org\nmail: adele@contoso.example\n\
         description: not read\n\n# between\n\n\
         dn:: Y249TGVuYQ==\nchangetype: add\nobjectClass: user\nmail: lena@contoso.example\n\
         displayName:: TGVuYSBHcm/Dnw==\ngivenName:   Lena\nsn: Groß\npreferredLanguage: de\nuserPassword: lena-2026");
    assert_eq!(shown(&export), NONE);
    assert_eq!(export.findings.skipped(), 1);
    let [adele, lena] = &export.people[..] else { panic!("two people") };

    assert_eq!(adele.line, 10);
    assert_eq!(parts(&adele.user_name), ("adele@contoso.example", 13, "userPrincipalName"));
    assert_eq!(profile(adele, CN).unwrap(), ("Adele Vance", 14, "displayName"));
    assert_eq!(some(&adele.mobile), ("+1 4255550100", 17, "mobile"));
    assert_eq!(some(&adele.office), ("+1 4255550111", 18, "telephoneNumber"));
    assert_eq!(
        mails(adele),
        [("adele.vance@example.org", 20, "otherMailbox"), ("adele@example.org", 21, "otherMailbox")]
    );
    assert_eq!(profile(adele, ProfileField::Mail).unwrap(), ("adele@contoso.example", 22, "mail"));
    assert!(
        profile(adele, ProfileField::GivenName).is_none()
            && profile(adele, ProfileField::Surname).is_none()
            && profile(adele, ProfileField::PreferredLanguage).is_none()
    );
    assert!(adele.password.is_none());

    assert_eq!(lena.line, 27);
    assert_eq!(parts(&lena.user_name), ("lena@contoso.example", 30, "mail"));
    assert_eq!(profile(lena, CN).unwrap(), ("Lena Groß", 31, "displayName"));
    assert_eq!(profile(lena, ProfileField::GivenName).unwrap(), ("Lena", 32, "givenName"));
    assert_eq!(profile(lena, ProfileField::Surname).unwrap(), ("Groß", 33, "sn"));
    assert_eq!(profile(lena, ProfileField::PreferredLanguage).unwrap(), ("de", 34, "preferredLanguage"));
    assert_eq!(lena.other_mails, None, "a person's own mailbox is no contact");
    let password = lena.password.as_ref().unwrap();
    assert_eq!((password.expose(), password.line()), ("lena-2026", 35));
    assert!(lena.mobile.is_none() && lena.office.is_none());
}

#[test]
fn crlf_gives_the_same_lines_and_text() {
    let export = of("version: 1\r\n\r\ndn: a\r\nobjectClass: user\r\nmail: a@contoso.exam\r\n ple\r\n\r\n\r\n\
                     dn: b\r\nobjectClass: user\r\nmail: b@contoso.example\r\n");
    assert_eq!(shown(&export), NONE);
    assert_eq!(
        export.people.iter().map(|person| parts(&person.user_name)).collect::<Vec<_>>(),
        [("a@contoso.example", 5, "mail"), ("b@contoso.example", 11, "mail")]
    );
    assert_eq!(export.people[1].line, 9);
}

#[test]
fn only_version_1_is_known() {
    let export = of("# a comment first\nversion: 2\ndn: a\nobjectClass: user\nmail: a@contoso.example\n");
    assert_eq!(shown(&export), ["line 2: version: only version 1 of LDIF is known"]);
    assert_eq!(names(&export), ["a@contoso.example"]);
    let late = of("dn: a\nobjectClass: user\nmail: a@contoso.example\n\nversion: 1\n");
    assert_eq!(shown(&late), ["line 5: entry: does not begin with a dn, the entry is not loaded"]);
}

#[test]
fn a_fold_after_a_comment_belongs_to_the_comment() {
    let export = adele("cn: Adele\n# a note\n  Vance\n# another\nmobile: +1 425\n 555\n 0100\n");
    assert_eq!(shown(&export), NONE);
    assert_eq!(profile(only(&export), CN).unwrap(), ("Adele", 4, "cn"));
    assert_eq!(some(&only(&export).mobile), ("+1 4255550100", 8, "mobile"));
}

#[test]
fn a_fold_takes_exactly_one_space() {
    let export = adele("cn: Adele\n   Vance\n");
    assert_eq!(profile(only(&export), CN).unwrap(), ("Adele  Vance", 4, "cn"));
    let loose = of("\n folded onto nothing\n\ndn: a\nobjectClass: user\nmail: a@contoso.example\n");
    assert_eq!(shown(&loose), ["line 2: entry: does not begin with a dn, the entry is not loaded"]);
    assert_eq!(names(&loose), ["a@contoso.example"]);
}

#[test]
fn unreadable_values_are_rejected_and_the_person_loads() {
    let export = of(b"dn: a\nobjectClass: user\nmail: a@contoso.example\nmobile:: +1 4255550100\n\
        telephoneNumber:< file:///etc/hosts\ngivenName: \xFF\nsn:: /w==\npreferredLanguage:: ZW4\njpegPhoto:< http://x.example\n\
        jpegPhoto:: ***\n");
    assert_eq!(
        shown(&export),
        [
            "line 4: mobile: not base64",
            "line 5: telephoneNumber: a value given by a URL is never fetched",
            "line 6: givenName: not UTF-8, save the file as UTF-8",
            "line 7: sn: not UTF-8, save the file as UTF-8",
            "line 8: preferredLanguage: not base64",
        ]
    );
    let person = only(&export);
    assert!(person.mobile.is_none() && person.office.is_none() && profile(person, ProfileField::GivenName).is_none());
    assert!(
        profile(person, ProfileField::Surname).is_none() && profile(person, ProfileField::PreferredLanguage).is_none()
    );
}

#[test]
fn a_broken_line_refuses_its_entry_only() {
    for broken in ["5550100", "\tfold", "-", "mob ile: +1 4255550100", ": value", "mobile : +1 4255550100", ";x: y"] {
        let export = of(format!(
            "dn: a\nobjectClass: user\nmail: a@contoso.example\nmobile: +1 425\n{broken}\n\n\
             dn: b\nobjectClass: user\nmail: b@contoso.example\n"
        ));
        let expected = "line 5: entry: not an attribute, a colon and a value, the entry is not loaded";
        assert_eq!(shown(&export), [expected], "{broken}");
        assert_eq!(names(&export), ["b@contoso.example"], "{broken}");
        assert_eq!(export.findings.skipped(), 0);
    }
}

#[test]
fn values_of_two_entries_never_mix() {
    let joined =
        of("dn: a\nobjectClass: user\nmail: a@contoso.example\nDN: b\nobjectClass: user\nmobile: +1 4255550100\n");
    assert_eq!(shown(&joined), ["line 4: entry: a second dn without a blank line before it, the entry is not loaded"]);
    assert_eq!(names(&joined), NONE);
    let torn = of("dn: a\nobjectClass: user\nmail: a@contoso.example\n\nobjectClass: user\nmail: b@contoso.example\n");
    assert_eq!(shown(&torn), ["line 5: entry: does not begin with a dn, the entry is not loaded"]);
    assert_eq!(names(&torn), ["a@contoso.example"]);
}

#[test]
fn changes_other_than_add_are_refused() {
    let export = of(
        "dn: a\nchangetype: modify\nreplace: mobile\nmobile: +1 4255550100\n-\nadd: mail\nmail: x@example.org\n-\n\n\
         dn: b\nchangetype: delete\n\ndn: c\ncontrol: 1.2.3 true\nchangetype: modrdn\nnewrdn: cn=d\ndeleteoldrdn: 1\n\n\
         dn: d\nchangetype:: bW9kZG4=\n\ndn: e\nchangetype:< file:///x\n\n\
         dn: f\nchangetype: Add\nobjectClass: user\nmail: f@contoso.example\n",
    );
    let refused = |line| format!("line {line}: changetype: a change other than add is not read");
    assert_eq!(shown(&export), [2, 11, 15, 20, 23].map(refused));
    assert_eq!(names(&export), ["f@contoso.example"]);
    assert_eq!(export.findings.skipped(), 0);
}

#[test]
fn entries_that_are_not_people_are_skipped_with_their_reason() {
    let entry = |class: &str, name: &str| format!("dn: x\nobjectClass: top\n{class}\n{name}\n\n");
    let mail = "mail: x@contoso.example";
    let no_name = "entry: neither userPrincipalName nor mail, so nobody can sign in";
    let no_person = |class: &str| format!("objectClass: {class} is no class of people");
    let entries = [
        (entry("objectClass: groupOfNames", mail), no_person("groupOfNames")),
        (entry("objectClass: applicationProcess", "cn: App"), no_person("applicationProcess")),
        (entry("objectClass: inetOrgPerson", "uid: app"), no_name.to_owned()),
        (entry("objectClass: person", "mail:"), no_name.to_owned()),
        (entry("objectClass: user\nobjectClass: Computer", mail), no_person("computer")),
        (entry("objectClass: person\nobjectClass: contact", mail), no_person("contact")),
        (entry("description: nothing else", "ou: People"), no_name.to_owned()),
    ];
    for (text, reason) in entries {
        let export = of(&text);
        assert_eq!((skipped(&export), shown(&export)), (vec![format!("line 1: {reason}")], Vec::new()), "{text}");
        assert_eq!(names(&export), NONE);
    }
    for class in ["objectClass: person", "objectClass: INETORGPERSON", "objectClass: nsPerson", "description: no class"]
    {
        let export = of(entry(class, mail));
        assert_eq!((names(&export), skipped(&export)), (vec!["x@contoso.example"], Vec::new()), "{class}");
    }
}

#[test]
fn an_entry_whose_class_cannot_be_read_is_nobody() {
    let export = of("dn: a\nobjectClass:: ***\nmail: a@contoso.example\n");
    assert_eq!(names(&export), NONE);
    assert_eq!(
        shown(&export),
        ["line 2: objectClass: not base64", "line 1: entry: what the entry is could not be read, it is not loaded"]
    );
}

#[test]
fn a_file_without_contacts_is_read_only_if_that_is_wanted() {
    let text = b"dn: a\nmail: a@contoso.example\n";
    assert_eq!(names(&of(text)), ["a@contoso.example"]);
    let export = read_export(text, Format::Ldif, &Options::default());
    assert_eq!(names(&export), NONE);
    assert!(shown(&export)[0].starts_with("line 1: file: the file has no known contact"));
}

#[test]
fn what_ldapsearch_writes_around_entries_is_passed_over() {
    let export = of("# extended LDIF\n#\n# LDAPv3\n\n# ines, people\ndn: uid=ines\nmail: ines@contoso.example\n\n\
         # search reference\nref: ldap://other.example/dc=other,dc=example??sub\n\n\
         # search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 3\n# numEntries: 1\n");
    assert_eq!((shown(&export), skipped(&export)), (Vec::new(), Vec::new()));
    assert_eq!(names(&export), ["ines@contoso.example"]);
}

#[test]
fn lines_may_end_in_a_carriage_return_alone() {
    let export = of("dn: a\rmail: a@contoso.example\r\rdn: b\rmail: b@contoso.example\rmobile:: *\r");
    assert_eq!(names(&export), ["a@contoso.example", "b@contoso.example"]);
    assert_eq!(shown(&export), ["line 6: mobile: not base64"]);
}

#[test]
fn switched_off_people_are_recognised_by_any_attribute() {
    for (line, expected) in [
        ("userAccountControl: 514", Some(true)),
        ("userAccountControl: 512", Some(false)),
        ("nsAccountLock: true", Some(true)),
        ("pwdAccountLockedTime: 000001010000Z", Some(true)),
        ("pwdAccountLockedTime: 20261130120000Z", None),
        ("loginDisabled: TRUE", Some(true)),
        ("description: none", None),
    ] {
        assert_eq!(only(&adele(line)).is_off, expected, "{line}");
    }
    let unreadable = adele("userAccountControl: many\n");
    assert_eq!(
        shown(&unreadable),
        [
            "line 4: userAccountControl: not a decimal number",
            "line 1: entry: whether the account is switched off could not be read, the person is not loaded",
        ]
    );
    assert_eq!(only(&adele("userAccountControl: many\nnsAccountLock: true\n")).is_off, Some(true));
}

#[test]
fn attributes_that_look_like_contacts_are_noted_once() {
    let entry = |name| format!("dn: x\nmail: {name}@contoso.example\notherMobile: +1 4255550109\nhomePhone: 1\n\n");
    let export = of(entry("a") + &entry("b"));
    assert_eq!(
        noted(&export),
        [
            "line 2: mail: a person's own mailbox is no contact; rekeyctl import --mail-as-contact uses it as one",
            "line 3: otherMobile: not read; a phone is read from mobile or telephoneNumber",
            "line 4: homePhone: not read; a phone is read from mobile or telephoneNumber",
        ]
    );
}

#[test]
fn further_values_of_single_ones_are_rejected() {
    let export = adele(
        "mobile: +1 4255550100\nmobile: +1 4255550101\ntelephoneNumber: +1 4255550111\ntelephoneNumber: +1 4255550112\n\
         telephoneNumber: +1 4255550113\nuserPrincipalName: other@contoso.example\nuserPassword: first-2026\n\
         userPassword: second-2026\ncn: Adele\ncn: Vance\nsn: One\nsn: Two\nmail: a@example.org\nmail: b@example.org\n",
    );
    assert_eq!(
        shown(&export),
        [
            "line 9: userPrincipalName: more than one value, the first is the account's name",
            "line 5: mobile: more than one value, the first is used",
            "line 7: telephoneNumber: more than one value, the first is used",
            "line 8: telephoneNumber: more than one value, the first is used",
            "line 11: userPassword: more than one value, the first is used",
        ]
    );
    let adele = only(&export);
    assert_eq!(adele.user_name.text, "adele@contoso.example");
    assert_eq!(some(&adele.mobile), ("+1 4255550100", 4, "mobile"));
    assert_eq!(some(&adele.office), ("+1 4255550111", 6, "telephoneNumber"));
    assert_eq!(adele.password.as_ref().unwrap().expose(), "first-2026");
    assert_eq!(profile(adele, CN).unwrap(), ("Adele", 12, "cn"));
    assert_eq!(profile(adele, ProfileField::Surname).unwrap(), ("One", 14, "sn"));
    assert_eq!(profile(adele, ProfileField::Mail).unwrap(), ("a@example.org", 16, "mail"));
    assert_eq!(adele.other_mails, None);
}

#[test]
fn a_second_mail_is_reported_only_where_mail_is_the_name() {
    let export = of("dn: a\nobjectClass: user\nmail: a@contoso.example\nmail: a@example.org\n");
    assert_eq!(shown(&export), ["line 4: mail: more than one value, the first is the account's name"]);
    assert_eq!(only(&export).user_name.text, "a@contoso.example");
    let options = Options { mail_as_contact: true, ..Options::default() };
    let text = b"dn: a\nmail: a@contoso.example\nmail: a@example.org\n";
    let export = read_export(text, Format::Ldif, &options);
    assert_eq!(mails(only(&export)).len(), 2);
}

#[test]
fn options_are_dropped_and_count_last() {
    let export = adele(
        "cn;lang-fr: Adèle\ncn: Adele\nmobile;lang-en: +1 4255550101\nmobile: +1 4255550100\n\
                        givenName;lang-fr;x-spoken: Adèle\n",
    );
    assert_eq!(shown(&export), ["line 6: mobile: more than one value, the first is used"]);
    assert_eq!(noted(&export), NONE);
    let adele = only(&export);
    assert_eq!(profile(adele, CN).unwrap(), ("Adele", 5, "cn"));
    assert_eq!(some(&adele.mobile), ("+1 4255550100", 7, "mobile"));
    assert_eq!(profile(adele, ProfileField::GivenName).unwrap(), ("Adèle", 8, "givenName"));
}

#[test]
fn hashed_passwords_are_noted_and_the_person_loads() {
    let export = adele("userPassword: {SSHA}c2FsdGVk\nuserPassword:: e1NIQX1h\n");
    let rule = "userPassword: hashed passwords are not used, the person has none here";
    assert_eq!(
        (shown(&export), noted(&export)),
        (Vec::new(), vec![format!("line 4: {rule}"), format!("line 5: {rule}")])
    );
    assert!(only(&export).password.is_none());
    let of_no_person = of("dn: a\nobjectClass: applicationProcess\nuserPassword: {SSHA}c2FsdGVk\n");
    assert_eq!((shown(&of_no_person).len(), of_no_person.findings.skipped()), (0, 1));
}

#[test]
fn nothing_stands_in_for_what_could_not_be_read() {
    let unnamed = of("dn: a\nobjectClass: user\nuserPrincipalName:: *\nmail: a@contoso.example\n");
    assert_eq!(
        shown(&unnamed),
        [
            "line 3: userPrincipalName: not base64",
            "line 1: entry: the account's name could not be read, the person is not loaded",
        ]
    );
    assert_eq!((unnamed.people.len(), unnamed.findings.skipped()), (0, 0));

    let export =
        adele("otherMailbox:: *\nmail: a@contoso.example\ndisplayName:: *\ncn: Adele\nmobile:: *\nmobile: 1\n");
    assert_eq!(shown(&export).len(), 3);
    let adele = only(&export);
    assert!(adele.other_mails.is_none() && profile(adele, CN).is_none());
    assert_eq!(some(&adele.mobile), ("1", 9, "mobile"), "another value of the same attribute is no stand-in");
}

#[test]
fn an_empty_value_is_none() {
    let export =
        of("dn: a\nobjectClass: user\nuserPrincipalName:\nmail: a@contoso.example\nmobile:  \nmobile:: \nsn:\n");
    assert_eq!(shown(&export), NONE);
    assert_eq!(parts(&only(&export).user_name), ("a@contoso.example", 4, "mail"));
    assert_eq!(only(&export).mobile, Some(None), "the file says that there is none");
    assert!(profile(only(&export), ProfileField::Surname).is_none());
}

#[test]
fn text_stays_raw_but_for_white_space_around_it() {
    let export = adele("mobile: tel:+1-425 \ncn: :<#\n");
    assert_eq!(some(&only(&export).mobile), ("tel:+1-425", 4, "mobile"));
    assert_eq!(profile(only(&export), CN).unwrap(), (":<#", 5, "cn"));
}

#[test]
fn a_line_has_a_longest_length() {
    let longest = "x".repeat(MAX_LINE_BYTES - "cn: ".len());
    let fits = adele(&format!("cn: {longest}\n"));
    assert_eq!(profile(only(&fits), CN).unwrap().0, longest);
    let over = adele(&format!("cn: {longest}\n x\nmobile: 1\njpegPhoto: {longest}\n"));
    assert_eq!(shown(&over), ["line 4: cn: longer than 65536 bytes"]);
    assert!(profile(only(&over), CN).is_none());
    assert_eq!(some(&only(&over).mobile), ("1", 6, "mobile"));
}

#[test]
fn an_attribute_has_a_most_of_values() {
    let file = |count: usize| "otherMailbox: a@example.org\n".repeat(count);
    let most = adele(&file(MAX_VALUES_PER_ATTRIBUTE));
    assert_eq!((shown(&most).len(), mails(only(&most)).len()), (0, MAX_VALUES_PER_ATTRIBUTE));
    let over = adele(&file(MAX_VALUES_PER_ATTRIBUTE + 3));
    assert_eq!(shown(&over), ["line 68: otherMailbox: more than 64 values, the further ones are not used"]);
    assert_eq!(mails(only(&over)).len(), MAX_VALUES_PER_ATTRIBUTE);
}

#[test]
fn two_people_of_one_name_both_load() {
    let export =
        of("dn: a\nobjectClass: user\nmail: a@contoso.example\n\ndn: b\nobjectClass: user\nmail: A@contoso.example\n");
    assert_eq!(names(&export), ["a@contoso.example", "A@contoso.example"]);
}
