//! `/v1/registration`: what a person sees of their contacts, and proving to possess one.

use local::Options;
use serde_json::{Value, json};

use super::load_directory::{ADELE, Scratch, loaded};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, digits, wrong};
use crate::support::{Reply, Request, Service};

const NAME: &str = "adele@contoso.example";
const NEW_PHONE: &str = "+1 4255550123";

fn challenge(token: &str, body: &Value) -> Request {
    Request::post("/v1/registration/challenges", body).bearer(token)
}

fn phone(value: &str) -> Value {
    json!({"type": "mobilePhone", "value": value})
}

fn prove(token: &str, id: &str, code: &str) -> Request {
    Request::post(&format!("/v1/registration/challenges/{id}/verifications"), &json!({"code": code})).bearer(token)
}

async fn registration(service: &Service, token: &str) -> Value {
    service.send(Request::get("/v1/registration").bearer(token)).await.expect(200).json()
}

/// Challenges a value, and returns the challenge's id with the code that came to it.
async fn challenged(service: &Service, token: &str, body: &Value) -> (String, String) {
    let reply = service.send(challenge(token, body)).await.expect(202);
    let value = body["value"].as_str().unwrap().replace(' ', "");
    let messages = service.outbox(&value).await;
    (reply.text("challengeId"), digits(messages.last().expect("a message")))
}

/// Takes a value through its challenge.
async fn register(service: &Service, token: &str, body: &Value) -> Reply {
    let (id, code) = challenged(service, token, body).await;
    service.send(prove(token, &id, &code)).await.expect(200)
}

