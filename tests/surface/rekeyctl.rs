//! `rekeyctl`: the administrator's command line, run against a local service.

mod desk;
mod import;
mod policy;
mod show;

use local::Options;
use serde_json::{Value, json};

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

/// Runs a command with a token. Panics if the command wants to wait before another try.
pub(crate) async fn rekeyctl(service: &Service, token: &str, arguments: &[&str]) -> Output {
    let arguments: Vec<String> = ["rekeyctl"].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
    let (url, token) = (service.running.url(), token.to_owned());
    let command = move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let around = rekeyctl::Surroundings {
            url: Some(url),
            token: Some(token),
            out: &mut out,
            err: &mut err,
            progress: false,
            pause: &|_| panic!("nothing is to be waited for"),
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
    let header = "userPrincipalName       displayName  enabled  mobilePhone    businessPhone    otherMails\n";
    let adele = "adele@contoso.example                true     +1 4255550100  +1 4255550111    1\n";
    let lena = "lena@contoso.example    Lena Groß    false                                    2\n";
    let oneil = "o'neil@contoso.example               true                    +1 4255550112x7  0\n";
    for size in ["1", "2", "100"] {
        let output = rekeyctl(&service, &reader, &["users", "--page-size", size]).await;
        assert_eq!(output, done(&format!("{header}{adele}{lena}{oneil}")), "{size}");
    }
    let output = rekeyctl(&service, &reader, &["users", "--filter", "O'N"]).await;
    let header = "userPrincipalName       displayName  enabled  mobilePhone  businessPhone    otherMails\n";
    let oneil = "o'neil@contoso.example               true                  +1 4255550112x7  0\n";
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
async fn a_property_is_set_and_cleared() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let writer = service.application(&["User.ReadWrite.All"]).await;
    let set = async |words: &[&str]| {
        let words: Vec<&str> = ["set", "o'neil@contoso.example"].iter().chain(words).copied().collect();
        rekeyctl(&service, &writer, &words).await
    };
    let said = |what: &str| done(&format!("o'neil@contoso.example: {what}\n"));
    assert_eq!(set(&["mobilePhone", "+1 425-555-0100"]).await, said("mobilePhone set"));
    assert_eq!(set(&["businessPhones", "--clear"]).await, said("businessPhones cleared"));
    assert_eq!(set(&["otherMails", "a@example.org", "b@example.org"]).await, said("otherMails set"));
    assert_eq!(set(&["displayName", "Shaquille O'Neil"]).await, said("displayName set"));
    assert_eq!(set(&["accountEnabled", "false"]).await, said("accountEnabled set"));
    let select = "mobilePhone,businessPhones,otherMails,displayName,accountEnabled";
    assert_eq!(
        properties(&service, "o'neil@contoso.example", select).await,
        json!({
            "mobilePhone": "+1 4255550100", "businessPhones": [], "otherMails": ["a@example.org", "b@example.org"],
            "displayName": "Shaquille O'Neil", "accountEnabled": false
        })
    );
    assert_eq!(set(&["mobilePhone", "--clear"]).await, said("mobilePhone cleared"));
    assert_eq!(set(&["otherMails", "--clear"]).await, said("otherMails cleared"));
    let cleared = properties(&service, "o'neil@contoso.example", "mobilePhone,otherMails").await;
    assert_eq!(cleared, json!({"mobilePhone": null, "otherMails": []}));

    let refused =
        |err: &str| Output { code: 1, out: String::new(), err: format!("rekeyctl: the service refuses: {err}\n") };
    let rule = "400 Request_BadRequest: mobilePhone must be +CountryCode PhoneNumber, with an optional extension xNNNN";
    assert_eq!(set(&["mobilePhone", "555 0100"]).await, refused(rule));
    let output = rekeyctl(&service, &writer, &["set", "nobody@contoso.example", "displayName", "Nobody"]).await;
    assert!(output.code == 1 && output.err.contains("404 Request_ResourceNotFound"), "{output:?}");
    assert_eq!(cleared, properties(&service, "o'neil@contoso.example", "mobilePhone,otherMails").await);
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
