//! What must hold after a kill and a restart, and that everything goes on from there.

use futures_util::future::join_all;
use local::Message;
use serde_json::{Value, json};

use crate::people::{Call, Person, Role, Step};
use crate::support::service::{OLD_PASSWORD, complete, digits, long_code, verify, wrong};
use crate::support::{Request, Service};
use crate::table::{Progress, Table};
use crate::work::{BUDGET, PRICE_MICROS, begun, guess, password, register, second_gate, skip};

/// Longer than the lease that a killed worker may have held, in seconds.
const LEASE: u64 = 31;
const OK: Option<u16> = Some(200);
const SET: Option<u16> = Some(204);

/// Asserts with the person's name in the message.
macro_rules! holds {
    ($person:expr, $condition:expr, $($what:tt)+) => {
        assert!($condition, "{}: {}", $person.name, format!($($what)+))
    };
}

/// Checks everything after `kills` kills in the run of these people, and goes on with what they began.
pub(crate) async fn check(service: &Service, people: &[Person], kills: usize) {
    service.running.settled().await;
    let mut table = Table::read(service).await;
    if !table.pending().is_empty() {
        service.advance(LEASE).await;
        table = Table::read(service).await;
    }
    assert!(table.pending().is_empty(), "nobody delivered {:?}", table.pending());
    for person in people {
        stages(&table, person);
        messages(service, &table, person, kills);
    }
    join_all(people.iter().map(|person| proceed(service, &table, person))).await;
    service.running.settled().await;
    let table = Table::read(service).await;
    for person in people {
        stages(&table, person);
        messages(service, &table, person, kills);
        spent(&table, person);
    }
    join_all(people.iter().map(|person| one_password(service, &table, person))).await;
}

/// A reset is where its proofs are, and no further (P14). The account's password, its log and the audit tell of the
/// same completions.
fn stages(table: &Table, person: &Person) {
    let gates = if person.role == Role::Privileged { 2 } else { 1 };
    let mut completions = 0;
    for (id, progress) in table.resets(person) {
        let Progress { stage, proofs, completions: set } = &progress;
        let expected = match stage.as_str() {
            "gateOne" => (0, 0),
            "gateTwo" => (1, 0),
            "granted" => (gates, 0),
            "completed" => (gates, 1),
            _ => panic!("{}: stage {stage}", person.name),
        };
        holds!(person, (*proofs, *set) == expected, "reset {id}: {progress:?}, but {gates} gates are needed");
        completions += set;
        confirmed(person, &id, &progress);
    }
    let (logged, audited) = (table.completions(person), table.audited(person, "passwordReset"));
    holds!(person, (logged, audited) == (completions, completions), "{logged}, {audited}, {completions} completions");
}

