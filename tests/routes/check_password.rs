//! `POST /v1/credentials/verifications`: every refusal has the same response, and nobody can prolong a lock.

use aws::table::{Key, PARTITION, SORT};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::random::AccountId;

use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, wrong};
use crate::support::{Reply, Request, Service};

const ADELE: &str = "adele@contoso.example";

fn check(service: &Service, name: &str, password: &str) -> Request {
    let body = json!({"userName": name, "password": password});
    Request::post("/v1/credentials/verifications", &body).bearer(&service.admin)
}

/// Sends requests at once. Repeats those that got 503, because too many were under way, until each has its response.
async fn answered(service: &Service, mut requests: Vec<Request>) -> Vec<Reply> {
    let mut replies = Vec::new();
    for _ in 0..30 {
        let mut again = Vec::new();
        for (request, reply) in requests.iter().zip(together(requests.clone(), service.address()).await) {
            if reply.status == 503 {
                reply.problem(503, "unavailable");
                assert!(reply.header("retry-after").is_some());
                again.push(request.clone());
            } else {
                replies.push(reply);
            }
        }
        if again.is_empty() {
            return replies;
        }
        requests = again;
    }
    panic!("{} requests are never answered", requests.len());
}

/// Sends `count` different wrong passwords at once. `run` makes the passwords of one batch differ from another's.
async fn wrongs(service: &Service, run: &str, count: u32) {
    let requests = (0..count).map(|number| check(service, ADELE, &format!("wrong {run} {number}"))).collect();
    for reply in answered(service, requests).await {
        reply.problem(422, "credentials-rejected");
    }
}

async fn refused(service: &Service) {
    service.check(ADELE, OLD_PASSWORD).await.problem(422, "credentials-rejected");
}

async fn accepted(service: &Service) {
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
}

/// A response without its date and its request id, which differ from request to request.
fn bare(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    let mut body = reply.json();
    body.as_object_mut().unwrap().remove("requestId").expect("a request id");
    let headers = reply.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
    (reply.status, headers, body)
}

#[service_test]
async fn the_right_password_returns_the_id_and_the_name() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let reply = service.check("ADELE@Contoso.example", OLD_PASSWORD).await.expect(200);
    assert_eq!(reply.json(), json!({"userId": id, "userName": ADELE, "passwordChangeRequired": false}));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    reply.fixed_headers();
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[service_test]
async fn a_password_is_compared_whole_and_in_any_unicode_composition() {
    let service = Service::start(json!({})).await;
    let password = " a phrase with an e\u{301} and spaces ";
    service.create("lena@contoso.example", json!({"passwordProfile": {"password": password}})).await;
    service.check("lena@contoso.example", " a phrase with an \u{e9} and spaces ").await.expect(200);
    for other in [password.trim(), &password.to_uppercase(), &format!("{password} "), ""] {
        service.check("lena@contoso.example", other).await.problem(422, "credentials-rejected");
    }
    let long = format!("{}a", "x".repeat(72));
    service.create("long@contoso.example", json!({"passwordProfile": {"password": long}})).await;
    service.check("long@contoso.example", &format!("{}b", "x".repeat(72))).await.problem(422, "credentials-rejected");
    service.check("long@contoso.example", &long).await.expect(200);
}

#[service_test]
async fn every_refusal_is_the_same_except_for_its_request_id() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("disabled@contoso.example", json!({"accountEnabled": false})).await;
    let body = json!({"userPrincipalName": "bare@contoso.example"});
    service.send(Request::post("/graph/v1.0/users", &body).bearer(&service.admin)).await.expect(201);
    let first = service.check(ADELE, "a wrong password").await;
    first.problem(422, "credentials-rejected");
    wrongs(&service, "lock", 9).await;
    for (name, password) in [
        ("nobody@contoso.example", OLD_PASSWORD),
        ("disabled@contoso.example", OLD_PASSWORD),
        ("disabled@contoso.example", "wrong"),
        ("bare@contoso.example", OLD_PASSWORD),
        ("bare@contoso.example", ""),
        // The account is locked by now.
        (ADELE, OLD_PASSWORD),
        (ADELE, "a wrong password"),
    ] {
        let reply = service.check(name, password).await;
        assert_eq!(bare(&reply), bare(&first), "{name}");
    }
}

