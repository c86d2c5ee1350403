//! A record is stored if and only if the write that it describes succeeds.

use super::fixtures::{ADELE, Granted, MEGAN, adele, audited, begun, change, created, found, owner_of, proved};
use crate::account::Account;
use crate::ports::store::{AccountChange, DeliveryJob, PasswordSet, Proof, Store, WriteOutcome};
use crate::random::ResetId;
use crate::records::audit::AuditRecord;
use crate::reset::challenge::Challenge;
use crate::reset::{Delivered, DropReason, Reset, Stage};
use crate::testing::samples::{START, Samples, names, password_hash, user_name};

/// The audit records of the day on which most cases take place, in the order of their ids.
async fn stored(store: &impl Store) -> Vec<AuditRecord> {
    sorted(audited(store).await)
}

fn sorted(mut records: Vec<AuditRecord>) -> Vec<AuditRecord> {
    records.sort_by(|one, other| one.id.cmp(&other.id));
    records
}

pub(super) async fn a_proof_is_recorded_where_it_is_accepted(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let record = samples.record(START);
    let proof = Proof { reset: &reset, next: samples.passed(), now: START, record: &record, answered: None };
    let over = Proof { now: reset.issued.expires_at, ..proof.clone() };
    assert!(!store.prove(&over).await.unwrap());
    let other = samples.reset(ADELE, START);
    assert!(!store.prove(&Proof { reset: &other, ..proof.clone() }).await.unwrap());
    let moved = Reset { stage: samples.passed(), ..reset.clone() };
    assert!(!store.prove(&Proof { reset: &moved, ..proof.clone() }).await.unwrap());
    assert_eq!(stored(store).await, [], "a refused proof is none");
    assert!(store.prove(&proof).await.unwrap());
    assert_eq!(stored(store).await, std::slice::from_ref(&record));
    let again = samples.record(START);
    assert!(!store.prove(&Proof { record: &again, ..proof }).await.unwrap());
    assert_eq!(stored(store).await, [record], "it was used before");
}

pub(super) async fn a_proof_by_long_code_is_recorded_where_it_is_accepted(store: &impl Store) {
    let samples = Samples::default();
    let owner = owner_of(&samples.account(ADELE));
    let (reset, issued) = (begun(store, &samples, START).await, samples.issued_long_code(START));
    let record = samples.record(START);
    let proof =
        Proof { reset: &reset, next: Stage::Granted(samples.grant()), now: START, record: &record, answered: None };
    assert!(!store.prove_long(&proof, &owner, &issued).await.unwrap(), "the code is unknown");
    store.store_long_code(&owner, &issued).await.unwrap();
    let over = Proof { now: reset.expires_at, ..proof.clone() };
    assert!(!store.prove_long(&over, &owner, &issued).await.unwrap());
    assert_eq!(stored(store).await, []);
    assert!(store.prove_long(&proof, &owner, &issued).await.unwrap());
    let again = samples.record(START);
    assert!(!store.prove_long(&Proof { record: &again, ..proof }, &owner, &issued).await.unwrap());
    assert_eq!(stored(store).await, [record]);
}

pub(super) async fn a_password_is_recorded_where_it_is_set(store: &impl Store) {
    let samples = Samples::default();
    let granted = Granted::new(store, &samples, START).await;
    let before = stored(store).await;
    let (password, now) = (password_hash(1), START.plus(60));
    let change = granted.change(&password, now);
    let stale = crate::ports::store::PasswordChange { version: change.version + 1, ..change.clone() };
    assert_eq!(store.set_password(&stale).await.unwrap(), PasswordSet::AccountChanged);
    assert_eq!(stored(store).await, before);
    assert_eq!(store.set_password(&change).await.unwrap(), PasswordSet::Set);
    let after = sorted(before.into_iter().chain([granted.record.clone()]).collect());
    assert_eq!(stored(store).await, after);
    let again = samples.record(START);
    let change = crate::ports::store::PasswordChange { record: &again, ..change };
    assert_eq!(store.set_password(&change).await.unwrap(), PasswordSet::TokenDead);
    assert_eq!(stored(store).await, after);
}

pub(super) async fn a_new_account_is_recorded_in_the_write_that_creates_it(store: &impl Store) {
    let samples = Samples::default();
    let account = samples.account(ADELE);
    let records = [samples.record(START), samples.record(START)];
    assert_eq!(store.create_account(&account, &adele(), &records).await.unwrap(), WriteOutcome::Written);
    let records = sorted(records.to_vec());
    assert_eq!(stored(store).await, records, "each of them");
    let other = [samples.record(START)];
    let taken = store.create_account(&samples.account(ADELE), &adele(), &other).await.unwrap();
    assert_eq!(taken, WriteOutcome::NameTaken);
    let known = Account { user_name: user_name(MEGAN), ..account };
    assert_eq!(store.create_account(&known, &names(MEGAN), &other).await.unwrap(), WriteOutcome::Changed);
    assert_eq!(found(store, MEGAN).await, None);
    assert_eq!(stored(store).await, records);
}

