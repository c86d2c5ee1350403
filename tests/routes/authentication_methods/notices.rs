//! Who is notified when an administrator changes a contact, on file or registered.

use serde_json::{Value, json};

use super::{EMAIL, MOBILE, NAME, OFFICE, add_email, add_phone, advance, delete, send};
use crate::support::service::NEW_PASSWORD;
use crate::support::{Request, Service};
use crate::surface::load_directory::{ADELE, loaded};

const SUBJECT: &str = "Contoso: your contact details for password resets were changed";
const TEXT: &str = "Contoso: your contact details for password resets were changed. If you did not expect this, contact \
                    your organisation's help desk at once.";
const DAY: u64 = 86_400;

/// The notices since the outbox was last emptied: destination and subject or text, sorted. Empties it again.
async fn notified(service: &Service) -> Vec<(String, String)> {
    let messages = service.messages().await;
    service.empty_outbox().await;
    let mut notified: Vec<(String, String)> = messages
        .iter()
        .filter(|message| message["reference"] == "")
        .map(|message| {
            let about = message["subject"].as_str().or(message["text"].as_str()).unwrap();
            (message["to"].as_str().unwrap().to_owned(), about.to_owned())
        })
        .collect();
    notified.sort();
    notified
}

/// The notice of a change of contacts to each of these destinations, by SMS to phones and otherwise by email.
fn changed(to: &[&str]) -> Vec<(String, String)> {
    let about = |to: &str| if to.starts_with('+') { TEXT } else { SUBJECT };
    to.iter().map(|to| ((*to).to_owned(), about(to).to_owned())).collect()
}

async fn patch(service: &Service, body: &Value) {
    service.patch(NAME, body).await.expect(204);
}

#[service_test]
async fn a_changed_contact_notifies_the_others_and_not_the_new_value() {
    const OLD: &str = "adele.vance@example.org";
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    assert_eq!(notified(&service).await, []);
    // All of this happens within an hour, in which a phone gets one text.
    for (body, others) in [
        (json!({"mobilePhone": "+1 4255550177"}), &["+14255550100", "+14255550111", OLD][..]),
        (json!({"mobilePhone": null}), &["+14255550177", OLD]),
        (json!({"businessPhones": ["+1 4255550178"]}), &[OLD]),
        (json!({"otherMails": [OLD, "more@example.org"]}), &["+14255550178", OLD]),
    ] {
        patch(&service, &body).await;
        assert_eq!(notified(&service).await, changed(others), "{body}");
    }
    // An address replaces all others. Only the one that was used is notified, and the new one is not.
    patch(&service, &json!({"otherMails": ["new@example.org"]})).await;
    assert_eq!(notified(&service).await, changed(&[OLD]), "only the first address was ever used");
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    assert_eq!(notified(&service).await, changed(&[OLD, "new@example.org"]));
    let message = format!("phoneMethods/{MOBILE}");
    send(&service, "PATCH", &id, &message, &json!({"phoneNumber": "+1 4255550171"})).await.expect(204);
    assert_eq!(notified(&service).await, changed(&["+14255550170", OLD, "new@example.org"]));
    add_email(&service, &id, "own@example.org").await.expect(201);
    assert_eq!(notified(&service).await, changed(&["+14255550171", OLD, "new@example.org"]));
    send(&service, "PATCH", &id, &format!("emailMethods/{EMAIL}"), &json!({"emailAddress": "next@example.org"}))
        .await
        .expect(204);
    assert_eq!(notified(&service).await, changed(&[OLD, "new@example.org", "own@example.org"]));
    delete(&service, &id, &format!("emailMethods/{EMAIL}")).await.expect(204);
    let everybody = [OLD, "new@example.org", "next@example.org", "own@example.org"];
    assert_eq!(notified(&service).await, changed(&everybody));
    delete(&service, &id, &message).await.expect(204);
    assert_eq!(notified(&service).await, changed(&everybody));
}

