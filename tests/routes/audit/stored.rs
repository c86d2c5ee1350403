//! Which records are stored: of resets, of people's own changes, of administrators' changes, and of the policy.

use serde_json::{Value, json};

use super::{ADELE, USERS, audits, change, change_policy, changes, filtered, summary};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, begin, digits, long_code, wrong};
use crate::support::{Request, Service};

const RESET_PROGRESS: &str = "Self-service password reset flow activity progress";
const BLOCKED: &str = "Blocked from self-service password reset";

/// Asserts that records come newest first, and sorts those of the same moment, which come in any order, by their texts.
fn in_order(mut records: Vec<Value>) -> Vec<Value> {
    let at = |record: &Value| record["activityDateTime"].as_str().unwrap().to_owned();
    assert!(records.is_sorted_by(|newer, older| at(newer) >= at(older)), "{records:?}");
    records.sort_by(|one, other| at(other).cmp(&at(one)).then_with(|| summary(one).cmp(&summary(other))));
    records
}

#[service_test]
async fn a_whole_reset_has_one_correlation_id() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.advance(1).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    let records = in_order(audits(&service, "").await);
    let reset = "Reset password (self-service)";
    assert_eq!(
        records.iter().map(summary).collect::<Vec<_>>(),
        [
            [reset, "success", "User successfully reset password"],
            [RESET_PROGRESS, "success", "User completed the mobile SMS verification option"],
            [RESET_PROGRESS, "success", "User started the mobile SMS verification option"],
            [RESET_PROGRESS, "success", "User submitted their user ID"],
            ["Add user", "success", ""],
        ]
    );
    let correlation = records[0]["correlationId"].as_str().unwrap();
    assert!(records[..4].iter().all(|record| record["correlationId"] == correlation));
    assert_ne!(records[4]["correlationId"], correlation);
    let of_it = filtered(&service, &format!("correlationId eq '{correlation}'")).await;
    assert_eq!(in_order(of_it), records[..4]);
    for record in &records[..4] {
        let person = json!({"id": id, "displayName": null, "userPrincipalName": ADELE, "ipAddress": null});
        assert_eq!(record["initiatedBy"], json!({"user": person, "app": null}));
        assert_eq!(record["targetResources"][0]["id"], id.as_str());
        assert_eq!(record["loggedByService"], "Self-service Password Management");
        assert_eq!(record["operationType"], "Update");
    }
    assert_eq!(changes(&records[2]), json!([change("destination", "", "+1 ********00")]));
    assert_eq!(changes(&records[1]), json!([]));
}

#[service_test]
async fn the_reason_why_no_code_is_sent_is_for_administrators_only() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.begin(ADELE, "mobileSms", Some("+1 4255550199")).await;
    let of_adele = "activityDisplayName eq 'Self-service password reset flow activity progress'";
    let records = filtered(&service, of_adele).await;
    let reasons: Vec<[&str; 3]> = records.iter().map(summary).collect();
    assert!(
        reasons.contains(&[RESET_PROGRESS, "failure", "the claimed phone number is not the one on file"]),
        "{reasons:?}"
    );
    let values = records.iter().map(|record| json!([record["resultReason"], changes(record)])).collect::<Value>();
    assert!(!values.to_string().contains("0199"), "the claimed number is not stored: {values}");
    // An unknown name leaves no record.
    let before = audits(&service, "").await.len();
    service.begin("nobody@contoso.example", "email", None).await;
    assert_eq!(audits(&service, "").await.len(), before);
}

#[service_test]
async fn a_spent_budget_and_its_unblocking_are_recorded() {
    let service = Service::start(json!({"guessesPerDay": 5})).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    for _ in 0..5 {
        service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    }
    let blocked = filtered(&service, "activityDisplayName eq 'Blocked from self-service password reset'").await;
    assert_eq!(blocked.iter().map(summary).collect::<Vec<_>>(), [[BLOCKED, "failure", "the guess budget is spent"]]);
    assert_eq!(blocked[0]["targetResources"][0]["userPrincipalName"], ADELE);
    let begun = filtered(&service, "activityDisplayName eq 'Self-service password reset flow activity progress'").await;
    assert_eq!(blocked[0]["correlationId"], begun[0]["correlationId"]);
    let unblock = Request::new("POST", &format!("{USERS}/{id}/authentication/unblockPasswordReset"));
    service.send(unblock.bearer(&service.admin)).await.expect(204);
    let record = audits(&service, "?$top=1").await.remove(0);
    assert_eq!(summary(&record), ["Unblock password reset (by admin)", "success", ""]);
    assert!(record["initiatedBy"]["app"]["appId"].is_string());
    assert_eq!(filtered(&service, "result eq 'failure'").await, blocked);
}

