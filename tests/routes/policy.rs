//! `GET` and `PATCH /graph/v1.0/policies/passwordReset`.

use serde_json::{Value, json};

use crate::support::client::together;
use crate::support::service::begin;
use crate::support::{Reply, Request, Service};

const PATH: &str = "/graph/v1.0/policies/passwordReset";
const PERMISSION: &str = "Policy.ReadWrite.AuthenticationMethod";

async fn patch(service: &Service, token: &str, body: &Value) -> Reply {
    service.send(Request::new("PATCH", PATH).json(body).bearer(token)).await
}

async fn policy(service: &Service, token: &str) -> Value {
    service.send(Request::get(PATH).bearer(token)).await.expect(200).json()
}

#[service_test]
async fn a_change_is_stored_whole_and_takes_effect_within_a_minute() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.application(&[PERMISSION]).await;
    let before = policy(&service, &token).await;
    assert_eq!(before["phoneProof"], true);
    assert_eq!(before["dailySpendCapUsd"], "25.00");
    assert_eq!(before["guessesPer30Days"], 50);
    assert_eq!(before.as_object().unwrap().len(), 29, "28 members and the bound");
    service.send(begin("adele@contoso.example", "mobileSms", None)).await.problem(400, "malformed");
    patch(&service, &token, &json!({"phoneProof": false, "password": {"minLength": 20}})).await.expect(204);
    let after = policy(&service, &token).await;
    let mut expected = before;
    expected["phoneProof"] = json!(false);
    expected["password"]["minLength"] = json!(20);
    assert_eq!(after, expected, "members that the request does not name are unchanged");
    service.advance(60).await;
    service.send(begin("adele@contoso.example", "mobileSms", None)).await.expect(202);
    assert_eq!(service.messages().await.len(), 1);
}

/// Each function reads the policy for itself, and caches it for at most a minute.
#[service_test]
async fn a_change_is_in_force_in_every_function_after_a_minute() {
    let service = Service::start(json!({})).await;
    service.adele().await;
    let token = service.application(&[PERMISSION]).await;
    let own = service.user("adele@contoso.example").await;
    let registration = async || {
        let reply = service.send(Request::get("/v1/registration").bearer(&own)).await.expect(200).json();
        (reply["methodsRequired"].clone(), reply["suggested"][0]["reason"].clone())
    };
    assert_eq!(registration().await, (json!(1), Value::Null));
    let (begun, code) = service.begin_by_sms().await;
    let grant = service.verify(&begun.id, &code).await.expect(200).text("resetToken");
    // Every function has read the policy by now, and must read it again after the change.
    let changes = json!({"acceptDirectoryContacts": false, "methodsRequired": 2, "password": {"minLength": 64}});
    patch(&service, &token, &changes).await.expect(204);
    service.advance(60).await;
    service.empty_outbox().await;
    assert_eq!(registration().await, (json!(2), json!("notRegistered")));
    service.begin("adele@contoso.example", "email", None).await;
    assert_eq!(service.messages().await, Vec::<Value>::new());
    service.complete(&begun.id, &grant, "walrus plays the accordion").await.problem(422, "token-rejected");
}

#[service_test]
async fn changes_of_different_members_at_once_are_all_stored() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    for round in 0..5 {
        let bodies = [json!({"codeDigits": 6 + round}), json!({"triesPerCode": 1 + round})];
        let requests = bodies.map(|body| Request::new("PATCH", PATH).json(&body).bearer(&token)).to_vec();
        let replies = together(requests, service.address()).await;
        assert!(replies.iter().all(|reply| reply.status == 204), "{replies:?}");
        let after = policy(&service, &token).await;
        assert_eq!((&after["codeDigits"], &after["triesPerCode"]), (&json!(6 + round), &json!(1 + round)));
    }
}

