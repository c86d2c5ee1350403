//! `rekeyctl methods`: the registered methods of one user.

use serde_json::{Map, Value, json};
use shared::account::Slot;
use shared::http::graph::methods::id;
use ureq::http;

use crate::client::Client;
use crate::client::endpoint::user_route;
use crate::options::{Method, MethodKind, Methods, One, Output};
use crate::output::changes::{Change, print_changes};
use crate::output::failure::{Failure, Refusal};
use crate::output::listing::Listing;
use crate::output::streams::{DONE, Streams};

impl MethodKind {
    /// The list that holds the method.
    const fn list(self) -> &'static str {
        match self {
            Self::Mobile | Self::AlternateMobile | Self::Office => "phoneMethods",
            Self::Email => "emailMethods",
        }
    }

    /// The member that holds the number or the address.
    const fn member(self) -> &'static str {
        match self {
            Self::Mobile | Self::AlternateMobile | Self::Office => "phoneNumber",
            Self::Email => "emailAddress",
        }
    }

    /// Graph's well-known id.
    fn id(self) -> &'static str {
        let slot = match self {
            Self::Mobile => Slot::AuthenticationPhone,
            Self::AlternateMobile => Slot::AlternatePhone,
            Self::Office => Slot::AuthenticationOfficePhone,
            Self::Email => Slot::AuthenticationEmail,
        };
        id(slot).unwrap_or_default()
    }

    /// The name on the command line and in lists; Graph's `phoneType`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::AlternateMobile => "alternateMobile",
            Self::Office => "office",
            Self::Email => "email",
        }
    }
}

/// Shows or changes the methods of a user.
pub(crate) fn run(
    client: &Client<'_>,
    command: &Methods,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    match command {
        Methods::List(one) => {
            let methods = all(client, &user_route(&one.user))?;
            streams.print(&Listing::new(output, &["type", "value", "id"]).whole(&methods))?;
            Ok(DONE)
        }
        Methods::Add(method) => {
            let route = format!("{}/authentication/{}", user_route(&method.user.user), method.kind.list());
            let added = write(client, http::Method::POST, &route, method, output, streams);
            added.map_err(|failure| exists(client, method, &failure).unwrap_or(failure))
        }
        Methods::Change(method) => {
            let route = route(&method.user.user, method.kind);
            write(client, http::Method::PATCH, &route, method, output, streams)
        }
        Methods::Remove { user, kind } => {
            client.delete(&route(&user.user, *kind))?;
            let sentence = format!("{} is removed", kind.name());
            print_changes(&user.user, &[Change::as_sentence(kind.name(), Value::Null, sentence)], output, streams)
        }
    }
}

/// Why the service refuses to add a method, if that is because the user has one of this kind. The service's own words
/// name a verb of HTTP, not a command.
fn exists(client: &Client<'_>, method: &Method, failure: &Failure) -> Option<Failure> {
    let Method { user: One { user }, kind, value } = method;
    if !matches!(failure, Failure::Refused(Refusal { status: 400 | 409, .. })) {
        return None;
    }
    client.get(&route(user, *kind)).ok()?;
    let words = ["rekeyctl", "methods", "change", user, kind.name(), value].map(quoted);
    Some(Failure::MethodExists(words.join(" ")))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&byte);
    let is_word = !word.is_empty() && word.bytes().all(is_plain);
    if is_word { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// All registered methods of a user: type, value and id.
pub(crate) fn all(client: &Client<'_>, route: &str) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    for (kind, fixed) in [(MethodKind::Mobile, None), (MethodKind::Email, Some(MethodKind::Email.name()))] {
        client.pages(format!("{route}/authentication/{}", kind.list()), |page| {
            rows.extend(page.iter().map(|method| {
                let name = fixed.map_or_else(|| method["phoneType"].clone(), |fixed| json!(fixed));
                json!({"type": name, "value": method[kind.member()], "id": method["id"]})
            }));
            Ok(true)
        })?;
    }
    Ok(rows)
}

fn write(
    client: &Client<'_>,
    verb: http::Method,
    route: &str,
    method: &Method,
    output: Output,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let Method { user, kind, value } = method;
    let mut body = Map::from_iter([(kind.member().to_owned(), json!(value))]);
    if *kind != MethodKind::Email {
        body.insert("phoneType".to_owned(), json!(kind.name()));
    }
    client.write(verb, route, body)?;
    let stored = client.get(&self::route(&user.user, *kind))?;
    let value = stored.get(kind.member()).cloned().unwrap_or_default();
    print_changes(&user.user, &[Change::now(kind.name(), value)], output, streams)
}

fn route(user: &str, kind: MethodKind) -> String {
    format!("{}/authentication/{}/{}", user_route(user), kind.list(), kind.id())
}
