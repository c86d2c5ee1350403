//! `GET /graph/v1.0/users` with `$filter` and `$search`: people are found by names, addresses and numbers, for the price of
//! what is shown.

use serde_json::{Value, json};

use crate::support::{Reply, Request, Service};

const USERS: &str = "/graph/v1.0/users";

async fn get(service: &Service, target: &str) -> Reply {
    let target = target.replace(' ', "%20").replace('\'', "%27").replace('"', "%22").replace('+', "%2B");
    service.send(Request::get(&target).bearer(&service.admin)).await
}

fn local_part(user: &Value) -> String {
    user["userPrincipalName"].as_str().unwrap().split('@').next().unwrap().to_owned()
}

/// The local parts of the users that a query finds, sorted.
async fn found(service: &Service, query: &str) -> Vec<String> {
    let (mut found, mut target) = (Vec::new(), format!("{USERS}?{query}"));
    loop {
        let body = get(service, &target).await.expect(200).json();
        found.extend(body["value"].as_array().unwrap().iter().map(local_part));
        let Some(next) = body["@odata.nextLink"].as_str() else { break };
        next.strip_prefix(&service.running.url()).unwrap().clone_into(&mut target);
    }
    found.sort();
    found
}

async fn people(service: &Service) {
    for (name, properties) in [
        (
            "ada",
            json!({"displayName": "Ada King Lovelace", "givenName": "Ada", "surname": "Lovelace",
                       "mail": "Ada.Lovelace@contoso.example", "mobilePhone": "+44 7911123456",
                       "otherMails": ["ada@private.example", "countess@private.example"]}),
        ),
        (
            "adam",
            json!({"displayName": "Smith, Adam", "givenName": "Adam", "surname": "Smith",
                        "mail": "adam.smith@contoso.example", "accountEnabled": false,
                        "businessPhones": ["+1 4255550111x7"]}),
        ),
        (
            "renee",
            json!({"displayName": "Renée O'Brien-Łukasz", "givenName": "Renée", "surname": "O'Brien-Łukasz",
                         "mobilePhone": "+1 4255550111"}),
        ),
        ("taro", json!({"displayName": "山田 太郎", "givenName": "太郎", "surname": "山田"})),
        ("nameless", json!({})),
    ] {
        service.create(&format!("{name}@contoso.example"), properties).await;
    }
}

#[service_test]
async fn people_are_found_by_what_a_caller_at_the_help_desk_says() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    for (query, expected) in [
        ("$filter=displayName eq 'ada king lovelace'", &["ada"][..]),
        ("$filter=displayName eq 'Ada Lovelace'", &[]),
        ("$filter=startswith(displayName,'ad')", &["ada"]),
        ("$filter=startswith(displayName,'SMITH, a')", &["adam"]),
        ("$filter=givenName eq 'renee'", &["renee"]),
        ("$filter=startswith(givenName,'Ada')", &["ada", "adam"]),
        ("$filter=surname eq 'O''BRIEN-LUKASZ'", &["renee"]),
        ("$filter=startswith(surname,'山')", &["taro"]),
        ("$filter=mail eq 'ADA.lovelace@contoso.example'", &["ada"]),
        ("$filter=startswith(mail,'ada')", &["ada", "adam"]),
        ("$filter=mail eq 'ada@private.example'", &[]),
        ("$filter=otherMails/any(m:m eq 'Countess@private.example')", &["ada"]),
        ("$filter=mobilePhone eq '+44 7911123456'", &["ada"]),
        ("$filter=mobilePhone eq '+447911123456'", &["ada"]),
        ("$filter=mobilePhone eq '+44 7911-123-456'", &["ada"]),
        ("$filter=mobilePhone eq '+1 4255550111'", &["renee"]),
        ("$filter=mobilePhone eq '07911123456'", &[]),
        ("$filter=businessPhones/any(p:p eq '+1 (425) 555-0111')", &["adam"]),
        ("$filter=businessPhones/any(p:p eq '+1 4255550111x99')", &["adam"]),
        ("$filter=accountEnabled eq false", &["adam"]),
        ("$filter=accountEnabled eq true", &["ada", "nameless", "renee", "taro"]),
        ("$filter=startswith(givenName,'ad') and accountEnabled eq true", &["ada"]),
        ("$filter=surname eq 'Smith' and startswith(userPrincipalName,'b')", &[]),
        ("$search=\"displayName:ada\"", &["ada", "adam"]),
        ("$search=\"displayName:lovelace ad\"", &["ada"]),
        ("$search=\"displayName:brien ren\"", &["renee"]),
        ("$search=\"displayName:lukasz\"", &["renee"]),
        ("$search=\"displayName:太\"", &["taro"]),
        ("$search=\"displayName:dam\"", &[]),
        ("$search=\"displayName:ada\"&$filter=accountEnabled eq false", &["adam"]),
        ("$search=\"displayName:ada\"&$top=1", &["ada", "adam"]),
    ] {
        assert_eq!(found(&service, query).await, expected, "{query}");
    }
    // A plus sign that was not encoded is a space.
    let plain = Request::get(&format!("{USERS}?$filter=mobilePhone%20eq%20%27+447911123456%27"));
    let body = service.send(plain.bearer(&service.admin)).await.expect(200).json();
    assert_eq!(body["value"].as_array().unwrap().len(), 1);
    for wordless in ["$filter=displayName eq '-'", "$search=\"displayName:\"", "$filter=startswith(surname,'')"] {
        get(&service, &format!("{USERS}?{wordless}")).await.graph_error(400, "Request_BadRequest");
    }
}

