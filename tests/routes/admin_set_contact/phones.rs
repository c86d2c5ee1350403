//! Phones and addresses in an administrator's writes: their spellings, limits and refusals.

use serde_json::{Value, json};

use super::{NAME, bad, select, whole};
use crate::support::Service;
use crate::support::service::digits;

#[service_test]
async fn phones_are_returned_with_one_space_after_the_country_code() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    for (typed, written) in [
        ("+14251234567", "+1 4251234567"),
        ("+1 4251234567", "+1 4251234567"),
        ("+1 (425) 123-4567", "+1 4251234567"),
        ("+1.425.123.4567", "+1 4251234567"),
        ("+1 4251234567X12345", "+1 4251234567X12345"),
        ("+1 4251234567x1", "+1 4251234567x1"),
        ("+44 (0)20 7946 0958", "+44 2079460958"),
        ("+4402079460958", "+44 2079460958"),
        ("+39 02 1234 5678", "+39 0212345678"),
        ("+883 5100 12345678", "+883 510012345678"),
        ("+1 8769221234", "+1 8769221234"),
        ("+247 12345", "+247 12345"),
    ] {
        service.patch(&id, &json!({"mobilePhone": typed, "businessPhones": [typed]})).await.expect(204);
        assert_eq!(
            select(&service, &id, "mobilePhone,businessPhones").await,
            json!({"mobilePhone": written, "businessPhones": [written]}),
            "{typed}"
        );
    }
}

#[service_test]
async fn an_extension_is_stored_and_never_dialled_or_sent() {
    let service = Service::start(json!({})).await;
    let number = "+1 4251234567X98765";
    let id = service.create(NAME, json!({"mobilePhone": number, "businessPhones": ["+1 4252345678X98765"]})).await;
    assert_eq!(select(&service, &id, "mobilePhone").await["mobilePhone"], number);
    let begun = service.begin(NAME, "mobileSms", Some("+1 4251234567")).await;
    let code = digits(&service.outbox("+14251234567").await[0]);
    service.advance(31).await;
    service.begin(NAME, "mobileCall", Some(number)).await;
    service.messages().await;
    service.advance(31).await;
    service.begin(NAME, "officeCall", Some("+1 4252345678")).await;
    let messages = service.messages().await;
    let to: Vec<&Value> = messages.iter().map(|message| &message["to"]).collect();
    assert_eq!(to, ["+14251234567", "+14251234567", "+14252345678"]);
    for message in &messages {
        let code = digits(message);
        let spoken: Vec<String> = code.chars().map(String::from).collect();
        let text = message.to_string().replace(&code, "").replace(&spoken.join(", "), "");
        assert!(!text.contains("98765") && !text.contains("9, 8, 7, 6, 5"), "{text}");
    }
    service.verify(&begun.id, &code).await.expect(200);
}

