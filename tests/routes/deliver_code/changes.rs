//! Who is notified that contacts changed: every other contact, including those replaced in the last 30 days, and never
//! the new one.

use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;

use super::{ADELE, MAIL, MOBILE, MOBILE_E164, OFFICE_E164, events, notified, register, with_adele};
use crate::support::client::Request;
use crate::support::service::{NEW_PASSWORD, Service, digits};

const NEW_MAIL: &str = "new@example.org";
const NEW_PHONE: &str = "+1 4255550142";
const NEW_PHONE_E164: &str = "+14255550142";
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// The subject of every notice of a change.
const SUBJECT: &str = "Contoso: your contact details for password resets were changed";

/// The destinations of the notices since the outbox was last emptied. Empties it again.
async fn notified_lately(service: &Service) -> Vec<String> {
    let notified = notified(service).await;
    service.empty_outbox().await;
    notified
}

async fn patch(service: &Service, body: Value) -> Vec<String> {
    let token = service.application(&["User.ReadWrite.All"]).await;
    let request = Request::new("PATCH", &format!("/graph/v1.0/users/{ADELE}")).json(&body);
    service.send(request.bearer(&token)).await.expect(204);
    notified_lately(service).await
}

/// Moves the clock, and replaces the administrator's token, which may have expired by then.
async fn later(service: &mut Service, seconds: u64) {
    service.advance(seconds).await;
    service.admin = service.application(&["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]).await;
}

async fn registers(service: &Service, kind: &str, value: &str, to: &str) -> Vec<String> {
    register(service, ADELE, kind, value, to).await;
    notified_lately(service).await
}

async fn on_methods(service: &Service, method: &str, rest: &str, body: Option<Value>) -> Value {
    let target = format!("/graph/v1.0/users/{ADELE}/authentication/{rest}");
    let mut request = Request::new(method, &target).bearer(&service.admin);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let reply = service.send(request).await;
    assert!(matches!(reply.status, 201 | 204), "{method} {rest}: {}", reply.status);
    if reply.body.is_empty() { Value::Null } else { reply.json() }
}

#[service_test]
async fn an_administrators_change_notifies_the_others_and_not_the_new_value() {
    let mut service = with_adele(json!({"helpdesk": "Help: extension 42"})).await;
    assert_eq!(notified_lately(&service).await, [""; 0], "nobody is notified of an account's first contacts");
    service.patch(ADELE, &json!({"otherMails": [NEW_MAIL]})).await.expect(204);
    service.settle().await;
    let message = service.outbox(MAIL).await.remove(0);
    assert_eq!((&message["channel"], &message["subject"]), (&json!("email"), &json!(SUBJECT)));
    for part in [&message["text"], &message["html"]] {
        let part = part.as_str().unwrap();
        assert!(part.contains("If you did not expect it, contact your organisation’s help desk at once."), "{part}");
        assert!(part.contains("Help: extension 42"), "{part}");
        for secret in ["new@", "425555", "adele", "http"] {
            assert!(!part.contains(secret), "{secret} in {part}");
        }
    }
    assert_eq!(notified_lately(&service).await, [MOBILE_E164, OFFICE_E164, MAIL]);
    later(&mut service, HOUR).await;
    // The new address is one of the others now, and so is the replaced one.
    let notified = patch(&service, json!({"mobilePhone": NEW_PHONE})).await;
    assert_eq!(notified, [MOBILE_E164, OFFICE_E164, MAIL, NEW_MAIL]);
    // The other phones have already had their text of this hour.
    assert_eq!(patch(&service, json!({"businessPhones": []})).await, [NEW_PHONE_E164, MAIL, NEW_MAIL]);
    // Nothing changed, or nothing that a reset could use.
    assert_eq!(patch(&service, json!({"mobilePhone": "+1 (425) 555-0142", "jobTitle": "Pianist"})).await, [""; 0]);
    assert_eq!(events(&service).await, Vec::<Value>::new(), "no session ends");
}

#[service_test]
async fn a_change_is_notified_by_sms_and_by_email() {
    let mut service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE})).await;
    service.patch(ADELE, &json!({"otherMails": [NEW_MAIL]})).await.expect(204);
    service.settle().await;
    let messages = service.messages().await;
    assert_eq!(messages.len(), 1, "the new address is not notified: {messages:?}");
    assert_eq!((&messages[0]["channel"], &messages[0]["to"]), (&json!("sms"), &json!(MOBILE_E164)));
    assert_eq!(
        messages[0]["text"],
        "Contoso: your contact details for password resets were changed. If you did not expect this, contact your \
         organisation's help desk at once."
    );
    service.empty_outbox().await;
    later(&mut service, HOUR).await;
    // An address does not keep a phone from being notified.
    assert_eq!(patch(&service, json!({"mobilePhone": NEW_PHONE})).await, [MOBILE_E164, NEW_MAIL]);
}

