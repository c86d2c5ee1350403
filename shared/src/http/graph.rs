//! Microsoft Graph's user resource, as both administrator functions write it.

pub mod methods;

use serde_json::{Map, Value, json};

use crate::account::Account;

/// Properties of a user that are returned when none are selected.
pub const DEFAULT_PROPERTIES: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// Properties of a user that are returned only when they are selected.
pub const SELECTED_PROPERTIES: [&str; 8] = [
    "accountEnabled",
    "createdDateTime",
    "isAdmin",
    "mailNickname",
    "onPremisesSyncEnabled",
    "otherMails",
    "signInSessionsValidFromDateTime",
    "usageLocation",
];

/// Whether a property of a user can be selected.
#[must_use]
pub fn is_property(name: &str) -> bool {
    DEFAULT_PROPERTIES.contains(&name) || SELECTED_PROPERTIES.contains(&name)
}

/// The user resource with the given properties.
#[must_use]
pub fn user<'a>(account: &Account, properties: impl IntoIterator<Item = &'a str>) -> Map<String, Value> {
    properties.into_iter().map(|name| (name.to_owned(), property(account, name))).collect()
}

fn property(account: &Account, name: &str) -> Value {
    let profile = &account.profile;
    let contacts = &account.contacts;
    match name {
        "id" => json!(account.id.as_str()),
        "userPrincipalName" => json!(account.user_name.canonical()),
        "displayName" => json!(profile.display_name),
        "givenName" => json!(profile.given_name),
        "surname" => json!(profile.surname),
        "mail" => json!(profile.mail),
        "mailNickname" => json!(profile.mail_nickname),
        "jobTitle" => json!(profile.job_title),
        "preferredLanguage" => json!(profile.preferred_language),
        "usageLocation" => json!(profile.usage_location),
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
