//! The domain's store on one DynamoDB table: each verb one request, decided by the condition of its write.
//!
//! A few verbs may take more, and say why: finding an account by its name while the key of names is being
//! changed; listing accounts (their names, then the accounts); reading the unfinished notices of a day (from one on,
//! and then those before it, perhaps among many finished ones), or more of the audit than one answer holds; giving back
//! more money than was reserved; and a change or deletion of an account by a clock that is behind the one that voided its
//! resets last. A write that met somebody else's transaction is sent again a few times.

mod account;
mod account_row;
mod administrators;
mod audit;
mod challenge;
mod idempotency;
mod notice;
mod order;
mod password;
mod policy;
mod questions;
mod request;
mod reset;
mod reset_row;
mod ring;
mod row;
mod sends;
mod sign_in;
mod write;

use aws_sdk_dynamodb::Client;
use shared::account::{Account, Bound, Owner};
use shared::credentials::key::Digests;
use shared::credentials::password::PasswordHash;
use shared::credentials::questions::{Draw, QuestionSet};
use shared::limits::guesses::{Budget, Ring, RingState};
use shared::limits::lockout::SignIn;
use shared::limits::messages::Sends;
use shared::money::Money;
use shared::policy::Policy;
use shared::ports::idempotency::{Answered, Claim, Claimed, Facts};
use shared::ports::store::{
    AccountChange, AccountPage, Begun, KeptPolicy, LongIssues, OrderClaim, OrderRef, PasswordChange, PasswordSet,
    Proof, SourceLimit, Store, Stored, Written,
};
use shared::random::{AccountId, ChallengeId, NoticeId, ResetId, Seed};
use shared::records::audit::{AuditMark, AuditRecord};
use shared::records::notice::NoticeOrder;
use shared::reset::challenge::{Challenge, ChallengeCount};
use shared::reset::{Delivered, Issue, LongIssue, Reset};
use shared::time::Moment;

pub(crate) use request::failed;

/// The store on a table laid out as [`crate::table`] says.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// The store on `table`, which exists.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}

impl Store for DynamoStore {
    async fn policy(&self) -> Stored<Option<KeptPolicy>> {
        self.read_policy().await
    }

    async fn put_policy(&self, policy: &Policy) -> Stored<()> {
        self.replace_policy(policy).await
    }

    async fn change_policy(&self, policy: &Policy, version: u64, record: &AuditRecord) -> Stored<bool> {
        self.swap_policy(policy, version, record).await
    }

    async fn begin_reset(
        &self,
        reset: &Reset,
        limits: &[SourceLimit],
        keep: Option<(&Claim, &Facts)>,
        now: Moment,
    ) -> Stored<Begun> {
        self.begin(reset, limits, keep, now).await
    }

    async fn reset(&self, id: &ResetId) -> Stored<Option<Reset>> {
        self.read_reset(id).await
    }

    async fn reissue(&self, seen: &Reset, issue: &Issue) -> Stored<bool> {
        self.replace_issue(seen, issue).await
    }

    async fn charge_reset(&self, id: &ResetId, tries: u32, now: Moment) -> Stored<Option<Reset>> {
        self.charge(id, tries, now).await
    }

    async fn spend_attempt(
        &self,
        ring: &Ring,
        began_at: Moment,
        budget: Budget,
        now: Moment,
    ) -> Stored<Option<RingState>> {
        self.spend_guess(ring, began_at, budget, now).await
    }

    async fn note_blocked(&self, ring: &Ring, record: &AuditRecord) -> Stored<()> {
        self.note_full(ring, record).await
    }

    async fn trim_attempts(&self, ring: &Ring, keep: usize) -> Stored<()> {
        self.forget_guesses(ring, keep).await
    }

    async fn ring(&self, ring: &Ring) -> Stored<RingState> {
        self.read_ring(ring).await
    }

    async fn prove(&self, proof: &Proof<'_>) -> Stored<bool> {
        self.prove_digits(proof).await
    }

    async fn prove_answers(&self, proof: &Proof<'_>) -> Stored<bool> {
        self.prove_with_answers(proof).await
    }

    async fn long_issues(&self, owner: &Owner) -> Stored<LongIssues> {
        self.read_long_issues(owner).await
    }

    async fn prove_long(&self, proof: &Proof<'_>, owner: &Owner, issue: &LongIssue) -> Stored<bool> {
        self.prove_with_long(proof, owner, issue).await
    }

    async fn charge_password(&self, reset: &Reset, grant: &Seed, now: Moment) -> Stored<bool> {
        self.charge_grant(reset, grant, now).await
    }

    async fn set_password(&self, change: &PasswordChange<'_>) -> Stored<PasswordSet> {
        self.complete(change).await
    }

    async fn account_by_name(&self, names: &Digests) -> Stored<Option<AccountId>> {
        self.find_by_name(names).await
    }

    async fn account(&self, id: &AccountId) -> Stored<Option<Account>> {
        self.read_account(id).await
    }

    async fn accounts(&self, prefix: &str, after: Option<&str>, limit: usize) -> Stored<AccountPage> {
        self.read_page(prefix, after, limit).await
    }

