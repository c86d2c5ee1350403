//! Microsoft Graph's user resource, as both administrator functions write it.

pub mod methods;
mod user;

use ::http::StatusCode;
use serde::Serialize;

#[cfg(feature = "describe")]
pub use user::CreatedUser;
pub use user::{User, user};

use super::failure::{Failure, GraphError};
use super::request::Request;
use crate::account::ProfileField;

/// Properties of a user that are returned when none are selected: those of Microsoft Graph, and everything else that is
/// stored of a user and is neither a contact nor a right. A client passes over what it does not expect.
#[must_use]
pub fn default_properties() -> Vec<&'static str> {
    let mut properties = vec![
        "accountEnabled",
        "businessPhones",
        "id",
        "mobilePhone",
        "officeLocation",
        "signInSessionsValidFromDateTime",
        "userPrincipalName",
    ];
    properties.extend(ProfileField::ALL.iter().map(|field| field.as_str()));
    properties.sort_unstable();
    properties
}

/// Properties of a user that are returned only when they are selected.
pub const SELECTED_PROPERTIES: [&str; 4] = ["createdDateTime", "isAdmin", "onPremisesSyncEnabled", "otherMails"];

/// Whether a property of a user can be selected.
#[must_use]
pub fn is_property(name: &str) -> bool {
    default_properties().contains(&name) || SELECTED_PROPERTIES.contains(&name)
}

/// The refusal of a query option by a request that takes none.
#[must_use]
pub const fn takes_no_options() -> Failure {
    const REFUSAL: GraphError =
        GraphError { code: "Request_UnsupportedQuery", message: "this request takes no query options" };
    Failure::Graph(StatusCode::BAD_REQUEST, REFUSAL)
}

/// Refuses every query option: none is supported by this request, and none is ignored.
///
/// # Errors
/// `Request_UnsupportedQuery`.
pub fn without_options(request: &Request) -> Result<(), Failure> {
    if request.query.is_empty() { Ok(()) } else { Err(takes_no_options()) }
}

/// A list that is never paged.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(rename = "{T}Collection"))]
pub struct Collection<T> {
    /// What it is a list of.
    #[serde(rename = "@odata.context")]
    pub context: String,
    /// The list.
    pub value: Vec<T>,
}
