//! What owners are told after the fact, and the event for ending sessions.

use serde_json::json;
use shared::account::Destination;
use shared::identifiers::email_address::EmailAddress;
use shared::message::{Channel, Language, Rendered};
use shared::money::Money;
use shared::ports::messenger::{Dispatch, Messenger, Outgoing};

use super::{
    ADELE, MAIL, MOBILE, MOBILE_E164, OFFICE, OFFICE_E164, events, noon, notified, register, settle, with_adele,
};
use crate::support::client::Request;
use crate::support::service::{NEW_PASSWORD, Service, digits, long_code};

const HOUR: u64 = 3600;

/// Begins and proves Adele's reset by SMS; completing it is all that is left.
async fn proved(service: &Service) -> (String, String) {
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    (begun.id, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_told_to_everybody_but_the_phone_that_proved_it() {
    let service = with_adele(json!({"helpdesk": "Help: extension 42"})).await;
    service.patch(ADELE, &json!({"otherMails": ["one@example.org", "two@example.org"]})).await.expect(204);
    register(&service, ADELE, "email", "three@example.org", "three@example.org").await;
    settle(&service).await;
    // So that the text about the reset is not folded into the one about the changes.
    service.advance(HOUR).await;
    service.empty_outbox().await;
    service.reset_by_sms(NEW_PASSWORD).await;
    // The address that was replaced is told, too: whoever loses an address is to hear of what follows.
    let everybody = [OFFICE_E164, MAIL, "one@example.org", "three@example.org", "two@example.org"];
    assert_eq!(notified(&service).await, everybody);
    let message = service.outbox("one@example.org").await.remove(0);
    assert_eq!(message["channel"], "email");
    assert_eq!(message["subject"], "Contoso: your password was reset");
    let (text, html) = (message["text"].as_str().unwrap(), message["html"].as_str().unwrap());
    for part in [text, html] {
        assert!(part.contains("Your password was reset."), "{part}");
        assert!(part.contains("Help: extension 42"), "{part}");
        assert!(!part.contains(NEW_PASSWORD) && !part.contains("http") && !part.contains("425555"), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_told_by_sms_to_the_phones_that_take_texts() {
    let service = Service::start(json!({})).await;
    // A fixed line of London takes none.
    let contacts = json!({"mobilePhone": MOBILE, "businessPhones": ["+44 20 7946 0958"], "otherMails": [MAIL],
        "preferredLanguage": "es"});
    service.create(ADELE, contacts).await;
    reset_by_email(&service, NEW_PASSWORD).await;
    assert_eq!(notified(&service).await, [MOBILE_E164], "and not the address that proved it");
    let message = service.outbox(MOBILE_E164).await.pop().unwrap();
    assert_eq!(message["channel"], "sms");
    assert_eq!(
        message["text"],
        "Contoso: su contraseña ha sido restablecida. Si no lo esperaba, avise enseguida al servicio de asistencia \
         de su entidad."
    );
}

/// Completes Adele's reset by the digits of an email.
async fn reset_by_email(service: &Service, password: &str) {
    let (begun, message) = service.begin_by_email().await;
    let token = service.verify(&begun.id, &digits(&message)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, password).await.expect(204);
}

/// A phone that proved the reset would only be told what its holder did; with no other contact, nobody is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_contact_is_not_told_of_the_reset_that_it_proved() {
    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE})).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
    service.advance(HOUR).await;
    assert_eq!(notified(&service).await, [""; 0]);
    assert_eq!(events(&service).await.len(), 1);
}

/// Both destinations proved it: neither is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_through_two_gates_is_told_to_neither_destination() {
    let service = with_adele(json!({"methodsRequired": 2})).await;
    let (begun, code) = service.begin_by_sms().await;
    let gate = service.verify(&begun.id, &code).await.expect(200).text("gateToken");
    service.again(&begun.id, &json!({"method": "email", "gateToken": gate})).await.expect(202);
    let message = service.outbox(MAIL).await.pop().expect("an email");
    let body = json!({"code": digits(&message), "gateToken": gate});
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let token = service.send(Request::post(&target, &body)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    assert_eq!(notified(&service).await, [OFFICE_E164]);
}

/// A long code proves the address that it went to, whatever the reset at which it is shown had ordered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_by_a_long_code_is_not_told_to_the_address_that_got_it() {
    let service = with_adele(json!({})).await;
    let (_, message) = service.begin_by_email().await;
    service.advance(31).await;
    let (begun, _) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &long_code(&message)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    assert_eq!(notified(&service).await, [MOBILE_E164, OFFICE_E164]);
}

