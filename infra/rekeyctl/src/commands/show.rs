//! `rekeyctl show`: one user, their methods, and what can be used for a reset and why.

use serde_json::{Map, Value, json};
use shared::account::ProfileField;

use crate::client::Client;
use crate::client::endpoint::{encode, user_route};
use crate::commands::methods;
use crate::commands::users::members;
use crate::options::{MethodKind, Output};
use crate::output::failure::Failure;
use crate::output::listing::{Listing, cell};
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::{escape, json_line, table};

/// The properties that are shown, in this order.
fn properties() -> Vec<&'static str> {
    let descriptive = ProfileField::ALL.iter().map(|field| field.as_str());
    let others = [
        "accountEnabled",
        "isAdmin",
        "onPremisesSyncEnabled",
        "mobilePhone",
        "businessPhones",
        "otherMails",
        "createdDateTime",
        "signInSessionsValidFromDateTime",
    ];
    ["id", "userPrincipalName"].into_iter().chain(descriptive).chain(others).collect()
}

/// The columns of a contact.
const CONTACT: [&str; 8] = ["type", "origin", "value", "source", "setDateTime", "verifiedDateTime", "usable", "reason"];

/// The columns of a method.
const METHOD: [&str; 3] = ["type", "value", "id"];

/// The report's members about resets. The others are about signing in, or are in the user's own table.
const REPORT: [&str; 6] =
    ["isSsprRegistered", "isSsprEnabled", "isSsprCapable", "methodsRegistered", "reconfirmBy", "lastUpdatedDateTime"];

/// What is known of a user. A part that the token may not read is `None`: it is unknown, not empty.
struct Parts {
    user: Map<String, Value>,
    methods: Option<Vec<Value>>,
    registration: Option<Map<String, Value>>,
}

/// Shows a user. If the token may not read a part, the command says so and shows the others.
pub(crate) fn run(client: &Client<'_>, key: &str, output: Output, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let route = user_route(key);
    let user = client.get(&format!("{route}?$select={}", properties().join(",")))?;
    let id = cell(user.get("id").unwrap_or(&Value::Null));
    let mut whole = true;
    let methods = readable("authentication methods", methods::all(client, &route), &mut whole, streams)?;
    let report = client.get(&format!("{REPORTS}/{}", encode(&id)));
    let registration = match report {
        // A disabled user is not in the report.
        Err(Failure::Refused(refusal)) if refusal.status == 404 => Some(Map::new()),
        other => readable("registration", other, &mut whole, streams)?,
    };
    let mut parts = Parts { user, methods, registration };
    parts.add_values();
    streams.print(&parts.text(output))?;
    if whole { Ok(DONE) } else { Err(Failure::Partly) }
}