pub(super) async fn a_change_is_recorded_where_it_is_made(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    created(store, samples.account(MEGAN)).await;
    let records = [samples.record(START), samples.record(START.plus(1)), samples.record(START)];
    let (names, megan) = (adele(), names(MEGAN));
    let stale = Account { version: 2, ..account.clone() };
    let attempt = async |change: AccountChange<'_>| {
        let change = AccountChange { records: &records, ..change };
        store.change_account(&change).await.unwrap()
    };
    assert_eq!(attempt(AccountChange::new(&stale, &names)).await, WriteOutcome::Changed);
    let challenge = samples.challenge(&account.id, START).id;
    let unproved = AccountChange { challenge: Some(&challenge), ..AccountChange::new(&account, &names) };
    assert_eq!(attempt(unproved).await, WriteOutcome::Changed);
    let renamed = Account { user_name: user_name(MEGAN), ..account.clone() };
    let taken = AccountChange { former: Some((&names, ADELE)), ..AccountChange::new(&renamed, &megan) };
    assert_eq!(attempt(taken).await, WriteOutcome::NameTaken);
    assert_eq!(stored(store).await, []);
    assert_eq!(attempt(AccountChange::new(&account, &names)).await, WriteOutcome::Written);
    assert_eq!(stored(store).await, sorted(records.to_vec()), "each of them");
}

pub(super) async fn a_deletion_is_recorded_where_it_is_made(store: &impl Store) {
    let samples = Samples::default();
    let old = created(store, samples.account(ADELE)).await;
    let account = change(store, &old, None).await;
    let record = samples.record(START);
    assert_eq!(store.delete_account(&old, &adele(), &record, START).await.unwrap(), WriteOutcome::Changed);
    assert_eq!(stored(store).await, []);
    assert_eq!(store.delete_account(&account, &adele(), &record, START).await.unwrap(), WriteOutcome::Written);
    let again = samples.record(START);
    assert_eq!(store.delete_account(&account, &adele(), &again, START).await.unwrap(), WriteOutcome::Changed);
    assert_eq!(stored(store).await, [record]);
}

pub(super) async fn unblocking_is_recorded(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let record = samples.record(START);
    store.unblock(&owner_of(&account), &samples.notice(&account.id, START), &record).await.unwrap();
    assert_eq!(stored(store).await, [record]);
}

pub(super) async fn a_record_by_itself_is_stored_once(store: &impl Store) {
    let samples = Samples::default();
    let record = samples.record(START);
    for other in [record.clone(), AuditRecord { reason: "another".to_owned(), ..record.clone() }] {
        store.record(&other).await.unwrap();
        assert_eq!(stored(store).await, std::slice::from_ref(&record), "the first one stays");
    }
}

pub(super) async fn a_completed_job_is_recorded_once(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let account = samples.account(ADELE);
    let challenge = samples.challenge(&account.id, START);
    let count = store.sends(&Challenge::log_key(&account.id)).await.unwrap();
    assert!(store.begin_challenge(&challenge, &count, None).await.unwrap());
    let notice = samples.notice(&account.id, START);
    let mut all = vec![samples.record(START)];
    store.unblock(&owner_of(&account), &notice, &all[0]).await.unwrap();
    let jobs = [
        (DeliveryJob::Code(reset.id, 1), DeliveryJob::Code(ResetId::draw(&samples.random), 1)),
        (DeliveryJob::Challenge(challenge.id), DeliveryJob::Challenge(samples.challenge(&account.id, START).id)),
        (DeliveryJob::notice(&notice), DeliveryJob::notice(&samples.notice(&account.id, START))),
    ];
    for (job, unknown) in &jobs {
        store.complete_job(unknown, Delivered::Sent, Some(&samples.record(START))).await.unwrap();
        assert_eq!(stored(store).await, all, "no job is completed that does not exist");
        let record = samples.record(START);
        store.complete_job(job, Delivered::Sent, Some(&record)).await.unwrap();
        all = sorted(all.into_iter().chain([record]).collect());
        assert_eq!(stored(store).await, all);
        let dropped = Delivered::Dropped(DropReason::ProviderBusy);
        store.complete_job(job, dropped, Some(&samples.record(START))).await.unwrap();
        assert_eq!(stored(store).await, all, "the first outcome stands");
    }
}

pub(super) async fn a_replaced_job_is_not_recorded(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    assert!(store.reissue(&reset, &samples.next_issued_code(&reset, START)).await.unwrap());
    let record = samples.record(START);
    store.complete_job(&DeliveryJob::Code(reset.id.clone(), 1), Delivered::Sent, Some(&record)).await.unwrap();
    assert_eq!(stored(store).await, []);
    store.complete_job(&DeliveryJob::Code(reset.id.clone(), 2), Delivered::Sent, Some(&record)).await.unwrap();
    assert_eq!(stored(store).await, [record]);
    let passed = proved(store, &samples, &reset, samples.passed(), START).await;
    assert_eq!(passed.issued.order, 2, "the reset goes on");
}
