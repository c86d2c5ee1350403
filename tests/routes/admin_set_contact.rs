//! Writes to `/graph/v1.0/users…`: users and their contacts, and who may change whose.

mod consequences;
mod phones;
mod rights;

use serde_json::{Value, json};

use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD};
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

/// All properties of a user that a change could affect.
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

#[service_test]
async fn a_user_is_created_with_every_property() {
    let service = Service::start(json!({})).await;
    let reply = create(
        &service,
        &json!({
            "@odata.type": "#microsoft.graph.user",
            "userPrincipalName": "Adele@Contoso.example", "displayName": "Adele Vance", "accountEnabled": true,
            "mailNickname": "adele", "givenName": "Adele", "surname": "Vance", "mail": "adele@contoso.example",
            "jobTitle": "Accordionist", "preferredLanguage": "en-GB", "usageLocation": "GB",
            "passwordProfile": {"@odata.type": "x", "password": OLD_PASSWORD, "forceChangePasswordNextSignIn": true,
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
    let created_at = select(&service, &id, "createdDateTime").await["createdDateTime"].clone();
    let public_url = format!("http://{}", service.address());
    assert_eq!(reply.header("location"), Some(format!("{public_url}{}", path(&id)).as_str()));
    assert_eq!(
        reply.json(),
        json!({
            "@odata.context": format!("{public_url}/graph/v1.0/$metadata#users/$entity"), "id": id, "userPrincipalName": "Adele@Contoso.example", "displayName": "Adele Vance",
            "accountEnabled": true, "mailNickname": "adele", "givenName": "Adele", "surname": "Vance",
            "mail": "adele@contoso.example", "jobTitle": "Accordionist", "preferredLanguage": "en-GB", "usageLocation": "GB",
            "city": null, "companyName": null, "country": null, "department": null, "employeeId": null, "employeeType": null,
            "faxNumber": null, "postalCode": null, "state": null, "streetAddress": null,
            "signInSessionsValidFromDateTime": created_at, "officeLocation": null, "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"],
            "otherMails": ["adele.vance@example.org"]
        })
    );
    assert_eq!(
        select(&service, &id, "usageLocation,isAdmin,onPremisesSyncEnabled").await,
        json!({"usageLocation": "GB", "isAdmin": false, "onPremisesSyncEnabled": false})
    );
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    assert_eq!(service.messages().await, Vec::<Value>::new(), "a first contact notifies nobody");
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[service_test]
async fn a_name_is_all_that_a_user_needs() {
    let service = Service::start(json!({})).await;
    let id =
        create(&service, &json!({"userPrincipalName": NAME, "accountEnabled": false})).await.expect(201).text("id");
    assert_eq!(
        select(&service, &id, "accountEnabled,mobilePhone").await,
        json!({"accountEnabled": false, "mobilePhone": null})
    );
    bad(&create(&service, &json!({"displayName": "Adele"})).await);
    bad(&create(&service, &json!({})).await);
}

#[service_test]
async fn a_name_belongs_to_one_user_in_every_spelling() {
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
    // Of many simultaneous requests, one creates the user.
    let body = json!({"userPrincipalName": "mateo@contoso.example"});
    let requests = (0..10).map(|_| Request::post(USERS, &body).bearer(&service.admin)).collect();
    let replies = together(requests, service.address()).await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(created, 1);
    replies.iter().filter(|reply| reply.status != 201).for_each(bad);
}

#[service_test]
async fn an_invalid_user_is_refused_and_not_created() {
    let service = Service::start(json!({})).await;
    for (member, value) in [
        ("unknown", json!(1)),
        ("isAdmin", json!(true)),
        ("onPremisesSyncEnabled", json!(true)),
        ("id", json!("x")),
        ("securityQuestions", json!([])),
        ("officeLocation", json!("x".repeat(129))),
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
    for name in [
        "adele",
        "adele @contoso.example",
        "adele@contoso.example ",
        "ade\u{200b}le@contoso.example",
        "ﬁ@contoso.example",
    ] {
        bad(&create(&service, &json!({"userPrincipalName": name})).await);
    }
    let twice = format!("{{\"userPrincipalName\":\"{NAME}\",\"userPrincipalName\":\"other@contoso.example\"}}");
    let raw = |kind: &str, body: &[u8]| {
        Request::new("POST", USERS).header("Content-Type", kind).bytes(body).bearer(&service.admin)
    };
    bad(&service.send(raw("application/json", twice.as_bytes())).await);
    bad(&service.send(raw("application/json", b"{\"userPrincipalName\":\"\xff@contoso.example\"}")).await);
    service
        .send(raw("text/plain", json!({"userPrincipalName": NAME}).to_string().as_bytes()))
        .await
        .graph_error(415, "Request_BadRequest");
    service.send(raw("application/json", &vec![b' '; 17 * 1024])).await.graph_error(413, "Request_BadRequest");
    let list = service.send(Request::get(USERS).bearer(&service.admin)).await.expect(200).json();
    assert_eq!(list["value"], json!([]));
}

#[service_test]
async fn every_property_is_changed_and_cleared() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    for (member, value, cleared) in [
        ("displayName", json!("Adele Vance"), json!("Adele")),
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
    for (member, then) in
        [("businessPhones", json!([])), ("otherMails", json!([])), ("onPremisesSyncEnabled", json!(false))]
    {
        service.patch(&id, &json!({member: null})).await.expect(204);
        assert_eq!(select(&service, &id, member).await[member], then);
    }
    for nothing in [Value::Null, json!(""), json!("  "), json!("\u{3164}")] {
        let before = whole(&service, &id).await;
        bad(&service.patch(&id, &json!({"displayName": nothing, "jobTitle": "Pianist"})).await);
        assert_eq!(whole(&service, &id).await, before);
    }
    // A user can be addressed by name as well as by id, and several properties can change at once.
    service
        .patch("ADELE@contoso.example", &json!({"jobTitle": "Pianist", "mobilePhone": "+1 4255550100"}))
        .await
        .expect(204);
    assert_eq!(
        select(&service, &id, "jobTitle,mobilePhone").await,
        json!({"jobTitle": "Pianist", "mobilePhone": "+1 4255550100"})
    );
}

#[service_test]
async fn twenty_changes_of_a_user_at_once_are_made_or_conflict_and_what_is_stored_was_confirmed() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let change = |number: usize| {
        let body = json!({"jobTitle": format!("Title {number}"), "displayName": format!("Adele {number}")});
        Request::new("PATCH", &path(&id)).json(&body).bearer(&service.admin)
    };
    let replies = together((0..20).map(change).collect(), service.address()).await;
    let made: Vec<String> = (0..20).filter(|at| replies[*at].status == 204).map(|at| format!("Title {at}")).collect();
    for reply in replies.into_iter().filter(|reply| reply.status != 204) {
        reply.graph_error(409, "Conflict");
    }
    assert!(made.len() >= 10, "{made:?}");
    let stored = select(&service, &id, "jobTitle,displayName").await;
    assert!(made.contains(&stored["jobTitle"].as_str().unwrap().to_owned()), "{stored} of {made:?}");
    let words = stored["displayName"].as_str().unwrap().replace(' ', "%20");
    for number in 0..20 {
        let target = format!("{USERS}?$filter=displayName%20eq%20'Adele%20{number}'");
        let found = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json();
        let is_stored = words == format!("Adele%20{number}");
        assert_eq!(found["value"].as_array().unwrap().len(), usize::from(is_stored), "{number}");
    }
}

#[service_test]
async fn a_user_gets_another_name_and_the_former_one_is_free() {
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

#[service_test]
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
        // The valid member beside it is not accepted either.
        let reply = service.patch(&id, &json!({member: value, "jobTitle": "Pianist"})).await;
        assert_eq!(reply.status, 400, "{member} {value}");
        bad(&reply);
        assert_eq!(whole(&service, &id).await, before, "{member}");
    }
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}
