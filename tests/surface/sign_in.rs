//! The local OpenID provider: a page gets a code for a person who knows the password, and tokens for the code.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::client::{Reply, Request};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, Service};

const ADELE: &str = "adele@contoso.example";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";
const CLIENT: &str = "rekey-pages";

/// A person's browser: it keeps the provider's cookie.
struct Browser<'a> {
    service: &'a Service,
    cookie: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(service: &'a Service) -> Self {
        Self { service, cookie: None }
    }

    async fn send(&mut self, request: Request) -> Reply {
        let request = match &self.cookie {
            Some(cookie) => request.header("Cookie", &format!("theme=dark; {cookie}")),
            None => request,
        };
        let reply = self.service.send(request).await;
        if let Some(cookie) = reply.header("set-cookie") {
            assert!(
                cookie.ends_with("; HttpOnly; SameSite=Lax") && cookie.contains("; Path=/_local/issuer;"),
                "{cookie}"
            );
            self.cookie = (!cookie.contains("Max-Age=0;")).then(|| cookie.split(';').next().unwrap().to_owned());
        }
        reply
    }

    async fn authorize(&mut self, change: &[(&str, &str)]) -> Reply {
        let target = authorize(self.service, change);
        self.send(Request::get(&target)).await
    }

    /// Fills in the form of a page.
    async fn submit(&mut self, page: &Reply, name: &str, password: &str) -> Reply {
        let transaction = transaction(page);
        self.send(form("sign-in", &[("transaction", &transaction), ("userName", name), ("password", password)])).await
    }

    /// Signs a person in, and returns where the browser is sent.
    async fn sign_in(&mut self, name: &str, change: &[(&str, &str)]) -> Reply {
        let page = self.authorize(change).await.expect(200);
        self.submit(&page, name, OLD_PASSWORD).await.expect(303)
    }
}

fn issuer(service: &Service) -> String {
    format!("{}/_local/issuer", service.running.url())
}

