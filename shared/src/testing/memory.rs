//! A store in memory: the model that every other store is judged by.
//!
//! One lock, plain maps, no cleverness: each verb looks at the state, decides, and changes everything or
//! nothing. Rows are never removed by time, so only what a verb decides can make an expired one dead.

mod accounts;
mod audit;
mod challenges;
mod counters;
mod idempotency;
mod orders;
mod passwords;
mod questions;
mod resets;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::account::{Account, Bound, Owner};
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::credentials::questions::{Draw, QuestionSet};
use crate::limits::guesses::{Budget, Ring, RingState};
use crate::limits::lockout::SignIn;
use crate::limits::messages::Sends;
use crate::money::Money;
use crate::policy::Policy;
use crate::ports::idempotency::{Answered, Claim, Claimed, Facts};
use crate::ports::store::{
    AccountChange, AccountPage, Begun, KeptPolicy, LongIssues, OrderClaim, OrderRef, PasswordChange, PasswordSet,
    Proof, SourceLimit, Store, Stored, Written,
};
use crate::random::{AccountId, ChallengeId, NoticeId, ResetId, Seed};
use crate::records::audit::{AuditMark, AuditRecord};
use crate::records::notice::NoticeOrder;
use crate::reset::challenge::{Challenge, ChallengeCount};
use crate::reset::{Delivered, Issue, LongIssue, Reset};
use crate::time::Moment;
use crate::unavailable::Unavailable;

use counters::ring_key;
use idempotency::KeptKey;
use orders::Delivery;

/// Everything, in memory; gone with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    refunds_fail: AtomicBool,
}

/// A row that is also an order to deliver something.
#[derive(Debug)]
struct Ordered<T> {
    value: T,
    delivery: Delivery,
}

impl<T> Ordered<T> {
    fn new(value: T) -> Self {
        Self { value, delivery: Delivery::default() }
    }
}

/// An emailed long code; a used one stays, so that a late delivery cannot bring it back.
#[derive(Debug)]
struct KeptLongIssue {
    issue: LongIssue,
    used: bool,
}

#[derive(Debug, Default)]
struct State {
    policy: Option<KeptPolicy>,
    resets: HashMap<ResetId, Ordered<Reset>>,
    /// Begins by limit and window.
    begins: HashMap<(String, Moment), u32>,
    rings: HashMap<String, RingState>,
    /// Long codes by owner.
    long_issues: HashMap<String, Vec<KeptLongIssue>>,
    accounts: HashMap<AccountId, Account>,
    names: HashMap<String, AccountId>,
    administrators: BTreeSet<AccountId>,
    questions: HashMap<AccountId, QuestionSet>,
    /// Records by day and place.
    audit: BTreeMap<(String, AuditMark), AuditRecord>,
    sign_ins: HashMap<String, SignIn>,
    sends: HashMap<String, Sends>,
    /// Millionths of a dollar by day and key.
    spent: HashMap<(String, String), u64>,
    challenges: HashMap<ChallengeId, Ordered<Challenge>>,
    challenge_counts: HashMap<AccountId, ChallengeCount>,
    /// Notices by day and name.
    notices: BTreeMap<(String, NoticeId), Ordered<NoticeOrder>>,
    keys: HashMap<String, KeptKey>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has every refund of money fail from now on, or no longer.
    pub fn fail_refunds(&self, fail: bool) {
        self.refunds_fail.store(fail, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in one test's assertion happens outside the lock; the state is whole either way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn policy(&self) -> Stored<Option<KeptPolicy>> {
        Ok(self.state().policy.clone())
    }

    async fn put_policy(&self, policy: &Policy) -> Stored<()> {
        self.state().put_policy(policy);
        Ok(())
    }

    async fn change_policy(&self, policy: &Policy, version: u64, record: &AuditRecord) -> Stored<bool> {
        Ok(self.state().change_policy(policy, version, record))
    }

    async fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        keep: Option<(&Claim, &Facts)>,
        now: Moment,
    ) -> Stored<Begun> {
        Ok(self.state().begin_reset(reset, limits, keep, now))
    }

    async fn reset(&self, id: &ResetId) -> Stored<Option<Reset>> {
        Ok(self.state().resets.get(id).map(|kept| kept.value.clone()))
    }

