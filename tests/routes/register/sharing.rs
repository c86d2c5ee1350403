//! Two people with one number. Neither learns of the other, and each has their own registration.

use serde_json::{Value, json};

use super::{NAME, NEW_PHONE, challenge, hush, notified, phone, prove, register, registration, rejected, remove};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, begin, digits, wrong};
use crate::support::{Request, Service};

const OTHER: &str = "lena@contoso.example";
const E164: &str = "+14255550123";

/// Two people, each with an address of their own.
async fn two(policy: Value) -> Service {
    let service = Service::start(policy).await;
    for name in [NAME, OTHER] {
        let address = name.replace("contoso", "private");
        service.create(name, json!({"otherMails": [address]})).await;
    }
    service
}

/// The last code that was sent to the shared number.
async fn last_code(service: &Service) -> String {
    let messages = service.outbox(E164).await;
    digits(messages.iter().rfind(|message| message["reference"] != "").expect("a code"))
}

#[service_test]
async fn registering_a_number_that_another_has_reveals_nothing_of_them() {
    let service = two(json!({})).await;
    let (adele, lena) = (service.user(NAME).await, service.user(OTHER).await);
    let mut shapes = Vec::new();
    for token in [&adele, &lena] {
        hush(&service).await;
        let asked = service.send(challenge(token, &phone(NEW_PHONE))).await.expect(202);
        let done = service.send(prove(token, &asked.text("challengeId"), &last_code(&service).await)).await.expect(200);
        let mut body = done.json();
        body["setAt"] = Value::Null;
        body["verifiedAt"] = Value::Null;
        let name = if *token == adele { NAME } else { OTHER };
        assert_eq!(notified(&service).await, [name.replace("contoso", "private")], "nobody else is notified");
        shapes.push((asked.shape(), done.status, body));
    }
    assert_eq!(shapes[0], shapes[1]);
    let theirs = registration(&service, &adele).await;
    hush(&service).await;
    service.send(remove(&lena, "mobilePhone")).await.expect(204);
    assert_eq!(notified(&service).await, ["+14255550123", "lena@private.example"]);
    assert_eq!(registration(&service, &adele).await, theirs, "the other's registration stays");
}

#[service_test]
async fn both_can_be_reset_by_it_and_neither_code_works_for_the_other() {
    let service = two(json!({})).await;
    for name in [NAME, OTHER] {
        register(&service, &service.user(name).await, &phone(NEW_PHONE)).await;
    }
    let mut begun = Vec::new();
    for name in [NAME, OTHER] {
        service.advance(31).await;
        hush(&service).await;
        let reset = service.begin(name, "mobileSms", Some(NEW_PHONE)).await;
        begun.push((reset, last_code(&service).await));
    }
    let ((one, one_code), (two, two_code)) = (&begun[0], &begun[1]);
    service.verify(&one.id, two_code).await.problem(422, "code-rejected");
    service.verify(&two.id, one_code).await.problem(422, "code-rejected");
    let token = service.verify(&two.id, two_code).await.expect(200).text("resetToken");
    service.complete(&two.id, &token, NEW_PASSWORD).await.expect(204);
    service.check(OTHER, NEW_PASSWORD).await.expect(200);
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    // A completion revokes nothing of the other account.
    let token = service.verify(&one.id, one_code).await.expect(200).text("resetToken");
    service.complete(&one.id, &token, "another walrus plays the flute").await.expect(204);
    service.check(NAME, "another walrus plays the flute").await.expect(200);
}

