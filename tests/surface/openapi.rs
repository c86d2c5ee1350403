//! The API's description, which the service serves: complete, correct, and without anything else.

use std::collections::{BTreeMap, BTreeSet};

use local::gateway::routes::{Function, ROUTES, Route, choose};
use serde_json::{Value, json};

use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, digits, wrong};
use crate::support::{Reply, Request, Service};

const ADELE: &str = "adele@contoso.example";
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "options", "head", "trace"];
/// The paths that take a person's token.
const PERSONS: &str = "/v1/registration";
/// Five paths whose permissions the tests' administrator lacks. Every other path takes the administrator's token.
const POLICY: &str = "/graph/v1.0/policies/passwordReset";
const REPORT: &str = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails";
const ROW: &str = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails/{id}";
const AUDIT: &str = "/graph/v1.0/auditLogs/directoryAudits";
const RECORD: &str = "/graph/v1.0/auditLogs/directoryAudits/{id}";

/// The service, and the description that it serves.
struct Described {
    service: Service,
    document: Value,
    person: String,
    others: String,
}

impl Described {
    async fn start() -> Self {
        let service = Service::start(json!({})).await;
        service.adele().await;
        let document = service.send(Request::get("/openapi.json")).await.expect(200).json();
        let person = service.user(ADELE).await;
        let others = service.application(&["Policy.ReadWrite.AuthenticationMethod", "AuditLog.Read.All"]).await;
        Self { service, document, person, others }
    }

    fn paths(&self) -> &serde_json::Map<String, Value> {
        self.document["paths"].as_object().unwrap()
    }

    /// The target of a reference, or the value itself.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.strip_prefix('#').unwrap()).expect(reference),
            None => value,
        }
    }

    /// The path with its parameters replaced by their examples.
    fn target(&self, path: &str) -> String {
        let parameters = self.paths()[path]["parameters"].as_array().into_iter().flatten();
        parameters.fold(path.to_owned(), |path, parameter| {
            let parameter = self.resolve(parameter);
            let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
            path.replace(&name, parameter["example"].as_str().unwrap())
        })
    }

    fn token(&self, path: &str) -> &str {
        match path {
            POLICY | REPORT | ROW | AUDIT | RECORD => &self.others,
            path if path.starts_with(PERSONS) => &self.person,
            _ => &self.service.admin,
        }
    }

    /// Sends a request with the token that its path takes, and checks the response against the description.
    async fn observe(&self, path: &str, method: &str, request: Request) -> Reply {
        self.observe_plain(path, method, request.bearer(self.token(path))).await
    }

    /// Sends a request as it is, and checks the response against the description.
    async fn observe_plain(&self, path: &str, method: &str, request: Request) -> Reply {
        let reply = self.service.send(request).await;
        let what = format!("{} at {method} {path}", reply.status);
        let response = self.resolve(&self.paths()[path][method]["responses"][reply.status.to_string()]);
        assert!(response.is_object(), "{what} is not documented: {}", String::from_utf8_lossy(&reply.body));
        for (name, header) in response["headers"].as_object().unwrap() {
            let value = reply.header(&name.to_lowercase());
            assert!(value.is_some(), "{what} has no {name}");
            let fixed = self.resolve(header)["schema"]["const"].as_str();
            assert!(fixed.is_none() || fixed == value, "{what} has another {name}: {value:?}");
        }
        let content = response["content"].as_object();
        let types: Vec<&str> = content.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        assert_eq!(reply.header("content-type").into_iter().collect::<Vec<_>>(), types, "{what}");
        if reply.status >= 400 {
            let body = reply.json();
            let code = body["code"].as_str().or(body["error"]["code"].as_str()).unwrap();
            let example = self.resolve(&response["content"][types[0]]["examples"][code])["value"].clone();
            let found = example["code"].as_str().or(example["error"]["code"].as_str());
            assert_eq!(found, Some(code), "{what}: no example of {code}");
        }
        reply
    }
}

