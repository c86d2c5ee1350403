//! Runs operations against the service and the model, and compares every answer, every message and the final state.

use std::collections::BTreeMap;

use aws::store::DynamoStore;
use aws::table::Key;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::account::Owner;
use shared::limits::guesses::GuessLog;
use shared::ports::messenger::Dispatch;
use shared::ports::store::{Accounts, Limits, Resets};
use shared::random::{AccountId, ResetId};
use shared::time::{Clock, DAY};

use super::expected::{Answer, MAILS, Message, Model, NAMES, NUMBERS, Stage, TRIES};
use super::operation::{Guess, Method, Operation, Order, Provider};
use super::person::{GUESSES_A_DAY, GUESSES_A_MONTH, SENDS_A_DAY, SENDS_AN_HOUR};
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, digits, long_code, wrong};
use crate::support::{Reply, Request, Service};

/// A code that is right for a reset with a chance of one in a hundred million.
const NO_CODE: &str = "12345678";
/// A long code that nobody has.
const NO_LONG_CODE: &str = "01234-56789-ABCDE-FGHJK-MNPQR-S";
/// The permissions of the administrator.
const PERMISSIONS: [&str; 3] = ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "Credentials.Check"];

/// A reset as its clients know it.
#[derive(Debug, Default)]
struct Known {
    id: String,
    reference: String,
    gate_token: Option<String>,
    reset_token: Option<String>,
    /// The codes that arrived for it, oldest first, each with its number in the model.
    codes: Vec<u32>,
}

/// A code as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Arrived {
    digits: String,
    long: Option<String>,
}

/// A service and the model of it.
struct Run {
    service: Service,
    model: Model,
    accounts: Vec<AccountId>,
    resets: Vec<Known>,
    arrived: BTreeMap<u32, Arrived>,
}

/// Runs operations on a new service, under a policy with one or two gates. Returns the kind of each operation that was
/// answered, with the status.
///
/// # Panics
/// If the service and the model disagree.
pub(super) async fn run(gates: u8, operations: &[Operation]) -> Vec<(String, u16)> {
    let mut answered = Vec::new();
    let mut run = Run::start(gates).await;
    for (number, operation) in operations.iter().enumerate() {
        let when = format!("operation {number}, {operation:?}");
        let (answer, message) = run.operate(*operation, &when).await;
        run.messages(message.filter(|message| message.arrives), &when).await;
        if let Some((expected, got)) = answer {
            assert_eq!(got, (expected.0, expected.1.to_owned()), "the answer to {when}");
            answered.push((operation.kind(), got.0));
        }
    }
    run.final_state().await;
    run.service.running.stop().await;
    answered
}

/// An expected answer and the one that came.
type Compared = Option<(Answer, (u16, String))>;

impl Run {
    async fn start(gates: u8) -> Self {
        let sends = json!([
            {"count": 1, "seconds": 30},
            {"count": SENDS_AN_HOUR, "seconds": 3_600},
            {"count": SENDS_A_DAY, "seconds": DAY},
        ]);
        let policy = json!({
            "methodsRequired": gates, "guessesPerDay": GUESSES_A_DAY, "guessesPer30Days": GUESSES_A_MONTH,
            "triesPerCode": TRIES, "sends": sends,
        });
        let service = Service::start(policy).await;
        let mut accounts = Vec::new();
        for person in 0..2 {
            let contacts = json!({"mobilePhone": NUMBERS[person][0], "otherMails": [MAILS[person]]});
            let id = service.create(NAMES[person], contacts).await;
            accounts.push(AccountId::parse(&id).unwrap());
        }
        Self { service, model: Model::new(gates), accounts, resets: Vec::new(), arrived: BTreeMap::new() }
    }

    fn now(&self) -> u64 {
        self.service.running.clock.now().millis()
    }

    /// The index of a reset, counted from the newest; `None` if there is none yet.
    fn reset(&self, back: usize) -> Option<usize> {
        let count = self.resets.len();
        (count > 0).then(|| count - 1 - back % count)
    }

