//! Two gates: different methods, different destinations, and a gate token that opens only its own gate.

mod dropped;
mod passes;

use serde_json::{Value, json};

use crate::support::service::{Begun, NEW_PASSWORD, OLD_PASSWORD, digits, long_code};
use crate::support::{Reply, Request, Service};

const NAME: &str = "adele@contoso.example";
const MOBILE: &str = "+1 4255550100";
const MOBILE_E164: &str = "+14255550100";
const OFFICE: &str = "+1 4255550111";
const OFFICE_E164: &str = "+14255550111";
const MAIL: &str = "adele.vance@example.org";
/// Longer than the half minute between two messages, in seconds.
const HALF_A_MINUTE: u64 = 31;

/// A policy whose only limit that matters here is the half minute between two messages.
fn generous() -> Value {
    json!({"sends": [{"count": 1, "seconds": 30}, {"count": 100, "seconds": 3600}], "triesPerCode": 10,
        "guessesPerDay": 100, "guessesPer30Days": 100, "resetLifetimeSeconds": 3600, "codeLifetimeSeconds": 600})
}

/// Why Adele needs two gates: because the policy requires two of everybody, or because she is privileged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    ByPolicy,
    ByRole,
}

const BOTH: [Needed; 2] = [Needed::ByPolicy, Needed::ByRole];

/// A service in which Adele has these contacts and needs two gates. Returns her id, too.
async fn needing(needed: Needed, contacts: Value) -> (Service, String) {
    let mut policy = generous();
    if needed == Needed::ByPolicy {
        policy["methodsRequired"] = json!(2);
    }
    let service = Service::start(policy).await;
    let id = service.create(NAME, contacts).await;
    if needed == Needed::ByRole {
        service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    }
    (service, id)
}

fn contacts() -> Value {
    json!({"mobilePhone": MOBILE, "businessPhones": [OFFICE], "otherMails": [MAIL]})
}

/// A service in which Adele has all contacts and needs two gates.
async fn two(needed: Needed) -> Service {
    needing(needed, contacts()).await.0
}

fn destination(method: &str) -> (Option<&'static str>, &'static str) {
    match method {
        "mobileSms" | "mobileCall" => (Some(MOBILE), MOBILE_E164),
        "officeCall" => (Some(OFFICE), OFFICE_E164),
        _ => (None, MAIL),
    }
}

async fn last_to(service: &Service, to: &str) -> Value {
    service.outbox(to).await.last().expect("a message").clone()
}

/// Begins a reset by a method that sends a message, half a minute after the previous step. Returns the message, too.
async fn begun(service: &Service, method: &str) -> (Begun, Value) {
    service.advance(HALF_A_MINUTE).await;
    let (phone, to) = destination(method);
    let begun = service.begin(NAME, method, phone).await;
    (begun, last_to(service, to).await)
}

/// Passes gate one of a new reset by a method. Returns its id, its gate token and the message that opened the gate.
async fn passed(service: &Service, method: &str) -> (String, String, Value) {
    let (begun, message) = begun(service, method).await;
    let reply = service.verify(&begun.id, &digits(&message)).await.expect(200);
    assert_eq!(reply.text("status"), "anotherMethodRequired");
    (begun.id, reply.text("gateToken"), message)
}

/// Orders a code with or without a gate token, half a minute after the previous step.
async fn order(service: &Service, id: &str, method: &str, gate: Option<&str>) -> Reply {
    service.advance(HALF_A_MINUTE).await;
    let mut body = json!({"method": method});
    if let (Some(phone), _) = destination(method) {
        body["phoneNumber"] = json!(phone);
    }
    if let Some(gate) = gate {
        body["gateToken"] = json!(gate);
    }
    service.again(id, &body).await
}

/// Orders a code of gate two by a method, and returns its message.
async fn second(service: &Service, id: &str, method: &str, gate: &str) -> Value {
    let to = destination(method).1;
    let before = service.outbox(to).await.len();
    order(service, id, method, Some(gate)).await.expect(202);
    let messages = service.outbox(to).await;
    assert_eq!(messages.len(), before + 1, "one message by {method}");
    messages.last().unwrap().clone()
}

fn prove(id: &str, code: &str, gate: Option<&str>) -> Request {
    let mut body = json!({"code": code});
    if let Some(gate) = gate {
        body["gateToken"] = json!(gate);
    }
    Request::post(&format!("/v1/resets/{id}/verifications"), &body)
}

