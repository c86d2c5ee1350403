//! `POST /v1/resets/{resetId}/password`.

use serde_json::json;

use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, complete};
use crate::support::{Request, Service, client};

const NAME: &str = "adele@contoso.example";

async fn verified(service: &Service) -> (String, String) {
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    (begun.id, token)
}

#[service_test]
async fn the_new_password_replaces_the_old_one_and_the_owner_is_notified() {
    let service = Service::start(json!({})).await;
    let user = service.adele().await;
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    let (id, token) = verified(&service).await;
    let reply = service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    assert!(reply.body.is_empty());
    reply.fixed_headers();
    assert_eq!(reply.header("set-cookie"), None);
    service.check(NAME, OLD_PASSWORD).await.problem(422, "credentials-rejected");
    service.check(NAME, NEW_PASSWORD).await.expect(200);
    service.complete(&id, &token, "another password of hers").await.problem(422, "token-rejected");
    let notified = service.outbox("adele.vance@example.org").await;
    assert_eq!(notified.len(), 1);
    assert_eq!(notified[0]["channel"], "email");
    assert!(!notified[0].to_string().contains(NEW_PASSWORD));
    let events = service.send(Request::get("/_local/events")).await.expect(200).json();
    assert_eq!(events.as_array().unwrap().len(), 1);
    assert_eq!(events[0]["userId"], user);
    let target = format!("/graph/v1.0/users/{user}?$select=signInSessionsValidFromDateTime");
    let valid_from = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200);
    assert_eq!(valid_from.json()["signInSessionsValidFromDateTime"], events[0]["at"]);
}

#[service_test]
async fn one_token_sets_one_password_however_many_come_at_once() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (id, token) = verified(&service).await;
    let passwords: Vec<String> = (0..20).map(|number| format!("password number {number} of twenty")).collect();
    let requests = passwords.iter().map(|password| complete(&id, &token, password)).collect();
    let replies = client::together(requests, service.address()).await;
    let set: Vec<usize> = (0..20).filter(|at| replies[*at].status == 204).collect();
    assert_eq!(set.len(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 204) {
        reply.problem(422, "token-rejected");
    }
    service.check(NAME, &passwords[set[0]]).await.expect(200);
    service.check(NAME, &passwords[(set[0] + 1) % 20]).await.problem(422, "credentials-rejected");
    let notified = service.outbox("adele.vance@example.org").await;
    assert_eq!(notified.len(), 1);
}

