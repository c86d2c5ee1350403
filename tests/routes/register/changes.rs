//! The consequences of a registration: who is notified, and which codes and tokens die.

use serde_json::{Value, json};
use shared::account::Destination;
use shared::identifiers::email_address::EmailAddress;
use shared::message::{Channel, Language, Rendered};
use shared::money::Money;
use shared::ports::messenger::{Dispatch, Messenger, Outgoing};
use shared::random::AccountId;

use super::{
    NAME, NEW_PHONE, audited, challenged, challenged_at, hush, mail, notified, phone, prove, register, registration,
    rejected, remove,
};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, digits};
use crate::support::{Request, Service};
use crate::surface::load_directory::{ADELE, loaded};

const HOUR: u64 = 3600;

#[service_test]
async fn every_other_contact_is_notified_and_never_the_new_one() {
    let service = Service::start(json!({"helpdesk": "Room 4.12"})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"otherMails": ["one@example.org", "two@example.org"]})).await.expect(204);
    service.advance(HOUR).await;
    hush(&service).await;
    let token = service.user(NAME).await;
    register(&service, &token, &mail("own@example.net")).await;
    // The address that was replaced before is notified, too.
    let (mobile, office, replaced) = ("+14255550100", "+14255550111", "adele.vance@example.org");
    assert_eq!(notified(&service).await, [mobile, office, replaced, "one@example.org", "two@example.org"]);
    let message = service.outbox("one@example.org").await.remove(0);
    assert_eq!(message["subject"], "Contoso: your contact details for password resets were changed");
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("Help desk: Room 4.12") && !text.contains("own@"), "{text}");
    hush(&service).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    // The phones have already had their text of this hour.
    assert_eq!(notified(&service).await, [replaced, "one@example.org", "own@example.net", "two@example.org"]);
    hush(&service).await;
    // An address on file that is registered gets no notice about itself, in any spelling.
    service.advance(24 * HOUR).await;
    register(&service, &service.user(NAME).await, &mail("ONE@example.org")).await;
    let expected = [mobile, office, "+14255550123", replaced, "own@example.net", "two@example.org"];
    assert_eq!(notified(&service).await, expected);
}

#[service_test]
async fn an_owner_with_only_phones_is_notified_of_a_new_address_by_sms() {
    let service = Service::start(json!({})).await;
    service.create(NAME, json!({"mobilePhone": "+1 4255550100", "businessPhones": ["+44 20 7946 0958"]})).await;
    register(&service, &service.user(NAME).await, &mail("own@example.net")).await;
    assert_eq!(notified(&service).await, ["+14255550100"], "a fixed line takes no text");
    let text = service.outbox("+14255550100").await.remove(0)["text"].clone();
    assert_eq!(
        text,
        "Contoso: your contact details for password resets were changed. If you did not expect this, contact your \
         organisation's help desk at once."
    );
}

#[service_test]
async fn a_code_sent_twenty_times_at_once_registers_once_and_notifies_once() {
    let service = Service::start(json!({"triesPerCode": 10, "guessesPerDay": 100, "guessesPer30Days": 100})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"otherMails": ["one@example.org", "two@example.org"]})).await.expect(204);
    let token = service.user(NAME).await;
    let (challenge, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    hush(&service).await;
    let replies = together((0..20).map(|_| prove(&token, &challenge, &code)).collect(), service.address()).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(notified(&service).await, ["adele.vance@example.org", "one@example.org", "two@example.org"]);
    assert_eq!(audited(&service).await.len(), 1);
    // With an idempotency key, all get the same response, or the refusal that the key is in use.
    let (challenge, code) = challenged(&service, &token, &mail("own@example.net")).await;
    hush(&service).await;
    let proof = prove(&token, &challenge, &code).key("0123456789abcdef-at-once");
    let replies = together(vec![proof.clone(); 20], service.address()).await;
    let done = service.send(proof).await.expect(200);
    for reply in &replies {
        match reply.status {
            200 => assert_eq!(reply.body, done.body),
            _ => reply.problem(409, "idempotency-key-in-use"),
        }
    }
    assert!(replies.iter().any(|reply| reply.status == 200));
    let expected = ["+14255550123", "adele.vance@example.org", "one@example.org", "two@example.org"];
    assert_eq!(notified(&service).await, expected);
}