#[service_test]
async fn tries_at_an_unknown_name_do_not_lock_a_later_account_of_that_name() {
    let service = Service::start(json!({})).await;
    let name = "later@contoso.example";
    for number in 0..11 {
        service.check(name, &format!("wrong {number}")).await.problem(422, "credentials-rejected");
    }
    // The tries were counted for the unknown name. The new account of that name has its own count.
    service.create(name, json!({})).await;
    service.check(name, OLD_PASSWORD).await.expect(200);
}

#[service_test]
async fn ten_wrong_passwords_in_a_row_lock_and_nine_do_not() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    wrongs(&service, "first", 9).await;
    accepted(&service).await;
    // The right password ended the run: the count is zero.
    wrongs(&service, "second", 9).await;
    accepted(&service).await;
    for number in 0..10 {
        service.check(ADELE, &format!("one after the other {number}")).await.problem(422, "credentials-rejected");
    }
    refused(&service).await;
    // Another account is not affected.
    service.create("lena@contoso.example", json!({})).await;
    service.check("lena@contoso.example", OLD_PASSWORD).await.expect(200);
}

#[service_test]
async fn locks_last_one_two_four_eight_and_then_always_fifteen_minutes() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for (run, minutes) in [1_u64, 2, 4, 8, 15, 15].into_iter().enumerate() {
        wrongs(&service, &run.to_string(), 10).await;
        service.advance(minutes * 60 - 30).await;
        refused(&service).await;
        service.advance(30).await;
    }
    // A token lives for an hour.
    let service = Service { admin: service.application(&["Credentials.Check"]).await, ..service };
    accepted(&service).await;
    // That ended the run: the next lock is the shortest again.
    wrongs(&service, "again", 10).await;
    refused(&service).await;
    service.advance(60).await;
    accepted(&service).await;
}

#[service_test]
async fn tries_during_a_lock_are_not_evaluated_and_do_not_prolong_it() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    wrongs(&service, "lock", 10).await;
    service.advance(30).await;
    wrongs(&service, "during", 30).await;
    refused(&service).await;
    service.advance(30).await;
    // If they had been counted, the account would be locked for two minutes now.
    wrongs(&service, "after", 9).await;
    accepted(&service).await;
}

#[service_test]
async fn a_wrong_password_that_is_repeated_is_counted_once() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for _ in 0..4 {
        for password in ["one of three", "two of three", "three of three"] {
            service.check(ADELE, password).await.problem(422, "credentials-rejected");
        }
    }
    // Three are charged. Six more make nine.
    wrongs(&service, "more", 6).await;
    accepted(&service).await;
    // Only three wrong passwords are remembered, and the fourth pushes the first one out. So these twelve tries of four
    // passwords are more than nine.
    for _ in 0..3 {
        for password in ["one of four", "two of four", "three of four", "four of four"] {
            service.check(ADELE, password).await.problem(422, "credentials-rejected");
        }
    }
    refused(&service).await;
}

#[service_test]
async fn a_refused_password_is_the_right_one_once_it_is_set() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.check(ADELE, NEW_PASSWORD).await.problem(422, "credentials-rejected");
    service.patch(&id, &json!({"passwordProfile": {"password": NEW_PASSWORD}})).await.expect(204);
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
}

#[service_test]
async fn the_right_password_tried_while_disabled_is_right_once_enabled() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.patch(&id, &json!({"accountEnabled": false})).await.expect(204);
    refused(&service).await;
    service.patch(&id, &json!({"accountEnabled": true})).await.expect(204);
    accepted(&service).await;
}

/// How many passwords were found wrong in the current run, including those that led to its locks. Reads the table.
async fn found_wrong(service: &Service) -> Vec<u32> {
    let scan = service.running.client.scan().table_name(service.running.table).consistent_read(true);
    let items = scan.send().await.unwrap().items.unwrap();
    let mut found = Vec::new();
    for row in &items {
        if let (Some(locks), Some(tries)) = (row.get("locks"), row.get("wrong")) {
            let (locks, tries): (u32, u32) =
                (locks.as_n().unwrap().parse().unwrap(), tries.as_n().unwrap().parse().unwrap());
            found.push(locks * 10 + tries);
        }
    }
    found
}