#[service_test]
async fn a_refused_phone_is_reported_by_its_rule_and_not_echoed() {
    const GRAMMAR: &str = "must be +CountryCode PhoneNumber, with an optional extension xNNNN";
    const CODE: &str = "has an unknown country code";
    const LENGTH: &str = "has a length that is not possible in its country";
    const KIND: &str = "is a kind of number that cannot receive codes";
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    for (number, rule) in [
        // Premium rate.
        ("+1 9005551234", KIND),
        ("+44 909 8790000", KIND),
        ("+979 123456789", KIND),
        // Toll-free.
        ("+1 8005551234", KIND),
        ("+800 1234 5678", KIND),
        // Shared cost.
        ("+44 843 555 1234", KIND),
        ("+808 1234 5678", KIND),
        // Pagers, personal and universal numbers.
        ("+44 7640 123456", KIND),
        ("+44 70 1234 5678", KIND),
        ("+1 5005551234", KIND),
        ("+44 330 123 4567", KIND),
        ("+888 12345678901", KIND),
        ("+999 123456789", CODE),
        ("+1 425 555 12345", LENGTH),
        ("+111111111111111111", LENGTH),
        ("+52 1 55 1234 5678", LENGTH),
        ("4255551234", GRAMMAR),
        ("0014255551234", GRAMMAR),
        ("8 495 123 45 67", GRAMMAR),
        ("+1-800-FLOWERS", GRAMMAR),
        ("+1 425 555 l234", GRAMMAR),
        ("+1 425 555 O123", GRAMMAR),
        ("911", GRAMMAR),
        ("112", GRAMMAR),
        ("+1411", GRAMMAR),
        ("+1911", GRAMMAR),
        ("tel:+1-425-555-1234", GRAMMAR),
        ("tel:+1-425-555-1234;ext=7", GRAMMAR),
        ("+14255551234;phone-context=evil.example", GRAMMAR),
        (".;phone-context=", GRAMMAR),
        ("+dwPAA;phone-context=AA", GRAMMAR),
        ("+9999999999999999999999;phone-context=+1", GRAMMAR),
        ("+14255551234,,123", GRAMMAR),
        ("+14255551234p1", GRAMMAR),
        ("+14255551234w1", GRAMMAR),
        ("+14255551234#", GRAMMAR),
        ("*67+14255551234", GRAMMAR),
        ("+14255551234,+19005559999", GRAMMAR),
        ("+14255551234;+19005559999", GRAMMAR),
        ("+14255551234/+19005559999", GRAMMAR),
        ("+14255551234\n+19005559999", GRAMMAR),
        ("+1 4255551234x12345678", GRAMMAR),
        ("+1 4255551234 ext. 99", GRAMMAR),
        ("+1\u{a0}425\u{a0}555\u{a0}1234", GRAMMAR),
        ("+\u{661}\u{664}\u{662}\u{665}\u{665}\u{665}\u{665}\u{661}\u{662}\u{663}\u{664}", GRAMMAR),
        ("+1４２５5551234", GRAMMAR),
        ("", GRAMMAR),
        (&"+1 2".repeat(200), "must have at most 64 characters"),
    ] {
        for (member, body) in [
            ("mobilePhone", json!({"mobilePhone": number})),
            ("businessPhones[0]", json!({"businessPhones": [number]})),
        ] {
            let reply = service.patch(&id, &body).await;
            assert_eq!(reply.status, 400, "{number}");
            bad(&reply);
            assert_eq!(reply.json()["error"]["message"], format!("{member} {rule}"), "{number}");
        }
    }
    assert_eq!(whole(&service, &id).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[service_test]
async fn a_number_abroad_is_stored_and_never_sent_to() {
    let service = Service::start(json!({})).await;
    for (name, number) in [
        ("jamaica@contoso.example", "+1 8769221234"),
        ("net@contoso.example", "+883 5100 12345678"),
        ("it@contoso.example", "+39 3471234567"),
    ] {
        service.create(name, json!({"mobilePhone": number})).await;
        service.begin(name, "mobileSms", Some(number)).await;
        service.begin(name, "mobileCall", Some(number)).await;
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[service_test]
async fn other_mails_are_replaced_whole_and_the_first_is_used() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({"otherMails": ["one@example.org", "two@example.org"]})).await;
    service.patch(&id, &json!({"otherMails": ["three@example.org", "one@example.org"]})).await.expect(204);
    assert_eq!(
        select(&service, &id, "otherMails").await["otherMails"],
        json!(["three@example.org", "one@example.org"])
    );
    service.empty_outbox().await;
    service.begin(NAME, "email", None).await;
    let to: Vec<Value> = service.messages().await.iter().map(|message| message["to"].clone()).collect();
    assert_eq!(to, ["three@example.org"]);
    service.patch(&id, &json!({"otherMails": []})).await.expect(204);
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "email", None).await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[service_test]
async fn the_lengths_and_counts_of_contacts_are_limited() {
    const GRAMMAR: &str = "must be +CountryCode PhoneNumber, with an optional extension xNNNN";
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let before = whole(&service, &id).await;
    let spaces = |length: usize| format!("+1{}4255550170", " ".repeat(length - 12));
    for (number, rule) in [(spaces(64), GRAMMAR), (spaces(65), "must have at most 64 characters")] {
        for (member, body) in [
            ("mobilePhone", json!({"mobilePhone": number})),
            ("businessPhones[0]", json!({"businessPhones": [number]})),
        ] {
            let reply = service.patch(&id, &body).await;
            bad(&reply);
            assert_eq!(reply.json()["error"]["message"], format!("{member} {rule}"));
        }
    }
    let reply = service.patch(&id, &json!({"businessPhones": ["+1 4255550170", "+1 4255550170"]})).await;
    bad(&reply);
    assert_eq!(reply.json()["error"]["message"], "businessPhones must have at most one number");
    let many: Vec<String> = (0..251).map(|number| format!("adele{number}@example.org")).collect();
    let reply = service.patch(&id, &json!({"otherMails": many})).await;
    bad(&reply);
    assert_eq!(reply.json()["error"]["message"], "otherMails must have at most 250 addresses");
    assert_eq!(whole(&service, &id).await, before);
    service.patch(&id, &json!({"otherMails": many[..250]})).await.expect(204);
    assert_eq!(select(&service, &id, "otherMails").await["otherMails"].as_array().unwrap().len(), 250);
}
