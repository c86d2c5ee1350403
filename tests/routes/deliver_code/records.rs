//! The audit of deliveries: which messages were sent, which were not, and why.

use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;

use super::{ADELE, MAIL, MOBILE, OFFICE, order_again, register, with_adele};
use crate::support::client::Request;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, Service, begin, digits, wrong};

const STEP: &str = "Self-service password reset flow activity progress";
pub(super) const BLOCKED: &str = "Blocked from self-service password reset";
const BEGUN: &str = "User submitted their user ID";
const STARTED_SMS: &str = "User started the mobile SMS verification option";
const STARTED_EMAIL: &str = "User started the email verification option";
const PHONE_SHOWN: &str = "+1 ********00";
const MAIL_SHOWN: &str = "a***@***";

/// All records of resets, as the audit route returns them.
async fn audit(service: &Service) -> Vec<Value> {
    service.settle().await;
    let token = service.application(&["AuditLog.Read.All"]).await;
    let target = "/graph/v1.0/auditLogs/directoryAudits";
    let all = service.send(Request::get(target).bearer(&token)).await.expect(200).json();
    let records = all["value"].as_array().unwrap().clone();
    records.into_iter().filter(|record| record["loggedByService"] == "Self-service Password Management").collect()
}

/// The activities of resets, each with its result and reason, sorted. Their order in time is not compared.
pub(super) async fn steps(service: &Service) -> Vec<(String, bool, String)> {
    let text = |record: &Value, member: &str| record[member].as_str().unwrap().to_owned();
    let summary = |record: &Value| {
        let succeeded = match record["result"].as_str().unwrap() {
            "success" => true,
            "failure" => false,
            other => panic!("no result: {other}"),
        };
        (text(record, "activityDisplayName"), succeeded, text(record, "resultReason"))
    };
    let mut steps: Vec<_> = audit(service).await.iter().map(summary).collect();
    steps.sort();
    steps
}

fn sorted(mut steps: Vec<(&str, bool, &str)>) -> Vec<(String, bool, String)> {
    steps.sort_unstable();
    steps.into_iter().map(|(activity, succeeded, reason)| (activity.to_owned(), succeeded, reason.to_owned())).collect()
}

/// The changed properties of the record with a reason: name, old and new value.
async fn changes(service: &Service, reason: &str) -> Value {
    let audit = audit(service).await;
    let mut found = audit.iter().filter(|record| record["resultReason"] == reason);
    let record = found.next().unwrap_or_else(|| panic!("no record: {reason} in {audit:?}"));
    assert!(found.next().is_none(), "more than one: {reason}");
    let changes = record["targetResources"][0]["modifiedProperties"].as_array().unwrap();
    changes.iter().map(|one| json!([one["displayName"], one["oldValue"], one["newValue"]])).collect()
}

#[service_test]
async fn a_sent_code_is_recorded_with_its_method_and_a_masked_destination() {
    for (method, phone, reason, shown) in [
        ("mobileSms", Some(MOBILE), STARTED_SMS, PHONE_SHOWN),
        ("mobileCall", Some(MOBILE), "User started the mobile voice call verification option", PHONE_SHOWN),
        ("officeCall", Some(OFFICE), "User started the office voice call verification option", "+1 ********11"),
        ("email", None, STARTED_EMAIL, MAIL_SHOWN),
    ] {
        let service = Service::start(json!({})).await;
        let id = service.adele().await;
        service.begin(ADELE, method, phone).await;
        assert_eq!(steps(&service).await, sorted(vec![(STEP, true, BEGUN), (STEP, true, reason)]), "{method}");
        assert_eq!(changes(&service, reason).await, json!([["destination", null, shown]]));
        for record in audit(&service).await {
            for person in [&record["initiatedBy"]["user"], &record["targetResources"][0]] {
                assert_eq!((&person["id"], &person["userPrincipalName"]), (&json!(id), &json!(ADELE)));
            }
        }
    }
}

