//! Faults of the table during whole flows: every kind of fault at every request. Nothing wrong is accepted, nothing is
//! left half done, and the same request again ends where one without a fault would have.

mod administration;
mod begin;
mod check;
mod complete;
mod deliver;
mod injector;
mod register;
mod sweep;
mod verify;

use std::sync::Arc;

use local::Options;
use serde_json::{Value, json};
use shared::time::{Clock, DAY};

use crate::support::service::OLD_PASSWORD;
use crate::support::{Request, Service};
use injector::FaultInjector;

pub(crate) use injector::what;

const NAME: &str = "adele@contoso.example";
const MOBILE: &str = "+1 4255550100";
const MOBILE_E164: &str = "+14255550100";
const MAIL: &str = "adele.vance@example.org";
/// The idempotency key of the requests that take one.
const KEY: &str = "a-key-of-sixteen-or-more";

/// A service with Adele in it, whose requests to the table fail if a test says so.
struct World {
    service: Service,
    injector: Arc<FaultInjector>,
    /// Adele's account id.
    id: String,
    /// A token that reads the audit.
    auditor: String,
}

impl World {
    async fn start(policy: Value, password: bool) -> Self {
        let injector = Arc::new(FaultInjector::default());
        let options =
            Options { policy_members: Some(policy), interceptor: Some(injector.clone()), ..Options::default() };
        let service = Service::with(&options).await;
        let mut adele = json!({"userPrincipalName": NAME, "mobilePhone": MOBILE, "otherMails": [MAIL]});
        if password {
            adele["passwordProfile"] = json!({"password": OLD_PASSWORD});
        }
        let made = Request::post("/graph/v1.0/users", &adele).bearer(&service.admin);
        let id = service.send(made).await.expect(201).text("id");
        let auditor = service.application(&["AuditLog.Read.All"]).await;
        // Waits for the worker's first look for notices, which is not part of the test.
        service.running.settled().await;
        Self { service, injector, id, auditor }
    }
}

/// How many records of an activity the audit holds; with a reason, only those that have it.
async fn audited(world: &World, activity: &str, reason: Option<&str>) -> usize {
    let World { service, auditor, .. } = world;
    let since = service.running.clock.now().minus(DAY).day();
    let target = format!("/graph/v1.0/auditLogs/directoryAudits?$filter=activityDateTime%20ge%20{since}");
    let body = service.send(Request::get(&target).bearer(auditor)).await.expect(200).json();
    let records = body["value"].as_array().unwrap();
    let counts = |record: &&Value| {
        record["activityDisplayName"] == activity && reason.is_none_or(|reason| record["resultReason"] == reason)
    };
    records.iter().filter(counts).count()
}

/// How many messages went to a destination: those with a code, and notices.
async fn sent(service: &Service, to: &str) -> (usize, usize) {
    service.settle().await;
    let messages = service.outbox(to).await;
    let codes = messages.iter().filter(|message| message["reference"] != "").count();
    (codes, messages.len() - codes)
}
