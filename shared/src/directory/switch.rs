//! Whether an account may be used, in the words of directories.

use super::attributes::{Switch, folded};
use super::rule::Rule;

const YES: [&str; 12] = ["true", "yes", "1", "enabled", "active", "on", "wahr", "ja", "vrai", "oui", "verdadero", "sí"];
const NO: [&str; 11] = ["false", "no", "0", "disabled", "inactive", "off", "falsch", "nein", "faux", "non", "falso"];
/// Words that say what the account is, and so mean the same whatever the column is called.
const STATES: [&str; 6] = ["enabled", "active", "on", "disabled", "inactive", "off"];
/// Words of Okta, Google Workspace, Microsoft 365 and others for an account that nobody can sign in with. Nobody has
/// activated a staged one.
const OFF: [&str; 10] = [
    "suspended",
    "deprovisioned",
    "deactivated",
    "staged",
    "archived",
    "blocked",
    "signinblocked",
    "deleted",
    "softdeleted",
    "terminated",
];
/// The other words of Okta and Microsoft 365.
const ON: [&str; 6] = ["provisioned", "recovery", "passwordexpired", "lockedout", "allowed", "signinallowed"];
/// `ACCOUNTDISABLE`, a bit of `userAccountControl`.
const DISABLED_BIT: i64 = 0x2;
/// The name of roles that switch off, such as `cn=nsManagedDisabledRole,dc=contoso,dc=example`.
const DISABLED_ROLE: &str = "disabledrole";
/// The year of the moment `000001010000Z`, which stands for an account that is locked until an administrator unlocks
/// it.
const LOCKED_FOR_GOOD: &str = "0000";
/// How an account is written that never ends: without a moment, or with the last one of Active Directory.
const NEVER: [&str; 3] = ["0", "9223372036854775807", "never"];
/// Years in which calendars begin. Programs write a moment of one if there is none.
const FIRST_YEARS: [&str; 3] = ["0001", "1601", "1970"];
/// Fewest digits of a moment without separators: those of a day.
const DAY_DIGITS: usize = 8;

/// Whether a value switches the account off; `None` if it says nothing about that.
pub(super) fn is_off(switch: Switch, text: &str) -> Result<Option<bool>, Rule> {
    match switch {
        Switch::Enabled => yes(text).map(|on| Some(!on)),
        // A column `Disabled` with the cell `disabled` would mean the opposite of one with the cell `false`.
        Switch::Blocked if is_any_of(&STATES, text) => Err(Rule::NotYesOrNo),
        Switch::Blocked => yes(text).or_else(|rule| moment(text).ok_or(rule)).map(Some),
        Switch::Role => Ok(text.to_lowercase().contains(DISABLED_ROLE).then_some(true)),
        Switch::SambaFlags => {
            let flags = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or(Rule::NotFlags)?;
            Ok(Some(flags.contains('D')))
        }
        Switch::UserAccountControl => {
            let bits: i64 = text.parse().map_err(|_| Rule::NotANumber)?;
            Ok(Some(bits & DISABLED_BIT != 0))
        }
        Switch::LockedTime if text.starts_with(LOCKED_FOR_GOOD) => Ok(Some(true)),
        // Any other moment is the end of a lock by wrong passwords, which passes.
        Switch::LockedTime => moment(text).map(|_| None).ok_or(Rule::NotAMoment),
        // Nothing is known here of the time at which the file is used.
        Switch::Expiry => {
            let ends = !is_any_of(&NEVER, text) && moment(text) != Some(false);
            if ends { Err(Rule::ExpiryIsNotRead) } else { Ok(None) }
        }
        Switch::Status if is_any_of(&ON, text) => Ok(Some(false)),
        Switch::Status if is_any_of(&OFF, text) => Ok(Some(true)),
        Switch::Status => yes(text).map(|on| Some(!on)).map_err(|_| Rule::UnknownStatus),
    }
}

