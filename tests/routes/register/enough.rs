//! When a person counts as registered, with contacts and security questions, and what is left after a removal.

use serde_json::{Value, json};

use super::{NAME, NEW_PHONE, audited, hush, mail, notified, phone, register, registration, remove};
use crate::support::service::digits;
use crate::support::{Reply, Request, Service};

/// The ids of the questions in the catalogue.
async fn catalogue(service: &Service, token: &str) -> Vec<Value> {
    let request = Request::get("/v1/registration/question-catalogue").bearer(token);
    let questions = service.send(request).await.expect(200).json()["questions"].as_array().unwrap().clone();
    questions.iter().map(|question| question["questionId"].clone()).collect()
}

/// Registers the first `count` questions of the catalogue.
async fn answer(service: &Service, token: &str, count: usize) -> Reply {
    let listed =
        service.send(Request::get("/v1/registration/question-catalogue").bearer(token)).await.expect(200).json();
    let answers: Vec<Value> = listed["questions"].as_array().unwrap()[..count]
        .iter()
        .enumerate()
        .map(|(number, question)| json!({"questionId": question["questionId"], "answer": format!("answer {number}")}))
        .collect();
    let request = Request::new("PUT", "/v1/registration/security-questions").json(&json!({"answers": answers}));
    service.send(request.bearer(token)).await
}

async fn is_registered(service: &Service, token: &str) -> bool {
    registration(service, token).await["registered"] == true
}

fn with_questions(required: u8) -> Value {
    json!({"methods": ["mobileSms", "email", "securityQuestions"], "methodsRequired": required})
}

#[service_test]
async fn registered_means_enough_methods_for_a_reset() {
    let service = Service::start(json!({"methodsRequired": 2})).await;
    let id = service.adele().await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    let one = registration(&service, &token).await;
    assert_eq!((&one["registered"], &one["methodsRequired"]), (&json!(false), &json!(2)));
    register(&service, &token, &json!({"type": "email", "value": "adele@example.net"})).await;
    assert_eq!(registration(&service, &token).await["registered"], true);

    let service = Service::start(json!({})).await;
    let other = service.adele().await;
    assert_ne!(id, other);
    service.patch(&other, &json!({"isAdmin": true})).await.expect(204);
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    let admin = registration(&service, &token).await;
    assert_eq!(
        (&admin["registered"], &admin["methodsRequired"]),
        (&json!(false), &json!(2)),
        "a privileged user needs two"
    );
}

#[service_test]
async fn questions_and_one_contact_are_two_methods() {
    let service = Service::start(with_questions(2)).await;
    let id = service.create(NAME, json!({"mobilePhone": "+1 4255550100"})).await;
    let token = service.user(NAME).await;
    answer(&service, &token, 5).await.expect(204);
    let body = registration(&service, &token).await;
    assert_eq!(body["securityQuestions"], json!({"registered": 5, "required": 5}));
    assert_eq!(body["registered"], false, "a number on file is not registered");
    register(&service, &token, &phone(NEW_PHONE)).await;
    assert!(is_registered(&service, &token).await);
    // The questions of a privileged user do not count.
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    let body = registration(&service, &token).await;
    assert_eq!((&body["registered"], &body["methodsRequired"]), (&json!(false), &json!(2)));
    service.patch(&id, &json!({"isAdmin": false})).await.expect(204);
    assert!(is_registered(&service, &token).await);
    service.send(remove(&token, "mobilePhone")).await.expect(204);
    assert!(!is_registered(&service, &token).await);

    let one = Service::start(with_questions(1)).await;
    one.create(NAME, json!({})).await;
    let token = one.user(NAME).await;
    answer(&one, &token, 5).await.expect(204);
    assert!(!is_registered(&one, &token).await, "questions are never the only method");
}

