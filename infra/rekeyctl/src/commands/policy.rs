//! `rekeyctl policy`: the policy in force, what a document would change in it, and what it allows at most.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};
use shared::http::graph::spelling::once;
use shared::limits::bound::{PolicyBound, YEAR_DAYS};
use shared::limits::guesses::LONG_WINDOW_DAYS;
use shared::policy::Policy;
use shared::reset::code::code_count;
use ureq::http::Method;

use crate::client::Client;
use crate::options::{Output, PolicyCommand};
use crate::output::failure::Failure;
use crate::output::listing::Listing;
use crate::output::streams::{DONE, Streams};
use crate::output::terminal::{json_document, json_line, table};

/// The route of the policy.
const ROUTE: &str = "/graph/v1.0/policies/passwordReset";
/// The member that the service computes.
const BOUND: &str = "bound";
/// The member that a document replaces as a whole; the other objects are merged.
const REPLACED: &str = "prices";
/// The most bytes of a document: as many as the service takes.
const MAX_DOCUMENT: u64 = 128 * 1024;

/// Shows or changes the policy.
pub(crate) fn run(
    client: &Client<'_>,
    command: &PolicyCommand,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    match command {
        PolicyCommand::Get => {
            let policy = stored(client)?;
            let text = match output {
                Output::Json => json_document(&Value::Object(policy)),
                Output::Table | Output::Csv => {
                    let leaves = leaves(&policy).into_iter();
                    let rows: Vec<Value> =
                        leaves.map(|(member, value)| json!({"member": member, "value": value})).collect();
                    Listing::new(output, &["member", "value"]).whole(&rows)
                }
            };
            streams.print(&text)?;
        }
        PolicyCommand::Diff { file } => {
            let (stored, document) = (stored(client)?, document(file)?);
            validate(&stored, &document, streams)?;
            print_difference(&changed(&stored, &document), output, streams)?;
        }
        PolicyCommand::Set { file } => {
            let document = document(file)?;
            let rows = changed(&stored(client)?, &document);
            if !rows.is_empty() {
                client.write(Method::PATCH, ROUTE, document)?;
            }
            print_difference(&rows, output, streams)?;
            if !rows.is_empty() {
                streams.tell("changed; it may take a minute until it is in force everywhere");
            }
        }
        PolicyCommand::Bound => return bound(client, output, streams),
    }
    Ok(DONE)
}

/// The policy without what the service computes from it.
fn stored(client: &Client<'_>) -> Result<Map<String, Value>, Failure> {
    Ok(settable(client.get(ROUTE)?))
}

/// The members that can be set.
fn settable(mut policy: Map<String, Value>) -> Map<String, Value> {
    policy.retain(|member, _| member != BOUND && !member.starts_with("@odata."));
    policy
}

/// Validates what a document makes of the stored policy, by the rules that the service has when it sets one. If the
/// service is another version, whose members are not all known here, only setting tells.
fn validate(
    stored: &Map<String, Value>,
    document: &Map<String, Value>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let Ok(policy) = Policy::from_stored(&Value::Object(stored.clone())) else {
        streams.tell("the service is another version than this rekeyctl, so only policy set validates the document");
        return Ok(());
    };
    if let Some(name) = Policy::unknown_member(document) {
        return Err(Failure::PolicyRule(format!("the policy has no member {name}")));
    }
    let patched = policy.patched(&Value::Object(document.clone()));
    patched.map(|_| ()).map_err(|error| Failure::PolicyRule(error.to_string()))
}

/// Reads a document. Its members are in the policy's own spelling then.
fn document(path: &Path) -> Result<Map<String, Value>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes));
    read.map_err(Failure::PolicyFile)?;
    let members: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| Failure::PolicyForm)?;
    let members = members.into_iter().map(|(name, value)| (Policy::member(&name).to_owned(), value));
    once(members).map(settable).map_err(|name| Failure::PolicyRule(format!("{name} occurs twice")))
}

/// Prints what a document changes, member by member.
fn print_difference(rows: &[Value], output: Output, streams: &mut Streams<'_>) -> Result<(), Failure> {
    streams.print(&Listing::new(output, &["member", "before", "after"]).whole(rows))?;
    if rows.is_empty() {
        streams.tell("nothing changes");
    }
    Ok(())
}

/// The members that differ once the document is applied: those that it leaves out keep their values.
fn changed(now: &Map<String, Value>, document: &Map<String, Value>) -> Vec<Value> {
    let mut new = now.clone();
    for (member, value) in document {
        match (new.get_mut(member), value) {
            (Some(Value::Object(stored)), Value::Object(given)) if member != REPLACED => stored.extend(given.clone()),
            _ => _ = new.insert(member.clone(), value.clone()),
        }
    }
    let (now, new) = (leaves(now), leaves(&new));
    let members: BTreeMap<&String, ()> = now.keys().chain(new.keys()).map(|member| (member, ())).collect();
    let differing = members.into_keys().filter(|member| now.get(*member) != new.get(*member));
    differing.map(|member| json!({"member": member, "before": now.get(member), "after": new.get(member)})).collect()
}

/// The members of a document with the paths that lead to them. A list is one value.
fn leaves(document: &Map<String, Value>) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    for (member, value) in document {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                leaves.extend(self::leaves(inner).into_iter().map(|(path, value)| (format!("{member}.{path}"), value)));
            }
            other => _ = leaves.insert(member.clone(), other.clone()),
        }
    }
    leaves
}

