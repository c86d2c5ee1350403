//! `GET /graph/v1.0/reports/authenticationMethods/userRegistrationDetails`: who can reset, by which contacts, and why
//! not.

mod pages;
mod queries;

use serde_json::{Value, json};

use crate::support::{Reply, Request, Service};
use crate::surface::load_directory::loaded;

const REPORT: &str = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails";
const USERS: &str = "/graph/v1.0/users";
const ADELE: &str = "adele@contoso.example";

/// A token that may read reports, and nothing else.
async fn reader(service: &Service) -> String {
    service.application(&["AuditLog.Read.All"]).await
}

async fn get(service: &Service, token: &str, target: &str) -> Reply {
    service.send(Request::get(target).bearer(token)).await
}

/// The rows of the report that a query returns.
async fn rows(service: &Service, query: &str) -> Vec<Value> {
    let token = reader(service).await;
    let target = format!("{REPORT}{}", query.replace(' ', "%20"));
    get(service, &token, &target).await.expect(200).json()["value"].as_array().unwrap().clone()
}

/// The names of the users that a query returns, without the domain.
async fn names(service: &Service, query: &str) -> Vec<String> {
    rows(service, query).await.iter().map(local_part).collect()
}

fn local_part(user: &Value) -> String {
    user["userPrincipalName"].as_str().unwrap().split_once('@').unwrap().0.to_owned()
}

/// A user's contacts in the report: type, origin, usable and reason.
fn summary(row: &Value) -> Vec<Value> {
    let summary = |contact: &Value| json!([contact["type"], contact["origin"], contact["usable"], contact["reason"]]);
    row["contacts"].as_array().unwrap().iter().map(summary).collect()
}

async fn created_at(service: &Service, key: &str) -> Value {
    let target = format!("{USERS}/{key}?$select=createdDateTime");
    get(service, &service.admin, &target).await.expect(200).json()["createdDateTime"].clone()
}

async fn set_phone(service: &Service, key: &str, kind: &str, number: &str) {
    let body = json!({"phoneNumber": number, "phoneType": kind});
    let path = format!("{USERS}/{key}/authentication/phoneMethods");
    service.send(Request::post(&path, &body).bearer(&service.admin)).await.expect(201);
}

#[service_test]
async fn a_users_row_is_graphs_row_with_the_contacts_added() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"displayName": "Adele Vance"})).await.expect(204);
    let token = reader(&service).await;
    let reply = get(&service, &token, REPORT).await.expect(200);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let at = created_at(&service, &id).await;
    let contact = |kind: &str| {
        json!({"type": kind, "origin": "profile", "source": "administrator", "setDateTime": at, "verifiedDateTime": null,
               "usable": true, "reason": null})
    };
    let row = json!({
        "id": id, "userPrincipalName": ADELE, "userDisplayName": "Adele Vance", "userType": "member",
        "isAdmin": false, "isSsprRegistered": false, "isSsprEnabled": true, "isSsprCapable": true,
        "isMfaRegistered": false, "isMfaCapable": false, "isPasswordlessCapable": false, "methodsRegistered": [],
        "isSystemPreferredAuthenticationMethodEnabled": false, "systemPreferredAuthenticationMethods": [],
        "userPreferredMethodForSecondaryAuthentication": "none", "lastUpdatedDateTime": at,
        "reconfirmBy": null,
        "contacts": [
            contact("mobilePhone"),
            contact("officePhone"),
            contact("email"),
        ]
    });
    let url = service.running.url();
    assert_eq!(
        reply.json(),
        json!({
            "@odata.context": format!("{url}/graph/v1.0/$metadata#reports/authenticationMethods/userRegistrationDetails"),
            "value": [row]
        })
    );
    let text = String::from_utf8(reply.body).unwrap();
    for summary in ["4255550100", "4255550111", "adele.vance", "example.org", "*"] {
        assert!(!text.contains(summary), "the report contains no value, masked or not: {text}");
    }
}

