//! Checking a password, right or wrong. It is charged before it is compared, and never twice.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws::table::{Key, PARTITION, SORT};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use shared::account::Owner;
use shared::random::AccountId;

use super::sweep::{Flow, sweep};
use super::{NAME, World};
use crate::support::service::OLD_PASSWORD;
use crate::support::{Reply, Request};

/// A check of a password, right or wrong, with its expected status.
struct Check {
    password: &'static str,
    status: u16,
}

/// How many tries the table counts against the account: wrong ones, and those with an unknown outcome.
async fn tries(world: &World) -> usize {
    let key = Key::lockout(&Owner::Account(AccountId::parse(&world.id).unwrap()));
    let running = &world.service.running;
    let request = running.client.get_item().table_name(running.table);
    let request = request.key(PARTITION, AttributeValue::S(key.partition)).key(SORT, AttributeValue::S(key.sort));
    let Some(row) = request.send().await.unwrap().item else { return 0 };
    let wrong: usize = row["wrong"].as_n().unwrap().parse().unwrap();
    wrong + row["pending"].as_l().unwrap().len()
}

impl Flow for Check {
    /// How often the request was sent.
    type Subject = AtomicUsize;
    const FUNCTION: &'static str = "check-password";
    const PASSWORD: bool = true;
    const ALREADY: Option<(u16, &'static str)> = None;
    const CHANGES: bool = false;

    async fn prepare(&self, _: &World) -> AtomicUsize {
        AtomicUsize::new(0)
    }

    fn request(&self, world: &World, sent: &AtomicUsize) -> Request {
        sent.fetch_add(1, Ordering::SeqCst);
        let body = json!({"userName": NAME, "password": self.password});
        Request::post("/v1/credentials/verifications", &body).bearer(&world.service.admin)
    }

    fn is_right(&self, reply: &Reply) -> bool {
        reply.status == self.status && (self.status == 200 || reply.json()["code"] == "credentials-rejected")
    }

    /// Only charges a try, so nothing counts as done. Asserts at most one charge for each time the request was sent.
    async fn is_done(&self, world: &World, sent: &AtomicUsize, when: &str) -> bool {
        let (tries, sent) = (tries(world).await, sent.load(Ordering::SeqCst));
        assert!(tries <= sent, "{when}: {tries} tries of {sent}");
        false
    }

    async fn afterwards(&self, world: &World, sent: &AtomicUsize, _: Option<&Reply>, when: &str) {
        if sent.load(Ordering::SeqCst) == 1 {
            assert_eq!(tries(world).await, usize::from(self.status != 200), "{when}");
        }
    }
}

#[service_test]
async fn a_right_password_is_accepted_or_nothing_is_revealed() {
    sweep(&Check { password: OLD_PASSWORD, status: 200 }).await;
}

#[service_test]
async fn a_wrong_password_is_never_accepted_and_charged_once() {
    sweep(&Check { password: "quite another long password", status: 422 }).await;
}
