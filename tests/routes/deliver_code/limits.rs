//! Who gets no message, and how many messages everybody else gets at most.

use serde_json::json;

use super::{
    ADELE, MAIL, MOBILE, MOBILE_E164, OFFICE, OFFICE_E164, register, sent, sms_sent, sms_sent_from, with_adele,
};
use crate::support::client::{Request, together};
use crate::support::service::{Service, begin};

pub(super) const BOB: &str = "bob@contoso.example";
/// More begins than any test here needs.
const MANY: u32 = 10_000;

pub(super) fn many_begins() -> serde_json::Value {
    json!({"beginsPerSource": {"count": MANY}, "beginsPerSourceAndName": {"count": MANY}})
}

#[service_test]
async fn one_message_in_half_a_minute_per_account_and_channel_and_per_destination() {
    let service = with_adele(json!({})).await;
    assert_eq!(sms_sent(&service).await, 1);
    assert_eq!(sms_sent(&service).await, 0);
    service.begin(ADELE, "mobileCall", Some(MOBILE)).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 1, "the same destination by another channel");
    for (method, phone, to) in [("officeCall", Some(OFFICE), OFFICE_E164), ("email", None, MAIL)] {
        service.begin(ADELE, method, phone).await;
        assert_eq!(sent(&service, to).await, 1, "another channel to another destination: {method}");
    }
    service.advance(15).await;
    assert_eq!(sms_sent(&service).await, 0);
    service.advance(15).await;
    assert_eq!(sms_sent(&service).await, 1);
}

#[service_test]
async fn five_messages_in_any_hour_and_ten_in_any_day() {
    let service = with_adele(many_begins()).await;
    for minute in 0..5 {
        assert_eq!(sms_sent(&service).await, 1, "minute {minute}");
        service.advance(60).await;
    }
    // The first message is 300 seconds old, the second 240, and so on.
    assert_eq!(sms_sent(&service).await, 0);
    service.advance(3600 - 300 - 20).await;
    assert_eq!(sms_sent(&service).await, 0, "the first is not yet an hour old");
    service.advance(20).await;
    assert_eq!(sms_sent(&service).await, 1, "the first is");
    service.advance(35).await;
    assert_eq!(sms_sent(&service).await, 0, "the second is not yet");
    service.advance(25).await;
    assert_eq!(sms_sent(&service).await, 1, "the second is");
    for _ in 2..5 {
        service.advance(60).await;
        assert_eq!(sms_sent(&service).await, 1);
    }
    // Ten messages, the first 3840 seconds ago.
    service.advance(2 * 3600).await;
    assert_eq!(sms_sent(&service).await, 0, "ten were sent within a day");
    service.advance(86_400 - 3840 - 2 * 3600 - 30).await;
    assert_eq!(sms_sent(&service).await, 0, "the first is not yet a day old");
    service.advance(30).await;
    assert_eq!(sms_sent(&service).await, 1, "the first is");
    service.advance(31).await;
    assert_eq!(sms_sent(&service).await, 0, "the second is not yet");
}

#[service_test]
async fn a_channel_has_limits_of_its_own() {
    let service = with_adele(many_begins()).await;
    for _ in 0..6 {
        service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
        service.begin(ADELE, "email", None).await;
        service.settle().await;
        service.advance(31).await;
    }
    assert_eq!(sent(&service, MOBILE_E164).await, 5);
    assert_eq!(sent(&service, MAIL).await, 5);
    service.begin(ADELE, "officeCall", Some(OFFICE)).await;
    assert_eq!(sent(&service, OFFICE_E164).await, 1);
}

#[service_test]
async fn two_accounts_share_the_limits_of_their_number() {
    let service = with_adele(many_begins()).await;
    service.create(BOB, json!({"mobilePhone": MOBILE, "otherMails": ["bob@example.org"]})).await;
    assert_eq!(sms_sent(&service).await, 1);
    assert_eq!(sms_sent_from(&service, BOB, 1).await, 0);
    service.begin(BOB, "email", None).await;
    assert_eq!(sent(&service, "bob@example.org").await, 1);
    for name in [BOB, ADELE, BOB, ADELE] {
        service.advance(31).await;
        assert_eq!(sms_sent_from(&service, name, 1).await, 1);
    }
    service.advance(31).await;
    assert_eq!(sms_sent_from(&service, BOB, 1).await, 0, "a number gets five messages an hour in all");
}