    async fn operate(&mut self, operation: Operation, when: &str) -> (Compared, Option<Message>) {
        match operation {
            Operation::Begin { person, network, order } => self.begin(person, network, order).await,
            Operation::OrderAgain { reset, with_token, order } => match self.reset(reset) {
                Some(at) => self.order_again(at, with_token, order).await,
                None => (None, None),
            },
            Operation::Guess { reset, with_token, guess } => {
                let Some(at) = self.reset(reset) else { return (None, None) };
                (self.guess(at, with_token, guess).await, None)
            }
            Operation::LongCode { reset, with_token, of } => {
                let Some(at) = self.reset(reset) else { return (None, None) };
                (self.long_code(at, with_token, of).await, None)
            }
            Operation::Complete { reset, right_token, weak_password } => {
                let Some(at) = self.reset(reset) else { return (None, None) };
                (self.complete(at, right_token, weak_password).await, None)
            }
            Operation::DeliverAgain { reset } => {
                if let Some(at) = self.reset(reset) {
                    self.deliver_again(at).await;
                }
                (None, None)
            }
            Operation::Advance(seconds) => {
                self.service.advance(seconds).await;
                self.service.admin = self.service.application(&PERMISSIONS).await;
                (None, None)
            }
            Operation::SetPhone { person, number } => {
                let person = person % self.accounts.len();
                let number = number.map(|number| NUMBERS[person][number]);
                self.service.patch(NAMES[person], &json!({"mobilePhone": number})).await.expect(204);
                self.model.set_phone(person, number, self.now());
                (None, None)
            }
            Operation::SetEnabled { person, enabled } => {
                let person = person % self.accounts.len();
                self.service.patch(NAMES[person], &json!({"accountEnabled": enabled})).await.expect(204);
                self.model.set_enabled(person, enabled, self.now());
                (None, None)
            }
            Operation::Unblock { person } => {
                let person = person % self.accounts.len();
                let path = format!("/graph/v1.0/users/{}/authentication/unblockPasswordReset", NAMES[person]);
                let reply = self.service.send(Request::new("POST", &path).bearer(&self.service.admin)).await;
                assert!(reply.status < 300, "{when}: {reply:?}");
                self.model.unblock(person);
                (None, None)
            }
        }
    }

    async fn begin(&mut self, person: usize, network: u8, order: Order) -> (Compared, Option<Message>) {
        let mut body = self.body(person, order);
        body["userName"] = json!(NAMES[person]);
        let (expected, message) = self.model.begin(person, network, order, self.now());
        self.provide(order.provider, message.as_ref());
        let reply = self.service.send(Request::post("/v1/resets", &body).from(network)).await;
        let body = reply.json();
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        self.resets.push(Known { id: text("resetId"), reference: text("reference"), ..Known::default() });
        (Some((expected, answer(&reply))), message)
    }

    async fn order_again(&mut self, at: usize, with_token: bool, order: Order) -> (Compared, Option<Message>) {
        let person = self.model.person_of(at).unwrap_or(NAMES.len() - 1);
        let mut body = self.body(person, order);
        let token = self.resets[at].gate_token.clone().filter(|_| with_token);
        if let Some(token) = &token {
            body["gateToken"] = json!(token);
        }
        let (expected, message) = self.model.order_again(at, token.is_some(), order, self.now());
        self.provide(order.provider, message.as_ref());
        let reply = self.service.again(&self.resets[at].id, &body).await;
        if reply.status == 202 {
            self.resets[at].reference = reply.text("reference");
        }
        (Some((expected, answer(&reply))), message)
    }

    fn body(&self, person: usize, order: Order) -> Value {
        let mut body = json!({"method": order.method.name()});
        if order.method != Method::Email {
            body["phoneNumber"] = json!(self.model.typed_number(person, order));
        }
        body
    }

    /// Sets what the provider does with the next message, if there is one.
    fn provide(&self, provider: Provider, message: Option<&Message>) {
        let answers = match provider {
            Provider::Sends => vec![],
            Provider::Refuses => vec![Dispatch::Refused("blocked")],
            Provider::LosesResponse => vec![Dispatch::Unknown],
            Provider::BusyOnce => vec![Dispatch::TryAgain],
            Provider::Busy => vec![Dispatch::TryAgain; 3],
        };
        if message.is_some() {
            self.service.running.outbox.answer_next(answers);
        }
    }

