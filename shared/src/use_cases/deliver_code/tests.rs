//! Jobs with a lost provider response, with a used code, and among a crowd of notices.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use super::*;
use crate::account::{Account, Owner, Slot};
use crate::credentials::key::Keyring;
use crate::money::Money;
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::ports::messenger::{Dispatch, Outgoing, SessionsRevoked};
use crate::ports::store::{Accounts, BeginOutcome, Limits, Proof, Resets, Settings, WriteOutcome};
use crate::records::audit::Activity;
use crate::records::notice::NoticeOrder;
use crate::reset::{CodeRequest, IssuedCode, Reset};
use crate::testing::samples::{START, name_keys, names, phone, sender};
use crate::testing::{CountingRandom, FixedClock, MemoryStore, Samples, block_on};
use crate::time::{Clock, HOUR};

const ADELE: &str = "adele@contoso.example";

/// Takes every message and event, or answers with the results that a test queued.
#[derive(Default)]
struct Taking {
    messages: Mutex<VecDeque<Dispatch>>,
    answers: Mutex<VecDeque<Dispatch>>,
    events: Mutex<Vec<SessionsRevoked>>,
    sent: Mutex<Vec<(String, String)>>,
}

impl Messenger for Taking {
    async fn send(&self, message: &Outgoing) -> Dispatch {
        self.sent.lock().unwrap().push((message.destination.identity(), message.order.clone()));
        self.messages.lock().unwrap().pop_front().unwrap_or(Dispatch::Sent)
    }

    async fn publish(&self, event: &SessionsRevoked) -> Dispatch {
        self.events.lock().unwrap().push(event.clone());
        self.answers.lock().unwrap().pop_front().unwrap_or(Dispatch::Sent)
    }
}

impl Taking {
    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|(to, _)| to.clone()).collect()
    }

    fn events(&self) -> usize {
        self.events.lock().unwrap().len()
    }
}

/// The use case with keys of its own.
pub(super) fn app<M>(context: Context<MemoryStore>, messenger: M) -> DeliverCode<MemoryStore, M> {
    let keys = || Keyring::new([(1, (0..32).collect::<Vec<u8>>())]).unwrap();
    DeliverCode {
        context,
        messenger,
        names: name_keys(&[1]),
        phones: PhoneKeys(keys()),
        codes: CodeKeys(keys()),
        sender: sender(),
    }
}

struct Fixture {
    app: DeliverCode<MemoryStore, Taking>,
    clock: Arc<FixedClock>,
    samples: Samples,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::new(START));
        let context = Context::new(MemoryStore::new(), clock.clone(), Arc::new(CountingRandom::new(7)));
        let app = app(context, Taking::default());
        Self { app, clock, samples: Samples::default() }
    }

    fn store(&self) -> &MemoryStore {
        &self.app.context.store
    }

    /// Creates Adele's account with the phone and the address of the samples.
    async fn adele(&self) -> Account {
        let account = self.samples.account(ADELE);
        assert_eq!(self.store().create_account(&account, &names(ADELE), &[]).await.unwrap(), WriteOutcome::Written);
        account
    }

    /// Creates a notice's job the way every notice is ordered: together with another write.
    async fn job(&self, notice: &NoticeOrder) -> DeliveryJob {
        let owner = Owner::Account(notice.account.clone());
        self.store().unblock(&owner, notice, &self.samples.record(notice.at)).await.unwrap();
        DeliveryJob::notice(notice)
    }

    async fn deliver(&self, job: &DeliveryJob) -> JobOutcome {
        self.app.attempt(job).await.unwrap()
    }

    /// Begins Adele's reset by SMS.
    async fn begun(&self) -> Reset {
        let claimed_phone = Some(self.app.phones.phone(&phone("+1 4255550100")));
        let request = CodeRequest { method: CodeMethod::MobileSms, claimed_phone };
        let random = &self.samples.random;
        let reset = Reset::begin(names(ADELE), "a network".to_owned(), request, &Policy::default(), 1, START, random);
        assert_eq!(self.store().begin_reset(&reset, &[], None, START).await.unwrap(), BeginOutcome::Begun);
        reset
    }
}