#[service_test]
async fn registering_changing_and_removing_a_method_is_recorded_masked() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let email = |value: &str| json!({"type": "email", "value": value});
    service.register(ADELE, &email("adele@fabrikam.example")).await;
    service.advance(60).await;
    service.register(ADELE, &email("vance@fabrikam.example")).await;
    service.advance(60).await;
    let token = service.user(ADELE).await;
    let confirm = Request::new("POST", "/v1/registration/confirmation");
    service.send(confirm.bearer(&token)).await.expect(200);
    let remove = Request::new("DELETE", "/v1/registration/methods/email");
    service.send(remove.bearer(&token)).await.expect(204);
    let records = filtered(&service, "loggedByService eq 'Authentication Methods'").await;
    let recorded: Vec<(&str, &str, Value)> =
        records.iter().map(|record| (summary(record)[0], summary(record)[1], changes(record))).collect();
    assert_eq!(
        recorded,
        [
            ("User deleted security info", "success", json!([change("email", "v***@***", "")])),
            ("User reviewed security info", "success", json!([])),
            ("User updated security info", "success", json!([change("email", "a***@***", "v***@***")])),
            ("User registered security info", "success", json!([change("email", "", "a***@***")])),
        ]
    );
    for record in &records {
        assert_eq!(record["initiatedBy"]["user"]["id"], id.as_str());
        assert_eq!(record["targetResources"][0]["id"], id.as_str());
    }
    let operations: Vec<&Value> = records.iter().map(|record| &record["operationType"]).collect();
    assert_eq!(operations, ["Delete", "Update", "Update", "Add"]);
}

#[service_test]
async fn an_administrators_changes_are_recorded_masked_with_who_made_them() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let root = service.create("root@contoso.example", json!({})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let claims = json!({"sub": "root", "preferred_username": "root@contoso.example", "scp": "User.ReadWrite.All"});
    let token = service.running.issuer.sign(claims).unwrap();
    let body = json!({"mobilePhone": "+1 4255550177", "businessPhones": [], "otherMails": ["vance@fabrikam.example"]});
    let patch = Request::new("PATCH", &format!("{USERS}/{id}")).json(&body);
    service.send(patch.bearer(&token)).await.expect(204);
    let by_root = format!("initiatedBy/user/id eq '{root}'");
    let records = filtered(&service, &by_root).await;
    assert_eq!(records.len(), 1);
    assert_eq!(summary(&records[0]), ["Update user", "success", ""]);
    assert_eq!(
        changes(&records[0]),
        json!([
            change("mobilePhone", "+1 ********00", "+1 ********77"),
            change("businessPhones", "+1 ********11", ""),
            change("otherMails", r#"["a***@***"]"#, r#"["v***@***"]"#),
        ])
    );
    let by = &records[0]["initiatedBy"];
    let person =
        json!({"id": root, "displayName": null, "userPrincipalName": "root@contoso.example", "ipAddress": "127.0.0.1"});
    assert_eq!(*by, json!({"user": person, "app": null}));
    assert_eq!(filtered(&service, "initiatedBy/user/userPrincipalName eq 'ROOT@contoso.example'").await, records);
    assert_eq!(filtered(&service, "startswith(initiatedBy/user/userPrincipalName,'ROOT@')").await, records);
    // The records of a person's own reset name the person as the initiator, too.
    service.begin(ADELE, "mobileSms", Some("+1 4255550177")).await;
    service.messages().await;
    assert!(!filtered(&service, &format!("initiatedBy/user/id eq '{id}'")).await.is_empty());
    let delete = Request::new("DELETE", &format!("{USERS}/{id}"));
    service.send(delete.bearer(&service.admin)).await.expect(204);
    let record = filtered(&service, &format!("targetResources/any(t:t/id eq '{id}')")).await.remove(0);
    assert_eq!((summary(&record)[0], &record["operationType"]), ("Delete user", &json!("Delete")));
    assert_eq!(record["targetResources"][0]["userPrincipalName"], ADELE, "the name before the deletion");
}

#[service_test]
async fn forcing_a_password_change_is_recorded_and_has_no_other_consequence() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    service.empty_outbox().await;
    let user = format!("{USERS}/{id}?$select=signInSessionsValidFromDateTime");
    let read = async || service.send(Request::get(&user).bearer(&service.admin)).await.expect(200).json();
    let before = read().await;
    service.advance(1).await;
    let profile = |force: bool| json!({"passwordProfile": {"forceChangePasswordNextSignIn": force}});
    let with_mfa = json!({"passwordProfile": {"forceChangePasswordNextSignInWithMfa": true}});
    // Sets the flag, sets it again, changes nothing, clears it, and clears it again.
    for body in [&profile(true), &with_mfa, &json!({"passwordProfile": {}}), &profile(false), &profile(false)] {
        service.patch(&id, body).await.expect(204);
    }
    let records = filtered(&service, "activityDisplayName eq 'Update user'").await;
    assert_eq!(
        records.iter().map(changes).collect::<Vec<_>>(),
        [json!([change("passwordProfile", "", "")]), json!([change("passwordProfile", "", "")])],
        "one record for each change, and none if nothing changed"
    );
    assert!(filtered(&service, "activityDisplayName eq 'Reset password (by admin)'").await.is_empty());
    assert_eq!(service.messages().await, Vec::<serde_json::Value>::new(), "nobody is summary");
    assert_eq!(read().await, before, "no session ends");
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
}

