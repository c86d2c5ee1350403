//! Providers that refuse, that fail, or whose response is lost.

use serde_json::json;
use shared::ports::messenger::Dispatch;

use super::limits::{BOB, many_begins};
use super::{ADELE, MAIL, MOBILE, MOBILE_E164, register, sent, sms_sent, sms_sent_from, with_adele};
use crate::support::service::{NEW_PASSWORD, Service, digits};

#[service_test]
async fn a_refused_message_gives_its_quota_back() {
    let service = with_adele(json!({})).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("blocked")]);
    assert_eq!(sms_sent(&service).await, 0);
    assert_eq!(sms_sent(&service).await, 1, "at once, not only after half a minute");
    assert_eq!(sms_sent(&service).await, 0);
}

#[service_test]
async fn a_refused_message_is_not_tried_again_by_itself() {
    let service = with_adele(json!({})).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("invalid")]);
    let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    service.settle().await;
    service.advance(40).await;
    service.advance(80).await;
    assert_eq!(service.messages().await.len(), 0);
    // If the person orders the code again, it is sent.
    service.again(&begun.id, &json!({"method": "mobileSms", "phoneNumber": MOBILE})).await.expect(202);
    let messages = service.outbox(MOBILE_E164).await;
    assert_eq!(messages.len(), 1);
    service.verify(&begun.id, &digits(&messages[0])).await.expect(200);
}

#[service_test]
async fn a_message_with_an_unknown_outcome_counts_once_and_its_code_works() {
    let service = with_adele(json!({})).await;
    service.running.outbox.answer_next(vec![Dispatch::Unknown]);
    let (begun, code) = service.begin_by_sms().await;
    assert_eq!(sms_sent(&service).await, 0, "it may have been sent, so it counts");
    service.advance(20).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 1, "it is not sent again");
    service.verify(&begun.id, &code).await.expect(200);
}

#[service_test]
async fn an_unknown_outcome_counts_as_one_of_five() {
    let service = with_adele(json!({})).await;
    service.running.outbox.answer_next(vec![Dispatch::Unknown]);
    for expected in [1, 1, 1, 1, 1, 0] {
        assert_eq!(sms_sent(&service).await, expected);
        service.advance(31).await;
    }
}

#[service_test]
async fn a_message_that_the_provider_cannot_take_is_tried_again_and_sent_once() {
    let service = with_adele(json!({})).await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain, Dispatch::TryAgain]);
    let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    service.settle().await;
    let messages = service.outbox(MOBILE_E164).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["reference"], begun.body["reference"]);
    assert_eq!(sms_sent(&service).await, 0, "it counts as one sent message");
    service.verify(&begun.id, &digits(&messages[0])).await.expect(200);
}

#[service_test]
async fn a_message_is_given_up_after_three_failed_tries_and_costs_nothing() {
    let service = with_adele(json!({})).await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 3]);
    let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    service.settle().await;
    service.advance(5).await;
    assert_eq!(service.messages().await.len(), 0, "although the provider takes messages again");
    assert_eq!(sms_sent(&service).await, 1, "at once: nothing was counted");
    let message = service.outbox(MOBILE_E164).await.remove(0);
    assert_ne!(message["text"].as_str().unwrap(), "");
    service.verify(&begun.id, &digits(&message)).await.problem(422, "code-rejected");
}

/// Begins Adele's reset by SMS while the provider gives these answers. Registers an email address for her before, if
/// `verified` says so.
async fn refused_sms(
    policy: serde_json::Value,
    answers: Vec<Dispatch>,
    verified: bool,
) -> (Service, crate::support::service::Begun) {
    let service = with_adele(policy).await;
    if verified {
        register(&service, ADELE, "email", "adele@home.example", "adele@home.example").await;
        service.empty_outbox().await;
        service.advance(31).await;
    }
    service.running.outbox.answer_next(answers);
    let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    service.settle().await;
    service.advance(1).await;
    (service, begun)
}

