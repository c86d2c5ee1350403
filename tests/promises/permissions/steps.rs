//! The paths through the service: successes, refusals, repetitions, faults.

use aws::table::{Key, PARTITION, SORT};
use aws_sdk_dynamodb::types::AttributeValue;
use local::Options;
use serde_json::{Value, json};
use shared::account::Owner;
use shared::limits::guesses::GuessLog;
use shared::ports::messenger::Dispatch;
use shared::random::{AccountId, ResetId};
use shared::time::Clock;

use super::Seen;
use crate::support::client::together;
use crate::support::folder::Folder;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, begin, complete, digits, long_code, verify, wrong};
use crate::support::{Request, Service};

const USERS: &str = "/graph/v1.0/users";
const POLICY: &str = "/graph/v1.0/policies/passwordReset";
const ADELE: &str = "adele@contoso.example";
const LENA: &str = "lena@contoso.example";
const NOBODY: &str = "nobody@contoso.example";
const MOBILE: &str = "+1 4255550100";
const OFFICE: &str = "+1 4255550111";
const KEY: &str = "permissions-0123456789abcdef";
/// Most rounds of a race. One hit is enough.
const ROUNDS: usize = 30;
/// [`OLD_PASSWORD`] hashed by Argon2id at 8 MiB and one pass, a lower cost than that of a new hash, with a salt and a
/// pepper of zeros.
const OUTDATED: &str =
    "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$hWP4vV30ZHlYNRKekctbTspnI/ZK70JVpq2Ygtnp1+c";

/// A policy whose limits stop nobody here.
fn generous() -> Value {
    json!({"failover": true, "sends": [{"count": 100, "seconds": 3600}], "guessesPerDay": 100, "guessesPer30Days": 100})
}

async fn adele() -> Service {
    let service = Service::start(generous()).await;
    service.adele().await;
    service
}

/// Changes an item behind the service's back, as another instance or a fault would.
async fn tamper(service: &Service, key: Key, update: &str, value: Option<AttributeValue>) {
    let request = service.running.client.update_item().table_name(service.running.table);
    let request = request
        .key(PARTITION, AttributeValue::S(key.partition))
        .key(SORT, AttributeValue::S(key.sort))
        .update_expression(update);
    let request = match value {
        Some(value) => request.expression_attribute_values(":value", value),
        None => request,
    };
    request.send().await.expect("the item is changed");
}

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

/// Makes a reset unreadable.
async fn damage(service: &Service, reset: &str) {
    tamper(service, Key::reset(&ResetId::parse(reset).unwrap()), "REMOVE began_at", None).await;
}

pub(super) async fn administration(seen: &mut Seen) {
    let service = adele().await;
    let read = async |target: &str, status| {
        service.send(Request::get(target).bearer(&service.admin)).await.expect(status).json()
    };
    let id = service.create(LENA, json!({"mobilePhone": "+1 4255550101"})).await;
    read(USERS, 200).await;
    read(&format!("{USERS}?$filter=startswith(userPrincipalName,'lena')&$top=1"), 200).await;
    read(&format!("{USERS}?$filter=mobilePhone%20eq%20'%2B14255550101'"), 200).await;
    read(&format!("{USERS}/{LENA}"), 200).await;
    read(&format!("{USERS}/{id}"), 200).await;
    read(&format!("{USERS}/{NOBODY}"), 404).await;

    for change in [
        json!({"displayName": "Lena"}),
        json!({"mobilePhone": "+1 4255550122", "otherMails": ["lena@example.org"]}),
        json!({"mobilePhone": null}),
        json!({"passwordProfile": {"password": NEW_PASSWORD}}),
        json!({"isAdmin": true}),
        json!({"isAdmin": false, "accountEnabled": false}),
        json!({"accountEnabled": true, "userPrincipalName": "magdalena@contoso.example"}),
    ] {
        service.patch(&id, &change).await.expect(204);
    }
    service.patch(&id, &json!({"userPrincipalName": ADELE})).await.graph_error(400, "Request_BadRequest");
    // Another instance, whose clock is ahead, has already revoked everything up to a later moment. That moment must
    // stay.
    let guess_log = Key::guess_log(&GuessLog::Account(Owner::Account(account(&id))));
    let ahead = service.running.clock.now().plus(3_600).millis().to_string();
    tamper(&service, guess_log, "SET revoked_before = :value", Some(AttributeValue::N(ahead))).await;
    service.patch(&id, &json!({"mobilePhone": "+1 4255550123"})).await.expect(204);

    let unblock = format!("{USERS}/{ADELE}/authentication/unblockPasswordReset");
    service.send(Request::new("POST", &unblock).bearer(&service.admin)).await.expect(204);
    // A privileged user's own token, whose permissions depend on the account.
    service.patch(ADELE, &json!({"isAdmin": true})).await.expect(204);
    let user = service.user(ADELE).await;
    for target in [USERS.to_owned(), format!("{USERS}/{id}")] {
        service.send(Request::get(&target).bearer(&user)).await.graph_error(403, "Authorization_RequestDenied");
    }
    let change = Request::new("PATCH", &format!("{USERS}/{id}")).json(&json!({"displayName": "x"})).bearer(&user);
    service.send(change).await.graph_error(403, "Authorization_RequestDenied");
    service.send(Request::new("DELETE", &format!("{USERS}/{id}")).bearer(&service.admin)).await.expect(204);

    let policy = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    service.send(Request::get(POLICY).bearer(&policy)).await.expect(200);
    let changed = service.send(Request::new("PATCH", POLICY).json(&json!({"triesPerCode": 4})).bearer(&policy)).await;
    assert!([200, 204].contains(&changed.status), "{}", changed.status);
    service.send(Request::new("PATCH", POLICY).json(&json!({"triesPerCode": 0})).bearer(&policy)).await.expect(400);
    methods(&service, &read).await;
    seen.add(&service).await;
}

