use super::fixtures::{ADELE, adeles, begun, created, mark, owner_of, pending, proved, read, shifted, take};
use crate::ports::store::{DeliveryJob, Lease, Leased, Link, Store};
use crate::random::{ChallengeId, NoticeId, ResetId};
use crate::reset::challenge::Challenge;
use crate::reset::{Delivered, DropReason, IssuedCode, Reset, Stage};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};
use crate::time::Moment;

const DROPPED: Delivered = Delivered::Dropped(DropReason::SendLimit);
/// Long past every lease of these cases.
const LATER: Moment = START.plus(120);

async fn lease(store: &impl Store, job: &DeliveryJob, now: Moment) -> Lease {
    store.lease_job(job, now.plus(30), now).await.unwrap()
}

/// Leases a reset's latest job and marks that its code goes to a phone.
async fn marked(store: &impl Store, reset: &Reset, now: Moment) {
    assert!(take(store, &job_of(reset), now).await.is_some());
    assert!(mark(store, reset, reset.issued.order, "1.phone").await);
}

async fn sent_to(store: &impl Store, reset: &Reset) -> Option<String> {
    read(store, reset).await.issued.sent_to
}

fn job_of(reset: &Reset) -> DeliveryJob {
    DeliveryJob::Code(reset.id.clone(), reset.issued.order)
}

/// Orders the same code once more.
async fn repeated(store: &impl Store, reset: &Reset) -> Reset {
    let seen = read(store, reset).await;
    let issued = IssuedCode { order: seen.issued.order + 1, ..seen.issued.clone() };
    assert!(store.reissue(&seen, &issued).await.unwrap());
    read(store, reset).await
}

async fn delivered_under_a_lease(store: &impl Store, job: &DeliveryJob, about: Leased) {
    assert_eq!(take(store, job, START).await, Some(about));
    for now in [START, shifted(START.plus(30), -1)] {
        assert_eq!(lease(store, job, now).await, Lease::Held);
    }
    let second = START.plus(30);
    assert!(take(store, job, second).await.is_some(), "the lease ended");
    assert_eq!(lease(store, job, shifted(second.plus(30), -1)).await, Lease::Held);
    store.release_job(job).await.unwrap();
    assert!(take(store, job, second).await.is_some(), "the lease was given up");
    assert_eq!(lease(store, job, second).await, Lease::Held);
    store.complete_job(job, Delivered::Sent, None).await.unwrap();
    for now in [second, LATER] {
        assert_eq!(lease(store, job, now).await, Lease::Completed);
    }
    store.release_job(job).await.unwrap();
    assert_eq!(lease(store, job, LATER).await, Lease::Completed, "a completed job stays completed");
}

pub(super) async fn a_code_is_delivered_under_a_lease(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    delivered_under_a_lease(store, &job_of(&reset), Leased::Code(Box::new(reset.clone()))).await;
    assert_eq!(read(store, &reset).await, reset, "the reset is what it was");
    for outcome in [Delivered::Unknown, DROPPED] {
        let reset = begun(store, &samples, START).await;
        store.complete_job(&job_of(&reset), outcome, None).await.unwrap();
        assert_eq!(lease(store, &job_of(&reset), LATER).await, Lease::Completed, "without a lease, too");
    }
}

pub(super) async fn a_challenge_is_delivered_under_a_lease(store: &impl Store) {
    let samples = Samples::default();
    let challenge = samples.challenge(&samples.account(ADELE).id, START);
    let count = store.sends(&Challenge::log_key(&challenge.account)).await.unwrap();
    assert!(store.begin_challenge(&challenge, &count, None).await.unwrap());
    let (job, about) = (DeliveryJob::Challenge(challenge.id.clone()), Leased::Challenge(Box::new(challenge.clone())));
    delivered_under_a_lease(store, &job, about).await;
    assert_eq!(store.challenge(&challenge.id).await.unwrap(), Some(challenge));
}

pub(super) async fn a_notice_is_delivered_under_a_lease(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let notice = samples.notice(&account.id, START);
    store.unblock(&owner_of(&account), &notice, &samples.record(START)).await.unwrap();
    delivered_under_a_lease(store, &DeliveryJob::notice(&notice), Leased::Notice(Box::new(notice))).await;
}

