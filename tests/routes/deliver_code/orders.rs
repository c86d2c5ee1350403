//! Ordering a code again within one reset.

use serde_json::{Value, json};

use super::{ADELE, MAIL, MOBILE, MOBILE_E164, OFFICE, OFFICE_E164, order_again, sent, with_adele};
use crate::support::service::{Service, digits};

async fn last_to(service: &Service, to: &str) -> Value {
    service.outbox(to).await.last().expect("a message").clone()
}

/// Seconds between two times of a response, by their text. Both belong to the same reset, so they are within a day.
fn seconds_between(earlier: &Value, later: &Value) -> f64 {
    let seconds = |time: &Value| {
        let text = time.as_str().unwrap();
        let part = |from: usize, to: usize| text[from..to].parse::<f64>().unwrap();
        part(11, 13) * 3600.0 + part(14, 16) * 60.0 + part(17, 23)
    };
    (seconds(later) - seconds(earlier)).rem_euclid(86_400.0)
}

#[service_test]
async fn a_code_ordered_again_within_its_life_is_the_same_one() {
    let service = with_adele(json!({})).await;
    let (begun, code) = service.begin_by_sms().await;
    service.advance(31).await;
    let again = order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
    assert_eq!(again["resetId"], begun.body["resetId"]);
    assert_eq!(again["reference"], begun.body["reference"]);
    assert_eq!(again["expiresAt"], begun.body["expiresAt"]);
    let moved = seconds_between(&begun.body["codeExpiresAt"], &again["codeExpiresAt"]);
    assert!((31.0..300.0).contains(&moved), "its life starts at its last order: {moved}");
    let lives = seconds_between(&again["resendAt"], &again["codeExpiresAt"]);
    assert!((lives - 270.0).abs() < 0.01, "it lives as long as after the first order: {lives}");
    assert_eq!(sent(&service, MOBILE_E164).await, 2);
    let message = last_to(&service, MOBILE_E164).await;
    assert_eq!(digits(&message), code);
    assert_eq!(message["reference"], begun.body["reference"]);
    service.verify(&begun.id, &code).await.expect(200);
}

#[service_test]
async fn after_its_life_a_new_code_takes_its_place_and_the_old_one_is_dead() {
    let service = with_adele(json!({})).await;
    let (begun, old) = service.begin_by_sms().await;
    service.advance(301).await;
    service.verify(&begun.id, &old).await.problem(422, "code-rejected");
    let again = order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 2);
    let message = last_to(&service, MOBILE_E164).await;
    let new = digits(&message);
    assert_ne!(new, old);
    assert_eq!(message["reference"], again["reference"]);
    service.verify(&begun.id, &old).await.problem(422, "code-rejected");
    service.verify(&begun.id, &new).await.expect(200);
}

#[service_test]
async fn no_code_lives_longer_than_ten_minutes_from_its_first_order() {
    let service = with_adele(json!({})).await;
    let (begun, code) = service.begin_by_sms().await;
    let started = seconds_between(&begun.body["codeExpiresAt"], &begun.body["expiresAt"]);
    assert!((started - 600.0).abs() < 0.01, "300 of 900 seconds: {started}");
    service.advance(280).await;
    order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
    service.advance(280).await;
    let again = order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
    assert_eq!(digits(&last_to(&service, MOBILE_E164).await), code);
    let left = seconds_between(&again["codeExpiresAt"], &begun.body["expiresAt"]);
    assert!((left - 300.0).abs() < 0.01, "dead 600 seconds after its first order: {left}");
    service.advance(41).await;
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
    let new = digits(&last_to(&service, MOBILE_E164).await);
    assert_ne!(new, code);
    service.verify(&begun.id, &new).await.expect(200);
}

#[service_test]
async fn an_order_that_comes_too_early_sends_nothing_and_keeps_the_times() {
    let service = with_adele(json!({})).await;
    let (begun, code) = service.begin_by_sms().await;
    service.advance(15).await;
    for (method, phone) in [("mobileSms", Some(MOBILE)), ("email", None), ("officeCall", Some(OFFICE))] {
        let again = order_again(&service, &begun.id, method, phone).await;
        assert_eq!(again, begun.body, "{method}");
    }
    assert_eq!(sent(&service, MOBILE_E164).await, 1);
    assert_eq!(service.messages().await.len(), 1);
    service.verify(&begun.id, &code).await.expect(200);
}

