//! Who is behind a name, and what becomes of its message, makes no difference to the response.

use std::time::{Duration, Instant};

use local::Options;
use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;

use super::PHONE;
use crate::support::client::together;
use crate::support::folder::Folder;
use crate::support::service::{begin, digits, verify, wrong};
use crate::support::{Request, Service};

const ADELE: &str = "adele@contoso.example";
const NOBODY: &str = "zelda@contoso.example";
/// People whose guess budget is spent, whose sign-in is locked, and who are privileged.
const SPENT: &str = "spent@contoso.example";
const LOCKED: &str = "locked@contoso.example";
const ADMIN: &str = "admin@contoso.example";

/// A service with one account of each kind, and their names.
async fn everybody() -> (Service, Vec<&'static str>) {
    let service = Service::start(json!({"triesPerCode": 10})).await;
    service.adele().await;
    let people = [
        ("disabled@contoso.example", json!({"accountEnabled": false, "otherMails": ["disabled@example.org"]})),
        ("bare@contoso.example", json!({})),
        ("mail-only@contoso.example", json!({"otherMails": ["mail-only@example.org"]})),
        ("phone-only@contoso.example", json!({"mobilePhone": "+1 4255550140"})),
        ("abroad@contoso.example", json!({"mobilePhone": "+1 8765550123"})),
        (SPENT, json!({"otherMails": ["spent@example.org"], "mobilePhone": "+1 4255550141"})),
        (LOCKED, json!({"otherMails": ["locked@example.org"], "mobilePhone": "+1 4255550142"})),
        (ADMIN, json!({"otherMails": ["admin@example.org"], "mobilePhone": "+1 4255550143"})),
    ];
    let mut names = vec![ADELE];
    for (name, contacts) in people {
        service.create(name, contacts).await;
        names.push(name);
    }
    service.patch(ADMIN, &json!({"isAdmin": true})).await.expect(204);
    let begun = service.begin(SPENT, "email", None).await;
    let code = digits(&service.outbox("spent@example.org").await[0]);
    for reply in together(vec![verify(&begun.id, &wrong(&code)); 10], service.address()).await {
        reply.problem(422, "code-rejected");
    }
    let check = |number| {
        let body = json!({"userName": LOCKED, "password": format!("wrong {number}")});
        Request::post("/v1/credentials/verifications", &body).bearer(&service.admin)
    };
    together((0..10).map(check).collect(), service.address()).await;
    service.check(LOCKED, crate::support::service::OLD_PASSWORD).await.problem(422, "credentials-rejected");
    (service, names)
}

#[service_test]
async fn every_kind_of_account_gets_the_response_of_an_unknown_name() {
    let (service, names) = everybody().await;
    for (method, phone) in [("mobileSms", PHONE), ("mobileCall", PHONE), ("officeCall", PHONE), ("email", None)] {
        let unknown = service.send(begin(NOBODY, method, phone)).await.expect(202);
        for name in &names {
            let known = service.send(begin(name, method, phone)).await;
            assert_eq!(known.shape(), unknown.shape(), "{name} {method}");
        }
    }
}

/// A country that the policy does not allow gets no message, and the same response.
#[service_test]
async fn an_owner_abroad_gets_no_message_and_the_same_response() {
    let (service, _) = everybody().await;
    service.empty_outbox().await;
    let own = Some("+1 8765550123");
    let abroad = service.send(begin("abroad@contoso.example", "mobileSms", own)).await.expect(202);
    let unknown = service.send(begin(NOBODY, "mobileSms", own)).await.expect(202);
    assert_eq!(abroad.shape(), unknown.shape());
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[service_test]
async fn a_failing_provider_changes_no_response() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for answers in [vec![Dispatch::Refused("blocked")], vec![Dispatch::TryAgain; 3], vec![Dispatch::Unknown]] {
        service.running.outbox.answer_next(answers.clone());
        let known = service.send(begin(ADELE, "mobileSms", PHONE)).await.expect(202);
        let unknown = service.send(begin(NOBODY, "mobileSms", PHONE)).await.expect(202);
        assert_eq!(known.shape(), unknown.shape(), "{answers:?}");
        // The provider is asked before the next round.
        for _ in 0..6 {
            service.running.settled().await;
        }
        service.advance(31).await;
    }
    service.begin_by_sms().await;
}

