//! The people of a run, and everything that their clients know about them.

use std::net::SocketAddr;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::client::{Reply, Request, try_send};
use crate::support::service::OLD_PASSWORD;

/// What a person's clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Two resets by SMS; each code and each token is used twice at once.
    Texted,
    /// A reset by email; its long code and its digits are used at once.
    Mailed,
    /// A reset whose code is replaced twice.
    Replacing,
    /// Wrong codes at two resets, more than the budget allows, and a right one after them.
    Guessing,
    /// A registration of a phone, whose code is used twice at once.
    Registering,
    /// A reset by SMS while an administrator replaces the phone number.
    Changed,
    /// A privileged person's reset with two gates.
    Privileged,
}

impl Role {
    pub(crate) const ALL: [Self; 7] = [
        Self::Texted,
        Self::Mailed,
        Self::Replacing,
        Self::Guessing,
        Self::Registering,
        Self::Changed,
        Self::Privileged,
    ];
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Begin,
    Order,
    /// A right code that nothing has replaced.
    Prove,
    /// A code that must be refused: a wrong one, a replaced one, or one after the budget is spent.
    Guess,
    Complete,
    /// A completion with the token of the first gate only.
    Skip,
    Challenge,
    Register,
    Change,
}

/// A request, and its response if one arrived before the kill.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) step: Step,
    /// The id of the reset or challenge that it is about, if it is about one.
    pub(crate) about: String,
    /// The code or the password that it sends.
    pub(crate) value: String,
    pub(crate) status: Option<u16>,
    pub(crate) body: Value,
}

/// A person, with contacts that nobody else has.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) phone: String,
    /// The number that is registered, or that an administrator sets.
    pub(crate) other_phone: String,
    pub(crate) mail: String,
    /// The person's own token.
    pub(crate) token: String,
    calls: Mutex<Vec<Call>>,
}

/// Exchanges of a North American area code, of which each phone gets its own: what is sent to a range of numbers is
/// limited.
const FIRST_EXCHANGE: usize = 220;

impl Person {
    /// Creates the person of a role in the `number`-th run on a directory.
    pub(crate) async fn create(to: SocketAddr, admin: &str, role: Role, number: usize) -> Self {
        let place = (number * Role::ALL.len() + role as usize) * 2;
        let phone = |place: usize| format!("+1425{}01{:02}", FIRST_EXCHANGE + place, place % 100);
        let name = format!("{}{number}@contoso.example", format!("{role:?}").to_lowercase());
        let mail = name.replace("contoso.example", "example.org");
        let body = json!({
            "userPrincipalName": name, "passwordProfile": {"password": OLD_PASSWORD}, "mobilePhone": phone(place),
            "otherMails": [mail],
        });
        let account = Request::post("/graph/v1.0/users", &body).bearer(admin).send(to).await.expect(201).text("id");
        if role == Role::Privileged {
            let path = format!("/graph/v1.0/users/{account}");
            let change = Request::new("PATCH", &path).json(&json!({"isAdmin": true})).bearer(admin);
            change.send(to).await.expect(204);
        }
        let token = Request::post("/_local/tokens", &json!({"userName": name}));
        let token = token.send(to).await.expect(200).text("accessToken");
        let (phone, other_phone) = (phone(place), phone(place + 1));
        Self { role, name, account, phone, other_phone, mail, token, calls: Mutex::default() }
    }

    /// Sends a request, and records it before and its response after. `None` if none arrived.
    pub(crate) async fn call(&self, to: SocketAddr, step: Step, of: (&str, &str), request: Request) -> Option<Reply> {
        let (about, value) = (of.0.to_owned(), of.1.to_owned());
        let at = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(Call { step, about, value, status: None, body: Value::Null });
            calls.len() - 1
        };
        let reply = try_send(&request, to).await?;
        let mut calls = self.calls.lock().unwrap();
        calls[at].status = Some(reply.status);
        calls[at].body = if reply.body.is_empty() { Value::Null } else { reply.json() };
        Some(reply)
    }

    /// The requests for a step, in the order in which they were sent.
    pub(crate) fn calls(&self, step: Step) -> Vec<Call> {
        self.calls.lock().unwrap().iter().filter(|call| call.step == step).cloned().collect()
    }

    /// The requests for a step of one reset or challenge.
    pub(crate) fn calls_about(&self, step: Step, about: &str) -> Vec<Call> {
        self.calls(step).into_iter().filter(|call| call.about == about).collect()
    }

    /// The ids of the resets or challenges whose beginning was confirmed.
    pub(crate) fn begun(&self, step: Step, member: &str) -> Vec<String> {
        let ids = self.calls(step).into_iter().filter(|call| call.status == Some(202));
        ids.map(|call| call.body[member].as_str().unwrap().to_owned()).collect()
    }
}
