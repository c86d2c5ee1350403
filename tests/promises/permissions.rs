//! Each function is allowed exactly what it does. Every route and every delivery is driven, and the requests to the
//! table and the providers are compared with `infra/access.json`, which the template's roles follow.

mod steps;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Service;

/// The permissions of the roles.
const ACCESS: &str = include_str!("../../infra/access.json");

/// Permissions that nothing here can exercise: function, action, partitions, reason.
const NOT_DRIVEN: [(&str, &str, &str, &str); 3] = [
    (
        "begin-reset",
        "dynamodb:GetItem",
        "RESET#*",
        "needed only if another order or a proof was written while a code was ordered",
    ),
    (
        "check-password",
        "dynamodb:ConditionCheckItem",
        "OWNER#*",
        "needed only if the account was revoked at a moment later than this function's clock, since the guess log was read",
    ),
    (
        "register",
        "dynamodb:ConditionCheckItem",
        "OWNER#*",
        "needed only if the account was revoked at a moment later than this function's clock, since the guess log was read",
    ),
];

/// Functions that act for administrators, who never learn a code.
const ADMINISTRATORS: [&str; 2] = ["admin-set-contact", "admin-get-contact"];

/// Actions of Lambda itself with the function's role, before it invokes the function and when it gives up a record.
const BY_LAMBDA: [&str; 5] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:SendMessage",
];

/// Actions on partitions, by function.
type Permissions = BTreeMap<String, BTreeSet<(String, String)>>;

/// The accesses of all services that a test has run.
#[derive(Default)]
struct Seen {
    table: Permissions,
    providers: BTreeSet<&'static str>,
}

impl Seen {
    /// Adds the accesses of a service.
    async fn add(&mut self, service: &Service) {
        for _ in 0..6 {
            service.running.settled().await;
        }
        for message in service.running.outbox.messages(None) {
            self.providers.insert(match message.channel.as_str() {
                "sms" => "sns:Publish",
                "call" => "sms-voice:SendVoiceMessage",
                "email" => "ses:SendEmail",
                other => panic!("no provider is known for {other}"),
            });
        }
        if !service.running.outbox.events().is_empty() {
            self.providers.insert("events:PutEvents");
        }
        for (function, accesses) in service.running.accesses() {
            // The service itself has no counterpart in the cloud.
            if function != "local" {
                let accesses = accesses.into_iter().map(|access| (access.action, access.prefix));
                self.table.entry(function.to_owned()).or_default().extend(accesses);
            }
        }
    }

    fn has(&self, function: &str, action: &str, prefix: &str) -> bool {
        self.table.get(function).is_some_and(|seen| seen.contains(&(action.to_owned(), prefix.to_owned())))
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn granted() -> BTreeMap<String, Value> {
    serde_json::from_str(ACCESS).unwrap()
}

fn granted_on_the_table() -> Permissions {
    let mut permissions = Permissions::new();
    for (function, entry) in granted() {
        let of_function = permissions.entry(function).or_default();
        for one in entry["table"].as_array().unwrap() {
            let action = one["action"].as_str().unwrap();
            for prefix in texts(&one["prefixes"]) {
                assert!(of_function.insert((action.to_owned(), prefix)), "{one} is listed twice");
            }
        }
    }
    permissions
}

/// The permissions of `one` that `other` lacks, one per line.
fn missing(one: &Permissions, other: &Permissions) -> Vec<String> {
    let none = BTreeSet::new();
    let of_function = |(function, permissions): (&String, &BTreeSet<(String, String)>)| {
        let others = other.get(function).unwrap_or(&none);
        let lines = permissions.difference(others).map(|(action, prefix)| format!("{function} {action} {prefix}"));
        lines.collect::<Vec<_>>()
    };
    one.iter().flat_map(of_function).collect()
}

#[service_test]
async fn every_function_has_exactly_the_permissions_that_it_uses() {
    let mut seen = Seen::default();
    steps::administration(&mut seen).await;
    steps::resets(&mut seen).await;
    steps::privileged(&mut seen).await;
    steps::faults(&mut seen).await;
    steps::deliveries(&mut seen).await;
    steps::reports(&mut seen).await;
    steps::unused_codes(&mut seen).await;
    steps::registration(&mut seen).await;
    steps::passwords(&mut seen).await;
    steps::questions(&mut seen).await;

    let granted_on_the_table = granted_on_the_table();
    let not_allowed = missing(&seen.table, &granted_on_the_table);
    assert!(not_allowed.is_empty(), "used but not granted: {not_allowed:#?}");
    let exceptions = NOT_DRIVEN.map(|(function, action, prefix, _)| format!("{function} {action} {prefix}"));
    assert_eq!(missing(&granted_on_the_table, &seen.table), exceptions, "granted but never used");

    for (function, entry) in granted() {
        let other = entry["other"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap());
        let other: BTreeSet<&str> = other.filter(|action| !BY_LAMBDA.contains(action)).collect();
        let mut done = if function == "deliver-code" { seen.providers.clone() } else { BTreeSet::new() };
        if done.contains("sns:Publish") {
            // By a parameter, the same texts go through End User Messaging.
            done.insert("sms-voice:SendTextMessage");
        }
        assert_eq!(other, done, "{function}: requests to the providers");
    }
    for function in ADMINISTRATORS {
        let questions = granted_on_the_table[function].iter().filter(|(_, prefix)| prefix.starts_with("QUESTIONS"));
        let questions: Vec<&str> = questions.map(|(action, _)| action.as_str()).collect();
        assert!(
            questions.iter().all(|action| *action == "dynamodb:DeleteItem"),
            "{function} could reach {questions:?}"
        );
        let secrets = texts(&granted()[function]["secrets"]);
        assert!(!secrets.iter().any(|secret| secret == "CodeKeysSecret"), "{function} could derive codes");
    }
    let by_lambda = granted()["deliver-code"]["other"].as_array().unwrap().clone();
    let by_lambda = by_lambda.iter().filter(|one| BY_LAMBDA.contains(&one["action"].as_str().unwrap()));
    assert_eq!(by_lambda.count(), BY_LAMBDA.len(), "Lambda's own permissions for deliver-code");
}
