//! `rekeyctl import`: creates and updates users from an export, through the administrators' routes only.

mod exports;

use serde_json::{Value, json};

use super::{IMPORT, Output, done, properties, rekeyctl};
use crate::support::{Request, Service};
use crate::surface::load_directory::Scratch;

const CONTACTS: &str =
    "displayName,givenName,surname,mail,mobilePhone,businessPhones,otherMails,onPremisesSyncEnabled,accountEnabled";

const CSV: &str = "userPrincipalName,displayName,givenName,sn,mail,mobile,telephoneNumber,otherMailbox,userPassword\n\
    Adele@Contoso.example,Adele Vance,Adele,Vance,adele@contoso.example,+14255550100,+1 425-555-0111,a@example.org,horse-battery-1\n\
    omar@contoso.example,Omar Haddad,,,,,+1 4255550110x12345,,horse-battery-2\n";

async fn count(service: &Service) -> usize {
    let users = service.send(Request::get("/graph/v1.0/users").bearer(&service.admin)).await.expect(200).json();
    users["value"].as_array().unwrap().len()
}

/// How many requests `admin-set-contact` has sent to the table.
fn writes(service: &Service) -> u64 {
    service.running.counts()["admin-set-contact"]
}

/// The type and source of each contact of a user, according to the report.
async fn sources(service: &Service, name: &str) -> Vec<String> {
    let token = service.application(&["AuditLog.Read.All"]).await;
    let route = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails";
    let target = format!("{route}?$filter=userPrincipalName%20eq%20'{name}'");
    let report = service.send(Request::get(&target).bearer(&token)).await.expect(200).json();
    let contacts = report["value"][0]["contacts"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    contacts.iter().map(|contact| format!("{} {}", text(&contact["type"]), text(&contact["source"]))).collect()
}

/// The note on standard error if a file contains passwords.
const PASSWORDS: &str = "the file contains passwords of 2 people; passwords are never sent\n";

fn noted(out: &str) -> Output {
    Output { err: PASSWORDS.to_owned(), ..done(out) }
}

/// An import of a file that a directory owns.
fn owned<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["import", file, "--source", "directory"][..], more].concat()
}

#[service_test]
async fn a_csv_is_imported_once() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let file = scratch.file("people.csv", CSV.as_bytes());
    let file = file.to_str().unwrap();

    let before = writes(&service);
    let dry = rekeyctl(&service, &token, &owned(file, &["--dry-run"])).await;
    assert_eq!(
        dry,
        noted(
            "create adele@contoso.example: accountEnabled, businessPhones, displayName, givenName, mail, mobilePhone, \
             onPremisesSyncEnabled, otherMails, surname\n\
             create omar@contoso.example: accountEnabled, businessPhones, displayName, onPremisesSyncEnabled\n\
             dry run, nothing was changed: 2 created, 0 updated, 0 unchanged, 0 skipped, 0 rejected\n"
        )
    );
    assert_eq!((count(&service).await, writes(&service)), (0, before), "a dry run only reads");

    let first = rekeyctl(&service, &token, &owned(file, &[])).await;
    assert_eq!(first, noted("2 created, 0 updated, 0 unchanged, 0 skipped, 0 rejected\n"));
    assert_eq!(
        properties(&service, "adele@contoso.example", CONTACTS).await,
        json!({
            "displayName": "Adele Vance", "givenName": "Adele", "surname": "Vance", "mail": "adele@contoso.example",
            "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"], "otherMails": ["a@example.org"],
            "onPremisesSyncEnabled": true, "accountEnabled": true
        })
    );
    let omar = properties(&service, "omar@contoso.example", "mobilePhone,businessPhones,otherMails,mail").await;
    let contacts =
        json!({"mobilePhone": null, "businessPhones": ["+1 4255550110x12345"], "otherMails": [], "mail": null});
    assert_eq!(omar, contacts);
    assert_eq!(
        sources(&service, "adele@contoso.example").await,
        ["mobilePhone directory", "officePhone directory", "email administrator"]
    );
    service.check("adele@contoso.example", "horse-battery-1").await.problem(422, "credentials-rejected");

    let before = writes(&service);
    let second = rekeyctl(&service, &token, &owned(file, &[])).await;
    assert_eq!(second, noted("0 created, 0 updated, 2 unchanged, 0 skipped, 0 rejected\n"));
    assert_eq!(writes(&service), before, "without a change, no request is sent");
}