async fn refused(service: &Service, id: &str, code: &str, gate: Option<&str>) {
    service.send(prove(id, code, gate)).await.problem(422, "code-rejected");
}

/// Passes both gates of a new reset, by SMS and by email. Returns its id and its reset token.
async fn granted(service: &Service) -> (String, String) {
    let (id, gate, _) = passed(service, "mobileSms").await;
    let message = second(service, &id, "email", &gate).await;
    let reply = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200);
    assert_eq!(reply.text("status"), "verified");
    (id, reply.text("resetToken"))
}

/// The method of the first gate does not open the second, nor does another method to the same number. Any other method
/// does.
#[service_test]
async fn the_second_gate_differs_from_the_first_in_method_and_destination() {
    for needed in BOTH {
        for (first, same, other) in [
            ("mobileSms", &["mobileSms", "mobileCall"][..], "email"),
            ("mobileCall", &["mobileCall", "mobileSms"], "officeCall"),
            ("officeCall", &["officeCall"], "mobileSms"),
            ("email", &["email"], "mobileCall"),
        ] {
            let service = two(needed).await;
            let (id, gate, message) = passed(&service, first).await;
            let before = service.messages().await.len();
            for method in same {
                order(&service, &id, method, Some(&gate)).await.expect(202);
                assert_eq!(service.messages().await.len(), before, "{first}, then {method}");
                refused(&service, &id, &digits(&message), Some(&gate)).await;
            }
            let message = second(&service, &id, other, &gate).await;
            let token = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200).text("resetToken");
            service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
            service.check(NAME, NEW_PASSWORD).await.expect(200);
        }
    }
}

#[service_test]
async fn mobile_and_office_with_one_number_are_one_gate() {
    // The extension is not dialled, so the number is the same destination.
    let contacts = json!({"mobilePhone": MOBILE, "businessPhones": ["+1 (425) 555-0100 x77"], "otherMails": [MAIL]});
    for needed in BOTH {
        for (first, then) in [("mobileSms", "officeCall"), ("officeCall", "mobileSms"), ("officeCall", "mobileCall")] {
            let (service, _) = needing(needed, contacts.clone()).await;
            let begun = service.begin(NAME, first, Some(MOBILE)).await;
            let code = digits(&last_to(&service, MOBILE_E164).await);
            let gate = service.verify(&begun.id, &code).await.expect(200).text("gateToken");
            service.advance(HALF_A_MINUTE).await;
            let body = json!({"method": then, "phoneNumber": MOBILE, "gateToken": gate});
            service.again(&begun.id, &body).await.expect(202);
            assert_eq!(service.messages().await.len(), 1, "{first}, then {then}");
            refused(&service, &begun.id, &code, Some(&gate)).await;
            let message = second(&service, &begun.id, "email", &gate).await;
            service.send(prove(&begun.id, &digits(&message), Some(&gate))).await.expect(200);
        }
    }
}

/// A long code of gate two, sent by email, does not open gate two of a reset whose gate one was opened by email.
#[service_test]
async fn one_mailbox_opens_one_gate_with_any_of_its_messages() {
    for needed in BOTH {
        let service = two(needed).await;
        let (id, gate, _) = passed(&service, "mobileSms").await;
        let long = long_code(&second(&service, &id, "email", &gate).await);
        let (by_mail, mail_gate, _) = passed(&service, "email").await;
        refused(&service, &by_mail, &long, Some(&mail_gate)).await;
        let (other, other_gate, _) = passed(&service, "mobileSms").await;
        let reply = service.send(prove(&other, &long, Some(&other_gate))).await.expect(200);
        assert_eq!(reply.text("status"), "verified");
        refused(&service, &id, &long, Some(&gate)).await;
    }
}

/// The registered number and the number on file are the same, in two spellings.
#[service_test]
async fn a_registered_number_and_one_on_file_are_one_destination() {
    for needed in BOTH {
        let (service, _) =
            needing(needed, json!({"businessPhones": ["+1 (425) 555-0100"], "otherMails": [MAIL]})).await;
        let token = service.user(NAME).await;
        let wish = json!({"type": "mobilePhone", "value": "+14255550100"});
        let made = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
        let code = digits(&last_to(&service, MOBILE_E164).await);
        let target = format!("/v1/registration/challenges/{}/verifications", made.text("challengeId"));
        service.send(Request::post(&target, &json!({"code": code})).bearer(&token)).await.expect(200);
        let (id, gate, message) = passed(&service, "mobileSms").await;
        let before = service.messages().await.len();
        service.advance(HALF_A_MINUTE).await;
        let body = json!({"method": "officeCall", "phoneNumber": MOBILE, "gateToken": gate});
        service.again(&id, &body).await.expect(202);
        assert_eq!(service.messages().await.len(), before);
        refused(&service, &id, &digits(&message), Some(&gate)).await;
        let message = second(&service, &id, "email", &gate).await;
        service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200);
    }
}

