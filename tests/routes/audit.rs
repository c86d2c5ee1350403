//! `GET /graph/v1.0/auditLogs/directoryAudits`: what happened, to whom and by whom, without secrets and whole contacts.

mod pages;
mod stored;

use serde_json::{Value, json};

use crate::support::{Reply, Request, Service};

const AUDITS: &str = "/graph/v1.0/auditLogs/directoryAudits";
const USERS: &str = "/graph/v1.0/users";
const ADELE: &str = "adele@contoso.example";

/// A token that may read the audit, and nothing else.
async fn reader(service: &Service) -> String {
    service.application(&["AuditLog.Read.All"]).await
}

async fn get(service: &Service, token: &str, target: &str) -> Reply {
    service.send(Request::get(target).bearer(token)).await
}

/// The records that a query returns, newest first.
async fn audits(service: &Service, query: &str) -> Vec<Value> {
    // Reading the outbox waits until pending messages are delivered and recorded in the audit.
    service.messages().await;
    let token = reader(service).await;
    let target = format!("{AUDITS}{}", query.replace(' ', "%20"));
    get(service, &token, &target).await.expect(200).json()["value"].as_array().unwrap().clone()
}

/// The records that a filter returns.
async fn filtered(service: &Service, filter: &str) -> Vec<Value> {
    audits(service, &format!("?$filter={filter}")).await
}

/// A record's activity, result and reason.
fn summary(record: &Value) -> [&str; 3] {
    ["activityDisplayName", "result", "resultReason"].map(|member| record[member].as_str().unwrap())
}

/// A record's changed properties: name, old and new value.
fn changes(record: &Value) -> Value {
    let changes = record["targetResources"][0]["modifiedProperties"].as_array().unwrap();
    let summary = |change: &Value| json!([change["displayName"], change["oldValue"], change["newValue"]]);
    changes.iter().map(summary).collect()
}

fn change(name: &str, old: &str, new: &str) -> Value {
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    json!([name, text(old), text(new)])
}

fn ids(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["id"].as_str().unwrap()).collect()
}

async fn change_policy(service: &Service, body: &Value) {
    let token = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let patch = Request::new("PATCH", "/graph/v1.0/policies/passwordReset").json(body);
    service.send(patch.bearer(&token)).await.expect(204);
}

/// Creates `count` users, `seconds` apart, and returns the ids of all records, newest first.
async fn created(service: &Service, count: usize, seconds: u64) -> Vec<String> {
    for number in 0..count {
        service.advance(seconds).await;
        let body = json!({"userPrincipalName": format!("user-{number:02}@contoso.example")});
        service.send(Request::post(USERS, &body).bearer(&service.admin)).await.expect(201);
    }
    ids(&audits(service, "").await).into_iter().map(str::to_owned).collect()
}

#[service_test]
async fn a_record_is_graphs_directory_audit() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let token = reader(&service).await;
    let reply = get(&service, &token, AUDITS).await.expect(200);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let body = reply.json();
    let record = &body["value"][0];
    for member in ["id", "correlationId"] {
        assert_eq!(record[member].as_str().map(str::len), Some(22), "{record}");
    }
    let application = record["initiatedBy"]["app"]["appId"].as_str().expect("an application's token");
    let user = get(&service, &service.admin, &format!("{USERS}/{id}?$select=createdDateTime")).await.expect(200);
    let property = |name: &str, old: Value, new: &str| json!({"displayName": name, "oldValue": old, "newValue": new});
    let expected = json!({
        "id": record["id"], "category": "UserManagement", "correlationId": record["correlationId"],
        "result": "success", "resultReason": "", "activityDisplayName": "Add user",
        "activityDateTime": user.json()["createdDateTime"], "loggedByService": "Core Directory",
        "operationType": "Add",
        "initiatedBy": {
            "user": null,
            "app": {"appId": application, "ipAddress": "127.0.0.1", "displayName": null, "servicePrincipalId": null, "servicePrincipalName": null}
        },
        "targetResources": [{
            "id": id, "displayName": null, "type": "User", "userPrincipalName": ADELE, "groupType": null,
            "modifiedProperties": [
                property("mobilePhone", json!(null), "+1 ********00"),
                property("businessPhones", json!(null), "+1 ********11"),
                property("otherMails", json!(null), r#"["a***@***"]"#),
                {"displayName": "passwordProfile", "oldValue": null, "newValue": null},
            ]
        }],
        "additionalDetails": []
    });
    let context = format!("{}/graph/v1.0/$metadata#auditLogs/directoryAudits", service.running.url());
    assert_eq!(body, json!({"@odata.context": context, "value": [expected]}));
}

