//! `GET /graph/v1.0/users…`: users in Microsoft Graph's shapes, and queries that are understood completely or refused.

mod refusals;

use std::collections::BTreeSet;

use local::Options;
use serde_json::{Value, json};

use crate::support::client::together;
use crate::support::{Reply, Request, Service};

const USERS: &str = "/graph/v1.0/users";
/// The default properties of a user: those that Graph returns by default, and everything else that is stored of a user
/// and is neither a contact nor a right.
const DEFAULT: [&str; 25] = [
    "accountEnabled",
    "businessPhones",
    "city",
    "companyName",
    "country",
    "department",
    "displayName",
    "employeeId",
    "employeeType",
    "faxNumber",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mailNickname",
    "mobilePhone",
    "officeLocation",
    "postalCode",
    "preferredLanguage",
    "signInSessionsValidFromDateTime",
    "state",
    "streetAddress",
    "surname",
    "usageLocation",
    "userPrincipalName",
];

async fn get(service: &Service, target: &str) -> Reply {
    service.send(Request::get(target).bearer(&service.admin)).await
}

fn names(body: &Value) -> Vec<String> {
    body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["userPrincipalName"].as_str().unwrap().to_owned())
        .collect()
}

fn members(body: &Value) -> BTreeSet<&str> {
    body.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Creates `count` users without passwords, from `user-00@…` on, in no particular order. Returns their names in order.
async fn people(service: &Service, count: usize) -> Vec<String> {
    let names: Vec<String> = (0..count).map(|number| format!("user-{number:02}@contoso.example")).collect();
    let create = |name: &String| Request::post(USERS, &json!({"userPrincipalName": name})).bearer(&service.admin);
    for reply in together(names.iter().map(create).collect(), service.address()).await {
        reply.expect(201);
    }
    names
}

#[service_test]
async fn a_user_has_every_property_by_default_except_those_that_need_select() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let more = json!({"displayName": "Adele Vance", "givenName": "Adele", "surname": "Vance", "mail": "adele@contoso.example",
                      "jobTitle": "Accordionist", "preferredLanguage": "en", "usageLocation": "US", "mailNickname": "adele",
                      "city": "Redmond", "companyName": "Contoso", "country": "United States", "department": "Music",
                      "employeeId": "4711", "employeeType": "Employee", "faxNumber": "+1 4255550199",
                      "officeLocation": "18/2111", "postalCode": "98052", "state": "WA",
                      "streetAddress": "1 Contoso Way"});
    service.patch(&id, &more).await.expect(204);
    let selected = get(&service, &format!("{USERS}/{id}?$select=createdDateTime")).await.expect(200).json();
    let user = json!({
        "accountEnabled": true, "businessPhones": ["+1 4255550111"], "displayName": "Adele Vance", "givenName": "Adele",
        "id": id, "jobTitle": "Accordionist", "mail": "adele@contoso.example", "mailNickname": "adele",
        "mobilePhone": "+1 4255550100", "officeLocation": "18/2111", "preferredLanguage": "en",
        "city": "Redmond", "companyName": "Contoso", "country": "United States", "department": "Music",
        "employeeId": "4711", "employeeType": "Employee", "faxNumber": "+1 4255550199", "postalCode": "98052",
        "state": "WA", "streetAddress": "1 Contoso Way",
        "signInSessionsValidFromDateTime": selected["createdDateTime"], "surname": "Vance", "usageLocation": "US",
        "userPrincipalName": "adele@contoso.example"
    });
    let url = service.running.url();
    let reply = get(&service, &format!("{USERS}/{id}")).await.expect(200);
    reply.fixed_headers();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let mut one = user.clone();
    one["@odata.context"] = json!(format!("{url}/graph/v1.0/$metadata#users/$entity"));
    assert_eq!(reply.json(), one);
    let list = get(&service, USERS).await.expect(200).json();
    assert_eq!(list, json!({"@odata.context": format!("{url}/graph/v1.0/$metadata#users"), "value": [user]}));
}

