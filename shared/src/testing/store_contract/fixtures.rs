//! Fixtures that most cases begin with.

use crate::account::{Account, AccountSnapshot, Destination, Owner};
use crate::credentials::key::Digests;
use crate::credentials::password::PasswordHash;
use crate::limits::guesses::{Budget, GuessLog, GuessLogState};
use crate::limits::lockout::Lockout;
use crate::ports::store::{
    AccountChange, BeginOutcome, DeliveryJob, Lease, Leased, Link, PasswordChange, Proof, Store, WriteOutcome,
};
use crate::random::{AccountId, NoticeId, ResetId, Seed};
use crate::records::audit::AuditRecord;
use crate::records::notice::NoticeOrder;
use crate::reset::{Grant, Reset, Stage};
use crate::testing::samples::{START, Samples, names};
use crate::time::{Date, Moment};

/// The name that most cases are about.
pub(super) const ADELE: &str = "adele@contoso.example";
/// The name of somebody else.
pub(super) const MEGAN: &str = "megan@contoso.example";
/// A budget that no case reaches by accident.
pub(super) const WIDE: Budget = Budget { per_day: 100, per_30_days: 100 };

/// The moment that is so many milliseconds later or, if negative, earlier.
pub(super) fn shifted(moment: Moment, milliseconds: i64) -> Moment {
    Moment::from_millis(moment.millis().checked_add_signed(milliseconds).unwrap())
}

/// Stores a reset without any source limits.
pub(super) async fn begin(store: &impl Store, reset: &Reset) {
    assert_eq!(store.begin_reset(reset, &[], None, reset.began_at).await.unwrap(), BeginOutcome::Begun);
}

/// Begins a reset of [`ADELE`]'s name.
pub(super) async fn begun(store: &impl Store, samples: &Samples, now: Moment) -> Reset {
    let reset = samples.reset(ADELE, now);
    begin(store, &reset).await;
    reset
}

/// Reads a reset that must exist.
pub(super) async fn read(store: &impl Store, reset: &Reset) -> Reset {
    store.reset(&reset.id).await.unwrap().unwrap()
}

/// Tries to prove a reset as it was read.
pub(super) async fn prove(store: &impl Store, samples: &Samples, reset: &Reset, next: Stage, now: Moment) -> bool {
    store.prove(&Proof { reset, next, now, record: &samples.record(now), answered: None }).await.unwrap()
}

/// Proves a reset as it is now, and reads it again.
pub(super) async fn proved(store: &impl Store, samples: &Samples, reset: &Reset, next: Stage, now: Moment) -> Reset {
    let reset = read(store, reset).await;
    assert!(prove(store, samples, &reset, next, now).await, "the proof is accepted");
    read(store, &reset).await
}

/// Stores a new account and reads it back.
pub(super) async fn created(store: &impl Store, account: Account) -> Account {
    let names = names(account.user_name.canonical());
    assert_eq!(store.create_account(&account, &names, &[]).await.unwrap(), WriteOutcome::Written);
    store.account(&account.id).await.unwrap().unwrap()
}

/// Writes an account and nothing else, and reads it back with its version incremented.
pub(super) async fn change(store: &impl Store, account: &Account, revoked_before: Option<Moment>) -> Account {
    let names = names(account.user_name.canonical());
    let change = AccountChange { revoked_before, ..AccountChange::new(account, &names) };
    assert_eq!(store.change_account(&change).await.unwrap(), WriteOutcome::Written);
    store.account(&account.id).await.unwrap().unwrap()
}

/// The guess log of an account.
pub(super) fn guess_log_of(account: &Account) -> GuessLog {
    GuessLog::Account(owner_of(account))
}

/// The owner of an account's rows.
pub(super) fn owner_of(account: &Account) -> Owner {
    Owner::Account(account.id.clone())
}

/// Whether a sign-in lock is empty, whatever its version.
pub(super) fn is_clear(row: &Lockout) -> bool {
    *row == Lockout { version: row.version, ..Lockout::default() }
}

/// How a destination is written, including what equality ignores: a phone's extension, an address's case.
pub(super) fn spelling(destination: &Destination) -> String {
    match destination {
        Destination::Phone(phone) => phone.written(),
        Destination::Email(address) => address.as_str().to_owned(),
    }
}

/// An account, its granted reset, and everything else that setting its password needs.
pub(super) struct Granted {
    pub(super) account: Account,
    pub(super) reset: Reset,
    pub(super) grant: Seed,
    pub(super) notice: NoticeOrder,
    pub(super) record: AuditRecord,
}