/// Four people have one number, each in another spelling.
#[service_test]
async fn a_number_is_one_destination_in_every_spelling() {
    let service = Service::start(many_begins()).await;
    let spellings = ["+44 (0)20 7946 0958", "+4402079460958", "+44 020 7946 0958", "+442079460958"];
    for (number, spelling) in spellings.iter().enumerate() {
        let name = format!("person{number}@contoso.example");
        service.create(&name, json!({"businessPhones": [spelling]})).await;
        let target = format!("/graph/v1.0/users/{name}?$select=businessPhones");
        let user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json();
        assert_eq!(user["businessPhones"], json!(["+44 2079460958"]), "{spelling}");
    }
    for round in 1..=2 {
        for number in 0..spellings.len() {
            let claimed = spellings[(number + round) % spellings.len()];
            service.begin(&format!("person{number}@contoso.example"), "officeCall", Some(claimed)).await;
            assert_eq!(sent(&service, "+442079460958").await, round, "one call in half a minute: {claimed}");
        }
        service.advance(31).await;
    }
}

/// Forty people have one number, and each begins from another network.
#[service_test]
async fn a_number_of_forty_people_gets_five_messages_an_hour_and_ten_for_new_networks() {
    let service = Service::start(many_begins()).await;
    let mut messages = 0;
    for last in 10..50 {
        let name = format!("person{last}@contoso.example");
        let body = json!({"userPrincipalName": name, "mobilePhone": MOBILE});
        service.send(Request::post("/graph/v1.0/users", &body).bearer(&service.admin)).await.expect(201);
        messages += sms_sent_from(&service, &name, last).await;
        service.advance(31).await;
    }
    assert_eq!(messages, 5 + 10);
}

#[service_test]
async fn a_network_new_to_the_account_gets_one_message_beyond_the_longer_limits() {
    let service = with_adele(many_begins()).await;
    for _ in 0..5 {
        assert_eq!(sms_sent_from(&service, ADELE, 1).await, 1);
        service.advance(31).await;
    }
    assert_eq!(sms_sent_from(&service, ADELE, 1).await, 0);
    for last in 2..12 {
        assert_eq!(sms_sent_from(&service, ADELE, last).await, 1, "network {last}");
        assert_eq!(sms_sent_from(&service, ADELE, 200).await, 0, "the half minute holds for new networks, too");
        service.advance(31).await;
        assert_eq!(sms_sent_from(&service, ADELE, last).await, 0, "each new network gets one");
    }
    assert_eq!(sms_sent_from(&service, ADELE, 12).await, 0, "ten new networks a day");
    assert_eq!(sent(&service, MOBILE_E164).await, 15);
}

#[service_test]
async fn a_hundred_begins_at_once_make_one_message() {
    let service = with_adele(many_begins()).await;
    let requests = (0..100).map(|_| begin(ADELE, "mobileSms", Some(MOBILE))).collect();
    let replies = together(requests, service.address()).await;
    for reply in &replies {
        assert_eq!(reply.status, 202, "{}", reply.json());
        assert_eq!(reply.shape(), replies[0].shape());
    }
    assert_eq!(sent(&service, MOBILE_E164).await, 1);
    service.advance(1).await;
    assert_eq!(service.messages().await.len(), 1);
}

#[service_test]
async fn nothing_is_sent_for_an_unknown_name() {
    let service = with_adele(many_begins()).await;
    for batch in 0..5 {
        let name = |number: usize| format!("nobody{batch}x{number}@contoso.example");
        let both = |number| [begin(&name(number), "mobileSms", Some(MOBILE)), begin(&name(number), "email", None)];
        for reply in together((0..50).flat_map(both).collect(), service.address()).await {
            reply.expect(202);
        }
        service.settle().await;
    }
    assert_eq!(service.messages().await.len(), 0);
    assert_eq!(sms_sent(&service).await, 1, "no limit is used up");
}

