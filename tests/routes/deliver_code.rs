//! Which messages are sent, to whom, in which words, and how often.

mod administrators;
mod changes;
mod confirmation;
mod conversion;
mod faults;
mod limits;
mod long_code;
mod money;
mod notices;
mod orders;
mod queue;
mod records;
mod reports;
mod texts;
mod twice;

use serde_json::{Value, json};

use crate::support::client::Request;
use crate::support::service::{Service, begin, digits};

/// Adele's name, phones and mail address.
pub(crate) const ADELE: &str = "adele@contoso.example";
pub(crate) const MOBILE: &str = "+1 4255550100";
pub(crate) const MOBILE_E164: &str = "+14255550100";
pub(crate) const OFFICE: &str = "+1 4255550111";
pub(crate) const OFFICE_E164: &str = "+14255550111";
pub(crate) const MAIL: &str = "adele.vance@example.org";

/// A service with Adele in it.
async fn with_adele(policy: Value) -> Service {
    let service = Service::start(policy).await;
    service.adele().await;
    service
}

/// How many messages went to a destination.
async fn sent(service: &Service, to: &str) -> usize {
    service.settle().await;
    service.outbox(to).await.len()
}

/// Begins Adele's reset by SMS. Returns how many messages this sent to her phone.
async fn sms_sent(service: &Service) -> usize {
    let before = service.outbox(MOBILE_E164).await.len();
    service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
    sent(service, MOBILE_E164).await - before
}

/// The same for any person with Adele's number, from the source network of 127.0.0.`last`.
async fn sms_sent_from(service: &Service, name: &str, last: u8) -> usize {
    let before = service.outbox(MOBILE_E164).await.len();
    service.begin_with(begin(name, "mobileSms", Some(MOBILE)).from(last)).await;
    sent(service, MOBILE_E164).await - before
}

/// Orders a code of a reset once more, and returns the response.
async fn order_again(service: &Service, id: &str, method: &str, phone: Option<&str>) -> Value {
    let mut body = json!({"method": method});
    if let Some(phone) = phone {
        body["phoneNumber"] = json!(phone);
    }
    service.again(id, &body).await.expect(202).json()
}

/// Registers a contact of a person with the code that is sent to it.
async fn register(service: &Service, name: &str, kind: &str, value: &str, to: &str) {
    let token = service.user(name).await;
    let wish = json!({"type": kind, "value": value});
    let made = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
    let message = service.outbox(to).await.last().expect("a code for the challenge").clone();
    let target = format!("/v1/registration/challenges/{}/verifications", made.text("challengeId"));
    let proof = Request::post(&target, &json!({"code": digits(&message)})).bearer(&token);
    service.send(proof).await.expect(200);
}

/// The destinations of all messages without a code, sorted.
async fn notified(service: &Service) -> Vec<String> {
    service.settle().await;
    let messages = service.messages().await;
    let notices = messages.iter().filter(|message| message["reference"] == "");
    let mut to: Vec<String> = notices.map(|message| message["to"].as_str().unwrap().to_owned()).collect();
    to.sort();
    to
}

/// The events published so far.
async fn events(service: &Service) -> Vec<Value> {
    service.send(Request::get("/_local/events")).await.expect(200).json().as_array().unwrap().clone()
}

/// Moves the clock to the next noon in UTC, so that no day ends by accident during a test.
async fn noon(service: &Service) {
    let reply = service.send(Request::post("/_local/clock", &json!({"advanceSeconds": 0}))).await.expect(200);
    let now = reply.text("now");
    let part = |at: usize| now[at..at + 2].parse::<u64>().unwrap();
    let second_of_day = part(11) * 3600 + part(14) * 60 + part(17);
    service.advance((36 * 3600 - second_of_day) % (24 * 3600)).await;
}