    async fn reissue(&self, seen: &Reset, issue: &Issue) -> Stored<bool> {
        Ok(self.state().reissue(seen, issue))
    }

    async fn charge_reset(&self, id: &ResetId, tries: u32, now: Moment) -> Stored<Option<Reset>> {
        Ok(self.state().charge_reset(id, tries, now))
    }

    async fn spend_attempt(
        &self,
        ring: &Ring,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> Stored<Option<RingState>> {
        Ok(self.state().spend_attempt(ring, began_at, budget, now))
    }

    async fn note_blocked(&self, ring: &Ring, record: &AuditRecord) -> Stored<()> {
        self.state().note_blocked(ring, record);
        Ok(())
    }

    async fn trim_attempts(&self, ring: &Ring, keep: usize) -> Stored<()> {
        if let Some(state) = self.state().rings.get_mut(&ring_key(ring)) {
            state.attempts.truncate(keep);
        }
        Ok(())
    }

    async fn ring(&self, ring: &Ring) -> Stored<RingState> {
        Ok(self.state().rings.get(&ring_key(ring)).cloned().unwrap_or_default())
    }

    async fn prove(&self, proof: &Proof<'_>) -> Stored<bool> {
        self.state().answering(proof.answered, |proved| *proved, |state| state.prove(proof))
    }

    async fn prove_answers(&self, proof: &Proof<'_>) -> Stored<bool> {
        self.state().answering(proof.answered, |proved| *proved, |state| state.prove_answers(proof))
    }

    async fn long_issues(&self, owner: &Owner) -> Stored<LongIssues> {
        Ok(self.state().long_issues(owner))
    }

    async fn prove_long(&self, proof: &Proof<'_>, owner: &Owner, issue: &LongIssue) -> Stored<bool> {
        self.state().answering(proof.answered, |proved| *proved, |state| state.prove_long(proof, owner, issue))
    }

    async fn charge_password(&self, reset: &Reset, grant: &Seed, now: Moment) -> Stored<bool> {
        Ok(self.state().charge_password(reset, grant, now))
    }

    async fn set_password(&self, change: &PasswordChange<'_>) -> Stored<PasswordSet> {
        let done = |set: &PasswordSet| *set == PasswordSet::Set;
        self.state().answering(change.answered, done, |state| state.set_password(change))
    }

    async fn account_by_name(&self, names: &Digests) -> Stored<Option<AccountId>> {
        Ok(self.state().bearer(names).cloned())
    }

    async fn account(&self, id: &AccountId) -> Stored<Option<Account>> {
        Ok(self.state().accounts.get(id).cloned())
    }

    async fn accounts(&self, prefix: &str, after: Option<&str>, limit: usize) -> Stored<AccountPage> {
        Ok(self.state().page(prefix, after, limit))
    }

    async fn administrators(&self, limit: usize) -> Stored<Vec<AccountId>> {
        Ok(self.state().administrators.iter().take(limit).cloned().collect())
    }

    async fn create_account(&self, account: &Account, names: &Digests, records: &[AuditRecord]) -> Stored<Written> {
        Ok(self.state().create_account(account, names, records))
    }

    async fn change_account(&self, change: &AccountChange<'_>) -> Stored<Written> {
        let done = |written: &Written| *written == Written::Written;
        self.state().answering(change.answered, done, |state| state.change_account(change))
    }

    async fn upgrade_password(&self, id: &AccountId, version: u64, password: &PasswordHash) -> Stored<bool> {
        Ok(self.state().upgrade_password(id, version, password))
    }

    async fn delete_account(
        &self,
        account: &Account,
        names: &Digests,
        record: &AuditRecord,
        now: Moment,
    ) -> Stored<Written> {
        Ok(self.state().delete_account(account, names, record, now))
    }

    async fn unblock(&self, owner: &Owner, notice: &NoticeOrder, record: &AuditRecord) -> Stored<()> {
        self.state().unblock(owner, notice, record);
        Ok(())
    }

    async fn questions(&self, account: &AccountId) -> Stored<Option<QuestionSet>> {
        Ok(self.state().questions.get(account).cloned())
    }

    async fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> Stored<bool> {
        Ok(self.state().put_draw(account, version, draw))
    }

    async fn audit(&self, day: &str, before: Option<&AuditMark>, limit: usize) -> Stored<Vec<AuditRecord>> {
        Ok(self.state().records(day, before, limit))
    }

    async fn sign_in(&self, owner: &Owner) -> Stored<SignIn> {
        Ok(self.state().sign_ins.get(&owner.key()).cloned().unwrap_or_default())
    }

    async fn put_sign_in(&self, owner: &Owner, state: &SignIn) -> Stored<bool> {
        Ok(self.state().put_sign_in(owner, state))
    }

    async fn bind_reset(
        &self,
        id: &ResetId,
        order: u32,
        bound: &Bound,
        record: Option<&AuditRecord>,
        now: Moment,
    ) -> Stored<bool> {
        Ok(self.state().bind_reset(id, order, bound, record, now))
    }

    async fn claim_order(&self, order: &OrderRef, lease_until: Moment, now: Moment) -> Stored<OrderClaim> {
        Ok(self.state().claim_order(order, lease_until, now))
    }

    async fn mark_sent(&self, order: &OrderRef, sent_to: &str) -> Stored<bool> {
        Ok(self.state().mark_sent(order, sent_to))
    }

    async fn settle_order(&self, order: &OrderRef, outcome: Delivered, record: Option<&AuditRecord>) -> Stored<()> {
        self.state().settle_order(order, outcome, record);
        Ok(())
    }

    async fn release_order(&self, order: &OrderRef) -> Stored<()> {
        self.state().release_order(order);
        Ok(())
    }

    async fn keep_long_issue(&self, owner: &Owner, issue: &LongIssue) -> Stored<()> {
        self.state().keep_long_issue(owner, issue);
        Ok(())
    }

    async fn sends(&self, key: &str) -> Stored<Sends> {
        Ok(self.state().sends.get(key).cloned().unwrap_or_default())
    }

    async fn put_sends(&self, key: &str, sends: &Sends) -> Stored<bool> {
        Ok(self.state().put_sends(key, sends))
    }

    async fn spend(&self, day: &str, key: &str, amount: Money, cap: Money) -> Stored<bool> {
        Ok(self.state().spend(day, key, amount, cap))
    }

    async fn refund(&self, day: &str, key: &str, amount: Money) -> Stored<()> {
        if self.refunds_fail.load(Ordering::Relaxed) {
            return Err(Unavailable::plain("money cannot be given back"));
        }
        self.state().refund(day, key, amount);
        Ok(())
    }

    async fn challenge_count(&self, account: &AccountId) -> Stored<ChallengeCount> {
        Ok(self.state().challenge_counts.get(account).cloned().unwrap_or_default())
    }

    async fn put_challenge_count(&self, account: &AccountId, count: &ChallengeCount) -> Stored<bool> {
        Ok(self.state().put_challenge_count(account, count))
    }

    async fn begin_challenge(
        &self,
        challenge: &Challenge,
        count: &ChallengeCount,
        answered: Option<Answered<'_>>,
    ) -> Stored<bool> {
        self.state().answering(answered, |begun| *begun, |state| state.begin_challenge(challenge, count))
    }

    async fn challenge(&self, id: &ChallengeId) -> Stored<Option<Challenge>> {
        Ok(self.state().challenges.get(id).map(|kept| kept.value.clone()))
    }

    async fn charge_challenge(
        &self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> Stored<Option<Challenge>> {
        Ok(self.state().charge_challenge(id, account, tries, now))
    }

    async fn notice(&self, day: &str, id: &NoticeId) -> Stored<Option<NoticeOrder>> {
        let key = (day.to_owned(), id.clone());
        Ok(self.state().notices.get(&key).map(|kept| kept.value.clone()))
    }

    async fn pending_notices(&self, day: &str, first: &NoticeId, limit: usize) -> Stored<Vec<NoticeOrder>> {
        Ok(self.state().pending_notices(day, first, limit))
    }

    async fn put_notice(&self, notice: &NoticeOrder) -> Stored<()> {
        self.state().put_notice(notice);
        Ok(())
    }

    async fn claim_key(&self, claim: &Claim, now: Moment) -> Stored<Claimed> {
        Ok(self.state().claim_key(claim, now))
    }

    async fn keep_answer(&self, claim: &Claim, facts: &Facts, now: Moment) -> Stored<()> {
        self.state().keep_answer(claim, facts, now);
        Ok(())
    }

    async fn release_key(&self, claim: &Claim) -> Stored<()> {
        self.state().release_key(claim);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
