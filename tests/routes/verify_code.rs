//! `POST /v1/resets/{resetId}/verifications`.

mod budget;

use std::collections::HashMap;

use aws::table::PARTITION;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::support::service::{begin, digits, long_code, verify, wrong};
use crate::support::{Request, Service, client};

#[service_test]
async fn the_right_code_yields_a_token_once() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    let reply = service.verify(&begun.id, &spaced).await.expect(200);
    reply.fixed_headers();
    let body = reply.json();
    assert_eq!(body["status"], "verified");
    assert_eq!(body["resetToken"].as_str().unwrap().len(), 43);
    assert_eq!(body["expiresAt"], begun.body["expiresAt"]);
    assert_eq!(body.as_object().unwrap().len(), 3);
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
}

#[service_test]
async fn fifty_right_codes_at_once_yield_one_token() {
    const ROUNDS: usize = 3;
    let service = Service::start(json!({"triesPerCode": 10, "guessesPerDay": 100, "guessesPer30Days": 100})).await;
    let id = service.adele().await;
    for _ in 0..ROUNDS {
        let (begun, code) = service.begin_by_sms().await;
        let replies = client::together(vec![verify(&begun.id, &code); 50], service.address()).await;
        let accepted: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(accepted.len(), 1);
        for refused in replies.iter().filter(|reply| reply.status != 200) {
            refused.problem(422, "code-rejected");
        }
        let charged = charged(&service, &id).await;
        assert!((1..=10).contains(&charged), "{charged} of the code's ten tries are charged");
        let token = accepted[0].text("resetToken");
        service.complete(&begun.id, &token, &format!("walrus plays it again {}", begun.id)).await.expect(204);
        service.advance(31).await;
    }
    let reader = service.application(&["AuditLog.Read.All"]).await;
    let target = "/graph/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20\
                  'Self-service%20password%20reset%20flow%20activity%20progress'";
    let records = service.send(Request::get(target).bearer(&reader)).await.expect(200).json()["value"].clone();
    let proved = "User completed the mobile SMS verification option";
    let proofs = records.as_array().unwrap().iter().filter(|record| record["resultReason"] == proved).count();
    assert_eq!(proofs, ROUNDS, "each code proved one reset once");
}

/// How many guesses are charged to an account, read from its guess log in the table.
async fn charged(service: &Service, id: &str) -> usize {
    let scan = service.running.client.scan().table_name(service.running.table).consistent_read(true);
    let items = scan.send().await.unwrap().items.unwrap();
    let of_account = |row: &&HashMap<String, AttributeValue>| row[PARTITION].as_s().unwrap().contains(id);
    let mut guess_logs = items.iter().filter(of_account).filter_map(|row| row.get("attempts"));
    let charged = guess_logs.next().expect("a guess log").as_l().unwrap().len();
    assert!(guess_logs.next().is_none(), "an account has one guess log");
    charged
}

#[service_test]
async fn a_hundred_guesses_at_once_evaluate_at_most_the_budget() {
    let policy = json!({"triesPerCode": 10, "guessesPerDay": 4, "sends": [{"count": 100, "seconds": 3600}],
        "beginsPerSourceAndName": {"count": 1000}});
    let service = Service::start(policy).await;
    for round in 0..8 {
        let name = format!("user{round}@contoso.example");
        let id = service.create(&name, json!({"otherMails": [format!("user{round}@example.org")]})).await;
        let begun = service.begin(&name, "email", None).await;
        let code = digits(&service.outbox(&format!("user{round}@example.org")).await[0]);
        let mut requests = vec![verify(&begun.id, &wrong(&code)); 100];
        requests[(round * 37) % 100] = verify(&begun.id, &code);
        let replies = client::together(requests, service.address()).await;
        let accepted = replies.iter().filter(|reply| reply.status == 200).count();
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 422 | 429)));
        assert_eq!(replies.iter().filter(|reply| reply.status == 429).count(), 40, "a reset takes sixty a minute");
        // If the right code is among the four, it ends the reset. Later guesses are charged to nobody.
        let charged = charged(&service, &id).await;
        assert!(charged == 4 || accepted == 1 && (1..4).contains(&charged), "{charged} charged, {accepted} accepted");
        // The reset has ended or the budget is spent: the right code is refused like a wrong one.
        service.advance(61).await;
        let again = service.verify(&begun.id, &code).await;
        again.problem(422, "code-rejected");
    }
}

