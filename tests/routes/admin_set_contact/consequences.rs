//! The consequences of a change: resets die, owners are notified, limits end.

use serde_json::{Value, json};

use super::{NAME, OTHER_PASSWORD, USERS, delete_as, path, select, unblock_as, unblock_path};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, begin, digits, long_code, wrong};
use crate::support::{Request, Service};

#[service_test]
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

    // The old codes and tokens stay dead when another account has the name and the contacts.
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

/// Adele's contacts.
const EVERYBODY: [(&str, &str); 3] =
    [("sms", "+14255550100"), ("sms", "+14255550111"), ("email", "adele.vance@example.org")];

/// The channels and destinations of messages, sorted by destination.
fn recipients(messages: &[Value]) -> Vec<(&str, &str)> {
    let mut to: Vec<(&str, &str)> = messages
        .iter()
        .map(|message| (message["channel"].as_str().unwrap(), message["to"].as_str().unwrap()))
        .collect();
    to.sort_by_key(|(_, to)| *to);
    to
}

#[service_test]
async fn an_administrators_password_replaces_the_old_one_revokes_resets_and_sends_notices() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let (proved, code) = service.begin_by_sms().await;
    let token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
    let (by_mail, message) = service.begin_by_email().await;
    service.empty_outbox().await;
    let before = select(&service, &id, "signInSessionsValidFromDateTime,createdDateTime").await;
    service
        .patch(&id, &json!({"passwordProfile": {"password": OTHER_PASSWORD, "forceChangePasswordNextSignIn": true}}))
        .await
        .expect(204);
    service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.check(NAME, OTHER_PASSWORD).await.expect(200);
    service.complete(&proved.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.verify(&by_mail.id, &digits(&message)).await.problem(422, "code-rejected");
    service.verify(&by_mail.id, &long_code(&message)).await.problem(422, "code-rejected");
    service.check(NAME, OTHER_PASSWORD).await.expect(200);

    let notified = service.messages().await;
    assert_eq!(recipients(&notified), EVERYBODY);
    for message in &notified {
        let about = message["subject"].as_str().or(message["text"].as_str()).unwrap();
        assert!(about.starts_with("Contoso: an administrator changed your password"), "{about}");
        assert_eq!(message["reference"], "");
        assert!(!message.to_string().contains(OTHER_PASSWORD));
    }
    let events = service.send(Request::get("/_local/events")).await.expect(200).json();
    assert_eq!(events.as_array().unwrap().len(), 1);
    assert_eq!((&events[0]["event"], &events[0]["userId"]), (&json!("SessionsRevoked"), &json!(id)));
    let after = select(&service, &id, "signInSessionsValidFromDateTime,createdDateTime").await;
    assert_eq!(after["signInSessionsValidFromDateTime"], events[0]["at"]);
    assert!(after["signInSessionsValidFromDateTime"].as_str() > before["signInSessionsValidFromDateTime"].as_str());
    service.advance(31).await;
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[service_test]
async fn an_owner_without_an_address_is_notified_of_a_new_password_by_sms() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({"mobilePhone": "+1 4255550100"})).await;
    service.patch(&id, &json!({"passwordProfile": {"password": OTHER_PASSWORD}})).await.expect(204);
    let notified = service.messages().await;
    assert_eq!(
        (notified.len(), &notified[0]["channel"], &notified[0]["to"]),
        (1, &json!("sms"), &json!("+14255550100"))
    );
}

