//! Which attributes and columns are read, by all the names that directories, admin centres and tools give them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::account::ProfileField;

/// What an attribute says about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The account's name.
    UserName,
    /// Stands in for the account's name; without it, the person's own mailbox does.
    OtherUserName,
    ObjectClass,
    Mobile,
    Office,
    OtherMail,
    /// Stands in for the display name.
    CommonName,
    Profile(ProfileField),
    Switch(Switch),
    /// Whether a directory owns the person.
    Synchronized,
    Password,
}

/// How an attribute says whether the account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    /// By yes or no.
    Enabled,
    /// By yes or no, the other way round.
    Blocked,
    /// By bit 2 of a number, as Active Directory does.
    UserAccountControl,
    /// By a moment: the beginning of time locks for good (draft-behera-ldap-password-policy).
    LockedTime,
    /// By a word, as Okta and Google Workspace do.
    Status,
    /// By a role that 389 Directory Server gives to disabled people.
    Role,
    /// By the letter `D` among flags, as Samba does.
    SambaFlags,
}

/// The usual spelling of an attribute's name, which reports use, and what it says.
type Known = (&'static str, Kind);

/// Attributes by their names in LDAP schemas, in Microsoft Graph, in PowerShell, and in the exports of Entra, Microsoft
/// 365, Google Workspace and Okta. Letter case and spaces do not matter.
const KNOWN: &[Known] = &[
    ("userPrincipalName", Kind::UserName),
    ("1.2.840.113556.1.4.656", Kind::UserName),
    ("login", Kind::OtherUserName),
    ("User name", Kind::OtherUserName),
    ("objectClass", Kind::ObjectClass),
    ("2.5.4.0", Kind::ObjectClass),
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
    ("isActive", Kind::Switch(Switch::Enabled)),
    ("isEnabled", Kind::Switch(Switch::Enabled)),
    ("orclIsEnabled", Kind::Switch(Switch::Enabled)),
    ("Block credential", Kind::Switch(Switch::Blocked)),
    ("Block sign in", Kind::Switch(Switch::Blocked)),
    ("Disabled", Kind::Switch(Switch::Blocked)),
    ("Suspended", Kind::Switch(Switch::Blocked)),
    ("Account disabled", Kind::Switch(Switch::Blocked)),
    ("isDisabled", Kind::Switch(Switch::Blocked)),
    ("isSuspended", Kind::Switch(Switch::Blocked)),
    ("isDeleted", Kind::Switch(Switch::Blocked)),
    ("Sign-in blocked", Kind::Switch(Switch::Blocked)),
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
    ("Account status", Kind::Switch(Switch::Status)),
    ("User status", Kind::Switch(Switch::Status)),
    ("onPremisesSyncEnabled", Kind::Synchronized),
    ("directorySynced", Kind::Synchronized),
    ("userPassword", Kind::Password),
    ("2.5.4.35", Kind::Password),
];

/// A known attribute as an entry or header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) attribute: &'static str,
    pub(super) kind: Kind,
    pub(super) has_options: bool,
}

impl Name {
    /// The known attribute of an LDIF description such as `MOBILE` or `cn;lang-fr`. Options are dropped; only their
    /// presence is remembered.
    pub(super) fn of_attribute(description: &[u8]) -> Option<Self> {
        let mut parts = std::str::from_utf8(description).ok()?.splitn(2, ';');
        let base = parts.next()?;
        let (attribute, kind) = known(base)?;
        Some(Self { attribute, kind, has_options: parts.next().is_some() })
    }

    /// The known attribute of a column such as `Mobile Phone`, `Email Address [Required]` or
    /// `Block sign in (Yes/No) [accountEnabled] Required`. What stands in brackets is tried last, because it may mean
    /// the opposite of the words before it.
    pub(super) fn of_column(header: &str) -> Option<Self> {
        let (words, in_brackets) = parts(header);
        let is_plain = |(_, kind): &Known| !matches!(kind, Kind::Switch(_));
        let (attribute, kind) = known(words).or_else(|| known(in_brackets).filter(is_plain))?;
        Some(Self { attribute, kind, has_options: false })
    }
}

/// Whether a column names a switch in brackets, behind words that are not known: they may mean the opposite.
pub(super) fn is_unclear_switch(header: &str) -> bool {
    let (words, in_brackets) = parts(header);
    known(words).is_none() && known(in_brackets).is_some_and(|(_, kind)| matches!(kind, Kind::Switch(_)))
}

/// The words of a header, and what stands in brackets behind them.
fn parts(header: &str) -> (&str, &str) {
    let (words, rest) = header.split_once('[').unwrap_or((header, ""));
    (words.split('(').next().unwrap_or_default(), rest.split(']').next().unwrap_or_default())
}

