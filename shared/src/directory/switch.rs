//! Whether an account may be used, in the words of directories.

use super::attributes::Switch;
use super::rule::Rule;

const YES: [&str; 12] = ["true", "yes", "1", "enabled", "active", "on", "wahr", "ja", "vrai", "oui", "verdadero", "sí"];
const NO: [&str; 11] = ["false", "no", "0", "disabled", "inactive", "off", "falsch", "nein", "faux", "non", "falso"];
/// Words that say what the account is, and so mean the same whatever the column is called.
const STATES: [&str; 6] = ["enabled", "active", "on", "disabled", "inactive", "off"];
/// Words of Okta and Google Workspace for an account that nobody can sign in with. Nobody has activated a staged one.
const OFF: [&str; 5] = ["suspended", "deprovisioned", "deactivated", "staged", "archived"];
/// The other words of Okta.
const ON: [&str; 4] = ["provisioned", "recovery", "password_expired", "locked_out"];
/// `ACCOUNTDISABLE`, a bit of `userAccountControl`.
const DISABLED_BIT: i64 = 0x2;
/// The name of roles that switch off, such as `cn=nsManagedDisabledRole,dc=contoso,dc=example`.
const DISABLED_ROLE: &str = "disabledrole";
/// The moment that stands for an account that is locked until an administrator unlocks it.
const LOCKED_FOR_GOOD: &str = "000001010000Z";

/// Whether a value switches the account off; `None` if it says nothing about that.
pub(super) fn is_off(switch: Switch, text: &str) -> Result<Option<bool>, Rule> {
    match switch {
        Switch::Enabled => yes(text).map(|on| Some(!on)),
        // A column `Disabled` with the cell `disabled` would mean the opposite of one with the cell `false`.
        Switch::Blocked if is_any_of(&STATES, text) => Err(Rule::NotYesOrNo),
        Switch::Blocked => yes(text).map(Some),
        Switch::Role => Ok(text.to_lowercase().contains(DISABLED_ROLE).then_some(true)),
        Switch::SambaFlags => Ok(Some(text.contains('D'))),
        Switch::UserAccountControl => {
            let bits: i64 = text.parse().map_err(|_| Rule::NotANumber)?;
            Ok(Some(bits & DISABLED_BIT != 0))
        }
        // Any other moment is the end of a lock by wrong passwords, which passes.
        Switch::LockedTime => Ok((text == LOCKED_FOR_GOOD).then_some(true)),
        Switch::Status if is_any_of(&ON, text) => Ok(Some(false)),
        Switch::Status if is_any_of(&OFF, text) => Ok(Some(true)),
        Switch::Status => yes(text).map(|on| Some(!on)).map_err(|_| Rule::UnknownStatus),
    }
}

/// A yes or no, also in the languages in which spreadsheets write it.
pub(super) fn yes(text: &str) -> Result<bool, Rule> {
    match (is_any_of(&YES, text), is_any_of(&NO, text)) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err(Rule::NotYesOrNo),
    }
}

fn is_any_of(words: &[&str], text: &str) -> bool {
    let text = text.to_lowercase();
    words.contains(&&text[..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_switch_is_read() {
        for (switch, off, on) in [
            (Switch::Enabled, "False", "TRUE"),
            (Switch::Enabled, "FALSCH", "ja"),
            (Switch::Blocked, "TRUE", "False"),
            (Switch::UserAccountControl, "514", "512"),
            (Switch::UserAccountControl, "66050", "-2147483136"),
            (Switch::Status, "SUSPENDED", "ACTIVE"),
            (Switch::Status, "Deprovisioned", "LOCKED_OUT"),
        ] {
            assert_eq!(is_off(switch, off), Ok(Some(true)), "{switch:?} {off}");
            assert_eq!(is_off(switch, on), Ok(Some(false)), "{switch:?} {on}");
        }
        assert_eq!(is_off(Switch::SambaFlags, "[UD         ]"), Ok(Some(true)));
        assert_eq!(is_off(Switch::SambaFlags, "[U          ]"), Ok(Some(false)));
        assert_eq!(is_off(Switch::Role, "cn=nsManagedDisabledRole,dc=contoso"), Ok(Some(true)));
        assert_eq!(is_off(Switch::Role, "cn=staff,dc=contoso"), Ok(None));
        assert_eq!(is_off(Switch::LockedTime, LOCKED_FOR_GOOD), Ok(Some(true)));
        assert_eq!(is_off(Switch::LockedTime, "20261130120000Z"), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert_eq!(is_off(Switch::Enabled, "maybe"), Err(Rule::NotYesOrNo));
        for word in ["disabled", "Inactive", "enabled", "off"] {
            assert_eq!(is_off(Switch::Blocked, word), Err(Rule::NotYesOrNo), "{word}");
        }
        assert_eq!(is_off(Switch::UserAccountControl, "0x202"), Err(Rule::NotANumber));
        assert_eq!(is_off(Switch::Status, "Full-time"), Err(Rule::UnknownStatus));
    }
}
