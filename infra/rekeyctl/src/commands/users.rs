//! `rekeyctl users`: a table of users.

use serde_json::{Map, Value};

use crate::client::Client;
use crate::client::endpoint::{GRAPH, encode, literal};
use crate::options::Users;
use crate::output::failure::Failure;
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::table;

const HEADER: [&str; 6] = ["userPrincipalName", "displayName", "enabled", "mobilePhone", "businessPhone", "otherMails"];
const SELECT: &str = "userPrincipalName,displayName,accountEnabled,mobilePhone,businessPhones,otherMails";

/// Lists users, and says on standard error if there are more than the limit.
pub(crate) fn run(client: &Client<'_>, options: &Users, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let limit = options.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    // One more than the limit shows whether there are more.
    let top = usize::from(options.page_size).min(limit.saturating_add(1));
    let mut target = format!("{GRAPH}/users?$select={SELECT}&$top={top}");
    if let Some(start) = &options.filter {
        target += &format!("&$filter={}", encode(&format!("startswith(userPrincipalName,{})", literal(start))));
    }
    let mut rows = Vec::new();
    client.pages(target, |users| {
        rows.extend(users.iter().map(row));
        Ok(rows.len() <= limit)
    })?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    streams.print(&table(&HEADER, rows))?;
    if more {
        streams.tell("there are more; --limit says how many are shown");
    }
    Ok(DONE)
}

fn row(user: &Value) -> Vec<String> {
    let count = user["otherMails"].as_array().map_or(0, Vec::len);
    let shown = [&user["userPrincipalName"], &user["displayName"], &user["accountEnabled"], &user["mobilePhone"]];
    let shown = shown.into_iter().chain([&user["businessPhones"]]);
    shown.map(cell).chain([count.to_string()]).collect()
}

/// A value as a cell: empty for null, several values joined by commas.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Members of a user or a report as rows, in the order of `names`.
pub(crate) fn members(object: &Map<String, Value>, names: &[&str]) -> Vec<Vec<String>> {
    let properties = names.iter().filter_map(|name| Some(vec![(*name).to_owned(), cell(object.get(*name)?)]));
    properties.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_shows_the_stored_properties() {
        let user = json!({
            "userPrincipalName": "adele@contoso.example", "displayName": "Adele", "accountEnabled": true,
            "mobilePhone": "+1 4255550100", "businessPhones": ["+1 4255550111"], "otherMails": ["a@x.example", "b@x.example"]
        });
        assert_eq!(row(&user), ["adele@contoso.example", "Adele", "true", "+1 4255550100", "+1 4255550111", "2"]);
        assert_eq!(row(&json!({"userPrincipalName": "x@y.example"})), ["x@y.example", "", "", "", "", "0"]);
    }
}