/// Uses up the remaining failures of the outbox.
async fn until_all_is_well(service: &Service) {
    loop {
        let outgoing = Outgoing {
            destination: Destination::Email(EmailAddress::parse("drain@example.org").unwrap()),
            channel: Channel::Email,
            language: Language::English,
            rendered: Rendered { subject: None, text: "drain".to_owned(), html: None },
            reference: "XX".to_owned(),
            order: String::new(),
            account: AccountId::draw(&aws::config::system::SystemRandom),
            max_price: Money::ZERO,
        };
        if service.running.outbox.send(&outgoing).await == Dispatch::Sent {
            return;
        }
    }
}

#[service_test]
async fn a_late_notice_still_skips_the_value_that_it_is_about() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (challenge, code) = challenged(&service, &token, &mail("own@example.net")).await;
    hush(&service).await;
    // More failures than there are tries until they are used up.
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 1000]);
    service.send(prove(&token, &challenge, &code)).await.expect(200);
    assert_eq!(notified(&service).await, [""; 0], "no try succeeds yet");
    service.send(remove(&token, "email")).await.expect(204);
    assert_eq!(notified(&service).await, [""; 0]);
    until_all_is_well(&service).await;
    for _ in 0..4 {
        service.advance(HOUR).await;
        notified(&service).await;
    }
    // The other address gets the notice of the registration, and both addresses that of the removal. Each phone gets
    // one text about both.
    let old = "adele.vance@example.org";
    assert_eq!(notified(&service).await, ["+14255550100", "+14255550111", old, old, "own@example.net"]);
}

#[service_test]
async fn a_registration_kills_the_pass_of_a_first_gate_and_every_other_challenge() {
    let service = Service::start(json!({"methodsRequired": 2})).await;
    service.adele().await;
    let user = service.user(NAME).await;
    let (begun, message) = service.begin_by_email().await;
    let passed = service.verify(&begun.id, &digits(&message)).await.expect(200).json();
    let gate = passed["gateToken"].as_str().unwrap();
    let order = json!({"method": "mobileSms", "phoneNumber": "+1 4255550100", "gateToken": gate});
    service.again(&begun.id, &order).await.expect(202);
    let second = digits(service.outbox("+14255550100").await.last().unwrap());
    let (older, old_code) = challenged(&service, &user, &phone(NEW_PHONE)).await;
    let (challenge, code) = challenged(&service, &user, &mail("own@example.net")).await;
    service.send(prove(&user, &challenge, &code)).await.expect(200);
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let proof = Request::post(&target, &json!({"code": second, "gateToken": gate}));
    service.send(proof).await.problem(422, "code-rejected");
    rejected(&service, prove(&user, &older, &old_code)).await;
    let kinds: Vec<Value> = methods(&service, &user).await.iter().map(|one| one["type"].clone()).collect();
    assert_eq!(kinds, ["email"]);
}

async fn methods(service: &Service, token: &str) -> Vec<Value> {
    registration(service, token).await["methods"].as_array().unwrap().clone()
}

#[service_test]
async fn a_challenge_dies_with_any_change_of_the_contacts_and_of_nothing_else() {
    for (change, kills) in [
        (json!({"mobilePhone": "+1 4255550177"}), true),
        (json!({"otherMails": []}), true),
        (json!({"passwordProfile": {"password": "another password of a user"}}), true),
        (json!({"jobTitle": "Pianist"}), false),
    ] {
        let service = Service::start(json!({})).await;
        let id = service.adele().await;
        let user = service.user(NAME).await;
        let (challenge, code) = challenged(&service, &user, &phone(NEW_PHONE)).await;
        service.patch(&id, &change).await.expect(204);
        // A new password ends the former session.
        let user = service.user(NAME).await;
        let reply = service.send(prove(&user, &challenge, &code)).await;
        match kills {
            true => reply.problem(422, "code-rejected"),
            false => assert_eq!(reply.status, 200),
        }
        assert_eq!(methods(&service, &user).await.len(), usize::from(!kills), "{change}");
    }
    let service = Service::start(json!({})).await;
    service.adele().await;
    let user = service.user(NAME).await;
    let (challenge, code) = challenged(&service, &user, &phone(NEW_PHONE)).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    rejected(&service, prove(&service.user(NAME).await, &challenge, &code)).await;
}

