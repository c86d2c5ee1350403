//! `--users FILE`: loads the people of a directory's export, who can reset at once.

mod again;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use local::{Options, StartError};
use serde_json::{Value, json};

use crate::support::service::{NEW_PASSWORD, begin, digits};
use crate::support::{Request, Service};

/// One person with contacts of every type and a password.
pub(crate) const ADELE: &str = "dn: cn=Adele Vance,ou=People,dc=contoso,dc=example
objectClass: inetOrgPerson
userPrincipalName: adele@contoso.example
displayName: Adele Vance
mobile: +1 4255550100
telephoneNumber: +1 4255550111
otherMailbox: adele.vance@example.org
userPassword: the old password of a user
";

/// A folder for the files of one test, which is removed after the test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rekey-directory-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        // An earlier process with the same id may have left one.
        std::fs::remove_dir_all(&path).ok();
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str, text: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A service that has loaded this text, from a file whose name says its format.
pub(crate) async fn loaded(name: &str, text: &str, policy: Value) -> Service {
    let scratch = Scratch::new();
    let users = Some(scratch.file(name, text.as_bytes()));
    Service::with(&Options { users, policy_members: Some(policy), ..Options::default() }).await
}

fn report(service: &Service) -> &str {
    service.running.report.as_deref().expect("a report")
}

/// The first line of the report.
fn summary(service: &Service) -> &str {
    report(service).lines().next().unwrap()
}

/// The loaded properties of a person, without those that differ from run to run.
async fn person(service: &Service, name: &str) -> Value {
    let properties = "userPrincipalName,displayName,givenName,surname,mail,preferredLanguage,mobilePhone,businessPhones,\
                      otherMails,onPremisesSyncEnabled,accountEnabled,isAdmin";
    let target = format!("/graph/v1.0/users/{name}?$select={properties}");
    let mut body = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json();
    body.as_object_mut().unwrap().remove("@odata.context");
    body
}

async fn count(service: &Service) -> usize {
    let reply = service.send(Request::get("/graph/v1.0/users?$top=999").bearer(&service.admin)).await.expect(200);
    reply.json()["value"].as_array().unwrap().len()
}

/// More people than are created at once, some of them with values that are rejected.
#[service_test]
async fn many_people_are_loaded_each_with_their_own_values() {
    const PEOPLE: usize = 70;
    let mobile = |number: usize| match number {
        7 | 47 => "not a number".to_owned(),
        _ => format!("+1 42555501{number:02}"),
    };
    let line = |number: usize| format!("user{number}@contoso.example,{}\n", mobile(number));
    let text = "userPrincipalName,mobile\n".to_owned() + &(0..PEOPLE).map(line).collect::<String>();
    let service = loaded("people.csv", &text, json!({})).await;
    let lines: Vec<&str> = report(&service).lines().collect();
    assert_eq!(lines[0], "users: 70 loaded, 0 updated, 0 unchanged, 0 entries skipped, 2 rejected");
    assert_eq!(lines[1..], ["  2 times, lines 9, 49: mobile: holds no digits"]);
    assert_eq!(count(&service).await, PEOPLE);
    for number in 0..PEOPLE {
        let loaded = person(&service, &format!("user{number}@contoso.example")).await;
        let expected = if [7, 47].contains(&number) { Value::Null } else { json!(mobile(number)) };
        assert_eq!(loaded["mobilePhone"], expected, "{number}");
    }
}

const EVERYTHING: &str = "version: 1
# a comment
dn: cn=Lena,dc=contoso,dc=example
OBJECTCLASS: top
objectclass: INETORGPERSON
USERPRINCIPALNAME: Lena@Contoso.example
cn: not the display name
displayName:: TGVuYSBHcm/Dnw==
givenName: Le
 na
SN: Gross
Mail: lena@contoso.example
mail: lena.second@contoso.example
MOBILE: +1-425-555-0101
TelephoneNumber: +44 20 7946 0958
otherMailbox: lena.gross@exam
 ple.org
OtherMailbox: lena@example.org
preferredlanguage: de
userPassword:: bGVuYS1vbGQtcGFzc3dvcmQtMjAyNg==

dn: cn=Priya,dc=contoso,dc=example
objectClass: person
cn: Priya Nair
mail: priya@contoso.example
mobile: +14255550104

dn: ou=People,dc=contoso,dc=example
objectClass: organizationalUnit
ou: People
mail: people@contoso.example
";

