//! A job that fails every time and many jobs for nobody: the code of the next person is sent all the same.

use std::sync::{Arc, Mutex};

use local::{Interception, Interceptor, NetworkFault, Options, Sent};
use serde_json::json;

use super::limits::many_begins;
use super::{ADELE, MAIL, sent};
use crate::support::client::together;
use crate::support::service::{Service, begin, digits};

const BOB: &str = "bob@contoso.example";
const BOBS_MAIL: &str = "bob@example.org";
/// How many jobs are for names that nobody has.
const FLOOD: usize = 200;
/// Characters of a reset's id.
const ID: usize = 22;

/// Fails every request of the worker about the first reset that it sees while armed.
#[derive(Debug, Default)]
struct Poison(Mutex<Poisoned>);

#[derive(Debug, Default)]
struct Poisoned {
    armed: bool,
    reset: Option<String>,
    failed: usize,
}

impl Poison {
    fn arm(&self, armed: bool) {
        self.0.lock().unwrap().armed = armed;
    }

    fn failed(&self) -> usize {
        self.0.lock().unwrap().failed
    }
}

impl Poisoned {
    fn pass(&mut self, sent: &Sent) -> NetworkFault {
        let body = String::from_utf8_lossy(&sent.body);
        if !self.armed || sent.function != "deliver-code" {
            return NetworkFault::Through;
        }
        if self.reset.is_none() {
            self.reset = body.split_once("RESET#").map(|(_, rest)| rest.chars().take(ID).collect());
        }
        if self.reset.as_ref().is_none_or(|reset| !body.contains(reset.as_str())) {
            return NetworkFault::Through;
        }
        self.failed += 1;
        NetworkFault::Failed
    }
}

impl Interceptor for Poison {
    fn passes(&self, sent: Sent) -> Interception {
        let fault = self.0.lock().unwrap().pass(&sent);
        Box::pin(async move { fault })
    }
}

#[service_test]
async fn a_job_that_always_fails_and_a_flood_of_jobs_keep_nobodys_code_back() {
    let poison = Arc::new(Poison::default());
    let options =
        Options { policy_members: Some(many_begins()), interceptor: Some(poison.clone()), ..Options::default() };
    let service = Service::with(&options).await;
    service.adele().await;
    service.create(BOB, json!({"otherMails": [BOBS_MAIL]})).await;
    service.running.settled().await;

    poison.arm(true);
    service.begin(BOB, "email", None).await;
    service.running.settled().await;
    assert!(poison.failed() > 0, "his job failed");
    let flood = (0..FLOOD).map(|number| begin(&format!("nobody{number}@contoso.example"), "email", None)).collect();
    for reply in together(flood, service.address()).await {
        reply.expect(202);
    }
    let begun = service.begin(ADELE, "email", None).await;
    assert_eq!(sent(&service, MAIL).await, 1);
    assert_eq!(service.messages().await.len(), 1, "and nobody else got one");
    let code = digits(&service.outbox(MAIL).await[0]);
    service.verify(&begun.id, &code).await.expect(200);

    // Once its requests no longer fail, his job is done, too.
    poison.arm(false);
    service.advance(31).await;
    assert_eq!(sent(&service, BOBS_MAIL).await, 1);
}
