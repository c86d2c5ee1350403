//! The table and the store in memory, compared on random sequences of the port's verbs.
//!
//! The contract tests each verb by itself. Here verbs follow each other in any order, with values that were read some
//! time ago, on two accounts and a few resets. Both stores must return the same and store the same.

mod read;
mod verb;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};
use shared::account::{Account, Owner};
use shared::limits::conversion::{CodeJob, ConversionLog, SentCode};
use shared::limits::guesses::{Budget, GuessLog};
use shared::limits::lockout::Lockout;
use shared::limits::messages::SendLog;
use shared::limits::source::SourceLimit;
use shared::money::Money;
use shared::policy::Limit;
use shared::ports::idempotency::{KeyReservation, KeyedResponse, StoredResponse};
use shared::ports::store::{AccountChange, Accounts, DeliveryJob, Link, PasswordChange, Proof, Store, Stored};
use shared::random::NoticeId;
use shared::records::audit::AuditRecord;
use shared::records::notice::NoticeOrder;
use shared::reset::{Delivered, DropReason, IssuedLongCode, Reset, Stage};
use shared::testing::samples::{START, names, password_hash};
use shared::testing::{MemoryStore, Samples};
use shared::time::{DAY, HOUR, Moment};

use super::engine::Engine;
use verb::{Verb, What, verbs};

/// How many sequences are drawn, the same in every run.
const CASES: u32 = 48;
/// Most verbs of one sequence.
const VERBS: usize = 60;
/// The failures that were found before.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/store/model-regressions.txt");
/// The names of the two accounts.
const NAMES: [&str; 2] = ["adele@contoso.example", "megan@contoso.example"];
const BUDGET: Budget = Budget { per_day: 2, per_30_days: 3 };
const LEASE_SECONDS: u64 = 30;

/// What the verbs are about, and everything that was read.
struct World {
    samples: Samples,
    now: Moment,
    /// What was read of each account and each reset, oldest first.
    accounts: [Vec<Account>; 2],
    resets: Vec<Vec<Reset>>,
    sends: Vec<SendLog>,
    logs: Vec<ConversionLog>,
    lockouts: Vec<Lockout>,
    long_codes: Vec<IssuedLongCode>,
    notices: Vec<NoticeOrder>,
    drawn: Drawn,
}

/// New values for the next verb, the same for both stores.
struct Drawn {
    reset: Reset,
    passed: Stage,
    granted: Stage,
    record: AuditRecord,
    notice: NoticeOrder,
}

/// The newest of some values but `stale`, or the oldest.
fn seen<T>(values: &[T], stale: usize) -> Option<&T> {
    values.get(values.len().saturating_sub(1 + stale))
}

fn owner(account: &Account) -> Owner {
    Owner::Account(account.id.clone())
}

/// What a verb returned. Why a store is unavailable is its own affair.
fn told<T: Debug>(result: &Stored<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(_) => "unavailable".to_owned(),
    }
}

impl World {
    fn new(samples: Samples, accounts: [Account; 2]) -> Self {
        let drawn = Drawn::new(&samples, &accounts[0], NAMES[0], START);
        Self {
            samples,
            now: START,
            accounts: accounts.map(|account| vec![account]),
            resets: Vec::new(),
            sends: vec![SendLog::default()],
            logs: vec![ConversionLog::default()],
            lockouts: vec![Lockout::default()],
            long_codes: Vec::new(),
            notices: Vec::new(),
            drawn,
        }
    }

    fn draw(&mut self, verb: Verb) {
        self.now = Moment::from_millis(self.now.millis() + verb.step);
        let account = &self.accounts[verb.account][0];
        self.drawn = Drawn::new(&self.samples, account, NAMES[verb.account], self.now);
    }

    /// A reset as it was read, counted from the newest.
    fn reset(&self, verb: Verb) -> Option<&Reset> {
        let count = self.resets.len();
        seen(self.resets.get(count.checked_sub(1 + verb.reset % count.max(1))?)?, verb.stale)
    }