#[service_test]
async fn a_change_of_contacts_kills_resets_under_way_and_a_change_of_title_does_not() {
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
        let (verified, completed) = (
            service.verify(&by_mail.id, &digits(&message)).await,
            service.complete(&proved.id, &token, NEW_PASSWORD).await,
        );
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

#[service_test]
async fn another_spelling_of_a_contact_is_stored_and_recorded_and_changes_nothing_else() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"isAdmin": true, "mail": "adele@contoso.example"})).await.expect(204);
    service.messages().await;
    let (by_sms, code) = service.begin_by_sms().await;
    let (by_mail, message) = service.begin_by_email().await;
    service.empty_outbox().await;
    let body = json!({
        "mobilePhone": "+1 4255550100x7", "businessPhones": ["+1 4255550111X8"], "mail": "Adele@contoso.example",
        "otherMails": ["Adele.Vance@example.org"]
    });
    service.patch(&id, &body).await.expect(204);
    assert_eq!(select(&service, &id, "mobilePhone,businessPhones,mail,otherMails").await, body);
    assert_eq!(service.messages().await, Vec::<Value>::new(), "nobody is notified");
    service.verify(&by_sms.id, &code).await.expect(200);
    service.verify(&by_mail.id, &digits(&message)).await.expect(200);
    // A privileged user's new number would wait for a day. This one does not, because only its spelling is new.
    assert_eq!(texts(&service, "+1 4255550100").await, 1);

    let reader = service.application(&["AuditLog.Read.All"]).await;
    let target = "/graph/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Update%20user'";
    let records = service.send(Request::get(target).bearer(&reader)).await.expect(200).json()["value"].clone();
    let changes = records[0]["targetResources"][0]["modifiedProperties"].as_array().unwrap().clone();
    let changes: Vec<Value> =
        changes.iter().map(|one| json!([one["displayName"], one["oldValue"], one["newValue"]])).collect();
    assert_eq!(
        changes,
        [
            json!(["mail", "a***@***", "A***@***"]),
            json!(["mobilePhone", "+1 ********00", "+1 ********00"]),
            json!(["businessPhones", "+1 ********11", "+1 ********11"]),
            json!(["otherMails", r#"["a***@***"]"#, r#"["A***@***"]"#]),
        ]
    );
    assert_eq!(records.as_array().unwrap().len(), 2);
    // The same change again leaves no record.
    service.patch(&id, &body).await.expect(204);
    let again = service.send(Request::get(target).bearer(&reader)).await.expect(200).json()["value"].clone();
    assert_eq!(again, records);
}

#[service_test]
async fn a_first_value_does_not_wait_because_of_another_type() {
    let service = Service::start(json!({"replacedContactDelayHours": 24})).await;
    let id = service.create(NAME, json!({"businessPhones": ["+1 4255550111"], "mail": "adele@contoso.example"})).await;
    for body in [
        json!({"businessPhones": ["+1 4255550112"], "mail": "vance@contoso.example"}),
        json!({"mobilePhone": "+1 4255550100", "otherMails": ["adele.vance@example.org"]}),
    ] {
        service.patch(&id, &body).await.expect(204);
    }
    let own = service.send(Request::get("/v1/registration").bearer(&service.user(NAME).await)).await.expect(200).json();
    let suggested = own["suggested"].as_array().unwrap().iter();
    let suggested: Vec<_> = suggested.map(|one| (one["type"].as_str().unwrap(), one["usable"] == true)).collect();
    assert_eq!(suggested, [("mobilePhone", true), ("officePhone", false), ("email", true)]);
    service.begin_by_sms().await;
    service.begin_by_email().await;
}

#[service_test]
async fn an_address_that_got_codes_is_notified_however_often_the_primary_one_changes() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    // While the directory's client loads a user, a change of the primary address alone notifies nobody.
    service.patch(&id, &json!({"otherMails": [], "onPremisesSyncEnabled": true})).await.expect(204);
    for number in 0..52 {
        service.patch(&id, &json!({"mail": format!("junk{number}@example.org")})).await.expect(204);
    }
    service.messages().await;
    service.empty_outbox().await;
    service.patch(&id, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    let messages = service.messages().await;
    let notified: Vec<&Value> = messages.iter().map(|message| &message["to"]).collect();
    assert!(notified.contains(&&json!("adele.vance@example.org")), "{notified:?}");
}

#[service_test]
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
    // When the user is enabled again, the old token stays dead, and the old password is right.
    service.patch(&id, &json!({"accountEnabled": true})).await.expect(204);
    service.complete(&begun.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}

#[service_test]
async fn unblocking_clears_a_spent_guess_budget_and_sends_notices() {
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
    let notified = service.messages().await;
    assert_eq!(recipients(&notified), EVERYBODY);
    let email = notified.iter().find(|message| message["channel"] == "email").unwrap();
    assert_eq!(email["subject"], "Contoso: your password reset was unblocked");
    service.reset_by_sms(NEW_PASSWORD).await;
    service.check(NAME, NEW_PASSWORD).await.expect(200);
}

#[service_test]
async fn unblocking_ends_a_sign_in_lock_but_no_message_limit() {
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
    // The route takes no body, and ignores one.
    let request = Request::post(&unblock_path("ADELE@contoso.example"), &json!({"x": 1})).bearer(&service.admin);
    service.send(request).await.expect(204);
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    let texts = service.outbox("+14255550100").await;
    let references: Vec<&Value> = texts.iter().map(|text| &text["reference"]).collect();
    assert_eq!(references, [""], "only the notice of the unblocking: the half minute is not over");
}

/// Begins a reset by SMS, and returns how many messages are in the outbox then.
async fn texts(service: &Service, phone: &str) -> usize {
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "mobileSms", Some(phone)).await;
    service.messages().await.len()
}