/// Whether the text of a property that is also called `state`, a province, is a word for an account that is switched
/// off.
pub(super) fn is_word_for_off(text: &str) -> bool {
    is_any_of(&OFF, text) || is_any_of(&["disabled", "inactive"], text)
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
    words.contains(&&folded(text)[..])
}

/// Whether a text is the moment at which something happened; `None` if it is no moment. A moment in the first year of a
/// calendar means that it never did.
fn moment(text: &str) -> Option<bool> {
    let is_part = |c: char| c.is_ascii_digit() || c.is_whitespace() || "-/.:,+TZ".contains(c) || "apmAPM".contains(c);
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).collect();
    let has_day = numbers.len() >= 3 || numbers.first().is_some_and(|number| number.len() >= DAY_DIGITS);
    if !has_day || !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(is_part) {
        return None;
    }
    // The year comes first or, behind day and month, third.
    let is_first_year = |at: usize| numbers.get(at).is_some_and(|number| FIRST_YEARS.contains(number));
    Some(!is_first_year(0) && !is_first_year(2))
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
            (Switch::Status, "Blocked", "Sign-in allowed"),
            (Switch::Blocked, "2026-11-02T10:15:00.0001Z", "0001-01-01T00:00:00Z"),
            (Switch::Blocked, "11/2/2026 10:15:00 AM", "1/1/0001 12:00:00 AM"),
            (Switch::Blocked, "02.11.2026 10:15", "01.01.1601 01:00"),
            (Switch::Blocked, "20261102101500.0Z", "0"),
        ] {
            assert_eq!(is_off(switch, off), Ok(Some(true)), "{switch:?} {off}");
            assert_eq!(is_off(switch, on), Ok(Some(false)), "{switch:?} {on}");
        }
        assert_eq!(is_off(Switch::SambaFlags, "[UD         ]"), Ok(Some(true)));
        assert_eq!(is_off(Switch::SambaFlags, "[U          ]"), Ok(Some(false)));
        assert_eq!(is_off(Switch::Role, "cn=nsManagedDisabledRole,dc=contoso"), Ok(Some(true)));
        assert_eq!(is_off(Switch::Role, "cn=staff,dc=contoso"), Ok(None));
        assert_eq!(is_off(Switch::LockedTime, "000001010000Z"), Ok(Some(true)));
        assert_eq!(is_off(Switch::LockedTime, "00000101000000Z"), Ok(Some(true)));
        assert_eq!(is_off(Switch::LockedTime, "20261130120000Z"), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert_eq!(is_off(Switch::Enabled, "maybe"), Err(Rule::NotYesOrNo));
        for word in ["disabled", "Inactive", "enabled", "off"] {
            assert_eq!(is_off(Switch::Blocked, word), Err(Rule::NotYesOrNo), "{word}");
        }
        for text in ["maybe", "2026", "12:30", "Full-time 1/2/2026", "never", "-"] {
            assert_eq!(is_off(Switch::Blocked, text), Err(Rule::NotYesOrNo), "{text}");
        }
        assert_eq!(is_off(Switch::UserAccountControl, "0x202"), Err(Rule::NotANumber));
        assert_eq!(is_off(Switch::SambaFlags, "UD"), Err(Rule::NotFlags));
        assert_eq!(is_off(Switch::LockedTime, "locked"), Err(Rule::NotAMoment));
        assert_eq!(is_off(Switch::Status, "Full-time"), Err(Rule::UnknownStatus));
    }

    #[test]
    fn an_account_that_ends_is_noted_and_one_that_never_does_is_not() {
        for text in ["0", "9223372036854775807", "Never", "1/1/1601 1:00:00 AM", "0001-01-01T00:00:00"] {
            assert_eq!(is_off(Switch::Expiry, text), Ok(None), "{text}");
        }
        for text in ["133485408000000000", "2026-11-02", "20261130120000Z", "20000", "soon"] {
            assert_eq!(is_off(Switch::Expiry, text), Err(Rule::ExpiryIsNotRead), "{text}");
        }
    }
}