#[service_test]
async fn every_attribute_of_an_ldif_file_has_its_place() {
    let service = loaded("People.LDIF", EVERYTHING, json!({})).await;
    assert_eq!(
        report(&service),
        "users: 2 loaded, 0 updated, 0 unchanged, 1 entries skipped, 0 rejected\n  \
         line 28: objectClass: organizationalUnit is no class of people (skipped)\n"
    );
    assert_eq!(
        person(&service, "lena@contoso.example").await,
        json!({
            "userPrincipalName": "Lena@Contoso.example", "displayName": "Lena Groß", "givenName": "Lena",
            "surname": "Gross", "mail": "lena@contoso.example", "preferredLanguage": "de",
            "mobilePhone": "+1 4255550101", "businessPhones": ["+44 2079460958"],
            "otherMails": ["lena.gross@example.org", "lena@example.org"],
            "onPremisesSyncEnabled": true, "accountEnabled": true, "isAdmin": false
        })
    );
    service.check("LENA@contoso.example", "lena-old-password-2026").await.expect(200);
    // Without a `userPrincipalName`, the first `mail` is the name, but no contact. Without a `displayName`, `cn` is used.
    assert_eq!(
        person(&service, "priya@contoso.example").await,
        json!({
            "userPrincipalName": "priya@contoso.example", "displayName": "Priya Nair", "givenName": null,
            "surname": null, "mail": "priya@contoso.example", "preferredLanguage": null,
            "mobilePhone": "+1 4255550104", "businessPhones": [], "otherMails": [],
            "onPremisesSyncEnabled": true, "accountEnabled": true, "isAdmin": false
        })
    );
    assert_eq!(count(&service).await, 2);
    assert_eq!(service.messages().await, Vec::<Value>::new(), "a load notifies nobody");
}

#[service_test]
async fn a_csv_file_has_a_row_for_each_person() {
    let text = "UserPrincipalName,DISPLAYNAME,mobile,telephoneNumber,otherMailbox,otherMailbox,shoeSize,userPassword\r\n\
                omar@contoso.example,\"Haddad, \"\"Omar\"\"\",,+1 4255550110X12345,omar.haddad@example.org,omar@example.org,44,omar-old-password-2026\r\n\
                ,Nobody,+1 4255550120,,,,44,\r\n\
                harriet@contoso.example,Harriet Lowe,+44 (0)7700 900123,,,,38,\r\n";
    let service = loaded("people.csv", text, json!({})).await;
    assert_eq!(summary(&service), "users: 2 loaded, 0 updated, 0 unchanged, 1 entries skipped, 0 rejected");
    let omar = person(&service, "omar@contoso.example").await;
    assert_eq!(omar["displayName"], "Haddad, \"Omar\"");
    assert_eq!(omar["mobilePhone"], Value::Null);
    assert_eq!(omar["businessPhones"], json!(["+1 4255550110X12345"]));
    assert_eq!(omar["otherMails"], json!(["omar.haddad@example.org", "omar@example.org"]));
    assert_eq!(person(&service, "harriet@contoso.example").await["mobilePhone"], "+44 7700900123");
    service.check("omar@contoso.example", "omar-old-password-2026").await.expect(200);
    assert_eq!(count(&service).await, 2);
}

#[service_test]
async fn rejects_are_reported_by_line_attribute_and_rule_and_never_by_value() {
    let text = "dn: cn=1
objectClass: person
userPrincipalName: canary one@contoso.example
mobile: +1 4255550101

dn: cn=2
objectClass: person
userPrincipalName: two@contoso.example
mobile: 4255550177
telephoneNumber: +1 9005550177
otherMailbox: canary@example.org, canary@example.net
otherMailbox: two@example.org
userPassword: {SSHA}Y2FuYXJ5LWNhbmFyeQ==
displayName:: canary!

dn: cn=3
objectClass: person
userPrincipalName: three@contoso.example
mobile: +1 4255550103
mobile: +1 4255550177
mobile:< file:///canary

dn: cn=4
objectClass: person
userPrincipalName: four@contoso.example
mobile: +1 4255550104
canary 4255550177

dn: cn=5
changetype: delete
";
    let service = loaded("people.ldif", text, json!({})).await;
    let lines: Vec<&str> = report(&service).lines().collect();
    let attributes: Vec<(&str, &str)> =
        lines[1..].iter().map(|line| line.trim().strip_prefix("line ").unwrap().split_once(": ").unwrap()).collect();
    let named: Vec<(&str, &str)> =
        attributes.iter().map(|(line, rest)| (*line, rest.split(": ").next().unwrap())).collect();
    let expected = [
        ("3", "userPrincipalName"),
        ("9", "mobile"),
        ("10", "telephoneNumber"),
        ("11", "otherMailbox"),
        ("14", "displayName"),
        ("20", "mobile"),
        ("21", "mobile"),
        ("27", "entry"),
        ("30", "changetype"),
        // A note, which stands behind what was refused.
        ("13", "userPassword"),
    ];
    assert_eq!(named, expected, "{}", report(&service));
    assert!(attributes.iter().all(|(_, rest)| rest.split_once(": ").unwrap().1.len() > 5), "each reject names a rule");
    assert_eq!(lines[0], "users: 2 loaded, 0 updated, 0 unchanged, 0 entries skipped, 9 rejected");
    let small = report(&service).to_lowercase();
    for value in ["canary", "0177", "ssha", "y2fuyxj5", "contoso"] {
        assert!(!small.contains(value), "{value} in {small}");
    }
    // The valid values of the same entries were loaded.
    let two = person(&service, "two@contoso.example").await;
    assert_eq!((&two["mobilePhone"], &two["businessPhones"]), (&Value::Null, &json!([])));
    assert_eq!(two["otherMails"], json!(["two@example.org"]));
    assert_eq!(person(&service, "three@contoso.example").await["mobilePhone"], "+1 4255550103");
    service.check("two@contoso.example", "{SSHA}Y2FuYXJ5LWNhbmFyeQ==").await.problem(422, "credentials-rejected");
    assert_eq!(count(&service).await, 2);
}