#[service_test]
async fn an_invalid_policy_is_refused_by_member_and_rule_and_changes_nothing() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    let before = policy(&service, &token).await;
    for (body, message) in [
        (json!({"methods": ["securityQuestions"]}), "methods: must include a method that delivers a code"),
        (json!({"methods": []}), "methods: must include a method that delivers a code"),
        (json!({"methods": ["email", "fax"]}), "methods: must name known methods only"),
        (json!({"methods": ["email", "email"]}), "methods: must name each method once"),
        (json!({"methods": "email"}), "methods: must be a list of names of methods"),
        (
            json!({"methods": ["email"], "methodsRequired": 2}),
            "methodsRequired: must be at most the number of offered methods",
        ),
        (json!({"methodsRequired": 0}), "methodsRequired: must be 1 or 2"),
        (json!({"methodsRequired": 3}), "methodsRequired: must be 1 or 2"),
        (json!({"methodsRequired": "2"}), "methodsRequired: must be 1 or 2"),
        (json!({"phoneProof": null}), "phoneProof: must be true or false"),
        (json!({"acceptDirectoryContacts": 1}), "acceptDirectoryContacts: must be true or false"),
        (json!({"replacedContactDelayHours": 73}), "replacedContactDelayHours: must be 0 to 72"),
        (json!({"replacedContactDelayHours": -1}), "replacedContactDelayHours: must be a whole number, 0 to 72"),
        (json!({"codeDigits": 4, "phoneProof": false}), "codeDigits: must be 6 to 10"),
        (json!({"codeDigits": 11}), "codeDigits: must be 6 to 10"),
        (json!({"codeDigits": "8"}), "codeDigits: must be a whole number, 6 to 10"),
        (json!({"codeLifetimeSeconds": 59}), "codeLifetimeSeconds: must be 60 to 600"),
        (json!({"codeLifetimeSeconds": 601}), "codeLifetimeSeconds: must be 60 to 600"),
        (json!({"resetLifetimeSeconds": 299}), "resetLifetimeSeconds: must be 300 to 3600"),
        (json!({"resetLifetimeSeconds": 3601}), "resetLifetimeSeconds: must be 300 to 3600"),
        (json!({"triesPerCode": 0}), "triesPerCode: must be 1 to 10"),
        (json!({"triesPerCode": 11}), "triesPerCode: must be 1 to 10"),
        (json!({"guessesPerDay": 0}), "guessesPerDay: must be at least 1"),
        (json!({"guessesPerDay": 51}), "guessesPerDay: must be at most guessesPer30Days"),
        (json!({"guessesPer30Days": 101}), "guessesPer30Days: must be at most 100"),
        (json!({"sends": []}), "sends: must hold 1 to 8 limits"),
        (json!({"sends": [{"count": 0, "seconds": 30}]}), "sends: counts must be 1 to 1000000"),
        (json!({"sends": [{"count": 1, "seconds": 86_401}]}), "sends: counts must be 1 to 1000000"),
        (json!({"sends": [{"count": 1, "seconds": 30, "x": 1}]}), "sends: must be a list of objects"),
        (json!({"beginsPerSource": {"count": 1_000_001}}), "beginsPerSource: counts must be 1 to 1000000"),
        (json!({"beginsPerSource": {"seconds": 0}}), "beginsPerSource: counts must be 1 to 1000000"),
        (json!({"beginsPerSourceAndName": {"seconds": 86_401}}), "beginsPerSourceAndName: counts must be"),
        (json!({"beginsPerSourceAndName": {"x": 1}}), "beginsPerSourceAndName: must be an object"),
        (json!({"sends": [[1, 30]]}), "sends: must be a list of objects"),
        (json!({"beginsPerSource": [5, 60]}), "beginsPerSource: must be an object"),
        (json!({"prices": {"*": ["0.1", "0.2"]}}), "prices: must be an object of countries, each an object"),
        (json!({"securityQuestions": [4, 3, []]}), "securityQuestions: must be an object"),
        (
            json!({"securityQuestions": {"custom": [["ship", "Which ship was it?"]]}}),
            "securityQuestions: must be an object",
        ),
        (json!({"allowedCountries": ["usa"]}), "allowedCountries: must be two-letter country codes"),
        (json!({"allowedCountries": ["US", "ZZ"]}), "allowedCountries: must name countries that have phone numbers"),
        (json!({"allowedCountries": "US"}), "allowedCountries: must be a list of two-letter country codes"),
        (json!({"dailySpendCapUsd": "25.0000001"}), "dailySpendCapUsd: must be an amount in text"),
        (json!({"dailySpendCapUsd": 25}), "dailySpendCapUsd: must be an amount in text"),
        (json!({"prices": {}}), "prices: must include *, the price for every other country"),
        (
            json!({"prices": {"*": {"sms": "0.1", "call": "0.1"}, "usa": {"sms": "0.1", "call": "0.1"}}}),
            "prices: must be keyed",
        ),
        (json!({"prices": {"*": {"sms": "0.1"}}}), "prices: must be an object of countries"),
        (
            json!({"prices": {"*": {"sms": "0.1", "call": "0.2", "dailyCapUsd": "0.19"}}}),
            "prices: each dailyCapUsd must be at least the price of one message of its entry, by SMS and by call",
        ),
        (
            json!({"prices": {"*": {"sms": "0.1", "call": "0.2", "dailyCapUsd": null}}}),
            "prices: must be an object of countries, each an object of the amounts sms and call in text, and of",
        ),
        (json!({"notifyUserOnReset": "yes"}), "notifyUserOnReset: must be true or false"),
        (json!({"notifyAdminsOnAdminReset": null}), "notifyAdminsOnAdminReset: must be true or false"),
        (json!({"reconfirmAfterDays": 731}), "reconfirmAfterDays: must be 0 to 730"),
        (json!({"freshSignInMinutes": 0}), "freshSignInMinutes: must be 1 to 1440"),
        (
            json!({"securityQuestions": {"requiredToRegister": 3, "requiredToReset": 4}}),
            "securityQuestions: must require at least as many to register as to reset",
        ),
        (json!({"securityQuestions": {"requiredToRegister": 6}}), "securityQuestions: must require 3 to 5 to register"),
        (json!({"securityQuestions": {"requiredToReset": 2}}), "securityQuestions: must require 3 to 5 to register"),
        (
            json!({"securityQuestions": {"custom": [{"questionId": "a", "text": "ab"}]}}),
            "securityQuestions: each custom text must be",
        ),
        (json!({"securityQuestions": {"answers": []}}), "securityQuestions: must be an object"),
        (json!({"securityQuestions": []}), "securityQuestions: must be an object"),
        (json!({"password": {"minLength": 7}}), "password: minLength must be 8 to 64"),
        (json!({"password": {"minLength": 65}}), "password: minLength must be 8 to 64"),
        (json!({"password": {"bannedTerms": ["abc"]}}), "password: at most 1000 bannedTerms of 4 to 16 characters"),
        (json!({"password": {"bannedTerms": vec!["term"; 1001]}}), "password: at most 1000 bannedTerms"),
        (
            json!({"password": {"bannedTerms": ["fabrikam", "e\u{301}e\u{301}"]}}),
            "password: at most 1000 bannedTerms of 4 to 16 characters, as written and in normalization form KC",
        ),
        (json!({"password": {"x": 1}}), "password: must be an object"),
        (json!({"password": [20, ["abcd"]]}), "password: must be an object"),
        (json!({"auditRetentionDays": 0}), "auditRetentionDays: must be 1 to 3650"),
        (json!({"helpdesk": "a\r\nBcc: b"}), "helpdesk: must be at most 200 characters, without control characters"),
        (json!({"helpdesk": "x".repeat(201)}), "helpdesk: must be at most 200 characters, without control characters"),
        (json!({"helpdesk": 1}), "helpdesk: must be text"),
        (json!({"defaultLanguage": "xx"}), "defaultLanguage: must be en, de, fr or es"),
        (json!({"defaultLanguage": null}), "defaultLanguage: must be en, de, fr or es"),
        (json!({"failover": "on"}), "failover: must be true or false"),
        (json!({"bound": {}}), "bound: is computed from the other members and cannot be set; leave it out"),
        (json!({"unknown": 1}), "unknown is not a known property"),
        (json!({"organisationName": "x"}), "organisationName is not a known property"),
    ] {
        let refused = patch(&service, &token, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        refused.graph_error(400, "Request_BadRequest");
        let answered = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(answered.starts_with(message), "{body}: {answered}");
    }
    assert_eq!(policy(&service, &token).await, before);
    let raw = |body: &[u8]| Request::new("PATCH", PATH).header("Content-Type", "application/json").bytes(body);
    for body in [&b"[]"[..], b"{", b"{\"codeDigits\":6,\"codeDigits\":6}", b"{\"helpdesk\":\"\xff\"}"] {
        service.send(raw(body).bearer(&token)).await.graph_error(400, "Request_BadRequest");
    }
    service.send(raw(&vec![b' '; 129 * 1024]).bearer(&token)).await.graph_error(413, "Request_BadRequest");
    assert_eq!(policy(&service, &token).await, before);
}

