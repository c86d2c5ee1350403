//! `/graph/v1.0/users/{…}/authentication/…`: administrators read and write the methods that are registered for a user.

mod audit;
mod notices;
mod refusals;
mod rights;
mod use_of;

use serde_json::{Value, json};

use crate::support::{Reply, Request, Service};

const NAME: &str = "adele@contoso.example";
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";
const ALTERNATE: &str = "b6332ec1-7057-4abe-9331-3d72feddfe41";
const OFFICE: &str = "e37fc753-ff3b-4958-9484-eaa9425c82bc";
const EMAIL: &str = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
const PASSWORD: &str = "28c10230-6103-485e-b985-444c60001490";

/// A path below a user's `authentication`.
fn path(key: &str, rest: &str) -> String {
    format!("/graph/v1.0/users/{key}/authentication/{rest}")
}

async fn get_as(service: &Service, token: &str, key: &str, rest: &str) -> Reply {
    service.send(Request::get(&path(key, rest)).bearer(token)).await
}

async fn get(service: &Service, key: &str, rest: &str) -> Reply {
    get_as(service, &service.admin, key, rest).await
}

async fn send_as(service: &Service, token: &str, method: &str, key: &str, rest: &str, body: &Value) -> Reply {
    service.send(Request::new(method, &path(key, rest)).json(body).bearer(token)).await
}

async fn send(service: &Service, method: &str, key: &str, rest: &str, body: &Value) -> Reply {
    send_as(service, &service.admin, method, key, rest, body).await
}

async fn delete(service: &Service, key: &str, rest: &str) -> Reply {
    service.send(Request::new("DELETE", &path(key, rest)).bearer(&service.admin)).await
}

/// Registers a phone of a type.
async fn add_phone(service: &Service, key: &str, kind: &str, number: &str) -> Reply {
    send(service, "POST", key, "phoneMethods", &json!({"phoneNumber": number, "phoneType": kind})).await
}

async fn add_email(service: &Service, key: &str, address: &str) -> Reply {
    send(service, "POST", key, "emailMethods", &json!({"emailAddress": address})).await
}

/// The `value` of a list.
async fn list(service: &Service, key: &str, rest: &str) -> Value {
    get(service, key, rest).await.expect(200).json()["value"].clone()
}

