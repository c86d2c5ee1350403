//! `POST /v1/registration/confirmation`: a person confirms that their methods are still right.

use serde_json::{Value, json};
use shared::time::{Clock, DAY, Moment};

use super::{NAME, NEW_PHONE, confirm, hush, mail, notified, phone, register, registration, remove};
use crate::support::client::together;
use crate::support::{Request, Service};

fn now(service: &Service) -> Moment {
    service.running.clock.now()
}

/// Whether the moment `by` is `days` days after a moment between the two given ones.
fn days_after(days: u64, between: (Moment, Moment), by: &Value) -> bool {
    let (first, last) = (between.0.plus(days * DAY).to_string(), between.1.plus(days * DAY).to_string());
    (first.as_str()..=last.as_str()).contains(&by.as_str().unwrap())
}

#[service_test]
async fn a_confirmation_returns_the_registration_and_moves_the_next_date() {
    let service = Service::start(json!({"reconfirmAfterDays": 90})).await;
    service.adele().await;
    let begun = now(&service);
    register(&service, &service.user(NAME).await, &phone(NEW_PHONE)).await;
    let before = registration(&service, &service.user(NAME).await).await;
    assert!(days_after(90, (begun, now(&service)), &before["reconfirmBy"]), "{before}");
    hush(&service).await;
    service.advance(10 * DAY).await;
    let (token, asked) = (service.user(NAME).await, now(&service));
    let reply = service.send(confirm(&token)).await.expect(200);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let body = reply.json();
    assert_eq!(body, registration(&service, &token).await);
    assert!(days_after(90, (asked, now(&service)), &body["reconfirmBy"]), "{body}");
    let mut same = body.clone();
    same["reconfirmBy"] = before["reconfirmBy"].clone();
    assert_eq!(same, before, "nothing else changed, not even the time of the proof");
    assert_eq!(notified(&service).await, [""; 0], "nobody is notified");
}

#[service_test]
async fn the_method_proved_longest_ago_says_when_to_confirm() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let begun = now(&service);
    let body = json!({"phoneNumber": NEW_PHONE, "phoneType": "mobile"});
    let methods = format!("/graph/v1.0/users/{id}/authentication/phoneMethods");
    service.send(Request::post(&methods, &body).bearer(&service.admin)).await.expect(201);
    let written = registration(&service, &service.user(NAME).await).await["reconfirmBy"].clone();
    assert!(days_after(180, (begun, now(&service)), &written), "{written}: even if nothing was proved");
    service.advance(10 * DAY).await;
    let (token, proved) = (service.user(NAME).await, now(&service));
    register(&service, &token, &mail("own@example.net")).await;
    assert_eq!(registration(&service, &token).await["reconfirmBy"], written, "the number was not proved");
    register(&service, &token, &phone(NEW_PHONE)).await;
    let both = registration(&service, &token).await["reconfirmBy"].clone();
    assert!(days_after(180, (proved, now(&service)), &both), "{both}");
    service.advance(10 * DAY).await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    assert_eq!(registration(&service, &token).await["reconfirmBy"], both, "the address is still to be confirmed");
}

#[service_test]
async fn a_person_without_methods_may_confirm_the_values_on_file() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    assert_eq!(registration(&service, &token).await["reconfirmBy"], Value::Null);
    let body = service.send(confirm(&token)).await.expect(200).json();
    assert!(body["reconfirmBy"].is_string() && body["methods"] == json!([]) && body["registered"] == false, "{body}");

    let never = Service::start(json!({"reconfirmAfterDays": 0})).await;
    never.adele().await;
    let token = never.user(NAME).await;
    register(&never, &token, &phone(NEW_PHONE)).await;
    assert_eq!(never.send(confirm(&token)).await.expect(200).json()["reconfirmBy"], Value::Null);
}