/// Registered methods, reports and the audit.
async fn methods(service: &Service, read: &impl AsyncFn(&str, u16) -> Value) {
    let id = service.create("grace@contoso.example", json!({})).await;
    let authentication = format!("{USERS}/{id}/authentication");
    let phone = "3179e48a-750b-4051-897c-87b9720928f7";
    let send = async |method: &str, path: &str, body: Value, status| {
        let request = Request::new(method, &format!("{authentication}/{path}")).json(&body);
        service.send(request.bearer(&service.admin)).await.expect(status)
    };
    send("POST", "phoneMethods", json!({"phoneNumber": MOBILE, "phoneType": "mobile"}), 201).await;
    send("PATCH", &format!("phoneMethods/{phone}"), json!({"phoneNumber": OFFICE}), 204).await;
    for path in ["methods", "phoneMethods", "emailMethods", &format!("phoneMethods/{phone}")] {
        read(&format!("{authentication}/{path}"), 200).await;
    }
    send("DELETE", &format!("phoneMethods/{phone}"), json!({}), 204).await;
    for list in ["reports/authenticationMethods/userRegistrationDetails", "auditLogs/directoryAudits"] {
        let auditor = service.application(&["AuditLog.Read.All"]).await;
        service.send(Request::get(&format!("/graph/v1.0/{list}")).bearer(&auditor)).await.expect(200);
    }
    // A privileged user is among the administrators until the account is gone.
    service.patch(&id, &json!({"isAdmin": true})).await.expect(204);
    service.send(Request::new("DELETE", &format!("{USERS}/{id}")).bearer(&service.admin)).await.expect(204);
}

