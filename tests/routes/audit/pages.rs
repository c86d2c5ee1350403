//! Pages of the audit: where one ends and the next begins, what they cost, and how far back they go.

use local::Options;
use serde_json::json;
use shared::time::{Clock, DAY};

use super::{AUDITS, USERS, audits, change, change_policy, changes, created, get, ids, reader, summary};
use crate::support::client::together;
use crate::support::{Request, Service};

/// Follows the links of a list to its end, and returns the ids on each page.
async fn pages(service: &Service, first: &str) -> Vec<Vec<String>> {
    let (token, url) = (reader(service).await, service.running.url());
    let (mut pages, mut target) = (Vec::new(), first.replace(' ', "%20"));
    loop {
        let body = get(service, &token, &target).await.expect(200).json();
        pages.push(ids(body["value"].as_array().unwrap()).into_iter().map(str::to_owned).collect());
        let Some(next) = body["@odata.nextLink"].as_str() else { return pages };
        target = next.strip_prefix(&url).unwrap_or_else(|| panic!("{next} begins with {url}")).to_owned();
        assert!(target.starts_with(&format!("{AUDITS}?")), "{target}");
        assert!(pages.len() < 50, "the list has an end");
    }
}

#[service_test]
async fn pages_hold_every_record_once_whatever_happens_meanwhile() {
    let service = Service::start(json!({})).await;
    let first = created(&service, 5, 1).await;
    // Two days later, several users are created at once, so that many records have the same moment.
    service.advance(2 * 86_400).await;
    // The earlier token has expired.
    let admin = service.application(&["User.ReadWrite.All"]).await;
    let create = |number: usize| {
        let body = json!({"userPrincipalName": format!("late-{number}@contoso.example")});
        Request::post(USERS, &body).bearer(&admin)
    };
    for reply in together((0..6).map(create).collect(), service.address()).await {
        reply.expect(201);
    }
    let all: Vec<String> = ids(&audits(&service, "").await).into_iter().map(str::to_owned).collect();
    assert_eq!((all.len(), &all[6..]), (11, &first[..]));
    for (top, count) in [(1, 11), (2, 6), (5, 3), (10, 2), (11, 1), (1000, 1)] {
        let pages = pages(&service, &format!("{AUDITS}?$top={top}")).await;
        assert_eq!(pages.concat(), all, "{top}");
        assert_eq!(pages.len(), count, "{top}");
    }
    // The links keep the options.
    let filter = "$filter=targetResources/any(t:t/userPrincipalName eq 'user-01@contoso.example')";
    assert_eq!(pages(&service, &format!("{AUDITS}?{filter}&$top=1")).await, [[first[3].clone()]]);
    // A record that is written between two pages comes before the first page, and moves nothing.
    let token = reader(&service).await;
    let body = get(&service, &token, &format!("{AUDITS}?$top=4")).await.expect(200).json();
    let next = body["@odata.nextLink"].as_str().unwrap().strip_prefix(&service.running.url()).unwrap().to_owned();
    service.send(create(9)).await.expect(201);
    assert_eq!(pages(&service, &next).await.concat(), all[4..]);
    assert_eq!(pages(&service, &next).await.concat(), all[4..], "a link can be followed again");
}

#[service_test]
async fn a_request_queries_the_table_once_for_each_day_that_it_reads() {
    let service = Service::start(json!({"auditRetentionDays": 365})).await;
    // At noon, so that all of this falls on one day.
    service.advance(DAY - service.running.clock.now().seconds() % DAY + DAY / 2).await;
    let admin = service.application(&["User.ReadWrite.All"]).await;
    for number in 0..3 {
        let body = json!({"userPrincipalName": format!("user-{number}@contoso.example")});
        service.send(Request::post(USERS, &body).bearer(&admin)).await.expect(201);
    }
    let token = reader(&service).await;
    let cost = async |query: &str| {
        let before = service.running.counts()["admin-get-contact"];
        get(&service, &token, &format!("{AUDITS}{query}")).await.expect(200);
        service.running.counts()["admin-get-contact"] - before
    };
    // The policy is read once a minute.
    assert_eq!(cost("?$top=1").await, 2);
    let today = service.running.clock.now().day();
    assert_eq!(cost(&format!("?$filter=activityDateTime%20ge%20{today}")).await, 1);
    assert_eq!(cost("?$top=2").await, 1, "the third record, read with it, means another page");
    assert_eq!(cost("").await, 32, "one pass reads 32 of 366 days");
    assert_eq!(cost("?$filter=result%20eq%20'failure'").await, 366, "the passes continue while nothing is found");
    for never in ["result%20eq%20'timeout'", "initiatedBy/user/userPrincipalName%20eq%20'no%20name'", "id%20eq%20'x'"] {
        assert_eq!(cost(&format!("?$filter={never}")).await, 0, "nothing can match: {never}");
    }
    let id = audits(&service, "?$top=1").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(cost(&format!("?$filter=id%20eq%20'{id}'")).await, 1, "only one record can match, so it stops there");
}

#[service_test]
async fn links_begin_with_the_public_address_regardless_of_the_host() {
    let url = "https://reset.contoso.example/api";
    let options = Options { public_url: Some(format!("{url}/")), ..Options::default() };
    let service = Service::with(&options).await;
    created(&service, 2, 1).await;
    let token = reader(&service).await;
    let request = Request::get(&format!("{AUDITS}?$top=1")).header("Host", "evil.example");
    let body = service.send(request.header("X-Forwarded-Host", "evil.example").bearer(&token)).await.expect(200).json();
    let next = body["@odata.nextLink"].as_str().unwrap();
    let rest = next.strip_prefix(&format!("{url}{AUDITS}?$top=1&$skiptoken=")).unwrap_or_else(|| panic!("{next}"));
    assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{rest}");
    assert_eq!(body["@odata.context"], format!("{url}/graph/v1.0/$metadata#auditLogs/directoryAudits"));
}

#[service_test]
async fn records_are_retained_as_long_as_the_policy_says() {
    let service = Service::start(json!({})).await;
    created(&service, 1, 1).await;
    service.advance(30 * 86_400 - 60).await;
    assert_eq!(audits(&service, "").await.len(), 1);
    service.advance(60).await;
    assert!(audits(&service, "").await.is_empty());
}

#[service_test]
async fn a_record_keeps_its_own_retention_when_the_policy_changes() {
    let service = Service::start(json!({})).await;
    created(&service, 1, 1).await;
    service.advance(86_400).await;
    assert_eq!(audits(&service, "").await.len(), 1);
    change_policy(&service, &json!({"auditRetentionDays": 1})).await;
    service.advance(60).await;
    let records = audits(&service, "").await;
    assert_eq!(
        records.iter().map(summary).map(|summary| summary[0]).collect::<Vec<_>>(),
        ["Authentication Methods Policy Update", "Add user"],
        "a shorter retention does not hide old records"
    );
    change_policy(&service, &json!({"auditRetentionDays": 365})).await;
    service.advance(60).await;
    assert_eq!(audits(&service, "").await.len(), 3, "each record keeps its own retention");
    service.advance(30 * 86_400).await;
    let records = audits(&service, "").await;
    assert_eq!(changes(&records[0]), json!([change("auditRetentionDays", "1", "365")]));
    assert_eq!(records.len(), 1, "the others had a retention of 30 days");
}
