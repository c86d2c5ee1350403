//! `rekeyctl find`, `create`, `methods`, `report` and `completion`.

use serde_json::{Value, json};

use super::{done, properties, rekeyctl};
use crate::support::{Request, Service};
use crate::surface::load_directory::Scratch;

const ADA: &str = "ada@contoso.example";
const LENA: &str = "lena@contoso.example";

/// Two people with names, and a nameless one.
async fn people(service: &Service) {
    let ada =
        json!({"displayName": "Ada Lovelace", "mobilePhone": "+44 7700900123", "otherMails": ["ada@private.example"]});
    service.create(ADA, ada).await;
    service.create(LENA, json!({"displayName": "Lena Adams", "businessPhones": ["+1 4255550111"]})).await;
    service.create("zed@contoso.example", json!({})).await;
}

#[service_test]
async fn a_caller_is_found_by_what_they_say() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let reader = service.application(&["User.Read.All"]).await;
    for (words, expected) in [
        (&["ada"][..], &[ADA, LENA][..]),
        (&["lovelace", "ad"], &[ADA]),
        (&["LENA ad"], &[LENA]),
        (&["zed"], &["zed@contoso.example"]),
        (&["+44 7700 900123"], &[ADA]),
        (&["+1-425-555-0111"], &[LENA]),
        (&["ada@"], &[ADA]),
        (&["Ada@private.example"], &[ADA]),
        (&["lena@contoso.example"], &[LENA]),
    ] {
        let line = [&["find", "--columns", "userPrincipalName", "--output", "csv"][..], words].concat();
        let output = rekeyctl(&service, &reader, &line).await;
        let found: Vec<&str> = output.out.lines().skip(1).collect();
        assert_eq!((output.code, found, output.err.as_str()), (0, expected.to_vec(), ""), "{words:?}");
    }
    service.create("kw@contoso.example", json!({"mail": "Kim.Mail@g2.example"})).await;
    for begin in ["kim.mail", "KIM.MAIL", "Kim.Mail@", "kim.mail@G2", "ki"] {
        let output = rekeyctl(&service, &reader, &["find", begin, "--columns", "userPrincipalName"]).await;
        assert_eq!(output, done("userPrincipalName\nkw@contoso.example\n"), "{begin}");
    }
    let table = rekeyctl(&service, &reader, &["find", "lovelace"]).await;
    let line =
        "ada@contoso.example  Ada Lovelace  true            +44 7700900123                  ada@private.example\n";
    assert!(
        table.out.starts_with("userPrincipalName    displayName   accountEnabled") && table.out.ends_with(line),
        "{table:?}"
    );
    let nobody = rekeyctl(&service, &reader, &["find", "nobody"]).await;
    assert_eq!((nobody.code, nobody.err.as_str()), (0, "nobody was found\n"));
    let national = rekeyctl(&service, &reader, &["find", "07700 900123"]).await;
    assert!(national.code == 0 && national.err.contains("with + and its country code"), "{national:?}");
    let wordless = rekeyctl(&service, &reader, &["find", "?!"]).await;
    assert!(wordless.err.contains("must contain a letter or a digit"), "{wordless:?}");
    service.patch("zed@contoso.example", &json!({"surname": "Lovelace-Byron"})).await.expect(204);
    let by_surname = rekeyctl(&service, &reader, &["find", "lovelace", "--columns", "userprincipalname"]).await;
    assert_eq!(by_surname, done("userPrincipalName\nada@contoso.example\nzed@contoso.example\n"));
    let some = rekeyctl(&service, &reader, &["find", "lovelace", "--limit", "1"]).await;
    assert_eq!((some.out.lines().count(), some.err.as_str()), (2, "there are more; --limit says how many are shown\n"));
}

