//! The audit log: what happened to accounts and the policy. A record is stored in the same write as the change.
//!
//! A record identifies people by id and userPrincipalName, and shows contacts masked. All records of one reset share a
//! correlation id, from which the reset's id cannot be derived. The shape follows Microsoft Graph's `directoryAudit`.

use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::account::{Account, AccountSnapshot};
use crate::policy::Policy;
use crate::random::{AccountId, AuditId, ID_BYTES, Randomness, ResetId};
use crate::time::{DAY, Date, Moment};

/// What was done, with the names that Microsoft's audit log uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Activity {
    /// A step of a reset: begun, a code sent or not, a method proved.
    ResetProgress,
    /// A reset was completed.
    PasswordReset,
    /// A limit keeps an account from being reset for now.
    Blocked,
    /// A provider reported what became of a message.
    MessageReported,
    /// A person registered a method.
    InfoRegistered,
    /// A person replaced a registered value with another.
    InfoChanged,
    /// A person removed a registered method.
    InfoDeleted,
    /// A person confirmed that all registered methods are still right.
    InfoReviewed,
    /// An administrator registered a method for somebody.
    InfoRegisteredByAdministrator,
    /// An administrator changed somebody's registered method.
    InfoChangedByAdministrator,
    /// An administrator removed somebody's registered method.
    InfoDeletedByAdministrator,
    /// An account was created.
    UserAdded,
    /// An account's properties were changed.
    UserChanged,
    /// An account was deleted.
    UserDeleted,
    /// A person changed a password, knowing the former one.
    PasswordChanged,
    /// An administrator set somebody's password.
    PasswordResetByAdministrator,
    /// An administrator ended somebody's sessions.
    SessionsRevoked,
    /// An administrator cleared somebody's guess budget and sign-in lock.
    Unblocked,
    /// The policy was changed.
    PolicyChanged,
}

impl Activity {
    /// All activities.
    pub const ALL: [Self; 19] = [
        Self::ResetProgress,
        Self::PasswordReset,
        Self::Blocked,
        Self::MessageReported,
        Self::InfoRegistered,
        Self::InfoChanged,
        Self::InfoDeleted,
        Self::InfoReviewed,
        Self::InfoRegisteredByAdministrator,
        Self::InfoChangedByAdministrator,
        Self::InfoDeletedByAdministrator,
        Self::UserAdded,
        Self::UserChanged,
        Self::UserDeleted,
        Self::PasswordChanged,
        Self::PasswordResetByAdministrator,
        Self::SessionsRevoked,
        Self::Unblocked,
        Self::PolicyChanged,
    ];

    /// The `activityDisplayName`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetProgress => "Self-service password reset flow activity progress",
            Self::PasswordReset => "Reset password (self-service)",
            Self::Blocked => "Blocked from self-service password reset",
            Self::MessageReported => "Message delivery report",
            Self::InfoRegistered => "User registered security info",
            Self::InfoChanged => "User updated security info",
            Self::InfoDeleted => "User deleted security info",
            Self::InfoReviewed => "User reviewed security info",
            Self::InfoRegisteredByAdministrator => "Admin registered security info",
            Self::InfoChangedByAdministrator => "Admin updated security info",
            Self::InfoDeletedByAdministrator => "Admin deleted security info",
            Self::UserAdded => "Add user",
            Self::UserChanged => "Update user",
            Self::UserDeleted => "Delete user",
            Self::PasswordChanged => "Change password (self-service)",
            Self::PasswordResetByAdministrator => "Reset password (by admin)",
            Self::SessionsRevoked => "Update StsRefreshTokenValidFrom Timestamp",
            Self::Unblocked => "Unblock password reset (by admin)",
            Self::PolicyChanged => "Authentication Methods Policy Update",
        }
    }

    /// The `category`.
    #[must_use]
    pub const fn category(self) -> &'static str {
        match self {
            Self::PolicyChanged => "Policy",
            _ => "UserManagement",
        }
    }

    /// The `operationType`.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::UserAdded | Self::InfoRegistered | Self::InfoRegisteredByAdministrator => "Add",
            Self::UserDeleted | Self::InfoDeleted | Self::InfoDeletedByAdministrator => "Delete",
            Self::ResetProgress
            | Self::PasswordReset
            | Self::Blocked
            | Self::MessageReported
            | Self::InfoChanged
            | Self::InfoReviewed
            | Self::InfoChangedByAdministrator
            | Self::UserChanged
            | Self::PasswordChanged
            | Self::PasswordResetByAdministrator
            | Self::SessionsRevoked
            | Self::Unblocked
            | Self::PolicyChanged => "Update",
        }
    }

    /// The `loggedByService`.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::ResetProgress
            | Self::PasswordReset
            | Self::Blocked
            | Self::MessageReported
            | Self::PasswordChanged
            | Self::PasswordResetByAdministrator
            | Self::Unblocked => "Self-service Password Management",
            Self::UserAdded | Self::UserChanged | Self::UserDeleted | Self::SessionsRevoked => "Core Directory",
            Self::InfoRegistered
            | Self::InfoChanged
            | Self::InfoDeleted
            | Self::InfoReviewed
            | Self::InfoRegisteredByAdministrator
            | Self::InfoChangedByAdministrator
            | Self::InfoDeletedByAdministrator
            | Self::PolicyChanged => "Authentication Methods",
        }
    }
}

