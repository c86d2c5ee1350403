//! How many requests each function sends to the table, and what a whole reset uses of it. A response cannot leak what
//! its function never reads.

use std::collections::BTreeMap;

use local::Usage;
use serde_json::json;

use crate::support::client::Request;
use crate::support::service::{NEW_PASSWORD, OLD_PASSWORD, Service, begin, digits, long_code, wrong};

const ADELE: &str = "adele@contoso.example";
const MOBILE: &str = "+1 4255550100";

/// Counts the requests of each function during one step. Functions without requests are left out.
struct Meter {
    before: BTreeMap<&'static str, u64>,
}

impl Meter {
    async fn start(service: &Service) -> Self {
        // The rest of the worker's work must not be counted with the next step.
        service.settle().await;
        Self { before: service.running.counts() }
    }

    /// Requests since the start, except those in the background: of the worker and the local service.
    fn read(self, service: &Service) -> Vec<(&'static str, u64)> {
        let spent = |(name, count): (&'static str, u64)| (name, count - self.before.get(name).copied().unwrap_or(0));
        let behind = ["deliver-code", "local"];
        let counts = service.running.counts().into_iter().map(spent);
        counts.filter(|(name, count)| *count > 0 && !behind.contains(name)).collect()
    }
}

/// A service whose functions have already read the policy, which they do once a minute.
async fn warm() -> Service {
    let service = Service::start(json!({"sends": [{"count": 100, "seconds": 3600}]})).await;
    service.adele().await;
    let begun = service.begin("nobody@contoso.example", "email", None).await;
    service.verify(&begun.id, "12345678").await.problem(422, "code-rejected");
    let (begun, message) = service.begin_by_email().await;
    let token = service.verify(&begun.id, &digits(&message)).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, "short").await.problem(422, "password-rejected");
    service.check(ADELE, OLD_PASSWORD).await.expect(200);
    service
}

#[service_test]
async fn beginning_is_one_write_for_known_and_unknown_names() {
    let service = warm().await;
    let off = json!({"accountEnabled": false, "mobilePhone": "+1 4255550140", "otherMails": ["dora@example.org"]});
    service.create("dora@contoso.example", off).await;
    service.create("emil@contoso.example", json!({})).await;
    for (name, method, phone) in [
        (ADELE, "mobileSms", Some(MOBILE)),
        (ADELE, "mobileSms", Some("+1 4255550199")),
        (ADELE, "email", None),
        ("dora@contoso.example", "email", None),
        ("emil@contoso.example", "email", None),
        ("nobody@contoso.example", "email", None),
        ("nobody@contoso.example", "mobileSms", Some(MOBILE)),
    ] {
        for key in [None, Some(format!("{name}-{method}-{}", phone.unwrap_or("no-phone").replace([' ', '+'], "")))] {
            let meter = Meter::start(&service).await;
            let request = begin(name, method, phone);
            let request = match &key {
                Some(key) => request.key(key),
                None => request,
            };
            service.send(request).await.expect(202);
            assert_eq!(meter.read(&service), [("begin-reset", 1)], "{name} {method} {key:?}");
        }
    }
}

#[service_test]
async fn the_policy_is_read_once_a_minute() {
    let service = Service::start(json!({})).await;
    for expected in [2, 1, 1] {
        let meter = Meter::start(&service).await;
        service.begin("nobody@contoso.example", "email", None).await;
        assert_eq!(meter.read(&service), [("begin-reset", expected)]);
    }
    service.advance(61).await;
    let meter = Meter::start(&service).await;
    service.begin("nobody@contoso.example", "email", None).await;
    assert_eq!(meter.read(&service), [("begin-reset", 2)]);
}

