//! Writes to `/graph/v1.0/users…`: users and their contacts, and who may change whose.

use serde_json::{Value, json};

use super::load_directory::{ADELE, loaded};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, begin, digits, long_code, wrong};
use crate::support::{Reply, Request, Service};

const USERS: &str = "/graph/v1.0/users";
const NAME: &str = "adele@contoso.example";
const OTHER_PASSWORD: &str = "a password from the help desk";

fn path(key: &str) -> String {
    format!("{USERS}/{key}")
}

fn unblock_path(key: &str) -> String {
    format!("{USERS}/{key}/authentication/unblockPasswordReset")
}

async fn create(service: &Service, body: &Value) -> Reply {
    service.send(Request::post(USERS, body).bearer(&service.admin)).await
}

async fn patch_as(service: &Service, token: &str, key: &str, body: &Value) -> Reply {
    service.send(Request::new("PATCH", &path(key)).json(body).bearer(token)).await
}

async fn delete_as(service: &Service, token: &str, key: &str) -> Reply {
    service.send(Request::new("DELETE", &path(key)).bearer(token)).await
}

async fn unblock_as(service: &Service, token: &str, key: &str) -> Reply {
    service.send(Request::new("POST", &unblock_path(key)).bearer(token)).await
}

/// The selected properties of a user.
async fn select(service: &Service, key: &str, properties: &str) -> Value {
    let target = format!("{}?$select={properties}", path(key));
    let mut body = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json();
    body.as_object_mut().unwrap().remove("@odata.context").unwrap();
    body
}

/// Everything that can be seen of a user.
async fn whole(service: &Service, key: &str) -> Value {
    let properties = "id,userPrincipalName,displayName,givenName,surname,mail,mailNickname,jobTitle,preferredLanguage,usageLocation,\
                      accountEnabled,isAdmin,onPremisesSyncEnabled,mobilePhone,businessPhones,otherMails,\
                      signInSessionsValidFromDateTime";
    select(service, key, properties).await
}

#[track_caller]
fn denied(reply: &Reply) {
    reply.graph_error(403, "Authorization_RequestDenied");
}

#[track_caller]
fn bad(reply: &Reply) {
    reply.graph_error(400, "Request_BadRequest");
}

