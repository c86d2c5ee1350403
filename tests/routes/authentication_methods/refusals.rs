//! Requests that are refused and change nothing.

use serde_json::{Value, json};

use super::{
    ALTERNATE, EMAIL, MOBILE, NAME, OFFICE, PASSWORD, add_email, add_phone, bad, delete, get, list, missing, path,
    phone, send,
};
use crate::support::client::together;
use crate::support::{Reply, Request, Service};

#[track_caller]
fn refused_by(reply: &Reply, rule: &str) {
    bad(reply);
    assert_eq!(reply.json()["error"]["message"], rule);
}

#[service_test]
async fn one_of_each_type_and_no_alternate_phone_without_a_mobile_one() {
    const SECOND: &str = "a method of this type is already registered; change it with PATCH";
    const NEEDS: &str = "an alternateMobile phone needs a registered mobile phone";
    const STORED: &str = "the mobile phone cannot be removed while an alternateMobile phone is registered";
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    // The `mobilePhone` on file is not registered.
    refused_by(&add_phone(&service, &id, "alternateMobile", "+1 4255550171").await, NEEDS);
    for kind in ["mobile", "alternateMobile", "office"] {
        add_phone(&service, &id, kind, "+1 4255550170").await.expect(201);
        refused_by(&add_phone(&service, &id, kind, "+1 4255550170").await, SECOND);
        refused_by(&add_phone(&service, &id, kind, "+1 4255550179").await, SECOND);
    }
    add_email(&service, &id, "adele@example.org").await.expect(201);
    refused_by(&add_email(&service, &id, "adele@example.org").await, SECOND);
    refused_by(&add_email(&service, &id, "other@example.org").await, SECOND);
    refused_by(&delete(&service, &id, &format!("phoneMethods/{MOBILE}")).await, STORED);
    assert_eq!(
        list(&service, &id, "phoneMethods").await,
        json!([
            phone(MOBILE, "+1 4255550170", "mobile"),
            phone(ALTERNATE, "+1 4255550170", "alternateMobile"),
            phone(OFFICE, "+1 4255550170", "office"),
        ])
    );
    assert_eq!(list(&service, &id, "emailMethods").await[0]["emailAddress"], "adele@example.org");
    delete(&service, &id, &format!("phoneMethods/{ALTERNATE}")).await.expect(204);
    delete(&service, &id, &format!("phoneMethods/{MOBILE}")).await.expect(204);
}

#[service_test]
async fn only_one_of_many_simultaneous_registrations_succeeds() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let request = |number: u32| {
        let body = json!({"phoneNumber": format!("+1 425555013{number}"), "phoneType": "mobile"});
        Request::post(&path(&id, "phoneMethods"), &body).bearer(&service.admin)
    };
    let replies = together((0..4).map(request).collect(), service.address()).await;
    let (created, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
    assert_eq!(created.len(), 1);
    refused.into_iter().for_each(bad);
    assert_eq!(list(&service, &id, "phoneMethods").await[0]["phoneNumber"], created[0].json()["phoneNumber"]);
}

#[service_test]
async fn unregistered_methods_cannot_be_changed_or_removed() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    let number = json!({"phoneNumber": "+1 4255550171"});
    for method in [ALTERNATE, OFFICE, EMAIL, PASSWORD, "x", "11111111-1111-1111-1111-111111111111", "%F0%9F%99%82"] {
        let one = format!("phoneMethods/{method}");
        missing(&get(&service, &id, &one).await);
        missing(&send(&service, "PATCH", &id, &one, &number).await);
        missing(&delete(&service, &id, &one).await);
    }
    for method in [EMAIL, MOBILE, "x"] {
        let one = format!("emailMethods/{method}");
        missing(&get(&service, &id, &one).await);
        missing(&send(&service, "PATCH", &id, &one, &json!({"emailAddress": "a@example.org"})).await);
        missing(&delete(&service, &id, &one).await);
    }
    for rest in ["", "methods/", "methods/x", "phoneMethods/", "questions", "passwordMethods", "fido2Methods"] {
        missing(&get(&service, &id, rest).await);
    }
    let more = format!("phoneMethods/{MOBILE}/enableSmsSignIn");
    missing(&get(&service, &id, &more).await);
    missing(&send(&service, "POST", &id, &more, &json!({})).await);
    for key in ["nobody@contoso.example", "AAAAAAAAAAAAAAAAAAAAAA", "x"] {
        for rest in ["methods", "phoneMethods", "emailMethods", &format!("phoneMethods/{MOBILE}")] {
            missing(&get(&service, key, rest).await);
        }
        missing(&add_phone(&service, key, "mobile", "+1 4255550170").await);
        missing(&add_email(&service, key, "a@example.org").await);
        missing(&send(&service, "PATCH", key, &format!("phoneMethods/{MOBILE}"), &number).await);
        missing(&delete(&service, key, &format!("emailMethods/{EMAIL}")).await);
    }
    assert_eq!(list(&service, &id, "phoneMethods").await, json!([phone(MOBILE, "+1 4255550170", "mobile")]));
}

