//! Sign-ins that no longer count: a stolen session must not undo a reset.

use serde_json::{Value, json};

use super::refusals::writes;
use super::{NAME, NEW_PHONE, challenge, challenged, mail, phone, prove, registration};
use crate::support::service::NEW_PASSWORD;
use crate::support::{Reply, Request, Service};

const AGAIN: &str = "Bearer error=\"insufficient_user_authentication\", max_age=600";

fn refused(reply: &Reply) {
    reply.problem(401, "unauthenticated");
    assert_eq!(reply.header("www-authenticate"), Some(AGAIN));
}

/// Every request of the registration is refused with this token, and changes and sends nothing.
async fn opens_nothing(service: &Service, stolen: &str, challenge_id: &str, code: &str) {
    let fresh = service.user(NAME).await;
    let (before, sent) = (registration(service, &fresh).await, service.messages().await.len());
    for request in writes(stolen, challenge_id, code) {
        refused(&service.send(request).await);
    }
    for path in ["/v1/registration", "/v1/registration/question-catalogue"] {
        refused(&service.send(Request::get(path).bearer(stolen)).await);
    }
    assert_eq!(registration(service, &fresh).await, before);
    assert_eq!(service.messages().await.len(), sent);
    service.send(challenge(&fresh, &mail("adele@example.net"))).await.expect(202);
}

#[service_test]
async fn a_token_from_before_a_completed_reset_opens_nothing() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let stolen = service.user(NAME).await;
    let (id, code) = challenged(&service, &stolen, &phone(NEW_PHONE)).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    service.running.settled().await;
    opens_nothing(&service, &stolen, &id, &code).await;
}

#[service_test]
async fn a_token_from_before_an_administrators_password_opens_nothing() {
    let service = Service::start(json!({})).await;
    let user = service.adele().await;
    let stolen = service.user(NAME).await;
    let (id, code) = challenged(&service, &stolen, &phone(NEW_PHONE)).await;
    service.patch(&user, &json!({"passwordProfile": {"password": NEW_PASSWORD}})).await.expect(204);
    service.running.settled().await;
    opens_nothing(&service, &stolen, &id, &code).await;
}

#[service_test]
async fn a_deleted_persons_token_opens_nothing_of_a_new_account_of_that_name() {
    let service = Service::start(json!({})).await;
    let user = service.adele().await;
    let stolen = service.user(NAME).await;
    let (id, code) = challenged(&service, &stolen, &phone(NEW_PHONE)).await;
    let delete = Request::new("DELETE", &format!("/graph/v1.0/users/{user}")).bearer(&service.admin);
    service.send(delete).await.expect(204);
    service.adele().await;
    opens_nothing(&service, &stolen, &id, &code).await;
}

/// A token of Adele's that is issued now, with further claims.
fn token_of(service: &Service, more: &Value) -> String {
    let mut claims = json!({"sub": "adele", "preferred_username": NAME});
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    service.running.issuer.sign(claims).unwrap()
}

#[service_test]
async fn a_refreshed_token_keeps_the_time_of_its_sign_in() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    // Well after the account was created, and well before its sessions end.
    service.advance(5).await;
    let signed_in = shared::time::Clock::now(&*service.running.clock).seconds();
    let before = token_of(&service, &json!({"auth_time": signed_in}));
    service.send(Request::get("/v1/registration").bearer(&before)).await.expect(200);
    service.advance(5).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    // It is issued now, for an earlier session.
    let refreshed = token_of(&service, &json!({"auth_time": signed_in}));
    refused(&service.send(challenge(&refreshed, &phone(NEW_PHONE))).await);
    let fresh = token_of(&service, &json!({}));
    service.send(challenge(&fresh, &phone(NEW_PHONE))).await.expect(202);
}

#[service_test]
async fn a_challenge_begun_by_a_stolen_session_dies_with_it() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let stolen = service.user(NAME).await;
    let (id, code) = challenged(&service, &stolen, &phone(NEW_PHONE)).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    refused(&service.send(prove(&stolen, &id, &code)).await);
    service.send(prove(&service.user(NAME).await, &id, &code)).await.problem(422, "code-rejected");
}

#[service_test]
async fn an_administrators_stolen_session_administers_nothing() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let admin = service.create("admin@contoso.example", json!({})).await;
    service.patch(&admin, &json!({"isAdmin": true})).await.expect(204);
    let delegated = || async {
        let wanted =
            json!({"userName": "admin@contoso.example", "permissions": ["User.ReadWrite.All", "Credentials.Check"]});
        service.token(&wanted).await
    };
    let read = |token: &str| Request::get(&format!("/graph/v1.0/users/{NAME}")).bearer(token);
    let write = |token: &str| {
        let path = format!("/graph/v1.0/users/{NAME}");
        Request::new("PATCH", &path).json(&json!({"mobilePhone": "+1 4255550123"})).bearer(token)
    };
    let check = |token: &str| {
        Request::post("/v1/credentials/verifications", &json!({"userName": NAME, "password": "x"})).bearer(token)
    };
    let stolen = delegated().await;
    service.send(read(&stolen)).await.expect(200);
    service.patch(&admin, &json!({"passwordProfile": {"password": NEW_PASSWORD}})).await.expect(204);
    for request in [read(&stolen), write(&stolen)] {
        let reply = service.send(request).await;
        reply.graph_error(401, "InvalidAuthenticationToken");
        assert_eq!(reply.header("www-authenticate"), Some(AGAIN));
    }
    refused(&service.send(check(&stolen)).await);
    let fresh = delegated().await;
    service.send(check(&fresh)).await.problem(422, "credentials-rejected");
    service.send(write(&fresh)).await.expect(204);
}
