//! The store port: verbs of the domain, each one request to the table.
//!
//! A read may inform a write; the write's own condition decides. No method is built from another, so a
//! caller can count requests by counting calls.

mod change;

use std::future::Future;

use crate::account::{Account, Bound, Owner};
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::credentials::questions::{Draw, QuestionSet};
use crate::limits::guesses::{Budget, Ring, RingState};
use crate::limits::lockout::SignIn;
use crate::limits::messages::Sends;
use crate::money::Money;
use crate::policy::{Limit, Policy};
use crate::ports::idempotency::{Answered, Claim, Claimed, Facts};
use crate::random::{AccountId, ChallengeId, NoticeId, ResetId, Seed};
use crate::records::audit::{AuditMark, AuditRecord, correlation};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::{Challenge, ChallengeCount};
use crate::reset::{Delivered, Issue, LongIssue, Reset};
use crate::time::Moment;
use crate::unavailable::Unavailable;

pub use change::{AccountChange, PasswordChange, PasswordSet, Proof, QuestionsChange, Written};

/// What every method returns.
pub type Stored<T> = Result<T, Unavailable>;

/// A limit of a source network within fixed windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLimit {
    /// The row key: a keyed digest of the network, alone or with the name.
    pub key: String,
    /// The limit.
    pub limit: Limit,
}

impl SourceLimit {
    /// The start of the window that `now` falls into.
    #[must_use]
    pub fn window(&self, now: Moment) -> Moment {
        let seconds = self.limit.seconds.max(1);
        Moment::from_seconds(now.seconds() / seconds * seconds)
    }

    /// When that window ends.
    #[must_use]
    pub fn ends(&self, now: Moment) -> Moment {
        self.window(now).plus(self.limit.seconds)
    }
}

/// What became of a begun reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is kept, and its code is ordered.
    Begun,
    /// The source network has begun too many; nothing was written.
    Limited {
        /// When the window ends.
        until: Moment,
    },
    /// The idempotency key was used before; nothing was written.
    Claimed(Claimed),
}

/// An order that the worker takes from the stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderRef {
    /// The n-th order of a code in a reset.
    Code(ResetId, u32),
    /// The code of a challenge.
    Challenge(ChallengeId),
    /// A notice, kept under its day.
    Notice {
        /// The UTC day, as `2026-11-21`.
        day: String,
        /// Its name.
        id: NoticeId,
    },
}

impl OrderRef {
    /// A name by which the order is counted once. It names the reset, so it stays in the table.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Code(reset, order) => format!("reset.{}.{order}", reset.as_str()),
            Self::Challenge(challenge) => format!("challenge.{}", challenge.as_str()),
            Self::Notice { id, .. } => format!("notice.{}", id.as_str()),
        }
    }

    /// A name for logs and providers, from which no reset can be named: whoever could would spend its owner's tries. It
    /// begins with what the audit's records of the reset have in common.
    #[must_use]
    pub fn trace(&self) -> String {
        match self {
            Self::Code(reset, order) => format!("reset.{}.{order}", correlation(reset)),
            Self::Challenge(_) | Self::Notice { .. } => self.name(),
        }
    }
}

/// What became of the claim to deliver an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderClaim {
    /// This worker holds it until the lease ends.
    Claimed,
    /// Another worker holds it; it may yet have to be tried again.
    Held,
    /// It is settled: there is nothing left to do.
    Settled,
}

/// The policy as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptPolicy {
    /// The policy.
    pub policy: Policy,
    /// Counts its writes; a change demands the one that was read.
    pub version: u64,
}

/// One page of accounts in the order of their canonical names.
#[derive(Debug, Clone, Default)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The canonical name after which the next page begins.
    pub next: Option<String>,
}

/// An owner's emailed long codes, with what voids them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LongIssues {
    /// The account's void moment.
    pub void_before: Option<Moment>,
    /// Issues not yet used, in no order.
    pub issues: Vec<LongIssue>,
}

/// Where everything is kept.
///
/// Every method is atomic, fails as a whole, and decides by the condition of its own write.
pub trait Store: Send + Sync {
    /// Reads the organisation's policy.
    fn policy(&self) -> impl Future<Output = Stored<Option<KeptPolicy>>> + Send;
    /// Replaces the organisation's policy, whatever it was.
    fn put_policy(&self, policy: &Policy) -> impl Future<Output = Stored<()>> + Send;
    /// Replaces a policy whose version is still the one that was read, 0 where there was none; `false` where it
    /// changed meanwhile.
    fn change_policy(
        &self,
        policy: &Policy,
        version: u64,
        record: &AuditRecord,
    ) -> impl Future<Output = Stored<bool>> + Send;

