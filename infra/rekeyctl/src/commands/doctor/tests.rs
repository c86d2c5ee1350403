//! What doctor makes of AWS's answers. `tests/clients/deployment.sh` runs it against a deployed stack.

use std::os::unix::process::ExitStatusExt;
use std::{io, process};

use serde_json::json;

use super::*;

/// The answer of a fresh account in its sandboxes, and of a stack that is deployed there.
fn fresh(arguments: &[&str]) -> Value {
    match arguments {
        [_, "describe-stacks", ..] => json!({"Stacks": [{
            "StackStatus": "CREATE_COMPLETE",
            "Parameters": [
                {"ParameterKey": "MailFrom", "ParameterValue": "no-reply@contoso.example"},
                {"ParameterKey": "VoiceOriginationIdentity", "ParameterValue": "arn:aws:sms-voice:x:1:pool/p"},
                {"ParameterKey": "ReserveConcurrency", "ParameterValue": "yes"},
            ],
            "Outputs": [
                // Nothing listens on port 1 of this machine.
                {"OutputKey": "Url", "OutputValue": "http://127.0.0.1:1"},
                {"OutputKey": "AlarmTopicArn", "OutputValue": "arn:aws:sns:x:1:alarms"},
            ],
        }]}),
        [_, "describe-stack-resource", .., id] => json!({"StackResourceDetail": {"PhysicalResourceId": id}}),
        [_, "get-email-identity", .., "contoso.example"] => json!({"VerifiedForSendingStatus": false}),
        [_, "get-account"] => json!({"ProductionAccessEnabled": false, "SendingEnabled": true}),
        [_, "get-sms-sandbox-account-status"] => json!({"IsInSandbox": true}),
        [_, "get-sms-attributes"] => json!({"attributes": {"MonthlySpendLimit": "1"}}),
        [_, "describe-spend-limits"] => {
            json!({"SpendLimits": [{"Name": "VOICE_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 1}]})
        }
        [_, "get-account-settings"] => json!({"AccountLimit": {"ConcurrentExecutions": 10}}),
        [_, "list-subscriptions-by-topic", ..] => {
            json!({"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]})
        }
        [_, "get-event-source-mapping", ..] => json!({"State": "Disabled"}),
        [_, "describe-table", ..] => json!({"Table": {"TableArn": "arn:aws:dynamodb:x:1:table/t"}}),
        [_, "get-role", ..] => json!({"Role": {"Arn": "arn:aws:iam::1:role/r"}}),
        [_, "simulate-principal-policy", ..] => json!({"EvaluationResults": [{"EvalDecision": "allowed"}]}),
        other => panic!("{other:?}"),
    }
}

/// The answer once an operator has done everything.
fn ready(arguments: &[&str]) -> Value {
    match arguments {
        [_, "get-email-identity", ..] => json!({"VerifiedForSendingStatus": true}),
        [_, "get-account"] => json!({"ProductionAccessEnabled": true, "SendingEnabled": true}),
        [_, "get-sms-sandbox-account-status"] => json!({"IsInSandbox": false}),
        [_, "get-sms-attributes"] => json!({"attributes": {"MonthlySpendLimit": "50"}}),
        [_, "describe-spend-limits"] => {
            json!({"SpendLimits": [{"Name": "VOICE_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 20}]})
        }
        [_, "get-account-settings"] => json!({"AccountLimit": {"ConcurrentExecutions": 1000}}),
        [_, "list-subscriptions-by-topic", ..] => {
            json!({"Subscriptions": [{"SubscriptionArn": "arn:aws:sns:x:1:a:b"}]})
        }
        [_, "get-event-source-mapping", ..] => json!({"State": "Enabled"}),
        [_, "simulate-principal-policy", .., context] if context.ends_with("=RESET#x") => {
            json!({"EvaluationResults": [{"EvalDecision": "allowed"}]})
        }
        [_, "simulate-principal-policy", ..] => json!({"EvaluationResults": [{"EvalDecision": "implicitDeny"}]}),
        other => fresh(other),
    }
}

fn said(code: i32, stdout: &str, stderr: &str) -> io::Result<process::Output> {
    let status = process::ExitStatus::from_raw(code << 8);
    Ok(process::Output { status, stdout: stdout.into(), stderr: stderr.into() })
}

/// The state of each check, the exit code, and what is told.
fn examined(aws: AwsCli<'_>) -> (Vec<(String, String)>, Result<u8, String>, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams { out: &mut out, err: &mut err, progress: false };
    let options = Doctor { stack: "rekey".to_owned(), send: None, phone: None };
    let code = run(&options, aws, Output::Json, &mut streams).map_err(|failure| failure.to_string());
    let rows = String::from_utf8(out).unwrap();
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (rows.map(|row| (text(&row["check"]), text(&row["state"]))).collect(), code, String::from_utf8(err).unwrap())
}

#[test]
fn a_fresh_account_has_everything_left_to_do_and_a_ready_one_nothing() {
    let answer = |of: fn(&[&str]) -> Value| {
        move |arguments: &[&str]| {
            assert_eq!(arguments[arguments.len() - 2..], ["--output", "json"]);
            said(0, &of(&arguments[..arguments.len() - 2]).to_string(), "")
        }
    };
    let (rows, code, told) = examined(&answer(fresh));
    let states: Vec<&str> = rows.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(states, [&["done"][..], &["open"; 9], &["unknown"; 2]].concat(), "{rows:?}");
    assert_eq!(code, Ok(FAILED));
    assert!(told.starts_with("11 of 12 checks are not done"), "{told}");

    let (rows, code, _) = examined(&answer(ready));
    let left: Vec<&str> = rows.iter().filter(|(_, state)| state != "done").map(|(check, _)| check.as_str()).collect();
    assert_eq!(left, ["the API responds", "pages of these origins may call, and no others"], "nothing listens there");
    assert_eq!(code, Ok(FAILED));
}

#[test]
fn a_stack_that_cannot_be_read_is_said_in_the_words_of_the_cli() {
    let missing = |_: &[&str]| said(255, "", "\nAn error occurred: Stack with id rekey does not exist\n");
    let (rows, code, _) = examined(&missing);
    assert!(rows.is_empty());
    assert_eq!(code, Err("the stack: An error occurred: Stack with id rekey does not exist".to_owned()));
    let absent = |_: &[&str]| Err(io::ErrorKind::NotFound.into());
    assert!(examined(&absent).1.unwrap_err().starts_with("the stack: the AWS CLI cannot be run: "));
}

#[test]
fn what_aws_does_not_say_is_unknown() {
    let denied = |arguments: &[&str]| match arguments {
        [_, "describe-stacks", ..] => said(0, &fresh(&arguments[..4]).to_string(), ""),
        _ => said(255, "", "AccessDenied: you may not"),
    };
    let (rows, code, _) = examined(&denied);
    assert!(rows[1..].iter().all(|(_, state)| state == "unknown"), "{rows:?}");
    assert_eq!(code, Ok(FAILED));
}
