//! Removing a method. It is gone, every contact is notified, and only its owner or another value brings it back.

use local::Options;
use serde_json::{Value, json};

use super::{
    NAME, NEW_PHONE, audited, confirm, hush, mail, notified, phone, register, registration, remove, sends, suggested,
};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, digits, long_code};
use crate::support::{Request, Service};
use crate::surface::load_directory::{ADELE, Scratch};

const FILED: &str = "+1 4255550100";

async fn removed(service: &Service, kind: &str) {
    let reply = service.send(remove(&service.user(NAME).await, kind)).await.expect(204);
    reply.fixed_headers();
    assert_eq!((reply.body.as_slice(), reply.header("content-type")), (&b""[..], None));
}

#[service_test]
async fn a_removed_method_is_gone_and_everybody_is_notified() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    register(&service, &token, &mail("Own@example.net")).await;
    service.advance(3600).await;
    let token = service.user(NAME).await;
    let before = registration(&service, &token).await;
    hush(&service).await;
    removed(&service, "email").await;
    // The removed address is notified, too.
    let (own, old) = ("Own@example.net", "adele.vance@example.org");
    assert_eq!(notified(&service).await, ["+14255550100", "+14255550111", "+14255550123", own, old]);
    let message = service.outbox("Own@example.net").await.remove(0);
    assert_eq!(message["subject"], "Contoso: your contact details for password resets were changed");
    assert!(!message.to_string().contains("4255"), "{message}");
    let after = registration(&service, &token).await;
    assert_eq!(after["methods"], json!([before["methods"][0]]));
    assert_eq!(after["reconfirmBy"], before["reconfirmBy"], "removing confirms nothing");
    assert_eq!(
        suggested(&service, &token).await,
        [
            (FILED.to_owned(), false, json!("superseded")),
            ("+1 4255550111".to_owned(), true, Value::Null),
            ("adele.vance@example.org".to_owned(), false, json!("removed")),
        ]
    );
    hush(&service).await;
    removed(&service, "mobilePhone").await;
    assert_eq!(notified(&service).await, [own, old], "the phones have already had their text of this hour");
    let body = registration(&service, &token).await;
    assert_eq!((&body["registered"], &body["methods"]), (&json!(false), &json!([])));
}

#[service_test]
async fn a_removed_number_is_not_usable_though_it_is_on_file() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    register(&service, &service.user(NAME).await, &phone(FILED)).await;
    assert_eq!(suggested(&service, &service.user(NAME).await).await.len(), 2, "the registered value is no suggestion");
    assert_eq!(sends(&service, "mobileSms", Some(FILED)).await, 1);
    removed(&service, "mobilePhone").await;
    let out = (FILED.to_owned(), false, json!("removed"));
    assert_eq!(suggested(&service, &service.user(NAME).await).await[0], out);
    let user = service.send(Request::get(&format!("/graph/v1.0/users/{id}")).bearer(&service.admin)).await.expect(200);
    assert_eq!(user.text("mobilePhone"), FILED, "the directory's field is unchanged");
    for body in [
        json!({"mobilePhone": FILED}),
        json!({"mobilePhone": "+14255550100"}),
        json!({"mobilePhone": null}),
        json!({"mobilePhone": "+1 (425) 555-0100"}),
        json!({"mobilePhone": "+1 4255550100x12"}),
    ] {
        service.patch(&id, &body).await.expect(204);
        for method in ["mobileSms", "mobileCall"] {
            assert_eq!(sends(&service, method, Some(FILED)).await, 0, "{body} {method}");
        }
    }
    // Another number counts, and the removed one still does not.
    service.patch(&id, &json!({"mobilePhone": "+1 4255550155"})).await.expect(204);
    assert_eq!(sends(&service, "mobileSms", Some("+1 4255550155")).await, 1);
    service.patch(&id, &json!({"mobilePhone": FILED})).await.expect(204);
    assert_eq!(sends(&service, "mobileSms", Some(FILED)).await, 0);
    // Its owner may prove it again.
    register(&service, &service.user(NAME).await, &phone(FILED)).await;
    assert_eq!(sends(&service, "mobileSms", Some(FILED)).await, 1);
}

