//! Every other administrator is notified of a privileged user's reset.

use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;

use super::{ADELE, MAIL, MOBILE, MOBILE_E164, events, notified};
use crate::support::client::Request;
use crate::support::service::{NEW_PASSWORD, Service, digits};

const BOB: &str = "bob@contoso.example";
const CARLA: &str = "carla@contoso.example";
/// Another address of Adele's. She proves her resets by the first address and her phone, so those are not notified.
const SECOND: &str = "adele.private@example.org";
const SUBJECT: &str = "Contoso: an administrator’s password was reset";

async fn administrator(service: &Service, name: &str, more: Value) {
    service.create(name, more).await;
    service.patch(name, &json!({"isAdmin": true})).await.expect(204);
}

/// A service with Adele, two other administrators, and people who are not notified: a disabled administrator, one
/// without a mail address, and a user who is not an administrator.
async fn administrators(policy: Value) -> Service {
    let service = Service::start(policy).await;
    administrator(&service, ADELE, json!({"mobilePhone": MOBILE, "otherMails": [MAIL, SECOND]})).await;
    let bob = json!({"mail": "bob@contoso.example", "mobilePhone": "+1 4255550120",
        "otherMails": ["bob@example.org", "bob@example.net"]});
    administrator(&service, BOB, bob).await;
    administrator(&service, CARLA, json!({"otherMails": ["carla@example.org"], "preferredLanguage": "de-AT"})).await;
    administrator(&service, "dora@contoso.example", json!({"otherMails": ["dora@example.org"]})).await;
    service.patch("dora@contoso.example", &json!({"accountEnabled": false})).await.expect(204);
    administrator(&service, "emil@contoso.example", json!({"mobilePhone": "+1 4255550130"})).await;
    service.create("fred@contoso.example", json!({"otherMails": ["fred@example.org", "fred@example.net"]})).await;
    service.settle().await;
    service.empty_outbox().await;
    service
}

const OTHERS: [&str; 4] = ["bob@contoso.example", "bob@example.net", "bob@example.org", "carla@example.org"];

/// Takes Adele through both gates. Only setting the password is left.
async fn proved(service: &Service) -> (String, String) {
    let (begun, code) = service.begin_by_sms().await;
    let gate = service.verify(&begun.id, &code).await.expect(200).text("gateToken");
    service.again(&begun.id, &json!({"method": "email", "gateToken": gate})).await.expect(202);
    let message = service.outbox(MAIL).await.pop().expect("an email");
    let body = json!({"code": digits(&message), "gateToken": gate});
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let token = service.send(Request::post(&target, &body)).await.expect(200).text("resetToken");
    service.empty_outbox().await;
    (begun.id, token)
}

async fn reset(service: &Service) {
    let (id, token) = proved(service).await;
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
}

/// The destinations of messages with a subject, sorted.
async fn notified_of(service: &Service, subject: &str) -> Vec<String> {
    service.settle().await;
    let messages = service.messages().await;
    let about = messages.iter().filter(|message| message["subject"] == subject);
    let mut to: Vec<String> = about.map(|message| message["to"].as_str().unwrap().to_owned()).collect();
    to.sort();
    to
}

#[service_test]
async fn every_other_administrator_is_notified_once_at_each_address_in_their_own_language() {
    let service = administrators(json!({"helpdesk": "Help: extension 42"})).await;
    reset(&service).await;
    let german = "Contoso: Das Passwort eines Administrators wurde zurückgesetzt";
    assert_eq!(notified_of(&service, SUBJECT).await, ["bob@contoso.example", "bob@example.net", "bob@example.org"]);
    assert_eq!(notified_of(&service, german).await, ["carla@example.org"]);
    // Adele herself is notified as the owner, not as an administrator.
    assert_eq!(notified_of(&service, "Contoso: your password was reset").await, [SECOND]);
    let messages = service.messages().await;
    assert_eq!(messages.len(), 5, "nobody else is notified, and nobody by phone: {messages:?}");
    for (to, advice) in [
        ("bob@example.org", "Look into the audit: it tells whose password it was and what was proved."),
        ("carla@example.org", "Sehen Sie im Audit-Protokoll nach: Dort steht, wessen Passwort es war"),
    ] {
        let message = service.outbox(to).await.remove(0);
        for part in ["text", "html"] {
            let part = message[part].as_str().unwrap();
            assert!(part.contains(advice), "{part}");
            for name in ["adele", "Adele", "bob", "carla", "425555", MAIL, NEW_PASSWORD, "http"] {
                assert!(!part.contains(name), "{name} in {part}");
            }
        }
    }
    service.advance(73 * 3600).await;
    assert_eq!(service.messages().await.len(), 5, "nobody is notified twice");
    assert_eq!(events(&service).await.len(), 1);
}