pub(super) async fn concurrent_leases_lease_once(store: &impl Store) {
    let samples = Samples::default();
    let job = job_of(&begun(store, &samples, START).await);
    let leases = join_all((0..20).map(|_| lease(store, &job, START))).await;
    assert_eq!(leases.iter().filter(|lease| matches!(lease, Lease::Taken(_))).count(), 1);
    assert_eq!(leases.iter().filter(|lease| **lease == Lease::Held).count(), 19);
}

pub(super) async fn an_unknown_job_is_completed(store: &impl Store) {
    let random = &Samples::default().random;
    let (reset, challenge, notice) = (ResetId::draw(random), ChallengeId::draw(random), NoticeId::draw(random));
    let jobs = [
        DeliveryJob::Code(reset.clone(), 1),
        DeliveryJob::Challenge(challenge.clone()),
        DeliveryJob::Notice { day: START.day(), id: notice },
    ];
    for job in &jobs {
        assert_eq!(lease(store, job, START).await, Lease::Completed);
        store.complete_job(job, DROPPED, None).await.unwrap();
        store.release_job(job).await.unwrap();
    }
    let snapshot = &adeles();
    let link = Link { reset: &reset, order: 1, snapshot, sent_to: Some("1.phone"), now: START };
    assert!(!store.link_account(&link).await.unwrap());
    assert_eq!(store.reset(&reset).await.unwrap(), None, "and nothing is made of it");
    assert_eq!(store.challenge(&challenge).await.unwrap(), None);
    assert_eq!(pending(store, START.day()).await, []);
}

pub(super) async fn an_expired_job_is_completed(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let challenge = samples.challenge(&samples.account(ADELE).id, START);
    let count = store.sends(&Challenge::log_key(&challenge.account)).await.unwrap();
    assert!(store.begin_challenge(&challenge, &count, None).await.unwrap());
    let jobs = [(job_of(&reset), reset.expires_at), (DeliveryJob::Challenge(challenge.id), challenge.expires_at)];
    for (job, ends) in jobs {
        assert_eq!(lease(store, &job, ends).await, Lease::Completed);
        assert!(take(store, &job, shifted(ends, -1)).await.is_some());
    }
}

pub(super) async fn a_mark_says_that_a_code_exists(store: &impl Store) {
    let samples = Samples::default();
    for outcome in [None, Some(Delivered::Sent), Some(Delivered::Unknown)] {
        let reset = begun(store, &samples, START).await;
        marked(store, &reset, START).await;
        if let Some(outcome) = outcome {
            store.complete_job(&job_of(&reset), outcome, None).await.unwrap();
        }
        let mut expected = Reset { snapshot: Some(adeles()), ..reset.clone() };
        expected.issued.sent_to = Some("1.phone".to_owned());
        assert_eq!(read(store, &reset).await, expected, "the mark, and nothing else: {outcome:?}");
    }
}

pub(super) async fn a_code_is_marked_while_its_gate_awaits_it(store: &impl Store) {
    let samples = Samples::default();
    for next in [samples.passed(), Stage::Granted(samples.grant())] {
        let reset = begun(store, &samples, START).await;
        assert!(take(store, &job_of(&reset), START).await.is_some());
        proved(store, &samples, &reset, next, START).await;
        assert!(!mark(store, &reset, reset.issued.order, "1.phone").await, "its gate was passed");
        assert_eq!(sent_to(store, &reset).await, None);
    }
    let reset = begun(store, &samples, START).await;
    let passed = proved(store, &samples, &reset, samples.passed(), START).await;
    assert!(store.reissue(&passed, &samples.next_issued_code(&passed, START)).await.unwrap());
    let second = read(store, &reset).await;
    marked(store, &second, START).await;
    proved(store, &samples, &reset, Stage::Granted(samples.grant()), START).await;
    assert!(!mark(store, &second, second.issued.order, "1.phone").await, "everything was proved");
}

