//! Steps of one reset applied to another, to another person's, or without the step before.

use serde_json::json;

use super::{LENA, LENAS_MAIL, NAME, generous, granted, lena, mailed};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD};
use crate::support::{Request, Service};

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[service_test]
async fn a_reset_token_works_only_at_its_own_reset_and_has_one_spelling() {
    let service = Service::start(generous(&json!({}))).await;
    service.adele().await;
    lena(&service).await;
    let (hers, token) = granted(&service, NAME, "adele.vance@example.org").await;
    let (lenas, lenas_token) = granted(&service, LENA, LENAS_MAIL).await;
    for (id, token) in [(&hers, &lenas_token), (&lenas, &token)] {
        service.complete(id, token, NEW_PASSWORD).await.problem(422, "token-rejected");
    }
    let target = format!("/v1/resets/{hers}/password");
    for member in ["userName", "user", "userId", "resetId"] {
        let body = json!({"resetToken": token, "newPassword": NEW_PASSWORD, member: LENA});
        service.send(Request::post(&target, &body)).await.problem(400, "malformed");
    }
    // The last character has unused bits. They must not allow a second spelling.
    for at in [0, token.len() - 1] {
        for (number, char) in ALPHABET.chars().filter(|char| !token[at..].starts_with(*char)).enumerate() {
            // A reset takes sixty requests a minute.
            if number % 50 == 0 {
                service.advance(61).await;
            }
            let other = format!("{}{char}{}", &token[..at], &token[at + 1..]);
            service.complete(&hers, &other, NEW_PASSWORD).await.problem(422, "token-rejected");
        }
    }
    service.advance(61).await;
    for other in [format!("{token}="), format!(" {token}"), format!("{token}\n"), token[1..].to_owned()] {
        service.complete(&hers, &other, NEW_PASSWORD).await.problem(422, "token-rejected");
    }
    for name in [NAME, LENA] {
        service.check(name, OLD_PASSWORD).await.expect(200);
    }
    service.complete(&hers, &token, NEW_PASSWORD).await.expect(204);
    service.check(LENA, OLD_PASSWORD).await.expect(200);
    service.complete(&lenas, &lenas_token, "another walrus plays the flute").await.expect(204);
}

#[service_test]
async fn another_persons_code_is_charged_to_the_account_at_which_it_is_tried() {
    let policy = json!({"guessesPerDay": 3, "guessesPer30Days": 3, "triesPerCode": 10});
    let service = Service::start(generous(&policy)).await;
    service.adele().await;
    lena(&service).await;
    let (hers, code) = mailed(&service, NAME, "adele.vance@example.org").await;
    let (lenas, lenas_code) = mailed(&service, LENA, LENAS_MAIL).await;
    for _ in 0..3 {
        service.verify(&hers, &lenas_code).await.problem(422, "code-rejected");
    }
    service.verify(&hers, &code).await.problem(422, "code-rejected");
    // Lena lost no guesses: two wrong ones, and then the right one is accepted.
    for _ in 0..2 {
        service.verify(&lenas, &code).await.problem(422, "code-rejected");
    }
    service.verify(&lenas, &lenas_code).await.expect(200);
}

#[service_test]
async fn nothing_is_proved_or_set_without_the_step_before() {
    let service = Service::start(generous(&json!({}))).await;
    service.adele().await;
    for id in ["null", "undefined", "0", NAME, "%00", "%20", "*", "..%2f.."] {
        service.verify(id, "12345678").await.problem(422, "code-rejected");
        service.complete(id, "null", NEW_PASSWORD).await.problem(422, "token-rejected");
        let reply = service.again(id, &json!({"method": "email"})).await;
        reply.problem(404, "not-found");
    }
    for (path, body) in [
        ("/v1/resets/../../verifications", json!({"code": "12345678"})),
        ("/v1/resets//verifications", json!({"code": "12345678"})),
        ("/v1/resets//password", json!({"resetToken": "x", "newPassword": NEW_PASSWORD})),
        ("/v1/resets//codes", json!({"method": "email"})),
    ] {
        service.send(Request::post(path, &body)).await.problem(404, "not-found");
    }
    assert_eq!(service.messages().await.len(), 0);
    // The reset is begun but not proved: neither its id nor its code sets a password.
    let (id, code) = mailed(&service, NAME, "adele.vance@example.org").await;
    for token in [id.as_str(), &code, "", "null", NAME] {
        service.complete(&id, token, NEW_PASSWORD).await.problem(422, "token-rejected");
    }
    let target = format!("/v1/resets/{id}/password");
    for body in [
        json!({"userName": NAME, "newPassword": NEW_PASSWORD}),
        json!({"code": code, "newPassword": NEW_PASSWORD}),
        json!({"gateToken": code, "newPassword": NEW_PASSWORD}),
        json!({"resetToken": [code], "newPassword": NEW_PASSWORD}),
    ] {
        service.send(Request::post(&target, &body)).await.problem(400, "malformed");
    }
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    let token = service.verify(&id, &code).await.expect(200).text("resetToken");
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
}
