//! The bodies that the code reads property by property.
#![expect(dead_code, reason = "only the schemas of these are used")]

use schemars::{JsonSchema, Schema};
use shared::account::MAX_OTHER_MAILS;
use shared::credentials::password::{LEAST_MIN_LENGTH, MAX_LENGTH};
use shared::http::describe::Profile;
use shared::http::graph::methods::PhoneType;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::identifiers::user_name::UserName;

/// A new user.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["userPrincipalName"]))]
pub(super) struct NewUser {
    /// The name; no other user may have it.
    user_principal_name: UserName,
    /// Whether the user is enabled; true by default. A disabled user can neither reset nor check a password.
    account_enabled: bool,
    password_profile: NewPasswordProfile,
    #[serde(flatten)]
    contacts: Contacts,
    #[serde(flatten)]
    profile: Profile,
}

/// A property that is left out keeps its value.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = all_optional)]
pub(super) struct UserChanges {
    /// The new name; no other user may have it. The former name is free at once.
    user_principal_name: UserName,
    /// Whether the user is enabled. A disabled user can neither reset nor check a password.
    account_enabled: bool,
    /// Whether the user is privileged. Needs `RoleManagement.ReadWrite.Directory`.
    is_admin: bool,
    /// Whether a directory owns the phones. Needs `OnPremDirectorySynchronization.ReadWrite.All`; while it is true,
    /// `mobilePhone` and `businessPhones` need it as well. `null` means false.
    on_premises_sync_enabled: Option<bool>,
    password_profile: PasswordProfile,
    #[serde(flatten)]
    contacts: Contacts,
    #[serde(flatten)]
    profile: Profile,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Contacts {
    /// The mobile phone, which receives text messages and calls. It is returned as `+CountryCode Number`, whatever its
    /// separators. `null` clears it.
    mobile_phone: Option<Phone>,
    /// The office phone, at most one, which receives calls. `null` or `[]` clears it.
    #[schemars(length(max = 1))]
    business_phones: Option<Vec<Phone>>,
    /// Alternate email addresses. Codes go to the first one, notices to all. The whole list is replaced. `null` or `[]`
    /// clears it.
    #[schemars(length(max = MAX_OTHER_MAILS))]
    other_mails: Option<Vec<EmailAddress>>,
}

/// The first password.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["password"]))]
struct NewPasswordProfile {
    /// A temporary secret, for which the policy's rules for passwords hold.
    #[schemars(length(min = LEAST_MIN_LENGTH, max = MAX_LENGTH))]
    password: String,
    force_change_password_next_sign_in: bool,
    /// Stored as `forceChangePasswordNextSignIn`.
    force_change_password_next_sign_in_with_mfa: bool,
}

/// A new `password` revokes all resets in progress and ends the sessions, and the user is notified. Without `password`,
/// the profile only sets whether the present password must be changed at the next sign-in, and nobody is notified.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = all_optional)]
struct PasswordProfile {
    /// A temporary secret, for which the policy's rules for passwords hold.
    #[schemars(length(min = LEAST_MIN_LENGTH, max = MAX_LENGTH))]
    password: String,
    force_change_password_next_sign_in: bool,
    /// Stored as `forceChangePasswordNextSignIn`.
    force_change_password_next_sign_in_with_mfa: bool,
}

/// A password to set; without one, the service draws one.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = all_optional)]
pub(super) struct ResetPassword {
    /// The policy's rules for passwords hold.
    #[schemars(length(min = LEAST_MIN_LENGTH, max = MAX_LENGTH))]
    new_password: String,
}

/// A phone to register.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPhoneMethod {
    phone_number: Phone,
    phone_type: PhoneType,
}

/// A number that replaces a registered one.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["phoneNumber"]))]
pub(super) struct PhoneMethodChanges {
    phone_number: Phone,
    /// The type of the registered phone, which cannot be changed.
    phone_type: PhoneType,
}

/// The email address to register.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailMethodValue {
    email_address: EmailAddress,
}

fn all_optional(schema: &mut Schema) {
    schema.remove("required");
}
