//! The bodies that are read property by property, as the reader takes them.
#![expect(dead_code, reason = "only the schemas of these are used")]

use schemars::{JsonSchema, Schema};
use shared::account::MAX_OTHER_MAILS;
use shared::credentials::password::MAX_LENGTH;
use shared::http::describe::Profile;
use shared::http::graph::methods::PhoneType;
use shared::identifiers::email_address::EmailAddress;
use shared::identifiers::phone::Phone;
use shared::identifiers::user_name::UserName;
use shared::use_cases::admin_set_contact::MIN_ADMIN_PASSWORD;

/// A user to create.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["userPrincipalName"]))]
pub(super) struct NewUser {
    /// Must be nobody's.
    user_principal_name: UserName,
    /// A disabled user can neither reset nor check a password. Created users are enabled unless it says otherwise.
    account_enabled: bool,
    password_profile: NewPasswordProfile,
    #[serde(flatten)]
    contacts: Contacts,
    #[serde(flatten)]
    profile: Profile,
}

/// A property left out stays as it is.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = all_optional)]
pub(super) struct UserChanges {
    /// Must be nobody's. The former name of a renamed user is free at once.
    user_principal_name: UserName,
    /// A disabled user can neither reset nor check a password.
    account_enabled: bool,
    /// Needs `RoleManagement.ReadWrite.Directory`.
    is_admin: bool,
    /// Needs `OnPremDirectorySynchronization.ReadWrite.All`. While it is true, so do `mobilePhone` and `businessPhones`.
    /// `null` is false.
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
    /// Receives texts and calls. Returned as `+CountryCode Number`, whatever separators it came with. `null` clears it.
    mobile_phone: Option<Phone>,
    /// The office phone, one at most; it receives calls. `null` or `[]` clears it.
    #[schemars(length(max = 1))]
    business_phones: Option<Vec<Phone>>,
    /// Alternate mail addresses; codes go to the first, notices to all. The list is replaced whole. `null` or `[]` clears
    /// it.
    #[schemars(length(max = MAX_OTHER_MAILS))]
    other_mails: Option<Vec<EmailAddress>>,
}

/// The first password.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["password"]))]
struct NewPasswordProfile {
    /// A temporary secret, judged by its length alone.
    #[schemars(length(min = MIN_ADMIN_PASSWORD, max = MAX_LENGTH))]
    password: String,
    force_change_password_next_sign_in: bool,
    /// Kept as `forceChangePasswordNextSignIn`.
    force_change_password_next_sign_in_with_mfa: bool,
}

/// A new `password` voids every reset under way, ends the sessions, and its owner is told. Without one, nothing is set but
/// whether the password that there is, is to be changed at the next sign-in, and nobody is told.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = all_optional)]
struct PasswordProfile {
    /// A temporary secret, judged by its length alone.
    #[schemars(length(min = MIN_ADMIN_PASSWORD, max = MAX_LENGTH))]
    password: String,
    force_change_password_next_sign_in: bool,
    /// Kept as `forceChangePasswordNextSignIn`.
    force_change_password_next_sign_in_with_mfa: bool,
}

/// A phone to register.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPhoneMethod {
    phone_number: Phone,
    phone_type: PhoneType,
}

/// Another number in the place of a registered one.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("required" = ["phoneNumber"]))]
pub(super) struct PhoneMethodChanges {
    phone_number: Phone,
    /// As it is; a type cannot be changed.
    phone_type: PhoneType,
}

/// The mail address to register, alone or in the place of another.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailMethodValue {
    email_address: EmailAddress,
}

fn all_optional(schema: &mut Schema) {
    schema.remove("required");
}