#[service_test]
async fn a_refused_sms_fails_over_once_to_the_verified_email_if_the_policy_says_so() {
    let answers = vec![Dispatch::Refused("blocked")];
    let (service, begun) = refused_sms(json!({"failover": true}), answers, true).await;
    let messages = service.messages().await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["channel"], "email");
    assert_eq!(messages[0]["to"], "adele@home.example");
    assert_eq!(messages[0]["reference"], begun.body["reference"], "the page shows this reference");
    let token = service.verify(&begun.id, &digits(&messages[0])).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
}

#[service_test]
async fn a_refused_failover_is_not_tried_again() {
    let refused = Dispatch::Refused("blocked");
    let (service, _) = refused_sms(json!({"failover": true}), vec![refused, refused], true).await;
    service.advance(30).await;
    assert_eq!(service.messages().await.len(), 0);
}

#[service_test]
async fn nothing_fails_over_without_the_policy_or_without_a_verified_address_or_with_two_gates() {
    let refused = || vec![Dispatch::Refused("blocked")];
    for (policy, verified) in [
        (json!({}), true),
        (json!({"failover": true}), false),
        (json!({"failover": true, "methodsRequired": 2}), true),
        (json!({"failover": true, "methods": ["mobileSms", "mobileCall"]}), true),
    ] {
        let (service, _) = refused_sms(policy.clone(), refused(), verified).await;
        assert_eq!(service.messages().await.len(), 0, "{policy} {verified}");
        assert_eq!(sent(&service, MAIL).await, 0);
    }
}

/// Only a definite refusal fails over. If the outcome is unknown, two messages could carry the code.
#[service_test]
async fn only_a_definite_refusal_fails_over() {
    for answer in [Dispatch::Unknown, Dispatch::TryAgain] {
        let (service, _) = refused_sms(json!({"failover": true}), vec![answer], true).await;
        let messages = service.messages().await;
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0]["channel"], "sms");
    }
}

/// Begins a person's reset `times` times, and has the provider refuse each message.
async fn refused_times(service: &Service, name: &str, times: usize) {
    for _ in 0..times {
        service.running.outbox.answer_next(vec![Dispatch::Refused("blocked")]);
        assert_eq!(sms_sent_from(service, name, 1).await, 0, "the provider was asked and refused");
    }
}

#[service_test]
async fn ten_refusals_a_day_cost_an_account_nothing_and_further_ones_count() {
    let service = with_adele(many_begins()).await;
    refused_times(&service, ADELE, 10).await;
    assert_eq!(sms_sent(&service).await, 1, "all ten at once, and the whole quota is left");
    service.advance(30).await;
    for _ in 1..5 {
        refused_times(&service, ADELE, 1).await;
        assert_eq!(sms_sent(&service).await, 0, "the refused message counts");
        service.advance(30).await;
    }
    assert_eq!(sms_sent(&service).await, 0, "five in an hour, of which one was sent");
    service.advance(86_400).await;
    refused_times(&service, ADELE, 10).await;
    assert_eq!(sms_sent(&service).await, 1);
}

#[service_test]
async fn ten_refusals_a_day_cost_a_destination_nothing_across_its_accounts() {
    let service = with_adele(many_begins()).await;
    service.create(BOB, json!({"mobilePhone": MOBILE, "otherMails": ["bob@example.org"]})).await;
    refused_times(&service, ADELE, 6).await;
    refused_times(&service, BOB, 4).await;
    refused_times(&service, BOB, 1).await;
    assert_eq!(sms_sent(&service).await, 0, "neither account has had ten refusals, but the number has had eleven");
    service.advance(30).await;
    assert_eq!(sms_sent(&service).await, 1);
}

#[service_test]
async fn a_message_that_is_tried_three_times_is_refunded_once() {
    let service = with_adele(many_begins()).await;
    for _ in 0..2 {
        service.running.outbox.answer_next(vec![Dispatch::TryAgain; 3]);
        assert_eq!(sms_sent(&service).await, 0);
    }
    // Two messages were given up, after three tries each. So eight of the ten refunds are left.
    refused_times(&service, ADELE, 8).await;
    assert_eq!(sms_sent(&service).await, 1);
}
