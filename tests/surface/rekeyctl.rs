//! `rekeyctl`: the administrator's command line, run against a local service.

mod desk;
mod import;
mod people;
mod policy;
mod show;

use std::cell::RefCell;

use local::Options;
use serde_json::{Value, json};
use shared::time::Clock;

use crate::support::{Request, Service};
use crate::surface::load_directory::Scratch;

/// The result of a command: its exit code, and its output on standard output and standard error.
#[derive(Debug, PartialEq)]
pub(crate) struct Output {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The permissions that `import` needs according to its documentation.
pub(crate) const IMPORT: [&str; 2] = ["User.ReadWrite.All", "OnPremDirectorySynchronization.ReadWrite.All"];

/// Runs a command with a token. Panics if the command wants to wait before another try, or asks for something.
pub(crate) async fn rekeyctl(service: &Service, token: &str, arguments: &[&str]) -> Output {
    typing(service, token, arguments, &[]).await
}

/// Runs a command with a token, and types these lines when it asks for them.
pub(crate) async fn typing(service: &Service, token: &str, arguments: &[&str], lines: &[&str]) -> Output {
    let lines: Vec<String> = lines.iter().rev().map(|line| (*line).to_owned()).collect();
    let now = service.running.clock.now();
    let arguments: Vec<String> = ["rekeyctl"].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
    let (url, token) = (service.running.url(), token.to_owned());
    let command = move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let lines = RefCell::new(lines);
        let around = rekeyctl::Surroundings {
            url: Some(url),
            token: Some(token),
            out: &mut out,
            err: &mut err,
            progress: false,
            pause: &|_| panic!("nothing is to be waited for"),
            aws: &|_| panic!("AWS is not to be asked"),
            ask: &|_| Ok(lines.borrow_mut().pop().unwrap()),
            now,
        };
        let code = rekeyctl::run(arguments, around);
        Output { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
    };
    tokio::task::spawn_blocking(command).await.unwrap()
}

/// The result of a successful command with this output.
pub(crate) fn done(out: &str) -> Output {
    Output { code: 0, out: out.to_owned(), err: String::new() }
}

/// A user's selected properties, without the context.
pub(crate) async fn properties(service: &Service, name: &str, select: &str) -> Value {
    let target = format!("/graph/v1.0/users/{name}?$select={select}");
    let mut user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json();
    user.as_object_mut().unwrap().remove("@odata.context");
    user
}

async fn people(service: &Service) {
    service.adele().await;
    let lena =
        json!({"displayName": "Lena Groß", "accountEnabled": false, "otherMails": ["l@example.org", "m@example.org"]});
    service.create("lena@contoso.example", lena).await;
    service.create("o'neil@contoso.example", json!({"businessPhones": ["+1 4255550112x7"]})).await;
}

#[service_test]
async fn users_are_a_table_over_several_pages() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let reader = service.application(&["User.Read.All"]).await;
    let header = "userPrincipalName       displayName  accountEnabled  mobilePhone    businessPhones   otherMails\n";
    let adele = "adele@contoso.example                true            +1 4255550100  +1 4255550111    adele.vance@example.org\n";
    let lena = "lena@contoso.example    Lena Groß    false                                           l@example.org, m@example.org\n";
    let oneil = "o'neil@contoso.example               true                           +1 4255550112x7\n";
    for size in ["1", "2", "100"] {
        let output = rekeyctl(&service, &reader, &["users", "--page-size", size]).await;
        assert_eq!(output, done(&format!("{header}{adele}{lena}{oneil}")), "{size}");
    }
    let output = rekeyctl(&service, &reader, &["users", "--filter", "O'N"]).await;
    let header = "userPrincipalName       displayName  accountEnabled  mobilePhone  businessPhones   otherMails\n";
    let oneil = "o'neil@contoso.example               true                         +1 4255550112x7\n";
    assert_eq!(output, done(&format!("{header}{oneil}")));
    let output = rekeyctl(&service, &reader, &["users", "--limit", "1"]).await;
    let lines: Vec<&str> = output.out.lines().collect();
    assert_eq!((output.code, lines.len()), (0, 2), "{output:?}");
    assert!(lines[1].starts_with("adele@contoso.example "), "{output:?}");
    assert_eq!(output.err, "there are more; --limit says how many are shown\n");
    let output = rekeyctl(&service, &reader, &["users", "--limit", "3"]).await;
    assert_eq!((output.out.lines().count(), output.err.as_str()), (4, ""));
}