/// Every path of the API, with its methods.
const PATHS: [(&str, &str); 31] = [
    ("/v1/settings", "GET"),
    ("/v1/password", "POST"),
    ("/v1/resets", "POST"),
    ("/v1/resets/{resetId}/codes", "POST"),
    ("/v1/resets/{resetId}/verifications", "POST"),
    ("/v1/resets/{resetId}/password", "POST"),
    ("/v1/registration", "GET"),
    ("/v1/registration/challenges", "POST"),
    ("/v1/registration/challenges/{challengeId}/verifications", "POST"),
    ("/v1/registration/security-questions", "PUT"),
    ("/v1/registration/question-catalogue", "GET"),
    ("/v1/registration/methods/{type}", "DELETE"),
    ("/v1/registration/confirmation", "POST"),
    ("/v1/credentials/verifications", "POST"),
    ("/graph/v1.0/users", "GET, POST"),
    ("/graph/v1.0/users/{id}", "GET, PATCH, DELETE"),
    ("/graph/v1.0/users/{id}/authentication/methods", "GET"),
    ("/graph/v1.0/users/{id}/authentication/methods/{methodId}", "GET"),
    ("/graph/v1.0/users/{id}/authentication/phoneMethods", "GET, POST"),
    ("/graph/v1.0/users/{id}/authentication/phoneMethods/{methodId}", "GET, PATCH, DELETE"),
    ("/graph/v1.0/users/{id}/authentication/emailMethods", "GET, POST"),
    ("/graph/v1.0/users/{id}/authentication/emailMethods/{methodId}", "GET, PATCH, DELETE"),
    ("/graph/v1.0/users/{id}/authentication/unblockPasswordReset", "POST"),
    ("/graph/v1.0/reports/authenticationMethods/userRegistrationDetails", "GET"),
    ("/graph/v1.0/reports/authenticationMethods/userRegistrationDetails/{id}", "GET"),
    ("/graph/v1.0/users/{id}/authentication/methods/{methodId}/resetPassword", "POST"),
    ("/graph/v1.0/users/{id}/revokeSignInSessions", "POST"),
    ("/graph/v1.0/auditLogs/directoryAudits", "GET"),
    ("/graph/v1.0/auditLogs/directoryAudits/{id}", "GET"),
    ("/graph/v1.0/policies/passwordReset", "GET, PATCH"),
    ("/openapi.json", "GET"),
];

#[service_test]
async fn it_is_openapi_3_1_for_everybody_and_for_get_only() {
    let service = Service::start(json!({})).await;
    let reply = service.send(Request::get("/openapi.json")).await.expect(200);
    assert_eq!(reply.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let document = reply.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["info"]["title"], "Rekey");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
        let reply = service.send(Request::new(method, "/openapi.json").json(&json!({}))).await;
        reply.problem(405, "method-not-allowed");
        assert_eq!(reply.header("allow"), Some("GET"));
    }
    service.send(Request::get("/openapi.json/x")).await.problem(404, "not-found");
}

#[service_test]
async fn it_is_generated_from_the_code() {
    let described = Described::start().await;
    let remedy = "cargo run -p local --bin openapi > functions/admin-get-contact/openapi.json";
    assert!(described.document == local::describe::description(), "it differs from the code's: {remedy}");
}

#[service_test]
async fn it_describes_every_path_and_method_and_nothing_else() {
    let described = Described::start().await;
    let is_greedy = |path: &str| path.ends_with("+}");
    // The pages are a client of the API, and no part of it.
    let of_api = |route: &&Route| !is_greedy(route.path) && route.function != Function::Pages;
    for route in ROUTES.iter().filter(of_api) {
        assert!(described.paths().contains_key(route.path), "{} is not described", route.path);
    }
    let known: BTreeSet<&str> = PATHS.iter().map(|(path, _)| *path).collect();
    assert_eq!(described.paths().keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    for (path, methods) in PATHS {
        let item = &described.paths()[path];
        let target = described.target(path);
        let route = choose(&"BREW".parse().unwrap(), &target).expect("a route");
        assert!(is_greedy(route.path) || route.path == path, "{path} is answered by {}", route.path);
        let expected: BTreeSet<String> = methods.split(", ").map(str::to_lowercase).collect();
        let reply = described.service.send(Request::new("BREW", &target)).await.expect(405);
        let allowed: BTreeSet<String> = reply.header("allow").unwrap().split(", ").map(str::to_lowercase).collect();
        assert_eq!(allowed, expected, "{path}");
        let written = METHODS.iter().filter(|method| item.get(**method).is_some());
        assert_eq!(expected, written.map(|method| (*method).to_owned()).collect(), "{path}");
    }
    assert!(!described.document.to_string().contains("/_local"));
}

/// Calls `each` with a value and with everything inside it.
fn visit<'a>(value: &'a Value, each: &mut impl FnMut(&'a Value)) {
    each(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| visit(member, each)),
        Value::Array(items) => items.iter().for_each(|item| visit(item, each)),
        _ => {}
    }
}

