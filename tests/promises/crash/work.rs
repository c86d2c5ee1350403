//! What each person's clients do, until no response arrives any more.

use std::net::SocketAddr;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::people::{Person, Role, Step};
use crate::support::client::{Reply, Request, try_send};
use crate::support::service::{begin, complete, digits, long_code, verify, wrong};

/// Guesses at an account in a day, and at one code.
pub(crate) const BUDGET: usize = 10;
/// Wrong guesses at each of two resets: together more than the budget, and each less than a code takes.
const GUESSES: usize = 8;
/// The price of a message to a phone, in millionths of a dollar.
pub(crate) const PRICE_MICROS: u64 = 10_000;
/// Longer than the pause before the next message, in seconds.
const PAUSE: u64 = 2;

/// A policy under which only the budget of guesses stops anybody, and a second must pass between two messages.
pub(crate) fn policy() -> Value {
    json!({
        "sends": [{"count": 1, "seconds": 1}, {"count": 100, "seconds": 3600}],
        "triesPerCode": BUDGET, "guessesPerDay": BUDGET, "codeLifetimeSeconds": 600, "resetLifetimeSeconds": 3600,
        "prices": {"*": {"sms": "0.01", "call": "0.01"}}, "dailySpendCapUsd": "1000.00",
        "beginsPerSource": {"count": 100_000}, "beginsPerSourceAndName": {"count": 100_000},
    })
}

/// Does a person's work. Returns `None` if a response did not arrive.
pub(crate) async fn work(to: SocketAddr, person: &Person, admin: &str) -> Option<()> {
    match person.role {
        Role::Texted => texted(to, person).await,
        Role::Mailed => mailed(to, person).await,
        Role::Replacing => replacing(to, person).await,
        Role::Guessing => guessing(to, person).await,
        Role::Registering => registering(to, person).await,
        Role::Changed => changed(to, person, admin).await,
        Role::Privileged => privileged(to, person).await,
    }
}

async fn texted(to: SocketAddr, person: &Person) -> Option<()> {
    for turn in ["first", "second"] {
        let id = begun(to, person, "mobileSms").await?;
        let code = digits(&last(to, &person.phone).await?);
        let token = proved(to, person, &id, &[&code, &code]).await?;
        completed(to, person, &id, &token, turn).await?;
        pause(to).await?;
    }
    Some(())
}

async fn mailed(to: SocketAddr, person: &Person) -> Option<()> {
    let id = begun(to, person, "email").await?;
    let message = last(to, &person.mail).await?;
    let (long, short) = (long_code(&message), digits(&message));
    let token = proved(to, person, &id, &[&long, &long, &short]).await?;
    completed(to, person, &id, &token, "only").await
}

async fn replacing(to: SocketAddr, person: &Person) -> Option<()> {
    let id = begun(to, person, "mobileSms").await?;
    let first = digits(&last(to, &person.phone).await?);
    ordered(to, person, &id, &json!({"method": "email"})).await?;
    guess(to, person, &id, &first).await?;
    let second = digits(&last(to, &person.mail).await?);
    ordered(to, person, &id, &json!({"method": "mobileSms", "phoneNumber": person.phone})).await?;
    guess(to, person, &id, &second).await?;
    let third = digits(&last(to, &person.phone).await?);
    let token = proved(to, person, &id, &[&third, &third]).await?;
    completed(to, person, &id, &token, "only").await
}

async fn guessing(to: SocketAddr, person: &Person) -> Option<()> {
    let mut planted = None;
    for _ in 0..2 {
        let id = begun(to, person, "mobileSms").await?;
        let code = digits(&last(to, &person.phone).await?);
        let bad = wrong(&code);
        let guesses = join_all((0..GUESSES).map(|_| guess(to, person, &id, &bad))).await;
        guesses.into_iter().collect::<Option<Vec<()>>>()?;
        planted = Some((id, code));
        pause(to).await?;
    }
    // Sixteen guesses were made, and ten are allowed.
    let (id, code) = planted?;
    guess(to, person, &id, &code).await
}

async fn registering(to: SocketAddr, person: &Person) -> Option<()> {
    let body = json!({"type": "mobilePhone", "value": person.other_phone});
    let challenge = Request::post("/v1/registration/challenges", &body).bearer(&person.token);
    let id = person.call(to, Step::Challenge, ("", ""), challenge).await?.expect(202).text("challengeId");
    let code = digits(&last(to, &person.other_phone).await?);
    let prove = || person.call(to, Step::Register, (&id, &code), register(person, &id, &code));
    let (one, other) = tokio::join!(prove(), prove());
    accepted_once(&[one?, other?], 200);
    Some(())
}

async fn changed(to: SocketAddr, person: &Person, admin: &str) -> Option<()> {
    let id = begun(to, person, "mobileSms").await?;
    let code = digits(&last(to, &person.phone).await?);
    let change = Request::new("PATCH", &format!("/graph/v1.0/users/{}", person.account));
    let change = change.json(&json!({"mobilePhone": person.other_phone})).bearer(admin);
    let own = async {
        let proof = person.call(to, Step::Prove, (&id, &code), verify(&id, &code)).await?;
        if proof.status == 200 {
            let token = proof.text("resetToken");
            let password = password(person, "only", 0);
            person.call(to, Step::Complete, (&id, &password), complete(&id, &token, &password)).await?;
        }
        Some(())
    };
    let (changed, own) = tokio::join!(person.call(to, Step::Change, ("", ""), change), own);
    changed?.expect(204);
    own
}