    /// The long code of the reset, or of the first one.
    fn long_code(&self, verb: Verb) -> Option<&IssuedLongCode> {
        let count = self.long_codes.len();
        let of_reset = count.checked_sub(1 + verb.reset % count.max(1))?;
        self.long_codes.get(if verb.form == 5 { 0 } else { of_reset })
    }

    fn account(&self, verb: Verb) -> &Account {
        seen(&self.accounts[verb.account], verb.stale).unwrap()
    }

    /// A job, of the newest order that was read or of an older one.
    fn job(&self, verb: Verb) -> Option<DeliveryJob> {
        match (verb.form, self.notices.last()) {
            (5, Some(notice)) => Some(DeliveryJob::notice(notice)),
            _ => self.reset(verb).map(|reset| DeliveryJob::Code(reset.id.clone(), reset.issued.order)),
        }
    }

    fn guess_log(&self, verb: Verb) -> GuessLog {
        let owner = owner(self.account(verb));
        match verb.form {
            0 => GuessLog::Registration(owner),
            1 => GuessLog::Decoy("1.nobody".to_owned()),
            _ => GuessLog::Account(owner),
        }
    }

    fn reservation(&self, verb: Verb) -> KeyReservation {
        let text = |text: &str, number: usize| format!("{text} {number}");
        KeyReservation {
            row: text("row", verb.account),
            fingerprint: text("fingerprint", verb.form % 2),
            nonce: text("nonce", verb.form),
        }
    }