#[service_test]
async fn a_change_is_found_at_once_and_what_it_replaced_is_not() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let ada = "ada@contoso.example";
    let change = json!({"displayName": "Augusta Byron", "mobilePhone": null, "otherMails": ["ada@other.example"],
                        "accountEnabled": false});
    service.patch(ada, &change).await.expect(204);
    for (query, expected) in [
        ("$search=\"displayName:king\"", &[][..]),
        ("$search=\"displayName:byron\"", &["ada"]),
        ("$filter=givenName eq 'Ada'", &["ada"]),
        ("$filter=mobilePhone eq '+44 7911123456'", &[]),
        ("$filter=otherMails/any(m:m eq 'ada@private.example')", &[]),
        ("$filter=otherMails/any(m:m eq 'ada@other.example')", &["ada"]),
        ("$filter=accountEnabled eq false", &["ada", "adam"]),
    ] {
        assert_eq!(found(&service, query).await, expected, "{query}");
    }
    service.patch(ada, &json!({"userPrincipalName": "augusta@contoso.example"})).await.expect(204);
    assert_eq!(found(&service, "$filter=accountEnabled eq false").await, ["adam", "augusta"]);
    service
        .send(Request::new("DELETE", &format!("{USERS}/augusta@contoso.example")).bearer(&service.admin))
        .await
        .expect(204);
    assert_eq!(found(&service, "$search=\"displayName:byron\"").await, [""; 0]);
    assert_eq!(found(&service, "$filter=accountEnabled eq false").await, ["adam"]);
}

#[service_test]
async fn a_search_reads_one_index_and_the_accounts_that_it_shows() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    // The first request reads the policy and the issuer's keys.
    found(&service, "$top=1").await;
    for query in [
        "$filter=surname eq 'Smith'",
        "$filter=startswith(mail,'ada')",
        "$filter=mobilePhone eq '+44 7911123456'",
        "$search=\"displayName:lovelace ad\"",
        "$filter=accountEnabled eq false",
        "$top=2",
    ] {
        let before = service.running.counts()["admin-get-contact"];
        get(&service, &format!("{USERS}?{query}")).await.expect(200);
        assert_eq!(service.running.counts()["admin-get-contact"] - before, 2, "{query}");
    }
}

#[service_test]
async fn a_page_belongs_to_its_search() {
    let service = Service::start(json!({})).await;
    people(&service).await;
    let body = get(&service, &format!("{USERS}?$search=\"displayName:ada\"&$top=1")).await.expect(200).json();
    let next = body["@odata.nextLink"].as_str().unwrap();
    let token = next.split("$skiptoken=").nth(1).unwrap();
    for other in ["$search=\"displayName:adam\"", "$filter=startswith(displayName,'ada')", "$top=1"] {
        let target = format!("{USERS}?{other}&$skiptoken={token}");
        get(&service, &target).await.graph_error(400, "Request_BadRequest");
    }
}

#[service_test]
async fn a_page_that_lacks_one_person_reads_few_more_than_it_shows() {
    let service = Service::start(json!({})).await;
    for number in 0..60 {
        let enabled = json!({"accountEnabled": number != 3});
        service.create(&format!("user{number:02}@contoso.example"), enabled).await;
    }
    found(&service, "$top=1").await;
    let read_by = async |query: &str| {
        let units = || service.running.usage()["admin-get-contact"].read_units;
        let before = units();
        let body = get(&service, &format!("{USERS}?{query}")).await.expect(200).json();
        assert_eq!(body["value"].as_array().unwrap().len(), 10, "{query}");
        units() - before
    };
    let (everybody, enabled) = (read_by("$top=10").await, read_by("$top=10&$filter=accountEnabled eq true").await);
    assert!(enabled <= everybody + 4.0, "{enabled} units in place of {everybody}");
}