#[service_test]
async fn a_value_on_file_does_not_replace_a_removed_one() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    register(&service, &service.user(NAME).await, &phone(NEW_PHONE)).await;
    removed(&service, "mobilePhone").await;
    for number in [NEW_PHONE, FILED] {
        assert_eq!(sends(&service, "mobileSms", Some(number)).await, 0, "{number}");
    }
    register(&service, &service.user(NAME).await, &mail("own@example.net")).await;
    removed(&service, "email").await;
    assert_eq!(sends(&service, "email", None).await, 0);
    // An administrator puts another address first. It counts, because it was set later and differs.
    let list = json!({"otherMails": ["second@example.org", "adele.vance@example.org", "own@example.net"]});
    service.patch(&id, &list).await.expect(204);
    assert_eq!(sends(&service, "email", None).await, 1);
    assert_eq!(service.outbox("second@example.org").await.len(), 1);
    let list = json!({"otherMails": ["OWN@example.net", "second@example.org"]});
    service.patch(&id, &list).await.expect(204);
    assert_eq!(sends(&service, "email", None).await, 0);
    let reasons = suggested(&service, &service.user(NAME).await).await;
    assert_eq!(
        reasons[2..],
        [
            ("OWN@example.net".to_owned(), false, json!("removed")),
            ("second@example.org".to_owned(), false, json!("notFirst")),
        ]
    );
}

#[service_test]
async fn the_directory_writing_the_same_values_again_brings_nothing_back() {
    let scratch = Scratch::new();
    let options = |text: &str| Options {
        users: Some(scratch.file("people.ldif", text.as_bytes())),
        data: Some(scratch.path().join("data")),
        policy_members: Some(json!({})),
        ..Options::default()
    };
    let service = Service::with(&options(ADELE)).await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(FILED)).await;
    register(&service, &token, &mail("adele.vance@example.org")).await;
    removed(&service, "mobilePhone").await;
    removed(&service, "email").await;
    let before = suggested(&service, &token).await;
    assert_eq!(before[0], (FILED.to_owned(), false, json!("removed")));
    assert_eq!(before[2], ("adele.vance@example.org".to_owned(), false, json!("removed")));
    service.running.stop().await;
    let spelled = ADELE.replace(FILED, "+1-425-555-0100").replace("adele.vance@", "Adele.Vance@");
    for text in [ADELE, &spelled] {
        let service = Service::with(&options(text)).await;
        let mut expected = before.clone();
        if text == spelled {
            expected[2].0 = "Adele.Vance@example.org".to_owned();
        }
        assert_eq!(suggested(&service, &service.user(NAME).await).await, expected);
        assert_eq!(sends(&service, "mobileSms", Some(FILED)).await, 0);
        assert_eq!(sends(&service, "email", None).await, 0);
        service.running.stop().await;
    }
    let other = ADELE.replace(FILED, "+1 4255550155").replace("adele.vance@", "second@");
    let service = Service::with(&options(&other)).await;
    let values: Vec<bool> = suggested(&service, &service.user(NAME).await).await.iter().map(|one| one.1).collect();
    assert_eq!(values, [true, true, true]);
    assert_eq!(sends(&service, "mobileSms", Some("+1 4255550155")).await, 1);
    service.running.stop().await;
}

#[service_test]
async fn removing_a_type_that_is_not_registered_is_404() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let kinds = ["mobilePhone", "officePhone", "email", "securityQuestions"];
    let no_kinds = ["mobilephone", "alternateMobile", "mobileSms", "password", "email%20", "%2e%2e", "x"];
    for kind in kinds.into_iter().chain(no_kinds) {
        service.send(remove(&token, kind)).await.problem(404, "not-found");
    }
    register(&service, &token, &phone(NEW_PHONE)).await;
    hush(&service).await;
    for kind in ["officePhone", "email", "securityQuestions"] {
        service.send(remove(&token, kind)).await.problem(404, "not-found");
    }
    assert_eq!(notified(&service).await, [""; 0]);
    // A body and an idempotency key are ignored. A repeated removal finds nothing.
    let with_body = remove(&token, "mobilePhone").bytes(b"{\"type\": \"email\", ").key("short");
    service.send(with_body).await.expect(204);
    service.send(remove(&token, "mobilePhone")).await.problem(404, "not-found");
    for method in ["GET", "POST", "PUT", "PATCH"] {
        for kind in ["email", "x"] {
            let target = format!("/v1/registration/methods/{kind}");
            let reply = service.send(Request::new(method, &target).bearer(&token)).await;
            reply.problem(405, "method-not-allowed");
            assert_eq!(reply.header("allow"), Some("DELETE"));
        }
    }
    service.send(Request::new("DELETE", "/v1/registration/methods").bearer(&token)).await.problem(404, "not-found");
}