#[service_test]
async fn a_persons_registration_notifies_the_others() {
    let service = with_adele(json!({})).await;
    assert_eq!(registers(&service, "email", NEW_MAIL, NEW_MAIL).await, [MOBILE_E164, OFFICE_E164, MAIL]);
    service.advance(HOUR).await;
    let notified = registers(&service, "mobilePhone", NEW_PHONE, NEW_PHONE_E164).await;
    assert_eq!(notified, [MOBILE_E164, OFFICE_E164, MAIL, NEW_MAIL]);
    service.advance(DAY).await;
    let notified = registers(&service, "email", MAIL, MAIL).await;
    assert_eq!(notified, [MOBILE_E164, OFFICE_E164, NEW_PHONE_E164, NEW_MAIL], "the replaced address, too");

    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({})).await;
    assert_eq!(registers(&service, "mobilePhone", NEW_PHONE, NEW_PHONE_E164).await, [""; 0], "the first contact");
    service.advance(31).await;
    assert_eq!(registers(&service, "mobilePhone", MOBILE, MOBILE_E164).await, [NEW_PHONE_E164], "by SMS");
}

#[service_test]
async fn an_address_registered_lately_does_not_silence_the_phones() {
    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({})).await;
    registers(&service, "mobilePhone", MOBILE, MOBILE_E164).await;
    service.advance(DAY).await;
    assert_eq!(registers(&service, "email", NEW_MAIL, NEW_MAIL).await, [MOBILE_E164]);
    service.advance(DAY).await;
    let remove = Request::new("DELETE", "/v1/registration/methods/mobilePhone").bearer(&service.user(ADELE).await);
    service.send(remove).await.expect(204);
    assert_eq!(notified_lately(&service).await, [MOBILE_E164, NEW_MAIL]);
    // Nor does an address that has been registered for a month.
    service.advance(30 * DAY).await;
    assert_eq!(registers(&service, "mobilePhone", MOBILE, MOBILE_E164).await, [NEW_MAIL]);
    service.advance(DAY).await;
    assert_eq!(registers(&service, "mobilePhone", NEW_PHONE, NEW_PHONE_E164).await, [MOBILE_E164, NEW_MAIL]);
}

/// The first address of an account, set by an administrator, does not replace the older phones as recipients. The
/// phones are still notified of a phone's removal and of the reset that follows.
#[service_test]
async fn a_first_address_from_an_administrator_does_not_silence_the_phones() {
    const EVIL: &str = "evil@example.org";
    for (by_method, aged) in [(true, 0), (false, 0), (true, 40 * DAY)] {
        let mut service = Service::start(json!({})).await;
        service.create(ADELE, json!({"mobilePhone": MOBILE})).await;
        later(&mut service, aged).await;
        if by_method {
            on_methods(&service, "POST", "emailMethods", Some(json!({"emailAddress": EVIL}))).await;
        } else {
            service.patch(ADELE, &json!({"otherMails": [EVIL]})).await.expect(204);
        }
        assert_eq!(notified_lately(&service).await, [MOBILE_E164]);
        later(&mut service, HOUR).await;
        assert_eq!(patch(&service, json!({"mobilePhone": null})).await, [MOBILE_E164, EVIL]);
        later(&mut service, HOUR).await;
        let begun = service.begin(ADELE, "email", None).await;
        let code = digits(&service.outbox(EVIL).await[0]);
        let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
        service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
        assert_eq!(notified_lately(&service).await, [MOBILE_E164], "not the address that proved it");
        // Another address in its place changes nothing.
        later(&mut service, DAY).await;
        if by_method {
            let target = "emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
            on_methods(&service, "PATCH", target, Some(json!({"emailAddress": "more@example.org"}))).await;
        } else {
            service.patch(ADELE, &json!({"otherMails": ["more@example.org"]})).await.expect(204);
        }
        assert_eq!(notified_lately(&service).await, [MOBILE_E164, EVIL]);
        later(&mut service, HOUR).await;
        service.patch(ADELE, &json!({"passwordProfile": {"password": "a temporary password"}})).await.expect(204);
        assert_eq!(notified_lately(&service).await, [MOBILE_E164, EVIL, "more@example.org"]);
    }
}

