//! Which attributes and columns are read, by all the names that directories, admin centres and tools give them.

mod folded;
mod kind;
mod known;
mod unread;

pub(super) use folded::folded;
pub(super) use kind::{Kind, Switch};
use known::{Known, known};
pub(super) use unread::instead_of;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::ProfileField;

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
    fn a_switch_is_found_in_any_spelling() {
        for (switch, headers) in [
            (
                Switch::Enabled,
                &[
                    "account_enabled",
                    "ACCOUNT-ENABLED",
                    "Sign-in enabled",
                    "isAccountEnabled",
                    "User is active",
                    "Enabled?",
                ][..],
            ),
            (
                Switch::Blocked,
                &[
                    "Block sign-in",
                    "BLOCK_CREDENTIAL",
                    "Account is disabled",
                    "account-disabled",
                    "user_suspended",
                    "isDeleted",
                    "Archived",
                    "deletedDateTime",
                    "deleted_at",
                    "Soft deletion time stamp",
                    "SoftDeletionTimestamp",
                    "Sign-in blocked",
                    "login disabled",
                ],
            ),
            (Switch::Status, &["ACCOUNT_STATUS", "Sign-in status", "user-status", "Status [READ ONLY]"]),
            (Switch::Expiry, &["Account expires", "AccountExpirationDate"]),
        ] {
            for header in headers {
                assert_eq!(column(header), Some(Kind::Switch(switch)), "{header}");
            }
        }
        for header in ["is", "account", "user", "Employment status", "Is user"] {
            assert!(!matches!(column(header), Some(Kind::Switch(_))), "{header}");
        }
        assert_eq!(column("user_principal-name"), Some(Kind::UserName), "other columns as well");
    }

    #[test]
    fn no_name_is_known_twice() {
        let mut names: Vec<_> = known::KNOWN.iter().map(|(name, _)| folded(name)).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
