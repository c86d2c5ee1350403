//! What attributes say.

use crate::account::ProfileField;

/// What an attribute says about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The account's name.
    UserName,
    /// Stands in for the account's name; without it, the person's own mailbox does.
    OtherUserName,
    /// The classes of the entry.
    ObjectClass,
    /// The entry's class in the schema of Active Directory, by its distinguished name.
    ObjectCategory,
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
pub(crate) enum Switch {
    /// By yes or no.
    Enabled,
    /// By yes or no, the other way round, or by the moment at which it happened.
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
    /// By the moment at which the account ends.
    Expiry,
}
