//! The gate token: which gate it opens, for how long, and what it does not open.

use serde_json::{Value, json};

use super::{BOTH, MAIL, MOBILE, NAME, Needed, contacts, granted, order, passed, prove, refused, second, two};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, digits, long_code};
use crate::support::{Request, Service};

const LENA: &str = "lena@contoso.example";

/// Texts that resemble a token: one for each byte, with another character in its place, and some of other shapes.
fn spoiled(token: &str) -> Vec<String> {
    let mut texts =
        vec![String::new(), " ".to_owned(), format!("{token}{token}"), format!("{token}="), format!(" {token}")];
    for at in 0..token.len() {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        texts.push(String::from_utf8(bytes).unwrap());
    }
    texts.push(token[..token.len() - 1].to_owned());
    texts.push(token.to_lowercase());
    texts
}

/// A long code is not charged, so each refusal is because of the token alone.
#[service_test]
async fn a_gate_token_is_right_in_every_byte_or_wrong() {
    let service = two(Needed::ByPolicy).await;
    let (id, gate, _) = passed(&service, "mobileSms").await;
    let message = second(&service, &id, "email", &gate).await;
    service.advance(31).await;
    let before = service.messages().await.len();
    let offered =
        service.again(&id, &json!({"method": "officeCall", "phoneNumber": "+1 4255550111"})).await.expect(202);
    for (number, wrong) in spoiled(&gate).into_iter().enumerate() {
        // A reset takes sixty requests a minute.
        if number % 25 == 0 {
            service.advance(61).await;
        }
        refused(&service, &id, &long_code(&message), Some(&wrong)).await;
        let body = json!({"method": "officeCall", "phoneNumber": "+1 4255550111", "gateToken": wrong});
        assert_eq!(service.again(&id, &body).await.expect(202).json(), offered.json(), "{wrong}");
    }
    assert_eq!(service.messages().await.len(), before);
    service.advance(61).await;
    for body in [json!(null), json!(1), json!([gate]), json!({"S": gate})] {
        let proof = json!({"code": long_code(&message), "gateToken": body});
        service.send(Request::post(&format!("/v1/resets/{id}/verifications"), &proof)).await.problem(400, "malformed");
        let again = json!({"method": "email", "gateToken": body});
        service.again(&id, &again).await.problem(400, "malformed");
    }
    service.send(prove(&id, &long_code(&message), Some(&gate))).await.expect(200);
}

/// Tokens of another reset of the same account, of another account, and of another kind do not open the gate.
#[service_test]
async fn a_gate_token_opens_its_own_resets_gate_only() {
    for needed in BOTH {
        let service = two(needed).await;
        let lena = json!({"mobilePhone": "+1 4255550150", "otherMails": ["lena@example.org"], "businessPhones": []});
        let lena_id = service.create(LENA, lena).await;
        service.patch(&lena_id, &json!({"isAdmin": needed == Needed::ByRole})).await.expect(204);
        let begun = service.begin(LENA, "email", None).await;
        let code = digits(&service.outbox("lena@example.org").await[0]);
        let lenas = service.verify(&begun.id, &code).await.expect(200).text("gateToken");

        let (granted_id, reset_token) = granted(&service).await;
        let (_, other, _) = passed(&service, "mobileSms").await;
        let (id, gate, _) = passed(&service, "officeCall").await;
        let message = second(&service, &id, "email", &gate).await;
        let before = service.messages().await.len();
        for wrong in [&other, &lenas, &reset_token, &id] {
            order(&service, &id, "mobileSms", Some(wrong)).await.expect(202);
            refused(&service, &id, &long_code(&message), Some(wrong)).await;
        }
        assert_eq!(service.messages().await.len(), before);
        service.send(prove(&id, &long_code(&message), Some(&gate))).await.expect(200);
        // Nor does a gate token set a password, at its own reset or at one that is ready for it.
        for (reset, token) in [(&id, &gate), (&granted_id, &gate), (&granted_id, &other), (&id, &reset_token)] {
            service.complete(reset, token, NEW_PASSWORD).await.problem(422, "token-rejected");
        }
        service.check(NAME, OLD_PASSWORD).await.expect(200);
        service.complete(&granted_id, &reset_token, NEW_PASSWORD).await.expect(204);
    }
}