#[service_test]
async fn an_ambiguous_row_is_refused_whole() {
    let text = "userPrincipalName,mobile\n\
                one@contoso.example,+1 4255550101,canary\n\
                two@contoso.example,\"+1 4255550102\"canary\n\
                three@contoso.example,+1 4255550103\n";
    let service = loaded("people.csv", text, json!({})).await;
    let lines: Vec<&str> = report(&service).lines().collect();
    assert_eq!(lines[0], "users: 1 loaded, 0 updated, 0 unchanged, 0 entries skipped, 2 rejected");
    assert!(lines[1].starts_with("  line 2: entry: ") && lines[2].starts_with("  line 3: entry: "), "{lines:?}");
    assert!(!report(&service).contains("canary"));
    assert_eq!(person(&service, "three@contoso.example").await["mobilePhone"], "+1 4255550103");
    assert_eq!(count(&service).await, 1);
}

#[service_test]
async fn values_have_the_limits_of_the_graph_routes() {
    let (long, longest) = ("x".repeat(65), "x".repeat(64));
    let text = format!(
        "userPrincipalName,displayName,givenName,sn,preferredLanguage,mail,mobile\n\
         one@contoso.example,{},{long},{longest},{long},nobody,\n\
         two@contoso.example,{},{longest},{long},de,two@contoso.example,\n",
        "x".repeat(256),
        "x".repeat(257)
    );
    let service = loaded("people.csv", &text, json!({})).await;
    let lines: Vec<&str> = report(&service).lines().map(str::trim).collect();
    let rule = "is empty, is too long or contains control characters";
    assert_eq!(
        lines,
        [
            "users: 2 loaded, 0 updated, 0 unchanged, 0 entries skipped, 5 rejected",
            &format!("line 2: givenName: {rule}"),
            "line 2: mail: is not a valid email address",
            &format!("line 2: preferredLanguage: {rule}"),
            &format!("line 3: displayName: {rule}"),
            &format!("line 3: sn: {rule}"),
            "line 1: mail: a person's own mailbox is no contact; rekeyctl import --mail-as-contact uses it as one (noted)",
        ]
    );
    let one = person(&service, "one@contoso.example").await;
    assert_eq!((&one["givenName"], &one["surname"], &one["mail"]), (&Value::Null, &json!(longest), &Value::Null));
    let two = person(&service, "two@contoso.example").await;
    assert_eq!((&two["displayName"], &two["mail"]), (&Value::Null, &json!("two@contoso.example")));
}

#[service_test]
async fn people_of_the_directory_can_reset_at_once() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    service.check("adele@contoso.example", NEW_PASSWORD).await.expect(200);

    service.advance(31).await;
    service.messages().await;
    service.empty_outbox().await;
    let begun = service.begin("adele@contoso.example", "officeCall", Some("+1 4255550111")).await;
    let messages = service.outbox("+14255550111").await;
    assert_eq!((messages.len(), &messages[0]["channel"]), (1, &json!("call")));
    service.verify(&begun.id, &digits(&messages[0])).await.expect(200);
}