#[service_test]
async fn removed_questions_are_gone_for_good_and_everybody_is_notified() {
    let service = Service::start(with_questions(2)).await;
    service.create(NAME, json!({"mobilePhone": "+1 4255550100", "otherMails": ["adele.vance@example.org"]})).await;
    let token = service.user(NAME).await;
    answer(&service, &token, 5).await.expect(204);
    service.advance(31).await;
    hush(&service).await;
    let (begun, code) = service.begin_by_sms().await;
    let passed = service.verify(&begun.id, &code).await.expect(200).json();
    assert_eq!(passed["methods"], json!(["email", "securityQuestions"]));
    let ask = json!({"method": "securityQuestions", "gateToken": passed["gateToken"]});
    let asked = service.again(&begun.id, &ask).await.expect(200).json()["questions"].as_array().unwrap().clone();
    let known = catalogue(&service, &token).await;
    let answers: Vec<Value> = asked
        .iter()
        .map(|question| {
            let number = known.iter().position(|id| *id == question["questionId"]).unwrap();
            json!({"questionId": question["questionId"], "answer": format!("answer {number}")})
        })
        .collect();

    let reply = service.send(remove(&token, "securityQuestions")).await.expect(204);
    assert_eq!(reply.body, b"");
    assert_eq!(notified(&service).await, ["adele.vance@example.org"]);
    let questions = registration(&service, &token).await["securityQuestions"].clone();
    assert_eq!(questions, json!({"registered": 0, "required": 5}));
    service.send(remove(&token, "securityQuestions")).await.problem(404, "not-found");
    let history = audited(&service).await;
    assert_eq!(history[0], ("User deleted security info".to_owned(), json!([["securityQuestions", "5", null]])));
    assert!(!format!("{history:?}").contains("answer"), "{history:?}");
    // The reset under way is dead although the answers are right, and the next reset has no questions.
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let proof = json!({"answers": answers, "gateToken": passed["gateToken"]});
    service.send(Request::post(&target, &proof)).await.problem(422, "code-rejected");
    service.advance(31).await;
    hush(&service).await;
    let (begun, code) = service.begin_by_sms().await;
    let passed = service.verify(&begun.id, &code).await.expect(200).json();
    let ask = json!({"method": "securityQuestions", "gateToken": passed["gateToken"]});
    service.again(&begun.id, &ask).await.problem(400, "malformed");
    let order = json!({"method": "email", "gateToken": passed["gateToken"]});
    service.again(&begun.id, &order).await.expect(202);
    let second = digits(service.outbox("adele.vance@example.org").await.last().unwrap());
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let proof = json!({"code": second, "gateToken": passed["gateToken"]});
    assert_eq!(service.send(Request::post(&target, &proof)).await.expect(200).text("status"), "verified");
}

#[service_test]
async fn a_person_may_remove_a_method_that_an_administrator_registered() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({})).await;
    let methods = format!("/graph/v1.0/users/{id}/authentication/phoneMethods");
    let office = json!({"phoneNumber": "+1 4255550111", "phoneType": "office"});
    service.send(Request::post(&methods, &office).bearer(&service.admin)).await.expect(201);
    let token = service.user(NAME).await;
    let body = registration(&service, &token).await;
    let at = body["methods"][0]["setAt"].clone();
    let shown = json!([{"type": "officePhone", "value": "+1 4255550111", "source": "administrator", "setAt": at, "verifiedAt": null, "usable": true, "reason": null}]);
    assert_eq!((&body["methods"], &body["registered"]), (&shown, &json!(true)));
    let (at, by) = (at.as_str().unwrap(), body["reconfirmBy"].as_str().unwrap());
    assert!(by > at && by[10..] == at[10..], "{by} is not whole days after {at}");
    service.send(remove(&token, "officePhone")).await.expect(204);
    assert_eq!(registration(&service, &token).await["methods"], json!([]));
    assert_eq!(audited(&service).await[0].1, json!([["officePhone", "+1 ********11", null]]));
    // The same number on file does not count, because it was removed.
    service.patch(&id, &json!({"businessPhones": ["+1 4255550111"]})).await.expect(204);
    let filed = &registration(&service, &token).await["suggested"][0];
    assert_eq!((&filed["usable"], &filed["reason"]), (&json!(false), &json!("removed")));
}

#[service_test]
async fn each_change_is_in_the_audit_once_and_a_refusal_is_not() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone("+1 4255550100")).await;
    register(&service, &token, &phone("+1 4255550123")).await;
    service.send(super::confirm(&token)).await.expect(200);
    service.send(remove(&token, "mobilePhone")).await.expect(204);
    service.send(remove(&token, "mobilePhone")).await.problem(404, "not-found");
    service.send(super::challenge(&token, &mail("adele"))).await.problem(422, "contact-rejected");
    let record = |activity: &str, changes: Value| (format!("User {activity} security info"), changes);
    let expected = [
        record("deleted", json!([["mobilePhone", "+1 ********23", null]])),
        record("reviewed", json!([])),
        record("updated", json!([["mobilePhone", "+1 ********00", "+1 ********23"]])),
        record("registered", json!([["mobilePhone", null, "+1 ********00"]])),
    ];
    assert_eq!(audited(&service).await, expected);
}