#[service_test]
async fn a_body_that_does_not_fit_is_refused_and_changes_nothing() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    add_phone(&service, &id, "office", "+1 4255550172").await.expect(201);
    add_email(&service, &id, "adele@example.org").await.expect(201);
    service.empty_outbox().await;
    let before = list(&service, &id, "methods").await;
    let (office, email) = (format!("phoneMethods/{OFFICE}"), format!("emailMethods/{EMAIL}"));
    let number = "+1 4255550170";
    let bodies = [
        ("POST", "phoneMethods", json!({})),
        ("POST", "phoneMethods", json!({"phoneNumber": number})),
        ("POST", "phoneMethods", json!({"phoneType": "mobile"})),
        ("POST", "phoneMethods", json!({"phoneNumber": number, "phoneType": "unknownFutureValue"})),
        ("POST", "phoneMethods", json!({"phoneNumber": number, "phoneType": null})),
        ("POST", "phoneMethods", json!({"phoneNumber": null, "phoneType": "mobile"})),
        ("POST", "phoneMethods", json!({"phoneNumber": 14255550170_u64, "phoneType": "mobile"})),
        ("POST", "phoneMethods", json!({"phoneNumber": [number], "phoneType": "mobile"})),
        ("POST", "phoneMethods", json!({"phoneNumber": {"S": number}, "phoneType": "mobile"})),
        ("POST", "phoneMethods", json!({"phoneNumber": number, "phoneType": "mobile", "smsSignInState": "ready"})),
        ("POST", "phoneMethods", json!({"phoneNumber": number, "phoneType": "mobile", "id": MOBILE})),
        ("POST", "phoneMethods", json!({"phoneNumber": number, "phoneType": "mobile", "verified": true})),
        ("PATCH", &office, json!({})),
        ("PATCH", &office, json!({"phoneType": "office"})),
        ("PATCH", &office, json!({"phoneNumber": number, "phoneType": "mobile"})),
        ("PATCH", &office, json!({"phoneNumber": number, "smsSignInState": "notSupported"})),
        ("PATCH", &office, json!({"phoneNumber": null})),
        ("PATCH", &office, json!({"phoneNumber": ""})),
        ("PATCH", &office, json!({"emailAddress": "a@example.org"})),
        ("POST", "emailMethods", json!({})),
        ("POST", "emailMethods", json!({"emailAddress": "a@example.org", "id": EMAIL})),
        ("PATCH", &email, json!({})),
        ("PATCH", &email, json!({"emailAddress": null})),
        ("PATCH", &email, json!({"emailAddress": ["a@example.org"]})),
        ("PATCH", &email, json!({"emailAddress": "a@example.org, b@example.org"})),
        ("PATCH", &email, json!({"emailAddress": "a@example.org\r\nBcc: b@example.org"})),
        ("PATCH", &email, json!({"emailAddress": "adele"})),
        ("PATCH", &email, json!({"emailAddress": format!("a@{}.example", "b".repeat(255))})),
        ("PATCH", &email, json!({"emailAddress": "a@example.org", "phoneNumber": number})),
    ];
    for (method, rest, body) in bodies {
        let reply = send(&service, method, &id, rest, &body).await;
        assert_eq!(reply.status, 400, "{method} {rest} {body}");
        bad(&reply);
        // Only the message is searched: the moment and the id beside it may have any digits.
        let message = &reply.json()["error"]["message"];
        assert!(!message.as_str().unwrap().contains("555"), "nothing is echoed: {message}");
    }
    for raw in [
        "[]",
        "null",
        "",
        "{\"phoneNumber\":\"+1 4255550170\",\"phoneNumber\":\"+1 4255550170\",\"phoneType\":\"mobile\"}",
    ] {
        let request = Request::new("POST", &path(&id, "phoneMethods")).header("Content-Type", "application/json");
        bad(&service.send(request.bytes(raw.as_bytes()).bearer(&service.admin)).await);
    }
    let request = |kind: &str, body: &[u8]| {
        Request::new("PATCH", &path(&id, &office)).header("Content-Type", kind).bytes(body).bearer(&service.admin)
    };
    service.send(request("text/plain", b"{}")).await.graph_error(415, "Request_BadRequest");
    service.send(request("application/json", &vec![b' '; 17 * 1024])).await.graph_error(413, "Request_BadRequest");
    assert_eq!(list(&service, &id, "methods").await, before);
    assert_eq!(service.messages().await, Vec::<Value>::new());
}

