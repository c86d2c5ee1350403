//! Times of the handlers alone: without the table's client, the gateway, and the fixed times of responses.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use hyper::header::CONTENT_TYPE;
use hyper::http::HeaderValue;
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use shared::credentials::key::{CodeKeys, IdempotencyKeys, Keyring, PhoneKeys};
use shared::credentials::password::{Password, Pepper, Peppers, SALT_BYTES, hash};
use shared::http::{Request, Response};
use shared::ports::store::Settings;
use shared::testing::samples::{START, name_keys, policy, sender};
use shared::testing::{CountingRandom, FixedClock, MemoryStore};
use shared::use_cases::begin_reset::BeginReset;
use shared::use_cases::context::Context;
use shared::use_cases::verify_code::VerifyCode;

use crate::support::service::NEW_PASSWORD;

/// How many requests of each kind are measured.
const REQUESTS: u32 = 2_000;
/// How many hashes are measured.
const HASHES: usize = 50;

/// Prints the median time of each kind of request. A request by phone is the one that reads a numbering plan.
pub(crate) async fn print() {
    let store = MemoryStore::new();
    store.put_policy(&policy()).await.unwrap();
    let keys = || Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap();
    let begins = BeginReset {
        context: Context::new(store, Arc::new(FixedClock::new(START)), Arc::new(CountingRandom::new(1))),
        names: name_keys(&[1]),
        phones: PhoneKeys(keys()),
        codes: CodeKeys(keys()),
        idempotency: IdempotencyKeys(keys()),
        sender: sender(),
        sign_in: None,
    };
    println!("\n{:<28} {:>10}", "handler without the store", "median µs");
    let mut ids = Vec::new();
    for method in ["email", "mobileSms"] {
        let begun = measure(method, StatusCode::ACCEPTED, async |number| {
            let name = format!("user{number}@contoso.example");
            let mut body = json!({"userName": name, "method": method});
            if method == "mobileSms" {
                body["phoneNumber"] = json!("+1 4255550100");
            }
            begin_reset::handle(&begins, request("/v1/resets", &body, number)).await
        });
        ids = begun.await;
    }
    let verifies = VerifyCode {
        context: begins.context,
        codes: CodeKeys(keys()),
        peppers: Peppers::new(Pepper::parse(1, &[7; 32]).unwrap(), Vec::new()).unwrap(),
        idempotency: IdempotencyKeys(keys()),
    };
    let ids: Vec<_> = ids.iter().map(|body| body["resetId"].as_str().unwrap()).collect();
    let _ = measure("a wrong code", StatusCode::UNPROCESSABLE_ENTITY, async |number| {
        let path = format!("/v1/resets/{}/verifications", ids[number as usize]);
        verify_code::handle(&verifies, request(&path, &json!({"code": "00000000"}), number)).await
    })
    .await;
}

/// Prints the median time of a hash, to compare with that of the reference implementation on the same machine.
pub(crate) fn print_hash() {
    let pepper = Pepper::parse(1, &[7; 32]).unwrap();
    let password = Password::parse(NEW_PASSWORD).unwrap();
    let mut times = Vec::new();
    for _ in 0..HASHES {
        let began = Instant::now();
        hash(&password, &pepper, [7; SALT_BYTES]).unwrap();
        times.push(began.elapsed());
    }
    times.sort();
    println!("{:<28} {:>10}", "Argon2id hash", times[times.len() / 2].as_micros());
}

/// Times a handler, prints the median, and returns the bodies of the responses.
async fn measure(name: &str, status: StatusCode, handle: impl AsyncFn(u32) -> Response) -> Vec<Value> {
    let mut times = Vec::new();
    let mut bodies = Vec::new();
    for number in 0..REQUESTS {
        let began = Instant::now();
        let response = handle(number).await;
        times.push(began.elapsed());
        assert_eq!(response.status(), status);
        bodies.push(serde_json::from_slice(response.body()).unwrap());
    }
    times.sort();
    println!("{name:<28} {:>10}", times[times.len() / 2].as_micros());
    bodies
}

/// A request whose sender has a network of its own.
fn request(path: &str, body: &Value, number: u32) -> Request {
    Request {
        method: Method::POST,
        path: path.to_owned(),
        query: Vec::new(),
        headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
        body: body.to_string().into_bytes(),
        source: IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 | number << 8)),
    }
}