#[test]
fn it_avoids_constructs_that_client_generators_reject() {
    let document = local::describe::description();
    let mut operations = BTreeSet::new();
    for operation in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        if let Some(name) = operation["operationId"].as_str() {
            assert!(operations.insert(name), "{name} is used twice");
        }
    }
    for (kind, parts) in document["components"].as_object().unwrap() {
        for name in parts.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
            let is_plain = name.starts_with(|first: char| first.is_ascii_uppercase())
                && name.chars().all(|char| char.is_ascii_alphabetic());
            assert!(is_plain, "{kind}: {name} cannot name a client's type");
        }
    }
    let is_null = |value: &Value| value["type"] == "null" || value["type"] == json!(["null"]);
    let (mut arrays, mut nullable) = (0, 0);
    visit(&document["components"]["schemas"], &mut |value| {
        assert!(value["const"].is_null() || value["enum"].is_null(), "const beside enum: {value}");
        if value["type"] == "array" || value["type"].as_array().is_some_and(|types| types.contains(&json!("array"))) {
            assert!(value["items"].is_object(), "no items: {value}");
            arrays += 1;
        }
        let properties = value["properties"].as_object().into_iter().flat_map(|properties| properties.values());
        for inner in properties.chain(value.get("items")) {
            assert!(!is_null(inner), "nothing but null: {value}");
        }
        for choices in ["oneOf", "anyOf"].iter().filter_map(|name| value[*name].as_array()) {
            assert!(choices.iter().any(|choice| !is_null(choice)), "nothing but null: {value}");
            assert!(choices.iter().any(is_null) || value["discriminator"].is_object(), "no discriminator: {value}");
            nullable += 1;
        }
    });
    assert!(operations.len() >= 35 && arrays >= 10 && nullable >= 3, "{} {arrays} {nullable}", operations.len());
}

#[service_test]
async fn every_reference_leads_somewhere_and_every_request_is_closed() {
    let described = Described::start().await;
    let (mut references, mut closed) = (BTreeSet::new(), 0);
    visit(&described.document, &mut |value| {
        if let Some(reference) = value["$ref"].as_str() {
            assert!(described.document.pointer(&reference[1..]).is_some(), "{reference}");
            references.insert(reference);
        }
        if value["type"] == "object" && value["properties"].is_object() {
            let is_served = value["properties"]["openapi"].is_object();
            assert!(is_served || value["additionalProperties"] == false, "{value}");
            closed += 1;
        }
    });
    for (kind, parts) in described.document["components"].as_object().unwrap() {
        for name in parts.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(reference.as_str()), "nothing uses {reference}");
        }
    }
    assert!(closed > 20, "{closed}");
}

#[service_test]
async fn every_example_of_a_request_is_understood() {
    let described = Described::start().await;
    let audits = described.service.send(Request::get(AUDIT).bearer(&described.others)).await.expect(200).json();
    let record = format!("{AUDIT}/{}", audits["value"][0]["id"].as_str().unwrap());
    let mut sent = BTreeMap::new();
    for (path, item) in described.paths() {
        let target = if path == RECORD { record.clone() } else { described.target(path) };
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            let operation = &item[*method];
            let request = Request::new(&method.to_uppercase(), &target);
            let bodies = operation["requestBody"]["content"]["application/json"]["examples"].as_object();
            for (name, example) in bodies.into_iter().flatten() {
                let body = &described.resolve(example)["value"];
                let reply = described.observe(path, method, request.clone().json(body)).await;
                assert!(![400, 413, 415].contains(&reply.status), "{name}: {} at {path}", reply.status);
                *sent.entry(*method).or_insert(0) += 1;
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let parameter = described.resolve(parameter);
                if parameter["in"] == "query" {
                    let example = &parameter["example"];
                    let list = example
                        .as_array()
                        .map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","));
                    let text = list.or(example.as_str().map(str::to_owned)).unwrap_or_else(|| example.to_string());
                    let text = text.replace(' ', "%20").replace('"', "%22");
                    let target = format!("{target}?{}={text}", parameter["name"].as_str().unwrap());
                    described.observe(path, method, Request::get(&target)).await.expect(200);
                    *sent.entry("query").or_insert(0) += 1;
                }
            }
        }
    }
    assert!(sent["post"] >= 15 && sent["patch"] >= 3 && sent["query"] >= 5, "{sent:?}");
}

