use super::fixtures::{self, ADELE, noticed, owner_of, take};
use crate::account::Owner;
use crate::message::Notice;
use crate::ports::store::{DeliveryJob, Lease, Leased, Store};
use crate::random::NoticeId;
use crate::records::notice::{Audience, NoticeOrder};
use crate::reset::Delivered;
use crate::testing::samples::{START, Samples};
use crate::time::{DAY, Date, Moment};

/// Stores a notice together with something else, as every notice is stored.
async fn ordered(store: &impl Store, samples: &Samples, at: Moment) -> NoticeOrder {
    let account = samples.account(ADELE);
    let notice = samples.notice(&account.id, at);
    store.unblock(&owner_of(&account), &notice, &samples.record(START)).await.unwrap();
    notice
}

async fn pending(store: &impl Store, day: Date) -> Vec<NoticeId> {
    let mut ids: Vec<NoticeId> = fixtures::pending(store, day).await.into_iter().map(|notice| notice.id).collect();
    ids.sort();
    ids
}

fn sorted(notices: &[&NoticeOrder]) -> Vec<NoticeId> {
    let mut ids: Vec<NoticeId> = notices.iter().map(|notice| notice.id.clone()).collect();
    ids.sort();
    ids
}

pub(super) async fn a_notice_is_read_as_it_was_written(store: &impl Store) {
    let samples = Samples::default();
    let account = samples.account(ADELE);
    let owner = Owner::Account(account.id.clone());
    let kinds = [
        Notice::PasswordReset,
        Notice::PasswordChanged,
        Notice::PasswordChangedByAdministrator,
        Notice::ContactChanged,
        Notice::PasswordResetUnblocked,
        Notice::ConfirmationDue,
        Notice::AdministratorReset,
        Notice::ContactUnreachable,
    ];
    for (number, notice) in kinds.into_iter().enumerate() {
        let (tell, revoke_sessions) = (number % 2 == 0, number < 2);
        let audience = if number < 4 { Audience::Owner } else { Audience::Administrators };
        let except = ["2.address", "1.address"][..number % 3].iter().map(|digest| (*digest).to_owned()).collect();
        let sample = samples.notice(&account.id, START);
        let user_name = if revoke_sessions { sample.user_name.clone() } else { String::new() };
        let mut order = NoticeOrder { notice, tell, revoke_sessions, user_name, audience, except, ..sample };
        store.unblock(&owner, &order, &samples.record(START)).await.unwrap();
        assert_eq!(noticed(store, &order).await, Some(order.clone()));
        order.done = vec!["event".to_owned(), "1.phone".to_owned()];
        store.put_notice(&order).await.unwrap();
        assert_eq!(noticed(store, &order).await, Some(order));
    }
    let unknown = samples.notice(&account.id, START);
    store.put_notice(&unknown).await.unwrap();
    assert_eq!(noticed(store, &unknown).await, None, "a note makes no notice");
}

pub(super) async fn a_finished_notice_is_not_pending(store: &impl Store) {
    let samples = Samples::default();
    let (one, two) = (ordered(store, &samples, START).await, ordered(store, &samples, START).await);
    assert_eq!(pending(store, START.day()).await, sorted(&[&one, &two]));
    let job = DeliveryJob::notice(&one);
    store.complete_job(&job, Delivered::Sent, None).await.unwrap();
    for _ in 0..2 {
        assert_eq!(pending(store, START.day()).await, sorted(&[&two]));
        let lease = store.lease_job(&job, START.plus(30), START).await.unwrap();
        assert_eq!(lease, Lease::Completed);
        // A worker that lost its lease has notified somebody, too.
        store.put_notice(&NoticeOrder { done: vec!["event".to_owned()], ..one.clone() }).await.unwrap();
    }
}

pub(super) async fn pending_notices_are_of_one_day_and_so_many(store: &impl Store) {
    let samples = Samples::default();
    let tomorrow = START.plus(DAY);
    let mut today = Vec::new();
    for _ in 0..5 {
        today.push(ordered(store, &samples, Moment::from_millis(tomorrow.millis() - 1)).await);
    }
    let next = ordered(store, &samples, tomorrow).await;
    assert_eq!(pending(store, START.day()).await, sorted(&today.iter().collect::<Vec<_>>()));
    assert_eq!(pending(store, tomorrow.day()).await, sorted(&[&next]));
    assert_eq!(pending(store, tomorrow.plus(DAY).day()).await, []);

    // Finished notices must not use up the limit.
    for notice in &today[..3] {
        store.complete_job(&DeliveryJob::notice(notice), Delivered::Sent, None).await.unwrap();
    }
    for (limit, found) in [(1, 1), (2, 2), (10, 2)] {
        assert_eq!(store.pending_notices(START.day(), &today[0].id, limit).await.unwrap().len(), found);
    }
}

pub(super) async fn pending_notices_begin_anywhere_and_go_round(store: &impl Store) {
    let samples = Samples::default();
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(ordered(store, &samples, START).await.id);
    }
    // A notice of another day is not listed, even if its id lies between the others.
    ordered(store, &samples, START.plus(DAY)).await;
    ids.sort();
    for begin in 0..ids.len() {
        let expected: Vec<NoticeId> = ids[begin..].iter().chain(&ids[..begin]).cloned().collect();
        for limit in [1, 3, 6, 7, 100] {
            let found = store.pending_notices(START.day(), &ids[begin], limit).await.unwrap();
            let found: Vec<NoticeId> = found.into_iter().map(|notice| notice.id).collect();
            assert_eq!(found, expected[..limit.min(7)], "{limit} from the {begin}th on");
        }
    }
    let unknown = NoticeId::draw(&samples.random);
    let from = ids.iter().position(|id| *id > unknown).unwrap_or(0);
    let found = store.pending_notices(START.day(), &unknown, 1).await.unwrap();
    assert_eq!(found[0].id, ids[from], "it need not be one of them");
}

pub(super) async fn a_recipient_that_was_notified_is_noted_and_the_notice_released(store: &impl Store) {
    let samples = Samples::default();
    let mut notice = ordered(store, &samples, START).await;
    let job = DeliveryJob::notice(&notice);
    for digest in ["1.phone", "1.address"] {
        assert_eq!(take(store, &job, START).await, Some(Leased::Notice(Box::new(notice.clone()))));
        assert_eq!(take(store, &job, START).await, None);
        notice.done.push(digest.to_owned());
        store.put_notice(&notice).await.unwrap();
        assert_eq!(noticed(store, &notice).await, Some(notice.clone()));
    }
}