#[service_test]
async fn a_created_user_is_returned_as_it_is_read() {
    let service = Service::start(json!({})).await;
    let body = json!({"userPrincipalName": "lee@contoso.example", "usageLocation": "GB", "mailNickname": "lee",
                      "accountEnabled": false, "otherMails": ["lee@example.org"]});
    let reply = service.send(Request::post(USERS, &body).bearer(&service.admin)).await.expect(201);
    let mut created = reply.json();
    assert_eq!(created.as_object_mut().unwrap().remove("otherMails").unwrap(), json!(["lee@example.org"]));
    assert_eq!(created, get(&service, &format!("{USERS}/lee@contoso.example")).await.expect(200).json());
    assert_eq!(
        [&created["usageLocation"], &created["mailNickname"], &created["accountEnabled"]],
        [&json!("GB"), &json!("lee"), &json!(false)]
    );
}

#[service_test]
async fn a_bare_user_has_the_same_members_without_values() {
    let service = Service::start(json!({})).await;
    people(&service, 1).await;
    let body = get(&service, &format!("{USERS}/user-00@contoso.example")).await.expect(200).json();
    let mut expected: BTreeSet<&str> = DEFAULT.into();
    expected.insert("@odata.context");
    assert_eq!(members(&body), expected);
    assert_eq!(
        (&body["mobilePhone"], &body["businessPhones"], &body["displayName"]),
        (&Value::Null, &json!([]), &Value::Null)
    );
    assert_eq!((&body["usageLocation"], &body["accountEnabled"]), (&Value::Null, &json!(true)));
}

#[service_test]
async fn select_gives_exactly_what_it_names() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let target = format!("{USERS}/{id}?$select=otherMails,onPremisesSyncEnabled,isAdmin,accountEnabled");
    let mut body = get(&service, &target).await.expect(200).json();
    body.as_object_mut().unwrap().remove("@odata.context").unwrap();
    assert_eq!(
        body,
        json!({"otherMails": ["adele.vance@example.org"], "onPremisesSyncEnabled": false, "isAdmin": false, "accountEnabled": true})
    );
    let target = format!(
        "{USERS}/{id}?%24select=createdDateTime%2C%20signInSessionsValidFromDateTime,mailNickname,usageLocation"
    );
    let body = get(&service, &target).await.expect(200).json();
    assert_eq!(body["createdDateTime"], body["signInSessionsValidFromDateTime"]);
    assert!(body["createdDateTime"].as_str().unwrap().ends_with('Z'));
    assert_eq!(members(&body).len(), 5);
    let list = get(&service, &format!("{USERS}?$select=id")).await.expect(200).json();
    assert_eq!(list["value"], json!([{"id": id}]));
}

#[service_test]
async fn a_page_has_1_to_999_users_and_100_by_default() {
    let service = Service::start(json!({})).await;
    let all = people(&service, 101).await;
    for top in ["0", "-1", "1.5", "x", ""] {
        get(&service, &format!("{USERS}?$top={top}")).await.graph_error(400, "Request_BadRequest");
    }
    for top in ["1000", "99999999999999999999"] {
        get(&service, &format!("{USERS}?$top={top}")).await.graph_error(400, "Request_UnsupportedQuery");
    }
    for (query, count) in [("", 100), ("?$top=1", 1), ("?$top=100", 100)] {
        let body = get(&service, &format!("{USERS}{query}")).await.expect(200).json();
        assert_eq!(names(&body).len(), count);
        assert!(body["@odata.nextLink"].is_string(), "{query}");
    }
    let body = get(&service, &format!("{USERS}?$top=999")).await.expect(200).json();
    let expected: BTreeSet<String> = all.into_iter().collect();
    assert_eq!(names(&body), Vec::from_iter(expected));
    assert_eq!(members(&body), ["@odata.context", "value"].into());
}

/// Follows the links of a list to its end, and returns the names on each page.
async fn pages(service: &Service, first: &str, url: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut target = first.to_owned();
    loop {
        let body = get(service, &target).await.expect(200).json();
        pages.push(names(&body));
        let Some(next) = body["@odata.nextLink"].as_str() else { return pages };
        target = next.strip_prefix(url).unwrap_or_else(|| panic!("{next} does not begin with {url}")).to_owned();
        assert!(target.starts_with("/graph/v1.0/users?"), "{target}");
        assert!(pages.len() < 10, "the list has an end");
    }
}

