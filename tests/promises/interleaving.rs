//! Something else changes the account between any two requests of a flow. The flow takes effect wholly before the
//! change, or is refused.

mod complete;
mod deliver;
mod pause_point;
mod register;
mod verify;

use std::sync::Arc;

use local::Options;
use serde_json::{Value, json};
use shared::time::{Clock, DAY};

use crate::support::service::{OLD_PASSWORD, digits};
use crate::support::{Reply, Request, Service};
use pause_point::PausePoint;

const NAME: &str = "adele@contoso.example";
const MOBILE: &str = "+1 4255550100";
const MOBILE_E164: &str = "+14255550100";
const MAIL: &str = "adele.vance@example.org";
/// The idempotency key of paused requests.
const KEY: &str = "a-key-of-sixteen-or-more";
/// The place of a request that was never paused: the other action ran after its response.
const ENDED: &str = "nothing: it has ended";

/// A service with Adele in it, whose requests to the table can be paused.
struct World {
    service: Service,
    pause_point: Arc<PausePoint>,
    id: String,
}

/// A request that was paused before one of its own requests to the table, while something else happened.
struct Met<T> {
    /// The request to the table that was paused: its operation with the kinds of its items, and its number.
    at: String,
    /// The result of the other action.
    other: T,
    /// The response to the paused request.
    reply: Reply,
}

impl<T> Met<T> {
    /// Whether the response came before the other action began.
    fn was_done(&self) -> bool {
        self.at == ENDED
    }
}

impl World {
    async fn start(changes: Value, password: bool) -> Self {
        let mut policy = json!({"sends": [{"count": 100, "seconds": 3600}]});
        policy.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let pause_point = Arc::new(PausePoint::default());
        let options =
            Options { policy_members: Some(policy), interceptor: Some(pause_point.clone()), ..Options::default() };
        let service = Service::with(&options).await;
        let id = Self::create(&service, password).await;
        service.running.settled().await;
        Self { service, pause_point, id }
    }

    /// Creates Adele, with a password only on request: hashing it takes longer than everything else here.
    async fn create(service: &Service, password: bool) -> String {
        // The primary address gets every notice, because it proves no reset.
        let mut adele = json!({"userPrincipalName": NAME, "mail": NAME, "mobilePhone": MOBILE, "otherMails": [MAIL]});
        if password {
            adele["passwordProfile"] = json!({"password": OLD_PASSWORD});
        }
        let made = Request::post("/graph/v1.0/users", &adele).bearer(&service.admin);
        service.send(made).await.expect(201).text("id")
    }

    /// Sends a request and runs the other action, from start to end, before the `at`-th request to the table of the
    /// function that handles it. If there are fewer, the other action runs after the response.
    async fn meet<T>(
        &self,
        function: &'static str,
        at: usize,
        request: Request,
        other: impl AsyncFnOnce() -> T,
    ) -> Met<T> {
        let (mut reached, release) = self.pause_point.arm(function, at);
        let address = self.service.address();
        let mut sent = tokio::spawn(async move { request.send(address).await });
        let at = tokio::select! {
            at = &mut reached => at.unwrap(),
            reply = &mut sent => {
                let reply = reply.unwrap();
                self.pause_point.disarm();
                return Met { at: ENDED.to_owned(), other: other().await, reply };
            }
        };
        let other = other().await;
        release.send(()).unwrap();
        Met { at, other, reply: sent.await.unwrap() }
    }

    fn user(&self) -> String {
        format!("/graph/v1.0/users/{}", self.id)
    }

    /// Sends an administrator's request.
    async fn administer(&self, method: &str, target: &str, body: &Value) -> Reply {
        self.service.send(Request::new(method, target).json(body).bearer(&self.service.admin)).await
    }

    /// Changes properties of Adele.
    async fn patch(&self, body: &Value) {
        self.administer("PATCH", &self.user(), body).await.expect(204);
    }

    /// How many records of an activity the audit holds.
    async fn audited(&self, activity: &str) -> usize {
        let token = self.service.application(&["AuditLog.Read.All"]).await;
        let since = self.service.running.clock.now().minus(DAY).day();
        let target = format!("/graph/v1.0/auditLogs/directoryAudits?$filter=activityDateTime%20ge%20{since}");
        let body = self.service.send(Request::get(&target).bearer(&token)).await.expect(200).json();
        let records = body["value"].as_array().unwrap();
        records.iter().filter(|record| record["activityDisplayName"] == activity).count()
    }

    /// How many notices with these words in their subject went to Adele's primary address.
    async fn notified(&self, subject: &str) -> usize {
        self.settle().await;
        let messages = self.service.outbox(NAME).await;
        messages.iter().filter(|message| message["subject"].as_str().unwrap().ends_with(subject)).count()
    }

    async fn settle(&self) {
        self.service.settle().await;
    }

    /// Begins a reset by SMS or email. Returns its id, and the last message with a code to its destination.
    async fn begun(&self, method: &str) -> (String, Value) {
        let (phone, to) = if method == "email" { (None, MAIL) } else { (Some(MOBILE), MOBILE_E164) };
        let begun = self.service.begin(NAME, method, phone).await;
        let messages = self.service.outbox(to).await;
        let message = messages.iter().rfind(|message| message["reference"] != "").expect("a code").clone();
        (begun.id, message)
    }

    /// Proves a reset. Returns its id and its token.
    async fn granted(&self, method: &str) -> (String, String) {
        let (reset, message) = self.begun(method).await;
        let token = self.service.verify(&reset, &digits(&message)).await.expect(200).text("resetToken");
        (reset, token)
    }
}
