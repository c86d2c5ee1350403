//! `rekeyctl policy`: the policy in force, how it is changed, and what it allows at most.

use serde_json::{Value, json};

use super::{Output, done, rekeyctl};
use crate::support::{Request, Service};
use crate::surface::load_directory::Scratch;

const PATH: &str = "/graph/v1.0/policies/passwordReset";
const PERMISSION: &str = "Policy.ReadWrite.AuthenticationMethod";

const DEFAULTS: &str = "\
Guesses at the codes of one account

evaluated: 10 in any 24 hours, 50 in any 30 days
in a year: 12 x 50 + 50 in the 5 days left = 650
takeover:  650 x 10^-8 = 0.0000065, or 1 in 153846, for a year of sustained attack
refills:   each completed reset or unblocking adds at most 50 x 10^-8

Messages of one UTC day, at most, in US dollars

purpose       all    one account  one network
resets        15.00  0.75         3.75
registration  5.00   0.25
notices       5.00   0.25

together: 15.00 + 5.00 + 5.00 = 25.00
";

const CHANGED: &str = "\
Guesses at the codes of one account

evaluated: 2 in any 24 hours, 20 in any 30 days
in a year: 12 x 20 + 10 in the 5 days left = 250
takeover:  250 x 10^-6 = 0.00025, or 1 in 4000, for a year of sustained attack
refills:   each completed reset or unblocking adds at most 20 x 10^-6

Messages of one UTC day, at most, in US dollars

purpose       all   one account  one network
resets        0.60  0.05         0.15
registration  0.20  0.05
notices       0.20  0.05

together: 0.60 + 0.20 + 0.20 = 1.00
";

#[service_test]
async fn the_bound_is_shown_with_its_arithmetic() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    for words in [&["policy", "bound"][..], &["policy", "bound", "--output", "table"]] {
        assert_eq!(rekeyctl(&service, &token, words).await, done(DEFAULTS));
    }
    let change = json!({"codeDigits": 6, "guessesPerDay": 2, "guessesPer30Days": 20, "dailySpendCapUsd": "1.00"});
    service.send(Request::new("PATCH", PATH).json(&change).bearer(&token)).await.expect(204);
    assert_eq!(rekeyctl(&service, &token, &["policy", "bound"]).await, done(CHANGED));
}

#[service_test]
async fn the_bound_in_json_is_the_services_own() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    let policy = service.send(Request::get(PATH).bearer(&token)).await.expect(200).json();
    let output = rekeyctl(&service, &token, &["policy", "bound", "--output", "json"]).await;
    assert_eq!((output.code, output.err.as_str(), output.out.lines().count()), (0, "", 1));
    let shown: Value = serde_json::from_str(&output.out).unwrap();
    assert_eq!(shown, policy["bound"]);
    assert!(output.out.contains("\"takeoverPerAccountYear\":6.5e-6"), "{output:?}");
}

#[service_test]
async fn without_the_permission_nothing_is_shown() {
    let service = Service::start(json!({})).await;
    let token = service.application(&["User.Read.All"]).await;
    for words in [&["policy", "bound"][..], &["policy", "bound", "--output", "json"], &["policy", "get"]] {
        let output = rekeyctl(&service, &token, words).await;
        let refusal = format!("rekeyctl: the service refuses: 403 Authorization_RequestDenied: needs {PERMISSION}\n");
        assert_eq!(output, Output { code: 1, out: String::new(), err: refusal });
    }
}