#[service_test]
async fn an_existing_user_gets_only_the_differences() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.patch("adele@contoso.example", &json!({"jobTitle": "Architect"})).await.expect(204);
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let file = scratch.file(
        "people.csv",
        b"userPrincipalName,displayName,mobile,telephoneNumber\nadele@contoso.example,Adele,+1 4255550142,\n",
    );
    let file = file.to_str().unwrap();
    let clearing = owned(file, &["--empty-clears"]);
    let dry = rekeyctl(&service, &token, &owned(file, &["--empty-clears", "--dry-run"])).await;
    let properties_told = "businessPhones, displayName, mobilePhone, onPremisesSyncEnabled";
    let summary = "0 created, 1 updated, 0 unchanged, 0 skipped, 0 rejected\n";
    let output = format!("update adele@contoso.example: {properties_told}\ndry run, nothing was changed: {summary}");
    assert_eq!(dry, done(&output));
    assert_eq!(rekeyctl(&service, &token, &clearing).await, done(summary));
    let select = "displayName,jobTitle,mobilePhone,businessPhones,otherMails,onPremisesSyncEnabled";
    assert_eq!(
        properties(&service, "adele@contoso.example", select).await,
        json!({
            "displayName": "Adele", "jobTitle": "Architect", "mobilePhone": "+1 4255550142", "businessPhones": [],
            "otherMails": ["adele.vance@example.org"], "onPremisesSyncEnabled": true
        }),
        "the file has no column of addresses, so they stay"
    );
    let dry = rekeyctl(&service, &token, &owned(file, &["--dry-run"])).await;
    let output = "leave adele@contoso.example\ndry run, nothing was changed: 0 created, 0 updated, 1 unchanged, 0 skipped, 0 rejected\n";
    assert_eq!(dry, done(output));
}

const LDIF: &str = "version: 1\n\
    dn: ou=People,dc=contoso,dc=example\nobjectClass: organizationalUnit\nou: People\n\n\
    dn: cn=Adele Vance,ou=People,dc=contoso,dc=example\nobjectClass: inetOrgPerson\ncn: Adele Vance\n\
    userPrincipalName: adele@contoso.example\nmobile: 0170 555 0100\notherMailbox: adele.vance@example.org\n\
    otherMailbox: not an address\n\n\
    dn: cn=Adele Again,ou=People,dc=contoso,dc=example\nobjectClass: inetOrgPerson\ncn: Adele Again\n\
    userPrincipalName: ADELE@contoso.example\nmobile: +1 4255550199\n\n\
    dn: cn=Lena,ou=People,dc=contoso,dc=example\nobjectClass: inetOrgPerson\ndisplayName:: TGVuYSBHcm/Dnw==\n\
    userPrincipalName: lena@contoso.example\nmobile: +1 4255550103\nuserPassword: {SSHA}aGFzaG9mbGVuYQ==\n";

#[service_test]
async fn the_errors_of_an_ldif_are_reported_without_values_and_the_rest_is_imported() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let file = scratch.file("people.ldif", LDIF.as_bytes());
    let report = scratch.path().join("rejects.csv");
    let (file, path) = (file.to_str().unwrap(), report.to_str().unwrap());
    let output = rekeyctl(&service, &token, &["import", file, "--rejects", path]).await;
    let summary = "2 created, 0 updated, 0 unchanged, 1 skipped, 3 rejected\n";
    assert_eq!((output.code, output.out.as_str()), (2, summary));
    assert_eq!(
        std::fs::read_to_string(&report).unwrap(),
        "line,attribute,rule,verdict\n\
         2,objectClass,organizationalUnit is no class of people,skipped\n\
         10,mobile,\"has no country code; write + and the country code before it, or use rekeyctl import --default-country\",refused\n\
         12,otherMailbox,a mail address has exactly one @,refused\n\
         17,userPrincipalName,another entry of this file has the same name,refused\n\
         25,userPassword,\"hashed passwords are not used, the person has none here\",noted\n"
    );
    let select = "displayName,mobilePhone,otherMails";
    assert_eq!(
        properties(&service, "adele@contoso.example", select).await,
        json!({"displayName": "Adele Vance", "mobilePhone": null, "otherMails": ["adele.vance@example.org"]})
    );
    assert_eq!(
        properties(&service, "lena@contoso.example", select).await,
        json!({"displayName": "Lena Groß", "mobilePhone": "+1 4255550103", "otherMails": []})
    );

    // A line for each reason goes to standard error, with and without `--rejects`.
    let again = rekeyctl(&service, &token, &["import", file]).await;
    assert_eq!((again.code, again.out.as_str()), (2, "0 created, 0 updated, 2 unchanged, 1 skipped, 3 rejected\n"));
    assert_eq!(again.err, output.err);
    let lines: Vec<&str> = output.err.lines().collect();
    assert_eq!(lines.len(), 5, "{output:?}");
    assert_eq!(lines[1], "line 12: otherMailbox: a mail address has exactly one @");
    for value in ["0170", "not an address", "4255550199", "aGFzaG9mbGVuYQ"] {
        assert!(!output.err.contains(value) && !output.out.contains(value), "{value}");
    }
}

