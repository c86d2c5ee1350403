//! Strangers flood the owner's name from other networks. The owner completes a reset meanwhile.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use super::{NAME, generous};
use crate::support::client::together;
use crate::support::service::{NEW_PASSWORD, begin, complete, digits, verify};
use crate::support::{Request, Service};

/// How many resets the strangers have begun, each from a network of its own. They do not know her phone number, so
/// nothing was sent for them, and guesses there are not hers.
const RESETS: u8 = 20;
/// How many requests the strangers send at once.
const AT_ONCE: usize = 100;
/// A number that is not on file.
const WRONG_PHONE: Option<&str> = Some("+1 4255550199");

/// Guesses, orders, passwords and further begins, from the networks of the strangers.
fn requests(ids: &[String]) -> Vec<Request> {
    let order = json!({"method": "mobileSms", "phoneNumber": "+1 4255550199"});
    let request = |at: usize| {
        let (id, last) = (&ids[at % ids.len()], 20 + u8::try_from(at % ids.len()).unwrap());
        let request = match at / ids.len() % 4 {
            0 => verify(id, "12345678"),
            1 => Request::post(&format!("/v1/resets/{id}/codes"), &order),
            2 => complete(id, "not the token", NEW_PASSWORD),
            _ => begin(NAME, "mobileSms", WRONG_PHONE),
        };
        request.from(last)
    };
    (0..AT_ONCE).map(request).collect()
}

#[service_test]
async fn an_owner_completes_a_reset_through_a_flood() {
    let service = Service::start(generous(&json!({}))).await;
    service.adele().await;
    let mut ids = Vec::new();
    for last in 20..20 + RESETS {
        ids.push(service.begin_with(begin(NAME, "mobileSms", WRONG_PHONE).from(last)).await.id);
    }
    let (done, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let flood = async {
        while !done.load(Ordering::Relaxed) {
            for reply in together(requests(&ids), service.address()).await {
                assert!([202, 422, 429, 503].contains(&reply.status), "{}: {}", reply.status, reply.json());
            }
            rounds.fetch_add(1, Ordering::Relaxed);
        }
    };
    // Each of her steps is answered as if she were alone.
    let owner = async {
        for password in [NEW_PASSWORD, "another walrus plays the flute"] {
            let (begun, message) = service.begin_by_email().await;
            service.verify(&begun.id, "00000000").await.problem(422, "code-rejected");
            let token = service.verify(&begun.id, &digits(&message)).await.expect(200).text("resetToken");
            service.complete(&begun.id, &token, password).await.expect(204);
            service.check(NAME, password).await.expect(200);
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(flood, owner);
    assert!(rounds.load(Ordering::Relaxed) > 0, "nobody flooded her name meanwhile");
}