#[service_test]
async fn a_replaced_address_is_notified_for_thirty_days() {
    let mut service = Service::start(json!({})).await;
    service.create(NAME, json!({"otherMails": ["one@example.org"], "mail": "adele@contoso.example"})).await;
    assert_eq!(notified(&service).await, []);
    patch(&service, &json!({"otherMails": ["two@example.org"]})).await;
    // The primary address gets every notice, but no codes.
    assert_eq!(notified(&service).await, changed(&["adele@contoso.example", "one@example.org"]));
    advance(&mut service, 30 * DAY - 60).await;
    patch(&service, &json!({"mobilePhone": "+1 4255550100"})).await;
    assert_eq!(notified(&service).await, changed(&["adele@contoso.example", "one@example.org", "two@example.org"]));
    advance(&mut service, 120).await;
    patch(&service, &json!({"mobilePhone": "+1 4255550101"})).await;
    let others = ["+14255550100", "adele@contoso.example", "two@example.org"];
    assert_eq!(notified(&service).await, changed(&others));
}

#[service_test]
async fn an_address_superseded_by_a_method_is_notified_even_if_it_is_cleared_at_once() {
    let mut service = Service::start(json!({"replacedContactDelayHours": 24})).await;
    let id = service.create(NAME, json!({"otherMails": ["one@example.org"]})).await;
    add_email(&service, &id, "new@example.org").await.expect(201);
    patch(&service, &json!({"otherMails": []})).await;
    assert_eq!(notified(&service).await, changed(&["new@example.org", "one@example.org", "one@example.org"]));
    advance(&mut service, 20 * DAY).await;
    patch(&service, &json!({"mobilePhone": "+1 4255550100"})).await;
    assert_eq!(notified(&service).await, changed(&["new@example.org", "one@example.org"]));
}

#[service_test]
async fn an_owner_with_only_phones_is_notified_by_sms() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({"mobilePhone": "+1 4255550100"})).await;
    assert_eq!(notified(&service).await, []);
    // Nobody knows whose a new address is, so the phone is notified.
    add_email(&service, &id, "new@example.org").await.expect(201);
    assert_eq!(notified(&service).await, changed(&["+14255550100"]));
    let service = Service::start(json!({})).await;
    service.create(NAME, json!({"mobilePhone": "+1 4255550100"})).await;
    patch(&service, &json!({"mobilePhone": "+1 4255550177"})).await;
    assert_eq!(notified(&service).await, changed(&["+14255550100"]));
}

#[service_test]
async fn first_contacts_and_changes_without_effect_notify_nobody() {
    let service = Service::start(json!({})).await;
    let id = service.create(NAME, json!({"mail": "adele@contoso.example"})).await;
    patch(&service, &json!({"mobilePhone": "+1 4255550100", "otherMails": ["one@example.org"]})).await;
    assert_eq!(notified(&service).await, [], "an account's first contacts");
    let lena = service.create("lena@contoso.example", json!({})).await;
    add_email(&service, &lena, "lena@example.org").await.expect(201);
    assert_eq!(notified(&service).await, [], "an account's first method");
    for body in [
        json!({"jobTitle": "Pianist", "displayName": "A", "preferredLanguage": "en", "usageLocation": "US"}),
        json!({"accountEnabled": true, "onPremisesSyncEnabled": true}),
        json!({"onPremisesSyncEnabled": false}),
        json!({"mobilePhone": "+1 (425) 555-0100", "otherMails": ["one@example.org"]}),
        json!({"mobilePhone": "+1 4255550100x7"}),
        json!({"userPrincipalName": "adele@contoso.example"}),
        json!({}),
    ] {
        patch(&service, &body).await;
        assert_eq!(notified(&service).await, [], "{body}");
    }
    add_phone(&service, &id, "mobile", "+1 4255550100").await.expect(201);
    notified(&service).await;
    // No reset uses an alternate phone, but it is a contact: the others hear of it, and it hears of the others.
    add_phone(&service, &id, "alternateMobile", "+1 4255550122").await.expect(201);
    assert_eq!(
        notified(&service).await,
        changed(&["adele@contoso.example", "one@example.org"]),
        "the phones had their text of the hour"
    );
    patch(&service, &json!({"otherMails": ["one@example.org", "more@example.org"]})).await;
    assert_eq!(notified(&service).await, changed(&["+14255550122", "adele@contoso.example", "one@example.org"]));
    let same = json!({"phoneNumber": "+1 4255550100", "phoneType": "mobile"});
    send(&service, "PATCH", &id, &format!("phoneMethods/{MOBILE}"), &same).await.expect(204);
    super::bad(&add_phone(&service, &id, "mobile", "+1 4255550123").await);
    super::missing(&delete(&service, &id, &format!("phoneMethods/{OFFICE}")).await);
    assert_eq!(notified(&service).await, []);
}

