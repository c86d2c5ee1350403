//! The guess budget, counted from outside by what is accepted, and in the table by what is charged.

use aws::config::system::SystemRandom;
use serde_json::{Value, json};
use shared::random::bytes;

use super::charged;
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, digits, long_code, verify, wrong};
use crate::support::{Reply, Request, Service};

const NAME: &str = "adele@contoso.example";
const MAIL: &str = "adele.vance@example.org";
const HALF_A_DAY: u64 = 12 * 3600;

/// A policy that limits no messages and gives each code ten tries, with these members.
fn policy(more: &Value) -> Value {
    let mut policy = json!({"triesPerCode": 10, "sends": [{"count": 100, "seconds": 3600}],
        "beginsPerSourceAndName": {"count": 1000}});
    policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    policy
}

/// Creates a person with a mail address, and without a password, because hashing one takes time.
async fn person(service: &Service, name: &str, mail: &str) -> String {
    let body = json!({"userPrincipalName": name, "otherMails": [mail]});
    service.send(Request::post("/graph/v1.0/users", &body).bearer(&service.admin)).await.expect(201).text("id")
}

/// Begins a reset by email, and returns its id with the code.
async fn mailed(service: &Service, name: &str, mail: &str) -> (String, String) {
    let begun = service.begin(name, "email", None).await;
    let messages = service.outbox(mail).await;
    let code = messages.iter().rfind(|message| message["reference"] == begun.body["reference"]).expect("a code");
    (begun.id, digits(code))
}

fn refused(replies: &[Reply]) {
    replies.iter().for_each(|reply| reply.problem(422, "code-rejected"));
}

/// How many people are attacked, how many at once, and with how many guesses each.
const PEOPLE: usize = 40;
const AT_ONCE: usize = 4;
const GUESSES: usize = 50;
/// The right code is at a random place among the guesses. If one guess is evaluated, it is accepted for one person in
/// fifty, and for more than six of forty by chance with a probability of 1.3e-5. If all are evaluated, for everybody.
const MOST_ACCEPTED: usize = 6;

#[service_test]
async fn fifty_guesses_at_once_open_no_more_accounts_than_one_guess_does() {
    let mut accepted = 0;
    for _ in 0..PEOPLE / AT_ONCE {
        let service = Service::start(policy(&json!({"guessesPerDay": 1, "guessesPer30Days": 1}))).await;
        let (mut ids, mut requests) = (Vec::new(), Vec::new());
        for number in 0..AT_ONCE {
            let (name, mail) = (format!("user{number}@contoso.example"), format!("user{number}@example.org"));
            ids.push(person(&service, &name, &mail).await);
            let (reset, code) = mailed(&service, &name, &mail).await;
            let mut guesses = vec![verify(&reset, &wrong(&code)); GUESSES];
            let place = u64::from_le_bytes(bytes(&SystemRandom)) % GUESSES as u64;
            guesses[usize::try_from(place).unwrap()] = verify(&reset, &code);
            requests.extend(guesses);
        }
        for reply in together(requests, service.address()).await {
            if reply.status == 200 {
                accepted += 1;
            } else {
                reply.problem(422, "code-rejected");
            }
        }
        for id in &ids {
            assert_eq!(charged(&service, id).await, 1);
        }
    }
    assert!(accepted <= MOST_ACCEPTED, "{accepted} of {PEOPLE} people were guessed");
}

/// The guesses come at once, five at each of the resets. All are wrong, so all that are evaluated are charged.
#[service_test]
async fn twenty_resets_at_once_share_one_budget() {
    let service = Service::start(policy(&json!({}))).await;
    let id = person(&service, NAME, MAIL).await;
    let mut resets = Vec::new();
    for _ in 0..20 {
        resets.push(mailed(&service, NAME, MAIL).await);
    }
    let guesses = (0..5).flat_map(|_| resets.iter().map(|(reset, code)| verify(reset, &wrong(code)))).collect();
    refused(&together(guesses, service.address()).await);
    assert_eq!(charged(&service, &id).await, 10);
    let right = resets.iter().map(|(reset, code)| verify(reset, code)).collect();
    refused(&together(right, service.address()).await);
    assert_eq!(charged(&service, &id).await, 10);
}