async fn rejected(service: &Service, request: Request) {
    service.send(request).await.problem(422, "code-rejected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_of_the_directory_sees_what_is_on_file_as_suggestions() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let token = service.user(NAME).await;
    let reply = service.send(Request::get("/v1/registration").bearer(&token)).await.expect(200);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let body = reply.json();
    let at = body["suggested"][0]["setAt"].as_str().expect("a time");
    assert!(at.len() == 24 && at.starts_with("20") && at.ends_with('Z'), "{at}");
    let suggestion = |kind: &str, value: &str| {
        json!({"type": kind, "value": value, "source": "directory", "setAt": at, "verifiedAt": null, "usable": true, "reason": null})
    };
    assert_eq!(
        body,
        json!({
            "userName": NAME, "registered": false, "methodsRequired": 1, "reconfirmBy": null, "methods": [],
            "suggested": [
                suggestion("mobilePhone", "+1 4255550100"),
                suggestion("officePhone", "+1 4255550111"),
                suggestion("email", "adele.vance@example.org"),
            ],
            "securityQuestions": {"registered": 0, "required": 5}
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_suggestion_says_why_it_could_not_be_used() {
    let policy = json!({"methods": ["mobileSms", "email"]});
    let text = "userPrincipalName,mobile,telephoneNumber,otherMailbox,otherMailbox
abroad@contoso.example,+1 8769221234,+1 4255550111,one@example.org,two@example.org
fixed@contoso.example,+44 20 7946 0958,,,
";
    let service = loaded("people.csv", text, policy).await;
    let shown = async |service: &Service, name: &str| -> Vec<(String, bool, Value)> {
        let body = registration(service, &service.user(name).await).await;
        let suggested = body["suggested"].as_array().unwrap().clone();
        suggested.iter().map(|one| (one["value"].as_str().unwrap().into(), one["usable"] == true, one["reason"].clone())).collect()
    };
    assert_eq!(
        shown(&service, "abroad@contoso.example").await,
        [
            ("+1 8769221234".to_owned(), false, json!("countryNotAllowed")),
            ("+1 4255550111".to_owned(), false, json!("methodNotOffered")),
            ("one@example.org".to_owned(), true, Value::Null),
            ("two@example.org".to_owned(), false, json!("notFirst")),
        ]
    );
    assert_eq!(
        shown(&service, "fixed@contoso.example").await,
        [("+44 2079460958".to_owned(), false, json!("fixedLine"))]
    );
    let strict = loaded("people.ldif", ADELE, json!({"acceptDirectoryContacts": false})).await;
    assert!(shown(&strict, NAME).await.iter().all(|(_, usable, reason)| !usable && reason == "notRegistered"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_registered_by_the_code_of_its_sms() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let token = service.user(NAME).await;
    let reply = service.send(challenge(&token, &phone("+1 (425) 555-0123"))).await.expect(202);
    reply.fixed_headers();
    let body = reply.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["challengeId", "expiresAt", "reference"]);
    assert!(body["challengeId"].as_str().unwrap().len() >= 22);
    assert_eq!(body["reference"].as_str().unwrap().len(), 2);
    let messages = service.messages().await;
    let code = digits(&messages[0]);
    assert_eq!((messages.len(), &messages[0]["channel"], &messages[0]["to"]), (1, &json!("sms"), &json!("+14255550123")));
    assert_eq!(messages[0]["reference"], body["reference"]);
    assert_eq!(
        messages[0]["text"],
        format!(
            "Contoso: your code to confirm this number is {} {} (ref {}, 5 min). Never share it.\n@contoso.example #{code}",
            &code[..4], &code[4..], body["reference"].as_str().unwrap()
        )
    );

    let before = registration(&service, &token).await;
    assert_eq!(before["methods"], json!([]), "asking registers nothing");
    let reply = service.send(prove(&token, body["challengeId"].as_str().unwrap(), &code)).await.expect(200);
    reply.fixed_headers();
    let method = reply.json();
    let at = method["verifiedAt"].as_str().unwrap();
    assert_eq!(
        method,
        json!({"type": "mobilePhone", "value": NEW_PHONE, "source": "user", "setAt": at, "verifiedAt": at, "usable": true, "reason": null})
    );
    let after = registration(&service, &token).await;
    assert_eq!((&after["registered"], &after["methods"]), (&json!(true), &json!([method])));
    let half_a_year = after["reconfirmBy"].as_str().unwrap();
    assert!(half_a_year > at && half_a_year[10..] == at[10..], "{half_a_year} is not whole days after {at}");
    // The value on file is still a suggestion, and not what a reset would use.
    let mobile = &after["suggested"][0];
    assert_eq!((&mobile["value"], &mobile["usable"], &mobile["reason"]), (&json!("+1 4255550100"), &json!(false), &json!("superseded")));
    assert_eq!(after["suggested"].as_array().unwrap().len(), 3);
    let user = service.send(Request::get(&format!("/graph/v1.0/users/{NAME}")).bearer(&service.admin)).await.expect(200);
    assert_eq!(user.text("mobilePhone"), "+1 4255550100", "the directory's field is as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_uses_the_registered_number_and_no_longer_the_directorys() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "mobileSms", Some("+1 4255550100")).await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
    let begun = service.begin(NAME, "mobileSms", Some(NEW_PHONE)).await;
    let messages = service.messages().await;
    assert_eq!((messages.len(), &messages[0]["to"]), (1, &json!("+14255550123")));
    let token = service.verify(&begun.id, &digits(&messages[0])).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    service.check(NAME, NEW_PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_registered_by_a_call_and_an_address_by_an_email() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    // A fixed line takes a call.
    let line = json!({"type": "mobilePhone", "value": "+44 20 7946 0958", "delivery": "call"});
    let reply = service.send(challenge(&token, &line)).await.expect(202);
    let calls = service.outbox("+442079460958").await;
    assert_eq!((calls.len(), &calls[0]["channel"]), (1, &json!("call")));
    assert!(calls[0]["text"].as_str().unwrap().contains("to confirm this phone number"));
    let method = service.send(prove(&token, &reply.text("challengeId"), &digits(&calls[0]))).await.expect(200).json();
    assert_eq!((&method["type"], &method["value"]), (&json!("mobilePhone"), &json!("+44 2079460958")));
    assert_eq!((&method["usable"], &method["reason"]), (&json!(true), &Value::Null), "it can be called");

    let mail = json!({"type": "email", "value": "Adele.V@example.net"});
    let reply = service.send(challenge(&token, &mail)).await.expect(202);
    let mails = service.outbox("adele.v@example.net").await;
    assert_eq!((mails.len(), &mails[0]["channel"]), (1, &json!("email")));
    assert!(mails[0]["subject"].as_str().unwrap().starts_with("Contoso: your code to confirm your email address"));
    let long = mails[0]["text"].as_str().unwrap().split_whitespace().any(|word| word.len() == 31);
    assert!(!long, "a challenge has no long code");
    let code = digits(&mails[0]);
    let spaced = format!("{}-{} {}", &code[..2], &code[2..4], &code[4..]);
    let method = service.send(prove(&token, &reply.text("challengeId"), &spaced)).await.expect(200).json();
    assert_eq!((&method["type"], &method["value"]), (&json!("email"), &json!("Adele.V@example.net")));

    let kinds: Vec<Value> = registration(&service, &token).await["methods"].as_array().unwrap().iter().map(|one| one["type"].clone()).collect();
    assert_eq!(kinds, ["mobilePhone", "email"]);
    service.advance(31).await;
    service.empty_outbox().await;
    service.begin(NAME, "email", None).await;
    service.begin(NAME, "mobileCall", Some("+44 20 7946 0958")).await;
    service.begin(NAME, "mobileSms", Some("+44 20 7946 0958")).await;
    let mut to: Vec<Value> = service.messages().await.iter().map(|message| message["to"].clone()).collect();
    to.sort_by_key(ToString::to_string);
    assert_eq!(to, ["+442079460958", "Adele.V@example.net"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registered_means_enough_methods_for_a_reset() {
    let service = Service::start(json!({"methodsRequired": 2})).await;
    let id = service.adele().await;
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    let one = registration(&service, &token).await;
    assert_eq!((&one["registered"], &one["methodsRequired"]), (&json!(false), &json!(2)));
    register(&service, &token, &json!({"type": "email", "value": "adele@example.net"})).await;
    assert_eq!(registration(&service, &token).await["registered"], true);

    let service = Service::start(json!({})).await;
    let other = service.adele().await;
    assert_ne!(id, other);
    service.patch(&other, &json!({"isAdmin": true})).await.expect(204);
    let token = service.user(NAME).await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    let admin = registration(&service, &token).await;
    assert_eq!((&admin["registered"], &admin["methodsRequired"]), (&json!(false), &json!(2)), "a privileged user needs two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_elses_token_verifies_a_challenge() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({"mobilePhone": "+1 4255550101"})).await;
    let (adele, lena) = (service.user(NAME).await, service.user("lena@contoso.example").await);
    let before = registration(&service, &lena).await;
    let (id, code) = challenged(&service, &adele, &phone(NEW_PHONE)).await;
    // More often than a code may be tried: none of it is charged to Adele's.
    for _ in 0..6 {
        rejected(&service, prove(&lena, &id, &code)).await;
    }
    assert_eq!(registration(&service, &lena).await, before);
    assert_eq!(registration(&service, &adele).await["methods"], json!([]));
    service.send(prove(&adele, &id, &code)).await.expect(200);
    assert_eq!(registration(&service, &lena).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_may_be_tried_as_often_as_the_policy_says() {
    let service = Service::start(json!({"triesPerCode": 3})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    for _ in 0..2 {
        rejected(&service, prove(&token, &id, &wrong(&code))).await;
    }
    service.send(prove(&token, &id, &code)).await.expect(200);

    let (id, code) = challenged(&service, &token, &phone("+1 4255550124")).await;
    for _ in 0..3 {
        rejected(&service, prove(&token, &id, &wrong(&code))).await;
    }
    rejected(&service, prove(&token, &id, &code)).await;
    assert_eq!(registration(&service, &token).await["methods"][0]["value"], NEW_PHONE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_challenges_have_the_budget_of_a_day_and_are_not_the_resets() {
    let service = Service::start(json!({"guessesPerDay": 6})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    for value in [NEW_PHONE, "+1 4255550124"] {
        let (id, code) = challenged(&service, &token, &phone(value)).await;
        for _ in 0..3 {
            rejected(&service, prove(&token, &id, &wrong(&code))).await;
        }
    }
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    rejected(&service, prove(&token, &id, &code)).await;
    // What a person spends on their own challenges, a reset still has.
    service.reset_by_sms(NEW_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_code_is_malformed_and_not_charged() {
    let service = Service::start(json!({"triesPerCode": 1})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let target = format!("/v1/registration/challenges/{id}/verifications");
    for body in [
        json!({"code": ""}),
        json!({"code": "12345"}),
        json!({"code": "12345678901"}),
        json!({"code": "abcdefgh"}),
        json!({"code": 12_345_678}),
        json!({"code": [code]}),
        json!({"code": {"$gt": 0}}),
        json!({"code": null}),
        json!({"code": code, "verified": true}),
        json!({"answers": []}),
        json!({}),
    ] {
        service.send(Request::post(&target, &body).bearer(&token)).await.problem(400, "malformed");
    }
    service.send(prove(&token, &id, &code)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_used_once_however_many_send_it_at_once() {
    let service = Service::start(json!({"triesPerCode": 10, "guessesPerDay": 100, "guessesPer30Days": 100})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let replies = together((0..20).map(|_| prove(&token, &id, &code)).collect(), service.address()).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.problem(422, "code-rejected");
    }
    rejected(&service, prove(&token, &id, &code)).await;
    assert_eq!(registration(&service, &token).await["methods"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_dies_with_its_time() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(300).await;
    rejected(&service, prove(&token, &id, &code)).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(290).await;
    service.send(prove(&token, &id, &code)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_that_never_was_is_refused_as_a_wrong_code_is() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let wrong = service.send(prove(&token, &id, &wrong(&code))).await;
    for other in ["x", &"A".repeat(id.len()), "..", &format!("{id}A"), "user%23account"] {
        let reply = service.send(prove(&token, other, &code)).await;
        reply.problem(422, "code-rejected");
        assert_eq!(reply.shape(), wrong.shape(), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writing_needs_a_fresh_sign_in_and_reading_does_not() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    service.advance(590).await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    service.advance(20).await;
    let stale = [challenge(&token, &phone(NEW_PHONE)), prove(&token, &id, &code)];
    for request in stale {
        let reply = service.send(request).await;
        reply.problem(401, "unauthenticated");
        let header = "Bearer error=\"insufficient_user_authentication\", max_age=600";
        assert_eq!(reply.header("www-authenticate"), Some(header));
    }
    registration(&service, &token).await;
    service.send(prove(&service.user(NAME).await, &id, &code)).await.expect(200);
    assert_eq!(service.messages().await.len(), 1);

    let strict = Service::start(json!({"freshSignInMinutes": 2})).await;
    strict.adele().await;
    let token = strict.user(NAME).await;
    strict.advance(121).await;
    let reply = strict.send(challenge(&token, &phone(NEW_PHONE))).await;
    assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"insufficient_user_authentication\", max_age=120"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_sign_in_counts_and_not_that_of_the_token() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.advance(3600).await;
    let now = shared::time::Clock::now(&*service.running.clock).seconds();
    let claims = |more: Value| {
        let mut claims = json!({"sub": "adele", "preferred_username": NAME});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        service.running.issuer.sign(claims).unwrap()
    };
    let refreshed = claims(json!({"auth_time": now - 700}));
    service.send(challenge(&refreshed, &phone(NEW_PHONE))).await.problem(401, "unauthenticated");
    let old = claims(json!({"iat": now - 700}));
    service.send(challenge(&old, &phone(NEW_PHONE))).await.problem(401, "unauthenticated");
    let fresh = claims(json!({}));
    service.send(challenge(&fresh, &phone(NEW_PHONE))).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_enabled_users_known_here_have_a_registration() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let unknown = service.user("nobody@contoso.example").await;
    let adele = service.user(NAME).await;
    let requests = |token: &str| [Request::get("/v1/registration").bearer(token), challenge(token, &phone(NEW_PHONE)), prove(token, "x", "12345678")];
    service.patch(&id, &json!({"accountEnabled": false})).await.expect(204);
    for token in [&unknown, &adele, &service.admin] {
        for request in requests(token) {
            service.send(request).await.problem(403, "forbidden");
        }
    }
    for request in [Request::get("/v1/registration"), Request::post("/v1/registration/challenges", &phone(NEW_PHONE))] {
        let reply = service.send(request).await;
        reply.problem(401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    let reply = service.send(Request::new("PUT", "/v1/registration").bearer(&adele)).await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), Some("GET"));
    let reply = service.send(Request::get("/v1/registration/challenges").bearer(&adele)).await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), Some("POST"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_contact_is_refused_by_form_and_country() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let before = registration(&service, &token).await;
    for body in [
        phone("+1 9005551234"),
        phone("+44 909 8790000"),
        phone("+44 70 1234 5678"),
        phone("+979 123456789"),
        phone("+800 1234 5678"),
        phone("+1 8005551234"),
        phone("+1 8769221234"),
        phone("+1 876 555 0123"),
        phone("+1 242 555 1234"),
        phone("+49 1512 3456789"),
        phone("+883 5100 12345678"),
        phone("+882 1612 34567"),
        phone("+44 20 7946 0958"),
        json!({"type": "mobilePhone", "value": "+1 8769221234", "delivery": "call"}),
        phone("4255550123"),
        phone("0014255550123"),
        phone("+1 425 FLOWERS"),
        phone("+1 425 555 O123"),
        phone("+1 4255550123, +1 4255550124"),
        phone("tel:+1-425-555-0123"),
        phone("+1 4255550123#"),
        phone("+1 4255550123;ext=7"),
        phone("911"),
        phone("+1 411"),
        phone(""),
        phone("adele@example.net"),
        json!({"type": "email", "value": "adele"}),
        json!({"type": "email", "value": "adele@example.net, other@example.net"}),
        json!({"type": "email", "value": "\"adele x\"@example.net"}),
        json!({"type": "email", "value": "Adele <adele@example.net>"}),
        json!({"type": "email", "value": "adele@localhost"}),
        json!({"type": "email", "value": "adele@example.net\r\nBcc: other@example.net"}),
        json!({"type": "email", "value": NEW_PHONE}),
    ] {
        let reply = service.send(challenge(&token, &body)).await;
        reply.problem(422, "contact-rejected");
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(!["0123", "9005", "876", "adele", "FLOWERS"].iter().any(|echo| text.contains(echo)), "{text}");
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    assert_eq!(registration(&service, &token).await, before);
    // None of it was counted.
    service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_says_whether_somebody_else_has_the_value() {
    let service = Service::start(json!({})).await;
    let adele = service.adele().await;
    register(&service, &service.user(NAME).await, &phone("+1 4255550130")).await;
    service.create("abroad@contoso.example", json!({"mobilePhone": "+1 8769221234"})).await;
    service.create("lena@contoso.example", json!({})).await;
    service.create("mateo@contoso.example", json!({})).await;
    let (lena, mateo) = (service.user("lena@contoso.example").await, service.user("mateo@contoso.example").await);
    let detail = |reply: &Reply| (reply.status, reply.text("title"), reply.text("detail"));
    let taken = service.send(challenge(&lena, &phone("+1 8769221234"))).await;
    let free = service.send(challenge(&lena, &phone("+1 8769221235"))).await;
    assert_eq!(detail(&taken), detail(&free));
    for (owned, free) in [
        (phone("+1 4255550130"), phone("+1 4255550131")),
        (json!({"type": "email", "value": "adele.vance@example.org"}), json!({"type": "email", "value": "adele.vence@example.org"})),
    ] {
        let owned = service.send(challenge(&lena, &owned)).await.expect(202);
        let free = service.send(challenge(&mateo, &free)).await.expect(202);
        assert_eq!(owned.shape(), free.shape());
    }
    let target = format!("/graph/v1.0/users/{adele}");
    let user = service.send(Request::get(&target).bearer(&service.admin)).await.expect(200);
    assert_eq!(user.text("mobilePhone"), "+1 4255550100");
    let own = registration(&service, &service.user(NAME).await).await;
    assert_eq!(own["methods"][0]["value"], "+1 4255550130");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_may_register_one_number() {
    let service = Service::start(json!({})).await;
    for name in [NAME, "lena@contoso.example"] {
        service.create(name, json!({})).await;
        register(&service, &service.user(name).await, &phone(NEW_PHONE)).await;
    }
    for name in [NAME, "lena@contoso.example"] {
        service.advance(31).await;
        service.empty_outbox().await;
        let begun = service.begin(name, "mobileSms", Some(NEW_PHONE)).await;
        let messages = service.outbox("+14255550123").await;
        let token = service.verify(&begun.id, &digits(&messages[0])).await.expect(200).text("resetToken");
        service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
        service.check(name, NEW_PASSWORD).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_three_challenges_an_hour_five_a_day_and_two_new_values() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let limited = async |service: &Service, token: &str, body: &Value, around: u64| {
        let reply = service.send(challenge(token, body)).await;
        reply.problem(429, "rate-limited");
        let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!(seconds % 5 == 0 && (around - 15..=around).contains(&seconds), "{seconds} is not about {around}");
    };
    let token = service.user(NAME).await;
    for _ in 0..3 {
        service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
    }
    limited(&service, &token, &phone(NEW_PHONE), 3600).await;
    limited(&service, &token, &json!({"type": "email", "value": "adele@example.net"}), 3600).await;
    assert_eq!(service.messages().await.len(), 3);
    // Somebody else has their own.
    service.create("lena@contoso.example", json!({})).await;
    service.send(challenge(&service.user("lena@contoso.example").await, &phone(NEW_PHONE))).await.expect(202);
    service.advance(3600).await;
    let token = service.user(NAME).await;
    service.send(challenge(&token, &phone("+1 4255550124"))).await.expect(202);
    limited(&service, &token, &phone("+1 4255550125"), 86_400 - 3600).await;
    service.send(challenge(&token, &phone("+1 4255550124"))).await.expect(202);
    limited(&service, &token, &phone("+1 4255550124"), 86_400 - 3600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resets_code_is_none_of_a_challenge_and_the_other_way_round() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (begun, reset_code) = service.begin_by_sms().await;
    let (id, code) = challenged(&service, &token, &phone(NEW_PHONE)).await;
    let (by_mail, message) = service.begin_by_email().await;
    let long = crate::support::service::long_code(&message);
    rejected(&service, prove(&token, &id, &reset_code)).await;
    rejected(&service, prove(&token, &id, &long)).await;
    rejected(&service, prove(&token, &begun.id, &reset_code)).await;
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    service.verify(&by_mail.id, &code).await.problem(422, "code-rejected");
    service.verify(&id, &code).await.problem(422, "code-rejected");
    // Each still fits where it belongs.
    service.verify(&begun.id, &reset_code).await.expect(200);
    service.send(prove(&token, &id, &code)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_kills_live_codes_long_codes_and_tokens_of_resets() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    let (proved, code) = service.begin_by_sms().await;
    let reset_token = service.verify(&proved.id, &code).await.expect(200).text("resetToken");
    let (by_mail, message) = service.begin_by_email().await;
    let called = service.begin(NAME, "officeCall", Some("+1 4255550111")).await;
    let call = service.outbox("+14255550111").await;
    register(&service, &token, &phone(NEW_PHONE)).await;
    service.complete(&proved.id, &reset_token, NEW_PASSWORD).await.problem(422, "token-rejected");
    service.verify(&called.id, &digits(&call[0])).await.problem(422, "code-rejected");
    let long = crate::support::service::long_code(&message);
    service.verify(&by_mail.id, &digits(&message)).await.problem(422, "code-rejected");
    service.verify(&by_mail.id, &long).await.problem(422, "code-rejected");
    service.advance(31).await;
    let (fresh, _) = service.begin_by_email().await;
    service.verify(&fresh.id, &long).await.problem(422, "code-rejected");
    service.check(NAME, OLD_PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_member_beyond_the_contracts_is_taken() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.create("lena@contoso.example", json!({})).await;
    let token = service.user(NAME).await;
    let before = registration(&service, &token).await;
    for (member, value) in [
        ("verified", json!(true)),
        ("phone_verified", json!(true)),
        ("verifiedAt", json!("2026-01-01T00:00:00Z")),
        ("role", json!("admin")),
        ("isAdmin", json!(true)),
        ("attempts", json!(0)),
        ("budget", json!(100)),
        ("gates", json!(2)),
        ("user_id", json!(id)),
        ("userName", json!("lena@contoso.example")),
        ("source", json!("directory")),
        ("usable", json!(true)),
        ("@odata.type", json!("x")),
    ] {
        let mut body = phone(NEW_PHONE);
        body[member] = value.clone();
        service.send(challenge(&token, &body)).await.problem(400, "malformed");
    }
    for body in [
        json!({}),
        json!({"type": "mobilePhone"}),
        json!({"value": NEW_PHONE}),
        json!({"type": "officePhone", "value": NEW_PHONE}),
        json!({"type": "securityQuestions", "value": "x"}),
        json!({"type": ["mobilePhone"], "value": NEW_PHONE}),
        json!({"type": "mobilePhone", "value": [NEW_PHONE, "+1 4255550124"]}),
        json!({"type": "mobilePhone", "value": {"S": NEW_PHONE}}),
        json!({"type": "mobilePhone", "value": 14_255_550_123_u64}),
        json!({"type": "mobilePhone", "value": NEW_PHONE, "delivery": "pigeon"}),
        json!({"type": "mobilePhone", "value": NEW_PHONE, "delivery": null}),
        json!({"type": "email", "value": "adele@example.net", "delivery": "sms"}),
    ] {
        service.send(challenge(&token, &body)).await.problem(400, "malformed");
    }
    let twice = br#"{"type":"mobilePhone","value":"+1 4255550123","value":"+1 4255550124"}"#;
    let request = Request::new("POST", "/v1/registration/challenges").header("Content-Type", "application/json");
    service.send(request.bytes(twice).bearer(&token)).await.problem(400, "malformed");
    assert_eq!(registration(&service, &token).await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_repeats_a_challenge_and_its_verification() {
    const ONE: &str = "0123456789abcdef-one";
    const TWO: &str = "0123456789abcdef-two";
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({})).await;
    let (adele, lena) = (service.user(NAME).await, service.user("lena@contoso.example").await);
    let first = service.send(challenge(&adele, &phone(NEW_PHONE)).key(ONE)).await.expect(202);
    for _ in 0..4 {
        let again = service.send(challenge(&service.user(NAME).await, &phone(NEW_PHONE)).key(ONE)).await.expect(202);
        assert_eq!(again.body, first.body);
    }
    assert_eq!(service.messages().await.len(), 1);
    service.send(challenge(&adele, &phone("+1 4255550124")).key(ONE)).await.problem(422, "idempotency-key-reused");
    // The same key is another one in somebody else's hands.
    let other = service.send(challenge(&lena, &phone(NEW_PHONE)).key(ONE)).await.expect(202);
    assert_ne!(other.text("challengeId"), first.text("challengeId"));
    service.send(challenge("x", &phone(NEW_PHONE)).key(ONE)).await.problem(401, "unauthenticated");

    let (id, code) = (first.text("challengeId"), digits(&service.outbox("+14255550123").await[0]));
    let done = service.send(prove(&adele, &id, &code).key(TWO)).await.expect(200);
    let again = service.send(prove(&adele, &id, &code).key(TWO)).await.expect(200);
    assert_eq!(again.body, done.body);
    rejected(&service, prove(&adele, &id, &code)).await;
    service.send(prove(&adele, &id, &wrong(&code)).key(TWO)).await.problem(422, "idempotency-key-reused");
    rejected(&service, prove(&lena, &id, &code).key(TWO)).await;
    // A refusal is repeated, too, and charged once.
    let (id, code) = challenged(&service, &adele, &phone("+1 4255550124")).await;
    for _ in 0..6 {
        rejected(&service, prove(&adele, &id, &wrong(&code)).key("0123456789abcdef-three")).await;
    }
    service.send(prove(&adele, &id, &code)).await.expect(200);
    for key in ["short", &"k".repeat(256), "with a space in it"] {
        service.send(challenge(&adele, &phone(NEW_PHONE)).key(key)).await.problem(400, "malformed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_not_kept_under_an_idempotency_key() {
    const KEY: &str = "0123456789abcdef-limit";
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.user(NAME).await;
    for _ in 0..3 {
        service.send(challenge(&token, &phone(NEW_PHONE))).await.expect(202);
    }
    for _ in 0..2 {
        service.send(challenge(&token, &phone(NEW_PHONE)).key(KEY)).await.problem(429, "rate-limited");
    }
    service.advance(3600).await;
    let token = service.user(NAME).await;
    service.send(challenge(&token, &phone(NEW_PHONE)).key(KEY)).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_registered_outlives_a_restart() {
    let scratch = Scratch::new();
    let options = Options { data: Some(scratch.path().join("data")), ..Options::default() };
    let service = Service::with(&options).await;
    service.adele().await;
    register(&service, &service.user(NAME).await, &phone(NEW_PHONE)).await;
    let before = registration(&service, &service.user(NAME).await).await;
    service.running.stop().await;
    let service = Service::with(&options).await;
    assert_eq!(registration(&service, &service.user(NAME).await).await, before);
    service.running.stop().await;
}