#[service_test]
async fn a_registered_value_is_used_instead_of_the_profiles() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.advance(60).await;
    let method = service.register(ADELE, &json!({"type": "email", "value": "adele@fabrikam.example"})).await;
    let row = rows(&service, "").await.remove(0);
    let at = &method["verifiedAt"];
    assert_eq!(
        row["contacts"][2],
        json!({"type": "email", "origin": "registered", "source": "user", "setDateTime": at, "verifiedDateTime": at,
               "usable": true, "reason": null})
    );
    assert_eq!(
        summary(&row),
        [
            json!(["mobilePhone", "profile", true, null]),
            json!(["officePhone", "profile", true, null]),
            json!(["email", "registered", true, null]),
            json!(["email", "profile", false, "superseded"]),
        ]
    );
    assert_eq!((&row["methodsRegistered"], &row["isSsprRegistered"]), (&json!(["email"]), &json!(true)));
    assert_eq!(&row["lastUpdatedDateTime"], at);
    assert_ne!(*at, created_at(&service, &id).await);
}

#[service_test]
async fn each_unusable_value_is_listed_with_its_reason() {
    let policy = json!({"methods": ["mobileSms", "email"], "replacedContactDelayHours": 48});
    let text = "userPrincipalName,mobile,telephoneNumber,otherMailbox,otherMailbox
abroad@contoso.example,+1 8769221234,+1 4252345678,one@example.org,two@example.org
fixed@contoso.example,+44 20 7946 0958,,,
waits@contoso.example,,,old@example.org,
";
    let service = loaded("people.csv", text, policy).await;
    let patch = json!({"otherMails": ["new@example.org"]});
    service.patch("waits@contoso.example", &patch).await.expect(204);
    let report = rows(&service, "").await;
    assert_eq!(report.iter().map(local_part).collect::<Vec<_>>(), ["abroad", "fixed", "waits"]);
    assert_eq!(
        summary(&report[0]),
        [
            json!(["mobilePhone", "profile", false, "countryNotAllowed"]),
            json!(["officePhone", "profile", false, "methodNotOffered"]),
            json!(["email", "profile", true, null]),
            json!(["email", "profile", false, "notFirst"]),
        ]
    );
    assert_eq!(summary(&report[1]), [json!(["mobilePhone", "profile", false, "fixedLine"])]);
    assert_eq!(summary(&report[2]), [json!(["email", "profile", false, "waiting"])]);
    let able: Vec<&Value> = report.iter().map(|row| &row["isSsprCapable"]).collect();
    assert_eq!(able, [true, false, false]);
    service.advance(48 * 3600).await;
    let row = rows(&service, "?$filter=userPrincipalName eq 'waits@contoso.example'").await.remove(0);
    assert_eq!(summary(&row), [json!(["email", "profile", true, null])]);
    assert_eq!(row["isSsprCapable"], true);
}

#[service_test]
async fn a_policy_that_wants_registered_values_uses_no_others() {
    let service = Service::start(json!({"acceptDirectoryContacts": false})).await;
    service.adele().await;
    let row = rows(&service, "").await.remove(0);
    assert_eq!(
        summary(&row),
        [
            json!(["mobilePhone", "profile", false, "notRegistered"]),
            json!(["officePhone", "profile", false, "notRegistered"]),
            json!(["email", "profile", false, "notRegistered"]),
        ]
    );
    assert_eq!((&row["isSsprEnabled"], &row["isSsprCapable"]), (&json!(true), &json!(false)));
}

#[service_test]
async fn an_alternate_mobile_phone_is_listed_and_never_used() {
    let service = Service::start(json!({})).await;
    let id = service.create("lee@contoso.example", json!({})).await;
    set_phone(&service, &id, "mobile", "+1 4252345678").await;
    set_phone(&service, &id, "alternateMobile", "+1 4252345679").await;
    set_phone(&service, &id, "office", "+1 4251234567").await;
    let row = rows(&service, "").await.remove(0);
    assert_eq!(row["methodsRegistered"], json!(["mobilePhone", "alternateMobilePhone", "officePhone"]));
    assert_eq!(
        summary(&row),
        [
            json!(["mobilePhone", "registered", true, null]),
            json!(["alternateMobilePhone", "registered", false, "alternateMobile"]),
            json!(["officePhone", "registered", true, "numberNotAssigned"]),
        ]
    );
    let sources: Vec<&Value> = row["contacts"].as_array().unwrap().iter().map(|one| &one["source"]).collect();
    assert_eq!(sources, ["administrator", "administrator", "administrator"]);
}

