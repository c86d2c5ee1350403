//! Security questions belong to their owner: no administrator's route reveals them, and none writes them.
//!
//! The tests call every administrator's route, with every permission, for a user who has registered questions. They
//! search every response for the questions' names and texts, the answers and their verifiers.

use std::collections::{BTreeSet, HashMap};

use aws::table::PARTITION;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::account::ProfileField;

use crate::support::service::{NEW_PASSWORD, PERMISSIONS, digits};
use crate::support::{Reply, Request, Service};

const NAME: &str = "adele@contoso.example";
const GIVEN: [(&str, &str); 5] = [
    ("first-concert", "Motörhead"),
    ("first-film", "The Third Man"),
    ("learned-to-swim", "Loch Lomond"),
    ("first-own-street", "Große Straße 7"),
    ("first-boss", "Quigley"),
];
/// Paths below a user at which a route for questions might be expected. None exists.
const NOWHERE: [&str; 9] = [
    "securityQuestions",
    "securityQuestions/first-concert",
    "questions",
    "authentication/securityQuestionMethods",
    "authentication/securityQuestionMethods/first-concert",
    "authentication/securityQuestions",
    "authentication/questions",
    "authentication/methods/securityQuestion",
    "authentication/phoneMethods/securityQuestion",
];

fn user(rest: &str) -> String {
    format!("/graph/v1.0/users/{NAME}{rest}")
}

/// Every route that reads: those in the service's own description, and those listed here.
async fn reads(service: &Service, id: &str) -> BTreeSet<String> {
    let description = service.send(Request::get("/openapi.json")).await.expect(200).json();
    let paths = description["paths"].as_object().unwrap().iter();
    let graph = paths.filter(|(path, item)| path.starts_with("/graph/") && item["get"].is_object());
    let mut reads: BTreeSet<String> = graph.map(|(path, _)| filled(path, id)).collect();
    assert!(reads.len() >= 4, "{reads:?}");
    const OTHERS: &str = "id,userPrincipalName,accountEnabled,isAdmin,onPremisesSyncEnabled,mobilePhone,businessPhones,\
                          otherMails,createdDateTime,signInSessionsValidFromDateTime,officeLocation";
    let profile: Vec<&str> = ProfileField::ALL.iter().map(|field| field.as_str()).collect();
    let all = format!("{OTHERS},{}", profile.join(","));
    reads.extend([
        format!("/graph/v1.0/users?$select={all}"),
        user(""),
        user(&format!("?$select={all}")),
        user("?$select=securityQuestions"),
        user("?$expand=authentication"),
        user("/authentication"),
        user("/authentication/methods"),
        user("/authentication/phoneMethods"),
        user("/authentication/emailMethods"),
        "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails".to_owned(),
        "/graph/v1.0/auditLogs/directoryAudits".to_owned(),
        "/graph/v1.0/policies/passwordReset".to_owned(),
    ]);
    reads.extend(NOWHERE.map(|rest| user(&format!("/{rest}"))));
    reads
}