/// Moves the clock, and replaces the administrator's token, which lives for an hour.
async fn advance(service: &mut Service, seconds: u64) {
    service.advance(seconds).await;
    service.admin = service.application(&["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]).await;
}

#[track_caller]
fn bad(reply: &Reply) {
    reply.graph_error(400, "Request_BadRequest");
}

#[track_caller]
fn missing(reply: &Reply) {
    reply.graph_error(404, "Request_ResourceNotFound");
}

fn phone(id: &str, number: &str, kind: &str) -> Value {
    json!({"id": id, "phoneNumber": number, "phoneType": kind, "smsSignInState": "notSupported"})
}

/// A resource with one more member, such as its context or its type.
fn with(mut resource: Value, member: &str, value: &str) -> Value {
    resource[member] = json!(value);
    resource
}

/// The `@odata.context` of a resource below a user's `authentication`.
fn context(service: &Service, id: &str, what: &str) -> String {
    format!("http://{}/graph/v1.0/$metadata#users('{id}')/authentication/{what}", service.address())
}

#[service_test]
async fn phones_are_registered_read_changed_and_removed() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let collection = context(&service, &id, "phoneMethods");
    let of_one = context(&service, &id, "phoneMethods/$entity");
    assert_eq!(
        get(&service, &id, "phoneMethods").await.expect(200).json(),
        json!({"@odata.context": collection, "value": []}),
        "the values on file belong to the user resource"
    );
    for (kind, method, typed, written) in [
        ("mobile", MOBILE, "+1 (425) 555-0170", "+1 4255550170"),
        ("alternateMobile", ALTERNATE, "+447400123456", "+44 7400123456"),
        ("office", OFFICE, "+1 4255550172X12", "+1 4255550172X12"),
    ] {
        missing(&get(&service, &id, &format!("phoneMethods/{method}")).await);
        let body = json!({"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "phoneNumber": typed, "phoneType": kind});
        let reply = send(&service, "POST", &id, "phoneMethods", &body).await.expect(201);
        reply.fixed_headers();
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let location = format!("http://{}{}", service.address(), path(&id, &format!("phoneMethods/{method}")));
        assert_eq!(reply.header("location"), Some(location.as_str()));
        let expected = with(phone(method, written, kind), "@odata.context", &of_one);
        assert_eq!(reply.json(), expected);
        let reply = get(&service, "ADELE@contoso.example", &format!("phoneMethods/{method}")).await.expect(200);
        assert_eq!(reply.json(), expected);
    }
    assert_eq!(
        get(&service, NAME, "phoneMethods").await.expect(200).json(),
        json!({"@odata.context": collection, "value": [
            phone(MOBILE, "+1 4255550170", "mobile"),
            phone(ALTERNATE, "+44 7400123456", "alternateMobile"),
            phone(OFFICE, "+1 4255550172X12", "office"),
        ]})
    );
    for (kind, method) in [("mobile", MOBILE), ("alternateMobile", ALTERNATE), ("office", OFFICE)] {
        let one = format!("phoneMethods/{}", method.to_uppercase());
        let body = json!({"phoneNumber": "+1.425.555.0180", "phoneType": kind});
        let reply = send(&service, "PATCH", &id, &one, &body).await.expect(204);
        reply.fixed_headers();
        assert_eq!(reply.body, b"");
        let expected = with(phone(method, "+1 4255550180", kind), "@odata.context", &of_one);
        assert_eq!(get(&service, &id, &one).await.expect(200).json(), expected);
        send(&service, "PATCH", NAME, &one, &json!({"phoneNumber": "+1 4255550181"})).await.expect(204);
    }
    for (method, left) in [(OFFICE, 2), (ALTERNATE, 1), (MOBILE, 0)] {
        let one = format!("phoneMethods/{method}");
        let reply = delete(&service, &id, &one).await.expect(204);
        assert_eq!(reply.body, b"");
        missing(&get(&service, &id, &one).await);
        assert_eq!(list(&service, &id, "phoneMethods").await.as_array().unwrap().len(), left);
    }
    // A type that was removed can be registered again.
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
}

#[service_test]
async fn a_mail_address_is_registered_read_changed_and_removed() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let one = format!("emailMethods/{EMAIL}");
    let (collection, of_one) = (context(&service, &id, "emailMethods"), context(&service, &id, "emailMethods/$entity"));
    let empty = json!({"@odata.context": collection, "value": []});
    assert_eq!(get(&service, &id, "emailMethods").await.expect(200).json(), empty);
    missing(&get(&service, &id, &one).await);
    let reply = add_email(&service, &id, "Adele.V@Contoso.example").await.expect(201);
    let location = format!("http://{}{}", service.address(), path(&id, &one));
    assert_eq!(reply.header("location"), Some(location.as_str()));
    let resource = |address: &str| json!({"id": EMAIL, "emailAddress": address});
    let expected = with(resource("Adele.V@contoso.example"), "@odata.context", &of_one);
    assert_eq!(reply.json(), expected);
    assert_eq!(get(&service, NAME, &one).await.expect(200).json(), expected);
    let reply = send(&service, "PATCH", NAME, &one, &json!({"emailAddress": "lena@example.org"})).await.expect(204);
    assert_eq!(reply.body, b"");
    assert_eq!(
        get(&service, &id, "emailMethods").await.expect(200).json(),
        json!({"@odata.context": collection, "value": [resource("lena@example.org")]})
    );
    delete(&service, &id, &one).await.expect(204);
    missing(&get(&service, &id, &one).await);
    assert_eq!(get(&service, &id, "emailMethods").await.expect(200).json(), empty);
}

#[service_test]
async fn all_methods_are_listed_with_their_types_and_the_password_without_its_value() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let password = json!({
        "@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": PASSWORD, "password": null,
        "createdDateTime": null
    });
    let collection = context(&service, &id, "methods");
    assert_eq!(
        get(&service, &id, "methods").await.expect(200).json(),
        json!({"@odata.context": collection, "value": [password]})
    );
    add_phone(&service, &id, "mobile", "+1 4255550170").await.expect(201);
    add_phone(&service, &id, "alternateMobile", "+1 4255550171").await.expect(201);
    add_phone(&service, &id, "office", "+1 4255550172").await.expect(201);
    add_email(&service, &id, "adele@example.org").await.expect(201);
    let typed =
        |kind: &str, resource| with(resource, "@odata.type", &format!("#microsoft.graph.{kind}AuthenticationMethod"));
    let all = [
        typed("phone", phone(MOBILE, "+1 4255550170", "mobile")),
        typed("phone", phone(ALTERNATE, "+1 4255550171", "alternateMobile")),
        typed("phone", phone(OFFICE, "+1 4255550172", "office")),
        typed("email", json!({"id": EMAIL, "emailAddress": "adele@example.org"})),
        password,
    ];
    assert_eq!(
        get(&service, NAME, "methods").await.expect(200).json(),
        json!({"@odata.context": collection, "value": all})
    );
    for one in all {
        let rest = format!("methods/{}", one["id"].as_str().unwrap());
        let expected = with(one, "@odata.context", &context(&service, &id, "methods/$entity"));
        assert_eq!(get(&service, &id, &rest).await.expect(200).json(), expected);
    }
    // Without a method of any kind there is nothing to list.
    let request = Request::post("/graph/v1.0/users", &json!({"userPrincipalName": "bare@contoso.example"}));
    let bare = service.send(request.bearer(&service.admin)).await.expect(201).text("id");
    assert_eq!(list(&service, &bare, "methods").await, json!([]));
    missing(&get(&service, &bare, &format!("methods/{PASSWORD}")).await);
}

#[service_test]
async fn methods_that_a_person_proved_are_listed_like_those_of_an_administrator() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let token = service.user(NAME).await;
    for (kind, value, to) in
        [("mobilePhone", "+1 4255550177", "+14255550177"), ("email", "own@example.org", "own@example.org")]
    {
        let wish = json!({"type": kind, "value": value});
        let reply = service.send(Request::post("/v1/registration/challenges", &wish).bearer(&token)).await.expect(202);
        let target = format!("/v1/registration/challenges/{}/verifications", reply.text("challengeId"));
        let code = crate::support::service::digits(&service.outbox(to).await[0]);
        service.send(Request::post(&target, &json!({"code": code})).bearer(&token)).await.expect(200);
    }
    assert_eq!(list(&service, &id, "phoneMethods").await, json!([phone(MOBILE, "+1 4255550177", "mobile")]));
    assert_eq!(list(&service, &id, "emailMethods").await, json!([{"id": EMAIL, "emailAddress": "own@example.org"}]));
    // The person sees the methods that an administrator registers for them, with their source.
    add_phone(&service, &id, "office", "+1 4255550172").await.expect(201);
    let own = service.send(Request::get("/v1/registration").bearer(&token)).await.expect(200).json();
    let office = own["methods"].as_array().unwrap().iter().find(|method| method["type"] == "officePhone").unwrap();
    assert_eq!((&office["value"], &office["source"]), (&json!("+1 4255550172"), &json!("administrator")));
}