#[service_test]
async fn security_questions_are_listed_without_their_content() {
    let service = Service::start(json!({"methods": ["email", "securityQuestions"], "methodsRequired": 2})).await;
    service.adele().await;
    service.register(ADELE, &json!({"type": "email", "value": "adele@fabrikam.example"})).await;
    let token = service.user(ADELE).await;
    let catalogue = "/v1/registration/question-catalogue";
    let catalogue = get(&service, &token, catalogue).await.expect(200).json()["questions"].clone();
    let ids = catalogue.as_array().unwrap().iter().take(5).map(|question| question["questionId"].clone());
    let ids: Vec<Value> = ids.collect();
    let answers: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(place, id)| json!({"questionId": id, "answer": format!("walrus number {place}")}))
        .collect();
    let put = Request::new("PUT", "/v1/registration/security-questions").json(&json!({"answers": answers}));
    assert_eq!(rows(&service, "").await[0]["isSsprCapable"], false);
    service.send(put.bearer(&token)).await.expect(204);
    let row = rows(&service, "").await.remove(0);
    assert_eq!(row["methodsRegistered"], json!(["email", "securityQuestion"]));
    assert_eq!((&row["isSsprRegistered"], &row["isSsprCapable"]), (&json!(true), &json!(true)));
    let of_questions = |row: &Value| {
        let all = row["contacts"].as_array().unwrap().iter();
        all.filter(|one| one["type"] == "securityQuestions").cloned().collect::<Vec<_>>()
    };
    let entry = json!({"type": "securityQuestions", "origin": "registered", "source": "user",
        "setDateTime": row["lastUpdatedDateTime"], "verifiedDateTime": null, "usable": true, "reason": null});
    assert_eq!(of_questions(&row), std::slice::from_ref(&entry));
    let summary = async |reason: &str| {
        let row = rows(&service, "").await.remove(0);
        let mut refused = entry.clone();
        (refused["usable"], refused["reason"]) = (json!(false), json!(reason));
        assert_eq!(of_questions(&row), [refused]);
    };
    service.patch(ADELE, &json!({"isAdmin": true})).await.expect(204);
    summary("notForAdministrators").await;
    let text = row.to_string();
    let hidden = ids.iter().filter_map(Value::as_str).chain(["walrus"]);
    for secret in hidden {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[service_test]
async fn a_privileged_user_needs_two_gates_to_be_capable() {
    let service = Service::start(json!({"methods": ["email", "securityQuestions"]})).await;
    let id = service.adele().await;
    service.register(ADELE, &json!({"type": "email", "value": "adele@fabrikam.example"})).await;
    let flags =
        |row: &Value| json!([row["isAdmin"], row["isSsprRegistered"], row["isSsprEnabled"], row["isSsprCapable"]]);
    assert_eq!(flags(&rows(&service, "").await[0]), json!([false, true, true, true]));
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    assert_eq!(flags(&rows(&service, "").await[0]), json!([true, false, false, false]));
}

#[service_test]
async fn disabled_users_are_not_in_the_report() {
    let service = Service::start(json!({})).await;
    for (name, enabled) in [("ann", true), ("ben", false), ("cat", true)] {
        service.create(&format!("{name}@contoso.example"), json!({"accountEnabled": enabled})).await;
    }
    assert_eq!(names(&service, "").await, ["ann", "cat"]);
    assert!(names(&service, "?$filter=userPrincipalName eq 'ben@contoso.example'").await.is_empty());
    service.patch("ben@contoso.example", &json!({"accountEnabled": true})).await.expect(204);
    assert_eq!(names(&service, "").await, ["ann", "ben", "cat"]);
}

#[service_test]
async fn only_callers_with_the_permission_read_the_report() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("root@contoso.example", json!({})).await;
    service.patch("root@contoso.example", &json!({"isAdmin": true})).await.expect(204);
    let delegated = |name: &str| {
        let claims = json!({"sub": name, "preferred_username": name, "scp": "AuditLog.Read.All"});
        service.running.issuer.sign(claims).unwrap()
    };
    for query in ["", "?$filter=userPrincipalName%20eq%20'nobody@contoso.example'", "?$count=true"] {
        let target = format!("{REPORT}{query}");
        service.send(Request::get(&target)).await.graph_error(401, "InvalidAuthenticationToken");
        for token in [
            service.user(ADELE).await,
            service.user("root@contoso.example").await,
            delegated(ADELE),
            service.admin.clone(),
            service.application(&["User.Read.All", "UserAuthenticationMethod.Read.All"]).await,
            service.application(&["x AuditLog.Read.All"]).await,
        ] {
            get(&service, &token, &target).await.graph_error(403, "Authorization_RequestDenied");
        }
    }
    get(&service, &delegated("root@contoso.example"), REPORT).await.expect(200);
    let token = reader(&service).await;
    get(&service, &token, REPORT).await.expect(200);
    get(&service, &token, USERS).await.graph_error(403, "Authorization_RequestDenied");
}