#[service_test]
async fn a_policy_is_got_changed_and_set_and_what_changes_is_shown_before() {
    let service = Service::start(json!({})).await;
    let token = service.application(&[PERMISSION]).await;
    let scratch = Scratch::new();
    let got = rekeyctl(&service, &token, &["policy", "get", "--output", "json"]).await;
    let mut policy: Value = serde_json::from_str(&got.out).unwrap();
    assert_eq!(policy["codeDigits"], 8);
    let table = rekeyctl(&service, &token, &["policy", "get"]).await;
    assert!(table.out.contains("\npassword.minLength ") && table.out.contains("\ncodeDigits "), "{table:?}");

    let mut whole = service.send(Request::get(PATH).bearer(&token)).await.expect(200).json();
    whole["@odata.context"] = json!("x");
    let same = scratch.file("same.json", whole.to_string().as_bytes());
    for command in ["diff", "set"] {
        let output = rekeyctl(&service, &token, &["policy", command, same.to_str().unwrap()]).await;
        let nothing = "nothing changes\n".to_owned();
        assert_eq!(output, Output { err: nothing, ..done("member  before  after\n") }, "{command}");
    }
    policy["codeDigits"] = json!(9);
    policy["allowedCountries"] = json!(["US"]);
    policy["password"]["minLength"] = json!(16);
    let changed = scratch.file("changed.json", policy.to_string().as_bytes());
    let shown = "member              before      after\n\
                 allowedCountries    US, CA, GB  US\n\
                 codeDigits          8           9\n\
                 password.minLength  15          16\n";
    let diff = rekeyctl(&service, &token, &["policy", "diff", changed.to_str().unwrap()]).await;
    assert_eq!(diff, done(shown));
    let digits =
        async || service.send(Request::get(PATH).bearer(&token)).await.expect(200).json()["codeDigits"].clone();
    assert_eq!(digits().await, 8, "a difference changes nothing");
    let set = rekeyctl(&service, &token, &["policy", "set", changed.to_str().unwrap()]).await;
    let told = "changed; it may take a minute until it is in force everywhere\n".to_owned();
    assert_eq!(set, Output { err: told, ..done(shown) });
    assert_eq!(digits().await, 9);

    let typo = scratch.file("typo.json", br#"{"codeDigit": 9}"#);
    let output = rekeyctl(&service, &token, &["policy", "set", typo.to_str().unwrap()]).await;
    assert!(output.code == 1 && output.out.is_empty() && output.err.contains("400 Request_BadRequest"), "{output:?}");
    let before = service.send(Request::get(PATH).bearer(&token)).await.expect(200).json();
    for (text, why) in [
        (r#"{"codeDigits": 99}"#, "the document cannot be set: codeDigits: "),
        (r#"{"codeDigit": 9}"#, "the document cannot be set: the policy has no member codeDigit"),
        (r#"{"password": {"minLength": 1}}"#, "the document cannot be set: "),
        (r#"{"codeDigits": 6, "CODEDIGITS": 7}"#, "the document cannot be set: codeDigits occurs twice"),
    ] {
        let file = scratch.file("bad.json", text.as_bytes());
        let output = rekeyctl(&service, &token, &["policy", "diff", file.to_str().unwrap()]).await;
        assert!(output.code == 1 && output.out.is_empty(), "{output:?}");
        assert!(output.err.starts_with(&format!("rekeyctl: {why}")), "{output:?}");
        let set = rekeyctl(&service, &token, &["policy", "set", file.to_str().unwrap()]).await;
        assert_eq!((set.code, set.out.as_str()), (1, ""), "set refuses what diff refuses: {text}");
    }
    let spelled = scratch.file("spelled.json", br#"{"CODEDIGITS": 8}"#);
    let diff = rekeyctl(&service, &token, &["policy", "diff", spelled.to_str().unwrap()]).await;
    assert_eq!(diff, done("member      before  after\ncodeDigits  9       8\n"));
    assert_eq!(service.send(Request::get(PATH).bearer(&token)).await.expect(200).json(), before);
    for (text, why) in [("[]", "the document is not a JSON object"), ("{", "the document is not a JSON object")] {
        let file = scratch.file("bad.json", text.as_bytes());
        let output = rekeyctl(&service, &token, &["policy", "diff", file.to_str().unwrap()]).await;
        assert_eq!(output.err, format!("rekeyctl: {why}\n"));
    }
}
