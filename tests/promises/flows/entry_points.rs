//! Every entry point finds the same person and nobody else: names that look alike, members that nobody may set, and ids
//! that look like keys of the table.

use serde_json::{Value, json};

use super::{LENA, LENAS_MAIL, NAME, generous, lena, mailed, table};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, begin, digits};
use crate::support::{Reply, Request, Service};

const MIKE: &str = "mike.sals@contoso.example";
const USERS: &str = "/graph/v1.0/users";

/// A name, percent-encoded as a segment of a path.
fn segment(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The response of each entry point to a name: beginning a reset, a bearer token, an administrator's read, and a
/// password check.
async fn entry_points(service: &Service, name: &str) -> [Reply; 4] {
    let claims = json!({"sub": name, "preferred_username": name});
    let token = service.running.issuer.sign(claims).unwrap();
    [
        service.send(begin(name, "email", None)).await,
        service.send(Request::get("/v1/registration").bearer(&token)).await,
        service.send(Request::get(&format!("{USERS}/{}", segment(name))).bearer(&service.admin)).await,
        service.check(name, OLD_PASSWORD).await,
    ]
}

#[service_test]
async fn white_space_around_a_name_is_dropped_if_a_person_has_typed_it_and_nowhere_else() {
    let service = Service::start(generous(&json!({}))).await;
    let profile = json!({"otherMails": ["mike@example.org"], "passwordProfile": {"password": OLD_PASSWORD}});
    let id = service.create(MIKE, profile).await;
    for name in [format!(" {MIKE}"), format!("{MIKE}\u{a0}\n")] {
        let [begun, own, read, checked] = entry_points(&service, &name).await;
        begun.expect(202);
        checked.expect(200);
        own.problem(403, "forbidden");
        read.graph_error(404, "Request_ResourceNotFound");
        service.patch(&id, &json!({"userPrincipalName": name})).await.graph_error(400, "Request_BadRequest");
    }
}

#[service_test]
async fn a_look_alike_name_matches_nobody_at_any_entry_point() {
    let service = Service::start(generous(&json!({}))).await;
    let id = service.create(MIKE, json!({"otherMails": ["mike@example.org"]})).await;
    let whole = async || {
        let target = format!("{USERS}/{id}?$select=userPrincipalName,displayName,otherMails,jobTitle");
        service.send(Request::get(&target).bearer(&service.admin)).await.expect(200).json()
    };
    let before = whole().await;
    for name in [
        "m\u{131}ke.sals@contoso.example",
        "mi\u{212a}e.sals@contoso.example",
        "mike.\u{17f}als@contoso.example",
        "\u{ff4d}ike.sals@contoso.example",
        "mike.sals\u{ad}@contoso.example",
        "mike.sals\u{200b}@contoso.example",
        "\u{202e}mike.sals@contoso.example",
        "mike.sals@contoso.example\u{0}",
        "mike.sals@contoso.example.",
        "mike.sals @contoso.example",
    ] {
        let [begun, own, read, checked] = entry_points(&service, name).await;
        begun.problem(400, "malformed");
        own.problem(403, "forbidden");
        read.graph_error(404, "Request_ResourceNotFound");
        assert!([400, 422].contains(&checked.status), "{name:?}: {}", checked.status);
        let taken = json!({"userPrincipalName": name});
        service.send(Request::post(USERS, &taken).bearer(&service.admin)).await.graph_error(400, "Request_BadRequest");
        service.patch(&id, &taken).await.graph_error(400, "Request_BadRequest");
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    // These names are valid and belong to other people.
    for (number, name) in ["m\u{ef}ke.sals@contoso.example", "m\u{456}ke.sals@contoso.example"].iter().enumerate() {
        let [begun, own, read, checked] = entry_points(&service, name).await;
        begun.expect(202);
        own.problem(403, "forbidden");
        read.graph_error(404, "Request_ResourceNotFound");
        checked.problem(422, "credentials-rejected");
        assert_eq!(service.messages().await, Vec::<Value>::new(), "{name}");
        let mail = format!("other{number}@example.org");
        let other = service.create(name, json!({"otherMails": [mail], "jobTitle": "Another"})).await;
        assert_ne!(other, id);
        entry_points(&service, name).await.into_iter().zip([202, 200, 200, 200]).for_each(|(reply, status)| {
            reply.expect(status);
        });
        assert_eq!(service.outbox(&mail).await.len(), 1);
        assert_eq!(service.outbox("mike@example.org").await, Vec::<Value>::new());
        service.empty_outbox().await;
    }
    assert_eq!(whole().await, before);
    // Case makes no difference at any entry point.
    let [begun, own, read, checked] = entry_points(&service, "MIKE.Sals@CONTOSO.example").await;
    begun.expect(202);
    assert_eq!(own.expect(200).text("userName"), MIKE);
    assert_eq!(read.expect(200).text("id"), id);
    assert_eq!(checked.expect(200).text("userId"), id);
    assert_eq!(service.outbox("mike@example.org").await.len(), 1);
}

/// Members that a person might try to set, with values.
fn hopes(other: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("verified", json!(true)),
        ("verifiedAt", json!("2026-01-01T00:00:00Z")),
        ("phone_verified", json!(true)),
        ("usable", json!(true)),
        ("source", json!("directory")),
        ("role", json!("admin")),
        ("isAdmin", json!(true)),
        ("attempts", json!(0)),
        ("budget", json!(1000)),
        ("gates", json!(1)),
        ("methodsRequired", json!(0)),
        ("userName", json!(LENA)),
        ("user", json!(LENA)),
        ("user_id", json!(other)),
        ("id", json!(other)),
        ("__proto__", json!({"verified": true})),
        ("@odata.type", json!("x")),
    ]
}

#[service_test]
async fn no_member_that_callers_may_not_set_changes_an_item() {
    let policy = json!({"methods": ["email", "mobileSms", "securityQuestions"]});
    let service = Service::start(generous(&policy)).await;
    service.adele().await;
    let lena_id = lena(&service).await;
    let (own, lenas) = (service.user(NAME).await, service.user(LENA).await);
    let wish = json!({"type": "email", "value": "adele@example.net"});
    let made = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&own)).await.expect(202);
    let code = digits(service.outbox("adele@example.net").await.last().unwrap());
    let proof = format!("/v1/registration/challenges/{}/verifications", made.text("challengeId"));
    let questions = ["first-concert", "first-film", "learned-to-swim", "first-own-street", "first-boss"];
    let answer = |question: &&str| json!({"questionId": question, "answer": format!("about {question} it is")});
    let answers = json!({"answers": questions.iter().map(answer).collect::<Vec<_>>()});
    let bodies = [
        ("POST", "/v1/registration/challenges", json!({"type": "mobilePhone", "value": "+1 4255550123"})),
        ("POST", &proof, json!({"code": code})),
        ("PUT", "/v1/registration/security-questions", answers.clone()),
    ];
    let before = table(&service).await;
    service.empty_outbox().await;
    for (member, value) in hopes(&lena_id) {
        for (method, path, body) in &bodies {
            let mut body = body.clone();
            body[member] = value.clone();
            let request = || Request::new(method, path).bearer(&own);
            service.send(request().json(&body)).await.problem(400, "malformed");
        }
        let mut deep = answers.clone();
        deep["answers"][4][member] = value;
        let request = Request::new("PUT", "/v1/registration/security-questions").bearer(&own);
        service.send(request.json(&deep)).await.problem(400, "malformed");
    }
    assert!(table(&service).await == before, "nothing was written");
    assert_eq!(service.messages().await, Vec::<Value>::new());
    // A route that takes no body ignores it, and nobody else is affected.
    let registration =
        async |token: &str| service.send(Request::get("/v1/registration").bearer(token)).await.expect(200).json();
    let lenas_before = registration(&lenas).await;
    let all: serde_json::Map<String, Value> =
        hopes(&lena_id).into_iter().map(|(member, value)| (member.to_owned(), value)).collect();
    let all = Value::Object(all);
    service.send(Request::new("POST", &proof).bearer(&own).json(&json!({"code": code}))).await.expect(200);
    let confirmed = service.send(Request::post("/v1/registration/confirmation", &all).bearer(&own)).await.expect(200);
    assert_eq!(confirmed.text("userName"), NAME);
    let removal = Request::new("DELETE", "/v1/registration/methods/email").json(&all).bearer(&own);
    service.send(removal.clone()).await.expect(204);
    assert_eq!(registration(&lenas).await, lenas_before);
    service.send(removal.bearer("x")).await.problem(401, "unauthenticated");
}

