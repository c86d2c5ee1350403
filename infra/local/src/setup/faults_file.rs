//! The rules by which the service injects faults, read from the file that the options name.

use std::fs;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde_json::{Map, Value};
use shared::http::{ErrorFormat, strict};

use crate::functions;
use crate::setup::options::Options;
use crate::setup::start_error::StartError;
use crate::stand_ins::fault_rules::{Action, DYNAMODB, EVENTS, FaultRules, PUBLISH, Rule, SEND};

/// The operations of each service. Those of the table are the ones that functions use.
const SERVICES: [(&str, &[&str]); 5] = [
    (DYNAMODB, &["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem", ANY]),
    ("sms", &[SEND, ANY]),
    ("call", &[SEND, ANY]),
    ("email", &[SEND, ANY]),
    (EVENTS, &[PUBLISH, ANY]),
];
/// Stands for any operation.
const ANY: &str = "*";
const MEMBERS: [&str; 6] = ["service", "operation", "function", "nth", "action", "millis"];
const DELAY: &str = "delay";
const ACTIONS: [&str; 5] = [DELAY, "err", "drop_before", "drop_after", "dup"];
/// Longest delay, in milliseconds: longer than any function may run.
const MOST_MILLIS: u64 = 60_000;

/// The rules of the file that the options name; `None` if they name none.
pub(crate) fn faults(options: &Options) -> Result<Option<FaultRules>, StartError> {
    let Some(path) = &options.faults else {
        return Ok(None);
    };
    rules(&fs::read(path).map_err(StartError::FaultsFile)?).map(Some)
}

fn rules(text: &[u8]) -> Result<FaultRules, StartError> {
    if text.trim_ascii().is_empty() {
        return Err(refused("faults", "the file is empty; without a rule it is []"));
    }
    let document = strict(text, ErrorFormat::Rekey).map_err(|error| StartError::FaultsText(error.to_string()))?;
    let list = document.as_array().ok_or_else(|| refused("faults", "must be a list of rules"))?;
    let rules = list.iter().enumerate().map(|(at, rule)| Reader::new(at, rule)?.rule());
    Ok(FaultRules::new(rules.collect::<Result<_, _>>()?))
}

/// Reads the members of one rule.
struct Reader<'a> {
    place: String,
    members: &'a Map<String, Value>,
}

impl<'a> Reader<'a> {
    fn new(at: usize, rule: &'a Value) -> Result<Self, StartError> {
        let place = format!("faults[{at}]");
        let members = rule.as_object().ok_or_else(|| refused(&place, "must be an object"))?;
        let reader = Self { place, members };
        match members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            Some(name) => {
                Err(reader.refused(name, &format!("is not a member of a rule, which has {}", list(&MEMBERS))))
            }
            None => Ok(reader),
        }
    }

    fn rule(&self) -> Result<Rule, StartError> {
        let (service, operations) = self.service()?;
        let operation = self.one_of("operation", operations)?;
        Ok(Rule {
            service,
            operation: (operation != ANY).then_some(operation),
            functions: self.functions(service)?,
            nth: self.has("nth").then(|| self.number("nth", 1, u64::MAX, "at least 1")).transpose()?,
            action: self.action()?,
            matched: AtomicU64::new(0),
        })
    }

    fn service(&self) -> Result<(&'static str, &'static [&'static str]), StartError> {
        let name = self.one_of("service", &SERVICES.map(|(name, _)| name))?;
        let operations = SERVICES.iter().find(|(other, _)| *other == name).map_or(&[][..], |(_, known)| known);
        Ok((name, operations))
    }

    fn functions(&self, service: &str) -> Result<Vec<&'static str>, StartError> {
        match (self.has("function"), service == DYNAMODB) {
            (true, true) => Ok(vec![self.one_of("function", &functions::NAMES)?]),
            (true, false) => Err(self.refused("function", "only rules of dynamodb have it")),
            (false, _) => Ok(functions::NAMES.to_vec()),
        }
    }

    fn action(&self) -> Result<Action, StartError> {
        let name = self.one_of("action", &ACTIONS)?;
        if name != DELAY && self.has("millis") {
            return Err(self.refused("millis", "only the action delay has it"));
        }
        Ok(match name {
            "err" => Action::Err,
            "drop_before" => Action::DropBefore,
            "drop_after" => Action::DropAfter,
            "dup" => Action::Dup,
            _ => Action::Delay(Duration::from_millis(self.number("millis", 1, MOST_MILLIS, "1 to 60000")?)),
        })
    }

    fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The known text that a member is.
    fn one_of(&self, name: &str, known: &[&'static str]) -> Result<&'static str, StartError> {
        let text = self.members.get(name).and_then(Value::as_str);
        let found = known.iter().find(|other| text == Some(**other)).copied();
        found.ok_or_else(|| self.refused(name, &format!("must be one of {}", list(known))))
    }

    fn number(&self, name: &str, least: u64, most: u64, bounds: &str) -> Result<u64, StartError> {
        let number = self.members.get(name).and_then(Value::as_u64).filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.refused(name, &format!("must be a whole number, {bounds}")))
    }

    fn refused(&self, member: &str, rule: &str) -> StartError {
        refused(&format!("{}.{member}", self.place), rule)
    }
}

fn refused(place: &str, rule: &str) -> StartError {
    StartError::Faults(place.to_owned(), rule.to_owned())
}