#[service_test]
async fn every_response_of_a_reset_is_described() {
    const BEGIN: &str = "/v1/resets";
    const VERIFY: &str = "/v1/resets/{resetId}/verifications";
    const COMPLETE: &str = "/v1/resets/{resetId}/password";
    const CODES: &str = "/v1/resets/{resetId}/codes";
    let described = Described::start().await;
    described.observe_plain("/v1/settings", "get", Request::get("/v1/settings")).await.expect(200);
    described.service.whole_window(600).await;
    let begin = json!({"userName": ADELE, "method": "mobileSms", "phoneNumber": "+1 4255550100"});
    let key = "0123456789abcdef";
    let first = described.observe_plain(BEGIN, "post", Request::post(BEGIN, &begin).key(key)).await.expect(202);
    let id = first.text("resetId");
    // Reads the code now, before later begins may send more messages.
    let code = digits(described.service.outbox("+14255550100").await.first().expect("an SMS"));
    let at = |path: &str, body: Value| Request::post(&path.replace("{resetId}", &id), &body);
    let observe = async |path: &str, request: Request, status| {
        described.observe_plain(path, "post", request).await.expect(status)
    };
    observe(BEGIN, Request::post(BEGIN, &json!({"userName": ADELE, "method": "email"})).key(key), 422).await;
    observe(BEGIN, Request::post(BEGIN, &json!({"userName": "x", "method": "email"})), 400).await;
    observe(BEGIN, Request::new("POST", BEGIN).bytes(b"{}"), 415).await;
    observe(BEGIN, Request::new("POST", BEGIN).bytes(&[b' '; 20_000]), 413).await;
    for _ in 0..18 {
        observe(BEGIN, Request::post(BEGIN, &begin), 202).await;
    }
    observe(BEGIN, Request::post(BEGIN, &begin), 202).await;
    observe(BEGIN, Request::post(BEGIN, &begin), 429).await;
    observe(CODES, at(CODES, json!({"method": "email"})), 202).await;
    observe(CODES, Request::post("/v1/resets/unknown/codes", &json!({"method": "email"})), 404).await;
    observe(VERIFY, at(VERIFY, json!({"code": wrong(&code)})), 422).await;
    observe(VERIFY, at(VERIFY, json!({"code": "x"})), 400).await;
    let token = observe(VERIFY, at(VERIFY, json!({"code": code})), 200).await.text("resetToken");
    observe(COMPLETE, at(COMPLETE, json!({"resetToken": "x", "newPassword": NEW_PASSWORD})), 422).await;
    observe(COMPLETE, at(COMPLETE, json!({"resetToken": token, "newPassword": "short"})), 422).await;
    observe(COMPLETE, at(COMPLETE, json!({"resetToken": token, "newPassword": NEW_PASSWORD})), 204).await;
}

