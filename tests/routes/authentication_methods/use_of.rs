//! How resets use a registered method, and which values they no longer use beside it.

use serde_json::{Value, json};

use super::{ALTERNATE, EMAIL, MOBILE, NAME, OFFICE, add_email, add_phone, advance, delete, get, list, phone, send};
use crate::support::service::{NEW_PASSWORD, digits, long_code};
use crate::support::{Request, Service};

/// Begins a reset, and returns the destinations of its messages.
async fn begun(service: &Service, method: &str, phone: Option<&str>) -> Vec<Value> {
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, method, phone).await;
    service.messages().await.iter().map(|message| message["to"].clone()).collect()
}

#[service_test]
async fn a_registered_method_is_used_at_once_instead_of_the_value_on_file() {
    let service = Service::start(json!({"replacedContactDelayHours": 0})).await;
    let id = service.adele().await;
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    add_phone(&service, &id, "office", "+1 4255550172").await.expect(201);
    add_email(&service, &id, "new@example.org").await.expect(201);
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550100")).await, Vec::<Value>::new());
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, ["+14255550170"]);
    assert_eq!(begun(&service, "officeCall", Some("+1 4255550172")).await, ["+14255550172"]);
    assert_eq!(begun(&service, "email", None).await, ["new@example.org"]);
    let own = service.send(Request::get("/v1/registration").bearer(&service.user(NAME).await)).await.expect(200).json();
    let reasons: Vec<&Value> = own["suggested"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["superseded", "superseded", "superseded"]);
    assert_eq!(own["registered"], true);
    let usable: Vec<&Value> = own["methods"].as_array().unwrap().iter().map(|one| &one["usable"]).collect();
    assert_eq!(usable, [true, true, true]);
}

#[service_test]
async fn an_alternate_phone_is_stored_and_never_used() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({})).await;
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    add_phone(&service, &id, "alternateMobile", "+1 4255550171").await.expect(201);
    for method in ["mobileSms", "mobileCall", "officeCall"] {
        assert_eq!(begun(&service, method, Some("+1 4255550171")).await, Vec::<Value>::new(), "{method}");
    }
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, ["+14255550170"]);
    let own = service.send(Request::get("/v1/registration").bearer(&service.user(NAME).await)).await.expect(200).json();
    let kinds: Vec<&Value> = own["methods"].as_array().unwrap().iter().map(|one| &one["type"]).collect();
    assert_eq!(kinds, ["mobilePhone"]);
}

#[service_test]
async fn a_removed_method_is_not_replaced_by_the_value_on_file() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    add_email(&service, &id, "new@example.org").await.expect(201);
    delete(&service, &id, &format!("phoneMethods/{MOBILE}")).await.expect(204);
    delete(&service, &id, &format!("emailMethods/{EMAIL}")).await.expect(204);
    for number in ["+1 4255550170", "+1 4255550100"] {
        assert_eq!(begun(&service, "mobileSms", Some(number)).await, Vec::<Value>::new(), "{number}");
    }
    assert_eq!(begun(&service, "email", None).await, Vec::<Value>::new());
    // Only a later and different value counts again.
    service.patch(&id, &json!({"mobilePhone": "+1 4255550170"})).await.expect(204);
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, Vec::<Value>::new());
    service.patch(&id, &json!({"mobilePhone": "+1 4255550178"})).await.expect(204);
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550178")).await, ["+14255550178"]);
}

/// The number on file is the one whose method an administrator deletes.
#[service_test]
async fn a_deleted_method_takes_the_same_number_on_file_with_it() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let number = "+1 4255550100";
    assert_eq!(begun(&service, "mobileSms", Some(number)).await, ["+14255550100"]);
    add_phone(&service, &id, "mobile", number).await.expect(201);
    delete(&service, &id, &format!("phoneMethods/{MOBILE}")).await.expect(204);
    for spelling in [number, "+14255550100", "+1 (425) 555-0100"] {
        service.patch(&id, &json!({"mobilePhone": spelling})).await.expect(204);
        for method in ["mobileSms", "mobileCall"] {
            assert_eq!(begun(&service, method, Some(number)).await, Vec::<Value>::new(), "{spelling} {method}");
        }
    }
    let target = format!("/graph/v1.0/users/{id}?$select=mobilePhone");
    let user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200);
    assert_eq!(user.text("mobilePhone"), number, "the field itself stays");
}

#[service_test]
async fn a_method_that_replaces_a_usable_value_waits_as_long_as_the_policy_says() {
    let mut service = Service::start(json!({"replacedContactDelayHours": 2})).await;
    let id = service.adele().await;
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, Vec::<Value>::new());
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550100")).await, Vec::<Value>::new());
    // Removing the method and registering it again does not shorten the wait.
    delete(&service, &id, &format!("phoneMethods/{MOBILE}")).await.expect(204);
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    service.advance(7000).await;
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, Vec::<Value>::new());
    advance(&mut service, 200).await;
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, ["+14255550170"]);
    // A number that is already in use can be registered without a wait.
    let lena = service.create("lena@contoso.example", json!({"mobilePhone": "+1 4255550133"})).await;
    add_phone(&service, &lena, "mobile", "+1 4255550133").await.expect(201);
    service.empty_outbox().await;
    service.begin("lena@contoso.example", "mobileSms", Some("+1 4255550133")).await;
    assert_eq!(service.outbox("+14255550133").await.len(), 1);
}