#[service_test]
async fn filters_find_by_time_activity_and_person() {
    let service = Service::start(json!({})).await;
    let made = created(&service, 4, 10).await;
    let all = audits(&service, "").await;
    assert_eq!(ids(&all), made);
    let at = |record: &Value| record["activityDateTime"].as_str().unwrap().to_owned();
    let (newest, second, third) = (at(&all[0]), at(&all[1]), at(&all[2]));
    let day = &newest[..10];
    let fine = second.replace('Z', "0001Z");
    for (filter, expected) in [
        (format!("activityDateTime ge {second}"), &all[..2]),
        (format!("activityDateTime gt {second}"), &all[..1]),
        (format!("activityDateTime le {second}"), &all[1..]),
        (format!("activityDateTime lt {second}"), &all[2..]),
        (format!("activityDateTime eq {second}"), &all[1..2]),
        (format!("activityDateTime ge {fine}"), &all[..1]),
        (format!("activityDateTime le {fine}"), &all[1..]),
        (format!("activityDateTime eq {fine}"), &[]),
        (format!("activityDateTime ge {third} and activityDateTime lt {newest}"), &all[1..3]),
        (format!("activityDateTime ge {second} and activityDateTime le {third}"), &[]),
        ("activityDateTime ge 2020-01-01".to_owned(), &all[..]),
        ("activityDateTime le 2020-01-01".to_owned(), &[]),
        ("activityDateTime ge 2999-01-01T00:00:00Z".to_owned(), &[]),
        (format!("activityDateTime ge {day}T00:00:00%2B14:00"), &all[..]),
        ("activityDisplayName eq 'Add user'".to_owned(), &all[..]),
        ("activityDisplayName eq 'Delete user'".to_owned(), &[]),
        ("startswith(activityDisplayName,'Add')".to_owned(), &all[..]),
        ("startswith(activityDisplayName,'add')".to_owned(), &[]),
        ("startswith(activityDisplayName,'user')".to_owned(), &[]),
        (format!("id eq '{}'", made[2]), &all[2..3]),
        (format!("id eq '{}' and result eq 'failure'", made[2]), &[]),
        ("id eq 'AAAAAAAAAAAAAAAAAAAAAA'".to_owned(), &[]),
        ("id eq 'x'".to_owned(), &[]),
        ("targetResources/any(t:startswith(t/userPrincipalName,'USER-0'))".to_owned(), &all[..]),
        ("targetResources/any(t:startswith(t/userPrincipalName,'user-03'))".to_owned(), &all[..1]),
        ("targetResources/any(t:startswith(t/userPrincipalName,'ser'))".to_owned(), &[]),
        ("targetResources/any(t:t/userPrincipalName eq 'no name')".to_owned(), &[]),
        ("startswith(initiatedBy/user/userPrincipalName,'user')".to_owned(), &[]),
        ("initiatedBy/user/userPrincipalName eq ''".to_owned(), &[]),
        (format!("(activityDateTime ge {second}) and (activityDateTime lt {newest})"), &all[1..2]),
        (
            format!("((activityDateTime ge {third} and result eq 'success') and activityDateTime lt {newest})"),
            &all[1..3],
        ),
        ("targetResources/any(t:t/userPrincipalName eq 'USER-01@Contoso.example')".to_owned(), &all[2..3]),
        ("targetResources/any(r: r/userPrincipalName eq 'nobody@contoso.example')".to_owned(), &[]),
        ("result eq 'success' and activityDisplayName eq 'Add user'".to_owned(), &all[..]),
        ("result eq 'failure'".to_owned(), &[]),
        ("result eq 'timeout'".to_owned(), &[]),
        ("result eq 'unknownFutureValue'".to_owned(), &[]),
        (format!("correlationId eq '{}'", all[3]["correlationId"].as_str().unwrap()), &all[3..]),
        (format!("initiatedBy/app/appId eq '{}'", all[0]["initiatedBy"]["app"]["appId"].as_str().unwrap()), &all[..]),
        ("initiatedBy/user/id eq 'x'".to_owned(), &[]),
    ] {
        assert_eq!(ids(&filtered(&service, &filter).await), ids(expected), "{filter}");
    }
    assert_eq!(audits(&service, "?$orderby=activityDateTime desc").await, all);
}

