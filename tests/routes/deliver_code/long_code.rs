//! The long code of an email. It is the owner's own way in, and no stranger can use it up.

use serde_json::json;

use super::{ADELE, MAIL, MOBILE, OFFICE, OFFICE_E164, sent, with_adele};
use crate::support::service::{NEW_PASSWORD, Service, begin, digits, long_code, verify, wrong};

const DAY: u64 = 86_400;

async fn emailed(service: &Service) -> (String, String) {
    let (begun, message) = service.begin_by_email().await;
    (begun.id, long_code(&message))
}

#[service_test]
async fn it_opens_another_live_reset_of_the_account_and_works_once() {
    let service = with_adele(json!({})).await;
    let (first, long) = emailed(&service).await;
    let second = service.begin(ADELE, "officeCall", Some(OFFICE)).await;
    service.settle().await;
    let third = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    service.settle().await;
    let token = service.verify(&second.id, &long).await.expect(200).text("resetToken");
    for id in [&first, &second.id, &third.id] {
        service.verify(id, &long).await.problem(422, "code-rejected");
    }
    service.complete(&second.id, &token, NEW_PASSWORD).await.expect(204);
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
}

#[service_test]
async fn it_opens_a_reset_that_was_begun_a_moment_ago() {
    let service = with_adele(json!({"beginsPerSourceAndName": {"count": 1000}})).await;
    for _ in 0..3 {
        let (_, long) = emailed(&service).await;
        // The worker may not have handled this reset's job yet.
        let begun = service.begin(ADELE, "mobileSms", Some(OFFICE)).await;
        service.verify(&begun.id, &long).await.expect(200);
        let nobodys = service.begin("nobody@contoso.example", "email", None).await;
        service.verify(&nobodys.id, &long).await.problem(422, "code-rejected");
        service.advance(DAY).await;
    }
}

#[service_test]
async fn it_is_read_however_it_is_grouped() {
    let service = with_adele(json!({})).await;
    let (id, long) = emailed(&service).await;
    service.verify(&id, &long.replace('-', " ")).await.expect(200);
    service.advance(31).await;
    let (id, long) = emailed(&service).await;
    service.verify(&id, &long.replace('-', "")).await.expect(200);
}

#[service_test]
async fn it_works_at_a_reset_for_which_nothing_was_sent() {
    let service = with_adele(json!({})).await;
    let (_, long) = emailed(&service).await;
    // One reset begins too early for another email, and one claims a number that is not on file. Neither sends a
    // message.
    let too_early = service.begin(ADELE, "email", None).await;
    let unproved = service.begin(ADELE, "mobileSms", Some(OFFICE)).await;
    service.settle().await;
    assert_eq!(service.messages().await.len(), 1);
    service.verify(&unproved.id, &long).await.expect(200);
    service.verify(&too_early.id, &long).await.problem(422, "code-rejected");
}

#[service_test]
async fn it_opens_nobody_elses_reset() {
    let service = with_adele(json!({})).await;
    service.create("bob@contoso.example", json!({"otherMails": ["bob@example.org"]})).await;
    let (first, long) = emailed(&service).await;
    for name in ["bob@contoso.example", "nobody@contoso.example"] {
        let other = service.begin(name, "email", None).await;
        service.settle().await;
        service.verify(&other.id, &long).await.problem(422, "code-rejected");
    }
    service.verify(&first, &long).await.expect(200);
}

#[service_test]
async fn it_lives_a_day() {
    let service = with_adele(json!({})).await;
    let (_, long) = emailed(&service).await;
    service.advance(31).await;
    let (_, younger) = emailed(&service).await;
    service.advance(DAY - 31 - 60).await;
    let live = service.begin(ADELE, "officeCall", Some(OFFICE)).await;
    service.settle().await;
    service.verify(&live.id, &long).await.expect(200);
    service.advance(31 + 60 + 10).await;
    let live = service.begin(ADELE, "officeCall", Some(OFFICE)).await;
    assert_eq!(sent(&service, OFFICE_E164).await, 2);
    service.verify(&live.id, &younger).await.problem(422, "code-rejected");
    let call = service.outbox(OFFICE_E164).await.pop().unwrap();
    service.verify(&live.id, &digits(&call)).await.expect(200);
}

#[service_test]
async fn it_dies_with_a_completion() {
    let service = with_adele(json!({})).await;
    let (_, long) = emailed(&service).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    service.advance(31).await;
    let live = service.begin(ADELE, "officeCall", Some(OFFICE)).await;
    service.settle().await;
    service.verify(&live.id, &long).await.problem(422, "code-rejected");
}

