//! A message by each channel, and an alarm: whether they arrive, only their recipient can see.

use serde_json::{Value, json};
use ureq::http::Method;

use super::finding::Finding;
use super::stack::Stack;
use crate::client::endpoint::Endpoint;
use crate::client::transport::Https;

/// The methods of a reset that send a message, and the check of each.
const METHODS: [(&str, &str); 3] =
    [("email", "an email is ordered"), ("mobileSms", "a text is ordered"), ("mobileCall", "a call is ordered")];
/// The alarm that is set off: it has an action and no other consequence.
const ALARM: &str = "RequestsFail";

/// Begins a reset of a person by each method that the policy offers, and sets off an alarm.
pub(super) fn findings(stack: &Stack<'_>, user: &str, phone: Option<&str>) -> Vec<Finding> {
    let url = stack.output("Url").unwrap_or_default();
    let api = Endpoint::parse(url).and_then(|endpoint| Https::new(&endpoint)).map_err(|failure| failure.to_string());
    let offered = api.as_ref().map_err(Clone::clone).and_then(|api| offered(api, url));
    let order = |(method, check): (&str, &'static str)| {
        let ordered = offered.clone().and_then(|offered| {
            if !offered.iter().any(|one| one == method) {
                return Ok("not offered by the policy".to_owned());
            }
            let api = api.as_ref().map_err(Clone::clone)?;
            let phone = phone.filter(|_| method != "email");
            let reference = begin(api, url, &json!({"userName": user, "method": method, "phoneNumber": phone}))?;
            Ok(format!("look whether it comes, with the reference {reference}"))
        });
        Finding::of(check, ordered, |detail| Finding::new(check, true, detail))
    };
    METHODS.into_iter().map(order).chain([alarm(stack)]).collect()
}

/// The methods that the policy offers.
fn offered(api: &Https, url: &str) -> Result<Vec<String>, String> {
    let (status, settings) = api.exchange(&Method::GET, &format!("{url}/v1/settings"), None)?;
    let methods = settings["methods"].as_array().ok_or_else(|| format!("the settings are a {status}"))?;
    Ok(methods.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Begins a reset, and returns the reference of its message.
fn begin(api: &Https, url: &str, body: &Value) -> Result<String, String> {
    let mut body = body.clone();
    if let Some(members) = body.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let (status, begun) = api.exchange(&Method::POST, &format!("{url}/v1/resets"), Some(&body))?;
    let detail = begun["detail"].as_str().unwrap_or_default();
    begun["reference"].as_str().map(str::to_owned).ok_or_else(|| format!("{status}: {detail}"))
}

fn alarm(stack: &Stack<'_>) -> Finding {
    const CHECK: &str = "an alarm is set off";
    let set = stack.resource(ALARM).and_then(|name| {
        stack.order(&[
            "cloudwatch",
            "set-alarm-state",
            "--alarm-name",
            name.as_str(),
            "--state-value",
            "ALARM",
            "--state-reason",
            "rekeyctl doctor",
        ])
    });
    Finding::of(CHECK, set, |()| Finding::new(CHECK, true, format!("look whether {ALARM} comes; it ends by itself")))
}