#[test]
fn an_event_whose_response_was_lost_goes_out_again_and_nobody_is_notified_twice() {
    block_on(async {
        let fixture = Fixture::new();
        let account = fixture.adele().await;
        let job = fixture.job(&fixture.samples.notice(&account.id, START)).await;
        fixture.app.messenger.answers.lock().unwrap().extend([Dispatch::Unknown, Dispatch::TryAgain]);
        for (events, handled) in [(1, JobOutcome::TryAgain), (2, JobOutcome::TryAgain), (3, JobOutcome::Completed)] {
            assert_eq!(fixture.deliver(&job).await, handled);
            assert_eq!(fixture.app.messenger.events(), events);
        }
        assert_eq!(fixture.deliver(&job).await, JobOutcome::Completed);
        assert_eq!(fixture.app.messenger.events(), 3);
        assert_eq!(fixture.app.messenger.sent(), ["+14255550100", "adele@fabrikam.example"]);
    });
}

#[test]
fn a_doubtful_event_is_given_up_with_its_notice() {
    block_on(async {
        let fixture = Fixture::new();
        let account = fixture.adele().await;
        let job = fixture.job(&fixture.samples.notice(&account.id, START)).await;
        fixture.app.messenger.answers.lock().unwrap().extend([Dispatch::Unknown; 9]);
        for hours in [0, 71] {
            fixture.clock.set(START.plus(hours * HOUR));
            assert_eq!(fixture.deliver(&job).await, JobOutcome::TryAgain);
        }
        fixture.clock.set(START.plus(NOTICE_HOURS * HOUR));
        assert_eq!(fixture.deliver(&job).await, JobOutcome::Completed);
        assert_eq!(fixture.app.pending().await.unwrap(), []);
        assert_eq!(fixture.app.messenger.events(), 3);
    });
}

#[test]
fn the_sessions_of_an_account_that_was_deleted_meanwhile_end_all_the_same() {
    block_on(async {
        let fixture = Fixture::new();
        let account = fixture.adele().await;
        let job = fixture.job(&fixture.samples.notice(&account.id, START)).await;
        let (names, record) = (names(ADELE), fixture.samples.record(START));
        let gone = fixture.store().delete_account(&account, &names, &record, START.plus(2)).await;
        assert_eq!(gone.unwrap(), WriteOutcome::Written);
        assert_eq!(fixture.deliver(&job).await, JobOutcome::Completed);
        let event = SessionsRevoked { account: account.id, user_name: ADELE.to_owned(), at: START };
        assert_eq!(*fixture.app.messenger.events.lock().unwrap(), [event]);
        assert_eq!(fixture.app.messenger.sent(), [""; 0], "there is nobody left to tell");
    });
}

#[test]
fn a_refusal_for_good_marks_the_contact() {
    block_on(async {
        for (refusal, why) in [("optedOut", Some("optedOut")), ("suppressed", Some("bounced")), ("blocked", None)] {
            let fixture = Fixture::new();
            let account = fixture.adele().await;
            let reset = fixture.begun().await;
            fixture.app.messenger.messages.lock().unwrap().push_back(Dispatch::Refused(refusal));
            assert_eq!(fixture.deliver(&DeliveryJob::Code(reset.id.clone(), 1)).await, JobOutcome::Completed);
            let stored = fixture.store().account(&account.id).await.unwrap().unwrap();
            let mobile = stored.destination(CodeMethod::MobileSms, &Policy::default(), START);
            assert_eq!(mobile.err().flatten().map(crate::account::Unusable::as_str), why, "{refusal}");
            assert!(stored.destination(CodeMethod::Email, &Policy::default(), START).is_ok());
            let jobs = fixture.app.pending().await.unwrap();
            assert_eq!(jobs.len(), usize::from(why.is_some()), "its owner is told elsewhere");
            for job in jobs {
                assert_eq!(fixture.deliver(&job).await, JobOutcome::Completed);
            }
            let sent = ["+14255550100", "adele@fabrikam.example"];
            assert_eq!(fixture.app.messenger.sent(), sent[..1 + usize::from(why.is_some())], "{refusal}");
            // A further order finds no contact, and the audit says why.
            let records = fixture.store().audit(START.day(), None, 9).await.unwrap();
            assert!(records.iter().any(|record| record.activity == Activity::MessageReported) == why.is_some());
        }
    });
}

