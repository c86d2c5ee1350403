//! The audit's records of an administrator's writes.

use serde_json::{Value, json};

use super::{EMAIL, MOBILE, NAME, add_email, add_phone, bad, delete, send};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD};
use crate::support::{Request, Service};

/// All records, newest first.
async fn records(service: &Service) -> Vec<Value> {
    let token = service.application(&["AuditLog.Read.All"]).await;
    let list = service.send(Request::get("/graph/v1.0/auditLogs/directoryAudits").bearer(&token)).await.expect(200);
    list.json()["value"].as_array().unwrap().clone()
}

/// The activity and the changed properties of every record about a user, oldest first.
async fn records_of(service: &Service, id: &str) -> Vec<Value> {
    let mut records = records(service).await;
    records.reverse();
    let records_of = records.iter().filter(|record| record["targetResources"][0]["id"] == id);
    records_of
        .map(|record| json!([record["activityDisplayName"], record["targetResources"][0]["modifiedProperties"]]))
        .collect()
}

fn property(name: &str, old: impl Into<Value>, new: impl Into<Value>) -> Value {
    json!({"displayName": name, "oldValue": old.into(), "newValue": new.into()})
}

#[service_test]
async fn every_write_of_a_method_is_recorded_masked_with_who_did_it() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({})).await;
    let root = service.create("root@contoso.example", json!({})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let count = records(&service).await.len();
    let claims = json!({
        "sub": "x", "preferred_username": "root@contoso.example", "scp": "UserAuthenticationMethod.ReadWrite.All"
    });
    let person = service.running.issuer.sign(claims).unwrap();
    let one = format!("phoneMethods/{MOBILE}");
    service.advance(1).await;
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    service.advance(1).await;
    let body = json!({"phoneNumber": "+1 4255550179"});
    super::send_as(&service, &person, "PATCH", &id, &one, &body).await.expect(204);
    service.advance(1).await;
    add_phone(&service, &id, "alternateMobile", "+44 7400123456").await.expect(201);
    service.advance(1).await;
    add_email(&service, &id, "adele@example.org").await.expect(201);
    service.advance(1).await;
    delete(&service, &id, &format!("emailMethods/{EMAIL}")).await.expect(204);
    // A change of nothing and a refused change leave no record.
    send(&service, "PATCH", &id, &one, &json!({"phoneNumber": "+1 (425) 555-0179"})).await.expect(204);
    bad(&delete(&service, &id, &one).await);
    bad(&add_phone(&service, &id, "mobile", "+1 4255550170").await);
    super::missing(&delete(&service, &id, &format!("emailMethods/{EMAIL}")).await);

    let records = records(&service).await;
    assert_eq!(records.len(), count + 5);
    let records_of = records_of(&service, &id).await;
    assert_eq!(
        records_of[1..],
        [
            json!(["Admin registered security info", [property("mobilePhone", Value::Null, json!("+1 ********70"))]]),
            json!([
                "Admin updated security info",
                [property("mobilePhone", json!("+1 ********70"), json!("+1 ********79"))]
            ]),
            json!([
                "Admin registered security info",
                [property("alternateMobilePhone", Value::Null, json!("+44 ********56"))]
            ]),
            json!(["Admin registered security info", [property("email", Value::Null, json!("a***@***"))]]),
            json!(["Admin deleted security info", [property("email", json!("a***@***"), Value::Null)]]),
        ]
    );
    let changed = records.iter().find(|record| record["activityDisplayName"] == "Admin updated security info").unwrap();
    assert_eq!(changed["initiatedBy"]["user"]["userPrincipalName"], "root@contoso.example");
    assert_eq!(changed["initiatedBy"]["user"]["id"], json!(root));
    assert_eq!(changed["targetResources"][0]["userPrincipalName"], NAME);
    assert_eq!(
        (&changed["result"], &changed["loggedByService"]),
        (&json!("success"), &json!("Authentication Methods"))
    );
    let deleted = &records[0];
    assert!(deleted["initiatedBy"]["app"]["appId"].is_string() && deleted["initiatedBy"]["user"].is_null());
    // The other members hold ids and moments, which may have any digits.
    let values = |record: &Value| json!([record["resultReason"], record["targetResources"][0]["modifiedProperties"]]);
    let stored = records.iter().map(values).collect::<Value>().to_string();
    for secret in ["55501", "7400", "adele@example.org"] {
        assert!(!stored.contains(secret), "{secret}");
    }
}

