//! `rekeyctl users` and `rekeyctl find`: lists of users.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
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
    let mut listing = Listing::new(output, &options.columns, &COLUMNS);
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
    let listing = Listing::new(output, &options.columns, &COLUMNS);
    // The id tells two people apart, the name sorts them.
    let select = format!("id,userPrincipalName,{}", listing.columns().join(","));
    let mut found = BTreeMap::new();
    for query in queries(&options.text.join(" "))? {
        client.pages(format!("{GRAPH}/users?$select={select}&{query}"), |users| {
            found.extend(users.into_iter().map(|user| ((cell(&user["userPrincipalName"]), cell(&user["id"])), user)));
            Ok(true)
        })?;
    }
    let users: Vec<Value> = found.into_values().collect();
    streams.print(&listing.whole(&users))?;
    if users.is_empty() {
        streams.tell("nobody was found");
    }
    Ok(DONE)
}

/// The queries that find what a text can be: a number, an address or its beginning, or words of a name.
fn queries(text: &str) -> Result<Vec<String>, Failure> {
    let text = text.trim();
    let filter = |condition: String| format!("$filter={}", encode(&condition));
    let is_number = text.contains(|char: char| char.is_ascii_digit())
        && text.chars().all(|char| char.is_ascii_digit() || " +-.()/xX".contains(char));
    if is_number {
        if !text.starts_with('+') {
            return Err(Failure::NumberWithoutPlus);
        }
        let number = literal(text);
        return Ok(vec![
            filter(format!("mobilePhone eq {number}")),
            filter(format!("businessPhones/any(p:p eq {number})")),
        ]);
    }
    let names = format!("startswith(userPrincipalName,{})", literal(text));
    if text.contains('@') {
        let mut queries = vec![filter(names), filter(format!("startswith(mail,{})", literal(text)))];
        if EmailAddress::parse(text).is_ok() {
            queries.push(filter(format!("otherMails/any(m:m eq {})", literal(text))));
        }
        return Ok(queries);
    }
    let words = text.replace(['"', '\\', ':'], " ");
    let search = format!("$search={}", encode(&format!("\"displayName:{words}\"")));
    let is_word = !text.contains(char::is_whitespace);
    Ok(if is_word { vec![search, filter(names)] } else { vec![search] })
}

/// Members of a user or a report as rows, in the order of `names`.
pub(crate) fn members(object: &Map<String, Value>, names: &[&str]) -> Vec<Vec<String>> {
    let properties = names.iter().filter_map(|name| Some(vec![(*name).to_owned(), cell(object.get(*name)?)]));
    properties.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queried(text: &str) -> Option<Vec<String>> {
        let decoded = |query: String| percent_encoding::percent_decode_str(&query).decode_utf8().unwrap().into_owned();
        queries(text).ok().map(|queries| queries.into_iter().map(decoded).collect())
    }

    #[test]
    fn a_text_is_looked_up_as_what_it_can_be() {
        let one = |text: &str| vec![text.to_owned()];
        assert_eq!(queried("ada lov").unwrap(), one("$search=\"displayName:ada lov\""));
        assert_eq!(
            queried("o'neil").unwrap(),
            ["$search=\"displayName:o'neil\"", "$filter=startswith(userPrincipalName,'o''neil')"]
        );
        assert_eq!(queried("\"ada\":x y").unwrap(), one("$search=\"displayName: ada  x y\""));
        assert_eq!(
            queried(" +44 (7911) 123-456 ").unwrap(),
            ["$filter=mobilePhone eq '+44 (7911) 123-456'", "$filter=businessPhones/any(p:p eq '+44 (7911) 123-456')"]
        );
        assert_eq!(queried("07911 123456"), None);
        assert_eq!(
            queried("ada@").unwrap(),
            ["$filter=startswith(userPrincipalName,'ada@')", "$filter=startswith(mail,'ada@')"]
        );
        assert_eq!(queried("ada@private.example").unwrap()[2], "$filter=otherMails/any(m:m eq 'ada@private.example')");
    }
}
