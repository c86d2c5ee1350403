//! What providers report of messages, by the destinations of AWS' simulators.

use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;

use crate::support::client::Request;
use crate::support::service::{Service, digits};

const LENA: &str = "lena@contoso.example";
const REPORT: &str = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails";
const REPORTED: &str = "Message delivery report";
const MAILBOX: &str = "lena.lind@contoso.example";
const MOBILE: &str = "+1 4255550101";
const MOBILE_E164: &str = "+14255550101";
const BOUNCE: &str = "bounce+lena@simulator.amazonses.com";
const COMPLAINT: &str = "complaint@simulator.amazonses.com";
const SUCCESS: &str = "success@simulator.amazonses.com";
const FAILING: &str = "+1 4254147167";

/// Lena, with these contacts, under a policy that limits nothing here.
async fn lena(contacts: Value) -> (Service, String) {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    let id = service.create(LENA, contacts).await;
    (service, id)
}

/// Every record of the audit.
async fn audit(service: &Service) -> Vec<Value> {
    service.settle().await;
    let token = service.application(&["AuditLog.Read.All"]).await;
    let target = "/graph/v1.0/auditLogs/directoryAudits";
    let all = service.send(Request::get(target).bearer(&token)).await.expect(200).json();
    all["value"].as_array().unwrap().clone()
}

fn text(record: &Value, member: &str) -> String {
    record[member].as_str().unwrap_or_default().to_owned()
}

async fn reasons(service: &Service) -> Vec<String> {
    audit(service).await.iter().map(|record| text(record, "resultReason")).collect()
}

async fn correlations(service: &Service) -> Vec<String> {
    audit(service).await.iter().map(|record| text(record, "correlationId")).collect()
}

/// The providers' reports in the audit: whether each is a success, its reason, and its correlation.
async fn reported(service: &Service) -> Vec<(bool, String, String)> {
    let records = audit(service).await;
    let reports = records.iter().filter(|record| record["activityDisplayName"] == REPORTED);
    reports.map(|one| (one["result"] == "success", text(one, "resultReason"), text(one, "correlationId"))).collect()
}

/// Lena's contacts in the report of registrations: type, whether usable, and why not.
async fn contacts(service: &Service, id: &str) -> Vec<(Value, Value, Value)> {
    let token = service.application(&["AuditLog.Read.All"]).await;
    let row = service.send(Request::get(&format!("{REPORT}/{id}")).bearer(&token)).await.expect(200).json();
    let contacts = row["contacts"].as_array().unwrap_or_else(|| panic!("no contacts in {row}"));
    contacts.iter().map(|one| (one["type"].clone(), one["usable"].clone(), one["reason"].clone())).collect()
}

fn contact(kind: &str, reason: Value) -> (Value, Value, Value) {
    (json!(kind), json!(reason.is_null()), reason)
}

/// The messages to a contact that are notices.
async fn notices(service: &Service, to: &str) -> usize {
    service.outbox(to).await.iter().filter(|message| message["reference"] == "").count()
}

#[service_test]
async fn an_address_that_does_not_exist_is_no_longer_used_and_the_other_contacts_are_told() {
    let more = json!({"otherMails": [BOUNCE], "mobilePhone": MOBILE, "mail": MAILBOX});
    let (service, id) = lena(more).await;
    service.begin(LENA, "email", None).await;
    let reports = reported(&service).await;
    assert_eq!(reports.len(), 1);
    assert!(!reports[0].0 && reports[0].1.contains("came back for good"), "{reports:?}");
    let email = contact("email", json!("bounced"));
    assert_eq!(contacts(&service, &id).await, [contact("mobilePhone", Value::Null), email]);
    for (to, expected) in [(MAILBOX, 1), (MOBILE_E164, 1), (BOUNCE, 0)] {
        assert_eq!(notices(&service, to).await, expected, "{to}");
    }
    // No further code goes there, and the audit says why. The phone still resets.
    service.advance(31).await;
    service.begin(LENA, "email", None).await;
    service.settle().await;
    assert_eq!(service.outbox(BOUNCE).await.len(), 1);
    let why = reasons(&service).await;
    assert!(why.iter().any(|reason| reason == "messages to the contact come back"), "{why:?}");
    let begun = service.begin(LENA, "mobileSms", Some(MOBILE)).await;
    let code = digits(&service.outbox(MOBILE_E164).await.pop().expect("a code"));
    service.verify(&begun.id, &code).await.expect(200);
    // Another value counts at once.
    service.patch(LENA, &json!({"otherMails": ["new@example.org"]})).await.expect(204);
    assert_eq!(contacts(&service, &id).await[1], contact("email", Value::Null));
}

#[service_test]
async fn the_same_value_counts_again_once_it_was_cleared_or_proved() {
    let (service, id) = lena(json!({"otherMails": [COMPLAINT], "mobilePhone": MOBILE})).await;
    let mails = async |mails: Value| service.patch(LENA, &json!({"otherMails": mails})).await.expect(204);
    service.begin(LENA, "email", None).await;
    service.settle().await;
    let complained = contact("email", json!("complained"));
    assert_eq!(contacts(&service, &id).await[1], complained);
    // A nightly synchronisation that writes it again must not bring it back.
    mails(json!([COMPLAINT])).await;
    assert_eq!(contacts(&service, &id).await[1], complained);
    mails(json!([])).await;
    mails(json!([COMPLAINT])).await;
    assert_eq!(contacts(&service, &id).await[1], contact("email", Value::Null));
}

#[service_test]
async fn a_delivered_code_is_a_step_of_its_reset_and_a_failed_text_leaves_the_phone_in_use() {
    let (service, id) = lena(json!({"otherMails": [SUCCESS], "mobilePhone": FAILING})).await;
    for (method, phone) in [("email", None), ("mobileSms", Some(FAILING))] {
        service.begin(LENA, method, phone).await;
        service.settle().await;
        service.advance(31).await;
    }
    let mut reports = reported(&service).await;
    reports.sort();
    let said: Vec<(bool, &str)> = reports.iter().map(|(success, reason, _)| (*success, reason.as_str())).collect();
    assert_eq!(said, [(false, "the provider could not deliver the message"), (true, "the message was delivered")]);
    let correlations = correlations(&service).await;
    for (_, reason, correlation) in &reports {
        let records = correlations.iter().filter(|one| *one == correlation).count();
        assert_eq!(records, 3, "{reason}: the reset was begun, a code was sent, and its report");
    }
    assert!(contacts(&service, &id).await.iter().all(|(_, usable, _)| usable == &json!(true)));
}

#[service_test]
async fn a_number_whose_owner_has_opted_out_is_no_longer_used() {
    let (service, id) = lena(json!({"otherMails": ["lena@example.org"], "mobilePhone": MOBILE})).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("optedOut")]);
    service.begin(LENA, "mobileSms", Some(MOBILE)).await;
    service.settle().await;
    assert_eq!(contacts(&service, &id).await[0], contact("mobilePhone", json!("optedOut")));
    assert_eq!(notices(&service, "lena@example.org").await, 1);
    assert_eq!(notices(&service, MOBILE_E164).await, 0);
    // Its owner sees it, too, and proves it.
    let token = service.user(LENA).await;
    let own = service.send(Request::get("/v1/registration").bearer(&token)).await.expect(200).json();
    assert_eq!((&own["suggested"][0]["usable"], &own["suggested"][0]["reason"]), (&json!(false), &json!("optedOut")));
    service.register(LENA, &json!({"type": "mobilePhone", "value": MOBILE})).await;
    assert_eq!(contacts(&service, &id).await[0], contact("mobilePhone", Value::Null));
}
