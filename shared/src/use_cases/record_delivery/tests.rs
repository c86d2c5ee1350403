//! What reports change: the audit, the contacts, the notices, and the counts of bounces and of codes.

use std::sync::Arc;

use super::*;
use crate::account::{Account, ContactType, Slot, Source, Undeliverable, Unusable};
use crate::identifiers::email_address::EmailAddress;
use crate::limits::conversion::{CodeJob, SentCode};
use crate::limits::messages::{Scope, SentMessage};
use crate::message::{Channel, Notice};
use crate::policy::Policy;
use crate::policy::method::CodeMethod;
use crate::ports::store::{AccountChange, Accounts, Deliveries, Limits, Settings, WriteOutcome};
use crate::random::{NoticeId, ResetId};
use crate::records::audit::{Activity, AuditRecord, correlation};
use crate::records::report::Failure;
use crate::testing::samples::{START, email, name_keys, names, phone};
use crate::testing::{CountingRandom, FixedClock, MemoryStore, Samples, block_on};
use crate::time::DAY;

const ADELE: &str = "adele@contoso.example";
const ALTERNATE: &str = "adele@fabrikam.example";
const MOBILE: &str = "+1 4255550100";

struct Fixture {
    app: RecordDelivery<MemoryStore>,
    clock: Arc<FixedClock>,
    samples: Samples,
    account: Account,
}

impl Fixture {
    /// Adele, with a mobile phone and an alternate address.
    async fn new() -> Self {
        let (samples, clock) = (Samples::default(), Arc::new(FixedClock::new(START)));
        let context = Context::new(MemoryStore::new(), clock.clone(), Arc::new(CountingRandom::new(7)));
        let app = RecordDelivery { context, names: name_keys(&[1]) };
        let account = samples.account(ADELE);
        app.context.store.create_account(&account, &names(ADELE), &[]).await.unwrap();
        Self { app, clock, samples, account }
    }

    fn store(&self) -> &MemoryStore {
        &self.app.context.store
    }

    fn reset(&self) -> ResetId {
        ResetId::draw(&self.samples.random)
    }

    fn report(&self, order: &str, destination: impl Into<Destination>, fate: Fate) -> Report {
        let account = self.account.id.clone();
        Report { order: order.to_owned(), account, destination: destination.into(), fate, at: self.app.context.now() }
    }

    async fn stored(&self) -> Account {
        self.store().account(&self.account.id).await.unwrap().unwrap()
    }

    /// The reasons of the audit's reports of this day, oldest first, with whether each is a success.
    async fn audit(&self) -> Vec<AuditRecord> {
        let day = self.app.context.now().day();
        let mut records = self.store().audit(day, None, 100).await.unwrap();
        records.retain(|record| record.activity == Activity::MessageReported);
        records.reverse();
        records
    }

    async fn notices(&self) -> Vec<(Notice, Vec<String>)> {
        let first = NoticeId::draw(&self.samples.random);
        let orders = self.store().pending_notices(self.app.context.now().day(), &first, 9).await.unwrap();
        orders.into_iter().map(|order| (order.notice, order.except)).collect()
    }
}

const BOUNCED: Fate = Fate::Undeliverable(Undeliverable::Bounced);

fn reached(account: &Account, method: CodeMethod) -> Result<String, Option<&'static str>> {
    let destination = account.destination(method, &Policy::default(), START.plus(DAY));
    destination.map(|found| found.identity()).map_err(|why| why.map(Unusable::as_str))
}

#[test]
fn a_delivered_code_is_one_step_of_its_reset() {
    block_on(async {
        let fixture = Fixture::new().await;
        let reset = fixture.reset();
        let order = DeliveryJob::Code(reset.clone(), 2).trace();
        let report = fixture.report(&order, phone(MOBILE), Fate::Delivered);
        for _ in 0..2 {
            fixture.app.record(&report).await.unwrap();
        }
        let [record] = &fixture.audit().await[..] else { panic!("one record") };
        assert!(record.success);
        assert_eq!(record.correlation, correlation(&reset));
        assert_eq!(record.reason, "the message was delivered");
        assert_eq!(record.changes[0].new.as_deref(), Some("+1 ********00"));
        assert_eq!(fixture.stored().await, fixture.account);
        assert_eq!(fixture.notices().await, []);
    });
}

