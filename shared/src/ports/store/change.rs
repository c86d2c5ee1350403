//! Writes that are decided elsewhere, with all that follows from each in the same transaction.

use crate::account::Account;
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::credentials::questions::QuestionSet;
use crate::ports::idempotency::Answered;
use crate::random::{AccountId, ChallengeId, Seed};
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::reset::{Reset, Stage};
use crate::time::Moment;

/// A proof to be written: the stage that follows, if the code was not used meanwhile.
#[derive(Debug, Clone)]
pub struct Proof<'a> {
    /// The reset, as it was read or charged.
    pub reset: &'a Reset,
    /// What it becomes.
    pub next: Stage,
    /// Now.
    pub now: Moment,
    /// What the audit keeps of it.
    pub record: &'a AuditRecord,
    /// The answer to keep with it.
    pub answered: Option<Answered<'a>>,
}

/// A password to be set.
#[derive(Debug, Clone)]
pub struct PasswordChange<'a> {
    /// The reset, as it was read, with its grant.
    pub reset: &'a Reset,
    /// The seed of the grant that was shown.
    pub grant: &'a Seed,
    /// The account and the version of it that the decision rests on.
    pub account: &'a AccountId,
    /// That version.
    pub version: u64,
    /// The new verifier.
    pub password: &'a PasswordHash,
    /// The orders to tell the owner, and whoever else is to know.
    pub notices: &'a [NoticeOrder],
    /// What the audit keeps of it.
    pub record: &'a AuditRecord,
    /// Now: the new void moment, and the start of valid sessions.
    pub now: Moment,
    /// The answer to keep with it.
    pub answered: Option<Answered<'a>>,
}

/// What became of a password to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordSet {
    /// It is set; every other reset of the account is void.
    Set,
    /// The token was used, or its reset is over.
    TokenDead,
    /// The account is another one than was decided upon: read it and decide again.
    AccountChanged,
    /// The account's resets were voided, or it has had its resets of the day.
    Revoked,
}

/// What became of a write to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Written,
    /// Somebody else wrote in between (or it is gone): read and decide again.
    Changed,
    /// The user name is another account's.
    NameTaken,
}

/// A change of an account, and what follows from it in the same write.
#[derive(Debug, Clone)]
pub struct AccountChange<'a> {
    /// What it becomes; `version` is the one that was read.
    pub account: &'a Account,
    /// The keyed digests of its name.
    pub names: &'a Digests,
    /// The keyed digests and the canonical form of its former name, where the name changes.
    pub former: Option<(&'a Digests, &'a str)>,
    /// The moment before which its resets are void from now on, where the change voids them.
    pub revoked_before: Option<Moment>,
    /// The challenge that the change uses up, if one was proved.
    pub challenge: Option<&'a ChallengeId>,
    /// What becomes of the owner's security questions.
    pub questions: QuestionsChange<'a>,
    /// Whether the account becomes privileged, or stops being so.
    pub role_changed: bool,
    /// The orders to tell the owner.
    pub notices: &'a [NoticeOrder],
    /// What the audit keeps of it.
    pub records: &'a [AuditRecord],
    /// The answer to keep with it.
    pub answered: Option<Answered<'a>>,
}

/// What becomes of an account's security questions in a change of the account.
#[derive(Debug, Clone, Copy, Default)]
pub enum QuestionsChange<'a> {
    /// They stay.
    #[default]
    Unchanged,
    /// This set takes the place of what there is.
    Set(&'a QuestionSet),
    /// They are removed.
    Removed,
}

impl<'a> AccountChange<'a> {
    /// A change of nothing but the account itself.
    #[must_use]
    pub fn new(account: &'a Account, names: &'a Digests) -> Self {
        Self {
            account,
            names,
            former: None,
            revoked_before: None,
            challenge: None,
            questions: QuestionsChange::Unchanged,
            role_changed: false,
            notices: &[],
            records: &[],
            answered: None,
        }
    }
}