#[service_test]
async fn a_policy_that_needs_registered_contacts_sends_nothing_and_responds_the_same() {
    let accepting = loaded("people.ldif", ADELE, json!({})).await;
    let strict = loaded("people.ldif", ADELE, json!({"acceptDirectoryContacts": false})).await;
    for (method, phone) in
        [("mobileSms", Some("+1 4255550100")), ("officeCall", Some("+1 4255550111")), ("email", None)]
    {
        let usual = accepting.send(begin("adele@contoso.example", method, phone)).await.expect(202);
        let refused = strict.send(begin("adele@contoso.example", method, phone)).await.expect(202);
        assert_eq!(refused.shape(), usual.shape());
        accepting.advance(31).await;
    }
    assert_eq!(accepting.messages().await.len(), 3);
    assert_eq!(strict.messages().await, Vec::<Value>::new());
    // Under that policy, a number that the person registers counts.
    let token = strict.user("adele@contoso.example").await;
    let wish = json!({"type": "mobilePhone", "value": "+1 4255550100"});
    let reply = strict.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
    let code = digits(&strict.outbox("+14255550100").await[0]);
    let target = format!("/v1/registration/challenges/{}/verifications", reply.text("challengeId"));
    strict.send(Request::post(&target, &json!({"code": code})).bearer(&token)).await.expect(200);
    strict.advance(31).await;
    strict.reset_by_sms(NEW_PASSWORD).await;
}

#[service_test]
async fn the_sample_loads_whole() {
    let service = Service::with(&Options { sample: true, ..Options::default() }).await;
    assert_eq!(summary(&service), "users: 8 loaded, 0 updated, 0 unchanged, 2 entries skipped, 0 rejected");
    let target = "/graph/v1.0/users?$select=userPrincipalName,mobilePhone,businessPhones,otherMails,displayName";
    let people = service.send(Request::get(target).bearer(&service.admin)).await.expect(200).json();
    let row = |name: &str, display: &str, mobile: Value, office: Value, mails: Value| {
        json!({"userPrincipalName": format!("{name}@contoso.example"), "displayName": display, "mobilePhone": mobile,
               "businessPhones": office, "otherMails": mails})
    };
    let none = || json!([]);
    assert_eq!(
        people["value"],
        json!([
            row(
                "adele",
                "Adele Vance",
                json!("+1 4255550100"),
                json!(["+1 4255550111"]),
                json!(["adele.vance@example.org"])
            ),
            row("camille", "Camille Laurent", json!("+1 4255550102"), none(), json!(["camille.laurent@example.org"])),
            row("harriet", "Harriet Lowe", json!("+44 7700900123"), none(), json!(["harriet.lowe@example.org"])),
            row("ida", "Ida Berg", json!("+1 4255550104"), none(), json!(["ida.berg@example.org"])),
            row("lena", "Lena Groß", json!("+1 4255550101"), none(), json!(["lena.gross@example.org"])),
            row(
                "mateo",
                "Mateo Robles Castellanos",
                json!("+1 4255550103"),
                none(),
                json!(["mateo.robles@example.org", "mateo@example.org"])
            ),
            row("omar", "Omar Haddad", Value::Null, json!(["+1 4255550110X12345"]), json!(["omar.haddad@example.org"])),
            row("priya", "Priya Nair", Value::Null, none(), json!(["priya.nair@example.org"])),
        ])
    );
    for name in ["adele", "camille", "harriet", "ida", "lena", "mateo", "omar", "priya"] {
        service.check(&format!("{name}@contoso.example"), &format!("{name}-old-password-2026")).await.expect(200);
    }
    service.reset_by_sms(NEW_PASSWORD).await;
    // Omar's extension is stored, and neither dialled nor spoken.
    service.begin("omar@contoso.example", "officeCall", Some("+1 4255550110")).await;
    let calls = service.outbox("+14255550110").await;
    assert_eq!((calls.len(), &calls[0]["channel"]), (1, &json!("call")));
}

#[service_test]
async fn a_file_that_cannot_be_read_ends_the_start() {
    let scratch = Scratch::new();
    let error = async |path: PathBuf| {
        let started = local::start(&Options { users: Some(path), ..Options::default() }).await;
        started.err().expect("the start fails")
    };
    let sheet = scratch.file("people.xlsx", ADELE.as_bytes());
    assert!(matches!(error(sheet).await, StartError::UsersForm));
    assert!(matches!(error(scratch.path().join("missing.csv")).await, StartError::UsersFile(_)));
}

#[service_test]
async fn a_file_without_people_loads_nobody() {
    for (name, text, rejected) in
        [("empty.ldif", "", 0), ("empty.csv", "", 1), ("other.csv", "shoeSize,hat\n44,1\n", 1)]
    {
        let service = loaded(name, text, json!({})).await;
        let first = summary(&service);
        assert!(first.starts_with("users: 0 loaded, 0 updated, 0 unchanged, "), "{first}");
        assert!(first.ends_with(&format!(" {rejected} rejected")), "{first}");
        assert_eq!(count(&service).await, 0);
    }
}
