//! A service for one test, and the steps that many tests take.

use std::net::SocketAddr;

use local::{Options, Running};
use serde_json::{Value, json};
use shared::time::Clock;

use super::client::{Reply, Request};

/// An administrator's permissions in most tests.
const ALL: [&str; 5] = [
    "User.ReadWrite.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "OnPremDirectorySynchronization.ReadWrite.All",
    "Credentials.Check",
];

/// Every permission that a token can have.
pub(crate) const PERMISSIONS: [&str; 9] = [
    "User.Read.All",
    "User.ReadWrite.All",
    "UserAuthenticationMethod.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "AuditLog.Read.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "RoleManagement.ReadWrite.Directory",
    "OnPremDirectorySynchronization.ReadWrite.All",
    "Credentials.Check",
];

/// The initial password of users.
pub(crate) const OLD_PASSWORD: &str = "the old password of a user";
/// A password that meets every rule.
pub(crate) const NEW_PASSWORD: &str = "walrus plays the accordion";

/// A running service.
pub(crate) struct Service {
    pub(crate) running: Running,
    /// A token with the permissions of `ALL`.
    pub(crate) admin: String,
}

/// A reset that has begun.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    pub(crate) id: String,
    pub(crate) body: Value,
}

impl Service {
    /// Starts a service in memory with the default policy, changed by `policy`, and nobody in its directory.
    pub(crate) async fn start(policy: Value) -> Self {
        let options = Options { port: 0, policy_members: Some(policy), sample: false, ..Options::default() };
        Self::with(&options).await
    }

    pub(crate) async fn with(options: &Options) -> Self {
        let running = local::start(options).await.expect("the service starts");
        let mut service = Self { running, admin: String::new() };
        service.admin = service.token(&json!({"permissions": ALL})).await;
        service
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address
    }

    pub(crate) async fn send(&self, request: Request) -> Reply {
        request.send(self.address()).await
    }

    /// A token of the local issuer.
    pub(crate) async fn token(&self, body: &Value) -> String {
        self.send(Request::post("/_local/tokens", body)).await.expect(200).text("accessToken")
    }

    /// A token of an application with these permissions, among them names that `/_local/tokens` refuses.
    pub(crate) async fn application(&self, permissions: &[&str]) -> String {
        let permissions: Vec<String> = permissions.iter().map(|name| (*name).to_owned()).collect();
        self.running.issuer.application_token(&permissions).unwrap()
    }

    /// A token of a user who has just signed in.
    pub(crate) async fn user(&self, name: &str) -> String {
        self.token(&json!({"userName": name})).await
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        self.send(Request::post("/_local/clock", &json!({"advanceSeconds": seconds}))).await.expect(200);
    }

    /// Moves the clock to the start of the next fixed window of this many seconds, so that one window holds what
    /// follows.
    pub(crate) async fn whole_window(&self, seconds: u64) {
        self.advance(seconds - self.running.clock.now().seconds() % seconds).await;
    }