fn known(name: &str) -> Option<Known> {
    static BY_NAME: LazyLock<HashMap<String, Known>> =
        LazyLock::new(|| KNOWN.iter().map(|known| (folded(known.0), *known)).collect());
    // A longer name is none of them, and folding it would take long.
    (name.len() <= LONGEST_NAME).then(|| BY_NAME.get(&folded(name)).copied())?
}

/// A name without spaces, in lower case.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The longest name that is looked up, in bytes: the words of a known one, with some spaces.
const LONGEST_NAME: usize = 128;

/// What would be read in the place of an attribute that looks like a contact and is not known; `None` if it does not
/// look like one.
pub(super) fn instead_of(name: &str) -> Option<&'static str> {
    const PHONES: [&str; 11] = [
        "phone",
        "mobil",
        "telefon",
        "teléfono",
        "cell",
        "celular",
        "handy",
        "portable",
        "movil",
        "móvil",
        "rufnummer",
    ];
    const WORDS: [&str; 5] = ["tel", "tel.", "gsm", "pager", "telex"];
    const NO_CONTACTS: [&str; 6] = ["msexch", "mailnick", "mailenabled", "mailbox", "homemdb", "targetaddress"];
    if name.len() > LONGEST_NAME {
        return None;
    }
    let name = folded(name.split(';').next().unwrap_or_default());
    let has_any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if known(&name).is_some() || has_any(&NO_CONTACTS) {
        None
    } else if has_any(&PHONES) || WORDS.contains(&&name[..]) {
        Some("a phone is read from mobile or telephoneNumber")
    } else if name.contains("mail") || name == "proxyaddresses" {
        Some("an address is read from otherMailbox")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(header: &str) -> Option<Kind> {
        Name::of_column(header).map(|name| name.kind)
    }

    #[test]
    fn an_attribute_is_found_in_any_case_with_options_and_by_its_number() {
        let name = |attribute, kind, has_options| Some(Name { attribute, kind, has_options });
        assert_eq!(Name::of_attribute(b"TELEPHONENUMBER"), name("telephoneNumber", Kind::Office, false));
        assert_eq!(Name::of_attribute(b"cn;lang-fr;x-a"), name("cn", Kind::CommonName, true));
        assert_eq!(Name::of_attribute(b"2.5.4.20"), name("2.5.4.20", Kind::Office, false));
        for unknown in ["mobil", "", "description"] {
            assert_eq!(Name::of_attribute(unknown.as_bytes()), None, "{unknown}");
        }
    }

    #[test]
    fn a_column_is_found_with_spaces_and_suffixes() {
        let surname = Kind::Profile(ProfileField::Surname);
        for (header, kind) in [
            ("Mobile Phone", Kind::Mobile),
            ("MOBILEPHONE", Kind::Mobile),
            (" mobile ", Kind::Mobile),
            ("Recovery Phone [MUST BE IN THE E.164 FORMAT]", Kind::Mobile),
            ("Email Address [Required]", Kind::Profile(ProfileField::Mail)),
            ("User name [userPrincipalName] Required", Kind::OtherUserName),
            ("User principal name", Kind::UserName),
            ("Familienname [surname]", surname),
            ("Last Name [Required]", surname),
            ("Block sign in (Yes/No) [accountEnabled] Required", Kind::Switch(Switch::Blocked)),
            ("Block credential", Kind::Switch(Switch::Blocked)),
            ("Status [READ ONLY]", Kind::Switch(Switch::Status)),
        ] {
            assert_eq!(column(header), Some(kind), "{header}");
        }
        // A translated header with the opposite meaning must not switch anybody on.
        assert_eq!(column("Anmeldung blockieren [accountEnabled]"), None);
        assert!(is_unclear_switch("Anmeldung blockieren [accountEnabled]"));
        assert!(!is_unclear_switch("Block sign in (Yes/No) [accountEnabled] Required"));
        assert!(!is_unclear_switch("Familienname [surname]"));
        assert_eq!(column("Password [Required]"), None, "Google's export has stars there");
    }

    #[test]
    fn no_name_is_known_twice() {
        let mut names: Vec<_> = KNOWN.iter().map(|(name, _)| folded(name)).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_looks_like_a_contact_is_told_from_the_rest() {
        for name in ["homePhone", "otherMobile", "Home Secondary Email", "proxyAddresses", "Telefon", "Mobil", "Tel."] {
            assert!(instead_of(name).is_some(), "{name}");
        }
        for name in
            ["mobile", "mail", "msExchMailboxGuid", "homeMDB", "description", "Phone number", "mobile;lang-de", "title"]
        {
            assert_eq!(instead_of(name), None, "{name}");
        }
    }
}