    /// Does one verb, and tells what it returned.
    async fn apply(&self, store: &impl Store, verb: Verb) -> Option<String> {
        let (now, record) = (self.now, &self.drawn.record);
        let account = self.account(verb);
        let reservation = self.reservation(verb);
        let response = StoredResponse::of(&verb.form);
        Some(match verb.what {
            What::Begin => {
                let limit = Limit { count: 2, seconds: 600 };
                let limits = [SourceLimit { key: format!("1.source {}", verb.account), limit }];
                let answered = (verb.form == 0).then_some(KeyedResponse { reservation: &reservation, response, now });
                told(&store.begin_reset(&self.drawn.reset, &limits, answered, now).await)
            }
            What::ReadReset => told(&store.reset(&self.reset(verb)?.id).await),
            What::ReadResetAndPolicy => told(&store.reset_and_policy(&self.reset(verb)?.id).await),
            What::Reissue => {
                let reset = self.reset(verb)?;
                told(&store.reissue(reset, &self.samples_issued(reset)).await)
            }
            What::Link => {
                let reset = self.reset(verb)?;
                let (snapshot, to) = (self.samples.snapshot(account), format!("1.to {}", verb.form));
                let (reset, order, sent_to) = (&reset.id, reset.issued.order, (verb.form > 2).then_some(to.as_str()));
                told(&store.link_account(&Link { reset, order, snapshot: &snapshot, sent_to, now }).await)
            }
            What::CountRequest => told(&store.count_request(&self.reset(verb)?.id, now).await),
            What::ChargeReset => told(&store.charge_reset(&self.reset(verb)?.id, now).await),
            What::Prove => told(&store.prove(&self.proof(verb)?).await),
            What::StoreLongCode => told(&store.store_long_code(&owner(account), self.long_code(verb)?).await),
            What::ProveLong => {
                let long = self.long_code(verb)?;
                told(&store.prove_long(&self.proof(verb)?, &owner(account), long).await)
            }
            What::Lease => told(&store.lease_job(&self.job(verb)?, now.plus(LEASE_SECONDS), now).await),
            What::Record => told(&store.record(record).await),
            What::ReadLogs => told(&store.message_logs(&["none", "row"], Some("1.range")).await),
            What::ReadAccountAndGuessLog => told(&store.account_and_guess_log(&account.id).await),
            What::CompleteJob => {
                let outcome = match verb.form % 3 {
                    0 => Delivered::Sent,
                    1 => Delivered::Unknown,
                    _ => Delivered::Dropped(DropReason::Refused),
                };
                told(&store.complete_job(&self.job(verb)?, outcome, (verb.form > 1).then_some(record)).await)
            }
            What::ReleaseJob => told(&store.release_job(&self.job(verb)?).await),
            What::SpendAttempt => {
                let began = self.reset(verb).map_or(now, |reset| reset.began_at);
                told(&store.spend_attempt(&self.guess_log(verb), began, BUDGET, now).await)
            }
            What::Trim => told(&store.trim_attempts(&self.guess_log(verb), verb.form % 3).await),
            What::NoteBlocked => told(&store.note_blocked(&self.guess_log(verb), record).await),
            What::PutSends => {
                let log = seen(&self.sends, verb.stale)?;
                let message = self.samples.sent(&format!("order {}", verb.form), now);
                let counted = [vec![message], log.counted.clone()].concat();
                told(&store.put_sends("row", &SendLog { counted, version: log.version }).await)
            }
            What::CountCode => {
                let code = self.codes().into_iter().nth(verb.form)?;
                told(&store.put_conversion_log("1.range", &seen(&self.logs, verb.stale)?.with(code), now).await)
            }
            What::LookUpCodes => told(&store.used_codes(&self.codes()).await),
            What::Spend => {
                let (amount, cap) = (Money::from_micros(20_000), Money::from_micros(50_000));
                told(&store.spend(now.day(), "resets", amount, cap).await)
            }
            What::Refund => told(&store.refund(now.day(), "resets", Money::from_micros(20_000)).await),
            What::PutLockout => {
                let lockout = Lockout { wrong: 1, ..seen(&self.lockouts, verb.stale)?.clone() };
                told(&store.put_lockout(&owner(account), &lockout).await)
            }
            What::ReadAccount => told(&store.account(&account.id).await),
            What::ChangeAccount => {
                let changed = Account { enabled: verb.form.is_multiple_of(2), ..account.clone() };
                let names = names(NAMES[verb.account]);
                let change = AccountChange {
                    revoked_before: (verb.form > 3).then_some(now),
                    notices: std::slice::from_ref(&self.drawn.notice),
                    records: std::slice::from_ref(record),
                    ..AccountChange::new(&changed, &names)
                };
                told(&store.change_account(&change).await)
            }
            What::Unblock => told(&store.unblock(&owner(account), &self.drawn.notice, record).await),
            What::ChargePassword => {
                let reset = self.reset(verb)?;
                let Stage::Granted(grant) = &reset.stage else { return None };
                told(&store.charge_password(reset, &grant.seed, now).await)
            }
            What::SetPassword => {
                let reset = self.reset(verb)?;
                let Stage::Granted(grant) = &reset.stage else { return None };
                let change = PasswordChange {
                    reset,
                    grant: &grant.seed,
                    account: &account.id,
                    version: account.version,
                    password: &password_hash(7),
                    notices: std::slice::from_ref(&self.drawn.notice),
                    record,
                    now,
                    answered: (verb.form == 0).then_some(KeyedResponse { reservation: &reservation, response, now }),
                };
                told(&store.set_password(&change).await)
            }
            What::PutNotice => {
                let notice = NoticeOrder { done: vec![format!("1.{}", verb.form)], ..self.notices.last()?.clone() };
                told(&store.put_notice(&notice).await)
            }
            What::ReserveKey => told(&store.reserve_key(&reservation, now).await),
            What::StoreResponse => told(&store.store_response(&reservation, &response, now).await),
            What::ReleaseKey => told(&store.release_key(&reservation).await),
        })
    }