/// Shows what the service computes from its policy.
fn bound(client: &Client<'_>, output: Output, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut policy = client.get(ROUTE)?;
    let bound = policy.remove(BOUND).ok_or(Failure::NotRekey)?;
    let text = match output {
        Output::Json => json_line(&bound),
        Output::Csv => {
            let leaves = bound.as_object().map(leaves).unwrap_or_default().into_iter();
            let rows: Vec<Value> = leaves.map(|(member, value)| json!({"member": member, "value": value})).collect();
            Listing::new(output, &["member", "value"]).whole(&rows)
        }
        Output::Table => {
            let digits = policy.get("codeDigits").and_then(Value::as_u64).and_then(|digits| u8::try_from(digits).ok());
            let bound = serde_json::from_value(bound).map_err(|_| Failure::NotRekey)?;
            describe(&bound, digits.ok_or(Failure::NotRekey)?)
        }
    };
    streams.print(&text)?;
    Ok(DONE)
}

/// The bound in lines, with its arithmetic.
fn describe(bound: &PolicyBound, digits: u8) -> String {
    format!("{}\n{}", describe_guesses(bound, digits), describe_money(bound))
}

fn describe_guesses(bound: &PolicyBound, digits: u8) -> String {
    let (day, month) = (bound.evaluations_per_day, bound.evaluations_per_30_days);
    let (year, takeover) = (bound.evaluations_per_year, bound.takeover_per_account_year);
    let (windows, rest) = (YEAR_DAYS / LONG_WINDOW_DAYS, YEAR_DAYS % LONG_WINDOW_DAYS);
    let left = u64::from(year).saturating_sub(windows * u64::from(month));
    let odds = code_count(digits) / u64::from(year.max(1));
    format!(
        "Guesses at the codes of one account\n\n\
         evaluated: {day} in any 24 hours, {month} in any {LONG_WINDOW_DAYS} days\n\
         in a year: {windows} x {month} + {left} in the {rest} days left = {year}\n\
         takeover:  {year} x 10^-{digits} = {takeover}, or 1 in {odds}, for a year of sustained attack\n\
         refills:   each completed reset or unblocking adds at most {month} x 10^-{digits}\n"
    )
}

fn describe_money(bound: &PolicyBound) -> String {
    let (resets, registration) = (bound.resets_per_day_usd, bound.registration_per_day_usd);
    let (notices, all) = (bound.notices_per_day_usd, bound.most_spend_per_day_usd);
    // Who registers has signed in, and nobody asks for a notice: neither is limited by network.
    let rows = [
        ("resets", resets, bound.resets_per_account_day_usd, Some(bound.resets_per_network_day_usd)),
        ("registration", registration, bound.registration_per_person_day_usd, None),
        ("notices", notices, bound.notices_per_account_day_usd, None),
    ];
    let rows = rows.map(|(name, share, account, network)| {
        let network = network.map_or_else(String::new, |network| network.to_string());
        vec![name.to_owned(), share.to_string(), account.to_string(), network]
    });
    let rows = table(&["purpose", "all", "one account", "one network"], rows);
    format!(
        "Messages of one UTC day, at most, in US dollars\n\n\
         {rows}\n\
         together: {resets} + {registration} + {notices} = {all}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_changes_the_members_that_it_names() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let now = object(json!({
            "methods": ["email"], "codeDigits": 8, "password": {"minLength": 15, "bannedTerms": []},
            "prices": {"US": {"sms": "0.02", "call": "0.03"}, "*": {"sms": "0.10", "call": "0.10"}}
        }));
        let row = |member: &str, now: Value, new: Value| json!({"member": member, "before": now, "after": new});
        for (document, rows) in [
            (json!({}), vec![]),
            (json!({"codeDigits": 8, "password": {"minLength": 15}}), vec![]),
            (json!({"password": {"minLength": 12}}), vec![row("password.minLength", json!(15), json!(12))]),
            (
                json!({"methods": ["email", "mobileSms"]}),
                vec![row("methods", json!(["email"]), json!(["email", "mobileSms"]))],
            ),
            (
                json!({"prices": {"*": {"sms": "0.10", "call": "0.20"}}}),
                vec![
                    row("prices.*.call", json!("0.10"), json!("0.20")),
                    row("prices.US.call", json!("0.03"), Value::Null),
                    row("prices.US.sms", json!("0.02"), Value::Null),
                ],
            ),
            (json!({"typo": 1}), vec![row("typo", Value::Null, json!(1))]),
        ] {
            assert_eq!(changed(&now, &object(document.clone())), rows, "{document}");
        }
    }

    #[test]
    fn the_arithmetic_adds_up_at_the_limits_of_a_policy() {
        let guesses = |code_digits, guesses_per_day, guesses_per_30_days| {
            let policy = Policy { code_digits, guesses_per_day, guesses_per_30_days, ..Policy::default() };
            let text = describe(&PolicyBound::from(&policy), code_digits);
            text.lines().skip(2).take(4).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            guesses(10, 1, 100),
            [
                "evaluated: 1 in any 24 hours, 30 in any 30 days",
                "in a year: 12 x 30 + 5 in the 5 days left = 365",
                "takeover:  365 x 10^-10 = 0.0000000365, or 1 in 27397260, for a year of sustained attack",
                "refills:   each completed reset or unblocking adds at most 30 x 10^-10",
            ]
        );
        assert_eq!(
            guesses(6, 100, 100),
            [
                "evaluated: 100 in any 24 hours, 100 in any 30 days",
                "in a year: 12 x 100 + 100 in the 5 days left = 1300",
                "takeover:  1300 x 10^-6 = 0.0013, or 1 in 769, for a year of sustained attack",
                "refills:   each completed reset or unblocking adds at most 100 x 10^-6",
            ]
        );
    }
}