/// Everything that setting a password may change.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    pub(super) account: Option<Account>,
    pub(super) reset: Reset,
    pub(super) guess_log: GuessLogState,
    pub(super) lockout: Lockout,
    pub(super) notices: Vec<NoticeOrder>,
    pub(super) records: Vec<AuditRecord>,
}

impl Granted {
    /// A new account and its granted reset.
    pub(super) async fn new(store: &impl Store, samples: &Samples, now: Moment) -> Self {
        let account = created(store, samples.account(ADELE)).await;
        Self::again(store, samples, account, now).await
    }

    /// One more granted reset of an account.
    pub(super) async fn again(store: &impl Store, samples: &Samples, account: Account, now: Moment) -> Self {
        let grant: Grant = samples.grant();
        let seed = grant.seed.clone();
        let reset = begun(store, samples, now).await;
        let reset = proved(store, samples, &reset, Stage::Granted(grant), now).await;
        let notice = samples.notice(&account.id, now);
        Self { account, reset, grant: seed, notice, record: samples.record(now) }
    }

    /// The change that sets `password` at `now`.
    pub(super) fn change<'a>(&'a self, password: &'a PasswordHash, now: Moment) -> PasswordChange<'a> {
        PasswordChange {
            reset: &self.reset,
            grant: &self.grant,
            account: &self.account.id,
            version: self.account.version,
            password,
            notices: std::slice::from_ref(&self.notice),
            record: &self.record,
            now,
            answered: None,
        }
    }

    /// The current state of everything that the change may touch.
    pub(super) async fn snapshot(&self, store: &impl Store) -> Snapshot {
        Snapshot {
            account: store.account(&self.account.id).await.unwrap(),
            reset: read(store, &self.reset).await,
            guess_log: store.guess_log(&guess_log_of(&self.account)).await.unwrap(),
            lockout: store.lockout(&owner_of(&self.account)).await.unwrap(),
            notices: pending(store, self.notice.day()).await,
            records: store.audit(self.record.day(), None, 100).await.unwrap(),
        }
    }
}

/// The notices of a day that are not finished.
pub(super) async fn pending(store: &impl Store, day: Date) -> Vec<NoticeOrder> {
    let any = NoticeId::parse(&"A".repeat(NoticeId::LENGTH)).unwrap();
    store.pending_notices(day, &any, 100).await.unwrap()
}

/// A notice of a day that is not finished.
pub(super) async fn noticed(store: &impl Store, order: &NoticeOrder) -> Option<NoticeOrder> {
    pending(store, order.day()).await.into_iter().find(|notice| notice.id == order.id)
}

/// Leases a job for half a minute. Returns what it is about; `None` if it was not leased.
pub(super) async fn take(store: &impl Store, job: &DeliveryJob, now: Moment) -> Option<Leased> {
    match store.lease_job(job, now.plus(30), now).await.unwrap() {
        Lease::Taken(leased) => Some(leased),
        Lease::Held | Lease::Completed => None,
    }
}

/// Links the n-th order of a reset to an account, for a code that is not sent.
pub(super) async fn link(
    store: &impl Store,
    reset: &ResetId,
    order: u32,
    snapshot: &AccountSnapshot,
    now: Moment,
) -> bool {
    store.link_account(&Link { reset, order, snapshot, sent_to: None, now }).await.unwrap()
}

/// Links a reset to [`ADELE`]'s account, and marks that the code of its n-th order goes to a destination.
pub(super) async fn mark(store: &impl Store, reset: &Reset, order: u32, sent_to: &str) -> bool {
    let snapshot = &adeles();
    let link = Link { reset: &reset.id, order, snapshot, sent_to: Some(sent_to), now: START };
    store.link_account(&link).await.unwrap()
}

/// What a reset knows of [`ADELE`]'s account once its code is marked.
pub(super) fn adeles() -> AccountSnapshot {
    let samples = Samples::default();
    samples.snapshot(&samples.full_account(ADELE))
}

/// The digests of [`ADELE`]'s name.
pub(super) fn adele() -> Digests {
    names(ADELE)
}

/// The audit records of the day on which most cases take place, newest first.
pub(super) async fn audited(store: &impl Store) -> Vec<AuditRecord> {
    store.audit(START.day(), None, 1000).await.unwrap()
}

/// The account that has a name.
pub(super) async fn found(store: &impl Store, name: &str) -> Option<AccountId> {
    store.account_by_name(&names(name)).await.unwrap()
}

/// Charges a guess to a reset that has room in its window; `None` if there is no live reset.
pub(super) async fn charge(store: &impl Store, id: &ResetId, now: Moment) -> Option<Reset> {
    store.charge_reset(id, now).await.unwrap().reset(now).unwrap()
}
