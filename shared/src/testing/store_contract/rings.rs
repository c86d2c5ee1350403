use super::scene::{ADELE, MEGAN, WIDE, adele, change, created, is_clear, owner_of, ring_of, shifted};
use crate::account::Owner;
use crate::limits::guesses::{Budget, Ring, RingState};
use crate::limits::lockout::SignIn;
use crate::ports::store::{Store, Stored};
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};
use crate::time::{DAY, HOUR, Moment};

/// How many guesses a ring keeps, once one more was charged.
fn charged(spent: Stored<Option<RingState>>) -> Option<usize> {
    spent.unwrap().map(|ring| ring.attempts.len())
}

async fn spend(store: &impl Store, ring: &Ring, budget: Budget, now: Moment) -> Option<usize> {
    charged(store.spend_attempt(ring, now, budget, now).await)
}

pub(super) async fn the_day_rolls_to_the_millisecond(store: &impl Store) {
    let ring = Ring::Idle("1.name".to_owned());
    let budget = Budget { per_day: 3, per_30_days: 50 };
    let times = [START, shifted(START, 1), START.plus(HOUR)];
    for (number, now) in times.into_iter().enumerate() {
        assert_eq!(spend(store, &ring, budget, now).await, Some(number + 1), "the first guess makes the ring");
    }
    assert_eq!(spend(store, &ring, budget, shifted(START.plus(DAY), -1)).await, None);
    assert_eq!(spend(store, &ring, budget, START.plus(DAY)).await, Some(4));
    assert_eq!(spend(store, &ring, budget, START.plus(DAY)).await, None);
    assert_eq!(spend(store, &ring, budget, shifted(START.plus(DAY), 1)).await, Some(5));
    assert_eq!(spend(store, &ring, budget, shifted(START.plus(DAY + HOUR), -1)).await, None);
    assert_eq!(spend(store, &ring, budget, START.plus(DAY + HOUR)).await, Some(6));
    let newest_first = [START.plus(DAY + HOUR), shifted(START.plus(DAY), 1), START.plus(DAY), START.plus(HOUR)];
    assert_eq!(store.ring(&ring).await.unwrap().attempts[..4], newest_first, "refused guesses are not kept");
}

pub(super) async fn thirty_days_roll_to_the_millisecond(store: &impl Store) {
    let ring = Ring::Idle("1.name".to_owned());
    let budget = Budget { per_day: 2, per_30_days: 2 };
    assert_eq!(spend(store, &ring, budget, START).await, Some(1));
    assert_eq!(spend(store, &ring, budget, START.plus(10 * DAY)).await, Some(2));
    let first_leaves = START.plus(30 * DAY);
    assert_eq!(spend(store, &ring, budget, shifted(first_leaves, -1)).await, None);
    assert_eq!(spend(store, &ring, budget, first_leaves).await, Some(3));
    assert_eq!(spend(store, &ring, budget, shifted(START.plus(40 * DAY), -1)).await, None);
    assert_eq!(spend(store, &ring, budget, START.plus(40 * DAY)).await, Some(4));
}

pub(super) async fn both_windows_hold_together(store: &impl Store) {
    let ring = Ring::Idle("1.name".to_owned());
    let budget = Budget { per_day: 10, per_30_days: 50 };
    let mut charged = 0;
    for day in 0..30 {
        let now = START.plus(day * DAY);
        for _ in 0..12 {
            charged += u64::from(spend(store, &ring, budget, now).await.is_some());
        }
        assert_eq!(charged, (10 * (day + 1)).min(50), "ten a day, and fifty in all");
    }
    assert_eq!(spend(store, &ring, budget, shifted(START.plus(30 * DAY), -1)).await, None);
    for _ in 0..12 {
        charged += u64::from(spend(store, &ring, budget, START.plus(30 * DAY)).await.is_some());
    }
    assert_eq!(charged, 60, "ten more, a day's worth");
}

pub(super) async fn a_budget_that_shrank_is_kept(store: &impl Store) {
    let ring = Ring::Idle("1.name".to_owned());
    for _ in 0..5 {
        assert!(spend(store, &ring, WIDE, START).await.is_some());
    }
    assert_eq!(spend(store, &ring, Budget { per_day: 3, per_30_days: 50 }, START).await, None);
    assert_eq!(spend(store, &ring, Budget { per_day: 50, per_30_days: 5 }, START).await, None);
    assert_eq!(spend(store, &ring, Budget { per_day: 6, per_30_days: 6 }, START).await, Some(6));
}

pub(super) async fn rings_are_apart(store: &impl Store) {
    let samples = Samples::default();
    let one = owner_of(&samples.account(ADELE));
    let two = owner_of(&samples.account(ADELE));
    let nobody = Owner::Nobody(adele());
    let rings = [
        Ring::Account(one.clone()),
        Ring::Account(two.clone()),
        Ring::Account(nobody.clone()),
        Ring::Registration(one),
        Ring::Registration(two),
        Ring::Registration(nobody.clone()),
        Ring::Idle(nobody.key()),
        Ring::Idle(adele().current().to_owned()),
    ];
    let budget = Budget { per_day: 1, per_30_days: 1 };
    for ring in &rings {
        assert_eq!(store.ring(ring).await.unwrap(), RingState::default());
        assert_eq!(spend(store, ring, budget, START).await, Some(1));
    }
    for ring in &rings {
        assert_eq!(spend(store, ring, budget, START).await, None);
        assert_eq!(store.ring(ring).await.unwrap(), RingState { attempts: vec![START], ..RingState::default() });
    }
}