#[service_test]
async fn a_number_is_validated_as_in_every_other_write() {
    const GRAMMAR: &str = "must be +CountryCode PhoneNumber, with an optional extension xNNNN";
    const KIND: &str = "is a kind of number that cannot receive codes";
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    add_phone(&service, &id, "office", "+1 4255550172").await.expect(201);
    let spaces = |length: usize| format!("+1{}4255550170", " ".repeat(length - 12));
    for (number, rule) in [
        ("4255550170", GRAMMAR),
        ("+1 425 555 O170", GRAMMAR),
        ("+1 4255550170,+1 4255550171", GRAMMAR),
        ("+999 123456789", "has an unknown country code"),
        ("+1 425 555 12345", "has a length that is not possible in its country"),
        ("+1 9005551234", KIND),
        ("+44 70 1234 5678", KIND),
        ("+1 8005551234", KIND),
        (&spaces(64), GRAMMAR),
        (&spaces(65), "must have at most 64 characters"),
    ] {
        for kind in ["mobile", "alternateMobile", "office"] {
            refused_by(&add_phone(&service, &id, kind, number).await, &format!("phoneNumber {rule}"));
        }
        let one = format!("phoneMethods/{OFFICE}");
        let reply = send(&service, "PATCH", &id, &one, &json!({"phoneNumber": number})).await;
        refused_by(&reply, &format!("phoneNumber {rule}"));
    }
    assert_eq!(list(&service, &id, "phoneMethods").await, json!([phone(OFFICE, "+1 4255550172", "office")]));
    // A number to which the policy allows no messages is stored all the same.
    add_phone(&service, &id, "mobile", "+1 8769221234").await.expect(201);
}

#[service_test]
async fn query_options_are_refused_and_never_ignored() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    let one = format!("phoneMethods/{MOBILE}");
    for option in ["$select=id", "$filter=phoneType eq 'mobile'", "$top=1", "$expand=x", "$count=true", "x=y"] {
        let option = option.replace(' ', "%20").replace('\'', "%27");
        for rest in ["methods", &format!("methods/{MOBILE}"), "phoneMethods", &one, "emailMethods"] {
            let reply = get(&service, &id, &format!("{rest}?{option}")).await;
            reply.graph_error(400, "Request_UnsupportedQuery");
        }
        let number = json!({"phoneNumber": "+1 4255550171", "phoneType": "mobile"});
        for (method, rest) in [("POST", "phoneMethods"), ("PATCH", &one), ("DELETE", &one), ("POST", "emailMethods")] {
            let reply = send(&service, method, &id, &format!("{rest}?{option}"), &number).await;
            reply.graph_error(400, "Request_UnsupportedQuery");
        }
    }
    assert_eq!(list(&service, &id, "phoneMethods").await, json!([phone(MOBILE, "+1 4255550170", "mobile")]));
}

#[service_test]
async fn a_wrong_method_is_405_with_the_allowed_ones() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let (collection, one, read) = ("GET, POST", "GET, PATCH, DELETE", "GET");
    for (rest, allow) in [
        ("phoneMethods".to_owned(), collection),
        (format!("phoneMethods/{MOBILE}"), one),
        ("phoneMethods/x".to_owned(), one),
        ("emailMethods".to_owned(), collection),
        (format!("emailMethods/{EMAIL}"), one),
        ("methods".to_owned(), read),
        (format!("methods/{PASSWORD}"), read),
    ] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"] {
            if allow.split(", ").any(|known| known == method) {
                continue;
            }
            for key in [id.as_str(), NAME, "nobody@contoso.example"] {
                let reply = service.send(Request::new(method, &path(key, &rest)).json(&json!({}))).await;
                assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)), "{method} {rest}");
            }
        }
    }
}