fn page_of(service: &Service) -> String {
    format!("{}/security-info", service.running.url())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn pairs(parameters: impl IntoIterator<Item = (String, String)>) -> String {
    let pairs = parameters.into_iter().map(|(name, value)| format!("{name}={}", encoded(&value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A request for a code, with some parameters changed; an empty value takes one out.
fn authorize(service: &Service, change: &[(&str, &str)]) -> String {
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(VERIFIER));
    let page = page_of(service);
    let usual = [
        ("client_id", CLIENT),
        ("redirect_uri", &page),
        ("response_type", "code"),
        ("scope", "openid profile User.ReadWrite.All unknown"),
        ("state", "a state"),
        ("nonce", "a nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let all: BTreeMap<&str, &str> = usual.into_iter().chain(change.iter().copied()).collect();
    let all = all.into_iter().filter(|(_, value)| !value.is_empty());
    format!("/_local/issuer/authorize?{}", pairs(all.map(|(name, value)| (name.to_owned(), value.to_owned()))))
}

fn form(path: &str, fields: &[(&str, &str)]) -> Request {
    let body = pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Request::new("POST", &format!("/_local/issuer/{path}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .bytes(body.as_bytes())
}

fn html(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

fn transaction(page: &Reply) -> String {
    let rest = html(page).split_once("name=\"transaction\" value=\"").expect("a form").1;
    rest.split('"').next().unwrap().to_owned()
}

/// The parameters that a browser is sent back with.
fn sent_back(service: &Service, reply: &Reply) -> BTreeMap<String, String> {
    assert_eq!(reply.status, 303, "{}", html(reply));
    let location = reply.header("location").unwrap();
    let query = location.strip_prefix(&format!("{}?", page_of(service))).expect(location);
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&others[..2]).unwrap(), 16).unwrap());
            rest = &others[2..];
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn redeem(service: &Service, code: &str, change: &[(&str, &str)]) -> Request {
    let page = page_of(service);
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("redirect_uri", &page),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    let all: BTreeMap<&str, &str> = usual.into_iter().chain(change.iter().copied()).collect();
    form("token", &all.into_iter().collect::<Vec<_>>())
}

fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(body.as_bytes()).unwrap()).unwrap()
}

async fn refused(service: &Service, request: Request, error: &str) {
    let reply = service.send(request).await.expect(400);
    assert_eq!(reply.json(), json!({ "error": error }));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

async fn with_adele() -> Service {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service
}

#[service_test]
async fn the_provider_says_where_everything_is() {
    let service = with_adele().await;
    let found = service.send(Request::get("/_local/issuer/.well-known/openid-configuration")).await.expect(200).json();
    assert_eq!(found["issuer"], issuer(&service));
    let settings = service.send(Request::get("/v1/settings")).await.expect(200).json();
    assert_eq!(settings["signIn"]["issuer"], found["issuer"]);
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"] {
        assert!(found[endpoint].as_str().unwrap().starts_with(&issuer(&service)), "{endpoint}");
    }
    let keys = service.send(Request::get("/_local/issuer/jwks")).await.expect(200).json();
    assert_eq!((keys["keys"][0]["kty"].as_str(), keys["keys"][0].get("d")), (Some("OKP"), None));
    for (method, path) in [("POST", "authorize"), ("GET", "token"), ("GET", "sign-in"), ("POST", "jwks")] {
        service.send(Request::new(method, &format!("/_local/issuer/{path}"))).await.problem(405, "method-not-allowed");
    }
    service.send(Request::get("/_local/issuer/other")).await.problem(404, "not-found");
}

#[service_test]
async fn a_person_signs_in_and_the_page_gets_tokens() {
    let service = with_adele().await;
    let mut browser = Browser::new(&service);
    let page = browser.authorize(&[]).await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' "));
    assert!(!html(&page).contains("<script"));

    let own = service.running.url();
    let transaction = transaction(&page);
    let fields =
        [("transaction", transaction.as_str()), ("userName", " Adele@contoso.example"), ("password", OLD_PASSWORD)];
    let back = browser.send(form("sign-in", &fields).header("Origin", &own)).await;
    let back = sent_back(&service, &back);
    assert_eq!(back["state"], "a state");
    assert_eq!(back["iss"], issuer(&service));
    let tokens = service.send(redeem(&service, &back["code"], &[]).header("Origin", &own)).await.expect(200);
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let tokens = tokens.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid profile User.ReadWrite.All");

    let access = tokens["access_token"].as_str().unwrap();
    let info = service.send(Request::get("/v1/registration").bearer(access)).await.expect(200).json();
    assert_eq!(info["userName"], ADELE);
    assert_eq!(claims(access)["scp"], "User.ReadWrite.All");

    let id_token = tokens["id_token"].as_str().unwrap();
    let id = claims(id_token);
    assert_eq!((id["iss"].as_str(), id["aud"].as_str()), (Some(issuer(&service).as_str()), Some(CLIENT)));
    assert_eq!((id["nonce"].as_str(), id["preferred_username"].as_str()), (Some("a nonce"), Some(ADELE)));
    assert_eq!(id["sub"], claims(access)["sub"]);
    assert!(id["auth_time"].as_u64().unwrap() <= id["iat"].as_u64().unwrap());
    // What names the person to the page is no key to the API.
    service.send(Request::get("/v1/registration").bearer(id_token)).await.problem(401, "unauthenticated");
}

#[service_test]
async fn a_code_is_redeemed_once_by_the_page_that_asked() {
    let service = with_adele().await;
    let mut browser = Browser::new(&service);
    let first = browser.sign_in(ADELE, &[]).await;
    let code = sent_back(&service, &first)["code"].clone();
    service.send(redeem(&service, &code, &[])).await.expect(200);
    refused(&service, redeem(&service, &code, &[]), "invalid_grant").await;

    let other_page = format!("{}/admin", service.running.url());
    for (change, error) in [
        (("code_verifier", "another-verifier-of-at-least-forty-three-chars"), "invalid_grant"),
        (("code_verifier", ""), "invalid_grant"),
        (("redirect_uri", other_page.as_str()), "invalid_grant"),
        (("client_id", "another"), "invalid_client"),
        (("grant_type", "password"), "unsupported_grant_type"),
    ] {
        let again = browser.authorize(&[]).await;
        let code = sent_back(&service, &again)["code"].clone();
        refused(&service, redeem(&service, &code, &[change]), error).await;
        if error == "invalid_grant" {
            // A wrong try uses the code up.
            refused(&service, redeem(&service, &code, &[]), "invalid_grant").await;
        }
    }
    let late = browser.authorize(&[]).await;
    let code = sent_back(&service, &late)["code"].clone();
    service.advance(60).await;
    refused(&service, redeem(&service, &code, &[]), "invalid_grant").await;
}

#[service_test]
async fn nobody_is_sent_to_a_stranger() {
    let service = with_adele().await;
    let mut browser = Browser::new(&service);
    browser.sign_in(ADELE, &[]).await;
    let url = service.running.url();
    let other_port = format!("http://127.0.0.1:{}/admin", service.address().port().wrapping_add(1));
    for uri in [
        "https://evil.example/security-info".to_owned(),
        format!("{url}.evil.example/"),
        format!("{url}@evil.example/"),
        format!("{url}\\@evil.example/"),
        url.replace("http:", "https:") + "/admin",
        format!("{url}/admin#fragment"),
        format!("{url}/_local/issuer/sign-in"),
        "/security-info".to_owned(),
        other_port,
        url.clone(),
    ] {
        let reply = browser.authorize(&[("redirect_uri", &uri)]).await;
        assert_eq!(reply.header("location"), None, "{uri}");
        reply.problem(400, "malformed");
        let out = format!("/_local/issuer/end-session?post_logout_redirect_uri={}", encoded(&uri));
        assert_eq!(service.send(Request::get(&out)).await.expect(200).header("location"), None, "{uri}");
    }
    for change in [("client_id", "another"), ("redirect_uri", ""), ("client_id", "")] {
        browser.authorize(&[change]).await.problem(400, "malformed");
    }
    // A parameter that is there twice counts as missing.
    let twice = authorize(&service, &[]) + "&client_id=rekey-pages";
    browser.send(Request::get(&twice)).await.problem(400, "malformed");
}

#[service_test]
async fn what_a_page_asks_for_wrongly_comes_back_as_an_error() {
    let service = with_adele().await;
    let mut browser = Browser::new(&service);
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("scope", "profile"), "invalid_scope"),
        (("prompt", "maybe"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let reply = browser.authorize(&[change]).await;
        let back = sent_back(&service, &reply);
        assert_eq!((back["error"].as_str(), back["state"].as_str()), (error, "a state"), "{change:?}");
        assert_eq!(back["iss"], issuer(&service));
        assert!(!back.contains_key("code"));
    }
}

#[service_test]
async fn a_session_lasts_until_a_page_wants_more_or_the_person_ends_it() {
    let service = with_adele().await;
    let mut browser = Browser::new(&service);
    browser.sign_in(ADELE, &[]).await;
    service.advance(3_600).await;
    for change in [("prompt", "none"), ("max_age", "3660")] {
        let reply = browser.authorize(&[change]).await;
        assert!(sent_back(&service, &reply).contains_key("code"), "{change:?}");
    }
    // The token tells when the person signed in, and not when the page asked.
    let again = browser.authorize(&[]).await;
    let tokens = service.send(redeem(&service, &sent_back(&service, &again)["code"], &[])).await.expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    assert!(claims(access)["auth_time"].as_f64().unwrap() + 3_599.0 < claims(access)["iat"].as_f64().unwrap());
    let challenge = json!({"type": "email", "value": "adele.new@example.org"});
    let write = Request::post("/v1/registration/challenges", &challenge).bearer(access);
    let stale = service.send(write).await.expect(401);
    assert!(stale.header("www-authenticate").unwrap().contains("max_age=600"));

    for change in [("prompt", "login"), ("max_age", "600"), ("max_age", "0")] {
        assert!(html(&browser.authorize(&[change]).await.expect(200)).contains("<form"), "{change:?}");
    }
    let out = format!(
        "/_local/issuer/end-session?state=s&post_logout_redirect_uri={}",
        encoded(&format!("{}/admin", service.running.url()))
    );
    let stolen = browser.cookie.clone();
    let reply = browser.send(Request::get(&out)).await.expect(303);
    assert_eq!(reply.header("location"), Some(format!("{}/admin?state=s", service.running.url()).as_str()));
    assert_eq!(browser.cookie, None);
    browser.cookie = stolen;
    let none = browser.authorize(&[("prompt", "none")]).await;
    assert_eq!(sent_back(&service, &none)["error"], "login_required");
}

#[service_test]
async fn a_form_counts_once_and_for_ten_minutes() {
    let service = with_adele().await;
    let mut browser = Browser::new(&service);
    let page = browser.authorize(&[]).await.expect(200);
    let next = browser.submit(&page, ADELE, "a wrong password").await.expect(200);
    assert!(html(&next).contains("role=\"alert\""));
    assert!(html(&next).contains(&format!("value=\"{ADELE}\"")) && !html(&next).contains("a wrong password"));
    assert_ne!(transaction(&page), transaction(&next));
    browser.submit(&page, ADELE, OLD_PASSWORD).await.expect(400);
    browser.submit(&next, ADELE, OLD_PASSWORD).await.expect(303);
    browser.submit(&next, ADELE, OLD_PASSWORD).await.expect(400);
    let late = browser.authorize(&[("prompt", "login")]).await.expect(200);
    service.advance(600).await;
    browser.submit(&late, ADELE, OLD_PASSWORD).await.expect(400);
    // What was typed is text and not markup.
    let page = browser.authorize(&[("prompt", "login"), ("login_hint", "\"><script>")]).await.expect(200);
    assert!(!html(&page).contains("<script") && html(&page).contains("&lt;script&gt;"));
    let json = Request::post("/_local/issuer/sign-in", &json!({"userName": ADELE}));
    service.send(json).await.problem(415, "unsupported-media-type");
    let foreign = form("sign-in", &[("transaction", &transaction(&page))]).header("Origin", "https://evil.example");
    service.send(foreign).await.problem(403, "forbidden");
    service.send(form("sign-in", &[]).header("Origin", "null")).await.problem(403, "forbidden");
}

/// Unknown, disabled, locked and wrong look alike, as where passwords are checked for applications.
#[service_test]
async fn whoever_may_not_sign_in_sees_the_same() {
    let service = with_adele().await;
    service.create("off@contoso.example", json!({"accountEnabled": false})).await;
    let mut seen = Vec::new();
    for (name, password) in [
        (ADELE, "a wrong password"),
        ("nobody@contoso.example", OLD_PASSWORD),
        ("off@contoso.example", OLD_PASSWORD),
        ("no user name", OLD_PASSWORD),
    ] {
        let mut browser = Browser::new(&service);
        let page = browser.authorize(&[]).await.expect(200);
        let reply = browser.submit(&page, name, password).await.expect(200);
        seen.push(html(&reply).replace(&transaction(&reply), "").replace(name, ""));
    }
    assert!(seen.iter().all(|page| page == &seen[0]), "{seen:#?}");

    // Nine more wrong ones lock sign-in, here as for applications.
    for number in 0..9 {
        service.check(ADELE, &format!("wrong password {number}")).await.expect(422);
    }
    let mut browser = Browser::new(&service);
    let page = browser.authorize(&[]).await.expect(200);
    let locked = browser.submit(&page, ADELE, OLD_PASSWORD).await.expect(200);
    assert_eq!(html(&locked).replace(&transaction(&locked), "").replace(ADELE, ""), seen[0]);
    service.advance(60).await;
    browser.submit(&locked, ADELE, OLD_PASSWORD).await.expect(303);
}

#[service_test]
async fn a_temporary_password_is_changed_before_it_signs_anybody_in() {
    let service = with_adele().await;
    let profile = json!({"passwordProfile": {"password": OLD_PASSWORD, "forceChangePasswordNextSignIn": true}});
    service.patch(ADELE, &profile).await.expect(204);
    let mut browser = Browser::new(&service);
    let page = browser.authorize(&[]).await.expect(200);
    let reply = browser.submit(&page, ADELE, OLD_PASSWORD).await.expect(200);
    assert!(html(&reply).contains("href=\"/password\""), "{}", html(&reply));
    assert_eq!(browser.cookie, None);
    let change = json!({"userName": ADELE, "currentPassword": OLD_PASSWORD, "newPassword": NEW_PASSWORD});
    service.send(Request::post("/v1/password", &change)).await.expect(204);
    browser.submit(&reply, ADELE, NEW_PASSWORD).await.expect(303);
    assert!(browser.cookie.is_some());
}

#[service_test]
async fn a_session_ends_with_the_account_s_sessions() {
    let service = with_adele().await;
    for change in [
        json!({"accountEnabled": false}),
        json!({"passwordProfile": {"password": NEW_PASSWORD, "forceChangePasswordNextSignIn": false}}),
    ] {
        let mut browser = Browser::new(&service);
        browser.sign_in(ADELE, &[]).await;
        service.advance(1).await;
        service.patch(ADELE, &change).await.expect(204);
        let none = browser.authorize(&[("prompt", "none")]).await;
        assert_eq!(sent_back(&service, &none)["error"], "login_required", "{change}");
        service.patch(ADELE, &json!({"accountEnabled": true})).await.expect(204);
    }
}

/// An administrator's permissions count, anybody else's do not.
#[service_test]
async fn permissions_are_asked_for_by_everybody_and_count_for_administrators() {
    let service = with_adele().await;
    service.create("ada@contoso.example", json!({})).await;
    service.patch("ada@contoso.example", &json!({"isAdmin": true})).await.expect(204);
    for (name, status) in [(ADELE, 403), ("ada@contoso.example", 200)] {
        let mut browser = Browser::new(&service);
        let back = browser.sign_in(name, &[]).await;
        let tokens = service.send(redeem(&service, &sent_back(&service, &back)["code"], &[])).await.expect(200).json();
        let access = tokens["access_token"].as_str().unwrap();
        let reply = service.send(Request::get("/graph/v1.0/users").bearer(access)).await;
        assert_eq!(reply.status, status, "{name}");
    }
}

/// What a newcomer opens first: the people with their passwords, the messages, and the time.
#[service_test]
async fn the_local_page_shows_the_sample_people() {
    let service = Service::with(&local::Options { sample: true, ..local::Options::default() }).await;
    let people = service.send(Request::get("/_local/people")).await.expect(200).json();
    assert_eq!(people.as_array().map(Vec::len), Some(8));
    assert_eq!(
        people[0],
        json!({
            "userPrincipalName": ADELE, "displayName": "Adele Vance", "isAdmin": false, "mobilePhone": "+1 4255550100",
            "businessPhones": ["+1 4255550111"], "otherMails": ["adele.vance@example.org"],
            "password": "adele-old-password-2026",
        })
    );
    // Each can sign in, and the one administrator administers.
    for person in people.as_array().unwrap() {
        let (name, password) = (person["userPrincipalName"].as_str().unwrap(), person["password"].as_str().unwrap());
        service.check(name, password).await.expect(200);
        let body = json!({"userName": name, "permissions": ["User.Read.All"]});
        let reply = service.send(Request::get("/graph/v1.0/users").bearer(&service.token(&body).await)).await;
        assert_eq!(reply.status == 200, person["isAdmin"] == true, "{name}");
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    let page = service.send(Request::get("/_local/")).await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    service.send(Request::get("/_local/").header("Origin", "https://evil.example")).await.problem(403, "forbidden");
    service.send(Request::get("/local.html")).await.problem(404, "not-found");
    let before = service.send(Request::get("/_local/clock")).await.expect(200).text("now");
    service.advance(3_600).await;
    assert!(service.send(Request::get("/_local/clock")).await.expect(200).text("now") > before);

    let nobody = Service::start(json!({})).await;
    assert_eq!(nobody.send(Request::get("/_local/people")).await.expect(200).json(), json!([]));
}