#[service_test]
async fn forcing_a_password_change_needs_the_same_rights_as_setting_a_password() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let root = service.create("root@contoso.example", json!({})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let body = json!({"passwordProfile": {"forceChangePasswordNextSignIn": true}});
    let claims = json!({"sub": "root", "preferred_username": "root@contoso.example",
        "scp": "User.ReadWrite.All RoleManagement.ReadWrite.Directory"});
    let own = service.running.issuer.sign(claims).unwrap();
    let users = service.application(&["User.ReadWrite.All"]).await;
    let directory = service.application(&["OnPremDirectorySynchronization.ReadWrite.All"]).await;
    for (key, token) in [(&root, &own), (&root, &users), (&id, &directory)] {
        let patch = Request::new("PATCH", &format!("{USERS}/{key}")).json(&body).bearer(token);
        service.send(patch).await.graph_error(403, "Authorization_RequestDenied");
    }
    let patch = Request::new("PATCH", &format!("{USERS}/{id}")).json(&body).bearer(&users);
    service.send(patch).await.expect(204);
}

#[service_test]
async fn a_policy_change_is_recorded_with_old_and_new_values() {
    let service = Service::start(json!({})).await;
    change_policy(&service, &json!({"phoneProof": false, "codeDigits": 10})).await;
    change_policy(&service, &json!({"codeDigits": 10})).await;
    let records = audits(&service, "").await;
    assert_eq!(records.len(), 1, "a change of nothing leaves no record");
    let record = &records[0];
    assert_eq!(summary(record), ["Authentication Methods Policy Update", "success", ""]);
    assert_eq!((&record["category"], &record["operationType"]), (&json!("Policy"), &json!("Update")));
    let target = &record["targetResources"][0];
    assert_eq!(
        [&target["id"], &target["type"], &target["userPrincipalName"], &target["displayName"]],
        [&json!("passwordReset"), &json!("Policy"), &json!(null), &json!(null)]
    );
    let mut summary: Vec<Value> = changes(record).as_array().unwrap().clone();
    summary.sort_by_key(Value::to_string);
    assert_eq!(summary, [change("codeDigits", "8", "10"), change("phoneProof", "true", "false")]);
    assert_eq!(filtered(&service, "category eq 'Policy'").await, records);
    assert_eq!(filtered(&service, "targetResources/any(t:t/id eq 'passwordReset')").await, records);
}

#[service_test]
async fn no_code_token_password_or_whole_contact_is_in_any_record() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let mut secrets: Vec<String> =
        ["4255550100", "4255550111", "4255550177", "adele.vance", "fabrikam", NEW_PASSWORD].map(str::to_owned).to_vec();
    let (begun, code) = service.begin_by_sms().await;
    service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    secrets.extend([begun.id, code.clone(), wrong(&code), token]);
    let (begun, message) = service.begin_by_email().await;
    secrets.extend([begun.id, digits(&message), long_code(&message)]);
    service.register(ADELE, &json!({"type": "email", "value": "adele@fabrikam.example"})).await;
    service.patch(&id, &json!({"mobilePhone": "+1 4255550177", "passwordProfile": {"password": NEW_PASSWORD}})).await;
    service.send(begin(ADELE, "mobileSms", Some("+1 4255550177"))).await.expect(202);
    let records = audits(&service, "").await;
    assert!(records.len() > 8, "{}", records.len());
    let text = json!(records).to_string();
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} in {text}");
        let bare = secret.replace('-', "");
        assert!(!text.contains(&bare), "{bare} in {text}");
    }
}
