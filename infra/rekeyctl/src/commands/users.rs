//! `rekeyctl users` and `rekeyctl find`: lists of users.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use shared::account::ProfileField;
use shared::identifiers::email_address::EmailAddress;

use crate::client::Client;
use crate::client::endpoint::{GRAPH, encode, literal};
use crate::options::{Find, Output, Users};
use crate::output::failure::Failure;
use crate::output::listing::{Listing, cell};
use crate::output::streams::{DONE, Streams};

/// The columns of users.
const COLUMNS: [&str; 6] =
    ["userPrincipalName", "displayName", "accountEnabled", "mobilePhone", "businessPhones", "otherMails"];

/// The other properties of a user that can be columns.
fn others() -> Vec<&'static str> {
    let descriptive = ProfileField::ALL.iter().map(|field| field.as_str()).filter(|name| !COLUMNS.contains(name));
    let others = ["id", "isAdmin", "onPremisesSyncEnabled", "createdDateTime", "signInSessionsValidFromDateTime"];
    others.into_iter().chain(descriptive).collect()
}

/// Lists users, and says on standard error if there are more than the limit.
pub(crate) fn run(
    client: &Client<'_>,
    options: &Users,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let limit = options.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    // One more than the limit shows whether there are more.
    let top = usize::from(options.page_size).min(limit.saturating_add(1));
    let mut listing = Listing::new(output, &COLUMNS).choosing(&options.columns, &others())?;
    let starts = options.filter.as_ref().map(|start| format!("startswith(userPrincipalName,{})", literal(start)));
    let disabled = options.disabled.then(|| "accountEnabled eq false".to_owned());
    let conditions: Vec<String> = starts.into_iter().chain(disabled).collect();
    let mut target = format!("{GRAPH}/users?$select={}&$top={top}", listing.columns().join(","));
    if !conditions.is_empty() {
        target += &format!("&$filter={}", encode(&conditions.join(" and ")));
    }
    streams.print(&listing.begin())?;
    let (mut count, mut more) = (0, false);
    client.pages(target, |mut users| {
        more = users.len() > limit - count;
        users.truncate(limit - count);
        count += users.len();
        streams.print(&listing.add(&users))?;
        Ok(!more)
    })?;
    streams.print(&listing.end())?;
    if more {
        streams.tell("there are more; --limit says how many are shown");
    }
    Ok(DONE)
}

/// Finds people by whatever is known of them.
pub(crate) fn find(
    client: &Client<'_>,
    options: &Find,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let listing = Listing::new(output, &COLUMNS).choosing(&options.columns, &others())?;
    let text = options.text.join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The id tells two people apart, the name sorts them.
    let select = format!("id,userPrincipalName,{}", listing.columns().join(","));
    let top = options.limit.saturating_add(1).min(999);
    let mut found = BTreeMap::new();
    for query in queries(&text) {
        let mut count = 0;
        client.pages(format!("{GRAPH}/users?$select={select}&$top={top}&{query}"), |users| {
            count += users.len();
            found.extend(users.into_iter().map(|user| ((cell(&user["userPrincipalName"]), cell(&user["id"])), user)));
            Ok(count <= options.limit)
        })?;
    }
    let more = found.len() > options.limit;
    let users: Vec<Value> = found.into_values().take(options.limit).collect();
    streams.print(&listing.whole(&users))?;
    if more {
        streams.tell("there are more; --limit says how many are shown");
    } else if users.is_empty() {
        let hint = if is_number(&text) && !text.starts_with('+') { NATIONAL } else { "nobody was found" };
        streams.tell(hint);
    }
    Ok(DONE)
}

/// What to know if a number without its country code found nobody.
const NATIONAL: &str = "nobody was found; a phone number is found with + and its country code, such as +1 4255550100";

/// Whether a text can be a phone number.
fn is_number(text: &str) -> bool {
    text.contains(|char: char| char.is_ascii_digit())
        && text.chars().all(|char| char.is_ascii_digit() || " +-.()/xX".contains(char))
}

/// The queries that find what a text can be: a number, an address or the beginning of a mailbox, or words of a name.
fn queries(text: &str) -> Vec<String> {
    let filter = |condition: String| format!("$filter={}", encode(&condition));
    let begins = |property: &str| filter(format!("startswith({property},{})", literal(text)));
    if text.starts_with('+') && is_number(text) {
        let number = literal(text);
        return vec![
            filter(format!("mobilePhone eq {number}")),
            filter(format!("businessPhones/any(p:p eq {number})")),
        ];
    }
    if text.contains('@') {
        let mut queries = vec![begins("userPrincipalName"), begins("mail")];
        if EmailAddress::parse(text).is_ok() {
            queries.push(filter(format!("otherMails/any(m:m eq {})", literal(text))));
        }
        return queries;
    }
    let words = text.replace(['"', '\\', ':'], " ");
    let mut queries = vec![format!("$search={}", encode(&format!("\"displayName:{words}\"")))];
    queries.extend([begins("givenName"), begins("surname")]);
    if !text.contains(' ') {
        queries.extend([begins("userPrincipalName"), begins("mail")]);
    }
    queries
}

/// Members of a user or a report as rows, in the order of `names`.
pub(crate) fn members(object: &Map<String, Value>, names: &[&str]) -> Vec<Vec<String>> {
    let properties = names.iter().filter_map(|name| Some(vec![(*name).to_owned(), cell(object.get(*name)?)]));
    properties.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queried(text: &str) -> Vec<String> {
        let decoded = |query: String| percent_encoding::percent_decode_str(&query).decode_utf8().unwrap().into_owned();
        queries(text).into_iter().map(decoded).collect()
    }

    #[test]
    fn a_text_is_looked_up_as_what_it_can_be() {
        assert_eq!(
            queried("ada lov"),
            [
                "$search=\"displayName:ada lov\"",
                "$filter=startswith(givenName,'ada lov')",
                "$filter=startswith(surname,'ada lov')"
            ]
        );
        assert_eq!(queried("o'neil")[3], "$filter=startswith(userPrincipalName,'o''neil')");
        assert_eq!(
            queried("Kim.Mail")[3..],
            ["$filter=startswith(userPrincipalName,'Kim.Mail')", "$filter=startswith(mail,'Kim.Mail')"]
        );
        assert_eq!(queried("007").len(), 5, "a user name and a mailbox may consist of digits");
        assert_eq!(queried("\"ada\":x y")[0], "$search=\"displayName: ada  x y\"");
        assert_eq!(
            queried("+44 (7700) 900-123"),
            ["$filter=mobilePhone eq '+44 (7700) 900-123'", "$filter=businessPhones/any(p:p eq '+44 (7700) 900-123')"]
        );
        assert_eq!(
            queried("ada@"),
            ["$filter=startswith(userPrincipalName,'ada@')", "$filter=startswith(mail,'ada@')"]
        );
        assert_eq!(queried("ada@private.example")[2], "$filter=otherMails/any(m:m eq 'ada@private.example')");
    }
}