#[service_test]
async fn at_most_ten_of_a_hundred_passwords_at_once_are_evaluated() {
    for round in 0_usize..5 {
        let service = Service::start(json!({})).await;
        service.adele().await;
        let mut requests: Vec<Request> =
            (0..100).map(|number| check(&service, ADELE, &format!("wrong {number}"))).collect();
        requests.insert(9 + 20 * round, check(&service, ADELE, OLD_PASSWORD));
        let replies = answered(&service, requests).await;
        let right = replies.iter().filter(|reply| reply.status == 200).count();
        replies.iter().filter(|reply| reply.status != 200).for_each(|reply| reply.problem(422, "credentials-rejected"));
        assert!(right <= 1, "{right}");
        // Ten wrong passwords and a lock. If the right one was among the first ten, it ended their run, and these ten
        // are the next run.
        assert_eq!(found_wrong(&service).await, [10]);
        refused(&service).await;
        service.advance(60).await;
        accepted(&service).await;
    }
}

/// A verifier that cannot be read, or whose cost is out of bounds, accepts nothing and costs nobody the service.
#[service_test]
async fn an_unreadable_verifier_accepts_nothing() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let key = Key::account(&AccountId::parse(&id).unwrap());
    for hash in [
        "",
        "walrus",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=4294967295,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
    ] {
        let request = service.running.client.update_item().table_name(service.running.table);
        let request = request
            .key(PARTITION, AttributeValue::S(key.partition.clone()))
            .key(SORT, AttributeValue::S(key.sort.clone()))
            .update_expression("SET #password.#hash = :value")
            .expression_attribute_names("#password", "password")
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":value", AttributeValue::S(hash.to_owned()));
        request.send().await.expect("the item is changed");
        // Eight tries in all: ten would lock.
        for password in [OLD_PASSWORD, hash] {
            let reply = service.check(ADELE, password).await;
            reply.problem(503, "unavailable");
            assert!(reply.header("retry-after").is_some());
        }
    }
    service.create("lena@contoso.example", json!({})).await;
    service.check("lena@contoso.example", OLD_PASSWORD).await.expect(200);
}

#[service_test]
async fn a_completed_reset_ends_the_lock() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    wrongs(&service, "lock", 10).await;
    refused(&service).await;
    service.reset_by_sms(NEW_PASSWORD).await;
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
    refused(&service).await;
}

#[service_test]
async fn guesses_at_codes_do_not_count_as_wrong_passwords() {
    let service = Service::start(json!({"triesPerCode": 10})).await;
    service.adele().await;
    let (begun, code) = service.begin_by_sms().await;
    for _ in 0..12 {
        service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
    }
    service.verify(&begun.id, &code).await.problem(422, "code-rejected");
    accepted(&service).await;
    wrongs(&service, "nine", 9).await;
    accepted(&service).await;
}

#[service_test]
async fn only_an_application_with_the_permission_checks_passwords() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let body = json!({"userName": ADELE, "password": OLD_PASSWORD});
    let ask = |token: &str| Request::post("/v1/credentials/verifications", &body).bearer(token);
    for permissions in [&["User.ReadWrite.All"][..], &["x Credentials.Check"], &["Credentials.Check.All"], &[]] {
        let token = service.application(permissions).await;
        service.send(ask(&token)).await.problem(403, "forbidden");
    }
    service.send(ask(&service.user(ADELE).await)).await.problem(403, "forbidden");
    let reply = service.send(Request::post("/v1/credentials/verifications", &body)).await;
    reply.problem(401, "unauthenticated");
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    service.send(ask(&service.application(&["Credentials.Check"]).await)).await.expect(200);
    let reply = service.send(Request::get("/v1/credentials/verifications").bearer(&service.admin)).await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), Some("POST"));
}

#[service_test]
async fn malformed_requests_are_refused_and_not_counted() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for body in [
        json!({}),
        json!({"userName": ADELE}),
        json!({"password": OLD_PASSWORD}),
        json!({"userName": [ADELE], "password": OLD_PASSWORD}),
        json!({"userName": ADELE, "password": 1}),
        json!({"userName": ADELE, "password": null}),
        json!({"userName": ADELE, "password": {"$gt": ""}}),
        json!({"userName": "adele", "password": OLD_PASSWORD}),
        json!({"userName": ADELE, "password": OLD_PASSWORD, "attempts": 0}),
    ] {
        for _ in 0..2 {
            let request = Request::post("/v1/credentials/verifications", &body).bearer(&service.admin);
            service.send(request).await.problem(400, "malformed");
        }
    }
    accepted(&service).await;
}

#[service_test]
async fn many_right_passwords_at_once_are_all_accepted() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let body = json!({"userName": ADELE, "password": crate::support::service::OLD_PASSWORD});
    let request = Request::post("/v1/credentials/verifications", &body).bearer(&service.admin);
    let replies = answered(&service, vec![request; 40]).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200; 40]);
    accepted(&service).await;
}