#[service_test]
async fn a_password_and_a_contact_in_one_change_are_two_notices() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let body = json!({"passwordProfile": {"password": NEW_PASSWORD}, "otherMails": ["new@example.org"]});
    patch(&service, &body).await;
    let old = "adele.vance@example.org".to_owned();
    let password = "Contoso: an administrator changed your password".to_owned();
    let notified = notified(&service).await;
    let of_contacts: Vec<_> = notified.iter().filter(|(_, subject)| subject == SUBJECT).cloned().collect();
    assert_eq!(of_contacts, [(old.clone(), SUBJECT.to_owned())]);
    assert!(notified.contains(&(old, password)), "{notified:?}");
    // The phones get one text an hour, about whichever comes first.
    let texts: Vec<&str> = notified.iter().map(|(to, _)| to.as_str()).filter(|to| to.starts_with('+')).collect();
    assert_eq!(texts, ["+14255550100", "+14255550111"]);
}

#[service_test]
async fn additions_by_the_directory_notify_nobody_but_replacements_and_removals_do() {
    let text = ADELE.replace("telephoneNumber: +1 4255550111\n", "");
    let service = loaded("people.ldif", &text, json!({})).await;
    assert_eq!(notified(&service).await, [], "the load of a directory notifies nobody");
    let sync = service.application(&["OnPremDirectorySynchronization.ReadWrite.All"]).await;
    let write = async |body: Value| {
        let request = Request::new("PATCH", &format!("/graph/v1.0/users/{NAME}")).json(&body);
        service.send(request.bearer(&sync)).await.expect(204);
        notified(&service).await
    };
    assert_eq!(write(json!({"businessPhones": ["+1 4255550111"]})).await, []);
    const OLD: &str = "adele.vance@example.org";
    let all = changed(&["+14255550100", "+14255550111", OLD]);
    assert_eq!(write(json!({"businessPhones": ["+1 4255550112"]})).await, all);
    // A phone gets one text an hour.
    assert_eq!(write(json!({"businessPhones": []})).await, changed(&["+14255550112", OLD]));
    let both = json!({"mobilePhone": "+1 4255550177", "businessPhones": ["+1 4255550111"]});
    assert_eq!(write(both).await, changed(&[OLD]));
    // An administrator's addition to the same user is notified.
    let desk = service.application(&["User.ReadWrite.All"]).await;
    let more = json!({"otherMails": ["adele.vance@example.org", "more@example.org"]});
    let request = Request::new("PATCH", &format!("/graph/v1.0/users/{NAME}")).json(&more);
    service.send(request.bearer(&desk)).await.expect(204);
    assert_eq!(notified(&service).await, changed(&["+14255550177", OLD]));
}

#[service_test]
async fn a_primary_address_that_the_directory_replaces_is_notified_even_on_the_first_day() {
    let service = loaded("people.ldif", ADELE, json!({})).await;
    let sync = service.application(&["User.ReadWrite.All", "OnPremDirectorySynchronization.ReadWrite.All"]).await;
    let write = async |mail: &str| {
        let request = Request::new("PATCH", &format!("/graph/v1.0/users/{NAME}")).json(&json!({"mail": mail}));
        service.send(request.bearer(&sync)).await.expect(204);
        notified(&service).await.into_iter().map(|(to, _)| to).collect::<Vec<_>>()
    };
    write("former@contoso.example").await;
    let notified = write("thief@contoso.example").await;
    assert!(notified.iter().any(|to| to == "former@contoso.example"), "{notified:?}");
    assert!(notified.iter().all(|to| to != "thief@contoso.example"), "{notified:?}");
}