#[service_test]
async fn the_longest_lists_are_accepted_and_only_policy_writers_read_the_policy() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    let terms: Vec<String> = (0..1000).map(|number| format!("banned term {number:04}")).collect();
    patch(&service, &token, &json!({"password": {"bannedTerms": terms}})).await.expect(204);
    let before = policy(&service, &token).await;
    assert_eq!(before["password"]["bannedTerms"].as_array().unwrap().len(), 1000);
    for token in [service.admin.clone(), service.user("adele@contoso.example").await] {
        patch(&service, &token, &json!({"phoneProof": false})).await.graph_error(403, "Authorization_RequestDenied");
        service.send(Request::get(PATH).bearer(&token)).await.graph_error(403, "Authorization_RequestDenied");
    }
    for method in ["PUT", "POST", "DELETE"] {
        let other = service.send(Request::new(method, PATH).json(&json!({})).bearer(&token)).await;
        other.graph_error(405, "Request_BadRequest");
        assert_eq!(other.header("allow"), Some("GET, PATCH"));
    }
    assert_eq!(policy(&service, &token).await, before);
}

#[service_test]
async fn a_change_is_recorded_by_member_and_a_change_of_nothing_is_not_recorded() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION, "AuditLog.Read.All"]).await;
    let records = async || {
        let target = "/graph/v1.0/auditLogs/directoryAudits";
        let list = service.send(Request::get(target).bearer(&token)).await.expect(200).json();
        let list = list["value"].as_array().unwrap().clone();
        let of_policy = |record: &Value| record["activityDisplayName"] == "Authentication Methods Policy Update";
        list.into_iter().filter(of_policy).collect::<Vec<_>>()
    };
    let before = records().await.len();
    let change = json!({"phoneProof": false, "codeDigits": 6, "password": {"minLength": 20}, "failover": false});
    patch(&service, &token, &change).await.expect(204);
    patch(&service, &token, &change).await.expect(204);
    patch(&service, &token, &json!({})).await.expect(204);
    patch(&service, &token, &json!({"codeDigits": 5})).await.graph_error(400, "Request_BadRequest");
    let records = records().await;
    assert_eq!(records.len(), before + 1);
    let message = &records[0];
    assert!(message["initiatedBy"]["app"]["appId"].is_string(), "{message}");
    let mut changes = message["targetResources"][0]["modifiedProperties"].as_array().unwrap().clone();
    changes.sort_by_key(|change| change["displayName"].as_str().map(str::to_owned));
    let names: Vec<&Value> = changes.iter().map(|change| &change["displayName"]).collect();
    assert_eq!(names, ["codeDigits", "password", "phoneProof"]);
    assert_eq!(changes[0], json!({"displayName": "codeDigits", "oldValue": "8", "newValue": "6"}));
    assert_eq!(changes[2], json!({"displayName": "phoneProof", "oldValue": "true", "newValue": "false"}));
    let password: Value = serde_json::from_str(changes[1]["newValue"].as_str().unwrap()).unwrap();
    assert_eq!(password, json!({"minLength": 20, "bannedTerms": []}));
}

