//! Which callers may read and write which users' methods, and who sees them masked.

use serde_json::{Value, json};

use super::{ALTERNATE, EMAIL, MOBILE, NAME, OFFICE, add_email, add_phone, get_as, list, path, phone};
use crate::support::{Reply, Request, Service};

const READ: &str = "UserAuthenticationMethod.Read.All";
const WRITE: &str = "UserAuthenticationMethod.ReadWrite.All";
const ROLES: &str = "RoleManagement.ReadWrite.Directory";

/// A token of a user to whom these permissions are delegated.
fn delegated(service: &Service, name: &str, scopes: &str) -> String {
    let claims = json!({"sub": format!("subject of {name}"), "preferred_username": name, "scp": scopes});
    service.running.issuer.sign(claims).unwrap()
}

/// Adele, with a method of every kind.
async fn with_methods(service: &Service) -> String {
    let id = service.adele().await;
    add_phone(service, &id, "mobile", "+1 4255550170").await.expect(201);
    add_phone(service, &id, "alternateMobile", "+44 7400123456").await.expect(201);
    add_phone(service, &id, "office", "+1 4255550172X12").await.expect(201);
    add_email(service, &id, "adele.v@example.org").await.expect(201);
    id
}

/// Every reading route.
const READS: [&str; 7] = [
    "methods",
    "methods/3179e48a-750b-4051-897c-87b9720928f7",
    "phoneMethods",
    "phoneMethods/3179e48a-750b-4051-897c-87b9720928f7",
    "emailMethods",
    "emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
    "phoneMethods/x",
];

/// Every writing route, each with a body that would be accepted.
fn writes(key: &str) -> Vec<Request> {
    let number = |kind: &str| json!({"phoneNumber": "+1 4255550199", "phoneType": kind});
    let address = json!({"emailAddress": "evil@example.org"});
    let request = |method: &str, rest: &str, body: &Value| Request::new(method, &path(key, rest)).json(body);
    let (mobile, office) = (format!("phoneMethods/{MOBILE}"), format!("phoneMethods/{OFFICE}"));
    let (alternate, email) = (format!("phoneMethods/{ALTERNATE}"), format!("emailMethods/{EMAIL}"));
    vec![
        request("POST", "phoneMethods", &number("mobile")),
        request("POST", "phoneMethods", &number("alternateMobile")),
        request("POST", "phoneMethods", &number("office")),
        request("POST", "emailMethods", &address),
        request("PATCH", &mobile, &number("mobile")),
        request("PATCH", &alternate, &number("alternateMobile")),
        request("PATCH", &office, &number("office")),
        request("PATCH", &email, &address),
        request("DELETE", &email, &json!({})),
        request("DELETE", &office, &json!({})),
        request("DELETE", &alternate, &json!({})),
        request("DELETE", &mobile, &json!({})),
    ]
}

#[track_caller]
fn denied(reply: &Reply) {
    reply.graph_error(403, "Authorization_RequestDenied");
}

/// The parts of a response that could reveal something. Ids and moments always differ.
fn bare(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    (reply.status, reply.shape().1, reply.json()["error"]["message"].clone())
}

#[service_test]
async fn a_caller_who_may_only_read_sees_masked_values() {
    let service = Service::start(json!({})).await;
    let id = with_methods(&service).await;
    let reader = service.application(&[READ]).await;
    let masked = [
        phone(MOBILE, "+1 ********70", "mobile"),
        phone(ALTERNATE, "+44 ********56", "alternateMobile"),
        phone(OFFICE, "+1 ********72", "office"),
    ];
    let values = async |rest: &str| get_as(&service, &reader, &id, rest).await.expect(200).json();
    assert_eq!(values("phoneMethods").await["value"], json!(masked));
    assert_eq!(values("emailMethods").await["value"], json!([{"id": EMAIL, "emailAddress": "a***@***"}]));
    let mut all = values("methods").await["value"].as_array().unwrap().clone();
    assert_eq!(all.pop().unwrap()["@odata.type"], "#microsoft.graph.passwordAuthenticationMethod");
    assert_eq!(all.pop().unwrap()["emailAddress"], "a***@***");
    let shown: Vec<&Value> = all.iter().map(|one| &one["phoneNumber"]).collect();
    assert_eq!(shown, ["+1 ********70", "+44 ********56", "+1 ********72"]);
    for (rest, member, value) in [
        (format!("phoneMethods/{MOBILE}"), "phoneNumber", "+1 ********70"),
        (format!("methods/{OFFICE}"), "phoneNumber", "+1 ********72"),
        (format!("emailMethods/{EMAIL}"), "emailAddress", "a***@***"),
        (format!("methods/{EMAIL}"), "emailAddress", "a***@***"),
    ] {
        assert_eq!(values(&rest).await[member], value);
    }
    for rest in READS {
        let mut body = get_as(&service, &reader, &id, rest).await.json();
        // Only these contain a port, an id and a moment, which may have any digits.
        body.as_object_mut().unwrap().remove("@odata.context");
        body.get_mut("error").and_then(Value::as_object_mut).and_then(|error| error.remove("innerError"));
        let text = body.to_string();
        for secret in ["55501", "7400", "adele.v@", "example.org", "X12"] {
            assert!(!text.contains(secret), "{rest}: {text}");
        }
    }
    // With both permissions, the wider one counts.
    let both = service.application(&[READ, WRITE]).await;
    let whole = get_as(&service, &both, &id, "phoneMethods").await.expect(200).json();
    assert_eq!(whole["value"][2]["phoneNumber"], "+1 4255550172X12");
}

