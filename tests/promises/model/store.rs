//! A store in memory in which one call of an operation can go wrong, or something else can happen before it.

use std::future::Future;
use std::sync::{Arc, Mutex};

use shared::account::search::{IndexEntry, IndexRange};
use shared::account::{Account, Owner};
use shared::credentials::key::Digests;
use shared::credentials::password::PasswordHash;
use shared::credentials::questions::{Draw, QuestionSet};
use shared::limits::conversion::{ConversionLog, SentCode};
use shared::limits::guesses::{Budget, GuessLog, GuessLogState};
use shared::limits::lockout::Lockout;
use shared::limits::messages::SendLog;
use shared::limits::source::SourceLimit;
use shared::money::Money;
use shared::policy::Policy;
use shared::ports::idempotency::{KeyReservation, KeyedResponse, Reservation, StoredResponse};
use shared::ports::store::{
    AccountChange, AccountPage, Accounts, BeginOutcome, Deliveries, DeliveryJob, Idempotency, IssuedLongCodes, Lease,
    Limits, Link, NewAccount, PasswordChange, PasswordSet, Proof, Registrations, RequestCount, Resets, Settings,
    Stored, StoredPolicy, WriteOutcome,
};
use shared::random::{AccountId, ChallengeId, NoticeId, ResetId, Seed};
use shared::records::audit::{AuditMark, AuditRecord};
use shared::records::notice::NoticeOrder;
use shared::reset::challenge::Challenge;
use shared::reset::{Delivered, IssuedCode, IssuedLongCode, Reset};
use shared::testing::MemoryStore;
use shared::time::{Date, Moment};
use shared::unavailable::Unavailable;

/// What happens at one call to the store.
pub(super) enum Incident {
    /// The request is lost: nothing is written.
    RequestLost,
    /// The call takes effect, and its response is lost.
    ResponseLost,
    /// The process dies before the call.
    Crash,
    /// Another operation runs, from its beginning to its end.
    Meanwhile(Box<dyn FnOnce() + Send>),
}

/// The store of one operation. It counts calls, and lets an incident happen at one of them.
#[derive(Clone)]
pub(super) struct IncidentStore {
    inner: Arc<MemoryStore>,
    plan: Arc<Mutex<Plan>>,
}

struct Plan {
    calls: usize,
    /// The call, counted from 0, and what happens there.
    incident: Option<(usize, Incident)>,
}