#[service_test]
async fn the_budget_counts_over_all_resets_channels_and_codes() {
    let policy = json!({"triesPerCode": 10, "sends": [{"count": 100, "seconds": 3600}]});
    let service = Service::start(policy).await;
    service.adele().await;
    let (first, code) = service.begin_by_sms().await;
    let (second, email) = service.begin_by_email().await;
    for _ in 0..5 {
        service.verify(&first.id, &wrong(&code)).await.problem(422, "code-rejected");
        service.verify(&second.id, &wrong(&digits(&email))).await.problem(422, "code-rejected");
    }
    let right = service.verify(&first.id, &code).await;
    let unknown = service.begin("zelda@contoso.example", "email", None).await;
    let nobody = service.verify(&unknown.id, "12345678").await;
    right.problem(422, "code-rejected");
    assert_eq!(right.shape(), nobody.shape());
    service.verify(&second.id, &digits(&email)).await.problem(422, "code-rejected");
    // Once the budget is spent, no code is sent, because it could not be used. A new code adds no guesses.
    let before = service.outbox("+14255550100").await.len();
    service.begin("adele@contoso.example", "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.outbox("+14255550100").await.len(), before);
    // The window rolls: a day later there are ten more guesses.
    service.advance(24 * 3600).await;
    let (third, code) = service.begin_by_sms().await;
    service.verify(&third.id, &code).await.expect(200);
}

#[service_test]
async fn a_code_has_five_tries_and_ordering_it_again_adds_none() {
    let service = Service::start(json!({"guessesPerDay": 50})).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    for _ in 0..4 {
        service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    }
    service.advance(30).await;
    let body = json!({"method": "mobileSms", "phoneNumber": "+1 4255550100"});
    service.again(&begun.id, &body).await.expect(202);
    assert_eq!(service.outbox("+14255550100").await.len(), 2);
    service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    assert_eq!(charged(&service, &id).await, 5, "the code had no tries left");
}

#[service_test]
async fn guesses_at_resets_without_a_message_cost_the_owner_nothing() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for number in 0..3 {
        let stranger =
            service.begin("adele@contoso.example", "mobileSms", Some(&format!("+1 425555019{number}"))).await;
        for _ in 0..5 {
            service.verify(&stranger.id, "12345678").await.problem(422, "code-rejected");
        }
    }
    let (begun, code) = service.begin_by_sms().await;
    service.verify(&begun.id, &code).await.expect(200);
}

#[service_test]
async fn a_code_works_only_at_its_own_reset_and_expires() {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    service.adele().await;
    let (first, code) = service.begin_by_sms().await;
    let (second, other) = service.begin_by_sms().await;
    service.verify(&second.id, &code).await.problem(422, "code-rejected");
    service.verify(&first.id, &other).await.problem(422, "code-rejected");
    service.verify("AAAAAAAAAAAAAAAAAAAAAA", &code).await.problem(422, "code-rejected");
    service.verify("nothing", &code).await.problem(422, "code-rejected");
    service.advance(150).await;
    service.verify(&first.id, &code).await.expect(200);
    service.advance(150).await;
    service.verify(&second.id, &other).await.problem(422, "code-rejected");
}

#[service_test]
async fn malformed_codes_are_not_charged() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let ten_thousand = "1".repeat(10_000);
    for text in ["", "abc", "12345", "12345678901", "+1234567", "1234567\u{661}", &ten_thousand] {
        service.verify(&begun.id, text).await.problem(400, "malformed");
    }
    for body in [
        json!({}),
        json!({"code": 12_345_678}),
        json!({"code": null}),
        json!({"code": true}),
        json!({"code": vec![&code; 100]}),
        json!({"code": {"$gt": 0}}),
        json!({"code": code, "userName": "zelda@contoso.example"}),
        json!({"code": code, "gateToken": null}),
        json!([code]),
    ] {
        service.send(Request::post(&target, &body)).await.problem(400, "malformed");
    }
    service.verify(&begun.id, &"1".repeat(100_000)).await.problem(413, "too-large");
    service.verify(&begun.id, &code).await.expect(200);
    assert_eq!(charged(&service, &id).await, 1, "only the right code");
}