/// The policy's id in audit records: the name of the resource.
pub const POLICY_ID: &str = "passwordReset";

/// A person as identified in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditedPerson {
    /// The id of their account.
    pub account: AccountId,
    /// Their userPrincipalName at the time.
    pub user_name: String,
}

impl From<&Account> for AuditedPerson {
    fn from(account: &Account) -> Self {
        Self { account: account.id.clone(), user_name: account.user_name.canonical().to_owned() }
    }
}

impl From<&AccountSnapshot> for AuditedPerson {
    fn from(bound: &AccountSnapshot) -> Self {
        Self { account: bound.account.clone(), user_name: bound.user_name.clone() }
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Initiator {
    /// A person. In self-service it is the target account itself, no matter who acted for it.
    Person(AuditedPerson),
    /// An application, by its token's subject.
    Application(String),
}

/// A property that changed, with values that may be shown: contacts are masked, secrets left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedProperty {
    /// The property's name.
    pub name: String,
    /// The former value, if there was one.
    pub old: Option<String>,
    /// The new value, if there is one.
    pub new: Option<String>,
}

/// A record of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// The record's id.
    pub id: AuditId,
    /// When it happened.
    pub at: Moment,
    /// What was done.
    pub activity: Activity,
    /// `true` if it was done, `false` if it was refused.
    pub success: bool,
    /// What exactly was done, or why it was not; a constant text.
    pub reason: String,
    /// Groups related records: shared by all records of one reset, otherwise unique to the record.
    pub correlation: String,
    /// Who did it.
    pub initiator: Initiator,
    /// The address that the request of a caller with a token came from, as the gateway reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The person it was done to; `None` for a change of the policy.
    pub target: Option<AuditedPerson>,
    /// The properties that changed.
    pub changes: Vec<ChangedProperty>,
    /// Until when it is stored.
    #[serde(rename = "expires_at")]
    pub stored_until: Moment,
}

/// A position in the audit log, which is read from newest to oldest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditMark {
    /// The moment of the record at this position.
    pub at: Moment,
    /// The id of that record.
    pub id: AuditId,
}

impl AuditRecord {
    /// A record of a successful activity, stored for as long as the policy says.
    #[must_use]
    pub fn new(
        activity: Activity,
        initiator: Initiator,
        policy: &Policy,
        now: Moment,
        random: &dyn Randomness,
    ) -> Self {
        let id = AuditId::draw(random);
        Self {
            at: now,
            activity,
            success: true,
            reason: String::new(),
            correlation: id.as_str().to_owned(),
            initiator,
            address: None,
            target: None,
            changes: Vec::new(),
            stored_until: now.plus(u64::from(policy.audit_retention_days) * DAY),
            id,
        }
    }

    /// The address that the request came from.
    #[must_use]
    pub fn sent_from(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// Sets the person it was done to.
    #[must_use]
    pub fn about(mut self, target: AuditedPerson) -> Self {
        self.target = Some(target);
        self
    }

    /// Sets what exactly was done.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// Marks it as not done, and sets the reason.
    #[must_use]
    pub fn failed(self, reason: &str) -> Self {
        Self { success: false, ..self.because(reason) }
    }

    /// Groups it with the other records of a reset.
    #[must_use]
    pub fn in_reset(mut self, reset: &ResetId) -> Self {
        self.correlation = correlation(reset);
        self
    }

    /// Groups it with other records, and gives it the id by which it is stored only once.
    #[must_use]
    pub(crate) fn stored_once(self, id: AuditId, correlation: &str) -> Self {
        Self { id, correlation: correlation.to_owned(), ..self }
    }

    /// Adds a changed property, with values that may be shown.
    #[must_use]
    pub fn changing(mut self, name: &str, old: Option<String>, new: Option<String>) -> Self {
        self.changes.push(ChangedProperty { name: name.to_owned(), old, new });
        self
    }

    /// The target's id: a person's account, or the policy.
    #[must_use]
    pub fn target_id(&self) -> &str {
        self.target.as_ref().map_or(POLICY_ID, |target| target.account.as_str())
    }

    /// The UTC day under which it is stored.
    #[must_use]
    pub fn day(&self) -> Date {
        self.at.day()
    }

    /// Its position in the audit log.
    #[must_use]
    pub fn mark(&self) -> AuditMark {
        AuditMark { at: self.at, id: self.id.clone() }
    }
}

/// The id of the record that a reset was begun. It is always the same, so the record is stored only once.
pub(crate) fn beginning(reset: &ResetId) -> AuditId {
    AuditId::of(reset_digest(b"beginning\0", reset))
}

/// The id of the record of a provider's report. It is always the same for the same report, so the record is stored only
/// once.
pub(crate) fn report_id(order: &str, report: &str) -> AuditId {
    AuditId::of(digest(&[b"report\0", order.as_bytes(), &[0], report.as_bytes()]))
}

/// The correlation id of a reset's records, from which the reset's id cannot be derived.
#[must_use]
pub fn correlation(reset: &ResetId) -> String {
    BASE64URL_NOPAD.encode(&reset_digest(b"correlation\0", reset))
}

fn reset_digest(purpose: &[u8], reset: &ResetId) -> [u8; ID_BYTES] {
    digest(&[purpose, reset.as_str().as_bytes()])
}

fn digest(parts: &[&[u8]]) -> [u8; ID_BYTES] {
    let digest: [u8; 32] = parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into();
    std::array::from_fn(|at| digest[at])
}