    async fn guess(&mut self, at: usize, with_token: bool, guess: Guess) -> Compared {
        let code = match guess {
            Guess::Wrong => None,
            Guess::Newest(of) => self.resets[self.reset(of)?].codes.last().copied(),
            Guess::Oldest(of) => self.resets[self.reset(of)?].codes.first().copied(),
        };
        let typed = match (code, self.resets[at].codes.last()) {
            (Some(code), _) => self.arrived[&code].digits.clone(),
            // As near to the right code as a wrong one can be.
            (None, Some(right)) => wrong(&self.arrived[right].digits),
            (None, None) => NO_CODE.to_owned(),
        };
        let token = self.resets[at].gate_token.clone().filter(|_| with_token);
        let expected = self.model.guess(at, token.is_some(), code, self.now());
        Some((expected, self.verify(at, &typed, token).await))
    }

    async fn long_code(&mut self, at: usize, with_token: bool, of: usize) -> Compared {
        let of = self.reset(of)?;
        let emailed = self.resets[of].codes.iter().rev().find(|code| self.arrived[code].long.is_some()).copied();
        let typed = emailed.and_then(|code| self.arrived[&code].long.clone());
        let token = self.resets[at].gate_token.clone().filter(|_| with_token);
        let expected = self.model.long_code(at, token.is_some(), emailed, self.now());
        Some((expected, self.verify(at, typed.as_deref().unwrap_or(NO_LONG_CODE), token).await))
    }

    async fn verify(&mut self, at: usize, typed: &str, token: Option<String>) -> (u16, String) {
        let mut body = json!({"code": typed});
        if let Some(token) = token {
            body["gateToken"] = json!(token);
        }
        let path = format!("/v1/resets/{}/verifications", self.resets[at].id);
        let reply = self.service.send(Request::post(&path, &body)).await;
        if reply.status == 200 {
            let body = reply.json();
            let text = |member: &str| body[member].as_str().map(str::to_owned);
            self.resets[at].gate_token = text("gateToken").or(self.resets[at].gate_token.take());
            self.resets[at].reset_token = text("resetToken");
        }
        answer(&reply)
    }

    async fn complete(&mut self, at: usize, right_token: bool, weak_password: bool) -> Compared {
        let token = self.resets[at].reset_token.clone().filter(|_| right_token);
        let expected = self.model.complete(at, token.is_some(), weak_password, self.now());
        // A token of the right form, and of another reset if there is one.
        let others = self.resets.iter().filter_map(|reset| reset.reset_token.clone());
        let wrong = others.into_iter().find(|other| self.resets[at].reset_token.as_ref() != Some(other));
        let token = token.or(wrong).unwrap_or_else(|| self.resets[at].id.clone());
        let password = if weak_password { "short" } else { NEW_PASSWORD };
        let reply = self.service.complete(&self.resets[at].id, &token, password).await;
        Some((expected, answer(&reply)))
    }