#[service_test]
async fn a_code_of_the_first_gate_does_not_open_the_second() {
    for needed in BOTH {
        let service = two(needed).await;
        let (id, gate, first) = passed(&service, "email").await;
        for ordered in [false, true] {
            // First without a code of gate two, then with one.
            for code in [digits(&first), long_code(&first)] {
                refused(&service, &id, &code, Some(&gate)).await;
                refused(&service, &id, &code, None).await;
            }
            if ordered {
                break;
            }
            second(&service, &id, "mobileSms", &gate).await;
        }
        let code = digits(&last_to(&service, MOBILE_E164).await);
        refused(&service, &id, &code, None).await;
        service.send(prove(&id, &code, Some(&gate))).await.expect(200);
        refused(&service, &id, &code, Some(&gate)).await;
    }
}

/// An account that needs two gates and has only one destination gets no message, and the responses do not reveal it.
#[service_test]
async fn an_account_with_too_few_methods_looks_unknown() {
    for needed in BOTH {
        let (service, _) = needing(needed, json!({"mobilePhone": MOBILE, "businessPhones": [MOBILE]})).await;
        for (method, phone) in
            [("mobileSms", Some(MOBILE)), ("mobileCall", Some(MOBILE)), ("officeCall", Some(MOBILE)), ("email", None)]
        {
            let known = service.send(crate::support::service::begin(NAME, method, phone)).await.expect(202);
            let nobody = service.send(crate::support::service::begin("adeln@contoso.example", method, phone)).await;
            assert_eq!(known.shape(), nobody.shape(), "{method}");
            let ids = [known.text("resetId"), nobody.text("resetId")];
            let guesses = [service.verify(&ids[0], "12345678").await, service.verify(&ids[1], "12345678").await];
            guesses.iter().for_each(|reply| reply.problem(422, "code-rejected"));
            assert_eq!(guesses[0].shape(), guesses[1].shape(), "{method}");
            service.advance(HALF_A_MINUTE).await;
            let again = json!({"method": "email"});
            let replies = [service.again(&ids[0], &again).await, service.again(&ids[1], &again).await];
            assert_eq!(replies[0].shape(), replies[1].shape(), "{method}");
        }
        assert_eq!(service.messages().await, Vec::<Value>::new());
    }
}

async fn require(service: &Service, methods: u8) {
    change_policy(service, &json!({"methodsRequired": methods})).await;
}

async fn change_policy(service: &Service, changes: &Value) {
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let request = Request::new("PATCH", "/graph/v1.0/policies/passwordReset").json(changes);
    service.send(request.bearer(&token)).await.expect(204);
    // The change takes effect everywhere within a minute.
    service.advance(60).await;
}

/// After the first gate, the response lists the methods that can open the second: those of the account that reach
/// another destination than the first.
#[service_test]
async fn the_methods_for_the_second_gate_are_those_that_reach_the_account_elsewhere() {
    let cases = [
        (contacts(), "mobileSms", json!(["officeCall", "email"])),
        (contacts(), "mobileCall", json!(["officeCall", "email"])),
        (contacts(), "officeCall", json!(["mobileSms", "mobileCall", "email"])),
        (contacts(), "email", json!(["mobileSms", "mobileCall", "officeCall"])),
        (json!({"mobilePhone": MOBILE, "otherMails": [MAIL]}), "mobileSms", json!(["email"])),
        (json!({"mobilePhone": MOBILE, "otherMails": [MAIL]}), "email", json!(["mobileSms", "mobileCall"])),
        // The office phone has the number of the mobile phone.
        (
            json!({"mobilePhone": MOBILE, "businessPhones": [MOBILE], "otherMails": [MAIL]}),
            "mobileSms",
            json!(["email"]),
        ),
    ];
    for (contacts, first, expected) in cases {
        let (service, _) = needing(Needed::ByPolicy, contacts.clone()).await;
        let (begun, message) = begun(&service, first).await;
        let reply = service.verify(&begun.id, &digits(&message)).await.expect(200).json();
        assert_eq!((&reply["status"], &reply["methods"]), (&json!("anotherMethodRequired"), &expected), "{contacts}");
    }
}