#[service_test]
async fn the_report_is_read_only_and_the_only_route_at_its_path() {
    let service = Service::start(json!({})).await;
    let token = reader(&service).await;
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        let reply = service.send(Request::new(method, REPORT).json(&json!({})).bearer(&token)).await;
        assert!([404, 405].contains(&reply.status), "{method} {}", reply.status);
    }
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        let reply = service.send(Request::new(method, &format!("{REPORT}/x")).json(&json!({})).bearer(&token)).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")), "{method}");
    }
    for path in [
        format!("{REPORT}/"),
        format!("{REPORT}/x"),
        format!("{REPORT}/x/y"),
        "/graph/v1.0/reports".to_owned(),
        "/graph/v1.0/reports/authenticationMethods".to_owned(),
        "/graph/v1.0/reports/authenticationMethods/usersRegisteredByMethod".to_owned(),
    ] {
        get(&service, &token, &path).await.graph_error(404, "Request_ResourceNotFound");
    }
}

#[service_test]
async fn a_persons_own_mailbox_is_stored_and_not_usable_unless_the_policy_says_so() {
    let service = Service::start(json!({})).await;
    let own = json!({"mail": "lena.gross@contoso.example", "otherMails": ["Lena.Gross@contoso.example"]});
    service.create("lena@contoso.example", own).await;
    service.create("omar@contoso.example", json!({"otherMails": ["omar@contoso.example"]})).await;
    for name in ["lena", "omar"] {
        let row = rows(&service, &format!("?$filter=userPrincipalName eq '{name}@contoso.example'")).await.remove(0);
        assert_eq!(summary(&row), [json!(["email", "profile", false, "ownMailbox"])], "{name}");
        assert_eq!(row["isSsprCapable"], false);
        service.begin(&format!("{name}@contoso.example"), "email", None).await;
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    for (name, address) in [("lena", "LENA.GROSS@contoso.example"), ("omar", "omar@contoso.example")] {
        let token = service.user(&format!("{name}@contoso.example")).await;
        let wish = json!({"type": "email", "value": address});
        let refused = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await;
        refused.problem(422, "contact-rejected");
        assert!(refused.json()["detail"].as_str().unwrap().contains("own mailbox"));
    }

    let service = Service::start(json!({"allowOwnMailbox": true})).await;
    service.create("omar@contoso.example", json!({"otherMails": ["omar@contoso.example"]})).await;
    service.begin("omar@contoso.example", "email", None).await;
    assert_eq!(service.outbox("omar@contoso.example").await.len(), 1);
}