#[service_test]
async fn no_header_and_no_address_adds_a_guess() {
    let service = Service::start(policy(&json!({"guessesPerDay": 4}))).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    let headers = [
        ("X-Forwarded-For", "198.51.100.1"),
        ("Forwarded", "for=198.51.100.2"),
        ("X-Real-IP", "198.51.100.3"),
        ("True-Client-IP", "198.51.100.4"),
        ("User-Agent", "another browser"),
        ("Cookie", "session=another"),
        ("Accept-Language", "fr"),
        ("Origin", "https://app.contoso.example"),
    ];
    let with = |code: &str| {
        let request =
            |(last, (name, value)): (u8, (&str, &str))| verify(&begun.id, code).header(name, value).from(last);
        (2..).zip(headers).map(request).collect::<Vec<_>>()
    };
    refused(&together(with(&wrong(&code)), service.address()).await);
    assert_eq!(charged(&service, &id).await, 4);
    refused(&together(with(&code), service.address()).await);
    assert_eq!(charged(&service, &id).await, 4);
}

#[service_test]
async fn the_code_of_another_reset_is_charged_only_where_a_code_was_sent() {
    let service = Service::start(policy(&json!({}))).await;
    let id = service.adele().await;
    let (_, code) = service.begin_by_sms().await;
    let (sent, _) = service.begin_by_sms().await;
    let silent = service.begin(NAME, "mobileSms", Some("+1 4255550199")).await;
    assert_eq!(service.messages().await.len(), 2);
    for (reset, expected) in [(&sent.id, 1), (&silent.id, 1), (&sent.id, 2)] {
        service.verify(reset, &code).await.problem(422, "code-rejected");
        assert_eq!(charged(&service, &id).await, expected);
    }
}

#[service_test]
async fn a_passed_first_gate_refills_nothing_and_a_completion_everything() {
    let few = json!({"guessesPerDay": 5, "guessesPer30Days": 5, "methodsRequired": 2});
    let service = Service::start(policy(&few)).await;
    let id = service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    refused(&together(vec![verify(&begun.id, &wrong(&code)); 3], service.address()).await);
    let gate = service.verify(&begun.id, &code).await.expect(200).text("gateToken");
    assert_eq!(charged(&service, &id).await, 4);
    service.again(&begun.id, &json!({"method": "email", "gateToken": gate})).await.expect(202);
    let message = service.outbox(MAIL).await.pop().expect("an email");
    let target = format!("/v1/resets/{}/verifications", begun.id);
    let second = |code: &str| Request::post(&target, &json!({"code": code, "gateToken": gate}));
    // The fifth guess is the last. The right digits come too late, and the long code is not counted.
    for code in [wrong(&digits(&message)), digits(&message)] {
        service.send(second(&code)).await.problem(422, "code-rejected");
        assert_eq!(charged(&service, &id).await, 5);
    }
    let token = service.send(second(&long_code(&message))).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    service.advance(31).await;
    let (next, code) = service.begin_by_sms().await;
    refused(&together(vec![verify(&next.id, &wrong(&code)); 4], service.address()).await);
    service.verify(&next.id, &code).await.expect(200);
}

/// Whether the old password is accepted, asked with a fresh token: tokens live for an hour.
async fn signs_in(service: &Service) {
    let token = service.application(&["Credentials.Check"]).await;
    let body = json!({"userName": NAME, "password": OLD_PASSWORD});
    service.send(Request::post("/v1/credentials/verifications", &body).bearer(&token)).await.expect(200);
}

/// A stranger spends the budget three days in a row, and goes on guessing meanwhile. If these guesses moved the end, no
/// code would be sent a day after the first ones.
#[service_test]
async fn a_budget_spent_every_day_ends_on_time_and_leaves_the_owner_three_ways() {
    let service = Service::start(policy(&json!({}))).await;
    let id = service.adele().await;
    for day in 0..3 {
        let (begun, code) = service.begin_by_sms().await;
        let guesses = vec![verify(&begun.id, &wrong(&code)).from(66); 10];
        refused(&together(guesses, service.address()).await);
        service.verify(&begun.id, &code).await.problem(422, "code-rejected");
        signs_in(&service).await;
        service.advance(HALF_A_DAY).await;
        let (by_mail, message) = service.begin_by_email().await;
        let guesses = vec![verify(&by_mail.id, &digits(&message)).from(66); 10];
        refused(&together(guesses, service.address()).await);
        assert_eq!(charged(&service, &id).await, 10 * (day + 1));
        service.verify(&by_mail.id, &long_code(&message)).await.expect(200);
        signs_in(&service).await;
        service.advance(HALF_A_DAY).await;
    }
    let (begun, code) = service.begin_by_sms().await;
    refused(&together(vec![verify(&begun.id, &wrong(&code)); 10], service.address()).await);
    let desk = service.application(&["UserAuthenticationMethod.ReadWrite.All"]).await;
    let unblock = format!("/graph/v1.0/users/{id}/authentication/unblockPasswordReset");
    service.send(Request::new("POST", &unblock).bearer(&desk)).await.expect(204);
    let (next, code) = service.begin_by_sms().await;
    service.verify(&next.id, &code).await.expect(200);
}
