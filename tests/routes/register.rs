//! `/v1/registration`: reading one's own contacts, proving possession of a contact, removing and confirming methods.

mod changes;
mod codes;
mod confirmation;
mod enough;
mod refusals;
mod removal;
mod sessions;
mod sharing;

use local::Options;
use serde_json::{Value, json};

use crate::support::service::{NEW_PASSWORD, digits};
use crate::support::{Reply, Request, Service};
use crate::surface::load_directory::{ADELE, Scratch, loaded};

const NAME: &str = "adele@contoso.example";
const NEW_PHONE: &str = "+1 4255550123";

fn challenge(token: &str, body: &Value) -> Request {
    Request::post("/v1/registration/challenges", body).bearer(token)
}

fn phone(value: &str) -> Value {
    json!({"type": "mobilePhone", "value": value})
}

fn prove(token: &str, id: &str, code: &str) -> Request {
    Request::post(&format!("/v1/registration/challenges/{id}/verifications"), &json!({"code": code})).bearer(token)
}

fn mail(value: &str) -> Value {
    json!({"type": "email", "value": value})
}

fn remove(token: &str, kind: &str) -> Request {
    Request::new("DELETE", &format!("/v1/registration/methods/{kind}")).bearer(token)
}

fn confirm(token: &str) -> Request {
    Request::new("POST", "/v1/registration/confirmation").bearer(token)
}

/// The destinations of all messages without a code, sorted.
async fn notified(service: &Service) -> Vec<String> {
    // A delivery may add jobs, which must be delivered, too.
    for _ in 0..6 {
        service.running.settled().await;
    }
    let messages = service.messages().await;
    let notices = messages.iter().filter(|message| message["reference"] == "");
    let mut to: Vec<String> = notices.map(|notice| notice["to"].as_str().unwrap().to_owned()).collect();
    to.sort();
    to
}

/// Waits for all deliveries, and empties the outbox.
async fn hush(service: &Service) {
    notified(service).await;
    service.empty_outbox().await;
}

/// The audit's records of people's own methods, newest first: the activity, and the old and new values.
async fn audited(service: &Service) -> Vec<(String, Value)> {
    let token = service.application(&["AuditLog.Read.All"]).await;
    let reply = service.send(Request::get("/graph/v1.0/auditLogs/directoryAudits").bearer(&token)).await.expect(200);
    let records = reply.json()["value"].as_array().unwrap().clone();
    let own = records.iter().filter(|record| record["activityDisplayName"].as_str().unwrap().starts_with("User "));
    own.map(|record| {
        let target = &record["targetResources"][0];
        assert_eq!(record["initiatedBy"]["user"]["id"], target["id"], "the person is both initiator and target");
        let changes = target["modifiedProperties"].as_array().unwrap();
        let change = |one: &Value| json!([one["displayName"], one["oldValue"], one["newValue"]]);
        (record["activityDisplayName"].as_str().unwrap().to_owned(), changes.iter().map(change).collect())
    })
    .collect()
}

/// Value, `usable` and `reason` of each value on file.
async fn suggested(service: &Service, token: &str) -> Vec<(String, bool, Value)> {
    let body = registration(service, token).await;
    let suggested = body["suggested"].as_array().unwrap().clone();
    suggested
        .iter()
        .map(|one| (one["value"].as_str().unwrap().into(), one["usable"] == true, one["reason"].clone()))
        .collect()
}

/// Begins a reset of Adele's, and returns how many messages it sends.
async fn sends(service: &Service, method: &str, phone: Option<&str>) -> usize {
    service.advance(31).await;
    hush(service).await;
    service.begin(NAME, method, phone).await;
    service.messages().await.len()
}

async fn registration(service: &Service, token: &str) -> Value {
    service.send(Request::get("/v1/registration").bearer(token)).await.expect(200).json()
}

/// Challenges a value, and returns the challenge's id with the code that was sent to it.
async fn challenged(service: &Service, token: &str, body: &Value) -> (String, String) {
    let value = body["value"].as_str().unwrap();
    let dialled = value.split(['x', 'X']).next().filter(|_| value.starts_with('+')).unwrap_or(value);
    challenged_at(service, token, body, &dialled.replace(' ', "")).await
}

/// The same for a destination that is spelled differently from the value.
async fn challenged_at(service: &Service, token: &str, body: &Value, to: &str) -> (String, String) {
    let reply = service.send(challenge(token, body)).await.expect(202);
    let messages = service.outbox(to).await;
    let code = messages.iter().rfind(|message| message["reference"] != "").expect("a code");
    (reply.text("challengeId"), digits(code))
}