/// The completion decides again how many gates are required.
#[service_test]
async fn a_second_gate_required_meanwhile_refuses_a_reset_with_one_gate_passed() {
    let service = Service::start(generous()).await;
    service.adele().await;
    let (begun, message) = begun(&service, "mobileSms").await;
    let token = service.verify(&begun.id, &digits(&message)).await.expect(200).text("resetToken");
    require(&service, 2).await;
    service.complete(&begun.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    // A reset begun under the new policy passes both gates, and is completed.
    let (id, token) = granted(&service).await;
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    service.check(NAME, NEW_PASSWORD).await.expect(200);
}

/// If the second gate is no longer required, a gate token still does not work as a reset token.
#[service_test]
async fn a_gate_token_never_becomes_a_reset_token_when_one_gate_is_enough() {
    let service = two(Needed::ByPolicy).await;
    let (id, gate, message) = passed(&service, "mobileSms").await;
    require(&service, 1).await;
    service.complete(&id, &gate, NEW_PASSWORD).await.problem(422, "token-rejected");
    refused(&service, &id, &digits(&message), None).await;
    let message = second(&service, &id, "email", &gate).await;
    let token = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200).text("resetToken");
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
}

/// Any change of the account ends its resets, both before and after the second gate.
#[service_test]
async fn a_change_of_the_account_ends_resets_that_have_passed_a_gate() {
    for needed in BOTH {
        for change in [
            json!({"accountEnabled": false}),
            json!({"mobilePhone": "+1 4255550142"}),
            json!({"otherMails": [MAIL, "more@example.org"]}),
            json!({"businessPhones": []}),
            json!({"isAdmin": needed == Needed::ByPolicy}),
            json!({"passwordProfile": {"password": "an administrator's choice"}}),
        ] {
            let service = two(needed).await;
            let (proved, token) = granted(&service).await;
            let (id, gate, _) = passed(&service, "officeCall").await;
            let message = second(&service, &id, "email", &gate).await;
            service.patch(NAME, &change).await.expect(204);
            service.complete(&proved, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
            refused(&service, &id, &digits(&message), Some(&gate)).await;
            refused(&service, &id, &long_code(&message), Some(&gate)).await;
            service.outbox(MAIL).await;
            service.empty_outbox().await;
            order(&service, &id, "mobileSms", Some(&gate)).await.expect(202);
            order(&service, &id, "email", Some(&gate)).await.expect(202);
            assert_eq!(service.messages().await, Vec::<Value>::new(), "{change}");
            // The reset stays dead if the account is enabled again or the contact is set back.
            service.patch(NAME, &json!({"accountEnabled": true, "mobilePhone": MOBILE})).await.expect(204);
            service.complete(&proved, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
        }
    }
}

/// A completion through two gates kills all other resets of the account, publishes one event that ends its sessions,
/// and opens no session.
#[service_test]
async fn a_completion_kills_the_passes_of_other_resets_and_opens_no_session() {
    for needed in BOTH {
        let service = two(needed).await;
        let (other, other_gate, _) = passed(&service, "officeCall").await;
        let waiting = second(&service, &other, "email", &other_gate).await;
        let (spare, spare_token) = granted(&service).await;
        let (open, open_message) = begun(&service, "mobileCall").await;
        let (id, token) = granted(&service).await;
        service.advance(1).await;
        let done = service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
        assert_eq!((done.header("set-cookie"), done.body.as_slice()), (None, &b""[..]));
        service.complete(&id, &token, OLD_PASSWORD).await.problem(422, "token-rejected");
        service.complete(&spare, &spare_token, OLD_PASSWORD).await.problem(422, "token-rejected");
        refused(&service, &open.id, &digits(&open_message), None).await;
        for code in [digits(&waiting), long_code(&waiting)] {
            refused(&service, &other, &code, Some(&other_gate)).await;
        }
        let events = service.send(Request::get("/_local/events")).await.expect(200).json();
        assert_eq!(events.as_array().unwrap().len(), 1);
        assert_eq!((&events[0]["event"], &events[0]["userName"]), (&json!("SessionsRevoked"), &json!(NAME)));
        service.empty_outbox().await;
        order(&service, &other, "mobileSms", Some(&other_gate)).await.expect(202);
        assert_eq!(service.messages().await, Vec::<Value>::new(), "a dead reset sends nothing");
        service.check(NAME, NEW_PASSWORD).await.expect(200);
    }
}