#[service_test]
async fn every_response_to_a_token_is_described() {
    const CHALLENGES: &str = "/v1/registration/challenges";
    const PROVE: &str = "/v1/registration/challenges/{challengeId}/verifications";
    const CHECK: &str = "/v1/credentials/verifications";
    const USERS: &str = "/graph/v1.0/users";
    const USER: &str = "/graph/v1.0/users/{id}";
    let described = Described::start().await;
    let none = described.service.application(&[]).await;
    for (path, item) in described.paths() {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            let is_open = item[*method]["security"] == json!([]);
            let request = Request::new(&method.to_uppercase(), &described.target(path)).json(&json!({}));
            let reply = described.observe_plain(path, method, request.clone()).await;
            assert_eq!(reply.status == 401, !is_open, "{method} {path}");
            if !is_open {
                described.observe_plain(path, method, request.bearer(&none)).await.expect(403);
            }
        }
    }
    let observe = async |path: &str, method: &str, request: Request, status| {
        described.observe(path, method, request).await.expect(status)
    };
    let wish = json!({"type": "email", "value": "adele.new@example.org"});
    let id = observe(CHALLENGES, "post", Request::post(CHALLENGES, &wish), 202).await.text("challengeId");
    observe(CHALLENGES, "post", Request::post(CHALLENGES, &json!({"type": "email", "value": "x"})), 422).await;
    let code = digits(described.service.outbox("adele.new@example.org").await.first().expect("an email"));
    let proof = |code: &str| Request::post(&PROVE.replace("{challengeId}", &id), &json!({"code": code}));
    observe(PROVE, "post", proof(&wrong(&code)), 422).await;
    observe(PROVE, "post", proof(&code), 200).await;
    observe("/v1/registration", "get", Request::get("/v1/registration"), 200).await;
    let password = |password: &str| Request::post(CHECK, &json!({"userName": ADELE, "password": password}));
    observe(CHECK, "post", password(OLD_PASSWORD), 200).await;
    observe(CHECK, "post", password("another one"), 422).await;
    observe(USERS, "get", Request::get(&format!("{USERS}?$top=1")), 200).await;
    observe(USERS, "get", Request::get(&format!("{USERS}?$count=true")), 400).await;
    for query in ["$top=0", "$top=1000", "$select=unknown", "$skiptoken=x"] {
        observe(USERS, "get", Request::get(&format!("{USERS}?{query}")), 400).await;
    }
    for query in ["$top=0", "$top=1001", "$filter=x", "$skiptoken=x"] {
        observe(REPORT, "get", Request::get(&format!("{REPORT}?{query}")), 400).await;
        observe(AUDIT, "get", Request::get(&format!("{AUDIT}?{query}")), 400).await;
    }
    observe(ROW, "get", Request::get(&format!("{REPORT}/{ADELE}")), 200).await;
    observe(ROW, "get", Request::get(&format!("{REPORT}/{ADELE}?$select=id")), 400).await;
    observe(ROW, "get", Request::get(&format!("{REPORT}/x")), 404).await;
    let user = json!({"userPrincipalName": "grace@contoso.example"});
    observe(USERS, "post", Request::post(USERS, &user), 201).await;
    observe(USERS, "post", Request::post(USERS, &user), 400).await;
    let grace = "/graph/v1.0/users/grace@contoso.example";
    let change = |body: Value| Request::new("PATCH", grace).json(&body);
    observe(USER, "patch", change(json!({"jobTitle": "Engineer"})), 204).await;
    observe(USER, "patch", change(json!({"jobTitle": 1})), 400).await;
    observe(USER, "get", Request::get(grace), 200).await;
    observe(USER, "get", Request::get(&format!("{grace}?$select=unknown")), 400).await;
    observe(USER, "get", Request::get(&format!("{grace}?$select=,")), 400).await;
    for (path, method, target) in [
        (USERS, "post", USERS),
        (USER, "patch", grace),
        (USER, "delete", grace),
        (POLICY, "get", POLICY),
        (POLICY, "patch", POLICY),
    ] {
        let request = Request::new(&method.to_uppercase(), &format!("{target}?$select=id")).json(&json!({}));
        observe(path, method, request, 400).await.graph_error(400, "Request_UnsupportedQuery");
    }
    let unblock = "/graph/v1.0/users/{id}/authentication/unblockPasswordReset";
    observe(unblock, "post", Request::new("POST", &unblock.replace("{id}", "grace@contoso.example")), 204).await;
    observe(USER, "delete", Request::new("DELETE", grace), 204).await;
    observe(USER, "delete", Request::new("DELETE", grace), 404).await;
    observe(unblock, "post", Request::new("POST", &unblock.replace("{id}", "grace@contoso.example")), 404).await;
    observe(POLICY, "get", Request::get(POLICY), 200).await;
    observe(POLICY, "patch", Request::new("PATCH", POLICY).json(&json!({"failover": false})), 204).await;
    observe(POLICY, "patch", Request::new("PATCH", POLICY).json(&json!({"codeDigits": 5})), 400).await;
    described.service.advance(11 * 60).await;
    described.observe(CHALLENGES, "post", Request::post(CHALLENGES, &wish)).await.expect(401);
}