/// All records of a reset, from the name to the password, have one correlation id. Another reset has another id.
#[service_test]
async fn a_reset_has_one_correlation_id_that_is_not_its_reset_id() {
    let service = with_adele(json!({})).await;
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    let expected = [
        (STEP, true, BEGUN),
        (STEP, true, STARTED_SMS),
        (STEP, true, "User completed the mobile SMS verification option"),
        ("Reset password (self-service)", true, "User successfully reset password"),
    ];
    assert_eq!(steps(&service).await, sorted(expected.to_vec()));
    let first = audit(&service).await;
    let correlation = first[0]["correlationId"].as_str().unwrap();
    assert!(first.iter().all(|record| record["correlationId"] == correlation), "{first:?}");
    assert_ne!(correlation, begun.id);
    service.advance(31).await;
    service.begin(ADELE, "email", None).await;
    let all = audit(&service).await;
    assert_eq!(all.iter().filter(|record| record["correlationId"] == correlation).count(), 4);
    let others: Vec<&Value> = all.iter().filter(|record| record["correlationId"] != correlation).collect();
    assert_eq!(others.len(), 2);
    assert_eq!(others[0]["correlationId"], others[1]["correlationId"]);
    let printed = format!("{all:?}");
    for secret in ["4255550100", "adele.vance", &code, &token, &begun.id, NEW_PASSWORD] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[service_test]
async fn an_unknown_name_leaves_no_record() {
    let service = with_adele(json!({})).await;
    for method in ["email", "mobileSms"] {
        let begun = service.begin("nobody@contoso.example", method, Some(MOBILE)).await;
        service.verify(&begun.id, "12345678").await.problem(422, "code-rejected");
    }
    assert_eq!(steps(&service).await, []);
}

/// The reasons why nothing was sent: the account, or the claimed number.
#[service_test]
async fn an_order_that_sends_nothing_is_recorded_with_its_reason() {
    let policy = |more: Value| {
        let mut policy = json!({"sends": [{"count": 1, "seconds": 30}, {"count": 100, "seconds": 3600}]});
        policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        policy
    };
    let cases = [
        (json!({"accountEnabled": false, "mobilePhone": MOBILE}), json!({}), "the account is disabled"),
        (json!({}), json!({}), "there is no contact for the method"),
        (
            json!({"mobilePhone": MOBILE}),
            json!({"methodsRequired": 2}),
            "the account has too few usable methods for the gates that it must pass",
        ),
        (json!({"otherMails": [MAIL]}), json!({}), "there is no contact for the method"),
        (
            json!({"mobilePhone": MOBILE}),
            json!({"methods": ["mobileSms"], "allowedCountries": ["CA"]}),
            "the policy allows no messages to the contact's country",
        ),
        (
            json!({"mobilePhone": MOBILE, "otherMails": [MAIL]}),
            json!({"acceptDirectoryContacts": false}),
            "the contact is not registered, and the policy accepts no other",
        ),
        (json!({"mobilePhone": "+1 4255550199"}), json!({}), "the claimed phone number is not the one on file"),
    ];
    for (account, more, reason) in cases {
        let service = Service::start(policy(more)).await;
        service.create(ADELE, account).await;
        service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
        assert_eq!(steps(&service).await, sorted(vec![(STEP, true, BEGUN), (STEP, false, reason)]), "{reason}");
        assert_eq!(service.messages().await, Vec::<Value>::new());
    }
}

/// What is wrong with the contact that was asked for.
#[service_test]
async fn the_audit_says_why_a_contact_is_not_used() {
    const LINE: &str = "+44 2079460123";
    let own = "the contact is the person's own mailbox, which the lost password locks";
    for (account, method, phone, reason) in [
        (json!({"mobilePhone": LINE}), "mobileSms", Some(LINE), "the contact is a fixed line, which takes no texts"),
        (json!({"otherMails": [ADELE]}), "email", None, own),
    ] {
        let service = Service::start(json!({})).await;
        service.create(ADELE, account).await;
        service.begin(ADELE, method, phone).await;
        assert_eq!(steps(&service).await, sorted(vec![(STEP, true, BEGUN), (STEP, false, reason)]));
    }
    let service = with_adele(json!({"replacedContactDelayHours": 24})).await;
    service.patch(ADELE, &json!({"mobilePhone": "+1 4255550142"})).await.expect(204);
    service.begin(ADELE, "mobileSms", Some("+1 4255550142")).await;
    let waits = "the contact replaced a usable one, and the policy's delay is not over";
    assert_eq!(steps(&service).await, sorted(vec![(STEP, true, BEGUN), (STEP, false, waits)]));
    let token = service.user(ADELE).await;
    register(&service, ADELE, "email", "vance@home.example", "vance@home.example").await;
    service.send(Request::new("DELETE", "/v1/registration/methods/email").bearer(&token)).await.expect(204);
    service.advance(31).await;
    service.begin(ADELE, "email", None).await;
    let removed = (STEP.to_owned(), false, "the contact's owner removed it from the methods".to_owned());
    assert!(steps(&service).await.contains(&removed));
}

#[service_test]
async fn a_second_gate_like_the_first_and_a_change_in_between_are_recorded() {
    let service = with_adele(json!({"methodsRequired": 2})).await;
    let (begun, code) = service.begin_by_sms().await;
    let gate = service.verify(&begun.id, &code).await.expect(200).text("gateToken");
    let call = json!({"method": "mobileCall", "phoneNumber": MOBILE, "gateToken": gate});
    service.again(&begun.id, &call).await.expect(202);
    let same = "the second gate needs another method and another destination than the first";
    assert!(steps(&service).await.contains(&(STEP.to_owned(), false, same.to_owned())));
    service.patch(ADELE, &json!({"businessPhones": []})).await.expect(204);
    service.advance(31).await;
    service.again(&begun.id, &json!({"method": "email", "gateToken": gate})).await.expect(202);
    let changed = "the account changed after the reset was begun";
    assert!(steps(&service).await.contains(&(STEP.to_owned(), false, changed.to_owned())));
    let records = audit(&service).await;
    assert!(records.iter().all(|record| record["correlationId"] == records[0]["correlationId"]), "{records:?}");
}

#[service_test]
async fn an_order_stopped_by_a_limit_is_recorded_as_blocked() {
    let service = with_adele(json!({})).await;
    service.begin_by_sms().await;
    service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    let too_many = "too many messages were sent to the account or the destination";
    let expected = [(STEP, true, BEGUN), (STEP, true, STARTED_SMS), (STEP, true, BEGUN), (BLOCKED, false, too_many)];
    assert_eq!(steps(&service).await, sorted(expected.to_vec()));
    assert_eq!(changes(&service, too_many).await, json!([["destination", null, PHONE_SHOWN]]));

    let service = with_adele(json!({"guessesPerDay": 1, "guessesPer30Days": 1})).await;
    let (begun, code) = service.begin_by_sms().await;
    service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    service.advance(31).await;
    service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    assert!(steps(&service).await.contains(&(BLOCKED.to_owned(), false, "too many wrong codes were tried".to_owned())));
}

#[service_test]
async fn the_sixth_reset_of_a_day_is_recorded_as_blocked() {
    let service = with_adele(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    for number in 0..5 {
        service.reset_by_sms(&format!("the walrus password {number}")).await;
        service.advance(60).await;
    }
    service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    let blocked = (BLOCKED.to_owned(), false, "too many resets were completed in 24 hours".to_owned());
    assert_eq!(steps(&service).await.iter().filter(|step| **step == blocked).count(), 1);
}

/// Each refusal of a provider is recorded for administrators, with a text of its own.
#[service_test]
async fn a_providers_refusal_is_recorded_with_its_reason() {
    let mut texts = Vec::new();
    for refusal in ["optedOut", "invalid", "suppressed", "blocked", "notVerified", "rejected", "something new"] {
        let service = with_adele(json!({})).await;
        service.running.outbox.answer_next(vec![Dispatch::Refused(refusal)]);
        service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
        let steps = steps(&service).await;
        let failed: Vec<_> = steps.iter().filter(|(activity, success, _)| activity == STEP && !success).collect();
        assert_eq!(failed.len(), 1, "{refusal}");
        let text = failed[0].2.clone();
        assert!(text.starts_with("the provider refuses the "), "{text}");
        assert!(!text.contains(refusal) || refusal == "blocked", "{text}");
        assert_eq!(changes(&service, &text).await, json!([["destination", null, PHONE_SHOWN]]));
        assert!(!texts.contains(&text), "{text}");
        texts.push(text);
    }
    assert_eq!(texts[0], "the provider refuses the destination: its owner has opted out");
    assert_eq!(texts[6], "the provider refuses the destination");
}

#[service_test]
async fn an_unknown_outcome_is_recorded_as_sent_and_a_busy_provider_as_not() {
    let service = with_adele(json!({})).await;
    service.running.outbox.answer_next(vec![Dispatch::Unknown]);
    let begun = service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    assert_eq!(steps(&service).await, sorted(vec![(STEP, true, BEGUN), (STEP, true, STARTED_SMS)]));
    service.advance(31).await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 3]);
    order_again(&service, &begun.id, "email", None).await;
    let busy = "the provider could not take the message";
    let expected = [(STEP, true, BEGUN), (STEP, true, STARTED_SMS), (STEP, false, busy)];
    assert_eq!(steps(&service).await, sorted(expected.to_vec()));
    // The name is recorded as submitted once, however often a code is ordered.
    service.advance(31).await;
    order_again(&service, &begun.id, "email", None).await;
    let more = [expected.to_vec(), vec![(STEP, true, STARTED_EMAIL)]].concat();
    assert_eq!(steps(&service).await, sorted(more));
}