#[service_test]
async fn twenty_five_users_are_three_pages_of_ten() {
    let service = Service::start(json!({})).await;
    let all = people(&service, 25).await;
    let url = service.running.url();
    let pages_of_ten = pages(&service, &format!("{USERS}?$top=10"), &url).await;
    assert_eq!(pages_of_ten, [&all[..10], &all[10..20], &all[20..]]);
    // If the last page is exactly full, no empty page follows.
    assert_eq!(pages(&service, &format!("{USERS}?$top=5"), &url).await.len(), 5);
    // The links keep the options: two names on each page, and only those with the prefix.
    let some = pages(
        &service,
        &format!("{USERS}?$top=2&$select=userPrincipalName&$filter=startswith(userPrincipalName,%27USER-1%27)"),
        &url,
    )
    .await;
    assert_eq!(some.concat(), all[10..20]);
    assert_eq!(some.len(), 5);
}

#[service_test]
async fn links_begin_with_the_public_address_regardless_of_the_host() {
    let url = "https://reset.contoso.example/api";
    let options = Options { public_url: Some(format!("{url}/")), ..Options::default() };
    let service = Service::with(&options).await;
    let all = people(&service, 3).await;
    assert_eq!(pages(&service, &format!("{USERS}?$top=1"), url).await.concat(), all);
    let request = Request::get(&format!("{USERS}?$top=1"))
        .header("Host", "evil.example")
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "ftp")
        .header("Forwarded", "host=evil.example");
    let body = service.send(request.bearer(&service.admin)).await.expect(200).json();
    assert!(body["@odata.nextLink"].as_str().unwrap().starts_with(&format!("{url}/graph/v1.0/users?")));
    assert_eq!(body["@odata.context"], format!("{url}/graph/v1.0/$metadata#users"));
}

#[service_test]
async fn a_link_continues_where_the_page_ended_despite_deletions() {
    let service = Service::start(json!({})).await;
    let all = people(&service, 6).await;
    let body = get(&service, &format!("{USERS}?$top=2")).await.expect(200).json();
    assert_eq!(names(&body), all[..2]);
    for gone in [&all[1], &all[2]] {
        service.send(Request::new("DELETE", &format!("{USERS}/{gone}")).bearer(&service.admin)).await.expect(204);
    }
    let next = body["@odata.nextLink"].as_str().unwrap().strip_prefix(&service.running.url()).unwrap().to_owned();
    let body = get(&service, &next).await.expect(200).json();
    assert_eq!(names(&body), all[3..5]);
}

#[service_test]
async fn a_link_followed_twice_leads_to_the_same_page() {
    let service = Service::start(json!({})).await;
    let all = people(&service, 5).await;
    let body = get(&service, &format!("{USERS}?$top=2&$select=id,userPrincipalName")).await.expect(200).json();
    let next = body["@odata.nextLink"].as_str().unwrap().strip_prefix(&service.running.url()).unwrap().to_owned();
    let once = get(&service, &next).await.expect(200).json();
    assert_eq!(names(&once), all[2..4]);
    assert_eq!(get(&service, &next).await.expect(200).json()["value"], once["value"]);
    // A link is a request like any other. With a repeated or an unknown option, it is refused.
    for more in ["$top=2", "$count=true"] {
        get(&service, &format!("{next}&{more}")).await.graph_error(400, "Request_UnsupportedQuery");
    }
}

#[service_test]
async fn headers_of_graphs_advanced_queries_change_nothing() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let plain = get(&service, USERS).await.expect(200).json();
    let asked = |target: &str| {
        let request =
            Request::get(target).header("ConsistencyLevel", "eventual").header("Prefer", "odata.maxpagesize=1");
        request.bearer(&service.admin)
    };
    assert_eq!(service.send(asked(USERS)).await.expect(200).json(), plain);
    let counted = asked(&format!("{USERS}?$count=true"));
    service.send(counted).await.graph_error(400, "Request_UnsupportedQuery");
}