/// The policy's defaults, as they are returned.
fn defaults() -> Value {
    json!({
        "methods": ["mobileSms", "mobileCall", "officeCall", "email"],
        "methodsRequired": 1,
        "phoneProof": true,
        "acceptDirectoryContacts": true,
        "allowOwnMailbox": false,
        "replacedContactDelayHours": 0,
        "codeDigits": 8,
        "codeLifetimeSeconds": 300,
        "resetLifetimeSeconds": 900,
        "triesPerCode": 5,
        "guessesPerDay": 10,
        "guessesPer30Days": 50,
        "sends": [{"count": 1, "seconds": 30}, {"count": 5, "seconds": 3600}, {"count": 10, "seconds": 86_400}],
        "beginsPerSource": {"count": 300, "seconds": 600},
        "beginsPerSourceAndName": {"count": 20, "seconds": 600},
        "allowedCountries": ["US", "CA", "GB"],
        "dailySpendCapUsd": "25.00",
        "prices": {
            "US": {"sms": "0.02", "call": "0.03"},
            "CA": {"sms": "0.02", "call": "0.03"},
            "GB": {"sms": "0.05", "call": "0.05"},
            "*": {"sms": "0.10", "call": "0.10"},
        },
        "notifyUserOnReset": true,
        "notifyAdminsOnAdminReset": true,
        "reconfirmAfterDays": 180,
        "freshSignInMinutes": 10,
        "securityQuestions": {"requiredToRegister": 5, "requiredToReset": 3, "custom": []},
        "password": {"minLength": 15, "bannedTerms": []},
        "auditRetentionDays": 30,
        "helpdesk": "",
        "defaultLanguage": "en",
        "failover": false,
        "bound": {
            "evaluationsPerDay": 10,
            "evaluationsPer30Days": 50,
            "evaluationsPerYear": 650,
            "takeoverPerAccountYear": 6.5e-6,
            "mostSpendPerDayUsd": "25.00",
            "resetsPerDayUsd": "15.00",
            "resetsPerAccountDayUsd": "0.75",
            "resetsPerNetworkDayUsd": "3.75",
            "registrationPerDayUsd": "5.00",
            "registrationPerPersonDayUsd": "0.25",
            "noticesPerDayUsd": "5.00",
            "noticesPerAccountDayUsd": "0.25",
        },
    })
}

