//! `--faults FILE`: what each action of a rule does to requests to the table, to messages and to events.

use std::time::{Duration, Instant};

use local::Options;
use serde_json::{Value, json};

use super::durability::process::Process;
use crate::support::folder::Folder;
use crate::support::service::{NEW_PASSWORD, begin, digits, verify};
use crate::support::{Request, Service};

/// A person of the sample, with her phones and her mail address.
const ADELE: &str = "adele@contoso.example";
const MOBILE: &str = "+1 4255550100";
const MOBILE_E164: &str = "+14255550100";
const OFFICE_E164: &str = "+14255550111";
const MAIL: &str = "adele.vance@example.org";
const BEGIN: &str = "begin-reset";
/// Requests to the table for a reset that begins: the policy, and a transaction.
const REQUESTS: u64 = 2;
/// The most attempts at one request to the table, or at one message.
const ATTEMPTS: u64 = 3;
/// Longer than the lease of a worker that has disappeared, and than the pause before a code is ordered again; in seconds.
const LATER: u64 = 31;
/// How long a delayed message or event waits.
const DELAY: Duration = Duration::from_millis(400);
/// How long a delayed request to the table waits: longer than the SDK's five seconds for bytes that do not leave.
const LONG_DELAY: Duration = Duration::from_millis(6500);

/// A service with the sample people, started with these rules.
async fn with_faults(name: &str, rules: &Value) -> Service {
    let folder = Folder::new(name);
    std::fs::create_dir_all(&*folder).unwrap();
    let file = folder.join("faults.json");
    std::fs::write(&file, rules.to_string()).unwrap();
    Service::with(&Options { faults: Some(file), sample: true, ..Options::default() }).await
}

/// A rule for the one write by which a reset begins.
fn write(action: &str, nth: Option<u64>) -> Value {
    let rule = json!({"service": "dynamodb", "operation": "TransactWriteItems", "function": BEGIN, "action": action});
    with_nth(rule, nth)
}

/// A rule for text messages.
fn sms(action: &str, nth: Option<u64>) -> Value {
    with_nth(json!({"service": "sms", "operation": "send", "action": action}), nth)
}

fn with_nth(mut rule: Value, nth: Option<u64>) -> Value {
    if let Some(nth) = nth {
        rule["nth"] = json!(nth);
    }
    if rule["action"] == "delay" {
        rule["millis"] = json!(DELAY.as_millis());
    }
    rule
}

/// Begins Adele's reset by SMS with a status. Returns the reset's id, if it began.
async fn begun(service: &Service, status: u16) -> Option<String> {
    let reply = service.send(begin(ADELE, "mobileSms", Some(MOBILE))).await.expect(status);
    match status {
        202 => Some(reply.text("resetId")),
        _ => {
            reply.problem(503, "unavailable");
            None
        }
    }
}

/// How many messages went to a destination, once everything that failed was tried again.
async fn sent(service: &Service, to: &str) -> usize {
    service.advance(0).await;
    service.advance(LATER).await;
    service.outbox(to).await.len()
}

/// Orders a reset's code again, and proves the phone with it.
async fn order_and_prove(service: &Service, reset: &str) {
    let before = service.outbox(MOBILE_E164).await.len();
    service.again(reset, &json!({"method": "mobileSms", "phoneNumber": MOBILE})).await.expect(202);
    let messages = service.outbox(MOBILE_E164).await;
    assert_eq!(messages.len(), before + 1);
    service.verify(reset, &digits(&messages[before])).await.expect(200);
}

#[service_test]
async fn one_fault_of_a_write_is_made_good_by_the_next_attempt() {
    for (action, attempts) in [("err", 2), ("drop_before", 2), ("drop_after", 2), ("dup", 1)] {
        let service = with_faults("write-once", &json!([write(action, Some(1))])).await;
        let reset = begun(&service, 202).await.unwrap();
        assert_eq!(service.running.counts()[BEGIN], REQUESTS - 1 + attempts, "{action}");
        assert_eq!(sent(&service, MOBILE_E164).await, 1, "{action}");
        let code = digits(&service.outbox(MOBILE_E164).await[0]);
        service.verify(&reset, &code).await.expect(200);
    }
}

#[service_test]
async fn a_fault_of_every_attempt_at_a_write_is_a_503_and_only_a_lost_response_has_an_effect() {
    for (action, messages) in [("err", 0), ("drop_before", 0), ("drop_after", 1)] {
        let service = with_faults("write-always", &json!([write(action, None)])).await;
        begun(&service, 503).await;
        assert_eq!(service.running.counts()[BEGIN], REQUESTS - 1 + ATTEMPTS, "{action}");
        assert_eq!(sent(&service, MOBILE_E164).await, messages, "{action}");
    }
}

