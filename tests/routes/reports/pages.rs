//! Pages of users: where one ends and the next begins while users come and go, and their cost with ten thousand users.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, StreamSpecification, WriteRequest};
use local::Options;
use serde_json::{Value, json};

use super::{REPORT, USERS, get, local_part, reader};
use crate::support::{Request, Service};

/// Follows the links of a list to its end. Returns the local parts on each page, and how many requests to the table
/// each page cost.
async fn pages(service: &Service, token: &str, first: &str) -> (Vec<Vec<String>>, Vec<u64>) {
    let cost = || service.running.counts()["admin-get-contact"];
    let url = service.running.url();
    let (mut pages, mut costs, mut target) = (Vec::new(), Vec::new(), first.replace(' ', "%20"));
    loop {
        let before = cost();
        let body = get(service, token, &target).await.expect(200).json();
        costs.push(cost() - before);
        pages.push(body["value"].as_array().unwrap().iter().map(local_part).collect());
        let Some(next) = body["@odata.nextLink"].as_str() else { return (pages, costs) };
        target = next.strip_prefix(&url).unwrap_or_else(|| panic!("{next} begins with {url}")).to_owned();
        assert!(pages.len() < 30, "the list has an end");
    }
}

#[service_test]
async fn pages_follow_each_other_and_keep_the_options() {
    let url = "https://reset.contoso.example/api";
    let options = Options { public_url: Some(format!("{url}/")), ..Options::default() };
    let service = Service::with(&options).await;
    for name in ["ann", "ben", "cat"] {
        service.create(&format!("{name}@contoso.example"), json!({"accountEnabled": name != "ben"})).await;
    }
    let token = reader(&service).await;
    let first = format!("{REPORT}?$filter=isAdmin%20eq%20false&$top=1");
    let body = get(&service, &token, &first).await.expect(200).json();
    let next = body["@odata.nextLink"].as_str().unwrap();
    let rest = next.strip_prefix(&format!("{url}{REPORT}?$filter=isAdmin%20eq%20false&$top=1&$skiptoken=")).unwrap();
    assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{rest}");
    let target = next.strip_prefix(url).unwrap();
    let second = get(&service, &token, target).await.expect(200).json();
    assert_eq!(local_part(&second["value"][0]), "cat");
    assert_eq!(second["@odata.nextLink"], Value::Null);
    assert_eq!(get(&service, &token, target).await.expect(200).json(), second, "a link can be followed again");
    // Without a filter, a page holds the enabled users among `$top` users, but at least one: some clients stop at an
    // empty page.
    let mut sizes = Vec::new();
    let mut target = format!("{REPORT}?$top=1");
    loop {
        let body = get(&service, &token, &target).await.expect(200).json();
        sizes.push(body["value"].as_array().unwrap().len());
        let Some(next) = body["@odata.nextLink"].as_str() else { break };
        next.strip_prefix(url).unwrap().clone_into(&mut target);
    }
    assert_eq!(sizes, [1, 1]);
}

#[service_test]
async fn users_created_or_deleted_between_pages_move_nobody_else() {
    let service = Service::start(json!({})).await;
    let user = |name: &str| format!("{name}@contoso.example");
    for name in ["b", "d", "f", "h", "j"] {
        service.create(&user(name), json!({})).await;
    }
    let token = reader(&service).await;
    let readers = [(REPORT, token.as_str()), (USERS, service.admin.as_str())];
    let mut links = Vec::new();
    for (path, token) in readers {
        let body = get(&service, token, &format!("{path}?$top=2")).await.expect(200).json();
        assert_eq!(body["value"].as_array().unwrap().iter().map(local_part).collect::<Vec<_>>(), ["b", "d"]);
        links.push(body["@odata.nextLink"].as_str().unwrap().strip_prefix(&service.running.url()).unwrap().to_owned());
    }
    // Before the end of the page, at it, and after it.
    for gone in ["b", "d", "f"] {
        let delete = Request::new("DELETE", &format!("{USERS}/{}", user(gone)));
        service.send(delete.bearer(&service.admin)).await.expect(204);
    }
    for new in ["a", "c", "e", "i", "k"] {
        service.create(&user(new), json!({})).await;
    }
    for ((_, token), link) in readers.into_iter().zip(links) {
        let (rest, _) = pages(&service, token, &link).await;
        assert_eq!(rest.concat(), ["e", "h", "i", "j", "k"]);
    }
}

/// How many tasks write copies at the same time.
const WRITERS: usize = 4;