#[test]
fn a_bounce_for_good_marks_every_contact_with_that_address_and_tells_the_others() {
    block_on(async {
        let mut fixture = Fixture::new().await;
        // The same address is registered, and on file in another spelling.
        let twice = fixture.stored().await.contacts.get(Slot::OtherMails).cloned();
        fixture.account.contacts.set(Slot::AuthenticationEmail, twice);
        let change = fixture.account.clone();
        let (row_keys, records) = (names(ADELE), []);
        let change = AccountChange { records: &records, ..AccountChange::new(&change, &row_keys) };
        assert_eq!(fixture.store().change_account(&change).await.unwrap(), WriteOutcome::Written);
        let order = DeliveryJob::Code(fixture.reset(), 1).trace();
        let report = fixture.report(&order, EmailAddress::parse("ADELE@fabrikam.example").unwrap(), BOUNCED);
        for _ in 0..2 {
            fixture.app.record(&report).await.unwrap();
        }
        let account = fixture.stored().await;
        for slot in [Slot::AuthenticationEmail, Slot::OtherMails] {
            assert_eq!(account.contacts.get(slot).unwrap().undeliverable, Some(Undeliverable::Bounced), "{slot:?}");
        }
        assert_eq!(reached(&account, CodeMethod::Email), Err(Some("bounced")));
        assert_eq!(reached(&account, CodeMethod::MobileSms), Ok("+14255550100".to_owned()));
        let except = name_keys(&[1]).destination(ALTERNATE).all().to_vec();
        assert_eq!(fixture.notices().await, [(Notice::ContactUnreachable, except)], "once");
        let audit = fixture.audit().await;
        assert_eq!(audit.len(), 1);
        assert!(!audit[0].success && audit[0].reason.contains("came back for good"));
        let notified: Vec<String> = account.to_notify(START).iter().map(Destination::identity).collect();
        assert_eq!(notified, ["+14255550100"], "and no notice goes there");
        assert_eq!(account.version, fixture.account.version + 2, "written once");
    });
}

#[test]
fn a_proof_ends_it_and_a_report_from_before_the_proof_changes_nothing() {
    block_on(async {
        let fixture = Fixture::new().await;
        let report = fixture.report("notice.a.b", email(ALTERNATE), BOUNCED);
        fixture.app.record(&report).await.unwrap();
        let mut account = fixture.stored().await;
        account.register(email(ALTERNATE).into(), ContactType::Email, &Policy::default(), START.plus(9));
        assert!(account.contacts.iter().all(|(_, contact)| contact.undeliverable.is_none()));
        // The profile's contact is older than this report, but the registered one is what a reset uses.
        assert!(account.mark_undeliverable(&email(ALTERNATE).into(), Undeliverable::Bounced, START.plus(8)));
        assert_eq!(reached(&account, CodeMethod::Email), Ok(ALTERNATE.to_owned()));
        assert!(account.mark_undeliverable(&email(ALTERNATE).into(), Undeliverable::OptedOut, START.plus(9)));
        assert_eq!(reached(&account, CodeMethod::Email), Err(Some("optedOut")));
        // Another value in its place counts at once, and the same one written again does not.
        let mails = |text: &str| [email(text)];
        account.contacts.set(Slot::AuthenticationEmail, []);
        account.set_mails(&mails(ALTERNATE), Source::Directory, &Policy::default(), START.plus(10));
        assert_eq!(reached(&account, CodeMethod::Email), Err(Some("optedOut")));
        account.set_mails(&mails("a@b.example"), Source::Directory, &Policy::default(), START.plus(10));
        assert_eq!(reached(&account, CodeMethod::Email), Ok("a@b.example".to_owned()));
    });
}