/// A token of a user to whom these permissions are delegated.
fn delegated(service: &Service, name: &str, scopes: &str) -> String {
    let claims = json!({"sub": format!("subject of {name}"), "preferred_username": name, "scp": scopes});
    service.running.issuer.sign(claims).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_created_with_every_property() {
    let service = Service::start(json!({})).await;
    let reply = create(
        &service,
        &json!({
            "@odata.type": "#microsoft.graph.user",
            "userPrincipalName": "Adele@Contoso.example", "displayName": "Adele Vance", "accountEnabled": true,
            "mailNickname": "adele", "givenName": "Adele", "surname": "Vance", "mail": "adele@contoso.example",
            "jobTitle": "Accordionist", "preferredLanguage": "en-GB", "usageLocation": "GB",
            "passwordProfile": {"password": OLD_PASSWORD, "forceChangePasswordNextSignIn": true,
                                "forceChangePasswordNextSignInWithMfa": false},
            "mobilePhone": "+14255550100", "businessPhones": ["+1 (425) 555-0111"], "otherMails": ["adele.vance@example.org"]
        }),
    )
    .await
    .expect(201);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let id = reply.text("id");
    assert!(id.len() >= 22);
    assert_eq!(reply.header("location"), Some(path(&id).as_str()));
    assert_eq!(
        reply.json(),
        json!({
            "@odata.context": "$metadata#users/$entity", "id": id, "userPrincipalName": NAME, "displayName": "Adele Vance",
            "accountEnabled": true, "mailNickname": "adele", "givenName": "Adele", "surname": "Vance",
            "mail": "adele@contoso.example", "jobTitle": "Accordionist", "preferredLanguage": "en-GB",
            "officeLocation": null, "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"],
            "otherMails": ["adele.vance@example.org"]
        })
    );
    assert_eq!(select(&service, &id, "usageLocation,isAdmin,onPremisesSyncEnabled").await,
        json!({"usageLocation": "GB", "isAdmin": false, "onPremisesSyncEnabled": false}));
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    assert_eq!(service.messages().await, Vec::<Value>::new(), "a first contact is told nobody");
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_all_that_a_user_needs() {
    let service = Service::start(json!({})).await;
    let id = create(&service, &json!({"userPrincipalName": NAME, "accountEnabled": false})).await.expect(201).text("id");
    assert_eq!(select(&service, &id, "accountEnabled,mobilePhone").await, json!({"accountEnabled": false, "mobilePhone": null}));
    bad(&create(&service, &json!({"displayName": "Adele"})).await);
    bad(&create(&service, &json!({})).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_one_users_in_every_spelling() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    for name in [NAME, "ADELE@contoso.example", "adele@CONTOSO.EXAMPLE"] {
        bad(&create(&service, &json!({"userPrincipalName": name, "displayName": "Another"})).await);
    }
    let lena = service.create("lena@contoso.example", json!({})).await;
    bad(&service.patch(&lena, &json!({"userPrincipalName": "Adele@contoso.example"})).await);
    assert_eq!(select(&service, &lena, "userPrincipalName").await["userPrincipalName"], "lena@contoso.example");
    assert_eq!(whole(&service, &id).await, before);
    // Of many at once one is created.
    let body = json!({"userPrincipalName": "mateo@contoso.example"});
    let requests = (0..10).map(|_| Request::post(USERS, &body).bearer(&service.admin)).collect();
    let replies = together(requests, service.address()).await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(created, 1);
    replies.iter().filter(|reply| reply.status != 201).for_each(bad);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_belong_in_a_user_is_refused_and_creates_nobody() {
    let service = Service::start(json!({})).await;
    for (member, value) in [
        ("unknown", json!(1)),
        ("isAdmin", json!(true)),
        ("onPremisesSyncEnabled", json!(true)),
        ("id", json!("x")),
        ("securityQuestions", json!([])),
        ("officeLocation", json!("x")),
        ("password", json!("x")),
        ("accountEnabled", json!("yes")),
        ("accountEnabled", json!(null)),
        ("displayName", json!(["x"])),
        ("displayName", json!("a\r\nBcc: b@example.org")),
        ("displayName", json!("x".repeat(257))),
        ("mobilePhone", json!(["+1 4255550100"])),
        ("mobilePhone", json!({"S": "+1 4255550100"})),
        ("businessPhones", json!("+1 4255550100")),
        ("businessPhones", json!(["+1 4255550100", "+1 4255550101"])),
        ("businessPhones", json!([null])),
        ("otherMails", json!("a@example.org")),
        ("otherMails", json!(["a@example.org, b@example.org"])),
        ("otherMails", json!(["a"])),
        ("passwordProfile", json!({})),
        ("passwordProfile", json!({"password": "short"})),
        ("passwordProfile", json!({"password": "x".repeat(257)})),
        ("passwordProfile", json!({"password": OLD_PASSWORD, "unknown": 1})),
        ("passwordProfile", json!({"password": OLD_PASSWORD, "forceChangePasswordNextSignIn": "yes"})),
        ("passwordProfile", json!(OLD_PASSWORD)),
    ] {
        let mut body = json!({"userPrincipalName": NAME});
        body[member] = value.clone();
        let reply = create(&service, &body).await;
        assert_eq!(reply.status, 400, "{member} {value}");
        bad(&reply);
    }
    for name in ["adele", "adele @contoso.example", "adele@contoso.example ", "ade\u{200b}le@contoso.example", "ﬁ@contoso.example"] {
        bad(&create(&service, &json!({"userPrincipalName": name})).await);
    }
    let twice = format!("{{\"userPrincipalName\":\"{NAME}\",\"userPrincipalName\":\"other@contoso.example\"}}");
    let raw = |kind: &str, body: &[u8]| Request::new("POST", USERS).header("Content-Type", kind).bytes(body).bearer(&service.admin);
    bad(&service.send(raw("application/json", twice.as_bytes())).await);
    bad(&service.send(raw("application/json", b"{\"userPrincipalName\":\"\xff@contoso.example\"}")).await);
    service.send(raw("text/plain", json!({"userPrincipalName": NAME}).to_string().as_bytes())).await.graph_error(415, "Request_BadRequest");
    service.send(raw("application/json", &vec![b' '; 17 * 1024])).await.graph_error(413, "Request_BadRequest");
    let list = service.send(Request::get(USERS).bearer(&service.admin)).await.expect(200).json();
    assert_eq!(list["value"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_property_is_changed_and_cleared() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    for (member, value, cleared) in [
        ("displayName", json!("Adele Vance"), Value::Null),
        ("givenName", json!("Adele"), Value::Null),
        ("surname", json!("Vance"), Value::Null),
        ("mail", json!("adele@contoso.example"), Value::Null),
        ("mailNickname", json!("adele"), Value::Null),
        ("jobTitle", json!("Accordionist"), Value::Null),
        ("preferredLanguage", json!("fr"), Value::Null),
        ("usageLocation", json!("FR"), Value::Null),
        ("accountEnabled", json!(false), json!(true)),
        ("isAdmin", json!(true), json!(false)),
        ("mobilePhone", json!("+1 4255550177"), Value::Null),
        ("businessPhones", json!(["+44 2079460958"]), json!([])),
        ("otherMails", json!(["one@example.org", "two@example.org"]), json!([])),
        ("onPremisesSyncEnabled", json!(true), json!(false)),
    ] {
        let before = whole(&service, &id).await;
        for value in [&value, &cleared] {
            let reply = service.patch(&id, &json!({member: value, "@odata.id": "x"})).await.expect(204);
            reply.fixed_headers();
            assert_eq!(reply.body, b"");
            let mut expected = before.clone();
            expected[member] = value.clone();
            assert_eq!(whole(&service, &id).await, expected, "{member} and nothing else");
        }
    }
    for (member, then) in [("businessPhones", json!([])), ("otherMails", json!([])), ("onPremisesSyncEnabled", json!(false))] {
        service.patch(&id, &json!({member: null})).await.expect(204);
        assert_eq!(select(&service, &id, member).await[member], then);
    }
    // By its name as well as by its id, several at once.
    service.patch("ADELE@contoso.example", &json!({"jobTitle": "Pianist", "mobilePhone": "+1 4255550100"})).await.expect(204);
    assert_eq!(select(&service, &id, "jobTitle,mobilePhone").await, json!({"jobTitle": "Pianist", "mobilePhone": "+1 4255550100"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_gets_another_name_and_the_former_is_free() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"userPrincipalName": "Adele.Vance@contoso.example"})).await.expect(204);
    assert_eq!(select(&service, "adele.vance@contoso.example", "id").await["id"], json!(id));
    service.send(Request::get(&path(NAME)).bearer(&service.admin)).await.graph_error(404, "Request_ResourceNotFound");
    service.check("adele.vance@contoso.example", OLD_PASSWORD).await.expect(200);
    service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
    let other = service.create(NAME, json!({})).await;
    assert_ne!(other, id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_change_changes_nothing() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    for (member, value) in [
        ("unknown", json!(1)),
        ("id", json!("x")),
        ("signInSessionsValidFromDateTime", json!("2026-01-01T00:00:00Z")),
        ("isAdmin", json!(null)),
        ("isAdmin", json!("true")),
        ("accountEnabled", json!(null)),
        ("onPremisesSyncEnabled", json!("yes")),
        ("userPrincipalName", json!(null)),
        ("userPrincipalName", json!("adele")),
        ("mobilePhone", json!("")),
        ("businessPhones", json!(["+1 4255550111", "+1 4255550112"])),
        ("otherMails", json!(["one@example.org", "two"])),
        ("passwordProfile", json!(null)),
        ("passwordProfile", json!({"password": "1234567"})),
        ("passwordProfile", json!({"forceChangePasswordNextSignIn": true, "password": ["x"]})),
    ] {
        // What stands beside it is not taken either.
        let reply = service.patch(&id, &json!({member: value, "jobTitle": "Pianist"})).await;
        assert_eq!(reply.status, 400, "{member} {value}");
        bad(&reply);
        assert_eq!(whole(&service, &id).await, before, "{member}");
    }
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_are_returned_with_one_space_after_the_country_code() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    for (typed, written) in [
        ("+14251234567", "+1 4251234567"),
        ("+1 4251234567", "+1 4251234567"),
        ("+1 (425) 123-4567", "+1 4251234567"),
        ("+1.425.123.4567", "+1 4251234567"),
        ("+1 4251234567X12345", "+1 4251234567X12345"),
        ("+1 4251234567x1", "+1 4251234567x1"),
        ("+44 (0)20 7946 0958", "+44 2079460958"),
        ("+4402079460958", "+44 2079460958"),
        ("+39 02 1234 5678", "+39 0212345678"),
        ("+883 5100 12345678", "+883 510012345678"),
        ("+1 8769221234", "+1 8769221234"),
        ("+247 12345", "+247 12345"),
    ] {
        service.patch(&id, &json!({"mobilePhone": typed, "businessPhones": [typed]})).await.expect(204);
        assert_eq!(select(&service, &id, "mobilePhone,businessPhones").await,
            json!({"mobilePhone": written, "businessPhones": [written]}), "{typed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_is_kept_and_goes_nowhere() {
    let service = Service::start(json!({})).await;
    let number = "+1 4251234567X98765";
    let id = service.create(NAME, json!({"mobilePhone": number, "businessPhones": ["+1 4252345678X98765"]})).await;
    assert_eq!(select(&service, &id, "mobilePhone").await["mobilePhone"], number);
    let begun = service.begin(NAME, "mobileSms", Some("+1 4251234567")).await;
    let code = digits(&service.outbox("+14251234567").await[0]);
    service.advance(31).await;
    service.begin(NAME, "mobileCall", Some(number)).await;
    service.messages().await;
    service.advance(31).await;
    service.begin(NAME, "officeCall", Some("+1 4252345678")).await;
    let messages = service.messages().await;
    let to: Vec<&Value> = messages.iter().map(|message| &message["to"]).collect();
    assert_eq!(to, ["+14251234567", "+14251234567", "+14252345678"]);
    for message in &messages {
        let text = message.to_string().replace(&digits(message), "");
        assert!(!text.contains("98765") && !text.contains("9, 8, 7, 6, 5"), "{text}");
    }
    service.verify(&begun.id, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_refused_is_told_by_its_rule_and_not_echoed() {
    const GRAMMAR: &str = "a phone is +CountryCode PhoneNumber, with an optional extension xNNNN";
    const CODE: &str = "the phone's country code is unknown";
    const LENGTH: &str = "the phone's length is not possible in its country";
    const KIND: &str = "numbers of this kind cannot be sent to";
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    for (number, rule) in [
        // Premium rate.
        ("+1 9005551234", KIND),
        ("+44 909 8790000", KIND),
        ("+979 123456789", KIND),
        // Toll-free.
        ("+1 8005551234", KIND),
        ("+800 1234 5678", KIND),
        // Shared cost.
        ("+44 843 555 1234", KIND),
        ("+808 1234 5678", KIND),
        // Pagers, personal and universal numbers.
        ("+44 7640 123456", KIND),
        ("+44 70 1234 5678", KIND),
        ("+1 5005551234", KIND),
        ("+44 330 123 4567", KIND),
        ("+888 12345678901", KIND),
        ("+999 123456789", CODE),
        ("+1 425 555 12345", LENGTH),
        ("+111111111111111111", LENGTH),
        ("+52 1 55 1234 5678", LENGTH),
        ("4255551234", GRAMMAR),
        ("0014255551234", GRAMMAR),
        ("8 495 123 45 67", GRAMMAR),
        ("+1-800-FLOWERS", GRAMMAR),
        ("+1 425 555 l234", GRAMMAR),
        ("+1 425 555 O123", GRAMMAR),
        ("911", GRAMMAR),
        ("112", GRAMMAR),
        ("+1411", GRAMMAR),
        ("+1911", GRAMMAR),
        ("tel:+1-425-555-1234", GRAMMAR),
        ("tel:+1-425-555-1234;ext=7", GRAMMAR),
        ("+14255551234;phone-context=evil.example", GRAMMAR),
        (".;phone-context=", GRAMMAR),
        ("+dwPAA;phone-context=AA", GRAMMAR),
        ("+9999999999999999999999;phone-context=+1", GRAMMAR),
        ("+14255551234,,123", GRAMMAR),
        ("+14255551234p1", GRAMMAR),
        ("+14255551234w1", GRAMMAR),
        ("+14255551234#", GRAMMAR),
        ("*67+14255551234", GRAMMAR),
        ("+14255551234,+19005559999", GRAMMAR),
        ("+14255551234;+19005559999", GRAMMAR),
        ("+14255551234/+19005559999", GRAMMAR),
        ("+14255551234\n+19005559999", GRAMMAR),
        ("+1 4255551234x12345678", GRAMMAR),
        ("+1 4255551234 ext. 99", GRAMMAR),
        ("+1\u{a0}425\u{a0}555\u{a0}1234", GRAMMAR),
        ("+\u{661}\u{664}\u{662}\u{665}\u{665}\u{665}\u{665}\u{661}\u{662}\u{663}\u{664}", GRAMMAR),
        ("+1４２５5551234", GRAMMAR),
        ("", GRAMMAR),
        (&"+1 2".repeat(200), "a phone has at most 64 characters"),
    ] {
        for body in [json!({"mobilePhone": number}), json!({"businessPhones": [number]})] {
            let reply = service.patch(&id, &body).await;
            assert_eq!(reply.status, 400, "{number}");
            bad(&reply);
            assert_eq!(reply.json()["error"]["message"], rule, "{number}");
        }
    }
    assert_eq!(whole(&service, &id).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_abroad_is_kept_and_never_sent_to() {
    let service = Service::start(json!({})).await;
    for (name, number) in [("jamaica@contoso.example", "+1 8769221234"), ("net@contoso.example", "+883 5100 12345678"), ("it@contoso.example", "+39 3471234567")] {
        service.create(name, json!({"mobilePhone": number})).await;
        service.begin(name, "mobileSms", Some(number)).await;
        service.begin(name, "mobileCall", Some(number)).await;
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_mails_are_replaced_whole_and_the_first_is_used() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({"otherMails": ["one@example.org", "two@example.org"]})).await;
    service.patch(&id, &json!({"otherMails": ["three@example.org", "one@example.org"]})).await.expect(204);
    assert_eq!(select(&service, &id, "otherMails").await["otherMails"], json!(["three@example.org", "one@example.org"]));
    service.empty_outbox().await;
    service.begin(NAME, "email", None).await;
    let to: Vec<Value> = service.messages().await.iter().map(|message| message["to"].clone()).collect();
    assert_eq!(to, ["three@example.org"]);
    service.patch(&id, &json!({"otherMails": []})).await.expect(204);
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "email", None).await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_directory_owns_the_phones_of_the_users_it_synchronises() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let plain = service.application(&["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]).await;
    let sync = service.application(&["OnPremDirectorySynchronization.ReadWrite.All"]).await;
    let before = whole(&service, NAME).await;
    for body in [json!({"mobilePhone": "+1 4255550177"}), json!({"mobilePhone": null}), json!({"businessPhones": []}),
                 json!({"businessPhones": ["+1 4255550177"], "jobTitle": "Pianist"})] {
        bad(&patch_as(&service, &plain, NAME, &body).await);
    }
    denied(&patch_as(&service, &plain, NAME, &json!({"onPremisesSyncEnabled": false})).await);
    assert_eq!(whole(&service, NAME).await, before);
    patch_as(&service, &plain, NAME, &json!({"otherMails": ["new@example.org"], "jobTitle": "Pianist"})).await.expect(204);

    for body in [json!({"jobTitle": "x"}), json!({"otherMails": []}), json!({"accountEnabled": false}), json!({"isAdmin": true}),
                 json!({"passwordProfile": {"password": OTHER_PASSWORD}}), json!({"userPrincipalName": "x@contoso.example"})] {
        denied(&patch_as(&service, &sync, NAME, &body).await);
    }
    patch_as(&service, &sync, NAME, &json!({"mobilePhone": "+1 4255550177", "businessPhones": []})).await.expect(204);
    assert_eq!(select(&service, NAME, "mobilePhone,businessPhones,otherMails,jobTitle").await,
        json!({"mobilePhone": "+1 4255550177", "businessPhones": [], "otherMails": ["new@example.org"], "jobTitle": "Pianist"}));
    let own = service.send(Request::get("/v1/registration").bearer(&service.user(NAME).await)).await.expect(200).json();
    let sources: Vec<&Value> = own["suggested"].as_array().unwrap().iter().map(|one| &one["source"]).collect();
    assert_eq!(sources, ["directory", "administrator"]);
    // Once it is no longer synchronised, anybody who may write users writes them.
    patch_as(&service, &sync, NAME, &json!({"onPremisesSyncEnabled": null})).await.expect(204);
    patch_as(&service, &plain, NAME, &json!({"mobilePhone": "+1 4255550178"})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_privileged_user_needs_a_privileged_writer() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let plain = service.application(&["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "OnPremDirectorySynchronization.ReadWrite.All"]).await;
    let role_only = service.application(&["RoleManagement.ReadWrite.Directory"]).await;
    for token in [&plain, &role_only] {
        denied(&patch_as(&service, token, &id, &json!({"isAdmin": true})).await);
        denied(&patch_as(&service, token, &id, &json!({"isAdmin": false})).await);
    }
    assert_eq!(select(&service, &id, "isAdmin").await["isAdmin"], false);
    patch_as(&service, &plain, &id, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    let before = whole(&service, &id).await;
    service.empty_outbox().await;
    for body in [
        json!({"mobilePhone": "+1 4255550178"}),
        json!({"mobilePhone": null}),
        json!({"businessPhones": []}),
        json!({"otherMails": ["evil@example.org"]}),
        json!({"passwordProfile": {"password": OTHER_PASSWORD}}),
        json!({"isAdmin": false}),
    ] {
        denied(&patch_as(&service, &plain, &id, &body).await);
    }
    denied(&delete_as(&service, &plain, &id).await);
    denied(&unblock_as(&service, &plain, &id).await);
    assert_eq!(whole(&service, &id).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    patch_as(&service, &plain, &id, &json!({"jobTitle": "Pianist"})).await.expect(204);

    service.patch(&id, &json!({"mobilePhone": "+1 4255550178"})).await.expect(204);
    unblock_as(&service, &service.admin, &id).await.expect(204);
    delete_as(&service, &service.admin, &id).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delegated_permission_is_worth_what_its_person_may_do() {
    const SCOPES: &str = "User.ReadWrite.All UserAuthenticationMethod.ReadWrite.All RoleManagement.ReadWrite.Directory";
    let service = Service::start(json!({})).await;
    let (root, lena) = (service.create("root@contoso.example", json!({})).await, service.create("lena@contoso.example", json!({})).await);
    let adele = service.adele().await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let before = whole(&service, &adele).await;
    let body = json!({"mobilePhone": "+1 4255550177"});

    let ordinary = delegated(&service, "lena@contoso.example", SCOPES);
    let unknown = delegated(&service, "nobody@contoso.example", SCOPES);
    let none = delegated(&service, "root@contoso.example", "openid profile User.Read");
    let glued = delegated(&service, "root@contoso.example", "User.ReadWrite.AllX,User.ReadWrite.All");
    // Roles in a user's token are the user's affair, and never an application's own.
    let claims = json!({"sub": "x", "preferred_username": "root@contoso.example", "roles": ["User.ReadWrite.All"]});
    let roles = service.running.issuer.sign(claims).unwrap();
    let scope_without_user = service.running.issuer.sign(json!({"sub": "x", "scp": SCOPES})).unwrap();
    for token in [&ordinary, &unknown, &none, &glued, &roles, &scope_without_user] {
        denied(&patch_as(&service, token, &adele, &body).await);
        denied(&service.send(Request::get(&path(&adele)).bearer(token)).await);
        denied(&service.send(Request::post(USERS, &json!({"userPrincipalName": "x@contoso.example"})).bearer(token)).await);
        denied(&delete_as(&service, token, &adele).await);
        denied(&unblock_as(&service, token, &adele).await);
    }
    assert_eq!(whole(&service, &adele).await, before);

    let admin = delegated(&service, "root@contoso.example", SCOPES);
    patch_as(&service, &admin, &adele, &body).await.expect(204);
    let scope = service.running.issuer.sign(json!({"sub": "x", "preferred_username": "root@contoso.example", "scope": SCOPES})).unwrap();
    patch_as(&service, &scope, &lena, &json!({"isAdmin": true})).await.expect(204);
    // The person's rights are those of now.
    patch_as(&service, &ordinary, &adele, &json!({"mobilePhone": "+1 4255550178"})).await.expect(204);
    service.patch(&lena, &json!({"accountEnabled": false})).await.expect(204);
    denied(&patch_as(&service, &ordinary, &adele, &body).await);
    service.patch(&root, &json!({"isAdmin": false})).await.expect(204);
    denied(&patch_as(&service, &admin, &adele, &body).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_their_own() {
    let service = Service::start(json!({})).await;
    let root = service.create("root@contoso.example", json!({"mobilePhone": "+1 4255550100"})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let token = delegated(&service, "root@contoso.example",
        "User.ReadWrite.All UserAuthenticationMethod.ReadWrite.All RoleManagement.ReadWrite.Directory OnPremDirectorySynchronization.ReadWrite.All");
    let before = whole(&service, &root).await;
    for key in [root.as_str(), "ROOT@contoso.example"] {
        for body in [
            json!({"mobilePhone": "+1 4255550177"}),
            json!({"businessPhones": ["+1 4255550177"]}),
            json!({"otherMails": ["root@example.org"]}),
            json!({"passwordProfile": {"password": OTHER_PASSWORD}}),
            json!({"isAdmin": false}),
            json!({"isAdmin": true}),
        ] {
            denied(&patch_as(&service, &token, key, &body).await);
        }
        denied(&delete_as(&service, &token, key).await);
        denied(&unblock_as(&service, &token, key).await);
    }
    assert_eq!(whole(&service, &root).await, before);
    service.check("root@contoso.example", OLD_PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_is_gone_with_everything_and_the_name_is_free() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let user_token = service.user(NAME).await;
    let (proved, code) = service.begin_by_sms().await;
    let token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
    let (by_mail, message) = service.begin_by_email().await;
    let reply = delete_as(&service, &service.admin, &id).await.expect(204);
    reply.fixed_headers();
    assert_eq!(reply.body, b"");
    for key in [id.as_str(), NAME] {
        let missing = [
            service.send(Request::get(&path(key)).bearer(&service.admin)).await,
            service.patch(key, &json!({"jobTitle": "x"})).await,
            delete_as(&service, &service.admin, key).await,
            unblock_as(&service, &service.admin, key).await,
        ];
        missing.iter().for_each(|reply| reply.graph_error(404, "Request_ResourceNotFound"));
    }
    service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.send(Request::get("/v1/registration").bearer(&user_token)).await.problem(403, "forbidden");
    let list = service.send(Request::get(USERS).bearer(&service.admin)).await.expect(200).json();
    assert_eq!(list["value"], json!([]));

    // Even where the name and its contacts are another one's by now.
    let again = service.adele().await;
    assert_ne!(again, id);
    service.complete(&proved.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.verify(&by_mail.id, &digits(&message)).await.problem(422, "code-rejected");
    service.verify(&by_mail.id, &long_code(&message)).await.problem(422, "code-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    service.advance(31).await;
    let (fresh, _) = service.begin_by_email().await;
    service.verify(&fresh.id, &long_code(&message)).await.problem(422, "code-rejected");
    service.advance(31).await;
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrators_password_replaces_the_former_voids_resets_and_is_told() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let (proved, code) = service.begin_by_sms().await;
    let token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
    let (by_mail, message) = service.begin_by_email().await;
    service.empty_outbox().await;
    let before = select(&service, &id, "signInSessionsValidFromDateTime,createdDateTime").await;
    service.patch(&id, &json!({"passwordProfile": {"password": OTHER_PASSWORD, "forceChangePasswordNextSignIn": true}})).await.expect(204);
    service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.check(NAME, OTHER_PASSWORD).await.expect(200);
    service.complete(&proved.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.verify(&by_mail.id, &digits(&message)).await.problem(422, "code-rejected");
    service.verify(&by_mail.id, &long_code(&message)).await.problem(422, "code-rejected");
    service.check(NAME, OTHER_PASSWORD).await.expect(200);

    let told = service.messages().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["channel"], &told[0]["to"]), (&json!("email"), &json!("adele.vance@example.org")));
    assert_eq!((&told[0]["subject"], &told[0]["reference"]), (&json!("Contoso: an administrator changed your password"), &json!("")));
    assert!(!told[0].to_string().contains(OTHER_PASSWORD));
    let events = service.send(Request::get("/_local/events")).await.expect(200).json();
    assert_eq!(events.as_array().unwrap().len(), 1);
    assert_eq!((&events[0]["event"], &events[0]["userId"]), (&json!("SessionsRevoked"), &json!(id)));
    let after = select(&service, &id, "signInSessionsValidFromDateTime,createdDateTime").await;
    assert_eq!(after["signInSessionsValidFromDateTime"], events[0]["at"]);
    assert!(after["signInSessionsValidFromDateTime"].as_str() > before["signInSessionsValidFromDateTime"].as_str());
    service.advance(31).await;
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_address_is_told_of_a_new_password_by_sms() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({"mobilePhone": "+1 4255550100"})).await;
    service.patch(&id, &json!({"passwordProfile": {"password": OTHER_PASSWORD}})).await.expect(204);
    let told = service.messages().await;
    assert_eq!((told.len(), &told[0]["channel"], &told[0]["to"]), (1, &json!("sms"), &json!("+14255550100")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_contacts_kills_what_is_under_way_and_of_a_title_does_not() {
    for (body, kills) in [
        (json!({"mobilePhone": "+1 4255550177"}), true),
        (json!({"businessPhones": []}), true),
        (json!({"otherMails": ["adele.vance@example.org", "more@example.org"]}), true),
        (json!({"isAdmin": true}), true),
        (json!({"jobTitle": "Pianist", "displayName": "A"}), false),
        (json!({"mobilePhone": "+14255550100"}), false),
    ] {
        let service = Service::start(json!({})).await;
        let id = service.adele().await;
        let (proved, code) = service.begin_by_sms().await;
        let token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
        let (by_mail, message) = service.begin_by_email().await;
        service.patch(&id, &body).await.expect(204);
        let (verified, completed) =
            (service.verify(&by_mail.id, &digits(&message)).await, service.complete(&proved.id, &token, NEW_PASSWORD).await);
        if kills {
            verified.problem(422, "code-rejected");
            completed.problem(422, "token-rejected");
            service.verify(&by_mail.id, &long_code(&message)).await.problem(422, "code-rejected");
            service.check(NAME, OLD_PASSWORD).await.expect(200);
        } else {
            verified.expect(200);
            completed.expect(204);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_is_disabled_cannot_go_on_with_a_reset() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    let usual = service.send(begin(NAME, "email", None)).await.expect(202);
    service.messages().await;
    service.patch(&id, &json!({"accountEnabled": false})).await.expect(204);
    service.complete(&begun.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.advance(31).await;
    service.empty_outbox().await;
    let refused = service.send(begin(NAME, "email", None)).await.expect(202);
    assert_eq!(refused.shape(), usual.shape());
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    // Enabled again, the old token stays dead, and the old password is the right one.
    service.patch(&id, &json!({"accountEnabled": true})).await.expect(204);
    service.complete(&begun.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unblocking_clears_a_spent_guess_budget_and_is_told() {
    let service = Service::start(json!({"triesPerCode": 10})).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    for _ in 0..10 {
        service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    }
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.messages().await, Vec::<Value>::new(), "the budget is spent");

    let desk = service.application(&["UserAuthenticationMethod.ReadWrite.All"]).await;
    let reply = unblock_as(&service, &desk, &id).await.expect(204);
    reply.fixed_headers();
    assert_eq!(reply.body, b"");
    let told = service.messages().await;
    assert_eq!((told.len(), &told[0]["to"]), (1, &json!("adele.vance@example.org")));
    assert_eq!(told[0]["subject"], "Contoso: your password reset was unblocked");
    service.reset_by_sms(NEW_PASSWORD).await;
    service.check(NAME, NEW_PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unblocking_ends_a_lock_of_sign_in_and_no_limit_of_messages() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let check = |number| {
        let body = json!({"userName": NAME, "password": format!("wrong {number}")});
        Request::post("/v1/credentials/verifications", &body).bearer(&service.admin)
    };
    together((0..10).map(check).collect(), service.address()).await;
    service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.begin_by_sms().await;
    service.empty_outbox().await;
    // A body where none belongs is ignored.
    let request = Request::post(&unblock_path("ADELE@contoso.example"), &json!({"x": 1})).bearer(&service.admin);
    service.send(request).await.expect(204);
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.outbox("+14255550100").await, Vec::<Value>::new(), "half a minute is not over");
}

/// Every administrator's route, with what each needs and what is too little.
fn routes(key: &str) -> Vec<(Request, &'static str, Vec<&'static str>)> {
    let patch = |body: Value| Request::new("PATCH", &path(key)).json(&body);
    let write = vec!["User.Read.All", "UserAuthenticationMethod.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "Credentials.Check"];
    let read = vec!["UserAuthenticationMethod.ReadWrite.All", "AuditLog.Read.All", "x User.Read.All", "User.Read", "user.read.all"];
    vec![
        (Request::get(USERS), "User.Read.All", read.clone()),
        (Request::get(USERS), "User.ReadWrite.All", read.clone()),
        (Request::get(&path(key)), "User.Read.All", read),
        (Request::post(USERS, &json!({"userPrincipalName": "new@contoso.example"})), "User.ReadWrite.All", write.clone()),
        (patch(json!({"jobTitle": "Pianist"})), "User.ReadWrite.All", write.clone()),
        (patch(json!({"passwordProfile": {"password": OTHER_PASSWORD}})), "User.ReadWrite.All", write.clone()),
        (Request::new("POST", &unblock_path(key)), "UserAuthenticationMethod.ReadWrite.All",
         vec!["UserAuthenticationMethod.Read.All", "User.Read.All", "RoleManagement.ReadWrite.Directory"]),
        (Request::new("DELETE", &path(key)), "User.ReadWrite.All", write),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_needs_its_permission_and_a_valid_token() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    let user = service.user(NAME).await;
    let bare = |reply: &Reply| (reply.status, reply.shape().1, reply.json()["error"]["code"].clone(), reply.json()["error"]["message"].clone());
    let keys = [id.as_str(), NAME, "nobody@contoso.example", "AAAAAAAAAAAAAAAAAAAAAA"];
    let mut seen: Vec<Vec<_>> = Vec::new();
    for key in keys {
        let mut answers = Vec::new();
        for (request, _, weaker) in routes(key) {
            for request in [request.clone(), request.clone().bearer("x"), request.clone().header("Authorization", "Basic eDp4")] {
                let reply = service.send(request).await;
                reply.graph_error(401, "InvalidAuthenticationToken");
                answers.push(bare(&reply));
            }
            let mut tokens = vec![service.application(&[]).await, service.application(&weaker).await, user.clone()];
            for one in weaker {
                tokens.push(service.application(&[one]).await);
            }
            for token in tokens {
                let reply = service.send(request.clone().bearer(&token)).await;
                denied(&reply);
                answers.push(bare(&reply));
            }
        }
        seen.push(answers);
    }
    assert!(seen.iter().all(|answers| *answers == seen[0]), "whoever exists, the answers are the same");
    assert_eq!(whole(&service, &id).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
    // And each permission does what it is for.
    for (request, enough, _) in routes(&id) {
        let token = service.application(&[enough]).await;
        let reply = service.send(request.bearer(&token)).await;
        assert!((200..300).contains(&reply.status), "{enough}: {}", String::from_utf8_lossy(&reply.body));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_method_is_told_which_there_are() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    for (method, target, allow) in [
        ("PUT", USERS.to_owned(), "GET, POST"),
        ("DELETE", USERS.to_owned(), "GET, POST"),
        ("PATCH", USERS.to_owned(), "GET, POST"),
        ("POST", path(&id), "GET, PATCH, DELETE"),
        ("PUT", path(&id), "GET, PATCH, DELETE"),
        ("PUT", path("nobody@contoso.example"), "GET, PATCH, DELETE"),
        ("GET", unblock_path(&id), "POST"),
        ("DELETE", unblock_path(&id), "POST"),
    ] {
        let reply = service.send(Request::new(method, &target).json(&json!({})).bearer(&service.admin)).await;
        reply.graph_error(405, "Request_BadRequest");
        assert_eq!(reply.header("allow"), Some(allow), "{method} {target}");
    }
    assert_eq!(select(&service, &id, "userPrincipalName").await["userPrincipalName"], NAME);
}
