//! Microsoft Graph's user resource, which both administrator functions write.

pub mod methods;
pub mod spelling;
mod user;

use serde::Serialize;

#[cfg(feature = "describe")]
pub use user::CreatedUser;
pub use user::{User, user};

use super::problem::Problem;
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
