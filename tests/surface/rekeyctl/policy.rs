//! `rekeyctl policy bound`: what the policy in force allows at most.

use serde_json::{Value, json};

use super::{Output, done, rekeyctl};
use crate::support::{Request, Service};

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
    for words in [&["policy", "bound"][..], &["policy", "bound", "--format", "text"]] {
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
    let output = rekeyctl(&service, &token, &["policy", "bound", "--format", "json"]).await;
    assert_eq!((output.code, output.err.as_str(), output.out.lines().count()), (0, "", 1));
    let shown: Value = serde_json::from_str(&output.out).unwrap();
    assert_eq!(shown, policy["bound"]);
    assert!(output.out.contains("\"takeoverPerAccountYear\":6.5e-6"), "{output:?}");
}

#[service_test]
async fn without_the_permission_nothing_is_shown() {
    let service = Service::start(json!({})).await;
    let token = service.application(&["User.Read.All"]).await;
    for format in ["text", "json"] {
        let output = rekeyctl(&service, &token, &["policy", "bound", "--format", format]).await;
        let refusal = format!("rekeyctl: the service refuses: 403 Authorization_RequestDenied: needs {PERMISSION}\n");
        assert_eq!(output, Output { code: 1, out: String::new(), err: refusal });
    }
}
