//! What others keep of an account: a reset that was bound to it, and the rows of its budgets.

use serde::{Deserialize, Serialize};

use super::{Account, Destination, destination_digest};
use crate::credentials::key::{Digests, NameKeys};
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::random::AccountId;
use crate::time::Moment;

/// What a reset remembers of the account that it was bound to, so that setting the password needs no
/// second read: the write's condition on `version` tells when it is stale.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountSnapshot {
    /// The account.
    pub account: AccountId,
    /// Its version then.
    pub version: u64,
    /// Its userPrincipalName then, for the audit.
    pub user_name: String,
    /// Its preferred language, in which its owner is asked.
    pub preferred_language: Option<String>,
    /// Whether it was privileged then.
    pub is_admin: bool,
    /// What a password must not contain.
    pub context: PasswordFacts,
    /// The methods that reached its owner then.
    pub reachable: Vec<ReachableMethod>,
}

/// A method, and where it led.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachableMethod {
    /// The method.
    pub method: CodeMethod,
    /// The keyed digest of the destination.
    pub destination: String,
}

/// What a new password is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordFacts {
    /// The local part of the user name.
    pub local_part: String,
    /// Phones in E.164 and mail addresses.
    pub contacts: Vec<Destination>,
}

impl Account {
    /// What a reset remembers of this account, by the policy of then.
    #[must_use]
    pub fn snapshot(&self, policy: &Policy, names: &NameKeys, now: Moment) -> AccountSnapshot {
        let reachable = |method| {
            let destination = self.destination(method, policy, now).ok()?;
            Some(ReachableMethod { method, destination: destination_digest(names, &destination) })
        };
        AccountSnapshot { reachable: CodeMethod::ALL.into_iter().filter_map(reachable).collect(), ..self.known(now) }
    }

    /// What setting a password needs to know of this account.
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

/// The rows that budgets of one owner are kept under: an account for good, or a name that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A known account, whatever its user name becomes.
    Account(AccountId),
    /// A name that no account bears.
    UnknownName(Digests),
}

impl Owner {
    /// The row key.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Account(id) => format!("account.{}", id.as_str()),
            Self::UnknownName(names) => format!("nobody.{}", names.current()),
        }
    }
}