#[service_test]
async fn nothing_is_sent_to_an_account_that_may_not_be_reset() {
    let service = with_adele(json!({"allowedCountries": ["US"]})).await;
    service
        .create(
            "dora@contoso.example",
            json!({"accountEnabled": false, "mobilePhone": "+1 4255550140", "otherMails": ["dora@example.org"]}),
        )
        .await;
    service.create("emil@contoso.example", json!({})).await;
    service.create("greta@contoso.example", json!({"mobilePhone": "+44 7700900123"})).await;
    service.create("jana@contoso.example", json!({"mobilePhone": "+1 8765550123"})).await;
    for (name, method, phone) in [
        ("dora@contoso.example", "mobileSms", Some("+1 4255550140")),
        ("dora@contoso.example", "email", None),
        ("emil@contoso.example", "email", None),
        ("emil@contoso.example", "mobileSms", Some(MOBILE)),
        ("greta@contoso.example", "mobileSms", Some("+44 7700900123")),
        ("greta@contoso.example", "mobileCall", Some("+44 7700900123")),
        // Jamaica shares the country code of the United States, but is another country.
        ("jana@contoso.example", "mobileSms", Some("+1 8765550123")),
    ] {
        service.begin(name, method, phone).await;
        service.settle().await;
        assert_eq!(service.messages().await.len(), 0, "{name} {method}");
    }
    assert_eq!(sms_sent(&service).await, 1);
}

#[service_test]
async fn an_account_without_a_second_method_gets_nothing_if_two_are_required() {
    let service = Service::start(json!({"methodsRequired": 2})).await;
    service.create(ADELE, json!({"mobilePhone": MOBILE, "businessPhones": [MOBILE]})).await;
    assert_eq!(sms_sent(&service).await, 0, "two methods, but one destination");
    service.patch(ADELE, &json!({"otherMails": [MAIL]})).await.expect(204);
    assert_eq!(sms_sent(&service).await, 1);
}

#[service_test]
async fn nothing_is_sent_unless_the_number_on_file_is_known() {
    let service = with_adele(json!({})).await;
    for wrong in [OFFICE, "+1 4255550101", "+44 7700900123"] {
        service.begin(ADELE, "mobileSms", Some(wrong)).await;
        service.settle().await;
        assert_eq!(service.messages().await.len(), 0, "{wrong}");
    }
    service.begin(ADELE, "officeCall", Some(MOBILE)).await;
    service.settle().await;
    assert_eq!(service.messages().await.len(), 0);
    for (times, spelling) in (1..).zip(["+14255550100", "+1 (425) 555-0100", "+1 425.555.0100", "+1 4255550100x77"]) {
        service.begin(ADELE, "mobileSms", Some(spelling)).await;
        assert_eq!(sent(&service, MOBILE_E164).await, times, "{spelling}");
        service.advance(31).await;
    }
}

#[service_test]
async fn a_claimed_number_is_ignored_if_the_policy_needs_none() {
    let service = with_adele(json!({"phoneProof": false})).await;
    service.begin(ADELE, "mobileSms", Some(OFFICE)).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 1);
    assert_eq!(service.messages().await.len(), 1, "never to the number in the request");
}

#[service_test]
async fn unregistered_contacts_are_not_used_if_the_policy_says_so() {
    let service = with_adele(json!({"acceptDirectoryContacts": false})).await;
    service.begin(ADELE, "email", None).await;
    service.settle().await;
    assert_eq!(sms_sent(&service).await, 0);
    assert_eq!(service.messages().await.len(), 0);
    register(&service, ADELE, "mobilePhone", MOBILE, MOBILE_E164).await;
    service.advance(31).await;
    assert_eq!(sms_sent(&service).await, 1);
    service.begin(ADELE, "email", None).await;
    service.settle().await;
    // The address gets the notice of the registration, and no code.
    let references: Vec<_> = service.outbox(MAIL).await.iter().map(|message| message["reference"].clone()).collect();
    assert_eq!(references, [""]);
}
