//! A method that the policy no longer offers. Its proof counts neither at completion nor at the second gate.

use serde_json::{Value, json};

use super::{BOTH, Needed, begun, change_policy, contacts, generous, passed, prove, refused, second, two};
use crate::support::service::{NEW_PASSWORD, digits, long_code};
use crate::support::{Request, Service};

const NAME: &str = "adele@contoso.example";
const ALL: [&str; 4] = ["mobileSms", "mobileCall", "officeCall", "email"];

/// The second gate gives no token that the completion would refuse. Once the method is offered again, the same code
/// works.
#[service_test]
async fn a_first_gate_whose_method_was_dropped_opens_nothing_at_the_second() {
    for needed in BOTH {
        let service = two(needed).await;
        let (id, gate, _) = passed(&service, "mobileSms").await;
        let message = second(&service, &id, "email", &gate).await;
        change_policy(&service, &json!({"methods": ["officeCall", "email"]})).await;
        for code in [digits(&message), long_code(&message)] {
            refused(&service, &id, &code, Some(&gate)).await;
        }
        change_policy(&service, &json!({"methods": ALL})).await;
        let reply = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200);
        assert_eq!(reply.text("status"), "verified");
        service.complete(&id, &reply.text("resetToken"), NEW_PASSWORD).await.expect(204);
    }
}

/// The same with an emailed long code. The refusal does not use it up.
#[service_test]
async fn a_long_code_refused_for_a_dropped_first_gate_is_not_used_up() {
    let service = two(Needed::ByPolicy).await;
    let (id, gate, _) = passed(&service, "officeCall").await;
    let long = long_code(&second(&service, &id, "email", &gate).await);
    change_policy(&service, &json!({"methods": ["mobileSms", "email"]})).await;
    refused(&service, &id, &long, Some(&gate)).await;
    change_policy(&service, &json!({"methods": ALL})).await;
    let token = service.send(prove(&id, &long, Some(&gate))).await.expect(200).text("resetToken");
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
}

/// If one gate is enough by now, the second method alone passes it.
#[service_test]
async fn a_second_method_is_enough_once_only_one_is_required() {
    let service = two(Needed::ByPolicy).await;
    let (id, gate, _) = passed(&service, "mobileSms").await;
    let message = second(&service, &id, "email", &gate).await;
    change_policy(&service, &json!({"methods": ["officeCall", "email"], "methodsRequired": 1})).await;
    let token = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200).text("resetToken");
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
}

/// Security questions with their right answers.
const GOOD: [(&str, &str); 3] =
    [("first-concert", "Motörhead"), ("first-film", "The Third Man"), ("learned-to-swim", "Loch Lomond")];

fn answers() -> Value {
    GOOD.iter().map(|(question, answer)| json!({"questionId": question, "answer": answer})).collect()
}

#[service_test]
async fn right_answers_behind_a_first_gate_whose_method_was_dropped_open_nothing() {
    let mut policy = generous();
    policy["methods"] = json!(["mobileSms", "officeCall", "email", "securityQuestions"]);
    policy["methodsRequired"] = json!(2);
    policy["securityQuestions"] = json!({"requiredToRegister": 3, "requiredToReset": 3});
    let service = Service::start(policy.clone()).await;
    service.create(NAME, contacts()).await;
    let set = Request::new("PUT", "/v1/registration/security-questions").json(&json!({"answers": answers()}));
    service.send(set.bearer(&service.user(NAME).await)).await.expect(204);
    let (id, gate, _) = passed(&service, "mobileSms").await;
    // All three are asked.
    let proof = json!({"answers": answers(), "gateToken": gate});
    let proof = Request::post(&format!("/v1/resets/{id}/verifications"), &proof);
    change_policy(&service, &json!({"methods": ["officeCall", "email", "securityQuestions"]})).await;
    service.send(proof.clone()).await.problem(422, "code-rejected");
    change_policy(&service, &json!({"methods": policy["methods"]})).await;
    let token = service.send(proof).await.expect(200).text("resetToken");
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
}

/// The proof of a method that the policy no longer offers does not count at completion.
#[service_test]
async fn a_method_dropped_meanwhile_no_longer_counts_as_proof() {
    for method in ["mobileSms", "email"] {
        let service = Service::start(generous()).await;
        service.adele().await;
        let (proved, message) = begun(&service, method).await;
        let token = service.verify(&proved.id, &digits(&message)).await.expect(200).text("resetToken");
        let (sent, message) = begun(&service, method).await;
        let others: Vec<&str> = ["mobileSms", "officeCall", "email"].into_iter().filter(|one| *one != method).collect();
        change_policy(&service, &json!({"methods": others})).await;
        service.complete(&proved.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
        refused(&service, &sent.id, &digits(&message), None).await;
        if method == "email" {
            refused(&service, &sent.id, &long_code(&message), None).await;
        }
        // Once the method is offered again, the code and the token work.
        change_policy(&service, &json!({"methods": ["mobileSms", "officeCall", "email"]})).await;
        service.verify(&sent.id, &digits(&message)).await.expect(200);
        service.complete(&proved.id, &token, NEW_PASSWORD).await.expect(204);
    }
}