#[service_test]
async fn disabled_users_and_columns_of_choice_are_listed() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    service.patch(LENA, &json!({"accountEnabled": false})).await.expect(204);
    let reader = service.application(&["User.Read.All"]).await;
    let output =
        rekeyctl(&service, &reader, &["users", "--disabled", "--columns", "userPrincipalName,displayName"]).await;
    assert_eq!(output, done("userPrincipalName     displayName\nlena@contoso.example  Lena Adams\n"));
    let json =
        rekeyctl(&service, &reader, &["users", "--limit", "1", "--output", "json", "--columns", "displayName"]).await;
    assert_eq!(json.out, "{\"displayName\":\"Ada Lovelace\"}\n");
    let unknown = rekeyctl(&service, &reader, &["users", "--columns", "shoeSize"]).await;
    assert!(unknown.code == 1 && unknown.err.starts_with("rekeyctl: --columns: the columns are "), "{unknown:?}");
}

#[service_test]
async fn a_user_is_created_with_properties_and_a_password_from_a_file() {
    let service = Service::start(json!({})).await;
    let writer = service.application(&["User.ReadWrite.All"]).await;
    let scratch = Scratch::new();
    let file = scratch.file("password.txt", b"purple quilts on monday\n");
    let line = ["create", ADA, "displayName=Ada", "mobilePhone=+447700900123", "--from", file.to_str().unwrap()];
    let output = rekeyctl(&service, &writer, &line).await;
    let lines: Vec<&str> = output.out.lines().collect();
    assert!(lines[0].starts_with(&format!("{ADA}: created, with the id ")), "{output:?}");
    let expected = ["displayName is now Ada", "mobilePhone is now +44 7700900123"].map(|said| format!("{ADA}: {said}"));
    assert_eq!((output.code, &lines[1..]), (0, &expected.each_ref().map(String::as_str)[..]));
    assert_eq!(service.check(ADA, "purple quilts on monday").await.expect(200).json()["passwordChangeRequired"], true);
    let again = rekeyctl(&service, &writer, &line).await;
    assert!(again.code == 1 && again.err.contains("400 Request_BadRequest"), "{again:?}");
    let pasted = rekeyctl(&service, &writer, &["create", " c2@contoso.example\t"]).await;
    assert!(pasted.code == 0 && pasted.out.starts_with("c2@contoso.example: created"), "{pasted:?}");
    let set = rekeyctl(&service, &writer, &["set", " c2@contoso.example ", "displayName=C2"]).await;
    assert_eq!(set, done("c2@contoso.example: displayName is now C2\n"));
    let all = service.application(&["User.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]).await;
    let off = rekeyctl(&service, &all, &["create", LENA, "accountEnabled=false", "isAdmin=true"]).await;
    assert!(off.code == 0 && off.out.ends_with(": isAdmin is now true\n"), "{off:?}");
    let stored = properties(&service, LENA, "accountEnabled,isAdmin").await;
    assert_eq!(stored, json!({"accountEnabled": false, "isAdmin": true}));
}

#[service_test]
async fn methods_are_added_changed_listed_and_removed() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let token = service.application(&["UserAuthenticationMethod.ReadWrite.All"]).await;
    let methods = async |words: &[&str]| rekeyctl(&service, &token, &[&["methods"][..], words].concat()).await;
    let said = |what: &str| done(&format!("{ADA}: {what}\n"));
    assert_eq!(methods(&["add", ADA, "mobile", "+14255550142"]).await, said("mobile is now +1 4255550142"));
    assert_eq!(methods(&["add", ADA, "email", "a@example.org"]).await, said("email is now a@example.org"));
    let second = methods(&["add", ADA, "mobile", "+1 4255550143"]).await;
    let command = "rekeyctl methods change ada@contoso.example mobile '+1 4255550143'";
    assert_eq!(second.err, format!("rekeyctl: the user has such a method already; change it with: {command}\n"));
    let invalid = methods(&["add", ADA, "office", "none"]).await;
    assert!(invalid.code == 1 && invalid.err.contains("400 "), "any other refusal is the service's: {invalid:?}");
    assert_eq!(methods(&["change", ADA, "email", "b@example.org"]).await, said("email is now b@example.org"));
    let list = methods(&["list", ADA, "--output", "csv"]).await;
    assert_eq!(
        list.out,
        "type,value,id\n\
         mobile,'+1 4255550142,3179e48a-750b-4051-897c-87b9720928f7\n\
         email,b@example.org,3ddfcfc8-9383-446f-83cc-3ab9be4be18f\n"
    );
    assert_eq!(methods(&["remove", ADA, "mobile"]).await, said("mobile is removed"));
    let again = methods(&["remove", ADA, "mobile"]).await;
    assert!(again.code == 1 && again.err.contains("404 Request_ResourceNotFound"), "{again:?}");
    let list = methods(&["list", ADA]).await;
    assert_eq!(list, done("type   value          id\nemail  b@example.org  3ddfcfc8-9383-446f-83cc-3ab9be4be18f\n"));
}

#[service_test]
async fn a_report_counts_and_lists_who_is_registered_and_who_has_to_confirm() {
    let service = Service::start(json!({"reconfirmAfterDays": 30})).await;
    people(&service).await;
    let path = format!("/graph/v1.0/users/{ADA}/authentication/emailMethods");
    let method = json!({"emailAddress": "ada@example.org"});
    service.send(Request::post(&path, &method).bearer(&service.admin)).await.expect(201);
    let report = async |service: &Service, only: Option<&str>| {
        let token = service.application(&["AuditLog.Read.All"]).await;
        let only: Vec<&str> = only.into_iter().flat_map(|only| ["--only", only]).collect();
        let columns = ["report", "--columns", "userPrincipalName", "--output", "csv"];
        let output = rekeyctl(service, &token, &[&columns[..], &only].concat()).await;
        assert_eq!(output.code, 0, "{output:?}");
        let rows = output.out.lines().skip(1).map(|row| row.split('@').next().unwrap().to_owned());
        (rows.collect::<Vec<_>>(), output.err)
    };
    let all = "enabled users: 3, registered: 1, can reset: 2, without a registered method: 2, overdue to confirm: 0\n";
    assert_eq!(report(&service, None).await, (["ada", "lena", "zed"].map(str::to_owned).to_vec(), all.to_owned()));
    for (only, expected) in [
        ("registered", &["ada"][..]),
        ("not-registered", &["lena", "zed"]),
        ("capable", &["ada", "lena"]),
        ("not-capable", &["zed"]),
        ("without-method", &["lena", "zed"]),
        ("overdue", &[]),
    ] {
        assert_eq!(
            report(&service, Some(only)).await,
            (expected.iter().map(|name| (*name).to_owned()).collect(), String::new()),
            "{only}"
        );
    }
    service.advance(31 * 24 * 60 * 60).await;
    assert_eq!(report(&service, Some("overdue")).await.0, ["ada"]);
    let later = all.replace("confirm: 0", "confirm: 1");
    assert_eq!(report(&service, None).await.1, later);
}

#[service_test]
async fn a_dry_run_and_an_import_are_rows_for_programs() {
    let service = Service::start(json!({})).await;
    let token = service.application(&super::IMPORT).await;
    let scratch = Scratch::new();
    let file = scratch.file("people.csv", b"userPrincipalName,mobile\nada@contoso.example,+447700900123\n");
    let file = file.to_str().unwrap();
    let dry = rekeyctl(&service, &token, &["import", file, "--dry-run", "--output", "csv"]).await;
    assert_eq!(dry.out, "action,user,properties\ncreate,ada@contoso.example,\"accountEnabled, mobilePhone\"\n");
    assert!(dry.err.starts_with("dry run, nothing was changed: 1 created"), "{dry:?}");
    let done = rekeyctl(&service, &token, &["import", file, "--output", "json"]).await;
    let counts: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(counts, json!({"created": 1, "updated": 0, "unchanged": 0, "skipped": 0, "rejected": 0}));
}

#[service_test]
async fn shells_complete_commands_without_an_address_or_a_token() {
    let service = Service::start(json!({})).await;
    for (shell, word) in [("bash", "_rekeyctl()"), ("zsh", "#compdef rekeyctl"), ("fish", "complete -c rekeyctl")] {
        let output = rekeyctl(&service, "", &["completion", shell]).await;
        assert!(output.code == 0 && output.out.contains(word) && output.out.contains("unblock"), "{shell}");
    }
}
