//! Tokens that are not exactly right, at every route that takes one.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::TcpListener;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::credentials::token::IssuerKeys;
use shared::time::Clock;

use super::{NAME, POLICY, generous, table};
use crate::support::service::{PERMISSIONS, digits};
use crate::support::{Reply, Request, Service};

const PHONE: &str = "3179e48a-750b-4051-897c-87b9720928f7";
const EMAIL: &str = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
const PASSWORD: &str = "28c10230-6103-485e-b985-444c60001490";

/// The routes, beside those of a reset, that take no token.
const ANYBODYS: [&str; 3] = ["/openapi.json", "/v1/settings", "/v1/password"];

/// Every route that takes a token, with a body that it would accept.
fn routes(code: &str) -> Vec<(&'static str, &'static str, Value)> {
    let phone = json!({"phoneNumber": "+1 4255550199", "phoneType": "office"});
    let address = json!({"emailAddress": "evil@example.org"});
    let answers: Vec<Value> = ["first-concert", "first-film", "learned-to-swim", "first-own-street", "first-boss"]
        .iter()
        .enumerate()
        .map(|(at, question)| json!({"questionId": question, "answer": format!("answer {at}")}))
        .collect();
    let user = json!({"userPrincipalName": "evil@contoso.example"});
    let contact = json!({"mobilePhone": "+1 4255550199", "passwordProfile": {"password": "a password from nowhere"}});
    vec![
        ("GET", "/v1/registration", json!(null)),
        ("GET", "/v1/registration/question-catalogue", json!(null)),
        ("POST", "/v1/registration/challenges/{challengeId}/verifications", json!({"code": code})),
        ("POST", "/v1/registration/challenges", json!({"type": "email", "value": "evil@example.org"})),
        ("PUT", "/v1/registration/security-questions", json!({"answers": answers})),
        ("POST", "/v1/registration/confirmation", json!(null)),
        ("DELETE", "/v1/registration/methods/{type}", json!(null)),
        ("POST", "/v1/credentials/verifications", json!({"userName": NAME, "password": "x"})),
        ("GET", "/graph/v1.0/users", json!(null)),
        ("GET", "/graph/v1.0/users/{id}", json!(null)),
        ("GET", "/graph/v1.0/users/{id}/authentication/methods", json!(null)),
        ("GET", "/graph/v1.0/users/{id}/authentication/methods/{methodId}", json!(null)),
        ("GET", "/graph/v1.0/users/{id}/authentication/phoneMethods", json!(null)),
        ("GET", "/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}", json!(null)),
        ("GET", "/graph/v1.0/users/{id}/authentication/emailMethods", json!(null)),
        ("GET", "/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", json!(null)),
        ("GET", "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails", json!(null)),
        ("GET", "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails/{id}", json!(null)),
        ("GET", "/graph/v1.0/auditLogs/directoryAudits", json!(null)),
        ("GET", "/graph/v1.0/auditLogs/directoryAudits/{id}", json!(null)),
        ("GET", POLICY, json!(null)),
        ("PATCH", POLICY, json!({"methodsRequired": 2})),
        ("POST", "/graph/v1.0/users", user),
        ("POST", "/graph/v1.0/users/{id}/authentication/phoneMethods", phone.clone()),
        (
            "PATCH",
            "/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}",
            json!({"phoneNumber": "+1 4255550199", "phoneType": "mobile"}),
        ),
        ("DELETE", "/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}", json!(null)),
        ("PATCH", "/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", address.clone()),
        ("DELETE", "/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", json!(null)),
        ("POST", "/graph/v1.0/users/{id}/authentication/emailMethods", address),
        ("POST", "/graph/v1.0/users/{id}/authentication/unblockPasswordReset", json!(null)),
        ("POST", "/graph/v1.0/users/{id}/authentication/methods/{methodId}/resetPassword", json!({})),
        ("POST", "/graph/v1.0/users/{id}/revokeSignInSessions", json!(null)),
        ("PATCH", "/graph/v1.0/users/{id}", contact),
        ("DELETE", "/graph/v1.0/users/{id}", json!(null)),
    ]
}

/// A service in which each of these requests, with the right token, would do what it says.
struct Open {
    service: Service,
    requests: Vec<(&'static str, &'static str, Request)>,
}