#[service_test]
async fn removals_at_once_take_effect_once_and_notify_once() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    hush(&service).await;
    let replies = together((0..20).map(|_| remove(&token, "mobilePhone")).collect(), service.address()).await;
    let (done, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 204);
    assert_eq!(done.len(), 1);
    refused.iter().for_each(|reply| reply.problem(404, "not-found"));
    let activities: Vec<String> = audited(&service).await.into_iter().map(|(activity, _)| activity).collect();
    assert_eq!(activities, ["User deleted security info", "User registered security info"]);
    assert_eq!(notified(&service).await, ["+14255550123", "adele.vance@example.org"]);
}

#[service_test]
async fn a_removal_kills_resets_under_way_and_a_confirmation_does_not() {
    for kills in [true, false] {
        let service = Service::start(json!({})).await;
        service.adele().await;
        register(&service, &service.user(NAME).await, &phone(NEW_PHONE)).await;
        service.advance(31).await;
        let begun = service.begin(NAME, "mobileSms", Some(NEW_PHONE)).await;
        let code = digits(service.outbox("+14255550123").await.last().unwrap());
        let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
        let (by_mail, message) = service.begin_by_email().await;
        let user = service.user(NAME).await;
        match kills {
            true => service.send(remove(&user, "mobilePhone")).await.expect(204),
            false => service.send(confirm(&user)).await.expect(200),
        };
        let verified = service.verify(&by_mail.id, &digits(&message)).await;
        let completed = service.complete(&begun.id, &token, NEW_PASSWORD).await;
        if kills {
            verified.problem(422, "code-rejected");
            service.verify(&by_mail.id, &long_code(&message)).await.problem(422, "code-rejected");
            completed.problem(422, "token-rejected");
            service.check(NAME, OLD_PASSWORD).await.expect(200);
        } else {
            verified.expect(200);
            completed.expect(204);
        }
    }
}

#[service_test]
async fn a_removal_kills_the_pass_of_a_first_gate_and_a_challenge() {
    let service = Service::start(json!({"methodsRequired": 2})).await;
    service.adele().await;
    let user = service.user(NAME).await;
    register(&service, &user, &phone(NEW_PHONE)).await;
    let (begun, message) = service.begin_by_email().await;
    let passed = service.verify(&begun.id, &digits(&message)).await.expect(200).json();
    assert_eq!(passed["status"], "anotherMethodRequired");
    let gate = passed["gateToken"].as_str().unwrap();
    let order = json!({"method": "officeCall", "phoneNumber": "+1 4255550111", "gateToken": gate});
    service.again(&begun.id, &order).await.expect(202);
    let call = digits(service.outbox("+14255550111").await.last().unwrap());
    let (challenge, code) = super::challenged(&service, &user, &mail("own@example.net")).await;
    service.send(remove(&user, "mobilePhone")).await.expect(204);
    let second =
        Request::post(&format!("/v1/resets/{}/verifications", begun.id), &json!({"code": call, "gateToken": gate}));
    service.send(second).await.problem(422, "code-rejected");
    super::rejected(&service, super::prove(&user, &challenge, &code)).await;
    assert_eq!(registration(&service, &user).await["methods"], json!([]));
}

#[service_test]
async fn former_numbers_are_notified_by_sms_for_thirty_days() {
    const DAY: u64 = 86_400;
    let mut service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({})).await;
    register(&service, &service.user(NAME).await, &phone("+1 4255550101")).await;
    assert_eq!(notified(&service).await, [""; 0], "nobody is notified of a first contact");
    register(&service, &service.user(NAME).await, &phone("+1 4255550102")).await;
    assert_eq!(notified(&service).await, ["+14255550101"], "the former number, not the new one");
    service.advance(2 * DAY).await;
    hush(&service).await;
    removed(&service, "mobilePhone").await;
    assert_eq!(notified(&service).await, ["+14255550101", "+14255550102"]);
    let change = json!({"passwordProfile": {"password": "another password of a user"}});
    for (days, expected) in [
        (27, &["+14255550101", "+14255550102"][..]),
        (1, &["+14255550102"][..]),
        (1, &["+14255550102"][..]),
        (1, &[][..]),
    ] {
        service.advance(days * DAY).await;
        hush(&service).await;
        service.admin = service.application(&["User.ReadWrite.All"]).await;
        service.patch(&id, &change).await.expect(204);
        assert_eq!(notified(&service).await, expected, "{days} days later");
    }
}