#[service_test]
async fn a_body_is_ignored_and_a_key_repeats_the_response() {
    const KEY: &str = "0123456789abcdef-confirm";
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({})).await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    for request in [confirm(&token).bytes(b"{\"x\": "), confirm(&token).json(&json!({"verified": true}))] {
        service.send(request).await.expect(200);
    }
    let first = service.send(confirm(&token).key(KEY)).await.expect(200);
    service.advance(60).await;
    let token = service.user(NAME).await;
    for request in [confirm(&token), confirm(&token).json(&json!({"x": 1})), confirm(&token).bytes(b"{\"x\": ")] {
        let again = service.send(request.key(KEY)).await.expect(200);
        assert_eq!(again.body, first.body, "the date did not move again, and a body makes no difference");
    }
    service.send(confirm("x").key(KEY)).await.problem(401, "unauthenticated");
    for key in ["short", &"k".repeat(256), "with a space in it"] {
        service.send(confirm(&token).key(key)).await.problem(400, "malformed");
    }
    // The same key of another person is a different key.
    let lena = service.user("lena@contoso.example").await;
    assert_eq!(service.send(confirm(&lena).key(KEY)).await.expect(200).text("userName"), "lena@contoso.example");
    // No contact is stored with a key. After a change, the confirmation cannot be repeated, and nothing is confirmed
    // instead.
    let by = first.json()["reconfirmBy"].clone();
    service.send(remove(&token, "mobilePhone")).await.expect(204);
    for _ in 0..2 {
        service.send(confirm(&token).key(KEY)).await.problem(409, "conflict");
    }
    let now_shown = registration(&service, &token).await;
    assert_eq!((&now_shown["methods"], &now_shown["reconfirmBy"]), (&json!([]), &by));
    // A day later it is a new request.
    service.advance(DAY).await;
    let asked = now(&service);
    let fresh = service.send(confirm(&service.user(NAME).await).key(KEY)).await.expect(200).json();
    assert!(days_after(180, (asked, now(&service)), &fresh["reconfirmBy"]), "{fresh}");
}

#[service_test]
async fn a_confirmation_is_repeated_while_nothing_that_it_shows_has_changed() {
    const KEY: &str = "0123456789abcdef-confirm";
    let service = Service::start(json!({"replacedContactDelayHours": 1})).await;
    let id = service.adele().await;
    // The new number waits for an hour. The first response says so, and its repetition after that hour still does.
    let new = json!({"mobilePhone": "+1 4255550188"});
    service.patch(&id, &new).await.expect(204);
    service.advance(3_590).await;
    let token = service.user(NAME).await;
    let first = service.send(confirm(&token).key(KEY)).await.expect(200);
    assert_eq!(first.json()["suggested"][0]["reason"], "waiting");
    service.advance(60).await;
    assert_eq!(registration(&service, &token).await["suggested"][0]["reason"], Value::Null);
    // A property that the response does not show may change.
    let writer = service.application(&["User.ReadWrite.All"]).await;
    let request = Request::new("PATCH", &format!("/graph/v1.0/users/{id}")).json(&json!({"displayName": "A. Vance"}));
    service.send(request.bearer(&writer)).await.expect(204);
    let again = service.send(confirm(&token).key(KEY)).await.expect(200);
    assert_eq!(again.body, first.body);
    // The response depends on the policy, and on later confirmations.
    let policy = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let changed = async |days: u32| {
        let request = Request::new("PATCH", "/graph/v1.0/policies/passwordReset");
        let request = request.json(&json!({"reconfirmAfterDays": days})).bearer(&policy);
        service.send(request).await.expect(204);
        service.advance(60).await;
    };
    changed(90).await;
    service.send(confirm(&token).key(KEY)).await.problem(409, "conflict");
    changed(180).await;
    assert_eq!(service.send(confirm(&token).key(KEY)).await.expect(200).body, first.body);
    service.send(confirm(&token).key("0123456789abcdef-another")).await.expect(200);
    service.send(confirm(&token).key(KEY)).await.problem(409, "conflict");
}

#[service_test]
async fn confirmations_at_once_all_succeed_and_wrong_methods_are_405() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    register(&service, &token, &mail("own@example.net")).await;
    let replies = together((0..20).map(|_| confirm(&token)).collect(), service.address()).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200; 20]);
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let reply = service.send(Request::new(method, "/v1/registration/confirmation").bearer(&token)).await;
        reply.problem(405, "method-not-allowed");
        assert_eq!(reply.header("allow"), Some("POST"));
    }
}