#[service_test]
async fn no_option_operator_or_property_is_ignored() {
    let service = Service::start(json!({})).await;
    let token = reader(&service).await;
    for query in [
        "$select=id,unknown",
        "$orderby=activityDateTime",
        "$orderby=activityDateTime asc",
        "$orderby=activityDateTime desc,id",
        "$search=x",
        "$count=true",
        "$expand=x",
        "$skip=1",
        "$top=1&$top=1",
        "$filter=",
        "$filter=startswith(id,'x')",
        "$filter=id ge 'x'",
        "$filter=activityDateTime ne 2026-01-01",
        "$filter=activityDateTime ge '2026-01-01'",
        "$filter=activityDateTime ge 2026",
        "$filter=activityDateTime ge 2026-01-01T00:00:00",
        "$filter=startswith(activityDateTime,'2026')",
        "$filter=startswith(category,'User')",
        "$filter=startswith(correlationId,'A')",
        "$filter=startswith(initiatedBy/app/appId,'A')",
        "$filter=targetResources/any(t:startswith(t/id,'A'))",
        "$filter=targetResources/any(t:startswith(t/displayName,'A'))",
        "$filter=(result eq 'success') or (result eq 'failure')",
        "$filter=(result eq 'success'",
        "$filter=not (result eq 'success')",
        "$filter=contains(activityDisplayName,'Add')",
        "$top=1001",
        "$filter=activityDisplayName ge 'a'",
        "$filter=result eq success",
        "$filter=targetResources/id eq 'x'",
        "$filter=targetResources/any(t:t eq 'x')",
        "$filter=targetResources/any(t:t/displayName eq 'x')",
        "$filter=targetResources/any(t:t/id ge 'x')",
        "$filter=initiatedBy/user/displayName eq 'x'",
        "$filter=result eq 'success' or result eq 'failure'",
    ] {
        let reply = get(&service, &token, &format!("{AUDITS}?{}", query.replace(' ', "%20"))).await;
        reply.graph_error(400, "Request_UnsupportedQuery");
    }
    for query in ["$top=0", "$top=x", "$skiptoken=%21", "$skiptoken=eA", "$skiptoken=LTE", "$filter=result eq 'x'"] {
        let reply = get(&service, &token, &format!("{AUDITS}?{}", query.replace(' ', "%20"))).await;
        reply.graph_error(400, "Request_BadRequest");
    }
}

#[service_test]
async fn only_callers_with_the_permission_read_the_audit() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    service.create("root@contoso.example", json!({})).await;
    service.patch("root@contoso.example", &json!({"isAdmin": true})).await.expect(204);
    let delegated = |name: &str| {
        let claims = json!({"sub": name, "preferred_username": name, "scp": "AuditLog.Read.All"});
        service.running.issuer.sign(claims).unwrap()
    };
    for query in ["", "?$top=0", "?$filter=result%20eq%20'failure'"] {
        let target = format!("{AUDITS}{query}");
        service.send(Request::get(&target)).await.graph_error(401, "InvalidAuthenticationToken");
        for token in [
            service.user(ADELE).await,
            service.user("root@contoso.example").await,
            delegated(ADELE),
            service.admin.clone(),
            service.application(&["Directory.Read.All", "Reports.Read.All"]).await,
        ] {
            get(&service, &token, &target).await.graph_error(403, "Authorization_RequestDenied");
        }
    }
    get(&service, &delegated("root@contoso.example"), AUDITS).await.expect(200);
}

#[service_test]
async fn the_audit_is_read_only_and_the_only_route_at_its_path() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = reader(&service).await;
    let record = audits(&service, "").await.remove(0);
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        let reply = service.send(Request::new(method, AUDITS).json(&json!({})).bearer(&token)).await;
        assert!([404, 405].contains(&reply.status), "{method} {}", reply.status);
    }
    let id = record["id"].as_str().unwrap();
    let one = get(&service, &token, &format!("{AUDITS}/{id}")).await.expect(200).json();
    let found = one.as_object().unwrap().iter().filter(|(name, _)| *name != "@odata.context");
    assert_eq!(found.map(|(name, value)| (name.clone(), value.clone())).collect::<Value>(), record);
    for path in [
        format!("{AUDITS}/"),
        format!("{AUDITS}/{id}x"),
        format!("{AUDITS}/{id}/x"),
        "/graph/v1.0/auditLogs/signIns".to_owned(),
    ] {
        get(&service, &token, &path).await.graph_error(404, "Request_ResourceNotFound");
    }
    assert_eq!(audits(&service, "").await, [record]);
}