/// A part, unless the token may not read it, which is told.
fn readable<T>(
    title: &str,
    part: Result<T, Failure>,
    whole: &mut bool,
    streams: &mut Streams<'_>,
) -> Result<Option<T>, Failure> {
    match part {
        Ok(part) => Ok(Some(part)),
        Err(Failure::Refused(refusal)) => {
            streams.tell(&escape(&format!("{title}: the service refuses: {refusal}")));
            *whole = false;
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

impl Parts {
    /// Adds to each contact of the report its value, which the report does not have.
    fn add_values(&mut self) {
        let Self { user, methods, registration } = self;
        let mut mails = user.get("otherMails").and_then(Value::as_array).into_iter().flatten();
        let registered = |kind: MethodKind| {
            let mut methods = methods.iter().flatten();
            methods.find(|method| method["type"] == kind.name()).map(|method| method["value"].clone())
        };
        let contacts = registration.as_mut().and_then(|report| report.get_mut("contacts")?.as_array_mut());
        for contact in contacts.into_iter().flatten() {
            let value = match (contact["origin"].as_str(), contact["type"].as_str()) {
                (Some("registered"), Some("mobilePhone")) => registered(MethodKind::Mobile),
                (Some("registered"), Some("alternateMobilePhone")) => registered(MethodKind::AlternateMobile),
                (Some("registered"), Some("officePhone")) => registered(MethodKind::Office),
                (Some("registered"), Some("email")) => registered(MethodKind::Email),
                (_, Some("mobilePhone")) => user.get("mobilePhone").cloned(),
                (_, Some("officePhone")) => user.get("businessPhones").map(|all| all[0].clone()),
                (_, Some("email")) => mails.next().cloned(),
                _ => None,
            };
            contact["value"] = value.unwrap_or_default();
        }
    }

    fn contacts(&self) -> &[Value] {
        let contacts = self.registration.as_ref().and_then(|report| report.get("contacts")?.as_array());
        contacts.map(Vec::as_slice).unwrap_or_default()
    }

    fn text(&self, output: Output) -> String {
        let list = |columns: &[&str], rows: &[Value]| Listing::new(output, columns).whole(rows);
        match output {
            Output::Json => json_line(&json!({
                "user": self.user, "authenticationMethods": self.methods, "registration": self.registration,
            })),
            Output::Csv => list(&["part", "property", "value"], &self.rows()),
            Output::Table => {
                let mut text = table(&["property", "value"], members(&self.user, &properties()));
                if let Some(methods) = &self.methods {
                    text += &format!("\nauthentication methods\n\n{}", list(&METHOD, methods));
                }
                if let Some(registration) = self.registration.as_ref().filter(|report| !report.is_empty()) {
                    let registration = table(&["property", "value"], members(registration, &REPORT));
                    text += &format!("\nregistration\n\n{registration}");
                }
                if !self.contacts().is_empty() {
                    text += &format!("\ncontacts\n\n{}", list(&CONTACT, self.contacts()));
                }
                text
            }
        }
    }

    /// All parts as rows of one shape.
    fn rows(&self) -> Vec<Value> {
        let row =
            |part: &str, property: &str, value: &Value| json!({"part": part, "property": property, "value": value});
        let user = properties().into_iter().filter_map(|name| Some(row("user", name, self.user.get(name)?)));
        let methods = self.methods.iter().flatten().map(|one| row("method", &cell(&one["type"]), &one["value"]));
        let registration = |name: &&str| Some(row("registration", name, self.registration.as_ref()?.get(*name)?));
        let report = REPORT.iter().filter_map(registration);
        let contacts = self.contacts().iter().map(|contact| {
            let verdict = if contact["usable"] == true { json!("usable") } else { contact["reason"].clone() };
            row("contact", &format!("{} {}", cell(&contact["origin"]), cell(&contact["type"])), &verdict)
        });
        user.chain(methods).chain(report).chain(contacts).collect()
    }
}

/// The route of the report.
const REPORTS: &str = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_shown_with_its_value_and_why_it_is_not_used() {
        let contact = |kind: &str, origin: &str, reason: Value| json!({"type": kind, "origin": origin, "usable": reason.is_null(), "reason": reason});
        let user = json!({
            "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"],
            "otherMails": ["a@b.example", "c@d.example"]
        });
        let mut parts = Parts {
            user: user.as_object().unwrap().clone(),
            methods: Some(vec![json!({"type": "mobile", "value": "+1 ********42", "id": "x"})]),
            registration: Some(json!({"isSsprCapable": true, "contacts": [
                contact("mobilePhone", "registered", Value::Null), contact("mobilePhone", "profile", json!("superseded")),
                contact("officePhone", "profile", json!("fixedLine")), contact("email", "profile", Value::Null),
                contact("email", "profile", json!("notFirst")), contact("securityQuestions", "registered", Value::Null),
            ]}).as_object().unwrap().clone()),
        };
        parts.add_values();
        let values: Vec<String> = parts.contacts().iter().map(|contact| cell(&contact["value"])).collect();
        assert_eq!(values, ["+1 ********42", "+1 4255550100", "+1 4255550111", "a@b.example", "c@d.example", ""]);
        let csv = parts.text(Output::Csv);
        assert!(csv.contains("contact,profile mobilePhone,superseded\n") && csv.contains("method,mobile,"), "{csv}");
        let json: Value = serde_json::from_str(&parts.text(Output::Json)).unwrap();
        assert_eq!(json["registration"]["contacts"][2]["value"], "+1 4255550111");
        let text = parts.text(Output::Table);
        assert!(text.contains("\ncontacts\n\ntype ") && text.contains("superseded"), "{text}");
    }

    #[test]
    fn a_part_that_may_not_be_read_is_null_and_not_empty() {
        let mut parts = Parts { user: Map::new(), methods: None, registration: None };
        parts.add_values();
        let json: Value = serde_json::from_str(&parts.text(Output::Json)).unwrap();
        assert_eq!(json, json!({"user": {}, "authenticationMethods": null, "registration": null}));
        assert_eq!(parts.text(Output::Table), "property  value\n");
        assert_eq!(parts.text(Output::Csv), "part,property,value\n");
        let parts = Parts { methods: Some(Vec::new()), registration: Some(Map::new()), ..parts };
        let json: Value = serde_json::from_str(&parts.text(Output::Json)).unwrap();
        assert_eq!(json, json!({"user": {}, "authenticationMethods": [], "registration": {}}));
        assert!(parts.text(Output::Table).contains("\nauthentication methods\n"));
    }
}