/// One SMS in an hour, so that a loop of resets is no flood.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_by_sms_are_folded_into_one_an_hour() {
    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE, "businessPhones": [OFFICE]})).await;
    for round in 0..3 {
        service.reset_by_sms(&format!("{NEW_PASSWORD} {round}")).await;
        assert_eq!(notified(&service).await, [OFFICE_E164]);
        service.advance(60).await;
    }
    service.advance(HOUR).await;
    service.reset_by_sms(&format!("{NEW_PASSWORD} again")).await;
    assert_eq!(notified(&service).await, [OFFICE_E164; 2]);
    assert_eq!(events(&service).await.len(), 4, "and an event for each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_where_the_policy_says_so_and_the_event_goes_out() {
    let service = with_adele(json!({"notifyUserOnReset": false})).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    assert_eq!(notified(&service).await, [""; 0]);
    assert_eq!(events(&service).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_event_that_ends_sessions_goes_out_once() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    assert_eq!(events(&service).await.len(), 0, "creating an account revokes nothing");
    let (reset, token) = proved(&service).await;
    assert_eq!(events(&service).await.len(), 0);
    service.complete(&reset, &token, "too short").await.problem(422, "password-rejected");
    assert_eq!(events(&service).await.len(), 0);
    service.complete(&reset, &token, NEW_PASSWORD).await.expect(204);
    service.complete(&reset, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    for seconds in [0, 61, 24 * HOUR, 73 * HOUR] {
        service.advance(seconds).await;
        let events = events(&service).await;
        assert_eq!(events.len(), 1, "after {seconds}");
        assert_eq!(events[0]["event"], "SessionsRevoked");
        assert_eq!(events[0]["userName"], ADELE);
        assert_eq!(events[0]["userId"], id);
        let members: Vec<&String> = events[0].as_object().unwrap().keys().collect();
        assert_eq!(members.len(), 4, "{members:?}");
    }
    assert_eq!(notified(&service).await, [OFFICE_E164, MAIL]);
}

/// A twentieth of a fifth of the default cap is 0.25, which pays for two messages to Britain a day at 0.10. The third
/// waits for the next day's money, and is not forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_beyond_the_days_money_is_told_on_the_next_day() {
    const HARRIET: (&str, &str) = ("harriet@contoso.example", "+44 7700900123");
    const E164: &str = "+447700900123";
    const OTHER: (&str, &str) = ("+44 7700900124", "+447700900124");
    let service = Service::start(json!({})).await;
    noon(&service).await;
    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    service.create(HARRIET.0, json!({"mobilePhone": HARRIET.1, "businessPhones": [OTHER.0]})).await;
    for expected in [1, 2, 2] {
        let begun = service.begin(HARRIET.0, "mobileSms", Some(HARRIET.1)).await;
        let code = digits(service.outbox(E164).await.last().unwrap());
        let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
        service.complete(&begun.id, &token, &format!("{NEW_PASSWORD} {}", begun.id)).await.expect(204);
        assert_eq!(notified(&service).await.len(), expected);
        service.advance(HOUR + 1).await;
    }
    service.advance(8 * HOUR).await;
    assert_eq!(notified(&service).await.len(), 2, "the day is the same");
    for _ in 0..3 {
        service.advance(HOUR).await;
        assert_eq!(notified(&service).await, [OTHER.1; 3], "a new day in UTC");
    }
    assert_eq!(events(&service).await.len(), 3, "which wait for no money, and go out once each");
}

/// One contact fails: the others are told, it is told later, and nobody is told twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_that_failed_is_tried_again_and_nobody_hears_twice() {
    let service = with_adele(json!({})).await;
    service
        .patch(ADELE, &json!({"otherMails": ["one@example.org", "two@example.org", "three@example.org"]}))
        .await
        .expect(204);
    settle(&service).await;
    service.advance(HOUR).await;
    service.empty_outbox().await;
    let (reset, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::Sent, Dispatch::TryAgain, Dispatch::Sent, Dispatch::TryAgain]);
    service.complete(&reset, &token, NEW_PASSWORD).await.expect(204);
    settle(&service).await;
    for _ in 0..6 {
        service.advance(61).await;
        settle(&service).await;
    }
    let everybody = [OFFICE_E164, MAIL, "one@example.org", "three@example.org", "two@example.org"];
    assert_eq!(notified(&service).await, everybody);
    assert_eq!(events(&service).await.len(), 1);
}