#[service_test]
async fn each_has_their_own_guesses_and_the_number_has_one_message_limit() {
    let policy = json!({
        "triesPerCode": 5, "guessesPerDay": 5, "guessesPer30Days": 5,
        "sends": [{"count": 3, "seconds": 3600}]
    });
    let service = two(policy).await;
    for name in [NAME, OTHER] {
        register(&service, &service.user(name).await, &phone(NEW_PHONE)).await;
    }
    service.advance(2 * 3600).await;
    hush(&service).await;
    let reset = service.begin(NAME, "mobileSms", Some(NEW_PHONE)).await;
    let code = last_code(&service).await;
    for _ in 0..5 {
        service.verify(&reset.id, &wrong(&code)).await.problem(422, "code-rejected");
    }
    service.verify(&reset.id, &code).await.problem(422, "code-rejected");
    let reset = service.begin(OTHER, "mobileSms", Some(NEW_PHONE)).await;
    let code = last_code(&service).await;
    service.verify(&reset.id, &code).await.expect(200);
    service.begin(OTHER, "mobileSms", Some(NEW_PHONE)).await;
    assert_eq!(service.outbox(E164).await.len(), 3);
    // Both accounts are below their own limits, but the number is not. The responses do not reveal it.
    let usual = service.send(begin(NAME, "mobileSms", Some(NEW_PHONE))).await.expect(202);
    let full = service.send(begin(OTHER, "mobileSms", Some(NEW_PHONE))).await.expect(202);
    assert_eq!(full.shape(), usual.shape());
    assert_eq!(service.outbox(E164).await.len(), 3);
}

#[service_test]
async fn claiming_anothers_number_yields_neither_it_nor_its_codes() {
    let service = two(json!({})).await;
    let (thief, owner) = (service.user(NAME).await, service.user(OTHER).await);
    // The thief requests a challenge of the owner's number, and never sees the code.
    let asked = service.send(challenge(&thief, &phone(NEW_PHONE))).await.expect(202).text("challengeId");
    rejected(&service, prove(&thief, &asked, "00000000")).await;
    let codes = last_code(&service).await;
    let made = register(&service, &owner, &phone(NEW_PHONE)).await.json();
    assert_eq!(made["value"], NEW_PHONE);
    rejected(&service, prove(&owner, &asked, &codes)).await;
    assert_eq!(registration(&service, &thief).await["methods"], json!([]));
    service.advance(31).await;
    hush(&service).await;
    service.begin(NAME, "mobileSms", Some(NEW_PHONE)).await;
    assert_eq!(service.messages().await, Vec::<Value>::new(), "no code of the thief's resets goes there");
    let reset = service.begin(OTHER, "mobileSms", Some(NEW_PHONE)).await;
    service.verify(&reset.id, &last_code(&service).await).await.expect(200);
    let target = format!("/graph/v1.0/users/{NAME}");
    let user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json();
    assert_eq!(user["mobilePhone"], Value::Null);
}

/// Four people request two challenges each of the same number. Returns how many messages it gets.
async fn sent_to_one_number(policy: Value) -> usize {
    let service = Service::start(policy).await;
    for person in 0..4 {
        let name = format!("person{person}@contoso.example");
        service.create(&name, json!({})).await;
        for _ in 0..2 {
            service.send(challenge(&service.user(&name).await, &phone(NEW_PHONE))).await.expect(202);
        }
    }
    service.outbox(E164).await.len()
}

#[service_test]
async fn a_number_has_one_message_limit_however_many_people_register_it() {
    for (sends, expected) in [
        (json!([{"count": 1, "seconds": 86_400}]), 1),
        (json!([{"count": 1, "seconds": 30}, {"count": 1, "seconds": 3600}]), 1),
        (json!([{"count": 2, "seconds": 3600}]), 2),
        // The half minute applies only to requests without a sign-in.
        (json!([{"count": 1, "seconds": 30}, {"count": 5, "seconds": 3600}, {"count": 10, "seconds": 86_400}]), 5),
        // It does apply if there is no window of at least an hour.
        (json!([{"count": 1, "seconds": 1800}, {"count": 3, "seconds": 3599}]), 1),
    ] {
        assert_eq!(sent_to_one_number(json!({"sends": sends})).await, expected, "{sends}");
    }
}