    async fn administrators(&self, limit: usize) -> Stored<Vec<AccountId>> {
        self.list_administrators(limit).await
    }

    async fn create_account(&self, account: &Account, names: &Digests, records: &[AuditRecord]) -> Stored<Written> {
        self.create(account, names, records).await
    }

    async fn change_account(&self, change: &AccountChange<'_>) -> Stored<Written> {
        self.change(change).await
    }

    async fn upgrade_password(&self, id: &AccountId, version: u64, password: &PasswordHash) -> Stored<bool> {
        self.upgrade(id, version, password).await
    }

    async fn delete_account(
        &self,
        account: &Account,
        names: &Digests,
        record: &AuditRecord,
        now: Moment,
    ) -> Stored<Written> {
        self.delete(account, names, record, now).await
    }

    async fn unblock(&self, owner: &Owner, notice: &NoticeOrder, record: &AuditRecord) -> Stored<()> {
        self.clear(owner, notice, record).await
    }

    async fn questions(&self, account: &AccountId) -> Stored<Option<QuestionSet>> {
        self.read_questions(account).await
    }

    async fn put_draw(&self, account: &AccountId, version: u64, draw: &Draw) -> Stored<bool> {
        self.note_draw(account, version, draw).await
    }

    async fn audit(&self, day: &str, before: Option<&AuditMark>, limit: usize) -> Stored<Vec<AuditRecord>> {
        self.read_audit(day, before, limit).await
    }

    async fn sign_in(&self, owner: &Owner) -> Stored<SignIn> {
        self.read_sign_in(owner).await
    }

    async fn put_sign_in(&self, owner: &Owner, state: &SignIn) -> Stored<bool> {
        self.replace_sign_in(owner, state).await
    }

    async fn bind_reset(
        &self,
        id: &ResetId,
        order: u32,
        bound: &Bound,
        record: Option<&AuditRecord>,
        now: Moment,
    ) -> Stored<bool> {
        self.bind(id, order, bound, record, now).await
    }

    async fn claim_order(&self, order: &OrderRef, lease_until: Moment, now: Moment) -> Stored<OrderClaim> {
        self.claim(order, lease_until, now).await
    }

    async fn mark_sent(&self, order: &OrderRef, sent_to: &str) -> Stored<bool> {
        self.mark(order, sent_to).await
    }

    async fn settle_order(&self, order: &OrderRef, outcome: Delivered, record: Option<&AuditRecord>) -> Stored<()> {
        self.settle(order, outcome, record).await
    }

    async fn release_order(&self, order: &OrderRef) -> Stored<()> {
        self.release(order).await
    }

    async fn keep_long_issue(&self, owner: &Owner, issue: &LongIssue) -> Stored<()> {
        self.keep_long(owner, issue).await
    }

    async fn sends(&self, key: &str) -> Stored<Sends> {
        self.read_sends(key).await
    }

    async fn put_sends(&self, key: &str, sends: &Sends) -> Stored<bool> {
        self.replace_sends(key, sends).await
    }

    async fn spend(&self, day: &str, key: &str, amount: Money, cap: Money) -> Stored<bool> {
        self.reserve(day, key, amount, cap).await
    }

    async fn refund(&self, day: &str, key: &str, amount: Money) -> Stored<()> {
        self.give_back(day, key, amount).await
    }

    async fn challenge_count(&self, account: &AccountId) -> Stored<ChallengeCount> {
        self.read_challenge_count(account).await
    }

    async fn put_challenge_count(&self, account: &AccountId, count: &ChallengeCount) -> Stored<bool> {
        self.replace_challenge_count(account, count).await
    }

    async fn begin_challenge(
        &self,
        challenge: &Challenge,
        count: &ChallengeCount,
        answered: Option<Answered<'_>>,
    ) -> Stored<bool> {
        self.begin_counted(challenge, count, answered).await
    }

    async fn challenge(&self, id: &ChallengeId) -> Stored<Option<Challenge>> {
        self.read_challenge(id).await
    }

    async fn charge_challenge(
        &self,
        id: &ChallengeId,
        account: &AccountId,
        tries: u32,
        now: Moment,
    ) -> Stored<Option<Challenge>> {
        self.charge_guess(id, account, tries, now).await
    }

    async fn notice(&self, day: &str, id: &NoticeId) -> Stored<Option<NoticeOrder>> {
        self.read_notice(day, id).await
    }

    async fn pending_notices(&self, day: &str, first: &NoticeId, limit: usize) -> Stored<Vec<NoticeOrder>> {
        self.read_pending(day, first, limit).await
    }

    async fn put_notice(&self, notice: &NoticeOrder) -> Stored<()> {
        self.note(notice).await
    }

    async fn claim_key(&self, claim: &Claim, now: Moment) -> Stored<Claimed> {
        self.claim_idempotency(claim, now).await
    }

    async fn keep_answer(&self, claim: &Claim, facts: &Facts, now: Moment) -> Stored<()> {
        self.keep_facts(claim, facts, now).await
    }

    async fn release_key(&self, claim: &Claim) -> Stored<()> {
        self.release_idempotency(claim).await
    }
}
