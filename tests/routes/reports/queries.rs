//! Queries of the report: which are supported, and which are refused.

use serde_json::json;
use shared::time::Clock;

use super::{ADELE, REPORT, get, names, reader, rows};
use crate::support::{Request, Service};

#[service_test]
async fn filters_find_by_name_and_by_state() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    service.register(ADELE, &json!({"type": "email", "value": "adele@fabrikam.example"})).await;
    service.create("o'neil@contoso.example", json!({"displayName": "Ada O'Neil"})).await;
    service.patch("o'neil@contoso.example", &json!({"isAdmin": true})).await.expect(204);
    service.create("zoë@contoso.example", json!({"displayName": "Zoë", "otherMails": ["zoe@example.org"]})).await;
    let by_id = format!("id eq '{id}'");
    for (filter, expected) in [
        ("userPrincipalName eq 'ADELE@Contoso.example'", &["adele"][..]),
        ("userPrincipalName eq 'o''neil@contoso.example'", &["o'neil"]),
        ("userPrincipalName eq 'nobody@contoso.example'", &[]),
        ("userPrincipalName eq 'no name'", &[]),
        ("userPrincipalName eq 'no name' and isAdmin eq false", &[]),
        ("startswith(userPrincipalName,'O''')", &["o'neil"]),
        ("userDisplayName eq 'ada o''neil'", &["o'neil"]),
        ("userDisplayName eq 'ZO%C3%8B'", &["zoë"]),
        ("userDisplayName eq 'zo'", &[]),
        ("startswith(userDisplayName,'zo')", &["zoë"]),
        ("startswith(userDisplayName,'ADA O''N')", &["o'neil"]),
        ("startswith(userDisplayName,'da')", &[]),
        ("startswith(userDisplayName,'')", &["o'neil", "zoë"]),
        ("startswith(userDisplayName,'a') and isAdmin eq false", &[]),
        (&by_id, &["adele"]),
        (&format!("{by_id} and isAdmin eq true"), &[]),
        ("id eq 'AAAAAAAAAAAAAAAAAAAAAA'", &[]),
        ("id eq 'x'", &[]),
        ("userType eq 'member'", &["adele", "o'neil", "zoë"]),
        ("userType eq 'guest'", &[]),
        ("userType eq 'member' and isAdmin eq true", &["o'neil"]),
        ("isMfaRegistered eq false", &["adele", "o'neil", "zoë"]),
        ("isMfaRegistered eq true", &[]),
        ("isMfaCapable eq false", &["adele", "o'neil", "zoë"]),
        ("isMfaCapable eq true", &[]),
        ("isPasswordlessCapable eq false and isSsprRegistered eq true", &["adele"]),
        ("isPasswordlessCapable eq true", &[]),
        ("isSystemPreferredAuthenticationMethodEnabled eq false", &["adele", "o'neil", "zoë"]),
        ("isSystemPreferredAuthenticationMethodEnabled eq true", &[]),
        ("(isAdmin eq true)", &["o'neil"]),
        ("((isSsprCapable eq true) and (isSsprRegistered eq false))", &["zoë"]),
        ("isAdmin eq true", &["o'neil"]),
        ("isAdmin eq false", &["adele", "zoë"]),
        ("isSsprRegistered eq true", &["adele"]),
        ("isSsprRegistered eq false", &["o'neil", "zoë"]),
        ("isSsprCapable eq true", &["adele", "zoë"]),
        ("isSsprCapable eq false", &["o'neil"]),
        ("isSsprEnabled eq true", &["adele", "o'neil", "zoë"]),
        ("isSsprEnabled eq false", &[]),
        ("methodsRegistered/any(t:t eq 'email')", &["adele"]),
        ("methodsRegistered/any(method:method eq 'officePhone')", &[]),
        ("methodsRegistered/any(t:t eq 'fido2')", &[]),
        ("isSsprCapable eq true and isSsprRegistered eq false", &["zoë"]),
        ("isSsprCapable eq true and startswith(userPrincipalName,'a') and isAdmin eq false", &["adele"]),
        ("userPrincipalName eq 'adele@contoso.example' and isAdmin eq true", &[]),
    ] {
        assert_eq!(names(&service, &format!("?$filter={filter}")).await, expected, "{filter}");
    }
}

#[service_test]
async fn the_reports_own_order_may_be_requested() {
    let service = Service::start(json!({})).await;
    for name in ["cat", "ann", "ben"] {
        service.create(&format!("{name}@contoso.example"), json!({})).await;
    }
    for order in ["userPrincipalName", "userPrincipalName asc"] {
        assert_eq!(names(&service, &format!("?$orderby={order}")).await, ["ann", "ben", "cat"], "{order}");
    }
}

