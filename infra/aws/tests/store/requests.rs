//! One verb is one request.

use shared::account::search::{Index, IndexRange};
use shared::account::{Account, Owner, ProfileField};
use shared::credentials::questions::Draw;
use shared::limits::guesses::{Budget, GuessLog};
use shared::limits::lockout::Lockout;
use shared::limits::messages::SendLog;
use shared::limits::source::SourceLimit;
use shared::money::Money;
use shared::policy::{Limit, Policy};
use shared::ports::idempotency::{KeyReservation, KeyedResponse, StoredResponse};
use shared::ports::store::{
    AccountChange, Accounts, Deliveries, DeliveryJob, Idempotency, Limits, Link, PasswordChange, PasswordSet, Proof,
    QuestionsChange, Registrations, RequestCount, Resets, Settings, WriteOutcome,
};
use shared::reset::challenge::Challenge;
use shared::reset::{Delivered, Stage};
use shared::testing::samples::{START, Samples, names, password_hash, questions};

use crate::engine::{ADELE, Engine, granted};

fn done() -> StoredResponse {
    StoredResponse::of(&"done")
}

/// Asserts that a verb takes one request, and returns its result.
macro_rules! one {
    ($counter:expr, $verb:expr) => {{
        let (answer, requests) = $counter.of($verb).await;
        assert_eq!(requests, 1, "{}", stringify!($verb));
        answer.unwrap()
    }};
}

#[tokio::test]
async fn every_verb_of_a_reset_is_one_request_accepted_or_not() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, counter) = (engine.store(), engine.counter.clone());
    let account = samples.full_account(ADELE);
    let owner = Owner::Account(account.id.clone());
    let reset = samples.reset(ADELE, START);
    let limit = SourceLimit { key: "1.source".to_owned(), limit: Limit { count: 1, seconds: 600 } };
    let claim = KeyReservation { row: "1.row".to_owned(), fingerprint: "1.body".to_owned(), nonce: "nonce".to_owned() };
    let answered = || Some(KeyedResponse { reservation: &claim, response: done(), now: START });
    one!(counter, store.begin_reset(&reset, std::slice::from_ref(&limit), answered(), START));
    one!(counter, store.begin_reset(&samples.reset(ADELE, START), std::slice::from_ref(&limit), answered(), START));
    one!(counter, store.begin_reset(&samples.reset(ADELE, START), &[limit], None, START));
    one!(counter, store.reset(&reset.id));
    let snapshot = samples.snapshot(&account);
    for (sent_to, now, linked) in
        [(None, START, true), (Some("1.phone"), START, true), (Some("1.phone"), reset.expires_at, false)]
    {
        let link = Link { reset: &reset.id, order: 1, snapshot: &snapshot, sent_to, now };
        assert_eq!(one!(counter, store.link_account(&link)), linked);
    }
    for number in [1, 2] {
        let order = DeliveryJob::Code(reset.id.clone(), number);
        one!(counter, store.lease_job(&order, START.plus(60), START));
        one!(counter, store.complete_job(&order, Delivered::Sent, Some(&samples.record(START))));
        one!(counter, store.complete_job(&order, Delivered::Sent, None));
        one!(counter, store.release_job(&order));
    }
    assert!(matches!(one!(counter, store.charge_reset(&reset.id, START)), RequestCount::Counted(_)));
    assert!(matches!(one!(counter, store.count_request(&reset.id, START)), RequestCount::Counted(_)));
    assert_eq!(one!(counter, store.count_request(&reset.id, reset.expires_at)), RequestCount::NoReset);
    assert!(one!(counter, store.reset_and_policy(&reset.id)).0.is_some());
    for guess_log in [GuessLog::Account(owner.clone()), GuessLog::Decoy("1.name".to_owned())] {
        let budget = Budget { per_day: 1, per_30_days: 1 };
        assert!(one!(counter, store.spend_attempt(&guess_log, START, budget, START)).is_some());
        assert!(one!(counter, store.spend_attempt(&guess_log, START, budget, START)).is_none());
        one!(counter, store.note_blocked(&guess_log, &samples.record(START)));
        one!(counter, store.trim_attempts(&guess_log, 100));
        one!(counter, store.guess_log(&guess_log));
    }
    let issued = samples.issued_long_code(START);
    one!(counter, store.store_long_code(&owner, &issued));
    assert_eq!(one!(counter, store.issued_long_codes(&owner)).issued.len(), 1);
    let seen = store.reset(&reset.id).await.unwrap().unwrap();
    assert!(one!(counter, store.reissue(&seen, &samples.next_issued_code(&seen, START))));
    assert!(!one!(counter, store.reissue(&seen, &samples.next_issued_code(&seen, START))));
    let seen = store.reset(&reset.id).await.unwrap().unwrap();
    let proof =
        Proof { reset: &seen, next: samples.passed(), now: START, record: &samples.record(START), answered: None };
    assert!(one!(counter, store.prove(&proof)));
    assert!(!one!(counter, store.prove(&proof)));
    let passed = store.reset(&reset.id).await.unwrap().unwrap();
    let grant = samples.grant();
    let proof = Proof {
        reset: &passed,
        next: Stage::Granted(grant.clone()),
        now: START,
        record: &samples.record(START),
        answered: None,
    };
    assert!(one!(counter, store.prove_long(&proof, &owner, &issued)));
    assert!(!one!(counter, store.prove_long(&proof, &owner, &issued)));
    assert!(!one!(counter, store.prove_answers(&proof)));
    assert!(one!(counter, store.charge_password(&reset, &grant.seed, START)));
}

