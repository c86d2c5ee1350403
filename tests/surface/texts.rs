//! The texts of refusals: a 400 names the member and its rule, a 403 the missing permission or right, and a 404 the
//! thing that does not exist.

mod malformed;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::service::PERMISSIONS;
use crate::support::{Reply, Request, Service};

const ADELE: &str = "adele@contoso.example";
const ROOT: &str = "root@contoso.example";
const NOBODY: &str = "nobody@contoso.example";

/// An operation of the API's description.
struct Operation {
    name: String,
    method: String,
    path: String,
    body: Option<Value>,
    is_open: bool,
}

impl Operation {
    /// Every operation that the service describes.
    fn all() -> Vec<Self> {
        let document = local::describe::description();
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
                let examples = operation["requestBody"]["content"]["application/json"]["examples"].as_object();
                all.push(Self {
                    name: operation["operationId"].as_str().unwrap().to_owned(),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    body: examples.and_then(|examples| examples.values().next()).map(|one| one["value"].clone()),
                    is_open: operation["security"].is_array(),
                });
            }
        }
        all
    }

    fn named(name: &str) -> Self {
        Self::all().into_iter().find(|operation| operation.name == name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// A request about a user, with `id` for every other parameter of the path.
    fn request(&self, user: &str, id: &str) -> Request {
        let others = ["{resetId}", "{challengeId}", "{methodId}", "{type}"];
        let path = others.iter().fold(self.path.replace("{id}", user), |path, name| path.replace(name, id));
        let request = Request::new(&self.method, &path);
        self.body.as_ref().map_or(request.clone(), |body| request.json(body))
    }

    fn with(&self, body: &Value) -> Request {
        Self {
            body: Some(body.clone()),
            path: self.path.clone(),
            name: String::new(),
            method: self.method.clone(),
            ..*self
        }
        .request(ADELE, "AAAAAAAAAAAAAAAAAAAAAA")
    }
}

/// The text of an error, in either format.
fn text(reply: &Reply) -> String {
    let body = reply.json();
    let text = body["detail"].as_str().or(body["error"]["message"].as_str());
    text.unwrap_or_else(|| panic!("no error: {body}")).to_owned()
}

/// A service with Adele, her id, and a token with every permission.
async fn service() -> (Service, String, String) {
    let service = Service::start(json!({"methods": ["mobileSms", "mobileCall", "email", "securityQuestions"]})).await;
    let id = service.adele().await;
    let admin = service.application(&PERMISSIONS).await;
    (service, id, admin)
}

async fn token_for(operation: &Operation, service: &Service, admin: &str) -> String {
    if operation.path.starts_with("/v1/registration") { service.user(ADELE).await } else { admin.to_owned() }
}

/// The permission or the user that each operation with a token needs, as its refusal names it.
const NEEDS: [(&str, &str); 34] = [
    ("getRegistration", "the token of an enabled user"),
    ("beginChallenge", "the token of an enabled user"),
    ("verifyChallenge", "the token of an enabled user"),
    ("setSecurityQuestions", "the token of an enabled user"),
    ("getQuestions", "the token of an enabled user"),
    ("removeMethod", "the token of an enabled user"),
    ("confirmRegistration", "the token of an enabled user"),
    ("checkPassword", "Credentials.Check"),
    ("listUsers", "User.Read.All"),
    ("getUser", "User.Read.All"),
    ("createUser", "User.ReadWrite.All"),
    ("changeUser", "User.ReadWrite.All or OnPremDirectorySynchronization.ReadWrite.All"),
    ("deleteUser", "User.ReadWrite.All"),
    ("resetPassword", "UserAuthenticationMethod.ReadWrite.All"),
    ("revokeSignInSessions", "User.ReadWrite.All"),
    ("unblockPasswordReset", "UserAuthenticationMethod.ReadWrite.All or User.ReadWrite.All"),
    ("listMethods", "UserAuthenticationMethod.Read.All"),
    ("getMethod", "UserAuthenticationMethod.Read.All"),
    ("listPhoneMethods", "UserAuthenticationMethod.Read.All"),
    ("getPhoneMethod", "UserAuthenticationMethod.Read.All"),
    ("listEmailMethods", "UserAuthenticationMethod.Read.All"),
    ("getEmailMethod", "UserAuthenticationMethod.Read.All"),
    ("addPhoneMethod", "UserAuthenticationMethod.ReadWrite.All"),
    ("changePhoneMethod", "UserAuthenticationMethod.ReadWrite.All"),
    ("removePhoneMethod", "UserAuthenticationMethod.ReadWrite.All"),
    ("addEmailMethod", "UserAuthenticationMethod.ReadWrite.All"),
    ("changeEmailMethod", "UserAuthenticationMethod.ReadWrite.All"),
    ("removeEmailMethod", "UserAuthenticationMethod.ReadWrite.All"),
    ("listUserRegistrationDetails", "AuditLog.Read.All"),
    ("getUserRegistrationDetails", "AuditLog.Read.All"),
    ("listAudits", "AuditLog.Read.All"),
    ("getAudit", "AuditLog.Read.All"),
    ("getPolicy", "Policy.ReadWrite.AuthenticationMethod"),
    ("changePolicy", "Policy.ReadWrite.AuthenticationMethod"),
];

#[service_test]
async fn a_403_names_the_permission_on_every_route() {
    let (service, id, _) = service().await;
    let none = service.application(&[]).await;
    let claims = json!({"sub": "x", "preferred_username": NOBODY, "scp": PERMISSIONS.join(" ")});
    let delegated = service.running.issuer.sign(claims).unwrap();
    for operation in Operation::all().into_iter().filter(|operation| !operation.is_open) {
        let name = &operation.name;
        let (_, need) = NEEDS.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} is missing"));
        for user in [id.as_str(), NOBODY] {
            let request = || operation.request(user, "3179e48a-750b-4051-897c-87b9720928f7");
            let reply = service.send(request().bearer(&none)).await.expect(403);
            assert_eq!(text(&reply), format!("needs {need}"), "{name}");
            // A delegated token with every permission, whose user is unknown.
            let reply = service.send(request().bearer(&delegated)).await.expect(403);
            let rest = match operation.path.starts_with("/v1/registration") {
                true => "",
                false => "; delegated permissions count only for an enabled, privileged user",
            };
            assert_eq!(text(&reply), format!("needs {need}{rest}"), "{name}");
        }
    }
}