#[service_test]
async fn a_registered_value_names_its_source_and_the_directorys_field_stays() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let user = service.user(NAME).await;
    let before = registration(&service, &user).await;
    let shown = async || {
        let target = format!("/graph/v1.0/users/{NAME}?$select=mobilePhone,businessPhones,otherMails");
        service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json()
    };
    let fields = shown().await;
    assert_eq!(
        (&fields["mobilePhone"], &fields["otherMails"]),
        (&json!("+1 4255550100"), &json!(["adele.vance@example.org"]))
    );
    let confirmed = register(&service, &user, &mail("adele.vance@example.org")).await.json();
    let changed = register(&service, &user, &phone("+1 4255550123x9")).await.json();
    for (method, value) in [(&confirmed, "adele.vance@example.org"), (&changed, "+1 4255550123x9")] {
        assert_eq!((&method["value"], &method["source"]), (&json!(value), &json!("user")));
        assert_eq!(method["setAt"], method["verifiedAt"]);
        assert!(method["setAt"].as_str() > before["suggested"][0]["setAt"].as_str());
    }
    let after = registration(&service, &user).await;
    assert_eq!(after["methods"], json!([changed, confirmed]));
    // The registered address is no longer a suggestion. The replaced number still is, as the directory wrote it.
    let mut filed = before["suggested"][0].clone();
    (filed["usable"], filed["reason"]) = (json!(false), json!("superseded"));
    assert_eq!(after["suggested"], json!([filed, before["suggested"][1]]));
    assert_eq!(shown().await, fields);
    service.advance(31).await;
    let reset = service.begin(NAME, "mobileSms", Some("+1 4255550123")).await;
    let code = digits(service.outbox("+14255550123").await.last().unwrap());
    service.verify(&reset.id, &code).await.expect(200);
}

#[service_test]
async fn an_administrators_value_is_suggested_as_theirs() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let body = registration(&service, &service.user(NAME).await).await;
    for (index, kind) in ["mobilePhone", "officePhone", "email"].into_iter().enumerate() {
        let one = &body["suggested"][index];
        assert_eq!((&one["type"], &one["source"]), (&json!(kind), &json!("administrator")));
        assert_eq!((&one["verifiedAt"], &one["usable"], &one["reason"]), (&Value::Null, &json!(true), &Value::Null));
    }
}

/// A person's proof and an administrator's write store the same value for every spelling of a number.
#[service_test]
async fn every_spelling_of_a_number_is_stored_as_one_value() {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    let spellings =
        ["+14255550123", "+1 4255550123", "+1 425 555 0123", "+1-425-555-0123", "+1 (425) 555-0123", "+1.425.555.0123"];
    for (number, spelling) in spellings.into_iter().enumerate() {
        let name = format!("person{number}@contoso.example");
        service.create(&name, json!({"mobilePhone": spelling})).await;
        let target = format!("/graph/v1.0/users/{name}?$select=mobilePhone");
        let user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200);
        assert_eq!(user.text("mobilePhone"), NEW_PHONE, "{spelling}");
        let token = service.user(&name).await;
        let (asked, code) = challenged_at(&service, &token, &phone(spelling), "+14255550123").await;
        let proved = service.send(prove(&token, &asked, &code)).await.expect(200);
        assert_eq!(proved.text("value"), NEW_PHONE, "{spelling}");
    }
}
