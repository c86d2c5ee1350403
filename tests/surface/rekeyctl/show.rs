//! `rekeyctl show` and `rekeyctl audit`: everything about a user, and the audit's records.

use local::Options;
use serde_json::{Value, json};

use super::{Output, done, rekeyctl};
use crate::support::{Request, Service};
use crate::surface::load_directory::Scratch;

/// The permissions that `show` needs to show everything, according to its documentation.
const SHOW: [&str; 3] = ["User.Read.All", "UserAuthenticationMethod.ReadWrite.All", "AuditLog.Read.All"];

/// Replaces the digits of all moments by zeros, because moments differ from run to run.
fn timeless(text: &str) -> String {
    const MOMENT: &str = "0000-00-00T00:00:00.000Z";
    let shape =
        |text: &str| -> String { text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect() };
    let mut output = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let moment = rest.get(..MOMENT.len()).filter(|head| shape(head) == MOMENT);
        let taken = moment.map_or(first.len_utf8(), str::len);
        output += moment.map_or(&rest[..taken], |_| MOMENT);
        rest = &rest[taken..];
    }
    output
}

async fn register_phone(service: &Service, name: &str, number: &str) {
    let target = format!("/graph/v1.0/users/{name}/authentication/phoneMethods");
    let body = json!({"phoneNumber": number, "phoneType": "mobile"});
    service.send(Request::post(&target, &body).bearer(&service.admin)).await.expect(201);
}

const SHOWN: &str = "\
property                         value
id                               ID
userPrincipalName                adele@contoso.example
displayName
givenName
surname
mail
mailNickname
jobTitle
preferredLanguage
usageLocation
department
companyName
officeLocation
employeeId
employeeType
streetAddress
city
state
postalCode
country
faxNumber
accountEnabled                   true
isAdmin                          false
onPremisesSyncEnabled            false
mobilePhone                      +1 4255550100
businessPhones                   +1 4255550111
otherMails                       adele.vance@example.org
createdDateTime                  0000-00-00T00:00:00.000Z
signInSessionsValidFromDateTime  0000-00-00T00:00:00.000Z

authentication methods

type    value          id
mobile  +1 4255550142  3179e48a-750b-4051-897c-87b9720928f7

registration

property             value
isSsprRegistered     true
isSsprEnabled        true
isSsprCapable        true
methodsRegistered    mobilePhone
reconfirmBy          0000-00-00T00:00:00.000Z
lastUpdatedDateTime  0000-00-00T00:00:00.000Z

contacts

type         origin      value                    source         setDateTime               verifiedDateTime  usable  reason
mobilePhone  registered  +1 4255550142            administrator  0000-00-00T00:00:00.000Z                    true
mobilePhone  profile     +1 4255550100            administrator  0000-00-00T00:00:00.000Z                    false   superseded
officePhone  profile     +1 4255550111            administrator  0000-00-00T00:00:00.000Z                    true
email        profile     adele.vance@example.org  administrator  0000-00-00T00:00:00.000Z                    true
";

#[service_test]
async fn a_user_is_shown_with_methods_and_the_contacts_that_a_reset_would_use() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    register_phone(&service, "adele@contoso.example", "+1 4255550142").await;
    let token = service.application(&SHOW).await;
    let output = rekeyctl(&service, &token, &["show", "adele@contoso.example"]).await;
    let by_id = rekeyctl(&service, &token, &["show", &id]).await;
    assert_eq!(output, by_id);
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_eq!(timeless(&output.out).replace(&id, "ID"), SHOWN);
    let json = rekeyctl(&service, &token, &["show", &id, "--output", "json"]).await;
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["registration"]["contacts"][1]["value"], "+1 4255550100");
    assert_eq!(json["user"]["id"], id);
    let csv = rekeyctl(&service, &token, &["show", &id, "--output", "csv"]).await;
    assert!(csv.out.contains("\nuser,accountEnabled,true\n"), "{csv:?}");
    service.patch(&id, &json!({"accountEnabled": false})).await.expect(204);
    let disabled = rekeyctl(&service, &token, &["show", &id]).await;
    assert_eq!((disabled.code, disabled.err.as_str()), (0, ""), "a disabled user has no registration to show");
}

#[service_test]
async fn parts_that_may_not_be_read_are_reported_and_the_rest_is_shown() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    register_phone(&service, "adele@contoso.example", "+1 4255550142").await;
    let token = service.application(&["User.Read.All", "UserAuthenticationMethod.Read.All"]).await;
    let Output { code, out, err } = rekeyctl(&service, &token, &["show", "adele@contoso.example"]).await;
    assert_eq!(code, 1);
    assert!(out.contains("mobile  +1 ********42  "), "masked without the permission to write: {out}");
    assert!(!out.contains("4255550142"), "{out}");
    let lines: Vec<&str> = err.lines().collect();
    assert!(lines[0].starts_with("registration: the service refuses: 403 Authorization_RequestDenied"), "{err}");
    assert_eq!(lines[1..], ["rekeyctl: part of it could not be shown"]);
    let reader = service.application(&["User.Read.All"]).await;
    let json = rekeyctl(&service, &reader, &["show", "adele@contoso.example", "--output", "json"]).await;
    let shown: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &shown["authenticationMethods"], &shown["registration"]), (1, &Value::Null, &Value::Null));
    assert_eq!(shown["user"]["mobilePhone"], "+1 4255550100");
    let refused = |part: &str, permission: &str| {
        format!("{part}: the service refuses: 403 Authorization_RequestDenied: needs {permission}")
    };
    let lines: Vec<String> = json.err.lines().take(2).map(str::to_owned).collect();
    let methods = refused("authentication methods", "UserAuthenticationMethod.Read.All");
    assert_eq!(lines, [methods, refused("registration", "AuditLog.Read.All")]);
    let output = rekeyctl(&service, &token, &["show", "nobody@contoso.example"]).await;
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(output.err.starts_with("rekeyctl: the service refuses: 404 Request_ResourceNotFound"), "{output:?}");
}