#[service_test]
async fn the_token_comes_first_and_a_refused_password_leaves_it_usable_ten_times() {
    let service = Service::start(json!({"password": {"bannedTerms": ["contoso"]}})).await;
    service.adele().await;
    let (id, token) = verified(&service).await;
    service.complete(&id, "nothing", "short").await.problem(422, "token-rejected");
    let cases = [
        ("fourteen chars", json!(["too-short"])),
        ("passwordpassword", json!(["common"])),
        ("my name is ADELE, you know", json!(["contains-user-name"])),
        ("call me at 425-555-0100 now", json!(["contains-contact"])),
        ("the C0nt0$o password is it", json!(["banned-term"])),
        ("c0ntoso adele", json!(["too-short", "contains-user-name", "banned-term"])),
    ];
    for (password, reasons) in cases {
        let reply = service.complete(&id, &token, password).await;
        reply.problem(422, "password-rejected");
        assert_eq!(reply.json()["reasons"], reasons, "{password}");
    }
    let long = "a long and winding road".chars().cycle().take(257).collect::<String>();
    assert_eq!(service.complete(&id, &token, &long).await.json()["reasons"], json!(["too-long"]));
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    for _ in 7..10 {
        service.complete(&id, &token, "short").await.problem(422, "password-rejected");
    }
    service.complete(&id, &token, "short").await.problem(422, "token-rejected");
    service.complete(&id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}

#[service_test]
async fn passwords_have_no_composition_rules_and_keep_their_spaces() {
    let policy = json!({"sends": [{"count": 100, "seconds": 3600}]});
    let service = Service::start(policy).await;
    service.adele().await;
    let passwords = [
        " spaces at both its ends ",
        "qzjxkvwpfymhgbl",
        "482957103846275",
        "\u{1f600}\u{1f680}\u{1f98a}\u{1f3b9}\u{1f4a1}\u{1f319}\u{1f433}\u{1f512}".repeat(2).as_str(),
        &"\u{e9}z7k ouvre".repeat(25),
    ]
    .map(str::to_owned);
    for (number, password) in passwords.iter().enumerate() {
        let (id, token) = verified(&service).await;
        service.complete(&id, &token, password).await.expect(204);
        service.check(NAME, password).await.expect(200);
        if number == 0 {
            service.check(NAME, password.trim()).await.problem(422, "credentials-rejected");
        }
    }
    // The same text in another Unicode normalization form is accepted.
    service.check(NAME, &"e\u{301}z7k ouvre".repeat(25)).await.expect(200);
}

#[service_test]
async fn a_completion_kills_everything_else_of_the_account() {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    service.adele().await;
    let (granted, other_token) = verified(&service).await;
    let (open, open_code) = service.begin_by_sms().await;
    let (emailed, email) = service.begin_by_email().await;
    let (id, token) = verified(&service).await;
    service.advance(1).await;
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    service.complete(&granted, &other_token, "another password of hers").await.problem(422, "token-rejected");
    service.verify(&open.id, &open_code).await.problem(422, "code-rejected");
    let long = crate::support::service::long_code(&email);
    service.verify(&emailed.id, &long).await.problem(422, "code-rejected");
    // A reset begun afterwards works. Only the old long code stays dead.
    service.advance(31).await;
    let (next, code) = service.begin_by_sms().await;
    service.verify(&next.id, &long).await.problem(422, "code-rejected");
    service.verify(&next.id, &code).await.expect(200);
}

#[service_test]
async fn the_wrong_token_at_the_wrong_reset_in_the_wrong_order_is_refused() {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    service.adele().await;
    let (begun, _) = service.begin_by_sms().await;
    let (id, token) = verified(&service).await;
    for (reset, shown) in [
        (begun.id.as_str(), token.as_str()),
        ("AAAAAAAAAAAAAAAAAAAAAA", &token),
        ("x", &token),
        (&id, ""),
        (&id, &format!("{token}{token}")),
        (&id, &begun.id),
    ] {
        service.complete(reset, shown, NEW_PASSWORD).await.problem(422, "token-rejected");
    }
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let flipped = String::from_utf8(bytes).unwrap();
        service.complete(&id, &flipped, NEW_PASSWORD).await.problem(422, "token-rejected");
    }
    let target = format!("/v1/resets/{id}/password");
    for body in [
        json!({}),
        json!({"newPassword": NEW_PASSWORD}),
        json!({"resetToken": token, "newPassword": null}),
        json!({"userName": NAME, "resetToken": token, "newPassword": NEW_PASSWORD}),
    ] {
        service.send(Request::post(&target, &body)).await.problem(400, "malformed");
    }
    service.advance(901).await;
    service.complete(&id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}

#[service_test]
async fn a_completion_checks_again_whether_the_account_has_changed() {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    let user = service.adele().await;
    // A harmless change does not prevent the completion.
    let (id, token) = verified(&service).await;
    service.patch(&user, &json!({"jobTitle": "Retail Manager"})).await.expect(204);
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    service.advance(1).await;
    for change in [
        json!({"accountEnabled": false}),
        json!({"accountEnabled": true, "mobilePhone": "+1 4255550101"}),
        json!({"mobilePhone": "+1 4255550100", "isAdmin": true}),
        json!({"isAdmin": false, "passwordProfile": {"password": "an administrator's choice"}}),
    ] {
        let before = json!({"accountEnabled": true, "mobilePhone": "+1 4255550100", "isAdmin": false});
        service.patch(&user, &before).await.expect(204);
        service.advance(1).await;
        let (id, token) = verified(&service).await;
        service.advance(1).await;
        service.patch(&user, &change).await.expect(204);
        // The token is checked first, so the response says nothing about the password.
        for password in ["short", "yet another password of hers"] {
            service.complete(&id, &token, password).await.problem(422, "token-rejected");
        }
    }
    service.check(NAME, "an administrator's choice").await.expect(200);
}

#[service_test]
async fn an_account_completes_five_resets_in_a_day() {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    service.adele().await;
    for number in 0..5 {
        service.reset_by_sms(&format!("the walrus password {number}")).await;
        service.advance(60).await;
    }
    let sent = service.outbox("+14255550100").await.len();
    service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.outbox("+14255550100").await.len(), sent);
    service.advance(24 * 3600).await;
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[service_test]
async fn a_repeated_completion_gets_the_same_response_and_changes_nothing() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let (id, token) = verified(&service).await;
    let refused = complete(&id, &token, "short").key("0123456789abcdef");
    for _ in 0..12 {
        service.send(refused.clone()).await.problem(422, "password-rejected");
    }
    let request = complete(&id, &token, NEW_PASSWORD).key("fedcba9876543210");
    service.send(request.clone()).await.expect(204);
    service.send(request).await.expect(204);
    let other = complete(&id, &token, "another password of hers").key("fedcba9876543210");
    service.send(other).await.problem(422, "idempotency-key-reused");
    service.check(NAME, NEW_PASSWORD).await.expect(200);
    assert_eq!(service.outbox("adele.vance@example.org").await.len(), 1);
}