#[tokio::test]
async fn every_verb_of_an_account_is_one_request_accepted_or_not() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, counter) = (engine.store(), engine.counter.clone());
    let (account, reset) = granted(&store, &samples).await;
    let owner = Owner::Account(account.id.clone());
    assert!(one!(counter, store.account_by_name(&names(ADELE))).is_some());
    assert!(one!(counter, store.account_by_name(&names("nobody@contoso.example"))).is_none());
    one!(counter, store.account(&account.id));
    assert!(one!(counter, store.account_and_guess_log(&account.id)).is_some());
    assert_eq!(one!(counter, store.administrators(10)), []);
    assert_eq!(
        one!(counter, store.create_account(&samples.account(ADELE), &names(ADELE), &[])),
        WriteOutcome::NameTaken
    );
    assert_eq!(
        counter.of(store.accounts(&IndexRange::whole(Index::UserName), None, 10)).await.1,
        2,
        "the names, then the accounts"
    );
    assert_eq!(
        counter.of(store.accounts(&IndexRange::beginning(Index::UserName, "zoe"), None, 10)).await.1,
        1,
        "no name, no account"
    );
    assert!(one!(counter, store.upgrade_password(&account.id, account.version, &password_hash(3))));
    assert!(!one!(counter, store.upgrade_password(&account.id, 99, &password_hash(3))));
    one!(counter, store.lockout(&owner));
    assert!(one!(counter, store.put_lockout(&owner, &Lockout { wrong: 1, ..Lockout::default() })));
    assert!(!one!(counter, store.put_lockout(&owner, &Lockout { wrong: 1, ..Lockout::default() })));
    one!(counter, store.unblock(&owner, &samples.notice(&account.id, START), &samples.record(START)));

    let Stage::Granted(grant) = reset.stage.clone() else { panic!("not granted") };
    let (password, notice) = (password_hash(4), samples.notice(&account.id, START));
    let (version, now) = (account.version, START.plus(1));
    let change = PasswordChange {
        reset: &reset,
        grant: &grant.seed,
        account: &account.id,
        version,
        password: &password,
        notices: &[notice],
        record: &samples.record(START),
        now,
        answered: None,
    };
    assert_eq!(one!(counter, store.set_password(&change)), PasswordSet::Set);
    assert_eq!(one!(counter, store.set_password(&change)), PasswordSet::TokenDead);

    let account = store.account(&account.id).await.unwrap().unwrap();
    let challenge = samples.challenge(&account.id, START);
    let log = one!(counter, store.sends(&Challenge::log_key(&account.id)));
    let log = log.admit_challenge(&samples.sent("challenge.1", START), &[]).unwrap();
    assert!(one!(counter, store.begin_challenge(&challenge, &log, None)));
    assert!(!one!(counter, store.begin_challenge(&samples.challenge(&account.id, START), &log, None)));
    one!(counter, store.challenge(&challenge.id));
    assert!(one!(counter, store.charge_challenge(&challenge.id, &account.id, 1, START)).is_some());
    assert!(one!(counter, store.charge_challenge(&challenge.id, &account.id, 1, START)).is_none());
    let (names, notice) = (names(ADELE), samples.notice(&account.id, START));
    let before = Account { is_admin: !account.is_admin, ..account.clone() };
    let change = AccountChange {
        before: Some(&before),
        revoked_before: Some(START.plus(2)),
        challenge: Some(&challenge.id),
        notices: &[notice, samples.notice(&account.id, START)],
        questions: QuestionsChange::Set(&questions()),
        records: &[samples.record(START), samples.record(START)],
        ..AccountChange::new(&account, &names)
    };
    assert_eq!(one!(counter, store.change_account(&change)), WriteOutcome::Written);
    assert_eq!(one!(counter, store.change_account(&change)), WriteOutcome::Changed);
    assert!(one!(counter, store.questions(&account.id)).is_some());
    let draw = Draw { questions: vec!["ship".to_owned()], at: START };
    assert!(one!(counter, store.put_draw(&account.id, 1, &draw)));
    assert!(!one!(counter, store.put_draw(&account.id, 1, &draw)));
    assert_eq!(
        one!(counter, store.delete_account(&account, &names, &samples.record(START), START.plus(3))),
        WriteOutcome::Changed
    );
    let account = store.account(&account.id).await.unwrap().unwrap();
    assert_eq!(
        one!(counter, store.delete_account(&account, &names, &samples.record(START), START.plus(3))),
        WriteOutcome::Written
    );
}