async fn open() -> Open {
    let policy = json!({"methods": ["email", "mobileSms", "securityQuestions"], "methodsRequired": 1});
    let service = Service::start(generous(&policy)).await;
    let id = service.adele().await;
    let below = format!("/graph/v1.0/users/{id}/authentication");
    for (kind, body) in [
        ("phoneMethods", json!({"phoneNumber": "+1 4255550170", "phoneType": "mobile"})),
        ("emailMethods", json!({"emailAddress": "adele@example.net"})),
    ] {
        service.send(Request::post(&format!("{below}/{kind}"), &body).bearer(&service.admin)).await.expect(201);
    }
    let wish = json!({"type": "mobilePhone", "value": "+1 4255550123"});
    let own = service.user(NAME).await;
    let made = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&own)).await.expect(202);
    let code = digits(service.outbox("+14255550123").await.last().unwrap());
    let challenge = made.text("challengeId");
    let filled = |template: &str| {
        let method = match template {
            template if template.contains("emailMethods") => EMAIL,
            template if template.contains("resetPassword") => PASSWORD,
            _ => PHONE,
        };
        let target = template.replace("{id}", &id).replace("{methodId}", method);
        target.replace("{challengeId}", &challenge).replace("{type}", "email")
    };
    let request = |method: &str, template: &str, body: &Value| match body {
        Value::Null => Request::new(method, &filled(template)),
        body => Request::new(method, &filled(template)).json(body),
    };
    let routes = routes(&code).into_iter();
    let requests = routes.map(|(method, path, body)| (method, path, request(method, path, &body))).collect();
    service.empty_outbox().await;
    Open { service, requests }
}

/// Every path and method of the service's own description that takes a token.
async fn described(service: &Service) -> BTreeSet<(String, String)> {
    let document = service.send(Request::get("/openapi.json")).await.expect(200).json();
    let mut all = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = ["get", "post", "put", "patch", "delete"].into_iter().filter(|method| item[*method].is_object());
        if !path.starts_with("/v1/resets") && !ANYBODYS.contains(&path.as_str()) {
            all.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
        }
    }
    all
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