#[service_test]
async fn a_completion_kills_a_challenge_that_somebody_began_with_the_account() {
    let service = Service::start(json!({})).await;
    let user = service.adele().await;
    let wish = json!({"type": "mobilePhone", "value": "+1 4255550142"});
    for round in 0..2 {
        let thief = service.user(NAME).await;
        let made = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&thief)).await.expect(202);
        let sent = service.outbox("+14255550142").await;
        let code = crate::support::service::digits(sent.last().unwrap());
        service.advance(1).await;
        if round == 0 {
            service.reset_by_sms(NEW_PASSWORD).await;
        } else {
            service.patch(&user, &json!({"otherMails": ["new@example.org"]})).await.expect(204);
        }
        let target = format!("/v1/registration/challenges/{}/verifications", made.text("challengeId"));
        let owner = service.user(NAME).await;
        let request = Request::post(&target, &json!({"code": code})).bearer(&owner);
        service.send(request).await.problem(422, "code-rejected");
        let shown = service.send(Request::get("/v1/registration").bearer(&owner)).await.expect(200).json();
        assert_eq!(shown["methods"], json!([]));
        service.advance(31).await;
    }
}

#[service_test]
async fn what_the_policy_requires_now_decides() {
    for (raised, problem) in [
        (json!({"methodsRequired": 2}), "token-rejected"),
        (json!({"methods": ["email", "officeCall"]}), "token-rejected"),
        (json!({"password": {"minLength": 64}}), "password-rejected"),
        (json!({"password": {"bannedTerms": ["walrus"]}}), "password-rejected"),
    ] {
        let service = Service::start(json!({})).await;
        service.adele().await;
        // The function has read the policy a moment ago.
        service.complete("AAAAAAAAAAAAAAAAAAAAAA", "x", NEW_PASSWORD).await.problem(422, "token-rejected");
        let (id, token) = verified(&service).await;
        let admin = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
        let patch = Request::new("PATCH", "/graph/v1.0/policies/passwordReset").json(&raised).bearer(&admin);
        service.send(patch).await.expect(204);
        service.complete(&id, &token, NEW_PASSWORD).await.problem(422, problem);
        service.check(NAME, OLD_PASSWORD).await.expect(200);
    }
}
