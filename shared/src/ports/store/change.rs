//! Writes that the use cases decide on, each with everything that follows from it in the same transaction.

use crate::account::Account;
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::credentials::questions::QuestionSet;
use crate::ports::idempotency::KeyedResponse;
use crate::random::{AccountId, ChallengeId, Seed};
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::reset::{Reset, Stage};
use crate::time::Moment;

/// A proof to write: the reset moves to its next stage if the code was not used meanwhile.
#[derive(Debug, Clone)]
pub struct Proof<'a> {
    /// The reset, as it was read or charged.
    pub reset: &'a Reset,
    /// The stage that it moves to.
    pub next: Stage,
    /// The current time.
    pub now: Moment,
    /// The audit record of the proof.
    pub record: &'a AuditRecord,
    /// The response to store in the same transaction.
    pub answered: Option<KeyedResponse<'a>>,
}

/// A new password to write.
#[derive(Debug, Clone)]
pub struct PasswordChange<'a> {
    /// The reset, as it was read, with its grant.
    pub reset: &'a Reset,
    /// The seed of the grant whose token was presented.
    pub grant: &'a Seed,
    /// The account's id.
    pub account: &'a AccountId,
    /// The version of the account that the decision is based on.
    pub version: u64,
    /// The new verifier.
    pub password: &'a PasswordHash,
    /// The notices to the owner and, if the policy says so, to the administrators.
    pub notices: &'a [NoticeOrder],
    /// The audit record of the reset.
    pub record: &'a AuditRecord,
    /// The current time. Resets that began up to now are revoked, and older sessions end.
    pub now: Moment,
    /// The response to store in the same transaction.
    pub answered: Option<KeyedResponse<'a>>,
}

/// The result of setting a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordSet {
    /// It is set, and every other reset of the account is revoked.
    Set,
    /// The token was used, or its reset is over.
    TokenDead,
    /// The account changed since it was read. Read it and decide again.
    AccountChanged,
    /// The account's resets were revoked, or it has had its completed resets of the day.
    Revoked,
}

/// The result of a write to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is written.
    Written,
    /// Somebody else changed or deleted the account, or used the challenge, meanwhile. Read and decide again.
    Changed,
    /// The user name belongs to another account.
    NameTaken,
}

/// A change of an account, with everything that follows from it in the same write.
#[derive(Debug, Clone)]
pub struct AccountChange<'a> {
    /// The account's new state; `version` is the one that was read.
    pub account: &'a Account,
    /// The account as it was read, if the change may touch its role or what it is found by ([`crate::account::search`]).
    pub before: Option<&'a Account>,
    /// Keyed digests of its user name.
    pub names: &'a Digests,
    /// Keyed digests and canonical form of its former user name, if the name changes.
    pub former: Option<(&'a Digests, &'a str)>,
    /// If the change revokes the account's resets: those that began at or before this moment are revoked.
    pub revoked_before: Option<Moment>,
    /// The challenge that the change uses up, if one was proved.
    pub challenge: Option<&'a ChallengeId>,
    /// The change of the owner's security questions.
    pub questions: QuestionsChange<'a>,
    /// The notices to the owner.
    pub notices: &'a [NoticeOrder],
    /// The audit records of the change.
    pub records: &'a [AuditRecord],
    /// The response to store in the same transaction.
    pub answered: Option<KeyedResponse<'a>>,
}

/// What a change of an account does to its security questions.
#[derive(Debug, Clone, Copy, Default)]
pub enum QuestionsChange<'a> {
    /// They stay.
    #[default]
    Unchanged,
    /// This set replaces the stored one, if there is one.
    Set(&'a QuestionSet),
    /// They are removed.
    Removed,
}

impl<'a> AccountChange<'a> {
    /// A change of the account itself and nothing else.
    #[must_use]
    pub fn new(account: &'a Account, names: &'a Digests) -> Self {
        Self {
            account,
            before: None,
            names,
            former: None,
            revoked_before: None,
            challenge: None,
            questions: QuestionsChange::Unchanged,
            notices: &[],
            records: &[],
            answered: None,
        }
    }

    /// Whether the account becomes privileged or loses its privilege.
    #[must_use]
    pub fn changes_role(&self) -> bool {
        self.before.is_some_and(|before| before.is_admin != self.account.is_admin)
    }
}