impl IncidentStore {
    pub(super) fn new(inner: Arc<MemoryStore>, incident: Option<(usize, Incident)>) -> Self {
        Self { inner, plan: Arc::new(Mutex::new(Plan { calls: 0, incident })) }
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> usize {
        self.plan.lock().unwrap().calls
    }

    async fn call<T>(&self, call: impl Future<Output = Stored<T>>) -> Stored<T> {
        const LOST: Unavailable = Unavailable::plain("lost");
        let incident = {
            let plan = &mut *self.plan.lock().unwrap();
            plan.calls += 1;
            plan.incident.take_if(|(at, _)| *at + 1 == plan.calls).map(|(_, incident)| incident)
        };
        match incident {
            None => call.await,
            Some(Incident::RequestLost) => Err(LOST),
            Some(Incident::ResponseLost) => call.await.and(Err(LOST)),
            Some(Incident::Crash) => std::future::pending().await,
            Some(Incident::Meanwhile(other)) => {
                other();
                call.await
            }
        }
    }
}

/// Passes the verbs of the port on, each through [`IncidentStore::call`].
macro_rules! pass_on {
    ($port:ident: $($verb:ident($($name:ident: $of:ty),*) -> $returned:ty;)+) => {
        impl $port for IncidentStore {
            $(async fn $verb(&self, $($name: $of),*) -> Stored<$returned> {
                self.call(self.inner.$verb($($name),*)).await
            })+
        }
    };
}

pass_on! { Resets:
    begin_reset(reset: &Reset, limits: &[SourceLimit], answered: Option<KeyedResponse<'_>>, now: Moment) -> BeginOutcome;
    reset(id: &ResetId) -> Option<Reset>;
    reset_and_policy(id: &ResetId) -> (Option<Reset>, StoredPolicy);
    reissue(seen: &Reset, issued: &IssuedCode) -> bool;
    count_request(id: &ResetId, now: Moment) -> RequestCount;
    charge_reset(id: &ResetId, now: Moment) -> RequestCount;
    prove(proof: &Proof<'_>) -> bool;
    prove_answers(proof: &Proof<'_>) -> bool;
    prove_long(proof: &Proof<'_>, owner: &Owner, issued: &IssuedLongCode) -> bool;
    issued_long_codes(owner: &Owner) -> IssuedLongCodes;
    store_long_code(owner: &Owner, issued: &IssuedLongCode) -> ();
}

pass_on! { Deliveries:
    lease_job(job: &DeliveryJob, lease_until: Moment, now: Moment) -> Lease;
    link_account(link: &Link<'_>) -> bool;
    complete_job(job: &DeliveryJob, outcome: Delivered, record: Option<&AuditRecord>) -> ();
    release_job(job: &DeliveryJob) -> ();
    pending_notices(day: Date, first: &NoticeId, limit: usize) -> Vec<NoticeOrder>;
    order_confirmation(entry: &IndexEntry, order: &NoticeOrder) -> bool;
    put_notice(notice: &NoticeOrder) -> ();
}

pass_on! { Limits:
    spend_attempt(guess_log: &GuessLog, began_at: Moment, budget: Budget, now: Moment) -> Option<GuessLogState>;
    note_blocked(guess_log: &GuessLog, record: &AuditRecord) -> ();
    trim_attempts(guess_log: &GuessLog, keep: usize) -> ();
    guess_log(guess_log: &GuessLog) -> GuessLogState;
    message_logs(keys: &[&str], range: Option<&str>) -> (Vec<SendLog>, ConversionLog);
    sends(key: &str) -> SendLog;
    put_sends(key: &str, sends: &SendLog) -> bool;
    conversion_log(range: &str) -> ConversionLog;
    put_conversion_log(range: &str, log: &ConversionLog, now: Moment) -> bool;
    used_codes(codes: &[SentCode]) -> Vec<SentCode>;
    spend(day: Date, key: &str, amount: Money, cap: Money) -> bool;
    refund(day: Date, key: &str, amount: Money) -> ();
    count_source(limits: &[SourceLimit], now: Moment) -> Result<(), Moment>;
    lockout(owner: &Owner) -> Lockout;
    put_lockout(owner: &Owner, state: &Lockout) -> bool;
}

pass_on! { Accounts:
    account_by_name(names: &Digests) -> Option<AccountId>;
    account(id: &AccountId) -> Option<Account>;
    account_and_guess_log(id: &AccountId) -> Option<(Account, GuessLogState)>;
    accounts(range: &IndexRange, after: Option<&str>, limit: usize) -> AccountPage;
    administrators(limit: usize) -> Vec<AccountId>;
    create_account(account: &Account, names: &Digests, records: &[AuditRecord]) -> WriteOutcome;
    create_accounts(accounts: &[NewAccount]) -> bool;
    change_account(change: &AccountChange<'_>) -> WriteOutcome;
    upgrade_password(id: &AccountId, version: u64, password: &PasswordHash) -> bool;
    delete_account(account: &Account, names: &Digests, record: &AuditRecord, now: Moment) -> WriteOutcome;
    unblock(owner: &Owner, notice: &NoticeOrder, record: &AuditRecord) -> ();
    charge_password(reset: &Reset, grant: &Seed, now: Moment) -> bool;
    set_password(change: &PasswordChange<'_>) -> PasswordSet;
}

pass_on! { Registrations:
    begin_challenge(challenge: &Challenge, log: &SendLog, answered: Option<KeyedResponse<'_>>) -> bool;
    challenge(id: &ChallengeId) -> Option<Challenge>;
    charge_challenge(id: &ChallengeId, account: &AccountId, tries: u32, now: Moment) -> Option<Challenge>;
    questions(account: &AccountId) -> Option<QuestionSet>;
    put_draw(account: &AccountId, version: u64, draw: &Draw) -> bool;
}

pass_on! { Settings:
    policy() -> StoredPolicy;
    put_policy(policy: &Policy) -> ();
    change_policy(policy: &Policy, version: u64, record: &AuditRecord) -> bool;
    record(record: &AuditRecord) -> ();
    audit(day: Date, before: Option<&AuditMark>, limit: usize) -> Vec<AuditRecord>;
}

pass_on! { Idempotency:
    reserve_key(reservation: &KeyReservation, now: Moment) -> Reservation;
    store_response(reservation: &KeyReservation, response: &StoredResponse, now: Moment) -> ();
    release_key(reservation: &KeyReservation) -> ();
}
