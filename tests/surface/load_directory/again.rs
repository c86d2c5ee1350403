//! A second load of people whom an earlier load has created.

use local::Options;
use serde_json::{Value, json};

use super::{ADELE, Scratch, person, report};
use crate::support::service::{NEW_PASSWORD, digits};
use crate::support::{Request, Service};

#[service_test]
async fn a_second_load_changes_what_the_directory_owns_and_nothing_else() {
    let scratch = Scratch::new();
    let data = Some(scratch.path().join("data"));
    let options = |text: &str| Options {
        users: Some(scratch.file("people.ldif", text.as_bytes())),
        data: data.clone(),
        ..Options::default()
    };
    let service = Service::with(&options(ADELE)).await;
    let token = service.user("adele@contoso.example").await;
    let wish = json!({"type": "email", "value": "adele@example.net"});
    let reply = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
    let code = digits(&service.outbox("adele@example.net").await[0]);
    let target = format!("/v1/registration/challenges/{}/verifications", reply.text("challengeId"));
    service.send(Request::post(&target, &json!({"code": code})).bearer(&token)).await.expect(200);
    service.reset_by_sms(NEW_PASSWORD).await;
    let id = service.check("adele@contoso.example", NEW_PASSWORD).await.expect(200).text("userId");
    service.patch(&id, &json!({"jobTitle": "Accordionist"})).await.expect(204);
    service.running.stop().await;

    let service = Service::with(&options(ADELE)).await;
    assert_eq!(report(&service), "users: this file was loaded before, and is not loaded again\n");
    service.running.stop().await;

    // The mobile phone is changed, the file no longer speaks of the office phone, and a person is added.
    let changed = ADELE.replace("5550100", "5550177").replace("telephoneNumber: +1 4255550111\n", "");
    let more = "\ndn: cn=New\nobjectClass: person\nuserPrincipalName: new@contoso.example\n";
    let service = Service::with(&options(&format!("{changed}{more}"))).await;
    assert_eq!(report(&service), "users: 1 loaded, 1 updated, 0 unchanged, 0 entries skipped, 0 rejected\n");
    let adele = person(&service, &id).await;
    assert_eq!((&adele["mobilePhone"], &adele["businessPhones"]), (&json!("+1 4255550177"), &json!(["+1 4255550111"])));
    assert_eq!(adele["otherMails"], json!(["adele.vance@example.org"]));
    let title = service.send(Request::get(&format!("/graph/v1.0/users/{id}")).bearer(&service.admin)).await.expect(200);
    assert_eq!(title.text("jobTitle"), "Accordionist");
    service.check("adele@contoso.example", NEW_PASSWORD).await.expect(200);
    service.check("adele@contoso.example", "the old password of a user").await.problem(422, "credentials-rejected");

    let token = service.user("adele@contoso.example").await;
    let own = service.send(Request::get("/v1/registration").bearer(&token)).await.expect(200).json();
    assert_eq!(own["methods"][0]["value"], "adele@example.net");
    assert_eq!((&own["methods"][0]["source"], &own["registered"]), (&json!("user"), &json!(true)));
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin("adele@contoso.example", "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.messages().await, Vec::<Value>::new(), "nothing is sent to the former number");
    service.begin("adele@contoso.example", "mobileSms", Some("+1 4255550177")).await;
    assert_eq!(service.outbox("+14255550177").await.len(), 1);
    service.begin("adele@contoso.example", "email", None).await;
    assert_eq!(service.outbox("adele@example.net").await.len(), 1);
    assert_eq!(service.messages().await.len(), 2);
    service.running.stop().await;
}

#[service_test]
async fn a_load_that_changes_a_contact_kills_live_resets() {
    let scratch = Scratch::new();
    let data = Some(scratch.path().join("data"));
    let options = |text: &str| Options {
        users: Some(scratch.file("people.ldif", text.as_bytes())),
        data: data.clone(),
        ..Options::default()
    };
    let service = Service::with(&options(ADELE)).await;
    let (begun, code) = service.begin_by_sms().await;
    service.running.stop().await;
    let service = Service::with(&options(&ADELE.replace("5550100", "5550177"))).await;
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    service.running.stop().await;
}

#[service_test]
async fn a_load_that_only_respells_a_contact_is_stored_and_kills_nothing() {
    let scratch = Scratch::new();
    let data = Some(scratch.path().join("data"));
    let options = |text: &str| Options {
        users: Some(scratch.file("people.ldif", text.as_bytes())),
        data: data.clone(),
        ..Options::default()
    };
    let service = Service::with(&options(ADELE)).await;
    let (proved, code) = service.begin_by_sms().await;
    let token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
    let (by_mail, message) = service.begin_by_email().await;
    service.empty_outbox().await;
    service.running.stop().await;

    let respelled =
        ADELE.replace("mobile: +1 4255550100", "mobile: +1 4255550100x7").replace("adele.vance@", "Adele.Vance@");
    let service = Service::with(&options(&respelled)).await;
    assert_eq!(report(&service), "users: 0 loaded, 1 updated, 0 unchanged, 0 entries skipped, 0 rejected\n");
    let adele = person(&service, "adele@contoso.example").await;
    assert_eq!(
        (&adele["mobilePhone"], &adele["otherMails"]),
        (&json!("+1 4255550100x7"), &json!(["Adele.Vance@example.org"]))
    );
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.verify(&by_mail.id, &digits(&message)).await.expect(200);
    service.complete(&proved.id, &token, NEW_PASSWORD).await.expect(204);
    service.running.stop().await;
}

#[service_test]
async fn a_contact_changed_by_a_load_is_recorded_and_its_owner_is_notified() {
    let scratch = Scratch::new();
    let data = Some(scratch.path().join("data"));
    let options = |text: &str| Options {
        users: Some(scratch.file("people.ldif", text.as_bytes())),
        data: data.clone(),
        ..Options::default()
    };
    let service = Service::with(&options(ADELE)).await;
    assert_eq!(service.messages().await, Vec::<Value>::new(), "a new account notifies nobody");
    service.running.stop().await;

    // In its first day an account still counts as being loaded, so an added contact notifies nobody.
    let more = ADELE.replace("userPassword", "otherMailbox: second@example.org\nuserPassword");
    let service = Service::with(&options(&more)).await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.running.stop().await;

    let service = Service::with(&options(&more.replace("5550100", "5550177"))).await;
    let notified = service.messages().await;
    let mut to: Vec<&str> = notified.iter().map(|message| message["to"].as_str().unwrap()).collect();
    to.sort_unstable();
    assert!(to.contains(&"adele.vance@example.org") && !to.contains(&"+14255550177"), "{to:?}");

    let token = service.application(&["AuditLog.Read.All"]).await;
    let log = Request::get("/graph/v1.0/auditLogs/directoryAudits").bearer(&token);
    let records = service.send(log).await.expect(200).json();
    let records = records["value"].as_array().unwrap();
    assert_eq!(records.len(), 3, "{records:?}");
    for (record, activity) in records.iter().zip(["Update user", "Update user", "Add user"]) {
        assert_eq!(record["activityDisplayName"], activity);
        assert_eq!(record["initiatedBy"]["app"]["appId"], "local --users");
        assert_eq!(record["targetResources"][0]["userPrincipalName"], "adele@contoso.example");
    }
    let changed = &records[0]["targetResources"][0]["modifiedProperties"];
    let expected = json!([{"displayName": "mobilePhone", "oldValue": "+1 ********00", "newValue": "+1 ********77"}]);
    assert_eq!(changed, &expected);
    service.running.stop().await;
}