/// A token signed with HMAC-SHA-256 (RFC 2104) under a secret that anyone can know.
fn hmac(mut header: Value, claims: &Value, secret: &[u8]) -> String {
    header["alg"] = json!("HS256");
    let signed = format!("{}.{}", part(&header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
}

/// The published key, an address that headers can point to, and a service with another issuer.
struct Forger {
    key: Value,
    elsewhere: String,
    stranger: Service,
}

impl Forger {
    /// Tokens with a forged header or signature, and one from another issuer.
    fn with_headers(&self, claims: &Value, genuine: &str) -> Vec<String> {
        let [header, payload, signature] = genuine.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        let kid = self.key["kid"].as_str().unwrap();
        let text = self.key["x"].as_str().unwrap();
        let raw = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        assert_eq!(raw.len(), 32);
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA{}=\n-----END PUBLIC KEY-----\n",
            BASE64_NOPAD.encode(&raw)
        );
        let whole = self.key.to_string();
        let own =
            json!({"kty": "oct", "alg": "HS256", "kid": "own", "k": BASE64URL_NOPAD.encode(b"a secret of one's own")});
        let mut tokens = Vec::new();
        for secret in
            [raw.as_slice(), text.as_bytes(), pem.as_bytes(), whole.as_bytes(), HEXLOWER.encode(&raw).as_bytes(), b""]
        {
            tokens.push(hmac(json!({"typ": "JWT", "kid": kid}), claims, secret));
            tokens.push(hmac(json!({"typ": "JWT"}), claims, secret));
        }
        for kid in ["../../../../dev/null", "/dev/null", "", "0", "x' UNION SELECT ''--", &format!("../{kid}")] {
            tokens.push(hmac(json!({"typ": "JWT", "kid": kid}), claims, b""));
        }
        for more in [
            json!({"jwk": own}),
            json!({"jku": self.elsewhere}),
            json!({"x5u": self.elsewhere}),
            json!({"x5c": ["AAAA"]}),
            json!({"crit": ["exp"]}),
        ] {
            for kid in [kid, "own"] {
                let mut header = json!({"typ": "JWT", "kid": kid});
                header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                tokens.push(hmac(header, claims, b"a secret of one's own"));
            }
        }
        for alg in ["none", "None", "NONE", "nOnE", "", "RS256", "ES256", "HS256"] {
            let header = part(&json!({"alg": alg, "typ": "JWT", "kid": kid}));
            tokens.extend([format!("{header}.{payload}."), format!("{header}.{payload}.{signature}")]);
        }
        let other = part(&json!({"sub": "y"}));
        tokens.extend([
            format!("{header}.{payload}."),
            format!("{header}.{payload}"),
            format!("{header}.{other}.{signature}"),
            format!("{header}.{payload}.{}", signature.chars().rev().collect::<String>()),
            format!("{genuine}.{signature}"),
            format!("{genuine}="),
            String::new(),
        ]);
        tokens.push(self.stranger.running.issuer.sign(claims.clone()).unwrap());
        tokens
    }

    /// Tokens signed with the right key, each with one wrong claim.
    fn with_claims(service: &Service, claims: &Value, now: u64) -> Vec<String> {
        let changes = [
            ("exp", json!(now - 1)),
            ("exp", json!(now)),
            ("exp", json!((now + 3600).to_string())),
            ("exp", json!(null)),
            ("nbf", json!(now + 600)),
            ("iat", json!(now + 600)),
            ("iss", json!("urn:rekey:other-issuer")),
            ("iss", json!("urn:rekey:local-issuer/")),
            ("iss", json!([claims["iss"]])),
            ("aud", json!("urn:rekey:other")),
            ("aud", json!([])),
            ("sub", json!("")),
            ("sub", json!(null)),
        ];
        let changed = changes.map(|(name, value)| {
            let mut claims = claims.clone();
            claims[name] = value;
            service.running.issuer.sign(claims).unwrap()
        });
        changed.to_vec()
    }
}

#[track_caller]
fn refused(reply: &Reply, path: &str, status: u16) {
    let (own, graph) = match status {
        401 => ("unauthenticated", "InvalidAuthenticationToken"),
        _ => ("forbidden", "Authorization_RequestDenied"),
    };
    match path.starts_with("/graph") {
        true => reply.graph_error(status, graph),
        false => reply.problem(status, own),
    }
}

#[service_test]
async fn no_trick_with_a_token_opens_any_route() {
    let Open { service, requests } = open().await;
    let known: BTreeSet<(String, String)> =
        requests.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(known, described(&service).await, "every route that takes a token is tried");

    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let keys = serde_json::to_value(&*service.running.issuer.keys(true).await.unwrap()).unwrap();
    let forger = Forger {
        key: keys["keys"][0].clone(),
        elsewhere: format!("http://{}/keys", elsewhere.local_addr().unwrap()),
        stranger: Service::start(json!({})).await,
    };
    // A sign-in in whole seconds must not seem older than the account.
    service.advance(1).await;
    let now = service.running.clock.now().seconds();
    let common = json!({"iss": local::ISSUER, "aud": local::AUDIENCE, "sub": "x", "iat": now, "exp": now + 3600});
    let claims = |more: Value| {
        let mut claims = common.clone();
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let application = claims(json!({"roles": PERMISSIONS}));
    let person = claims(json!({"preferred_username": NAME, "auth_time": now}));
    let sign = |claims: &Value| service.running.issuer.sign(claims.clone()).unwrap();
    let (right_application, right_person) = (sign(&application), sign(&person));
    let tricks = |claims: &Value, genuine: &str| {
        [forger.with_headers(claims, genuine), Forger::with_claims(&service, claims, now)].concat()
    };
    let (applications, persons) = (tricks(&application, &right_application), tricks(&person, &right_person));
    assert_eq!((applications.len(), persons.len()), (65, 65));

    let before = table(&service).await;
    for (_, path, request) in &requests {
        let own = path.starts_with("/v1/registration");
        for (number, token) in if own { &persons } else { &applications }.iter().enumerate() {
            let reply = service.send(request.clone().bearer(token)).await;
            assert_eq!(reply.status, 401, "trick {number} at {path}: {token}");
            refused(&reply, path, 401);
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
        refused(&service.send(request.clone()).await, path, 401);
        // The wrong kind of token: an application is not a person, and a person has no application permissions.
        let wrong = if own { &right_application } else { &right_person };
        refused(&service.send(request.clone().bearer(wrong)).await, path, 403);
    }
    assert!(table(&service).await == before, "nothing was written");
    assert_eq!(service.messages().await, Vec::<Value>::new(), "nothing was sent");
    assert_eq!(elsewhere.accept().map_err(|error| error.kind()).err(), Some(ErrorKind::WouldBlock), "nor fetched");

    // With the right token, no request is refused for its token.
    for (method, path, request) in &requests {
        let own = path.starts_with("/v1/registration");
        let token = if own { &right_person } else { &right_application };
        let reply = service.send(request.clone().bearer(token)).await;
        assert!(![401, 403].contains(&reply.status) && reply.status < 500, "{method} {path}: {}", reply.status);
    }
    assert!(table(&service).await != before);
}
