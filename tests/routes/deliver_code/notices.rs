//! Notices to the owner after a reset, and the event that ends sessions.

use serde_json::json;
use shared::account::Destination;
use shared::identifiers::email_address::EmailAddress;
use shared::message::{Channel, Language, Rendered};
use shared::money::Money;
use shared::ports::messenger::{Dispatch, Messenger, Outgoing};
use shared::random::AccountId;

use super::{ADELE, MAIL, MOBILE, MOBILE_E164, OFFICE, OFFICE_E164, events, noon, notified, register, with_adele};
use crate::support::client::Request;
use crate::support::service::{NEW_PASSWORD, Service, digits, long_code};

const HOUR: u64 = 3600;

/// Begins and proves Adele's reset by SMS. Only the completion is left.
async fn proved(service: &Service) -> (String, String) {
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    (begun.id, token)
}

#[service_test]
async fn a_reset_notifies_every_contact_except_the_phone_that_proved_it() {
    let service = with_adele(json!({"helpdesk": "Help: extension 42"})).await;
    service.patch(ADELE, &json!({"otherMails": ["one@example.org", "two@example.org"]})).await.expect(204);
    register(&service, ADELE, "email", "three@example.org", "three@example.org").await;
    service.settle().await;
    // After an hour, the text about the reset is not folded into the one about the changes.
    service.advance(HOUR).await;
    service.empty_outbox().await;
    service.reset_by_sms(NEW_PASSWORD).await;
    // The replaced address is notified, too: its owner must learn what happens after the replacement.
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

#[service_test]
async fn a_reset_notifies_phones_that_take_texts_by_sms() {
    let service = Service::start(json!({})).await;
    // A fixed line in London takes no texts.
    let contacts = json!({"mobilePhone": MOBILE, "businessPhones": ["+44 20 7946 0958"], "otherMails": [MAIL],
        "preferredLanguage": "es"});
    service.create(ADELE, contacts).await;
    reset_by_email(&service, NEW_PASSWORD).await;
    assert_eq!(notified(&service).await, [MOBILE_E164], "not the address that proved the reset");
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

/// A notice to the phone that proved the reset would tell its holder nothing new. If there is no other contact, nobody
/// is notified.
#[service_test]
async fn the_only_contact_is_not_notified_of_the_reset_that_it_proved() {
    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE})).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
    service.advance(HOUR).await;
    assert_eq!(notified(&service).await, [""; 0]);
    assert_eq!(events(&service).await.len(), 1);
}

/// Both destinations proved the reset, so neither is notified.
#[service_test]
async fn a_reset_through_two_gates_notifies_neither_destination() {
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

/// A long code proves the address that it went to, even if the reset at which it is used ordered an SMS.
#[service_test]
async fn a_reset_by_a_long_code_does_not_notify_the_address_that_got_it() {
    let service = with_adele(json!({})).await;
    let (_, message) = service.begin_by_email().await;
    service.advance(31).await;
    let (begun, _) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &long_code(&message)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    assert_eq!(notified(&service).await, [MOBILE_E164, OFFICE_E164]);
}

/// A phone gets one notice by SMS an hour, so that repeated resets do not flood it.
#[service_test]
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
    assert_eq!(events(&service).await.len(), 4, "one event for each reset");
}

#[service_test]
async fn nobody_is_notified_if_the_policy_says_so_and_the_event_is_still_published() {
    let service = with_adele(json!({"notifyUserOnReset": false})).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    assert_eq!(notified(&service).await, [""; 0]);
    assert_eq!(events(&service).await.len(), 1);
}

#[service_test]
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

/// One account gets a twentieth of the notices' fifth of the default cap: 0.25, which pays for two messages to Britain
/// a day at 0.10. The third is sent the next day.
#[service_test]
async fn a_notice_beyond_the_daily_budget_is_sent_the_next_day() {
    const HARRIET: (&str, &str) = ("harriet@contoso.example", "+44 7700900123");
    const E164: &str = "+447700900123";
    const OTHER: (&str, &str) = ("+44 7700900124", "+447700900124");
    // One account may spend 0.25 a day on notices.
    let service = Service::start(json!({"prices": {"*": {"sms": "0.10", "call": "0.10"}}})).await;
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
    assert_eq!(notified(&service).await.len(), 2, "still the same day");
    for _ in 0..3 {
        service.advance(HOUR).await;
        assert_eq!(notified(&service).await, [OTHER.1; 3], "a new day in UTC");
    }
    assert_eq!(events(&service).await.len(), 3, "events cost nothing and are published once each");
}

/// If sending to one contact fails, the others get the notice, that contact gets it later, and nobody gets it twice.
#[service_test]
async fn a_notice_that_failed_is_tried_again_and_nobody_is_notified_twice() {
    let service = with_adele(json!({})).await;
    service
        .patch(ADELE, &json!({"otherMails": ["one@example.org", "two@example.org", "three@example.org"]}))
        .await
        .expect(204);
    service.settle().await;
    service.advance(HOUR).await;
    service.empty_outbox().await;
    let (reset, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::Sent, Dispatch::TryAgain, Dispatch::Sent, Dispatch::TryAgain]);
    service.complete(&reset, &token, NEW_PASSWORD).await.expect(204);
    service.settle().await;
    for _ in 0..6 {
        service.advance(61).await;
        service.settle().await;
    }
    let everybody = [OFFICE_E164, MAIL, "one@example.org", "three@example.org", "two@example.org"];
    assert_eq!(notified(&service).await, everybody);
    assert_eq!(events(&service).await.len(), 1);
}

/// Uses up the remaining failures of the outbox.
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
            account: AccountId::draw(&aws::config::system::SystemRandom),
            max_price: Money::ZERO,
        };
        if service.running.outbox.send(&outgoing).await == Dispatch::Sent {
            break;
        }
    }
}

#[service_test]
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

#[service_test]
async fn a_notice_is_given_up_after_three_days_and_the_reset_stands() {
    let service = with_adele(json!({})).await;
    // From noon, the hours after 72 fall into the last day that the sweep reads.
    noon(&service).await;
    let (reset, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 400]);
    service.complete(&reset, &token, NEW_PASSWORD).await.expect(204);
    // The sweep in the hour after 72 takes it up one last time and gives it up.
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

/// Notices have limits of their own, and do not count against those of codes.
#[service_test]
async fn a_notice_does_not_count_against_the_limits_of_codes() {
    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE, "otherMails": [MAIL]})).await;
    reset_by_email(&service, NEW_PASSWORD).await;
    assert_eq!(notified(&service).await, [MOBILE_E164]);
    // Five codes in an hour, the first within half a minute of the notice.
    for round in 1..=5 {
        let (begun, code) = service.begin_by_sms().await;
        let messages = service.outbox(MOBILE_E164).await;
        assert_eq!(messages.iter().filter(|message| message["reference"] != "").count(), round);
        service.verify(&begun.id, &code).await.expect(200);
        service.advance(31).await;
    }
}
