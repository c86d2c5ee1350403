//! Microsoft Graph's user resource.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::account::{Account, ProfileField, Slot};
#[cfg(feature = "describe")]
use crate::http::describe::{Id, Profile, Time, as_selected};

/// A user in Microsoft Graph's shape. Without `$select` it has all properties but `createdDateTime`, `isAdmin`,
/// `onPremisesSyncEnabled` and `otherMails`. `accountEnabled`, `mailNickname`, `signInSessionsValidFromDateTime` and
/// `usageLocation` are included, although Graph returns them only with `$select`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema), schemars(transform = as_selected))]
pub struct User<'a> {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "describe", schemars(with = "String"))]
    context: Option<String>,
    #[cfg_attr(feature = "describe", schemars(with = "Id"))]
    id: &'a str,
    /// As it was written; it is found in any letter case.
    user_principal_name: &'a str,
    #[serde(flatten)]
    #[cfg_attr(feature = "describe", schemars(with = "Profile"))]
    profile: BTreeMap<&'static str, Option<&'a str>>,
    /// Written `+CountryCode Number`.
    mobile_phone: Option<String>,
    /// The office phone, written `+CountryCode Number`.
    #[cfg_attr(feature = "describe", schemars(length(max = 1)))]
    business_phones: Vec<String>,
    #[cfg_attr(feature = "describe", schemars(length(max = 250)))]
    other_mails: Vec<String>,
    account_enabled: bool,
    /// Whether the user is privileged. A privileged user always needs two gates, and only a caller with
    /// `RoleManagement.ReadWrite.Directory` may change the user's contacts, password, name and enablement.
    is_admin: bool,
    /// Whether a directory owns the phones.
    on_premises_sync_enabled: bool,
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    created_date_time: String,
    /// Sessions that began earlier must end: the time of the last password change, or of the user's creation.
    #[cfg_attr(feature = "describe", schemars(with = "Time"))]
    sign_in_sessions_valid_from_date_time: String,
}

/// The user resource with these properties, and with its `@odata.context` unless it is an element of a list.
#[must_use]
pub fn user<'a>(
    account: &Account,
    properties: impl IntoIterator<Item = &'a str>,
    context: Option<String>,
) -> Map<String, Value> {
    let Value::Object(mut whole) = json!(User { context, ..User::from(account) }) else { return Map::new() };
    properties.into_iter().chain(["@odata.context"]).filter_map(|name| whole.remove_entry(name)).collect()
}

impl<'a> From<&'a Account> for User<'a> {
    fn from(account: &'a Account) -> Self {
        let written = |slot| account.contacts.all(slot).iter().map(|contact| contact.value.written());
        let profile = ProfileField::ALL.iter().map(|field| (field.as_str(), account.profile.get(field)));
        Self {
            context: None,
            id: account.id.as_str(),
            user_principal_name: account.user_name.written(),
            profile: profile.map(|(name, value)| (name, value.map(String::as_str))).collect(),
            mobile_phone: written(Slot::MobilePhone).next(),
            business_phones: written(Slot::BusinessPhones).collect(),
            other_mails: written(Slot::OtherMails).collect(),
            account_enabled: account.enabled,
            is_admin: account.is_admin,
            on_premises_sync_enabled: account.on_premises_sync_enabled,
            created_date_time: account.created_at.to_string(),
            sign_in_sessions_valid_from_date_time: account
                .sign_in_sessions_valid_from
                .unwrap_or(account.created_at)
                .to_string(),
        }
    }
}

/// A new user: all properties that are returned without `$select`, and `otherMails`.
#[cfg(feature = "describe")]
#[derive(Debug)]
pub struct CreatedUser;

#[cfg(feature = "describe")]
impl schemars::JsonSchema for CreatedUser {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CreatedUser".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = User::json_schema(generator);
        let shown: Vec<_> = super::default_properties().into_iter().chain(["otherMails", "@odata.context"]).collect();
        schema.insert("required".to_owned(), json!(shown));
        schema
    }
}
