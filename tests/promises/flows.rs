//! Flows over several routes: what must hold if their steps are mixed, repeated, forged or raced.

mod entry_points;
mod flood;
mod limits;
mod mixing;
mod races;
mod requests_to_one_reset;
mod tokens;

use std::collections::{BTreeMap, HashMap};

use aws::table::{PARTITION, SORT};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::support::service::digits;
use crate::support::{Request, Service};

const NAME: &str = "adele@contoso.example";
const LENA: &str = "lena@contoso.example";
const LENAS_MAIL: &str = "lena@example.org";
const POLICY: &str = "/graph/v1.0/policies/passwordReset";

/// A policy whose limits stop nobody here. `changes` replace its members.
fn generous(changes: &Value) -> Value {
    let mut policy = json!({
        "sends": [{"count": 100, "seconds": 3600}],
        "beginsPerSource": {"count": 10_000}, "beginsPerSourceAndName": {"count": 1000}
    });
    policy.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    policy
}

/// Creates Lena, with a mail address of her own.
async fn lena(service: &Service) -> String {
    service.create(LENA, json!({"otherMails": [LENAS_MAIL], "mobilePhone": "+1 4255550150"})).await
}

/// Begins a reset by email, and returns its id with the code sent to the address.
async fn mailed(service: &Service, name: &str, address: &str) -> (String, String) {
    let begun = service.begin(name, "email", None).await;
    let messages = service.outbox(address).await;
    let message = messages.iter().rfind(|message| message["reference"] != "").expect("a code");
    (begun.id, digits(message))
}

/// Proves a reset by email, and returns its id and its token.
async fn granted(service: &Service, name: &str, address: &str) -> (String, String) {
    let (id, code) = mailed(service, name, address).await;
    let token = service.verify(&id, &code).await.expect(200).text("resetToken");
    (id, token)
}

/// Changes the policy, and lets every function read it.
async fn change_policy(service: &Service, changes: &Value) {
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    service.send(Request::new("PATCH", POLICY).json(changes).bearer(&token)).await.expect(204);
    service.advance(60).await;
}

/// An item of the table.
type Item = HashMap<String, AttributeValue>;

/// Every item of the table, by its key.
async fn table(service: &Service) -> BTreeMap<String, Item> {
    for _ in 0..6 {
        service.running.settled().await;
    }
    let page = service.running.client.scan().table_name(service.running.table).send().await.unwrap();
    assert!(page.last_evaluated_key.is_none(), "one page holds it all");
    let items = page.items.unwrap_or_default();
    items.into_iter().map(|item| (format!("{:?} {:?}", item[PARTITION], item[SORT]), item)).collect()
}