    /// A code of each reset to each destination that may have been proved.
    fn codes(&self) -> Vec<SentCode> {
        let of = |reset: &Reset, destination: &str| SentCode {
            destination: destination.to_owned(),
            job: CodeJob::Reset(reset.id.clone(), reset.issued.order),
            at: self.now,
            used: false,
        };
        let resets = self.resets.iter().map(|read| &read[0]);
        resets.flat_map(|reset| ["1.phone", "1.address"].map(|destination| of(reset, destination))).collect()
    }

    /// The next code of a reset. It is drawn from the new reset's code, so that both stores get the same.
    fn samples_issued(&self, reset: &Reset) -> shared::reset::IssuedCode {
        let drawn = &self.drawn.reset.issued;
        shared::reset::IssuedCode { order: reset.issued.order + 1, ..drawn.clone() }
    }

    fn proof(&self, verb: Verb) -> Option<Proof<'_>> {
        let next = if verb.form == 0 { &self.drawn.passed } else { &self.drawn.granted };
        let (reset, record) = (self.reset(verb)?, &self.drawn.record);
        Some(Proof { reset, next: next.clone(), now: self.now, record, answered: None })
    }
}

impl Drawn {
    fn new(samples: &Samples, account: &Account, name: &str, now: Moment) -> Self {
        Self {
            reset: samples.reset(name, now),
            passed: samples.passed(),
            granted: Stage::Granted(samples.grant()),
            record: samples.record(now),
            notice: samples.notice(&account.id, now),
        }
    }
}

/// Runs a sequence on both stores. Returns the name of each verb with the first word of what it returned.
async fn run(verbs: &[Verb]) -> Vec<(String, String)> {
    let mut happened = Vec::new();
    let (engine, memory, samples) = (Engine::start().await, MemoryStore::new(), Samples::default());
    let table = engine.store();
    let accounts = NAMES.map(|name| samples.account(name));
    for (account, name) in accounts.iter().zip(NAMES) {
        let names = names(name);
        let record = samples.record(START);
        let made = table.create_account(account, &names, std::slice::from_ref(&record)).await;
        assert_eq!(told(&made), told(&memory.create_account(account, &names, &[record]).await));
    }
    let mut world = World::new(samples, accounts);
    for (number, verb) in verbs.iter().enumerate() {
        world.draw(*verb);
        let returned = world.apply(&table, *verb).await;
        let expected = world.apply(&memory, *verb).await;
        assert_eq!(returned, expected, "verb {number}, {verb:?}");
        if let Some(expected) = expected {
            let word = expected.chars().take_while(char::is_ascii_alphanumeric).collect();
            happened.push((format!("{:?}", verb.what), word));
            world.look(&memory, *verb).await;
        }
    }
    for (stored, expected) in world.all(&table).await.into_iter().zip(world.all(&memory).await) {
        assert_eq!(stored, expected, "what is stored in the end");
    }
    happened
}

#[test]
fn sequences_of_verbs_agree_with_the_store_in_memory() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = Config {
        cases: CASES,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..Config::default()
    };
    let happened = RefCell::new(BTreeSet::new());
    let outcome = TestRunner::new(config).run(&verbs(1..=VERBS), |verbs| {
        happened.borrow_mut().extend(runtime.block_on(run(&verbs)));
        Ok(())
    });
    if let Err(failed) = outcome {
        panic!("{failed}");
    }
    // Sequences in which every write is refused would agree with any store.
    for (verb, word) in [
        ("Reissue", "true"),
        ("Reissue", "false"),
        ("Link", "true"),
        ("Prove", "true"),
        ("Prove", "false"),
        ("ProveLong", "true"),
        ("SetPassword", "Set"),
        ("SetPassword", "TokenDead"),
        ("CountCode", "true"),
        ("CountCode", "false"),
        ("SpendAttempt", "Some"),
        ("SpendAttempt", "None"),
        ("Spend", "false"),
    ] {
        let wanted = (verb.to_owned(), word.to_owned());
        assert!(happened.borrow().contains(&wanted), "{wanted:?} is not among {:?}", happened.borrow());
    }
}