#[service_test]
async fn a_number_that_replaces_a_usable_one_waits_as_long_as_the_policy_says() {
    let service = Service::start(json!({"replacedContactDelayHours": 2})).await;
    let id = service.adele().await;
    assert_eq!(texts(&service, "+1 4255550100").await, 1, "a first contact does not wait");
    service.patch(&id, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    assert_eq!(texts(&service, "+1 4255550177").await, 0);
    let own = service.send(Request::get("/v1/registration").bearer(&service.user(NAME).await)).await.expect(200).json();
    assert_eq!((&own["suggested"][0]["usable"], &own["suggested"][0]["reason"]), (&json!(false), &json!("waiting")));
    // Removing the number and setting it again does not shorten the wait.
    service.patch(&id, &json!({"mobilePhone": null})).await.expect(204);
    service.patch(&id, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    assert_eq!(texts(&service, "+1 4255550177").await, 0);
    service.advance(7000).await;
    assert_eq!(texts(&service, "+1 4255550177").await, 0);
    service.advance(200).await;
    assert_eq!(texts(&service, "+1 4255550177").await, 1);
}

#[service_test]
async fn a_privileged_users_replaced_number_waits_a_day_whatever_the_policy_says() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    assert_eq!(texts(&service, "+1 4255550177").await, 1, "by default nothing waits");
    service.patch(&id, &json!({"isAdmin": true, "mobilePhone": "+1 4255550178"})).await.expect(204);
    assert_eq!(texts(&service, "+1 4255550178").await, 0);
    service.advance(86_000).await;
    assert_eq!(texts(&service, "+1 4255550178").await, 0);
    service.advance(400).await;
    assert_eq!(texts(&service, "+1 4255550178").await, 1);
}

#[service_test]
async fn a_waiting_number_that_its_owner_proves_waits_no_longer() {
    let service = Service::start(json!({"replacedContactDelayHours": 72})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    let token = service.user(NAME).await;
    let wish = json!({"type": "mobilePhone", "value": "+1 4255550177"});
    let reply = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
    let target = format!("/v1/registration/challenges/{}/verifications", reply.text("challengeId"));
    let code = digits(&service.outbox("+14255550177").await[0]);
    service.send(Request::post(&target, &json!({"code": code})).bearer(&token)).await.expect(200);
    assert_eq!(texts(&service, "+1 4255550177").await, 1);
}