pub(super) async fn what_began_up_to_the_void_moment_is_not_charged(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let ring = ring_of(&account);
    let began = |at: Moment| store.spend_attempt(&ring, at, WIDE, START.plus(120));
    assert_eq!(charged(began(START).await), Some(1));
    let void = START.plus(60);
    change(store, &account, Some(void)).await;
    for at in [START, shifted(void, -1), void] {
        assert_eq!(began(at).await.unwrap(), None);
    }
    let expected = RingState { attempts: vec![START.plus(120)], void_before: Some(void), completions: Vec::new() };
    assert_eq!(store.ring(&ring).await.unwrap(), expected);
    assert_eq!(charged(began(shifted(void, 1)).await), Some(2));
}

pub(super) async fn trimming_keeps_the_newest(store: &impl Store) {
    let ring = Ring::Idle("1.name".to_owned());
    store.trim_attempts(&ring, 3).await.unwrap();
    assert_eq!(store.ring(&ring).await.unwrap(), RingState::default());
    for second in 0..9 {
        assert!(spend(store, &ring, WIDE, START.plus(second)).await.is_some());
    }
    for keep in [9, 20] {
        store.trim_attempts(&ring, keep).await.unwrap();
        assert_eq!(store.ring(&ring).await.unwrap().attempts.len(), 9);
    }
    store.trim_attempts(&ring, 3).await.unwrap();
    let newest = vec![START.plus(8), START.plus(7), START.plus(6)];
    assert_eq!(store.ring(&ring).await.unwrap(), RingState { attempts: newest, ..RingState::default() });
    assert_eq!(spend(store, &ring, WIDE, START.plus(9)).await, Some(4));
}

pub(super) async fn guesses_at_once_are_exact(store: &impl Store) {
    let samples = Samples::default();
    let ring = ring_of(&samples.account(ADELE));
    let budget = Budget { per_day: 10, per_30_days: 50 };
    let guesses = join_all((0..50).map(|_| store.spend_attempt(&ring, START, budget, START))).await;
    let mut kept: Vec<usize> = guesses.into_iter().filter_map(charged).collect();
    kept.sort_unstable();
    assert_eq!(kept, (1..=10).collect::<Vec<_>>());
    assert_eq!(store.ring(&ring).await.unwrap().attempts, [START; 10]);
}

pub(super) async fn unblocking_clears_the_guesses_and_nothing_else(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let (owner, ring) = (owner_of(&account), ring_of(&account));
    store.unblock(&owner, &samples.notice(&account.id, START), &samples.record(START)).await.unwrap();
    let registration = Ring::Registration(owner.clone());
    for ring in [&ring, &registration] {
        assert_eq!(store.ring(ring).await.unwrap(), RingState::default(), "there was nothing to clear");
    }

    let account = change(store, &account, Some(START)).await;
    let megan = Ring::Registration(owner_of(&samples.account(MEGAN)));
    let budget = Budget { per_day: 2, per_30_days: 2 };
    let now = START.plus(60);
    for ring in [&ring, &registration, &megan] {
        for left in [true, true, false] {
            assert_eq!(spend(store, ring, budget, now).await.is_some(), left);
        }
    }
    let locked =
        SignIn { wrong: 3, locks: 2, locked_until: Some(now), refused: vec!["1.x".to_owned()], ..SignIn::default() };
    assert!(store.put_sign_in(&owner, &locked).await.unwrap());
    let stale = store.sign_in(&owner).await.unwrap();

    let notice = samples.notice(&account.id, now);
    store.unblock(&owner, &notice, &samples.record(START)).await.unwrap();
    let void_before = Some(START);
    assert_eq!(store.ring(&ring).await.unwrap(), RingState { void_before, ..RingState::default() });
    assert_eq!(store.spend_attempt(&ring, START, budget, now).await.unwrap(), None, "what was void stays void");
    assert!(is_clear(&store.sign_in(&owner).await.unwrap()));
    assert!(!store.put_sign_in(&owner, &stale).await.unwrap(), "a lock read before does not come back");
    assert_eq!(store.notice(notice.day(), &notice.id).await.unwrap(), Some(notice));
    assert_eq!(store.account(&account.id).await.unwrap(), Some(account), "the account is untouched");
    assert_eq!(store.ring(&registration).await.unwrap(), RingState::default());
    for ring in [&ring, &registration] {
        for left in [true, true, false] {
            assert_eq!(spend(store, ring, budget, now).await.is_some(), left);
        }
    }
    assert_eq!(spend(store, &megan, budget, now).await, None, "somebody else's stays spent");
}
