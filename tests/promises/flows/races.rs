//! A completion that races a change of the account or of the policy takes effect wholly before it, or not at all. A code
//! that races its sending again is accepted once.

use serde_json::{Value, json};

use super::{LENA, change_policy, generous, granted};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, begin, digits, verify};
use crate::support::{Reply, Request, Service};

/// How often each race is run.
const ROUNDS: usize = 8;

/// Whether a completion succeeded. If not, asserts that it was refused like any bad token.
#[track_caller]
fn completed(reply: &Reply) -> bool {
    if reply.status != 204 {
        reply.problem(422, "token-rejected");
    }
    reply.status == 204
}

/// How often the sessions of an account were revoked, by the account's id.
async fn revoked(service: &Service, id: &str) -> usize {
    let events = service.send(Request::get("/_local/events")).await.expect(200).json();
    events.as_array().unwrap().iter().filter(|event| event["userId"] == id).count()
}

/// Asserts which of the two passwords is right, and that the other is wrong.
async fn has(service: &Service, name: &str, new: bool) {
    let (right, wrong) = if new { (NEW_PASSWORD, OLD_PASSWORD) } else { (OLD_PASSWORD, NEW_PASSWORD) };
    service.check(name, right).await.expect(200);
    service.check(name, wrong).await.problem(422, "credentials-rejected");
}

#[service_test]
async fn a_completion_that_races_an_account_change_happens_before_it_or_not_at_all() {
    let service = Service::start(generous(&json!({}))).await;
    let changes = [
        json!({"accountEnabled": false}),
        json!({"otherMails": ["another@example.org"]}),
        json!({"mobilePhone": "+1 4255550177"}),
        json!({"isAdmin": true}),
    ];
    for round in 0..ROUNDS * changes.len() {
        let (change, name) = (&changes[round % changes.len()], format!("user{round}@contoso.example"));
        let address = format!("user{round}@example.org");
        let id = service.create(&name, json!({"otherMails": [address]})).await;
        let (first, first_token) = granted(&service, &name, &address).await;
        let (second, second_token) = granted(&service, &name, &address).await;
        let changed = async {
            service.patch(&id, change).await.expect(204);
            service.complete(&second, &second_token, NEW_PASSWORD).await
        };
        let (one, after) = tokio::join!(service.complete(&first, &first_token, NEW_PASSWORD), changed);
        after.problem(422, "token-rejected");
        let one = completed(&one);
        assert_eq!(revoked(&service, &id).await, usize::from(one), "{change}");
        let target = format!("/graph/v1.0/users/{id}?$select=accountEnabled,otherMails,mobilePhone,isAdmin");
        let user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json();
        for (member, value) in change.as_object().unwrap() {
            assert_eq!(user[member], *value, "the change stands");
        }
        service.patch(&id, &json!({"accountEnabled": true})).await.expect(204);
        has(&service, &name, one).await;
        service.complete(&first, &first_token, NEW_PASSWORD).await.problem(422, "token-rejected");
    }
}

#[service_test]
async fn a_completion_that_races_a_deletion_never_affects_the_next_account_of_that_name() {
    let service = Service::start(generous(&json!({}))).await;
    for round in 0..ROUNDS {
        let (name, address) = (format!("user{round}@contoso.example"), format!("user{round}@example.org"));
        let id = service.create(&name, json!({"otherMails": [address]})).await;
        let (first, first_token) = granted(&service, &name, &address).await;
        let (second, second_token) = granted(&service, &name, &address).await;
        let replaced = async {
            let target = format!("/graph/v1.0/users/{id}");
            service.send(Request::new("DELETE", &target).bearer(&service.admin)).await.expect(204);
            let next = service.create(&name, json!({"otherMails": [address]})).await;
            (next, service.complete(&second, &second_token, NEW_PASSWORD).await)
        };
        let (one, (next, after)) = tokio::join!(service.complete(&first, &first_token, NEW_PASSWORD), replaced);
        after.problem(422, "token-rejected");
        let one = completed(&one);
        assert_ne!(id, next);
        has(&service, &name, false).await;
        // The event may be missing, because its account is gone. The next account with the name gets none.
        assert!(revoked(&service, &id).await <= usize::from(one));
        assert_eq!(revoked(&service, &next).await, 0);
        service.complete(&first, &first_token, NEW_PASSWORD).await.problem(422, "token-rejected");
    }
}

