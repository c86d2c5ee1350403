//! The cost of messages is limited by day, by purpose, by account, by source network and by country.

use std::collections::BTreeSet;

use serde_json::json;

use super::records::{BLOCKED, steps};
use super::{ADELE, MAIL, MOBILE, MOBILE_E164, OFFICE, OFFICE_E164, noon, notified, sent, sms_sent, with_adele};
use crate::support::client::{Request, together};
use crate::support::service::{NEW_PASSWORD, Service, begin, digits};
use shared::ports::messenger::Dispatch;

/// Twenty-five people, each with a phone of their own, in five ranges, so that the
/// floor of no range holds.
async fn people(service: &Service) -> Vec<(String, String)> {
    let mut people = Vec::new();
    for last in 10..35 {
        let (name, phone) = (format!("person{last}@contoso.example"), format!("+1 42555{}01{last}", last % 5));
        service.create(&name, json!({"mobilePhone": phone})).await;
        people.push((name, phone));
    }
    people
}

/// Resets have 60 % of the cap of 1.00 dollar, which is 0.60. One account or source gets a twentieth of it, 0.03. At
/// 0.03 a message, everybody gets one, and there are twenty in all. A cent less would pay for nineteen.
#[service_test]
async fn messages_stop_exactly_at_the_days_share_and_go_on_the_next_day() {
    twenty_messages_a_day("0.03").await;
}

/// At 0.029 a message there are twenty, too. A cent more would pay for twenty-one.
#[service_test]
async fn a_share_is_not_exceeded_by_a_hundredth() {
    twenty_messages_a_day("0.029").await;
}

async fn twenty_messages_a_day(price: &str) {
    let price = json!({"sms": price, "call": price});
    let service = Service::start(json!({"dailySpendCapUsd": "1.00", "prices": {"*": price}})).await;
    noon(&service).await;
    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    let people = people(&service).await;
    let begins = |first: u8| {
        let from = (first..).zip(&people);
        from.map(|(last, (name, phone))| begin(name, "mobileSms", Some(phone)).from(last)).collect::<Vec<_>>()
    };
    let begun = async |first: u8| {
        for reply in together(begins(first), service.address()).await {
            reply.expect(202);
        }
        service.settle().await;
    };
    begun(10).await;
    assert_eq!(service.messages().await.len(), 20, "all at once, and none too many");
    assert_reasons(&service, &["the day's money for messages is spent"]).await;
    service.advance(11 * 3600).await;
    begun(60).await;
    assert_eq!(service.messages().await.len(), 20, "still the same day");
    service.advance(2 * 3600).await;
    begun(110).await;
    assert_eq!(service.messages().await.len(), 40, "a new day in UTC");
}

/// One account gets a twentieth of 0.60, which pays for three messages at 0.01. One source gets a quarter: fifteen.
#[service_test]
async fn one_account_uses_a_twentieth_of_the_share_and_one_source_a_quarter() {
    let price = json!({"sms": "0.01", "call": "0.01"});
    let service = with_adele(json!({"dailySpendCapUsd": "1.00", "prices": {"*": price}})).await;
    noon(&service).await;
    for expected in [1, 1, 1, 0] {
        assert_eq!(sms_sent(&service).await, expected);
        service.advance(31).await;
    }
    let elsewhere = begin(ADELE, "mobileSms", Some(MOBILE)).from(9);
    service.begin_with(elsewhere).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 3, "the account has used up its part");

    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    let others = people(&service).await;
    for (name, phone) in &others[..13] {
        service.begin(name, "mobileSms", Some(phone)).await;
        service.running.settled().await;
    }
    let sent_to_others = service.messages().await.len() - 3;
    assert_eq!(sent_to_others, 12, "the source has used up its part");
    let (name, phone) = &others[12];
    service.begin_with(begin(name, "mobileSms", Some(phone)).from(9)).await;
    assert_eq!(sent(&service, &phone.replace(' ', "")).await, 1, "another source has not");
    assert_reasons(
        &service,
        &[
            "the account's part of the day's money for messages is spent",
            "the source network's part of the day's money for messages is spent",
        ],
    )
    .await;
}