#[service_test]
async fn the_policy_says_who_is_notified_and_the_event_is_always_published() {
    let everybody = [&[SECOND][..], &OTHERS].concat();
    for (policy, expected) in [
        (json!({"notifyAdminsOnAdminReset": false}), vec![SECOND]),
        (json!({"notifyUserOnReset": false}), OTHERS.to_vec()),
        (json!({"notifyUserOnReset": false, "notifyAdminsOnAdminReset": false}), Vec::new()),
        (json!({}), everybody),
    ] {
        let service = administrators(policy.clone()).await;
        reset(&service).await;
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(notified(&service).await, expected, "{policy}");
        let events = events(&service).await;
        assert_eq!(events.len(), 1, "{policy}");
        assert_eq!(events[0]["userName"], ADELE);
        service.check(ADELE, NEW_PASSWORD).await.expect(200);
    }
}

#[service_test]
async fn no_administrator_is_notified_of_other_users_resets_or_of_a_change_of_contacts() {
    let service = administrators(json!({})).await;
    let begun = service.begin("fred@contoso.example", "email", None).await;
    let code = digits(&service.outbox("fred@example.org").await[0]);
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    assert_eq!(notified(&service).await, ["fred@example.net"]);
    service.patch(ADELE, &json!({"mobilePhone": "+1 4255550142"})).await.expect(204);
    assert_eq!(notified(&service).await, [MOBILE_E164, SECOND, MAIL, "fred@example.net"]);
}

/// A mailbox that two administrators share gets one notice, and so does a mailbox in two spellings.
#[service_test]
async fn a_shared_mailbox_is_notified_once() {
    let service = Service::start(json!({"notifyUserOnReset": false})).await;
    administrator(&service, ADELE, json!({"mobilePhone": MOBILE, "otherMails": [MAIL]})).await;
    for name in [BOB, CARLA] {
        let mails = json!({"mail": "desk@contoso.example", "otherMails": ["Desk@Contoso.Example", "all@example.org"]});
        administrator(&service, name, mails).await;
    }
    reset(&service).await;
    let notified = notified(&service).await;
    assert_eq!(notified.len(), 2, "{notified:?}");
    assert_eq!(notified.iter().filter(|to| to.eq_ignore_ascii_case("desk@contoso.example")).count(), 1);
}

/// Notices go to those who are administrators when they are sent.
#[service_test]
async fn roles_count_as_they_are_when_the_notice_is_sent() {
    let service = administrators(json!({"notifyUserOnReset": false})).await;
    service.patch(BOB, &json!({"isAdmin": false})).await.expect(204);
    service.patch("fred@contoso.example", &json!({"isAdmin": true})).await.expect(204);
    service.patch("dora@contoso.example", &json!({"accountEnabled": true})).await.expect(204);
    reset(&service).await;
    assert_eq!(
        notified(&service).await,
        ["carla@example.org", "dora@example.org", "fred@example.net", "fred@example.org"]
    );
    let carla = format!("/graph/v1.0/users/{CARLA}");
    service.send(Request::new("DELETE", &carla).bearer(&service.admin)).await.expect(204);
    service.advance(31).await;
    service.empty_outbox().await;
    reset(&service).await;
    assert_eq!(notified(&service).await, ["dora@example.org", "fred@example.net", "fred@example.org"]);
}

/// If one administrator is not reached, the others are notified, that one is notified later, nobody is notified twice,
/// and the reset stays in effect.
#[service_test]
async fn a_failed_recipient_is_tried_again_and_nobody_else() {
    let service = administrators(json!({"notifyUserOnReset": false})).await;
    let (id, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![
        Dispatch::Sent,
        Dispatch::TryAgain,
        Dispatch::Unknown,
        Dispatch::Sent,
        Dispatch::TryAgain,
        Dispatch::TryAgain,
        Dispatch::TryAgain,
    ]);
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    service.settle().await;
    assert_eq!(notified(&service).await.len(), 3);
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
    for _ in 0..4 {
        service.advance(61).await;
        service.settle().await;
    }
    assert_eq!(notified(&service).await, OTHERS);
    assert_eq!(events(&service).await.len(), 1);
    service.advance(24 * 3600).await;
    assert_eq!(notified(&service).await, OTHERS);
}

/// A definite refusal is not tried again, and the others are still notified.
#[service_test]
async fn a_refused_address_is_not_tried_again() {
    let service = administrators(json!({"notifyUserOnReset": false})).await;
    let (id, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("suppressed")]);
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    for _ in 0..3 {
        assert_eq!(notified(&service).await.len(), OTHERS.len() - 1);
        service.advance(61).await;
    }
}

/// An attacker who deletes a stolen account does not cover up the theft.
#[service_test]
async fn administrators_are_notified_even_if_the_account_is_deleted_meanwhile() {
    let service = administrators(json!({})).await;
    let (id, token) = proved(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 400]);
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    service.settle().await;
    let adele = format!("/graph/v1.0/users/{ADELE}");
    service.send(Request::new("DELETE", &adele).bearer(&service.admin)).await.expect(204);
    super::notices::until_all_is_well(&service).await;
    service.empty_outbox().await;
    for _ in 0..2 {
        service.advance(3600).await;
    }
    assert_eq!(notified(&service).await, OTHERS, "she herself has no contacts left");
    assert_eq!(service.outbox(MOBILE_E164).await, Vec::<Value>::new());
    service.advance(24 * 3600).await;
    assert_eq!(notified(&service).await, OTHERS);
}