async fn privileged(to: SocketAddr, person: &Person) -> Option<()> {
    let id = begun(to, person, "email").await?;
    let first = digits(&last(to, &person.mail).await?);
    let proof = person.call(to, Step::Prove, (&id, &first), verify(&id, &first)).await?.expect(200);
    assert_eq!(proof.text("status"), "anotherMethodRequired");
    let gate = proof.text("gateToken");
    let order = json!({"method": "mobileSms", "phoneNumber": person.phone, "gateToken": gate});
    let (skipped, order) = tokio::join!(skip(to, person, &id, &gate), ordered(to, person, &id, &order));
    skipped.and(order)?;
    let second = digits(&last(to, &person.phone).await?);
    let proof = person.call(to, Step::Prove, (&id, &second), second_gate(&id, &second, &gate)).await?.expect(200);
    completed(to, person, &id, &proof.text("resetToken"), "only").await
}

/// Begins a reset, and returns its id.
pub(crate) async fn begun(to: SocketAddr, person: &Person, method: &str) -> Option<String> {
    let phone = (method != "email").then_some(person.phone.as_str());
    let reply = person.call(to, Step::Begin, ("", method), begin(&person.name, method, phone)).await?;
    Some(reply.expect(202).text("resetId"))
}

/// Orders another code of a reset, late enough for it to be sent.
async fn ordered(to: SocketAddr, person: &Person, id: &str, body: &Value) -> Option<()> {
    pause(to).await?;
    let order = Request::post(&format!("/v1/resets/{id}/codes"), body);
    person.call(to, Step::Order, (id, body["method"].as_str().unwrap()), order).await?.expect(202);
    Some(())
}

/// Sends a code that must be refused.
pub(crate) async fn guess(to: SocketAddr, person: &Person, id: &str, code: &str) -> Option<()> {
    person.call(to, Step::Guess, (id, code), verify(id, code)).await?.problem(422, "code-rejected");
    Some(())
}

/// Proves a gate with right codes that are all sent at once. Returns the token of the one that is accepted.
async fn proved(to: SocketAddr, person: &Person, id: &str, codes: &[&str]) -> Option<String> {
    let replies = join_all(codes.iter().map(|code| person.call(to, Step::Prove, (id, code), verify(id, code)))).await;
    let replies: Vec<Reply> = replies.into_iter().collect::<Option<_>>()?;
    Some(accepted_once(&replies, 200).text("resetToken"))
}

/// Sets a password twice at once with one token.
async fn completed(to: SocketAddr, person: &Person, id: &str, token: &str, turn: &str) -> Option<()> {
    let passwords = [password(person, turn, 0), password(person, turn, 1)];
    let [one, other] = &passwords;
    let set = |password| person.call(to, Step::Complete, (id, password), complete(id, token, password));
    let (one, other) = tokio::join!(set(one), set(other));
    accepted_once(&[one?, other?], 204);
    Some(())
}

/// Tries to complete a reset with the token of its first gate.
pub(crate) async fn skip(to: SocketAddr, person: &Person, id: &str, gate: &str) -> Option<()> {
    let password = password(person, "skipped", 0);
    let reply = person.call(to, Step::Skip, (id, &password), complete(id, gate, &password)).await?;
    reply.problem(422, "token-rejected");
    Some(())
}

/// Exactly one of several uses of one secret is accepted.
fn accepted_once(replies: &[Reply], status: u16) -> &Reply {
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|one| **one == status).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|one| [status, 422].contains(one)), "{statuses:?}");
    replies.iter().find(|reply| reply.status == status).expect("counted above")
}

pub(crate) fn password(person: &Person, turn: &str, number: usize) -> String {
    format!("{} writes the {turn} sentence, number {number}", person.account)
}

pub(crate) fn second_gate(id: &str, code: &str, gate: &str) -> Request {
    Request::post(&format!("/v1/resets/{id}/verifications"), &json!({"code": code, "gateToken": gate}))
}

pub(crate) fn register(person: &Person, id: &str, code: &str) -> Request {
    let path = format!("/v1/registration/challenges/{id}/verifications");
    Request::post(&path, &json!({"code": code})).bearer(&person.token)
}

/// The last message with a code to a destination, once it is delivered.
async fn last(to: SocketAddr, destination: &str) -> Option<Value> {
    let target = format!("/_local/outbox?to={}", destination.replace('+', "%2B"));
    let messages = try_send(&Request::get(&target), to).await?.expect(200).json();
    let last = messages.as_array().unwrap().iter().rfind(|message| message["reference"] != "");
    Some(last.unwrap_or_else(|| panic!("no code to {destination}")).clone())
}

/// Moves the clock beyond the pause between two messages.
async fn pause(to: SocketAddr) -> Option<()> {
    let advance = Request::post("/_local/clock", &json!({"advanceSeconds": PAUSE}));
    try_send(&advance, to).await?.expect(200);
    Some(())
}