#[service_test]
async fn a_next_page_elsewhere_is_not_followed() {
    let options = Options { public_url: Some("https://elsewhere.example".to_owned()), ..Options::default() };
    let service = Service::with(&options).await;
    people(&service).await;
    let output = rekeyctl(&service, &service.admin, &["users", "--page-size", "1"]).await;
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(
        output
            .err
            .starts_with("rekeyctl: the next page is at another address than --url, and the token is not sent there")
    );
    // The first page has a link, but also as many users as the limit wants.
    let output = rekeyctl(&service, &service.admin, &["users", "--limit", "1"]).await;
    assert_eq!((output.code, output.out.lines().count()), (0, 2), "{output:?}");
    assert_eq!(output.err, "there are more; --limit says how many are shown\n");
    // One page needs no link.
    assert_eq!(rekeyctl(&service, &service.admin, &["users"]).await.code, 0);
}

#[service_test]
async fn properties_are_set_and_cleared_in_one_change() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let writer = service.application(&["User.ReadWrite.All"]).await;
    let set = async |words: &[&str]| {
        let words: Vec<&str> = ["set", "o'neil@contoso.example"].iter().chain(words).copied().collect();
        rekeyctl(&service, &writer, &words).await
    };
    let said = |lines: &[&str]| {
        done(&lines.iter().map(|line| format!("o'neil@contoso.example: {line}\n")).collect::<String>())
    };
    let changes = async || {
        let audit = "/graph/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Update%20user'";
        let token = service.application(&["AuditLog.Read.All"]).await;
        let body = service.send(Request::get(audit).bearer(&token)).await.expect(200).json();
        body["value"].as_array().unwrap().len()
    };
    let several = [
        "mobilephone=+1 425-555-0100",
        "businessPhones=",
        "otherMails=a@example.org,b@example.org",
        "displayName=Shaquille O'Neil",
        "accountEnabled=false",
    ];
    // What is said is what is stored.
    let now = [
        "mobilePhone is now +1 4255550100",
        "businessPhones is now empty",
        "otherMails is now a@example.org, b@example.org",
        "displayName is now Shaquille O'Neil",
        "accountEnabled is now false",
    ];
    assert_eq!(set(&several).await, said(&now));
    assert_eq!(changes().await, 1, "all in one change");
    assert_eq!(
        set(&["mobilePhone=", "otherMails="]).await,
        said(&["mobilePhone is now empty", "otherMails is now empty"])
    );
    let json = set(&["jobTitle=Center", "--output", "json"]).await;
    let row = json!({"user": "o'neil@contoso.example", "property": "jobTitle", "value": "Center"});
    assert_eq!(serde_json::from_str::<Value>(&json.out).unwrap(), row);
    let stored = properties(&service, "o'neil@contoso.example", "mobilePhone,otherMails,jobTitle").await;
    assert_eq!(stored, json!({"mobilePhone": null, "otherMails": [], "jobTitle": "Center"}));

    let refused =
        |err: &str| Output { code: 1, out: String::new(), err: format!("rekeyctl: the service refuses: {err}\n") };
    let rule = "400 Request_BadRequest: mobilePhone must be +CountryCode PhoneNumber, with an optional extension xNNNN";
    assert_eq!(set(&["jobTitle=Guard", "mobilePhone=555 0100"]).await, refused(rule));
    let twice = set(&["jobTitle=Guard", "jobtitle=Forward"]).await;
    assert_eq!(twice.err, "rekeyctl: each property can be given once\n");
    let output = rekeyctl(&service, &writer, &["set", "nobody@contoso.example", "displayName=Nobody"]).await;
    assert!(output.code == 1 && output.err.contains("404 Request_ResourceNotFound"), "{output:?}");
    let unchanged = properties(&service, "o'neil@contoso.example", "mobilePhone,otherMails,jobTitle").await;
    assert_eq!(unchanged, stored, "nothing of a refused change is kept");
    let renamed = set(&["userPrincipalName=shaq@contoso.example", "surname=O'Neil"]).await;
    assert_eq!(renamed, said(&["userPrincipalName is now shaq@contoso.example", "surname is now O'Neil"]));
}

#[service_test]
async fn a_token_may_come_from_a_file_and_a_wrong_one_is_reported() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let scratch = Scratch::new();
    let file = scratch.file("token", format!("{}\n", service.admin).as_bytes());
    let output = rekeyctl(&service, "a.b.c", &["users", "--token-file", file.to_str().unwrap()]).await;
    assert_eq!((output.code, output.out.lines().count()), (0, 4), "{output:?}");
    let output = rekeyctl(&service, "a.b.c", &["users"]).await;
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(output.err.starts_with("rekeyctl: the service refuses: 401 InvalidAuthenticationToken"), "{output:?}");
    assert!(!output.err.contains("a.b.c"));
}