#[service_test]
async fn one_users_row_is_read_by_id_or_name() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let token = reader(&service).await;
    let mut row = rows(&service, "").await.remove(0);
    let context = format!(
        "{}/graph/v1.0/$metadata#reports/authenticationMethods/userRegistrationDetails/$entity",
        service.running.url()
    );
    row["@odata.context"] = json!(context);
    for key in [id.as_str(), "ADELE@contoso.example"] {
        let before = service.running.counts()["admin-get-contact"];
        let reply = get(&service, &token, &format!("{REPORT}/{key}")).await.expect(200);
        let cost = service.running.counts()["admin-get-contact"] - before;
        reply.fixed_headers();
        assert_eq!((reply.json(), cost), (row.clone(), if key == id { 1 } else { 2 }), "{key}");
    }
    for query in ["$select=id", "$top=1", "x=y"] {
        let reply = get(&service, &token, &format!("{REPORT}/{id}?{query}")).await;
        reply.graph_error(400, "Request_UnsupportedQuery");
    }
    let target = format!("{REPORT}/{id}");
    service.send(Request::get(&target)).await.graph_error(401, "InvalidAuthenticationToken");
    for key in [id.as_str(), "nobody@contoso.example"] {
        let reply = get(&service, &service.admin, &format!("{REPORT}/{key}")).await;
        reply.graph_error(403, "Authorization_RequestDenied");
    }
    service.patch(&id, &json!({"accountEnabled": false})).await.expect(204);
    for key in [id.as_str(), ADELE, "nobody@contoso.example", "AAAAAAAAAAAAAAAAAAAAAA"] {
        let reply = get(&service, &token, &format!("{REPORT}/{key}")).await;
        reply.graph_error(404, "Request_ResourceNotFound");
    }
}

#[service_test]
async fn no_option_operator_or_property_is_ignored() {
    let service = Service::start(json!({})).await;
    let token = reader(&service).await;
    let escape = |text: &str| text.replace(' ', "%20");
    for query in [
        "$select=id",
        "$orderby=userPrincipalName desc",
        "$orderby=userDisplayName",
        "$orderby=userPrincipalName,id",
        "$orderby=",
        "$search=x",
        "$count=true",
        "$expand=x",
        "$skip=1",
        "top=1",
        "$top=1&$top=1",
        "$filter=",
        "$filter=id eq true",
        "$filter=startswith(id,'x')",
        "$filter=startswith(userType,'member')",
        "$filter=userType eq true",
        "$filter=isAdmin eq 'true'",
        "$filter=isMfaRegistered eq 'true'",
        "$filter=isMfaRegistered ne true",
        "$filter=isAdmin ne true",
        "$filter=isAdmin",
        "$filter=not isAdmin",
        "$filter=contacts/any(c:c/usable eq true)",
        "$filter=contacts/any(c:c/type eq 'email')",
        "$filter=startswith(methodsRegistered,'e')",
        "$filter=methodsRegistered/any(t:startswith(t,'e'))",
        "$filter=(isAdmin eq true",
        "$top=1000",
        "$filter=methodsRegistered eq 'email'",
        "$filter=methodsRegistered/all(t:t eq 'email')",
        "$filter=isAdmin eq true or isSsprCapable eq true",
        "$filter=lastUpdatedDateTime ge 2026-01-01",
    ] {
        let reply = get(&service, &token, &format!("{REPORT}?{}", escape(query))).await;
        reply.graph_error(400, "Request_UnsupportedQuery");
    }
    for query in ["$top=0", "$top=x", "$skiptoken=%21", "$skiptoken=_w"] {
        let reply = get(&service, &token, &format!("{REPORT}?{}", escape(query))).await;
        reply.graph_error(400, "Request_BadRequest");
    }
}

#[service_test]
async fn people_are_listed_as_overdue_from_the_day_on_which_they_had_to_confirm() {
    let service = Service::start(json!({"reconfirmAfterDays": 30})).await;
    service.adele().await;
    service.create("lena@contoso.example", json!({"otherMails": ["lena@example.org"]})).await;
    let method = json!({"emailAddress": "adele@example.org"});
    let methods = format!("{}/{ADELE}/authentication/emailMethods", super::USERS);
    service.send(Request::post(&methods, &method).bearer(&service.admin)).await.expect(201);
    let token = reader(&service).await;
    let row = get(&service, &token, &format!("{REPORT}/{ADELE}")).await.expect(200).json();
    let by = row["reconfirmBy"].as_str().unwrap();
    let overdue =
        async |operator: &str, at: &str| names(&service, &format!("?$filter=reconfirmBy {operator} {at}")).await;
    assert_eq!(overdue("lt", by).await, [""; 0]);
    assert_eq!(overdue("le", by).await, ["adele"]);
    assert_eq!(overdue("lt", "2100-01-01").await, ["adele"]);
    assert_eq!(overdue("le", "2000-01-01T00:00:00Z").await, [""; 0]);
    let now = service.running.clock.now().plus(30 * 24 * 60 * 60).to_string();
    assert_eq!((&by[..10], overdue("lt", &now).await.len()), (&now[..10], 1), "thirty days after it was written");
}