/// Asserts the distinct reasons for which messages were not paid for.
async fn assert_reasons(service: &Service, expected: &[&str]) {
    let auditor = service.application(&["AuditLog.Read.All"]).await;
    let records =
        service.send(Request::get("/graph/v1.0/auditLogs/directoryAudits").bearer(&auditor)).await.expect(200);
    let body = records.json();
    let records = body["value"].as_array().unwrap();
    let spent = records.iter().filter(|record| record["resultReason"].as_str().unwrap_or_default().contains("money"));
    assert!(spent.clone().all(|record| record["activityDisplayName"] == BLOCKED), "{records:?}");
    let spent: BTreeSet<&str> = spent.map(|record| record["resultReason"].as_str().unwrap()).collect();
    assert_eq!(spent.into_iter().collect::<Vec<_>>(), expected);
}

/// Twelve people behind one address, each in the dearest country that the default policy allows.
#[service_test]
async fn an_office_is_one_network_and_everybody_in_it_gets_a_message() {
    let service = Service::start(json!({})).await;
    noon(&service).await;
    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    for last in 10..22 {
        let (name, phone) = (format!("harriet{last}@contoso.example"), format!("+44 77009001{last}"));
        service.create(&name, json!({"mobilePhone": phone})).await;
        service.begin(&name, "mobileSms", Some(&phone)).await;
    }
    service.settle().await;
    assert_eq!(service.messages().await.len(), 12);
}

/// Registrations and notices have 0.20 each. One account gets a twentieth of that, one message at 0.01.
#[service_test]
async fn shares_do_not_borrow_from_each_other() {
    let price = json!({"sms": "0.01", "call": "0.01"});
    let service = Service::start(json!({"dailySpendCapUsd": "1.00", "prices": {"*": price}})).await;
    noon(&service).await;
    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    service.create(ADELE, json!({"mobilePhone": MOBILE, "businessPhones": [OFFICE]})).await;
    for _ in 0..2 {
        assert_eq!(sms_sent(&service).await, 1);
        service.advance(31).await;
    }
    let (begun, code) = service.begin_by_sms().await;
    service.advance(31).await;
    assert_eq!(sms_sent(&service).await, 0, "resets have used up their part");

    let token = service.user(ADELE).await;
    let wish = Request::post("/v1/registration/challenges", &json!({"type": "mobilePhone", "value": MOBILE}));
    for expected in [4, 4] {
        service.send(wish.clone().bearer(&token)).await.expect(202);
        assert_eq!(sent(&service, MOBILE_E164).await, expected, "registration has one message and no more");
        service.advance(31).await;
    }
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    assert_eq!(notified(&service).await, [OFFICE_E164], "the notice is paid from its own share");
}

#[service_test]
async fn email_costs_nothing() {
    let service = with_adele(json!({"dailySpendCapUsd": "0.00", "methods": ["email"], "allowedCountries": []})).await;
    let (begun, message) = service.begin_by_email().await;
    service.verify(&begun.id, &digits(&message)).await.expect(200);
    assert_eq!(sent(&service, MAIL).await, 1);
}

/// The price differs by channel and by country.
#[service_test]
async fn the_price_depends_on_channel_and_country() {
    let prices = json!({"US": {"sms": "0.01", "call": "0.04"}, "*": {"sms": "0.04", "call": "0.01"}});
    let service = with_adele(json!({"dailySpendCapUsd": "1.00", "prices": prices})).await;
    noon(&service).await;
    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    // One account's part is 0.04, the price of the dearest message.
    assert_eq!(sms_sent(&service).await, 1);
    service.advance(31).await;
    service.begin(ADELE, "mobileCall", Some(MOBILE)).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 1, "0.01 and 0.04 are too much");
    assert_eq!(sms_sent(&service).await, 1, "another 0.01 is not, and the call that was too expensive counts nowhere");
    service.create("harriet@contoso.example", json!({"mobilePhone": "+44 7700900123"})).await;
    service.begin_with(begin("harriet@contoso.example", "mobileCall", Some("+44 7700900123")).from(7)).await;
    assert_eq!(sent(&service, "+447700900123").await, 1);
    service.advance(31).await;
    service.begin_with(begin("harriet@contoso.example", "mobileSms", Some("+44 7700900123")).from(7)).await;
    assert_eq!(sent(&service, "+447700900123").await, 1);
}