    /// Writes the row of a reset's newest job again, as it is. The stream then reports a new job.
    async fn deliver_again(&self, at: usize) {
        let (running, order) = (&self.service.running, self.model.resets[at].orders);
        let id = ResetId::parse(&self.resets[at].id).unwrap();
        let key = if order == 1 { Key::reset(&id) } else { Key::order(&id, order) };
        let attributes = [(aws::table::PARTITION, &key.partition), (aws::table::SORT, &key.sort)];
        let key = attributes.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.clone())));
        let get = running.client.get_item().table_name(running.table).set_key(Some(key.clone().into()));
        let Some(row) = get.consistent_read(true).send().await.unwrap().item else { return };
        running.client.delete_item().table_name(running.table).set_key(Some(key.into())).send().await.unwrap();
        running.client.put_item().table_name(running.table).set_item(Some(row)).send().await.unwrap();
    }

    /// Compares the messages with codes that arrived since the last operation with the one that is expected.
    async fn messages(&mut self, expected: Option<Message>, when: &str) {
        for _ in 0..2 {
            self.service.running.settled().await;
        }
        let messages = self.service.messages().await;
        let codes: Vec<&Value> = messages.iter().filter(|message| message["reference"] != "").collect();
        let seen = |message: &&Value| (message["to"].as_str().unwrap().to_owned(), message["channel"].clone());
        let expected_seen = expected.iter().map(|message| (message.to.clone(), json!(message.method.channel())));
        assert_eq!(codes.iter().map(seen).collect::<Vec<_>>(), expected_seen.collect::<Vec<_>>(), "messages: {when}");
        if let (Some(delivered), [message]) = (expected, &codes[..]) {
            let of = |known: &&mut Known| message["reference"] == known.reference.as_str();
            // References are short and may repeat: the newest reset with this code is meant.
            let at = self.model.resets.iter().rposition(|reset| reset.code == delivered.code).unwrap();
            let known = self.resets.get_mut(at).filter(of).expect("the reference of the response");
            if known.codes.last() != Some(&delivered.code) {
                known.codes.push(delivered.code);
            }
            let long = (delivered.method == Method::Email).then(|| long_code(message));
            let arrived = Arrived { digits: digits(message), long };
            let before = self.arrived.entry(delivered.code).or_insert_with(|| arrived.clone());
            assert_eq!(*before, arrived, "a repeated code is the same code: {when}");
        }
        self.service.empty_outbox().await;
    }

    /// Compares everything that lasts.
    async fn final_state(&self) {
        let store = DynamoStore::new(self.service.running.client.clone(), self.service.running.table);
        let now = self.service.running.clock.now();
        for (at, (expected, known)) in self.model.resets.iter().zip(&self.resets).enumerate() {
            if !expected.is_live(now.millis()) {
                continue;
            }
            let stored = store.reset(&ResetId::parse(&known.id).unwrap()).await.unwrap().expect("a live reset");
            let stage = match &stored.stage {
                shared::reset::Stage::Proving { passed: None } => "gate one",
                shared::reset::Stage::Proving { passed: Some(_) } => "gate two",
                shared::reset::Stage::Granted(_) => "granted",
                shared::reset::Stage::Completed => "completed",
            };
            let expected_stage = match &expected.stage {
                Stage::GateOne => "gate one",
                Stage::GateTwo(..) => "gate two",
                Stage::Granted => "granted",
                Stage::Completed => "completed",
            };
            let issued = &stored.issued;
            assert_eq!(
                (stage, issued.order, issued.tries, issued.sent_to.is_some(), stored.snapshot.is_some()),
                (expected_stage, expected.orders, expected.tries, expected.sent_to.is_some(), expected.linked),
                "reset {at}"
            );
        }
        for (at, (expected, id)) in self.model.people.iter().zip(&self.accounts).enumerate() {
            let account = store.account(id).await.unwrap().expect("the account");
            let owner = Owner::Account(id.clone());
            let guesses = store.guess_log(&GuessLog::Account(owner.clone())).await.unwrap().attempts;
            let counted = guesses.iter().filter(|guess| guess.plus(30 * DAY) > now).count();
            let sends = store.sends(&owner.key()).await.unwrap().counted;
            let of_today = sends.iter().filter(|sent| !sent.refunded && sent.at.plus(DAY) > now);
            let mut channels: Vec<_> = of_today.map(|sent| sent.channel.as_str()).collect();
            channels.sort_unstable();
            assert_eq!(
                (account.enabled, counted, channels),
                (expected.enabled, expected.counted_guesses(now.millis()), expected.counted_messages(now.millis())),
                "person {at}"
            );
            let password = if expected.has_new_password { NEW_PASSWORD } else { OLD_PASSWORD };
            let status = if expected.enabled { 200 } else { 422 };
            let checked = self.service.check(NAMES[at], password).await;
            assert_eq!(checked.status, status, "the password of person {at}: {checked:?}");
        }
    }
}

/// The status of an answer with the code of its problem or, for a right guess, what it opened.
fn answer(reply: &Reply) -> (u16, String) {
    let body = if reply.body.is_empty() { Value::Null } else { reply.json() };
    let code = if reply.status == 200 { &body["status"] } else { &body["code"] };
    (reply.status, code.as_str().unwrap_or_default().to_owned())
}