#[service_test]
async fn an_address_that_came_with_the_phones_or_before_them_does_not_silence_them() {
    let mut service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE, "otherMails": [MAIL]})).await;
    service.create("ben@contoso.example", json!({"otherMails": ["ben@example.org"]})).await;
    service.create("carla@contoso.example", json!({"mobilePhone": MOBILE})).await;
    service.patch("carla@contoso.example", &json!({"otherMails": ["carla@example.org"]})).await.expect(204);
    assert_eq!(notified_lately(&service).await, [MOBILE_E164]);
    for (name, others) in [(ADELE, &[MOBILE_E164, MAIL][..]), ("ben@contoso.example", &["ben@example.org"])] {
        later(&mut service, 5 * DAY).await;
        service.patch(name, &json!({"mobilePhone": NEW_PHONE})).await.expect(204);
        assert_eq!(notified_lately(&service).await, others);
        later(&mut service, DAY).await;
        service.patch(name, &json!({"passwordProfile": {"password": "a temporary password"}})).await.expect(204);
        let mut everybody = [others, &[NEW_PHONE_E164]].concat();
        everybody.sort_unstable();
        assert_eq!(notified_lately(&service).await, everybody);
    }
    // After 30 days, too, it does not matter when an address was added.
    later(&mut service, 20 * DAY).await;
    service.patch("carla@contoso.example", &json!({"mobilePhone": NEW_PHONE})).await.expect(204);
    assert_eq!(notified_lately(&service).await, [MOBILE_E164, "carla@example.org"]);
}

/// Nothing records when a primary address was set, and an attacker who took over the account may read its mail.
#[service_test]
async fn a_primary_address_silences_no_phone() {
    let mut service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE})).await;
    service.patch(ADELE, &json!({"mail": "evil@example.org"})).await.expect(204);
    assert_eq!(notified_lately(&service).await, [MOBILE_E164]);
    later(&mut service, HOUR).await;
    assert_eq!(patch(&service, json!({"mobilePhone": null})).await, [MOBILE_E164, "evil@example.org"]);
    later(&mut service, HOUR).await;
    service.patch(ADELE, &json!({"passwordProfile": {"password": "a temporary password"}})).await.expect(204);
    assert_eq!(notified_lately(&service).await, [MOBILE_E164, "evil@example.org"]);
}

#[service_test]
async fn a_replaced_primary_address_is_notified_with_the_others() {
    let service = Service::start(json!({})).await;
    service.create(ADELE, json!({"mail": "old@contoso.example", "mobilePhone": MOBILE, "otherMails": [MAIL]})).await;
    notified_lately(&service).await;
    service.patch(ADELE, &json!({"mail": "evil@example.org"})).await.expect(204);
    assert_eq!(notified_lately(&service).await, [MOBILE_E164, MAIL, "old@contoso.example"]);
    service.patch(ADELE, &json!({"passwordProfile": {"password": "a temporary password"}})).await.expect(204);
    let notified = notified_lately(&service).await;
    // The phone has already had its text of this hour.
    assert_eq!(notified, [MAIL, "evil@example.org", "old@contoso.example"], "replaced addresses, for thirty days");
    service.create("ben@contoso.example", json!({"mobilePhone": NEW_PHONE})).await;
    service.patch("ben@contoso.example", &json!({"mail": "evil@example.org"})).await.expect(204);
    assert_eq!(notified_lately(&service).await, [NEW_PHONE_E164]);
    service.patch(ADELE, &json!({"mail": "nobody"})).await.graph_error(400, "Request_BadRequest");
}