/// The provider takes five seconds for each message. No response takes even half of that, for a known or an unknown name.
#[service_test]
async fn no_response_waits_for_a_slow_provider() {
    const DELAY: u64 = 5000;
    let folder = Folder::new("begin-slow");
    std::fs::create_dir_all(&*folder).unwrap();
    let file = folder.join("faults.json");
    let rules = json!([{"service": "email", "operation": "send", "action": "delay", "millis": DELAY}]);
    std::fs::write(&file, rules.to_string()).unwrap();
    let policy = Some(json!({"sends": [{"count": 100, "seconds": 3600}]}));
    let options = Options { faults: Some(file), policy_members: policy, sample: true, ..Options::default() };
    let service = Service::with(&options).await;
    for round in 0..10 {
        for name in [ADELE, NOBODY] {
            let start = Instant::now();
            service.send(begin(name, "email", None)).await.expect(202);
            assert!(start.elapsed() < Duration::from_millis(DELAY / 2), "{name}: {:?}", start.elapsed());
            assert!(round > 0 || service.running.outbox.messages(None).is_empty(), "its message is under way");
        }
    }
}

#[service_test]
async fn a_hundred_begins_in_a_row_get_the_same_responses_and_send_one_message() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.whole_window(600).await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        known.push(service.send(begin(ADELE, "email", None)).await.status);
        unknown.push(service.send(begin(NOBODY, "email", None)).await.status);
    }
    assert_eq!(known, unknown);
    assert_eq!(known, [vec![202; 20], vec![429; 80]].concat());
    assert_eq!(service.messages().await.len(), 1);
}

/// Lists, routes, comments and encodings of addresses: each is refused, and nothing goes anywhere.
#[service_test]
async fn a_name_that_carries_more_than_a_name_sends_nothing() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    for name in [
        "adele@contoso.example,evil@evil.example",
        "adele@contoso.example evil@evil.example",
        "adele@contoso.example;evil@evil.example",
        "adele@contoso.example\nevil@evil.example",
        "adele@contoso.example\r\nBcc: evil@evil.example",
        "\"adele x\"@contoso.example",
        "\"adele\"@contoso.example",
        "Adele <adele@contoso.example>",
        "<adele@contoso.example>",
        "adele(evil)@contoso.example",
        "adele@contoso.example(evil@evil.example)",
        "adele%40contoso.example@evil.example",
        "adele@contoso.example%00",
        "adele@contoso.example%0d%0aBcc:evil@evil.example",
        "=?utf-8?q?adele?=@contoso.example",
        "adele@contoso.example@evil.example",
        "@evil.example:adele@contoso.example",
        "evil.example!adele@contoso.example@",
        "ade le@contoso.example",
        "ad\u{e}ele@contoso.example",
        "\u{feff}adele@contoso.example",
        "ade\u{200b}le@contoso.example",
        "ade\u{ad}le@contoso.example",
        "adele@conto\u{202e}so.example",
        "adele@contoso.example\u{0}",
        "adele@contoso.example.",
    ] {
        let body = json!({"userName": name, "method": "email"});
        service.send(Request::post("/v1/resets", &body)).await.problem(400, "malformed");
    }
    let evil = json!(["adele.vance@example.org", "evil@evil.example"]);
    for (member, value) in [
        ("email", evil.clone()),
        ("emails", evil.clone()),
        ("to", json!("evil@evil.example")),
        ("appName", json!("Evil")),
        ("from", json!("evil@evil.example")),
        ("senderId", json!("EVIL")),
        ("userName", json!([ADELE, "evil@evil.example"])),
        ("phoneNumber", evil),
    ] {
        let mut body = json!({"userName": ADELE, "method": "mobileSms", "phoneNumber": "+1 4255550100"});
        body[member] = value;
        service.send(Request::post("/v1/resets", &body)).await.problem(400, "malformed");
    }
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.begin(ADELE, "email", None).await;
    assert_eq!(service.outbox("adele.vance@example.org").await.len(), 1);
}