#[test]
fn a_notice_that_there_is_no_money_for_waits_for_the_next_day() {
    block_on(async {
        let fixture = Fixture::new();
        // 5 % of 20 % of this cap pays for one text message to her.
        let cap = Money::parse("2.00").unwrap();
        let allowed_countries = vec!["US".to_owned()];
        let methods = vec!["mobileSms".to_owned(), "email".to_owned()];
        let policy = Policy { daily_spend_cap_usd: cap, allowed_countries, methods, ..Policy::default() };
        fixture.store().put_policy(&policy).await.unwrap();
        let mut account = fixture.samples.account(ADELE);
        account.contacts.set(Slot::OtherMails, []);
        fixture.store().create_account(&account, &names(ADELE), &[]).await.unwrap();
        let mut jobs = Vec::new();
        for _ in 0..2 {
            jobs.push(fixture.job(&fixture.samples.notice(&account.id, fixture.clock.now())).await);
            fixture.clock.advance(2 * HOUR);
        }
        assert_eq!(fixture.deliver(&jobs[0]).await, JobOutcome::Completed);
        fixture.clock.advance(2 * HOUR);
        for _ in 0..2 {
            assert_eq!(fixture.deliver(&jobs[1]).await, JobOutcome::Later);
            assert_eq!(fixture.app.messenger.sent(), ["+14255550100"]);
        }
        fixture.clock.set(START.plus(DAY));
        assert_eq!(fixture.deliver(&jobs[1]).await, JobOutcome::Completed);
        assert_eq!(fixture.app.messenger.sent(), ["+14255550100"; 2]);
        assert_eq!(fixture.app.messenger.events(), 2, "and each event once");
    });
}

#[test]
fn a_notice_that_is_folded_is_done() {
    block_on(async {
        let fixture = Fixture::new();
        let mut account = fixture.samples.account(ADELE);
        account.contacts.set(Slot::OtherMails, []);
        fixture.store().create_account(&account, &names(ADELE), &[]).await.unwrap();
        for _ in 0..3 {
            let job = fixture.job(&fixture.samples.notice(&account.id, fixture.clock.now())).await;
            assert_eq!(fixture.deliver(&job).await, JobOutcome::Completed);
        }
        assert_eq!(fixture.app.messenger.sent(), ["+14255550100"]);
        assert_eq!(fixture.app.pending().await.unwrap(), []);
    });
}

/// However many notices of a day cannot be sent, none of the others waits forever.
#[test]
fn every_notice_has_its_turn_in_some_sweep() {
    block_on(async {
        let fixture = Fixture::new();
        let account = fixture.samples.account(ADELE);
        fixture.clock.advance(DAY);
        let mut all = BTreeSet::new();
        for (day, count) in [(START, 130), (START.plus(DAY), 250)] {
            for _ in 0..count {
                let notice = fixture.samples.notice(&account.id, day);
                fixture.job(&notice).await;
                all.insert(notice.id);
            }
        }
        let mut found = BTreeSet::new();
        for _ in 0..30 {
            let pending = fixture.app.pending().await.unwrap();
            let days: Vec<_> = pending
                .iter()
                .map(|job| match job {
                    DeliveryJob::Notice { day, .. } => *day,
                    DeliveryJob::Code(..) | DeliveryJob::Challenge(_) => panic!("{job:?} is no notice"),
                })
                .collect();
            for day in [START.day(), START.plus(DAY).day()] {
                assert_eq!(days.iter().filter(|other| **other == day).count(), SWEEP_LIMIT);
                assert!(days[..40].contains(&day), "the days take turns");
            }
            found.extend(pending.into_iter().filter_map(|job| match job {
                DeliveryJob::Notice { id, .. } => Some(id),
                DeliveryJob::Code(..) | DeliveryJob::Challenge(_) => None,
            }));
        }
        assert_eq!(found, all);
    });
}

