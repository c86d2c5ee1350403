//! What other rows store about an account: the snapshot in a linked reset, and the owner of budget rows.

use super::{Account, Destination, destination_digest};
use crate::credentials::key::{Digests, NameKeys};
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::random::AccountId;
use crate::time::Moment;

/// What a reset stores about the account that it is linked to, so that setting the password needs no second read. The
/// write's condition on `version` detects a stale snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountSnapshot {
    /// The account's id.
    pub account: AccountId,
    /// The account's version when the snapshot was taken.
    pub version: u64,
    /// The userPrincipalName at that time, for the audit.
    pub user_name: String,
    /// The preferred language at that time, in which security questions are asked.
    pub preferred_language: Option<String>,
    /// Whether the account was privileged at that time.
    pub is_admin: bool,
    /// Facts about the owner that a new password must not contain.
    pub context: PasswordFacts,
    /// The methods that reached the owner at that time.
    pub reachable: Vec<ReachableMethod>,
}

/// A method and the destination that it reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachableMethod {
    /// The method by which a code travels.
    pub method: CodeMethod,
    /// Keyed digest of the destination.
    pub destination: String,
}

/// Facts about the owner that a new password is validated against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordFacts {
    /// The local part of the user name.
    pub local_part: String,
    /// Every destination that is notified of changes. Phones are compared in E.164, mail addresses by their local part.
    pub contacts: Vec<Destination>,
}

impl Account {
    /// The snapshot of this account for a reset, with the methods that reach the owner under the current policy.
    #[must_use]
    pub fn snapshot(&self, policy: &Policy, names: &NameKeys, now: Moment) -> AccountSnapshot {
        let reachable = |method| {
            let destination = self.destination(method, policy, now).ok()?;
            Some(ReachableMethod { method, destination: destination_digest(names, &destination) })
        };
        AccountSnapshot { reachable: CodeMethod::ALL.into_iter().filter_map(reachable).collect(), ..self.known(now) }
    }

    /// A snapshot without reachable methods: all that setting a password needs.
    #[must_use]
    pub fn known(&self, now: Moment) -> AccountSnapshot {
        AccountSnapshot {
            account: self.id.clone(),
            version: self.version,
            user_name: self.user_name.canonical().to_owned(),
            preferred_language: self.preferred_language().map(str::to_owned),
            is_admin: self.is_admin,
            context: PasswordFacts {
                local_part: self.user_name.local_part().to_owned(),
                contacts: self.to_notify(now),
            },
            reachable: Vec::new(),
        }
    }
}

/// The owner of budget rows: an account, or a name that no account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A known account. It keeps its rows when its user name changes.
    Account(AccountId),
    /// The keyed digests of a name that no account has.
    UnknownName(Digests),
}

impl Owner {
    /// The key of the owner's rows.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Account(id) => format!("account.{}", id.as_str()),
            Self::UnknownName(names) => format!("nobody.{}", names.current()),
        }
    }
}