#[service_test]
async fn a_refused_message_costs_no_money() {
    let price = json!({"sms": "0.03", "call": "0.03"});
    let service = with_adele(json!({"dailySpendCapUsd": "1.00", "prices": {"*": price}})).await;
    noon(&service).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("blocked"), Dispatch::Refused("blocked")]);
    for expected in [0, 0, 1] {
        assert_eq!(sms_sent(&service).await, expected);
    }
    service.advance(31).await;
    assert_eq!(sms_sent(&service).await, 0, "the sent message was paid for");
}

/// Resets have 60 % of the cap of 1.00 dollar, which pays for exactly fifty messages at 0.012. Each of the 200 attackers has
/// a network and an account, with a number of its own in one of 25 ranges.
#[service_test]
async fn two_hundred_attackers_at_once_spend_no_more_than_the_share() {
    let price = json!({"sms": "0.012", "call": "0.012"});
    let service = Service::start(json!({"dailySpendCapUsd": "1.00", "prices": {"*": price}})).await;
    noon(&service).await;
    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    let mut begins = Vec::new();
    for number in 0_u16..200 {
        let name = format!("attacker{number}@contoso.example");
        let phone = format!("+1 425{}01{:02}", 600 + number / 8, number % 8);
        service.create(&name, json!({"mobilePhone": phone})).await;
        begins.push(begin(&name, "mobileSms", Some(&phone)).of_network(256 + number));
    }
    for reply in together(begins, service.address()).await {
        reply.expect(202);
    }
    service.settle().await;
    let messages = service.messages().await;
    let micros = messages.len() * 12_000;
    assert_eq!((messages.len(), micros), (50, 600_000), "the share to the last cent, and nothing beyond it");
}

/// The cap pays for two codes to Britain, of a reset or a registration.
#[service_test]
async fn messages_to_a_country_stop_at_its_cap() {
    const MEG: &str = "meg@contoso.example";
    const MEG_PHONE: &str = "+44 7700900123";
    let price = json!({"sms": "0.05", "call": "0.05"});
    let capped = json!({"sms": "0.05", "call": "0.05", "dailyCapUsd": "0.10"});
    let service = with_adele(json!({"prices": {"GB": capped, "*": price}})).await;
    noon(&service).await;
    let service = Service { admin: service.application(&["User.ReadWrite.All"]).await, ..service };
    service.create(MEG, json!({"mobilePhone": MEG_PHONE})).await;
    service.create("nan@contoso.example", json!({"mobilePhone": "+44 7700900124"})).await;
    service.begin(MEG, "mobileSms", Some(MEG_PHONE)).await;
    assert_eq!(sent(&service, "+447700900123").await, 1);
    let wish = json!({"type": "mobilePhone", "value": "+44 7700900125"});
    let token = service.user("nan@contoso.example").await;
    service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
    assert_eq!(sent(&service, "+447700900125").await, 1, "a registration takes from the same cap");
    service.begin("nan@contoso.example", "mobileCall", Some("+44 7700900124")).await;
    assert_eq!(sent(&service, "+447700900124").await, 0);
    let reason = "the country's part of the day's money for messages is spent".to_owned();
    assert!(steps(&service).await.contains(&(BLOCKED.to_owned(), false, reason)));
    assert_eq!(sms_sent(&service).await, 1, "other countries have no cap");
    service.advance(13 * 3600).await;
    service.begin("nan@contoso.example", "mobileCall", Some("+44 7700900124")).await;
    assert_eq!(sent(&service, "+447700900124").await, 1, "a new day in UTC");
}