#[service_test]
async fn a_person_whom_the_service_refuses_is_a_reject_and_the_rest_is_imported() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.patch("adele@contoso.example", &json!({"isAdmin": true, "onPremisesSyncEnabled": true})).await.expect(204);
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let file = scratch.file(
        "people.csv",
        b"userPrincipalName,mobile\nadele@contoso.example,+1 4255550142\nlena@contoso.example,+1 4255550103\n",
    );
    let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
    assert_eq!(
        output,
        Output {
            code: 2,
            out: "1 created, 0 updated, 0 unchanged, 0 skipped, 1 rejected\n".to_owned(),
            err: "line 2: entry: Authorization_RequestDenied: needs RoleManagement.ReadWrite.Directory to change a privileged user\n".to_owned()
        }
    );
    let mobile = async |name: &str| properties(&service, name, "mobilePhone").await["mobilePhone"].clone();
    assert_eq!(mobile("adele@contoso.example").await, "+1 4255550100");
    assert_eq!(mobile("lena@contoso.example").await, "+1 4255550103");
}

#[service_test]
async fn a_caller_without_the_permission_ends_the_run_and_learns_how_far_it_got() {
    let service = Service::start(json!({})).await;
    let scratch = Scratch::new();
    let file = scratch.file("people.csv", CSV.as_bytes());
    let file = file.to_str().unwrap();
    let known = scratch.file("known.csv", b"userPrincipalName,mobile\nadele@contoso.example,\nlena@contoso.example,\n");
    let known = known.to_str().unwrap();
    let stopped = |code: &str, line: u64, after: u64| {
        format!("rekeyctl: stopped at the person of line {line}, after {after} of 2: the service refuses: {code}")
    };
    let output = rekeyctl(&service, "a.b.c", &["import", file]).await;
    assert_eq!((output.code, output.out.as_str()), (1, "0 created, 0 updated, 0 unchanged, 0 skipped, 0 rejected\n"));
    let rest = output.err.strip_prefix(PASSWORDS).unwrap();
    assert!(rest.starts_with(&stopped("401 InvalidAuthenticationToken", 2, 0)), "{output:?}");

    // The first person exists and matches the file. The token may not create the second one.
    service.adele().await;
    service.patch("adele@contoso.example", &json!({"onPremisesSyncEnabled": true})).await.expect(204);
    let reader = service.application(&["User.Read.All"]).await;
    let output = rekeyctl(&service, &reader, &["import", known]).await;
    assert_eq!((output.code, output.out.as_str()), (1, "0 created, 0 updated, 1 unchanged, 0 skipped, 0 rejected\n"));
    assert!(output.err.starts_with(&stopped("403 Authorization_RequestDenied", 3, 1)), "{output:?}");
    assert!(output.err.ends_with(". The finished users remain; the same import continues here\n"), "{output:?}");
    assert_eq!(count(&service).await, 1);
}

#[service_test]
async fn an_interrupted_import_is_resumed() {
    let service = Service::start(json!({})).await;
    let scratch = Scratch::new();
    let file = scratch.file("people.csv", b"userPrincipalName,mobile\nlena@contoso.example,+1 4255550103\n");
    let file = file.to_str().unwrap();
    // This token may create Lena, but may not mark her as synchronised from a directory.
    let short = service.application(&["User.ReadWrite.All"]).await;
    assert_eq!(rekeyctl(&service, &short, &owned(file, &[])).await.code, 1);
    let mark = async || properties(&service, "lena@contoso.example", "onPremisesSyncEnabled").await;
    assert_eq!(mark().await, json!({"onPremisesSyncEnabled": false}));
    let token = service.application(&IMPORT).await;
    let output = rekeyctl(&service, &token, &owned(file, &[])).await;
    assert_eq!(output, done("0 created, 1 updated, 0 unchanged, 0 skipped, 0 rejected\n"));
    assert_eq!(mark().await, json!({"onPremisesSyncEnabled": true}));
}

#[service_test]
async fn an_unusable_file_is_reported_before_anything_is_done() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let csv = scratch.file("people.csv", CSV.as_bytes());
    let sheet = scratch.file("people.xlsx", CSV.as_bytes());
    let (missing, nowhere) = (scratch.path().join("missing.csv"), scratch.path().join("no/rejects.csv"));
    for (file, report, words) in [
        (&sheet, None, "rekeyctl: the export's name must end in .csv, .tsv, .txt, .ldif or .ldf\n"),
        (&missing, None, "rekeyctl: the export cannot be read: "),
        (&csv, Some(&nowhere), "rekeyctl: --rejects: "),
    ] {
        let mut words_given = vec!["import", file.to_str().unwrap()];
        words_given.extend(report.iter().flat_map(|path| ["--rejects", path.to_str().unwrap()]));
        let output = rekeyctl(&service, &token, &words_given).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""));
        assert!(output.err.starts_with(words), "{output:?}");
    }
    assert_eq!(count(&service).await, 0);
}

