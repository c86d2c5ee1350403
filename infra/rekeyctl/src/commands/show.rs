//! `rekeyctl show`: one user, their methods, and what can be used for a reset and why.

use serde_json::{Map, Value};
use shared::account::ProfileField;

use crate::client::Client;
use crate::client::endpoint::{GRAPH, encode, literal, user_route};
use crate::commands::users::{cell, members};
use crate::output::failure::Failure;
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::{escape, table};

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

/// The members of a contact in the report.
const CONTACT: [&str; 7] = ["type", "origin", "source", "setDateTime", "verifiedDateTime", "usable", "reason"];

/// The report's members about resets. The others are about signing in, or are in the user's own table.
const REPORT: [&str; 5] =
    ["isSsprRegistered", "isSsprEnabled", "isSsprCapable", "methodsRegistered", "lastUpdatedDateTime"];

/// Shows a user. If the token may not read a part, the command says so and shows the others.
pub(crate) fn run(client: &Client<'_>, key: &str, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let route = user_route(key);
    let properties = properties();
    let user = client.get(&format!("{route}?$select={}", properties.join(",")))?;
    streams.print(&table(&["property", "value"], members(&user, &properties)))?;
    let parts = [
        ("authentication methods", methods(client, &route)),
        ("registration", registration(client, &cell(user.get("userPrincipalName").unwrap_or(&Value::Null)))),
    ];
    let mut whole = true;
    for (title, part) in parts {
        match part {
            Ok(text) => streams.print(&format!("\n{title}\n\n{text}"))?,
            Err(Failure::Refused(refusal)) => {
                streams.tell(&escape(&format!("{title}: the service refuses: {refusal}")));
                whole = false;
            }
            Err(failure) => return Err(failure),
        }
    }
    if whole { Ok(DONE) } else { Err(Failure::Partly) }
}

fn methods(client: &Client<'_>, route: &str) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for (list, kind, value) in
        [("phoneMethods", Some("phoneType"), "phoneNumber"), ("emailMethods", None, "emailAddress")]
    {
        client.pages(format!("{route}/authentication/{list}"), |page| {
            rows.extend(page.iter().map(|method| {
                let kind = kind.map_or_else(|| "email".to_owned(), |member| cell(&method[member]));
                vec![kind, cell(&method[value]), cell(&method["id"])]
            }));
            Ok(true)
        })?;
    }
    Ok(table(&["type", "value", "id"], rows))
}

fn registration(client: &Client<'_>, user_name: &str) -> Result<String, Failure> {
    let filter = encode(&format!("userPrincipalName eq {}", literal(user_name)));
    let target = format!("{GRAPH}/reports/authenticationMethods/userRegistrationDetails?$filter={filter}");
    let mut text = String::new();
    client.pages(target, |rows| {
        text.extend(rows.iter().filter_map(Value::as_object).map(report));
        Ok(true)
    })?;
    Ok(text)
}

/// A row of the report as tables: its members, and its contacts if there are any.
fn report(row: &Map<String, Value>) -> String {
    let mut text = table(&["property", "value"], members(row, &REPORT));
    if let Some(contacts) = row.get("contacts").and_then(Value::as_array) {
        let line = |contact: &Value| CONTACT.iter().map(|name| cell(&contact[*name])).collect();
        text += "\ncontacts\n\n";
        text += &table(&CONTACT, contacts.iter().map(line));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_says_which_methods_are_usable_and_why_not() {
        let row = json!({
            "id": "x", "userPrincipalName": "adele@contoso.example", "isSsprCapable": true, "isMfaCapable": false,
            "methodsRegistered": ["email", "mobilePhone"],
            "contacts": [{
                "type": "mobilePhone", "origin": "profile", "source": "directory", "setDateTime": "2026-11-21T00:00:00.000Z",
                "verifiedDateTime": null, "usable": false, "reason": "fixedLine"
            }]
        });
        assert_eq!(
            report(row.as_object().unwrap()),
            "property           value\n\
             isSsprCapable      true\n\
             methodsRegistered  email, mobilePhone\n\
             \n\
             contacts\n\
             \n\
             type         origin   source     setDateTime               verifiedDateTime  usable  reason\n\
             mobilePhone  profile  directory  2026-11-21T00:00:00.000Z                    false   fixedLine\n"
        );
        assert_eq!(
            report(json!({"isSsprCapable": false}).as_object().unwrap()),
            "property       value\nisSsprCapable  false\n"
        );
    }
}