#[service_test]
async fn a_gate_token_dies_with_its_reset() {
    let service = two(Needed::ByPolicy).await;
    let (id, gate, _) = passed(&service, "mobileSms").await;
    let message = second(&service, &id, "email", &gate).await;
    service.advance(3600).await;
    service.empty_outbox().await;
    refused(&service, &id, &digits(&message), Some(&gate)).await;
    refused(&service, &id, &long_code(&message), Some(&gate)).await;
    order(&service, &id, "email", Some(&gate)).await.problem(404, "not-found");
    assert_eq!(service.messages().await, Vec::<Value>::new());
    // The long code lives on, and opens the second gate of a live reset.
    let (live, live_gate, _) = passed(&service, "officeCall").await;
    service.send(prove(&live, &long_code(&message), Some(&live_gate))).await.expect(200);
}

/// The first completion or change of contacts ends every gate token.
#[service_test]
async fn a_gate_token_dies_with_another_completion_and_with_a_change_of_contacts() {
    for needed in BOTH {
        for completed in [true, false] {
            let service = two(needed).await;
            let (id, gate, _) = passed(&service, "officeCall").await;
            if completed {
                let (other, token) = granted(&service).await;
                service.complete(&other, &token, NEW_PASSWORD).await.expect(204);
            } else {
                service.patch(NAME, &json!({"businessPhones": ["+1 4255550112"]})).await.expect(204);
            }
            service.messages().await;
            service.empty_outbox().await;
            for method in ["mobileSms", "email"] {
                order(&service, &id, method, Some(&gate)).await.expect(202);
            }
            assert_eq!(service.messages().await, Vec::<Value>::new());
            refused(&service, &id, "12345678", Some(&gate)).await;
            service.complete(&id, &gate, "yet another password of hers").await.problem(422, "token-rejected");
        }
    }
}

/// With the reset's id alone, a caller learns nothing and causes no message, whatever gate is open.
#[service_test]
async fn a_reset_id_alone_shows_nothing_and_sends_nothing() {
    for needed in BOTH {
        let service = two(needed).await;
        let begun = service.begin("nobody@contoso.example", "email", None).await;
        let (id, gate, _) = passed(&service, "mobileSms").await;
        for target in
            [format!("/v1/resets/{id}"), format!("/v1/resets/{id}/codes"), format!("/v1/resets/{id}/password")]
        {
            let known = service.send(Request::get(&target)).await;
            let unknown = service.send(Request::get(&target.replace(&id, &begun.id))).await;
            assert!(matches!(known.status, 404 | 405), "{target}: {}", known.status);
            assert_eq!(known.shape(), unknown.shape());
        }
        let before = service.messages().await.len();
        for method in ["email", "officeCall", "mobileCall", "mobileSms"] {
            order(&service, &id, method, None).await.expect(202);
        }
        assert_eq!(service.messages().await.len(), before);
        let message = second(&service, &id, "email", &gate).await;
        for code in [digits(&message), long_code(&message)] {
            refused(&service, &id, &code, None).await;
        }
        let token = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200).text("resetToken");
        service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    }
}

/// Gate one yields one gate token. A repeated request returns the same token while it lives, and is refused after that.
#[service_test]
async fn a_gate_token_is_returned_again_while_it_lives_and_not_after() {
    const KEY: &str = "0123456789abcdef-gate";
    let service = Service::start(json!({"methodsRequired": 2})).await;
    service.create(NAME, contacts()).await;
    let begun = service.begin(NAME, "mobileSms", Some(MOBILE)).await;
    let code = digits(&service.outbox("+14255550100").await[0]);
    let first = service.send(prove(&begun.id, &code, None).key(KEY)).await.expect(200);
    let again = service.send(prove(&begun.id, &code, None).key(KEY)).await.expect(200);
    assert_eq!(first.body, again.body);
    service.send(prove(&begun.id, &code, None)).await.problem(422, "code-rejected");
    let gate = first.text("gateToken");
    service.again(&begun.id, &json!({"method": "email", "gateToken": gate})).await.expect(202);
    let message = service.outbox(MAIL).await.pop().unwrap();
    service.send(prove(&begun.id, &digits(&message), Some(&gate))).await.expect(200);
    // The second gate is passed, so the gate token opens nothing any more.
    service.send(prove(&begun.id, &code, None).key(KEY)).await.problem(422, "code-rejected");
}