#[service_test]
async fn a_delayed_write_goes_through_later() {
    let mut rule = write("delay", Some(1));
    rule["millis"] = json!(LONG_DELAY.as_millis());
    let service = with_faults("write-late", &json!([rule])).await;
    let start = Instant::now();
    begun(&service, 202).await;
    assert!(start.elapsed() >= LONG_DELAY);
    assert_eq!(service.running.counts()[BEGIN], REQUESTS);
    assert_eq!(sent(&service, MOBILE_E164).await, 1);
}

/// The service itself creates the table, loads people and deletes expired rows through the same interceptor.
#[service_test]
async fn only_requests_of_functions_match_and_a_rule_may_name_one_function() {
    let every = json!({"service": "dynamodb", "operation": "*", "action": "err"});
    let service = with_faults("every-function", &json!([every])).await;
    assert!(service.running.report.as_deref().unwrap().starts_with("users: 8 loaded"));
    begun(&service, 503).await;
    service.advance(LATER).await;

    let one = json!({"service": "dynamodb", "operation": "*", "function": "verify-code", "action": "err"});
    let service = with_faults("one-function", &json!([one])).await;
    let reset = begun(&service, 202).await.unwrap();
    assert_eq!(service.outbox(MOBILE_E164).await.len(), 1);
    service.verify(&reset, "12345678").await.problem(503, "unavailable");
}

#[service_test]
async fn a_message_that_is_refused_as_too_busy_is_tried_three_times_in_all() {
    let service = with_faults("sms-busy-once", &json!([sms("err", Some(1))])).await;
    let reset = begun(&service, 202).await.unwrap();
    assert_eq!(sent(&service, MOBILE_E164).await, 1);
    let code = digits(&service.outbox(MOBILE_E164).await[0]);
    service.verify(&reset, &code).await.expect(200);

    let rules: Vec<Value> = (1..=ATTEMPTS).map(|nth| sms("err", Some(nth))).collect();
    let service = with_faults("sms-busy", &json!(rules)).await;
    let reset = begun(&service, 202).await.unwrap();
    assert_eq!(sent(&service, MOBILE_E164).await, 0);
    order_and_prove(&service, &reset).await;

    let service = with_faults("sms-busy-always", &json!([sms("err", None)])).await;
    let reset = begun(&service, 202).await.unwrap();
    assert_eq!(sent(&service, MOBILE_E164).await, 0);
    service.again(&reset, &json!({"method": "mobileSms", "phoneNumber": MOBILE})).await.expect(202);
    assert_eq!(sent(&service, MOBILE_E164).await, 0);
}

#[service_test]
async fn a_message_with_a_broken_connection_is_not_sent_again_unless_the_person_asks() {
    for (action, messages) in [("drop_before", 0), ("drop_after", 1)] {
        let service = with_faults("sms-dropped", &json!([sms(action, Some(1))])).await;
        let reset = begun(&service, 202).await.unwrap();
        assert_eq!(sent(&service, MOBILE_E164).await, messages, "{action}");
        order_and_prove(&service, &reset).await;
    }
}

#[service_test]
async fn a_message_whose_response_is_lost_carries_a_code_that_works() {
    let service = with_faults("sms-response", &json!([sms("drop_after", Some(1))])).await;
    let reset = begun(&service, 202).await.unwrap();
    let code = digits(&service.outbox(MOBILE_E164).await[0]);
    service.verify(&reset, &code).await.expect(200);
}

#[service_test]
async fn a_message_that_arrives_twice_has_one_code_that_works_once() {
    let service = with_faults("sms-twice", &json!([sms("dup", Some(1))])).await;
    let reset = begun(&service, 202).await.unwrap();
    let messages = service.outbox(MOBILE_E164).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
    let code = digits(&messages[0]);
    service.verify(&reset, &code).await.expect(200);
    service.verify(&reset, &code).await.problem(422, "code-rejected");
    service.advance(LATER).await;
    begun(&service, 202).await;
    assert_eq!(service.outbox(MOBILE_E164).await.len(), 3, "the second message is not the rule's");
}

