use super::fixtures::{ADELE, MEGAN, WIDE, adele, change, created, guess_log_of, is_clear, noticed, owner_of, shifted};
use crate::account::{Account, Owner};
use crate::limits::guesses::{Budget, GuessLog, GuessLogState};
use crate::limits::lockout::Lockout;
use crate::ports::store::{Store, Stored};
use crate::reset::challenge::Challenge;
use crate::testing::join_all;
use crate::testing::samples::{START, Samples};
use crate::time::{DAY, HOUR, Moment};

/// How many guesses a log holds after one more was charged; `None` if it was not charged.
fn charged(spent: Stored<Option<GuessLogState>>) -> Option<usize> {
    spent.unwrap().map(|guess_log| guess_log.attempts.len())
}

async fn spend(store: &impl Store, guess_log: &GuessLog, budget: Budget, now: Moment) -> Option<usize> {
    charged(store.spend_attempt(guess_log, now, budget, now).await)
}

pub(super) async fn the_day_rolls_to_the_millisecond(store: &impl Store) {
    let guess_log = GuessLog::Decoy("1.name".to_owned());
    let budget = Budget { per_day: 3, per_30_days: 50 };
    let times = [START, shifted(START, 1), START.plus(HOUR)];
    for (number, now) in times.into_iter().enumerate() {
        assert_eq!(
            spend(store, &guess_log, budget, now).await,
            Some(number + 1),
            "the first guess creates the guess log"
        );
    }
    assert_eq!(spend(store, &guess_log, budget, shifted(START.plus(DAY), -1)).await, None);
    assert_eq!(spend(store, &guess_log, budget, START.plus(DAY)).await, Some(4));
    assert_eq!(spend(store, &guess_log, budget, START.plus(DAY)).await, None);
    assert_eq!(spend(store, &guess_log, budget, shifted(START.plus(DAY), 1)).await, Some(5));
    assert_eq!(spend(store, &guess_log, budget, shifted(START.plus(DAY + HOUR), -1)).await, None);
    assert_eq!(spend(store, &guess_log, budget, START.plus(DAY + HOUR)).await, Some(6));
    let newest_first = [START.plus(DAY + HOUR), shifted(START.plus(DAY), 1), START.plus(DAY), START.plus(HOUR)];
    assert_eq!(store.guess_log(&guess_log).await.unwrap().attempts[..4], newest_first, "refused guesses are not kept");
}

pub(super) async fn thirty_days_roll_to_the_millisecond(store: &impl Store) {
    let guess_log = GuessLog::Decoy("1.name".to_owned());
    let budget = Budget { per_day: 2, per_30_days: 2 };
    assert_eq!(spend(store, &guess_log, budget, START).await, Some(1));
    assert_eq!(spend(store, &guess_log, budget, START.plus(10 * DAY)).await, Some(2));
    let first_leaves = START.plus(30 * DAY);
    assert_eq!(spend(store, &guess_log, budget, shifted(first_leaves, -1)).await, None);
    assert_eq!(spend(store, &guess_log, budget, first_leaves).await, Some(3));
    assert_eq!(spend(store, &guess_log, budget, shifted(START.plus(40 * DAY), -1)).await, None);
    assert_eq!(spend(store, &guess_log, budget, START.plus(40 * DAY)).await, Some(4));
}

pub(super) async fn both_windows_hold_together(store: &impl Store) {
    let guess_log = GuessLog::Decoy("1.name".to_owned());
    let budget = Budget { per_day: 10, per_30_days: 50 };
    let mut charged = 0;
    for day in 0..30 {
        let now = START.plus(day * DAY);
        for _ in 0..12 {
            charged += u64::from(spend(store, &guess_log, budget, now).await.is_some());
        }
        assert_eq!(charged, (10 * (day + 1)).min(50), "ten a day, and fifty in all");
    }
    assert_eq!(spend(store, &guess_log, budget, shifted(START.plus(30 * DAY), -1)).await, None);
    for _ in 0..12 {
        charged += u64::from(spend(store, &guess_log, budget, START.plus(30 * DAY)).await.is_some());
    }
    assert_eq!(charged, 60, "ten more, a day's worth");
}