/// Registers security questions, and opens the second gate with them.
pub(super) async fn questions(seen: &mut Seen) {
    let mut policy = generous();
    policy["methods"] = json!(["mobileSms", "email", "securityQuestions"]);
    policy["methodsRequired"] = json!(2);
    policy["securityQuestions"] = json!({"requiredToRegister": 3, "requiredToReset": 3});
    policy["guessesPerDay"] = json!(3);
    let service = Service::start(policy).await;
    service.adele().await;
    let token = service.user(ADELE).await;
    let catalogue = Request::get("/v1/registration/question-catalogue").bearer(&token);
    let catalogue = service.send(catalogue).await.expect(200).json();
    let ids: Vec<&str> = (0..3).map(|at| catalogue["questions"][at]["questionId"].as_str().unwrap()).collect();
    let given = |wrong: bool| {
        let answer = |(at, id): (usize, &&str)| json!({"questionId": id, "answer": format!("answer {at} {wrong}")});
        ids.iter().enumerate().map(answer).collect::<Vec<_>>()
    };
    let set = Request::new("PUT", "/v1/registration/security-questions").json(&json!({"answers": given(false)}));
    for _ in 0..2 {
        service.send(set.clone().key(KEY).bearer(&token)).await.expect(204);
    }
    let (begun, code) = service.begin_by_sms().await;
    let gate = service.verify(&begun.id, &code).await.expect(200).text("gateToken");
    let ask = json!({"method": "securityQuestions", "gateToken": gate});
    service.again(&begun.id, &ask).await.expect(200);
    let answer = |wrong: bool| {
        let body = json!({"answers": given(wrong), "gateToken": gate});
        Request::post(&format!("/v1/resets/{}/verifications", begun.id), &body)
    };
    service.send(answer(true)).await.problem(422, "code-rejected");
    service.send(answer(false)).await.expect(200);
    // Spends the last guesses of the account's budget, and those of a decoy.
    for name in [ADELE, NOBODY] {
        service.advance(31).await;
        let begun = service.begin(name, "email", None).await;
        for _ in 0..4 {
            service.verify(&begun.id, "00000000").await.problem(422, "code-rejected");
        }
    }
    let remove =
        Request::new("DELETE", "/v1/registration/methods/securityQuestions").bearer(&service.user(ADELE).await);
    service.send(remove).await.expect(204);
    let confirm = Request::new("POST", "/v1/registration/confirmation").bearer(&service.user(ADELE).await);
    service.send(confirm).await.expect(200);
    seen.add(&service).await;
}

pub(super) async fn resets(seen: &mut Seen) {
    let service = adele().await;
    // By SMS. Most requests carry an idempotency key and are sent twice.
    for _ in 0..2 {
        service.send(begin(ADELE, "mobileSms", Some(MOBILE)).key(KEY)).await.expect(202);
    }
    let (begun, code) = service.begin_by_sms().await;
    service.advance(31).await;
    let codes = format!("/v1/resets/{}/codes", begun.id);
    for _ in 0..2 {
        service.send(Request::post(&codes, &json!({"method": "email"})).key(KEY)).await.expect(202);
    }
    let unheard_of = Request::post("/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/codes", &json!({"method": "email"}));
    service.send(unheard_of.key(KEY)).await.problem(404, "not-found");
    service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    let message = service.outbox("adele.vance@example.org").await.pop().unwrap();
    let code = digits(&message);
    for _ in 0..2 {
        service.send(verify(&begun.id, &code).key(KEY)).await.expect(200);
    }
    let token = service.send(verify(&begun.id, &code).key(KEY)).await.text("resetToken");
    service.complete(&begun.id, &token, "short").await.problem(422, "password-rejected");
    // The account changes between the proof and the completion, but this change revokes nothing.
    service.patch(ADELE, &json!({"displayName": "Adele"})).await.expect(204);
    for _ in 0..2 {
        service.send(complete(&begun.id, &token, NEW_PASSWORD).key(KEY)).await.expect(204);
    }
    service.complete(&begun.id, &token, NEW_PASSWORD).await.problem(422, "token-rejected");

    // By call, and by the long code of an email.
    service.advance(31).await;
    service.begin(ADELE, "officeCall", Some(OFFICE)).await;
    let (begun, message) = service.begin_by_email().await;
    let token = service.verify(&begun.id, &long_code(&message)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, "another sentence to sign in with").await.expect(204);

    // Names without an account, and proofs that do not match.
    let unknown = service.begin(NOBODY, "mobileSms", Some(MOBILE)).await;
    service.begin(ADELE, "mobileSms", Some("+1 4255550199")).await;
    service.verify(&unknown.id, &code).await.problem(422, "code-rejected");
    service.verify("AAAAAAAAAAAAAAAAAAAAAA", &code).await.problem(422, "code-rejected");
    service.complete("AAAAAAAAAAAAAAAAAAAAAA", "a token", NEW_PASSWORD).await.problem(422, "token-rejected");
    seen.add(&service).await;
}

/// Two gates.
pub(super) async fn privileged(seen: &mut Seen) {
    let service = adele().await;
    service.patch(ADELE, &json!({"isAdmin": true})).await.expect(204);
    let (begun, code) = service.begin_by_sms().await;
    let gate = service.verify(&begun.id, &code).await.expect(200).text("gateToken");
    service.again(&begun.id, &json!({"method": "email", "gateToken": gate})).await.expect(202);
    let code = digits(&service.outbox("adele.vance@example.org").await.pop().unwrap());
    let body = json!({"code": code, "gateToken": gate});
    let proof = Request::post(&format!("/v1/resets/{}/verifications", begun.id), &body);
    let token = service.send(proof).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    seen.add(&service).await;
}