/// If a code went by email because the provider refused the phone, the record has both destinations and the refusal.
#[service_test]
async fn a_failover_is_recorded_with_both_destinations() {
    let service = with_adele(json!({"failover": true})).await;
    register(&service, ADELE, "email", "vance@home.example", "vance@home.example").await;
    service.advance(31).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("blocked")]);
    service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    assert_eq!(steps(&service).await, sorted(vec![(STEP, true, BEGUN), (STEP, true, STARTED_EMAIL)]));
    let refusal = "the provider refuses the destination: it sends nothing there for this organisation";
    assert_eq!(
        changes(&service, STARTED_EMAIL).await,
        json!([["destination", PHONE_SHOWN, "v***@***"], ["refusal", null, refusal]])
    );
    // If the email is refused, too, the first reason is recorded.
    service.advance(31).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("invalid"), Dispatch::Refused("blocked")]);
    service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    let refused = "the provider refuses the destination: it takes it for none";
    assert_eq!(changes(&service, refused).await, json!([["destination", null, PHONE_SHOWN]]));
}

/// If a challenge's code could not be sent, that is recorded. A code that was sent is not recorded yet.
#[service_test]
async fn a_challenge_is_recorded_if_its_code_could_not_be_sent() {
    let service = with_adele(json!({})).await;
    let wish = json!({"type": "mobilePhone", "value": "+1 4255550142"});
    let token = service.user(ADELE).await;
    let ask = || Request::post("/v1/registration/challenges", &wish).bearer(&token);
    let registered = async || {
        service.settle().await;
        let reader = service.application(&["AuditLog.Read.All"]).await;
        let target = "/graph/v1.0/auditLogs/directoryAudits";
        let all = service.send(Request::get(target).bearer(&reader)).await.expect(200).json();
        let records = all["value"].as_array().unwrap().clone();
        let about =
            records.into_iter().filter(|record| record["activityDisplayName"] == "User registered security info");
        about.collect::<Vec<Value>>()
    };
    service.send(ask()).await.expect(202);
    assert_eq!(registered().await, Vec::<Value>::new());
    service.running.outbox.answer_next(vec![Dispatch::Refused("invalid")]);
    service.send(ask()).await.expect(202);
    let summary = registered().await;
    assert_eq!(summary.len(), 1);
    assert_eq!(
        (&summary[0]["result"], &summary[0]["resultReason"]),
        (&json!("failure"), &json!("the provider refuses the destination: it takes it for none"))
    );
    let target = &summary[0]["targetResources"][0];
    assert_eq!(target["userPrincipalName"], ADELE);
    let shown = json!([{"displayName": "mobilePhone", "oldValue": null, "newValue": "+1 ********42"}]);
    assert_eq!(target["modifiedProperties"], shown);
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 3]);
    service.send(ask()).await.expect(202);
    let reasons: Vec<Value> = registered().await.iter().map(|record| record["resultReason"].clone()).collect();
    assert!(reasons.contains(&json!("the provider could not take the message")), "{reasons:?}");
    assert_eq!(reasons.len(), 2);
    assert_eq!(audit(&service).await, Vec::<Value>::new(), "a challenge is not a step of a reset");
}

/// A refused order does not prevent the next one.
#[service_test]
async fn a_refused_order_can_be_followed_by_one_that_is_sent() {
    let service = with_adele(json!({})).await;
    let begun = service.begin_with(begin(ADELE, "mobileSms", Some("+1 4255550199"))).await;
    service.advance(31).await;
    order_again(&service, &begun.id, "mobileSms", Some(MOBILE)).await;
    let message = service.outbox("+14255550100").await.remove(0);
    service.verify(&begun.id, &digits(&message)).await.expect(200);
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
    let not_on_file = "the claimed phone number is not the one on file";
    let expected = [
        (STEP, true, BEGUN),
        (STEP, false, not_on_file),
        (STEP, true, STARTED_SMS),
        (STEP, true, "User completed the mobile SMS verification option"),
    ];
    assert_eq!(steps(&service).await, sorted(expected.to_vec()));
}