/// Fills in a described path: its first parameter is Adele's id, and any other is the id of one of her methods.
fn filled(path: &str, id: &str) -> String {
    let mut first = true;
    let segments = path.split('/').map(|segment| match segment.starts_with('{') {
        true if std::mem::take(&mut first) => id,
        true => "3179e48a-750b-4051-897c-87b9720928f7",
        false => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// An item of the table.
type Item = HashMap<String, AttributeValue>;

/// The items of the table that hold her questions.
async fn stored(service: &Service) -> Vec<Item> {
    let page = service.running.client.scan().table_name(service.running.table).send().await.unwrap();
    assert!(page.last_evaluated_key.is_none(), "one page holds it all");
    let of_questions = |item: &Item| item[PARTITION].as_s().is_ok_and(|partition| partition.starts_with("QUESTIONS#"));
    page.items.unwrap_or_default().into_iter().filter(of_questions).collect()
}

/// The texts that no response to an administrator may hold, in lower case.
async fn secrets(service: &Service, own: &str) -> Vec<String> {
    let target = "/v1/registration/question-catalogue";
    let catalogue = service.send(Request::get(target).bearer(own)).await.expect(200).json();
    let mut secrets: Vec<String> = vec!["$argon2".to_owned(), "grosse strasse".to_owned(), "motorhead".to_owned()];
    for (question, answer) in GIVEN {
        let entry = catalogue["questions"].as_array().unwrap().iter().find(|entry| entry["questionId"] == question);
        secrets.push(entry.unwrap()["text"].as_str().unwrap().to_lowercase());
        secrets.extend([question.to_owned(), answer.to_lowercase()]);
    }
    let dump = format!("{:?}", stored(service).await);
    let verifiers = dump.split("$argon2id$").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
    let parts: Vec<String> = verifiers.flat_map(|verifier| verifier.split('$')).map(str::to_lowercase).collect();
    secrets
        .extend(parts.into_iter().map(|part| part.trim_end_matches('\\').to_owned()).filter(|part| part.len() >= 22));
    assert!(secrets.len() >= 3 + 15 + 10, "five salts and five verifiers are among them: {}", secrets.len());
    secrets
}

#[track_caller]
fn tells_nothing(reply: &Reply, secrets: &[String], what: &str) {
    let text = format!("{:?} {}", reply.headers, String::from_utf8_lossy(&reply.body)).to_lowercase();
    for secret in secrets {
        assert!(!text.contains(secret), "{what} reveals {secret}: {text}");
    }
}

/// Tokens of applications with each permission and with all of them, of a privileged person, and of Adele herself.
async fn tokens(service: &Service) -> Vec<String> {
    let root = service.create("root@contoso.example", json!({})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let mut tokens = vec![service.application(&PERMISSIONS).await];
    for permission in PERMISSIONS {
        tokens.push(service.application(&[permission]).await);
    }
    for name in ["root@contoso.example", NAME] {
        let claims = json!({"sub": name, "preferred_username": name, "scp": PERMISSIONS.join(" ")});
        tokens.push(service.running.issuer.sign(claims).unwrap());
    }
    tokens
}

/// Starts a service in which Adele has registered questions and the policy asks them.
async fn registered() -> (Service, String, String) {
    let policy = json!({"methods": ["email", "mobileSms", "securityQuestions"], "methodsRequired": 2});
    let service = Service::start(policy).await;
    let id = service.adele().await;
    let own = service.user(NAME).await;
    let before = methods(&service).await;
    let answers: Vec<Value> =
        GIVEN.iter().map(|(question, answer)| json!({"questionId": question, "answer": answer})).collect();
    let request = Request::new("PUT", "/v1/registration/security-questions").json(&json!({"answers": answers}));
    service.send(request.bearer(&own)).await.expect(204);
    service.advance(1).await;
    assert_eq!(methods(&service).await, before, "the methods do not even show that there are questions");
    (service, id, own)
}

async fn methods(service: &Service) -> Value {
    let target = user("/authentication/methods");
    service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json()
}

/// Proves that her answers are unchanged: they open the second gate.
async fn opens(service: &Service) {
    service.advance(31).await;
    let begun = service.begin(NAME, "email", None).await;
    let messages = service.outbox("adele.vance@example.org").await;
    let message = messages.iter().rfind(|message| message["reference"] != "").expect("a code");
    let gate = service.verify(&begun.id, &digits(message)).await.expect(200).text("gateToken");
    let ask = json!({"method": "securityQuestions", "gateToken": gate});
    let asked = service.again(&begun.id, &ask).await.expect(200).json();
    let answers: Vec<Value> = asked["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|question| {
            let (_, answer) = GIVEN.iter().find(|(id, _)| question["questionId"] == *id).expect("a question of hers");
            json!({"questionId": question["questionId"], "answer": answer})
        })
        .collect();
    assert_eq!(answers.len(), 3);
    let body = json!({"answers": answers, "gateToken": gate});
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let token = service.send(Request::post(&target, &body)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
}

#[service_test]
async fn no_administrators_response_reveals_a_users_questions() {
    let (service, id, own) = registered().await;
    let secrets = secrets(&service, &own).await;
    let mut answered = 0;
    for token in tokens(&service).await {
        for target in reads(&service, &id).await {
            for method in ["GET", "HEAD", "OPTIONS"] {
                let reply = service.send(Request::new(method, &target).bearer(&token)).await;
                tells_nothing(&reply, &secrets, &format!("{method} {target}"));
                answered += usize::from(reply.status == 200);
            }
        }
    }
    assert!(answered > 30, "{answered}: too few routes were read");
    for rest in NOWHERE {
        let reply = service.send(Request::get(&user(&format!("/{rest}"))).bearer(&service.admin)).await;
        reply.graph_error(404, "Request_ResourceNotFound");
    }
    let reply = service.send(Request::get(&user("?$select=securityQuestions")).bearer(&service.admin)).await;
    assert_eq!(reply.status, 400);
    // The search itself works: the owner's routes do contain them.
    let target = "/v1/registration/question-catalogue";
    let own = service.send(Request::get(target).bearer(&own)).await.expect(200);
    let text = String::from_utf8_lossy(&own.body).to_lowercase();
    assert!(secrets.iter().any(|secret| text.contains(secret)));
}

/// Bodies that try to name questions or answers.
fn bodies() -> Vec<Value> {
    let answers = json!([{"questionId": "first-boss", "answer": "evil"}]);
    vec![
        json!({"securityQuestions": answers}),
        json!({"securityQuestions": []}),
        json!({"securityQuestions": null}),
        json!({"answers": answers}),
        json!({"questions": 5}),
        json!({"authentication": {"securityQuestions": answers}}),
        json!({"registered": {"questions": null}}),
        json!({"methods": answers, "phoneNumber": "+1 4255550179", "phoneType": "mobile"}),
        json!({"phoneNumber": "+1 4255550179", "phoneType": "securityQuestions"}),
        json!({"emailAddress": "evil@example.org", "hint": "x"}),
    ]
}

#[service_test]
async fn no_administrators_route_writes_questions_or_answers() {
    let (service, id, own) = registered().await;
    let tokens = tokens(&service).await;
    let (secrets, before) = (secrets(&service, &own).await, stored(&service).await);
    assert_eq!(before.len(), 1);
    let registration = service.send(Request::get("/v1/registration").bearer(&own)).await.expect(200).json();
    assert_eq!(registration["securityQuestions"]["registered"], 5);
    let mobile = "/authentication/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7";
    let known = [
        ("PATCH", user("")),
        ("PATCH", format!("/graph/v1.0/users/{id}")),
        ("POST", user("/authentication/phoneMethods")),
        ("PATCH", user(mobile)),
        ("DELETE", user(mobile)),
        ("POST", user("/authentication/emailMethods")),
        ("PATCH", user("/authentication/emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f")),
        ("DELETE", user("/authentication/emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f")),
        ("POST", user("/authentication/methods")),
    ];
    let nowhere = NOWHERE
        .iter()
        .flat_map(|rest| ["POST", "PUT", "PATCH", "DELETE"].map(|method| (method, user(&format!("/{rest}")))));
    for (method, target) in known.into_iter().chain(nowhere) {
        for (at, token) in tokens.iter().enumerate() {
            for body in bodies() {
                let reply = service.send(Request::new(method, &target).json(&body).bearer(token)).await;
                assert!((400..500).contains(&reply.status), "{method} {target} {body}: {}", reply.status);
                // With every permission, a missing permission is not the reason.
                assert!(
                    at > 0 || [400, 404, 405].contains(&reply.status),
                    "{method} {target} {body}: {}",
                    reply.status
                );
                tells_nothing(&reply, &secrets, &format!("{method} {target}"));
            }
        }
    }
    let all = &tokens[0];
    for more in [json!([]), json!(null), json!([{"questionId": "first-boss", "answer": "evil"}])] {
        let body = json!({"userPrincipalName": "new@contoso.example", "securityQuestions": more});
        let reply = service.send(Request::post("/graph/v1.0/users", &body).bearer(all)).await;
        reply.graph_error(400, "Request_BadRequest");
    }
    let policy = Request::new("PATCH", "/graph/v1.0/policies/passwordReset");
    for questions in [json!({"answers": []}), json!({"registered": []}), json!([])] {
        let reply = service.send(policy.clone().json(&json!({"securityQuestions": questions})).bearer(all)).await;
        reply.graph_error(400, "Request_BadRequest");
    }
    // The owner's route writes only for the user of the token, and an application is not a user.
    let put = |body: &Value| Request::new("PUT", "/v1/registration/security-questions").json(body);
    let answers: Vec<Value> =
        GIVEN.iter().map(|(id, _)| json!({"questionId": id, "answer": format!("evil {id}")})).collect();
    service.send(put(&json!({"answers": answers})).bearer(all)).await.problem(403, "forbidden");
    let root = &tokens[tokens.len() - 2];
    for member in ["userName", "userPrincipalName", "user", "id"] {
        let body = json!({"answers": answers, member: NAME});
        service.send(put(&body).bearer(root)).await.problem(400, "malformed");
    }
    let delete = Request::new("DELETE", "/v1/registration/methods/securityQuestions");
    service.send(delete.bearer(all)).await.problem(403, "forbidden");

    assert_eq!(stored(&service).await, before, "no attribute has changed");
    let after = service.send(Request::get("/v1/registration").bearer(&own)).await.expect(200).json();
    assert_eq!(after, registration);
    opens(&service).await;
}

/// An administrator's permitted changes to a user leave the questions as they are.
#[service_test]
async fn other_writes_by_an_administrator_leave_the_questions_unchanged() {
    let (service, id, _) = registered().await;
    let before = stored(&service).await;
    service.patch(&id, &json!({"jobTitle": "Pianist", "mobilePhone": "+1 4255550177"})).await.expect(204);
    service.patch(&id, &json!({"passwordProfile": {"password": "a password from the desk"}})).await.expect(204);
    let number = json!({"phoneNumber": "+1 4255550178", "phoneType": "mobile"});
    let target = user("/authentication/phoneMethods");
    service.send(Request::post(&target, &number).bearer(&service.admin)).await.expect(201);
    let unblock = user("/authentication/unblockPasswordReset");
    service.send(Request::new("POST", &unblock).bearer(&service.admin)).await.expect(204);
    assert_eq!(stored(&service).await, before);
    // The new password ended the former session.
    let own = service.user(NAME).await;
    let after = service.send(Request::get("/v1/registration").bearer(&own)).await.expect(200).json();
    assert_eq!(after["securityQuestions"]["registered"], 5);
    opens(&service).await;
    // They are deleted with the user.
    let target = format!("/graph/v1.0/users/{id}");
    service.send(Request::new("DELETE", &target).bearer(&service.admin)).await.expect(204);
    assert_eq!(stored(&service).await, Vec::<Item>::new());
}