#[service_test]
async fn a_privileged_users_replaced_method_waits_a_day_whatever_the_policy_says() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, Vec::<Value>::new());
    service.advance(86_000).await;
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, Vec::<Value>::new());
    service.advance(400).await;
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550170")).await, ["+14255550170"]);
}

#[service_test]
async fn a_change_of_a_method_kills_resets_under_way_and_the_same_value_again_does_not() {
    let number = |number: &str| json!({"phoneNumber": number});
    let (mobile, office) = (format!("phoneMethods/{MOBILE}"), format!("phoneMethods/{OFFICE}"));
    let email = format!("emailMethods/{EMAIL}");
    for (method, rest, body, kills) in [
        ("PATCH", &mobile, number("+1 4255550179"), true),
        ("PATCH", &office, number("+1 4255550179"), true),
        ("PATCH", &email, json!({"emailAddress": "other@example.org"}), true),
        ("DELETE", &email, json!({}), true),
        (
            "POST",
            &"phoneMethods".to_owned(),
            json!({"phoneNumber": "+1 4255550171", "phoneType": "alternateMobile"}),
            true,
        ),
        ("PATCH", &mobile, number("+14255550100"), false),
        ("PATCH", &email, json!({"emailAddress": "adele.vance@example.org"}), false),
    ] {
        let service = Service::start(json!({})).await;
        let id = service.adele().await;
        add_phone(&service, &id, "mobile", "+1 4255550100").await.expect(201);
        add_phone(&service, &id, "office", "+1 4255550172").await.expect(201);
        add_email(&service, &id, "adele.vance@example.org").await.expect(201);
        service.empty_outbox().await;
        let (proved, code) = service.begin_by_sms().await;
        let token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
        let (by_mail, message) = service.begin_by_email().await;
        let status = send(&service, method, &id, rest, &body).await.status;
        assert_eq!(status, if method == "POST" { 201 } else { 204 }, "{method} {rest}");
        let (verified, completed) = (
            service.verify(&by_mail.id, &digits(&message)).await,
            service.complete(&proved.id, &token, NEW_PASSWORD).await,
        );
        if kills {
            verified.problem(422, "code-rejected");
            completed.problem(422, "token-rejected");
            service.verify(&by_mail.id, &long_code(&message)).await.problem(422, "code-rejected");
        } else {
            verified.expect(200);
            completed.expect(204);
        }
    }
}

#[service_test]
async fn another_spelling_of_a_method_is_stored_and_listed_and_changes_nothing_else() {
    let service = Service::start(json!({"replacedContactDelayHours": 72})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    add_phone(&service, &id, "mobile", "+1 4255550100").await.expect(201);
    add_phone(&service, &id, "alternateMobile", "+1 4255550122").await.expect(201);
    add_phone(&service, &id, "office", "+1 4255550111x5").await.expect(201);
    add_email(&service, &id, "adele.vance@example.org").await.expect(201);
    service.messages().await;
    service.empty_outbox().await;
    let (proved, code) = service.begin_by_sms().await;
    let (by_mail, message) = service.begin_by_email().await;
    service.empty_outbox().await;
    for (method, number) in [(MOBILE, "+14255550100X7"), (ALTERNATE, "+14255550122x8"), (OFFICE, "+1 4255550111")] {
        let one = format!("phoneMethods/{method}");
        send(&service, "PATCH", &id, &one, &json!({"phoneNumber": number})).await.expect(204);
    }
    let email = format!("emailMethods/{EMAIL}");
    send(&service, "PATCH", &id, &email, &json!({"emailAddress": "Adele.Vance@example.org"})).await.expect(204);
    assert_eq!(
        list(&service, &id, "phoneMethods").await,
        json!([
            phone(MOBILE, "+1 4255550100X7", "mobile"),
            phone(ALTERNATE, "+1 4255550122x8", "alternateMobile"),
            phone(OFFICE, "+1 4255550111", "office"),
        ])
    );
    assert_eq!(get(&service, &id, &email).await.expect(200).json()["emailAddress"], "Adele.Vance@example.org");
    assert_eq!(service.messages().await, Vec::<Value>::new(), "nobody is notified");
    // The resets under way continue, and no value waits.
    let passed = service.verify(&proved.id, &code).await.expect(200).json();
    assert_eq!(passed["status"], "anotherMethodRequired", "{passed}");
    service.verify(&by_mail.id, &digits(&message)).await.expect(200);
    assert_eq!(begun(&service, "mobileSms", Some("+1 4255550100")).await, ["+14255550100"]);
    assert_eq!(begun(&service, "email", None).await, ["Adele.Vance@example.org"]);
}
