//! Two gates: different methods, different destinations, and a pass that proves only what it was made for.

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
/// A longer word than the limits of messages have in these tests.
const HALF_A_MINUTE: u64 = 31;

/// Limits that stop nobody here but the half minute between two messages.
fn generous() -> Value {
    json!({"sends": [{"count": 1, "seconds": 30}, {"count": 100, "seconds": 3600}], "triesPerCode": 10,
        "guessesPerDay": 100, "guessesPer30Days": 100, "resetLifetimeSeconds": 3600, "codeLifetimeSeconds": 600})
}

/// Who needs two gates: everybody, where the policy says so, and privileged users, whatever it says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    ByPolicy,
    ByRole,
}

const BOTH: [Needed; 2] = [Needed::ByPolicy, Needed::ByRole];

/// A service in which Adele, with these contacts, needs two gates.
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

/// A service in which Adele, with everything, needs two gates.
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

/// Begins a reset by a method that is sent to, half a minute after whatever came before.
async fn begun(service: &Service, method: &str) -> (Begun, Value) {
    service.advance(HALF_A_MINUTE).await;
    let (phone, to) = destination(method);
    let begun = service.begin(NAME, method, phone).await;
    (begun, last_to(service, to).await)
}

/// A reset that has passed gate one by a method: its id, its gate token and the message that opened the gate.
async fn passed(service: &Service, method: &str) -> (String, String, Value) {
    let (begun, message) = begun(service, method).await;
    let reply = service.verify(&begun.id, &digits(&message)).await.expect(200);
    assert_eq!(reply.text("status"), "anotherMethodRequired");
    (begun.id, reply.text("gateToken"), message)
}

/// Orders a code with a gate token, or without one, half a minute after whatever came before.
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

/// The message of gate two by a method.
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

/// The reset token of a reset that passed both gates, by SMS and by email.
async fn granted(service: &Service) -> (String, String) {
    let (id, gate, _) = passed(service, "mobileSms").await;
    let message = second(service, &id, "email", &gate).await;
    let reply = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200);
    assert_eq!(reply.text("status"), "verified");
    (id, reply.text("resetToken"))
}

/// The same method, or the same number by another one, is no second gate; any other is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mobile_and_office_with_one_number_are_one_gate() {
    // The extension is not dialled, so it makes no other destination.
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

/// A long code of gate two that came by email opens no gate two behind a gate one that was opened by email.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_mailbox_opens_one_gate_whichever_message_it_is() {
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

/// Registered and on file, the number is written in two ways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_opened_the_first_gate_does_not_open_the_second() {
    for needed in BOTH {
        let service = two(needed).await;
        let (id, gate, first) = passed(&service, "email").await;
        for ordered in [false, true] {
            // Before a code of gate two exists, and while one does.
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

/// Who needs two gates and has one usable method gets nothing, and nobody can tell.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_few_methods_look_like_nobody() {
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
    // It takes effect everywhere within a minute.
    service.advance(60).await;
}

/// Whoever passed the first gate is told what can open the second: what the account has, elsewhere than at the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_methods_for_the_second_gate_are_those_that_reach_the_account_elsewhere() {
    let cases = [
        (contacts(), "mobileSms", json!(["officeCall", "email"])),
        (contacts(), "mobileCall", json!(["officeCall", "email"])),
        (contacts(), "officeCall", json!(["mobileSms", "mobileCall", "email"])),
        (contacts(), "email", json!(["mobileSms", "mobileCall", "officeCall"])),
        (json!({"mobilePhone": MOBILE, "otherMails": [MAIL]}), "mobileSms", json!(["email"])),
        (json!({"mobilePhone": MOBILE, "otherMails": [MAIL]}), "email", json!(["mobileSms", "mobileCall"])),
        // The office phone is the mobile one.
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

/// What is required is decided again at completion.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_gate_required_meanwhile_refuses_who_passed_one() {
    let service = Service::start(generous()).await;
    service.adele().await;
    let (begun, message) = begun(&service, "mobileSms").await;
    let token = service.verify(&begun.id, &digits(&message)).await.expect(200).text("resetToken");
    require(&service, 2).await;
    service.complete(&begun.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
    // A reset that is begun under the new policy passes both, and is done.
    let (id, token) = granted(&service).await;
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
    service.check(NAME, NEW_PASSWORD).await.expect(200);
}

/// A second gate that is no longer required makes no reset token of a gate token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_gate_required_no_longer_turns_no_pass_into_a_grant() {
    let service = two(Needed::ByPolicy).await;
    let (id, gate, message) = passed(&service, "mobileSms").await;
    require(&service, 1).await;
    service.complete(&id, &gate, NEW_PASSWORD).await.problem(422, "token-rejected");
    refused(&service, &id, &digits(&message), None).await;
    let message = second(&service, &id, "email", &gate).await;
    let token = service.send(prove(&id, &digits(&message), Some(&gate))).await.expect(200).text("resetToken");
    service.complete(&id, &token, NEW_PASSWORD).await.expect(204);
}

/// Whatever changes of the account in between ends the reset, at the second gate and after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_account_ends_what_has_passed_a_gate() {
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
            // Enabled again, or with its contact back, it stays dead.
            service.patch(NAME, &json!({"accountEnabled": true, "mobilePhone": MOBILE})).await.expect(204);
            service.complete(&proved, &token, NEW_PASSWORD).await.problem(422, "token-rejected");
        }
    }
}

/// Completing by two gates kills everything else of the account, ends its sessions once, and opens none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