#[test]
fn a_code_that_was_used_while_its_job_waited_is_not_sent_again() {
    block_on(async {
        let fixture = Fixture::new();
        let account = fixture.adele().await;
        let reset = fixture.begun().await;
        assert_eq!(fixture.deliver(&DeliveryJob::Code(reset.id.clone(), 1)).await, JobOutcome::Completed);
        assert_eq!(fixture.app.messenger.sent(), ["+14255550100"]);
        fixture.clock.advance(31);
        let now = fixture.clock.now();
        let seen = fixture.store().reset(&reset.id).await.unwrap().unwrap();
        let again = IssuedCode { order: 2, ordered_at: now, expires_at: now.plus(300), ..seen.issued.clone() };
        assert!(fixture.store().reissue(&seen, &again).await.unwrap());
        let seen = fixture.store().reset(&reset.id).await.unwrap().unwrap();
        let record = fixture.samples.record(now);
        let proof = Proof { reset: &seen, next: fixture.samples.passed(), now, record: &record, answered: None };
        assert!(fixture.store().prove(&proof).await.unwrap());
        let (before, proved) = (sends(&fixture, &account).await, fixture.store().reset(&reset.id).await.unwrap());
        assert_eq!(fixture.deliver(&DeliveryJob::Code(reset.id.clone(), 2)).await, JobOutcome::Completed);
        assert_eq!(fixture.app.messenger.sent(), ["+14255550100"]);
        assert_eq!(sends(&fixture, &account).await, before, "it counts nowhere");
        assert_eq!(fixture.store().reset(&reset.id).await.unwrap(), proved);
        let reasons = reasons(&fixture).await;
        assert!(reasons.contains(&(false, "the message would have come too late to be of use".to_owned())));
    });
}

#[test]
fn a_deployment_that_is_not_set_up_drops_a_code_at_once_and_lets_a_notice_wait() {
    block_on(async {
        let fixture = Fixture::new();
        let account = fixture.adele().await;
        let reset = fixture.begun().await;
        fixture.app.messenger.messages.lock().unwrap().push_back(Dispatch::NotSetUp);
        assert_eq!(fixture.deliver(&DeliveryJob::Code(reset.id.clone(), 1)).await, JobOutcome::Completed);
        assert_eq!(reasons(&fixture).await[0], (false, "the deployment is not set up to send the message".to_owned()));
        assert_eq!(fixture.app.messenger.sent().len(), 1, "trying again is of no use");

        let job = fixture.job(&fixture.samples.notice(&account.id, START)).await;
        fixture.app.messenger.messages.lock().unwrap().extend([Dispatch::NotSetUp, Dispatch::NotSetUp]);
        assert_eq!(fixture.deliver(&job).await, JobOutcome::Later);
        assert_eq!(fixture.deliver(&job).await, JobOutcome::Completed);
        let told = fixture.app.messenger.sent();
        assert_eq!(told[1..3], told[3..], "both are told again");
    });
}

/// The number of messages counted for an account, and for its phone.
async fn sends(fixture: &Fixture, account: &Account) -> [usize; 2] {
    let destination = fixture.app.names.destination("+14255550100");
    let rows = [Owner::Account(account.id.clone()).key(), format!("destination.{}", destination.current())];
    let mut counted = [0; 2];
    for (row, counted) in rows.iter().zip(&mut counted) {
        *counted = fixture.store().sends(row).await.unwrap().counted.len();
    }
    counted
}

/// The success and the reason of every step of a reset in the audit.
async fn reasons(fixture: &Fixture) -> Vec<(bool, String)> {
    let records = fixture.store().audit(START.day(), None, 100).await.unwrap();
    let steps = records.into_iter().filter(|record| record.activity == Activity::ResetProgress);
    steps.map(|record| (record.success, record.reason)).collect()
}

/// Logs and providers get a name that finds the audit records. It does not contain the reset's id, so nobody can spend
/// the tries of the reset with it.
#[test]
fn a_job_is_traced_by_what_the_audit_calls_its_reset() {
    block_on(async {
        let fixture = Fixture::new();
        fixture.adele().await;
        let reset = fixture.begun().await;
        let job = DeliveryJob::Code(reset.id.clone(), 1);
        assert_eq!(fixture.deliver(&job).await, JobOutcome::Completed);
        let records = fixture.store().audit(START.day(), None, 100).await.unwrap();
        let correlation =
            &records.iter().find(|record| record.activity == Activity::ResetProgress).unwrap().correlation;
        assert_eq!(job.trace(), format!("reset.{correlation}.1"));
        let sent = fixture.app.messenger.sent.lock().unwrap();
        assert_eq!(*sent, [("+14255550100".to_owned(), job.trace())]);
        assert!(!job.trace().contains(reset.id.as_str()));
    });
}