/// What a response confirmed is there, and what nobody asked for is not (P1).
fn confirmed(person: &Person, id: &str, progress: &Progress) {
    let within = |step: Step, ok: Option<u16>, done: usize| {
        let calls = person.calls_about(step, id);
        let accepted = calls.iter().filter(|call| call.status == ok).count();
        let mut values: Vec<&str> = calls.iter().map(|call| call.value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        holds!(person, accepted <= done, "{step:?}: {accepted} confirmed, {done} done");
        holds!(person, done <= values.len(), "{step:?}: {done} done, {} asked", values.len());
    };
    within(Step::Prove, OK, progress.proofs);
    within(Step::Complete, SET, progress.completions);
}

/// Every code is counted and paid for, and no job's message is there more often than the worker was killed (P8). A code
/// that is ordered again may be the same, and is counted again. Every completion is in a notice and in an event.
fn messages(service: &Service, table: &Table, person: &Person, kills: usize) {
    let outbox = &service.running.outbox;
    for (to, channel) in [(&person.phone, "sms"), (&person.mail, "email")] {
        let sent = codes(service, to);
        let counted = table.counted(person, channel);
        let mut different = sent.clone();
        different.sort();
        different.dedup();
        let (sent, different) = (sent.len(), different.len());
        holds!(person, different <= counted, "{channel}: {different} codes sent, {counted} counted");
        holds!(person, sent <= counted + kills, "{channel}: {sent} sent, {counted} counted, {kills} kills");
        let paid = table.spent(person, "resets");
        holds!(person, channel != "sms" || paid >= PRICE_MICROS * sent as u64, "{sent} sent for {paid}");
    }
    let sent = codes(service, &person.other_phone).len();
    let challenges = person.calls(Step::Challenge).len();
    holds!(person, sent <= challenges * (1 + kills), "{sent} codes of {challenges} challenges, {kills} kills");
    if let [id] = person.begun(Step::Challenge, "challengeId").as_slice() {
        let counted = table.counted_for_destinations(&format!("challenge.{id}"));
        holds!(person, sent == 0 || counted == 1, "a challenge's message is counted {counted} times");
        let paid = table.spent(person, "registration");
        holds!(person, paid >= PRICE_MICROS * sent as u64, "{sent} codes of challenges sent for {paid}");
    }
    let completions = table.completions(person);
    let events = outbox.events().iter().filter(|event| event.user_id == person.account).count();
    holds!(person, completions <= events, "{completions} completions, {events} events");
    if person.role == Role::Texted {
        let notices = outbox.messages(Some(&person.mail)).iter().filter(|message| message.reference.is_empty()).count();
        let most = completions * (1 + kills);
        holds!(person, (completions..=most).contains(&notices), "{completions} completions, {notices} notices");
    }
}

/// The codes that were sent to a destination, oldest first, each with its reference. An email that is sent again has the
/// same digits, and a long code of its own.
fn codes(service: &Service, to: &str) -> Vec<(String, String)> {
    let messages = service.running.outbox.messages(Some(to)).into_iter();
    let messages = messages.filter(|message| !message.reference.is_empty());
    messages.map(|message| (message.reference.clone(), short(&message))).collect()
}

/// The last code that was sent to a destination with a reference.
fn code(service: &Service, to: &str, reference: &Value) -> Option<String> {
    let (_, code) = codes(service, to).into_iter().rfind(|(other, _)| reference == other.as_str())?;
    Some(code)
}

/// The digits of a message.
fn short(message: &Message) -> String {
    digits(&json!({"text": message.text, "channel": message.channel}))
}

async fn proceed(service: &Service, table: &Table, person: &Person) {
    match person.role {
        Role::Texted | Role::Mailed | Role::Replacing => reset(service, table, person).await,
        Role::Guessing => guesses(service, table, person).await,
        Role::Registering => registration(service, table, person).await,
        Role::Changed => change(service, table, person).await,
        Role::Privileged => gates(service, table, person).await,
    }
}

/// Takes the last reset to its end: its code, then its token, each accepted once over all kills.
async fn reset(service: &Service, table: &Table, person: &Person) {
    let Some(id) = person.begun(Step::Begin, "resetId").pop() else { return };
    let progress = table.progress(&id);
    let mut token = token(person, Step::Prove, "resetToken", &id);
    if progress.proofs == 0 {
        let (live, dead) = live_codes(service, person, &id);
        join_all(dead.iter().map(|code| guess(service.address(), person, &id, code))).await;
        // Both spellings of a code are sent twice at once. If an order has no response, the code before it may be live.
        let tries = live.iter().flat_map(|code| [code, code]);
        let tries = tries.map(|code| send(service, person, (Step::Prove, &id, code), verify(&id, code)));
        let replies = join_all(tries).await;
        let accepted: Vec<&Call> = replies.iter().filter(|call| call.status == OK).collect();
        holds!(person, accepted.len() == 1, "{} of {live:?} accepted: {replies:?}", accepted.len());
        token = Some(accepted[0].body["resetToken"].as_str().unwrap().to_owned());
    } else {
        let used = person.calls_about(Step::Prove, &id);
        join_all(used.iter().map(|call| guess(service.address(), person, &id, &call.value))).await;
    }
    if let Some(token) = token {
        finish(service, person, &id, &token, progress.completions).await;
    }
}

/// The codes of a reset of which exactly one must work, and those that must not (P4).
fn live_codes(service: &Service, person: &Person, id: &str) -> (Vec<String>, Vec<String>) {
    let begin = person.calls(Step::Begin).into_iter().find(|call| call.body["resetId"] == id);
    let orders: Vec<Call> = begin.into_iter().chain(person.calls_about(Step::Order, id)).collect();
    let confirmed = orders.iter().rfind(|call| call.status == Some(202)).unwrap();
    let destinations = [person.phone.as_str(), person.mail.as_str()];
    let mut sent = service.running.outbox.messages(None);
    sent.retain(|message| destinations.contains(&message.to.as_str()) && !message.reference.is_empty());
    let current = sent.iter().rfind(|message| message.reference == confirmed.body["reference"].as_str().unwrap());
    let current = current.unwrap_or_else(|| panic!("{}: no message of a confirmed code", person.name));
    let mut live = vec![short(current)];
    if orders.iter().any(|call| call.status.is_none()) {
        // That order may have replaced the code before it.
        live.extend(sent.last().map(short).filter(|last| *last != live[0]));
    }
    // Only one role has several codes of one reset, and it has no other reset.
    let mut dead: Vec<String> = sent.iter().map(short).filter(|code| !live.contains(code)).collect();
    dead.retain(|_| person.role == Role::Replacing);
    if person.role == Role::Mailed {
        live.push(long_code(&json!({"text": current.text})));
    }
    (live, dead)
}

/// Sets a password twice at once with a token that is accepted once over all kills.
async fn finish(service: &Service, person: &Person, id: &str, token: &str, completions: usize) {
    let passwords = [password(person, "last", 0), password(person, "last", 1)];
    let set = passwords
        .iter()
        .map(|password| send(service, person, (Step::Complete, id, password), complete(id, token, password)));
    let replies = join_all(set).await;
    let accepted = replies.iter().filter(|call| call.status == SET).count();
    holds!(person, accepted + completions == 1, "completed {completions} times, then {replies:?}");
}

/// Sends a request and returns it as it is recorded, with a response.
async fn send(service: &Service, person: &Person, of: (Step, &str, &str), request: Request) -> Call {
    let (step, about, value) = of;
    let reply = person.call(service.address(), step, (about, value), request).await.expect("a response");
    holds!(person, [200, 204, 422].contains(&reply.status), "{step:?}: {}", reply.status);
    let body = if reply.body.is_empty() { Value::Null } else { reply.json() };
    Call { step, about: about.to_owned(), value: value.to_owned(), status: Some(reply.status), body }
}

/// The token that a response gave, if one did.
fn token(person: &Person, step: Step, member: &str, id: &str) -> Option<String> {
    person.calls_about(step, id).iter().find_map(|call| call.body[member].as_str().map(str::to_owned))
}

/// Charged guesses are as many as were made, up to the budget, and nothing is accepted beyond it (P2).
async fn guesses(service: &Service, table: &Table, person: &Person) {
    let (asked, charged) = (person.calls(Step::Guess), table.charged(person));
    let refused = asked.iter().filter(|call| call.status.is_some()).count();
    let within = refused.min(BUDGET)..=asked.len().min(BUDGET);
    holds!(person, within.contains(&charged), "{charged} guesses charged, {refused} refused, {} made", asked.len());
    let Some(planted) = person.begun(Step::Begin, "resetId").first().cloned() else { return };
    let begin = person.calls(Step::Begin).into_iter().next().unwrap();
    let right = code(service, &person.phone, &begin.body["reference"]).expect("the message of a confirmed reset");
    if charged < BUDGET {
        service.advance(2).await;
        let id = begun(service.address(), person, "mobileSms").await.expect("a response");
        service.running.settled().await;
        // A code that is wrong at one reset is wrong at the other but for one chance in a hundred million.
        let bad = wrong(&right);
        let left = (charged..BUDGET).map(|_| guess(service.address(), person, &id, &bad));
        join_all(left).await;
    }
    guess(service.address(), person, &planted, &right).await;
}

/// In the end, a guesser's budget is spent, and not more than that.
fn spent(table: &Table, person: &Person) {
    let begun = person.role == Role::Guessing && !person.begun(Step::Begin, "resetId").is_empty();
    let charged = table.charged(person);
    holds!(person, !begun || charged == BUDGET, "{charged} guesses charged in the end");
}

/// A challenge's code registers its number once, and wholly or not at all.
async fn registration(service: &Service, table: &Table, person: &Person) {
    let Some(id) = person.begun(Step::Challenge, "challengeId").pop() else { return };
    let calls = person.calls_about(Step::Register, &id);
    let before = table.audited(person, "infoRegistered");
    let accepted = calls.iter().filter(|call| call.status == OK).count();
    holds!(person, accepted <= before && before <= calls.len().min(1), "{accepted} confirmed, {before} done");
    holds!(person, registered(service, person).await == before, "the number and the audit agree");
    let (_, code) = codes(service, &person.other_phone).pop().expect("the message of a challenge");
    let again = (0..2).map(|_| send(service, person, (Step::Register, &id, &code), register(person, &id, &code)));
    let replies = join_all(again).await;
    let accepted = replies.iter().filter(|call| call.status == OK).count();
    holds!(person, accepted + before == 1, "registered {before} times, then {replies:?}");
    holds!(person, registered(service, person).await == 1, "the number is registered");
}

async fn registered(service: &Service, person: &Person) -> usize {
    let request = Request::get("/v1/registration").bearer(&person.token);
    service.send(request).await.expect(200).json()["methods"].as_array().unwrap().len()
}

/// A change of a contact is whole: the number, its record, its notice, and the death of the resets before it.
async fn change(service: &Service, table: &Table, person: &Person) {
    let request = Request::get(&format!("/graph/v1.0/users/{}?$select=mobilePhone", person.account));
    let stored = service.send(request.bearer(&service.admin)).await.expect(200).text("mobilePhone").replace(' ', "");
    let is_changed = stored == person.other_phone;
    holds!(person, is_changed || stored == person.phone, "the number is neither the old nor the new one");
    let calls = person.calls(Step::Change);
    let confirmed = calls.iter().any(|call| call.status == SET);
    holds!(person, (confirmed <= is_changed) && (is_changed <= !calls.is_empty()), "a change that nobody asked for");
    let audited = table.audited(person, "userChanged");
    holds!(person, audited == usize::from(is_changed), "{audited} records, changed: {is_changed}");
    let messages = service.running.outbox.messages(Some(&person.phone));
    let notices = messages.iter().filter(|message| message.reference.is_empty()).count();
    holds!(person, is_changed <= (notices > 0), "the old number is not notified");
    let Some(id) = person.begun(Step::Begin, "resetId").pop() else { return };
    if is_changed {
        // The reset happened before the change, or never will.
        let begin = person.calls(Step::Begin).pop().unwrap();
        if let Some(code) = code(service, &person.phone, &begin.body["reference"]) {
            guess(service.address(), person, &id, &code).await;
        }
        if let Some(token) = token(person, Step::Prove, "resetToken", &id) {
            let reply = service.complete(&id, &token, &password(person, "late", 0)).await;
            reply.problem(422, "token-rejected");
        }
    } else {
        holds!(person, notices == 0, "{notices} notices of nothing");
        reset(service, table, person).await;
    }
}

/// Two gates are needed, whatever was killed between them (P14).
async fn gates(service: &Service, table: &Table, person: &Person) {
    let Some(id) = person.begun(Step::Begin, "resetId").pop() else { return };
    let mut progress = table.progress(&id);
    let mut gate = token(person, Step::Prove, "gateToken", &id);
    if progress.proofs == 0 {
        let begin = person.calls(Step::Begin).pop().unwrap();
        let code = code(service, &person.mail, &begin.body["reference"]).expect("the message of a confirmed reset");
        let proof = send(service, person, (Step::Prove, &id, &code), verify(&id, &code)).await;
        holds!(person, proof.status == OK, "the first gate's code is refused");
        gate = proof.body["gateToken"].as_str().map(str::to_owned);
        progress.proofs = 1;
    }
    // Without the response to the first proof, nobody has the token of the first gate.
    let Some(gate) = gate else { return };
    skip(service.address(), person, &id, &gate).await;
    let mut token = token(person, Step::Prove, "resetToken", &id);
    if progress.proofs == 1 {
        service.advance(2).await;
        let order = json!({"method": "mobileSms", "phoneNumber": person.phone, "gateToken": gate});
        let order = service.again(&id, &order).await.expect(202);
        service.running.settled().await;
        let code = code(service, &person.phone, &order.json()["reference"]).expect("the second gate's message");
        let tries = (0..2).map(|_| send(service, person, (Step::Prove, &id, &code), second_gate(&id, &code, &gate)));
        let replies = join_all(tries).await;
        let accepted: Vec<&Call> = replies.iter().filter(|call| call.status == OK).collect();
        holds!(person, accepted.len() == 1, "the second gate is opened {} times", accepted.len());
        token = accepted[0].body["resetToken"].as_str().map(str::to_owned);
    }
    if let Some(token) = token {
        skip(service.address(), person, &id, &gate).await;
        finish(service, person, &id, &token, progress.completions).await;
    }
}

/// Exactly one of all passwords that were ever asked for is accepted: one of the last completed reset, and the one that
/// its response confirmed, if a response arrived.
async fn one_password(service: &Service, table: &Table, person: &Person) {
    let asked = [Step::Complete, Step::Skip].into_iter().flat_map(|step| person.calls(step));
    let mut all: Vec<String> = asked.map(|call| call.value).collect();
    if all.is_empty() {
        return;
    }
    all.push(OLD_PASSWORD.to_owned());
    all.sort();
    all.dedup();
    let mut accepted = Vec::new();
    // One after another, because passwords that are being compared count like wrong ones.
    for password in &all {
        let check = service.check(&person.name, password).await;
        holds!(person, [200, 422].contains(&check.status), "{}", check.status);
        if check.status == 200 {
            accepted.push(password);
        }
    }
    let [accepted] = accepted.as_slice() else { panic!("{}: {accepted:?} of {all:?} are accepted", person.name) };
    let completed = person.begun(Step::Begin, "resetId").into_iter().rfind(|id| table.progress(id).completions == 1);
    let Some(last) = completed else {
        holds!(person, *accepted == OLD_PASSWORD, "{accepted} is accepted, and no reset is completed");
        return;
    };
    let calls = person.calls_about(Step::Complete, &last);
    let confirmed = calls.iter().find(|call| call.status == SET);
    let is_right = |call: &Call| call.value == **accepted && confirmed.is_none_or(|one| one.value == call.value);
    holds!(person, calls.iter().any(is_right), "{accepted} is accepted after {calls:?}");
}