#[service_test]
async fn every_change_of_a_user_is_recorded_property_by_property() {
    let service = Service::start(json!({})).await;
    let id = service
        .create(
            NAME,
            json!({"mobilePhone": "+1 4255550100", "otherMails": ["adele@example.org"], "jobTitle": "Singer"}),
        )
        .await;
    let none = Value::Null;
    let mut expected = vec![json!([
        "Add user",
        [
            property("jobTitle", none.clone(), json!("Singer")),
            property("mobilePhone", none.clone(), json!("+1 ********00")),
            property("otherMails", none.clone(), json!("[\"a***@***\"]")),
            property("passwordProfile", none.clone(), none.clone()),
        ]
    ])];
    for (body, changed) in [
        (
            json!({"mobilePhone": null, "businessPhones": ["+1 4255550111"], "otherMails": ["b@example.org", "c@example.org"]}),
            json!([
                property("mobilePhone", json!("+1 ********00"), none.clone()),
                property("businessPhones", none.clone(), json!("+1 ********11")),
                property("otherMails", json!("[\"a***@***\"]"), json!("[\"b***@***\",\"c***@***\"]")),
            ]),
        ),
        (
            json!({"jobTitle": "Pianist", "displayName": "Adele", "accountEnabled": false}),
            json!([
                property("displayName", none.clone(), json!("Adele")),
                property("jobTitle", json!("Singer"), json!("Pianist")),
                property("accountEnabled", json!("true"), json!("false")),
            ]),
        ),
        (
            json!({"isAdmin": true, "onPremisesSyncEnabled": true, "userPrincipalName": "adele.vance@contoso.example"}),
            json!([
                property("userPrincipalName", json!(NAME), json!("adele.vance@contoso.example")),
                property("isAdmin", json!("false"), json!("true")),
                property("onPremisesSyncEnabled", json!("false"), json!("true")),
            ]),
        ),
    ] {
        service.advance(1).await;
        service.patch(&id, &body).await.expect(204);
        expected.push(json!(["Update user", changed]));
        // The same change again changes nothing, and leaves no record.
        service.patch(&id, &body).await.expect(204);
    }
    service.patch(&id, &json!({})).await.expect(204);
    bad(&service.patch(&id, &json!({"jobTitle": 1})).await);
    service.advance(1).await;
    service.send(Request::new("DELETE", &format!("/graph/v1.0/users/{id}")).bearer(&service.admin)).await.expect(204);
    expected.push(json!(["Delete user", []]));
    assert_eq!(records_of(&service, &id).await, expected);
}

#[service_test]
async fn a_new_password_and_an_unblocking_are_recorded() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({})).await;
    service.advance(1).await;
    let body =
        json!({"passwordProfile": {"password": NEW_PASSWORD, "forceChangePasswordNextSignIn": true}, "jobTitle": "x"});
    service.patch(&id, &body).await.expect(204);
    let mut of_password = records_of(&service, &id).await;
    of_password.remove(0);
    of_password.sort_by_key(Value::to_string);
    assert_eq!(
        of_password,
        [
            json!(["Reset password (by admin)", []]),
            json!([
                "Update user",
                [property("jobTitle", Value::Null, json!("x")), property("passwordProfile", Value::Null, Value::Null)]
            ]),
        ]
    );
    service.advance(1).await;
    let unblock = format!("/graph/v1.0/users/{id}/authentication/unblockPasswordReset");
    service.send(Request::new("POST", &unblock).bearer(&service.admin)).await.expect(204);
    assert_eq!(records_of(&service, &id).await.last(), Some(&json!(["Unblock password reset (by admin)", []])));
    let whole = json!(records(&service).await).to_string();
    assert!(!whole.contains(NEW_PASSWORD) && !whole.contains(OLD_PASSWORD) && !whole.contains("argon2"), "{whole}");
}