#[service_test]
async fn the_rejects_are_never_written_over_the_export() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let text = "userPrincipalName,mobile\nlena@contoso.example,555 0103\n";
    let csv = scratch.file("people.csv", text.as_bytes());
    let detour = scratch.path().join(".").join("..").join(scratch.path().file_name().unwrap()).join("people.csv");
    let file = csv.to_str().unwrap();
    let left = || (std::fs::read_to_string(&csv).unwrap(), std::fs::read_dir(scratch.path()).unwrap().count());
    let before = writes(&service);
    for path in [&csv, &detour] {
        let output = rekeyctl(&service, &token, &["import", file, "--rejects", path.to_str().unwrap()]).await;
        let err = "rekeyctl: --rejects: this file is the export itself\n".to_owned();
        assert_eq!(output, Output { code: 1, out: String::new(), err });
        assert_eq!(left(), (text.to_owned(), 1));
    }
    assert_eq!((count(&service).await, writes(&service)), (0, before), "nothing is imported");

    // An old report is replaced, even if the import ends early.
    let report = scratch.file("rejects.csv", b"a former report that is longer than the new one\n");
    let words = ["import", file, "--rejects", report.to_str().unwrap()];
    assert_eq!(rekeyctl(&service, "a.b.c", &words).await.code, 1);
    let rejects = "line,attribute,rule,verdict\n\
         2,mobile,\"has no country code; write + and the country code before it, or use rekeyctl import --default-country\",refused\n";
    assert_eq!(std::fs::read_to_string(&report).unwrap(), rejects);
    assert_eq!(left(), (text.to_owned(), 2), "no other file is left");
}

#[service_test]
async fn a_file_with_every_fault_ends_in_one_report() {
    const ROWS: usize = 600;
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let faults = ["+1 4255550100 ext 12", "+49 30/123456", "(+49) 30 123456", "425-555-0100", "+1 4255550100"];
    let row = |number: usize| format!("user{number}@contoso.example,{}\n", faults[number % faults.len()]);
    let text = "userPrincipalName,mobile\n".to_owned() + &(0..ROWS).map(row).collect::<String>();
    let file = scratch.file("people.csv", text.as_bytes());
    let report = scratch.path().join("rejects.csv");
    let words = ["import", file.to_str().unwrap(), "--rejects", report.to_str().unwrap()];
    let output = rekeyctl(&service, &token, &words).await;
    let refused = ROWS / faults.len() * 4;
    assert_eq!(output.code, 2);
    assert_eq!(output.out, format!("{ROWS} created, 0 updated, 0 unchanged, 0 skipped, {refused} rejected\n"));
    let lines: Vec<_> = output.err.lines().collect();
    assert_eq!(lines.len(), 4, "a line for each reason: {output:?}");
    assert!(lines.iter().all(|line| line.contains(" and 100 more: mobile: ")), "{lines:?}");
    assert!(!output.err.contains("4255550100") && !output.err.contains("123456"));
    assert_eq!(std::fs::read_to_string(&report).unwrap().lines().count(), refused + 1);
}

#[service_test]
async fn an_import_that_loads_nobody_says_so_by_its_exit_code() {
    let service = Service::start(json!({})).await;
    let token = service.application(&IMPORT).await;
    let scratch = Scratch::new();
    let file = scratch.file("people.csv", b"userPrincipalName,displayName\nlena@contoso.example,Lena\n");
    let file = file.to_str().unwrap();
    let output = rekeyctl(&service, &token, &["import", file]).await;
    assert_eq!((output.code, output.out.as_str()), (3, "0 created, 0 updated, 0 unchanged, 0 skipped, 1 rejected\n"));
    assert!(
        output.err.starts_with("line 1: file: the file has no known contact") && output.err.contains("--no-contacts")
    );
    assert_eq!(rekeyctl(&service, &token, &["import", file, "--no-contacts"]).await.code, 0);
    // A file with nobody in it says so, too.
    for (name, text, reason) in [
        ("head.csv", "userPrincipalName,mobile\n", "there is no row below the header, so nobody is loaded"),
        ("empty.ldif", "", "there is no entry, so nobody is loaded"),
    ] {
        let file = scratch.file(name, text.as_bytes());
        let output = rekeyctl(&service, &token, &["import", file.to_str().unwrap()]).await;
        assert_eq!((output.code, output.err), (3, format!("line 1: file: {reason} (noted)\n")), "{name}");
    }
}
