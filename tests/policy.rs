//! `GET` and `PATCH /graph/v1.0/policies/passwordReset`.

use serde_json::json;

use crate::support::service::begin;
use crate::support::{Request, Service};

const PATH: &str = "/graph/v1.0/policies/passwordReset";

async fn patch(service: &Service, token: &str, body: &serde_json::Value) -> crate::support::Reply {
    service.send(Request::new("PATCH", PATH).json(body).bearer(token)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_kept_whole_and_takes_effect_within_a_minute() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let before = service.send(Request::get(PATH).bearer(&token)).await.expect(200).json();
    assert_eq!(before["phoneProof"], true);
    assert_eq!(before["dailySpendCapUsd"], "25.00");
    assert_eq!(before["guessesPer30Days"], 50);
    assert_eq!(before.as_object().unwrap().len(), 27);
    service.send(begin("adele@contoso.example", "mobileSms", None)).await.problem(400, "malformed");
    patch(&service, &token, &json!({"phoneProof": false, "password": {"minLength": 20}})).await.expect(204);
    let after = service.send(Request::get(PATH).bearer(&token)).await.expect(200).json();
    assert_eq!((&after["phoneProof"], &after["password"]["minLength"]), (&json!(false), &json!(20)));
    assert_eq!(after["sends"], before["sends"]);
    service.advance(60).await;
    service.send(begin("adele@contoso.example", "mobileSms", None)).await.expect(202);
    assert_eq!(service.messages().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_policy_is_refused_by_member_and_rule_and_changes_nothing() {
    let service = Service::start(json!({})).await;
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let before = service.send(Request::get(PATH).bearer(&token)).await.expect(200).body;
    for (body, message) in [
        (json!({"methods": ["securityQuestions"]}), "methods: at least one must deliver a code"),
        (json!({"methods": ["email"], "methodsRequired": 2}), "methodsRequired: needs as many methods as gates"),
        (
            json!({"securityQuestions": {"requiredToRegister": 3, "requiredToReset": 4}}),
            "securityQuestions: at least as many",
        ),
        (json!({"codeDigits": 4, "phoneProof": false}), "codeDigits: must be 6 to 10"),
        (json!({"unknown": 1}), "policy: a member is unknown"),
        (json!({"phoneProof": null}), "policy: a member is unknown or of the wrong type"),
    ] {
        let refused = patch(&service, &token, &body).await;
        refused.graph_error(400, "Request_BadRequest");
        let told = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(told.starts_with(message), "{told}");
    }
    let after = service.send(Request::get(PATH).bearer(&token)).await.expect(200).body;
    assert_eq!(before, after);
    let terms: Vec<String> = (0..1000).map(|number| format!("banned term {number:04}")).collect();
    patch(&service, &token, &json!({"password": {"bannedTerms": terms}})).await.expect(204);
    for token in [service.admin.clone(), service.user("adele@contoso.example").await] {
        patch(&service, &token, &json!({"phoneProof": false})).await.graph_error(403, "Authorization_RequestDenied");
        service.send(Request::get(PATH).bearer(&token)).await.graph_error(403, "Authorization_RequestDenied");
    }
    let other = service.send(Request::new("PUT", PATH).json(&json!({})).bearer(&token)).await;
    other.graph_error(405, "Request_BadRequest");
    assert_eq!(other.header("allow"), Some("GET, PATCH"));
}
