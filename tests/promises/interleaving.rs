//! What happens when something else changes the account between any two requests of a flow: the flow was wholly before
//! it, or is refused.

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
/// The key of held requests.
const KEY: &str = "a-key-of-sixteen-or-more";
/// Where a request is that was never held: it was answered, and something else happened then.
const ENDED: &str = "nothing: it has ended";

/// A service with Adele in it, whose requests to the table can be held up.
struct World {
    service: Service,
    pause_point: Arc<PausePoint>,
    id: String,
}

/// A request that was held before one of its own to the table, while something else happened.
struct Met<T> {
    /// Before which one, as what and of which number.
    at: String,
    /// What was told of the other thing.
    other: T,
    /// The answer to what was held.
    reply: Reply,
}

impl<T> Met<T> {
    /// Whether it was answered before the other thing began.
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

    /// Creates Adele; making a password takes longer than all else here.
    async fn create(service: &Service, password: bool) -> String {
        // The primary address hears of everything, because it proves no reset.
        let mut adele = json!({"userPrincipalName": NAME, "mail": NAME, "mobilePhone": MOBILE, "otherMails": [MAIL]});
        if password {
            adele["passwordProfile"] = json!({"password": OLD_PASSWORD});
        }
        let made = Request::post("/graph/v1.0/users", &adele).bearer(&service.admin);
        service.send(made).await.expect(201).text("id")
    }

    /// Sends a request, and lets something else happen from beginning to end before the `at`-th request of the function
    /// that answers it; where it has fewer, after it.
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

    /// An administrator's request.
    async fn administer(&self, method: &str, target: &str, body: &Value) -> Reply {
        self.service.send(Request::new(method, target).json(body).bearer(&self.service.admin)).await
    }

    /// Changes properties of Adele's.
    async fn patch(&self, body: &Value) {
        self.administer("PATCH", &self.user(), body).await.expect(204);
    }

    /// What the audit holds of Adele: how many records of an activity.
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
        for _ in 0..2 {
            self.service.running.settled().await;
        }
    }

    /// A reset that was begun by SMS or email, and the last message to its destination.
    async fn begun(&self, method: &str) -> (String, Value) {
        let (phone, to) = if method == "email" { (None, MAIL) } else { (Some(MOBILE), MOBILE_E164) };
        let begun = self.service.begin(NAME, method, phone).await;
        let messages = self.service.outbox(to).await;
        let message = messages.iter().rfind(|message| message["reference"] != "").expect("a code").clone();
        (begun.id, message)
    }

    /// A reset that was proved: its id, and its token.
    async fn granted(&self, method: &str) -> (String, String) {
        let (reset, message) = self.begun(method).await;
        let token = self.service.verify(&reset, &digits(&message)).await.expect(200).text("resetToken");
        (reset, token)
    }
}