    /// Keeps a new reset, which is the order to deliver its first code, if its source's limits allow it.
    fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        keep: Option<(&Claim, &Facts)>,
        now: Moment,
    ) -> impl Future<Output = Stored<Begun>> + Send;
    /// Reads a reset.
    fn reset(&self, id: &ResetId) -> impl Future<Output = Stored<Option<Reset>>> + Send;
    /// Replaces the issue of a reset whose issue and stage are still as they were read, and orders its delivery.
    fn reissue(&self, seen: &Reset, issue: &Issue) -> impl Future<Output = Stored<bool>> + Send;

    /// Charges a guess to the reset's issue; `None` where it is unknown, over, proved, or out of tries.
    fn charge_reset(&self, id: &ResetId, tries: u32, now: Moment)
    -> impl Future<Output = Stored<Option<Reset>>> + Send;
    /// Charges a guess to a ring: the ring as it is now, or `None` where it is full or voids `began_at`.
    fn spend_attempt(
        &self,
        ring: &Ring,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> impl Future<Output = Stored<Option<RingState>>> + Send;
    /// Keeps in the audit that a ring's last guess was charged in vain; of an idle ring, which is nobody's, it only
    /// makes a write of the same kind.
    fn note_blocked(&self, ring: &Ring, record: &AuditRecord) -> impl Future<Output = Stored<()>> + Send;
    /// Forgets the oldest guesses beyond `keep`.
    fn trim_attempts(&self, ring: &Ring, keep: usize) -> impl Future<Output = Stored<()>> + Send;
    /// Reads a ring.
    fn ring(&self, ring: &Ring) -> impl Future<Output = Stored<RingState>> + Send;
    /// Uses a reset's issue up and moves its stage; `false` where it was used or replaced meanwhile.
    fn prove(&self, proof: &Proof<'_>) -> impl Future<Output = Stored<bool>> + Send;
    /// Moves the stage of a reset that passed gate one by right answers to its questions, which belong to the gate and
    /// to no issue; `false` where it is over or was moved meanwhile.
    fn prove_answers(&self, proof: &Proof<'_>) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads an owner's long codes.
    fn long_issues(&self, owner: &Owner) -> impl Future<Output = Stored<LongIssues>> + Send;
    /// Uses a long code up and moves the stage of a reset; `false` where either was used or voided meanwhile.
    fn prove_long(
        &self,
        proof: &Proof<'_>,
        owner: &Owner,
        issue: &LongIssue,
    ) -> impl Future<Output = Stored<bool>> + Send;

    /// Charges a refused password to a grant; `false` where it has had its tries or is no longer valid.
    fn charge_password(&self, reset: &Reset, grant: &Seed, now: Moment) -> impl Future<Output = Stored<bool>> + Send;
    /// Sets a password, uses the grant, voids the account's other resets, clears its budgets, orders the notice.
    fn set_password(&self, change: &PasswordChange<'_>) -> impl Future<Output = Stored<PasswordSet>> + Send;

    /// Finds the account that bears a name.
    fn account_by_name(&self, names: &Digests) -> impl Future<Output = Stored<Option<AccountId>>> + Send;
    /// Reads an account.
    fn account(&self, id: &AccountId) -> impl Future<Output = Stored<Option<Account>>> + Send;
    /// Reads a page of accounts whose canonical names begin with `prefix`, after `after`.
    fn accounts(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Stored<AccountPage>> + Send;
    /// The privileged accounts, at most `limit`.
    fn administrators(&self, limit: usize) -> impl Future<Output = Stored<Vec<AccountId>>> + Send;
    /// Keeps a new account, if its name is free.
    fn create_account(
        &self,
        account: &Account,
        names: &Digests,
        records: &[AuditRecord],
    ) -> impl Future<Output = Stored<Written>> + Send;
    /// Replaces an account whose version is still the one that was read.
    fn change_account(&self, change: &AccountChange<'_>) -> impl Future<Output = Stored<Written>> + Send;
    /// Replaces only the password's verifier, by one of the same password under newer parameters.
    fn upgrade_password(
        &self,
        id: &AccountId,
        version: u64,
        password: &PasswordHash,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Deletes an account whose version is still the one that was read, with its security questions, and voids its
    /// resets.
    fn delete_account(
        &self,
        account: &Account,
        names: &Digests,
        record: &AuditRecord,
        now: Moment,
    ) -> impl Future<Output = Stored<Written>> + Send;
    /// Clears an account's guess budget and its sign-in lock.
    fn unblock(
        &self,
        owner: &Owner,
        notice: &NoticeOrder,
        record: &AuditRecord,
    ) -> impl Future<Output = Stored<()>> + Send;

    /// Reads an account's security questions.
    fn questions(&self, account: &AccountId) -> impl Future<Output = Stored<Option<QuestionSet>>> + Send;
    /// Keeps which questions were drawn, where the set is still the one that was read; `false` where it changed.
    fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> impl Future<Output = Stored<bool>> + Send;

    /// Reads records of one UTC day's audit, the newest first: those before `before`, at most `limit`.
    fn audit(
        &self,
        day: &str,
        before: Option<&AuditMark>,
        limit: usize,
    ) -> impl Future<Output = Stored<Vec<AuditRecord>>> + Send;

    /// Reads the sign-in row of an owner.
    fn sign_in(&self, owner: &Owner) -> impl Future<Output = Stored<SignIn>> + Send;
    /// Replaces a sign-in row that is still as it was read; `false` where it changed meanwhile.
    fn put_sign_in(&self, owner: &Owner, state: &SignIn) -> impl Future<Output = Stored<bool>> + Send;

    /// Notes which account a reset is for; `false` where the reset is over or unknown, or bound to another account
    /// already, or where another order took the place of this one, by which the account was found.
    fn bind_reset(
        &self,
        id: &ResetId,
        order: u32,
        bound: &Bound,
        record: Option<&AuditRecord>,
        now: Moment,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Claims an order's delivery under a lease.
    fn claim_order(
        &self,
        order: &OrderRef,
        lease_until: Moment,
        now: Moment,
    ) -> impl Future<Output = Stored<OrderClaim>> + Send;
    /// Marks that the code of a claimed order exists from now on, and where it goes; `false` where a newer order
    /// took its place, or the gate that it opens was passed. Of a reset's order only: elsewhere it does nothing and is
    /// `true`.
    fn mark_sent(&self, order: &OrderRef, sent_to: &str) -> impl Future<Output = Stored<bool>> + Send;
    /// Writes down what became of an order; a dropped one unmarks that a code exists, unless an earlier order of the
    /// same code was sent.
    fn settle_order(
        &self,
        order: &OrderRef,
        outcome: Delivered,
        record: Option<&AuditRecord>,
    ) -> impl Future<Output = Stored<()>> + Send;
    /// Gives the lease of an order up, so that it can be tried again at once.
    fn release_order(&self, order: &OrderRef) -> impl Future<Output = Stored<()>> + Send;
    /// Keeps a long code's issue; keeping it again changes nothing, not even that it was used.
    fn keep_long_issue(&self, owner: &Owner, issue: &LongIssue) -> impl Future<Output = Stored<()>> + Send;
    /// Reads the messages counted under a key.
    fn sends(&self, key: &str) -> impl Future<Output = Stored<Sends>> + Send;
    /// Replaces counted messages that are still as they were read; `false` where they changed meanwhile.
    fn put_sends(&self, key: &str, sends: &Sends) -> impl Future<Output = Stored<bool>> + Send;
    /// Reserves money of a day under a key; `false` where `amount` would exceed `cap`.
    fn spend(&self, day: &str, key: &str, amount: Money, cap: Money) -> impl Future<Output = Stored<bool>> + Send;
    /// Gives reserved money back.
    fn refund(&self, day: &str, key: &str, amount: Money) -> impl Future<Output = Stored<()>> + Send;

    /// Reads the challenges counted for an account.
    fn challenge_count(&self, account: &AccountId) -> impl Future<Output = Stored<ChallengeCount>> + Send;
    /// Keeps a new challenge, which is the order to deliver its code, if the count is still as it was read.
    fn begin_challenge(
        &self,
        challenge: &Challenge,
        count: &ChallengeCount,
        answered: Option<Answered<'_>>,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Replaces counted challenges that are still as they were read; `false` where they changed meanwhile.
    fn put_challenge_count(
        &self,
        account: &AccountId,
        count: &ChallengeCount,
    ) -> impl Future<Output = Stored<bool>> + Send;
    /// Reads a challenge.
    fn challenge(&self, id: &ChallengeId) -> impl Future<Output = Stored<Option<Challenge>>> + Send;
    /// Charges a guess to a challenge of an account; `None` where it is unknown, another's, over, used or out of tries.
    fn charge_challenge(
        &self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> impl Future<Output = Stored<Option<Challenge>>> + Send;

    /// Reads a notice.
    fn notice(&self, day: &str, id: &NoticeId) -> impl Future<Output = Stored<Option<NoticeOrder>>> + Send;
    /// Reads notices of a day that are not finished, at most `limit`: in the order of their names, those from `first` on
    /// and then those before it, so that with another `first` each time every one has its turn.
    fn pending_notices(
        &self,
        day: &str,
        first: &NoticeId,
        limit: usize,
    ) -> impl Future<Output = Stored<Vec<NoticeOrder>>> + Send;
    /// Notes what has been told of a notice.
    fn put_notice(&self, notice: &NoticeOrder) -> impl Future<Output = Stored<()>> + Send;

    /// Claims an idempotency key for a request that runs now.
    fn claim_key(&self, claim: &Claim, now: Moment) -> impl Future<Output = Stored<Claimed>> + Send;
    /// Keeps the facts of an answer under a claimed key.
    fn keep_answer(&self, claim: &Claim, facts: &Facts, now: Moment) -> impl Future<Output = Stored<()>> + Send;
    /// Gives a claimed key up, so that the request can be tried again.
    fn release_key(&self, claim: &Claim) -> impl Future<Output = Stored<()>> + Send;
}
