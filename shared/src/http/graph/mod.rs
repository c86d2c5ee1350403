//! Microsoft Graph's user resource, as both administrator functions write it.

pub mod methods;

use ::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Failure, GraphError, Request};
use crate::account::{Account, ProfileField};

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

/// The user resource with the given properties.
#[must_use]
pub fn user<'a>(account: &Account, properties: impl IntoIterator<Item = &'a str>) -> Map<String, Value> {
    properties.into_iter().map(|name| (name.to_owned(), property(account, name))).collect()
}

fn property(account: &Account, name: &str) -> Value {
    if let Some(field) = ProfileField::parse(name) {
        return json!(account.profile.get(&field));
    }
    let contacts = &account.contacts;
    match name {
        "id" => json!(account.id.as_str()),
        "userPrincipalName" => json!(account.user_name.canonical()),
        "accountEnabled" => json!(account.enabled),
        "isAdmin" => json!(account.is_admin),
        "onPremisesSyncEnabled" => json!(account.on_premises_sync_enabled),
        "createdDateTime" => json!(account.created_at.to_string()),
        "signInSessionsValidFromDateTime" => {
            json!(account.sign_in_sessions_valid_from.unwrap_or(account.created_at).to_string())
        }
        "mobilePhone" => json!(contacts.mobile_phone.as_ref().map(|contact| contact.value.written())),
        "businessPhones" => {
            json!(contacts.business_phone.iter().map(|contact| contact.value.written()).collect::<Vec<_>>())
        }
        "otherMails" => {
            json!(contacts.other_mails.iter().map(|contact| contact.value.as_str()).collect::<Vec<_>>())
        }
        // `officeLocation` is part of the resource and never set here.
        _ => Value::Null,
    }
}