#[service_test]
async fn a_reset_has_five_orders_at_most() {
    let sends = json!([{"count": 1, "seconds": 30}, {"count": 100, "seconds": 3600}]);
    let service = with_adele(json!({"sends": sends})).await;
    let (begun, code) = service.begin_by_sms().await;
    let mut last = begun.body.clone();
    for order in 2..=5 {
        service.advance(31).await;
        last = order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
        assert_eq!(sent(&service, MOBILE_E164).await, order);
    }
    for method in ["mobileSms", "email"] {
        service.advance(31).await;
        let again = order_again(&service, &begun.id, method, Some(MOBILE)).await;
        assert_eq!(again, last, "{method}");
    }
    assert_eq!(sent(&service, MOBILE_E164).await, 5);
    assert_eq!(sent(&service, MAIL).await, 0);
    assert_eq!(digits(&last_to(&service, MOBILE_E164).await), code);
    service.verify(&begun.id, &code).await.expect(200);
}

/// Every response is 202 with the same members, whether or not a message is sent.
#[service_test]
async fn ordering_again_does_not_reveal_who_exists() {
    let service = with_adele(json!({})).await;
    let known = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    let unknown = service.begin("adeln@contoso.example", "mobileSms", Some(MOBILE)).await;
    service.advance(31).await;
    let body = json!({"method": "officeCall", "phoneNumber": OFFICE});
    let one = service.again(&known.id, &body).await.expect(202);
    let other = service.again(&unknown.id, &body).await.expect(202);
    assert_eq!(one.shape(), other.shape());
    assert_eq!(sent(&service, OFFICE_E164).await, 1);
    assert_eq!(service.messages().await.len(), 2);
}

#[service_test]
async fn another_method_supersedes_the_code() {
    let service = with_adele(json!({})).await;
    let (begun, old) = service.begin_by_sms().await;
    service.advance(31).await;
    let again = order_again(&service, &begun.id, "email", None).await;
    assert_eq!(again["method"], "email");
    assert_eq!(again["resetId"], begun.body["resetId"]);
    let message = last_to(&service, MAIL).await;
    assert_eq!(message["reference"], again["reference"]);
    let new = digits(&message);
    service.verify(&begun.id, &old).await.problem(422, "code-rejected");
    service.verify(&begun.id, &new).await.expect(200);
    service.verify(&begun.id, &new).await.problem(422, "code-rejected");
}

#[service_test]
async fn a_superseding_code_has_a_reference_of_its_own() {
    let service = with_adele(json!({})).await;
    let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    let mut references = vec![begun.body["reference"].clone()];
    for (method, phone) in [("email", None), ("officeCall", Some(OFFICE)), ("email", None), ("mobileSms", Some(MOBILE))]
    {
        service.advance(31).await;
        references.push(order_again(&service, &begun.id, method, phone).await["reference"].clone());
    }
    assert!(references.windows(2).all(|pair| pair[0] != pair[1]), "{references:?}");
    assert_eq!(service.messages().await.len(), 5);
}

/// The claimed number is checked at each order.
#[service_test]
async fn an_order_with_a_wrong_number_sends_nothing() {
    let service = with_adele(json!({})).await;
    let begun = service.begin(ADELE, "mobileSms", Some("+1 4255550199")).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 0);
    service.advance(31).await;
    order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
    assert_eq!(sent(&service, MOBILE_E164).await, 1);
    service.verify(&begun.id, &digits(&last_to(&service, MOBILE_E164).await)).await.expect(200);
}

#[service_test]
async fn each_of_two_codes_works_only_at_its_own_reset() {
    let service = with_adele(json!({})).await;
    let (first, old) = service.begin_by_sms().await;
    service.advance(31).await;
    let (second, new) = service.begin_by_sms().await;
    service.verify(&second.id, &old).await.problem(422, "code-rejected");
    service.verify(&first.id, &new).await.problem(422, "code-rejected");
    service.verify(&second.id, &new).await.expect(200);
    service.verify(&first.id, &old).await.expect(200);
}