#[service_test]
async fn a_privileged_users_methods_are_masked_and_read_only_without_the_right_to_roles() {
    let service = Service::start(json!({})).await;
    let id = with_methods(&service).await;
    let (desk, privileged) = (service.application(&[WRITE]).await, service.application(&[WRITE, ROLES]).await);
    let roles_only = service.application(&[READ, ROLES]).await;
    let number = async |token: &str| {
        let reply = get_as(&service, token, &id, &format!("phoneMethods/{MOBILE}")).await.expect(200);
        reply.text("phoneNumber")
    };
    assert_eq!(number(&desk).await, "+1 4255550170");
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    assert_eq!(number(&desk).await, "+1 ********70");
    assert_eq!(number(&roles_only).await, "+1 ********70");
    assert_eq!(number(&privileged).await, "+1 4255550170");
    let before = list(&service, &id, "methods").await;
    service.empty_outbox().await;
    for request in writes(&id).into_iter().chain(writes(NAME)) {
        denied(&service.send(request.clone().bearer(&desk)).await);
        denied(&service.send(request.bearer(&roles_only)).await);
    }
    assert_eq!(list(&service, &id, "methods").await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
    for request in writes(&id).into_iter().skip(4) {
        service.send(request.bearer(&privileged)).await.expect(204);
    }
}

#[service_test]
async fn nobody_writes_their_own_methods_here_and_everybody_sees_their_own_masked() {
    let service = Service::start(json!({})).await;
    let id = with_methods(&service).await;
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    let before = list(&service, &id, "methods").await;
    let own = delegated(&service, NAME, &format!("{WRITE} {ROLES}"));
    for key in [id.as_str(), "ADELE@contoso.example"] {
        for request in writes(key) {
            denied(&service.send(request.bearer(&own)).await);
        }
        let shown = get_as(&service, &own, key, "phoneMethods").await.expect(200).json();
        assert_eq!(shown["value"][0]["phoneNumber"], "+1 ********70");
    }
    assert_eq!(list(&service, &id, "methods").await, before);
    // The methods of another user may be written, as long as the caller is privileged.
    let lena = service.create("lena@contoso.example", json!({})).await;
    let of_lena = || Request::post(&path(&lena, "emailMethods"), &json!({"emailAddress": "lena@example.org"}));
    service.send(of_lena().bearer(&own)).await.expect(201);
    service.patch(&id, &json!({"isAdmin": false})).await.expect(204);
    for request in writes(&lena) {
        denied(&service.send(request.bearer(&own)).await);
    }
    for rest in READS {
        denied(&get_as(&service, &own, &lena, rest).await);
        denied(&get_as(&service, &own, &id, rest).await);
    }
    assert_eq!(list(&service, &lena, "emailMethods").await, json!([{"id": EMAIL, "emailAddress": "lena@example.org"}]));
}

#[service_test]
async fn without_the_permission_known_and_unknown_users_are_refused_alike() {
    let service = Service::start(json!({})).await;
    let id = with_methods(&service).await;
    let root = service.create("root@contoso.example", json!({})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    service.create("lena@contoso.example", json!({})).await;
    let before = list(&service, &id, "methods").await;
    service.empty_outbox().await;
    let claims = json!({"sub": "x", "preferred_username": "root@contoso.example", "roles": [READ, WRITE]});
    let both = format!("{READ} {WRITE} {ROLES}");
    let neither = [
        service.application(&[]).await,
        service
            .application(&["User.ReadWrite.All", "Policy.ReadWrite.AuthenticationMethod", "AuditLog.Read.All", ROLES])
            .await,
        service
            .application(&["x UserAuthenticationMethod.ReadWrite.All", "userauthenticationmethod.readwrite.all"])
            .await,
        service.user("lena@contoso.example").await,
        delegated(&service, "lena@contoso.example", &both),
        delegated(&service, "nobody@contoso.example", &both),
        delegated(&service, "root@contoso.example", "UserAuthenticationMethod.ReadWrite.AllX"),
        service.running.issuer.sign(claims).unwrap(),
    ];
    let reader = service.application(&[READ]).await;
    let mut seen: Vec<Vec<_>> = Vec::new();
    for key in [id.as_str(), NAME, root.as_str(), "nobody@contoso.example", "AAAAAAAAAAAAAAAAAAAAAA", "x"] {
        let mut answers = Vec::new();
        for token in &neither {
            for rest in READS {
                let reply = get_as(&service, token, key, rest).await;
                denied(&reply);
                answers.push(bare(&reply));
            }
            for request in writes(key) {
                let reply = service.send(request.bearer(token)).await;
                denied(&reply);
                answers.push(bare(&reply));
            }
        }
        for request in writes(key) {
            let reply = service.send(request.clone().bearer(&reader)).await;
            denied(&reply);
            answers.push(bare(&reply));
            let reply = service.send(request).await;
            reply.graph_error(401, "InvalidAuthenticationToken");
            answers.push(bare(&reply));
        }
        for rest in READS {
            let reply = service.send(Request::get(&path(key, rest))).await;
            reply.graph_error(401, "InvalidAuthenticationToken");
        }
        seen.push(answers);
    }
    assert!(seen.iter().all(|answers| *answers == seen[0]), "the responses are the same for known and unknown users");
    // A caller with the permission to read learns which users exist.
    for rest in READS {
        get_as(&service, &reader, "nobody@contoso.example", rest).await.graph_error(404, "Request_ResourceNotFound");
    }
    assert_eq!(list(&service, &id, "methods").await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
}