#[service_test]
async fn a_403_names_the_rule_about_a_user() {
    let (service, id, admin) = service().await;
    let root = service.create(ROOT, json!({})).await;
    service.patch(&root, &json!({"isAdmin": true})).await.expect(204);
    let desk = service.application(&["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]).await;
    let claims = json!({"sub": "root", "preferred_username": ROOT, "scp": PERMISSIONS.join(" ")});
    let own = service.running.issuer.sign(claims).unwrap();
    let phone = Operation::named("addPhoneMethod");
    let email = Operation::named("addEmailMethod");
    let change = |key: &str, body: &Value| Request::new("PATCH", &format!("/graph/v1.0/users/{key}")).json(body);
    for name in ["deleteUser", "unblockPasswordReset", "addPhoneMethod", "addEmailMethod"] {
        let request = || Operation::named(name).request(ROOT, "x");
        let reply = service.send(request().bearer(&desk)).await.expect(403);
        assert_eq!(text(&reply), "needs RoleManagement.ReadWrite.Directory to change a privileged user", "{name}");
        let reply = service.send(request().bearer(&own)).await.expect(403);
        assert_eq!(text(&reply), "nobody may change their own user here", "{name}");
    }
    for (key, body, token, rule) in [
        (
            ROOT,
            json!({"mobilePhone": null}),
            &desk,
            "needs RoleManagement.ReadWrite.Directory to change a privileged user",
        ),
        (ROOT, json!({"mobilePhone": null}), &own, "nobody may change their own user here"),
        (ROOT, json!({"isAdmin": false}), &own, "nobody may change their own user here"),
        (&id, json!({"isAdmin": true}), &desk, "needs RoleManagement.ReadWrite.Directory"),
        (&id, json!({"onPremisesSyncEnabled": true}), &desk, "needs OnPremDirectorySynchronization.ReadWrite.All"),
    ] {
        let reply = service.send(change(key, &body).bearer(token)).await.expect(403);
        assert_eq!(text(&reply), rule, "{body}");
    }
    for operation in [phone, email] {
        service.send(operation.request(ROOT, "x").bearer(&admin)).await.expect(201);
    }
    // An unknown user, a disabled user and a token without a user get the same text.
    service.patch(&id, &json!({"accountEnabled": false})).await.expect(204);
    for token in [service.user(ADELE).await, service.user(NOBODY).await, admin] {
        let reply = service.send(Request::get("/v1/registration").bearer(&token)).await.expect(403);
        assert_eq!(text(&reply), "needs the token of an enabled user");
    }
    let foreign = Request::get("/_local/outbox").header("Origin", "http://127.0.0.1:1");
    let rule = "needs a request from this machine, without a foreign Host or Origin header";
    assert_eq!(text(&service.send(foreign).await.expect(403)), rule);
}

#[service_test]
async fn a_404_says_what_does_not_exist() {
    let (service, id, admin) = service().await;
    // These responses do not distinguish an unknown id from a wrong code or token.
    let silent = BTreeSet::from(["verifyCode", "completeReset", "verifyChallenge"]);
    for operation in Operation::all().into_iter().filter(|operation| operation.path.contains('{')) {
        let name = operation.name.as_str();
        let token = token_for(&operation, &service, &admin).await;
        let reply = service.send(operation.request(NOBODY, "AAAAAAAAAAAAAAAAAAAAAA").bearer(&token)).await;
        let expected = match name {
            name if silent.contains(name) => {
                assert_eq!(reply.status, 422, "{name}");
                continue;
            }
            "orderCode" => "there is no such reset, or it has ended",
            "removeMethod" => "this user has no such method",
            "getAudit" => "there is no such audit record",
            "changePhoneMethod" | "removePhoneMethod" | "changeEmailMethod" | "removeEmailMethod" => {
                "this user has no such method"
            }
            _ => "there is no such user",
        };
        assert_eq!((reply.status, text(&reply).as_str()), (404, expected), "{name}");
        if operation.path.contains("{methodId}") {
            let (mobile, email) = ("3179e48a-750b-4051-897c-87b9720928f7", "3ddfcfc8-9383-446f-83cc-3ab9be4be18f");
            let method = if operation.path.contains("emailMethods") { email } else { mobile };
            for (user, method, expected) in [
                (id.as_str(), method, "this user has no such method"),
                (&id, "x", "this user has no such method"),
                (NOBODY, method, "there is no such user"),
            ] {
                let reply = service.send(operation.request(user, method).bearer(&token)).await.expect(404);
                assert_eq!(text(&reply), expected, "{name} {user} {method}");
            }
        }
    }
    let removal = Operation::named("removeMethod");
    let token = service.user(ADELE).await;
    for kind in ["mobilePhone", "officePhone", "email", "securityQuestions"] {
        let reply = service.send(removal.request(ADELE, kind).bearer(&token)).await.expect(404);
        assert_eq!(text(&reply), "this user has no such method", "{kind}");
    }
    for path in [
        "/unknown",
        "/v1/resets/x/unknown",
        "/v1/registration/methods",
        "/v1/credentials",
        "/graph/v1.0/groups",
        "/graph/v1.0/users/x/unknown",
        "/graph/v1.0/users/x/authentication/unknown",
        "/graph/v1.0/reports/unknown",
        "/_local/unknown",
    ] {
        let reply = service.send(Request::get(path).bearer(&admin)).await.expect(404);
        assert_eq!(text(&reply), "there is no such route", "{path}");
    }
}

#[service_test]
async fn an_ended_and_an_unknown_reset_get_the_same_404() {
    let (service, ..) = service().await;
    let begun = service.begin(ADELE, "email", None).await;
    let order = |id: &str| Request::post(&format!("/v1/resets/{id}/codes"), &json!({"method": "email"}));
    service.advance(900).await;
    let ended = service.send(order(&begun.id)).await.expect(404);
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "x"] {
        assert_eq!(service.send(order(id)).await.expect(404).shape(), ended.shape(), "{id}");
    }
    assert_eq!(text(&ended), "there is no such reset, or it has ended");
}