/// Takes a value through its challenge.
async fn register(service: &Service, token: &str, body: &Value) -> Reply {
    let (id, code) = challenged(service, token, body).await;
    service.send(prove(token, &id, &code)).await.expect(200)
}

async fn rejected(service: &Service, request: Request) {
    service.send(request).await.problem(422, "code-rejected");
}

#[service_test]
async fn a_person_of_the_directory_sees_what_is_on_file_as_suggestions() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let token = service.user(NAME).await;
    let reply = service.send(Request::get("/v1/registration").bearer(&token)).await.expect(200);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let body = reply.json();
    let at = body["suggested"][0]["setAt"].as_str().expect("a time");
    assert!(at.len() == 24 && at.starts_with("20") && at.ends_with('Z'), "{at}");
    let suggestion = |kind: &str, value: &str| json!({"type": kind, "value": value, "source": "directory", "setAt": at, "verifiedAt": null, "usable": true, "reason": null});
    assert_eq!(
        body,
        json!({
            "userName": NAME, "registered": false, "methodsRequired": 1, "reconfirmBy": null, "methods": [],
            "suggested": [
                suggestion("mobilePhone", "+1 4255550100"),
                suggestion("officePhone", "+1 4255550111"),
                suggestion("email", "adele.vance@example.org"),
            ],
            "securityQuestions": {"registered": 0, "required": 5}
        })
    );
}

#[service_test]
async fn each_suggestion_says_why_it_could_not_be_used() {
    let policy = json!({"methods": ["mobileSms", "email"]});
    let text = "userPrincipalName,mobile,telephoneNumber,otherMailbox,otherMailbox
abroad@contoso.example,+1 8769221234,+1 4255550111,one@example.org,two@example.org
fixed@contoso.example,+44 20 7946 0958,,,
";
    let service = loaded("people.csv", text, policy).await;
    let shown = async |service: &Service, name: &str| suggested(service, &service.user(name).await).await;
    assert_eq!(
        shown(&service, "abroad@contoso.example").await,
        [
            ("+1 8769221234".to_owned(), false, json!("countryNotAllowed")),
            ("+1 4255550111".to_owned(), false, json!("methodNotOffered")),
            ("one@example.org".to_owned(), true, Value::Null),
            ("two@example.org".to_owned(), false, json!("notFirst")),
        ]
    );
    assert_eq!(
        shown(&service, "fixed@contoso.example").await,
        [("+44 2079460958".to_owned(), false, json!("fixedLine"))]
    );
    let strict = loaded("people.ldif", ADELE, json!({"acceptDirectoryContacts": false})).await;
    assert!(shown(&strict, NAME).await.iter().all(|(_, usable, reason)| !usable && reason == "notRegistered"));
}

#[service_test]
async fn a_phone_is_registered_by_the_code_of_its_sms() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let token = service.user(NAME).await;
    let reply = service.send(challenge(&token, &phone("+1 (425) 555-0123"))).await.expect(202);
    reply.fixed_headers();
    let body = reply.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["challengeId", "expiresAt", "reference"]);
    assert!(body["challengeId"].as_str().unwrap().len() >= 22);
    assert_eq!(body["reference"].as_str().unwrap().len(), 2);
    let messages = service.messages().await;
    let code = digits(&messages[0]);
    assert_eq!(
        (messages.len(), &messages[0]["channel"], &messages[0]["to"]),
        (1, &json!("sms"), &json!("+14255550123"))
    );
    assert_eq!(messages[0]["reference"], body["reference"]);
    assert_eq!(
        messages[0]["text"],
        format!(
            "Contoso: your code to confirm this number is {} {} (ref {}, 5 min). Never share it.\n@contoso.example #{code}",
            &code[..4],
            &code[4..],
            body["reference"].as_str().unwrap()
        )
    );

    let before = registration(&service, &token).await;
    assert_eq!(before["methods"], json!([]), "requesting a challenge registers nothing");
    let reply = service.send(prove(&token, body["challengeId"].as_str().unwrap(), &code)).await.expect(200);
    reply.fixed_headers();
    let method = reply.json();
    let at = method["verifiedAt"].as_str().unwrap();
    assert_eq!(
        method,
        json!({"type": "mobilePhone", "value": NEW_PHONE, "source": "user", "setAt": at, "verifiedAt": at, "usable": true, "reason": null})
    );
    let after = registration(&service, &token).await;
    assert_eq!((&after["registered"], &after["methods"]), (&json!(true), &json!([method])));
    let half_a_year = after["reconfirmBy"].as_str().unwrap();
    assert!(half_a_year > at && half_a_year[10..] == at[10..], "{half_a_year} is not whole days after {at}");
    // The value on file is still a suggestion, but a reset would not use it.
    let mobile = &after["suggested"][0];
    assert_eq!(
        (&mobile["value"], &mobile["usable"], &mobile["reason"]),
        (&json!("+1 4255550100"), &json!(false), &json!("superseded"))
    );
    assert_eq!(after["suggested"].as_array().unwrap().len(), 3);
    let user =
        service.send(Request::get(&format!("/graph/v1.0/users/{NAME}")).bearer(&service.admin)).await.expect(200);
    assert_eq!(user.text("mobilePhone"), "+1 4255550100", "the directory's field is unchanged");
}

