//! Microsoft Graph's user resource, which both administrator functions write.

pub mod methods;
pub mod spelling;
mod user;

use serde::Serialize;
use serde_json::Value;

#[cfg(feature = "describe")]
pub use user::CreatedUser;
pub use user::{User, user};

use super::body::{MAX_BODY, json};
use super::problem::{ErrorFormat, Problem};
use super::request::Request;
use crate::account::ProfileField;

/// Properties of a user that are returned without `$select`: those of Microsoft Graph, and all stored properties that
/// are neither contacts nor rights. Clients ignore properties that they do not expect.
#[must_use]
pub fn default_properties() -> Vec<&'static str> {
    let mut properties = vec![
        "accountEnabled",
        "businessPhones",
        "id",
        "mobilePhone",
        "signInSessionsValidFromDateTime",
        "userPrincipalName",
    ];
    properties.extend(ProfileField::ALL.iter().map(|field| field.as_str()));
    properties.sort_unstable();
    properties
}

/// Properties of a user that are returned only if `$select` names them.
pub const SELECTED_PROPERTIES: [&str; 4] = ["createdDateTime", "isAdmin", "onPremisesSyncEnabled", "otherMails"];

/// Whether `$select` may name a property of a user.
#[must_use]
pub fn is_property(name: &str) -> bool {
    default_properties().contains(&name) || SELECTED_PROPERTIES.contains(&name)
}

/// A request with the fixed parts of its path and query in Graph's spelling. Requests of other routes stay as they are.
#[must_use]
pub fn spelled(request: Request) -> Request {
    let path = spelling::path(&request.path);
    let query = request.query.into_iter().map(|(name, value)| (spelling::option(&name).to_owned(), value)).collect();
    Request { path, query, ..request }
}

/// Reads the body of a request of Graph's own routes, with its properties in Graph's spelling.
///
/// # Errors
/// As [`json`]; a property in two spellings is [`Problem::Malformed`].
pub fn body(request: &Request) -> Result<Value, Problem> {
    let read = json(request, ErrorFormat::Graph, MAX_BODY)?;
    spelling::body(read).map_err(|name| Problem::malformed(format!("{name} occurs twice")))
}

/// The refusal of a query option by a route that takes none.
#[must_use]
pub fn takes_no_options() -> Problem {
    Problem::unsupported_query("this route takes no query options")
}

/// Refuses every query option, for a route that supports none. No option is ignored.
///
/// # Errors
/// `Request_UnsupportedQuery`.
pub fn without_options(request: &Request) -> Result<(), Problem> {
    if request.query.is_empty() { Ok(()) } else { Err(takes_no_options()) }
}

/// A list that is never paged.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "{T}Collection"))]
pub struct Collection<T> {
    /// The URL that says what the list contains.
    #[serde(rename = "@odata.context")]
    pub context: String,
    /// The list.
    pub value: Vec<T>,
}
