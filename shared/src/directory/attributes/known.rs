//! Which names are known, of attributes and of columns, and what each of them says.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::folded::folded;
use super::kind::{Kind, Switch};
use crate::account::ProfileField;

/// The usual spelling of an attribute's name, which reports use, and what it says.
pub(super) type Known = (&'static str, Kind);

/// The longest name that is looked up: the words of a known one, with some spaces.
pub(super) const LONGEST_NAME: usize = 128;

/// Words that may stand before a switch: `Account is disabled`, `Sign-in status`, `user_enabled`.
const BEFORE_SWITCH: [&str; 6] = ["account", "user", "signin", "login", "logon", "is"];

/// Attributes by their names in LDAP schemas, in Microsoft Graph, in PowerShell, and in the exports of Entra, Microsoft
/// 365, Google Workspace and Okta. They are compared as [`folded`] writes them.
pub(super) const KNOWN: &[Known] = &[
    ("userPrincipalName", Kind::UserName),
    ("1.2.840.113556.1.4.656", Kind::UserName),
    ("login", Kind::OtherUserName),
    ("User name", Kind::OtherUserName),
    ("objectClass", Kind::ObjectClass),
    ("2.5.4.0", Kind::ObjectClass),
    ("objectCategory", Kind::ObjectCategory),
    ("1.2.840.113556.1.4.782", Kind::ObjectCategory),
    ("objectType", Kind::ObjectClass),
    ("@odata.type", Kind::ObjectClass),
    ("mobile", Kind::Mobile),
    ("mobilePhone", Kind::Mobile),
    ("mobileTelephoneNumber", Kind::Mobile),
    ("Recovery Phone", Kind::Mobile),
    ("0.9.2342.19200300.100.1.41", Kind::Mobile),
    ("telephoneNumber", Kind::Office),
    ("businessPhones", Kind::Office),
    ("Office Phone", Kind::Office),
    ("Phone number", Kind::Office),
    ("Work Phone", Kind::Office),
    ("primaryPhone", Kind::Office),
    ("2.5.4.20", Kind::Office),
    ("otherMailbox", Kind::OtherMail),
    ("otherMails", Kind::OtherMail),
    ("alternateEmailAddress", Kind::OtherMail),
    ("Alternate email addresses", Kind::OtherMail),
    ("secondEmail", Kind::OtherMail),
    ("Recovery Email", Kind::OtherMail),
    ("displayName", Kind::Profile(ProfileField::DisplayName)),
    ("2.16.840.1.113730.3.1.241", Kind::Profile(ProfileField::DisplayName)),
    ("cn", Kind::CommonName),
    ("commonName", Kind::CommonName),
    ("Name", Kind::CommonName),
    ("2.5.4.3", Kind::CommonName),
    ("givenName", Kind::Profile(ProfileField::GivenName)),
    ("gn", Kind::Profile(ProfileField::GivenName)),
    ("firstName", Kind::Profile(ProfileField::GivenName)),
    ("2.5.4.42", Kind::Profile(ProfileField::GivenName)),
    ("sn", Kind::Profile(ProfileField::Surname)),
    ("surname", Kind::Profile(ProfileField::Surname)),
    ("lastName", Kind::Profile(ProfileField::Surname)),
    ("2.5.4.4", Kind::Profile(ProfileField::Surname)),
    ("mail", Kind::Profile(ProfileField::Mail)),
    ("rfc822Mailbox", Kind::Profile(ProfileField::Mail)),
    ("Email Address", Kind::Profile(ProfileField::Mail)),
    ("email", Kind::Profile(ProfileField::Mail)),
    ("0.9.2342.19200300.100.1.3", Kind::Profile(ProfileField::Mail)),
    ("mailNickname", Kind::Profile(ProfileField::MailNickname)),
    ("Alias", Kind::Profile(ProfileField::MailNickname)),
    ("title", Kind::Profile(ProfileField::JobTitle)),
    ("jobTitle", Kind::Profile(ProfileField::JobTitle)),
    ("Employee Title", Kind::Profile(ProfileField::JobTitle)),
    ("2.5.4.12", Kind::Profile(ProfileField::JobTitle)),
    ("preferredLanguage", Kind::Profile(ProfileField::PreferredLanguage)),
    ("2.16.840.1.113730.3.1.39", Kind::Profile(ProfileField::PreferredLanguage)),
    ("usageLocation", Kind::Profile(ProfileField::UsageLocation)),
    ("department", Kind::Profile(ProfileField::Department)),
    ("companyName", Kind::Profile(ProfileField::CompanyName)),
    ("company", Kind::Profile(ProfileField::CompanyName)),
    ("officeLocation", Kind::Profile(ProfileField::OfficeLocation)),
    ("physicalDeliveryOfficeName", Kind::Profile(ProfileField::OfficeLocation)),
    ("Office", Kind::Profile(ProfileField::OfficeLocation)),
    ("employeeId", Kind::Profile(ProfileField::EmployeeId)),
    ("employeeNumber", Kind::Profile(ProfileField::EmployeeId)),
    ("employeeType", Kind::Profile(ProfileField::EmployeeType)),
    ("streetAddress", Kind::Profile(ProfileField::StreetAddress)),
    ("street", Kind::Profile(ProfileField::StreetAddress)),
    ("city", Kind::Profile(ProfileField::City)),
    ("l", Kind::Profile(ProfileField::City)),
    ("localityName", Kind::Profile(ProfileField::City)),
    ("state", Kind::Profile(ProfileField::State)),
    ("st", Kind::Profile(ProfileField::State)),
    ("State or province", Kind::Profile(ProfileField::State)),
    ("postalCode", Kind::Profile(ProfileField::PostalCode)),
    ("zipCode", Kind::Profile(ProfileField::PostalCode)),
    ("ZIP or postal code", Kind::Profile(ProfileField::PostalCode)),
    ("country", Kind::Profile(ProfileField::Country)),
    ("co", Kind::Profile(ProfileField::Country)),
    ("c", Kind::Profile(ProfileField::Country)),
    ("Country or region", Kind::Profile(ProfileField::Country)),
    ("Country/Region", Kind::Profile(ProfileField::Country)),
    ("faxNumber", Kind::Profile(ProfileField::FaxNumber)),
    ("Fax", Kind::Profile(ProfileField::FaxNumber)),
    ("facsimileTelephoneNumber", Kind::Profile(ProfileField::FaxNumber)),
    ("accountEnabled", Kind::Switch(Switch::Enabled)),
    ("Enabled", Kind::Switch(Switch::Enabled)),
    ("Active", Kind::Switch(Switch::Enabled)),
    ("orclIsEnabled", Kind::Switch(Switch::Enabled)),
    ("Sign-in allowed", Kind::Switch(Switch::Enabled)),
    ("Allow sign in", Kind::Switch(Switch::Enabled)),
    ("Can sign in", Kind::Switch(Switch::Enabled)),
    ("Login allowed", Kind::Switch(Switch::Enabled)),
    ("Block credential", Kind::Switch(Switch::Blocked)),
    ("Block sign in", Kind::Switch(Switch::Blocked)),
    ("Disabled", Kind::Switch(Switch::Blocked)),
    ("Suspended", Kind::Switch(Switch::Blocked)),
    ("Blocked", Kind::Switch(Switch::Blocked)),
    ("Archived", Kind::Switch(Switch::Blocked)),
    ("Deleted", Kind::Switch(Switch::Blocked)),
    ("Soft deleted", Kind::Switch(Switch::Blocked)),
    ("Inactive", Kind::Switch(Switch::Blocked)),
    ("Deactivated", Kind::Switch(Switch::Blocked)),
    ("Deprovisioned", Kind::Switch(Switch::Blocked)),
    ("Terminated", Kind::Switch(Switch::Blocked)),
    ("deletedDateTime", Kind::Switch(Switch::Blocked)),
    ("Deleted at", Kind::Switch(Switch::Blocked)),
    ("Deletion time", Kind::Switch(Switch::Blocked)),
    ("Deletion timestamp", Kind::Switch(Switch::Blocked)),
    ("Soft deletion time stamp", Kind::Switch(Switch::Blocked)),
    ("When soft deleted", Kind::Switch(Switch::Blocked)),
    ("nsAccountLock", Kind::Switch(Switch::Blocked)),
    ("2.16.840.1.113730.3.1.610", Kind::Switch(Switch::Blocked)),
    ("ibm-pwdAccountLocked", Kind::Switch(Switch::Blocked)),
    ("loginDisabled", Kind::Switch(Switch::Blocked)),
    ("msDS-UserAccountDisabled", Kind::Switch(Switch::Blocked)),
    ("ds-pwp-account-disabled", Kind::Switch(Switch::Blocked)),
    ("userAccountControl", Kind::Switch(Switch::UserAccountControl)),
    ("1.2.840.113556.1.4.8", Kind::Switch(Switch::UserAccountControl)),
    ("pwdAccountLockedTime", Kind::Switch(Switch::LockedTime)),
    ("1.3.6.1.4.1.42.2.27.8.1.17", Kind::Switch(Switch::LockedTime)),
    ("nsRoleDN", Kind::Switch(Switch::Role)),
    ("nsRole", Kind::Switch(Switch::Role)),
    ("sambaAcctFlags", Kind::Switch(Switch::SambaFlags)),
    ("status", Kind::Switch(Switch::Status)),
    ("inetUserStatus", Kind::Switch(Switch::Status)),
    ("Account state", Kind::Switch(Switch::Status)),
    ("Sign-in state", Kind::Switch(Switch::Status)),
    ("accountExpires", Kind::Switch(Switch::Expiry)),
    ("1.2.840.113556.1.4.159", Kind::Switch(Switch::Expiry)),
    ("accountExpirationDate", Kind::Switch(Switch::Expiry)),
    ("krbPrincipalExpiration", Kind::Switch(Switch::Expiry)),
    ("shadowExpire", Kind::Switch(Switch::Expiry)),
    ("loginExpirationTime", Kind::Switch(Switch::Expiry)),
    ("onPremisesSyncEnabled", Kind::Synchronized),
    ("directorySynced", Kind::Synchronized),
    ("userPassword", Kind::Password),
    ("2.5.4.35", Kind::Password),
];

/// Looks a name up in any spelling. A switch is also found behind words that say whose it is.
pub(super) fn known(name: &str) -> Option<Known> {
    static BY_NAME: LazyLock<HashMap<String, Known>> =
        LazyLock::new(|| KNOWN.iter().map(|known| (folded(known.0), *known)).collect());
    // A longer name is none of them, and folding it would take long.
    if name.len() > LONGEST_NAME {
        return None;
    }
    let name = folded(name);
    if let Some(known) = BY_NAME.get(&name) {
        return Some(*known);
    }
    let mut rest = &name[..];
    while let Some(shorter) = BEFORE_SWITCH.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    BY_NAME.get(rest).copied().filter(|(_, kind)| rest != name && matches!(kind, Kind::Switch(_)))
}