#[service_test]
async fn a_completion_that_races_a_second_gate_happens_before_it_or_not_at_all() {
    let service = Service::start(generous(&json!({"guessesPerDay": 100, "guessesPer30Days": 100}))).await;
    super::lena(&service).await;
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    for round in 0..ROUNDS {
        let (name, address) = (format!("user{round}@contoso.example"), format!("user{round}@example.org"));
        let contacts: Value = json!({"otherMails": [address], "mobilePhone": "+1 4255550151"});
        let id = service.create(&name, contacts).await;
        let (first, first_token) = granted(&service, &name, &address).await;
        let (second, second_token) = granted(&service, LENA, super::LENAS_MAIL).await;
        let raise = Request::new("PATCH", super::POLICY).json(&json!({"methodsRequired": 2})).bearer(&token);
        let raised = async {
            service.send(raise).await.expect(204);
            // From its response on, the new policy holds.
            service.complete(&second, &second_token, NEW_PASSWORD).await
        };
        let (one, after) = tokio::join!(service.complete(&first, &first_token, NEW_PASSWORD), raised);
        after.problem(422, "token-rejected");
        let one = completed(&one);
        assert_eq!(revoked(&service, &id).await, usize::from(one));
        has(&service, &name, one).await;
        has(&service, LENA, false).await;
        change_policy(&service, &json!({"methodsRequired": 1})).await;
    }
}

/// How many codes race their sending again, and how many of them at once.
const CODES: usize = 200;
const AT_ONCE: usize = 50;

#[service_test]
async fn a_code_that_races_its_sending_again_is_accepted_once() {
    for _ in 0..CODES / AT_ONCE {
        let service = Service::start(generous(&json!({}))).await;
        let address = |number| format!("user{number}@example.org");
        let mut begins = Vec::new();
        for number in 0..AT_ONCE {
            let name = format!("user{number}@contoso.example");
            let body = json!({"userPrincipalName": name, "otherMails": [address(number)]});
            service.send(Request::post("/graph/v1.0/users", &body).bearer(&service.admin)).await.expect(201);
            begins.push(begin(&name, "email", None));
        }
        let mut codes = Vec::new();
        for (number, reply) in together(begins, service.address()).await.into_iter().enumerate() {
            let message = service.outbox(&address(number)).await.remove(0);
            codes.push((reply.expect(202).text("resetId"), digits(&message)));
        }
        // No code is sent again before that.
        service.advance(31).await;
        let again = |id: &str| Request::post(&format!("/v1/resets/{id}/codes"), &json!({"method": "email"}));
        let raced = codes.iter().flat_map(|(id, code)| [verify(id, code), again(id)]).collect();
        let raced = together(raced, service.address()).await;
        let later = codes.iter().map(|(id, code)| verify(id, code)).collect();
        let later = together(later, service.address()).await;
        for (number, ((_, code), pair)) in codes.iter().zip(raced.chunks(2)).enumerate() {
            let proofs = [&pair[0], &later[number]];
            assert_eq!(proofs.iter().filter(|reply| reply.status == 200).count(), 1, "accepted once: {proofs:?}");
            proofs.iter().filter(|reply| reply.status != 200).for_each(|reply| reply.problem(422, "code-rejected"));
            assert_eq!(pair[1].status, 202, "{:?}", pair[1]);
            let sent: Vec<String> = service.outbox(&address(number)).await.iter().map(digits).collect();
            assert!(sent.len() <= 2 && sent.iter().all(|other| other == code), "one code is live: {sent:?}");
        }
    }
}