/// Texts that contain an id or a name, together with what begins, separates or ends a key of the table.
fn composed(id: &str) -> Vec<String> {
    let begins = ["RESET#", "ACCOUNT#", "NAME#", "OWNER#", "USER#", "CHALLENGE#", "../", "./", "x#", "x|", ":"];
    let ends = ["#RESET", "#ACCOUNT", "#RING", "#", "|", "|RESET", ":", "/..", "\u{0}", " "];
    begins.iter().map(|begin| format!("{begin}{id}")).chain(ends.iter().map(|end| format!("{id}{end}"))).collect()
}

#[service_test]
async fn an_id_that_is_composed_like_a_key_reaches_no_item() {
    let service = Service::start(generous(&json!({}))).await;
    let adele = service.adele().await;
    lena(&service).await;
    let (reset, code) = mailed(&service, LENA, LENAS_MAIL).await;
    let own = service.user(LENA).await;
    let wish = json!({"type": "email", "value": "lena@example.net"});
    let made = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&own)).await.expect(202);
    let (challenge, proof) = (made.text("challengeId"), digits(&service.outbox("lena@example.net").await[0]));
    let before = table(&service).await;
    for (step, body, status, problem) in [
        ("verifications", json!({"code": code}), 422, "code-rejected"),
        ("password", json!({"resetToken": "x", "newPassword": NEW_PASSWORD}), 422, "token-rejected"),
        ("codes", json!({"method": "email"}), 404, "not-found"),
    ] {
        let request = |id: &String| Request::post(&format!("/v1/resets/{}/{step}", segment(id)), &body);
        let requests = composed(&reset).iter().map(request).collect();
        together(requests, service.address()).await.iter().for_each(|reply| reply.problem(status, problem));
    }
    for id in composed(&challenge) {
        let path = format!("/v1/registration/challenges/{}/verifications", segment(&id));
        let reply = service.send(Request::post(&path, &json!({"code": proof})).bearer(&own)).await;
        assert!([404, 422].contains(&reply.status), "{id}: {}", reply.status);
    }
    for id in composed(&adele).into_iter().chain(composed(NAME)) {
        let target = format!("{USERS}/{}", segment(&id));
        for method in ["GET", "PATCH", "DELETE"] {
            let request = Request::new(method, &target).json(&json!({"jobTitle": "x"})).bearer(&service.admin);
            let reply = service.send(request).await;
            assert!([400, 404].contains(&reply.status), "{method} {id}: {}", reply.status);
        }
    }
    assert!(table(&service).await == before, "nothing was written");
    // What was meant is still there.
    service.verify(&reset, &code).await.expect(200);
    let path = format!("/v1/registration/challenges/{challenge}/verifications");
    service.send(Request::post(&path, &json!({"code": proof})).bearer(&own)).await.expect(200);
}