#[service_test]
async fn malformed_requests_cost_nothing() {
    let service = warm().await;
    let unreadable = [
        Request::post("/v1/resets", &json!({"userName": "a b", "method": "email"})),
        Request::post("/v1/resets", &json!({"userName": ADELE, "method": "pigeon"})),
        Request::post("/v1/resets", &json!({"userName": ADELE, "method": "mobileSms"})),
        Request::post("/v1/resets", &json!({"userName": ADELE, "method": "mobileSms", "phoneNumber": "911"})),
        Request::post("/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/verifications", &json!({"code": "12345"})),
        Request::post("/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/verifications", &json!({"code": "abc"})),
        Request::post("/v1/resets/AAAAAAAAAAAAAAAAAAAAAA/password", &json!({"resetToken": "x"})),
    ];
    for request in unreadable {
        let meter = Meter::start(&service).await;
        service.send(request).await.problem(400, "malformed");
        assert_eq!(meter.read(&service), []);
    }
}

/// The status of one verification, and the requests that it costs.
async fn verification(service: &Service, id: &str, code: &str) -> (u16, Vec<(&'static str, u64)>) {
    let meter = Meter::start(service).await;
    let status = service.verify(id, code).await.status;
    (status, meter.read(service))
}

#[service_test]
async fn until_a_code_matches_verifying_costs_the_same_for_known_and_unknown_names() {
    let service = warm().await;
    let (known, code) = service.begin_by_sms().await;
    let unproved = service.begin(ADELE, "mobileSms", Some("+1 4255550199")).await;
    let unknown = service.begin("nobody@contoso.example", "mobileSms", Some(MOBILE)).await;
    for tries in 1..=4 {
        for (name, id) in [("known", &known.id), ("unproved", &unproved.id), ("unknown", &unknown.id)] {
            let spent = verification(&service, id, &wrong(&code)).await;
            assert_eq!(spent, (422, vec![("verify-code", 2)]), "{name}, try {tries}");
        }
    }
    let right = verification(&service, &known.id, &code).await;
    assert_eq!(right, (200, vec![("verify-code", 3)]));
    let used = verification(&service, &known.id, &code).await;
    verification(&service, &unknown.id, &code).await;
    let spent = verification(&service, &unknown.id, &code).await;
    assert_eq!(used, spent, "a used reset costs as much as one that is out of tries");
    assert_eq!(used, (422, vec![("verify-code", 1)]));
    let (reset, unheard_of) = ("AAAAAAAAAAAAAAAAAAAAAA", (422, vec![("verify-code", 1)]));
    assert_eq!(verification(&service, reset, &code).await, unheard_of);
}

#[service_test]
async fn an_expired_code_costs_as_much_as_a_wrong_one() {
    let service = warm().await;
    let (known, code) = service.begin_by_sms().await;
    let unknown = service.begin("nobody@contoso.example", "mobileSms", Some(MOBILE)).await;
    service.advance(301).await;
    // Reads the policy again, because its minute is over.
    service.verify("AAAAAAAAAAAAAAAAAAAAAA", &code).await.problem(422, "code-rejected");
    for id in [&known.id, &unknown.id] {
        // The first request of a later minute opens a new window of the reset's requests.
        assert_eq!(verification(&service, id, &code).await, (422, vec![("verify-code", 3)]));
        assert_eq!(verification(&service, id, &code).await, (422, vec![("verify-code", 2)]));
    }
}

#[service_test]
async fn a_spent_budget_costs_the_same_for_a_right_and_a_wrong_code() {
    let service = warm().await;
    let mut last = String::new();
    for _ in 0..2 {
        let (begun, code) = service.begin_by_sms().await;
        for _ in 0..4 {
            service.verify(&begun.id, &wrong(&code)).await.problem(422, "code-rejected");
        }
    }
    // Nine of ten guesses are charged by now, the first of them by `warm`.
    let (live, code) = service.begin_by_sms().await;
    service.verify(&live.id, &wrong(&code)).await.problem(422, "code-rejected");
    for guess in [&code, &wrong(&code)] {
        let spent = verification(&service, &live.id, guess).await;
        assert_eq!(spent, (422, vec![("verify-code", 2)]));
        last.clone_from(guess);
    }
    let unknown = service.begin("nobody@contoso.example", "mobileSms", Some(MOBILE)).await;
    assert_eq!(verification(&service, &unknown.id, &last).await, (422, vec![("verify-code", 2)]));
}

#[service_test]
async fn until_a_long_code_matches_it_costs_the_same_for_known_and_unknown_names() {
    let service = warm().await;
    let (known, message) = service.begin_by_email().await;
    let unknown = service.begin("nobody@contoso.example", "email", None).await;
    // A reset without an account is read again for a moment after it began, because the worker may still link one.
    service.advance(2).await;
    let long = long_code(&message);
    let other = long.replace(&long[..5], if &long[..5] == "00000" { "11111" } else { "00000" });
    for id in [&known.id, &unknown.id] {
        assert_eq!(verification(&service, id, &other).await, (422, vec![("verify-code", 3)]));
    }
    assert_eq!(verification(&service, &known.id, &long).await, (200, vec![("verify-code", 4)]));
}

#[service_test]
async fn setting_a_password_takes_two_requests() {
    let service = warm().await;
    let (begun, code) = service.begin_by_sms().await;
    let token = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    for (token, password, status, most) in [
        ("not the token", NEW_PASSWORD, 422, 2),
        (&token, "short", 422, 3),
        (&token, NEW_PASSWORD, 204, 2),
        (&token, NEW_PASSWORD, 422, 2),
    ] {
        let meter = Meter::start(&service).await;
        service.complete(&begun.id, token, password).await.expect(status);
        assert_eq!(meter.read(&service), [("complete-reset", most)], "{password} {status}");
    }
    service.check(ADELE, NEW_PASSWORD).await.expect(200);
}

/// What every function uses for one whole reset, with its notice to two other addresses.
async fn whole_reset(service: &Service, method: &str) -> BTreeMap<&'static str, Usage> {
    let name = format!("eva-{method}@contoso.example");
    let mails = if method == "email" { json!(["a@example.org", "b@example.org"]) } else { json!(["c@example.org"]) };
    let phone = (method == "mobileSms").then_some("+1 4255550177");
    service.create(&name, json!({"mail": name, "mobilePhone": phone, "otherMails": mails})).await;
    service.settle().await;
    let before = service.running.usage();
    let begun = service.begin(&name, method, phone).await;
    let messages = service.messages().await;
    assert_eq!(messages.last().unwrap()["reference"], begun.body["reference"]);
    let token = service.verify(&begun.id, &digits(messages.last().unwrap())).await.expect(200).text("resetToken");
    service.complete(&begun.id, &token, NEW_PASSWORD).await.expect(204);
    service.settle().await;
    assert_eq!(service.messages().await.len(), messages.len() + 2, "two addresses are notified");
    service.running.usage().into_iter().map(|(name, used)| (name, used - before[name])).collect()
}

/// A reset uses exactly this much. A change that makes it cheaper must lower these numbers.
#[service_test]
async fn a_whole_reset_takes_few_requests_in_a_row_and_few_units() {
    let service = warm().await;
    let functions = ["begin-reset", "deliver-code", "verify-code", "complete-reset"];
    for (method, requests, write_units) in [("email", 20, 34.0), ("mobileSms", 23, 37.0)] {
        let used = whole_reset(&service, method).await;
        let of = functions.map(|function| used[function]);
        let all = of.into_iter().fold(Usage::default(), |sum, used| sum + used);
        // Of requests that are sent at once, one may end before another begins; so these are limits.
        assert!(of.iter().zip([1, 10, 3, 2]).all(|(used, most)| used.in_a_row <= most), "{method}: {of:?}");
        assert_eq!((all.requests, all.write_units), (requests, write_units), "{method}: {of:?}");
    }
}