#[service_test]
async fn the_bound_follows_from_the_stored_policy() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    let mut expected = defaults();
    assert_eq!(policy(&service, &token).await, expected);
    let change = json!({"codeDigits": 6, "guessesPerDay": 2, "guessesPer30Days": 20, "dailySpendCapUsd": "1.00"});
    patch(&service, &token, &change).await.expect(204);
    for (member, value) in change.as_object().unwrap() {
        expected[member] = value.clone();
    }
    // Five days hold ten guesses at two a day: 12 × 20 + 10.
    expected["bound"] = json!({
        "evaluationsPerDay": 2,
        "evaluationsPer30Days": 20,
        "evaluationsPerYear": 250,
        "takeoverPerAccountYear": 0.00025,
        "mostSpendPerDayUsd": "1.00",
        "resetsPerDayUsd": "0.60",
        "resetsPerAccountDayUsd": "0.05",
        "resetsPerNetworkDayUsd": "0.15",
        "registrationPerDayUsd": "0.20",
        "registrationPerPersonDayUsd": "0.05",
        "noticesPerDayUsd": "0.20",
        "noticesPerAccountDayUsd": "0.05",
    });
    assert_eq!(policy(&service, &token).await, expected, "at once, not after the minute of the functions' caches");
}

#[service_test]
async fn a_returned_policy_is_taken_back_without_its_bound_only() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    let mut whole = policy(&service, &token).await;
    whole["codeDigits"] = json!(10);
    let refused = patch(&service, &token, &whole).await;
    refused.graph_error(400, "Request_BadRequest");
    let rule = "bound: is computed from the other members and cannot be set; leave it out";
    assert_eq!(refused.json()["error"]["message"], rule);
    assert_eq!(policy(&service, &token).await, defaults());
    whole.as_object_mut().unwrap().remove("bound");
    patch(&service, &token, &whole).await.expect(204);
    let bound = &policy(&service, &token).await["bound"];
    assert_eq!(bound["takeoverPerAccountYear"], json!(6.5e-8));
}