fn list(names: &[&str]) -> String {
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(text: &str) -> String {
        rules(text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default()
    }

    /// The error for a list whose second rule is this one, without what all of them have in common.
    fn second(rule: &Value) -> String {
        let first = json!({"service": "sms", "operation": "*", "action": "dup"});
        error(&json!([first, rule]).to_string()).replacen("--faults: faults[1]", "", 1)
    }

    /// A rule that is right but for these members; `null` removes one.
    fn but(changes: &Value) -> Value {
        let mut rule = json!({"service": "dynamodb", "operation": "GetItem", "nth": 1, "action": "err"});
        let members = rule.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, member| !member.is_null());
        rule
    }

    #[test]
    fn a_rule_is_read_whole() {
        let text = r#"[
            {"service": "dynamodb", "operation": "*", "function": "verify-code", "nth": 3, "action": "drop_after"},
            {"service": "events", "operation": "publish", "action": "delay", "millis": 60000}
        ]"#;
        let read = format!("{:?}", rules(text.as_bytes()).unwrap());
        let expected = FaultRules::new(vec![
            Rule {
                service: "dynamodb",
                operation: None,
                functions: vec!["verify-code"],
                nth: Some(3),
                action: Action::DropAfter,
                matched: AtomicU64::new(0),
            },
            Rule {
                service: "events",
                operation: Some("publish"),
                functions: functions::NAMES.to_vec(),
                nth: None,
                action: Action::Delay(Duration::from_secs(60)),
                matched: AtomicU64::new(0),
            },
        ]);
        assert_eq!(read, format!("{expected:?}"));
        assert_eq!(rules(b"[]").unwrap().count(), 0);
    }

    #[test]
    fn each_action_and_each_service_has_its_name() {
        for (name, action) in [
            ("err", Action::Err),
            ("drop_before", Action::DropBefore),
            ("drop_after", Action::DropAfter),
            ("dup", Action::Dup),
        ] {
            let rule = but(&json!({"action": name}));
            assert_eq!(Reader::new(0, &rule).unwrap().rule().unwrap().action, action);
        }
        for (service, operation) in
            [("dynamodb", "Query"), ("sms", "send"), ("call", "send"), ("email", "send"), ("events", "publish")]
        {
            assert_eq!(second(&but(&json!({"service": service, "operation": operation}))), "");
            assert_eq!(second(&but(&json!({"service": service, "operation": "*"}))), "");
        }
    }

    #[test]
    fn a_file_that_is_no_list_of_rules_is_refused() {
        let empty = "--faults: faults: the file is empty; without a rule it is []";
        assert_eq!((error("").as_str(), error(" \n").as_str()), (empty, empty));
        assert_eq!(error("{}"), "--faults: faults: must be a list of rules");
        assert_eq!(error("[1]"), "--faults: faults[0]: must be an object");
        assert_eq!(error("[\n{]"), "--faults: not valid JSON: key must be a string at line 2 column 2");
        assert_eq!(error("[] []"), "--faults: not valid JSON: trailing characters at line 1 column 4");
        let twice = "[\n{\"nth\": 1,\n\"nth\": 1}]";
        assert_eq!(error(twice), "--faults: not valid JSON: nth occurs twice at line 3 column 9");
        let gone = Options { faults: Some("no-such-file".into()), ..Options::default() };
        assert!(matches!(faults(&gone), Err(StartError::FaultsFile(_))));
        assert!(faults(&Options::default()).is_ok_and(|rules| rules.is_none()));
    }

    #[test]
    fn the_rule_and_the_member_at_fault_are_named() {
        let members = "is not a member of a rule, which has service, operation, function, nth, action, millis";
        assert_eq!(second(&but(&json!({"nht": 1}))), format!(".nht: {members}"));
        let services = ".service: must be one of dynamodb, sms, call, email, events";
        let operations = ".operation: must be one of BatchGetItem, DeleteItem, GetItem, PutItem, Query, \
                          TransactWriteItems, UpdateItem, *";
        let functions = ".function: must be one of begin-reset, verify-code, complete-reset, register, check-password, \
                         admin-get-contact, admin-set-contact, deliver-code, record-delivery";
        let actions = ".action: must be one of delay, err, drop_before, drop_after, dup";
        let nth = ".nth: must be a whole number, at least 1";
        let millis = ".millis: must be a whole number, 1 to 60000";
        for (changes, expected) in [
            (json!({"service": null}), services),
            (json!({"service": "sqs"}), services),
            (json!({"service": ["sms"]}), services),
            (json!({"operation": null}), operations),
            (json!({"operation": "getItem"}), operations),
            (json!({"operation": 1}), operations),
            (json!({"service": "sms"}), ".operation: must be one of send, *"),
            (json!({"service": "events", "operation": "send"}), ".operation: must be one of publish, *"),
            (json!({"function": "verify"}), functions),
            (json!({"function": true}), functions),
            (
                json!({"service": "sms", "operation": "send", "function": "deliver-code"}),
                ".function: only rules of dynamodb have it",
            ),
            (json!({"action": null}), actions),
            (json!({"action": "drop"}), actions),
            (json!({"nth": 0}), nth),
            (json!({"nth": -1}), nth),
            (json!({"nth": 1.0}), nth),
            (json!({"nth": "1"}), nth),
            (json!({"action": "delay"}), millis),
            (json!({"action": "delay", "millis": 0}), millis),
            (json!({"action": "delay", "millis": 60_001}), millis),
            (json!({"action": "delay", "millis": "5"}), millis),
            (json!({"millis": 5}), ".millis: only the action delay has it"),
        ] {
            assert_eq!(second(&but(&changes)), expected, "{changes}");
        }
    }

    #[test]
    fn a_member_that_is_null_is_not_left_out() {
        let rule = json!({"service": "sms", "operation": "send", "nth": null, "action": "err"});
        assert_eq!(second(&rule), ".nth: must be a whole number, at least 1");
    }
}
