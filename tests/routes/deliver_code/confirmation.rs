//! People are asked by email to confirm their registered methods, once when it falls due.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::ports::messenger::Dispatch;

use crate::support::{Request, Service};

const ADELE: &str = "adele@contoso.example";
const DAY: u64 = 24 * 60 * 60;

/// Where the question went since the outbox was last emptied, and by which channel.
async fn asked(service: &Service) -> Vec<(Value, Value)> {
    // The first wait ends with the sweep that orders the notices, the second with their delivery.
    service.settle().await;
    let asks = |message: &Value| message["subject"].as_str().is_some_and(|subject| subject.contains("please confirm"));
    let messages = service.messages().await.into_iter().filter(asks);
    messages.map(|message| (message["channel"].clone(), message["to"].clone())).collect()
}

fn email(to: &str) -> (Value, Value) {
    (json!("email"), json!(to))
}

async fn confirm(service: &Service) {
    let token = service.user(ADELE).await;
    service.send(Request::new("POST", "/v1/registration/confirmation").bearer(&token)).await.expect(200);
}

#[service_test]
async fn a_person_is_asked_by_email_once_when_it_falls_due() {
    let service = Service::start(json!({"reconfirmAfterDays": 30})).await;
    service.adele().await;
    service.register(ADELE, &json!({"type": "mobilePhone", "value": "+1 4255550142"})).await;
    service.advance(29 * DAY).await;
    service.empty_outbox().await;
    assert_eq!(asked(&service).await, []);
    service.advance(DAY + 60).await;
    assert_eq!(asked(&service).await, [email("adele.vance@example.org")], "no text and no call");
    let message = service.messages().await.into_iter().next().unwrap();
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("Sign in, open your security info, and confirm"), "{text}");
    assert!(!text.contains("4255550142"), "the message shows no contact: {text}");

    service.empty_outbox().await;
    for _ in 0..3 {
        service.advance(DAY).await;
        assert_eq!(asked(&service).await, [], "once");
    }
    confirm(&service).await;
    service.advance(31 * DAY).await;
    assert_eq!(asked(&service).await.len(), 1, "and once again when it falls due again");
}

#[service_test]
async fn people_without_methods_and_disabled_people_are_not_asked() {
    let service = Service::start(json!({"reconfirmAfterDays": 30})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({"otherMails": ["lena@example.org"], "accountEnabled": false})).await;
    let methods = "/graph/v1.0/users/lena@contoso.example/authentication/emailMethods";
    let method = json!({"emailAddress": "lena@example.org"});
    service.send(Request::post(methods, &method).bearer(&service.admin)).await.expect(201);
    service.empty_outbox().await;
    service.advance(40 * DAY).await;
    assert_eq!(asked(&service).await, []);

    let never = Service::start(json!({"reconfirmAfterDays": 0})).await;
    never.adele().await;
    never.register(ADELE, &json!({"type": "mobilePhone", "value": "+1 4255550142"})).await;
    never.empty_outbox().await;
    never.advance(731 * DAY).await;
    assert_eq!(asked(&never).await, []);
}

#[service_test]
async fn entries_that_are_out_of_date_ask_nobody_and_stand_in_nobodys_way() {
    let service = Service::start(json!({"reconfirmAfterDays": 30})).await;
    let id = service.adele().await;
    service.register(ADELE, &json!({"type": "mobilePhone", "value": "+1 4255550142"})).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for number in 0..60 {
        // Adele's account exists, but these are not her entries. They are older than her own.
        let place = format!("{number:013}#{id}");
        let put = service.running.client.put_item().table_name(service.running.table);
        let put = put.item("pk", text("UNCONFIRMED")).item("sk", text(&place)).item("account", text(&id));
        put.send().await.unwrap();
    }
    service.advance(31 * DAY).await;
    assert_eq!(asked(&service).await, [email("adele.vance@example.org")]);
}

#[service_test]
async fn a_person_who_confirms_before_the_email_could_be_sent_gets_none() {
    let service = Service::start(json!({"reconfirmAfterDays": 30})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({"otherMails": ["lena@example.org"]})).await;
    for (name, number) in [(ADELE, "+1 4255550142"), ("lena@contoso.example", "+1 4255550143")] {
        service.register(name, &json!({"type": "mobilePhone", "value": number})).await;
    }
    service.empty_outbox().await;
    service.running.outbox.answer_next(vec![Dispatch::TryAgain; 30]);
    service.advance(31 * DAY).await;
    assert_eq!(asked(&service).await, [], "the provider takes nothing now");
    confirm(&service).await;
    let mut sent = Vec::new();
    for _ in 0..20 {
        service.advance(400).await;
        sent = asked(&service).await;
        if !sent.is_empty() {
            break;
        }
    }
    assert_eq!(sent, [email("lena@example.org")]);
}
