//! `POST /v1/password`: a person changes a password that they know.

use serde_json::{Value, json};

use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD};
use crate::support::{Request, Service};

const ADELE: &str = "adele@contoso.example";

fn change(name: &str, current: &str, new: &str) -> Request {
    Request::post("/v1/password", &json!({"userName": name, "currentPassword": current, "newPassword": new}))
}

#[service_test]
async fn a_password_that_an_administrator_set_is_changed_at_the_next_sign_in() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let temporary = "purple quilts on monday";
    let profile = json!({"passwordProfile": {"password": temporary, "forceChangePasswordNextSignIn": true}});
    service.patch(ADELE, &profile).await.expect(204);
    // A phone gets one notice an hour, and this was one.
    service.messages().await;
    service.advance(3601).await;
    // A token lives for an hour.
    let service = Service { admin: service.application(&["Credentials.Check"]).await, ..service };
    let checked = service.check(ADELE, temporary).await.expect(200).json();
    assert_eq!(checked["passwordChangeRequired"], true);
    let (live, code) = service.begin_by_sms().await;
    service.messages().await;
    service.empty_outbox().await;

    service.send(change(ADELE, temporary, NEW_PASSWORD)).await.expect(204);
    let checked = service.check(ADELE, NEW_PASSWORD).await.expect(200).json();
    assert_eq!(checked["passwordChangeRequired"], false);
    service.check(ADELE, temporary).await.problem(422, "credentials-rejected");
    service.verify(&live.id, &code).await.problem(422, "code-rejected");
    let mut told: Vec<_> = service.messages().await.iter().map(|message| message["to"].clone()).collect();
    told.sort_by_key(Value::to_string);
    assert_eq!(told, ["+14255550100", "+14255550111", "adele.vance@example.org"]);
    let events = service.send(Request::get("/_local/events")).await.expect(200).json();
    assert_eq!(events.as_array().unwrap().len(), 1, "since the outbox was emptied: {events}");
}

#[service_test]
async fn a_reset_ends_the_requirement_to_change_a_password() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.patch(ADELE, &json!({"passwordProfile": {"forceChangePasswordNextSignIn": true}})).await.expect(204);
    assert_eq!(service.check(ADELE, OLD_PASSWORD).await.expect(200).json()["passwordChangeRequired"], true);
    service.reset_by_sms(NEW_PASSWORD).await;
    assert_eq!(service.check(ADELE, NEW_PASSWORD).await.expect(200).json()["passwordChangeRequired"], false);
}

#[service_test]
async fn refusals_are_those_of_a_check_and_of_a_reset() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for name in [ADELE, "nobody@contoso.example"] {
        let refused = service.send(change(name, "not the password", NEW_PASSWORD)).await;
        refused.problem(422, "credentials-rejected");
    }
    let rejected = service.send(change(ADELE, OLD_PASSWORD, "adele")).await;
    rejected.problem(422, "password-rejected");
    assert_eq!(rejected.json()["reasons"], json!(["too-short", "contains-user-name"]));
    // There is no token here that could remain usable.
    assert_eq!(rejected.text("detail"), "the password breaks the rules in reasons, and was not set");
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
    service.send(change("no name", OLD_PASSWORD, NEW_PASSWORD)).await.problem(400, "malformed");
    let extra = json!({"userName": ADELE, "currentPassword": OLD_PASSWORD, "newPassword": NEW_PASSWORD, "x": 1});
    service.send(Request::post("/v1/password", &extra)).await.problem(400, "malformed");
    // The lock of sign-in is this route's, too: ten wrong ones in a row.
    for number in 0..10 {
        let wrong = format!("wrong password {number}");
        service.send(change(ADELE, &wrong, NEW_PASSWORD)).await.problem(422, "credentials-rejected");
    }
    service.send(change(ADELE, OLD_PASSWORD, NEW_PASSWORD)).await.problem(422, "credentials-rejected");
    service.check(ADELE, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.advance(61).await;
    service.send(change(ADELE, OLD_PASSWORD, NEW_PASSWORD)).await.expect(204);
}

#[service_test]
async fn one_network_has_the_limits_of_resets() {
    let service = Service::start(json!({"beginsPerSourceAndName": {"count": 2, "seconds": 600}})).await;
    service.adele().await;
    for _ in 0..2 {
        service.send(change(ADELE, "not the password", NEW_PASSWORD)).await.problem(422, "credentials-rejected");
    }
    let limited = service.send(change(ADELE, OLD_PASSWORD, NEW_PASSWORD)).await;
    assert!(limited.header("retry-after").is_some());
    limited.problem(429, "rate-limited");
    service.send(change(ADELE, OLD_PASSWORD, NEW_PASSWORD).from(2)).await.expect(204);
    // They are counted apart from resets.
    service.begin(ADELE, "mobileSms", Some("+1 4255550100")).await;
}