/// A request that fails releases its idempotency key.
pub(super) async fn faults(seen: &mut Seen) {
    let service = adele().await;
    let (begun, code) = service.begin_by_sms().await;
    damage(&service, &begun.id).await;
    service.send(verify(&begun.id, &code).key(KEY)).await.problem(503, "unavailable");
    service.advance(31).await;
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    damage(&service, &begun.id).await;
    service.send(complete(&begun.id, &token, NEW_PASSWORD).key(KEY)).await.problem(503, "unavailable");
    seen.add(&service).await;
}

pub(super) async fn deliveries(seen: &mut Seen) {
    let service = adele().await;
    registered(&service, ADELE, "email", "adele@home.example").await;
    service.advance(31).await;
    let outbox = &service.running.outbox;
    // One message is refused and sent by the verified email instead, one is accepted at a later try, and one has an
    // unknown outcome.
    for answer in [Dispatch::Refused("blocked"), Dispatch::TryAgain, Dispatch::Unknown] {
        outbox.answer_next(vec![answer]);
        service.begin(ADELE, "mobileSms", Some(MOBILE)).await;
        service.running.settled().await;
        service.advance(31).await;
    }
    // One challenge is refused, and one is given up after three tries.
    let token = service.user(ADELE).await;
    for answers in [vec![Dispatch::Refused("optedOut")], vec![Dispatch::TryAgain; 3]] {
        outbox.answer_next(answers);
        service.send(challenge(&token, "email", "adele@work.example")).await.expect(202);
        service.running.settled().await;
    }
    // A notice is sent at the second try, and a sweep looks at every day whose notices are still tried.
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    service.running.outbox.answer_next(vec![Dispatch::TryAgain]);
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    service.running.settled().await;
    service.advance(400).await;
    assert_eq!(service.running.outbox.events().len(), 1);
    // Half a year later a sweep asks the person to confirm the method, and an administrator's change and the person's
    // own confirmation move the day.
    registered(&service, ADELE, "email", "adele@home.example").await;
    service.advance(181 * 24 * 60 * 60).await;
    service.running.settled().await;
    let service = Service {
        admin: service.application(&["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]).await,
        ..service
    };
    let methods = format!("{USERS}/{ADELE}/authentication/emailMethods");
    let method = format!("{methods}/3ddfcfc8-9383-446f-83cc-3ab9be4be18f");
    service.send(Request::new("DELETE", &method).bearer(&service.admin)).await.expect(204);
    let body = json!({"emailAddress": "adele@other.example"});
    service.send(Request::post(&methods, &body).bearer(&service.admin)).await.expect(201);
    seen.add(&service).await;
}

/// Providers report that a text failed and that an email came back, and one refuses a phone for good.
pub(super) async fn reports(seen: &mut Seen) {
    let service = Service::start(generous()).await;
    let phone = "+1 4254147167";
    let contacts = json!({"mobilePhone": phone, "otherMails": ["bounce@simulator.amazonses.com"]});
    service.create(LENA, contacts).await;
    service.begin(LENA, "mobileSms", Some(phone)).await;
    service.running.settled().await;
    service.begin(LENA, "email", None).await;
    service.running.settled().await;
    service.advance(31).await;
    service.running.outbox.answer_next(vec![Dispatch::Refused("optedOut")]);
    service.begin(LENA, "mobileSms", Some(phone)).await;
    seen.add(&service).await;
}

/// Nobody uses the codes to twenty numbers of one range, nineteen of resets and one of a registration. So the next one to the
/// range makes the worker look at them.
pub(super) async fn unused_codes(seen: &mut Seen) {
    let service = adele().await;
    let token = service.user(ADELE).await;
    service.send(challenge(&token, "mobilePhone", "+1 4255560100")).await.expect(202);
    for last in 1..=20 {
        let (name, phone) = (format!("person{last}@contoso.example"), format!("+1 42555601{last:02}"));
        service.create(&name, json!({"mobilePhone": phone})).await;
        service.begin(&name, "mobileSms", Some(&phone)).await;
        service.running.settled().await;
    }
    assert_eq!(service.outbox("+14255560119").await.len(), 1);
    assert_eq!(service.outbox("+14255560120").await.len(), 0);
    seen.add(&service).await;
}

fn challenge(token: &str, kind: &str, value: &str) -> Request {
    Request::post("/v1/registration/challenges", &json!({"type": kind, "value": value})).bearer(token)
}

fn prove(token: &str, id: &str, code: &str) -> Request {
    Request::post(&format!("/v1/registration/challenges/{id}/verifications"), &json!({"code": code})).bearer(token)
}

/// Requests a challenge for a value. Returns the person's token, the challenge's id, and the code that was sent.
async fn challenged(service: &Service, name: &str, kind: &str, value: &str) -> (String, String, String) {
    let token = service.user(name).await;
    let id = service.send(challenge(&token, kind, value)).await.expect(202).text("challengeId");
    let message = service.outbox(&value.replace(' ', "")).await.pop().expect("a code");
    (token, id, digits(&message))
}

async fn registered(service: &Service, name: &str, kind: &str, value: &str) {
    let (token, id, code) = challenged(service, name, kind, value).await;
    service.send(prove(&token, &id, &code)).await.expect(200);
}

pub(super) async fn registration(seen: &mut Seen) {
    let service = adele().await;
    let token = service.user(ADELE).await;
    service.send(Request::get("/v1/registration").bearer(&token)).await.expect(200);
    service.send(Request::get("/v1/registration").bearer(&service.user(NOBODY).await)).await.problem(403, "forbidden");
    let value = "adele@home.example";
    for _ in 0..2 {
        service.send(challenge(&token, "email", value).key(KEY)).await.expect(202);
    }
    let (_, id, code) = challenged(&service, ADELE, "email", value).await;
    service.send(prove(&token, &id, &wrong(&code))).await.problem(422, "code-rejected");
    for _ in 0..2 {
        service.send(prove(&token, &id, &code).key(KEY)).await.expect(200);
    }
    // More challenges than an hour allows: a request that is refused for now releases its key.
    let mut status = 202;
    for round in 0..4 {
        let request = challenge(&token, "email", value).key(&format!("{KEY}-{round}"));
        status = service.send(request).await.status;
    }
    assert_eq!(status, 429);
    seen.add(&service).await;

    // Several requests carry the same right code. The losers read the challenge to see whether it is used.
    for round in 0..ROUNDS {
        let name = format!("person{round}@contoso.example");
        service.create(&name, json!({})).await;
        let (token, id, code) = challenged(&service, &name, "email", &format!("person{round}@home.example")).await;
        together(vec![prove(&token, &id, &code); 4], service.address()).await;
        seen.add(&service).await;
        if seen.has("register", "dynamodb:GetItem", "CHALLENGE#*") {
            break;
        }
    }
}

/// Passwords, right and wrong, and one that was hashed at a lower cost.
pub(super) async fn passwords(seen: &mut Seen) {
    let directory = Folder::new("permissions");
    let options = Options { data: Some(directory.to_path_buf()), ..Options::default() };
    Service::with(&options).await.running.stop().await;
    let keys = directory.join("keys.json");
    let mut stored: Value = serde_json::from_slice(&std::fs::read(&keys).unwrap()).unwrap();
    stored["pepper"] = json!(format!("{}=", "A".repeat(43)));
    // The digest of the other keys.
    stored["check"] = Value::Null;
    std::fs::write(&keys, stored.to_string()).unwrap();

    let service = Service::with(&options).await;
    let id = service.adele().await;
    service.check(ADELE, "not the password of a user").await.expect(422);
    service.check(NOBODY, OLD_PASSWORD).await.expect(422);
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
    let (hash, pepper) = (AttributeValue::S(OUTDATED.to_owned()), AttributeValue::N("1".to_owned()));
    let password = AttributeValue::M([("hash".to_owned(), hash), ("pepper".to_owned(), pepper)].into());
    tamper(&service, Key::account(&account(&id)), "SET password = :value", Some(password)).await;
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
    let change = json!({"userName": ADELE, "currentPassword": OLD_PASSWORD, "newPassword": NEW_PASSWORD});
    service.send(Request::post("/v1/password", &change)).await.expect(204);
    seen.add(&service).await;
    service.running.stop().await;
}
