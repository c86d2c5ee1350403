//! Queries that are refused: unsupported options, and page tokens that do not belong to the list.

use serde_json::json;

use super::{USERS, get, names, people};
use crate::support::{Request, Service};

#[service_test]
async fn secrets_and_registered_contacts_are_not_properties() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    for property in
        ["password", "passwordProfile", "securityQuestions", "registered", "version", "unknown", "*", "id,manager/id"]
    {
        for path in [USERS.to_owned(), format!("{USERS}/{id}")] {
            get(&service, &format!("{path}?$select={property}")).await.graph_error(400, "Request_UnsupportedQuery");
        }
    }
    // A text that is not a list of names is malformed.
    for list in ["", ",", "id,,mail", "id;mail", "id,password,"] {
        for path in [USERS.to_owned(), format!("{USERS}/{id}")] {
            get(&service, &format!("{path}?$select={list}")).await.graph_error(400, "Request_BadRequest");
        }
    }
}

#[service_test]
async fn no_option_operator_or_property_is_ignored() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let escape = |text: &str| text.replace(' ', "%20").replace('\'', "%27").replace('"', "%22");
    for query in [
        "$orderby=displayName",
        "$search=x",
        "$count=true",
        "$expand=manager",
        "$skip=1",
        "$format=json",
        "top=1",
        "x=y",
        "$select=id&$select=mail",
        "$top=1&$top=2",
        "$filter=jobTitle eq 'x'",
        "$filter=displayName ne 'x'",
        "$filter=mobilePhone eq null",
        "$filter=startswith(mobilePhone,'+1')",
        "$filter=userPrincipalName ne 'adele@contoso.example'",
        "$filter=userPrincipalName eq adele@contoso.example",
        "$filter=startswith(jobTitle,'a')",
        "$filter=displayName eq 'x' or surname eq 'y'",
        "$search=\"mail:x\"",
        "$filter=endswith(userPrincipalName,'a')",
        "$filter=not startswith(userPrincipalName,'a')",
        "$filter=userPrincipalName eq 'a@b.example' or userPrincipalName eq 'adele@contoso.example'",
        "$filter=startswith(userPrincipalName,'a') and isAdmin eq true",
        "$filter=",
    ] {
        get(&service, &format!("{USERS}?{}", escape(query))).await.graph_error(400, "Request_UnsupportedQuery");
    }
    for query in ["$top=1", "$filter=userPrincipalName eq 'adele@contoso.example'", "$expand=manager", "x=y"] {
        get(&service, &format!("{USERS}/{id}?{}", escape(query))).await.graph_error(400, "Request_UnsupportedQuery");
    }
}

#[service_test]
async fn a_page_token_is_sealed_and_works_for_its_own_list_only() {
    /// The first user's name in base64, which anybody can read.
    const UNSEALED: &str = "dXNlci0wMEBjb250b3NvLmV4YW1wbGU";
    let service = Service::start(json!({})).await;
    people(&service, 3).await;
    let auditor = service.application(&["AuditLog.Read.All"]).await;
    let report = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails";
    let filter = "$filter=startswith(userPrincipalName,%27user%27)";
    let lists = [
        (USERS.to_owned(), &service.admin),
        (format!("{USERS}?{filter}"), &service.admin),
        (report.to_owned(), &auditor),
        (format!("{report}?{filter}"), &auditor),
        ("/graph/v1.0/auditLogs/directoryAudits".to_owned(), &auditor),
    ];
    let with = |list: &str, rest: &str| format!("{list}{}{rest}", if list.contains('?') { '&' } else { '?' });
    let mut tokens = Vec::new();
    for (list, bearer) in &lists {
        let target = with(list, "$top=1");
        let body = service.send(Request::get(&target).bearer(bearer)).await.expect(200).json();
        let next = body["@odata.nextLink"].as_str().unwrap();
        let token = next.split_once("$skiptoken=").unwrap().1.to_owned();
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
        assert!(token.len() > 60 && !token.contains(&UNSEALED[..8]) && !next.contains("contoso"), "{next}");
        let again = service.send(Request::get(&target).bearer(bearer)).await.expect(200).json();
        assert_ne!(again["@odata.nextLink"], next, "two tokens for the same place differ");
        tokens.push(token);
    }
    for (at, (list, bearer)) in lists.iter().enumerate() {
        for (of, token) in tokens.iter().enumerate() {
            let target = with(list, &format!("$skiptoken={token}"));
            let reply = service.send(Request::get(&target).bearer(bearer)).await;
            if at == of {
                reply.expect(200);
            } else {
                reply.graph_error(400, "Request_BadRequest");
            }
        }
        // Tokens that are changed by one character, cut short, made up, not sealed, or malformed.
        let token = &tokens[at];
        let first = if token.starts_with('A') { 'B' } else { 'A' };
        let changed = format!("{first}{}", &token[1..]);
        for wrong in [changed.as_str(), &token[..60], &"A".repeat(token.len()), UNSEALED, "%21", "_w", ""] {
            let target = with(list, &format!("$skiptoken={wrong}"));
            service.send(Request::get(&target).bearer(bearer)).await.graph_error(400, "Request_BadRequest");
        }
    }
    // `$top` and `$select` may change from page to page. The list and its filter may not.
    let target = format!("{USERS}?$top=2&$select=userPrincipalName&$skiptoken={}", tokens[0]);
    let body = get(&service, &target).await.expect(200).json();
    assert_eq!(names(&body), ["user-01@contoso.example", "user-02@contoso.example"]);
}

#[service_test]
async fn writes_take_no_query_options() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let policy = service.application(&["Policy.ReadWrite.AuthenticationMethod"]).await;
    let one = format!("{USERS}/{id}");
    let unblock = format!("{one}/authentication/unblockPasswordReset");
    let stored = get(&service, &one).await.expect(200).json();
    for (method, path, body, token) in [
        ("POST", USERS, json!({"userPrincipalName": "lee@contoso.example"}), &service.admin),
        ("PATCH", &one, json!({"displayName": "Adele"}), &service.admin),
        ("DELETE", &one, json!(null), &service.admin),
        ("POST", &unblock, json!(null), &service.admin),
        ("PATCH", "/graph/v1.0/policies/passwordReset", json!({"codeDigits": 10}), &policy),
    ] {
        for query in ["$select=id", "$filter=x", "x=y", "$expand=", "="] {
            let target = format!("{path}?{query}");
            let request = Request::new(method, &target).json(&body);
            service.send(request.clone()).await.graph_error(401, "InvalidAuthenticationToken");
            service.send(request.bearer(token)).await.graph_error(400, "Request_UnsupportedQuery");
        }
    }
    assert_eq!(get(&service, &one).await.expect(200).json(), stored);
    get(&service, &format!("{USERS}/lee@contoso.example")).await.graph_error(404, "Request_ResourceNotFound");
    let auditor = service.application(&["AuditLog.Read.All"]).await;
    let records = Request::get("/graph/v1.0/auditLogs/directoryAudits").bearer(&auditor);
    let records = service.send(records).await.expect(200).json();
    assert_eq!(records["value"].as_array().unwrap().len(), 1, "nothing was done but creating Adele");
}
