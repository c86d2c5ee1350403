use super::*;
use crate::directory::tests::{noted, shown, skipped};
use crate::directory::{Export, Format, Options, read};

#[test]
fn the_number_of_a_result_is_read() {
    for (text, code) in [
        ("result: 4 Size limit exceeded", Some(4)),
        ("Result: 0 Success", Some(0)),
        ("search result: 32 No such object", Some(32)),
        ("result: many", None),
        ("numResponses: 4", None),
        ("result:", None),
    ] {
        assert_eq!(result(text), code, "{text}");
    }
}

#[test]
fn the_number_of_a_message_is_read() {
    for (text, code) in [
        ("ldap_search_ext: Size limit exceeded (4)", Some(4)),
        ("ldap_sasl_bind(SIMPLE): Can't contact LDAP server (-1)", Some(-1)),
        ("ldap_start_tls: Connect error (-11)", Some(-11)),
        ("ldapsearch: Timelimit exceeded (3)", Some(3)),
        ("ldap_version: 3", None),
        ("Size limit exceeded (4)", None),
    ] {
        assert_eq!(call(text), code, "{text}");
    }
    assert_eq!(error("Size limit exceeded (4)"), Some(4));
    for text in ["cn: Adele2 (4)", "Adele (4) Vance", "Adele (Vance)", "(4)", "Ü (4)"] {
        assert_eq!(error(text), None, "{text}");
    }
}

/// Two people, and what else stands in the file.
fn export(before: &str, between: &str, after: &str) -> Export {
    let person = |name: &str| format!("dn: uid={name}\nmail: {name}@contoso.example\nmobile: +1 4255550100\n");
    let text = format!("{before}{}{between}\n{}\n{after}", person("a"), person("b"));
    read(text.as_bytes(), Format::Ldif, &Options::default())
}

const MAIL: &str =
    "line 2: mail: a person's own mailbox is no contact; rekeyctl import --mail-as-contact uses it as one";

#[test]
fn a_search_that_did_not_end_well_is_refused_and_its_people_load() {
    let rule = |code: i32| {
        format!(
            "file: the search ended with result {code}, so people may be missing; export again, for example in pages \
             with ldapsearch -E pr=1000/noprompt"
        )
    };
    for (before, between, after, line, code) in [
        ("", "", "search: 2\nresult: 4 Size limit exceeded\n\n# numEntries: 2\n", 10, 4),
        ("", "", "# search result\nsearch: 2\nresult: 3 Time limit exceeded\n", 11, 3),
        ("", "", "search result\nsearch: 2\nresult: 11 Administrative limit exceeded\n", 11, 11),
        ("", "", "result: 4 Size limit exceeded\nmatchedDN: dc=contoso\ntext: limited\n", 9, 4),
        ("", "", "# result: 4 Size limit exceeded\n", 9, 4),
        ("", "", "# search result: 4 Size limit exceeded\n", 9, 4),
        ("", "", "ldap_search_ext: Size limit exceeded (4)\n", 9, 4),
        ("", "", "# ldap_search_ext: Size limit exceeded (4)\n", 9, 4),
        ("", "", "ldap_result: Can't contact LDAP server (-1)\n", 9, -1),
        ("", "", "Size limit exceeded (4)\nAdditional information: limited to 2\nMatched DN: dc=contoso\n", 9, 4),
        // Standard error is not buffered, so its text often comes before the entries, or between the lines of one.
        ("Size limit exceeded (4)\n", "", "", 1, 4),
        ("", "ldap_search_ext: Size limit exceeded (4)\n", "", 4, 4),
        ("", "", "# result: 10 Referral\n\nsearch: 2\nresult: 4 Size limit exceeded\n", 9, 10),
    ] {
        let export = export(before, between, after);
        assert_eq!(shown(&export), [format!("line {line}: {}", rule(code))], "{before}{between}{after}");
        assert_eq!((export.people.len(), skipped(&export).len()), (2, 0), "{before}{between}{after}");
    }
    let nobody = read(b"ldap_sasl_bind(SIMPLE): Can't contact LDAP server (-1)\n", Format::Ldif, &Options::default());
    assert_eq!((shown(&nobody), noted(&nobody)), (vec![format!("line 1: {}", rule(-1))], Vec::new()));
}

#[test]
fn a_search_that_ended_well_says_nothing() {
    for after in [
        "",
        "# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 3\n# numEntries: 2\n",
        "# search result\n\n# numResponses: 3\n# numEntries: 2\n",
        "# Adele (4), people, contoso.example\n",
        "# result of the search (4)\n",
        "dn: ou=x\nobjectClass: organizationalUnit\nresult: 4\n",
        "search: 2\nresult: 0 Success\npagedresults: cookie=AAEC\n\nsearch: 2\nresult: 0 Success\npagedresults: \
         cookie=\n",
        "# pagedresults: cookie=\n",
    ] {
        let export = export("", "", after);
        assert_eq!((shown(&export), noted(&export)), (Vec::new(), vec![MAIL.to_owned()]), "{after}");
        assert_eq!(export.people.len(), 2);
    }
}

#[test]
fn a_search_that_was_left_before_its_last_page_is_refused() {
    for after in [
        "# search result\nsearch: 2\nresult: 0 Success\npagedresults: estimate=0 cookie=AAEC\n",
        "#\n#\n#\n# pagedresults: cookie=AAEC\n",
    ] {
        let export = export("", "", after);
        let rule = "the file ends before the last page of the search, so people are missing; export again with \
                    ldapsearch -E pr=1000/noprompt";
        assert_eq!(shown(&export), [format!("line 12: file: {rule}")], "{after}");
        assert_eq!(export.people.len(), 2);
    }
}

#[test]
fn a_fold_behind_a_message_still_belongs_to_the_line_before_it() {
    let text = "dn: a\nmail: a@contoso.example\nmobile: +1 425\nldap_search_ext: Size limit exceeded (4)\n 5550100\n";
    let export = read(text.as_bytes(), Format::Ldif, &Options::default());
    let mobile = export.people[0].mobile.as_ref().unwrap().as_ref().unwrap();
    assert_eq!(mobile.text, "+1 4255550100");
}