#[service_test]
async fn the_audit_is_exported_as_it_is_and_as_a_table() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.create("o'neil@contoso.example", json!({})).await;
    service.patch("adele@contoso.example", &json!({"mobilePhone": "+1 4255550142"})).await.expect(204);
    let token = service.application(&["AuditLog.Read.All"]).await;

    let list = Request::get("/graph/v1.0/auditLogs/directoryAudits").bearer(&token);
    let all = service.send(list).await.expect(200).json()["value"].as_array().unwrap().clone();
    assert_eq!(all.len(), 3, "{all:?}");
    for size in ["1", "2", "1000"] {
        let output = rekeyctl(&service, &token, &["audit", "--output", "json", "--page-size", size]).await;
        let lines: Vec<Value> = output.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((output.code, output.err.as_str(), lines), (0, "", all.clone()), "{size}");
    }

    let output = rekeyctl(&service, &token, &["audit", "--output", "csv"]).await;
    let rows: Vec<&str> = output.out.lines().collect();
    assert_eq!(rows[0], "activityDateTime,activityDisplayName,result,resultReason,initiatedBy,target,correlationId");
    assert_eq!(rows.len(), 4, "{output:?}");
    for (row, record) in rows[1..].iter().zip(&all) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        assert!(row.starts_with(&format!(
            "{},{},success,",
            text(&record["activityDateTime"]),
            text(&record["activityDisplayName"])
        )));
        let target = text(&record["targetResources"][0]["userPrincipalName"]);
        // An id may begin with `-`, like a formula in a spreadsheet, and is then quoted.
        let id = text(&record["correlationId"]);
        let id = if id.starts_with('-') { format!("'{id}") } else { id };
        assert!(row.ends_with(&format!(",{target},{id}")), "{row}");
    }

    for (filter, value, count) in [
        ("--user", "o'neil@contoso.example", 1),
        ("--user", "adele@contoso.example", 2),
        ("--user", id.as_str(), 2),
        ("--user", "nobody@contoso.example", 0),
        ("--activity", "Add user", 2),
        ("--activity", "Update user", 1),
        ("--from", "2000-01-01T00:00:00+01:00", 3),
        ("--to", "2000-01-01T00:00:00Z", 0),
    ] {
        let output = rekeyctl(&service, &token, &["audit", "--output", "json", filter, value]).await;
        assert_eq!((output.code, output.out.lines().count(), output.err.as_str()), (0, count, ""), "{filter} {value}");
    }
    let table = rekeyctl(&service, &token, &["audit", "--columns", "activityDisplayName,target"]).await;
    assert!(
        table.out.starts_with("activityDisplayName  target\nUpdate user          adele@contoso.example\n"),
        "{table:?}"
    );
    let both = [
        "audit",
        "--output",
        "json",
        "--user",
        "adele@contoso.example",
        "--activity",
        "Add user",
        "--from",
        "2000-01-01T00:00:00Z",
    ];
    assert_eq!(rekeyctl(&service, &token, &both).await.out.lines().count(), 1);
}

#[service_test]
async fn an_audit_file_is_readable_by_its_owner_only() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.application(&["AuditLog.Read.All"]).await;
    let scratch = Scratch::new();
    let file = scratch.path().join("audit.jsonl");
    let printed = rekeyctl(&service, &token, &["audit", "--output", "json"]).await;
    let words = ["audit", "--output", "json", "--file", file.to_str().unwrap()];
    let output = rekeyctl(&service, &token, &words).await;
    assert_eq!(output, Output { err: "1 records\n".to_owned(), ..done("") });
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed.out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let reader = service.application(&["User.Read.All"]).await;
    let output = rekeyctl(&service, &reader, &["audit"]).await;
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(output.err.starts_with("rekeyctl: the service refuses: 403 Authorization_RequestDenied"), "{output:?}");
}

#[service_test]
async fn a_failed_export_leaves_the_old_file() {
    let options = Options { public_url: Some("https://elsewhere.example".to_owned()), ..Options::default() };
    let service = Service::with(&options).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({})).await;
    let reader = service.application(&["AuditLog.Read.All"]).await;
    let scratch = Scratch::new();
    let file = scratch.file("audit.csv", b"former\n");
    let (new, path) = (scratch.path().join("new.csv"), file.to_str().unwrap());
    let audit = ["audit", "--output", "csv", "--file"];
    let elsewhere = [&audit[..], &[path, "--page-size", "1"]].concat();
    for (token, words, why) in [
        ("a.b.c", [&audit[..], &[path]].concat(), "the service refuses: 401 InvalidAuthenticationToken"),
        ("a.b.c", [&audit[..], &[new.to_str().unwrap()]].concat(), "the service refuses: 401 "),
        // This one fails after its first page was written.
        (reader.as_str(), elsewhere, "the next page is at another address than --url"),
    ] {
        let output = rekeyctl(&service, token, &words).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""));
        assert!(output.err.starts_with(&format!("rekeyctl: {why}")), "{output:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "former\n", "{why}");
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1, "{why}: no other file is left");
    }
    let output = rekeyctl(&service, &reader, &[&audit[..], &[path]].concat()).await;
    assert_eq!(output, Output { err: "2 records\n".to_owned(), ..done("") });
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("activityDateTime,") && text.lines().count() == 3, "{text}");
}