#[test]
fn an_account_whose_emails_bounce_soon_gets_no_more_that_day() {
    block_on(async {
        let fixture = Fixture::new().await;
        let row = Owner::Account(fixture.account.id.clone()).key();
        let limits = Policy::default().sends;
        let mut sent = 0;
        for number in 0..10_u64 {
            fixture.clock.set(START.plus(number * 3600));
            let log = fixture.store().sends(&row).await.unwrap();
            let message = SentMessage {
                channel: Channel::Email,
                source: "a network".to_owned(),
                ..fixture.samples.sent(&format!("order {number}"), fixture.app.context.now())
            };
            let Some(log) = log.admit(Scope::Account, &message, &limits, false) else { break };
            assert!(fixture.store().put_sends(&row, &log).await.unwrap());
            sent += 1;
            // Another address each time, or the contact would be out of use; a full mailbox costs nothing.
            let to = email(&format!("adele{number}@fabrikam.example"));
            for fate in [Fate::Failed(Failure::SoftBounce), BOUNCED, BOUNCED] {
                fixture.app.record(&fixture.report(&format!("reset.c.{number}"), to.clone(), fate)).await.unwrap();
            }
        }
        assert_eq!(sent, 4);
        assert_eq!(fixture.stored().await, fixture.account);
        // Texts are counted by themselves.
        let log = fixture.store().sends(&row).await.unwrap();
        let text = SentMessage { channel: Channel::Sms, ..fixture.samples.sent("text", fixture.app.context.now()) };
        assert!(log.admit(Scope::Account, &text, &limits, false).is_some());
    });
}

#[test]
fn a_code_that_was_not_delivered_does_not_count_as_unused() {
    block_on(async {
        let fixture = Fixture::new().await;
        let (number, keys) = (phone(MOBILE), name_keys(&[1]));
        let range = keys.phone_range(&number);
        let destination = keys.destination(&number.e164()).current().to_owned();
        let resets = [fixture.reset(), fixture.reset()];
        for reset in &resets {
            let job = CodeJob::Reset(reset.clone(), 1);
            let code = SentCode { destination: destination.clone(), job, at: START, used: false };
            let log = fixture.store().conversion_log(&range).await.unwrap();
            assert!(fixture.store().put_conversion_log(&range, &log.with(code), START).await.unwrap());
        }
        let trace = |reset: &ResetId| DeliveryJob::Code(reset.clone(), 1).trace();
        for fate in [Fate::Delivered, Fate::Failed(Failure::Unreachable), Fate::Failed(Failure::Unreachable)] {
            fixture.app.record(&fixture.report(&trace(&resets[0]), number.clone(), fate)).await.unwrap();
        }
        let left = fixture.store().conversion_log(&range).await.unwrap();
        let left: Vec<CodeJob> = left.codes.into_iter().map(|code| code.job).collect();
        assert_eq!(left, [CodeJob::Reset(resets[1].clone(), 1)]);
        assert_eq!(fixture.stored().await, fixture.account, "a phone that was off stays a contact");
    });
}

#[test]
fn a_notice_is_reported_in_silence_unless_it_came_back_for_good() {
    block_on(async {
        let fixture = Fixture::new().await;
        for fate in [Fate::Delivered, Fate::Failed(Failure::SoftBounce)] {
            fixture.app.record(&fixture.report("notice.a.b", email(ALTERNATE), fate)).await.unwrap();
        }
        assert_eq!(fixture.audit().await, []);
        let complained = Fate::Undeliverable(Undeliverable::Complained);
        fixture.app.record(&fixture.report("notice.a.b", email(ALTERNATE), complained)).await.unwrap();
        assert_eq!(fixture.audit().await.len(), 1);
        assert_eq!(reached(&fixture.stored().await, CodeMethod::Email), Err(Some("complained")));
    });
}

#[test]
fn a_report_about_nobody_or_about_a_former_contact_marks_nothing() {
    block_on(async {
        let fixture = Fixture::new().await;
        let other = fixture.report("challenge.a", email("another@fabrikam.example"), BOUNCED);
        fixture.app.record(&other).await.unwrap();
        assert_eq!(fixture.stored().await, fixture.account);
        assert_eq!(fixture.notices().await, []);
        assert_eq!(fixture.audit().await.len(), 1, "the person asked for the code");
        let gone = fixture.samples.account("gone@contoso.example");
        fixture.app.record(&Report { account: gone.id, ..other }).await.unwrap();
        assert_eq!(fixture.audit().await.len(), 1);
    });
}
