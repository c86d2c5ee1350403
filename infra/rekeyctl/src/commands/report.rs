//! `rekeyctl report`: registered people, people who can reset, and people who are overdue to confirm.

use std::fmt;

use serde_json::Value;
use shared::time::Moment;

use crate::client::Client;
use crate::client::endpoint::{GRAPH, encode};
use crate::options::{Only, Output, Report};
use crate::output::failure::Failure;
use crate::output::listing::Listing;
use crate::output::streams::{DONE, Streams};

/// The columns of the report.
const COLUMNS: [&str; 6] =
    ["userPrincipalName", "userDisplayName", "isSsprRegistered", "isSsprCapable", "methodsRegistered", "reconfirmBy"];
/// The other members of a row that can be columns.
const OTHERS: [&str; 5] = ["id", "userType", "isAdmin", "isSsprEnabled", "lastUpdatedDateTime"];
/// Users on a page, as many as Graph allows.
const TOP: usize = 999;

/// Lists the users of the report; tells the counts of all if all are listed.
pub(crate) fn run(
    client: &Client<'_>,
    options: &Report,
    output: Output,
    now: Moment,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let mut listing = Listing::new(output, &COLUMNS).choosing(&options.columns, &OTHERS)?;
    let mut target = format!("{GRAPH}/reports/authenticationMethods/userRegistrationDetails?$top={TOP}");
    if let Some(filter) = options.only.and_then(|only| filter(only, now)) {
        target += &format!("&$filter={}", encode(&filter));
    }
    streams.print(&listing.begin())?;
    let mut counts = Counts::default();
    client.pages(target, |mut users| {
        if options.only == Some(Only::WithoutMethod) {
            users.retain(has_no_method);
        }
        users.iter().for_each(|user| counts.add(user, now));
        streams.print(&listing.add(&users))?;
        Ok(true)
    })?;
    streams.print(&listing.end())?;
    if options.only.is_none() {
        streams.tell(&counts.to_string());
    }
    Ok(DONE)
}

/// The condition that the service filters by; `None` if it has none for it.
fn filter(only: Only, now: Moment) -> Option<String> {
    Some(match only {
        Only::Registered => "isSsprRegistered eq true".to_owned(),
        Only::NotRegistered => "isSsprRegistered eq false".to_owned(),
        Only::Capable => "isSsprCapable eq true".to_owned(),
        Only::NotCapable => "isSsprCapable eq false".to_owned(),
        Only::Overdue => format!("reconfirmBy lt {now}"),
        Only::WithoutMethod => return None,
    })
}

fn has_no_method(user: &Value) -> bool {
    user["methodsRegistered"].as_array().is_some_and(Vec::is_empty)
}

#[derive(Default)]
struct Counts {
    users: usize,
    registered: usize,
    capable: usize,
    without_method: usize,
    overdue: usize,
}

impl Counts {
    fn add(&mut self, user: &Value, now: Moment) {
        // Both moments are in the same form, so they compare as texts.
        let is_overdue = user["reconfirmBy"].as_str().is_some_and(|by| by < now.to_string().as_str());
        self.users += 1;
        self.registered += usize::from(user["isSsprRegistered"] == true);
        self.capable += usize::from(user["isSsprCapable"] == true);
        self.without_method += usize::from(has_no_method(user));
        self.overdue += usize::from(is_overdue);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, registered, capable, without_method, overdue } = self;
        write!(
            f,
            "enabled users: {users}, registered: {registered}, can reset: {capable}, without a registered method: \
             {without_method}, overdue to confirm: {overdue}"
        )
    }
}