#[tokio::test]
async fn a_page_takes_as_many_requests_however_many_accounts_there_are() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, counter) = (engine.store(), engine.counter.clone());
    let ranges = [
        IndexRange::name("adele 1").unwrap(),
        IndexRange::name_beginning("ad").unwrap(),
        IndexRange::equal(Index::Mail, "user1@contoso.example"),
        IndexRange::whole(Index::UserName),
    ];
    let mut created = 0..;
    for people in [20, 600] {
        for number in created.by_ref().take(people) {
            let name = format!("user{number}@contoso.example");
            let mut account = samples.full_account(&name);
            account.profile.insert(ProfileField::DisplayName, format!("Adele {number}"));
            account.profile.insert(ProfileField::Mail, name.clone());
            assert_eq!(store.create_account(&account, &names(&name), &[]).await.unwrap(), WriteOutcome::Written);
        }
        for range in &ranges {
            let (page, requests) = counter.of(store.accounts(range, None, 10)).await;
            assert!(!page.unwrap().accounts.is_empty());
            assert_eq!(requests, 2, "the entries, then the accounts: {range:?} of {people}");
        }
    }
}

#[tokio::test]
async fn every_other_verb_is_one_request_accepted_or_not() {
    let (engine, samples) = (Engine::start().await, Samples::default());
    let (store, counter) = (engine.store(), engine.counter.clone());
    one!(counter, store.put_policy(&Policy::default()));
    one!(counter, store.policy());
    assert!(one!(counter, store.change_policy(&Policy::default(), 1, &samples.record(START))));
    assert!(!one!(counter, store.change_policy(&Policy::default(), 1, &samples.record(START))));
    assert_eq!(one!(counter, store.audit(START.day(), None, 10)).len(), 1);
    assert_eq!(one!(counter, store.audit(START.day(), None, 1)).len(), 1);
    assert_eq!(one!(counter, store.audit("2026-11-21".parse().unwrap(), Some(&samples.record(START).mark()), 10)), []);
    let sends = SendLog { counted: vec![samples.sent("1", START)], version: 0 };
    one!(counter, store.sends("1.owner"));
    assert_eq!(one!(counter, store.message_logs(&["1.owner", "1.none"], Some("1.range"))).0.len(), 2);
    for _ in 0..2 {
        one!(counter, store.record(&samples.record(START)));
    }
    assert!(one!(counter, store.put_sends("1.owner", &sends)));
    assert!(!one!(counter, store.put_sends("1.owner", &sends)));
    let (amount, cap) = (Money::from_micros(6), Money::from_micros(10));
    assert!(one!(counter, store.spend(START.day(), "resets", amount, cap)));
    assert!(!one!(counter, store.spend(START.day(), "resets", amount, cap)));
    one!(counter, store.refund(START.day(), "resets", amount));
    let notice = samples.notice(&samples.account(ADELE).id, START);
    one!(counter, store.unblock(&Owner::Account(notice.account.clone()), &notice, &samples.record(START)));
    one!(counter, store.put_notice(&notice));
    assert_eq!(one!(counter, store.pending_notices(notice.day(), &notice.id, 1)).len(), 1);
    let (pending, requests) = counter.of(store.pending_notices(notice.day(), &notice.id, 10)).await;
    assert_eq!((pending.unwrap(), requests), (vec![notice], 2), "another one for those before the first");
    let claim = KeyReservation { row: "1.row".to_owned(), fingerprint: "1.body".to_owned(), nonce: "nonce".to_owned() };
    for _ in 0..2 {
        one!(counter, store.reserve_key(&claim, START));
    }
    for _ in 0..2 {
        one!(counter, store.store_response(&claim, &done(), START));
        one!(counter, store.release_key(&claim));
    }
}