#[service_test]
async fn a_delayed_message_arrives_later_and_the_response_does_not_wait() {
    let service = with_faults("sms-late", &json!([sms("delay", None)])).await;
    let start = Instant::now();
    let reset = begun(&service, 202).await.unwrap();
    assert!(service.running.outbox.messages(None).is_empty());
    // Reading the outbox waits for the delivery.
    let messages = service.outbox(MOBILE_E164).await;
    assert!(start.elapsed() >= DELAY);
    assert_eq!(messages.len(), 1);
    service.verify(&reset, &digits(&messages[0])).await.expect(200);
}

#[service_test]
async fn a_rule_meets_the_messages_of_its_own_channel() {
    for (channel, expected) in [("sms", [0, 1, 1]), ("call", [1, 0, 1]), ("email", [1, 1, 0])] {
        let rule = json!({"service": channel, "operation": "*", "action": "drop_before"});
        let service = with_faults("channels", &json!([rule])).await;
        for (method, phone) in [("mobileSms", Some(MOBILE)), ("officeCall", Some("+1 4255550111")), ("email", None)] {
            service.begin(ADELE, method, phone).await;
            service.advance(LATER).await;
        }
        let mut messages = Vec::new();
        for to in [MOBILE_E164, OFFICE_E164, MAIL] {
            messages.push(service.outbox(to).await.len());
        }
        assert_eq!(messages, expected, "{channel}");
    }
}

#[service_test]
async fn an_event_is_published_again_until_its_arrival_is_confirmed() {
    for (action, events) in [("err", 1), ("drop_before", 1), ("drop_after", 2), ("dup", 2), ("delay", 1)] {
        let rule = with_nth(json!({"service": "events", "operation": "publish", "action": action}), Some(1));
        let service = with_faults("events", &json!([rule])).await;
        let (begun, code) = service.begin_by_sms().await;
        let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
        service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
        service.advance(0).await;
        let published = service.send(Request::get("/_local/events")).await.expect(200).json();
        let published = published.as_array().unwrap();
        assert_eq!(published.len(), events, "{action}");
        assert!(published.iter().all(|event| *event == published[0] && event["event"] == "SessionsRevoked"));
    }
}

/// The first block of the README's section in this language.
fn block<'a>(readme: &'a str, language: &str) -> &'a str {
    let section = readme.split("## Faults by hand\n").nth(1).unwrap();
    let block = section.split(&format!("```{language}\n")).nth(1).unwrap();
    block.split("```").next().unwrap()
}

/// Every line of a log about faults, without the level.
fn fault_lines(log: &str) -> Vec<&str> {
    log.lines().filter_map(|line| line.find("faults").map(|at| &line[at..])).collect()
}

/// The example of the README, and the lines that it says the program logs.
#[service_test]
async fn the_program_logs_the_rules_and_every_fault_that_it_injects() {
    let readme = include_str!("../README.md");
    let (directory, folder) = (Folder::new("faults-data"), Folder::new("faults-file"));
    std::fs::create_dir_all(&*folder).unwrap();
    let file = folder.join("faults.json");
    std::fs::write(&file, block(readme, "json")).unwrap();
    let process = Process::start(&directory, &["--faults", file.to_str().unwrap()], &[]);
    let to = process.address();
    let outbox = async |destination: &str| {
        let target = format!("/_local/outbox?to={destination}");
        Request::get(&target).send(to).await.expect(200).json().as_array().unwrap().clone()
    };
    let reset = begin(ADELE, "mobileSms", Some(MOBILE)).send(to).await.expect(202).text("resetId");
    let texts = outbox("%2B14255550100").await;
    assert_eq!(texts.len(), 1);
    verify(&reset, &digits(&texts[0])).send(to).await.expect(200);
    begin(ADELE, "email", None).send(to).await.expect(202);
    assert_eq!(outbox(MAIL).await.len(), 2);
    let (out, error) = process.kill();
    assert_eq!(out.lines().count(), 1);
    let expected = fault_lines(block(readme, "text"));
    assert_eq!(expected.len(), 5);
    assert_eq!(fault_lines(&error), expected);
}

#[service_test]
async fn a_file_with_an_error_is_refused_before_anything_starts() {
    let (directory, folder) = (Folder::new("faults-refused-data"), Folder::new("faults-refused"));
    std::fs::create_dir_all(&*folder).unwrap();
    let file = folder.join("faults.json");
    std::fs::write(&file, json!([sms("err", None), sms("err", Some(0))]).to_string()).unwrap();
    let failed = Process::fails(&directory, &["--faults", file.to_str().unwrap()]);
    let expected = "error: --faults: faults[1].nth: must be a whole number, at least 1\n";
    assert_eq!(failed, (Some(1), String::new(), expected.to_owned()));
    assert!(!directory.exists(), "the data directory is not created");
}