#[service_test]
async fn it_dies_with_a_change_of_any_contact() {
    for change in [
        json!({"mobilePhone": "+1 4255550190"}),
        json!({"otherMails": [MAIL, "second@example.org"]}),
        json!({"businessPhones": []}),
    ] {
        let service = with_adele(json!({})).await;
        let (first, long) = emailed(&service).await;
        service.patch(ADELE, &change).await.expect(204);
        service.verify(&first, &long).await.problem(422, "code-rejected");
        service.advance(31).await;
        let (live, fresh) = emailed(&service).await;
        service.verify(&live, &long).await.problem(422, "code-rejected");
        service.verify(&live, &fresh).await.expect(200);
    }
}

/// A wrong long code is not a guess at the digits.
#[service_test]
async fn it_is_never_charged_to_the_budget() {
    let service = with_adele(json!({"triesPerCode": 1, "guessesPerDay": 1, "guessesPer30Days": 1})).await;
    let (begun, message) = service.begin_by_email().await;
    let long = long_code(&message);
    let other = long.replace(&long[..5], if &long[..5] == "00000" { "11111" } else { "00000" });
    for _ in 0..5 {
        service.verify(&begun.id, &other).await.problem(422, "code-rejected");
    }
    service.verify(&begun.id, &digits(&message)).await.expect(200);
}

/// Somebody spends the whole budget. The owner still gets an email, and its long code completes a reset.
#[service_test]
async fn its_owner_gets_in_on_a_spent_budget() {
    let service = with_adele(json!({})).await;
    for _ in 0..2 {
        let (begun, message) = service.begin_by_email().await;
        let bad = wrong(&digits(&message));
        for _ in 0..5 {
            service.send(verify(&begun.id, &bad).from(66)).await.problem(422, "code-rejected");
        }
        service.advance(31).await;
    }
    service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    assert_eq!(sent(&service, "+14255550100").await, 0, "the code of an SMS could not be used");
    let (begun, message) = service.begin_by_email().await;
    assert_eq!(sent(&service, MAIL).await, 3);
    service.verify(&begun.id, &digits(&message)).await.problem(422, "code-rejected");
    let token = service.verify(&begun.id, &long_code(&message)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
    service.advance(31).await;
    assert_eq!(service.begin_by_sms().await.1.len(), 8, "a completion gives the budget back");
}

/// Strangers on ten networks use up the hour's emails. The owner's own network still gets one.
#[service_test]
async fn its_owner_gets_an_email_through_a_flood() {
    let service = with_adele(json!({})).await;
    for last in 10..20 {
        service.begin_with(begin(ADELE, "email", None).from(last)).await;
        service.settle().await;
        service.advance(31).await;
    }
    assert_eq!(sent(&service, MAIL).await, 10);
    let begun = service.begin_with(begin(ADELE, "email", None).from(1)).await;
    assert_eq!(sent(&service, MAIL).await, 11);
    let long = long_code(service.outbox(MAIL).await.last().unwrap());
    let token = service.verify(&begun.id, &long).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
}

/// The long code of gate one does not open gate two.
#[service_test]
async fn it_opens_only_the_gate_that_it_was_made_for() {
    let service = with_adele(json!({"methodsRequired": 2})).await;
    let (first, message) = service.begin_by_email().await;
    let gate = service.verify(&first.id, &digits(&message)).await.expect(200).text("gateToken");
    let body = json!({"code": long_code(&message), "gateToken": gate});
    let target = format!("/v1/resets/{}/verifications", first.id);
    service.send(crate::support::Request::post(&target, &body)).await.problem(422, "code-rejected");
    let second = service.begin(ADELE, "officeCall", Some(OFFICE)).await;
    service.settle().await;
    let passed = service.verify(&second.id, &long_code(&message)).await.expect(200).json();
    assert_eq!(passed["status"], "anotherMethodRequired");
}

#[service_test]
async fn it_dies_when_its_account_is_disabled() {
    let service = Service::start(json!({})).await;
    let user = service.adele().await;
    let (begun, message) = service.begin_by_email().await;
    for enabled in [false, true] {
        service.patch(&user, &json!({"accountEnabled": enabled})).await.expect(204);
    }
    let other = service.begin(ADELE, "email", None).await;
    service.settle().await;
    for id in [&begun.id, &other.id] {
        service.verify(id, &long_code(&message)).await.problem(422, "code-rejected");
        service.verify(id, &digits(&message)).await.problem(422, "code-rejected");
    }
}
