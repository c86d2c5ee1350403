//! Which attributes look as if they should be read, but are not.

use super::folded::folded;
use super::known::{LONGEST_NAME, known};

/// Parts of the names of phones.
const PHONES: [&str; 11] =
    ["phone", "mobil", "telefon", "teléfono", "cell", "celular", "handy", "portable", "movil", "móvil", "rufnummer"];
/// Whole names of phones.
const PHONE_NAMES: [&str; 5] = ["tel", "tel.", "gsm", "pager", "telex"];
/// Parts of names that are about a mailbox, not about an address to be reached at.
const NO_CONTACTS: [&str; 6] = ["msexch", "mailnick", "mailenabled", "mailbox", "homemdb", "targetaddress"];

/// Parts of the names of switches, in the languages in which admin centres write them.
const SWITCHES: [&str; 26] = [
    "enable",
    "disable",
    "block",
    "suspend",
    "archiv",
    "delet",
    "status",
    "locked",
    "active",
    "activated",
    "terminat",
    "deprovision",
    "revoked",
    "expir",
    "banned",
    "frozen",
    "leaver",
    "offboard",
    "gesperrt",
    "gelöscht",
    "deaktiv",
    "inaktiv",
    "désactiv",
    "desactiv",
    "bloqu",
    "supprim",
];
/// Whole names of switches.
const SWITCH_NAMES: [&str; 4] = ["aktiv", "actif", "activo", "attivo"];
/// The end of names of switches, and whole names of provinces.
const STATE: &str = "state";
/// Parts of names that are about something else: a password, a licence, a second factor, an invitation.
const NO_SWITCHES: [&str; 18] = [
    "activedirectory",
    "certificate",
    "externaluser",
    "interactive",
    "invitation",
    "lastactive",
    "licen",
    "mail",
    "marital",
    "mfa",
    "msexch",
    "password",
    "protectedfrom",
    "provisioningstatus",
    "pwd",
    "strongauth",
    "sync",
    "validation",
];

/// What would be read in the place of an attribute that looks like a contact or like a switch and is not known; `None`
/// if it looks like neither.
pub(crate) fn instead_of(name: &str) -> Option<&'static str> {
    let name = name.split(';').next().unwrap_or_default();
    if known(name).is_some() {
        return None;
    }
    // Folding a very long name would take long.
    let name = folded(&name.chars().take(LONGEST_NAME).collect::<String>());
    let has_any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let is_any = |names: &[&str]| names.contains(&&name[..]);
    if !has_any(&NO_CONTACTS) {
        if has_any(&PHONES) || is_any(&PHONE_NAMES) {
            return Some("a phone is read from mobile or telephoneNumber");
        }
        if name.contains("mail") || name == "proxyaddresses" {
            return Some("an address is read from otherMailbox");
        }
    }
    let looks_like_one = has_any(&SWITCHES) || is_any(&SWITCH_NAMES) || name.ends_with(STATE);
    let is_switch = looks_like_one && !has_any(&NO_SWITCHES);
    is_switch.then_some("whether somebody is switched off is read from accountEnabled, Block sign in or Account status")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks_like(name: &str) -> &'static str {
        match instead_of(name) {
            Some(instead) if instead.starts_with("whether") => "a switch",
            Some(_) => "a contact",
            None => "nothing",
        }
    }

    #[test]
    fn what_looks_like_a_contact_is_told_from_the_rest() {
        for name in ["homePhone", "otherMobile", "Home Secondary Email", "proxyAddresses", "Telefon", "Mobil", "Tel."] {
            assert_eq!(looks_like(name), "a contact", "{name}");
        }
        for name in
            ["mobile", "mail", "msExchMailboxGuid", "homeMDB", "description", "Phone number", "mobile;lang-de", "title"]
        {
            assert_eq!(looks_like(name), "nothing", "{name}");
        }
    }

    #[test]
    fn what_looks_like_a_switch_is_told_from_the_rest() {
        for name in [
            "Employment status",
            "employee_terminated",
            "Enabled services",
            "LockedOut",
            "Contract-Expiry",
            "Worker Inactive",
            "Termination Date",
            "access revoked",
            "Konto gesperrt",
            "Konto deaktiviert",
            "Compte bloqué",
            "aktiv",
            "Active employee",
            "userState",
            "Offboarded",
        ] {
            assert_eq!(looks_like(name), "a switch", "{name}");
        }
        assert_eq!(looks_like(&format!("Employment status {}", "x".repeat(200))), "a switch");
        for name in [
            "accountEnabled",
            "Account is disabled",
            "DirSyncEnabled",
            "mailEnabled",
            "PasswordExpired",
            "ValidationStatus",
            "ProtectedFromAccidentalDeletion",
            "lockoutTime",
            "lastActivityDate",
            "invitationState",
            "State",
            "description",
        ] {
            assert_ne!(looks_like(name), "a switch", "{name}");
        }
    }
}