pub(super) async fn a_dropped_job_unmarks_it(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    marked(store, &reset, START).await;
    store.complete_job(&job_of(&reset), DROPPED, None).await.unwrap();
    assert_eq!(read(store, &reset).await, Reset { snapshot: Some(adeles()), ..reset.clone() });

    let again = repeated(store, &reset).await;
    marked(store, &again, START).await;
    assert_eq!(sent_to(store, &reset).await.as_deref(), Some("1.phone"));
    store.complete_job(&job_of(&again), DROPPED, None).await.unwrap();
    assert_eq!(sent_to(store, &reset).await, None, "neither of two was sent");
}

pub(super) async fn a_dropped_job_unmarks_it_after_a_second_try(store: &impl Store) {
    let samples = Samples::default();
    let (released, expired) = (begun(store, &samples, START).await, begun(store, &samples, START).await);
    for reset in [&released, &expired] {
        marked(store, reset, START).await;
    }
    store.release_job(&job_of(&released)).await.unwrap();
    for reset in [&released, &expired] {
        marked(store, reset, LATER).await;
        store.complete_job(&job_of(reset), DROPPED, None).await.unwrap();
        assert_eq!(sent_to(store, reset).await, None, "it was this job's own mark");
    }
}

pub(super) async fn a_dropped_repeat_leaves_the_sent_code(store: &impl Store) {
    let samples = Samples::default();
    for outcome in [Delivered::Sent, Delivered::Unknown] {
        for marks_again in [true, false] {
            let reset = begun(store, &samples, START).await;
            marked(store, &reset, START).await;
            store.complete_job(&job_of(&reset), outcome, None).await.unwrap();
            let again = repeated(store, &reset).await;
            assert_eq!(again.issued.sent_to.as_deref(), Some("1.phone"), "a repeat is the same code");
            if marks_again {
                marked(store, &again, START).await;
            } else {
                assert!(take(store, &job_of(&again), START).await.is_some());
            }
            store.complete_job(&job_of(&again), DROPPED, None).await.unwrap();
            assert_eq!(read(store, &reset).await, again);
        }
    }
}

pub(super) async fn a_dropped_repeat_leaves_what_may_have_been_sent(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    marked(store, &reset, START).await;
    // The first job's worker is still busy or has died: nobody knows whether its message was sent.
    let again = repeated(store, &reset).await;
    marked(store, &again, START).await;
    store.complete_job(&job_of(&again), DROPPED, None).await.unwrap();
    assert_eq!(sent_to(store, &reset).await.as_deref(), Some("1.phone"));
}

pub(super) async fn a_replaced_job_is_completed_and_changes_nothing(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    let old = job_of(&reset);
    marked(store, &reset, START).await;
    let seen = read(store, &reset).await;
    assert!(store.reissue(&seen, &samples.next_issued_code(&seen, START)).await.unwrap());
    let new = job_of(&read(store, &reset).await);

    for now in [START, LATER] {
        assert_eq!(lease(store, &old, now).await, Lease::Completed);
    }
    assert!(!mark(store, &reset, 1, "1.phone").await);
    assert_eq!(sent_to(store, &reset).await, None, "the new code was not sent");
    assert!(take(store, &new, START).await.is_some(), "the old one's lease is not the new one's");
    assert!(!mark(store, &reset, 1, "1.phone").await);
    assert!(mark(store, &reset, 2, "1.address").await);
    store.release_job(&old).await.unwrap();
    assert_eq!(lease(store, &new, START).await, Lease::Held);
    store.complete_job(&old, DROPPED, None).await.unwrap();
    assert_eq!(lease(store, &new, START).await, Lease::Held);
    assert_eq!(sent_to(store, &reset).await.as_deref(), Some("1.address"));
}

pub(super) async fn the_first_outcome_stands(store: &impl Store) {
    let samples = Samples::default();
    let reset = begun(store, &samples, START).await;
    for now in [START, LATER] {
        marked(store, &reset, now).await;
    }
    store.complete_job(&job_of(&reset), Delivered::Sent, None).await.unwrap();
    store.complete_job(&job_of(&reset), DROPPED, None).await.unwrap();
    let sent_to = sent_to(store, &reset).await;
    assert_eq!(sent_to.as_deref(), Some("1.phone"), "a worker that lost its lease undoes nothing");
}