#[service_test]
async fn a_repeated_request_gets_the_same_response_without_a_second_effect() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let refused = verify(&begun.id, &wrong(&code)).key("a wrong guess ->".replace(' ', "-").as_str());
    for _ in 0..20 {
        service.send(refused.clone()).await.problem(422, "code-rejected");
    }
    let request = verify(&begun.id, &code).key("0123456789abcdef");
    let first = service.send(request.clone()).await.expect(200);
    let second = service.send(request.clone()).await.expect(200);
    assert_eq!(first.body, second.body);
    let other = verify(&begun.id, &wrong(&code)).key("0123456789abcdef");
    service.send(other).await.problem(422, "idempotency-key-reused");
    // Once the token is dead, a repeated request does not return it again.
    let token = first.text("resetToken");
    service.complete(&begun.id, &token, crate::support::service::NEW_PASSWORD).await.expect(204);
    service.send(request).await.problem(422, "code-rejected");
}

#[service_test]
async fn a_long_code_works_once_at_any_live_reset_and_is_never_charged() {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}], "triesPerCode": 10})).await;
    service.adele().await;
    let (first, email) = service.begin_by_email().await;
    let long = long_code(&email);
    // A stranger spends the account's budget.
    for _ in 0..10 {
        service.verify(&first.id, &wrong(&digits(&email))).await.problem(422, "code-rejected");
    }
    service.verify(&first.id, &digits(&email)).await.problem(422, "code-rejected");
    // The owner begins a reset from another network. The long code works there, whatever that reset sends.
    let own = service.begin_with(begin("adele@contoso.example", "email", None).from(9)).await;
    service.outbox("adele.vance@example.org").await;
    let misread = long.to_lowercase().replace('0', "o").replace('1', "l");
    service.verify(&own.id, &misread).await.expect(200);
    service.verify(&first.id, &long).await.problem(422, "code-rejected");
    let wrong_long = if long.starts_with('A') { long.replacen('A', "B", 1) } else { format!("A{}", &long[1..]) };
    service.verify(&first.id, &wrong_long).await.problem(422, "code-rejected");
}

#[service_test]
async fn privileged_users_pass_two_gates_of_different_method_and_destination() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    let (begun, code) = service.begin_by_sms().await;
    let reply = service.verify(&begun.id, &code).await.expect(200).json();
    assert_eq!(reply["status"], "anotherMethodRequired");
    assert_eq!(reply["methods"], json!(["officeCall", "email"]));
    let gate = reply["gateToken"].as_str().unwrap();
    assert_eq!(reply.as_object().unwrap().len(), 3);
    // The gate token sets no password, and the first gate's code does not open the second gate.
    service.complete(&begun.id, gate, crate::support::service::NEW_PASSWORD).await.problem(422, "token-rejected");
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let second = |code: &str| Request::post(&target, &json!({"code": code, "gateToken": gate}));
    service.send(second(&code)).await.problem(422, "code-rejected");
    // A call to the same number is the same destination. Without the token, nothing is sent.
    let call = json!({"method": "mobileCall", "phoneNumber": "+1 4255550100", "gateToken": gate});
    service.again(&begun.id, &call).await.expect(202);
    assert_eq!(service.messages().await.len(), 1);
    service.advance(31).await;
    service.again(&begun.id, &json!({"method": "email"})).await.expect(202);
    assert_eq!(service.messages().await.len(), 1);
    service.again(&begun.id, &json!({"method": "email", "gateToken": gate})).await.expect(202);
    let email = service.outbox("adele.vance@example.org").await;
    assert_eq!(email.len(), 1);
    service.verify(&begun.id, &digits(&email[0])).await.problem(422, "code-rejected");
    let verified = service.send(second(&digits(&email[0]))).await.expect(200);
    let token = verified.text("resetToken");
    service.complete(&begun.id, &token, crate::support::service::NEW_PASSWORD).await.expect(204);
}

#[service_test]
async fn a_dead_token_is_not_returned_again() {
    let service = Service::start(json!({})).await;
    let user = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let request = verify(&begun.id, &code).key("0123456789abcdef");
    service.send(request.clone()).await.expect(200);
    service.advance(1).await;
    service.patch(&user, &json!({"mobilePhone": "+1 4255550177"})).await.expect(204);
    service.send(request).await.problem(422, "code-rejected");
}