/// A service with `count` users, each with an address.
///
/// The first user is created by a request. The others are copies of its rows, written in batches: creating them one by
/// one would take minutes.
async fn crowd(count: usize) -> Service {
    let service = Service::start(json!({})).await;
    let first = "user-00000";
    let id =
        service.create(&format!("{first}@contoso.example"), json!({"otherMails": ["user-00000@example.org"]})).await;
    let (client, table) = (&service.running.client, service.running.table);
    let rows = client.scan().table_name(table).send().await.unwrap().items.unwrap_or_default();
    let is_listed = |row: &&Row| {
        let partition = row["pk"].as_s().unwrap();
        partition == "DIRECTORY" || partition.starts_with("ACCOUNT#")
    };
    let rows: Vec<&Row> = rows.iter().filter(is_listed).collect();
    assert_eq!(rows.len(), 2, "one row lists a user, and one is the account");
    let copies: Vec<WriteRequest> = (1..count)
        .flat_map(|number| {
            // An account's id has 22 characters. The last one has four unused bits.
            let (name, other) = (format!("user-{number:05}"), format!("{number:021}A"));
            let texts = [(first, name.as_str()), (&id, &other)];
            rows.iter().map(|row| copied(row, &texts)).collect::<Vec<_>>()
        })
        .map(|row| {
            WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(row)).build().unwrap()).build()
        })
        .collect();
    // No message is delivered here, and the engine searches its whole stream at every write.
    let no_stream = StreamSpecification::builder().stream_enabled(false).build().unwrap();
    client.update_table().table_name(table).stream_specification(no_stream).send().await.unwrap();
    let writing = copies.chunks(copies.len().div_ceil(WRITERS)).map(|part| {
        let (client, part) = (client.clone(), part.to_vec());
        tokio::spawn(async move {
            for batch in part.chunks(25) {
                let written = client.batch_write_item().request_items(table, batch.to_vec()).send().await.unwrap();
                assert!(written.unprocessed_items.unwrap_or_default().is_empty());
            }
        })
    });
    for writer in writing.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    service
}

type Row = HashMap<String, AttributeValue>;

/// A copy of a row in which texts are replaced by others.
fn copied(row: &Row, texts: &[(&str, &str)]) -> Row {
    row.iter().map(|(name, value)| (name.clone(), with(value, texts))).collect()
}

fn with(value: &AttributeValue, texts: &[(&str, &str)]) -> AttributeValue {
    match value {
        AttributeValue::S(text) => {
            AttributeValue::S(texts.iter().fold(text.clone(), |text, (from, to)| text.replace(from, to)))
        }
        AttributeValue::M(map) => AttributeValue::M(copied(map, texts)),
        AttributeValue::L(list) => AttributeValue::L(list.iter().map(|value| with(value, texts)).collect()),
        other => other.clone(),
    }
}

#[service_test]
async fn a_page_costs_the_same_with_ten_thousand_users_as_with_a_thousand() {
    let (few, many) = tokio::join!(crowd(1_000), crowd(10_000));
    let mut costs_of_both = Vec::new();
    for (service, count) in [(&few, 1_000_usize), (&many, 10_000)] {
        let all: Vec<String> = (0..count).map(|number| format!("user-{number:05}")).collect();
        let token = reader(service).await;
        // Reads the policy now. It is read once a minute, not for every page.
        get(service, &token, &format!("{REPORT}?$top=1")).await.expect(200);
        let mut costs_of_each = Vec::new();
        for (path, token) in [(USERS, &service.admin), (REPORT, &token)] {
            let (pages, costs) = pages(service, token, &format!("{path}?$top=999")).await;
            assert_eq!(pages.concat(), all, "everybody once, in order");
            assert_eq!(pages.len(), count.div_ceil(999));
            costs_of_each.push(costs);
        }
        let target = format!("{REPORT}?$filter=isAdmin eq true&$top=1");
        let (nobody, costs) = pages(service, &token, &target).await;
        assert!(nobody.iter().all(Vec::is_empty));
        costs_of_each.push(costs);
        let target = format!("{USERS}?$filter=startswith(userPrincipalName,'user-0099')");
        let (ten, costs) = pages(service, &service.admin, &target).await;
        assert_eq!(ten, [&all[990..1_000]]);
        costs_of_each.push(costs);
        // A minute may have passed on a slow machine.
        get(service, &token, &format!("{REPORT}?$top=1")).await.expect(200);
        // A filter that can match nobody costs no request, and one that matches an id is a single read.
        let by_id = format!("id eq '{:021}A'", 7);
        for (filter, found) in [("isMfaCapable eq true", vec![]), ("id eq 'x'", vec![]), (&by_id, all[7..8].to_vec())] {
            let (rows, costs) = pages(service, &token, &format!("{REPORT}?$filter={filter}")).await;
            let cost = found.len() as u64;
            assert_eq!((rows, costs), (vec![found], vec![cost]), "{filter}");
        }
        costs_of_both.push(costs_of_each);
    }
    // A page of 999 is one query for the names and a batch for each hundred of them. The last page has the rest.
    let of_pages = |whole: usize, rest: u64| [vec![11; whole], vec![rest]].concat();
    // If nobody is found, one request reads 1, 10 and 100 users, and then pages of 999. The last one has the rest.
    assert_eq!(costs_of_both[0], [of_pages(1, 2), of_pages(1, 2), vec![3 * 2 + 10], vec![2]]);
    assert_eq!(costs_of_both[1], [of_pages(10, 2), of_pages(10, 2), vec![3 * 2 + 9 * 11 + 10], vec![2]]);
}