pub(super) async fn a_budget_that_shrank_holds(store: &impl Store) {
    let guess_log = GuessLog::Decoy("1.name".to_owned());
    for _ in 0..5 {
        assert!(spend(store, &guess_log, WIDE, START).await.is_some());
    }
    assert_eq!(spend(store, &guess_log, Budget { per_day: 3, per_30_days: 50 }, START).await, None);
    assert_eq!(spend(store, &guess_log, Budget { per_day: 50, per_30_days: 5 }, START).await, None);
    assert_eq!(spend(store, &guess_log, Budget { per_day: 6, per_30_days: 6 }, START).await, Some(6));
}

pub(super) async fn a_guess_log_is_read_with_its_account(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let megan = created(store, samples.account(MEGAN)).await;
    let read = async |account: &Account| store.account_and_guess_log(&account.id).await.unwrap();
    assert_eq!(read(&account).await, Some((account.clone(), GuessLogState::default())));
    assert!(store.spend_attempt(&guess_log_of(&account), START, WIDE, START).await.unwrap().is_some());
    let guess_log = store.guess_log(&guess_log_of(&account)).await.unwrap();
    assert_eq!(guess_log.attempts, [START]);
    assert_eq!(read(&account).await, Some((account, guess_log)));
    assert_eq!(read(&megan).await, Some((megan, GuessLogState::default())), "hers alone");
    assert_eq!(read(&samples.account(ADELE)).await, None);
}

pub(super) async fn guess_logs_are_apart(store: &impl Store) {
    let samples = Samples::default();
    let one = owner_of(&samples.account(ADELE));
    let two = owner_of(&samples.account(ADELE));
    let nobody = Owner::UnknownName(adele());
    let guess_logs = [
        GuessLog::Account(one.clone()),
        GuessLog::Account(two.clone()),
        GuessLog::Account(nobody.clone()),
        GuessLog::Registration(one),
        GuessLog::Registration(two),
        GuessLog::Registration(nobody.clone()),
        GuessLog::Decoy(nobody.key()),
        GuessLog::Decoy(adele().current().to_owned()),
    ];
    let budget = Budget { per_day: 1, per_30_days: 1 };
    for guess_log in &guess_logs {
        assert_eq!(store.guess_log(guess_log).await.unwrap(), GuessLogState::default());
        assert_eq!(spend(store, guess_log, budget, START).await, Some(1));
    }
    for guess_log in &guess_logs {
        assert_eq!(spend(store, guess_log, budget, START).await, None);
        assert_eq!(
            store.guess_log(guess_log).await.unwrap(),
            GuessLogState { attempts: vec![START], ..GuessLogState::default() }
        );
    }
}

pub(super) async fn a_reset_from_before_a_revocation_is_not_charged(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let guess_log = guess_log_of(&account);
    let began = |at: Moment| store.spend_attempt(&guess_log, at, WIDE, START.plus(120));
    assert_eq!(charged(began(START).await), Some(1));
    let revoked = START.plus(60);
    change(store, &account, Some(revoked)).await;
    for at in [START, shifted(revoked, -1), revoked] {
        assert_eq!(began(at).await.unwrap(), None);
    }
    let expected =
        GuessLogState { attempts: vec![START.plus(120)], revoked_before: Some(revoked), completions: Vec::new() };
    assert_eq!(store.guess_log(&guess_log).await.unwrap(), expected);
    assert_eq!(charged(began(shifted(revoked, 1)).await), Some(2));
}

pub(super) async fn trimming_keeps_the_newest(store: &impl Store) {
    let guess_log = GuessLog::Decoy("1.name".to_owned());
    store.trim_attempts(&guess_log, 3).await.unwrap();
    assert_eq!(store.guess_log(&guess_log).await.unwrap(), GuessLogState::default());
    for second in 0..9 {
        assert!(spend(store, &guess_log, WIDE, START.plus(second)).await.is_some());
    }
    for keep in [9, 20] {
        store.trim_attempts(&guess_log, keep).await.unwrap();
        assert_eq!(store.guess_log(&guess_log).await.unwrap().attempts.len(), 9);
    }
    store.trim_attempts(&guess_log, 3).await.unwrap();
    let newest = vec![START.plus(8), START.plus(7), START.plus(6)];
    assert_eq!(
        store.guess_log(&guess_log).await.unwrap(),
        GuessLogState { attempts: newest, ..GuessLogState::default() }
    );
    assert_eq!(spend(store, &guess_log, WIDE, START.plus(9)).await, Some(4));
}