    /// Creates a user with a password and the members of `more`.
    pub(crate) async fn create(&self, name: &str, more: Value) -> String {
        let mut body = json!({"userPrincipalName": name, "passwordProfile": {"password": OLD_PASSWORD}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.send(Request::post("/graph/v1.0/users", &body).bearer(&self.admin)).await.expect(201).text("id")
    }

    /// Creates `adele@contoso.example` with a mobile phone, an office phone and a mail address.
    pub(crate) async fn adele(&self) -> String {
        let contacts = json!({
            "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"], "otherMails": ["adele.vance@example.org"]
        });
        self.create("adele@contoso.example", contacts).await
    }

    pub(crate) async fn patch(&self, key: &str, body: &Value) -> Reply {
        self.send(Request::new("PATCH", &format!("/graph/v1.0/users/{key}")).json(body).bearer(&self.admin)).await
    }

    /// Everything in the outbox for a destination, `+1…` or an address.
    pub(crate) async fn outbox(&self, to: &str) -> Vec<Value> {
        let target = format!("/_local/outbox?to={}", to.replace('+', "%2B"));
        self.send(Request::get(&target)).await.expect(200).json().as_array().unwrap().clone()
    }

    /// Waits until every job was tried, and those that they ordered, however slow the machine is.
    pub(crate) async fn settle(&self) {
        for _ in 0..6 {
            self.running.settled().await;
        }
    }

    /// Everything in the outbox.
    pub(crate) async fn messages(&self) -> Vec<Value> {
        self.send(Request::get("/_local/outbox")).await.expect(200).json().as_array().unwrap().clone()
    }

    pub(crate) async fn empty_outbox(&self) {
        assert!(self.send(Request::new("DELETE", "/_local/outbox")).await.status < 300);
    }

    pub(crate) async fn begin_with(&self, request: Request) -> Begun {
        let reply = self.send(request).await.expect(202);
        Begun { id: reply.text("resetId"), body: reply.json() }
    }

    /// Begins a reset by a method, with a claimed phone number if one is given.
    pub(crate) async fn begin(&self, name: &str, method: &str, phone: Option<&str>) -> Begun {
        self.begin_with(begin(name, method, phone)).await
    }

    /// Begins Adele's reset by SMS, and returns it with the code that was sent.
    pub(crate) async fn begin_by_sms(&self) -> (Begun, String) {
        let begun = self.begin("adele@contoso.example", "mobileSms", Some("+1 4255550100")).await;
        let message = self.code_message("+14255550100", &begun).await;
        (begun, digits(&message))
    }

    /// Begins Adele's reset by email, and returns it with the message.
    pub(crate) async fn begin_by_email(&self) -> (Begun, Value) {
        let begun = self.begin("adele@contoso.example", "email", None).await;
        let message = self.code_message("adele.vance@example.org", &begun).await;
        (begun, message)
    }

    /// The message with the code of a reset; a notice of an earlier change may arrive after it.
    async fn code_message(&self, to: &str, begun: &Begun) -> Value {
        let messages = self.outbox(to).await;
        let of_reset = |message: &&Value| message["reference"] == begun.body["reference"];
        messages.iter().rfind(of_reset).expect("a message with the code").clone()
    }

    pub(crate) async fn again(&self, id: &str, body: &Value) -> Reply {
        self.send(Request::post(&format!("/v1/resets/{id}/codes"), body)).await
    }

    pub(crate) async fn verify(&self, id: &str, code: &str) -> Reply {
        self.send(verify(id, code)).await
    }

    pub(crate) async fn complete(&self, id: &str, token: &str, password: &str) -> Reply {
        self.send(complete(id, token, password)).await
    }

    /// Checks a password. The status is 200 or 422.
    pub(crate) async fn check(&self, name: &str, password: &str) -> Reply {
        let body = json!({"userName": name, "password": password});
        self.send(Request::post("/v1/credentials/verifications", &body).bearer(&self.admin)).await
    }

    /// Registers a value of a person's with the code that is sent to it. Returns the body of the response.
    pub(crate) async fn register(&self, name: &str, body: &Value) -> Value {
        let token = self.user(name).await;
        let challenge = Request::post("/v1/registration/challenges", body).bearer(&token);
        let id = self.send(challenge).await.expect(202).text("challengeId");
        let sent = self.outbox(&body["value"].as_str().unwrap().replace(' ', "")).await;
        let path = format!("/v1/registration/challenges/{id}/verifications");
        let code = json!({"code": digits(sent.last().expect("a message"))});
        self.send(Request::post(&path, &code).bearer(&token)).await.expect(200).json()
    }

    /// Takes Adele through a whole reset by SMS.
    pub(crate) async fn reset_by_sms(&self, password: &str) {
        let (begun, code) = self.begin_by_sms().await;
        let token = self.verify(&begun.id, &code).await.expect(200).text("resetToken");
        self.complete(&begun.id, &token, password).await.expect(204);
    }
}

pub(crate) fn begin(name: &str, method: &str, phone: Option<&str>) -> Request {
    let mut body = json!({"userName": name, "method": method});
    if let Some(phone) = phone {
        body["phoneNumber"] = json!(phone);
    }
    Request::post("/v1/resets", &body)
}

pub(crate) fn verify(id: &str, code: &str) -> Request {
    Request::post(&format!("/v1/resets/{id}/verifications"), &json!({"code": code}))
}

pub(crate) fn complete(id: &str, token: &str, password: &str) -> Request {
    let body = json!({"resetToken": token, "newPassword": password});
    Request::post(&format!("/v1/resets/{id}/password"), &body)
}

/// The digits of a message with a code: from the last line of an SMS, otherwise from the grouped or spoken form.
pub(crate) fn digits(message: &Value) -> String {
    let text = message["text"].as_str().expect("a text");
    if let Some((_, code)) = text.lines().last().unwrap_or_default().split_once(" #") {
        return code.to_owned();
    }
    if message["channel"] == "call" {
        let spoken = text.split(|char: char| !char.is_ascii_digit() && char != ',' && char != ' ');
        let longest = spoken.max_by_key(|part| part.matches(',').count()).unwrap_or_default();
        return longest.chars().filter(char::is_ascii_digit).collect();
    }
    let bytes = text.as_bytes();
    let at = (0..bytes.len().saturating_sub(8))
        .find(|at| {
            let window = &bytes[*at..at + 9];
            window[4] == b' ' && window[..4].iter().chain(&window[5..]).all(u8::is_ascii_digit)
        })
        .expect("eight digits in two groups");
    text[at..at + 9].replace(' ', "")
}

/// The long code of an email.
pub(crate) fn long_code(message: &Value) -> String {
    let text = message["text"].as_str().expect("a text");
    let is_long = |word: &&str| word.len() == 31 && word.split('-').count() == 6;
    let words = text.split(|char: char| !char.is_ascii_alphanumeric() && char != '-');
    words.filter(|word| word.len() == 31).find(is_long).expect("a long code").to_owned()
}

/// A different code of the same length.
pub(crate) fn wrong(code: &str) -> String {
    let last = code.chars().last().unwrap().to_digit(10).unwrap();
    format!("{}{}", &code[..code.len() - 1], (last + 1) % 10)
}