#[service_test]
async fn a_removal_notifies_the_removed_contact_and_the_others() {
    let mut service = with_adele(json!({})).await;
    register(&service, ADELE, "email", NEW_MAIL, NEW_MAIL).await;
    notified_lately(&service).await;
    later(&mut service, HOUR).await;
    let token = service.user(ADELE).await;
    let target = "/v1/registration/methods/email";
    service.send(Request::new("DELETE", target).bearer(&token)).await.expect(204);
    assert_eq!(notified_lately(&service).await, [MOBILE_E164, OFFICE_E164, MAIL, NEW_MAIL]);

    // All of this happens in the same hour, in which the phones have already had their text.
    let added = on_methods(&service, "POST", "emailMethods", Some(json!({"emailAddress": "third@example.org"}))).await;
    assert_eq!(notified_lately(&service).await, [MAIL, NEW_MAIL]);
    let one = format!("emailMethods/{}", added["id"].as_str().unwrap());
    on_methods(&service, "PATCH", &one, Some(json!({"emailAddress": "fourth@example.org"}))).await;
    assert_eq!(notified_lately(&service).await, [MAIL, NEW_MAIL, "third@example.org"]);
    on_methods(&service, "DELETE", &one, None).await;
    assert_eq!(notified_lately(&service).await, [MAIL, "fourth@example.org", NEW_MAIL, "third@example.org"]);
    let phone = json!({"phoneNumber": NEW_PHONE, "phoneType": "mobile"});
    on_methods(&service, "POST", "phoneMethods", Some(phone)).await;
    assert_eq!(notified_lately(&service).await.len(), 4);
}

/// For 30 days, to the minute. An attacker cannot silence the owner by replacing the owner's contacts first.
#[service_test]
async fn a_replaced_contact_is_notified_for_thirty_days_and_no_longer() {
    let service = with_adele(json!({})).await;
    let body = json!({"mobilePhone": NEW_PHONE, "otherMails": [NEW_MAIL]});
    assert_eq!(patch(&service, body).await, [MOBILE_E164, OFFICE_E164, MAIL]);
    service.advance(30 * DAY - 60).await;
    let everybody = [MOBILE_E164, OFFICE_E164, NEW_PHONE_E164, MAIL, NEW_MAIL];
    assert_eq!(patch(&service, json!({"mobilePhone": "+1 4255550143"})).await, everybody);
    service.advance(61).await;
    assert_eq!(patch(&service, json!({"businessPhones": []})).await, ["+14255550143", NEW_MAIL]);
    service.advance(HOUR).await;
    let everybody = [OFFICE_E164, NEW_PHONE_E164, "+14255550143", NEW_MAIL];
    assert_eq!(patch(&service, json!({"otherMails": []})).await, everybody);
    service.advance(31 * DAY).await;
    assert_eq!(patch(&service, json!({"businessPhones": ["+1 4255550111"]})).await, ["+14255550143"]);
}

#[service_test]
async fn a_notice_that_failed_for_one_contact_is_sent_again_to_that_one_only() {
    let service = with_adele(json!({})).await;
    patch(&service, json!({"otherMails": ["one@example.org", "two@example.org"]})).await;
    service.running.outbox.answer_next(vec![Dispatch::Sent, Dispatch::TryAgain, Dispatch::Sent]);
    service.patch(ADELE, &json!({"mobilePhone": NEW_PHONE})).await.expect(204);
    service.settle().await;
    for _ in 0..3 {
        service.advance(61).await;
    }
    assert_eq!(notified(&service).await, [MAIL, "one@example.org", "two@example.org"]);
    service.begin_with(crate::support::service::begin(ADELE, "mobileSms", Some(NEW_PHONE))).await;
    assert_eq!(service.outbox(NEW_PHONE_E164).await.len(), 1, "the change stands");
}

/// The change stays in effect, however long the providers take no message. Its notices are sent within three days.
#[service_test]
async fn a_change_never_waits_for_its_notice() {
    let service = with_adele(json!({})).await;
    // Three contacts, three tries each, now and at two sweeps.
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 27]);
    service.patch(ADELE, &json!({"mobilePhone": NEW_PHONE})).await.expect(204);
    assert_eq!(notified(&service).await, [""; 0]);
    let user = service.send(Request::get(&format!("/graph/v1.0/users/{ADELE}")).bearer(&service.admin)).await;
    assert_eq!(user.expect(200).text("mobilePhone"), NEW_PHONE);
    for _ in 0..4 {
        service.advance(3600).await;
    }
    let everybody = [MOBILE_E164, OFFICE_E164, MAIL];
    assert_eq!(notified(&service).await, everybody);
    service.advance(DAY).await;
    assert_eq!(notified(&service).await, everybody);
}