pub(super) async fn guesses_at_once_are_exact(store: &impl Store) {
    let samples = Samples::default();
    let guess_log = guess_log_of(&samples.account(ADELE));
    let budget = Budget { per_day: 10, per_30_days: 50 };
    let guesses = join_all((0..50).map(|_| store.spend_attempt(&guess_log, START, budget, START))).await;
    let mut stored: Vec<usize> = guesses.into_iter().filter_map(charged).collect();
    stored.sort_unstable();
    assert_eq!(stored, (1..=10).collect::<Vec<_>>());
    assert_eq!(store.guess_log(&guess_log).await.unwrap().attempts, [START; 10]);
}

pub(super) async fn unblocking_clears_what_is_counted_and_nothing_else(store: &impl Store) {
    let samples = Samples::default();
    let account = created(store, samples.account(ADELE)).await;
    let (owner, guess_log) = (owner_of(&account), guess_log_of(&account));
    store.unblock(&owner, &samples.notice(&account.id, START), &samples.record(START)).await.unwrap();
    let registration = GuessLog::Registration(owner.clone());
    for guess_log in [&guess_log, &registration] {
        assert_eq!(store.guess_log(guess_log).await.unwrap(), GuessLogState::default(), "there was nothing to clear");
    }

    let account = change(store, &account, Some(START)).await;
    let megan = GuessLog::Registration(owner_of(&samples.account(MEGAN)));
    let budget = Budget { per_day: 2, per_30_days: 2 };
    let now = START.plus(60);
    for guess_log in [&guess_log, &registration, &megan] {
        for left in [true, true, false] {
            assert_eq!(spend(store, guess_log, budget, now).await.is_some(), left);
        }
    }
    let locked =
        Lockout { wrong: 3, locks: 2, locked_until: Some(now), refused: vec!["1.x".to_owned()], ..Lockout::default() };
    assert!(store.put_lockout(&owner, &locked).await.unwrap());
    let stale = store.lockout(&owner).await.unwrap();

    let challenges = Challenge::log_key(&account.id);
    let count = store.sends(&challenges).await.unwrap();
    assert!(store.begin_challenge(&samples.challenge(&account.id, START), &count, None).await.unwrap());
    let count = store.sends(&challenges).await.unwrap();
    assert_eq!(count.version, 1);

    let notice = samples.notice(&account.id, now);
    store.unblock(&owner, &notice, &samples.record(START)).await.unwrap();
    assert_eq!(store.sends(&challenges).await.unwrap().version, 0);
    assert!(!store.put_sends(&challenges, &count).await.unwrap(), "a count read before does not come back");
    let revoked_before = Some(START);
    assert_eq!(
        store.guess_log(&guess_log).await.unwrap(),
        GuessLogState { revoked_before, ..GuessLogState::default() }
    );
    assert_eq!(
        store.spend_attempt(&guess_log, START, budget, now).await.unwrap(),
        None,
        "what was revoked stays revoked"
    );
    assert!(is_clear(&store.lockout(&owner).await.unwrap()));
    assert!(!store.put_lockout(&owner, &stale).await.unwrap(), "a lock read before does not come back");
    assert_eq!(noticed(store, &notice).await, Some(notice));
    assert_eq!(store.account(&account.id).await.unwrap(), Some(account), "the account is untouched");
    assert_eq!(store.guess_log(&registration).await.unwrap(), GuessLogState::default());
    for guess_log in [&guess_log, &registration] {
        for left in [true, true, false] {
            assert_eq!(spend(store, guess_log, budget, now).await.is_some(), left);
        }
    }
    assert_eq!(spend(store, &megan, budget, now).await, None, "somebody else's stays spent");
}