#[service_test]
async fn a_reset_uses_the_registered_number_and_no_longer_the_directorys() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
    let begun = service.begin(NAME, "mobileSms", Some(NEW_PHONE)).await;
    let messages = service.messages().await;
    assert_eq!((messages.len(), &messages[0]["to"]), (1, &json!("+14255550123")));
    let token = service.verify(&begun.id, &digits(&messages[0])).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    service.check(NAME, NEW_PASSWORD).await.expect(200);
}

#[service_test]
async fn a_phone_is_registered_by_a_call_and_an_address_by_an_email() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    // A fixed line takes a call.
    let line = json!({"type": "mobilePhone", "value": "+44 20 7946 0958", "delivery": "call"});
    let reply = service.send(challenge(&token, &line)).await.expect(202);
    let calls = service.outbox("+442079460958").await;
    assert_eq!((calls.len(), &calls[0]["channel"]), (1, &json!("call")));
    assert!(calls[0]["text"].as_str().unwrap().contains("to confirm this phone number"));
    let method = service.send(prove(&token, &reply.text("challengeId"), &digits(&calls[0]))).await.expect(200).json();
    assert_eq!((&method["type"], &method["value"]), (&json!("mobilePhone"), &json!("+44 2079460958")));
    assert_eq!((&method["usable"], &method["reason"]), (&json!(true), &Value::Null), "it can be called");

    let mail = json!({"type": "email", "value": "Adele.V@example.net"});
    let reply = service.send(challenge(&token, &mail)).await.expect(202);
    let mails = service.outbox("adele.v@example.net").await;
    assert_eq!((mails.len(), &mails[0]["channel"]), (1, &json!("email")));
    assert!(mails[0]["subject"].as_str().unwrap().starts_with("Contoso: your code to confirm your email address"));
    let long = mails[0]["text"].as_str().unwrap().split_whitespace().any(|word| word.len() == 31);
    assert!(!long, "a challenge has no long code");
    let code = digits(&mails[0]);
    let spaced = format!("{}-{} {}", &code[..2], &code[2..4], &code[4..]);
    let method = service.send(prove(&token, &reply.text("challengeId"), &spaced)).await.expect(200).json();
    assert_eq!((&method["type"], &method["value"]), (&json!("email"), &json!("Adele.V@example.net")));

    let kinds: Vec<Value> = registration(&service, &token).await["methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["type"].clone())
        .collect();
    assert_eq!(kinds, ["mobilePhone", "email"]);
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "email", None).await;
    service.begin(NAME, "mobileCall", Some("+44 20 7946 0958")).await;
    service.begin(NAME, "mobileSms", Some("+44 20 7946 0958")).await;
    let mut to: Vec<Value> = service.messages().await.iter().map(|message| message["to"].clone()).collect();
    to.sort_by_key(ToString::to_string);
    assert_eq!(to, ["+442079460958", "Adele.V@example.net"]);
}

#[service_test]
async fn registrations_survive_a_restart() {
    let scratch = Scratch::new();
    let options = Options { data: Some(scratch.path().join("data")), ..Options::default() };
    let service = Service::with(&options).await;
    service.adele().await;
    register(&service, &service.user(NAME).await, &phone(NEW_PHONE)).await;
    let before = registration(&service, &service.user(NAME).await).await;
    service.running.stop().await;
    let service = Service::with(&options).await;
    assert_eq!(registration(&service, &service.user(NAME).await).await, before);
    service.running.stop().await;
}