#[service_test]
async fn filters_find_by_name_and_by_its_beginning() {
    let service = Service::start(json!({})).await;
    for name in
        ["adele@contoso.example", "adele.second@contoso.example", "o'neil@contoso.example", "zoë@contoso.example"]
    {
        service
            .send(Request::post(USERS, &json!({"userPrincipalName": name})).bearer(&service.admin))
            .await
            .expect(201);
    }
    let too_long = format!("startswith(userPrincipalName,'{}')", "a".repeat(513));
    for (filter, expected) in [
        ("userPrincipalName%20eq%20%27Adele@Contoso.example%27", &["adele@contoso.example"][..]),
        ("userPrincipalName%20EQ%20'adele@contoso.example'", &["adele@contoso.example"]),
        ("userPrincipalName+eq+'adele@contoso.example'", &["adele@contoso.example"]),
        ("userPrincipalName%20eq%20'o''neil@contoso.example'", &["o'neil@contoso.example"]),
        ("userPrincipalName%20eq%20'nobody@contoso.example'", &[]),
        // A text that is not a valid name matches nobody.
        ("userPrincipalName%20eq%20'no%20name'", &[]),
        ("userPrincipalName%20eq%20''", &[]),
        ("userPrincipalName%20eq%20'%00@contoso.example'", &[]),
        (&too_long, &[]),
        ("(userPrincipalName%20eq%20'adele@contoso.example')", &["adele@contoso.example"]),
        ("((startswith(userPrincipalName,'o')))", &["o'neil@contoso.example"]),
        ("startswith(userPrincipalName,'ADELE')", &["adele.second@contoso.example", "adele@contoso.example"]),
        ("startsWith(userPrincipalName,%20'adele@')", &["adele@contoso.example"]),
        ("startswith(userPrincipalName,'o''')", &["o'neil@contoso.example"]),
        ("startswith(userPrincipalName,'x')", &[]),
        ("startswith(userPrincipalName,'zo%C3%AB')", &["zoë@contoso.example"]),
    ] {
        let body = get(&service, &format!("{USERS}?$filter={filter}")).await.expect(200).json();
        assert_eq!(names(&body), expected, "{filter}");
        assert_eq!(members(&body), ["@odata.context", "value"].into());
    }
    let everybody =
        get(&service, &format!("{USERS}?$filter=startswith(userPrincipalName,'')")).await.expect(200).json();
    assert_eq!(names(&everybody).len(), 4);
}

#[service_test]
async fn a_user_is_found_by_id_and_by_name_in_any_case() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let by_id = get(&service, &format!("{USERS}/{id}")).await.expect(200);
    for key in ["adele@contoso.example", "ADELE@CONTOSO.EXAMPLE", "Adele%40Contoso.example", "%61dele@contoso.example"]
    {
        assert_eq!(get(&service, &format!("{USERS}/{key}")).await.expect(200).json(), by_id.json(), "{key}");
    }
}

#[service_test]
async fn unknown_users_and_routes_are_not_found() {
    let service = Service::start(json!({})).await;
    let id = service.adele().await;
    let swapped: String = id.chars().rev().collect();
    for key in [
        "nobody@contoso.example",
        &swapped,
        &"A".repeat(id.len()),
        "x",
        "adele",
        "adele@",
        "..",
        "user%23x",
        "adele%00@contoso.example",
        "%2e%2e%2fadele@contoso.example",
        "adele%2Fauthentication@contoso.example",
        "adele@contoso.example%20",
    ] {
        get(&service, &format!("{USERS}/{key}")).await.graph_error(404, "Request_ResourceNotFound");
    }
    for path in
        ["/graph/v1.0/nothing", "/graph/v1.0/users/x/nothing", "/graph/v1.0/groups", &format!("{USERS}/{id}/password")]
    {
        get(&service, path).await.graph_error(404, "Request_ResourceNotFound");
    }
}
