//! Limits that hold across methods, policies and days.

use serde_json::{Value, json};

use super::{generous, granted, mailed};
use crate::support::service::{digits, wrong};
use crate::support::{Request, Service};

const NAME: &str = super::NAME;
const MOBILE: &str = "+1 4255550100";
const OFFICE: &str = "+1 4255550111";
const MAIL: &str = "adele.vance@example.org";

#[service_test]
async fn one_budget_covers_the_codes_of_every_method() {
    let policy = json!({"guessesPerDay": 8, "guessesPer30Days": 12, "triesPerCode": 10});
    let service = Service::start(generous(&policy)).await;
    service.adele().await;
    let mut resets = Vec::new();
    for (method, phone, to) in [
        ("mobileSms", Some(MOBILE), "+14255550100"),
        ("mobileCall", Some(MOBILE), "+14255550100"),
        ("officeCall", Some(OFFICE), "+14255550111"),
        ("email", None, MAIL),
    ] {
        let begun = service.begin(NAME, method, phone).await;
        let code = digits(service.outbox(to).await.last().expect("a message"));
        resets.push((begun.id, code));
    }
    for _ in 0..2 {
        for (id, code) in &resets {
            service.verify(id, &wrong(code)).await.problem(422, "code-rejected");
        }
    }
    for (id, code) in &resets {
        service.verify(id, code).await.problem(422, "code-rejected");
    }
    // A day later there are four more guesses, of the month's twelve.
    service.advance(24 * 3600).await;
    let (id, code) = mailed(&service, NAME, MAIL).await;
    for _ in 0..3 {
        service.verify(&id, &wrong(&code)).await.problem(422, "code-rejected");
    }
    service.verify(&id, &code).await.expect(200);
    // The month's guesses are spent: no digits are accepted, and only a message with a long code beside the digits is
    // sent.
    let (id, code) = mailed(&service, NAME, MAIL).await;
    service.verify(&id, &code).await.problem(422, "code-rejected");
    let before = service.outbox("+14255550100").await.len();
    service.begin(NAME, "mobileSms", Some(MOBILE)).await;
    assert_eq!(service.outbox("+14255550100").await.len(), before);
}

#[service_test]
async fn a_password_is_validated_by_its_length_in_code_points_only() {
    let emoji = "\u{1f600}\u{1f680}\u{1f98a}\u{1f3b9}\u{1f9ed}";
    let cases: [(Value, Vec<(String, bool)>); 2] = [
        (
            json!({}),
            vec![
                ("qzjxkvwpfymhgb".to_owned(), false),
                ("qzjxkvwpfymhgbl".to_owned(), true),
                (format!("{emoji}abcdefghi"), false),
                (format!("{emoji}abcdefghij"), true),
                ("海豹弹手风琴在月光下唱一首歌".to_owned(), false),
                ("海豹弹手风琴在月光下唱一首老歌".to_owned(), true),
                (format!("{}u", "e\u{301}".repeat(13)), false),
                ("qzjxkvwp".repeat(8), true),
                ("qzjxkvwp".repeat(16), true),
                ("qzjxkvwp".repeat(32), true),
                (format!("{}x", "qzjxkvwp".repeat(32)), false),
                (format!("{}x{}", " ".repeat(9), " ".repeat(10)), true),
            ],
        ),
        (
            json!({"password": {"minLength": 8}}),
            vec![("qzjxkvw".to_owned(), false), ("qzjxkvwp".to_owned(), true), ("48295710".to_owned(), true)],
        ),
    ];
    for (policy, passwords) in cases {
        let service = Service::start(generous(&policy)).await;
        for (number, (password, taken)) in passwords.iter().enumerate() {
            let (name, mail) = (format!("user{number}@contoso.example"), format!("u{number}@example.org"));
            service.create(&name, json!({"otherMails": [mail]})).await;
            let (id, token) = granted(&service, &name, &mail).await;
            let reply = service.complete(&id, &token, password).await;
            if *taken {
                assert_eq!(reply.status, 204, "{password}: {}", String::from_utf8_lossy(&reply.body));
                service.check(&name, password).await.expect(200);
            } else {
                reply.problem(422, "password-rejected");
                let reason = if password.len() > 256 { "too-long" } else { "too-short" };
                assert_eq!(reply.json()["reasons"], json!([reason]), "{password}");
            }
        }
    }
}

/// A person who has only a phone gets at most five notices by SMS a day, even with a change every hour.
#[service_test]
async fn notices_by_sms_are_five_a_day() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({"mobilePhone": MOBILE})).await;
    let audited = async || {
        for _ in 0..6 {
            service.running.settled().await;
        }
        service.outbox("+14255550100").await.len()
    };
    let mut counts = Vec::new();
    for round in 0..8 {
        // A token is valid for an hour.
        let admin = service.application(&["User.ReadWrite.All"]).await;
        let body = json!({"passwordProfile": {"password": format!("the walrus of round {round}")}});
        let request = Request::new("PATCH", &format!("/graph/v1.0/users/{id}")).json(&body).bearer(&admin);
        service.send(request).await.expect(204);
        counts.push(audited().await);
        service.advance(3601).await;
    }
    assert_eq!(counts, [1, 2, 3, 4, 5, 5, 5, 5]);
}
