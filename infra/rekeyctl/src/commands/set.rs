//! `rekeyctl create` and `rekeyctl set`: properties of one user.

use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::client::Client;
use crate::client::endpoint::{GRAPH, user_route};
use crate::commands::desk::password_in;
use crate::options::values::Assignment;
use crate::options::{Create, Output, Set};
use crate::output::changes::{Change, print_changes};
use crate::output::failure::Failure;
use crate::output::streams::Streams;

/// Sets and clears properties, all in one change, and says what they are now. The service validates the values, and
/// explains a refusal.
pub(crate) fn run(
    client: &Client<'_>,
    options: &Set,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let user = &options.user.user;
    client.write(Method::PATCH, &user_route(user), body(&options.properties)?)?;
    let name = options.properties.iter().find(|one| one.property == "userPrincipalName");
    let renamed = name.and_then(|one| one.value.as_str()).unwrap_or(user);
    let names: Vec<&str> = options.properties.iter().map(|one| one.property).collect();
    let now = client.get(&format!("{}?$select={}", user_route(renamed), names.join(",")))?;
    let changes: Vec<Change> =
        names.iter().map(|name| Change::now(name, now.get(*name).cloned().unwrap_or_default())).collect();
    print_changes(user, &changes, output, streams)
}

/// The properties that a new user cannot have at once.
const LATER: [&str; 2] = ["isAdmin", "onPremisesSyncEnabled"];

/// Creates a user, and prints the stored values.
pub(crate) fn create(
    client: &Client<'_>,
    options: &Create,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let mut new = body(&options.properties)?;
    new.insert("userPrincipalName".to_owned(), json!(options.user));
    if let Some(file) = &options.from {
        let password = password_in(file)?;
        let profile = json!({"password": *password, "forceChangePasswordNextSignIn": true});
        new.insert("passwordProfile".to_owned(), profile);
    }
    new.entry("accountEnabled").or_insert(json!(true));
    // A new user has no rights and no owner: these are set in a change of their own.
    let later: Map<String, Value> = LATER.iter().filter_map(|name| new.remove_entry(*name)).collect();
    // Clearing what was never set is no change.
    new.retain(|_, value| !value.is_null());
    let created = client.post(&format!("{GRAPH}/users"), new)?;
    let id = created.get("id").cloned().ok_or(Failure::NotRekey)?;
    if !later.is_empty() {
        client.write(Method::PATCH, &user_route(&options.user), later.clone())?;
    }
    let mut changes = vec![Change::as_sentence(
        "id",
        id.clone(),
        format!("created, with the id {}", id.as_str().unwrap_or_default()),
    )];
    let names = options.properties.iter().map(|one| one.property).filter(|name| *name != "userPrincipalName");
    changes.extend(
        names.filter_map(|name| Some(Change::now(name, created.get(name).or_else(|| later.get(name))?.clone()))),
    );
    print_changes(&options.user, &changes, output, streams)
}

/// The body that sets properties. Each may be set once.
fn body(properties: &[Assignment]) -> Result<Map<String, Value>, Failure> {
    let body: Map<String, Value> = properties.iter().map(|one| (one.property.to_owned(), one.value.clone())).collect();
    if body.len() == properties.len() { Ok(body) } else { Err(Failure::TwoValues) }
}