/// Uses up the answers that are still to come.
pub(super) async fn until_all_is_well(service: &Service) {
    let rendered = || Rendered { subject: None, text: "drain".to_owned(), html: None };
    loop {
        let outgoing = Outgoing {
            destination: Destination::Email(EmailAddress::parse("drain@example.org").unwrap()),
            channel: Channel::Email,
            language: Language::English,
            rendered: rendered(),
            reference: "XX".to_owned(),
            order: String::new(),
            max_price: Money::ZERO,
        };
        if service.running.outbox.send(&outgoing).await == Dispatch::Sent {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_still_tried_on_the_third_day() {
    let service = with_adele(json!({})).await;
    let (reset, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 400]);
    service.complete(&reset, &token, NEW_PASSWORD).await.expect(204);
    for _ in 0..3 {
        service.advance(23 * HOUR).await;
    }
    assert_eq!(notified(&service).await, [""; 0]);
    until_all_is_well(&service).await;
    service.advance(HOUR).await;
    assert_eq!(notified(&service).await, [OFFICE_E164, MAIL]);
    service.advance(HOUR).await;
    assert_eq!(notified(&service).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_given_up_after_three_days_and_the_reset_stands() {
    let service = with_adele(json!({})).await;
    // So that the hours behind the 72 fall into the last day that is looked at.
    noon(&service).await;
    let (reset, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 400]);
    service.complete(&reset, &token, NEW_PASSWORD).await.expect(204);
    // Taken up one last time in the hour after 72, which ends it.
    for hours in [24, 24, 23, 1, 1] {
        service.advance(hours * HOUR).await;
    }
    until_all_is_well(&service).await;
    for hours in [1, 1, 24] {
        service.advance(hours * HOUR).await;
        assert_eq!(notified(&service).await, [""; 0]);
    }
    let token = service.application(&["Credentials.Check"]).await;
    let body = json!({"userName": ADELE, "password": NEW_PASSWORD});
    service.send(Request::post("/v1/credentials/verifications", &body).bearer(&token)).await.expect(200);
}

/// What is told is not counted against codes: they have limits of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_takes_no_code_away() {
    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE, "otherMails": [MAIL]})).await;
    reset_by_email(&service, NEW_PASSWORD).await;
    assert_eq!(notified(&service).await, [MOBILE_E164]);
    // Five codes of an hour, the first of them in the half minute of the notice.
    for round in 1..=5 {
        let (begun, code) = service.begin_by_sms().await;
        let messages = service.outbox(MOBILE_E164).await;
        assert_eq!(messages.iter().filter(|message| message["reference"] != "").count(), round);
        service.verify(&begun.id, &code).await.expect(200);
        service.advance(31).await;
    }
}
